# SPDX-License-Identifier: BSD-2-Clause
"""The dictionary of streams: document and source are what tools/dictionary.py makes of the logs,
and what zlib calls it; the reader in docs/archive-format.md reads entries with any zlib; what
oopsmon 0.1 packed is named, and kept."""
import lzma
import os
import pathlib
import re
import subprocess
import sys
import zlib

import pytest
from omlab import drivers, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
TEXT = ROOT / "docs" / "report-dictionary.txt"
OF_01 = ROOT / "tests" / "data" / "of-0.1"
WORDS = "packed by 0.1: use that version's oopsmon"


def oopsmon(*words):
    return subprocess.run([BUILD / "host" / "oopsmon", *map(str, words)], capture_output=True, timeout=60,
                          check=False)


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    return drivers.compiled(BUILD, "tests/system/archive_image.c", tmp_path_factory.mktemp("writer"))


def append(writer, image, name):
    sizes, cpus = report.recorded()[name]
    region = lzma.decompress((report.REGIONS / name / "region.bin.xz").read_bytes())
    subprocess.run([writer, image, "0", "4096", "8", "0", "0", "3", *map(str, sizes), str(cpus), "0"],
                   input=region, check=True, timeout=60)


def test_it_is_made_of_the_logs():
    sys.path.insert(0, str(ROOT / "tools"))
    import dictionary
    data = TEXT.read_bytes()
    assert len(data) == 16384 and dictionary.dictionary() == data
    assert dictionary.SOURCE.read_text(encoding="ascii") == dictionary.source_of(data)


def test_the_document_names_it():
    page = (ROOT / "docs" / "report-format.md").read_text(encoding="ascii")
    assert re.search(r"DICTID (0x[0-9a-f]{8})", page)[1] == f"0x{zlib.adler32(TEXT.read_bytes()):08x}"


def test_no_log_is_of_a_recorded_kernel():
    """The kernels' own banners: version, build and time together."""
    banner = re.compile(rb"Linux version .*")
    logs = {banner.search(lzma.decompress(path.read_bytes()))[0]
            for path in (ROOT / "tests" / "data" / "logs").iterdir()}
    assert len(logs) >= 4
    looked = 0
    for path in report.REGIONS.glob("*/golden/*.xz"):
        found = banner.search(lzma.decompress(path.read_bytes()))
        looked += found is not None
        assert not found or found[0] not in logs, path
    assert looked >= 10


@pytest.mark.parametrize("name", ("k510-tiny", "k612-torn-console", "d61-basic-ecc16"))
def test_the_reader_of_the_document(name, writer, tmp_path):
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "archive-format.md").read_text(), re.DOTALL)[1]
    assert len(code.splitlines()) <= 10
    image = tmp_path / "image"
    image.write_bytes(b"\xff" * 8 * 4096)
    append(writer, image, name)
    assert oopsmon("archive", "extract", "-o", tmp_path / "out", image).returncode in (0, 1)
    chunks, at, data = b"", 64, image.read_bytes()
    for block in range(8):  # payloads in their order: docs/archive-format.md, Chunk
        at = block * 4096 + 64
        while at + 64 <= (block + 1) * 4096 and data[at + 32:at + 36] == b"Chnk":
            size = int.from_bytes(data[at + 48:at + 50], "little")
            chunks += data[at + 64:at + 64 + size]
            at += 64 + -(-size // 32) * 32
    (tmp_path / "entry").write_bytes(chunks)
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "entry", TEXT], capture_output=True,
                          check=True, timeout=60)
    texts = [path for path in (tmp_path / "out").rglob("*-ramoops-*") if path.suffix != ".z"]
    assert texts and done.stdout.startswith(b"oopsmon report 2\n") and done.stdout.endswith(b"\nend\n")
    for path in texts:
        assert path.read_bytes() in done.stdout


def test_a_report_of_0_1_is_named(tmp_path):
    (tmp_path / "log").write_bytes(lzma.decompress((OF_01 / "report.log.xz").read_bytes()))
    done = oopsmon("decode", "-o", tmp_path / "out", tmp_path / "log")
    assert done.returncode == 1 and WORDS.encode() in done.stderr


def test_an_archive_of_0_1_goes_on(writer, tmp_path):
    """Its entries are listed and named; new ones are appended to the same log and read."""
    image = tmp_path / "image"
    image.write_bytes(lzma.decompress((OF_01 / "archive.bin.xz").read_bytes()))
    before = image.read_bytes()
    listed = oopsmon("archive", "ls", image)
    assert listed.returncode == 0 and listed.stdout.count(WORDS.encode()) == 2
    append(writer, image, "k612-tight")
    after = image.read_bytes()
    assert all(b & a == a for b, a in zip(before[:4096], after[:4096])), "their block was not erased"
    listed = oopsmon("archive", "ls", image).stdout.decode()
    assert re.findall(r"^ +(\d+) .* complete", listed, re.M) == ["1", "2", "3"]
    assert listed.count(WORDS) == 2
    done = oopsmon("decode", "-o", tmp_path / "out", image)
    assert done.returncode == 1 and done.stderr.count(WORDS.encode()) == 2
    assert list((tmp_path / "out").rglob("dmesg-ramoops-0"))
    verified = oopsmon("archive", "verify", image)
    assert verified.returncode == 1 and verified.stdout.count(WORDS.encode()) == 2


def test_0_1_is_recycled_in_turn(writer, tmp_path):
    image = tmp_path / "image"
    image.write_bytes(lzma.decompress((OF_01 / "archive.bin.xz").read_bytes()))
    counts = []
    for _ in range(24):
        append(writer, image, "k612-tight")
        counts.append(oopsmon("archive", "ls", image).stdout.count(WORDS.encode()))
    assert counts[0] == 2 and counts[-1] == 0 and counts == sorted(counts, reverse=True)

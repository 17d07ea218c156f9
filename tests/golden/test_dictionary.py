# SPDX-License-Identifier: BSD-2-Clause
"""The dictionary of streams: document and source are what tools/dictionary.py makes of the logs,
and what zlib calls it; the reader in docs/archive-format.md reads entries with any zlib; what
oopsmon 0.1 packed is named, and kept."""
import json
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
DICTID = f"0x{zlib.adler32(TEXT.read_bytes()):08x}"
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
    # the bytes of the source depend on the zlib that packed them, the text does not
    assert dictionary.text_of(dictionary.SOURCE.read_text(encoding="ascii")) == data
    assert dictionary.text_of(dictionary.source_of(data)) == data


def test_the_document_names_it():
    page = (ROOT / "docs" / "report-format.md").read_text(encoding="ascii")
    header = (ROOT / "firmware" / "core" / "report" / "dictionary.h").read_text(encoding="ascii")
    for found in (re.search(r"DICTID (0x[0-9a-f]{8})", page), re.search(r"_ID = (0x[0-9a-f]{8})", header)):
        assert found[1] == DICTID


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


def entries_of(image, block=4096):
    """The entries as files of their own, by number: docs/archive-format.md, Chunk."""
    found, data = {}, image.read_bytes()
    for begin in range(0, len(data), block):
        at = begin + 64
        while at + 64 <= begin + block and data[at + 32:at + 36] == b"Chnk":
            number, size = (int.from_bytes(data[at + i:at + i + n], "little") for i, n in ((40, 4), (48, 2)))
            found[number] = found.get(number, b"") + data[at + 64:at + 64 + size]
            at += 64 + -(-size // 32) * 32
    return found


@pytest.mark.parametrize("name", ("k510-tiny", "k612-torn-console", "d61-basic-ecc16"))
def test_the_reader_of_the_document(name, writer, tmp_path):
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "archive-format.md").read_text(), re.DOTALL)[1]
    assert len(code.splitlines()) <= 10
    image = tmp_path / "image"
    image.write_bytes(b"\xff" * 8 * 4096)
    append(writer, image, name)
    assert oopsmon("archive", "extract", "-o", tmp_path / "out", image).returncode in (0, 1)
    (entry,) = entries_of(image).values()
    (tmp_path / "entry").write_bytes(entry)
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


@pytest.mark.parametrize("name", ["oopsmon-entry-{}.bin", "file"])
def test_an_entry_of_0_1_on_its_own(name, tmp_path):
    """As `archive` of the monitor sends it, also cut short: every command names the version."""
    image = tmp_path / "image"
    image.write_bytes(lzma.decompress((OF_01 / "archive.bin.xz").read_bytes()))
    entries, said = entries_of(image), 0
    assert sorted(entries) == [1, 2]
    for number, data in entries.items():
        head = data.index(b"\n\n") + 2
        path = tmp_path / name.format(number)
        who = f"entry {number}" if name != "file" else "entry"
        for end in (len(data), len(data) - 1, head + 8 + 3):
            path.write_bytes(data[:end])
            assert b"only oopsmon 0.1 can say whether its end" in oopsmon("archive", "verify", path).stdout
            for words in (["decode"], ["decode", "--json"], ["archive", "ls"], ["archive", "extract"]):
                done = oopsmon(*words, *(["-o", tmp_path / "out"] if words[-1] == "extract" else []), path)
                out = done.stdout + done.stderr
                named = who + " of the archive" if words[0] == "decode" and who != "entry" else who
                assert done.returncode == 1 and f"{named}: {WORDS}".encode() in out and b"entry 0" not in out
                said += 1
        path.write_bytes(data[:head])  # no chapter: nothing says how it was packed
        done = oopsmon("decode", path)
        assert done.returncode == 1 and b"nothing of it can be decoded" in done.stderr
    assert said == 24 and not (tmp_path / "out").exists()


def packings(image):
    (listed,) = json.loads(oopsmon("archive", "ls", "--json", image).stdout)["archives"]
    return [entry["packing"] for entry in listed["entries"]]


def test_packing_in_json(writer, tmp_path):
    """Of entries, of the reports in them, and of one that an armored report brought."""
    image, ours = tmp_path / "image", {"kind": "deflate", "dictionary": DICTID}
    image.write_bytes(lzma.decompress((OF_01 / "archive.bin.xz").read_bytes()))
    append(writer, image, "k612-tight")
    assert packings(image) == [{"kind": "0.1 model"}] * 2 + [ours]
    (told,) = json.loads(oopsmon("decode", "--json", "-o", tmp_path / "out", image).stdout)["reports"]
    (saved,) = (tmp_path / "out").rglob("report.json")
    (tmp_path / "log").write_bytes(report.recorded_report(BUILD, "k612-tight"))
    (heard,) = json.loads(oopsmon("decode", "--json", tmp_path / "log").stdout)["reports"]
    assert [r["packing"] for r in (told, json.loads(saved.read_bytes()), heard)] == [ours] * 3


def test_packings_of_later_versions(writer, tmp_path):
    """Another dictionary, another kind; and an entry without a chapter says nothing."""
    image, path = tmp_path / "image", tmp_path / "entry"
    image.write_bytes(b"\xff" * 8 * 4096)
    append(writer, image, "k612-tight")
    (entry,) = entries_of(image).values()
    card = entry[:entry.index(b"\n\n") + 2]
    coder = zlib.compressobj(zdict=b"another dictionary")
    stream = coder.compress(b"oopsmon report 2\n") + coder.flush()
    asked = f"0x{int.from_bytes(stream[2:6], 'big'):08x}"
    rows = [(1, {"kind": "deflate", "dictionary": asked}), (2, {"kind": "unknown"}), (255, {"kind": "unknown"})]
    for kind, packing in rows:
        head = (len(stream) | kind << 24).to_bytes(4, "little") + zlib.crc32(stream).to_bytes(4, "little")
        path.write_bytes(card + head + stream)
        assert packings(path) == [packing]
        done = oopsmon("decode", path)
        assert done.returncode == 1 and b"packed in a way of a newer version" in done.stderr
    path.write_bytes(card)
    assert packings(path) == [None]


def test_0_1_is_recycled_in_turn(writer, tmp_path):
    image = tmp_path / "image"
    image.write_bytes(lzma.decompress((OF_01 / "archive.bin.xz").read_bytes()))
    counts = []
    for _ in range(24):
        append(writer, image, "k612-tight")
        counts.append(oopsmon("archive", "ls", image).stdout.count(WORDS.encode()))
    assert counts[0] == 2 and counts[-1] == 0 and counts == sorted(counts, reverse=True)

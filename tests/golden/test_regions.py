# SPDX-License-Identifier: BSD-2-Clause
"""Regions that real kernels wrote, decoded by `oopsmon decode`: each file must be the one that
Linux showed, byte for byte. Where Linux shows less than there is, or the wrong thing, this file
says so as data (KNOWN). Origin of the regions: tests/data/README.md.
"""
import collections
import csv
import lzma
import os
import pathlib
import re
import subprocess

import pytest
from omlab import crashes

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGIONS = ROOT / "tests" / "data" / "regions"
INDEX = {row["name"]: row for row in csv.DictReader(open(REGIONS / "index.tsv"), delimiter="\t")}

#: Linux's ECC notice: it is made while reading, and is no part of the record.
NOTICE = re.compile(
    rb"\n(?:ECC: )?(?:No errors detected|(\d+) Corrected bytes, (\d+) unrecoverable blocks)\n$")

#: Where our file is meant to differ from Linux's: (region, file) -> (our quality, why).
KNOWN = {
    ("x-a32-ecc16-perblock9-s1", "dmesg-ramoops-0"): (
        "salvaged or unreadable", "no block can be repaired; Linux takes the damaged "
        "'====0.7\\x04' for a whole header and shows the packed bytes after it as text"),
    ("k510-842", "dmesg-ramoops-0"): ("unreadable", "nothing outside Linux unpacks 842"),
    ("k510-tiny", "dmesg-ramoops-0"): (
        "intact", "Linux eats the stream's first byte, 0x0b, as white space: .enc.z"),
}

#: Files Linux did not show at all, though something is left of them.
EXTRA = {
    ("x-a32-ecc16-perblock9-s1", "dmesg-ramoops-1"): "salvaged or unreadable",
    # Linux lists no record of nothing but a header, and nothing after it
    ("k612-empty-record", "dmesg-ramoops-0"): "salvaged",
    ("k612-empty-record", "dmesg-ramoops-1"): "unchecked",
    ("k612-empty-record", "console-ramoops-0"): "unchecked",
}

#: How our file begins and ends where Linux has none to compare with.
ENDS = {
    ("k510-tiny", "dmesg-ramoops-0"): (b"Shutdown#1 Part1\n<", b"reboot: Restarting system\n"),
    ("k612-empty-record", "dmesg-ramoops-0"): (b"", b""),
    ("k612-empty-record", "dmesg-ramoops-1"): (
        b"Panic#2 Part1\n<", b"Kernel panic - not syncing: sysrq triggered crash\n"),
    ("k612-empty-record", "console-ramoops-0"): (
        b"[    0.000000] Booting Linux on", b"Kernel panic - not syncing: sysrq triggered crash\n"),
}

Row = collections.namedtuple("Row", "quality reason bytes corrected bad")


def program():
    build = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build"))
    return build.resolve() / "host" / "oopsmon"


def sizes(row):
    """Options with a region's sizes."""
    options = [f"--{k}-size={row[k]}" for k in ("record", "console", "ftrace", "pmsg", "ecc")]
    return options + ([f"--per-cpu={row['per_cpu']}"] if row["per_cpu"] != "-" else [])


def decode(region, options, folder):
    """Decode @region (bytes); returns the exit code and {file name: Row}."""
    done = subprocess.run([program(), "decode", *options, "-o", folder, "-"], input=region,
                          stdout=subprocess.PIPE, timeout=60)
    rows = {}
    for line in done.stdout.decode().splitlines():
        part = re.split(r" {2,}", line)
        if re.match(r"\w+-ramoops-\d+", line):
            rows[part[0]] = Row(part[1], part[2], *(int(n) for n in part[-3:]))
    return done.returncode, rows


def region_bytes(name):
    return lzma.open(REGIONS / name / "region.bin.xz").read()


def golden(name):
    """{file name: (text without notice, corrected, bad)} as Linux showed them."""
    files = {}
    for path in sorted((REGIONS / name).glob("golden/*.xz")):
        data = lzma.open(path).read()
        notice = None if INDEX[name]["ecc"] in ("0", "0x0") else NOTICE.search(data)
        counts = [int(n or 0) for n in notice.groups()] if notice else [0, 0]
        files[path.stem] = (data[:notice.start()] if notice else data, *counts)
    return files


def without_symbols(text):
    """Linux's ftrace text as a kernel without symbols prints it: from the numbers of each line."""
    lines = []
    for line in text.decode().splitlines():
        head, ip, parent = re.match(r"(CPU:\d+ ts:\d+ (\w+)  (\w+)  )", line).groups()
        digits = 16 if len(ip) > 8 else 8
        lines.append(f"{head}0x{ip:0>{digits}} <- 0x{parent:0>{digits}}\n")
    return "".join(lines).encode()


@pytest.fixture(params=INDEX)
def region(request, tmp_path):
    """One recorded region, decoded: (name, exit code, rows, folder with our files)."""
    name = request.param
    code, rows = decode(region_bytes(name), sizes(INDEX[name]), tmp_path / "out")
    folders = crashes.folders(tmp_path / "out")
    assert len(folders) == bool(rows)
    return name, code, rows, folders[0] if folders else tmp_path / "out"


def test_files_are_those_of_linux(region):
    name, _, rows, folder = region
    for file, (text, corrected, bad) in golden(name).items():
        if (name, file.removesuffix(".enc.z")) in KNOWN:
            continue
        ours = (folder / file).read_bytes()
        if not file.startswith("ftrace"):
            assert ours == text, file
            assert (rows[file].corrected, rows[file].bad) == (corrected, bad), file
        elif INDEX[name]["ecc"] in ("0", "0x0") or name.startswith("k73-"):
            # with ECC the text of kernels before 7.3 is out of step
            assert ours == without_symbols(text), file


def test_nothing_is_missing_or_made_up(region):
    name, _, rows, folder = region
    want = {file.removesuffix(".enc.z") for file in golden(name)}
    want |= {file for n, file in EXTRA if n == name}
    ours = {file.removesuffix(".enc.z") for file in rows}
    assert ours == want
    assert {path.name for path in folder.iterdir() if path.suffix != ".logcat"} == set(rows)
    for file, row in rows.items():
        if not file.startswith("ftrace"):
            assert (folder / file).stat().st_size == row.bytes


def test_text_that_linux_loses(region):
    name, _, _, folder = region
    for (where, file), (begin, end) in ENDS.items():
        if where == name:
            text = (folder / file).read_bytes()
            assert text.startswith(begin) and text.endswith(end), file


def test_quality_is_what_the_counts_say(region):
    name, code, rows, _ = region
    good = "unchecked" if INDEX[name]["ecc"] in ("0", "0x0") else "intact"
    for file, row in rows.items():
        key = (name, file.removesuffix(".enc.z"))
        if key in KNOWN or key in EXTRA:
            assert row.quality in (KNOWN[key][0] if key in KNOWN else EXTRA[key]), file
        elif row.bad:
            assert row.quality == "salvaged", file
        else:
            assert row.quality == ("ECC-corrected" if row.corrected else good), file
    bad = any(row.quality in ("salvaged", "unreadable") for row in rows.values())
    assert code == (1 if bad else 0)


@pytest.mark.parametrize("name", [n for n in INDEX if n.startswith("x-")])
def test_repaired_means_as_before(name, tmp_path):
    """What is called repaired is what stood there before the damage; the rest is never intact."""
    decode(region_bytes("base-a32-ecc16"), sizes(INDEX["base-a32-ecc16"]), tmp_path / "base")
    _, rows = decode(region_bytes(name), sizes(INDEX[name]), tmp_path / "out")
    assert len(rows) == 5
    base, ours = (crashes.files(tmp_path / folder) for folder in ("base", "out"))
    for file, row in rows.items():
        same = base.get(file) == ours[file]
        assert same == (row.quality in ("intact", "ECC-corrected")), file


#: base-a32-ecc16: file and where its zone lies.
ZONES = {"dmesg-ramoops-0": (0, 0x1200), "dmesg-ramoops-1": (0x1200, 0x1200),
         "console-ramoops-0": (0x2400, 0x1000)}


@pytest.mark.parametrize("file", ZONES)
def test_erased_for_good(file, tmp_path):
    """Zeros in start and size alone: ECC brings the record back, as it does for Linux."""
    name = "base-a32-ecc16"
    text = golden(name)[file][0]
    region = bytearray(region_bytes(name))
    at, size = ZONES[file]
    region[at + 4:at + 12] = bytes(8)
    _, rows = decode(bytes(region), sizes(INDEX[name]), tmp_path / "back")
    assert rows[file].quality == "ECC-corrected"
    assert crashes.files(tmp_path / "back")[file] == text
    region[at:at + size] = bytes(size)
    _, rows = decode(bytes(region), sizes(INDEX[name]), tmp_path / "gone")
    assert set(rows) == set(golden(name)) - {file}


def test_ftrace_under_ecc(tmp_path):
    """No golden text here: the entries must make sense by themselves."""
    decode(region_bytes("base-a32-ecc16"), sizes(INDEX["base-a32-ecc16"]), tmp_path)
    lines = (crashes.only(tmp_path) / "ftrace-ramoops-0").read_text().splitlines()
    stamps = [int(re.match(r"CPU:0 ts:(\d+) c0[0-9a-f]{6}  c0[0-9a-f]{6}  ", line)[1])
              for line in lines]
    assert len(lines) == 880 // 16
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("cpus", ["0", "5", "8"])
def test_cpu_count_is_found_out(cpus, tmp_path):
    """Four CPUs wrote: found without being told, and in spite of a wrong number."""
    name = "f61a64-percpu-ecc0"
    row = dict(INDEX[name], per_cpu=cpus)
    decode(region_bytes(name), sizes(row), tmp_path)
    assert crashes.files(tmp_path)["ftrace-ramoops-0"] == without_symbols(
        golden(name)["ftrace-ramoops-0"][0])


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
def test_unused_ram_has_no_records(fill, tmp_path):
    options = sizes(INDEX["a61-full-ecc16"])
    assert decode(fill * 0x200000, options, tmp_path) == (0, {})
    assert list(tmp_path.iterdir()) == []

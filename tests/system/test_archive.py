# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon archive` and `oopsmon decode` on flash images: what is extracted is what the region
itself decodes to, and nothing that is damaged passes for sound.
"""
import json
import lzma
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from omlab import drivers, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

KIB, MIB = 1 << 10, 1 << 20
BLOCK, BLOCKS = 64 * KIB, 8
#: three crashes, all records sound
CRASHES = ["base-a32-ecc16", "a61-pmsgwrap-bin-ecc32", "a61-reboot"]
MEMORY_MIB = 64


def region(name):
    return lzma.decompress((report.REGIONS / name / "region.bin.xz").read_bytes())


def oopsmon(*arguments, **how):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, **how)
    err = done.stderr.decode()
    assert "Sanitizer" not in err
    return done.returncode, done.stdout.decode(), err


def listed(path):
    """Exit code, the archives of ls --json."""
    code, out, _ = oopsmon("archive", "ls", "--json", path)
    facts = json.loads(out)
    assert facts["schema"] == "oopsmon-archive/1"
    return code, facts["archives"]


def entries(path):
    """Exit code, the entries of the only archive."""
    code, archives = listed(path)
    assert len(archives) == 1
    return code, archives[0]["entries"]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def writer():
    folder = BUILD / "system"
    folder.mkdir(parents=True, exist_ok=True)
    return drivers.compiled(BUILD, "tests/system/archive_image.c", folder)


def flash(path, off=0, size=None, block=BLOCK, blocks=BLOCKS):
    """An image with an erased partition at @off; the rest is a hole."""
    with open(path, "wb") as image:
        image.seek(off)
        image.write(b"\xff" * (block * blocks))
        if size:
            image.truncate(size)
    return path


def archive(writer, path, name, off=0, block=BLOCK, blocks=BLOCKS, boot=2, ident=0, steps=0):
    """Append a recorded region's crash; the exit code."""
    sizes, cpus = report.recorded()[name]
    return subprocess.run([writer, *map(str, (path, off, block, blocks, steps, ident, boot,
                                              *sizes, cpus))],
                          input=region(name), timeout=120, check=False).returncode


@pytest.fixture(scope="module")
def three(writer, tmp_path_factory):
    """An image of a partition with three crashes; copy it before you write to it."""
    path = flash(tmp_path_factory.mktemp("three") / "flash.img")
    for i, name in enumerate(CRASHES):
        assert archive(writer, path, name, boot=i + 2) == 0
    return path


@pytest.fixture
def image(three, tmp_path):
    return pathlib.Path(shutil.copy(three, tmp_path / "flash.img"))


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """{region: its files as `oopsmon decode` makes them from the region itself}."""
    out = {}
    for name in CRASHES:
        folder = tmp_path_factory.mktemp(name)
        sizes, cpus = report.recorded()[name]
        options = [f"--{kind}-size={size}" for kind, size in
                   zip(("record", "console", "ftrace", "pmsg", "ecc"), sizes) if size]
        options += ["--flags=1", f"--cpus={cpus}"] if cpus else []
        subprocess.run([PROGRAM, "decode", *options, "-o", folder, "-"], input=region(name),
                       capture_output=True, check=False, timeout=60)
        out[name] = files(folder)
        assert out[name]
    return out


def chunks(data, off=0, block=BLOCK, blocks=BLOCKS):
    """(place of the head, entry, offset, bytes, last) of every chunk, by docs/archive-format.md."""
    found = []
    for start in range(off, off + block * blocks, block):
        at = start + 64
        while data[start:start + 8] == b"OOPSMONA" and at + 64 <= start + block:
            head = data[at + 32:at + 64]
            magic, _, entry, where, size, _, _, crc = struct.unpack("<4s7I", head)
            if magic != b"Chnk" or zlib.crc32(head[:28]) != crc:
                break
            found.append((at, entry, where & 0x7fffffff, size & 0xffff, bool(where >> 31)))
            at += 64 + ((size & 0xffff) + 31) // 32 * 32
    return found


# ---- sound images ---------------------------------------------------------------------------

@pytest.mark.parametrize("n", [1, 3])
def test_list(writer, three, tmp_path, n):
    path = three
    if n == 1:
        path = flash(tmp_path / "one.img")
        assert archive(writer, path, CRASHES[0]) == 0
    code, found = entries(path)
    assert code == 0
    assert [e["entry"] for e in found] == list(range(1, n + 1))
    assert [e["boot"] for e in found] == list(range(2, n + 2))
    assert {e["state"] for e in found} == {"complete"}
    assert {e["verdict"] for e in found} == {"panic"}
    assert found[0]["headline"].startswith("Kernel panic - not syncing")
    code, out, err = oopsmon("archive", "ls", path)
    assert (code, err) == (0, "")
    rows = re.findall(r"^ +(\d+) +(\d+)  panic .* complete", out, re.M)
    assert rows == [(str(e["entry"]), str(e["boot"])) for e in found]


def test_extracted_is_what_the_region_decodes_to(three, golden, tmp_path):
    code, out, err = oopsmon("archive", "extract", three, "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    folders = sorted((tmp_path / "out").iterdir())
    assert [f.name[:11] for f in folders] == ["0001-panic-", "0002-panic-", "0003-panic-"]
    for folder, name in zip(folders, CRASHES):
        ours = files(folder)
        facts = json.loads(ours.pop("report.json"))
        assert ours == {k: v for k, v in golden[name].items() if not k.endswith(".logcat")}
        assert facts["complete"] and f"-{facts['id']}" in folder.name
        assert folder.name in out


def test_extract_some(three, tmp_path):
    code, _, err = oopsmon("archive", "extract", three, "-o", tmp_path / "out", "2")
    assert (code, err) == (0, "")
    assert [f.name[:4] for f in (tmp_path / "out").iterdir()] == ["0002"]
    code, _, err = oopsmon("archive", "extract", three, "-o", tmp_path / "out", "9")
    assert code == 2 and "no entry 9" in err


def test_decode_does_the_same(three, golden, tmp_path):
    code, out, err = oopsmon("decode", three, "-o", tmp_path / "a")
    assert (code, err) == (0, "")
    assert out.startswith("archive at 0x0 of ") and out.count("\nreport ") == 3
    oopsmon("archive", "extract", three, "-o", tmp_path / "b")
    for folder in (tmp_path / "b").iterdir():
        theirs = files(tmp_path / "a" / folder.name)
        assert {k: v for k, v in theirs.items() if not k.endswith(".logcat")} == files(folder)
    code, out, _ = oopsmon("decode", "--json", three)
    assert code == 0
    assert [r["boot"] for r in json.loads(out)["reports"]] == [2, 3, 4]
    with open(three, "rb") as stdin:
        code, again, err = oopsmon("decode", "--json", "-", stdin=stdin)
    assert (code, err) == (0, "")
    assert again.replace('"-"', json.dumps(str(three))) == out


def test_decode_options_hold(three, tmp_path):
    code, _, _ = oopsmon("decode", "--join", "--linux-notices=new", three, "-o", tmp_path / "out")
    assert code == 0
    folder = next((tmp_path / "out").glob("0001-*"))
    assert b"ECC: " in (folder / "dmesg-ramoops-0").read_bytes()
    assert (folder / "crash-0.log").exists()


def test_verify(three):
    code, out, err = oopsmon("archive", "verify", three)
    assert (code, err) == (0, "")
    assert "  3 complete\n" in out


def test_wrapped_ring(writer, tmp_path):
    """More crashes than it holds: the oldest are gone, nothing of that is damage."""
    path, block, blocks = flash(tmp_path / "ring.img", block=4096, blocks=8), 4096, 8
    for i in range(12):
        assert archive(writer, path, CRASHES[0], block=block, blocks=blocks, boot=i + 1,
                       ident=0x1000 + i) == 0
    code, found = entries(path)
    assert code == 0
    numbers = [e["entry"] for e in found]
    assert numbers == list(range(numbers[0], 13)) and 1 < numbers[0] < 12
    assert {e["state"] for e in found} == {"complete"}
    assert oopsmon("archive", "verify", path)[0] == 0


# ---- where it is ----------------------------------------------------------------------------

ODD = 0x1237000


def test_found_in_an_image_of_the_whole_flash(writer, golden, tmp_path):
    path = flash(tmp_path / "flash.img", ODD, 64 * MIB)
    assert archive(writer, path, CRASHES[0], off=ODD) == 0
    _, archives = listed(path)
    assert [a["offset"] for a in archives] == [ODD]
    code, _, err = oopsmon("archive", "extract", path, "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    folder = next((tmp_path / "out").iterdir())
    assert files(folder)["dmesg-ramoops-0"] == golden[CRASHES[0]]["dmesg-ramoops-0"]
    code, out, _ = oopsmon("decode", path)
    assert code == 0 and f"archive at {ODD:#x} of" in out


def test_first_block_is_damaged(writer, tmp_path):
    """Any other block's head tells where the partition is; entries behind it are whole."""
    path = flash(tmp_path / "flash.img", ODD, block=4096, blocks=32)
    for i, name in enumerate(CRASHES):
        assert archive(writer, path, name, off=ODD, block=4096, blocks=32, boot=i + 2) == 0
    with open(path, "r+b") as image:
        image.seek(ODD)
        image.write(bytes(4096))
    code, archives = listed(path)
    assert code == 1
    assert [a["offset"] for a in archives] == [ODD]
    assert [e["entry"] for e in archives[0]["entries"]][-2:] == [2, 3]
    assert archives[0]["entries"][-1]["state"] == "complete"


def test_entries_that_are_gone(writer, tmp_path):
    """Of an entry in the middle nothing is left: its number is missing, and that is said."""
    path = flash(tmp_path / "flash.img")
    for boot in (2, 3, 4):
        assert archive(writer, path, CRASHES[0], boot=boot, ident=boot) == 0
    data = bytearray(path.read_bytes())
    for at, entry, _, size, _ in chunks(data):
        if entry == 2:
            data[at:at + 64 + size] = bytes(64 + size)
    path.write_bytes(data)
    code, archives = listed(path)
    assert code == 1 and archives[0]["lost_entries"] == 1
    assert [e["entry"] for e in archives[0]["entries"]] == [1, 3]
    code, out, err = oopsmon("archive", "verify", path)
    assert code == 1 and "entry 2: gone" in out and "1 entry is gone" in err


def test_a_gap_is_no_power_cut(image):
    """The end of an entry is missing, and sound bytes stand behind wrong ones."""
    mine = [c for c in chunks(image.read_bytes()) if c[1] == 2]
    for at in range(mine[-1][0], mine[-1][0] + 64):
        flip(image, at, 0x5a)
    assert entries(image)[1][1]["state"] == "incomplete"
    at, _, _, size, _ = next(c for c in mine if c[3] > 200)
    for i in range(8):
        flip(image, at + 64 + size // 2 + i, 0xff)
    assert entries(image)[1][1]["state"] == "damaged"


def test_chapter_crc(image):
    """Bytes that every chunk vouches for, and the chapter does not: nothing of it is told."""
    data = bytearray(image.read_bytes())
    at, _, _, size, _ = next(c for c in chunks(data) if c[1] == 1 and c[3] > 2000)
    data[at + 64 + size - 20] ^= 0xff
    data[at + 52:at + 56] = struct.pack("<I", zlib.crc32(data[at + 64:at + 64 + size]))
    data[at + 60:at + 64] = struct.pack("<I", zlib.crc32(data[at + 32:at + 60]))
    image.write_bytes(data)
    code, found = entries(image)
    assert (code, found[0]["state"]) == (1, "damaged")
    code, out, _ = oopsmon("archive", "verify", image)
    assert code == 1 and re.search(r"entry 1: chapter at byte \d+: its CRC is wrong", out)
    code, out, err = oopsmon("archive", "extract", image, "-o", image.parent / "out", "1")
    assert code == 1 and "nothing of it can be decoded" in err


def test_two_archives(writer, tmp_path):
    path = flash(tmp_path / "flash.img", 0, 8 * MIB)
    flash_2 = 4 * MIB
    with open(path, "r+b") as image:
        image.seek(flash_2)
        image.write(b"\xff" * (4096 * 32))
    assert archive(writer, path, CRASHES[0]) == 0
    assert archive(writer, path, CRASHES[1], off=flash_2, block=4096, blocks=32) == 0
    code, archives = listed(path)
    assert code == 0
    assert [(a["offset"], a["block_bytes"], len(a["entries"])) for a in archives] == \
        [(0, BLOCK, 1), (flash_2, 4096, 1)]
    assert oopsmon("archive", "extract", path, "-o", tmp_path / "out")[0] == 0
    assert {f.name for f in (tmp_path / "out").iterdir()} == {"archive-0x0", "archive-0x400000"}


@pytest.mark.parametrize("keep", [BLOCK, BLOCK // 2 - 100], ids=["a block", "half a block"])
def test_truncated(image, keep):
    os.truncate(image, keep)
    code, _, err = oopsmon("archive", "ls", image)
    assert code == 1 and "only a part of the archive" in err


def test_part_of_an_entry_is_cut_off(image, tmp_path):
    """What is before the cut is saved and labelled."""
    data = image.read_bytes()
    last = [c for c in chunks(data) if c[1] == 3 and c[3] > 200][-1]
    os.truncate(image, last[0] + 64 + last[3] // 2)
    code, found = entries(image)
    assert code == 1
    assert [e["state"] for e in found] == ["complete", "complete", "incomplete"]
    assert oopsmon("archive", "extract", image, "-o", tmp_path / "out")[0] == 1


# ---- damage ---------------------------------------------------------------------------------

def flip(path, at, mask=1):
    with open(path, "r+b") as image:
        image.seek(at)
        byte = image.read(1)[0]
        image.seek(at)
        image.write(bytes([byte ^ mask]))


def test_a_flipped_bit_is_put_right(image, golden, tmp_path):
    at, _, _, size, _ = next(c for c in chunks(image.read_bytes()) if c[1] == 2 and c[3] > 200)
    flip(image, at + 64 + size // 2, 0x10)
    code, found = entries(image)
    assert (code, found[1]["state"]) == (0, "corrected")
    code, out, _ = oopsmon("archive", "verify", image)
    assert code == 0 and "one bit had flipped" in out and f"at {at + 64:#x}" in out
    assert oopsmon("archive", "extract", image, "-o", tmp_path / "out")[0] == 0
    ours = files(next((tmp_path / "out").glob("0002-*")))
    del ours["report.json"]
    assert ours == {k: v for k, v in golden[CRASHES[1]].items() if not k.endswith(".logcat")}


def test_damage_is_named_and_what_is_before_it_saved(image, golden, tmp_path):
    """A text before the damage is as it was; nothing behind it passes for it."""
    mine = [c for c in chunks(image.read_bytes()) if c[1] == 2 and c[3] > 200]
    at, _, _, size, _ = mine[-1]
    for i in range(8):
        flip(image, at + 64 + size // 2 + i, 0xff)
    code, found = entries(image)
    assert (code, found[1]["state"]) == (1, "damaged")
    assert [e["state"] for e in found] == ["complete", "damaged", "complete"]
    code, out, _ = oopsmon("archive", "verify", image)
    assert code == 1 and f"entry 2: at {at + 64:#x}: chunk" in out and "CRC is wrong" in out
    assert oopsmon("archive", "extract", image, "-o", tmp_path / "out")[0] == 1
    ours = files(next((tmp_path / "out").glob("0002-*")))
    facts = json.loads(ours.pop("report.json"))
    assert not facts["complete"]
    for record in facts["records"]:
        truth, text = golden[CRASHES[1]][record["name"]], ours[record["name"]]
        if record["lost_bytes"]:
            assert record["quality"] in ("salvaged", "unreadable")
        else:
            assert text == truth
        for line in re.split(rb"\n?\[oopsmon: \d+ bytes? lost\]\n", text):
            assert line in truth


#: (what is hit: offset in the chunk, bytes)
HITS = {"guard": (0, 32), "head": (32, 32), "first bytes": (64, 4)}


@pytest.mark.parametrize("hit", HITS)
def test_first_chunk_of_an_entry(image, hit):
    """Without its card nothing can be said of an entry; the others stay."""
    at = next(c for c in chunks(image.read_bytes()) if c[1] == 2)[0]
    for i in range(HITS[hit][1]):
        flip(image, at + HITS[hit][0] + i, 0x5a)
    code, found = entries(image)
    states = {e["entry"]: e["state"] for e in found}
    assert (states[1], states[3]) == ("complete", "complete")
    if hit != "guard":
        assert code == 1 and states.get(2, "damaged") == "damaged"
    assert oopsmon("archive", "verify", image)[0] == (0 if states.get(2) == "complete" else 1)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_power_fails_while_it_is_written(writer, image, golden, share, tmp_path):
    """Everything before stays; of this one there is what was written, and then it is archived
    again: one crash, shown once."""
    base = pathlib.Path(shutil.copy(image, tmp_path / "base.img"))
    name, steps = "base-a32-ecc16", 1
    while archive(writer, shutil.copy(base, image), name, ident=77, steps=steps) == 4:
        steps += 3
    shutil.copy(base, image)
    assert archive(writer, image, name, ident=77, steps=max(1, int(steps * share))) == 4
    _, found = entries(image)
    assert [e["state"] for e in found[:3]] == ["complete"] * 3
    assert all(e["state"] in ("incomplete", "damaged") for e in found[3:])
    code, _, _ = oopsmon("archive", "extract", image, "-o", tmp_path / "cut")
    assert code == (1 if len(found) > 3 else 0)

    assert archive(writer, image, name, ident=77) == 0
    code, found = entries(image)
    assert code == 0
    assert [e["state"] for e in found if e["same_crash_as"] is None] == ["complete"] * 4
    code, out, _ = oopsmon("archive", "ls", image)
    twice = [e for e in found if e["same_crash_as"]]
    assert ("is the same crash as entry" in out) == bool(twice)
    assert oopsmon("archive", "extract", image, "-o", tmp_path / "out")[0] == 0
    assert len(list((tmp_path / "out").iterdir())) == 4
    newest = sorted((tmp_path / "out").iterdir())[-1]
    assert files(newest)["dmesg-ramoops-0"] == golden[name]["dmesg-ramoops-0"]


def test_the_complete_copy_counts_more_than_the_newer_one(writer, image):
    assert archive(writer, image, CRASHES[0], ident=77) == 0
    assert archive(writer, image, CRASHES[0], ident=77, steps=8) == 4
    code, found = entries(image)
    assert code == 0
    assert [(e["state"], e["same_crash_as"]) for e in found[3:]] == [("complete", None),
                                                                    ("incomplete", 4)]


# ---- no archive -----------------------------------------------------------------------------

def newer(data):
    return data[:8] + struct.pack("<I", 2) + data[12:]


OTHERS = {
    "erased": (lambda data: b"\xff" * len(data), 0, "nothing was archived"),
    "zeros": (lambda data: bytes(len(data)), 2, "no archive of crashes"),
    "foreign": (lambda data: b"U-Boot 2023.01\n" * 9000, 2, "no archive of crashes"),
    "empty": (lambda data: b"", 2, "the file is empty"),
    "newer": (lambda data: newer(data[:BLOCK]), 2, "version 2 and this program knows version 1"),
}


@pytest.mark.parametrize("action", ["ls", "extract", "verify"])
@pytest.mark.parametrize("what", OTHERS)
def test_no_archive(three, tmp_path, what, action):
    change, code, words = OTHERS[what]
    path = tmp_path / "flash.img"
    path.write_bytes(change(three.read_bytes()))
    got, _, err = oopsmon("archive", action, path, cwd=tmp_path)
    assert got == code and words in err


USAGE = [([], "ls, extract or verify?"), (["ls"], "which file?"), (["list", "f"], "not 'list'"),
         (["ls", "f", "1"], "go with extract"), (["verify", "-o", "d", "f"], "go with extract"),
         (["extract", "f", "x"], "no number"), (["extract", "f", "0"], "no number"),
         (["extract", "--json", "f"], "--json goes with ls"), (["ls", "/nowhere/f"], "No such file"),
         (["ls", "/"], "Is a directory")]


@pytest.mark.parametrize("arguments, words", USAGE)
def test_usage(arguments, words):
    code, out, err = oopsmon("archive", *arguments)
    assert (code, out) == (2, "") and words in err


def test_pipe_and_packed(three, tmp_path):
    code, _, err = oopsmon("archive", "ls", "/dev/stdin", input=three.read_bytes())
    assert code == 2 and "save it to a file first" in err
    packed = tmp_path / "flash.img.xz"
    packed.write_bytes(lzma.compress(three.read_bytes(), preset=0))
    code, _, err = oopsmon("decode", packed)
    assert code == 2 and "unpack it with xz first" in err


def test_memory_is_bounded(writer, tmp_path):
    """256 MiB of flash without a hole, an archive at its end."""
    size = 256 * MIB
    path = flash(tmp_path / "flash.img", size - BLOCK * BLOCKS)
    with open(path, "r+b") as image:
        for _ in range(size // MIB - 1):
            image.write(b"\x5a" * MIB)
    assert archive(writer, path, CRASHES[0], off=size - BLOCK * BLOCKS) == 0
    done = subprocess.run(["/usr/bin/time", "-f", "%M", PROGRAM, "archive", "verify", path],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stderr.splitlines()[-1]) < MEMORY_MIB * KIB


# ---- whatever stands there ------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(40))
def test_nothing_damaged_passes_for_sound(three, golden, seed, tmp_path):
    """Bits flipped, stretches erased, zeroed or copied elsewhere: a record that is not labelled
    as lacking something is what the region had, to the byte."""
    dice = random.Random(seed)
    data = bytearray(three.read_bytes())
    places = [at for at, *_ in chunks(data)]
    end = places[-1] + 8 * KIB
    for _ in range(dice.randrange(1, 5)):
        at, size = dice.choice(places) + dice.randrange(200), dice.choice([1, 4, 40, 600, 5000])
        how = dice.randrange(4)
        if how == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif how == 1:
            data[at:at + size] = dice.randbytes(size)
        elif how == 2:
            data[at:at + size] = bytes([dice.choice([0, 0xff])]) * size
        else:
            there = dice.randrange(end)
            data[there:there + size] = data[at:at + size]
    path = tmp_path / "flash.img"
    path.write_bytes(data)
    code, found = entries(path) if b"OOPSMONA" in data[:8] else (1, [])
    assert code in (0, 1)
    assert oopsmon("archive", "verify", path)[0] in (0, 1, 2)
    if not found:
        return
    assert oopsmon("archive", "extract", path, "-o", tmp_path / "out")[0] in (0, 1)
    for folder in (tmp_path / "out").glob("*"):
        ours = files(folder)
        facts = json.loads(ours.pop("report.json"))
        truth = golden[CRASHES[facts["boot"] - 2]]
        for record in facts["records"]:
            if "text-lost" not in record["notes"]:
                assert ours[record["name"]] == truth[record["name"]]
            else:
                assert record["quality"] in ("salvaged", "unreadable")

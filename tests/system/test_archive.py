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

from omlab import crashes, drivers, ramoops, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

KIB, MIB = 1 << 10, 1 << 20
BLOCK, BLOCKS = 64 * KIB, 8
#: three crashes, all records sound
CRASHES = ["base-a32-ecc16", "a61-pmsgwrap-bin-ecc32", "a61-reboot"]
MEMORY_MIB = 64
DUMPS_MAX = 512 - 2 - 64  #: that tools/bench/crash.h takes


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


def archive(writer, path, name, off=0, block=BLOCK, blocks=BLOCKS, boot=2, ident=0, steps=0,
            worn=0):
    """Append a recorded region's crash; the exit code. @worn: bit n: block n is worn out."""
    sizes, cpus = report.recorded()[name]
    return subprocess.run([writer, *map(str, (path, off, block, blocks, steps, ident, boot,
                                              *sizes, cpus, worn))],
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
        out[name] = crashes.files(folder)
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
    assert re.findall(r" complete *(.*)", out) == [e["title"] or e["headline"] or "" for e in found]
    assert re.fullmatch(r"\w+-\d+-[0-9a-f]{8}", found[0]["signature"])


def test_more_records_than_an_entry_has(writer, tmp_path):
    """It is whole by its checksums, and called cut everywhere; what it lacks is named."""
    sizes = ramoops.Sizes(512 * 4096 + 128 * KIB, 4096, 128 * KIB, 0, 0, 0, False)
    region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1))
    for n in range(DUMPS_MAX + 9):
        region.dump("Oops", [b"<4>[%5d.000001] oops %d\n" % (n, n)], (1700000000 + n, 5))
    path = flash(tmp_path / "flash.img")
    subprocess.run([writer, *map(str, (path, 0, BLOCK, BLOCKS, 0, 0, 2, 4096, 128 * KIB, 0, 0, 0, 0, 0))],
                   input=bytes(region.ram), timeout=120, check=True)
    code, (one,) = entries(path)
    assert (code, one["state"], one["records"]) == (0, "complete", DUMPS_MAX)
    assert one["beyond"] == {"records": 9, "first": DUMPS_MAX, "last": DUMPS_MAX + 8}
    code, out, _ = oopsmon("archive", "ls", path)
    assert code == 0 and re.search(r"^ +1 +2  panic .* cut ", out, re.M)
    assert f"\nentry 1 lacks 9 of dmesg-ramoops-{DUMPS_MAX} to -{DUMPS_MAX + 8}: " in out
    code, out, _ = oopsmon("archive", "extract", path, "-o", tmp_path / "out")
    assert code == 1 and f"{DUMPS_MAX} records, cut (9 more had no place in it)" in out


def test_titles_are_those_of_the_plain_logs(three, tmp_path):
    """In the list, in report.json and of a record's file alone."""
    listed = {e["entry"]: (e["title"], e["signature"]) for e in entries(three)[1]}
    code, out, _ = oopsmon("archive", "extract", three, "-o", tmp_path)
    assert code == 0 and len(listed) == 3
    for folder in sorted(tmp_path.iterdir()):
        report = json.loads((folder / "report.json").read_text())
        words = listed[int(folder.name[:4])]
        assert words == (report.get("title"), report.get("signature"))
        crash = [record for record in report["records"] if "crash" in record][:1]
        assert (words == (None, None)) == (crash == [])
        for record in crash:
            log = json.loads(oopsmon("decode", "--json", folder / record["name"])[1])["logs"][0]["crash"]
            assert words == (log["title"], log["signature"])
            assert f"{folder.name}: {len(report['records'])} record" in out and f"complete: {words[0]}\n" in out


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


#: blocks that wear out after the first crash was archived
WORN = {"one": [3], "the last": [7], "two": [3, 4], "most": [3, 4, 5, 6], "the first": [0]}


@pytest.mark.parametrize("row", WORN)
def test_worn_blocks_are_no_lost_entries(writer, tmp_path, row):
    """They are passed over, in the first turn too, and what the ring recycles is not missed."""
    path, block, blocks = flash(tmp_path / "ring.img", block=4096, blocks=8), 4096, 8
    for i in range(10):
        assert archive(writer, path, CRASHES[1], block=block, blocks=blocks, boot=i + 1,
                       ident=0x1000 + i, worn=sum(1 << n for n in WORN[row]) if i else 0) == 0
        with open(path, "r+b") as image:
            for n in WORN[row] if i == 0 else []:
                image.seek(n * block + (block // 2 if n == 0 else 0))
                image.write(b"\x55" * (block // 2))
        code, archives = listed(path)
        assert archives[0]["lost_entries"] == 0, i
        if row != "the first" or i > 0:
            assert archives[0]["entries"][-1]["state"] == "complete"
        assert code == 0 or row == "the first"


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
    """Any other block's head tells where the partition is; entries after it are whole."""
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
    """The end of an entry is missing, and sound bytes stand after wrong ones."""
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


@pytest.mark.parametrize("blocks, words", [(2 * BLOCKS, ""), (BLOCKS // 2, "only a part")])
def test_partition_has_another_size_now(image, blocks, words):
    """The heads say which one the archive was made for: the monitor leaves it, we read it."""
    data = image.read_bytes()[:blocks * BLOCK]
    image.write_bytes(data + b"\xff" * (blocks * BLOCK - len(data)))
    code, archives = listed(image)
    assert code == (1 if words else 0)
    assert (archives[0]["blocks"], len(archives[0]["entries"])) == (BLOCKS, 3)
    code, _, err = oopsmon("archive", "extract", image, "-o", image.parent / "out")
    assert words in err and len(list((image.parent / "out").iterdir())) == 3


def test_blocks_have_another_size_now(writer, image):
    """What is left of an archive below another one is told of and not mixed in."""
    whole = image.read_bytes()
    flash(image, block=2 * BLOCK, blocks=BLOCKS // 2)
    assert archive(writer, image, CRASHES[1], block=2 * BLOCK, blocks=BLOCKS // 2) == 0
    mixed = image.read_bytes()[:2 * BLOCK] + whole[:BLOCK] + whole[3 * BLOCK:]
    # the old head stands two blocks further on than it says
    image.write_bytes(mixed)
    code, out, err = oopsmon("archive", "ls", image)
    assert code == 1 and "overlap these, of another size: left out" in err
    assert len(re.findall(r"^ +\d+ +\d+  panic", out, re.M)) in (1, 3)


def test_both_banks_in_one_file(three, tmp_path):
    """An archive at the end of each, as from two devices that were copied one after the other."""
    path = tmp_path / "banks.img"
    with open(path, "wb") as banks:
        for end in (64 * MIB, 128 * MIB):
            banks.seek(end - BLOCK * BLOCKS)
            banks.write(three.read_bytes())
    code, archives = listed(path)
    assert code == 0
    assert [(a["offset"], len(a["entries"])) for a in archives] == \
        [(end - BLOCK * BLOCKS, 3) for end in (64 * MIB, 128 * MIB)]


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
    """A text before the damage is as it was; nothing after it passes for it."""
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


@pytest.mark.parametrize("at", [0, 7, 9, 14, 18, 22, 27, 40, 62])
def test_a_flipped_bit_in_the_only_head(image, at):
    """The monitor takes it for a head, and so do we."""
    flip(image, at, 0x40)
    code, found = entries(image)
    assert (code, len(found)) == (0, 3)
    assert oopsmon("decode", image)[0] == 0


@pytest.mark.parametrize("block, blocks, off", [(BLOCK, BLOCKS, 0), (BLOCK, BLOCKS, ODD),
                                                (4096, 32, 0), (4096, 8, ODD)])
def test_all_heads_are_lost(writer, golden, tmp_path, block, blocks, off):
    """The monitor leaves such a flash alone; what is in it can be read, and is no clean answer."""
    path = flash(tmp_path / "flash.img", off, off + block * blocks + 5 * 4096, block, blocks)
    for i, name in enumerate(CRASHES):
        assert archive(writer, path, name, off=off, block=block, blocks=blocks, boot=i + 2) == 0
    _, whole = entries(path)
    with open(path, "r+b") as image:
        for start in range(off, off + block * blocks, block):
            image.seek(start)
            if image.read(8) == b"OOPSMONA":
                image.seek(start + 24)
                image.write(b"\x5a\xa5")
        if block == BLOCK:  # what looks like the beginning of a block and is within one
            image.seek(off + 64)
            chunk = image.read(64)
            image.seek(off + BLOCK - 4096 + 64)
            image.write(chunk)
    code, archives = listed(path)
    assert (code, archives[0]["blocks"], archives[0]["block_bytes"]) == (1, None, None)
    assert archives[0]["entries"] == whole
    code, out, err = oopsmon("archive", "ls", path)
    assert code == 1 and "heads of all blocks are damaged" in err and "without heads" in out
    assert oopsmon("archive", "verify", path)[0] == 1
    for i, command in enumerate((["archive", "extract"], ["decode"])):
        assert oopsmon(*command, path, "-o", tmp_path / f"{i}")[0] == 1
        for folder in (tmp_path / f"{i}").iterdir():
            ours, name = files(folder), CRASHES[int(folder.name[:4]) - 1]
            assert all(ours[k] == v for k, v in golden[name].items() if ".logcat" not in k)


@pytest.mark.parametrize("bits", [2, 3, 5])
def test_more_flipped_bits_in_a_chunk(image, golden, bits):
    """Too many to be put right: damaged, and the texts before are those of the region."""
    mine = [c for c in chunks(image.read_bytes()) if c[1] == 2 and c[3] > 200]
    at, _, _, size, _ = mine[-1]
    for i in range(bits):
        flip(image, at + 64 + size * (i + 1) // (bits + 1), 1 << i)
    code, found = entries(image)
    assert (code, [e["state"] for e in found]) == (1, ["complete", "damaged", "complete"])
    assert found[1]["damaged_chunks"] == 1
    assert oopsmon("archive", "verify", image)[0] == 1
    assert oopsmon("archive", "extract", image, "-o", image.parent / "out")[0] == 1
    ours = files(next((image.parent / "out").glob("0002-*")))
    for record in json.loads(ours["report.json"])["records"]:
        assert record["lost_bytes"] or ours[record["name"]] == golden[CRASHES[1]][record["name"]]


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
        steps += 1
    shutil.copy(base, image)
    assert archive(writer, image, name, ident=77, steps=max(1, int(steps * share))) == 4
    _, found = entries(image)
    assert [e["state"] for e in found[:3]] == ["complete"] * 3
    assert all(e["state"] in ("incomplete", "damaged") for e in found[3:])
    code, _, _ = oopsmon("archive", "extract", image, "-o", tmp_path / "cut")
    assert code == (1 if len(found) > 3 else 0)

    assert archive(writer, image, name, ident=77) == 0
    code, found = entries(image)
    # one that was cut before its card was there could be any crash
    nameless = [e for e in found if e["state"] == "incomplete" and "id" not in e]
    assert code == (1 if nameless else 0)
    assert [e["state"] for e in found if e["same_crash_as"] is None and e not in nameless] == ["complete"] * 4
    twice = [e for e in found if e["same_crash_as"]]
    assert twice or share < 0.9
    _, out, _ = oopsmon("archive", "ls", image)
    assert ("is the same crash as entry" in out) == bool(twice)
    assert oopsmon("archive", "extract", image, "-o", tmp_path / "out")[0] == code
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


def head_of_version(data, version):
    """A block's head with a version that its checksum vouches for."""
    head = data[:8] + struct.pack("<I", version) + data[12:60]
    return head + struct.pack("<I", zlib.crc32(head))


def test_newer_version_in_one_block(image):
    data = bytearray(image.read_bytes())
    data[5 * BLOCK:5 * BLOCK + 64] = head_of_version(data, 2)
    image.write_bytes(data)
    code, _, err = oopsmon("archive", "ls", image)
    assert code == 2 and "newer version of the format" in err
    # if no checksum vouches for it, it is damage, in a block that is not in use
    data[5 * BLOCK + 30] ^= 0x11
    image.write_bytes(data)
    assert oopsmon("archive", "ls", image)[::2] == (0, "")


def test_newer_version_elsewhere(image):
    data = image.read_bytes()
    image.write_bytes(data + head_of_version(data, 3) + b"\xff" * (BLOCK - 64))
    code, out, err = oopsmon("archive", "ls", image)
    assert code == 1 and f"one more archive, at {len(data):#x}, is of version 3" in err
    assert out.count("complete") == 3


# ---- what cannot be read --------------------------------------------------------------------

@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """failing(path, from, to): oopsmon's environment with a device that cannot be read there."""
    shim = tmp_path_factory.mktemp("shim") / "read_errors.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", shim,
                    ROOT / "tests/system/read_errors.c"], check=True)
    return lambda start, end: {**os.environ, "LD_PRELOAD": str(shim),
                               "READ_ERRORS": f"{start} {end}"}


@pytest.mark.parametrize("action", ["ls", "extract", "verify"])
def test_dead_device(image, failing, action):
    code, out, err = oopsmon("archive", action, image, env=failing(0, 1 << 40))
    assert (code, out) == (2, "") and "Input/output error" in err


def test_part_of_a_device_cannot_be_read(image, golden, failing):
    """What can is told, the rest is damaged."""
    first, second, third = (next(c for c in chunks(image.read_bytes()) if c[1] == n)
                            for n in (1, 2, 3))
    env = failing(second[0] + 64 + second[3] // 2, third[0])
    done = subprocess.run([PROGRAM, "archive", "ls", "--json", image], capture_output=True,
                          env=env, timeout=60, check=False)
    assert done.returncode == 1 and b"Input/output error at 0x" in done.stderr
    states = {e["entry"]: e["state"] for e in json.loads(done.stdout)["archives"][0]["entries"]}
    assert (states[1], states[3]) == ("complete", "complete") and states[2] != "complete"
    assert first[0] < second[0]
    assert oopsmon("archive", "verify", image, env=env)[0] == 1
    out = image.parent / "out"
    assert oopsmon("archive", "extract", image, "-o", out, env=env)[0] == 1
    for number, name in ((1, CRASHES[0]), (3, CRASHES[2])):
        ours = files(next(out.glob(f"000{number}-*")))
        assert all(ours[k] == v for k, v in golden[name].items() if not k.endswith(".logcat"))


def test_head_cannot_be_read(image, failing):
    code, _, err = oopsmon("archive", "ls", image, env=failing(0, 4096))
    assert code == 2 and "no archive of crashes" in err and "Input/output error at 0x0," in err


def test_no_file(tmp_path):
    """Everything that has a name and is no flash: at once, with a word on what to do."""
    os.mkfifo(tmp_path / "fifo")
    for name, words in ((tmp_path / "fifo", "a pipe or a terminal: save it"),
                        ("/dev/null", "no flash device"), ("/dev/zero", "no flash device"),
                        ("/dev/mem", ""), (tmp_path, "a directory: give a file")):
        code, out, err = oopsmon("archive", "ls", name)
        assert (code, out) == (2, "") and words in err and err.count("\n") == 1


# ---- an entry on its own --------------------------------------------------------------------

def entry(image, number):
    """The entry's bytes, by docs/archive-format.md."""
    data = image.read_bytes()
    return b"".join(data[at + 64:at + 64 + size]
                    for at, n, _, size, _ in chunks(data) if n == number)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_entry_file(three, golden, tmp_path, number):
    path = tmp_path / f"oopsmon-entry-{number}.bin"
    path.write_bytes(entry(three, number))
    (theirs,) = [e for e in entries(three)[1] if e["entry"] == number]
    code, (ours,) = entries(path)
    assert (code, ours) == (0, theirs)
    code, out, err = oopsmon("archive", "ls", path)
    assert (code, err) == (0, "") and f"{number}  " in out
    assert out.startswith("entry of an archive, ")
    assert oopsmon("archive", "verify", path)[::2] == (0, "")
    for i, command in enumerate((["archive", "extract"], ["decode"])):
        code, _, err = oopsmon(*command, path, "-o", tmp_path / f"{i}")
        assert (code, err) == (0, "")
        (folder,) = (tmp_path / f"{i}").iterdir()
        assert folder.name == f"{number:04}-panic-{theirs['id']}"
        saved = files(folder)
        assert {k: v for k, v in saved.items() if "ramoops" in k and ".logcat" not in k} == \
            {k: v for k, v in golden[CRASHES[number - 1]].items() if ".logcat" not in k}
    code, _, err = oopsmon("archive", "extract", path, "-o", tmp_path / "no", "9")
    assert code == 2 and "no entry 9" in err


def test_entry_file_of_another_name(three, tmp_path):
    path = tmp_path / "crash.bin"
    path.write_bytes(entry(three, 2))
    code, archives = listed(path)
    assert code == 0
    assert (archives[0]["blocks"], archives[0]["block_bytes"]) == (None, None)
    assert archives[0]["entries"][0]["entry"] is None
    code, out, _ = oopsmon("archive", "extract", path, "-o", tmp_path / "out")
    assert code == 0
    assert [f.name[:6] for f in (tmp_path / "out").iterdir()] == ["panic-"]
    with open(path, "rb") as stdin:
        assert oopsmon("archive", "ls", "-", stdin=stdin)[0] == 0
    with open(path, "rb") as stdin:
        assert oopsmon("decode", "-", stdin=stdin)[0] == 0
    code, _, err = oopsmon("decode", "-", input=path.read_bytes())
    assert code == 2 and "save it to a file first" in err


def damaged_entries(data):
    """{row: (bytes, states that are right, exit codes of extract)}"""
    middle, card = len(data) // 2, data.index(b"\n\n") + 2
    bad = bytearray(data)
    bad[middle] ^= 1
    return {
        "padded": (data + b"\x1a" * (-len(data) % 1024), ["complete"], [0]),
        "cut": (data[:middle], ["incomplete"], [1]),
        "its last byte": (data[:-1], ["incomplete"], [1]),
        "in the card": (data[:card - 20], ["incomplete"], [1]),
        "the card only": (data[:card], ["incomplete"], [1]),
        "a flipped bit": (bytes(bad), ["damaged"], [1]),
        "another crash's card": (data.replace(b"\nboot 2 ", b"\nboot 5 "), ["damaged"], [0, 1]),
        "rubbish after": (data + b"rubbish" * 200, ["complete", "incomplete"], [0, 1]),
    }


@pytest.mark.parametrize("row", damaged_entries(b"x\n\n"))
def test_damaged_entry_file(three, golden, tmp_path, row):
    """A record that is not labelled is what the region had."""
    data, states, codes = damaged_entries(entry(three, 1))[row]
    path = tmp_path / "oopsmon-entry-1.bin"
    path.write_bytes(data)
    code, (found,) = entries(path)
    assert found["state"] in states and code == (found["state"] != "complete")
    assert oopsmon("archive", "verify", path)[0] == code
    assert oopsmon("archive", "extract", path, "-o", tmp_path / "out")[0] in codes
    for folder in (tmp_path / "out").glob("*"):
        ours = files(folder)
        for record in json.loads(ours["report.json"])["records"]:
            assert record["lost_bytes"] or \
                ours[record["name"]] == golden[CRASHES[0]][record["name"]]


def test_entry_file_cut_anywhere(three, tmp_path):
    """Also between two chapters: only the whole one is complete."""
    data = entry(three, 3)
    path = tmp_path / "oopsmon-entry-3.bin"
    at = data.index(b"\n\n") + 2
    ends = []
    while at < len(data):
        at += 8 + (struct.unpack_from("<I", data, at)[0] & 0xffffff)  # the rest is the packing
        ends.append(at)
    assert ends[-1] == len(data)
    for end in ends:
        path.write_bytes(data[:end])
        code, (found,) = entries(path)
        assert (code, found["state"]) == ((0, "complete") if end == len(data)
                                          else (1, "incomplete"))


@pytest.mark.parametrize("seed", range(20))
def test_nothing_damaged_in_an_entry_file_passes_for_sound(three, golden, tmp_path, seed):
    dice = random.Random(seed)
    data = bytearray(entry(three, 1))
    for _ in range(dice.randrange(1, 4)):
        at, size = dice.randrange(len(data) - 1), dice.choice([1, 4, 40, 300])
        how = dice.randrange(3)
        if how == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif how == 1:
            data[at:at + size] = dice.randbytes(size)
        elif len(data) > 500:
            del data[at:at + size]
    path = tmp_path / "oopsmon-entry-1.bin"
    path.write_bytes(data)
    if oopsmon("archive", "ls", path)[0] == 2:  # its first line is damaged
        return
    code = oopsmon("archive", "verify", path)[0]
    assert code in (0, 1)
    assert oopsmon("archive", "extract", path, "-o", tmp_path / "out")[0] in (0, 1)
    for folder in (tmp_path / "out").glob("*"):
        ours = files(folder)
        for record in json.loads(ours["report.json"])["records"]:
            if "text-lost" not in record["notes"]:
                assert ours[record["name"]] == golden[CRASHES[0]][record["name"]]
            else:
                assert code == 1 and record["quality"] in ("salvaged", "unreadable")


def test_entry_file_of_a_newer_version(three, tmp_path):
    path = tmp_path / "oopsmon-entry-1.bin"
    path.write_bytes(entry(three, 1).replace(b"oopsmon entry 1\n", b"oopsmon entry 2\n"))
    for command in (["archive", "ls"], ["archive", "verify"], ["decode"]):
        code, _, err = oopsmon(*command, path)
        assert code == 2 and "newer version of the format: get a newer oopsmon" in err


def test_partition_by_ymodem(image, tmp_path):
    """The whole partition under the name it is sent with."""
    path = image.rename(tmp_path / "oopsmon-archive.bin")
    assert entries(path)[0] == 0
    assert oopsmon("decode", path)[0] == 0


# ---- the command line -----------------------------------------------------------------------

USAGE = [([], "ls, extract or verify?"), (["ls"], "which file?"), (["list", "f"], "not 'list'"),
         (["ls", "f", "1"], "go with extract"), (["verify", "-o", "d", "f"], "go with extract"),
         (["extract", "f", "x"], "no number"), (["extract", "f", "0"], "no number"),
         (["extract", "--json", "f"], "--json goes with ls"), (["ls", "/nowhere/f"], "No such file"),
         (["ls", "/"], "a directory: give a file")]


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

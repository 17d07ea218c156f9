# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon archive` and `oopsmon decode` on flash images: what is extracted is what the region itself
decodes to.
"""
import json
import lzma
import os
import re
import struct
import subprocess
import zlib

import pytest

from omlab import crashes, ramoops, report
from archives import (PROGRAM, KIB, MIB, BLOCK, BLOCKS, CRASHES, MEMORY_MIB, DUMPS_MAX, region,
                      oopsmon, listed, entries, files, writer, flash, archive, three, image,
                      golden, chunks, ODD, flip)


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

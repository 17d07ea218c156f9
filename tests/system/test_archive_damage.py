# SPDX-License-Identifier: BSD-2-Clause
"""Archives that are damaged, cut, or none: what is left of them is named, and nothing else passes for
sound."""
import json
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from omlab import crashes, ramoops, report
from archives import (ROOT, PROGRAM, KIB, BLOCK, BLOCKS, CRASHES, region, oopsmon, listed,
                      entries, files, writer, flash, archive, three, image, golden, chunks, ODD,
                      flip)


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

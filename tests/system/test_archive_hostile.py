# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon archive` on flash that somebody wrote to harm: every CRC is right, and entries claim
what no flash holds. Instructions and memory go with the bytes of the file."""
import json
import os
import pathlib
import struct
import subprocess
import zlib

import pytest
from bench_decode import callgrind, profile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

KIB, MIB = 1 << 10, 1 << 20
BLOCK = 16 * KIB
CLAIM = 8 * MIB
#: A file of SMALL blocks, and one of TIMES as many.
SMALL, TIMES = 2, 4
#: Instructions per byte of the file: damaged places cost most, as one flipped bit is looked for.
PER_BYTE = 1500
START = 12_000_000  # of the program itself: dynamic loader, options
MEMORY_KIB = 48 * KIB


# ---- flash, by docs/archive-format.md --------------------------------------------------------

def block_head(number, blocks, sequence, block=BLOCK):
    head = struct.pack("<8s6I", b"OOPSMONA", 1, block, blocks, number, sequence, 0).ljust(60, b"\0")
    return head + struct.pack("<I", zlib.crc32(head))


def chunk(sequence, entry, off, payload, last=False, wrong=0):
    """@wrong: xor-ed to the payload's CRC."""
    head = struct.pack("<4s6I", b"Chnk", sequence, entry, off | last << 31, len(payload),
                       zlib.crc32(payload) ^ wrong, 0)
    out = bytes(32) + head + struct.pack("<I", zlib.crc32(head)) + payload
    return out.ljust(-(-len(out) // 32) * 32, b"\xff")


def card(ident):
    return (f"oopsmon entry 1\nid {ident:08x}\nboot 2 warm\nverdict panic\nmonitor 0.1.0\n"
            "board qemu-virt\nregion 0x5fc00000 2097152\nrecords 1 100\n\n").encode()


def image(blocks, chunks_of):
    """@chunks_of: yields arguments of chunk() without sequence, for ever; blocks are filled."""
    out = b""
    chunks = chunks_of()
    pending = None
    for number in range(blocks):
        data = block_head(number, blocks, number + 1)
        while True:
            pending = pending or next(chunks)
            piece = chunk(number + 1, *pending)
            if len(data) + len(piece) > BLOCK:
                break
            data += piece
            pending = None
        out += data.ljust(BLOCK, b"\xff")
    return out


def numbers(first=1):
    while True:
        yield first
        first += 1


def claims(ident, wrong=0):
    """Entries of a card and a last chunk just below the most that an entry may have."""
    def chunks():
        for n in numbers():
            yield n, 0, card(ident(n)), False, 0
            yield n, CLAIM - 1, b"x", True, wrong
    return chunks


def climbing():
    """One entry whose chunks each reach further."""
    yield 1, 0, card(1)
    for n in numbers():
        yield 1, n * 4099 % CLAIM, b"\0", False


def falling():
    """The same, from its end to its beginning."""
    yield 1, 0, card(1)
    for n in numbers():
        yield 1, CLAIM - n * 97, bytes(64), False


def overlapping():
    yield 1, 0, card(1)
    for n in numbers():
        yield 1, n, bytes(512), False


def empty():
    """Chunks without bytes, entries without anything."""
    for n in numbers():
        yield n, 0, b""


def empty_chapters():
    yield 1, 0, card(1)
    at = len(card(1))
    for _ in numbers():
        yield 1, at, bytes(1024), False
        at += 1024


FLASHES = {
    "each of another crash": claims(lambda n: n),
    "all of one crash": claims(lambda n: 7),
    "damaged, all of one crash": claims(lambda n: 7, wrong=1 << 7 | 1 << 19),
    "two crashes in turn": claims(lambda n: n % 2 + 1),
    "climbing": climbing,
    "falling": falling,
    "overlapping": overlapping,
    "empty": empty,
    "empty chapters": empty_chapters,
}
COMMANDS = (("archive", "ls"), ("archive", "verify"), ("archive", "extract"), ("decode",))


def instructions(command, path, folder):
    out = folder / "callgrind.out"
    more = ["-o", folder / "out"] if command[-1] == "extract" else []
    callgrind([str(w) for w in (PROGRAM, *command, *more, path)], out, check=(0, 1, 2))
    return sum(profile(out).values())


@pytest.mark.parametrize("kind", FLASHES)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[-1])
def test_work_goes_with_the_bytes(kind, command, tmp_path):
    spent = []
    for blocks in (SMALL, SMALL * TIMES):
        path = tmp_path / f"{blocks}.img"
        path.write_bytes(image(blocks, FLASHES[kind]))
        spent.append(instructions(command, path, tmp_path))
        assert spent[-1] <= START + PER_BYTE * blocks * BLOCK
    assert spent[1] < spent[0] * (TIMES + 1)


@pytest.mark.parametrize("kind", FLASHES)
def test_memory_goes_with_the_bytes(kind, tmp_path):
    path = tmp_path / "flash.img"
    path.write_bytes(image(8, FLASHES[kind]))
    done = subprocess.run(["/usr/bin/time", "-f", "%M", PROGRAM, "archive", "verify", path],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1)
    assert int(done.stderr.splitlines()[-1]) < MEMORY_KIB


def test_heads_of_many_geometries(tmp_path):
    """Every 4 KiB another head, of the largest partitions there can be: all but one are left
    out, and nobody reads what the file does not have."""
    spent = []
    for pages in (8, 32):
        data = b"".join(block_head(i, 1 << (8 + i % 8), 1, 4096 << i % 12).ljust(4096, b"\xff")
                        for i in range(pages))
        path = tmp_path / f"{pages}.img"
        path.write_bytes(data)
        spent.append(instructions(("archive", "ls"), path, tmp_path))
    assert max(spent) < 60_000_000


@pytest.mark.parametrize("kind, n, cards", [
    ("each of another crash", 113, 113), ("all of one crash", 113, 113),
    ("damaged, all of one crash", 113, 113), ("two crashes in turn", 113, 113),
    ("climbing", 1, 1), ("falling", 1, 1), ("overlapping", 1, 1), ("empty", 510, 0),
    ("empty chapters", 1, 1)])
def test_the_images_are_what_they_claim(kind, n, cards, tmp_path):
    """The entries and cards of each are seen: else the rows above would count nothing."""
    path = tmp_path / "flash.img"
    path.write_bytes(image(SMALL, FLASHES[kind]))
    done = subprocess.run([PROGRAM, "archive", "ls", "--json", path], capture_output=True,
                          timeout=300, check=False)
    entries = json.loads(done.stdout)["archives"][0]["entries"]
    assert (len(entries), sum("id" in e for e in entries)) == (n, cards)
    assert all(e["stored_bytes"] <= SMALL * BLOCK for e in entries)

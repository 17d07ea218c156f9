#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the archive in flash costs: bytes kept, erases, and finding the log's head.

    bench_archive.py --build build             print the tables
    bench_archive.py --build build --write     and put them into docs/benchmarks.md

Exit status 1: a limit is exceeded. One function for each table, as in bench_report.py; it
gives the text and what is wrong with the figures.
"""
import argparse
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile
import zlib

from bench import table, write
from bench_decode import callgrind, profile
from bench_report import Place, xz_bytes
from omlab import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
DRIVER = ROOT / "tools" / "bench" / "archive.c"

KIB, MIB = 1 << 10, 1 << 20
SHARE_MAX = 0.25  # of the text, all regions together
TURNS = 4  # of the ring, after the one that fills it
RINGS = ((256 * KIB, 4), (4 * KIB, 256))
SIZES = (256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB)
BLOCKS = (256 * KIB, 4 * KIB)
READ_MAX = 0.02  # of the partition, from 1 MiB on


def compiled(place):
    """tools/bench/archive.c with the host program's core, as fast as that."""
    program = place.folder / "archive"
    core = [place.build / "host" / name for name in ("core.a", "zlib/crc32.o")]
    subprocess.run(["make", "-s", "-C", ROOT, f"O={place.build}", *core], check=True)
    subprocess.run([os.environ.get("HOSTCC", "gcc"), "-std=c11", "-O2", "-g", "-D_GNU_SOURCE",
                    f"-I{ROOT}/firmware", f"-isystem{place.build}/deps/zlib", DRIVER, *core, "-o", program],
                   check=True)
    return program


def of_region(program, what, name):
    """What the program says of a recorded region: "entry" or "text"."""
    sizes, cpus = report.recorded()[name]
    region = lzma.decompress((report.REGIONS / name / "region.bin.xz").read_bytes())
    return subprocess.run([program, what, *map(str, sizes), str(cpus)], input=region, check=True,
                          capture_output=True, timeout=120).stdout


def parts_of(entry):
    """What is appended at a time: [bytes]."""
    parts = []
    while entry:
        end = 4 + int.from_bytes(entry[:4], "little")
        parts.append(entry[4:end])
        entry = entry[end:]
    return parts


def card_of(parts):
    """{first word: the rest} of a card's lines."""
    lines = parts[0].split(b"\n\n")[0].decode().splitlines()
    return dict(line.partition(" ")[::2] for line in lines)


def entries(place, names=None):
    """(the program, {name: file of its entry}) of all recorded regions that hold anything."""
    program = compiled(place)
    files = {}
    for name in names or sorted(report.recorded()):
        entry = of_region(program, "entry", name)
        if card_of(parts_of(entry)).get("records", "0 0").startswith("0 "):
            continue
        files[name] = place.folder / f"{name}.entry"
        files[name].write_bytes(entry)
    return program, files


def figures(*words):
    """{name: number} that the program prints."""
    out = subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True, timeout=600).stdout
    return {key: int(value) for key, value in (line.split() for line in out.splitlines())}


def size(n):
    return f"{n // MIB} MiB" if n >= MIB else f"{n // KIB} KiB"


# ---- bytes kept --------------------------------------------------------------------------------

def programmed_bytes(parts):
    """Bytes that an entry's appends program, as docs/archive-format.md has it, in a block that is
    not full: guard, head and whole units for each chunk."""
    units = 0
    for part in parts:
        for at in range(0, max(1, len(part)), 4032):
            units += 2 + -(-len(part[at:at + 4032]) // 32)
    return 32 * units


def kept(place):
    """Bytes in flash for the entry of each recorded region, beside compressors."""
    program, files = entries(place)
    rows, sums, wrong = [], [0] * 4, []
    for name, file in files.items():
        parts = parts_of(file.read_bytes())
        text = of_region(program, "text", name)
        if int(card_of(parts)["records"].split()[1]) != len(text):
            wrong.append(f"{name}: the entry is not of these {len(text):,} bytes")
        sizes = [len(text), len(zlib.compress(text, 9)), xz_bytes(text), programmed_bytes(parts)]
        sums = [a + b for a, b in zip(sums, sizes)]
        rows.append([name] + [f"{n:,}" for n in sizes] + [f"{sizes[-1] / sizes[0]:.3f}"])
    rows.append(["**all**"] + [f"**{n:,}**" for n in sums] + [f"**{sums[-1] / sums[0]:.3f}**"])
    if sums[-1] > SHARE_MAX * sums[0]:
        wrong.append(f"an entry takes {sums[-1] / sums[0]:.3f} of the text, more than {SHARE_MAX}")
    shares = [f"{n / sums[0]:.3f}" for n in sums[1:3]]
    head = ["region", "text", "deflate -9, joint", "xz -9e", "in flash", "of the text"]
    return f"""### Bytes kept in flash

Entries of all recorded regions: card, packed chapters, guards, heads and padding, in a block with
room for them. At most {SHARE_MAX:.2f} of all text together. One deflate stream per region takes
{shares[0]} and `xz -9e` {shares[1]}, without card, heads or checks. Text is what the monitor reads: ftrace
in binary, and what it cannot unpack as it is; so it is less than what `oopsmon decode` shows.

{table(head, rows)}
""", wrong


# ---- a full ring -------------------------------------------------------------------------------

def ring_wrong(block, n):
    """What is wrong with the figures of a ring."""
    wrong = []
    if n["late"]:
        wrong.append(f"blocks of {size(block)}: {n['late']} entries smaller than one took two erases")
    if n["spread"] > 1:
        wrong.append(f"blocks of {size(block)}: one was erased {n['spread']} times more than another")
    if n["bad"]:
        wrong.append(f"blocks of {size(block)}: {n['bad']} places passed over")
    return wrong


def rings(place):
    """Crashes that 1 MiB keeps, and what each costs, in the steady state."""
    program, files = entries(place)
    rows, wrong = [], []
    for block, n_blocks in RINGS:
        n = figures(program, "ring", block, n_blocks, TURNS, *files.values())
        rows.append([f"{n_blocks} x {size(block)}", f"{n['written']:,}", n["kept"], n["kept_max"],
                     f"{n['programmed'] / n['written']:,.0f}", f"{n['erased'] / n['written']:.2f}",
                     n["erased_crash"], n["erased_append"], n["spread"]])
        wrong += ring_wrong(block, n)
    head = ["1 MiB", "crashes written", "kept, at least", "at most", "bytes programmed per crash",
            "erases per crash", "most for a crash", "most in one append", "spread over blocks"]
    return f"""### A full archive

The entries of the {len(files)} regions, round and round: at least {TURNS} turns of the ring after
the one that filled it. Kept: entries that are complete, every chunk read and checked, counted
after each crash. An entry that fits into a block never waits for more than one erase.

{table(head, rows)}
""", wrong


# ---- finding the head --------------------------------------------------------------------------

def open_cost(program, files, block, whole, folder):
    """(bytes read, instructions) of archive_open() on a full ring."""
    image, out = folder / "flash.img", folder / "open.out"
    geometry = [block, whole // block]
    subprocess.run([str(w) for w in (program, "fill", *geometry, image, *files)], check=True, timeout=600)
    read = figures(program, "open", *geometry, image)["read"]
    callgrind([str(w) for w in (program, "open", *geometry, image)], out,
              ["--collect-atstart=no", "--toggle-collect=archive_open"])
    return read, sum(profile(out).values())


def heads(place):
    """Bytes read and instructions to find the log's head."""
    program, files = entries(place)
    rows, wrong = [], []
    for whole in SIZES:
        row = [size(whole)]
        for block in BLOCKS:
            if whole // block < 2:
                row += ["-"] * 3
                continue
            read, spent = open_cost(program, files.values(), block, whole, place.folder)
            row += [f"{read:,}", f"{100 * read / whole:.2f} %", f"{spent:,}"]
            if whole >= MIB and read > READ_MAX * whole:
                wrong.append(f"{size(whole)}, blocks of {size(block)}: {read:,} bytes read to find the head")
        rows.append(row)
    head = ["partition"]
    for block in BLOCKS:
        head += [f"{size(block)} blocks: bytes read", "of all", "instructions"]
    return f"""### Finding the log's head

`archive_open()` on a full ring, at the moment of a round of entries at which most is read:
the head of every block, the chunk heads of the newest. Instructions on the host, the copy
from the flash in RAM included. At most {READ_MAX * 100:.0f} % of a partition of 1 MiB or more may be read.

{table(head, rows)}
""", wrong


TABLES = {"archive kept": kept, "archive ring": rings, "archive head": heads}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    parser.add_argument("tables", nargs="*", help=f"only these of: {', '.join(TABLES)}")
    options = parser.parse_args()
    unknown = set(options.tables) - set(TABLES)
    if unknown:
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        place = Place(options.build.resolve(), pathlib.Path(folder))
        for name, make in TABLES.items():
            if options.tables and name not in options.tables:
                continue
            text, bad = make(place)
            print(text, flush=True)
            wrong += bad
            if options.write:
                write(text, f"make bench, {name}")
    for line in wrong:
        print(f"bench: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What an armored report survives, and what it costs.

    bench_report.py --build build             print the tables
    bench_report.py --build build --write     and put them into docs/benchmarks.md

One function for each table; TABLES names the section of docs/benchmarks.md that each is
written to, between `<!-- make bench, NAME: begin -->` and the same with `end`.
"""
import argparse
import collections
import json
import lzma
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import zlib

from bench import table, write
from bench_decode import callgrind, profile
from omlab import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
DRIVERS = ROOT / "tools" / "bench"
CORE = ROOT / "firmware" / "core"

PARITY = 15  # per cent, the default
GROUPS = (60, 250, 1024)  # data lines
LOSSES = (1, 2, 5, 8, 10, 12, 15, 20)  # per cent of all lines
COUNTED, REAL = 10_000, 40  # groups per row
COLUMNS = 27  # code words of a group
WIRE_MAX = 0.34  # of the text, all regions together

#: What a table's function gets: the build folder, a folder to work in.
Place = collections.namedtuple("Place", "build folder")


# ---- the arithmetic ------------------------------------------------------------------------

def tail(lines, most, percent):
    """The chance that more than @most of @lines are lost, each with @percent by itself: the sum
    of the binomial distribution's terms in whole numbers, divided once at the end."""
    lost, kept = percent, 100 - percent
    if most >= lines:
        return 0.0
    term = math.comb(lines, most + 1) * lost**(most + 1) * kept**(lines - most - 1)
    terms = 0
    for n in range(most + 1, lines + 1):
        terms += term
        term = term * (lines - n) * lost // ((n + 1) * kept)
    return terms / 100**lines


def least(n_data, percent, chance):
    """The fewest parity lines with which a group fails less often than @chance."""
    most = 0
    while tail(n_data + most, most, percent) >= chance:
        most += 1
    return most


# ---- groups that lose lines -------------------------------------------------------------------

def lossy(folder):
    """The program of tools/bench/lossy.c, as fast as the host program."""
    program = folder / "lossy"
    subprocess.run([os.environ.get("HOSTCC", "gcc"), "-std=c11", "-O2", "-g", f"-I{ROOT}/firmware",
                    DRIVERS / "lossy.c", CORE / "ecc" / "rs16.c", CORE / "report" / "armor.c", CORE / "base" / "crc32.c",
                    "-o", program], check=True)
    return program


def run(program, *words):
    return [int(n) for n in subprocess.run([program, *map(str, words)], check=True,
                                           capture_output=True, text=True).stdout.split()]


def share(part):
    """Per cent; with as many digits as show what is missing."""
    missing = 100 * (1 - part)
    digits = 2 if missing >= 0.01 or missing == 0 else 1 - math.floor(math.log10(missing))
    return "100 %" if missing < 1e-12 else f"{100 * part:.{min(digits, 12)}f} %"


def losses(place):
    """Share of complete groups: counted, by repairing them, and as the arithmetic has it."""
    program = lossy(place.folder)
    parity = run(program, "lines", PARITY)
    head = ["lines lost at random"]
    for k in GROUPS:
        head += [f"{k} + {parity[k - 1]} lines: simulated", "exact"]
    rows, real = [], 0
    for percent in LOSSES:
        row = [f"{percent} %"]
        for k in GROUPS:
            seed = 1000 * percent + k
            complete, = run(program, "count", PARITY, k, percent, COUNTED, seed)
            run(program, "real", PARITY, k, percent, REAL, seed)
            real += REAL
            m = parity[k - 1]
            row += [f"{100 * complete / COUNTED:.2f} %", share(1 - tail(k + m, m, percent))]
        rows.append(row)
    return f"""### Lost lines of an armored report

Share of groups that come back complete, {PARITY} % parity asked for; {COUNTED:,} groups each,
seeded, by counting: a group is complete if it lost no more lines than it has parity lines.
{real:,} groups more were encoded, robbed of lines and repaired: each came back as it was sent
if and only if the count said so. Exact: the binomial distribution; 100 % stands for less than
10^-12 missing.

{table(head, rows)}
"""


# ---- what parity costs ---------------------------------------------------------------------

def cost(place):
    """Instructions on the host for parity, and for repair."""
    program = lossy(place.folder)
    rows = []
    for k, lost in ((250, 10), (250, 37), (1024, 50), (1024, 153)):
        counts = []
        for what, function in (("encode", "rs16_parity"), ("repair", "rs16_repair")):
            words = [program, what, str(PARITY), str(k)] + ([str(lost)] if what == "repair" else [])
            out = place.folder / f"{what}.out"
            callgrind(words, out, ["--collect-atstart=no", f"--toggle-collect={function}"])
            counts.append(f"{sum(profile(out).values()):,}")
        rows.append([f"{k:,}", lost, *counts])
    return f"""### Parity of an armored report

Instructions on the host: parity of a group, and repair of its {COLUMNS} columns.

{table(["data lines", "lines lost", "parity", "repair"], rows)}
"""


# ---- bytes on the wire -------------------------------------------------------------------------

def texts_of(tool, log, folder):
    """The records' texts in a log's report, in the order in which they are reported, as one."""
    (folder / "log").write_bytes(log)
    facts = json.loads(subprocess.run([tool, "decode", "-q", "--json", "-o", folder / "out", folder / "log"],
                                      capture_output=True, check=False, timeout=60).stdout)
    names = [record["name"] for source in facts["reports"] for record in source["records"]]
    return b"".join(next((folder / "out").rglob(name)).read_bytes() for name in names)


def xz_bytes(data):
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def wire(place):
    """Bytes of the whole report on the line, banners and parity included, beside compressors."""
    tool = place.build / "host" / "oopsmon"
    head = ["region", "text", "deflate -9, joint", "xz -9e", "report's lines", "all on the wire", "of the text"]
    rows, sums = [], [0] * 5
    for name in sorted(report.recorded()):
        log = report.recorded_report(place.build, name)
        with tempfile.TemporaryDirectory() as folder:
            text = texts_of(tool, log, pathlib.Path(folder))
        if not text:
            continue
        sizes = [len(text), len(zlib.compress(text, 9)), xz_bytes(text),
                 sum(len(line) + 1 for line in log.split(b"\n") if line.startswith(b"{")), len(log)]
        sums = [a + b for a, b in zip(sums, sizes)]
        rows.append([name] + [f"{n:,}" for n in sizes] + [f"{sizes[-1] / sizes[0]:.2f}"])
    rows.append(["**all**"] + [f"**{n:,}**" for n in sums] + [f"**{sums[-1] / sums[0]:.3f}**"])
    share = [f"{n / sums[0]:.3f}" for n in sums[1:3]]
    if sums[-1] > WIRE_MAX * sums[0]:
        raise SystemExit(f"bench: the wire carries {sums[-1] / sums[0]:.3f} of the text, more than {WIRE_MAX}")
    return f"""### Bytes on the wire

Reports of all recorded regions, {PARITY} % parity, banners and line ends included: at most {WIRE_MAX}
of all text together, or this tool fails. The dictionary is of none of their kernels. Of the text,
one deflate stream per region takes {share[0]} and `xz -9e` {share[1]}, both without anything that
would carry them over a serial line; plain text is 1.0. Small reports pay for at least 12 parity
lines and a head.

{table(head, rows)}
"""


TABLES = {"report losses": losses, "report parity": cost, "report wire": wire}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    parser.add_argument("tables", nargs="*", help=f"only these of: {', '.join(TABLES)}")
    options = parser.parse_args()
    unknown = set(options.tables) - set(TABLES)
    if unknown:
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(options.build.resolve(), pathlib.Path(folder))
        for name, make in TABLES.items():
            if options.tables and name not in options.tables:
                continue
            text = make(place)
            print(text, flush=True)
            if options.write:
                write(text, f"make bench, {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

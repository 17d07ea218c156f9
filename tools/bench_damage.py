# SPDX-License-Identifier: BSD-2-Clause
"""How much of a damaged region's text comes back: our decoder beside Linux's reader.

    bench_damage.py --build build             print the table
    bench_damage.py --build build --write     and put it into docs/benchmarks.md

Regions with the logs of real kernels are damaged in a seeded series, then read by
`oopsmon decode` and by the model of Linux's reader (tests/fault/linux_reader.c, which
tests/fault/test_linux_reader.py holds against real kernels). What counts is the share of the
original's bytes that stand in a run of at least RUN bytes also found in what was read. Text
that differs from the original must never be called intact or ECC-corrected.
"""
import argparse
import collections
import json
import lzma
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from bench import write
from omlab import crashes, drivers
from omlab.ramoops import PACKERS, Kernel, Region, Sizes, newest

ROOT = pathlib.Path(__file__).resolve().parents[1]
REGIONS = ROOT / "tests" / "data" / "regions"

RUN = 16
SIZES = Sizes(0x8000, record=0x2000, console=0x2000, pmsg=0x1000)

Damageable = collections.namedtuple("Damageable", "name ecc image texts")


# ---- the regions -------------------------------------------------------------------------------

def golden(region, file):
    return lzma.open(REGIONS / region / "golden" / f"{file}.xz").read()


def without_notice(text):
    return text[:text.rindex(b"\nECC: ")] if b"\nECC: " in text[-80:] else text


def make_region(name, ecc, packed):
    """Two dumps, a console and a pmsg zone, filled with what real kernels and programs wrote."""
    logs = [without_notice(golden("a61-conwrap-ecc8", "dmesg-ramoops-0")),
            without_notice(golden("a61-full-ecc16", "dmesg-ramoops-0"))]
    # a console prints the same lines without their level; this one has gone around its ring
    console = re.sub(rb"(?m)^<\d+>", b"", without_notice(golden("d510-oopses", "dmesg-ramoops-3")))
    pmsg = b"".join(b"service %d: state %d, 0x%08x\n" % (i % 7, i * i % 13, i * 2654435761 % 2**32)
                    for i in range(90))
    region = Region(SIZES._replace(ecc=ecc)).boot(Kernel((6, 1, 192)))
    texts = {}
    for i, text in enumerate(logs):
        stamp = b"====170000000%d.000123-%c\n" % (i, b"C" if packed else b"D")
        zone = region.zone("dmesg", i)
        if not packed:  # the title, and as many of the newest lines as there is room for
            title, *lines = text.splitlines(keepends=True)
            text = title + newest(lines, zone.cap - len(stamp) - len(title))
        texts[f"dmesg-ramoops-{i}"] = text
        zone.write(stamp)
        zone.write(PACKERS["deflate11"](text) if packed else text)
    for line in console.splitlines(keepends=True):
        region.console(line)
    region.pmsg(pmsg)
    for kind in ("console", "pmsg"):
        texts[f"{kind}-ramoops-0"] = region.zone(kind).log()
    return Damageable(name, ecc, bytes(region.ram), texts)


# ---- the series -------------------------------------------------------------------------------

def flips(rng, image, n):
    for _ in range(n):
        at = rng.randrange(len(image) * 8)
        image[at // 8] ^= 1 << at % 8


def bursts(rng, image, n):
    for _ in range(n):
        length = rng.randrange(8, 65)
        at = rng.randrange(len(image) - length)
        image[at:at + length] = rng.randbytes(length)


def lost_lines(rng, image, n):
    """Cache lines that never reached RAM: what was there before shows."""
    fill = rng.choice([b"\0", b"\xff", None])
    for _ in range(n):
        at = rng.randrange(len(image) // 64) * 64
        image[at:at + 64] = rng.randbytes(64) if fill is None else fill * 64


def stuck(rng, image, n):
    """Cells that read the same whatever was written."""
    for at in rng.sample(range(len(image)), n):
        image[at] = rng.choice([0x00, 0xff])


SERIES = [(kind, n) for kind, counts in (
    (flips, (1, 4, 16, 64, 250, 1000, 4000)), (bursts, (1, 4, 16)), (lost_lines, (1, 4, 16, 64)),
    (stuck, (1, 16, 250))) for n in counts]


# ---- reading ----------------------------------------------------------------------------------

def linux_files(reader, region, image):
    sizes = [hex(n) for n in (SIZES.record, SIZES.console, SIZES.ftrace, SIZES.pmsg)]
    return drivers.linux_files(reader, image, [*sizes, region.ecc], 0, drivers.OLD)


def our_files(program, region, image):
    """{name: (bytes, quality)} of `oopsmon decode`."""
    sizes = [f"--{k}-size={getattr(SIZES, k):#x}" for k in ("record", "console", "pmsg")]
    sizes.append(f"--ecc-size={region.ecc}")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, "decode", "--json", *sizes, "-o", folder, "-"],
                              input=image, capture_output=True)
        if done.returncode not in (0, 1):
            sys.exit(f"oopsmon decode: {done.stderr.decode()}")
        records = [r for reg in json.loads(done.stdout)["regions"] for r in reg["records"]]
        files = crashes.files(folder)
        return {r["name"]: (files[r["name"]], r["quality"]) for r in records}


def covered(original, read):
    """Bytes of @original that stand in a run of RUN bytes that @read has as well."""
    if original == read:
        return len(original)
    runs = {read[i:i + RUN] for i in range(len(read) - RUN + 1)}
    total = end = 0
    for i in range(len(original) - RUN + 1):
        if original[i:i + RUN] in runs:
            total += i + RUN - max(i, end)
            end = i + RUN
    return total


def text_of(files, name):
    """What a record's file and its further pieces hold; packed bytes are no text."""
    return b"\n".join(data for file, data in sorted(files.items())
                      if (file == name or file.startswith(name + ".")) and
                      not file.endswith(".enc.z"))


Result = collections.namedtuple("Result", "ours linux total lower wrong")


def one(program, reader, region, kind, n, seed):
    rng = random.Random(f"{kind.__name__} {n} {seed}")
    image = bytearray(region.image)
    kind(rng, image, n)
    ours = our_files(program, region, bytes(image))
    linux = linux_files(reader, region, bytes(image))
    shown = {name: data for name, (data, _) in ours.items()}
    mine = sum(covered(text, text_of(shown, name)) for name, text in region.texts.items())
    theirs = sum(covered(text, text_of(linux, name)) for name, text in region.texts.items())
    wrong = sum(quality in ("intact", "ECC-corrected") and data != region.texts.get(name)
                for name, (data, quality) in ours.items())
    return Result(mine, theirs, sum(map(len, region.texts.values())), int(mine < theirs), wrong)


def regions():
    return [make_region(f"{'packed' if packed else 'plain'}, ECC {ecc}", ecc, packed)
            for packed in (True, False) for ecc in (0, 16)]


def table(program, reader, seeds):
    """Markdown lines; the number of damaged regions that Linux reads better; of lies."""
    kinds = regions()
    lines = ["| damage | " + " | ".join(f"{r.name}: ours" + " | Linux" for r in kinds) + " |",
             "| --- |" + " ---: |" * (2 * len(kinds))]
    lower = wrong = runs = 0
    for kind, n in SERIES:
        cells = []
        for region in kinds:
            results = [one(program, reader, region, kind, n, s) for s in range(seeds)]
            total = sum(r.total for r in results)
            cells += [f"{100 * sum(r.ours for r in results) / total:.1f} %",
                      f"{100 * sum(r.linux for r in results) / total:.1f} %"]
            lower += sum(r.lower for r in results)
            wrong += sum(r.wrong for r in results)
            runs += len(results)
        lines.append(f"| {n} {kind.__name__.replace('_', ' ')} | " + " | ".join(cells) + " |")
        print(lines[-1], file=sys.stderr, flush=True)
    return lines, runs, lower, wrong


def main():
    parser = argparse.ArgumentParser(description="text recovered from damaged regions")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--seeds", type=int, default=10, help="damaged regions per row (10)")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    args = parser.parse_args()
    build = args.build.resolve()
    with tempfile.TemporaryDirectory() as folder:
        reader = drivers.linux_reader(build, pathlib.Path(folder))
        lines, runs, lower, wrong = table(build / "host" / "oopsmon", reader, args.seeds)
    text = "\n".join(lines) + (f"\n\n{runs} damaged regions; Linux shows more in {lower}; "
                              f"wrong text called intact or ECC-corrected in {wrong}.\n")
    print(text)
    if args.write:
        write(text, "make bench, damage")


if __name__ == "__main__":
    main()

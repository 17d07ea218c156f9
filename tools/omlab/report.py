# SPDX-License-Identifier: BSD-2-Clause
"""Armored reports of regions, as the monitor prints them (tools/bench/report.c)."""
import csv
import functools
import lzma
import pathlib
import subprocess

from omlab import drivers

REGIONS = drivers.ROOT / "tests" / "data" / "regions"


@functools.cache
def driver(build):
    """The program; built once per process, in the build folder."""
    folder = pathlib.Path(build) / "system"
    folder.mkdir(parents=True, exist_ok=True)
    return drivers.compiled(pathlib.Path(build), "tools/bench/report.c", folder)


def report_of(build, region, sizes, cpus=0, seconds=0, baud=115200, parity=15, boot=2, ident=0):
    """The lines of a region's report (bytes, CR LF), banners included.

    region: its bytes; sizes: record, console, ftrace, pmsg, ecc; cpus 0: one ftrace zone;
    seconds 0: no limit; ident 0: the crash's own number.
    """
    done = subprocess.run([driver(build), *map(str, sizes), *map(str, (cpus, seconds, baud, parity, boot,
                                                                        ident))],
                          input=region, capture_output=True, timeout=120)
    if done.returncode not in (0, 3):
        raise AssertionError(done.stderr.decode())
    return done.stdout


@functools.cache
def recorded():
    """{name: (sizes, cpus)} of tests/data/regions."""
    with open(REGIONS / "index.tsv", encoding="utf-8") as file:
        return {row["name"]: ([int(row[k], 0) for k in ("record", "console", "ftrace", "pmsg", "ecc")],
                              0 if row["per_cpu"] == "-" else int(row["per_cpu"]))
                for row in csv.DictReader(file, delimiter="\t")}


def recorded_report(build, name, **options):
    """The report of a recorded region."""
    sizes, cpus = recorded()[name]
    region = lzma.decompress((REGIONS / name / "region.bin.xz").read_bytes())
    return report_of(build, region, sizes, cpus, **options)

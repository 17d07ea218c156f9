#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `oopsmon decode` gets out of an armored report after a noisy line, as a curve.

    bench_noise.py --build build             print the table
    bench_noise.py --build build --write     and put it into docs/benchmarks.md

Every report is damaged with a seed, so that the figures repeat. A text that is not what was sent
and is not marked as lost fails the run.
"""
import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from bench import table, write
from omlab import noise, report

ROOT = pathlib.Path(__file__).resolve().parent.parent
REPORTS = ("base-a32-ecc16", "d510-oopses", "k73-logd")  # small, large, with binary pmsg
SEEDS = 10
GAP = re.compile(rb"\n?\[oopsmon: \d+ bytes (?:lost|left out)\]\n")


def row(name, damage, *rates):
    return [(f"{name} {rate:g}" if isinstance(rate, float) else f"{name} {rate}", damage, rate)
            for rate in rates]


RATES = (1e-5, 1e-4, 1e-3, 3e-3, 1e-2)
ROWS = (row("wrong bytes", noise.wrong_bytes, *RATES)
        + row("flipped bits", noise.flipped_bits, *RATES)
        + row("dropped bytes", noise.dropped_bytes, *RATES)
        + row("inserted bytes", noise.inserted_bytes, *RATES)
        + row("lost lines", noise.lost_lines, 0.01, 0.05, 0.1, 0.15, 0.2, 0.3)
        + row("lines lost in one burst:", noise.lost_burst, 12, 25, 50)
        + row("bytes of garbage in one burst:", noise.noise_burst, 1000, 4000))


def decode(tool, log, folder):
    """{file: bytes} of the one report in @log."""
    (folder / "log").write_bytes(log)
    out = folder / "out"
    subprocess.run([tool, "decode", "-q", "-o", out, folder / "log"], capture_output=True, timeout=60)
    return {f.name: f.read_bytes() for f in out.rglob("*-ramoops-*")
            if not f.name.endswith(".logcat")} if out.exists() else {}


def recovered(truth, got):
    """Bytes of @truth that are in @got; raises if @got has others."""
    n = 0
    for name, data in got.items():
        at = 0
        for part in GAP.split(data):
            found = truth[name].find(part, at)
            if found < 0:
                raise AssertionError(f"{name}: text that was never sent: {part[:80]!r}")
            at = found + len(part)
            n += len(part)
    return n


def trial(job):
    """(complete, share of the text) of one damaged report."""
    tool, log, truth, damage, rate, seed = job
    with tempfile.TemporaryDirectory() as folder:
        got = decode(tool, damage(log, rate, random.Random(seed)), pathlib.Path(folder))
    return got == truth, recovered(truth, got) / sum(map(len, truth.values()))


def curve(build):
    tool = build / "host" / "oopsmon"
    sent = []
    for name in REPORTS:
        log = report.recorded_report(build, name)
        with tempfile.TemporaryDirectory() as folder:
            sent.append((log, decode(tool, log, pathlib.Path(folder))))
        assert sent[-1][1], name
    rows = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, damage, rate in ROWS:
            cells = [name]
            for i, (log, truth) in enumerate(sent):
                jobs = [(tool, log, truth, damage, rate, 1000 * i + seed) for seed in range(SEEDS)]
                done = list(pool.map(trial, jobs))
                whole = sum(complete for complete, _ in done)
                share = sum(part for _, part in done) / len(done)
                cells += [f"{whole} of {SEEDS}", f"{100 * share:.1f} %"]
            rows.append(cells)
    return sent, rows


def text_of(sent, rows):
    head = ["damage, per byte or line"]
    for name, (log, _) in zip(REPORTS, sent):
        head += [f"{name}, {log.count(b'{')} lines: complete", "text recovered"]
    return f"""### Armored reports on a noisy line

What `oopsmon decode` gets back: reports that come out complete, byte for byte, and the share of
the records' text, mean of {SEEDS} seeds each. 1e-3 is one byte of a thousand. What is given is
right: anything else would fail this run. The summary in plain text stands before the report and is
not counted.

{table(head, rows)}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    options = parser.parse_args()
    text = text_of(*curve(options.build.resolve()))
    print(text)
    if options.write:
        write(text, "make bench, report noise")
    return 0


if __name__ == "__main__":
    sys.exit(main())

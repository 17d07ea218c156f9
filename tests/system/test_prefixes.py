# SPDX-License-Identifier: BSD-2-Clause
"""What printk's options, vendors and loggers put before the lines of a log changes neither the
title nor the signature of its crash: logs of real kernels, each with other prefixes."""
import json
import lzma
import os
import pathlib
import random
import re
import subprocess

import pytest

from omlab import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")) / "host" / "oopsmon"
#: Dumps of recorded regions, and consoles of kernels that died.
LOGS = sorted([*report.REGIONS.glob("*/golden/dmesg-ramoops-0*.xz"), *report.REGIONS.glob("*/golden/console-*.xz"),
               *(ROOT / "tests" / "data" / "logs").glob("*.xz")])
LINE = re.compile(rb"^(?:<\d+>)?(\[ *\d+\.\d+\] )(.*)$")


def stamped(write):
    """Each line that has printk's time, made anew by @write(time, text); others as they are."""
    def make(log, rng):
        rng = random.Random(rng.random())
        lines = (LINE.match(line) or line for line in log.split(b"\n"))
        return b"\n".join(line if isinstance(line, bytes) else write(rng, line[1], line[2]) for line in lines)
    return make


def before(write):
    """@write() before each line."""
    def make(log, rng):
        rng = random.Random(rng.random())
        return b"\n".join(write(rng) + line if line else line for line in log.split(b"\n"))
    return make


FORMS = {
    "level": stamped(lambda rng, time, text: b"<%d>%s%s" % (rng.randrange(8), time, text)),
    "level and CPU": stamped(lambda rng, time, text: b"<%d>%s,0]%s" % (rng.randrange(8), time[:-2], text)),
    "task": stamped(lambda rng, time, text: time[:-1] + b"[   T38] " + text),
    "level and task": stamped(lambda rng, time, text: b"<4>" + time[:-1] + b"[    T1] " + text),
    "vendor's task": stamped(lambda rng, time, text: time + b"I[1:             sh:   38] " + text),
    "vendor's CPU": stamped(lambda rng, time, text: time[:-1] + b"-(0)[848:name]" + text),
    "no time": stamped(lambda rng, time, text: text),
    "journal": stamped(lambda rng, time, text: time + b"board kernel: " + text),
    "syslog": before(lambda rng: b"Nov 23 21:56:%02d board kernel: " % rng.randrange(60)),
    "syslog with ISO time": before(lambda rng: b"2026-11-23T21:56:%02d.%06d+01:00 board kernel: " % (
        rng.randrange(60), rng.randrange(10 ** 6))),
    "logcat": before(lambda rng: b"11-23 21:56:%02d.%03d     0     0 I         : " % (
        rng.randrange(60), rng.randrange(1000))),
    "serial logger": before(lambda rng: b"[2026-11-23 21:56:%02d] " % rng.randrange(60)),
    "serial logger, several ports": before(lambda rng: b"2026-11-23 21:56:%02d.%03d ttyUSB0: " % (
        rng.randrange(60), rng.randrange(1000))),
}


def crash_of(log):
    """(title, signature), or None."""
    done = subprocess.run([PROGRAM, "decode", "--json", "-"], input=log, capture_output=True, timeout=60,
                          check=False)
    crash = (json.loads(done.stdout)["logs"][0].get("crash") if done.returncode < 2 else None) or {}
    return (crash["title"], crash["signature"]) if crash else None


def whole(log):
    return log


def among_others(log):
    """With long lines of programs on the same console."""
    lines = log.rstrip(b"\n").split(b"\n")
    for at in range(len(lines) - 1, 0, -12):
        lines[at:at] = [b"write(3, (0x7f0000000000)=%s, %d)" % (b"0x%x, " % at * 20, at)] * 2
    return b"\n".join(lines) + b"\n"


#: What is done to the logs, and every how many-th is looked at.
PARTS = {"all of it": (whole, 1), "among others": (among_others, 3)}
#: Without times nothing tells whose a line is.
UNTOLD = {("no time", "among others")}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("form", FORMS)
def test_title_and_signature_stay(form, part):
    if (form, part) in UNTOLD:
        return
    rng, looked = random.Random(form), 0
    make, step = PARTS[part]
    for path in LOGS[::step]:
        log = make(lzma.decompress(path.read_bytes()))
        is_known = crash_of(log)
        looked += is_known is not None
        if is_known:
            assert crash_of(FORMS[form](log, rng)) == is_known, path
    assert looked >= 30 // step

# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon decode` as a program, and the regions that it is given."""
import csv
import gzip
import json
import lzma
import os
import pathlib
import re
import subprocess
import sys

from omlab import ramoops

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
REGIONS = ROOT / "tests" / "data" / "regions"
INDEX = {row["name"]: row for row in csv.DictReader(open(REGIONS / "index.tsv"), delimiter="\t")}

MIB = 1 << 20
MEMORY_MIB = 64      #: whatever the input is
SECONDS = 240        #: of CPU, though a few are enough: only work without end takes so long
ODD = 0x12345677     #: where regions lie in RAM dumps
BASE, FULL, PERCPU = "base-a32-ecc16", "a61-full-ecc16", "f61a64-percpu-ecc0"


def region(name):
    return lzma.open(REGIONS / name / "region.bin.xz").read()


def sizes(name):
    row = INDEX[name]
    options = [f"--{k}-size={row[k]}" for k in ("record", "console", "ftrace", "pmsg", "ecc")]
    return options + (["--flags=1", f"--cpus={row['per_cpu']}"] if row["per_cpu"] != "-" else [])


def oopsmon(*arguments, **how):
    """Run the program; (exit code, standard output, standard error)."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, **how)
    return done.returncode, done.stdout, done.stderr.decode()


def records(out):
    """The table's rows: {name: [quality, reason, ...]}."""
    rows = {}
    for line in out.decode().splitlines():
        if re.match(r"\w+-ramoops-\d", line):
            name, *rest = re.split(r" {2,}", line)
            rows[name] = rest
    return rows


def files(folder):
    """{"panic-8badf00d/dmesg-ramoops-0": bytes}"""
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def golden(name):
    return {path.stem: lzma.open(path).read() for path in (REGIONS / name / "golden").glob("*.xz")}


FORMS = {
    "plain": lambda data: data,
    "xz": lambda data: lzma.compress(data, preset=0),
    "two xz streams": lambda data: lzma.compress(data[:5000], preset=0) +
                                   lzma.compress(data[5000:], preset=0),
    "gzip": lambda data: gzip.compress(data, 1),
    "two gzip members": lambda data: gzip.compress(data[:5000], 1) + gzip.compress(data[5000:], 1),
    "gzip and padding": lambda data: gzip.compress(data, 1) + bytes(512),
}


def compile_dts(text, out):
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(out)], input=text.encode(),
                   check=True, timeout=60)
    return out


SIZES_32 = """record-size = <0x1000>; console-size = <0x1000>; ftrace-size = <0x400>;
              pmsg-size = <0x800>; ecc-size = <16>;"""
SIZES_64 = re.sub(r"<(\w+)>", r"<0 \1>", SIZES_32)


def measure(arguments, stdin=None):
    """(exit code, output, MiB of memory, seconds of CPU); a small process in between starts the program,
    as a forked child begins with its parent's memory."""
    code = ("import resource, subprocess, sys, json\n"
            "done = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.PIPE,"
            " stderr=subprocess.STDOUT)\n"
            "use = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
            "print(json.dumps([done.returncode, done.stdout.decode(), use.ru_maxrss / 1024,"
            " use.ru_utime + use.ru_stime]))")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, PROGRAM, *map(str, arguments)],
                          stdin=stdin, stdout=subprocess.PIPE, timeout=900, check=True)
    return json.loads(done.stdout)


def sparse(path, bytes, parts):
    with open(path, "wb") as f:
        f.truncate(bytes)
        for off, data in parts.items():
            f.seek(off)
            f.write(data)
    return path


def repeated(pack, zeros, count, data):
    """A packed file of @count times @zeros zeros with @data in between, made in no time."""
    part = pack(bytes(zeros))
    return part * (count // 2) + pack(bytes(ODD % zeros) + data) + part * (count - count // 2)


def one_zone(text, zone_bytes=4096):
    """A region that is a single zone without ECC."""
    return (b"DBGC" + len(text).to_bytes(4, "little") * 2 + text).ljust(zone_bytes, b"\0")

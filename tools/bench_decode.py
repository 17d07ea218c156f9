#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What decoding costs on the host, in callgrind's instruction counts: they repeat.

    bench_decode.py --build build             print the tables
    bench_decode.py --build build --write     and put them into docs/benchmarks.md

Reed-Solomon: our decoder beside libfec's and beside the plain form of Linux's, per byte of
data. Regions: `oopsmon decode` on whole regions, per valid byte in their zones, by what the
instructions were spent on.
"""
import argparse
import collections
import csv
import lzma
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import zlib

from bench import table, write

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGIONS = ROOT / "tests" / "data" / "regions"
DRIVERS = ROOT / "tools" / "bench"
CODERS = {"ours": [], "libfec": ["-lfec"], "textbook": []}
ROOTS = (8, 16, 32)
ERRORS = (0, 1, 4, 8)
BLOCKS = 100
BLOCK_BYTES = 128
REGION_MAX = 12  # per valid byte of a whole clean region; inflate's own and READER apart
READER = "headline_find"  # what explains a log
READER_MAX = 8  # instructions per byte of text that it reads
CLEAN_SHARE_MAX = 0.25  # of the baseline's instructions for a clean block


def callgrind(words, out, options=(), check=(0,)):
    """Run under callgrind; its profile goes to @out."""
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *options,
                           "--", *words], capture_output=True, text=True, timeout=600)
    if done.returncode not in check:
        said = [line for line in done.stderr.splitlines() if not line.startswith("==")]
        raise RuntimeError(f"exit code {done.returncode}: {' '.join(said)}")


# ---- Reed-Solomon ------------------------------------------------------------------------

def build_coder(name, folder):
    program = folder / f"rs_{name}"
    subprocess.run([os.environ.get("HOSTCC", "gcc"), "-std=c11", "-O2", "-g",
                    "-I", ROOT / "firmware", "-I", DRIVERS,
                    DRIVERS / "rs_main.c", DRIVERS / f"rs_{name}.c", ROOT / "firmware/core/ecc/rs.c",
                    *CODERS[name], "-o", program], check=True)
    return program


def block_cost(program, roots, errors, folder):
    """Instructions per byte of data."""
    out = folder / "rs.out"
    callgrind([program, str(roots), str(errors), str(BLOCKS)], out,
              ["--collect-atstart=no", "--toggle-collect=coder_correct"])
    return sum(profile(out).values()) / (BLOCKS * BLOCK_BYTES)


def coder_costs(folder):
    """{(coder, roots, errors): instructions per byte}; the plain one only checks."""
    programs = {name: build_coder(name, folder) for name in CODERS}
    return {(name, roots, errors): block_cost(programs[name], roots, errors, folder)
            for name in CODERS for roots in ROOTS for errors in ERRORS
            if errors <= roots // 2 and not (errors and name == "textbook")}


# ---- a profile ---------------------------------------------------------------------------

def inclusive(path, function):
    """(instructions of all calls of @function, what it calls included; the number of calls)."""
    names, called, spent, calls = {}, "", 0, 0
    lines = iter(open(path))
    for line in lines:
        key, equals, value = line.rstrip("\n").partition("=")
        if equals and key in ("fn", "cfn"):
            number, _, given = value.partition(" ")
            called = names.setdefault(number, given)
        elif key == "calls":
            cost = int(next(lines).split()[1])
            if called == function:
                spent += cost
                calls += int(value.split()[0])
    return spent, calls


def profile(path):
    """{(object, file, function): instructions} of a callgrind profile, callees apart."""
    names = {}
    where = {"ob": "", "fl": "", "fn": ""}
    cost = collections.Counter()
    is_call = False

    def name(kind, text):
        number, _, given = text.partition(" ")
        if given:
            names[kind, number] = given
        return names[kind, number]

    for line in open(path):
        line = line.rstrip("\n")
        key, equals, value = line.partition("=")
        if equals and key in ("ob", "fl", "fn"):
            where[key] = name(key, value)
        elif equals and key in ("cob", "cfi", "cfl", "cfn", "fi", "fe"):
            name({"cob": "ob", "cfn": "fn"}.get(key, "fl"), value)
        elif key == "calls":
            is_call = True
        elif line[:1] in "+-*" or line[:1].isdigit():
            if line and not is_call:
                cost[where["ob"], where["fl"], where["fn"]] += int(line.split()[1])
            is_call = False
    return cost


#: Group of a function: the first pattern found in "object file function".
GROUPS = (
    ("dynamic loader", r"^\S*/ld-|_dl_|dl_main|dl-\w+\.[ch]"),
    ("Reed-Solomon", r"core/ecc/rs\.c"),
    ("inflate", r"/(inflate|inffast|inftrees|zutil|adler32)\.c"),
    ("CRC-32", r"core/base/crc32\.c"),
    ("copy", r" \S*mem(cpy|move|set|pcpy)\S*$"),
    ("parsing", r"firmware/core/|core/\w+/\w+\.[ch]| \S*(mem|str)r?(chr|cmp|len|nlen|str|spn)\S*$"),
    ("host program", r"tools/oopsmon/"),
    ("C library: argp, stdio, start", r""),
)


def group_of(key):
    text = " ".join(key)
    return next(name for name, pattern in GROUPS if re.search(pattern, text))


# ---- regions -----------------------------------------------------------------------------

def generator_table(roots):
    """Remainders of each leading byte as integers, highest power first."""
    def times(a, b):
        v = 0
        for bit in range(8):
            v ^= (a << bit) * (b >> bit & 1)
        for bit in range(15, 7, -1):
            v ^= (0x11d << (bit - 8)) * (v >> bit & 1)
        return v

    g, root = [1], 1
    for _ in range(roots):
        g = [a ^ times(b, root) for a, b in zip(g + [0], [0] + g)]
        root = times(root, 2)
    return [int.from_bytes(bytes(times(f, c) for c in g[1:]), "big") for f in range(256)]


def parity(table, roots, data):
    """Parity bytes of one block."""
    rem, top = 0, 8 * (roots - 1)
    mask = (1 << top) - 1
    for byte in data:
        rem = (rem & mask) << 8 ^ table[rem >> top ^ byte]
    return rem.to_bytes(roots, "big")


def zone(size, roots, table, content, start=None, xor=0):
    """A zone as Linux leaves it; @content maps its capacity to the ring's bytes."""
    payload = size - 12
    blocks = -(-(payload - roots) // (128 + roots))
    cap = payload - (blocks + 1) * roots
    ring = content(cap)
    header = struct.pack("<III", 0x43474244 ^ xor, len(ring) if start is None else start, len(ring))
    padded = ring + bytes(cap - len(ring))
    sums = [parity(table, roots, padded[i:i + 128]) if i < len(ring) else bytes(roots)
            for i in range(0, cap, 128)]
    sums += [bytes(roots)] * (blocks - len(sums))
    return header + padded + b"".join(sums) + parity(table, roots, header), len(ring)


def log_text(rng, n_bytes):
    """Lines as a kernel prints them."""
    lines, size, t = [], 0, 0
    while size < n_bytes:
        t += rng.randrange(1, 90000)
        line = b"<6>[%5d.%06d] usb 1-1.%d: device %08x at %016x, state %d, %s\n" % (
            t // 1000000, t % 1000000, rng.randrange(8), rng.getrandbits(32),
            rng.getrandbits(64), rng.randrange(100), rng.choice((b"ready", b"suspended", b"gone")))
        lines.append(line)
        size += len(line)
    return b"".join(lines)[:n_bytes]


def dump(rng, n):
    """Content of a dmesg zone: a panic's text, packed, as much as fits."""
    def content(cap):
        head = b"====17000%05d.%06d-C\n" % (n, n)
        text = log_text(rng, 4 * cap)
        low, high = 256, len(text)
        while high - low > 256:  # the longest text that fits
            middle = (low + high) // 2
            packer = zlib.compressobj(6, zlib.DEFLATED, -15)
            body = b"Panic#%d Part1\n" % (n + 1) + text[:text.rindex(b"\n", 0, middle) + 1]
            packed = packer.compress(body) + packer.flush()
            if len(head) + len(packed) <= cap:
                low, best = middle, packed
            else:
                high = middle
        return head + best
    return content


def ftrace_entries(rng, cap):
    """A full ring of a 64-bit kernel's entries."""
    out, stamp = [], 1000
    for _ in range(cap // 24 + 1):
        stamp += rng.randrange(1, 5000)
        out.append(struct.pack("<QQQ", 0xffffffff81000000 + rng.getrandbits(20),
                               0xffffffff81000000 + rng.getrandbits(20), stamp << 8))
    return b"".join(out)[:cap // 24 * 24]


def full_region():
    """(bytes, options, valid bytes): 2 MiB, ECC 16, every zone full, as Linux 6.6 writes it."""
    rng, table, roots = random.Random(1), generator_table(16), 16
    n = 24
    zones = [zone(0x10000, roots, table, dump(rng, i)) for i in range(n)]
    zones.append(zone(0x40000, roots, table, lambda cap: log_text(rng, cap), start=100003))
    zones.append(zone(0x20000, roots, table, lambda cap: log_text(rng, cap), start=50001))
    zones.append(zone(0x20000, roots, table, lambda cap: ftrace_entries(rng, cap), xor=0x060606))
    options = ["--record-size=64K", "--console-size=256K", "--pmsg-size=128K",
               "--ftrace-size=128K", "--ecc-size=16"]
    return b"".join(z[0] for z in zones), options, sum(z[1] for z in zones)


def recorded(name):
    """The same for a recorded region without ftrace."""
    row = next(r for r in csv.DictReader(open(REGIONS / "index.tsv"), delimiter="\t")
               if r["name"] == name)
    data = lzma.open(REGIONS / name / "region.bin.xz").read()
    options = [f"--{k}-size={row[k]}" for k in ("record", "console", "ftrace", "pmsg", "ecc")]
    valid = 0
    for at in re.finditer(b"DBGC", data):
        start, size = struct.unpack("<II", data[at.end():at.end() + 8].ljust(8, b"\xff"))
        valid += size if start <= size <= len(data) else 0
    return data, options, valid


def regions():
    return {"full, 2 MiB, ecc 16": full_region(),
            "a61-full-ecc16": recorded("a61-full-ecc16"),
            "a61-1m-nodiv": recorded("a61-1m-nodiv")}


def decode_profile(program, region, options, folder, files):
    path, out = folder / "region.bin", folder / "decode.out"
    path.write_bytes(region)
    words = [program, "decode", *options, path]
    if files:
        words += ["-o", folder / "files"]
    callgrind(words, out, check=(0, 1))
    return profile(out)


def groups(cost, valid):
    """{group: instructions per valid byte}."""
    out = {name: 0 for name, _ in GROUPS}
    for key, count in cost.items():
        out[group_of(key)] += count / valid
    return out


def counted(split):
    """What the budget is about: all but inflate's own and the dynamic loader."""
    return sum(v for k, v in split.items() if k not in ("inflate", "dynamic loader"))


def region_costs(program, folder):
    """[(region, how, split, what explaining the logs took, profile, valid bytes)]; what the program
    refuses is left out."""
    rows = []
    for name, (data, options, valid) in regions().items():
        ways = {"listed": (options, False), "with -o": (options, True),
                "sizes found": ([], False), "sizes found, -o": ([], True)}
        for how, (words, files) in ways.items():
            try:
                cost = decode_profile(program, data, words, folder, files)
            except RuntimeError as error:
                print(f"bench: left out: {name}, {how}: {error}", file=sys.stderr)
                continue
            reader, _ = inclusive(folder / "decode.out", READER)
            rows.append((name, how, groups(cost, valid), reader / valid, cost, valid))
    return rows


# ---- tables ------------------------------------------------------------------------------

def coder_table(costs):
    rows = []
    for roots in ROOTS:
        for errors in ERRORS:
            found = [costs.get((name, roots, errors)) for name in CODERS]
            if found[0] is None:
                continue
            rows.append([f"{roots} roots, " + (f"{errors} wrong" if errors else "clean")] +
                        ["" if c is None else f"{c:.1f}" for c in found])
    return table(["instructions per byte of data", "ours", "libfec", "Linux's check, plain"], rows)


def region_table(rows):
    head = ["instructions per valid byte", *(f"{name}: {how}" for name, how, *_ in rows)]
    body = [[name] + [f"{split[name]:.2f}" for _, _, split, *_ in rows] for name, _ in GROUPS]
    body.append([f"of all of that: explaining the logs (`{READER}`)"] +
                [f"{reader:.2f}" for _, _, _, reader, *_ in rows])
    body.append(["**all but inflate, loader and explaining**"] +
                [f"**{counted(split) - reader:.2f}**" for _, _, split, reader, *_ in rows])
    return table(head, body)


def hot_spots(cost, valid, n=12):
    rows = [[f"{function} ({pathlib.Path(file).name})", f"{count / valid:.2f}"]
            for (_, file, function), count in cost.most_common(n)]
    return table(["function", "instructions per valid byte"], rows)


def text(build):
    """The tables of docs/benchmarks.md, and the hot spots of the full region."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        costs = coder_costs(folder)
        rows = region_costs(build / "host" / "oopsmon", folder)
    return ("### Reed-Solomon on the host\n\n" + coder_table(costs) +
            "\n\n### Whole regions on the host\n\n" + region_table(rows) +
            "\n\nThe full region, listed:\n\n" + hot_spots(*rows[0][4:]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    options = parser.parse_args()
    tables = text(options.build)
    print(tables)
    if options.write:
        write(tables, "make bench, host")


if __name__ == "__main__":
    main()

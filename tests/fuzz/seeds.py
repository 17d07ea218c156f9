#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The first inputs of every fuzz target, made from this tree: real zones, records, streams and
device trees cut small, and rows of hostile ones. The same files on every run.

    seeds.py [FOLDER]    writes FOLDER/<target>/seed-<name> (default: tests/data/fuzz)
"""
import argparse
import pathlib
import random
import struct
import subprocess
import zlib

import seeds_kmsg  # its targets are among TARGETS, as those of the next ones
import seeds_report  # its targets are among TARGETS
import seeds_wrap  # the same
from material import (DATA, SIG, LINUX_6_1, LINUX_6_12, TARGETS, target, times, parity, zone,
                      region_head, dmesg, region, unpacked, golden, crash_text, console_text,
                      entries_32, entries_64, logd, PMSG, LOGD, HOSTILE_HEADS)


@target
def region_seeds():
    text = crash_text()
    oops = text.replace(b"Panic#1", b"Oops#1", 1)
    first = dmesg(text)
    full = dict(dumps=[first, dmesg(oops), b""], console=console_text(), pmsg=PMSG)
    for ecc in (0, 1, 15, 16, 64):
        yield f"full-ecc{ecc}", region(0x800, 0x400, 0x200, 0x200, ecc,
                                       ftrace=(entries_32(40),), **full)
    yield "per-cpu", region(0x800, 0x400, 0x400, 0x200, 0, version=LINUX_6_12, pmsg_first=True,
                            ftrace=(entries_64(9), entries_64(50, 1), b"", entries_64(7, 3)), **full)
    yield "three-cpus", region(0x400, 0, 0x400, 0x400, 0, dumps=[dmesg(b"x", "D")],
                               ftrace=(entries_32(9), entries_32(9, 1), entries_32(9, 2)))
    yield "plain-records", region(0x400, 0x400, 0, 0, 16,
                                  dumps=[dmesg(text[:700], "D"), dmesg(text[:500], "")])
    yield "zlib-record", region(0x800, 0, 0, 0, 0, dumps=[dmesg(text, bits=15), dmesg(text, bits=12)])
    yield "appended", region(0x1000, 0, 0, 0, 16, dumps=[dmesg(oops) + first + dmesg(text[:60], "D")])
    yield "appended-wrapped", region(0x800, 0, 0, 0, 0, dumps=[first + dmesg(oops) + first])
    yield "many-pieces", region(0x400, 0, 0, 0, 0, dumps=[b"====1.000001-D\nx\n" * 60])
    yield "exact-records", region(0x400, 0x200, 0x200, 0, 0, version=4 << 16 | 4 << 8 | 80, spare=0x123,
                                  dumps=[dmesg(text[:300], "D")], ftrace=(entries_32(4),))
    bomb = dmesg(b"Panic#1 Part1\n" + b"<6>" + bytes(3 << 20))
    yield "bomb", region(0x1000, 0, 0, 0, 0, dumps=[bomb])
    yield "bomb-ecc", region(0x1000, 0, 0, 0, 16, dumps=[bomb])
    yield "console-only", region(0, 0x800, 0, 0, 16, console=console_text(2000))
    yield "no-newline", region(0x200, 0x200, 0, 0, 0, dumps=[b"====1700000000.000007-C" + text[:90]])
    yield "hostile-text", region(0x200, 0x200, 0, 0x200, 0, dumps=[dmesg(PMSG, "D")], console=PMSG,
                                 pmsg=PMSG)
    for i, head in enumerate(HOSTILE_HEADS[1::2] + HOSTILE_HEADS[:1]):
        ecc = (0, 16)[i % 2]
        zones = zone(0x200, ecc, text[:300], head=head) + zone(0x200, ecc, PMSG, head=head)
        zones += zone(0x200, ecc, entries_32(9), LINUX_6_1, head=head)
        yield f"head{i}", region_head(0, 0x200, 0x200, 0x200, 0, ecc) + zones
    whole = unpacked("base-a32-ecc16")
    yield "base", region_head(0x1000, 0x1000, 0x400, 0x800, 0, 16) + whole
    rng = random.Random(3)
    for spots in (20, 300):
        damaged = bytearray(region(0x800, 0x400, 0x200, 0x200, 16, ftrace=(entries_32(40),), **full))
        for _ in range(spots):
            damaged[rng.randrange(24, len(damaged))] ^= 1 << rng.randrange(8)
        yield f"bits{spots}", bytes(damaged)
    for size in (0, 11, 13, 64):
        yield f"tiny{size}", region_head(0, 16, 0, 0, 0, 0) + struct.pack("<3I", SIG, 1, 1)[:size].ljust(size, b"x")
    for ecc in (127, 128, 0xffff):
        yield f"ecc{ecc}", region(0x400, 0x400, 0, 0, min(ecc, 255), dumps=[dmesg(b"Panic#1 Part1\nx\n", "D")],
                                  console=b"x\n")[:20] + struct.pack("<HBB", ecc, 0, 0) + \
            zone(0x400, min(ecc, 127), b"x") + zone(0x400, min(ecc, 127), b"console\n")
    for i, sizes in enumerate([(0xffffffff,) * 4, (3, 5, 7, 11), (0x80000000, 0, 0, 0),
                               (0x300, 0x1f0, 0x101, 0xff), (1, 0, 0, 0), (12, 13, 14, 15),
                               (0x100, 0x80000000, 0x80000000, 0)]):
        yield f"sizes{i}", region_head(*sizes, 0, 0) + region(0x400, 0x400, 0, 0, 0, dumps=[b"", b""])[24:]
    yield "claims-more", region_head(0x400, 0, 0, 0, 0x40000000, 0) + zone(0x400, 0, b"x")
    yield "big-endian", region_head(0x400, 0x200, 0, 0, 0, 16) + zone(0x400, 16, dmesg(text[:200], "D"), big=True) + \
        zone(0x200, 16, b"console\n", big=True)
    yield "emptied", region_head(0x400, 0x200, 0, 0, 0, 16) + \
        zone(0x400, 16, dmesg(text[:400], "D"), head=(0, 0)) + zone(0x200, 16, b"console\n", head=(0, 0))


@target
def zone_seeds():
    def head(ecc, xor=0, flags=0, room=0):
        return struct.pack("<BBHI", ecc, flags, room, xor)

    whole = unpacked("base-a32-ecc16")
    for name, at, size, xor in (("dmesg", 0, 0x1200, 0), ("console", 0x2400, 0x1000, 0),
                                ("ftrace", 0x3400, 0x400, LINUX_6_1), ("pmsg", 0x3800, 0x800, 0)):
        yield f"real-{name}", head(16, xor) + whole[at:at + size]
    for ecc in (0, 1, 2, 15, 16, 33, 127):
        for length in (10, 300, 1000):
            yield f"ecc{ecc}-{length}", head(ecc) + zone(600, ecc, (PMSG * 4)[:length])
    rng = random.Random(1)
    for spots in (4, 40, 400):
        damaged = bytearray(zone(1200, 16, PMSG * 8))
        for _ in range(spots):
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        yield f"bits{spots}", head(16) + bytes(damaged)
    for i, values in enumerate(HOSTILE_HEADS):
        yield f"head{i}", head(i % 2 * 16) + zone(300, i % 2 * 16, PMSG, head=values)
    for size in (0, 1, 11, 12, 13, 14):
        yield f"tiny{size}", head(0) + struct.pack("<3I", SIG, 1, 1).ljust(14, b"z")[:size]
    for ecc in (128, 255):
        yield f"ecc{ecc}", head(ecc) + zone(600, 0, PMSG)
    yield "short-room", head(0, 0, 1, 100) + zone(400, 0, PMSG)
    yield "big-endian", head(8) + zone(400, 8, PMSG, big=True)


@target
def rs_seeds():
    data = bytes(range(200))
    for roots in (1, 2, 15, 16, 32, 127):
        n = min(128, 255 - roots)
        word = data[:n] + parity(data[:n], roots)
        yield f"clean{roots}", bytes([roots, n - 1, 0]) + word
        broken = bytearray(word)
        for i in range(roots // 2 + 1):
            broken[i * 7 % len(broken)] ^= 0x55 + i
        yield f"beyond{roots}", bytes([roots, n - 1, 0]) + bytes(broken)
        errors = b"".join(bytes([i * 11 % 256, 1 + i]) for i in range(roots // 2))
        yield f"within{roots}", bytes([roots, n - 1, 1]) + data[:n] + errors
    for roots in (0, 128, 255):
        yield f"none{roots}", bytes([roots, 11, 0]) + data
    whole = unpacked("base-a32-ecc16")
    yield "header", bytes([16, 11, 0]) + whole[:12] + whole[0x1200 - 16:0x1200]


@target
def dmesg_seeds():
    text = crash_text(900)
    yield "text", text
    yield "no-level", text.replace(b"\n<", b"\n", 1)
    for i, line in enumerate([
            b"====1700000000.000007-C\n", b"====1700000000.7-D\n", b"====7.12345678-C\n", b"====1.000001\n",
            b"====-1.5-D\n", b"====99999999999999999999.999999-C\n", b"====18446744073709551616.0-C\n",
            b"====9223372036854775807.0-C\n", b"====-9223372036854775808.0-C\n", b"====1.1-", b"====1.1-C",
            b"====.1-C\n", b"====1.-C\n", b"====1.1-C\n\n\t x", b"====0001.0-Z\nx", b"===", b"====1.1\r\n",
            b"====1.1-\n\n", b"=<==1700000000.000007-C\n", b"====17000000x0.0000\x007-CPanic#1 Part1\n"]):
        yield f"header{i}", line
    for i, line in enumerate([
            b"Panic#1 Part1\n", b"Oops#4294967295 Part4294967295\n", b"Oops#4294967296 Part1\n", b"Panic#1 Part1",
            b"Unknown#0 Part0\n<6>x\n", b"Emergency# Part1\n", b"Panic#1 Part1\nno level\n", b"Panic#1 Part1\n<>\n",
            b"Panic#1 Part1\n<99999>x\n", b"Restart#3 Part2\n<6>[ 1.0] a\n<4>b\n<4", b"Shutdown#1 Part\x001\n"]):
        yield f"title{i}", line


def unpack_head(room, holes=()):
    return struct.pack("<HB", room, len(holes)) + b"".join(struct.pack("<HH", *h) for h in holes)


@target
def unpack_seeds():
    text = crash_text(3000)

    def packed(bits=-15, level=9, what=text, mem=8):
        packer = zlib.compressobj(level, zlib.DEFLATED, bits, mem)
        return packer.compress(what) + packer.flush()

    for bits in (-9, -12, -15, 9, 12, 15):
        yield f"window{abs(bits)}{'raw' if bits < 0 else 'zlib'}", unpack_head(8000) + packed(bits)
    for level in (0, 1, 6):
        yield f"level{level}", unpack_head(8000) + packed(level=level)
    yield "full", unpack_head(300) + packed()
    yield "zlib-full", unpack_head(300) + packed(15)
    yield "no-room", unpack_head(63) + packed()
    yield "least-room", unpack_head(64) + packed()
    stream = packed()
    yield "cut", unpack_head(8000) + stream[:len(stream) // 2]
    yield "zlib-cut", unpack_head(8000) + packed(15)[:-5]
    yield "zlib-wrong-sum", unpack_head(8000) + packed(15)[:-1] + b"\0"
    yield "tail", unpack_head(8000) + stream + b"rubbish after the stream"
    # blocks of their own, as a long record has them: something to go on with after damage
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    many = b"".join(packer.compress(text[i:i + 500]) + packer.flush(zlib.Z_FULL_FLUSH)
                    for i in range(0, len(text), 500)) + packer.flush()
    yield "blocks", unpack_head(8000) + many
    for i, at in enumerate((40, len(many) // 2, len(many) - 60)):
        damaged = bytearray(many)
        damaged[at:at + 24] = b"\xa5" * 24
        yield f"damaged{i}", unpack_head(8000) + bytes(damaged)
        yield f"damaged{i}-known", unpack_head(8000, [(at & ~127, 128)]) + bytes(damaged)
    yield "known-start", unpack_head(8000, [(0, 128)]) + bytes(128) + stream[128:]
    yield "known-end", unpack_head(8000, [(len(stream) - 20, 200)]) + stream[:-20] + b"\xff" * 20
    yield "holes", unpack_head(8000, [(i * 128, 64) for i in range(16)]) + stream
    yield "bomb", unpack_head(65535) + packed(what=b"Panic#1 Part1\n<6>" + bytes(8 << 20))
    yield "bomb-zlib", unpack_head(2000) + packed(15, what=b"Panic#1 Part1\n" + b"<6>x\n" * 100000)
    long = b"Panic#1 Part1\n" + b"".join(b"<4>[%5d.%06d] %0190d\n" % (i, i, i * 7) for i in range(500))
    yield "end", unpack_head(42000) + packed(what=long)
    yield "end-zlib", unpack_head(50000) + packed(15, what=long)
    yield "end-cut", unpack_head(42000) + packed(what=long)[:-700]
    yield "end-broken", unpack_head(42000) + packed(what=long)[:-700] + b"\xa5" * 50
    yield "end-known", unpack_head(42000, [(3000, 128)]) + packed(what=long)
    yield "lz4-like", unpack_head(2000) + b"\xf2\x03" + text[:700]
    yield "zstd-like", unpack_head(2000) + struct.pack("<I", 0xfd2fb528) + text[:100]
    yield "empty", unpack_head(2000)


@target
def holes_seeds():
    yield "row", b"".join(struct.pack("<HH", i * 100, 28) for i in range(40))
    yield "back", b"".join(struct.pack("<HH", 4000 - i * 90, 1) for i in range(40))
    yield "nested", b"".join(struct.pack("<HH", 1000 + i, 900 - 2 * i) for i in range(20))
    yield "ends", struct.pack("<8H", 0, 0x3ff, 0xfff, 0x3ff, 5, 0, 0xfff, 1)


@target
def headline_seeds():
    for name, file in (("base-a32-ecc16", "dmesg-ramoops-0"), ("base-a32-ecc16", "dmesg-ramoops-1"),
                       ("d510-oopses", "dmesg-ramoops-0"), ("d612-basic-ecc16", "dmesg-ramoops-0")):
        yield f"{name}-{file[-1]}", golden(name, file)[-4000:]
    yield "console", console_text(3000)
    yield "reboot", golden("a61-reboot", "console-ramoops-0")[-1500:]
    for i, line in enumerate([
            b"reboot: Power down\n", b"sysrq: Resetting\n", b"Kernel panic - not syncing: x", b"\n" * 70,
            b"[" * 200, b"<6>[   1.0][ T1] BUG: x\nCall trace:\n" + b" f+0x1/0x2\n" * 30,
            b"PC is at\nLR is at\npc : \nlr : ", b"\0\xff\x1b[31m Kernel panic - not syncing\n"]):
        yield f"line{i}", line


@target
def escape_seeds():
    for room in (0, 1, 200):
        yield f"all{room}", bytes([room]) + bytes(range(256))
    yield "text", b"\x40" + console_text(400)
    yield "utf8", b"\x07" + "ä€\U0001f600".encode() + b"\xc3\xff\xfe\\x1b\\\\"


@target
def cmdline_seeds():
    for i, line in enumerate([
            "console=ttyAMA0 panic=1", "mem=512M mem=0x1000000 cma=16m@0x50000000", "crashkernel=64M@0x48000000",
            "oopsmon.region=2M oopsmon.record_size=64K oopsmon.console_size=256K oopsmon.ecc_size=16",
            "oopsmon.region=1M@0x48000000 oopsmon.mem_type=2 oopsmon.max_reason=0x5", "oopsmon.region=none",
            'a-b="quoted words here" "oopsmon.pmsg-size=1e" a_b', "a -- oopsmon.region=none",
            "oopsmon.region=18446744073709551615E oopsmon.flags=077777777777777777777777",
            "oopsmon.region= oopsmon.ftrace_size oopsmon.=1 oopsmon", '"""= == "=" mem=', "mem=0x mem=08 mem=1k1",
            "oopsmon.record_size=0xffffffff oopsmon.region=16EE",
            "ramoops.mem_address=0x50000000 ramoops.mem_size=1048576 ramoops.ecc=1 ramoops.dump_oops=0",
            "ramoops.mem-size=1M ramoops.record_size=+010 ramoops.max_reason=-1 oopsmon.regoin=2M",
            "ramoops.mem_name=oops reserve_mem=2M:4096:oops reserve_mem=1M:oops"]):
        yield f"line{i}", line.encode()
    yield "long", b"x" * 5000 + b" mem=1"


def trees():
    """(name, blob) of the example trees."""
    for path in sorted((DATA / "dts").glob("*.dts")):
        blob = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", "-", path], check=True,
                              stdout=subprocess.PIPE).stdout
        yield path.stem, blob


@target
def plan_seeds():
    def head(flags=0, claims=(), line=b""):
        return struct.pack("<BBH", flags, len(claims), len(line)) + b"".join(
            struct.pack("<BII", *c) for c in claims) + line

    claims = [(1, 0x40000000, 128 << 20), (0, 0x40000000, 0x100000), (2, 0x48000000, 0x100000)]
    crossed = ("android-node", "asked-for", "demands", "good-node", "memory-region", "plain", "root-node")
    for name, blob in trees():
        yield name, head() + blob
        if name not in crossed:
            continue
        yield f"{name}-claims", head(1, claims, b"mem=256M oopsmon.region=1M oopsmon.ecc_size=0") + blob
    name, blob = next(trees())
    for i, at in enumerate(range(4, 40, 4)):
        for value in (0, 0x7ffffff8):
            yield f"header{i}-{value:x}", head() + blob[:at] + struct.pack(">I", value) + blob[at + 4:]
    yield "fixed", head(3, line=b"oopsmon.region=1M@0x50000000") + blob
    yield "small", head(6) + blob
    for name, blob in trees():
        if name not in ("plain", "good-node", "memory-region"):
            continue
        line = b"ramoops.mem_address=0x50000000 ramoops.mem_size=0x100000 crashkernel=1M@0x50000000"
        yield f"{name}-parameters", head(1, line=line) + blob
        yield f"{name}-modprobe", head(8, line=line.replace(b"ramoops.", b"")) + blob
    yield "cut", head() + blob[:len(blob) // 2]
    yield "empty", head()


@target
def console_seeds():
    def blob(chosen="", aliases="", inside=""):
        text = ('/dts-v1/; / { #address-cells = <2>; #size-cells = <1>;'
                f' chosen {{ {chosen} }}; aliases {{ {aliases} }}; {inside}'
                ' u@1000 { compatible = "arm,pl011"; reg = <0 0x1000 0x1000>; clocks = <1>; };'
                ' clk { compatible = "fixed-clock"; clock-frequency = <24000000>; phandle = <1>; };'
                ' bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x80000000 0x10000>;'
                ' s@2000 { compatible = "ns16550a"; reg = <0x2000 0x100>; reg-shift = <2>; reg-io-width = <4>;'
                ' current-speed = <9600>; }; }; };')
        return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", "-", "-"], check=True,
                              input=text.encode(), stdout=subprocess.PIPE).stdout

    both = 'serial0 = "/u@1000"; serial12 = "/bus/s@2000";'
    for name, tree in {
            "path": blob('stdout-path = "/bus/s@2000:57600n8";'),
            "alias": blob('stdout-path = "serial12:115200";', both),
            "old": blob('linux,stdout-path = "/bus/s";'),
            "nowhere": blob('stdout-path = "//u@1000/x/";', both),
            "other": blob('stdout-path = "/clk:1";'),
            "high": blob('stdout-path = "/h";', both, 'h { compatible = "arm,pl011"; reg = <1 0 4>; };'),
            "disabled": blob('stdout-path = "/d/e";', "", 'd { status = "disabled"; e { compatible = "ns16550"; }; };'),
            "earlycon": blob('bootargs = "earlycon=uart8250,mmio32,0x80002000,9600 console=tty0";'),
            "direct": blob('bootargs = "earlycon=pl011,0x3f201000 console=ttyAMA0";'),
            "console": blob('bootargs = "console=ttyS12,38400n8 console=ttyS999 console=uart,mmio,1";', both),
            "none": blob()}.items():
        yield name, b"\x1f" + tree
        if name in ("high", "path"):
            yield f"{name}-64", b"\x3f" + tree


FLASHES = {
    "bare": "",
    "table": 'partitions { compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;'
             ' a@0 { reg = <0 0x100000>; label = "boot"; }; oopsmon@100000 { reg = <0x100000 0x80000>; }; };',
    "wide": 'partitions { compatible = "fixed-partitions"; #address-cells = <2>; #size-cells = <2>;'
            ' b@1 { label = "oopsmon"; reg = <0 0x4000000 0 0x100000>; read-only; }; };',
    "old": '#address-cells = <1>; #size-cells = <1>; c@0 { reg = <0 0x4000000>; label = "all"; };'
           ' d@7f00000 { reg = <0x7f00000 0x100000>; label = "data"; };',
    "other": 'partitions { compatible = "arm,arm-firmware-suite"; };',
    "odd": 'partitions { compatible = "fixed-partitions"; e@0 { reg = <0>; }; f { }; };',
}
LINES = {"none": b"oopsmon.archive=none", "wish": b"oopsmon.archive=1M@0x4000000",
         "odd": b"oopsmon.archive=3M@", "huge": b"oopsmon.archive=0xffffffffffffffff@0xffffffffffffffff"}


@target
def partition_seeds():
    def blob(inside):
        text = ('/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; flash@0 { compatible = "cfi-flash";'
                f' bank-width = <4>; reg = <0 0 0 0x4000000 0 0x4000000 0 0x4000000>; {inside} }}; }};')
        return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", "-", "-"], check=True,
                              input=text.encode(), stdout=subprocess.PIPE).stdout

    for name, inside in FLASHES.items():
        yield name, b"\7\0" + blob(inside)
        for kind, line in LINES.items():
            yield f"{name}-{kind}", bytes([3, len(line)]) + line + blob(inside)
    yield "no-default", b"\2\0" + blob("")
    yield "one-bank", b"\1\0" + blob("")
    yield "empty", b""


@target
def retained_seeds():
    def copy(version, digests, blocks):
        words = [0x50524d4f, version, 0x5fc00000, 0, 7, 3, 0, 1, 0, 1, 0, 0x1234, 2 << 20, 0x10000, 0x40000,
                 0x20000, 0x20000, 16, 1, len(digests)]
        body = struct.pack("<20I39I", *words, *(digests + [0] * 39)[:39]) + bytes(4)
        body += struct.pack("<I", zlib.crc32(body))
        if version > 1:
            used = struct.pack("<I", 0) + b"".join(struct.pack("<I", d) for d in digests[39:])
            body = (body + used).ljust(1884, b"\0") + struct.pack("<I", zlib.crc32(used))
        size = len(body) // blocks
        parts = [parity(body[at:at + size], 16) for at in range(0, len(body), size)]
        return (body + b"".join(parts)).ljust(2048, b"\0")

    facts = struct.pack("<IIII", 7, 3, 0x5fc00000, 2 << 20)
    yield "facts", b"\1" + facts + bytes([16, 5, 0, 0]) + bytes(range(60))
    yield "full", b"\1" + facts + bytes([16, 0xc0, 1, 4]) + bytes(200)
    for version, blocks in ((1, 2), (2, 8)):
        page = copy(version, [0x11111111, 0x22222222], blocks)
        yield f"page{version}", b"\0" + page + bytes(2048)
        yield f"second{version}", b"\0" + bytes(2048) + page
        yield f"both{version}", b"\0" + page + page
        for i, at in enumerate((0, 5, 100, 240, 250, 270)):
            spoilt = page[:at] + bytes(b ^ 0x41 for b in page[at:at + 6]) + page[at + 6:]
            yield f"spoilt{version}-{i}", b"\0" + spoilt + bytes(2048)
    yield "many", b"\0" + copy(2, list(range(5, 448 + 5)), 8) + bytes(2048)
    yield "newer", b"\0" + copy(3, [1], 8) + page
    yield "short", b"\0" + page
    yield "empty", b"\0"


@target
def ftrace_seeds():
    def head(logs, version=LINUX_6_1, flags=0, bad=()):
        return struct.pack("<IBBB", version, flags, len(logs) - 1, len(bad)) + b"".join(
            struct.pack("<H", len(log)) for log in logs) + b"".join(
                struct.pack("<HH", *b) for b in bad) + b"".join(logs)

    def swapped(log, width):
        return b"".join(log[i:i + width][::-1] for i in range(0, len(log), width))

    old_32 = b"".join(struct.pack("<III", 0xc0100000 + 64 * i, 0xc0200000, i % 4) for i in range(20))
    old_arm = b"".join(struct.pack("<II", 0xc0100000 + 64 * i | i % 2, 0xc0200000) for i in range(20))
    old_64 = b"".join(struct.pack("<QQII", 0xffff800010000000 + 64 * i, 0xffff800010200000, i % 4, 0)
                      for i in range(20))
    yield "arm", head([entries_32(60)[5:]])
    yield "four-cpus", head([entries_64(9), entries_64(50, 1, 1)[3:], b"", entries_64(7, 3, 9)], LINUX_6_12)
    yield "arm-cpus", head([entries_32(30), entries_32(30, 1, 2), entries_32(30, 2, 3)])
    yield "big-endian", head([swapped(entries_64(20), 8)], flags=1)
    yield "old", head([old_32], 4 << 16 | 4 << 8)
    yield "old-arm", head([old_arm], 4 << 16 | 4 << 8)
    yield "old-64", head([old_64], 3 << 16 | 18 << 8)
    yield "unknown", head([old_32, old_arm, old_64], 0)
    yield "damaged", head([entries_64(30), entries_64(30, 1)], bad=[(0, 128), (512, 128), (0x700, 9999)])
    yield "little-room", head([entries_64(30), entries_64(30, 1)], flags=2)
    yield "back", head([entries_64(10) + entries_64(10), entries_64(20, 1)])
    yield "zeros", head([bytes(200), b"\xff" * 200])
    whole = unpacked("f61a64-percpu-ecc0")
    at = whole.find(struct.pack("<I", SIG ^ LINUX_6_1))
    yield "real", head([whole[at + 12:at + 0x800]])
    yield "empty", head([b""])


@target
def pmsg_seeds():
    yield "logd", LOGD
    yield "cut", LOGD[9:]
    yield "plain", PMSG
    yield "mixed", PMSG + LOGD[:200] + PMSG + LOGD[200:]
    yield "long", logd(4, b"tag", b"x" * 4000) + logd(5, b"t", b"y" * 4060)[:-1]
    yield "events", b"".join(logd(0, b"", struct.pack("<IBi", 2700 + i, 0, i), 2) for i in range(9))
    for i, entry in enumerate([b"l", b"l" * 60, logd(9, b"t", b"m"), logd(4, b"", b""), logd(4, b"t", b"m", 9),
                               b"l\xff\xff" + LOGD[3:], b"l\x13\x00" + LOGD[3:], b""]):
        yield f"odd{i}", entry
    yield "real", golden("a61-pmsgwrap-bin-ecc32", "pmsg-ramoops-0")[:3000]


@target
def zimage_seeds():
    def head(size, ram=(0x40000000, 0x20000000), tree=0x10000, initrd=0x100000, monitor=0x40000000):
        return struct.pack("<6I", size, *ram, tree, initrd, monitor)

    def zimage(size, end=None, table=0x3c):
        words = [0xe1a00000] * 9 + [0x016f2818, 0, end or size, 0x04030201, 0x45454545, table]
        tag = struct.pack("<4I", 4, 0x5a534c4b, size - 4, 0x8000) + struct.pack("<2I", 0, 0)
        return struct.pack("<15I", *words) + tag

    def image64(size, flags=0xa, offset=0):
        return struct.pack("<2I6QII", 0x91005a4d, 0x14000000, offset, size, flags, 0, 0, 0, 0x644d5241, 0)

    yield "image64", head(38000000) + image64(40501248)
    yield "image64-old", head(9000000) + image64(0, 0)
    yield "image64-offset", head(9000000, (0x40000000, 0x1000000)) + image64(10000000, 2, 0x80000)
    yield "image64-huge", head(0x7ffffff0, (0, 0xffffffff)) + image64(0x7fffffff)
    yield "good", head(2300000) + zimage(2300000)
    yield "small-ram", head(2300000, (0x40000000, 0x1000000)) + zimage(2300000)
    yield "cut-short", head(1000) + zimage(2300000)
    yield "no-table", head(2300000) + zimage(2300000, table=0)
    yield "table-outside", head(100) + zimage(100, table=98)
    yield "big-endian", head(100) + zimage(100).replace(b"\x01\x02\x03\x04", b"\x04\x03\x02\x01")
    yield "none", head(100) + b"not a kernel" * 9
    yield "huge", head(0xffffffff, (0xf0000000, 0x10000000), 0xffffffff, 0xffffffff) + zimage(0xffffffff)
    yield "high", head(3000000, (0, 0xffffffff), 1, 0) + zimage(3000000)
    yield "empty", b""


@target
def join_seeds():
    def key(reason, count, part, slot, sec, first, last, flags=3, usec=7):
        return struct.pack("<BBBBB", flags, reason, count, part, slot) + usec.to_bytes(3, "little") + \
            struct.pack("<iII", sec, first, last)

    def pack(keys, before=b"", after=b""):
        return bytes([len(keys)]) + b"".join(keys) + struct.pack("<H", len(before)) + before + after

    text = crash_text(1200)
    lines = text.splitlines(keepends=True)
    parts = [key(1, 2, p, 3 - p, 1700000000, 1000000 * (9 - p), 1000000 * (10 - p)) for p in (1, 2, 3)]
    oops = key(2, 1, 1, 3, 1699999999, 10, 7000000)
    yield "parts", pack(parts, text, text)
    yield "oops-panic", pack([oops, *parts], text, b"Panic#2 Part1\n" + b"".join(lines[-5:]) + b"<0>more\n")
    yield "boots", pack([key(1, 1, 1, i, 1700000000 + 100 * i, 5, 9000000 + i) for i in range(5)])
    yield "no-times", pack([key(1 + i % 2, i, 1, i, 0, 0, 0, i % 4, 0) for i in range(9)])
    yield "same", pack([parts[0]] * 20, b"a\na\na\na\n", b"a\na\na\na\na\n")
    yield "far", pack([key(i % 9, i, i, i, 0x7fffffff - i, i, 0xffffffff, 7) for i in range(12)])
    yield "nothing", pack([], b"<6>[    1.5] x\n<6>[    2.5] y", b"Oops#1 Part1\n<6>[    1.5] x\n")


@target
def search_seeds():
    for name, data in region_seeds():
        if name in ("full-ecc0", "full-ecc16", "per-cpu", "three-cpus", "exact-records", "console-only", "bits20",
                    "bits300", "big-endian", "emptied", "appended", "tiny13"):
            yield name, b"\1\xff" + data[24:]
            if name in ("full-ecc16", "per-cpu"):
                yield f"{name}-inside", b"\0\3" + bytes(300) + data[24:] + bytes(200)
    yield "nothing", b"\1\xff" + bytes(5000)
    yield "marks", b"\0\4" + struct.pack("<3I", SIG, 0, 0) * 300
    yield "marks-ftrace", b"\1\4" + (struct.pack("<3I", SIG ^ LINUX_6_1, 8, 8) + bytes(52)) * 60
    yield "empty", b"\1\1"


@target
def damage_seeds():
    def pack(ecc, flags, lengths=(900, 900, 600, 200), errors=b""):
        return struct.pack("<BB4H", ecc - 2, flags, *lengths) + errors

    rng = random.Random(7)
    some = b"".join(struct.pack("<HB", rng.randrange(0x1200), rng.randrange(1, 256)) for _ in range(150))
    burst = b"".join(struct.pack("<HB", 0xc40 + i, 0x55) for i in range(90))
    head = b"".join(struct.pack("<HB", at + i, 0x11) for at in (0, 0x600, 0xc00, 0x1000) for i in range(12))
    for ecc in (2, 16, 32, 64):
        yield f"clean{ecc}", pack(ecc, 0)
        yield f"some{ecc}", pack(ecc, 0, errors=some)
        yield f"bounded{ecc}", pack(ecc, 1, errors=some * 3)
        yield f"wrapped{ecc}", pack(ecc, 3, (10, 20, 4000, 3000), errors=some)
    yield "burst", pack(32, 2, (1000, 1000, 4000, 3000), burst)
    yield "headers", pack(32, 0, errors=head)
    for flags in (0x60, 0x64, 0x90, 0x10):
        for at in (30, 200, 500, 900):
            burst = b"".join(struct.pack("<HB", 0x600 + 12 + at + i, 0xff) for i in range(40))
            yield f"stream{flags:x}-{at}", pack(64, flags, (300, 5000, 100, 90), burst)


@target
def packings_seeds():
    text = b"Panic#1 Part1\n" + b"<6>[    1.234567] unit ready\n" * 3
    head = struct.pack("<H", 3000)

    def lz4_of(data):
        """lz4 with literals only."""
        out, n = bytes([min(len(data), 15) << 4]), len(data) - 15
        while n >= 0:
            out, n = out + bytes([min(n, 255)]), n - 255
        return out + data

    def zstd_of(data):
        """A zstd frame with one raw block."""
        return struct.pack("<IBB", 0xfd2fb528, 0x20, len(data) & 255) + \
            (len(data) << 3 | 1).to_bytes(3, "little") + data

    lzo = bytes([17 + len(text)]) + text + b"\x11\0\0"
    yield "lz4", head + lz4_of(text)
    yield "lz4-match", head + b"\xff\x03" + text[:18] + b"\x04\x00\xff\x40" + b"\x50tail\n"
    yield "lz4-cut", head + lz4_of(text)[:40]
    yield "lz4-no-room", struct.pack("<H", 30) + lz4_of(text)
    yield "lzo", head + lzo
    yield "lzo-cut", head + lzo[:30]
    yield "zstd", head + zstd_of(text)
    yield "zstd-cut", head + zstd_of(text)[:30]
    yield "zstd-no-room", struct.pack("<H", 10) + zstd_of(text)
    word = int.from_bytes(b"\0" + text[:8], "big") << 3
    yield "842", head + word.to_bytes(10, "big")[1:] + bytes(20)
    for name in ("f61a64-lz4", "f61a64-zstd"):
        whole = unpacked(name)
        size = struct.unpack_from("<I", whole, 8)[0]
        yield f"real-{name[7:]}", struct.pack("<H", 20000) + whole[12 + 24:12 + min(size, 5000)]
    yield "empty", b""


@target
def ymodem_seeds():
    def pack(answers, sent, sizes=(1500, 100), flags=0):
        return struct.pack("<B3H", flags, *sizes, len(answers)) + answers + sent

    def block(number, contents=b"", large=False):
        """One that the target makes right."""
        return bytes([0xfe, 0x80 | 0x40 * large | number, len(contents)]) + contents

    name, later, cancel = block(0, b"dmesg-ramoops-0\x00300 0 0"), b"\xfe\0", b"\x18" * 5
    one = name + block(1, b"first", True) + b"\4\4"
    yield "whole", pack(b"C\6C\6\x15\6\6C\6C\6\x15\6C\6", one + name + block(1) + block(2) + block(3) + b"\4\4" + block(0))
    yield "timeouts", pack(b"C\xfe\6C\xfe\xfe\6\6\xfe\6C", name + later + block(1) + later * 3 + block(2) + b"\4" + later)
    yield "silence", pack(b"\xfe", later * 12)
    yield "cancelled", pack(b"C\6C" + cancel, one[:-2] + cancel)
    yield "early", pack(b"C\xff\6\xff\x18\xff\x18", b"")
    yield "never", pack(b"C\6C" + b"\x15" * 12, name + block(1) * 14)
    yield "lost-acks", pack(b"C\6CC\6\6CC\6", name + name + block(1) * 2 + block(2) + block(3) + b"\4\4\4" + block(0))
    yield "empty-files", pack(b"C\6C\6C\6C\6C\6", block(0, b"empty\x000") + b"\4\4" + block(0), (0, 0))
    yield "fails", pack(b"C\6C\6\6\6C\6C", one + one, flags=1)
    yield "unsized", pack(b"", block(0, b"x") + block(1, b"\x1a" * 128) + b"\4\4" + block(0))
    yield "huge", pack(b"", block(0, b"x\x004294967295"))
    yield "nearly-huge", pack(b"", block(0, b"x\x004294967294") + block(1, large=True))
    yield "long-name", pack(b"", block(0, b"n" * 128))
    yield "out-of-step", pack(b"", name + block(1) + block(3))
    yield "cut-block", pack(b"", name + b"\1\1\xfe\xff\xfeabc" + later + block(1))
    yield "noise", pack(b"zz\x15C.\6,C\6:", b"zzz" + name + b"yy" + block(1) + b"\xff\xff")


def main():
    parser = argparse.ArgumentParser(description="Write the first inputs of every fuzz target.")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=DATA / "fuzz",
                        help="gets <target>/seed-<name> (default: tests/data/fuzz)")
    folder = parser.parse_args().folder
    for name, make in TARGETS.items():
        place = folder / name.removesuffix("_seeds")
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("seed-*"):
            old.unlink()
        for seed, data in make():
            (place / f"seed-{seed}").write_bytes(data)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: BSD-2-Clause
"""Regions as kernels from 3.10 to the newest write them, decoded with their sizes and without:
files, labels and facts must be those that were written. The writer is a model
(tools/omlab/ramoops.py) that shares nothing with the decoder; its bytes are held against
known parity, layouts and whole zones first. Regions of real kernels: test_regions.py.
"""
import base64
import collections
import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys
import zlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
sys.path.insert(0, str(ROOT / "tools"))

from omlab import crashes, ramoops  # noqa: E402
from omlab.ramoops import Kernel, Place, Region, Sizes, Zone  # noqa: E402

# ---- the model itself ------------------------------------------------------------------------

HEADER = bytes.fromhex("444247430000000000000000")
STAMP = b"====1573113357.903660-D\n"


@pytest.mark.parametrize("data, parity", [
    (HEADER, "aa25d52132e2353a385519c02bcbad5f"),
    (b"CGBD" + bytes(8), "98b9793d0eb6f5b03ee63bb797467e61"),
    (bytes.fromhex("44424743ee0e0000ee0e0000"), "c89c9f775808ba13727a356a23ac6df2"),
    (bytes(range(128)), "1c426d22fb8ad3fa2eeeae521c329ac1"),
    (STAMP, "1af4b9021df0f53839228ba9199e1698"),
    (STAMP + bytes(104), "1385ce439b6a175a7810a77336cb8625"),
    (b"\xff" * 128, "eb3845325b5f1a937a7caf4ba4262d64"),
    (bytes(128), "00" * 16),
    (HEADER, "02"), (HEADER, "e1e3"), (HEADER, "69aa4485"), (HEADER, "8e5fcb3a2dc94680"),
    (HEADER, "4a3dcfec70ddc3976092aee601ca92308955f4e2d4217d7349c2cd1b0a61fc87"),
])
def test_parity(data, parity):
    assert ramoops.parity(data, len(parity) // 2).hex() == parity


@pytest.mark.parametrize("size, ecc, cap, blocks", [
    (0x400, 8, 940, 8), (0x400, 16, 884, 7), (0x400, 32, 756, 7), (0x1000, 8, 3836, 30),
    (0x1000, 16, 3604, 29), (0x4000, 16, 14532, 114), (0x20000, 16, 116468, 911),
    (0x40000, 8, 246700, 1928), (0x40000, 32, 209652, 1639), (0x1000, 0, 4084, 0)])
def test_capacity(size, ecc, cap, blocks):
    zone = Zone(bytearray(size), Place("dmesg", 0, 0, size), ecc)
    assert (zone.cap, zone.blocks) == (cap, blocks)


K4 = Sizes(0x100000, 4096, 4096, 4096, 4096, 0, True)
CHROME = Sizes(0x100000, 0x40000, 0x20000, 0x20000, 0x20000)


@pytest.mark.parametrize("sizes, version, cpus, want", [
    (CHROME, (4, 9), 1, "dmesg 0/40000 dmesg 40000/40000 console 80000/20000 ftrace a0000/20000 "
                        "pmsg c0000/20000"),
    (CHROME, (5, 10), 1, "dmesg 0/50000 dmesg 50000/50000 console a0000/20000 "
                         "ftrace c0000/20000 pmsg e0000/20000"),
    (CHROME, (6, 12), 1, "dmesg 0/50000 dmesg 50000/50000 console a0000/20000 pmsg c0000/20000 "
                         "ftrace e0000/20000"),
    (K4, (6, 12), 6, "console fd000/1000 pmsg fe000/1000 ftrace ff000/2aa ftrace ff2aa/2aa "
                     "ftrace ff554/2aa ftrace ff7fe/2aa ftrace ffaa8/2aa ftrace ffd52/2aa"),
    (K4, (6, 1), 6, "console fd000/1000 ftrace fe000/2aa ftrace fe2aa/2aa ftrace fe554/2aa "
                    "ftrace fe7fe/2aa ftrace feaa8/2aa ftrace fed52/2aa pmsg feffc/1000"),
    (K4, (5, 10), 3, "console fd000/1000 ftrace fe000/555 ftrace fe555/555 ftrace feaaa/555 "
                     "pmsg fefff/1000"),
    (Sizes(0x200000, 0x20000, 0x20000, 0x100000, 0x20000), (6, 12), 1,
     "dmesg 0/20000 dmesg 20000/20000 dmesg 40000/20000 dmesg 60000/20000 dmesg 80000/20000 "
     "dmesg a0000/20000 console c0000/20000 pmsg e0000/20000 ftrace 100000/100000"),
    (Sizes(0x18000, 0x5000, 0x3000), (3, 10), 1, "dmesg 0/4000 dmesg 4000/4000 dmesg 8000/4000 "
                                                "console c000/2000"),
    (Sizes(0x18000, 0, 0x2000, 0, 0x1000), (6, 6), 1, "console 0/2000 pmsg 2000/1000"),
])
def test_layout(sizes, version, cpus, want):
    places = ramoops.layout(sizes, Kernel(version, cpus=cpus))
    if sizes is K4:
        dmesg = [p for p in places if p.kind == "dmesg"]
        assert (len(dmesg), dmesg[-1].off) == (253, 0xfc000)
        places = places[253:]
    assert " ".join(f"{p.kind} {p.off:x}/{p.bytes:x}" for p in places) == want


def console_line(i):
    return b"[%5d.%06d] console line %d\n" % (i, i, i)


@pytest.mark.parametrize("ecc, writes, start, size, ram, log", [
    (16, [b"====1700000000.000007-D\n", b"Panic#1 Part1\n" + b"".join(
        b"<6>[%5d.%06d] line %d\n" % (i, 11 * i, i) for i in range(1, 21))], 549, 549,
     "8ad13860311dc44bc2a70bd6182d317ffd494afff55fe65a788fdae7127a6cad", None),
    (16, [console_line(i) for i in range(60)], 82, 884,
     "9e3dc6c21f4b739b72c178433ecbf3af0e892545e9882ef480f5cffe7b73e364",
     "58c382544552602117b307c220bce1414b3a2de0bc13d744d213162ed4e739a3"),
    (0, [console_line(i) for i in range(60)], 838, 1012,
     "13d867d13cbe31eaa7c863d4c2fd027301aead242c335bb43e20b1e592b86894",
     "3b802da0b126a18656e67080ed6d902caf597c10ada6eb0aa46a0e9b38af613d"),
])
def test_whole_zones(ecc, writes, start, size, ram, log):
    zone = Zone(bytearray(0x400), Place("console", 0, 0, 0x400), ecc)
    zone.zap()
    for data in writes:
        zone.write(data)
    assert (zone.start, zone.size) == (start, size)
    assert hashlib.sha256(zone.ram).hexdigest() == ram
    assert log in (None, hashlib.sha256(zone.log()).hexdigest())


# ---- lives of machines --------------------------------------------------------------------------

#: A file: its bytes (None: any), its label, and what --json says of it.
Want = collections.namedtuple("Want", "text quality facts", defaults=({},))

WORDS = ("mmc0: new high speed card at address 0001|usb 1-1: device descriptor read, error -71|"
         "random: crng init done|EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode|"
         "eth0: link becomes ready|audit: type=1400 apparmor=\"STATUS\" operation=\"load\"|"
         "systemd[1]: Reached target Basic System.|cpu cpu0: OPP table is missing").split("|")


def kernel_log(n, seed):
    """Lines of a kernel log, the last of them those of a crash."""
    rng = random.Random(seed)
    tail = ["Unable to handle kernel NULL pointer dereference at virtual address 00000000",
            "Internal error: Oops: 817 [#1] SMP ARM", "CPU: 0 PID: 38 Comm: sh Not tainted",
            "Kernel panic - not syncing: Fatal exception"]
    lines, now = [], 0
    for i in range(n):
        now += rng.randrange(1, 400000)
        text = tail[i - n] if n - i <= len(tail) else f"{rng.choice(WORDS)} {rng.randrange(9999)}"
        lines.append(b"<%d>[%5d.%06d] %s\n" % (rng.randrange(7), now // 1000000, now % 1000000,
                                               text.encode()))
    return lines


def quality(region):
    return "intact" if region.sizes.ecc else "unchecked"


def facts(dump):
    """What --json says of a dump."""
    packing = dump.packing and dump.packing.removesuffix("11")
    return {"reason": dump.reason, "count": dump.count, "part": 1, "packing": packing,
            "time": dump.time}


def want_dump(region, dump):
    """A record that is whole, or one whose stream lost its last bytes."""
    label = "intact" if dump.packing == "zlib" else quality(region)  # it has a checksum
    text = dump.text
    if dump.packing is None:
        text, label = dump.stored, quality(region)
    elif dump.cut:
        text, label = zlib.decompressobj(
            12 if dump.packing == "zlib" else -15).decompress(dump.stored), "salvaged"
    return Want(text, label, facts(dump))


def want_rings(region):
    """Console and pmsg files."""
    return {f"{kind}-ramoops-0": Want(zone.log(), quality(region))
            for (kind, _), zone in region.zones.items()
            if kind in ("console", "pmsg") and zone.size}


def trace_calls(region, n, seed):
    """Function calls from all CPUs; the file that must come of them."""
    rng, kernel = random.Random(seed), region.kernel
    base, text = (0xffff800008010000, 1 << 23) if kernel.wide else (0xc0101000, 1 << 22)
    shown = []
    for _ in range(n):
        ip, parent = (base + rng.randrange(text) // 4 * 4 for _ in range(2))
        cpu = rng.randrange(kernel.cpus)
        shown.append((cpu, region.trace(cpu, ip, parent)))
    zones = {i: z for (kind, i), z in region.zones.items() if kind == "ftrace"}
    entry = len(kernel.entry(0, 0, 0, 0))
    left = {i: z.size // entry for i, z in zones.items()}
    lines = []
    for cpu, line in reversed(shown):  # each zone keeps its newest entries
        zone = cpu if len(zones) > 1 else 0
        if left[zone]:
            left[zone] -= 1
            lines.insert(0, line)
    return {"ftrace-ramoops-0": Want(b"".join(lines), quality(region))}


def crash(region, seed):
    """An Oops and the panic after it, with all zones in use, most of them wrapped."""
    rng = random.Random(seed)
    want = {}
    log = kernel_log(420, seed)
    if ("console", 0) in region.zones:
        for line in log:
            region.console(line[3:])
    if ("pmsg", 0) in region.zones:
        for i in range(80):
            region.pmsg(ramoops.logd_frame(b"tag%d" % rng.randrange(9), b"message %d" % i,
                                           (1700000000 + i, i * 1000)))
    if ("ftrace", 0) in region.zones:
        want |= trace_calls(region, 600, seed)
    if ("dmesg", 0) in region.zones:
        for reason, usec, n in (("Oops", 7, 400), ("Panic", 54321, 420)):
            dump = region.dump(reason, log[:n], (1700000000, usec))
            want[f"dmesg-ramoops-{dump.slot}"] = want_dump(region, dump)
    return want | want_rings(region)


VERSIONS = [(3, 10), (3, 11), (3, 13), (3, 18), (4, 0), (4, 4), (4, 7), (4, 9, 80), (4, 10),
            (4, 12), (4, 14), (4, 17), (4, 18), (4, 19, 78), (5, 0), (5, 4), (5, 5), (5, 10, 89),
            (6, 1), (6, 1, 192), (6, 2), (6, 5), (6, 6, 87), (6, 12), (6, 18, 2)]
#: name: (sizes, kernel's other ways); pmsg is dropped by kernels that had none
SHAPES = {
    "ecc 16": (Sizes(0x10000, 0x2000, 0x2000, 0x1000, 0x1000, 16), {}),
    "no ecc": (Sizes(0x20000, 0x4000, 0x4000, 0x2000, 0x1000, 0), {}),
    "32 bits": (Sizes(0x18000, 0x4000, 0x2000, 0x1000, 0x1000, 8), {"wide": False}),
    "big-endian": (Sizes(0x20000, 0x4000, 0x2000, 0x1000, 0x1000, 32), {"big_endian": True}),
}
#: what else there is: (kernel, sizes)
OTHERS = {
    "3 CPUs, 5.10": (Kernel((5, 10), cpus=3), Sizes(0x10000, 0x2000, 0x2000, 0x2000, 0x1000, 0, 1)),
    "3 CPUs, 6.1": (Kernel((6, 1, 192), cpus=3), Sizes(0x10000, 0x2000, 0x1000, 0x2000, 0x1000, 16,
                                                       1)),
    "6 CPUs, 6.6": (Kernel((6, 6), cpus=6), Sizes(0x20000, 0x2000, 0x1000, 0x4000, 0x1000, 16, 1)),
    "5 CPUs, 4.10": (Kernel((4, 10, 1), cpus=5), Sizes(0x20000, 0x8000, 0x1000, 0x4000, 0x1000, 0,
                                                       1)),
    "CPU in ip, 3.10": (Kernel((3, 10), wide=False, cpus=2, cpu_in_ip=1),
                        Sizes(0x10000, 0x2000, 0x1000, 0x1000, 0, 0)),
    "CPU in ip, 4.9": (Kernel((4, 9), wide=False, cpus=4, cpu_in_ip=3),
                       Sizes(0x10000, 0x2000, 0x1000, 0x1000, 0x1000, 16)),
    "CPU in ip, 5.4": (Kernel((5, 4), wide=False, cpus=4, cpu_in_ip=3),
                       Sizes(0x10000, 0x2000, 0x1000, 0x1000, 0x1000, 16)),
    "CPU in ip, 6.12": (Kernel((6, 12), wide=False, cpus=2, cpu_in_ip=1),
                        Sizes(0x10000, 0x2000, 0x1000, 0x1000, 0x1000, 0)),
    "32 bits big-endian, 4.4": (Kernel((4, 4), wide=False, big_endian=True),
                                Sizes(0x10000, 0x2000, 0x1000, 0x1000, 0x1000, 16)),
    "32 bits big-endian, 6.6": (Kernel((6, 6), wide=False, big_endian=True),
                                Sizes(0x10000, 0x2000, 0x1000, 0x1000, 0x1000, 0)),
    "lz4, 4.8": (Kernel((4, 8), compress="lz4"), SHAPES["ecc 16"][0]),
    "lz4, 6.5": (Kernel((6, 5), compress="lz4"), SHAPES["no ecc"][0]),
    "lzo, 4.8": (Kernel((4, 8), compress="lzo"), SHAPES["no ecc"][0]),
    "lzo, 5.10": (Kernel((5, 10), compress="lzo"), SHAPES["ecc 16"][0]),
    "zstd, 4.20": (Kernel((4, 20), compress="zstd"), SHAPES["no ecc"][0]),
    "zstd, 6.1": (Kernel((6, 1, 192), compress="zstd"), SHAPES["ecc 16"][0]),
    "lz4 is deflate, 6.6": (Kernel((6, 6), compress="lz4"), SHAPES["ecc 16"][0]),
    "plain, 3.18": (Kernel((3, 18), compress=None), SHAPES["no ecc"][0]),
    "plain, 4.4": (Kernel((4, 4), compress=None), SHAPES["ecc 16"][0]),
    "plain, 6.6": (Kernel((6, 6), compress=None), SHAPES["ecc 16"][0]),
    "ecc 1": (Kernel((5, 10)), Sizes(0x10000, 0x4000, 0x2000, 0x1000, 0x1000, 1)),
    "ecc 7": (Kernel((4, 9)), Sizes(0x10000, 0x4000, 0x2000, 0x1000, 0x1000, 7)),
    "ecc 64": (Kernel((6, 6)), Sizes(0x10000, 0x4000, 0x2000, 0x1000, 0x1000, 64)),
    "ecc 127": (Kernel((4, 19, 78)), Sizes(0x20000, 0x8000, 0x4000, 0x2000, 0x1000, 127)),
    "no records, 4.9": (Kernel((4, 9)), Sizes(0x10000, 0, 0x4000, 0x1000, 0x1000, 16)),
    "no records, 6.6": (Kernel((6, 6)), Sizes(0x10000, 0, 0x4000, 0, 0x1000, 0)),
    "records only, 3.11": (Kernel((3, 11)), Sizes(0x18000, 0x4000)),
    "sizes are not powers of two, 4.9": (Kernel((4, 9)), Sizes(0x1a000, 0x5000, 0x3000, 0x1800,
                                                              0x1800, 16)),
    "sizes are not powers of two, 6.2": (Kernel((6, 2)), Sizes(0x1a000, 0x5000, 0x3000, 0x1800,
                                                              0x1800, 0)),
    "odd zones, 5.4": (Kernel((5, 4)), Sizes(0x1e800, 0x8000, 0x2000, 0x1000, 0x1000, 16)),
    "sublevel 300": (Kernel((4, 19, 300)), SHAPES["ecc 16"][0]),
}
ROWS = {f"{'.'.join(map(str, version))}, {shape}": (Kernel(version, **ways), sizes)
        for version in VERSIONS for shape, (sizes, ways) in SHAPES.items()} | OTHERS


def options(sizes, kernel):
    given = [f"--{k}-size={getattr(sizes, k)}" for k in ("record", "console", "ftrace", "pmsg",
                                                         "ecc")]
    return given + ([f"--per-cpu={kernel.cpus}"] if sizes.per_cpu else [])


def decode(region, how, folder):
    """(exit code, {file: bytes}, {file: facts}) of `oopsmon decode`."""
    done = subprocess.run([PROGRAM, "decode", "--json", *how, "-o", folder, "-"],
                          input=bytes(region.ram), capture_output=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr.decode()
    regions = json.loads(done.stdout)["regions"]
    assert len(regions) == 1
    records = {r["name"]: r for r in regions[0]["records"]}
    files = crashes.files(folder)
    return done.returncode, {n: files[n] for n in records}, records


def check(region, want, folder, ways=("sizes", "found")):
    for way in ways:
        how = options(region.sizes, region.kernel) if way == "sizes" else []
        code, files, records = decode(region, how, folder / way)
        assert set(files) == set(want), way
        for name, (text, label, known) in want.items():
            assert text is None or files[name] == text, (way, name)
            record = records[name]
            assert record["quality"] in label.split(" or "), (way, name, record["notes"])
            for fact, value in known.items():
                shown = record[fact]
                if fact == "time":
                    shown = shown and (shown["sec"], shown["usec"])
                assert shown == value, (way, name, fact)
        assert code == any(r["quality"] in ("salvaged", "unreadable") for r in records.values())


@pytest.mark.parametrize("name", ROWS)
def test_crash(name, tmp_path):
    kernel, sizes = ROWS[name]
    region = Region(sizes).boot(kernel)
    check(region, crash(region, name), tmp_path)


# ---- what happens over several boots, and what goes wrong ----------------------------------------

ALONE = Sizes(0x4000, 0x4000)                           #: one record and nothing else
SMALL = Sizes(0x8000, 0x1000, 0x1000, 0, 0x1000, 16)
BARE = SMALL._replace(ecc=0)


def file_of(dump, piece=0):
    return f"dmesg-ramoops-{dump.slot}" + (f".{piece}" if piece else "")


def appended(region):
    """Each boot writes to slot 0: up to 5.4 one dump stands after the other."""
    dumps = []
    for i in range(3):
        region.boot(region.kernel)
        dumps.append(region.dump("Panic", kernel_log(20 + 10 * i, i), (1000 + i, 5 * i)))
    return {file_of(dump, i): want_dump(region, dump) for i, dump in enumerate(dumps)}


def appended_around(region):
    """The same until the ring has gone around: the oldest record has no head."""
    dumps, head = [], 24
    zone = region.zone("dmesg")
    while sum(len(d.stored) + head for d in dumps) < zone.cap + head:
        region.boot(region.kernel)
        dumps.append(region.dump("Oops", kernel_log(25, len(dumps)), (1600000000, len(dumps))))
        zone = region.zone("dmesg")
    want = {file_of(dump, i): want_dump(region, dump) for i, dump in enumerate(dumps)}
    first = dumps[0]
    if first.packing:
        del want[file_of(first)]
        want[file_of(first) + ".enc.z"] = Want(None, "unreadable")
    else:
        rest = zone.cap - sum(len(d.stored) + len(region.kernel.head(d.time, False))
                              for d in dumps[1:])
        want[file_of(first)] = Want(first.stored[-rest:], "salvaged")
    return want


def stale_tail(region):
    """A short record over a longer one: the longer one's end stays after it."""
    region.dump("Oops", kernel_log(400, "long"))
    region.boot(region.kernel)
    dump = region.dump("Panic", kernel_log(9, "short"), (99, 99))
    return {file_of(dump): want_dump(region, dump)}


def full(region):
    """More text than a record can take: it loses its last bytes, plain or packed."""
    rng = random.Random(5)
    log = [b"<6>[%5d.%06d] %s\n" % (i, i, rng.randbytes(40).hex().encode()) for i in range(900)]
    dump = region.dump("Panic", log, (1700000000, 1))
    return {file_of(dump): want_dump(region, dump)}


def just_fits(region):
    """A stream that fits its buffer, but not the zone after the head line."""
    rng, kernel = random.Random(7), region.kernel
    cap, pack = region.zone("dmesg").cap, ramoops.PACKERS[kernel.packing]
    log, size = [], 0
    while size <= cap - 20:  # one line at a time, in the end short ones
        noise = base64.b64encode(rng.randbytes(30 if size < cap - 70 else 3))
        log.append(b"<6>[%5d.%06d] %s\n" % (len(log), len(log), noise))
        size = len(pack(b"Panic#1 Part1\n" + b"".join(log)))
    assert size <= cap
    dump = region.dump("Panic", log, (1700000000, 123456))
    assert dump.cut and dump.packing
    return {file_of(dump): want_dump(region, dump)}


def unpackable(region):
    """Text that does not shrink is stored as it is: its newest part, since 6.6 its oldest."""
    rng = random.Random(3)
    log = [b"<6>[    0.000001] " + bytes(rng.choices(range(33, 255), k=200)) + b"\n"
           for _ in range(100)]
    dump = region.dump("Oops", log, (5, 6))
    assert dump.packing is None
    return {file_of(dump): want_dump(region, dump)}


def slots_around(region):
    """More dumps in one boot than slots; some with times from before there was a clock."""
    want = {}
    for i in range(5):
        dump = region.dump("Oops", kernel_log(20 + i, i), (i, 10 ** i))
        want[file_of(dump)] = want_dump(region, dump)
    return want


def reasons(names):
    def life(region):
        dumps = [region.dump(name, kernel_log(20, name), (10, 0)) for name in names]
        return {file_of(dump): want_dump(region, dump) for dump in dumps}
    return life


def no_dump(region):
    """A reset without a crash: console and pmsg are left, neither full."""
    region.console(b"[    0.000000] Booting Linux\n" * 9)
    region.pmsg(bytes(range(256)) * 3)
    return want_rings(region)


def brim(region):
    """Rings that are full to the last byte, but not around."""
    for kind in ("console", "pmsg"):
        zone = region.zone(kind)
        line = b"[    1.000000] to the brim\n"
        text = line * (zone.cap // len(line) + 1)
        zone.write(text[:zone.cap - 100])
        zone.write(text[zone.cap - 100:zone.cap])
    return want_rings(region)


def next_boot(region):
    """The next boot has cleared the console, and written a line over the old one's."""
    dump = region.dump("Panic", kernel_log(30, "a"))
    for line in kernel_log(300, "b"):
        region.console(line[3:])
    region.boot(region.kernel)
    region.console(b"[    0.000000] Booting Linux on physical CPU 0x0\n")
    return {file_of(dump): want_dump(region, dump)} | want_rings(region)


def unlinked(region):
    """A record that was deleted: header and its parity say nothing is there, the text is."""
    dump = region.dump("Oops", kernel_log(30, "unlinked"))
    region.zone("dmesg").zap()
    return {file_of(dump): Want(dump.text, "salvaged", facts(dump))}


def two_kernels(region):
    """A kernel with another layout wrote first, then this one in the same RAM."""
    old = Kernel((5, 10), wide=region.kernel.wide)
    crash(region.boot(old), "before")
    region.boot(region.kernel)
    want = crash(region, "after")
    return want


def noise(region):
    """RAM that held noise before the first boot."""
    region.ram[:] = random.Random(1).randbytes(len(region.ram))
    region.boot(region.kernel)
    dump = region.dump("Panic", kernel_log(40, "noise"))
    region.console(b"[    0.000000] Booting Linux\n")
    region.pmsg(b"hello\n")
    return {file_of(dump): want_dump(region, dump)} | want_rings(region)


def traced_twice(region):
    """ftrace zones live on: entries of two boots, the counter begins anew."""
    first = trace_calls(region, 20, 1)["ftrace-ramoops-0"]
    region.boot(region.kernel)
    second = trace_calls(region, 20, 2)["ftrace-ramoops-0"]
    keeps = region.kernel.since(4, 10)
    return {"ftrace-ramoops-0": Want((first.text if keeps else b"") + second.text,
                                     quality(region))}


def died_early(region):
    """The machine stopped when header and half of the data of a console write were there: ECC
    takes the header back to the write before."""
    for i in range(50):
        region.console(b"[%5d.000000] line %d\n" % (i, i))
    text = region.zone("console").log()
    region.zone("console").write(b"[   51.000000] the last line\n", died=12)
    return {"console-ramoops-0": Want(text, "ECC-corrected or salvaged")}


ONE = [(3, 10), (3, 12), (4, 4), (4, 9), (4, 17), (4, 20), (5, 4)]
NEW = [(5, 5), (6, 1), (6, 6), (6, 18)]
#: (life, versions, sizes, the kernels' other ways)
LIVES = [
    (appended, ONE, ALONE, {}), (appended, ONE, ALONE._replace(ecc=16), {}),
    (appended, [(4, 4), (5, 4)], ALONE, {"compress": None}),
    (appended, [(4, 8), (5, 4)], ALONE, {"compress": "lz4"}),
    (appended, [(4, 8), (5, 4)], ALONE, {"compress": "lzo"}),
    (appended_around, ONE, SMALL, {}), (appended_around, ONE, BARE, {}),
    (stale_tail, NEW, ALONE, {}), (stale_tail, NEW, ALONE._replace(ecc=16), {}),
    (stale_tail, [(4, 14, 177)], ALONE, {"resets": True}),
    (full, [(3, 10), (3, 12), (4, 4), (4, 17), (4, 20), (5, 10), (6, 6)], SMALL, {}),
    (full, [(4, 4), (4, 20), (6, 6)], BARE, {"compress": None}),
    (just_fits, [(4, 4), (4, 17), (4, 20), (6, 1), (6, 12)], SMALL, {}),
    (just_fits, [(4, 4), (4, 17), (4, 20), (6, 1), (6, 12)], BARE, {}),
    (unpackable, [(3, 12), (4, 17), (6, 1), (6, 6)], SMALL, {}),
    (slots_around, NEW, SMALL, {}), (slots_around, NEW, BARE, {}),
    (reasons(["Panic", "Oops", "Emergency", "Restart", "Halt", "Poweroff"]),
     [(3, 10), (4, 4), (5, 4)], SMALL, {}),
    (reasons(["Panic", "Oops", "Emergency", "Shutdown", "Unknown"]), [(5, 10), (6, 12)], SMALL, {}),
    (no_dump, [(4, 4), (5, 10), (6, 6)], SMALL, {}), (no_dump, [(4, 4), (5, 10), (6, 6)], BARE, {}),
    (brim, [(4, 0), (4, 4), (6, 6)], SMALL, {}), (brim, [(4, 0), (4, 4), (6, 6)], BARE, {}),
    (next_boot, [(4, 4), (5, 10), (6, 6)], SMALL, {}),
    (unlinked, [(4, 4), (5, 10), (6, 6)], SMALL, {}),
    (unlinked, [(4, 4), (5, 10), (6, 6)], BARE, {}),
    (two_kernels, [(4, 9), (6, 2), (6, 12)], SHAPES["ecc 16"][0], {}),
    (noise, [(4, 4), (5, 10), (6, 6)], SMALL, {}), (noise, [(4, 4), (5, 10), (6, 6)], BARE, {}),
    (traced_twice, [(4, 4), (5, 10), (6, 6)], Sizes(0x8000, 0x2000, 0, 0x1000, 0, 16), {}),
    (died_early, [(4, 4), (5, 10), (6, 6)], SMALL, {}),
]
CASES = [(life, Kernel(version, **ways), sizes)
         for life, versions, sizes, ways in LIVES for version in versions]


def label(case):
    life, kernel, sizes = case
    version = "%d.%d" % kernel.version[:2]
    return f"{life.__name__} {version} ecc {sizes.ecc} {kernel.compress}"


@pytest.mark.parametrize("case", CASES, ids=label)
def test_lives(case, tmp_path):
    life, kernel, sizes = case
    region = Region(sizes).boot(kernel)
    check(region, life(region), tmp_path)


def test_wrap_of_old_kernels():
    """3.11 to 3.14 leave start at the capacity: a ring that is just full."""
    region = Region(BARE).boot(Kernel((3, 13)))
    zone = region.zone("console")
    zone.write(b"x" * zone.cap)
    assert (zone.start, zone.size) == (zone.cap, zone.cap)
    zone.write(b"yz")
    assert (zone.start, zone.log()[-3:]) == (2, b"xyz")

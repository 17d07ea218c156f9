# SPDX-License-Identifier: BSD-2-Clause
"""Bad RAM, bad device trees, bad kernels: a line says what is wrong, and Linux starts."""
import random
import re
import struct

import pytest
import ram
import starts
from omlab import fdt, guest, qemu

STEPS = ("pmsg hello", "ftrace", "panic")
PLAIN = "oopsmon.ecc_size=0"  # no parity: what is broken stays broken


# ---- the region -----------------------------------------------------------------------
def noise(size, seed):
    return random.Random(seed).randbytes(size)


def headers(size, seed):
    """Zones that say they are full, with noise in them."""
    region = bytearray(noise(size, seed))
    for at in range(0, size, 0x10000):
        region[at:at + 12] = struct.pack("<4sII", b"DBGC", 0xf000, 0xf000)
    return bytes(region)


def flip(data, places):
    data = bytearray(data)
    for at in places:
        data[at] ^= 0x55
    return bytes(data)


COLD = [
    ("noise", lambda region: noise(len(region), 1)),
    ("ones", lambda region: b"\xff" * len(region)),
    ("headers and noise", lambda region: headers(len(region), 2)),
    ("a crash that decayed", lambda region: flip(region, range(0, len(region), 9))),
]


@pytest.mark.parametrize("content", [c[1] for c in COLD], ids=[c[0] for c in COLD])
def test_cold(virt, tmp_path, capture, content):
    """Whatever RAM holds after power-on, no crash is shown; one line, as always."""
    crash = capture(*STEPS)
    file = tmp_path / "ram"
    page = content(crash.page)
    assert crash.page_at + len(page) == crash.base
    file.write_bytes(page + content(crash.region))
    machine = virt(extra=qemu.load_at(crash.page_at, file))
    start = starts.wait(machine, starts.COLD, 1)
    assert start.is_plain, start.lines
    guest.ready(machine)  # Linux itself complains of the noise


def header(data, at, **change):
    """A zone header with start or size changed."""
    sig, start, size = struct.unpack_from("<III", data, at)
    new = {"start": start, "size": size, **change}
    return data[:at] + struct.pack("<III", sig, new["start"], new["size"]) + data[at + 12:]


CONSOLE = 0x180000  # with the default geometry
BODY = 12 + 24  # of a dmesg record: after zone header and "====…-C\n"
HALF = 1500
# name, parameters of both boots, change of the region, record it hits, what is said of it
DAMAGE = [
    ("start beyond size", PLAIN, lambda r: header(r, 0, start=0x9000), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, salvaged, zone sizes impossible, bytes as they lie in RAM"),
    ("size huge", PLAIN, lambda r: header(r, 0, size=0xfffffff0), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, salvaged, zone sizes impossible, bytes as they lie in RAM"),
    ("size 0, payload intact", PLAIN, lambda r: header(r, 0, start=0, size=0), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, salvaged, zone says empty, old bytes shown"),
    ("console: start beyond size", PLAIN, lambda r: header(r, CONSOLE, start=0x3fff0),
     "console-ramoops-0", r"\d+ bytes, salvaged, zone sizes impossible, bytes as they lie in RAM"),
    ("console: size 0", PLAIN, lambda r: header(r, CONSOLE, start=0, size=0),
     "console-ramoops-0", r"\d+ bytes, salvaged, zone says empty, old bytes shown"),
    ("signature repaired", "", lambda r: flip(r, range(4)), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, ECC-corrected \(4 bytes corrected, 0 blocks bad\)"),
    ("signature lost", PLAIN, lambda r: flip(r, range(4)), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, salvaged, zone signature damaged"),
    ("signature and sizes lost", PLAIN, lambda r: flip(r, range(12)), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, salvaged, zone signature damaged, zone sizes impossible, .*"),
    ("record header damaged", PLAIN, lambda r: flip(r, (13, 20)), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, salvaged, record header damaged"),
    ("header repaired", "", lambda r: flip(r, range(4, 12)), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, ECC-corrected \(8 bytes corrected, 0 blocks bad\)"),
    ("record cut short", PLAIN, lambda r: header(r, 0, start=HALF, size=HALF), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, salvaged, compressed stream cut short.*"),
    ("stream flipped", PLAIN, lambda r: flip(r, [BODY + HALF]), "dmesg-ramoops-0",
     r"Panic#1 Part1, \d+ bytes, (salvaged|unchecked).*"),
    ("stream noise", PLAIN, lambda r: r[:BODY + HALF] + noise(400, 3) + r[BODY + HALF + 400:],
     "dmesg-ramoops-0", r"Panic#1 Part1, \d+ bytes, salvaged, compressed stream broken.*"),
    ("stream repaired", "", lambda r: flip(r, range(BODY + HALF, BODY + HALF + 8)),
     "dmesg-ramoops-0", r"Panic#1 Part1, \d+ bytes, ECC-corrected \(\d+ bytes corrected, 0 blocks bad\)"),
    ("stream beyond repair", "", lambda r: flip(r, range(BODY + HALF, BODY + HALF + 40)),
     "dmesg-ramoops-0", r"Panic#1 Part1, \d+ bytes, salvaged .*uncorrectable blocks.*"),
]


@pytest.mark.parametrize("more, change, name, facts", [d[1:] for d in DAMAGE],
                         ids=[d[0] for d in DAMAGE])
def test_damaged_region(warm, capture, more, change, name, facts):
    """What can be read is told, with what is wrong with it; the verdict stands."""
    crash = capture(*STEPS, more=more)
    machine = warm(crash._replace(region=change(crash.region)).rows, more)
    start = starts.wait(machine, starts.PANIC, 2)
    guest.ready(machine)
    assert re.fullmatch(facts, start.facts[name]), start.facts
    others = {"dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0", "ftrace-ramoops-0"} - {name}
    good = "unchecked" if more == PLAIN else "intact"  # without parity nothing vouches
    assert {start.facts[n].rpartition(", ")[2] for n in others} == {good}
    guest.start(machine, "reboot-clean")
    assert starts.wait(machine, starts.CLEAN, 3).is_plain


def test_text_survives(warm, capture):
    """A zone whose header lies, or was repaired, still gives the very text of the record."""
    for more, change in ((PLAIN, lambda r: header(r, 0, start=0x9000)),
                         (PLAIN, lambda r: header(r, 0, start=0, size=0)),
                         ("", lambda r: flip(r, range(40, 48)))):
        crash = capture(*STEPS, more=more)
        whole = starts.wait(warm(crash.rows, more), starts.PANIC).records
        broken = starts.wait(warm(crash._replace(region=change(crash.region)).rows, more),
                             starts.PANIC).records
        assert broken["dmesg-ramoops-0"] == whole["dmesg-ramoops-0"]


def test_deleted_before(warm, capture):
    """A record deleted before the monitor came to this board is never a crash."""
    crash = capture(*STEPS, more=PLAIN)
    region = header(crash.region[:0x10000], 0, start=0, size=0)
    machine = warm([(crash.base, region)], PLAIN)
    assert starts.boot(machine, starts.COLD, 1).is_plain
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 2).is_plain


def test_random_damage(virt, capture, symbols):
    """Anything may be anything: no fault, no silence, and always on to Linux."""
    zones = (0, 0x10000, CONSOLE, 0x1c0000, 0x1e0000)
    used = 3 * ram.PAGE  # of each zone, no more in these crashes
    crashes = [capture(*STEPS, more=more) for more in (PLAIN, "")]
    machine = virt(stopped=True)
    with machine.debugger() as dbg:
        for seed in range(30):
            dice = random.Random(seed)
            crash = crashes[seed % 2]
            region = bytearray(crash.region)
            for _ in range(dice.choice((1, 4, 40, 400))):
                at = dice.choice(zones) + dice.choice((dice.randrange(16), dice.randrange(8000)))
                region[at] = dice.choice((0, 0xff, dice.randrange(256)))
            rows = [(crash.base + at, bytes(region[at:at + used])) for at in zones]
            ram.fill(dbg, [*rows, (crash.page_at, crash.page)], zeroes=True)
            begin = len(machine.log)
            dbg.run_to(symbols["leave"])
            machine.quiet_for(0.03)
            start = starts.parse(machine.log[begin:])
            assert start.verdict and start.boot == 2, (seed, start.lines)
            assert not {901, 902, 904} & set(start.codes), (seed, start.lines)
            machine.reset()
            machine.wait_event("RESET")


# ---- too little RAM ---------------------------------------------------------------------
SMALL = [(32, "", []), (15, "", []), (14, "", []), (12, "", [201])]


@pytest.mark.parametrize("mib, more, notices", SMALL, ids=[f"{s[0]} MiB" for s in SMALL])
def test_small(virt, mib, more, notices):
    """Linux comes first: where both do not fit, it starts without a carve-out."""
    machine = virt(more, memory=mib)
    starts.boot(machine, starts.COLD, 1, notices)
    guest.start(machine, "panic")
    starts.boot(machine, starts.COLD if notices else starts.PANIC, notices=notices)


def test_much_too_small(virt):
    machine = virt(memory=8)
    machine.expect("^oopsmon: E201 no room for a carve-out")
    machine.expect("^oopsmon: E406 kernel, initrd and device tree do not fit into RAM")
    machine.expect("^oopsmon: halted: no kernel was started")

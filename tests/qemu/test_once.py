# SPDX-License-Identifier: BSD-2-Clause
"""The retained page: a crash is told once, by whatever start comes first, and never lost."""
import random
import struct
import zlib

import pytest
import ram
import starts
from omlab import guest

COPY = 2048
CRC_AT = 240  # docs/retained-page.md; words before it are under the CRC
STEPS = ("pmsg hello", "ftrace", "panic")
RECORDS = ["dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0", "ftrace-ramoops-0"]

# Bytes of the page that are written when the reset comes; what the next start then says.
CUTS = [(4, starts.PANIC, 2), (32, starts.PANIC, 2), (128, starts.PANIC, 2), (220, starts.PANIC, 2),
        (288, starts.PANIC, 2), (1024, starts.PANIC, 2), (1952, starts.NO_NEWS, 3), (COPY, starts.NO_NEWS, 3)]


@pytest.mark.parametrize("cut, verdict, number", CUTS, ids=[str(c[0]) for c in CUTS])
def test_reset_while_written(virt, capture, symbols, cut, verdict, number):
    """A reset in the middle of the update leaves the old facts or the new ones."""
    crash = capture(*STEPS)
    machine = virt("oopsmon.archive=none", stopped=True)  # else the page is written twice
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        target = crash.page_at + COPY + cut - 4  # the first boot wrote the first copy
        dbg.run_to(symbols["page_write_step"] & ~1)
        dbg.watchpoint(target)
        dbg.cont()
        dbg.wait_stop()
        dbg.watchpoint(target, on=False)
        machine.expect("end of ftrace-ramoops-0 ----")
        machine.reset()
    start = starts.boot(machine, verdict, number)
    assert list(start.records) == (RECORDS if verdict == starts.PANIC else [])
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, number + 1).is_plain


def flipped(page, places):
    page = bytearray(page)
    for at in places:
        page[at] ^= 0xff
    return bytes(page)


def newer(page):
    """The same facts as a version from the future would store them."""
    body = page[:4] + struct.pack("<I", 3) + page[8:CRC_AT]
    return body + struct.pack("<I", zlib.crc32(body)) + page[CRC_AT + 4:]


def noise(page):
    return random.Random(301).randbytes(len(page))


# name, what happens to the page, verdict, number, notices
DAMAGE = [
    ("three bytes", lambda p: flipped(p, (1, 60, 130)), starts.PANIC, 2, [303]),
    ("too many bytes", lambda p: flipped(p, range(20, 40)), starts.UNVERIFIED, 1, [301]),
    ("magic and more", lambda p: flipped(p, range(0, 40)), starts.UNVERIFIED, 1, [301]),
    ("noise", noise, starts.UNVERIFIED, 1, [301]),
    ("zeroes", lambda p: bytes(len(p)), starts.UNVERIFIED, 1, [301]),
    ("newer version", newer, starts.UNVERIFIED, 1, [302]),
]


@pytest.mark.parametrize("damage, verdict, number, notices", [d[1:] for d in DAMAGE],
                         ids=[d[0] for d in DAMAGE])
def test_damaged_page(warm, capture, damage, verdict, number, notices):
    """The records are told whatever happened to the page, and the next start is sound."""
    crash = capture(*STEPS)
    machine = warm(crash._replace(page=damage(crash.page)).rows)
    start = starts.boot(machine, verdict, number, notices)
    assert list(start.records) == RECORDS
    for facts in start.facts.values():
        assert ("UNVERIFIED" in facts) == (verdict == starts.UNVERIFIED)
    assert b"in /sys/fs/pstore" in start.text and b"does not list them" not in start.text
    starts.compare(start, guest.pstore(machine))
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, number + 1).is_plain


# Kernel parameters of the crashed boot and of the next one.
MOVES = [
    ("away", "", "oopsmon.region=1M@0x48000000"),
    ("back", "oopsmon.region=2M@0x48000000", ""),
    ("other sizes", "oopsmon.record_size=32K oopsmon.ecc_size=0 oopsmon.pmsg_size=16K", ""),
    ("other region size", "oopsmon.region=4M", "oopsmon.region=1M"),
    ("the old page lies in the new region", "", "oopsmon.region=4M"),
    ("off", "", "oopsmon.region=none"),
]


@pytest.mark.parametrize("then, now", [m[1:] for m in MOVES], ids=[m[0] for m in MOVES])
def test_moved(warm, capture, then, now):
    """The plan has changed since the crash: the records are read where and as they were."""
    crash = capture(*STEPS, more=then)
    machine = warm(crash.rows, now)
    start = starts.wait(machine, starts.PANIC, 2)
    guest.ready(machine)  # Linux may complain: it finds old bytes under new sizes
    assert list(start.records) == RECORDS
    assert start.records["pmsg-ramoops-0"] == b"hello\n"
    assert b"Kernel panic - not syncing: sysrq" in start.records["dmesg-ramoops-0"]
    assert b"does not list them" in start.text and b"/sys/fs/pstore" not in start.text
    if "none" in now:
        assert start.base == 0 and b"ramoops" not in guest.step(machine, "iomem")
        return
    where = ram.page_address(machine)
    if where != crash.page_at:
        assert machine.read_physical(crash.page_at, 4) != b"OMRP", "the old page is still there"
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3).is_plain


# Where another monitor may have left its page: on both sides of the memory that we use.
PLACES = [("above the tree", 0x401ff000), ("above the image", 0x40200000),
          ("in scratch memory", 0x405ff000), ("in the report's memory", 0x407ff000)]


@pytest.mark.parametrize("where", [p[1] for p in PLACES], ids=[p[0] for p in PLACES])
def test_page_near_us(warm, capture, where):
    """It is found, and what it says holds, though its memory is written over next."""
    crash = capture(*STEPS)._replace(page_at=where)
    machine = warm(crash.rows)
    start = starts.boot(machine, starts.PANIC, 2)
    assert list(start.records) == RECORDS
    starts.compare(start, guest.pstore(machine))
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3).is_plain


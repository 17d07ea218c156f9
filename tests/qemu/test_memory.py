# SPDX-License-Identifier: BSD-2-Clause
"""RAM that nobody has lent us: until the records are read it stays as it was."""
import struct
import zlib

import pytest
import ram
import starts
from omlab import fdt, guest, qemu

C = fdt.cells
MIB = 1 << 20
STEPS = ("pmsg hello", "ftrace", "panic")
RECORDS = ["dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0", "ftrace-ramoops-0"]
PATTERN = bytes(range(64))
LOG_BYTES = 32 * MIB  # MEMORY_LOG_BYTES


def patterns(first, end, step=0x4000):
    return [(at, PATTERN) for at in range(first, end, step)]


def changed(before, after):
    """Offsets of the pages that differ."""
    assert len(before) == len(after)
    return [at for at in range(0, len(before), ram.PAGE)
            if before[at:at + ram.PAGE] != after[at:at + ram.PAGE]]


@pytest.mark.parametrize("mib", [512, 32])
def test_last_kernels_log(virt, symbols, capture, mib):
    """A crash is read and reported, and of the start of RAM nothing but the image has changed."""
    crash = capture(*STEPS, memory=mib)
    log = min(LOG_BYTES, mib * MIB // 2)
    own = range(symbols["window_pa"], symbols["__file_end"])
    machine = virt(memory=mib, stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, [*crash.rows, *patterns(ram.DTB + 2 * MIB, ram.DTB + log)])
        before = machine.read_physical(ram.DTB, log)
        dbg.run_to(symbols["payload_step"] & ~1)
        after = machine.read_physical(ram.DTB, log)
    pages = changed(before, after)
    assert before.count(PATTERN) == after.count(PATTERN) == (log - 2 * MIB) // 0x4000
    assert pages and all(ram.DTB + at in own for at in pages), [hex(at) for at in pages]
    assert list(starts.wait(machine, starts.PANIC, 2).records) == RECORDS


def filled(tree):
    """All RAM but the region, its page and the first 32 MiB is somebody's."""
    fdt.add_ramoops(tree, 0x5fc00000, 2 * MIB, record_size=0x10000, console_size=0x40000,
                    ftrace_size=0x20000, pmsg_size=0x20000, ecc_size=16, flags=1)
    for first, end in ((0x42000000, 0x5fbff000), (0x5fe00000, 0x60000000)):
        tree.find("/reserved-memory").add(f"taken@{first:x}", {"reg": C(0, first, 0, end - first),
                                                               "no-map": b""})


def without_size(page):
    """A retained page that does not know what the last kernel ran in (docs/retained-page.md)."""
    out = bytearray(page)
    for at in (0, 2048):
        if out[at:at + 4] == b"OMRP":
            struct.pack_into("<I", out, at + 44, 0)
            struct.pack_into("<I", out, at + 240, zlib.crc32(out[at:at + 240]))
    return bytes(out)


def test_room_after_the_last_kernel(warm, capture):
    """Where the page knows its size, what it did not take of the 32 MiB is free to work in."""
    crash = capture("pmsg hello", "panic")
    tree = fdt.parse(qemu.dump_dtb(qemu.command()))
    filled(tree)
    machine = warm([(ram.DTB, fdt.build(tree)), *crash.rows])
    start = starts.wait(machine, starts.PANIC, 2)
    assert start.records["pmsg-ramoops-0"] == b"hello\n"


def test_no_memory_to_read_in(warm, capture):
    """That is said, and what to do; Linux starts, and finds the records."""
    crash = capture("pmsg hello", "panic")
    crash = crash._replace(page=without_size(crash.page))
    tree = fdt.parse(qemu.dump_dtb(qemu.command()))
    filled(tree)
    machine = warm([(ram.DTB, fdt.build(tree)), *crash.rows])
    start = starts.wait(machine, starts.NO_LOG, 2, [304])
    assert dict(start.notices)[304] == ("no RAM is free to read records in: they stay as they are; "
                                        "reserve less")
    guest.ready(machine, unless="not syncing")
    assert guest.pstore(machine)["pmsg-ramoops-0"].data.startswith(b"hello\n")

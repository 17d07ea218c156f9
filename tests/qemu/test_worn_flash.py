# SPDX-License-Identifier: BSD-2-Clause
"""Flash that wears out: a debugger makes the driver's calls fail, as QEMU's chips never do."""
import re
import struct
import subprocess
import zlib
from typing import NamedTuple

import pytest
import ram
import starts
from omlab import flash, guest

QUIET = "oopsmon.report=summary"
ARCHIVE = flash.BANK_BYTES - flash.ARCHIVE_BYTES  # offset in the bank
BLOCK = flash.BLOCK_BYTES
E_CORRUPT, E_TIMEOUT = 2**32 - 4, 2**32 - 10  # firmware/core/base/err.h
ALL = range(flash.BANK_BYTES)


def full_block():
    """The archive's first block, in use and without room; so that the next one is erased."""
    head = struct.pack("<8s6I28x", b"OOPSMONA", 1, BLOCK, flash.ARCHIVE_BYTES // BLOCK, 0, 1, 0)
    return head + zlib.crc32(head).to_bytes(4, "little") + bytes(BLOCK - 64)


def place(number, first=0, last=BLOCK):
    return range(ARCHIVE + number * BLOCK + first, ARCHIVE + number * BLOCK + last)


class Row(NamedTuple):
    content: bytes  # of the archive
    broken: dict  # function of the driver -> offsets in the bank where it fails
    codes: list  # of notices
    kept: bytes  # pattern in the summary
    entries: int  # complete ones that the host program finds
    error: int = E_CORRUPT  # that the driver returns
    calls: int = None  # that fail, None: some


WHOLE = rb"as entry 1 of the archive in flash, \d+ bytes;"
ROWS = {
    "one place": Row(b"", {"cfi_program": place(0, 128, 160)}, [609], WHOLE, 1),
    "its first block": Row(b"", {"cfi_program": place(0)}, [609], WHOLE, 1),
    "a block that is not erased": Row(full_block() + b"old" * 100, {"cfi_erase": place(1)}, [609],
                                      WHOLE, 1),
    "one that is, and takes nothing": Row(full_block(), {"cfi_program": place(1)}, [609], WHOLE, 1),
    "nothing is programmed": Row(b"", {"cfi_program": ALL}, [608], rb"in RAM only;", 0),
    "nothing works, in the middle": Row(b"", {"cfi_program": place(0, 1024, flash.ARCHIVE_BYTES)},
                                        [608, 609], rb"in part, as entry 1 of the archive in flash;", 0),
    "nothing is erased": Row(full_block() + b"old" * BLOCK,
                             {"cfi_erase": ALL}, [608], rb"in RAM only;", 0),
    # each would take up to 30 s: asked once, and Linux starts
    "never ready": Row(b"", {"cfi_program": ALL}, [608], rb"in RAM only;", 0, E_TIMEOUT, 1),
    "never ready to be erased": Row(full_block() + b"old" * BLOCK, {"cfi_erase": ALL}, [608],
                                    rb"in RAM only;", 0, E_TIMEOUT, 1),
}


def run(dbg, symbols, row):
    """Let the monitor archive; the calls that fail do nothing. Returns their number."""
    where = {symbols[name] & ~1: offsets for name, offsets in row.broken.items()}
    end = symbols["report_step"] & ~1
    hits = 0
    for address in [*where, end]:
        dbg.breakpoint(address)
    while True:
        dbg.cont()
        dbg.wait_stop()
        now = dbg.registers()
        if now["pc"] == end:
            break
        if now["r1"] in where[now["pc"]]:
            hits += 1
            dbg.set_register("r0", row.error)
            dbg.set_register("pc", now["lr"] & ~1)
        else:
            dbg.breakpoint(now["pc"], False)
            dbg.step()
            dbg.breakpoint(now["pc"])
    for address in [*where, end]:
        dbg.breakpoint(address, False)
    return hits


@pytest.mark.parametrize("name", list(ROWS))
def test_worn(virt, capture, symbols, build, tmp_path, name):
    """The crash is kept elsewhere or said not to be; what it says is there; Linux starts."""
    row = ROWS[name]
    bank = flash.make(tmp_path / "bank.img", row.content)
    machine = virt(QUIET, stopped=True, bank=bank)
    with machine.debugger() as dbg:
        ram.fill(dbg, capture("pmsg hello", "panic").rows)
        calls = run(dbg, symbols, row)
    assert calls > 0 and row.calls in (None, calls)
    start = starts.boot(machine, starts.PANIC, 2, row.codes)
    assert re.search(rb"oopsmon:   kept     " + row.kept, start.text), start.lines
    listed = guest.pstore(machine)
    assert b"Kernel panic" in listed["dmesg-ramoops-0"].data
    machine.close()
    folder = tmp_path / "out"
    subprocess.run([build / "host" / "oopsmon", "archive", "extract", "-o", folder, bank],
                   capture_output=True, timeout=120, check=False)
    found = [{p.name: p.read_bytes() for p in one.glob("*-ramoops-*")}
             for one in sorted(folder.glob("*")) if one.is_dir()]
    assert len(found) == row.entries or b"in part" in row.kept
    for files in found[:row.entries]:
        starts.compare(starts.Start(*[None] * 5, [], files, None, None), listed)

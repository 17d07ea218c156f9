# SPDX-License-Identifier: BSD-2-Clause
"""Where there is nothing to start: a line that says why, and a halt that answers keys."""
import re
import struct

import pytest
import ram
import starts
from omlab import guest

KEYS = rb"^oopsmon: halted: %s. Keys: s show records again, y send them by YMODEM, " \
       rb"w send the raw region, a archive in flash, r reset, o power off, h this help\r\n"


def halted(machine, why):
    """It says so once, answers h, and stays quiet otherwise."""
    machine.expect(KEYS % why)
    said = len(machine.log)
    machine.quiet_for(0.3)
    assert len(machine.log) == said
    machine.send("h")
    machine.expect(KEYS % why)


NO_TREE = [("ones", b"\xff" * 4096, 101), ("zeroes", bytes(64), 101), ("no magic", b"\0\1\2\3", 101),
           ("claims too much", struct.pack(">2I", 0xd00dfeed, 0x7fffffff), 102),
           ("claims nothing", struct.pack(">2I", 0xd00dfeed, 0), 102),
           ("wrong version", struct.pack(">I16xII", 0xd00dfeed, 99, 98), None)]


@pytest.mark.parametrize("blob, code", [n[1:] for n in NO_TREE], ids=[n[0] for n in NO_TREE])
def test_no_tree(virt, blob, code):
    machine = virt(stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, [(ram.DTB, blob)], zeroes=True)
    machine.expect(f"^oopsmon: E{code or 102} .*: Linux cannot be started; ")
    halted(machine, b"no device tree")
    machine.send("s")
    machine.expect("^oopsmon: no records")
    machine.send("o")
    machine.expect("^oopsmon: this board cannot be switched off from here")
    machine.send("r")
    # all of the line: a reset in the middle of it would leave the next one without a beginning
    machine.expect("^oopsmon: E104 no way to reset this board[^\r\n]*\r\n")
    machine.reset()  # QEMU puts its own tree back
    starts.boot(machine, starts.COLD, 1)


REPORT = re.compile(rb"-----BEGIN OOPSMON REPORT 2----- .*?-----END OOPSMON REPORT 2----- "
                    rb"id [0-9a-f]{8} complete\r\n", re.DOTALL)


def shown(machine):
    """The report that the key s shows: without a kernel there are no parameters either."""
    begin = machine.position
    machine.send("s")
    machine.expect("END OOPSMON REPORT 2----- id [0-9a-f]{8} complete\r\n")
    return REPORT.findall(machine.log[begin:machine.position])


def test_no_kernel(virt, capture):
    """No kernel, but a crash: told, shown again on s, not told twice, no loop of resets."""
    crash = capture("pmsg hello", "ftrace", "panic")
    machine = virt(kernel=None, stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
    machine.expect("^oopsmon .*warm boot 2, the last kernel PANICKED")
    machine.expect("^oopsmon: E402 no kernel was given: start QEMU with -kernel zImage")
    halted(machine, b"no kernel was started")
    told = REPORT.findall(machine.log)
    assert len(told) == 1 and shown(machine) == told
    machine.send("r")
    machine.expect("^oopsmon: resetting")
    begin = machine.position
    halted(machine, b"no kernel was started")
    start = starts.parse(machine.log[begin:machine.position])
    assert start.codes == [402] and start.boot == 3 and start.verdict == starts.NO_NEWS
    assert shown(machine)[0][:48] == told[0][:48]  # up to its number; another boot tells it
    machine.send("o")
    assert machine.wait_exit() == 0


def cut(data, size):
    return data[:size]


def head(data, **words):
    """The zImage with words of its header changed (docs/boot-contract.md)."""
    out = bytearray(data)
    for name, value in words.items():
        struct.pack_into("<I", out, {"magic": 0x24, "start": 0x28, "end": 0x2c, "endian": 0x30,
                                     "table_magic": 0x34, "table": 0x38}[name], value)
    return bytes(out)


KERNELS = [
    ("text", lambda k: b"#!/bin/sh\n" * 400, 403),
    ("one byte", lambda k: b"\0", 403),
    ("half a header", lambda k: k[:40], 403),
    ("just a header", lambda k: k[:0x3c], 404),
    ("cut", lambda k: k[:1000000], 404),
    ("one byte short", lambda k: k[:-4], 404),
    ("big-endian", lambda k: head(k, endian=0x01020304), 403),
    ("ends before it starts", lambda k: head(k, end=0), 404),
    ("promises 4 GiB", lambda k: head(k, end=0xffffffff), 404),
]


@pytest.mark.parametrize("make, code", [k[1:] for k in KERNELS], ids=[k[0] for k in KERNELS])
def test_not_a_kernel(virt, tmp_path, zimage, make, code):
    """What is no kernel is not started."""
    (tmp_path / "kernel").write_bytes(make(zimage.read_bytes()))
    machine = virt(kernel=tmp_path / "kernel", initrd=None)
    machine.expect("^oopsmon .*cold boot")
    machine.expect(f"^oopsmon: E{code} the kernel .*: refused; ")
    halted(machine, b"no kernel was started")


ODD = [
    ("table nowhere", lambda k: head(k, table=0x7fffffff)),
    ("no table", lambda k: head(k, table_magic=0)),
    ("more after it", lambda k: k + b"rest of a partition" * 5000),
]


@pytest.mark.parametrize("make", [o[1] for o in ODD], ids=[o[0] for o in ODD])
def test_odd_kernel(virt, tmp_path, zimage, make):
    """What Linux can do without is no reason to refuse it."""
    (tmp_path / "kernel").write_bytes(make(zimage.read_bytes()))
    machine = virt(kernel=tmp_path / "kernel")
    assert starts.boot(machine, starts.COLD, 1).is_plain
    guest.start(machine, "poweroff")
    assert machine.wait_exit() == 0

# SPDX-License-Identifier: BSD-2-Clause
"""Linux with ramoops as a module (`make check-module`): the tree's node decides, and ramoops.*
parameters come from modprobe. The same plan serves it as serves a kernel that has it built in.

Not called test_…: `make test` has no such kernel.
"""
import pytest
import ram
import starts
from omlab import fdt, guest, qemu

PARAMETERS = ("ramoops.mem_address=0x52000000 ramoops.mem_size=0x100000 "
              "ramoops.record_size=0x8000 ramoops.console_size=0x20000 ramoops.ecc=1")


def nothing(tree):
    """QEMU's own tree."""


def node(tree):
    fdt.add_ramoops(tree, 0x50000000, 0x100000, record_size=0x10000, console_size=0x20000,
                    ecc_size=8)


#: change of QEMU's tree, kernel parameters, the region's address, ECC, notices
ROWS = {
    "parameters alone": (nothing, PARAMETERS, 0x52000000, 16, []),
    "parameters against a node": (node, PARAMETERS, 0x52000000, 16, [223]),
    "a node": (node, "", 0x50000000, 8, []),
    "neither": (nothing, "", 0x5fc00000, 16, []),
}


def prepared(machine, blob):
    with machine.debugger() as dbg:
        ram.fill(dbg, [(ram.DTB, blob)])


@pytest.mark.parametrize("row", ROWS)
def test_crash(row, build, machine):
    change, parameters, base, ecc, notices = ROWS[row]
    tree = fdt.parse(qemu.dump_dtb(qemu.command()))
    change(tree)
    blob = fdt.build(tree)
    linux = machine(kernel=build / "module" / "zImage", initrd=build / "module" / "initrd.gz",
                    append=f"{ram.APPEND} {parameters}", stopped=True)
    prepared(linux, blob)
    starts.wait(linux, starts.COLD, 1, notices)
    guest.ready(linux, unless="not syncing")
    assert b"ramoops: using module parameters" in linux.log or not parameters
    assert b"ramoops: using 0x%x@0x%x" % (0x200000 if base == 0x5fc00000 else 0x100000, base) in linux.log
    assert b"%x.ramoops" % base in guest.step(linux, "sh ls /sys/bus/platform/drivers/ramoops")
    linux.stop_at_reset()
    guest.start(linux, "panic")
    linux.wait_reset_stop()
    linux.stop_at_reset(False)
    linux.reset()
    linux.wait_event("RESET")
    prepared(linux, blob)
    start = starts.wait(linux, starts.PANIC, 2, notices)
    guest.ready(linux, unless="not syncing")
    assert start.base == base
    starts.compare(start, guest.pstore(linux), ecc)

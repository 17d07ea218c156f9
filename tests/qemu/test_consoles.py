# SPDX-License-Identifier: BSD-2-Clause
"""Consoles of boards that QEMU has: found by the board's own tree, turned on, sending and receiving.

No earlier stage has set these UARTs up, and there is no kernel: the monitor halts and takes keys.
What QEMU does not have is tested on models of the registers (tests/unit/uart_test.c).
"""
import pytest

#: QEMU's machine, the tree of Debian's armmp kernel or of the tests' own, the number of the serial
#: line that this tree names, memory in MiB, what drives it.
ROWS = {
    "Cadence": ("xilinx-zynq-a9", "zynq-zed", 1, 512),
    "Samsung": ("smdkc210", "exynos4210-smdkv310", 1, 1024),
    "DW APB": ("cubieboard", "sun4i-a10-cubieboard", 0, 512),
    "16550": ("ast2600-evb", "aspeed-ast2600-evb", 0, 1024),
    "i.MX": ("mcimx7d-sabre", "imx7d-sdb", 0, 512),
    "PL011": ("highbank", "highbank", 0, 512),
}


@pytest.mark.parametrize("name", ROWS)
def test_turned_on(machine, build, name):
    board, tree, line, memory = ROWS[name]
    dtb, = [path for folder in ("dtbs/armmp", "kernel/dtbs")
            for path in (build / folder).glob(f"{tree}.dtb")][:1]
    one = machine(bios=None, kernel=build / "generic" / "oopsmon-generic.zimage", initrd=None,
                  append=None, machine=board, cpu=None, memory=memory, dtb=dtb,
                  extra=("-serial", "null") * line + ("-serial", "mon:stdio"))
    one.expect("oopsmon [^ ]+ generic: cold boot", 120)
    one.expect("halted: no kernel was started. Keys:", 60)
    one.send("h")
    one.expect("halted: no kernel was started. Keys:", 30)
    assert b"E107" not in one.log

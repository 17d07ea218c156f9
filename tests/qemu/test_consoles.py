# SPDX-License-Identifier: BSD-2-Clause
"""Boards that QEMU has, with no Linux: console found by the board's own tree, turned on, sending and
receiving; and the monitor knows the RAM again after a reset.

No earlier stage has set these UARTs up, and there is no kernel: the monitor halts and takes keys.
What QEMU does not have is tested on models of the registers (tests/unit/uart_test.c).
"""
import cycles
import pytest
import ram
from omlab import fdt, qemu

#: QEMU's machine, the tree of Debian's armmp kernel or of the tests' own, the number of the serial
#: line that this tree names, memory in MiB, what drives it.
ROWS = {
    "Cadence": ("xilinx-zynq-a9", "zynq-zed", 1, 512),
    "Samsung": ("smdkc210", "exynos4210-smdkv310", 1, 1024),
    "DW APB": ("cubieboard", "sun4i-a10-cubieboard", 0, 512),
    "16550": ("ast2600-evb", "aspeed-ast2600-evb", 0, 1024),
    "i.MX": ("mcimx7d-sabre", "imx7d-sdb", 0, 512),
    "PL011": ("highbank", "highbank", 0, 512),
    "PL011 in HYP mode": ("midway", "ecx-2000", 0, 512),
    "Samsung, another board": ("nuri", "exynos4210-universal_c210", 2, 1024),
    "ast2600: tacoma": ("tacoma-bmc", "aspeed-bmc-opp-tacoma", 0, 1024),
    "ast2600: rainier": ("rainier-bmc", "aspeed-bmc-ibm-rainier", 0, 1024),
    "ast2600: fuji": ("fuji-bmc", "aspeed-bmc-facebook-fuji", 0, 2048),
    "ast2600: bletchley": ("bletchley-bmc", "aspeed-bmc-facebook-bletchley", 0, 2048),
}


@pytest.mark.parametrize("name", cycles.cells(ROWS, "Cadence", "Samsung", "DW APB"))
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
    one.reset()
    one.expect("oopsmon [^ ]+ generic: warm boot 2, ", 120)
    one.expect("halted: no kernel was started. Keys:", 60)
    assert b"E107" not in one.log


def test_no_uart_in_the_tree(warm, build):
    """The board's own early UART stays the console."""
    tree = fdt.parse(qemu.dump_dtb(qemu.command()))
    tree.root.nodes = [node for node in tree.root.nodes if not node.name.startswith("pl011")]
    one = warm([(ram.DTB, fdt.build(tree))], kernel=None, initrd=None, append=None)
    one.expect("oopsmon: E103 no UART of the device tree has a driver here: "
               "the console stays as it was\r\n")
    one.expect("halted: no kernel was started. Keys:", 60)

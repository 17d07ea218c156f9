# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's boards: what a user would type to start a kernel on each of them."""
from typing import NamedTuple


class Board(NamedTuple):
    machine: str
    console: str  # for Linux
    ram_base: int
    dtb: str = None  # of the kernel's own trees; None: QEMU makes one
    more: str = ""  # further words for Linux
    memory: int = 512  # MiB
    cpu: str = None
    extra: tuple = ()
    arch: str = "arm"


BOARDS = {
    "virt": Board("virt", "ttyAMA0", 0x40000000, cpu="cortex-a15"),
    "virt-hyp": Board("virt,virtualization=on", "ttyAMA0", 0x40000000, cpu="cortex-a15"),
    "virt-smp4": Board("virt", "ttyAMA0", 0x40000000, cpu="cortex-a15", extra=("-smp", "4")),
    "vexpress-a9": Board("vexpress-a9", "ttyAMA0", 0x60000000, "vexpress-v2p-ca9"),
    "vexpress-a15": Board("vexpress-a15", "ttyAMA0", 0x80000000, "vexpress-v2p-ca15-tc1"),
    # its console is the second UART
    "sabrelite": Board("sabrelite", "ttymxc1", 0x10000000, "imx6q-sabrelite", memory=1024,
                       extra=("-serial", "null", "-serial", "mon:stdio")),
    "mcimx6ul-evk": Board("mcimx6ul-evk", "ttymxc0", 0x80000000, "imx6ul-14x14-evk"),
    "orangepi-pc": Board("orangepi-pc", "ttyS0", 0x40000000, "sun8i-h3-orangepi-pc", memory=1024),
    # Linux 6.1 hangs at reboot with device links between firmware nodes
    "raspi2b": Board("raspi2b", "ttyAMA0", 0, "bcm2836-rpi-2-b", "fw_devlink=off", memory=1024),
}
#: Those that only Debian's own kernel has drivers for.
STOCK_BOARDS = {
    "mcimx7d-sabre": Board("mcimx7d-sabre", "ttymxc0", 0x80000000, "imx7d-sdb", memory=1024),
    "midway": Board("midway", "ttyAMA0", 0, "ecx-2000", memory=1024),
    "highbank": Board("highbank", "ttyAMA0", 0, "highbank", memory=1024),
}
#: 64 bits; with Debian's own kernels (KERNELS64), whose ramoops is a module.
_VIRT64 = Board("virt", "ttyAMA0", 0x40000000, cpu="cortex-a53", arch="aarch64")
BOARDS64 = {
    "virt64": _VIRT64,
    "virt64-el2": _VIRT64._replace(machine="virt,virtualization=on"),
    "virt64-smp4": _VIRT64._replace(extra=("-smp", "4")),
    # 16 KiB pages
    "virt64-max": _VIRT64._replace(cpu="max,pauth-impdef=on"),
    "virt64-8g": _VIRT64._replace(memory=8192, extra=("-smp", "4")),
}
KERNELS64 = ("5.10", "6.1", "6.12", "6.12-16k")  # below build/kernel64


def find(name):
    """The board of that name."""
    return {**BOARDS, **STOCK_BOARDS, **BOARDS64}[name]


def parts(name, build, words="", trees="kernel/dtbs"):
    """What qemu.command() takes for a board, but for kernel and initrd; words: more for Linux."""
    board = find(name)
    return {"arch": board.arch, "machine": board.machine, "cpu": board.cpu, "memory": board.memory, "extra": board.extra,
            "dtb": board.dtb and build / trees / f"{board.dtb}.dtb",
            "append": " ".join(f"console={board.console} {board.more} {words}".split())}

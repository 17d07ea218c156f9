# SPDX-License-Identifier: BSD-2-Clause
"""CPUs beside the first where all of them run the reset vector: parked in flash, started by Linux.

The reset shim with the memory numbers of boards that have no PSCI, and a stub in place of the image.
"""
import pathlib
import re
import subprocess
import time
from typing import NamedTuple

import pytest
from omlab import gdb, qemu

HERE = pathlib.Path(__file__).parent
SHIM = HERE.parent.parent / "firmware" / "arch" / "arm"
WINDOW = 1 << 20  # from the start of RAM
LOOKED_AT = 16 << 20  # bytes of RAM


class Board(NamedTuple):
    """Numbers of QEMU 7.2, hw/arm/vexpress.c and hw/cpu/a*mpcore.c."""
    machine: str
    ram: int
    flags: int  # SYS_FLAGS; SYS_FLAGSCLR is the next word
    uart: int
    gicd: int
    gicc: int


BOARDS = [Board("vexpress-a15", 0x80000000, 0x1c010030, 0x1c090000, 0x2c001000, 0x2c002000),
          Board("vexpress-a9", 0x60000000, 0x10000030, 0x10009000, 0x1e001000, 0x1e000100)]


def gcc(*words):
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-a9", *map(str, words)], check=True)


def build_shim(board, folder, pen):
    """Makes flash.bin; returns what the shim is to copy, and the shim's symbols."""
    numbers = {"UART": board.uart, "GICD": board.gicd, "FLAGS": board.flags}
    gcc("-c", HERE / "pen_stub.S", *(f"-D{k}={v:#x}" for k, v in numbers.items()),
        "-o", folder / "stub.o")
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", folder / "stub.o",
                    folder / "stub.bin"], check=True)
    memory = {"OM_DTB_PA": board.ram, "OM_WINDOW_PA": board.ram + WINDOW}
    if pen:
        memory |= {"OM_PEN_FLAGS_PA": board.flags, "OM_PEN_GICC_PA": board.gicc}
    (folder / "memory.h").write_text("".join(f"#define {k} {v:#x}\n" for k, v in memory.items()))
    gcc("-c", SHIM / "reset.S", f"-I{SHIM}", f"-I{folder}",
        f'-DIMAGE="{folder / "stub.bin"}"', "-DOM_VERSION_NUMBER=0", "-o", folder / "reset.o")
    subprocess.run(["arm-none-eabi-ld", "--defsym=OM_ROM_PA=0", "-Ttext=0", "-e", "reset",
                    folder / "reset.o", "-o", folder / "reset.elf"], check=True)
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", folder / "reset.elf",
                    folder / "flash.bin"], check=True)
    symbols = gdb.symbols(folder / "reset.elf")
    flash = (folder / "flash.bin").read_bytes()
    return flash[symbols["image"]:symbols["image_end"]], symbols


@pytest.fixture
def parked(machine, tmp_path):
    """parked(board): four CPUs, of which the first waits for a key in the stub."""
    def make(board, pen=True):
        stub, symbols = build_shim(board, tmp_path, pen)
        one = machine(bios=tmp_path / "flash.bin", kernel=None, machine=board.machine, cpu=None,
                      bank=False, extra=["-smp", "4", "-audiodev", "none,id=a"])
        one.expect("^ready")
        return one, stub, symbols
    return make


def pcs(machine):
    """Where each CPU is."""
    said = machine.qmp("human-monitor-command", **{"command-line": "info registers -a"})
    return [int(pc, 16) for pc in re.findall(r"R15=([0-9a-f]{8})", said)]


def check_parked(machine, board, stub, symbols):
    """All but the first are in the pen, and nothing of RAM but the window was written."""
    limit = time.monotonic() + 30 * qemu.SLOW
    while True:
        first, *others = pcs(machine)
        assert board.ram + WINDOW <= first < board.ram + WINDOW + len(stub)
        assert len(others) == 3 and all(pc < symbols["image"] for pc in others), others
        if min(others) >= symbols["park"]:
            break
        assert time.monotonic() < limit, others
    ram = machine.read_physical(board.ram, LOOKED_AT)
    assert ram[WINDOW:WINDOW + len(stub)] == stub
    assert not any(ram[:WINDOW]) and not any(ram[WINDOW + len(stub):])


@pytest.mark.parametrize("board", BOARDS, ids=[b.machine for b in BOARDS])
def test_pen(parked, board):
    """They wait, also for an SGI that has no address with it; and come when they are called."""
    machine, stub, symbols = parked(board)
    check_parked(machine, board, stub, symbols)
    machine.send("s")
    machine.quiet_for(0.3)
    check_parked(machine, board, stub, symbols)
    machine.send("g")
    machine.expect("^arrived: 123\r\n")
    assert all(board.ram + WINDOW <= pc < board.ram + WINDOW + len(stub) for pc in pcs(machine))


def test_no_pen(parked):
    """On boards that name no register they stay where they are, whoever calls."""
    machine, stub, symbols = parked(BOARDS[0], pen=False)
    check_parked(machine, BOARDS[0], stub, symbols)
    machine.send("g")
    machine.quiet_for(0.5)
    assert b"arrived" not in machine.log
    assert all(symbols["park"] <= pc < symbols["image"] for pc in pcs(machine)[1:])

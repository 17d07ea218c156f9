# SPDX-License-Identifier: BSD-2-Clause
"""The flash driver on chips with AMD's commands, as QEMU has them: on boards of other makers.

The monitor does not run there; tests/qemu/flash_chips.c is the driver and the archive on the bare
machine. Intel's commands are those of the board that the monitor runs on: all other tests.
"""
import os
import pathlib
import subprocess
from typing import NamedTuple

import pytest
from omlab import qemu

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORE = ("archive/archive", "archive/archive_write", "archive/archive_read",
        "archive/archive_list", "archive/archive_entry", "report/report_write",
        "report/report_read", "base/line", "base/digits", "base/crc32", "base/err")
DRIVERS = ("cfi_flash", "cfi_probe", "cfi_cycles", "flash", "soc")
OLD = 0x55  # what stands in the chips


class Board(NamedTuple):
    cpu: str
    options: list
    base: int
    size: int
    width: int  # bytes of the bus
    block: int


BOARDS = {
    "8 bits": Board("cortex-a9", ["-M", "xilinx-zynq-a9", "-m", "512"], 0xe2000000, 64 << 20, 1, 128 << 10),
    "16 bits": Board("arm926ej-s", ["-M", "musicpal", "-audiodev", "none,id=a"], 0xff800000, 8 << 20, 2,
                     64 << 10),
}
WRITTEN = """erase: OK
blank: 1
program: OK
stands: 1
around it: 1
again: OK
from 0 to 1: CORRUPT, it could not be programmed
erase again: OK
program to the end: OK
stands: 1
archive: OK
""" + "".join(f"entry {i}: OK, 0 bad\n" for i in range(1, 6)) + \
    "".join(f"found {i}: {9001 - i} bytes\n" for i in range(1, 6))
PROTECTED = """erase: CORRUPT, it is protected
blank: 0
program: CORRUPT, it is protected
stands: 0
around it: 0
again: CORRUPT, it is protected
from 0 to 1: CORRUPT, it is protected
erase again: CORRUPT, it is protected
program to the end: CORRUPT, it is protected
stands: 0
archive: CORRUPT, it is protected
"""


def program(build, board, folder):
    sources = [ROOT / "tests/qemu/flash_chips.c",
               *(ROOT / f"firmware/drivers/{name}.c" for name in DRIVERS),
               *(ROOT / f"firmware/core/{name}.c" for name in CORE)]
    subprocess.run([os.environ.get("CROSS", "arm-none-eabi-") + "gcc", f"-mcpu={board.cpu}", "-marm",
                    "--specs=rdimon.specs", "-std=gnu11", "-Os", "-mno-unaligned-access",
                    "-ffunction-sections", "-Wl,--gc-sections", f"-I{ROOT}/firmware",
                    f"-isystem{build}/deps/zlib", *sources, "-o", folder / "program"],
                   check=True, capture_output=True)
    return folder / "program"


def run(build, board, folder, readonly):
    """What the program prints, and the chips' bytes afterwards."""
    (folder / "chips").write_bytes(bytes([OLD]) * board.size)
    words = ["flash_chips", board.base, board.size, board.width]
    done = subprocess.run(
        ["qemu-system-arm", *board.options, "-display", "none", "-serial", "none", "-monitor", "none",
         "-semihosting-config", ",".join(["enable=on,target=native", *(f"arg={w}" for w in words)]),
         "-kernel", program(build, board, folder),
         "-drive", f"if=pflash,format=raw,file={folder / 'chips'}" + (",readonly=on" if readonly else "")],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=120 * qemu.SLOW, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.decode(), (folder / "chips").read_bytes()


@pytest.mark.parametrize("name", list(BOARDS))
def test_written(build, tmp_path, name):
    board = BOARDS[name]
    said, chips = run(build, board, tmp_path, False)
    assert said == f"probe: OK\nAMD, {board.size} bytes, 1 chips, buffer {board.width}\n" \
        f"{board.size // board.block} blocks of {board.block}\n" + WRITTEN
    blocks = [chips[at:at + board.block] for at in range(0, board.size, board.block)]
    for number, block in enumerate(blocks):
        if number == 3:
            assert block[:-77].count(b"\xff") == board.block - 77 and block[-77:].count(b"\xff") < 9
        elif 8 <= number < 12:
            # in use, not yet, or the next one, whose head was made firm
            assert block.startswith((b"OOPSMONA", b"\xff" * 64, bytes(64) + b"\xff"))
        else:
            assert block.count(OLD) == board.block, number


@pytest.mark.parametrize("name", list(BOARDS))
def test_protected(build, tmp_path, name):
    """Chips of this kind do nothing and say nothing: it is what stands there that tells."""
    board = BOARDS[name]
    said, chips = run(build, board, tmp_path, True)
    assert said.split("\n", 3)[3] == PROTECTED
    assert chips.count(OLD) == board.size

# SPDX-License-Identifier: BSD-2-Clause
"""The cycle that must work on every board, whatever starts the monitor there; and boards that start from flash."""
import struct
import subprocess
import zlib
from typing import NamedTuple

import pytest
import starts
from omlab import boards, crashes, fdt, guest, qemu

#: As ram.APPEND, without the console.
APPEND = "panic=-1 oopsmon.fetch_seconds=0 oopsmon.report=text"


def cells(names, *first):
    """Parameters: @first for `make test`, the others for `make matrix`."""
    assert set(first) <= set(names)
    return [name if name in first else pytest.param(name, marks=pytest.mark.matrix) for name in names]


def parts(name, build):
    """What machine() takes for a board, but for the kernel."""
    return {"bios": None, "bank": False, **boards.parts(name, build, APPEND)}


def next_start(machine, verdict, number, come_by):
    """A start with what has to be typed in it: the monitor may have spoken before that, or speaks after it."""
    begin = machine.position
    come_by()
    machine.look_again(begin)
    return starts.boot(machine, verdict, number, timeout=90)


def end(machine, step, press):
    """Linux ends; the board resets itself, or somebody presses the button."""
    guest.start(machine, step)
    if press:
        machine.expect("not syncing|reboot: Restarting system")
        machine.quiet_for(1)
        machine.reset()


def decoded(start, build, folder):
    """The start with the records of its armored report: the tree had no command line that asks for text."""
    log = folder / "report.log"
    log.write_bytes(start.text)
    subprocess.run([build / "host" / "oopsmon", "decode", "-o", folder / "decoded", log], check=True,
                   stdout=subprocess.DEVNULL)
    return start._replace(records=crashes.files(folder / "decoded"))


def cycle(machine, come_by=lambda: None, press=False, decode=lambda start: start):
    """Cold boot, crash, warm reset; the records are reported before Linux, which reads the same bytes.

    come_by: called after each reset, and types what a user would
    press: the board does not reset by itself
    decode: makes records of what the start has printed
    """
    cold = next_start(machine, starts.COLD, 1, come_by)
    assert cold.is_plain and cold.base, cold.lines
    guest.step(machine, "pmsg hello")
    end(machine, "panic", press)
    warm = decode(next_start(machine, starts.PANIC, 2, come_by))
    assert warm.base == cold.base
    assert set(warm.records) >= {"dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0"}
    assert b"Kernel panic - not syncing: sysrq" in warm.records["dmesg-ramoops-0"]
    starts.compare(warm, guest.pstore(machine))
    end(machine, "reboot-clean", press)
    assert next_start(machine, starts.CLEAN, 3, come_by).is_plain


class Nor(NamedTuple):
    """A board whose reset vector is ours: what its README has, for what QEMU does not load itself."""
    machine: str
    dtb: str
    initrd_at: int


FROM_FLASH = {
    "vexpress-a9": Nor("vexpress-a9", "vexpress-v2p-ca9", 0x68000000),
    "vexpress-a15": Nor("vexpress-a15", "vexpress-v2p-ca15-tc1", 0x88000000),
}
BANK_BYTES = 64 << 20


def flash_with(image, kernel):
    """A bank of flash: the monitor, a block that describes the kernel, the kernel (docs/wrapped-kernel.md)."""
    block = b"OMWRAP\0\1" + struct.pack("<5I", 1, len(kernel), zlib.crc32(kernel), 0, 0)
    block += struct.pack("<I", zlib.crc32(block))
    return (image + block + kernel).ljust(BANK_BYTES, b"\xff")


def flash_parts(name, build, folder):
    """What machine() takes to start from flash: kernel in flash, initrd and command line in the tree."""
    board = FROM_FLASH[name]
    initrd = build / "guest" / "initrd.gz"
    tree = fdt.parse((build / "kernel" / "dtbs" / f"{board.dtb}.dtb").read_bytes())
    chosen = tree.find("/chosen") or tree.root.add("chosen")
    chosen.props["bootargs"] = fdt.text(f"console=ttyAMA0 {APPEND}")
    chosen.props["linux,initrd-start"] = fdt.cells(board.initrd_at)
    chosen.props["linux,initrd-end"] = fdt.cells(board.initrd_at + initrd.stat().st_size)
    (folder / "board.dtb").write_bytes(fdt.build(tree))
    image = build / name / f"oopsmon-{name}.bin"
    flash = folder / "flash.img"
    flash.write_bytes(flash_with(image.read_bytes(), (build / "kernel" / "zImage").read_bytes()))
    return {"bios": None, "bank": False, "kernel": None, "initrd": None, "append": None,
            "machine": board.machine, "cpu": None, "memory": 512, "dtb": folder / "board.dtb",
            "extra": ["-drive", f"if=pflash,format=raw,file={flash}",
                      *qemu.load_at(board.initrd_at, initrd)]}

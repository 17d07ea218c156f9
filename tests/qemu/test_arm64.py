# SPDX-License-Identifier: BSD-2-Clause
"""The 64-bit image under Debian's own arm64 kernel, however it is started: a crash is reported once, as Linux reads it."""
import struct
import zlib

import pytest
import starts
from omlab import boards, fdt, guest, qemu

APPEND = "panic=-1 oopsmon.fetch_seconds=0 oopsmon.report=text"
NO_RAM = 0x70000000  # with 512 MiB
SIZE_AT = 0x10  # image_size in the header of an arm64 Image

#: name -> (board, words for -M, entry, `make test` has it)
CELLS = {
    "reset": ("virt64", "", "reset", True),
    "reset-el2": ("virt64-el2", "", "reset", False),
    "wrapped": ("virt64", "", "linux", False),
    "wrapped-el2": ("virt64-el2", "", "linux", True),
    "wrapped-8g-smp4": ("virt64-8g", "", "linux", False),
}
#: At EL3 the reset shim goes to EL2 or EL1; no PSCI is there, so nothing resets the board by itself.
EL3 = {"el1": "", "el2": ",virtualization=on", "el1-gicv3": ",gic-version=3",
       "el2-gicv3": ",virtualization=on,gic-version=3"}


def wrapped(image, kernel, folder):
    """The monitor's Image with a kernel after it, as one Image (docs/wrapped-kernel.md)."""
    block = b"OMWRAP\0\1" + struct.pack("<5I", 1, len(kernel), zlib.crc32(kernel), 0, 0)
    block += struct.pack("<I", zlib.crc32(block))
    whole = bytearray(image + block + kernel)
    struct.pack_into("<Q", whole, SIZE_AT, len(whole))
    out = folder / "Image.oopsmon"
    out.write_bytes(whole)
    return out


def parts(build, board, entry, folder, kernel="6.1"):
    """What machine() takes."""
    given = build / "kernel64" / kernel
    out = {**boards.parts(board, build, APPEND), "initrd": given / "initrd.gz"}
    if entry == "reset":
        return {**out, "bios": build / "qemu-virt64" / "oopsmon-qemu-virt64.bin", "kernel": given / "vmlinuz"}
    image = (build / "generic64" / "oopsmon-generic64.image").read_bytes()
    return {**out, "bios": None, "bank": False, "kernel": wrapped(image, (given / "vmlinuz").read_bytes(), folder)}


@pytest.mark.parametrize("name", [name if CELLS[name][3] else pytest.param(name, marks=pytest.mark.matrix)
                                  for name in CELLS])
def test_crash_of_a_stock_kernel(machine, build, tmp_path, name):
    board, words, entry, _ = CELLS[name]
    given = parts(build, board, entry, tmp_path)
    one = machine(**{**given, "machine": given["machine"] + words})
    cold = starts.boot(one, starts.COLD, 1, timeout=90)
    assert cold.is_plain and cold.base
    guest.start(one, "panic")
    warm = starts.boot(one, starts.PANIC, 2, timeout=90)
    assert warm.base == cold.base
    assert b"Kernel panic - not syncing: sysrq" in warm.records["dmesg-ramoops-0"]
    starts.compare(warm, guest.pstore(one))
    one.reset()
    again = starts.wait(one, boot=3, timeout=90)
    assert not again.records


@pytest.mark.parametrize("more", [pytest.param(EL3[name], id=name, marks=() if name == "el2" else pytest.mark.matrix)
                                  for name in EL3])
def test_entry_at_el3(machine, build, tmp_path, more):
    """Linux finds GIC and timer set up for it, and starts up to its first process."""
    given = parts(build, "virt64", "reset", tmp_path)
    one = machine(**{**given, "machine": "virt,secure=on" + more})
    assert starts.wait(one, starts.COLD, 1, timeout=90).is_plain
    one.expect(rb"CPU: All CPU\(s\) started at EL" + (b"2" if "virtualization" in more else b"1"), 60)
    guest.ready(one, 90)


@pytest.mark.parametrize("board", ["virt64", pytest.param("virt64-el2", marks=pytest.mark.matrix)])
def test_a_fault_is_survived(machine, build, tmp_path, board):
    """A carve-out where no RAM is: reading it is given up, with the registers, and Linux starts."""
    given = parts(build, board, "linux", tmp_path)
    tree = fdt.parse(qemu.dump_dtb(qemu.command(**given)))
    reserved = tree.root.add("reserved-memory")
    reserved.props.update({"#address-cells": fdt.cells(2), "#size-cells": fdt.cells(2), "ranges": b""})
    node = reserved.add(f"ramoops@{NO_RAM:x}")
    node.props.update({"compatible": fdt.text("ramoops"), "reg": fdt.cells(0, NO_RAM, 0, 0x100000),
                       "record-size": fdt.cells(0x10000), "no-map": b""})
    (tmp_path / "board.dtb").write_bytes(fdt.build(tree))
    one = machine(**{**given, "dtb": tmp_path / "board.dtb"})
    fault = one.expect(rb"E901 data abort while [a-z' ]+: pc ([0-9a-f]+) .* address ([0-9a-f]+) status 9[67]", 90)
    assert NO_RAM <= int(fault.group(2), 16) < NO_RAM + 0x100000
    one.expect(rb"^oopsmon:   x0 [0-9a-f]{8}", 30)
    one.expect(starts.LINUX, 30, unless=rb"E901")

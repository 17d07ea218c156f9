# SPDX-License-Identifier: BSD-2-Clause
"""A wrapped kernel where something is missing or damaged: it is started wherever that can be done."""
import subprocess

import bench_wrapped
import loaders
import pytest
import ram
import starts
from omlab import fdt, gdb, qemu

FILE_AT = 0x42000000  # a multiple of 16 KiB: the image runs there
INITRD_AT = 0x48000000
TAGS_AT = 0x40000100


@pytest.fixture
def stub(tmp_path):
    """A kernel that says with what it was started."""
    path = tmp_path / "kernel"
    path.write_bytes(loaders.assembled("kernel_stub", tmp_path))
    return path


def wrap(build, board, kernel, folder, *options):
    """The bytes of a kernel wrapped with one board's monitor."""
    out = folder / "wrapped"
    subprocess.run([build / "host" / "oopsmon", "wrap", kernel, "-o", out, *options, "--image",
                    build / board / f"oopsmon-{board}.zimage"], check=True)
    return out.read_bytes()


TAGS = bytes.fromhex("05000000 01004154 00000000 00000000 00000000" "00000000 00000000")


@pytest.mark.parametrize("r1, r2", [(0x8e0, TAGS_AT), (0xffffffff, 0), (0, 0x100), (3, 0xdead0000)],
                         ids=["tags", "nothing", "code", "no memory"])
def test_no_tree(warm, build, stub, tmp_path, r1, r2):
    """Started with what we were given. No console is known but the board's own, which this image has."""
    file = wrap(build, "qemu-virt", stub, tmp_path)
    machine = warm([(TAGS_AT, TAGS)], bios=loaders.flash(tmp_path, file, FILE_AT, r2, r1), kernel=None)
    machine.expect("^oopsmon: E410 the wrapped kernel is started as it is, without a carve-out")
    machine.expect(rf"^kernel: 00000000 {r1:08x} {r2:08x}")


def test_no_tree_and_no_console(warm, build, stub, tmp_path):
    """The image for every board has no console without a tree; the kernel starts all the same."""
    file = wrap(build, "generic", stub, tmp_path)
    machine = warm([], bios=loaders.flash(tmp_path, file, FILE_AT, TAGS_AT, 0x8e0), kernel=None)
    machine.expect(rf"^kernel: 00000000 000008e0 {TAGS_AT:08x}")
    assert b"oopsmon" not in machine.log


@pytest.mark.parametrize("board, is_wrapped", [("qemu-virt", True), ("generic", False)],
                         ids=["wrapped with it", "put after the whole file later"])
def test_tree_after_the_kernel(warm, build, zimage, initrd, tmp_path, board, is_wrapped):
    """A loader that knows no trees: the one that follows the kernel is taken."""
    tree = fdt.parse(qemu.dump_dtb(qemu.command()))
    chosen = tree.find("/chosen")
    chosen.props |= {"bootargs": fdt.text(ram.APPEND), "linux,initrd-start": fdt.cells(INITRD_AT),
                     "linux,initrd-end": fdt.cells(INITRD_AT + initrd.stat().st_size)}
    (tmp_path / "tree.dtb").write_bytes(fdt.build(tree))
    if is_wrapped:
        file = wrap(build, board, zimage, tmp_path, "--dtb", tmp_path / "tree.dtb")
    else:
        file = wrap(build, board, zimage, tmp_path) + (tmp_path / "tree.dtb").read_bytes()
    machine = warm([], bios=loaders.flash(tmp_path, file, FILE_AT, 0, 0x8e0), kernel=None,
                   extra=qemu.load_at(INITRD_AT, initrd))
    start = starts.boot(machine, starts.COLD, 1)
    assert start.is_plain and start.base
    assert any("ramoops" in path for path in starts.node(machine))


# What was loaded into the last kernel's carve-out, where; verdict, notices
LOADED_OVER = {
    "the monitor": ("the monitor's own file", 0, ram.DTB, starts.NO_LOG, [307, 903]),
    "the device tree": ("the device tree", None, 0x100000, starts.PANIC, [307]),
}


@pytest.mark.parametrize("row", LOADED_OVER.values(), ids=LOADED_OVER)
def test_loaded_over_the_records(warm, build, capture, tmp_path, row):
    """A loader that knows nothing of the carve-out: what it has overwritten is named."""
    name, file, tree, verdict, notices = row
    crash = capture("panic")
    file = FILE_AT if file is None else crash.base + file
    rows = crash.rows
    if tree != ram.DTB:
        tree += crash.base
        blob = fdt.parse(qemu.dump_dtb(qemu.command()))
        blob.find("/chosen").props["bootargs"] = fdt.text(ram.APPEND)
        rows += [(tree, fdt.build(blob))]
    image = (build / "generic" / "oopsmon-generic.zimage").read_bytes()
    machine = warm(rows, bios=loaders.flash(tmp_path, image, file, tree))
    start = starts.wait(machine, verdict, 2, notices)
    where = file if tree == ram.DTB else tree
    assert (f"E307 {name} was loaded to {where:#x}, into the last kernel's carve-out at {crash.base:#x}"
            in "\n".join(start.lines))


@pytest.mark.parametrize("byte", [0, 7, 12, 24, 31])
def test_damaged_block(warm, build, stub, tmp_path, byte):
    """What describes the kernel is damaged: said, nothing of it is believed, and the console answers."""
    file = bytearray(wrap(build, "qemu-virt", stub, tmp_path))
    at = (build / "qemu-virt" / "oopsmon-qemu-virt.zimage").stat().st_size
    assert file[at:at + 8] == b"OMWRAP\0\1"
    file[at + byte] ^= 0x40
    machine = warm([], bios=loaders.flash(tmp_path, file, FILE_AT, ram.DTB), kernel=None)
    machine.expect("^oopsmon 0.* cold boot" if byte == 0 else
                   r"^oopsmon: E408 what was wrapped cannot be taken out again \((CORRUPT|VARIANT)\)")
    machine.expect("^oopsmon: halted: no kernel was started")


def test_faults_twice(virt, build, stub, tmp_path):
    """Nothing outlives the loader, so a reset would bring the same again: the kernel is started."""
    file = wrap(build, "generic", stub, tmp_path)
    symbols = gdb.image_symbols(build, "generic", FILE_AT)
    machine = virt(bios=loaders.flash(tmp_path, file, FILE_AT, ram.DTB, 0x8e0), kernel=None, stopped=True)
    with machine.debugger() as dbg:
        for step in ("plan_step", "verdict_step"):
            dbg.run_to(symbols[step] & ~1, 60)
            dbg.set_register("pc", 0)
    machine.expect(r"^oopsmon: E901 .* while planning the carve-out: ")
    machine.expect(r"^oopsmon: E901 .* while printing the verdict: ")
    machine.expect(rf"^kernel: 00000000 000008e0 {ram.DTB:08x}")

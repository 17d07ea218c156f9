# SPDX-License-Identifier: BSD-2-Clause
"""One file in place of the kernel on every board: cold boot, crash, warm reset, records, Linux.

tools/omlab/boards.py has what is typed for each board; docs/boards.md names these tests.
"""
import bench_wrapped
import cycles
import pytest
import starts
from omlab import boards


@pytest.mark.parametrize("name", cycles.cells(boards.BOARDS, "virt-hyp", "vexpress-a9", "sabrelite", "orangepi-pc"))
def test_wrapped(machine, build, wrapped, name):
    """In place of the kernel, for whatever starts that."""
    cycles.cycle(machine(**cycles.parts(name, build), kernel=wrapped))


@pytest.mark.parametrize("name", cycles.cells(cycles.FROM_FLASH, "vexpress-a9"))
def test_from_flash(machine, build, tmp_path, name):
    """At the reset vector, with the kernel after the monitor in the same flash."""
    cycles.cycle(machine(**cycles.flash_parts(name, build, tmp_path)))


def test_tags(machine, build, tmp_path):
    """A loader that knows tags only, and a tree after the kernel: RAM, command line and initrd are the tags'."""
    parts = cycles.parts("vexpress-a9", build)
    path = bench_wrapped.wrap(build, tmp_path, "--dtb", parts.pop("dtb"))
    cycles.cycle(machine(**parts, kernel=path))


# Debian's kernel and trees; True: its reset driver is a module, so somebody presses the button
STOCK = {"virt": False, "vexpress-a9": False, "vexpress-a15": False, "sabrelite": True, "mcimx6ul-evk": False,
         "mcimx7d-sabre": False, "midway": False, "highbank": False}


@pytest.mark.parametrize("name", cycles.cells(STOCK, "virt"))
def test_stock_kernel(machine, build, tmp_path, name):
    """Debian's own armmp kernel, which has no pstore: it crashes, and its log is found in RAM."""
    path = bench_wrapped.wrap(build, tmp_path, kernel=build / "dtbs" / "armmp" / "vmlinuz")
    one = machine(bios=None, kernel=path, initrd=None, **boards.parts(name, build, "panic=-1 oopsmon.report=text", "dtbs/armmp"))
    assert starts.wait(one, starts.COLD, 1).is_plain
    one.expect(r"Linux version 6\.1\.0-\d+-armmp")
    one.expect("Kernel panic - not syncing: VFS: Unable to mount root fs", 60)
    if STOCK[name]:
        one.expect("Reboot failed -- System halted")
        one.reset()
    start = starts.wait(one, starts.PANIC, 2, timeout=60)
    assert start.base and list(start.records) == ["kmsg-ram-0"]
    assert b"Kernel panic - not syncing: VFS: Unable to mount root fs" in start.records["kmsg-ram-0"]


@pytest.mark.matrix
@pytest.mark.parametrize("series", ("5.10", "6.12"))
@pytest.mark.parametrize("is_wrapped", (True, False), ids=("wrapped", "reset"))
def test_other_kernels(machine, build, image, tmp_path, series, is_wrapped):
    """An older and a newer Linux."""
    parts = cycles.parts("virt", build)
    zimage = build / "corpus" / "kernels" / series / "zImage"
    if is_wrapped:
        parts["kernel"] = bench_wrapped.wrap(build, tmp_path, kernel=zimage)
    else:
        parts |= {"kernel": zimage, "bios": image, "bank": None}
    cycles.cycle(machine(**parts))

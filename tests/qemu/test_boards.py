# SPDX-License-Identifier: BSD-2-Clause
"""One file in place of the kernel on every board: cold boot, crash, warm reset, records, Linux.

tools/omlab/boards.py has what is typed for each board; docs/boards.md names these tests.
"""
import bench_wrapped
import cycles
import pytest
import starts
from omlab.boards import BOARDS


@pytest.mark.parametrize("name", cycles.cells(BOARDS, "virt-hyp", "vexpress-a9", "sabrelite", "orangepi-pc"))
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


def test_stock_kernel(machine, build, tmp_path):
    """Debian's own armmp kernel, which has no pstore: it starts, crashes, and the monitor is back."""
    path = bench_wrapped.wrap(build, tmp_path, kernel=build / "dtbs" / "armmp" / "vmlinuz")
    one = machine(bios=None, kernel=path, append="console=ttyAMA0 panic=-1", initrd=None)
    assert starts.wait(one, starts.COLD, 1).is_plain
    one.expect(r"Linux version 6\.1\.0-\d+-armmp")
    one.expect("Kernel panic - not syncing: VFS: Unable to mount root fs", 60)
    start = starts.wait(one, starts.NO_LOG, 2, timeout=60)
    assert start.is_plain and start.base

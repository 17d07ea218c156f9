# SPDX-License-Identifier: BSD-2-Clause
"""What a real Linux makes of trees that `oopsmon plan` wrote: no monitor runs here.

Every form a tree can come in gives a kernel that starts its ramoops where the plan says, keeps
its hands off it, loses no other RAM, and has no complaints about reserved memory.
"""
import os
import pathlib
import re
import subprocess

import pytest

from omlab import fdt, qemu

MIB = 1 << 20
BASE = 0x50000000
SIZES = {"record-size": fdt.cells(0x10000), "console-size": fdt.cells(0x20000)}

#: What a kernel says when something is wrong with reserved memory or ramoops.
COMPLAINTS = re.compile(
    rb"failed to (?:reserve|allocate|locate)|OVERLAP|invalid reg|unsupported node format"
    rb"|Ignoring RAM|must be non-zero|not enough memory|ramoops: probe.*failed|> INT_MAX")


def reserved(tree, cells=2, **more):
    props = {"#address-cells": fdt.cells(cells), "#size-cells": fdt.cells(cells), "ranges": b""}
    return tree.root.add("reserved-memory", {**props, **more})


def reg(*pairs):
    return b"".join(fdt.cells(0, base, 0, size) for base, size in pairs)


def ramoops(parent, base=BASE, size=MIB, **more):
    props = {"compatible": fdt.text("ramoops"), "reg": reg((base, size)), **SIZES}
    for name, value in more.items():
        props[name.replace("_", "-")] = value
    return parent.add(f"ramoops@{base:x}", props)


def plain(tree):
    """Nothing reserved."""


def good(tree):
    ramoops(reserved(tree), no_map=b"")


def android(tree):
    ramoops(reserved(tree), record_size=fdt.cells(0, 0x10000), console_size=fdt.cells(0, 0x20000),
            ftrace_size=fdt.cells(0, 0x10000))


def without_ranges(tree):
    node = reserved(tree)
    del node.props["ranges"]
    ramoops(node, no_map=b"")


def other_cells(tree):
    node = reserved(tree, 1)
    node.add("firmware@5ff00000", {"reg": fdt.cells(0x5ff00000, 0x10000)})


def at_root(tree):
    ramoops(tree.root)


def at_root_reserved(tree):
    tree.reserve.append((BASE, MIB))
    ramoops(tree.root)


def chromebook(tree):
    node = ramoops(tree.root, record_size=fdt.cells(0x20000))
    del node.props["console-size"]


def memory_region(tree):
    reserved(tree).add(f"log@{BASE:x}", {"reg": reg((BASE, MIB)), "phandle": fdt.cells(0x7777),
                                         "no-map": b""})
    tree.root.add("ramoops", {"compatible": fdt.text("ramoops"), **SIZES,
                              "memory-region": fdt.cells(0x7777)})


def odd_neighbour(tree):
    """With a no-map region at the end of RAM, this one page would cost the kernel 256 MiB."""
    reserved(tree).add(f"firmware@{BASE:x}", {"reg": reg((BASE, 4096)), "no-map": b""})


def dynamic(tree):
    """Takes the top of RAM, all of its window."""
    reserved(tree).add("pool", {"size": fdt.cells(0, 32 * MIB),
                                "alloc-ranges": reg((0x5e000000, 32 * MIB))})


#: change of QEMU's tree, options of the plan, RAM (MiB), region's place, its size
ROWS = {
    "nothing reserved": (plain, [], 512, 0x5fc00000, 2 * MIB),
    "32 MiB": (plain, [], 32, 0x41c00000, 2 * MIB),
    "asked for": (plain, ["--region", "256K@0x51010000"], 512, 0x51010000, 256 << 10),
    "a good node": (good, [], 512, BASE, MIB),
    "a moved node": (good, ["--claim", f"{BASE:#x},4K"], 512, 0x5fc00000, MIB),
    "Android's sizes": (android, [], 512, BASE, MIB),
    "no ranges": (without_ranges, [], 512, BASE, MIB),
    "other cell counts": (other_cells, [], 512, 0x5fc00000, 2 * MIB),
    "at the root": (at_root, [], 512, BASE, MIB),
    "at the root, reserved": (at_root_reserved, [], 512, BASE, MIB),
    "an old Chromebook": (chromebook, [], 512, BASE, MIB),
    "memory-region": (memory_region, [], 512, BASE, MIB),
    "an odd neighbour": (odd_neighbour, [], 512, 0x5fc00000, 2 * MIB),
    "a dynamic region": (dynamic, [], 512, 0x5de00000, 2 * MIB),
}


def ram_kib(log):
    return int(re.search(rb"Memory: \d+K/(\d+)K available", log)[1])


@pytest.mark.parametrize("row", ROWS)
def test_linux(row, build, machine, tmp_path):
    change, options, mib, base, size = ROWS[row]
    tree = fdt.parse(qemu.dump_dtb(qemu.command(memory=mib)))
    change(tree)
    (tmp_path / "before.dtb").write_bytes(fdt.build(tree))
    done = subprocess.run([build / "host" / "oopsmon", "plan", tmp_path / "before.dtb", "-o",
                           tmp_path / "after.dtb", *options], stdout=subprocess.PIPE, timeout=60)
    assert done.returncode in (0, 1)
    assert f"region    {base:#010x}-{base + size - 1:#010x}".encode() in done.stdout

    linux = machine(bios=None, dtb=tmp_path / "after.dtb", memory=mib)
    linux.expect("@@READY", 30)
    using = re.search(rb"ramoops: using 0x([0-9a-f]+)@0x([0-9a-f]+)", linux.log)
    assert using, "no ramoops"
    assert (int(using[2], 16), int(using[1], 16)) == (base, size)
    complaint = COMPLAINTS.search(linux.log)
    if row == "other cell counts":  # that is why it went elsewhere
        assert complaint[0] == b"unsupported node format"
    else:
        assert not complaint, complaint[0]
    assert ram_kib(linux.log) == mib << 10

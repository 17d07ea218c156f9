# SPDX-License-Identifier: BSD-2-Clause
"""What Linux makes of the flash's partitions, as firmware/core/place/partition.h has it: no monitor.

Rows are the forms a tree can have, written by hand, and what partition_edits() makes of the rows
of its unit test. Linux must show mtd "oopsmon", with the bytes of the image file.
"""
import os
import random
import re
import subprocess

import pytest
from omlab import fdt, guest, qemu, treecheck

C = fdt.cells
MIB = 1 << 20
BANK = 64 * MIB  # QEMU's virt has two
SIZE = 1 * MIB
BLOCK = 0x40000  # 2 chips of 128 KiB blocks side by side
FIXED = {"compatible": fdt.text("fixed-partitions")}
ONE = {"#address-cells": C(1), "#size-cells": C(1)}
OURS = {"label": fdt.text("oopsmon")}


def new_table(flash, offset):
    table = flash.add("partitions", {**FIXED, **ONE})
    table.add(f"partition@{offset:x}", {**OURS, "reg": C(offset, SIZE)})


def a_table(flash, offset):
    table = flash.add("partitions", {**FIXED, **ONE})
    table.add("boot@0", {"label": fdt.text("boot"), "reg": C(0, MIB)})
    table.add(f"partition@{offset:x}", {**OURS, "reg": C(offset, SIZE)})


def parents_cells(flash, offset):
    """A table without cell counts has those of the root, 2 and 2."""
    table = flash.add("partitions", FIXED)
    table.add("boot@0", {"label": fdt.text("boot"), "reg": C(0, 0, 0, MIB)})
    table.add(f"partition@{offset:x}", {**OURS, "reg": C(0, offset, 0, SIZE)})


def old_form(flash, offset):
    """Children of the flash itself; one with a compatible is no partition."""
    flash.props.update(ONE)
    flash.add("other@0", {"compatible": fdt.text("other"), "reg": C(0, MIB)})
    flash.add("boot@0", {"reg": C(0, MIB)})
    flash.add(f"partition@{offset:x}", {**OURS, "reg": C(offset, SIZE)})


def named(flash, offset):
    table = flash.add("partitions", {**FIXED, **ONE})
    table.add(f"oopsmon@{offset:x}", {"reg": C(offset, SIZE)})


def both_forms(flash, offset):
    """Beside a table the flash's own children count for nothing."""
    new_table(flash, offset)
    flash.props.update(ONE)
    flash.add("boot@0", {"reg": C(0, MIB)})


#: change of QEMU's tree, offset in the device, names Linux lists
ROWS = {
    "a new table": (new_table, 2 * BANK - SIZE, ["oopsmon"]),
    "in the first bank": (new_table, 2 * MIB, ["oopsmon"]),
    "first of the second bank": (a_table, BANK, ["boot", "oopsmon"]),
    "cells of the parents": (parents_cells, BANK + MIB, ["boot", "oopsmon"]),
    "the old form": (old_form, 2 * BANK - SIZE, ["boot", "oopsmon"]),
    "both forms": (both_forms, 2 * BANK - SIZE, ["oopsmon"]),
    "named, not labelled": (named, 2 * BANK - SIZE, ["oopsmon"]),
}

#: trees from which Linux takes no partition: the flash as a whole is listed
NONE = {
    "nothing": lambda flash: None,
    "a table of another kind": lambda flash: flash.add(
        "partitions", ONE).add("boot@0", {"reg": C(0, MIB)}),
    "one reg too long": lambda flash: flash.add("partitions", {**FIXED, **ONE}).nodes.extend([
        fdt.Node("partition@100000", {**OURS, "reg": C(MIB, SIZE)}),
        fdt.Node("boot@0", {"reg": C(0, MIB, 0)})]),
}


@pytest.fixture
def linux(machine, tmp_path):
    """linux(change, bytes): a Linux on that tree, with these as its second bank."""
    def start(change, bank):
        image = tmp_path / "flash.img"
        image.write_bytes(bank)
        extra = ["-drive", f"if=pflash,index=1,format=raw,file={image}"]
        tree = fdt.parse(qemu.dump_dtb(qemu.command(extra=extra)))
        change(tree.find("/flash"))
        (tmp_path / "tree.dtb").write_bytes(fdt.build(tree))
        one = machine(bios=None, dtb=tmp_path / "tree.dtb", extra=extra)
        guest.ready(one)
        return one
    return start


def listed(machine):
    """/proc/mtd: [(name, size, erase size)]."""
    rows = re.findall(rb'^mtd\d+: (\w+) (\w+) "(.*)"$', guest.step(machine, "sh cat /proc/mtd"),
                      re.MULTILINE)
    return [(name.decode(), int(size, 16), int(block, 16)) for size, block, name in rows]


@pytest.mark.parametrize("row", ROWS)
def test_partition(row, linux):
    change, offset, names = ROWS[row]
    random.seed(row)
    # its first and last bytes differ from what is around it
    bank = bytearray(b"\xff" * BANK)
    if offset >= BANK:
        at = offset - BANK
        bank[at:at + SIZE] = random.randbytes(4096) + b"\xff" * (SIZE - 8192) + \
            random.randbytes(4096)
    one = linux(lambda flash: change(flash, offset), bank)
    assert listed(one) == [(name, SIZE, BLOCK) for name in names]
    data = guest.mtd(one, "oopsmon")
    # QEMU's first bank has no file: it reads as zeros
    assert data == (bank[offset - BANK:][:SIZE] if offset >= BANK else bytes(SIZE))


@pytest.mark.parametrize("row", NONE)
def test_no_partition(row, linux):
    """Both banks are one device then, the second after the first."""
    one = linux(NONE[row], random.Random(row).randbytes(4096) + bytes(BANK - 4096))
    ((_, size, block),) = listed(one)
    assert (size, block) == (2 * BANK, BLOCK)
    first = guest.step(one, f"sh dd if=/dev/mtd0 bs=4096 skip={BANK // 4096} count=1 "
                            "2>/dev/null | md5sum")
    second = guest.step(one, "sh dd if=/dev/mtd0 bs=4096 count=1 2>/dev/null | md5sum")
    assert first != second


def test_read_only(linux):
    """Linux then has no way to write; the partition is listed all the same."""
    def change(flash):
        new_table(flash, BANK)
        flash.find("/partitions/partition").props["read-only"] = b""

    one = linux(change, bytes(BANK))
    assert [name for name, *_ in listed(one)] == ["oopsmon"]
    flags = int(guest.step(one, "sh cat /sys/class/mtd/mtd0/flags").split()[0], 16)
    assert not flags & 0x400  # MTD_WRITEABLE (include/uapi/mtd/mtd-abi.h)


@pytest.fixture(scope="session")
def planned(build, tmp_path_factory):
    """Folder with ROW-before.dtb and ROW-after.dtb of tests/unit/partition_test.c."""
    folder = tmp_path_factory.mktemp("planned")
    done = subprocess.run([build / "unit" / "partition_test"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=60,
                          env={**os.environ, "OOPSMON_ROWS": str(folder)})
    assert done.returncode == 0
    return folder


#: rows of the unit test, one for each way to edit; offset, names Linux lists with their sizes
PLANNED = {
    "nothing said": (127 * MIB, [("oopsmon", MIB)]),
    "beside others": (127 * MIB, [("partition", MIB), ("partition", 63 * MIB),
                                  ("oopsmon", MIB)]),
    "a table of two cells": (127 * MIB, [("a", 0x1000), ("oopsmon", MIB)]),
    "a table without cells has its parents'": (127 * MIB, [("a", 0x1000), ("oopsmon", MIB)]),
    "of one too long the first cell counts": (127 * MIB, [("a", 1), ("oopsmon", MIB)]),
    "the old form": (127 * MIB, [("partition", MIB), ("oopsmon", MIB)]),
    "children of another purpose": (127 * MIB, [("oopsmon", MIB)]),
    "as large as the node, elsewhere": (4 * MIB, [("oopsmon", MIB // 2)]),
}


@pytest.mark.parametrize("row", PLANNED)
def test_planned(row, linux, planned):
    offset, parts = PLANNED[row]
    node = fdt.parse((planned / f"{row}-after.dtb").read_bytes()).find("/flash")

    def change(flash):
        flash.props, flash.nodes = node.props, node.nodes

    one = linux(change, bytes(BANK))
    assert [(name, size) for name, size, _ in listed(one)] == parts
    at = guest.step(one, "sh grep -l oopsmon /sys/class/mtd/mtd?/name").split()[0].decode()
    assert int(guest.step(one, f"sh cat {at.replace('name', 'offset')}")) == offset


def warnings(tree):
    """The kinds of dtc's warnings: a new partition may share those of its neighbours."""
    return set(re.findall(r"Warning \((\w+)\)", "\n".join(treecheck.warnings(tree))))


def test_dtc_has_no_new_complaints(planned):
    rows = sorted(planned.glob("*-before.dtb"))
    assert len(rows) > 20
    for before in rows:
        after = before.with_name(before.name.replace("-before", "-after"))
        # a row about two nodes with one unit address
        known = {"unique_unit_address"} if before.name.startswith("a namesake") else set()
        assert warnings(after) <= warnings(before) | known, before.name


#: dt-validate 2022.08 gives up on a cell count of two bytes, whatever is beside it
NOT_FOR_DT_VALIDATE = "a cell count too short counts for nothing"


def test_dt_validate_has_no_new_complaints(planned, schema):
    """By the kernel's own schemas, mtd-physmap.yaml and those of partitions."""
    rows = [row for row in sorted(planned.glob("*-before.dtb"))
            if not row.name.startswith(NOT_FOR_DT_VALIDATE)]
    assert len(rows) > 20
    afters = [row.with_name(row.name.replace("-before", "-after")) for row in rows]
    found = treecheck.complaints(schema, "mtd/", *rows, *afters)
    for before, after in zip(rows, afters):
        assert found[after] <= found[before], before.name
    assert not found[planned / "nothing said-after.dtb"]


def without(name):
    return lambda node: node.props.pop(name)


def with_value(name, value):
    return lambda node: node.props.update({name: value})


#: what is done to /flash/partitions or to the partition in it; who sees it, and a word of that
WRONG = {
    "no #address-cells": (without("#address-cells"), None, "dt-validate", "#address-cells"),
    "no #size-cells": (without("#size-cells"), None, "dt-validate", "#size-cells"),
    "reg of 3 cells": (None, with_value("reg", C(MIB, SIZE, 0)), "dt-validate", "too long"),
    "reg of 4 cells": (None, with_value("reg", C(0, MIB, 0, SIZE)), "dt-validate", "too long"),
    "reg of 1 cell": (None, with_value("reg", C(MIB)), "dtc", "reg_format"),
    "no reg": (None, without("reg"), "dtc", "unit_address_vs_reg"),
    "read-only with a value": (None, with_value("read-only", C(1)), "dt-validate", "read-only"),
    "a label that is no text": (None, with_value("label", C(1)), "dtc", "label"),
}


@pytest.mark.parametrize("row", WRONG)
def test_others_see(row, planned, schema, tmp_path):
    """The checks above can fail: what would be wrong with our node is reported."""
    in_table, in_part, who, word = WRONG[row]
    tree = fdt.parse((planned / "nothing said-after.dtb").read_bytes())
    table = tree.find("/flash/partitions")
    if in_table:
        in_table(table)
    else:
        in_part(table.nodes[0])
    path = tmp_path / "wrong.dtb"
    path.write_bytes(fdt.build(tree))
    said = treecheck.warnings(path) if who == "dtc" else \
        treecheck.complaints(schema, "mtd/", path)[path]
    assert any(word in line for line in said), said

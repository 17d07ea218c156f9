#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Bytes per module of an image, from the linker's map; and the image's budget.

    image_size.py build/BOARD/oopsmon-BOARD.map
    image_size.py --max 65536 MAP                   says nothing unless the image is too large

The budget counts code, constants and data. Beside them the file has the relocations, and up to
4 KiB of padding between code and constants.
"""
import argparse
import collections
import os
import re
import sys

KINDS = ("text", "rodata", "data", "bss")
# Input section names by the kind of memory they take; what is not listed (debug
# information, comments, attributes) is not part of the image.
PREFIXES = (("text", (".text", ".ramtext", ".vectors", ".init", ".fini", ".glue", ".start", ".head")),
            ("rodata", (".rodata", ".ARM.ex")),
            ("data", (".data", ".got")),
            ("bss", (".bss", "COMMON", ".stack", ".noinit", ".scratch")))
START = "Linker script and memory map"
# Output sections that the budget counts.
COUNTED = re.compile(r"^\.(?:text|rodata|data)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)")
# " .text.name  0xaddress  0xsize  object", the name may stand on a line of its own
INPUT = re.compile(r"^ (\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
INPUT_NAME = re.compile(r"^ ([.\w]\S*)$")
INPUT_REST = re.compile(r"^\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
FILL = re.compile(r"^ \*fill\*\s+0x[0-9a-f]+\s+0x([0-9a-f]+)")
OUTPUT = re.compile(r"^([.\w]\S*)(?:\s+0x[0-9a-f]+\s+0x[0-9a-f]+.*)?$")
ARCHIVE = re.compile(r"^(.*/)?(?:lib)?([^/]+)\.a\((.+)\)$")
ARCHIVE_MODULES = {"core": "core/{}", "fdt": "libfdt", "zlib": "zlib", "c": "newlib",
                   "c_nano": "newlib", "nosys": "newlib", "gcc": "libgcc"}


def kind_of(section):
    """text, rodata, data, bss or None for a section name."""
    for kind, prefixes in PREFIXES:
        if section.startswith(prefixes):
            return kind
    return None


def module_of(obj, build):
    """The name under which an object file is counted; ours are in folders of the build folder."""
    found = ARCHIVE.match(obj)
    if found:
        member = found.group(3).rsplit(".", 1)[0]
        return ARCHIVE_MODULES.get(found.group(2), found.group(2)).format(member)
    _, ours, inside = ("/" + obj).partition(f"/{build}/")
    inside = inside.partition("/")[2]
    return (inside if ours else "toolchain/" + os.path.basename(obj)).rsplit(".", 1)[0]


def read_map(lines, build):
    """Map file -> {module: {kind: bytes}}; padding is a module of its own."""
    sizes = collections.defaultdict(lambda: dict.fromkeys(KINDS, 0))
    started, name, output = False, None, ""
    for line in lines:
        line = line.rstrip("\n")
        if not started:
            started = line.startswith(START)
            continue
        fill, found = FILL.match(line), INPUT.match(line)
        if fill:
            kind, size, module = kind_of(output), int(fill.group(1), 16), "(padding)"
        elif found or (name and INPUT_REST.match(line)):
            section = found.group(1) if found else name
            size, obj = (found or INPUT_REST.match(line)).groups()[-2:]
            kind, size, module = kind_of(section), int(size, 16), module_of(obj, build)
        else:
            alone = INPUT_NAME.match(line)
            name = alone.group(1) if alone else None
            if OUTPUT.match(line):
                output = OUTPUT.match(line).group(1)
            continue
        name = None
        if kind and size:
            sizes[module][kind] += size
    return sizes


def counted(lines):
    """Bytes of the image that the budget counts: duplicate strings, for one, are gone in these."""
    return sum(int(match.group(1), 16) for match in map(COUNTED.match, lines) if match)


def total(row):
    """Bytes of a row that stand in the image file."""
    return sum(row[k] for k in KINDS if k != "bss")


def group_of(module):
    return module.split("/")[0]


def print_table(sizes, out):
    """One line per module, groups together, the largest group first."""
    groups = collections.defaultdict(list)
    for module in sizes:
        groups[group_of(module)].append(module)
    weight = {g: sum(total(sizes[m]) for m in ms) for g, ms in groups.items()}
    line = "{:<24}" + "{:>9}" * (len(KINDS) + 1)
    print(line.format("module", *KINDS, "in image"), file=out)
    for group in sorted(groups, key=lambda g: (-weight[g], g)):
        modules = sorted(groups[group], key=lambda m: (-total(sizes[m]), m))
        for module in modules:
            row = sizes[module]
            print(line.format(module, *(row[k] for k in KINDS), total(row)), file=out)
        if len(modules) > 1:
            rows = [sizes[m] for m in modules]
            print(line.format(f"  {group} together", *(sum(r[k] for r in rows) for k in KINDS),
                              weight[group]), file=out)
    rows = list(sizes.values())
    print(line.format("total", *(sum(r[k] for r in rows) for k in KINDS),
                      sum(weight.values())), file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--max", type=lambda text: int(text, 0), help="budget in bytes")
    parser.add_argument("map")
    args = parser.parse_args()
    folder = os.path.dirname(os.path.abspath(args.map))
    board, build = os.path.basename(folder), os.path.basename(os.path.dirname(folder))
    with open(args.map, encoding="utf-8", errors="replace") as file:
        lines = file.readlines()
    size, sizes = counted(lines), read_map(lines, build)
    if args.max is not None and size <= args.max:
        return 0
    if args.max is None:
        print_table(sizes, sys.stdout)
        print(f"code, constants and data: {size} bytes")
        image = os.path.splitext(args.map)[0] + ".bin"
        if os.path.exists(image):
            print(f"{os.path.basename(image)}: {os.path.getsize(image)} bytes")
        return 0
    print_table(sizes, sys.stderr)
    print(f"oopsmon: the image of {board} has {size} bytes, {size - args.max} more than its "
          f"budget of {args.max} (board/{board}/board.mk)", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

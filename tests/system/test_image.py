# SPDX-License-Identifier: BSD-2-Clause
"""The image as a file: it runs anywhere, and all of its memory is its own."""
import re
import subprocess

from omlab import gdb

RETAINED_STEP, PAGE = 2 << 20, 4096


def readelf(elf, *options):
    return subprocess.run(["arm-none-eabi-readelf", "-W", *options, elf], check=True,
                          capture_output=True, text=True).stdout


def test_relocations_are_of_the_kind_that_is_applied(elf):
    """start.S adds the image's place to a word, and looks at no kind."""
    names = gdb.symbols(elf)
    rows = re.findall(r"^([0-9a-f]{8})  ([0-9a-f]{8}) (\S+)", readelf(elf, "-r"), re.M)
    assert len(rows) > 200 and {row[1] for row in rows} == {"00000017"}, rows[:3]  # R_ARM_RELATIVE
    assert len(rows) * 8 == names["__rel_end"] - names["__rel_start"]
    places = [int(row[0], 16) for row in rows]
    assert all(names["__rodata_start"] <= at < names["__rel_start"] for at in places)
    assert all(at % 4 == 0 for at in places)


def test_memory_is_within_the_image(elf):
    """No part of memory is without a place between first and last byte, and no more is claimed."""
    names = gdb.symbols(elf)
    assert names["_start"] == names["__image_start"] == 0
    parts = ["text", "rodata", "rel", "mmu", "bss", "guard", "stack"]
    edges = [(names[f"__{part}_start"], names[f"__{part}_end"]) for part in parts]
    edges[1] = (edges[1][0], names["__rel_start"])  # relocations are among the constants
    assert all(a[1] <= b[0] for a, b in zip(edges, edges[1:])), edges
    assert edges[-1][1] <= names["__image_end"]
    loads = re.findall(r"LOAD +0x\w+ 0x(\w+) 0x\w+ 0x\w+ 0x(\w+)", readelf(elf, "-l"))
    assert len(loads) == 3
    assert max(int(at, 16) + int(size, 16) for at, size in loads) <= names["__file_end"]


def test_window_covers_no_retained_page(elf, build):
    """They are right below and above multiples of 2 MiB; and a device tree is below."""
    window = gdb.symbols(build / "qemu-virt" / "reset.elf")["window_pa"]
    end = window + gdb.symbols(elf)["__file_end"]
    assert window % 16384 == 0 and window % RETAINED_STEP >= PAGE
    assert end <= window - window % RETAINED_STEP + RETAINED_STEP - PAGE


# Operations on caches, as objdump shows them: set and way; invalidation by address without cleaning.
SET_AND_WAY = re.compile(r"mcr\s+15, 0, \w+, cr7, cr(?:6|10|14), \{2\}")
INVALIDATE = re.compile(r"mcr\s+15, 0, \w+, cr7, cr6, \{1\}")
SET_ACTLR = re.compile(r"mcr(?:eq)?\s+15, 0, \w+, cr1, cr0, \{1\}")


def listing_of(path):
    return subprocess.run(["arm-none-eabi-objdump", "-d", path], check=True, capture_output=True,
                          text=True).stdout


def listing(path):
    out = listing_of(path)
    assert out.count("\n") > 50
    return out


def test_cache_operations(elf, build):
    """What docs/real-silicon.md says of them: set and way at reset only, and no loss of dirty lines."""
    shims = {name: listing(build / "qemu-virt" / name) for name in ("reset.elf", "called.o")}
    image = listing(elf)
    assert SET_AND_WAY.search(shims["reset.elf"]) and SET_ACTLR.search(shims["reset.elf"])
    for text in (image, shims["called.o"]):
        assert not SET_AND_WAY.search(text) and not INVALIDATE.search(text)
        assert not SET_ACTLR.search(text)
    assert not INVALIDATE.search(shims["reset.elf"])


# What a CPU with plain ARMv7-A may lack: division, floating point and NEON, the other worlds, the timer.
BEYOND = re.compile(r"\t([us]div|v\w+|hvc|smc|eret|mrrc|mcrr)(?:eq|ne|cs|cc|hs|lo)?\b(?:\.\w+)?\t?([^;@\n]*)")
#: In arch/ each of these comes after a look at an ID register, or after somebody's word that it exists.
IN_ARCH = {"start.o": {"eret", "mcrr"}, "leave.o": {"hvc"}, "calls.o": {"hvc", "smc"}, "time.o": {"mrrc"}}


def test_instructions_are_plain_armv7(build):
    """Compiled code runs on every ARMv7-A core; the few others are in arch/."""
    seen = 0
    for path in sorted((build / "arm").rglob("*.o")):
        if path.name in ("reset.o", "called.o"):  # they hold the image as data
            continue
        found = {match[0] for match in BEYOND.findall(listing_of(path))}
        allowed = IN_ARCH.get(path.name, set()) if path.parent.name == "arm" else set()
        assert found == allowed, f"{path}: {found}"
        seen += 1
    assert seen > 100


def test_compiled_for_plain_armv7(build):
    """The compiler was told so: no division, no floating point, and no unaligned words for the trees' bytes."""
    for name in ("core/tree/dt.o", "app/main.o", "zlib/inflate.o", "drivers/cfi_flash.o"):
        said = readelf(build / "arm" / name, "-A")
        assert "Tag_CPU_arch: v7" in said and "Tag_CPU_arch_profile: Application" in said
        assert not re.search(r"Tag_(DIV_use|FP_arch|Advanced_SIMD_arch|Virtualization_use)", said), said

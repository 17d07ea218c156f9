#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a wrapped kernel's start costs, in instructions that repeat on every machine.

    bench_wrapped.py --build build            print the table
    bench_wrapped.py --build build --write    and put it into docs/benchmarks.md

From the file's first instruction to the kernel's, on QEMU's virt machine (-icount shift=0), with
nothing to report. The check of the kernel is a row of its own: it depends on the kernel's size.
"""
import argparse
import pathlib
import struct
import subprocess
import sys

import bench
from omlab import gdb
from omlab.qemu import ICOUNT, Machine, command

INSTRUCTIONS_MAX = 3_000_000  # without the check
CHECK_MAX = 2.0  # instructions for a byte
FILE_AT = 0x40010000  # where QEMU's -kernel puts a file


def wrap(build, folder, *options, kernel=None):
    """A kernel, the guest's if None, wrapped for any board."""
    out = folder / ("wrapped" + "".join(o for o in options if str(o).startswith("-")))
    subprocess.run([build / "host" / "oopsmon", "wrap", *options, "-o", out, "--image",
                    build / "generic" / "oopsmon-generic.zimage", kernel or build / "kernel" / "zImage"],
                   check=True)
    return out


def cost(build, folder, *options):
    """(instructions, UART bytes, bytes of the kernel) of a cold boot."""
    path = wrap(build, folder, *options)
    symbols = gdb.image_symbols(build, "generic", FILE_AT)
    payload = path.stat().st_size - struct.unpack_from("<I", path.read_bytes(), 0x40)[0] - 32
    words = command(kernel=path, initrd=build / "guest" / "initrd.gz",
                    append="console=ttyAMA0 panic=-1", machine="virt,dtb-randomness=off", extra=ICOUNT)
    with Machine(words, stopped=True) as machine, machine.debugger() as dbg:
        dbg.run_to(FILE_AT, 120)
        first = machine.instructions()
        dbg.run_to(symbols["leave"] & ~1, 120)
        dbg.run_to(dbg.registers()["r1"], 120)
        machine.quiet_for(0.05)
        return machine.instructions() - first, len(machine.log), payload


def measure(build):
    """(instructions without the check, UART bytes, instructions of the check for a byte, kernel's bytes)"""
    folder = build / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    plain, sent, size = cost(build, folder, "--no-check")
    checked, _, _ = cost(build, folder)
    return plain, sent, (checked - plain) / size, size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    options = parser.parse_args()
    plain, sent, check, size = measure(options.build)
    text = bench.table(("a wrapped kernel, cold boot", "measured", "limit"), [
        ("instructions from the file's first to the kernel's", f"{plain:,}", f"{INSTRUCTIONS_MAX:,}"),
        ("bytes on the UART", f"{sent}", "one line"),
        (f"check of the kernel's {size:,} bytes, instructions for a byte", f"{check:.2f}", f"{CHECK_MAX}"),
    ]) + "\n"
    print(text)
    if options.write:
        bench.write(text, "make bench: wrapped")
    return 1 if plain > INSTRUCTIONS_MAX or check > CHECK_MAX else 0


if __name__ == "__main__":
    sys.exit(main())

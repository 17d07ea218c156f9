#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The figures of docs/benchmarks.md, in counts that repeat on every machine.

    bench.py --build build            print the tables
    bench.py --build build --write    and put them into docs/benchmarks.md

Instructions are QEMU's own count (-icount shift=0), from reset to the kernel's first
instruction; bytes are what the guest sent over its UART in that time. bench_decode.py
counts what decoding costs on the host.
"""
import argparse
import pathlib
import subprocess
import sys

from omlab import gdb, guest, initrd
from omlab.qemu import ICOUNT, Machine, command

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "benchmarks.md"
INITRD_BYTES = 1_000_000  # the budget speaks of 1 MB
INSTRUCTIONS_MAX = 1_000_000  # of a cold boot
CLEAN_INSTRUCTIONS_MAX = 1_500_000  # of one after a clean reboot
PANIC_INSTRUCTIONS_MAX = 8_000_000  # of one after a panic, archive and report included
# Where one part of the work ends and the next begins: functions of the image, in their order.
PARTS = (("app_main", "reset, data, page tables"),
         ("devices_bind", "device tree: check"),
         ("plan_step", "device tree: drivers, command line"),
         ("page_read_step", "carve-out plan"),
         ("crash_read_step", "retained page: look for it"),
         ("verdict_print", "records: read and judge"),
         ("page_write_step", "report (one line, or all of it)"),
         ("payload_step", "retained page: write"),
         ("leave", "kernel, initrd, device tree edits"),
         ("(kernel)", "caches, hand-over"))


class Boot:
    """One run from reset to the kernel: [(part, instructions, UART bytes)]."""

    def __init__(self, machine, dbg, symbols):
        self.parts = []
        last = (machine.instructions(), self.sent(machine))
        for symbol, name in PARTS:
            dbg.run_to(symbols[symbol] & ~1 if symbol in symbols else self.kernel, 120)
            now = (machine.instructions(), self.sent(machine))
            self.parts.append((name, now[0] - last[0], now[1] - last[1]))
            last = now
            if symbol == "leave":
                self.kernel = dbg.registers()["r1"]

    @staticmethod
    def sent(machine):
        """Bytes sent so far: the debugger stops the CPU, the line is read by a thread."""
        machine.quiet_for(0.05)
        return len(machine.log)

    @property
    def instructions(self):
        return sum(p[1] for p in self.parts)

    @property
    def uart_bytes(self):
        return sum(p[2] for p in self.parts)


def machine_words(build, folder):
    """The user's own command line, with instruction counting and an initrd of 1 MB."""
    ramdisk = initrd.guest(build / "kernel" / "busybox")
    # panic=-1, at once: a second's delay in a kernel that traces it takes QEMU many minutes
    (folder / "initrd.gz").write_bytes(ramdisk + bytes(max(0, INITRD_BYTES - len(ramdisk))))
    return command(bios=build / "qemu-virt" / "oopsmon-qemu-virt.bin",
                   kernel=build / "kernel" / "zImage", initrd=folder / "initrd.gz",
                   append="console=ttyAMA0 panic=-1 oopsmon.fetch_seconds=0", machine="virt,dtb-randomness=off",
                   extra=ICOUNT)


def boots_of(build, steps, ending):
    """[cold boot, the boot after `ending`] of one machine."""
    folder = build / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    symbols = gdb.image_symbols(build)
    with Machine(machine_words(build, folder), stopped=True,
                 log_file=folder / f"{ending}.log") as machine, machine.debugger() as dbg:
        cold = Boot(machine, dbg, symbols)
        dbg.breakpoint(symbols["reset"])
        dbg.cont()
        guest.ready(machine, 120)
        for step in steps:
            guest.step(machine, step, 120)
        guest.start(machine, ending)
        dbg.wait_stop(120)  # at the reset vector again
        dbg.breakpoint(symbols["reset"], False)
        # That is the end: with sleep=off, QEMU 7.2 may stall once Linux idles after this.
        return [cold, Boot(machine, dbg, symbols)]


def measure(build):
    """(cold boot, boot after a panic, boot after a clean reboot)."""
    cold, panic = boots_of(build, ("pmsg bench", "ftrace"), "panic")
    return cold, panic, boots_of(build, (), "reboot")[1]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    lines += ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]
    return "\n".join(lines)


def boot_table(boots):
    head = ("from reset to the kernel's first instruction", "cold boot", "UART", "after a panic",
            "UART", "after a clean reboot", "UART")
    rows = []
    for i, (_, name) in enumerate(PARTS):
        rows.append([name] + [f"{c:,}" for b in boots for c in b.parts[i][1:]])
    rows.append(["**all**"] + [f"**{c:,}**" for b in boots for c in (b.instructions, b.uart_bytes)])
    return table(head, rows)


def size_table(build):
    out = subprocess.run([sys.executable, ROOT / "tools" / "image_size.py",
                          build / "qemu-virt" / "oopsmon-qemu-virt.map"],
                         check=True, capture_output=True, text=True).stdout
    return "```\n" + out.rstrip() + "\n```"


#: What each form of the image is for (board.mk's entries).
FORMS = (("bin", "in flash at the reset vector: shim and image"),
         ("zimage", "started as a Linux kernel: with room for all the memory that it needs"),
         ("go", "called from U-Boot: the image, and room for the copy that runs"))


def form_table(build):
    files = [(build / "qemu-virt" / f"oopsmon-qemu-virt.{end}", end, what) for end, what in FORMS]
    return table(("file", "bytes", "for"),
                 [(f"`.{end}`", f"{path.stat().st_size:,}", what) for path, end, what in files])


def write(text, part="make bench"):
    """Put the tables between the marks of the document."""
    begin, end = f"<!-- {part}: begin -->\n", f"<!-- {part}: end -->"
    doc = DOC.read_text()
    head, rest = doc.split(begin)
    DOC.write_text(head + begin + text + end + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    options = parser.parse_args()
    boots = measure(options.build)
    text = "### Instructions and bytes\n\n" + boot_table(boots) + \
        "\n\n### Forms of the image\n\n" + form_table(options.build) + "\n\n### Image, bytes per module\n\n" + size_table(options.build) + "\n"
    print(text)
    if options.write:
        write(text)
    if boots[1].instructions > PANIC_INSTRUCTIONS_MAX:
        print(f"bench: the boot after a panic takes more than {PANIC_INSTRUCTIONS_MAX:,} instructions")
        return 1
    if boots[0].instructions > INSTRUCTIONS_MAX or boots[-1].instructions > CLEAN_INSTRUCTIONS_MAX:
        print(f"bench: a cold boot takes more than {INSTRUCTIONS_MAX:,} instructions, or one after a "
              f"clean reboot more than {CLEAN_INSTRUCTIONS_MAX:,}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

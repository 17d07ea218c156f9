#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The main job, shown on a real kernel: a crash, and its last words before the next boot.

    demo.py --build build [--board vexpress-a9]

Runs the README's own QEMU command, lets Linux panic, watches the monitor report what the
dead kernel left, lets the next Linux list the same records, and compares the two byte
for byte. With --board the kernel is wrapped and started as any kernel, on a board of
omlab/boards.py. Then the host program finds and decodes the same records in a dump of the RAM.
Exit status 0 only if all of it was seen. Leaves what it used and saw in BUILD/demo: zImage,
initrd.gz, console.log (the serial line's bytes), pstore/ (Linux's files), ram.bin (the RAM
between crash and reset), decoded/ (what the host program makes of it), report.log and reported/ (the
same for the armored report on the serial line).
"""
import argparse
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from omlab import boards, crashes, escape, flash, guest, initrd
from omlab.qemu import Machine, MachineError, command

APPEND = "console=ttyAMA0 panic=1"
PMSG = "userspace: 42 frames rendered, then I asked for a panic"
ECC = 16
WANTED = ("console-ramoops-0", "dmesg-ramoops-0", "ftrace-ramoops-0", "pmsg-ramoops-0")

# Of Linux's own boot log only these lines are shown; all of it is in console.log.
LINUX_SHOWN = re.compile(rb"Booting Linux|Linux version|ramoops|pstore|Run /init|Kernel panic|"
                         rb"sysrq: Trigger|Hardware name|^\[[^]]*\]  ?\w+ from |CPU: 0 PID|Rebooting|"
                         rb"reboot: ")
# While the guest talks to this program only the kernel's own lines are.
KERNEL_SHOWN = re.compile(rb"^(?:\[ *\d+\.\d+\] ?)(?:sysrq|Kernel panic|CPU: 0 PID|Hardware name| \w+ from |"
                          rb"Rebooting|reboot: )")
RECORD_HEAD, RECORD_TAIL = 3, 9  # lines shown of a record


class Screen:
    """What a watcher sees: every line after the name of its speaker."""

    def __init__(self, color):
        self.paint = {"monitor": "\033[1;36m", "linux": "\033[33m", "demo": "\033[1;32m",
                      "host": "\033[1;35m"}
        self.color = color
        self.columns = max(60, shutil.get_terminal_size((120, 25)).columns - 12)
        self.speaker = "linux"
        self.record = None  # lines of the record that is being printed
        self.hidden = 0
        self.armored = 0  # lines of a report so far
        self.talking = False  # the guest waits for steps, or answers one

    def say(self, who, text):
        mark, off = (self.paint[who], "\033[0m") if self.color else ("", "")
        if len(text) > self.columns:
            text = text[:self.columns - 1] + "…"
        # in one go: the console's lines come from a thread of their own
        sys.stdout.write(f"{mark}{who:>8} |{off} {text}\n")
        sys.stdout.flush()

    def hush(self):
        if self.hidden:
            self.say("linux", f"  ({self.hidden} lines of its log)")
        self.hidden = 0

    def end_record(self):
        lines = self.record
        self.record = None
        if len(lines) <= RECORD_HEAD + RECORD_TAIL + 1:
            shown = lines
        else:
            left = len(lines) - RECORD_HEAD - RECORD_TAIL
            shown = lines[:RECORD_HEAD] + [f"  … {left} lines more …"] + lines[-RECORD_TAIL:]
        for text in shown:
            self.say("monitor", text)

    def line(self, raw):
        text = raw.decode("ascii", "backslashreplace")
        if raw.startswith(b"| ") and self.record is not None:
            self.record.append(text)
            return
        if raw.startswith(b"{") and raw.endswith(b"}"):
            self.armored += 1
            if self.armored == 1:
                self.say("monitor", text)
            return
        if raw.startswith(b"-----"):
            if self.armored:
                self.say("monitor", f"  … {self.armored - 1} lines more …")
            self.armored = 0
            self.say("monitor", text)
            return
        if raw.startswith(b"oopsmon"):
            self.hush()
            self.talking = False
            if self.record is not None:
                self.end_record()
            if escape.HEAD.fullmatch(raw):
                self.record = []
            self.say("monitor", text)
        elif raw.startswith(b"@@READY"):
            self.talking = True
        elif self.talking and not KERNEL_SHOWN.search(raw) or not raw.strip():
            return
        elif self.talking or LINUX_SHOWN.search(raw):
            self.hush()
            self.say("linux", text)
        else:
            self.hidden += 1


class Checks:
    """What has to be true, said as soon as it is known."""

    def __init__(self, screen):
        self.screen = screen
        self.failed = 0

    def that(self, what, fine, why=""):
        self.failed += not fine
        self.screen.hush()
        self.screen.say("demo", ("ok: " if fine else "FAILED: ") + what + (f" ({why})" if why else ""))


def crash(machine, checks):
    """First boot: Linux works with its region, then panics."""
    cold = machine.expect(rb"^oopsmon [^\r\n]*: cold boot[^\r\n]*ramoops 2 MiB at (0x[0-9a-f]+)\r\n", 30)
    base = cold.group(1).decode()
    checks.that(f"a cold boot is told from a crash, 2 MiB at {base} are reserved", True)
    guest.ready(machine, 60)
    log = machine.log
    used = re.search(rb"ramoops: using 0x200000@" + base.encode() + rb", ecc: 16", log)
    checks.that("Linux took the region, with error correction", bool(used))
    node = guest.step(machine, "dt").decode()
    for zone in ("console-size", "pmsg-size", "ftrace-size", "record-size"):
        checks.that(f"the ramoops node has a {zone}", f"{zone} = 00" in node)
    guest.step(machine, f"pmsg {PMSG}")
    guest.step(machine, "ftrace")
    machine.stop_at_reset()
    guest.start(machine, "panic")


def dump(machine, path, base, size):
    """All of the RAM as the dead kernel left it, to a file; then the reset it asked for happens."""
    machine.wait_reset_stop(60)
    ram = machine.read_physical(base, size)
    machine.go_on()
    with open(path, "wb") as file:  # most of it is zeros, which take no room on a disk
        for at in range(0, size, 1 << 16):
            if ram.count(0, at, at + (1 << 16)) < 1 << 16:
                file.seek(at)
                file.write(ram[at:at + (1 << 16)])
        file.truncate(size)


def told(machine, checks):
    """Second start: what the monitor prints before Linux. Returns its part of the log."""
    first = machine.expect(rb"^oopsmon [^\r\n]*warm boot 2, the last kernel PANICKED[^\r\n]*\r\n", 60)
    booted = machine.expect(rb"^(?:\[[^]\r\n]*\] )?Booting Linux", 60)
    text = machine.log[first.start:booted.start]
    summary = text[:text.find(b"-----BEGIN OOPSMON REPORT")]
    checks.that("after the reset the monitor's verdict is a panic, before Linux starts", True)
    checks.that("the summary has the panic line",
                b"Kernel panic - not syncing: sysrq triggered crash" in summary)
    checks.that("the summary has the call trace", b"trace" in summary and b"panic from" in summary)
    checks.that("the summary has fewer than 25 lines", summary.count(b"\n") < 25)
    return text


def reported(folder, program, printed, checks, screen):
    """Name -> bytes of the records in the armored report, by the host program."""
    (folder / "report.log").write_bytes(printed)
    words = [str(program), "decode", "-o", str(folder / "reported"), str(folder / "report.log")]
    screen.say("demo", shlex.join(words))
    done = subprocess.run(words, stdout=subprocess.PIPE, timeout=60)
    for line in done.stdout.decode().splitlines():
        screen.say("host", line)
    checks.that("the report is complete", done.returncode == 0, f"{len(printed)} bytes on the serial line")
    return crashes.files(folder / "reported")


def compare(records, listed, checks):
    """The report's records against Linux's files."""
    checks.that("both list the same records: " + ", ".join(sorted(listed)),
                set(records) == set(listed) == set(WANTED),
                "" if set(records) == set(listed) else f"monitor: {sorted(records)}")
    for name in sorted(set(records) & set(listed)):
        why = escape.difference(name, records[name], listed[name].data, ECC)
        what = "entries are the same as Linux's" if name.startswith("ftrace") else \
            "byte for byte what Linux reads"
        size = f"{records[name].count(bytes([10]))} lines" if name.startswith("ftrace") else \
            f"{len(records[name])} bytes"
        checks.that(f"{name}: {size}, {what}", not why, why)
    checks.that("pmsg holds what userspace wrote", PMSG.encode() + b"\n" == records.get("pmsg-ramoops-0"))


def decode(build, listed, checks, screen):
    """The host program on the dump: it is given neither the place of the region nor its sizes."""
    folder = build / "demo"
    words = [str(build / "host" / "oopsmon"), "decode", "--join", "--linux-notices", "-o", str(folder / "decoded"),
             str(folder / "ram.bin")]
    screen.say("demo", shlex.join(words))
    done = subprocess.run(words, stdout=subprocess.PIPE, timeout=60)
    for line in done.stdout.decode().splitlines():
        screen.say("host", line)
    checks.that("the host program finds the region in a dump of the RAM, all records intact",
                done.returncode == 0, f"{(folder / 'ram.bin').stat().st_size >> 20} MiB")
    files = crashes.files(folder / "decoded")
    for name in sorted(listed):
        if not name.startswith("ftrace"):  # Linux has symbols for its text
            checks.that(f"{name}: the host program's file is Linux's",
                        files.get(name) == listed[name].data)


def archive(build, checks, screen):
    """What would be left of the crash without RAM."""
    words = [str(build / "host" / "oopsmon"), "archive", "ls", str(build / "demo" / "flash.img")]
    screen.say("demo", shlex.join(words))
    done = subprocess.run(words, stdout=subprocess.PIPE, timeout=60)
    lines = done.stdout.decode().splitlines()
    for line in lines:
        screen.say("host", line)
    checks.that("the crash is in the flash archive, complete",
                done.returncode == 0 and any("complete" in line for line in lines))


def flash_words(build, folder):
    """The README's own command: the monitor in flash, the kernel from QEMU."""
    return command(bios=build / "qemu-virt" / "oopsmon-qemu-virt.bin", kernel=folder / "zImage",
                   initrd=folder / "initrd.gz", append=APPEND, bank=flash.make(folder / "flash.img"))


def wrapped_words(build, folder, board, screen):
    """The kernel is wrapped; what starts kernels on this board starts that."""
    words = [str(build / "host" / "oopsmon"), "wrap", str(folder / "zImage"), "-o", str(folder / "zImage.oopsmon"),
             "--image", str(build / "generic" / "oopsmon-generic.zimage")]
    screen.say("demo", shlex.join(words))
    subprocess.run(words, check=True, timeout=60)
    return command(kernel=folder / "zImage.oopsmon", initrd=folder / "initrd.gz",
                   **boards.parts(board, build, "panic=1"))


def run(build, board, checks, screen):
    folder = build / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "pstore").mkdir(parents=True)
    shutil.copy(build / "kernel" / "zImage", folder / "zImage")
    (folder / "initrd.gz").write_bytes(initrd.guest(build / "kernel" / "busybox"))
    words = wrapped_words(build, folder, board, screen) if board else flash_words(build, folder)
    ram = boards.BOARDS[board or "virt"]
    screen.say("demo", shlex.join(words))
    with Machine(words, on_line=screen.line, log_file=folder / "console.log") as machine:
        crash(machine, checks)
        dump(machine, folder / "ram.bin", ram.ram_base, ram.memory << 20)
        printed = told(machine, checks)
        guest.ready(machine, 60)
        listed = guest.pstore(machine)
        for name, file in listed.items():
            (folder / "pstore" / name).write_bytes(file.data)
        if not board:  # not all of them can switch themselves off
            guest.start(machine, "poweroff")
            machine.wait_exit(30)
    screen.hush()
    screen.say("linux", "/sys/fs/pstore: " + "  ".join(f"{n} ({len(f.data)} bytes)"
                                                       for n, f in sorted(listed.items())))
    compare(reported(folder, build / "host" / "oopsmon", printed, checks, screen), listed, checks)
    decode(build, listed, checks, screen)
    if not board:
        archive(build, checks, screen)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--board", choices=boards.BOARDS, help="wrap the kernel, and start it on this board of QEMU's")
    options = parser.parse_args()
    screen = Screen(color=sys.stdout.isatty())
    checks = Checks(screen)
    try:
        run(options.build, options.board, checks, screen)
    except (MachineError, AssertionError, escape.EscapeError) as error:
        screen.hush()
        print(f"demo: {error}", file=sys.stderr)
        checks.failed += 1
    if checks.failed:
        print(f"demo: {checks.failed} FAILED; the whole console is in {options.build}/demo/console.log")
        return 1
    screen.say("demo", f"all verified; see {options.build}/demo: console.log, reported/, pstore/, ram.bin, decoded/")
    return 0


if __name__ == "__main__":
    sys.exit(main())

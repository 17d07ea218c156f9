#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The dictionary of a report's streams: what a kernel's log and a report's head look like.

    dictionary.py                     say what would be made of tests/data/logs
    dictionary.py --write             and write docs/report-dictionary.txt and firmware/core/report/dictionary.c
    dictionary.py record NAME HOW --kernel vmlinuz --busybox busybox [--arch arm|arm64]
                                      boot a kernel under QEMU, crash it, keep its log in tests/data/logs

A log has two sources of text: what `dmesg -r` says of the boot, and the words of the crash on the
console. The dictionary holds, in this order: lines of the boot, those that more kernels say and
those that come later in a boot first in choice; the crash of one kernel of each architecture; the
head of a report. What is likeliest stands last, where references to it are shortest. Of a line's
time stamp only what follows it is kept: the digits never come again.
"""
import argparse
import lzma
import pathlib
import re
import sys
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "tests" / "data" / "logs"
TEXT = ROOT / "docs" / "report-dictionary.txt"
SOURCE = ROOT / "firmware" / "core" / "report" / "dictionary.c"

BYTES = 16384
CRASHES = ("arm-6.1-dmesg", "arm64-6.12-dmesg")
SHORT = 6  # a line of fewer characters costs a match as much as it saves
STAMP = re.compile(r"^(<\d>)?\[ *\d+\.\d{6}\] ")
CHANGING = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+")
CRASH_BEGINS = re.compile(r"sysrq: Trigger a crash|Kernel panic")

#: What every chapter begins with and what stands between its texts (docs/report-format.md).
HEAD = """\
 verdict cold
 verdict unverified
 verdict oops
 verdict abrupt
 quality=intact quality=corrected corrected= quality=unchecked quality=salvaged notes=0x\
 quality=unreadable bad= reason=Oops packing=zlib packing=unknown pieces=2 holes=
left 0 
oopsmon report 2
id 0a1b2c3d
chapter 0
monitor 0.2.0
board qemu-virt
boot 2 warm
verdict panic
uptime 183000
baud 115200
region 0x5fc00000 2097152
sizes 65536 262144 131072 131072
ecc 16
flags 1
layout 5 1 0x6012c
old 0
record 0 dmesg-ramoops-0 text=9031 quality=intact stored=3010 digest=89abcdef\
 time=1700000000.123456 reason=Panic count=1 part=1 packing=deflate
record 1 console-ramoops-0 text=16384 quality=intact stored=16384 digest=
record 2 pmsg-ramoops-0 text=16384 quality=intact stored=16384 digest=
record 3 ftrace-ramoops-0 text=640 quality=intact stored=640 digest= ftrace=16,3,0,1,0

text 0 0 9031
Panic#1 Part1

crc 0 89abcdef
text 1 0 16384

crc 1 89abcdef
text 2 0 16384

crc 2 89abcdef
end
"""


def logs():
    """{name: [(level, message)]} of the kernel's own lines; level "" on the console."""
    found = {}
    for path in sorted(LOGS.glob("*.log.xz")):
        text = lzma.decompress(path.read_bytes()).decode("ascii", "replace")
        lines = [(STAMP.match(line), line) for line in text.split("\n")]
        found[path.name.removesuffix(".log.xz")] = [(m[1] or "", line[m.end():]) for m, line in lines if m]
    return found


def line_of(message):
    return f"] {message}\n"


def form(message):
    """The same for lines that differ in numbers only."""
    return CHANGING.sub("#", message)


def crash_of(log):
    """The console's lines from the crash on."""
    lines = [message for level, message in log if not level]
    begin = next(i for i, message in enumerate(lines) if CRASH_BEGINS.search(message))
    return lines[begin:]


def boot_lines(found, without, room):
    """Lines of all boots, in their order, as many as there is room for."""
    kernels, first = {}, {}
    for name, log in found.items():
        levelled = [line for line in log if line[0]] or log
        for level, message in levelled:
            key = form(message)
            kernels.setdefault(key, set()).add(name.rsplit("-", 1)[0])
            if key not in first or (level and not first[key][0]):
                first[key] = level, message
    order = list(first)
    rank = sorted((key for key in order if key not in without and len(first[key][1]) > SHORT),
                  key=lambda key: (-len(kernels[key]), -order.index(key)))
    taken = set()
    for key in rank:
        size = len(line_of(first[key][1]))
        if size <= room:
            taken.add(key)
            room -= size
    return [first[key][1] for key in order if key in taken]


def dictionary(found=None):
    """The BYTES bytes; what no line fills are newlines."""
    found = found or logs()
    crash = [message for name in CRASHES for message in crash_of(found[name])]
    crash_text = "".join(map(line_of, crash))
    room = BYTES - len(crash_text) - len(HEAD)
    boot = boot_lines(found, {form(message) for message in crash}, room)
    text = "".join(map(line_of, boot)) + crash_text + HEAD
    return text.rjust(BYTES, "\n").encode("ascii")


def source_of(data):
    """firmware/core/report/dictionary.c: the text as raw deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    rows = [", ".join(f"0x{byte:02x}" for byte in packed[at:at + 14]) for at in range(0, len(packed), 14)]
    return """/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by tools/dictionary.py of docs/report-dictionary.txt, which is the text to read. */
#include "dictionary.h"

/* clang-format off */
const uint8_t dictionary_packed[] = {
""" + "".join(f"\t{row},\n" for row in rows) + """};
/* clang-format on */

const size_t dictionary_packed_bytes = sizeof(dictionary_packed);
"""


def text_of(source):
    """What firmware/core/report/dictionary.c says once it is unpacked, whichever zlib packed it."""
    return zlib.decompress(bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2}),", source)), -15)


# ---- a kernel's run ------------------------------------------------------------------------

def record(options):
    """Boots a kernel and keeps what its serial line says."""
    from omlab import guest, initrd
    from omlab.qemu import Machine
    ramdisk = pathlib.Path(f"{options.name}.initrd.gz")
    ramdisk.write_bytes(initrd.guest(options.busybox))
    cpu = {"arm": ["qemu-system-arm", "-M", "virt", "-cpu", "cortex-a15"],
           "arm64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a57"]}[options.arch]
    words = cpu + ["-m", "512", "-nographic", "-nic", "none", "-no-reboot", "-kernel", options.kernel,
                   "-initrd", str(ramdisk), "-append", "console=ttyAMA0 panic=1"]
    with Machine(words) as machine:
        guest.ready(machine, 600)
        if options.how == "dmesg":
            guest.step(machine, "sh dmesg -r", 300)
            guest.start(machine, "panic")
        else:
            guest.start(machine, "sh exit 1")
        machine.expect("Rebooting in", 300)
        time.sleep(1)
        text = bytes(machine.log)
    ramdisk.unlink()
    out = LOGS / f"{options.name}-{options.how}.log.xz"
    out.write_bytes(lzma.compress(text.replace(b"\r", b""), preset=9 | lzma.PRESET_EXTREME))
    print(f"{out}: {len(text):,} bytes of log")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the document and the source")
    verbs = parser.add_subparsers(dest="verb")
    run = verbs.add_parser("record", help="boot and crash a kernel under QEMU, keep its log")
    run.add_argument("name", help="ARCH-SERIES, as arm-6.1")
    run.add_argument("how", choices=("dmesg", "exit"), help="dmesg -r, then a crash by sysrq; or init exits")
    run.add_argument("--kernel", required=True)
    run.add_argument("--busybox", required=True)
    run.add_argument("--arch", choices=("arm", "arm64"), default="arm")
    options = parser.parse_args()
    if options.verb == "record":
        record(options)
        return 0
    data = dictionary()
    print(f"{len(data):,} bytes of {len(logs())} logs")
    if options.write:
        TEXT.write_bytes(data)
        SOURCE.write_text(source_of(data), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: BSD-2-Clause
"""The last kernel's own log, found in RAM where pstore has nothing: by VMCOREINFO, or by its shape.

The kernel's own words on the serial line are what the record is compared with.
"""
import re

import cycles
import pytest
import ram
import starts
from omlab import guest, qemu

STAMPED = re.compile(rb"^\[ *\d+\.\d{6}\] .*$", re.M)
# all that is logged goes to the serial line; the record as plain text
WORDS = f"{ram.APPEND} ignore_loglevel printk.devkmsg=on oopsmon.kmsg_seconds=60"
FOUND = r"oopsmon: the last kernel's own log was found in RAM: (\d+) lines, complete$"


@pytest.fixture
def armmp(build):
    """Debian's kernel, without pstore, with kexec."""
    return build / "dtbs" / "armmp" / "vmlinuz"


def stamped(text):
    """The lines with a time, as the serial line has them."""
    return [line.rstrip(b"\r") for line in STAMPED.findall(text)]


def logged(record):
    """The same of a record: each line has a level before it."""
    lines = record.splitlines()
    assert all(re.match(rb"<\d+>\[", line) for line in lines)
    return [line[line.index(b">") + 1:] for line in lines]


def check(machine, start):
    """The record is what the last kernel said; the summary counts its lines."""
    assert list(start.records) == ["kmsg-ram-0"]
    record = logged(start.records["kmsg-ram-0"])
    end = machine.log.rindex(b"\noopsmon 0")
    said = stamped(machine.log[machine.log.rindex(b"] Booting Linux", 0, end) - 20:end])
    assert len(record) > 50
    assert record == said
    (found,) = [m for m in map(re.compile(FOUND).match, start.lines) if m]
    assert int(found[1]) == len(record)


# Words for Linux, the step that ends it, pressed by hand, verdict
ENDS = {
    "panic before init": ("rdinit=/none root=/dev/none", None, False, starts.PANIC),
    "hang, reset button": ("", "hang", True, starts.ABRUPT),
    "larger buffer": ("log_buf_len=1M", "panic", False, starts.PANIC),
}


@pytest.mark.parametrize("name", cycles.cells(ENDS, "panic before init", "hang, reset button"))
def test_no_pstore(virt, armmp, name):
    """Whatever the end of a stock kernel, the next start has all of its log, once."""
    words, step, press, verdict = ENDS[name]
    machine = virt(kernel=armmp, append=f"{WORDS} {words}")
    assert starts.wait(machine, starts.COLD, 1).is_plain
    if step:
        guest.ready(machine, 60)
        guest.start(machine, step)
    if press:
        machine.expect("@@HANG")
        machine.quiet_for(1)
        machine.reset()
    start = starts.wait(machine, verdict, 2, timeout=60)
    check(machine, start)
    assert b"no Linux lists it" in start.text.replace(b"\r\noopsmon:            ", b" ")


def test_clean_reboot(virt, armmp):
    """One line, as ever; now it is known."""
    machine = virt(kernel=armmp, append=WORDS)
    starts.wait(machine, starts.COLD, 1)
    guest.ready(machine, 60)
    guest.start(machine, "reboot-clean")
    assert starts.wait(machine, starts.CLEAN, 2, timeout=60).is_plain


def test_by_shape(virt):
    """A kernel that says nowhere where its log is, and whose pstore is off."""
    machine = virt("pstore.backend=none ignore_loglevel oopsmon.kmsg_seconds=60")
    starts.wait(machine, starts.COLD, 1)
    guest.ready(machine, 60)
    guest.start(machine, "panic")
    start = starts.wait(machine, starts.PANIC, 2, timeout=60)
    check(machine, start)


@pytest.mark.parametrize("words", ["oopsmon.kmsg_seconds=0", "oopsmon.kmsg_seconds=x"], ids=["off", "unreadable"])
def test_option(virt, armmp, words):
    """0 is off; what is not understood is said, and the default holds."""
    machine = virt(kernel=armmp, initrd=None, append=f"{WORDS} {words}")
    off = words.endswith("0")
    starts.wait(machine, starts.COLD, 1, [] if off else [305])
    start = starts.wait(machine, starts.NO_LOG if off else starts.PANIC, 2, [] if off else [305], timeout=60)
    assert list(start.records) == ([] if off else ["kmsg-ram-0"])


def test_once(virt, armmp, symbols):
    """Reset before the next kernel has logged anything: it is not told again."""
    machine = virt(kernel=armmp, initrd=None, append=WORDS, stopped=True)
    with machine.debugger() as dbg:
        for step in ("payload_step", "kernel_log_read", "payload_step"):
            dbg.run_to(symbols[step] & ~1, 120)
        machine.reset()
    assert b"the last kernel PANICKED" in machine.log and b"end of kmsg-ram-0" in machine.log
    machine.expect("^oopsmon: ---- end of kmsg-ram-0")
    start = starts.wait(machine, starts.NO_NEWS, 3)
    assert not start.records


RUNNING_AT = 44  # docs/retained-page.md
PAGES, PER_PAGE, PER_BYTE = (512 << 20) // 4096, 10, 20


def test_cost(virt, capture, symbols):
    """Nothing is there: what looking for it takes, in all of RAM and where the last kernel ran."""
    crash = capture("panic")
    crash = crash._replace(region=bytes(len(crash.region)))
    machine = virt("oopsmon.kmsg_seconds=60", extra=qemu.ICOUNT, stopped=True)
    counts = []
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        for name in ("kernel_log_read", "shape_feed", "shape_open"):
            dbg.run_to(symbols[name] & ~1, 300)
            counts.append(machine.instructions())
        running = int.from_bytes(crash.page[RUNNING_AT:RUNNING_AT + 4], "little")
    by_text, by_shape = counts[1] - counts[0], counts[2] - counts[1]
    print(f"{by_text / PAGES:.2f} a page, {by_shape / running:.3f} a byte of {running}")
    assert by_text <= PER_PAGE * PAGES and by_shape <= PER_BYTE * running
    assert 1 << 20 < running < 64 << 20
    assert starts.wait(machine, starts.NO_LOG, 2, timeout=120).is_plain

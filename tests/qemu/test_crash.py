# SPDX-License-Identifier: BSD-2-Clause
"""Crashes: what the monitor tells is what Linux lists afterwards, byte for byte, once."""
import re

import pytest
import starts
from omlab import guest

REPORT = re.compile(r"oopsmon: ==== summary ====|"
                    r"oopsmon:   (?:title|cause|fault|kernel|task|pc|lr|trace|when|records|kept|       ) .*|"
                    r"oopsmon: ---- (?:end of )?\S+-ramoops-\d+(?:: .*)? ----")


def check_lines(start):
    """The report has a summary of less than 25 lines, the records, and nothing else."""
    rest = [line for line in start.lines[1:] if not REPORT.fullmatch(line)]
    assert not rest, rest
    summary = [line for line in start.lines if " ---- " not in line]
    assert 5 < len(summary) < 25, summary


SMALL = "oopsmon.record_size=16K oopsmon.console_size=4K oopsmon.pmsg_size=4K oopsmon.ftrace_size=4K"
# Bytes of all kinds, escapes and a NUL among them, the last line without newline.
BINARY = "sh dd if=/bin/busybox of=/dev/pmsg0 bs=6000 skip=7 count=1 2> /dev/null; " \
         "printf '\\033[31m\\\\x41\\r\\0 \\\\' > /dev/pmsg0"
LOST = "oopsmon.pmsg_size=0 oopsmon.ftrace_size=0"
# name, kernel parameters, parity bytes, steps before the panic, properties Linux must see
ROWS = [
    ("default", "", 16, ["pmsg hello", "ftrace"],
     {"record-size": 0x10000, "console-size": 0x40000, "pmsg-size": 0x20000,
      "ftrace-size": 0x20000, "ecc-size": 16, "max-reason": 2, "flags": 1}),
    ("no parity", "oopsmon.ecc_size=0", 0, ["pmsg hello", "ftrace"], {"ecc-size": "absent"}),
    ("odd parity", "oopsmon.ecc_size=7", 7, ["pmsg hello", "ftrace"], {"ecc-size": 7}),
    ("wrapped", SMALL, 16, ["many-pmsg 150", "ftrace"],
     {"record-size": 0x4000, "console-size": 0x1000, "pmsg-size": 0x1000, "ftrace-size": 0x1000}),
    ("wrapped no parity", f"{SMALL} oopsmon.ecc_size=0", 0, ["many-pmsg 150", "ftrace"], {}),
    ("binary", "", 16, [BINARY], {}),
    ("binary wrapped", f"{SMALL} oopsmon.ecc_size=0", 0, [BINARY], {}),
    ("1 MiB", "oopsmon.region=1M", 16, ["pmsg hello", "ftrace"], {"record-size": 0x8000}),
    ("placed", "oopsmon.region=2M@0x48000000", 16, ["pmsg hello", "ftrace"],
     {"reg": "00000000480000000000000000200000"}),
    ("placed oddly", "oopsmon.region=1028K@0x4a003000", 16, ["pmsg hello", "ftrace"],
     {"reg": "000000004a0030000000000000101000"}),
    ("only dmesg", f"oopsmon.console_size=0 {LOST}", 16, [], {"record-size": 0x10000, "console-size": "absent"}),
    ("only console", f"oopsmon.record_size=0 {LOST}", 16, [], {"record-size": "absent"}),
]


@pytest.mark.parametrize("more, ecc, steps, properties", [r[1:] for r in ROWS],
                         ids=[r[0] for r in ROWS])
def test_geometry(virt, more, ecc, steps, properties):
    machine = virt(more)
    start = starts.boot(machine, starts.COLD, 1)
    assert start.is_plain, start.lines
    node = starts.node(machine)
    for name, value in properties.items():
        have = node.get(f"./ramoops@{start.base:x}/{name}", "absent")
        assert have == (value if isinstance(value, str) else f"{value:08x}"), name
    for step in steps:
        guest.step(machine, step)
    guest.start(machine, "panic")
    start = starts.boot(machine, starts.PANIC, 2)
    check_lines(start)
    files = guest.pstore(machine)
    starts.compare(start, files, ecc)
    kinds = {"dmesg-ramoops-0", "console-ramoops-0"} | {
        f"{kind}-ramoops-0" for step in steps for kind in ("pmsg", "ftrace") if kind in step}
    if "only" in more or not steps:
        kinds = {"console-ramoops-0" if "record_size=0" in more else "dmesg-ramoops-0"}
    assert set(files) == kinds
    if kinds != {"console-ramoops-0"}:
        assert b"Kernel panic - not syncing: sysrq triggered crash\n" in start.records["dmesg-ramoops-0"]
    guest.start(machine, "reboot-clean")
    start = starts.boot(machine, number=3)
    assert start.is_plain, start.lines


def test_crash_after_crash(virt):
    """Oops and panic, then another panic: each told once, the newest panic first."""
    machine = virt()
    starts.boot(machine, starts.COLD, 1)
    guest.step(machine, "panic-on-oops")
    guest.start(machine, "oops")
    first = starts.boot(machine, starts.PANIC, 2)
    check_lines(first)
    assert list(first.records) == ["dmesg-ramoops-1", "dmesg-ramoops-0", "console-ramoops-0"]
    assert first.facts["dmesg-ramoops-1"].startswith("Panic#2 Part1, ")
    assert first.facts["dmesg-ramoops-0"].startswith("Oops#1 Part1, ")
    assert any("Fatal exception" in line for line in first.lines)
    starts.compare(first, guest.pstore(machine))

    guest.step(machine, "pmsg second life")
    guest.start(machine, "panic")
    second = starts.boot(machine, starts.PANIC, 3)
    check_lines(second)
    assert list(second.records) == ["dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0"]
    assert "oopsmon:            1 older, reported before, still in RAM" in second.lines
    files = guest.pstore(machine)
    assert files.pop("dmesg-ramoops-1").data.startswith(b"Panic#2 Part1\n")
    starts.compare(second, files)

    guest.step(machine, "erase")
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 4).is_plain
    assert "dmesg-ramoops-0" not in guest.pstore(machine)
    guest.start(machine, "panic")
    third = starts.boot(machine, starts.PANIC, 5)
    assert list(third.records) == ["dmesg-ramoops-0", "console-ramoops-0"]
    starts.compare(third, guest.pstore(machine))


def test_region_is_not_touched(virt, symbols):
    """From the crash to Linux's first instruction no byte of the region changes."""
    machine = virt(SMALL)
    base, size = starts.boot(machine, starts.COLD, 1)[2:4]
    guest.step(machine, "many-pmsg 80")
    guest.step(machine, "ftrace")
    machine.stop_at_reset()
    guest.start(machine, "panic")
    machine.wait_reset_stop()
    before = machine.read_physical(base, size)
    with machine.debugger() as dbg:
        machine.stop_at_reset(False)
        machine.qmp("system_reset")
        dbg.run_to(symbols["leave"])
        assert machine.read_physical(base, size) == before
    assert len(starts.boot(machine, starts.PANIC, 2).records) == 4

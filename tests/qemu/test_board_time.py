# SPDX-License-Identifier: BSD-2-Clause
"""Time on CPUs without a generic timer, and a watchdog that an earlier stage has left on.

On a clock that counts instructions, so that nothing depends on the machine. vexpress-a9 has a counter
that always runs, sabrelite one that has to be started (docs/time-and-watchdogs.md).
"""
import re
import subprocess

import cycles
import pytest
import ram
import starts
import test_time_budget as budget
from omlab import boards, gdb, qemu

NS = 4  # of an instruction
SLOW_CORE = budget.SLOW_CORE
NAMES = ("vexpress-a9", "sabrelite")
FILE_AT = 0x10000  # from the base of RAM, where QEMU's -kernel puts a file
WCR, WCR_WDE = 0x020bc000, 1 << 2  # of the i.MX watchdog
ARMED = 0x34 | WCR_WDE  # by software or time, a reset; WT in bits 15 to 8
SECOND = 1_000_000_000
VERY_SLOW_NS = 64
VERY_SLOW_CORE = ("-icount", "shift=6,sleep=off", "-rtc", "clock=vm")


class Lab:
    """The machines of a board that is started with the monitor before its kernel."""

    def __init__(self, machine, build, wrapped, name):
        self.machine, self.build, self.wrapped, self.name = machine, build, wrapped, name
        self.base = boards.BOARDS[name].ram_base
        self.symbols = gdb.image_symbols(build, "generic", self.base + FILE_AT)

    def parts(self, more):
        parts = cycles.parts(self.name, self.build)
        return {**parts, "kernel": self.wrapped, "append": f"{parts['append']} {more}"}

    def capture(self, *steps, more=""):
        parts = self.parts(more)
        parts.pop("bank")
        words = qemu.command(**parts, initrd=self.build / "guest" / "initrd.gz")
        return ram.take(words, steps)

    def warm(self, crash, more, speed=SLOW_CORE):
        parts = self.parts(more)
        parts["extra"] = (*parts["extra"], *speed)
        return self.machine(**parts, stopped=True)


@pytest.fixture(params=NAMES)
def lab(machine, build, wrapped, request):
    return Lab(machine, build, wrapped, request.param)


@pytest.fixture
def sabrelite(machine, build, wrapped):
    return Lab(machine, build, wrapped, "sabrelite")


def test_wait_for_a_key(lab):
    """Two seconds are two seconds."""
    crash = lab.capture("pmsg hello", "panic")
    one = lab.warm(crash, "oopsmon.fetch_seconds=2 oopsmon.report=summary")
    with one.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        dbg.run_to(lab.symbols["fetch_on_request"] & ~1, 120)
        begin = one.instructions()
        dbg.run_to(lab.symbols["page_write_step"] & ~1, 120)
        seconds = (one.instructions() - begin) * NS / SECOND
    print(f"{seconds:.4f} s")
    assert 1.99 < seconds < 2.01
    assert starts.wait(one, starts.PANIC, 2, timeout=120).base == crash.base


def test_budgets(lab):
    """A second each for archive and report bound reading and reporting of two dozen damaged records."""
    sizes = f"{budget.SIZES} oopsmon.ecc_size=0"
    crash = lab.capture("panic", more=sizes)
    crash = crash._replace(region=budget.damaged(crash, 0))
    one = lab.warm(crash, f"{sizes} oopsmon.archive_seconds=1 oopsmon.report_seconds=1 oopsmon.report=full")
    reading, archive, report = budget.instructions(one, crash, lab.symbols)
    # not late, as on a board with the generic timer; and not at once, as without any clock
    assert budget.PER_SECOND // 20 < reading < budget.PER_SECOND * 3 // 4
    assert reading + archive + report < 2 * budget.PER_SECOND
    start = starts.wait(one, starts.PANIC, 2, timeout=900)
    said = " ".join(line.removeprefix("oopsmon:").strip() for line in start.lines)
    assert said.count(budget.LEFT) >= 5


def test_archive_budget(machine, build, wrapped, tmp_path):
    """A second for the archive in a board's own flash: a megabyte of log is cut, and the panic is kept."""
    lab = Lab(machine, build, wrapped, "vexpress-a9")
    crash = lab.capture("panic", more=budget.CONSOLE)
    crash = crash._replace(region=budget.full_console(crash))
    flash = tmp_path / "flash.img"
    flash.write_bytes(bytes([0xff]) * cycles.BANK_BYTES)
    bank = ("-drive", f"if=pflash,format=raw,file={flash}")
    one = lab.warm(crash, f"{budget.CONSOLE} oopsmon.report=summary oopsmon.archive=2M@0x100000 "
                   "oopsmon.archive_seconds=1", (*VERY_SLOW_CORE, *bank))
    _, archive, _ = budget.instructions(one, crash, lab.symbols)
    assert SECOND // 2 < archive * VERY_SLOW_NS < SECOND * 5 // 4
    start = starts.wait(one, starts.PANIC, 2, timeout=900)
    said = " ".join(line.removeprefix("oopsmon:").strip() for line in start.lines)
    assert re.search(r"kept +as entry 1 of the archive in flash, \d+ bytes, as much as "
                     r"oopsmon.archive_seconds= allows", said)
    one.close()
    listed = subprocess.run([build / "host" / "oopsmon", "archive", "ls", flash], capture_output=True,
                            text=True, check=False).stdout
    print(listed)
    assert "panic" in listed and "sysrq" not in listed


def arm(dbg, seconds):
    """What a loader does that leaves the watchdog on."""
    value = (2 * seconds - 1) << 8 | ARMED
    dbg.physical(True)
    dbg.write(WCR, value.to_bytes(2, "little"))
    assert int.from_bytes(dbg.read(WCR, 2), "little") == value
    dbg.physical(False)


def test_watchdog_is_fed(sabrelite):
    """A report of twenty seconds with a watchdog of four: it comes through whole, and the watchdog stays on."""
    crash = sabrelite.capture("panic", more=budget.CONSOLE)
    crash = crash._replace(region=budget.full_console(crash))
    one = sabrelite.warm(crash, f"{budget.CONSOLE} oopsmon.report=full oopsmon.report_seconds=0 "
                         "oopsmon.archive_seconds=0", VERY_SLOW_CORE)
    with one.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        arm(dbg, 4)
        begin = one.instructions()
        dbg.run_to(sabrelite.symbols["leave"] & ~1, 900)
        seconds = (one.instructions() - begin) * VERY_SLOW_NS / SECOND
        dbg.physical(True)
        control = int.from_bytes(dbg.read(WCR, 2), "little")
        dbg.physical(False)
    print(f"{seconds:.1f} s")
    assert seconds > 20
    assert control & WCR_WDE
    assert not {"RESET", "WATCHDOG"} & set(one.events)
    start = starts.parse(one.log)
    assert start.verdict == starts.PANIC and start.boot == 2
    said = "\n".join(start.lines)
    assert "console-ramoops-0  9" in said and "left out" not in said


def test_watchdog_bites(sabrelite):
    """That is: it is armed by what the test above does, for a CPU that does not feed it."""
    one = sabrelite.warm(None, "", VERY_SLOW_CORE)
    with one.debugger() as dbg:
        dbg.run_to(sabrelite.base + FILE_AT, 60)
        dbg.write(sabrelite.base + FILE_AT, (0xeafffffe).to_bytes(4, "little"))  # for ever
        arm(dbg, 4)
        one.stop_at_reset()
        dbg.cont()
        one.wait_reset_stop(120)
        assert 3.9 < one.instructions() * VERY_SLOW_NS / SECOND < 4.6


def test_reset_without_psci(lab, tmp_path):
    """The halted monitor resets the board by a unit of its SoC."""
    kernel = bytearray(lab.wrapped.read_bytes())
    kernel[-100_001] ^= 4
    path = tmp_path / "damaged"
    path.write_bytes(kernel)
    one = lab.machine(**{**lab.parts(""), "kernel": path})
    one.expect("^oopsmon: halted: no kernel was started", 60)
    one.send("r")
    one.expect("^oopsmon: resetting")
    one.expect("^oopsmon: E409 the wrapped kernel is damaged", 60)
    one.expect("^oopsmon: halted: no kernel was started", 60)
    assert b"E104" not in one.log
    # on the warm start alone; QEMU's register says power-on after any reset
    assert one.log.count(b"; reset cause POR (fsl,imx51-src)") == (lab.name == "sabrelite")

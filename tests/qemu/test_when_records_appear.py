# SPDX-License-Identifier: BSD-2-Clause
"""When does a record appear? Every way a kernel can end, what Linux then lists, and what
the monitor says. docs/when-records-appear.md shows these rows as its table.
"""
import pathlib
from typing import NamedTuple

import pytest
import starts
from omlab import guest

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "when-records-appear.md"
CONSOLE = ("console-ramoops-0",)


class Row(NamedTuple):
    """One ending of a kernel."""
    ending: str
    steps: tuple  # of the guest; the last one does not come back
    max_reason: int
    reset: str  # what starts the board again: "", "button", "power"
    dmesg: tuple  # first lines of dmesg-ramoops-0, -1, …
    verdict: str
    told: bool  # the monitor prints the records; else the verdict line alone


ROWS = [
    Row("panic (init dies)", ("sh exit 3",), 2, "", ("Panic#1 Part1",), starts.PANIC, True),
    Row("panic by sysrq-c", ("panic",), 2, "", ("Panic#1 Part1",), starts.PANIC, True),
    Row("panic, max-reason 1", ("panic",), 1, "", ("Panic#1 Part1",), starts.PANIC, True),
    Row("panic without reboot (panic=0), reset button",
        ("sh echo 0 > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger",), 2, "button",
        ("Panic#1 Part1",), starts.PANIC, True),
    Row("oops, life goes on, clean reboot", ("oops", "reboot-clean"), 2, "", ("Oops#1 Part1",),
        starts.OOPS, True),
    Row("oops, max-reason 1, clean reboot", ("oops", "reboot-clean"), 1, "", (), starts.CLEAN, False),
    Row("oops with panic_on_oops", ("panic-on-oops", "oops"), 2, "",
        ("Oops#1 Part1", "Panic#2 Part1"), starts.PANIC, True),
    Row("emergency restart (sysrq-b)", ("sysrq-b",), 2, "", (), starts.EMERGENCY, True),
    Row("emergency restart (sysrq-b), max-reason 3", ("sysrq-b",), 3, "", ("Emergency#1 Part1",),
        starts.EMERGENCY, True),
    Row("reboot", ("reboot",), 2, "", (), starts.CLEAN, False),
    Row("reboot, max-reason 4", ("reboot",), 4, "", ("Shutdown#1 Part1",), starts.CLEAN, False),
    Row("halt, reset button", ("sh halt -f",), 2, "button", (), starts.OFF, False),
    Row("hang, reset button or watchdog", ("hang",), 2, "button", (), starts.ABRUPT, True),
    Row("power-off, power on", ("poweroff",), 2, "power", (), starts.COLD, False),
    Row("power-off, max-reason 4, power on", ("poweroff",), 4, "power", (), starts.COLD, False),
]
# Words after which the reset button is pressed.
WORDS = {"panic": "---\\[ end Kernel panic", "halt": "reboot: System halted", "hang": "@@HANG"}


def lists(row):
    """Names of the files that Linux lists afterwards."""
    if row.reset == "power":
        return ()
    return tuple(f"dmesg-ramoops-{i}" for i in range(len(row.dmesg))) + CONSOLE


def end(virt, machine, row):
    """Let the kernel end; returns the machine that starts next."""
    for step in row.steps[:-1]:
        guest.step(machine, step)
    guest.start(machine, row.steps[-1])
    if row.reset == "power":
        assert machine.wait_exit() == 0
        return virt(f"oopsmon.max_reason={row.max_reason}")
    if row.reset == "button":
        machine.expect(WORDS[row.ending.split()[0].strip(",")])
        machine.quiet_for(0.1)
        machine.reset()
    return machine


@pytest.mark.parametrize("row", ROWS, ids=[r.ending for r in ROWS])
def test_row(virt, row):
    machine = virt(f"oopsmon.max_reason={row.max_reason}")
    starts.boot(machine, starts.COLD, 1)
    machine = end(virt, machine, row)
    start = starts.boot(machine, row.verdict, 1 if row.reset == "power" else 2)
    files = guest.pstore(machine)
    assert tuple(sorted(files, reverse=True)) == tuple(sorted(lists(row), reverse=True))
    for i, first in enumerate(row.dmesg):
        assert files[f"dmesg-ramoops-{i}"].data.split(b"\n")[0] == first.encode()
    if row.told:
        starts.compare(start, files)
    else:
        assert start.is_plain, start.lines


def test_reset_before_the_log(virt, symbols):
    """A reset before the kernel's log begins leaves nothing new, and no crash is made of it."""
    machine = virt()
    starts.boot(machine, starts.COLD, 1)
    guest.start(machine, "reboot-clean")
    with machine.debugger() as dbg:
        dbg.run_to(symbols["leave"])
        machine.expect(f"warm boot 2, {starts.CLEAN}")
        machine.reset()
        machine.wait_event("RESET")
    assert starts.boot(machine, starts.NO_NEWS, 3).is_plain


# ---- the document ------------------------------------------------------------------------
def table():
    """The rows as they stand in the document."""
    out = ["| how the kernel ended | Linux lists afterwards | the monitor's verdict | records reported |",
           "|---|---|---|---|"]
    for row in ROWS:
        names = [f"{name} ({row.dmesg[i].split()[0]})" if i < len(row.dmesg) else name
                 for i, name in enumerate(lists(row))]
        out.append(f"| {row.ending} | {', '.join(names) or 'nothing'} | {row.verdict} | "
                   f"{'yes' if row.told else 'no'} |")
    return "\n".join(out) + "\n"


def test_document():
    assert table() in PAGE.read_text(encoding="utf-8"), "the table should be:\n" + table()

# SPDX-License-Identifier: BSD-2-Clause
"""One start of the monitor as the serial line shows it, and what must be true of it.

A start is everything the monitor says from reset to Linux's first words (or to its halt).
The verdict line is the only one that a good start prints; each trouble adds a notice,
"oopsmon: Ennn …"; a crash adds a summary and the records.
"""
import re
from typing import NamedTuple

from omlab import escape, guest

LINUX = rb"^(?:\[[^]\r\n]*\] )?Booting Linux on physical CPU"
LINE = re.compile(rb"^oopsmon(?:: | \d).*$", re.MULTILINE)
VERDICT = re.compile(r"oopsmon \d+\.\d+\.\d+ (\S+): (?:warm boot (\d+), )?(.*); "
                     r"(?:no carve-out|ramoops (\d+) ([KM])iB at (0x[0-9a-f]+))"
                     r"(?:; reset cause [A-Z]+ \(\S+\))?")
NOTICE = re.compile(r"oopsmon: E(\d+) (.*)")
# What a healthy Linux on a well prepared board does not say.
COMPLAINTS = re.compile(rb"^.*(?:Division by zero|ramoops: (?!using)|pstore: .*(?:fail|err)|WARNING:|"
                        rb"Unable to handle|Internal error|"
                        # a node that this kernel has no driver for is no failure
                        rb"\bOF: (?!.* compatible matching fail).*(?:fail|\berr|overlap)).*$",
                        re.MULTILINE)

COLD = "cold boot, RAM was not kept"
PANIC = "the last kernel PANICKED"
OOPS = "the last kernel OOPSED"
EMERGENCY = "the last kernel was restarted in an EMERGENCY"
CLEAN = "the last kernel rebooted cleanly"
OFF = "the last kernel shut down cleanly"
ABRUPT = "the last kernel was RESET WITHOUT SHUTDOWN (hang, watchdog or reset button)"
UNVERIFIED = "records found, but not known to be of the last boot: UNVERIFIED"
NO_LOG = "the last kernel left no log: cannot tell how it ended"
NO_NEWS = "nothing new: the last kernel ended before its log began"


class Start(NamedTuple):
    """What was said."""
    verdict: str  # None: no verdict line
    boot: int  # number of a warm boot, 1 when it was not warm
    base: int  # of the region, 0: no carve-out
    size: int
    notices: list  # of (code, text)
    lines: list  # all of the monitor's lines, text of records excepted
    records: dict  # name -> bytes
    facts: dict  # name -> what stands after the name in the record's first line
    text: bytes

    @property
    def codes(self):
        return [code for code, _ in self.notices]

    @property
    def is_plain(self):
        """One line and nothing else."""
        return len(self.lines) == 1 and self.verdict is not None


def parse(text):
    lines = [line.rstrip("\r") for line in
             (m.decode("ascii", "backslashreplace") for m in LINE.findall(text))]
    verdicts = [v for v in map(VERDICT.fullmatch, lines) if v]
    notices = [(int(n.group(1)), n.group(2)) for n in map(NOTICE.fullmatch, lines) if n]
    assert len(verdicts) <= 1, f"more than one verdict: {lines}"
    blocks = escape.blocks_from_log(text)
    names = [b.name for b in blocks]
    assert len(names) == len(set(names)), f"records printed twice: {names}"
    verdict = boot = None
    base = size = 0
    if verdicts:
        _, warm, verdict, number, unit, where = verdicts[0].groups()
        boot = int(warm or 1)
        if where:
            base, size = int(where, 16), int(number) << {"K": 10, "M": 20}[unit]
    return Start(verdict, boot, base, size, notices, lines, {b.name: b.data for b in blocks},
                 {b.name: b.facts for b in blocks}, text)


def wait(machine, verdict=None, boot=None, notices=(), timeout=30):
    """Wait for Linux's first words; the start must have this verdict, number and notices.

    notices: the codes expected, in their order.
    """
    begin = machine.position
    end = machine.expect(LINUX, timeout)
    start = parse(machine.log[begin:end.start])
    if verdict is not None:
        assert start.verdict == verdict, start.lines
    if boot is not None:
        assert start.boot == boot, start.lines
    assert start.codes == list(notices), start.lines
    return start


def linux(machine, timeout=30):
    """Wait until the guest is ready; Linux must not have complained about what it got."""
    begin = machine.position
    guest.ready(machine, timeout, unless=rb"not syncing|^oopsmon \d")
    complaint = COMPLAINTS.search(machine.log[begin:machine.position])
    assert not complaint, complaint.group(0)


def boot(machine, verdict=None, number=None, notices=(), timeout=30):
    """A whole start up to the guest's first question; returns the monitor's part."""
    start = wait(machine, verdict, number, notices, timeout)
    linux(machine, timeout)
    return start


def compare(start, files, ecc=16):
    """The monitor's records are Linux's files, byte for byte."""
    assert set(start.records) == set(files), start.lines
    for name, file in files.items():
        why = escape.difference(name, start.records[name], file.data, ecc, file.st_size)
        assert not why, f"{name}: {why}"


def node(machine):
    """Properties of /reserved-memory as the guest sees them: path -> text."""
    rows = (line.partition(" = ") for line in guest.step(machine, "dt").decode().splitlines())
    return {path: value for path, _, value in rows}

# SPDX-License-Identifier: BSD-2-Clause
"""The armored report of a real crash: decoded by the host program it is what Linux reads."""
import re
import subprocess

import pytest
import ram
import starts
from omlab import guest
from omlab.qemu import ICOUNT

FULL = "oopsmon.report=full"
REPORT = re.compile(rb"-----BEGIN OOPSMON REPORT 2----- id ([0-9a-f]{8}) boot (\d+) (\S+)\r\n(.*?)"
                    rb"-----END OOPSMON REPORT 2----- id \1 (complete|cut)\r\n", re.DOTALL)
STEPS = ("pmsg hello", "ftrace", "panic")
# Bytes of all kinds, escapes and a NUL among them.
BINARY = "sh dd if=/bin/busybox of=/dev/pmsg0 bs=6000 skip=7 count=1 2> /dev/null; " \
         "printf '\\033[31m\\\\x41\\r\\0 \\\\' > /dev/pmsg0"
MUCH = "sh dd if=/bin/busybox of=/dev/pmsg0 bs=60000 count=1 2> /dev/null"


def reports(text):
    """Matches of REPORT; between the banners are printable lines that end CR LF."""
    found = list(REPORT.finditer(text))
    for one in found:
        for line in one.group(0).split(b"\r\n"):
            assert len(line) <= 79 and re.fullmatch(rb"[\x20-\x7e]*", line), line
    return found


def decoded(build, folder, text, status=0):
    """Name -> bytes of the files that the host program makes of a log; and what it says."""
    (folder / "log").write_bytes(text)
    done = subprocess.run([build / "host" / "oopsmon", "decode", "-o", folder / "out", folder / "log"],
                          capture_output=True, timeout=120)
    assert done.returncode == status, done.stderr.decode() + done.stdout.decode()
    files = {p.name: p.read_bytes() for p in (folder / "out").rglob("*-ramoops-*") if p.is_file()}
    return files, done.stdout.decode()


ROWS = [("default", "", "pmsg hello", 16), ("no parity lines", "oopsmon.parity=0", "pmsg hello", 16),
        ("binary", "oopsmon.ecc_size=0", BINARY, 0),
        ("long", "oopsmon.report_seconds=0 oopsmon.parity=100", MUCH, 16)]


@pytest.mark.parametrize("more, step, ecc", [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_full(virt, build, tmp_path, more, step, ecc):
    """Told once, complete, byte for byte what Linux lists."""
    machine = virt(f"{FULL} {more}")
    starts.boot(machine, starts.COLD, 1)
    guest.step(machine, step)
    guest.step(machine, "ftrace")
    guest.start(machine, "panic")
    start = starts.boot(machine, starts.PANIC, 2)
    (report,) = reports(start.text)
    assert report.group(2, 3, 5) == (b"2", b"panic", b"complete")
    assert start.text.index(b"==== summary ====") < report.start() and not start.records
    files, _ = decoded(build, tmp_path, start.text)
    starts.compare(start._replace(records=files), guest.pstore(machine), ecc)
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3).is_plain


# mode, summary, armored reports, records as text, a tail
MODES = [("none", False, 0, 0, False), ("summary", True, 0, 0, True), ("full", True, 1, 0, True),
         ("text", True, 0, 4, False)]


@pytest.mark.parametrize("mode, summary, armored, plain, tail", MODES, ids=[m[0] for m in MODES])
def test_modes(warm, capture, mode, summary, armored, plain, tail):
    machine = warm(capture(*STEPS).rows, f"oopsmon.report={mode}")
    start = starts.wait(machine, starts.PANIC, 2)
    assert (b"==== summary ====" in start.text) == summary
    assert len(reports(start.text)) == armored and len(start.records) == plain
    assert bool(tail_of(start.text)) == tail


TAIL = re.compile(rb"^oopsmon: ---- last lines of the (crash|log) in (\S+) ----\r\n"
                  rb"((?:\|[^\r\n]*\r\n)*)", re.MULTILINE)


def tail_of(text):
    """The last lines of the crash as the summary shows them, in rows of at most 80 columns."""
    found = TAIL.search(text)
    rows = found.group(3).decode("ascii").split("\r\n")[:-1] if found else []
    assert all(len(row) <= 80 for row in rows), rows
    return [row[2:] for row in rows]


def card(text):
    """The summary's rows."""
    rows = [line.rstrip(b"\r") for line in text.split(b"\n") if line.startswith(b"oopsmon:")]
    return rows[rows.index(b"oopsmon: ==== summary ===="):]


CRASHES = {"a panic": (("panic",), b"Kernel panic - not syncing: sysrq triggered crash"),
           "an oops, then a panic": (("panic-on-oops", "oops"),
                                     b"8<--- cut here ---")}
# crash, lines wished for, on the command line
TAILS = [("a panic", 0, "oopsmon.tail=0"), ("a panic", 3, "oopsmon.tail=3"), ("a panic", 20, ""),
         ("an oops, then a panic", 20, ""), ("an oops, then a panic", 999, "oopsmon.tail=999")]


@pytest.mark.parametrize("crash, n, more", TAILS, ids=[f"{c}: {n} lines" for c, n, _ in TAILS])
def test_tail(warm, capture, build, tmp_path, crash, n, more):
    """The crash's own last lines without their levels, in a card of 80 columns, then the report."""
    steps, begin = CRASHES[crash]
    machine = warm(capture(*steps).rows, f"{FULL} {more}")
    start = starts.wait(machine, starts.PANIC, 2)
    (report,) = reports(start.text)
    files, _ = decoded(build, tmp_path, start.text)
    (log,) = [f for f in files.values() if f.startswith(b"Panic#")]
    event = log[log.rindex(b"\n", 0, log.index(begin)) + 1:].decode("ascii").splitlines()
    want = [re.sub(r"^<\d+>", "", line).rstrip() for line in event][-n or len(event):]
    shown = tail_of(start.text)
    if n == 0:
        assert not shown
    else:
        assert len(shown) >= len(want) >= (30 if n == 999 else min(n, 7))
        assert want[0].startswith(shown[0])
        # a blank at which a row was broken is not printed
        assert "".join("".join(shown).split()) == "".join("".join(want).split())
    assert all(len(row) <= 80 for row in card(start.text))
    assert not n or TAIL.search(start.text).end() == report.start()


def test_tail_of_a_console(warm, capture):
    """Without dmesg records the console shows how it ended."""
    crash = capture("panic", more="oopsmon.record_size=0")
    machine = warm(crash.rows, f"{FULL} oopsmon.record_size=0")
    start = starts.wait(machine, starts.PANIC, 2)
    assert TAIL.search(start.text).group(2) == b"console-ramoops-0"
    assert tail_of(start.text)[0].endswith("Kernel panic - not syncing: sysrq triggered crash")


def test_short_of_time(warm, capture, build, tmp_path):
    """One second of 115200 baud: the dump and the console first, what is missing has a name. The
    clock counts instructions, so that packing takes the same part of the second everywhere."""
    crash = capture(MUCH, "panic")
    machine = warm(crash.rows, f"{FULL} oopsmon.report_seconds=1", extra=ICOUNT)
    start = starts.wait(machine, starts.PANIC, 2)
    (report,) = reports(start.text)
    assert report.group(5) == b"cut" and len(report.group(0)) <= 11520 + 79
    assert len(report.group(0)) > 11520 * 3 // 4
    left = re.findall(rb"^oopsmon: left out: (\S+), (\d+) of (\d+) bytes\r$", report.group(0), re.MULTILINE)
    assert left and b"oopsmon: 1 s at 115200 baud are over; " in report.group(0)
    files, _ = decoded(build, tmp_path, start.text, status=1)
    assert b"Kernel panic - not syncing: sysrq" in files["dmesg-ramoops-0"]
    assert b"dmesg-ramoops-0" not in [name for name, _, _ in left]


def test_told_again(warm, capture, symbols, build, tmp_path):
    """The same records have the same number, whichever boot tells them, and only if asked."""
    ids = []
    for more in ("", "oopsmon.report_again"):
        machine = warm(capture(*STEPS).rows, f"{FULL} {more}")
        with machine.debugger() as dbg:
            dbg.run_to(symbols["payload_step"] & ~1)
            machine.expect("^-----END OOPSMON REPORT 2[^\r\n]*\r\n")
            first = machine.log
            machine.reset()
        second = starts.wait(machine, starts.NO_NEWS, 3).text
        ids.append([r.group(1, 2) for r in reports(first) + reports(second)])
    number = ids[0][0][0]
    assert ids == [[(number, b"2")], [(number, b"2"), (number, b"3")]]


def test_put_off(warm, capture, symbols):
    """With none, nothing is told and the next verdict is right; a later start tells it."""
    crash = capture(*STEPS)
    machine = warm(crash.rows, "oopsmon.report=none")
    with machine.debugger() as dbg:
        dbg.run_to(symbols["payload_step"] & ~1)
        machine.expect("^oopsmon [^\r\n]*warm boot 2, the last kernel PANICKED[^\r\n]*\r\n")
        page = machine.read_physical(crash.page_at, ram.PAGE)
        machine.reset()
    start = starts.wait(machine, starts.NO_NEWS, 3)
    assert start.is_plain
    machine = warm(crash._replace(page=page).rows, FULL)
    start = starts.wait(machine, starts.NO_NEWS, 3)
    assert len(reports(start.text)) == 1


def test_unverified(warm, capture, build, tmp_path):
    machine = warm(capture(*STEPS).without_page().rows, FULL)
    start = starts.wait(machine, starts.UNVERIFIED, 1, [301])
    (report,) = reports(start.text)
    assert report.group(2, 3) == (b"1", b"unverified")
    files, said = decoded(build, tmp_path, start.text)
    assert len(files) == 4 and "boot 1 (cold)" in said


def test_fault_in_the_middle(warm, virt, capture, symbols):
    """A report without END; Linux starts all the same."""
    machine = virt(FULL, stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, capture(*STEPS).rows)
        dbg.run_to(symbols["rs16_parity"] & ~1)
        dbg.set_register("pc", 0)
    start = starts.boot(machine, starts.PANIC, 2, [901, 902])
    assert b"BEGIN OOPSMON REPORT" in start.text and not reports(start.text)


@pytest.mark.parametrize("word", ["report=ful", "report_seconds=ten", "parity=101", "report_again=x"])
def test_bad_word(warm, capture, word):
    machine = warm(capture(*STEPS).rows, f"{FULL} oopsmon.{word}")
    assert len(reports(starts.wait(machine, starts.PANIC, 2, [305]).text)) == 1

# SPDX-License-Identifier: BSD-2-Clause
"""Many records, and large ones: none is left out, none comes twice, and a part is called one."""
import re
import struct

import pytest
import starts
from omlab import flash, guest, ramoops
from test_archiving import entries
from test_report import decoded, reports

FULL = "oopsmon.report=full oopsmon.report_seconds=0 oopsmon.record_size=32K"
LARGE = "oopsmon.region=8M oopsmon.console_size=4M oopsmon.archive=none"
PACKED = "oopsmon.region=8M oopsmon.record_size=1M oopsmon.archive=none"
OOPSES = 45
SMALL = "oopsmon.region=4M oopsmon.record_size=4K"
DUMPS, RECORDS_MAX = 520, 512  #: more than a report has
CONSOLE = b"".join(b"[%5d.%06d] console line %d\n" % (n, n * 7, n) for n in range(900))


def region_of(crash):
    """A region of the captured one's sizes after that many oopses and a panic; name -> bytes."""
    sizes = ramoops.Sizes(len(crash.region), 32 << 10, 256 << 10, 128 << 10, 128 << 10, 16, True)
    region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1))
    want = {}
    for n in range(OOPSES + 1):
        lines = [b"<4>[%5d.%06d] oops %d line %d\n" % (100 + n, line, n, line) for line in range(60)]
        if n == OOPSES:
            lines.append(b"<0>[%5d.%06d] Kernel panic - not syncing: after many oopses\n" % (999, 1))
        dump = region.dump("Oops" if n < OOPSES else "Panic", lines, (1700000000 + n, 5))
        want[f"dmesg-ramoops-{dump.slot}"] = dump.text
    region.console(CONSOLE)
    want["console-ramoops-0"] = CONSOLE
    return bytes(region.ram), want


def test_forty_five_oopses_and_a_panic(warm, capture, build, tmp_path):
    """The report and the archive have all of them, and the starts after it report nothing."""
    bank = flash.make(tmp_path / "bank.img")
    crash = capture("panic", more="oopsmon.record_size=32K")
    content, want = region_of(crash)
    # the page of a start that had none of these records, and no crash before
    machine = warm(crash._replace(region=content).rows, FULL, bank=bank)
    start = starts.boot(machine, starts.PANIC, 2, timeout=300)
    (report,) = reports(start.text)
    assert report.group(3, 5) == (b"panic", b"complete")
    files, _ = decoded(build, tmp_path, start.text)
    assert len(want) == OOPSES + 2 and bare(files) == want
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3).is_plain
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 4).is_plain
    machine.close()
    (archived,) = entries(build, bank, tmp_path / "archive").values()
    assert bare(archived) == want
    assert struct.unpack_from("<I", crash.page, 4)[0] == 2


def test_more_records_than_a_report_has(warm, capture, build, tmp_path):
    """The newest are in report and archive; neither is called complete, and both name the rest."""
    bank = flash.make(tmp_path / "bank.img")
    crash = capture("panic", more=SMALL)
    sizes = ramoops.Sizes(len(crash.region), 4 << 10, 256 << 10, 128 << 10, 128 << 10, 16, True)
    region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1))
    for n in range(DUMPS):
        end = b"Kernel panic - not syncing: after many oopses" if n == DUMPS - 1 else b"oops %d" % n
        lines = [b"<4>[%5d.%06d] oops %d line %d\n" % (n, line, n, line) for line in range(20)]
        region.dump("Panic" if n == DUMPS - 1 else "Oops",
                    [*lines, b"<0>[%5d.000020] %s\n" % (n, end)], (1700000000 + n, 5))
    region.console(CONSOLE)
    machine = warm(crash._replace(region=bytes(region.ram)).rows,
                   f"{SMALL} oopsmon.report=full oopsmon.report_seconds=0 oopsmon.archive_seconds=0",
                   bank=bank)
    start = starts.boot(machine, starts.PANIC, 2, timeout=300)
    left = DUMPS + 1 - RECORDS_MAX  # with the console
    named = f"{left} of dmesg-ramoops-0 to -{left - 1}"
    said = " ".join(line.removeprefix("oopsmon:").strip() for line in start.lines)
    assert f"left out {named}: no report has room for more than {RECORDS_MAX}" in said
    assert f"left out: {named}, in RAM for Linux" in said
    assert ", but for what is left out; " in said
    (report,) = reports(start.text)
    assert report.group(3, 5) == (b"panic", b"cut")
    files, _ = decoded(build, tmp_path, start.text, 1)
    assert len(files) == RECORDS_MAX
    assert {f"dmesg-ramoops-{n}" for n in range(left, DUMPS)} | {"console-ramoops-0"} == set(files)
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3, timeout=120).is_plain
    machine.close()
    (archived,) = entries(build, bank, tmp_path / "archive", 1).values()
    assert set(archived) == set(files)


# name, whether the retained page is there, verdict, number of the start, notices after E304
PAGES = [("warm", True, starts.PANIC, 2, []), ("no page", False, starts.UNVERIFIED, 1, [301])]


@pytest.mark.parametrize("has_page, verdict, number, notices", [p[1:] for p in PAGES],
                         ids=[p[0] for p in PAGES])
def test_console_larger_than_the_memory(warm, capture, has_page, verdict, number, notices):
    """Its newest part is reported, the summary and a notice say so."""
    lines = b"".join(b"[%5d.%06d] console line %d\n" % (n, n * 7 % 1000000, n) for n in range(120000))
    crash = capture("panic", more=LARGE)
    sizes = ramoops.Sizes(len(crash.region), 64 << 10, 4 << 20, 128 << 10, 128 << 10, 16, True)
    region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1))
    region.dump("Panic", [b"<0>[99999.000001] Kernel panic - not syncing: large\n"], (1700000000, 5))
    region.console(lines)
    crash = crash._replace(region=bytes(region.ram))
    if not has_page:
        crash = crash.without_page()
    machine = warm(crash.rows, LARGE + " oopsmon.report=summary")
    start = starts.wait(machine, verdict, number, [304] + notices, timeout=300)
    # the summary's rows of 80 columns, put together again
    said = " ".join(line.removeprefix("oopsmon:").strip() for line in start.lines)
    assert "E304 console-ramoops-0 is larger than the memory to read it: a part is left out here" in said
    facts = re.search(r"console-ramoops-0 +(\d+) bytes, .*?larger than the memory here, a part left out", said)
    shown = int(facts.group(1))
    assert 3 << 20 < shown < 4 << 20


def test_packed_text_larger_than_the_memory(warm, capture, build, tmp_path):
    """The crash at its end is in summary and report, and the record is called cut."""
    lines = [b"<6>[%5d.%06d] line %d of a log that packs well: %s\n" % (n, n, n, b"abc " * 40)
             for n in range(25000)]
    lines.append(b"<0>[25000.000001] Kernel panic - not syncing: the newest line\n")
    crash = capture("panic", more=PACKED)
    sizes = ramoops.Sizes(len(crash.region), 1 << 20, 256 << 10, 128 << 10, 128 << 10, 16, True)
    region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 6, 1), wide=False, cpu_in_ip=1))
    text = region.dump("Panic", lines, (1700000000, 5), most=5 << 20).text
    assert len(text) > 4 << 20
    machine = warm(crash._replace(region=bytes(region.ram)).rows,
                   PACKED + " oopsmon.report=full oopsmon.report_seconds=0")
    start = starts.wait(machine, starts.PANIC, 2, [304], timeout=400)
    said = " ".join(line.removeprefix("oopsmon:").strip() for line in start.lines)
    assert "E304 dmesg-ramoops-0 is larger than the memory to read it" in said
    assert "text longer than there is room for, a part missing" in said
    assert "Kernel panic - not syncing: the newest line" in said
    files, _ = decoded(build, tmp_path, start.text, 1)
    title, rest = files["dmesg-ramoops-0"].split(b"\n", 1)
    rest = re.sub(rb"\n(?:ECC: )?No errors detected\n$", b"", rest)
    assert title == b"Panic#1 Part1" and text.endswith(rest) and len(rest) > 2 << 20


def bare(files):
    """Without the notice of ECC that Linux's reader adds."""
    return {name: re.sub(rb"\n(?:ECC: )?No errors detected\n$", b"", data) for name, data in files.items()}

# SPDX-License-Identifier: BSD-2-Clause
"""The time for a crash is bounded, whatever the damage: on a clock that counts instructions."""
import json
import random
import re
import subprocess

import pytest
import ram
import starts
from omlab import qemu, ramoops

ZONES = 24
# 4 ns for each instruction: a core with 250 million a second
SLOW_CORE = ("-icount", "shift=2,sleep=off", "-rtc", "clock=vm")
PER_SECOND = 250_000_000
WORDS = ("device", "driver", "probe of", "failed with error", "irq", "clock", "registered", "bus",
         "mounted filesystem", "link is up", "firmware", "timeout waiting for", "regulator", "dma")
SIZES = ("oopsmon.region=2M oopsmon.record_size=32K oopsmon.console_size=64K oopsmon.pmsg_size=64K "
         "oopsmon.ftrace_size=64K")
LEFT = "no time to search all of the damage"


def lines_of(rng, n, first):
    """A kernel log that packs as kernel logs do."""
    for i in range(n):
        said = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(2, 6)))
        yield b"<%d>[%5d.%06d] %s %x\n" % (rng.randrange(3, 7), first + i // 20, i * 37, said.encode(),
                                           rng.randrange(1 << 24))


def damaged(crash, ecc):
    """The region of as many dumps, the last one a panic, each packed and damaged in several places."""
    rng = random.Random(24)
    sizes = ramoops.Sizes(len(crash.region), 32 << 10, 64 << 10, 64 << 10, 64 << 10, ecc, True)
    region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1))
    for n in range(ZONES):
        lines = [*lines_of(rng, 900, 100 * n)]
        if n == ZONES - 1:
            lines.append(b"<0>[%5d.000020] Kernel panic - not syncing: after many oopses\n" % (100 * n + 90))
        dump = region.dump("Panic" if n == ZONES - 1 else "Oops", lines, (1700000000 + n, 5))
        assert dump.packing and not dump.cut
        zone = region.zone("dmesg", n)
        for _ in range(12):  # bursts, longer than any parity mends
            at = zone.data + 200 + rng.randrange(len(dump.stored) - 250)
            for i in range(24 if ecc else 1):
                region.ram[at + i] ^= rng.randrange(1, 256)
    region.console(b"".join(lines_of(rng, 300, 5000)))
    return bytes(region.ram)


def instructions(machine, crash, symbols):
    """Of the start after @crash: to read, to archive and to report."""
    places = ("crash_read_step", "verdict_print", "archive_step", "report_step", "page_write_step")
    counts = []
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        for name in places:
            dbg.run_to(symbols[name] & ~1, 900)
            counts.append(machine.instructions())
    reading, _, archive, report = [b - a for a, b in zip(counts, counts[1:])]
    print(f"{reading:,} to read, {archive:,} to archive, {report:,} to report")
    return reading, archive, report


@pytest.mark.parametrize("ecc", (0, 16))
def test_damaged_streams(virt, capture, symbols, build, tmp_path, ecc):
    """A second each on a slow core bound it all; the panic comes first, and what was not done is said."""
    sizes = f"{SIZES} oopsmon.ecc_size={ecc}"
    crash = capture("panic", more=sizes)
    crash = crash._replace(region=damaged(crash, ecc))
    machine = virt(f"{sizes} oopsmon.archive_seconds=1 oopsmon.report_seconds=1 oopsmon.report=full",
                   extra=SLOW_CORE, stopped=True)
    reading, archive, report = instructions(machine, crash, symbols)
    assert reading < PER_SECOND * 3 // 4
    assert reading + archive < PER_SECOND * 5 // 4  # a record and a chapter that were begun
    assert reading + archive + report < 2 * PER_SECOND
    start = starts.wait(machine, starts.PANIC, 2, timeout=900)
    said = " ".join(line.removeprefix("oopsmon:").strip() for line in start.lines)
    names = re.findall(r"(dmesg-ramoops-\d+) ", said[said.index("records"):])
    assert names[0] == f"dmesg-ramoops-{ZONES - 1}"
    assert said.count(LEFT) >= 5
    (tmp_path / "log").write_bytes(machine.log)
    done = subprocess.run([build / "host" / "oopsmon", "decode", "--json", tmp_path / "log"],
                          capture_output=True, timeout=120, check=False)
    (report,) = json.loads(done.stdout)["reports"]
    first = report["records"][0]
    assert (first["name"], first["reason"]) == (names[0], "Panic")
    assert sum("search-cut" in record["notes"] for record in report["records"]) >= ZONES


# of a parameter given twice, the last one counts
CONSOLE = f"{SIZES} oopsmon.ecc_size=16 oopsmon.region=4M oopsmon.console_size=1M"


def full_console(crash):
    """The region after a panic with a console log that fills its megabyte."""
    rng = random.Random(1)
    sizes = ramoops.Sizes(len(crash.region), 32 << 10, 1 << 20, 64 << 10, 64 << 10, 16, True)
    region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1))
    lines = [*lines_of(rng, 23000, 10),
             b"<0>[%5d.000020] Kernel panic - not syncing: with a long log\n" % 2000]
    region.dump("Panic", lines[-900:], (1700000000, 5))
    region.console(b"".join(lines))
    assert region.zone("console").size == region.zone("console").cap
    return bytes(region.ram)


def test_a_full_console_of_a_megabyte(virt, capture, symbols):
    """With the seconds there are by default all of it is archived, and reported as the line allows."""
    crash = capture("panic", more=CONSOLE)
    crash = crash._replace(region=full_console(crash))
    machine = virt(f"{CONSOLE} oopsmon.report=full", extra=SLOW_CORE, stopped=True)
    assert sum(instructions(machine, crash, symbols)) < 400_000_000
    start = starts.wait(machine, starts.PANIC, 2, timeout=900)
    said = "\n".join(start.lines)
    assert re.search(r"console-ramoops-0  9\d{5} bytes, intact", said)
    assert re.search(r"kept +as entry 1 of the archive in flash, \d+ bytes; Linux", said)
    assert re.search(r"left out: console-ramoops-0, \d+ of 9\d{5} bytes", said)


def test_a_new_archive_is_looked_through_by_words(virt, capture, symbols):
    """The first crash finds no archive: all of its place has to be ones, for an instruction a byte."""
    crash = capture("pmsg hello", "panic")
    machine = virt("oopsmon.report=none", extra=SLOW_CORE, stopped=True)
    looked = spent = 0
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
        dbg.run_to(symbols["archive_step"] & ~1, 300)
        dbg.breakpoint(symbols["archive_append"] & ~1)
        dbg.breakpoint(symbols["cfi_blank"] & ~1)
        while True:
            dbg.cont()
            dbg.wait_stop(300)
            if dbg.pc != symbols["cfi_blank"] & ~1:
                break
            begin, registers = machine.instructions(), dbg.registers()
            dbg.breakpoint(symbols["cfi_blank"] & ~1, False)
            dbg.run_to(registers["lr"] & ~1, 300)
            dbg.breakpoint(symbols["cfi_blank"] & ~1)
            looked += registers["r2"]
            spent += machine.instructions() - begin
            assert dbg.registers()["r0"] == 1
        dbg.breakpoint(symbols["archive_append"] & ~1, False)
        dbg.breakpoint(symbols["cfi_blank"] & ~1, False)
    print(f"{spent:,} instructions for {looked:,} bytes")
    assert looked >= (1 << 20) - 4096 and spent <= looked
    starts.wait(machine, starts.PANIC, 2)

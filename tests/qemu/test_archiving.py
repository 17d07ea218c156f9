# SPDX-License-Identifier: BSD-2-Clause
"""The archive in emulated NOR flash: what a crash leaves there when RAM is lost."""
import os
import random
import re
import subprocess
import time
import zlib

import pytest
import ram
import starts
from omlab import flash, guest, qemu

FULL = "oopsmon.report=full"
QUIET = "oopsmon.report=summary"  # less to print
KEPT = re.compile(rb"oopsmon:   kept     as entry (\d+) of the archive in flash, \d+ bytes")
BEFORE = rb"oopsmon:   kept     in the archive in flash by an earlier start"
ONLY_RAM = rb"oopsmon:   kept     in RAM only"
KILLS = int(os.environ.get("OOPSMON_KILLS", 40))  # more of them by `make check-kills`
PARTS = 8  # of that test, to be run side by side


@pytest.fixture
def bank(tmp_path):
    return flash.make(tmp_path / "bank.img")


def entries(build, path, folder, status=0):
    """Folder name -> name -> bytes: what the host program finds in a bank's file."""
    done = subprocess.run([build / "host" / "oopsmon", "archive", "extract", "-o", folder, path],
                          capture_output=True, timeout=120)
    assert status is None or done.returncode == status, done.stderr.decode() + done.stdout.decode()
    return {one.name: {p.name: p.read_bytes() for p in one.glob("*-ramoops-*")}
            for one in sorted(folder.iterdir()) if one.is_dir()}


def compare(files, listed):
    starts.compare(starts.Start(*[None] * 5, [], files, None, None), listed)


CRASHES = [(("pmsg one", "panic"), starts.PANIC), (("pmsg two", "oops", "sysrq-b"), starts.OOPS),
           (("pmsg three", "hang"), starts.ABRUPT)]


def test_three_crashes_over_cold_restarts(virt, build, bank, tmp_path):
    """RAM is lost between them, as QEMU ends; the archive tells all three, as Linux read them."""
    listed = []
    for number, (steps, verdict) in enumerate(CRASHES, 1):
        machine = virt(FULL, bank=bank)
        starts.boot(machine, starts.COLD, 1)
        for step in steps[:-1]:
            guest.step(machine, step)
        guest.start(machine, steps[-1])
        if steps[-1] == "hang":
            machine.expect("@@HANG")
            machine.reset()
        start = starts.boot(machine, verdict, 2)
        assert int(KEPT.search(start.text)[1]) == number
        listed.append(guest.pstore(machine))
        machine.close()
    found = entries(build, bank, tmp_path / "out")
    assert len(found) == len(CRASHES)
    for files, want in zip(found.values(), listed):
        compare(files, want)


def test_told_with_none_and_archived_once(virt, build, bank, tmp_path):
    """oopsmon.report=none archives too; a later start that tells the crash does not do it again."""
    machine = virt("oopsmon.report=none", bank=bank)
    starts.boot(machine, starts.COLD, 1)
    guest.start(machine, "panic")
    start = starts.boot(machine, starts.PANIC, 2)
    assert start.is_plain
    guest.start(machine, "reboot-clean")
    assert starts.boot(machine, starts.CLEAN, 3).is_plain
    machine.close()
    assert len(entries(build, bank, tmp_path / "out")) == 1


def test_archived_before_told(warm, capture, build, bank, tmp_path):
    """Power fails when the report begins: the crash is in flash, and told by the next start."""
    crash = capture("pmsg hello", "panic")
    machine = warm(crash.rows, FULL, bank=bank)
    machine.cont()
    machine.expect(rb"==== summary ====")
    machine.close()
    assert len(entries(build, bank, tmp_path / "out")) == 1


def test_not_again_after_a_reset_while_telling(warm, capture, build, bank, tmp_path):
    crash = capture("pmsg hello", "panic")
    machine = warm(crash.rows, FULL, bank=bank)
    machine.cont()
    machine.expect(rb"-----BEGIN OOPSMON REPORT")
    machine.reset()
    machine.expect(BEFORE)
    machine.expect(starts.LINUX)
    machine.close()
    assert len(entries(build, bank, tmp_path / "out")) == 1


FOREIGN = b"UBI#\x01\0\0\0" * 100
REFUSED = [
    ("no drive", False, None, 605),
    ("foreign", None, FOREIGN, 605),
    ("foreign after the first block", None, b"\xff" * 300000 + FOREIGN, 605),
    ("newer", None, None, 606),
    ("another size", None, None, 607),
]


@pytest.mark.parametrize("given, content, code", [r[1:] for r in REFUSED],
                         ids=[r[0] for r in REFUSED])
def test_what_is_not_ours_is_left_alone(warm, capture, tmp_path, build, given, content, code):
    if code >= 606:
        content = bytearray(written(warm, capture, tmp_path / "made.img"))
        changed(content, code)
    path = given if given is False else flash.make(tmp_path / "bank.img", bytes(content or b""))
    before = path and path.read_bytes()
    machine = warm(capture("pmsg hello", "panic").rows, QUIET, bank=path)
    start = starts.wait(machine, starts.PANIC, 2, [code])
    assert re.search(ONLY_RAM, start.text)
    machine.close()
    assert not path or path.read_bytes() == before


def written(warm, capture, path):
    machine = warm(capture("pmsg hello", "panic").rows, QUIET, bank=flash.make(path))
    starts.wait(machine, starts.PANIC, 2)
    machine.close()
    return flash.archive_of(path)


def changed(content, code):
    """The head of the first block, as a newer version or a larger partition would have it."""
    if code == 606:
        content[8] = 2
    else:
        content[16] = 8
    content[60:64] = zlib.crc32(content[:60]).to_bytes(4, "little")


def test_write_protected(warm, capture, tmp_path, bank):
    machine = warm(capture("pmsg hello", "panic").rows, QUIET, bank=f"{bank},readonly=on")
    start = starts.wait(machine, starts.PANIC, 2, [608])
    assert b"failed (it is protected): the crash is not complete there" in start.text
    assert re.search(rb"oopsmon:   kept     in ", start.text)


PLACES = [("none", "oopsmon.archive=none", [], False), ("elsewhere", "oopsmon.archive=512K@0x4100000", [], True),
          ("over the monitor", "oopsmon.archive=1M@0", [603], False),
          ("no whole blocks", "oopsmon.archive=600K@0x4100000", [602], False),
          ("in the bank that runs, which is not erased", "oopsmon.archive=1M@0x2000000", [605], False),
          ("outside", "oopsmon.archive=1M@0x8000000", [603], False)]


@pytest.mark.parametrize("more, codes, kept", [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_places(warm, capture, build, bank, tmp_path, more, codes, kept):
    machine = warm(capture("pmsg hello", "panic").rows, f"{QUIET} {more}", bank=bank)
    start = starts.wait(machine, starts.PANIC, 2, codes)
    assert bool(KEPT.search(start.text)) == kept
    machine.close()
    assert flash.archive_of(bank) == b"\xff" * flash.ARCHIVE_BYTES


def crashed_again(machine, crash, number):
    """A warm reset with the crash in RAM; its pmsg says which one of many it is."""
    text = b"pmsg %05d" % number
    with machine.debugger() as dbg:  # Linux stands still until the reset
        ram.fill(dbg, [(at, data.replace(b"pmsg hello", text)) for at, data in crash.rows],
                 zeroes=True)
        machine.reset()
        machine.wait_event("RESET")
    return text


def archiving(machine, seconds):
    """Number of the entry that was confirmed within the time, None: it was not."""
    try:
        machine.expect(rb"oopsmon:   kept ", seconds)
        machine.expect(rb"pstore\r\n")
    except qemu.MachineError:
        pass
    found = KEPT.search(machine.log)
    return found and int(found[1])


def test_linux_reads_the_same(virt, build, bank, tmp_path):
    """The partition is an mtd of Linux; what it reads there is what the monitor archived."""
    machine = virt(QUIET, bank=bank)
    starts.boot(machine, starts.COLD, 1)
    guest.start(machine, "panic")
    assert KEPT.search(starts.boot(machine, starts.PANIC, 2).text)
    read, listed = guest.mtd(machine, "oopsmon"), guest.pstore(machine)
    assert read == flash.archive_of(bank)
    (tmp_path / "mtd").write_bytes(read)
    (files,) = entries(build, tmp_path / "mtd", tmp_path / "out").values()
    compare(files, listed)


def after_power_cut(machine):
    assert starts.wait(machine, starts.COLD, 1, timeout=60).is_plain


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_while_archiving(capture, build, image, zimage, bank, tmp_path, part):
    """QEMU ends at a random instant; the next start has all that was archived, and starts Linux."""
    rng = random.Random(part)
    crash = capture("pmsg pmsg hello", "panic", more="oopsmon.ecc_size=0")
    assert crash.region.count(b"pmsg hello") == 1
    words = qemu.command(bios=image, kernel=zimage, bank=bank,
                         append=f"console=ttyAMA0 oopsmon.fetch_seconds=0 {QUIET}")
    kept, longest = [], 1
    for number in range(KILLS // PARTS):
        with qemu.Machine(words) as machine:
            after_power_cut(machine)
            text = crashed_again(machine, crash, number)
            machine.expect(starts.PANIC, 60)
            begin = time.monotonic()
            if archiving(machine, rng.random() * longest if number else 60):
                kept.append(text)
            longest = max(longest, time.monotonic() - begin) if not number else longest
    with qemu.Machine(words) as machine:
        after_power_cut(machine)
    found = [files.get("pmsg-ramoops-0") for files in
             entries(build, bank, tmp_path / "out", None).values()]
    # the first one always had the time it takes
    assert kept and [text for text in kept if not any(
        pmsg and text in pmsg for pmsg in found)] == []


SMALL = "oopsmon.archive=512K@0x4100000"  # two blocks: an entry gets most of one
NOISE = "oopsmon.region=2M oopsmon.pmsg_size=1M oopsmon.ecc_size=0"


def test_larger_than_the_archive(warm, capture, build, bank, tmp_path):
    """What has no room is named; what is there is the crash's beginning, and no run-over."""
    crash = capture("pmsg hello", "panic", more=NOISE)
    noise = random.Random(7).randbytes((1 << 20) - 12)
    at = len(crash.region) - (1 << 20)  # pmsg's zone is the last one
    assert crash.region[at + 12:].startswith(b"hello")
    header = crash.region[at:at + 4] + (0).to_bytes(4, "little") + len(noise).to_bytes(4, "little")
    machine = warm(crash.change(at, header + noise).rows, f"{QUIET} {NOISE} {SMALL}", bank=bank)
    start = starts.wait(machine, starts.PANIC, 2)
    unfolded = start.text.replace(b"\r\noopsmon:            ", b" ")
    assert re.search(KEPT.pattern + rb", as much as has room there", unfolded)
    machine.close()
    (files,) = entries(build, bank, tmp_path / "out", status=1).values()
    assert b"Kernel panic" in files["dmesg-ramoops-0"]
    first, left, last = re.split(rb"\n\[oopsmon: (\d+) bytes left out\]\n", files["pmsg-ramoops-0"])
    assert noise.startswith(first) and noise.endswith(last)
    assert len(first) + int(left) + len(last) == len(noise)
    assert len(first) + len(last) > 200000
    done = subprocess.run([build / "host" / "oopsmon", "archive", "ls", bank], capture_output=True,
                          timeout=120, check=True)
    assert b"entry 1 lacks %s bytes of the crash, which had no room" % left in done.stdout

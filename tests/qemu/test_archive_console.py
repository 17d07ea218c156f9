# SPDX-License-Identifier: BSD-2-Clause
"""The archive for whoever sits at the console: list, show, send, erase."""
import lzma
import re
import subprocess
import threading

import pytest
import ram
import starts
from omlab import drivers, escape, flash, guest, report
from receiver import receive

QUIET = "oopsmon.report=summary"
CTRL_L = b"\x0c"
PLACE = flash.BANK_BYTES - flash.ARCHIVE_BYTES
BLOCKS = flash.ARCHIVE_BYTES // flash.BLOCK_BYTES
CRASHES = ["base-a32-ecc16", "a61-pmsgwrap-bin-ecc32", "a61-reboot"]
PROMPT = rb"archive> "
ENTRY = re.compile(rb"^ *(\d+) +(\d+|-)  (\S+) .*?(complete|incomplete|damaged) *(.*?)\r$", re.M)
COUNT = rb"^oopsmon: %d entries in the archive at 0x7f00000, 4 blocks of 262144 bytes\r\n"


@pytest.fixture(scope="session")
def three(build, tmp_path_factory):
    """The bytes of an archive with three recorded crashes."""
    folder = tmp_path_factory.mktemp("three")
    writer = drivers.compiled(build, "tests/system/archive_image.c", folder)
    image = folder / "image"
    image.write_bytes(b"\xff" * flash.ARCHIVE_BYTES)
    for boot, name in enumerate(CRASHES, 2):
        sizes, cpus = report.recorded()[name]
        region = lzma.decompress((report.REGIONS / name / "region.bin.xz").read_bytes())
        words = map(str, (image, 0, flash.BLOCK_BYTES, BLOCKS, 0, 0, boot, *sizes, cpus, 0))
        subprocess.run([writer, *words], input=region, check=True, timeout=120)
    return image.read_bytes()


@pytest.fixture
def bank(three, tmp_path):
    return flash.make(tmp_path / "bank.img", three)


def extracted(build, path, folder):
    """Number of the entry -> name -> bytes, as the host program finds them."""
    subprocess.run([build / "host" / "oopsmon", "archive", "extract", "-o", folder, path],
                   capture_output=True, timeout=120, check=True)
    return {int(one.name[:4]): {p.name: p.read_bytes() for p in one.glob("*-ramoops-*")}
            for one in folder.iterdir()}


def talk(virt, path, **parts):
    """A machine whose user has pressed Ctrl-L before Linux starts."""
    machine = virt(QUIET, bank=path, stopped=True, **parts)
    machine.send(CTRL_L)
    with machine.debugger():
        pass
    machine.expect("^oopsmon .*cold boot")
    return machine


def say(machine, line, answer=PROMPT, timeout=30):
    """Type a line; what is said up to the answer."""
    begin = machine.position
    machine.send(line + b"\r")
    machine.expect(answer, timeout)
    return machine.log[begin:machine.position]


def left(machine, words=b"q"):
    machine.send(words + b"\r")
    guest.ready(machine)


def test_list(virt, bank, three):
    machine = talk(virt, bank)
    begin = machine.position
    machine.expect(COUNT % 3)
    rows = ENTRY.findall(machine.log[begin:machine.position])
    assert [(int(n), int(boot), state) for n, boot, _, state, _ in rows] == \
        [(i, i + 1, b"complete") for i in (1, 2, 3)]
    assert all(verdict == b"panic" for _, _, verdict, _, _ in rows)
    assert rows[0][4].startswith(b"Kernel panic - not syncing")
    machine.expect(PROMPT)
    assert ENTRY.findall(say(machine, b"l")) == rows
    left(machine)
    machine.close()
    assert flash.archive_of(bank) == three  # looking changes nothing


@pytest.mark.parametrize("number", [1, 2, 3, None])
def test_show(virt, bank, build, tmp_path, number):
    """The same bytes as the host program extracts; ftrace as its lines."""
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    text = say(machine, b"s %d" % number if number else b"s")
    left(machine)
    want = extracted(build, bank, tmp_path / "out")[number or 3]
    blocks = {b.name: b for b in escape.blocks_from_log(text)}
    assert set(blocks) == set(want)
    for name, data in want.items():
        if name.startswith("ftrace"):
            assert data and len(blocks[name].data.splitlines()) == len(data.splitlines())
        else:
            assert blocks[name].data == data, name


def test_send(virt, bank, build, three, tmp_path):
    """An entry on its own and the whole archive, by YMODEM; the host program reads both."""
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    (one,) = receive(machine, tmp_path / "one", b"y 2\r").items()
    machine.expect(PROMPT)
    (whole,) = receive(machine, tmp_path / "all", b"y\r").items()
    machine.expect(PROMPT)
    left(machine)
    assert whole == ("oopsmon-archive.bin", three)
    assert one[0] == "oopsmon-entry-2.bin"
    want = extracted(build, bank, tmp_path / "out")[2]
    assert extracted(build, tmp_path / "one" / one[0], tmp_path / "got") == {2: want}


def test_erase(virt, warm, capture, bank, build, three, tmp_path):
    """Only after the word; the next crash has the next number."""
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    for word in (b"", b"yes", b"erase all"):
        machine.send(b"e\r")
        machine.expect(rb"type: erase\r\n> ")
        assert b"nothing is erased" in say(machine, word)
    machine.stop()
    assert flash.archive_of(bank) == three
    machine.qmp("cont")
    machine.send(b"e\r")
    machine.expect(rb"type: erase\r\n> ")
    assert b"erasing, 4 of 4 blocks\r\noopsmon: the archive is empty\r\n" in say(machine, b"erase")
    assert re.search(COUNT % 0, say(machine, b"l"), re.M)
    assert b"no entries" in say(machine, b"s")
    left(machine)
    machine.close()
    machine = warm(capture("pmsg hello", "panic").rows, QUIET, bank=bank)
    assert b"kept     as entry 4 of the archive" in starts.wait(machine, starts.PANIC, 2).text
    machine.close()
    assert list(extracted(build, bank, tmp_path / "out")) == [4]


def test_erased_crash_is_archived_again(virt, capture, bank):
    """What was erased is no longer known as archived: not told yet, it comes again."""
    machine = virt("oopsmon.report=none", bank=bank, stopped=True)
    machine.send(CTRL_L)
    with machine.debugger() as dbg:
        ram.fill(dbg, capture("pmsg hello", "panic").rows)
    machine.expect(COUNT % 4)
    machine.expect(PROMPT)
    machine.send(b"e\r")
    machine.expect(rb"type: erase\r\n> ")
    say(machine, b"erase")
    machine.send(CTRL_L + b"q\r")
    starts.linux(machine)
    machine.reset()
    machine.send(CTRL_L)
    begin = machine.position
    machine.expect(COUNT % 1)
    (row,) = ENTRY.findall(machine.log[begin:machine.position])
    assert row[2] == b"abrupt" and row[4].startswith(b"Kernel panic")  # of the older record
    machine.expect(PROMPT)
    left(machine)


@pytest.mark.parametrize("kernel", [True, False])
def test_after_a_crash(virt, capture, bank, kernel):
    """Offered after the report; and by a key where there is nothing to start."""
    parts = {} if kernel else {"kernel": None}
    machine = virt(f"{QUIET} oopsmon.fetch_seconds=60", bank=bank, stopped=True, **parts)
    with machine.debugger() as dbg:
        ram.fill(dbg, capture("pmsg hello", "panic").rows)
    machine.expect(r"^oopsmon: press Ctrl-Y .*, Ctrl-L for the archive\r$")
    if kernel:
        machine.send(CTRL_L)
    else:
        machine.expect("^oopsmon: halted: ")
        machine.send("a")
    machine.expect(COUNT % 4)
    machine.expect(PROMPT)
    if kernel:
        left(machine)
    else:
        machine.send(b"q\rh")
        machine.expect("^oopsmon: halted: ")


NOISE = [("other commands", b"x\r"), ("numbers too large", b"s 99999999999\r"), ("words", b"s one two\r"),
         ("long lines", b"l" * 300 + b"\r"), ("control characters", b"\x00\x1b[A\x7f\x08\xff\x80z\r")]


@pytest.mark.parametrize("typed", [n[1] for n in NOISE], ids=[n[0] for n in NOISE])
def test_noise_ends(virt, bank, three, typed):
    """A line with noise on it does not keep Linux from starting, nor change anything."""
    machine = talk(virt, bank)
    for _ in range(10):
        machine.expect(PROMPT)
        machine.send(typed)
    machine.expect("^oopsmon: this is noise: going on")
    guest.ready(machine)
    machine.close()
    assert flash.archive_of(bank) == three


def test_nobody_there(virt, bank):
    """Without a line Linux starts after 5 s, of the guest's time, after a command in a minute."""
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    machine.send("l")  # no Enter
    machine.expect("oopsmon: no command for 5 s: going on", 90)
    guest.ready(machine)


@pytest.mark.parametrize("typed", [b"\x01", b"\x00\x7f\x08", b"llll", b"\x1b[A", b"\x0c", b"\r", b"\x03"])
def test_keys_without_end(virt, bank, typed):
    """Whatever is typed and typed: no complete line, so Linux starts."""
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    typing = threading.Event()

    def type_on():
        try:
            while not typing.is_set():
                machine.send(typed * 8)
        except (OSError, ValueError):
            pass  # the machine was ended while its input was full

    threading.Thread(target=type_on, daemon=True).start()
    try:
        machine.expect("oopsmon: no command for 5 s: going on", 90)
    finally:
        typing.set()
    machine.expect("Booting Linux")


def test_rubout_and_empty_lines(virt, bank):
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    assert b"no entry 7" in say(machine, b"\x7f\x7flx\x08\x7fs 77\x08")
    for _ in range(30):
        say(machine, b"")
    left(machine)


OTHERS = [
    ("absent", False, None, b"E605 .*the archive cannot be read"),
    ("foreign", None, b"UBI#" * 1000, b"E605 .*the archive cannot be read"),
    ("blank", None, b"", b"0 entries in the archive"),
]


@pytest.mark.parametrize("given, content, says", [o[1:] for o in OTHERS], ids=[o[0] for o in OTHERS])
def test_no_archive(virt, tmp_path, given, content, says):
    machine = talk(virt, given if content is None else flash.make(tmp_path / "bank.img", content))
    machine.expect(rb"^oopsmon: " + says)
    if content == b"":
        machine.expect(PROMPT)
        machine.send(b"e\r")
        machine.expect(rb"type: erase\r\n> ")
        assert b"the archive is empty" in say(machine, b"erase")
        machine.send(b"q\r")
    guest.ready(machine)


def test_turned_off(virt, bank):
    machine = virt(f"{QUIET} oopsmon.archive=none", bank=bank, stopped=True)
    machine.send(CTRL_L)
    with machine.debugger():
        pass
    machine.expect("^oopsmon: there is no archive")
    guest.ready(machine)


def test_write_protected(virt, bank, three):
    machine = talk(virt, f"{bank},readonly=on")
    machine.expect(PROMPT)
    machine.send(b"e\r")
    machine.expect(rb"type: erase\r\n> ")
    assert re.search(rb"oopsmon: E608 erasing the archive at 0x7f00000 failed ", say(machine, b"erase"))
    left(machine)
    machine.close()
    assert flash.archive_of(bank) == three


def test_damaged(virt, bank, tmp_path, three):
    """What is wrong is called so, and not shown as sound."""
    damaged = bytearray(three)
    at = damaged.index(b"Chnk") + 32 + 500  # in the first entry's second chunk
    damaged[at] ^= 0x11
    damaged[at + 9] ^= 0x22
    machine = talk(virt, flash.make(tmp_path / "bad.img", bytes(damaged)))
    begin = machine.position
    machine.expect(COUNT % 3)
    rows = ENTRY.findall(machine.log[begin:machine.position])
    assert [row[3] for row in rows] == [b"damaged", b"complete", b"complete"]
    machine.expect(PROMPT)
    text = say(machine, b"s 1")
    assert b"damaged" in text or b"nothing of it can be read" in text
    left(machine)


def test_stopped(virt, bank):
    """A long text is stopped by a key."""
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    machine.send(b"s 1\r")
    machine.expect(rb"\| ")
    machine.send(b"q")
    machine.expect(rb"^oopsmon: stopped")
    left(machine)


@pytest.mark.parametrize("after", [1, 2, 3])
def test_killed_while_erasing(virt, warm, capture, bank, build, tmp_path, after):
    """The power goes between two blocks: a valid archive is left, and the next crash goes there."""
    machine = talk(virt, bank)
    machine.expect(PROMPT)
    machine.send(b"e\r")
    machine.expect(rb"type: erase\r\n> ")
    machine.send(b"erase\r")
    machine.expect(rb"erasing, %d of 4 blocks" % after)
    machine.close()
    subprocess.run([build / "host" / "oopsmon", "archive", "verify", bank], check=True,
                   capture_output=True, timeout=60)
    machine = warm(capture("pmsg hello", "panic").rows, QUIET, bank=bank)
    assert b"kept     as entry 4 of the archive" in starts.wait(machine, starts.PANIC, 2).text
    machine.close()
    assert 4 in extracted(build, bank, tmp_path / "out")

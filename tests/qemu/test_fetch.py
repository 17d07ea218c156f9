# SPDX-License-Identifier: BSD-2-Clause
"""Records and raw region by YMODEM, received by rb of lrzsz; without a receiver Linux starts."""
import subprocess

import pytest
import ram
from omlab import crashes, escape, guest, qemu
from receiver import START, receive

CTRL_Y, CTRL_R = b"\x19", b"\x12"
ACK, CAN = b"\x06", b"\x18"
STEPS = ("pmsg hello", "ftrace", "panic")
NAMES = ["dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0", "ftrace-ramoops-0"]
PRESS = r"^oopsmon: press Ctrl-Y to fetch the records by YMODEM \(rb\), Ctrl-R for the raw region, Ctrl-L for the archive\r$"
GIVEN_UP = r"^oopsmon: E501 YMODEM was given up after (\d+) files and (\d+) bytes"
# a region that takes no minute to send
SMALL = ("oopsmon.region=256K oopsmon.record_size=16K oopsmon.console_size=32K oopsmon.ftrace_size=16K "
         "oopsmon.pmsg_size=16K")
LONG = "oopsmon.fetch_seconds=60"  # the key comes at once: how long does not matter


def check_records(files, crash, build, folder):
    """What oopsmon decodes from the same RAM."""
    region, out = folder / "region", folder / "decoded"
    region.write_bytes(crash.region)
    subprocess.run([build / "host" / "oopsmon", "decode", region, "-o", out], check=True,
                   capture_output=True)
    listed = [line.split(" ", 2) for line in files["records.txt"].decode().splitlines()]
    assert listed[0][0] == "oopsmon" and "the last kernel PANICKED" in listed[0][2]
    assert [row[0] for row in listed[1:]] == NAMES
    assert sorted(files) == sorted([*NAMES, "records.txt"])
    for name, size, quality in listed[1:]:
        assert int(size) == len(files[name])
        assert quality == "intact"
        assert files[name] == (crashes.only(out) / name).read_bytes(), name


def noise(positions):
    """Bytes at these places of the stream are other ones when they arrive."""
    at = [0]

    def spoil(data):
        begin, out = at[0], bytearray(data)
        at[0] += len(data)
        for where in positions:
            if begin <= where < at[0]:
                out[where - begin] ^= 0x41
        return bytes(out)
    return spoil


@pytest.mark.parametrize("spoil", [[], [3000, 7001]], ids=["good line", "noise"])
def test_records(warm, capture, build, tmp_path, spoil):
    """Every file is what Linux lists afterwards, and what the host program reads in the RAM."""
    crash = capture(*STEPS)
    machine = warm(crash.rows, LONG)
    machine.expect(PRESS)
    files = receive(machine, tmp_path / "got", CTRL_Y, noise(spoil))
    check_records(files, crash, build, tmp_path)
    guest.ready(machine, timeout=60)
    for name, file in guest.pstore(machine).items():
        why = escape.difference(name, files[name], file.data, 16, file.st_size)
        assert not why, f"{name}: {why}"


def test_region(warm, capture, tmp_path):
    """The carve-out byte for byte; the key was typed before anybody asked for one."""
    crash = capture(*STEPS, more=SMALL)
    machine = warm(crash.rows, f"{LONG} {SMALL}")
    files = receive(machine, tmp_path / "got", CTRL_R)
    assert list(files) == [f"ramoops-{crash.base:#x}-{len(crash.region):#x}.bin"]
    assert files.popitem()[1] == crash.region
    guest.ready(machine, timeout=60)


# more, keys typed, is there a line, what comes of it
SILENT = [
    ("no key", "oopsmon.fetch_seconds=1", b"", True, None),
    ("other keys", "oopsmon.fetch_seconds=1", b"yr\r\x03\x04\x13 C\x06", True, None),
    ("off", "oopsmon.fetch_seconds=0", CTRL_Y, False, None),
    ("the default", "oopsmon.fetch_seconds=x", b"", True, "E208"),
    ("too long", "oopsmon.fetch_seconds=61", b"", True, "E208"),
]


@pytest.mark.parametrize("more, keys, is_asked, code", [s[1:] for s in SILENT],
                         ids=[s[0] for s in SILENT])
def test_nobody_asks(warm, capture, more, keys, is_asked, code):
    """Linux starts, and nothing is sent."""
    machine = warm(capture(*STEPS).rows, more)
    machine.send(keys)
    guest.ready(machine, timeout=60, unless=START)
    assert (b"oopsmon: press Ctrl-Y" in machine.log) == is_asked
    assert (b"oopsmon: E208" in machine.log) == (code == "E208")


# what a receiver says, each when the monitor waits; files and bytes it has then
BROKEN = [
    ("cancelled at once", [CAN * 2], 0, 0),
    ("cancelled after the name", [b"C", ACK, CAN * 8], 0, 0),
    ("cancelled in a file", [b"C", ACK + b"C", ACK, CAN * 10 + b"\b" * 10], 0, 1024),
    ("always no", [b"C"] + [b"\x15"] * 11, 0, 0),
]


@pytest.mark.parametrize("says, files, size", [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_given_up(warm, capture, says, files, size):
    """A transfer that fails is told in one line, and Linux starts."""
    machine = warm(capture(*STEPS).rows, LONG)
    machine.expect(PRESS)
    machine.send(CTRL_Y)
    machine.expect(START)
    for word in says:
        machine.quiet_for(0.5)  # a block, if any, has been sent
        machine.send(word)
    told = machine.expect(GIVEN_UP)
    assert (int(told.group(1)), int(told.group(2))) == (files, size)
    guest.ready(machine, timeout=60)


def test_nobody_receives(warm, capture):
    """Asked for, but there is no rb: half a minute, then Linux."""
    machine = warm(capture(*STEPS).rows, LONG)
    machine.expect(PRESS)
    machine.send(CTRL_Y + b"garbage\x15\x06")
    machine.expect(START)
    told = machine.expect(GIVEN_UP, timeout=60)
    assert (int(told.group(1)), int(told.group(2))) == (0, 0)
    guest.ready(machine, timeout=60)


def test_when_halted(virt, capture, build, tmp_path):
    """The keys y and w send the same, as often as one likes."""
    crash = capture(*STEPS, more=SMALL)
    machine = virt(kernel=None, stopped=True)
    with machine.debugger() as dbg:
        ram.fill(dbg, crash.rows)
    machine.expect("^oopsmon: halted: ")
    check_records(receive(machine, tmp_path / "first", b"y"), crash, build, tmp_path)
    assert list(receive(machine, tmp_path / "second", b"w").values()) == [crash.region]
    machine.send("h")
    machine.expect("^oopsmon: halted: ")

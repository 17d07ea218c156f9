# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon watch` fetches records by YMODEM."""
import binascii
import json
import pathlib
import select
import signal
import struct

import pytest

from omlab import report
from watching import (OTHER, LINUX, PATIENCE, wait_for, told, thinned, boards, watch, files,
                      crashes, taken, terminal)


INVITATION = (b"oopsmon: press Ctrl-Y to fetch the records by YMODEM (rb), Ctrl-R for the raw region, "
              b"Ctrl-L for the archive\r\n")
READY = b"oopsmon: YMODEM: sending %d files; start rb (lrzsz)\r\n"
SOH, STX, EOT, ACK, NAK, CAN = (bytes([c]) for c in (1, 2, 4, 6, 0x15, 0x18))


def send_block(board, number, data, spoil=False):
    """One block until it is taken; first once with a wrong byte, if it is to be."""
    size = 128 if len(data) <= 128 else 1024
    data = data.ljust(size, b"\0" if number == 0 else b"\x1a")
    frame = (SOH if size == 128 else STX) + bytes([number & 255, 255 - (number & 255)]) + data
    good = frame + struct.pack(">H", binascii.crc_hqx(data, 0))
    if spoil:
        board.say(good[:50] + b"?" + good[51:])
        assert board.hear() == NAK
    board.say(good)
    assert board.hear() == ACK


def hear_ready(board, keys=b""):
    """The receiver's C; the keys that asked may come before it."""
    while (byte := board.hear()) != b"C":
        assert byte in keys, byte


def send_files(board, contents, keys=b"", spoil=()):
    """YMODEM batch, from the monitor's line on."""
    board.say(READY % len(contents))
    for name, data in contents:
        hear_ready(board, keys)
        send_block(board, 0, name + b"\0%d" % len(data))
        hear_ready(board)
        for number, at in enumerate(range(0, len(data), 1024), 1):
            send_block(board, number, data[at:at + 1024], spoil=number in spoil)
        board.say(EOT)
        if board.hear() == NAK:
            board.say(EOT)
            assert board.hear() == ACK
    hear_ready(board)
    send_block(board, 0, b"")
    board.say(b"oopsmon: YMODEM: %d files sent\r\n" % len(contents))


def incomplete(invitation=INVITATION):
    return thinned(told(), 0.4).replace(LINUX, invitation)


@pytest.mark.parametrize("what, key", [("records", b"\x19"), ("region", b"\x12")])
def test_fetch(tmp_path, boards, watch, what, key):
    board = boards()
    it = watch("-o", tmp_path / "out", "--json", f"--fetch={what}", board.path)
    board.say(incomplete() if what == "records" else told().replace(LINUX, INVITATION))
    assert board.hear() == key
    contents = [(b"dmesg-ramoops-0", bytes(range(256)) * 20), (b"records.txt", b"five\n"), (b"empty", b"")]
    send_files(board, contents, key, spoil=(2,))
    wait_for(lambda: "fetch" in it.kinds())
    board.say(told(OTHER))  # the listener is back
    wait_for(lambda: it.kinds().count("report") == 2)
    assert it.stop()[0] == (1 if what == "records" else 0)
    done = next(event for event in it.events() if event["event"] == "fetch")
    assert done["complete"] and done["files"] == 3 and done["why"] is None
    first = next(event for event in it.events() if event["event"] == "report")
    assert files(pathlib.Path(first["folder"]) / "fetched") == {
        name.decode(): data for name, data in contents}
    assert [event["bytes"] for event in it.events() if event["event"] == "file"] == [5120, 5, 0]


def test_nothing_is_asked_if_the_report_is_whole(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", "--fetch", board.path)
    board.say(told().replace(LINUX, INVITATION) + READY % 1 + LINUX)
    wait_for(lambda: b"Booting Linux" in it.out)
    assert not select.select([board.fd], [], [], 0.5)[0]
    assert it.stop()[0] == 0


def test_hostile_names_stay_in_the_folder(tmp_path, boards, watch):
    board, out = boards(), tmp_path / "out"
    it = watch("-o", out, "--json", "--fetch", board.path)
    board.say(incomplete())
    assert board.hear() == b"\x19"
    names = [b"../../../evil", b"/etc/passwd", b"..", b".profile", b"-rf", b"a b\n\x1b[2Jc\xff", b"twice",
             b"twice", b"sub/", b"n" * 63]
    send_files(board, [(name, name) for name in names], b"\x19")
    wait_for(lambda: "fetch" in it.kinds())
    assert it.stop()[0] == 1
    (folder, _), = crashes(out).items()
    fetched = files(out / "ttyUSB0" / folder / "fetched")
    assert fetched == {"evil": names[0], "passwd": names[1], "_..": names[2], "_.profile": names[3],
                       "_-rf": names[4], "a_b___2Jc_": names[5], "twice": names[6],
                       "twice-2": names[7], "_": names[8], "n" * 63: names[9]}
    assert {path.name for path in tmp_path.iterdir()} == {"out", "ttyUSB0"}


def test_a_fetch_does_not_fill_the_disk(tmp_path, boards, watch):
    """A sender that goes on and on is cut off, and the line is the console's again."""
    board, out = boards(), tmp_path / "out"
    limit = 300 * 1024
    it = watch("-o", out, "--json", "--fetch", "--max-disk", limit, board.path)
    board.say(incomplete())
    assert board.hear() == b"\x19"
    board.say(READY % 1)
    hear_ready(board, b"\x19")
    send_block(board, 0, b"endless\0")
    hear_ready(board)
    frames = 0
    for number in range(1, 1000):
        data = bytes([number & 255]) * 1024
        board.say(STX + bytes([number & 255, 255 - (number & 255)]) + data +
                  struct.pack(">H", binascii.crc_hqx(data, 0)))
        frames += 1
        if board.hear() == CAN:
            break
    wait_for(lambda: "fetch" in it.kinds())
    (fetch,) = [e for e in it.events() if e["event"] == "fetch"]
    assert fetch["why"] == "--max-disk is reached" and not fetch["complete"]
    assert 0 < frames < 300
    code, _, said = it.stop()
    assert code == 1 and "KiB of --max-disk are used" in said
    assert limit - 8 * 1024 < taken(out / "ttyUSB0", out / "ttyUSB0.log") <= limit


def test_the_monitor_does_not_answer(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", "--json", "--fetch", board.path)
    board.say(incomplete() + LINUX)
    wait_for(lambda: "fetch" in it.kinds())
    board.say(READY % 1 + LINUX)  # too late: a line like any other
    board.say(told(OTHER))
    wait_for(lambda: it.kinds().count("report") == 2)
    assert it.stop()[0] == 1
    done = next(event for event in it.events() if event["event"] == "fetch")
    assert not done["complete"] and done["files"] == 0 and "does not answer" in done["why"]


@pytest.mark.parametrize("end", ("unplugged", "cancelled", "stopped"))
def test_a_fetch_that_ends_early(tmp_path, boards, watch, end):
    board, out = boards(), tmp_path / "out"
    it = watch("-o", out, "--json", "--fetch", board.path)
    board.say(incomplete())
    assert board.hear() == b"\x19"
    board.say(READY % 1)
    hear_ready(board, b"\x19")
    send_block(board, 0, b"region.bin\x003000")
    hear_ready(board)
    send_block(board, 1, b"x" * 1024)
    if end == "unplugged":
        board.unplug()
    elif end == "cancelled":
        board.say(CAN * 8 + b"\r\n" + LINUX)
    else:
        it.process.send_signal(signal.SIGTERM)
        assert board.hear(8) == CAN * 8
    wait_for(lambda: "fetch" in it.kinds())
    assert it.stop(signal.SIGTERM if end != "stopped" else None)[0] == 1
    (folder, _), = crashes(out).items()
    assert files(out / "ttyUSB0" / folder / "fetched") == {"region.bin.part": b"x" * 1024}
    done = next(event for event in it.events() if event["event"] == "fetch")
    assert not done["complete"] and done["files"] == 0


def test_fetch_by_key(tmp_path, boards, terminal):
    board = boards()
    term = terminal("-o", tmp_path / "out", board.path)
    term.type(b"\x1df")
    assert board.hear() == b"\x19"
    send_files(board, [(b"records.txt", b"text")], b"\x19")
    term.wait(b"fetched ")
    term.type(b"\x1dx")
    assert term.process.wait(timeout=PATIENCE) == 0
    assert files(tmp_path / "out/ttyUSB0/fetched") == {"records.txt": b"text"}

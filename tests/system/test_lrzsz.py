# SPDX-License-Identifier: BSD-2-Clause
"""The YMODEM machines of firmware/core and the programs of lrzsz, over a terminal, both ways."""
import contextlib
import os
import pathlib
import pty
import random
import signal
import socket
import subprocess
import time
import tty

import pytest
from omlab import drivers

SIZES = [0, 1, 127, 128, 129, 1000, 1023, 1024, 1025, 2048, 33000, 300001]
TIMEOUT = 120
LARGE = 48 << 20  # seconds on the way: time to break it off
ALL = 0xffffffff  # room without a limit


@pytest.fixture(scope="module")
def ours(build, tmp_path_factory):
    return drivers.compiled(build, "tests/system/ymodem_line.c", tmp_path_factory.mktemp("line"))


def terminal():
    ends = pty.openpty()
    for end in ends:
        tty.setraw(end)
    return ends


def sockets():
    """As between two machines: lrzsz cannot take back what it has sent."""
    return [end.detach() for end in socket.socketpair()]


@contextlib.contextmanager
def joined(words, folder, their_words, their_folder, line=terminal):
    """Our program and theirs, each on one end of a line; both have ended at the end."""
    our_end, their_end = line()
    processes = []
    try:
        for command, cwd, end in ((words, folder, our_end),
                                  (their_words, their_folder, their_end)):
            processes.append(subprocess.Popen(command, cwd=cwd, stdin=end, stdout=end,
                                              stderr=subprocess.DEVNULL))
        # their end stays open here, or ours would see the end of theirs as its own
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
        os.close(our_end)
        os.close(their_end)


def both(processes):
    """Exit statuses."""
    return [process.wait(TIMEOUT) for process in processes]


def make_files(folder):
    """Files of all sizes, with all the bytes that mean something to the protocol."""
    rng = random.Random(4)
    folder.mkdir()
    files = {}
    for size in SIZES:
        data = bytearray(rng.randbytes(size))
        for at in range(0, size, 7):
            data[at] = b"\x01\x02\x04\x06\x15\x18\x1aC"[rng.randrange(8)]
        data[-5:] = b"\x1a\x18\x18\x1a\x1a"[:size]
        (folder / f"file-{size}").write_bytes(data)
        files[f"file-{size}"] = bytes(data)
    return files


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_to_rb(ours, tmp_path):
    files = make_files(tmp_path / "from")
    (tmp_path / "to").mkdir()
    paths = [tmp_path / "from" / name for name in files]
    with joined([ours, "send", *paths], tmp_path, ["rb", "-b"], tmp_path / "to") as processes:
        assert both(processes) == [0, 0]
    assert content(tmp_path / "to") == files


@pytest.mark.parametrize("options", [[], ["-k"], ["-b", "-k"]], ids=["sb", "sb -k", "sb -b -k"])
def test_from_sb(ours, tmp_path, options):
    files = make_files(tmp_path / "from")
    (tmp_path / "to").mkdir()
    with joined([ours, "receive", str(ALL)], tmp_path / "to", ["sb", *options, *files],
                tmp_path / "from") as processes:
        assert both(processes) == [0, 0]
    assert content(tmp_path / "to") == files


def wait_for_bytes(path):
    limit = time.monotonic() + TIMEOUT
    while not (path.exists() and path.stat().st_size > 0):
        assert time.monotonic() < limit, f"nothing arrives in {path}"
        time.sleep(0.01)


def wait_for_state(process, state):
    limit = time.monotonic() + TIMEOUT
    stat = pathlib.Path(f"/proc/{process.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != state:
        assert time.monotonic() < limit, f"it is never in state {state}"
        time.sleep(0.01)


def test_sb_cancels(ours, tmp_path):
    (tmp_path / "to").mkdir()
    with open(tmp_path / "large", "wb") as large:
        large.truncate(64 * LARGE)  # so that it cannot be over before the signal comes
    with joined([ours, "receive", str(ALL)], tmp_path / "to", ["sb", "-k", "large"],
                tmp_path, sockets) as (we, they):
        wait_for_bytes(tmp_path / "to" / "large.part")
        # sb is to wait for an answer: in the middle of a block its CANs would be part of it.
        # On a terminal it empties the queues after its CANs, which are lost if not yet read.
        we.send_signal(signal.SIGSTOP)
        wait_for_state(we, "T")
        wait_for_state(they, "S")
        they.send_signal(signal.SIGINT)
        they.wait(TIMEOUT)
        we.send_signal(signal.SIGCONT)
        assert we.wait(TIMEOUT) == 1, "not by the CANs"
    assert list(content(tmp_path / "to")) == ["large.part"]


def test_we_cancel_receiving(ours, tmp_path):
    (tmp_path / "to").mkdir()
    (tmp_path / "file").write_bytes(bytes(100000))
    with joined([ours, "receive", "5000"], tmp_path / "to", ["sb", "-k", "file"],
                tmp_path) as processes:
        we, they = both(processes)
    assert we == 1 and they != 0
    assert content(tmp_path / "to").keys() == {"file.part"}


def test_we_cancel_sending(ours, tmp_path):
    """The file gets shorter while it is sent."""
    (tmp_path / "to").mkdir()
    large = tmp_path / "large"
    large.write_bytes(bytes(LARGE))
    with joined([ours, "send", large], tmp_path, ["rb", "-b"], tmp_path / "to") as processes:
        wait_for_bytes(tmp_path / "to" / "large")
        os.truncate(large, 0)
        we, they = both(processes)
    assert we == 1 and they != 0

# SPDX-License-Identifier: BSD-2-Clause
"""Real terminal programs between a board and the reader: QEMU's serial port is a pty, the program
is attached to it on a terminal of its own, and what it shows or logs is what gets decoded."""
import json
import pathlib
import re
import subprocess
import time

import pytest
from omlab import guest, qemu
from omlab.terminal import Terminal

READY = guest.READY.strip(b"^$")
# name, command line ({port}, {log}), columns, where the log is (None: what it shows)
ROWS = [
    ("tio", ["tio", "-t", "{port}"], 80, None),
    ("tio log", ["tio", "-t", "--timestamp-format", "iso8601", "-l", "--log-file", "{log}", "{port}"],
     80, "{log}"),
    ("picocom", ["picocom", "-b", "115200", "{port}"], 80, None),
    ("picocom log", ["picocom", "-q", "-b", "115200", "-g", "{log}", "{port}"], 80, "{log}"),
    ("picocom stamped", ["sh", "-c", "picocom -q -b 115200 {port} | ts '[%F %T]'"], 80, None),
    ("minicom capture", ["minicom", "-o", "-b", "115200", "-C", "{log}", "-D", "{port}"], 80, "{log}"),
]


def decoded(build, log, folder):
    """Exit status of decode, {file: bytes}."""
    done = subprocess.run([build / "host" / "oopsmon", "decode", "-q", "-o", folder, log],
                          capture_output=True, timeout=120, check=False)
    return done, {f.name: f.read_bytes() for f in folder.rglob("*-ramoops-*")}


def at_pty(machine, **parts):
    """A machine whose serial port is a pty, before its first instruction, and the pty's name."""
    board = machine(extra=["-serial", "pty"], stopped=True, **parts)
    return board, board.expect(r"redirected to (/dev/\S+)").group(1).decode()


def crash(board, terminal, told=rb"-----END OOPSMON REPORT", steps=()):
    """Start, panic, start again; all of it typed and read at the terminal."""
    time.sleep(2.5 * qemu.SLOW)  # QEMU looks once a second whether its pty is open
    board.cont()
    terminal.expect(READY, 60)
    for step in steps:
        terminal.send(step + "\n")
        terminal.expect(READY, 60)
    terminal.send("panic\n")
    terminal.expect(told, 60)
    terminal.expect(READY, 120)


def wait_for_log(path):
    """Terminal programs write their logs late: until the report's end and a line after it."""
    limit = time.monotonic() + 60 * qemu.SLOW
    while not re.search(rb"-----END OOPSMON REPORT.*\n.*\n", data := pathlib.Path(path).read_bytes()):
        assert time.monotonic() < limit, f"the report is not in {path}"
        time.sleep(0.05)
    return data


@pytest.mark.parametrize("words, columns, log", [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_terminal(build, machine, tmp_path, words, columns, log):
    places = {"log": str(tmp_path / "terminal.log")}
    board, places["port"] = at_pty(machine)
    with Terminal([w.format(**places) for w in words], columns) as terminal:
        crash(board, terminal)
        shown = terminal.shown
    file = tmp_path / "console.log"
    file.write_bytes(wait_for_log(log.format(**places)) if log else shown)
    done, files = decoded(build, file, tmp_path / "out")
    assert done.returncode == 0, done.stderr.decode()
    assert {"dmesg-ramoops-0", "console-ramoops-0"} <= set(files), files.keys()
    assert b"Kernel panic - not syncing" in files["dmesg-ramoops-0"]
    # the same crash from the raw bytes of the line: nothing is lost or added on the way
    raw = tmp_path / "shown"
    raw.write_bytes(shown)
    assert decoded(build, raw, tmp_path / "raw")[1] == files


def test_watch(build, machine, tmp_path):
    """oopsmon watch in the place of the terminal program: keys, console, a folder per crash."""
    board, port = at_pty(machine)
    with Terminal([build / "host" / "oopsmon", "watch", f"board={port}", "-o", tmp_path]) as terminal:
        crash(board, terminal)
        terminal.send(b"\x1dx")  # Ctrl-] x
        assert terminal.wait() == 0
        shown = terminal.shown
    assert b"Kernel panic - not syncing" in shown and b"==== summary ====" in shown
    assert not re.search(rb"\{[^{}\s]{75}\}", shown)
    folder, = (tmp_path / "board").iterdir()
    assert json.loads((folder / "report.json").read_text())["complete"] is True
    done, files = decoded(build, tmp_path / "board.log", tmp_path / "out")
    assert done.returncode == 0, done.stderr.decode()
    assert {f.name: f.read_bytes() for f in folder.glob("*-ramoops-*")} == files
    assert "dmesg-ramoops-0" in files


# A report cut by its time; the key comes over the line at once, but a loaded host may be slow.
CUT = "oopsmon.report_seconds=1 oopsmon.fetch_seconds=20"


@pytest.mark.parametrize("option, more, steps", [
    ("--fetch=region", "oopsmon.fetch_seconds=20", []),
    ("--fetch", CUT, ["sh dd if=/bin/busybox of=/dev/pmsg0 bs=90000 count=1 2> /dev/null"])],
    ids=["region", "records"])
def test_watch_fetches(build, machine, tmp_path, option, more, steps):
    """The lossless way: oopsmon watch asks the monitor, which sends by YMODEM."""
    tool = build / "host" / "oopsmon"
    board, port = at_pty(machine, append=f"console=ttyAMA0 panic=1 {more}")
    with Terminal([tool, "watch", option, f"board={port}", "-o", tmp_path]) as terminal:
        crash(board, terminal, rb"oopsmon: YMODEM: \d+ files sent", steps)
        terminal.send(b"\x1dx")
        assert terminal.wait(60) in (0, 1)
    folder, = (tmp_path / "board").iterdir()
    told = {f.name: f.read_bytes() for f in folder.glob("*-ramoops-*")}
    got = {f.name: f.read_bytes() for f in (folder / "fetched").iterdir()}
    if option == "--fetch=region":
        (name, region), = got.items()
        assert len(region) == 2 << 20
        done, files = decoded(build, folder / "fetched" / name, tmp_path / "out")
        assert done.returncode == 0 and files == told, done.stderr.decode()
        return
    facts = json.loads((folder / "report.json").read_text())
    assert facts["cut_by_monitor"]
    assert len(got["pmsg-ramoops-0"]) == 90000 and got["dmesg-ramoops-0"] == told["dmesg-ramoops-0"]
    assert "records.txt" in got

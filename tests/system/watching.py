# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon watch` on pseudo-terminals: boards that speak, and the program that listens. Reports are
those of recorded regions (omlab.report)."""
import fcntl
import json
import os
import pathlib
import random
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
import tty

import pytest

from omlab import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

BASE, OTHER = "base-a32-ecc16", "a61-full-ecc16"
BOOT = b"oopsmon 0.1.0 qemu-virt: warm boot 2, the last kernel PANICKED; ramoops 2 MiB\r\n"
LINUX = b"[    0.000000] Booting Linux on physical CPU 0x0\r\n"
PATIENCE = 300  #: seconds until a test gives up waiting; no test passes by waiting so long
BAUD = 115200
MIB = 1 << 20


def wait_for(what, seconds=PATIENCE):
    """What a function gives as soon as it is true."""
    end = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
    return value


def told(name=BASE, **how):
    """A boot as the monitor prints it, report included."""
    return BOOT + report.recorded_report(BUILD, name, **how) + LINUX


def lines_of(log):
    return log.splitlines(keepends=True)


def thinned(log, share, seed=1, spared=20):
    """The log without that share of its report lines; the first ones, with the head, stay."""
    chance, n, kept = random.Random(seed), 0, []
    for line in lines_of(log):
        n += line.startswith(b"{")
        if not line.startswith(b"{") or n <= spared or chance.random() >= share:
            kept.append(line)
    return b"".join(kept)


def half(log):
    """The log up to the middle of its report's lines."""
    lines = lines_of(log)
    of_report = [i for i, line in enumerate(lines) if line.startswith(b"{")]
    return b"".join(lines[:of_report[len(of_report) // 2]])


class Board:
    """The other end of a serial line: a pty after a link, as udev makes one."""

    def __init__(self, path):
        self.path, self.fd = path, None
        self.plug()

    def plug(self):
        self.fd, slave = os.openpty()
        tty.setraw(slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        self.slave = slave

    def unplug(self):
        self.path.unlink(missing_ok=True)
        os.close(self.slave)
        os.close(self.fd)
        self.fd = None

    def say(self, data):
        while data:
            _, ready, _ = select.select([], [self.fd], [], PATIENCE)
            assert ready, "nobody listens"
            data = data[os.write(self.fd, data[:2048]):]

    def hear(self, n=1):
        got = b""
        while len(got) < n:
            ready, _, _ = select.select([self.fd], [], [], PATIENCE)
            assert ready, f"only {got} came"
            got += os.read(self.fd, n - len(got))
        return got


class Watch:
    """The program, running."""

    def __init__(self, *arguments, stdout=subprocess.PIPE, **how):
        self.arguments = list(map(str, arguments))
        self.process = subprocess.Popen([PROGRAM, "watch", *self.arguments], stdout=stdout,
                                        stderr=subprocess.PIPE, **({"stdin": subprocess.DEVNULL} | how))
        self.out, self.err = b"", b""
        self.threads = [threading.Thread(target=self.collect, args=(stream, name), daemon=True)
                        for stream, name in ((self.process.stdout, "out"), (self.process.stderr, "err"))
                        if stream]
        for thread in self.threads:
            thread.start()

    def collect(self, stream, name):
        while data := os.read(stream.fileno(), 65536):
            setattr(self, name, getattr(self, name) + data)

    def events(self):
        return [json.loads(line) for line in self.out.decode().splitlines(keepends=True)
                if line.endswith("\n")]

    def kinds(self):
        return [event["event"] for event in self.events()]

    def memory(self, key="VmHWM"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{key}:\s+(\d+) kB", status)[1]) * 1024

    def blocked(self):
        """The mask of signals that it does not take at once."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"SigBlk:\s+(\w+)", status)[1], 16)

    def has_children(self):
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    return True
            except OSError:  # it is over
                pass
        return False

    def open_files(self):
        links = pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()
        return [os.readlink(link) for link in links if link.is_symlink()]

    def ready(self):
        """As soon as it takes signals and has opened the ports that are there."""
        wait_for(lambda: self.blocked() and "signalfd" in " ".join(self.open_files()))
        ports = [os.path.realpath(word.split("=", 1)[-1]) for word in self.arguments]
        wait_for(lambda: all(port in self.open_files() for port in ports
                             if port.startswith("/dev/pts/")))
        return self

    def stop(self, how=signal.SIGTERM):
        """(exit code, standard output, standard error)"""
        if how:
            self.process.send_signal(how)
        code = self.process.wait(timeout=PATIENCE)
        for thread in self.threads:
            thread.join(timeout=PATIENCE)
        return code, self.out, self.err.decode()


@pytest.fixture
def boards(tmp_path):
    made = []

    def make(name="ttyUSB0"):
        made.append(Board(tmp_path / name))
        return made[-1]

    yield make
    for board in made:
        if board.fd is not None:
            board.unplug()


@pytest.fixture
def watch():
    running = []

    def start(*arguments, **how):
        running.append(Watch(*arguments, **how))
        return running[-1].ready()

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def decoded(log, folder):
    """The record files that `oopsmon decode` makes of a log."""
    subprocess.run([PROGRAM, "decode", "-q", "-o", folder, "-"], input=log, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.rglob("*-ramoops-*") if path.is_file()}


def crashes(out, label="ttyUSB0"):
    """The crash folders, oldest first, as {name: report.json's contents}."""
    return {folder.name: json.loads((folder / "report.json").read_text())
            for folder in sorted((out / label).iterdir())}


PAGE = 4096


def taken(*paths):
    """Bytes on the disk of folders and files, as --max-disk counts."""
    found = [q for p in paths for q in (p, *p.rglob("*"))]
    return sum(PAGE if q.is_dir() else -(-q.stat().st_size // PAGE) * PAGE for q in found)


class Terminal:
    """A terminal that the program has for standard input and output."""

    def __init__(self, *arguments, **how):
        self.fd, slave = os.openpty()
        self.slave = slave
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [PROGRAM, "watch", *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **how)
        self.seen = b""

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            self.seen += os.read(self.fd, 65536)
        return self.seen

    def wait(self, text):
        wait_for(lambda: text in self.read())

    def type(self, keys):
        os.write(self.fd, keys)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        os.close(self.fd)
        os.close(self.slave)


@pytest.fixture
def terminal():
    made = []

    def make(*arguments, greets=True, **how):
        made.append(Terminal(*arguments, **how))
        if greets:
            made[-1].wait(b"watch: ")
        return made[-1]

    yield make
    for one in made:
        one.close()

# SPDX-License-Identifier: BSD-2-Clause
"""One QEMU process: its serial line, its monitor protocol (QMP), its gdb server.

    with Machine(command(bios=image, kernel=zimage, initrd=initrd, append=words)) as m:
        m.expect("@@READY", 20)
        m.send("panic\\n")

The process ends with the `with` block, whatever happened in it, and with its parent.
Time limits are host seconds, multiplied by OOPSMON_SLOW (1 when unset).
"""
import ctypes
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import threading
import time

from omlab import flash, gdb

SLOW = float(os.environ.get("OOPSMON_SLOW", "1"))
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PR_SET_THP_DISABLE = 41
# The guest's clock counts instructions (1 ns each): the same figures on every host.
ICOUNT = ("-icount", "shift=0,sleep=off", "-rtc", "clock=vm")
CTRL_A = b"\x01"  # escape character of -nographic
LIBC = ctypes.CDLL(None)


class MachineError(AssertionError):
    """The machine did not do what was expected; the message ends with its last words."""


def command(bios=None, kernel=None, initrd=None, append=None, dtb=None, machine="virt",
            cpu="cortex-a15", memory="512", extra=(), network=False, bank=None, arch="arm"):
    """The command line of a user: every part but the machine may be left out (None).

    arch: QEMU's name of the processor's family, "arm" or "aarch64"
    bank: file of the second NOR bank, which holds the archive; with a bios an erased one that
          is forgotten is there if None, and none (it reads as zeros) if False
    """
    words = [f"qemu-system-{arch}", "-M", machine]
    if cpu:
        words += ["-cpu", cpu]
    words += ["-m", str(memory), "-nographic"]
    words += [] if network else ["-nic", "none"]
    for option, value in (("-bios", bios), ("-kernel", kernel), ("-initrd", initrd),
                          ("-append", append), ("-dtb", dtb)):
        if value is not None:
            words += [option, str(value)]
    if bank or (bios is not None and bank is None):
        words += flash.option(bank)
    return words + [str(e) for e in extra]


def dump_dtb(words):
    """The device tree QEMU would make for this command line."""
    with tempfile.TemporaryDirectory(prefix="omlab") as folder:
        out = pathlib.Path(folder) / "dtb"
        words = list(words)
        at = words.index("-M") + 1
        words[at] += f",dumpdtb={out}"
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if not out.exists():
            raise MachineError("no device tree from " + " ".join(words) + "\n" +
                               done.stderr.decode(errors="replace"))
        return out.read_bytes()


def load_at(address, path):
    """Options that put a file into RAM before the first instruction."""
    return ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]


def _prepare_child():
    """In the new process: it ends with its parent, and its RAM comes in small pages.

    QEMU asks for huge pages; the kernel would clear 2 MiB for each place that a guest touches,
    which costs more than the whole start of the guest.
    """
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    LIBC.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)


class Machine:
    """A running QEMU; a context manager that always ends it."""

    def __init__(self, words, on_line=None, log_file=None, stopped=False):
        """Start it.

        words:    the command line (command())
        on_line:  called with each complete line of the serial port, as bytes without
                  its line end, from another thread
        log_file: also gets all serial bytes
        stopped:  halt before the first instruction until cont()
        """
        self._folder = tempfile.mkdtemp(prefix="omlab")
        self.words = list(words) + ["-qmp", f"unix:{self._folder}/qmp,server=on,wait=off",
                                    "-gdb", f"unix:{self._folder}/gdb,server=on,wait=off"]
        if stopped:
            self.words.append("-S")
        self._log = bytearray()
        self._cursor = 0
        self._closed = False
        self._changed = threading.Condition()
        self._on_line = on_line
        self._file = open(log_file, "wb") if log_file else None
        self._qmp = None
        self._qmp_buffer = b""
        self.events = []
        self._complaints = open(f"{self._folder}/stderr", "wb")  # no part of the serial line
        self._process = subprocess.Popen(
            self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints,
            bufsize=0, preexec_fn=_prepare_child)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End QEMU and forget its sockets; the log stays readable."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stdout, self._file, self._qmp,
                       self._complaints):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass
        shutil.rmtree(self._folder, ignore_errors=True)

    # ---- serial line -------------------------------------------------------------
    def _read(self):
        line_start = 0
        while True:
            select.select([self._process.stdout], [], [])
            with self._changed:  # taken out of the pipe and into the log at once: _unread()
                chunk = os.read(self._process.stdout.fileno(), 65536)
                self._log += chunk
                self._changed.notify_all()
            if not chunk:
                break
            if self._file:
                self._file.write(chunk)
                self._file.flush()
            while self._on_line:
                end = self._log.find(b"\n", line_start)
                if end < 0:
                    break
                self._on_line(bytes(self._log[line_start:end]).rstrip(b"\r"))
                line_start = end + 1
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def log(self):
        """All bytes of the serial line so far."""
        with self._changed:
            return bytes(self._log)

    @property
    def position(self):
        """Where the next expect() starts to look; log[position:] was not matched yet."""
        return self._cursor

    def look_again(self, position):
        """The next expect() starts to look here: at an earlier value of .position."""
        self._cursor = position

    def _fail(self, what):
        tail = self.log[-1500:].decode("utf-8", "backslashreplace").replace("\r", "")
        said = pathlib.Path(self._folder, "stderr").read_text(errors="replace").strip()
        raise MachineError(f"{what}\ncommand: {' '.join(self.words)}\n" +
                           (f"QEMU says: {said}\n" if said else "") +
                           f"serial line ends with:\n{tail}") from None

    def expect(self, pattern, timeout=30, unless=None):
        """Wait for a regular expression (str or bytes) after the last match.

        unless: a pattern that ends the wait with an error when it comes first.
        Returns the match (of bytes); the next search begins at its end.
        """
        wanted = _compile(pattern)
        unwanted = _compile(unless) if unless else None
        limit = time.monotonic() + timeout * SLOW
        with self._changed:
            while True:
                found = wanted.search(self._log, self._cursor)
                if (found and wanted.pattern.endswith(b"$") and found.end() == len(self._log)
                        and not self._closed):
                    found = None  # the line may not be over: what is here is the end of the log
                bad = unwanted.search(self._log, self._cursor) if unwanted else None
                if bad and (not found or bad.start() < found.start()):
                    what = f"saw {bad.group(0)!r} while waiting for {pattern!r}"
                    break
                if found:
                    self._cursor = found.end()
                    return _Match(found)
                left = limit - time.monotonic()
                if self._closed or left <= 0:
                    what = f"no {pattern!r} " + (
                        "before QEMU ended" if self._closed else f"within {timeout * SLOW:.0f} s")
                    break
                self._changed.wait(left)
        return self._fail(what)

    def send(self, text):
        """Type on the serial line: str or bytes, nothing added."""
        data = text.encode() if isinstance(text, str) else text
        self._process.stdin.write(data.replace(CTRL_A, CTRL_A + CTRL_A))

    def quiet_for(self, seconds, timeout=30):
        """Wait until nothing was sent for so long."""
        limit = time.monotonic() + timeout * SLOW
        with self._changed:
            # what lies in the pipe was sent already, however late our reader is
            while self._changed.wait(seconds * SLOW) or self._unread():
                if time.monotonic() > limit:
                    break
            else:
                return
        self._fail(f"the serial line is not quiet for {seconds} s")

    def _unread(self):
        waiting = bytearray(4)
        fcntl.ioctl(self._process.stdout.fileno(), termios.FIONREAD, waiting)
        return any(waiting)

    # ---- end --------------------------------------------------------------------
    @property
    def running(self):
        return self._process.poll() is None

    def wait_exit(self, timeout=30):
        """Wait until QEMU ends by itself (power-off, -no-reboot); returns its status."""
        try:
            status = self._process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired:
            self._fail(f"QEMU still runs after {timeout * SLOW:.0f} s")
        self._reader.join(5)
        return status

    # ---- QMP --------------------------------------------------------------------
    def _connect(self, name):
        limit = time.monotonic() + 10 * SLOW
        while True:
            link = socket.socket(socket.AF_UNIX)
            try:
                link.connect(f"{self._folder}/{name}")
                return link
            except OSError:
                link.close()
                if time.monotonic() > limit or not self.running:
                    self._fail(f"QEMU does not offer its {name} socket")
                time.sleep(0.01)

    def _qmp_message(self, timeout):
        limit = time.monotonic() + timeout * SLOW
        while b"\n" not in self._qmp_buffer:
            self._qmp.settimeout(max(0.001, limit - time.monotonic()))
            try:
                chunk = self._qmp.recv(65536)
            except (socket.timeout, ConnectionError):
                chunk = b""
            if not chunk:
                return None
            self._qmp_buffer += chunk
        line, _, self._qmp_buffer = self._qmp_buffer.partition(b"\n")
        return json.loads(line)

    def qmp(self, name, timeout=20, **arguments):
        """Run a QMP command and return its result; events on the way go to self.events."""
        if self._qmp is None:
            self._qmp = self._connect("qmp")
            self._qmp_message(timeout)
            self.qmp("qmp_capabilities")
        self._qmp.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while True:
            message = self._qmp_message(timeout)
            if message is None:
                self._fail(f"QMP {name}: no answer")
            if "event" in message:
                self.events.append(message["event"])
            elif "error" in message:
                self._fail(f"QMP {name}: {message['error']['desc']}")
            else:
                return message["return"]

    def wait_event(self, name, timeout=30):
        """Wait for a QMP event (RESET, SHUTDOWN, STOP); earlier ones count once."""
        self.qmp("query-status")
        limit = time.monotonic() + timeout * SLOW
        while name not in self.events:
            message = self._qmp_message(max(0.001, (limit - time.monotonic()) / SLOW))
            if message is None:
                self._fail(f"no QMP event {name} within {timeout * SLOW:.0f} s")
            if "event" in message:
                self.events.append(message["event"])
        self.events.remove(name)

    def reset(self):
        """Press the reset button: RAM survives."""
        self.qmp("system_reset")

    def stop(self):
        self.qmp("stop")

    def cont(self):
        self.qmp("cont")

    def stop_at_reset(self, on=True):
        """Let the guest's next reset pause the machine: wait_reset_stop(), then go_on()."""
        if on:
            self.qmp("set-action", reboot="shutdown", shutdown="pause")
        else:
            self.qmp("set-action", reboot="reset", shutdown="poweroff")

    def wait_reset_stop(self, timeout=30):
        """Wait for the pause that stop_at_reset() asked for; RAM is as the guest left it."""
        self.wait_event("STOP", timeout)

    def go_on(self):
        """Do the reset that was held back."""
        self.stop_at_reset(False)
        self.qmp("system_reset")
        self.qmp("cont")

    def instructions(self):
        """Instructions executed since power-on; needs the options ICOUNT, machine stopped."""
        return self.qmp("query-replay")["icount"]

    def read_physical(self, address, size):
        """Bytes of guest RAM; the guest had better be stopped."""
        path = f"{self._folder}/memory"
        self.qmp("pmemsave", val=address, size=size, filename=path)
        data = pathlib.Path(path).read_bytes()
        os.unlink(path)
        return data

    # ---- debugger -----------------------------------------------------------------
    def debugger(self):
        """A new gdb.Gdb client; attaching stops the machine until its cont()."""
        return gdb.Gdb(self._connect("gdb"), SLOW)

    def write_physical(self, address, data):
        """Change guest RAM; the machine is stopped meanwhile and then goes on."""
        with self.debugger() as dbg:
            dbg.physical(True)
            dbg.write(address, data)
            dbg.physical(False)


class _Match:
    """A match with its own copy of the text: the log goes on growing."""

    def __init__(self, found):
        self.groups = tuple(None if g is None else bytes(g) for g in found.groups())
        self.text = bytes(found.group(0))
        self.start, self.end = found.span()

    def group(self, index=0):
        return self.text if index == 0 else self.groups[index - 1]


def _compile(pattern):
    return re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.MULTILINE)

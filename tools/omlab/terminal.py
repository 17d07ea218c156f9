# SPDX-License-Identifier: BSD-2-Clause
"""A terminal program on a terminal of its own, as a person would have it.

    with Terminal(["tio", "-t", "/dev/pts/3"]) as t:
        t.expect("@@READY")
        t.send("panic\\r")

Everything it shows is in .shown, as bytes. OOPSMON_SLOW as in omlab.qemu.
"""
import fcntl
import os
import re
import select
import signal
import struct
import termios
import threading
import time

from omlab.qemu import SLOW


class Terminal:
    """A running program with a pseudo-terminal as its standard input and output."""

    def __init__(self, words, columns=80, rows=25, env=None):
        self.words = [str(w) for w in words]
        self._shown = bytearray()
        self._changed = threading.Condition()
        self._cursor = 0
        pid, self._fd = os.forkpty()
        if pid == 0:
            try:
                os.execvpe(self.words[0], self.words, {**os.environ, "TERM": "xterm", **(env or {})})
            finally:
                os._exit(127)
        self.pid = pid
        self._status = None
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        while True:
            try:
                select.select([self._fd], [], [])
                chunk = os.read(self._fd, 65536)
            except OSError:
                chunk = b""  # the program has gone
            with self._changed:
                self._shown += chunk
                self._changed.notify_all()
            if not chunk:
                return

    @property
    def shown(self):
        with self._changed:
            return bytes(self._shown)

    def expect(self, pattern, timeout=30):
        """Wait until a regular expression is shown after the last match."""
        wanted = re.compile(pattern.encode() if isinstance(pattern, str) else pattern)
        limit = time.monotonic() + timeout * SLOW
        with self._changed:
            while True:
                found = wanted.search(self._shown, self._cursor)
                if found:
                    self._cursor = found.end()
                    return found.group(0)
                left = limit - time.monotonic()
                if left <= 0 or (not self._reader.is_alive() and not self._changed.wait(0.1)):
                    break
                self._changed.wait(min(left, 1))
        tail = bytes(self._shown[-1500:]).decode("utf-8", "backslashreplace")
        raise AssertionError(f"{' '.join(self.words)}: no {pattern!r}; it shows:\n{tail}")

    def send(self, text):
        os.write(self._fd, text.encode() if isinstance(text, str) else text)

    def wait(self, timeout=20):
        """The program's exit status, once it ends by itself."""
        limit = time.monotonic() + timeout * SLOW
        while self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > limit:
                raise AssertionError(f"{' '.join(self.words)} does not end")
            else:
                time.sleep(0.02)
        return self._status

    def close(self):
        if self._status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
            self._status = -signal.SIGKILL
        self._reader.join(5)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

# SPDX-License-Identifier: BSD-2-Clause
"""rb of lrzsz at the other end of a machine's serial line."""
import os
import pty
import select
import subprocess
import threading
import time
import tty

from omlab import qemu

LINE_SECONDS = 0.01
START = r"^oopsmon: YMODEM: sending (\d+) files; start rb \(lrzsz\)\r\n"


class Receiver:
    """rb with a terminal of its own, joined to the machine's line from a place in its log on.

    spoil: bytes on their way to rb -> what arrives there, once per piece read.
    """

    def __init__(self, machine, begin, folder, spoil=lambda data: data):
        self._machine, self._spoil, self._at = machine, spoil, begin
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self._rb = subprocess.Popen(["rb", "-b"], cwd=folder, stdin=slave, stdout=slave,
                                    stderr=subprocess.PIPE)
        os.close(slave)
        self._pump = threading.Thread(target=self._run, daemon=True)
        self._pump.start()

    def _run(self):
        while self._rb.poll() is None:
            data = self._machine.log[self._at:]
            if data:
                self._at += len(data)
                data = self._spoil(data)
            while data:
                data = data[os.write(self._master, data[:1024]):]
                self._answer(0)
            self._answer(0.005)

    def _answer(self, seconds):
        if select.select([self._master], [], [], seconds)[0]:
            try:
                answer = os.read(self._master, 4096)
                # after an answer rb throws away what came before, and waits for seconds if that
                # was a part of a block: no line is as fast as this one
                time.sleep(LINE_SECONDS)
                self._machine.send(answer)
            except OSError:  # rb has ended and its side is closed
                time.sleep(0.01)

    def wait(self, timeout=120):
        """rb's status and what it said."""
        try:
            said = self._rb.communicate(timeout=timeout * qemu.SLOW)[1]
        finally:
            self._rb.kill()
            self._pump.join(10)
            os.close(self._master)
        return self._rb.returncode, said.decode(errors="replace")


def receive(machine, folder, key, spoil=lambda data: data):
    """Ask with a key and let rb take what comes; returns name -> bytes."""
    machine.send(key)
    begin = machine.expect(START)
    folder.mkdir()
    status, said = Receiver(machine, begin.end, folder, spoil).wait()
    assert status == 0, said
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(files) == int(begin.group(1))
    machine.expect(rf"oopsmon: YMODEM: {len(files)} files sent\r$")
    return files

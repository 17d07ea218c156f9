# SPDX-License-Identifier: BSD-2-Clause
"""The few packets of the gdb remote protocol that fault injection needs (32-bit ARM)."""
import socket
import subprocess
import time

REGISTERS = tuple(f"r{i}" for i in range(13)) + ("sp", "lr", "pc")
CPSR = 25  # number of cpsr in gdb's register file; 16..24 are those of the old FPA
CHUNK = 0x700  # bytes per memory packet, below the server's limit of 4096 characters


class GdbError(AssertionError):
    """The server did not answer, or not what the protocol says."""


def symbols(elf, cross="arm-none-eabi-"):
    """Name -> address of every symbol of an ELF file."""
    text = subprocess.run([f"{cross}nm", str(elf)], check=True, capture_output=True, text=True)
    rows = (line.split() for line in text.stdout.splitlines())
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}


def image_symbols(build, board="qemu-virt", at=None):
    """Name -> address of the monitor's symbols where it runs, and of the reset shim's.

    at: where a loader puts it, a multiple of 16 KiB; None: the shim brings it to the board's window
    """
    shim = symbols(build / board / "reset.elf") if at is None else {}
    image = symbols(build / board / f"oopsmon-{board}.elf")
    base = shim["window_pa"] if at is None else at
    return {**shim, **{name: base + value for name, value in image.items()}}


class Gdb:
    """A debugger attached to a stopped machine; leaving the `with` block lets it run on."""

    def __init__(self, link, slow=1.0):
        self._link = link
        self._slow = slow
        self._buffer = b""
        # QEMU lets single registers be read and written only after this question. Its
        # answer also tells where the news end that a running machine was stopped.
        self._send("qXfer:features:read:target.xml:0,ffb")
        while not self._reply().startswith(("l<", "m<")):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._send("D")
            self._reply(2)
        except (GdbError, OSError):
            pass
        self._link.close()

    def leave(self):
        """End the talk without a word: a machine that is stopped stays so."""
        self._link.close()

    # ---- packets -----------------------------------------------------------------
    def _byte(self, limit):
        while not self._buffer:
            self._link.settimeout(max(0.001, limit - time.monotonic()))
            try:
                self._buffer = self._link.recv(65536)
            except socket.timeout:
                raise GdbError("the gdb server does not answer in time") from None
            if not self._buffer:
                raise GdbError("QEMU closed the gdb connection")
        byte, self._buffer = self._buffer[:1], self._buffer[1:]
        return byte

    def _send(self, text):
        body = text.encode()
        self._link.sendall(b"$%s#%02x" % (body, sum(body) & 255))

    def _reply(self, timeout=20):
        limit = time.monotonic() + timeout * self._slow
        while self._byte(limit) != b"$":
            pass
        out = bytearray()
        while (byte := self._byte(limit)) != b"#":
            if byte == b"}":
                byte = bytes([self._byte(limit)[0] ^ 0x20])
            if byte == b"*":  # run length: repeat the last byte
                out += out[-1:] * (self._byte(limit)[0] - 29)
            else:
                out += byte
        self._byte(limit)
        self._byte(limit)
        self._link.sendall(b"+")
        return out.decode("latin-1")

    def command(self, text, timeout=20):
        """Send one packet, return the answer to it."""
        self._send(text)
        return self._reply(timeout)

    def _want_ok(self, text):
        answer = self.command(text)
        if answer != "OK":
            raise GdbError(f"gdb server answers {answer!r} to {text[:40]!r}")

    # ---- memory and registers ------------------------------------------------------
    def physical(self, on):
        """Let addresses be physical ones (or those of the running code again)."""
        self._want_ok(f"Qqemu.PhyMemMode:{int(on)}")

    def read(self, address, size):
        out = b""
        while len(out) < size:
            n = min(CHUNK, size - len(out))
            answer = self.command(f"m{address + len(out):x},{n:x}")
            if answer.startswith("E"):
                raise GdbError(f"cannot read {n} bytes at {address + len(out):#x}")
            out += bytes.fromhex(answer)
        return out

    def write(self, address, data):
        for i in range(0, len(data), CHUNK):
            part = data[i:i + CHUNK]
            self._want_ok(f"M{address + i:x},{len(part):x}:{part.hex()}")

    def registers(self):
        """r0..r12, sp, lr, pc and cpsr as a dictionary."""
        raw = bytes.fromhex(self.command("g"))
        values = {name: int.from_bytes(raw[4 * i:4 * i + 4], "little")
                  for i, name in enumerate(REGISTERS)}
        answer = self.command(f"p{CPSR:x}")
        values["cpsr"] = int.from_bytes(bytes.fromhex(answer)[:4], "little")
        return values

    def set_register(self, name, value):
        number = CPSR if name == "cpsr" else REGISTERS.index(name)
        self._want_ok(f"P{number:x}={value.to_bytes(4, 'little').hex()}")

    @property
    def pc(self):
        return self.registers()["pc"]

    # ---- running ------------------------------------------------------------------
    def breakpoint(self, address, on=True):
        """Stop before the instruction at address."""
        self._want_ok(f"{'Z' if on else 'z'}0,{address:x},4")

    def watchpoint(self, address, size=4, on=True):
        """Stop after a write to address (a virtual one)."""
        self._want_ok(f"{'Z' if on else 'z'}2,{address:x},{size:x}")

    def cont(self):
        """Let the machine run; wait_stop() or interrupt() ends that."""
        self._send("c")

    def wait_stop(self, timeout=30):
        """Wait for a breakpoint; returns the stop reply."""
        return self._reply(timeout)

    def run_to(self, address, timeout=30):
        """Run up to one address."""
        self.breakpoint(address)
        self.cont()
        self.wait_stop(timeout)
        self.breakpoint(address, False)
        if self.pc != address:
            raise GdbError(f"stopped at {self.pc:#x} instead of {address:#x}")

    def step(self, count=1):
        """Execute single instructions."""
        for _ in range(count):
            self.command("s")

    def interrupt(self):
        """Stop a machine that runs."""
        self._link.sendall(b"\x03")
        return self._reply()

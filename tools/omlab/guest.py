# SPDX-License-Identifier: BSD-2-Clause
"""The talk with tools/guest/init: one step per line, and the pstore files it sends."""
import base64
import gzip
import re
from typing import NamedTuple

READY = rb"^@@READY\r?$"


class PstoreFile(NamedTuple):
    """A file of /sys/fs/pstore as the guest's Linux showed it."""
    data: bytes
    st_size: int
    mtime: int


def ready(machine, timeout=30, unless=None):
    """Wait until the guest takes a step."""
    machine.expect(READY, timeout, unless)


def start(machine, line):
    """Begin a step that does not come back (panic, reboot, poweroff, hang …)."""
    machine.send(line + "\n")


def step(machine, line, timeout=30):
    """Do a step and wait until the guest is ready again; returns what it printed (bytes)."""
    begin = machine.position
    verb = re.escape(line.split()[0].encode())
    machine.send(line + "\n")
    done = machine.expect(rb"@@DONE " + verb + rb" (\d+)\r?$", timeout)
    if done.group(1) != b"0":
        raise AssertionError(f"guest: step {line!r} ended with status {done.group(1).decode()}")
    ready(machine, timeout)
    output = machine.log[begin:done.start].replace(b"\r\n", b"\n").lstrip(b"\n")
    echo = line.encode() + b"\n"  # the terminal shows what is typed
    return output[len(echo):] if output.startswith(echo) else output


def pstore(machine, timeout=60):
    """All files of /sys/fs/pstore, name -> PstoreFile."""
    return parse_pstore(step(machine, "pstore", timeout))


def parse_pstore(output):
    """The files in what the step `pstore` printed."""
    files = {}
    for found in re.finditer(rb"^@@FILE (\S+) (\d+) (\d+) (\d+)\n(.*?)^@@END \1$", output,
                             re.MULTILINE | re.DOTALL):
        name = found.group(1).decode()
        data = base64.b64decode(found.group(5))
        size, st_size, mtime = (int(found.group(i)) for i in (2, 3, 4))
        if len(data) != size:
            raise AssertionError(f"guest: {name} has {size} bytes, {len(data)} came over the line")
        files[name] = PstoreFile(data, st_size, mtime)
    if len(files) != output.count(b"@@FILE "):
        raise AssertionError("guest: a pstore file was cut on the serial line")
    return files


def mtd(machine, name, timeout=60):
    """The bytes of an mtd partition as the guest's Linux read them."""
    (sent,) = parse_pstore(step(machine, f"mtd {name}", timeout)).values()
    data = gzip.decompress(sent.data)
    if len(data) != sent.st_size:
        raise AssertionError(f"guest: mtd {name} has {sent.st_size} bytes, read were {len(data)}")
    return data

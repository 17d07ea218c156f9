# SPDX-License-Identifier: BSD-2-Clause
"""The archive in the flash bank that the monitor itself runs from."""
import re
import subprocess

import pytest
import ram
import starts
from omlab import flash, guest, qemu

KEPT = re.compile(rb"oopsmon:   kept     as entry (\d+) of the archive in flash, \d+ bytes;")
PLACES = {"in the middle": 0x2000000, "right after the image": 0x40000, "at the end": 0x3f00000}


@pytest.fixture
def chip(image, tmp_path):
    """The first bank's file with the image at its beginning, as one chip has both."""
    path = flash.make(tmp_path / "own.img")
    with open(path, "r+b") as file:
        file.write(image.read_bytes())
    return path


@pytest.mark.parametrize("place", list(PLACES))
def test_own_bank(capture, image, zimage, initrd, build, chip, tmp_path, place):
    """Two cold starts with a crash each: both are there, and the image is as it was."""
    append = f"{ram.APPEND} oopsmon.report=summary oopsmon.archive=1M@{PLACES[place]:#x}"
    words = qemu.command(kernel=zimage, initrd=initrd, append=append,
                         extra=["-drive", f"if=pflash,index=0,format=raw,file={chip}",
                                *flash.option(None)])
    for number in (1, 2):
        with qemu.Machine(words, stopped=True) as machine:
            with machine.debugger() as dbg:
                ram.fill(dbg, capture("pmsg hello", "panic").rows)
            start = starts.boot(machine, starts.PANIC, 2)
            assert int(KEPT.search(start.text)[1]) == number
            listed = guest.pstore(machine)
    data = chip.read_bytes()
    first, last = PLACES[place], PLACES[place] + flash.ARCHIVE_BYTES
    assert data[:first] == image.read_bytes().ljust(first, b"\xff")
    assert data[last:].count(b"\xff") == len(data) - last
    (tmp_path / "archive").write_bytes(data[first:last])
    subprocess.run([build / "host" / "oopsmon", "archive", "extract", "-o", tmp_path / "out",
                    tmp_path / "archive"], capture_output=True, timeout=120, check=True)
    (folder,) = (tmp_path / "out").iterdir()  # the same crash twice is shown once
    files = {p.name: p.read_bytes() for p in folder.glob("*-ramoops-*")}
    starts.compare(starts.Start(*[None] * 5, [], files, None, None), listed)

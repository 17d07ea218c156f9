# SPDX-License-Identifier: BSD-2-Clause
"""Images for the NOR banks of QEMU's boards."""
import os
import pathlib
import tempfile

BANK_BYTES = 64 << 20  # of the virt board, each of two
BLOCK_BYTES = 256 << 10  # erase block: two chips of 16 bits side by side
ARCHIVE_BYTES = 1 << 20  # where the monitor keeps its archive: the end of the second bank


def make(path, archive=b"", size=BANK_BYTES):
    """A bank's file: erased, and `archive` at the beginning of the archive's place."""
    with open(path, "wb") as file:
        for _ in range(size >> 20):
            file.write(b"\xff" * (1 << 20))
        if archive:
            file.seek(size - ARCHIVE_BYTES)
            file.write(archive)
    return path


def erased():
    """A file that stays as it is: for machines that forget what they write to it."""
    folder = pathlib.Path(os.environ.get("OOPSMON_BUILD", "build")).resolve() / "lab"
    path = folder / "erased.img"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=folder)
        os.close(handle)
        os.replace(make(made), path)
    return path


def option(path):
    """QEMU's options for the second bank; None: an erased one that is forgotten at the end."""
    return ["-drive", "if=pflash,index=1,format=raw,file=" +
            (f"{erased()},snapshot=on" if path is None else str(path))]


def archive_of(path):
    """The bytes of the archive's place."""
    with open(path, "rb") as file:
        file.seek(-ARCHIVE_BYTES, os.SEEK_END)
        return file.read()

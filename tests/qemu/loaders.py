# SPDX-License-Identifier: BSD-2-Clause
"""Loaders in flash that start a file as Linux is started (start_stub.S)."""
import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).parent
FILE_AT = 0x1000  # in the stub's flash
NO_MACHINE = 0xffffffff


def assembled(name, folder):
    """The code of a stub as bytes; its words follow."""
    obj, out = folder / f"{name}.o", folder / f"{name}.bin"
    subprocess.run(["arm-none-eabi-gcc", "-c", HERE / f"{name}.S", "-o", obj], check=True)
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", obj, out], check=True)
    return out.read_bytes()


def flash(folder, file, address, r2, r1=NO_MACHINE, table=0):
    """A flash whose loader puts @file there and starts it; @table: with MMU and caches on."""
    words = struct.pack("<7I", address, len(file), 0, r1, r2, FILE_AT, table)
    path = folder / "loader.bin"
    path.write_bytes((assembled("start_stub", folder) + words).ljust(FILE_AT, b"\0") + file)
    return path

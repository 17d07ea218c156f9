# SPDX-License-Identifier: BSD-2-Clause
"""The first inputs of the target `wrap`: wrapped kernels, flash images, and ones that are damaged."""
import struct
import zlib

from material import target


def zimage(size):
    return struct.pack("<13I", *[0xe1a00000] * 9, 0x016f2818, 0, size, 0x04030201).ljust(size, b"\xa5")


def monitor(magic=b"ooom", size=0x80, says=None):
    return (zimage(0x3c) + magic + struct.pack("<3I", size if says is None else says, 0x200, 0)).ljust(size, b"\x5a")


def image64(size=0x60, running=0x10000):
    return (struct.pack("<2I6Q", 0x14000010, 0xd503201f, 0, running, 0xa, 0, 0, 0) + b"ARM\x64").ljust(size, b"\xa5")


def monitor64(magic=b"ooom", first=0x14000010, size=0x80):
    return (struct.pack("<I", first) + image64(0x3c)[4:] + magic + struct.pack("<3I", size, 0x200, 0)).ljust(size, b"\x5a")


def block(payload=b"", kind=0, to=0, version=1, size=None):
    head = b"OMWRAP\0" + bytes([version]) + struct.pack(
        "<5I", 1, len(payload) if size is None else size, zlib.crc32(payload), kind, to)
    return head + struct.pack("<I", zlib.crc32(head))


def branch(distance):
    return struct.pack("<I", 0xea000000 | (distance - 8 >> 2) & 0xffffff)


@target
def wrap_seeds():
    kernel = zimage(0x60)
    tree = struct.pack(">2I", 0xd00dfeed, 40).ljust(40, b"\0")
    whole = monitor() + block(kernel) + kernel
    stage = branch(0x10).ljust(0x40, b"\1") + b"\xff" * 0x40
    flash = branch(0x80) + stage[4:] + monitor(b"room") + block(kind=1, to=0x10)
    for name, file in (
            ("kernel", whole), ("tree", monitor() + block(kernel + tree) + kernel + tree),
            ("long-tree", monitor() + block(kernel + tree[:20]) + kernel + tree[:20]),
            ("no-zimage", monitor() + block(b"text") + b"text"), ("nothing", monitor() + block()),
            ("after-it", whole + tree), ("damaged", whole[:-1] + b"!"), ("cut", whole[:-1]),
            ("bare", monitor()), ("cut-block", monitor() + block(kernel)[:31]),
            ("later", monitor() + block(kernel, version=2) + kernel), ("kind", monitor() + block(kernel, 2) + kernel),
            ("far-too-long", monitor() + block(kernel, size=0xffffffff) + kernel),
            ("sizes", monitor(says=0x70) + monitor(says=8) + monitor(says=0xfffffff0)),
            ("uimage", b"\x27\x05\x19\x56".ljust(64, b"\0") + whole), ("fit", b"\xd0\x0d\xfe\xed" + whole),
            ("within", monitor(says=8) + b"\0" * 12 + whole + whole), ("flash", flash),
            ("flash-entry", flash[:-8] + b"\xff" * 8), ("flash-filled", branch(0x80).ljust(0x80, b"\xff") + flash[0x80:]),
            ("flash-outside", branch(0x80) + stage[4:] + monitor(b"room") + block(kind=1, to=0x80)),
            ("stage-in-kernel", monitor() + block(kind=1, to=0x10)), ("back", branch(-8) + whole),
            ("64", monitor64() + block(image64()) + image64()),
            ("64-no-kernel", monitor64() + block(b"text") + b"text"),
            ("64-before-3.17", monitor64() + block(image64(running=0)) + image64(running=0)),
            ("64-in-flash", monitor64(b"room", 0x14000013) + block(image64()) + image64()),
            ("64-within", b"\xd0\x0d\xfe\xed" + monitor64() + block(image64()) + image64()),
            ("32-in-64", monitor64() + block(kernel) + kernel), ("64-in-32", monitor() + block(image64()) + image64()),
            ("empty", b"")):
        yield name, b"\0" + file
    for name, stage in (("short", branch(4) + b"\xff"), ("zeros", branch(0x10) + bytes(0x40)),
                        ("far", branch(0x1fffffc) + b"\1"), ("none", b"\0\0\0\xeb")):
        yield f"make-{name}", b"\7" + stage
    for name, given in (("image", image64()), ("huge", image64(running=0x7fffffff)), ("zimage", kernel), ("none", b"")):
        yield f"make-64-{name}", b"\x0d" + given

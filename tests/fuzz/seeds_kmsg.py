# SPDX-License-Identifier: BSD-2-Clause
"""The first inputs of kmsg_fuzz: small logs in RAM, by the layouts that the target's texts name."""
import random
import struct

from material import target

BITS, SIZE_BITS = 4, 9
RB, DESCS, INFOS, TEXT = 0x140, 0x200, 0x400, 0xa00  # after the second page's beginning
MASK = (1 << 30) - 1


def ring(messages, base=0x80000000, text=b"message %d of a log"):
    """A 32-bit kernel's, at 0xc0001000."""
    data = bytearray(0xc00)
    data[130:134] = b"6.1\0"
    struct.pack_into("<I", data, 0x100, 0xc0001000 + RB)
    head = tail = -(1 << SIZE_BITS)
    first = max(0, messages - 16)
    for seq in range(messages):
        words = text % seq
        size = (4 + len(words) + 3) // 4 * 4
        begin, end = head, head + size
        if begin >> SIZE_BITS != end >> SIZE_BITS:
            end = (end >> SIZE_BITS << SIZE_BITS) + size
        at = TEXT + (begin % 512 if begin >> SIZE_BITS == end >> SIZE_BITS else 0)
        ident = seq - 16 & MASK
        struct.pack_into("<I", data, at, ident)
        data[at + 4:at + 4 + len(words)] = words
        struct.pack_into("<III", data, DESCS + seq % 16 * 12, ident | 2 << 30, begin & 0xffffffff,
                         end & 0xffffffff)
        struct.pack_into("<QQHBBI", data, INFOS + seq % 16 * 88, seq, seq * 1000000, len(words), 0,
                         seq % 8 << 5 | 2, 0x80000000)
        head = end
    struct.pack_into("<11I", data, RB, BITS, 0xc0001000 + DESCS, 0xc0001000 + INFOS,
                     messages - 17 & MASK, first - 16 & MASK, 0, SIZE_BITS, 0xc0001000 + TEXT,
                     head & 0xffffffff, max(tail, head - 512) & 0xffffffff, 0)
    return bytes(data)


def records(messages):
    data = b""
    for seq in range(messages):
        words = b"record %d of an older log" % seq
        size = (16 + len(words) + 3) // 4 * 4
        data += struct.pack("<QHHHBB", seq * 1000000, size, len(words), 0, 0, seq % 8 << 5) + words
        data = data.ljust(-(-len(data) // 4) * 4, b"\0")
    return struct.pack("<4I", 0xc0001010, len(data) + 16, 0, len(data)) + data


@target
def kmsg_seeds():
    for how, name in ((2, "at-0"), (6, "at-2g"), (4, "shape")):
        for count in (5, 16, 40):
            yield f"ring-{name}-{count}", bytes([how]) + ring(count)
    for how, name in ((3, "text"), (1, "shape")):
        yield f"records-{name}", bytes([how]) + records(20)
    rng = random.Random(5)
    for i in range(6):
        damaged = bytearray(ring(16 + i))
        for _ in range(4 << i):
            damaged[rng.randrange(0x100, len(damaged))] = rng.choice((0, 1, 0x7f, 0x80, 0xff))
        yield f"damaged-{i}", bytes([6]) + bytes(damaged)
    yield "text-only", bytes([0]) + b"OSRELEASE=6.1\nSYMBOL(prb)=c0000000\nSIZE(printk_ringbuffer)=44\n"

# SPDX-License-Identifier: BSD-2-Clause
"""What a serial line and the programs on it do to a report: seeded damage of a log.

Each function takes the bytes, a rate or a count and a random.Random, and returns new bytes.
"""
import math
import re

LINE = re.compile(rb"\{[^{}\r\n]*\}\r?\n")


def wrong_bytes(log, rate, rng):
    """Each byte becomes another one, any, with this probability."""
    out = bytearray(log)
    for at in _places(len(out), rate, rng):
        out[at] ^= rng.randrange(1, 256)
    return bytes(out)


def flipped_bits(log, rate, rng):
    """Each byte gets one wrong bit with this probability: what a marginal line does."""
    out = bytearray(log)
    for at in _places(len(out), rate, rng):
        out[at] ^= 1 << rng.randrange(8)
    return bytes(out)


def dropped_bytes(log, rate, rng):
    """Each byte is lost with this probability: a receiver that is too slow."""
    gone = set(_places(len(log), rate, rng))
    return bytes(b for i, b in enumerate(log) if i not in gone)


def inserted_bytes(log, rate, rng):
    """Before each byte another one, any, with this probability."""
    out = bytearray()
    last = 0
    for at in _places(len(log), rate, rng):
        out += log[last:at] + bytes([rng.randrange(256)])
        last = at
    return bytes(out + log[last:])


def lost_lines(log, rate, rng):
    """Each report line is lost with this probability, its line end included."""
    return LINE.sub(lambda m: b"" if rng.random() < rate else m.group(0), log)


def lost_burst(log, lines, rng):
    """So many report lines in a row are lost, somewhere."""
    found = list(LINE.finditer(log))
    at = rng.randrange(len(found) - lines + 1)
    return log[:found[at].start()] + log[found[at + lines - 1].end():]


def noise_burst(log, length, rng):
    """So many bytes in a row are anything, somewhere."""
    at = rng.randrange(max(1, len(log) - length))
    return log[:at] + rng.randbytes(length) + log[at + length:]


def _places(length, rate, rng):
    """Ascending places, each of @length with probability @rate."""
    if rate <= 0:
        return []
    places, at = [], -1
    while True:
        at += 1 + int(rng.expovariate(-math.log1p(-rate)))  # geometric
        if at >= length:
            return places
        places.append(at)

# SPDX-License-Identifier: BSD-2-Clause
"""A second reader of armored reports, slow and plain: written from docs/report-format.md and
docs/report-format-lines.md alone, to show that these say all.

It shares nothing with firmware/core. By hand:
python3 tests/golden/report_reader.py LOG
"""
import argparse
import collections
import functools
import pathlib
import re
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DIGITS = {c: i for i, c in enumerate(
    b"!#$%()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|~")}
PAYLOAD = 54
U32 = 0xffffffff


# Lines and groups

def body_of(chars):
    """60 bytes of 75 characters, None with a bad group of characters among them."""
    body = b""
    for i in range(0, 75, 5):
        number = 0
        for c in chars[i:i + 5]:
            if c not in DIGITS:
                return None
            number = number * 85 + DIGITS[c]
        if number > U32:
            return None
        body += number.to_bytes(4, "big")
    return body


def key_of(body):
    """The group's key out of one sound line."""
    return zlib.crc32(body[:56]) ^ int.from_bytes(body[56:], "little")


def counts_of(key):
    """(n_data, n_parity, tag) of a key."""
    return (key >> 22) + 1, key >> 11 & 2047, key & 2047


def groups_of(log):
    """{key: {number of line: payload}} of all lines in a log that may be sound."""
    groups = collections.defaultdict(dict)
    for found in re.finditer(rb"(?=\{([^\r\n]{75})\})", log):
        body = body_of(found.group(1))
        if body is None:
            continue
        key = key_of(body)
        n_data, n_parity, _ = counts_of(key)
        number = int.from_bytes(body[:2], "little")
        if n_parity <= 1024 and number < n_data + n_parity:
            groups[key].setdefault(number, body[2:56])
    return dict(groups)


# Parity

@functools.cache
def field():
    """(powers of a, logarithms) of GF(2^16); powers twice, so that sums need no modulo."""
    power, x = [], 1
    for _ in range(65535):
        power.append(x)
        x = x << 1 ^ (0x1100b if x & 0x8000 else 0)
    log = [0] * 65536
    for i, x in enumerate(power):
        log[x] = i
    return power * 2, log


def gf_mul(x, y):
    power, log = field()
    return power[log[x] + log[y]] if x and y else 0


def gf_div(x, y):
    power, log = field()
    return power[log[x] + 65535 - log[y]] if x else 0


def solve(places, sums):
    """v of: sum over e of v[e] * places[e]^j = sums[j]; places: distinct elements."""
    full = [1]                                       # product of (x - place), lowest first
    for place in places:
        shifted = [0] + full
        full = [s ^ gf_mul(place, f) for s, f in zip(shifted, full + [0])]
    values = []
    for place in places:
        others = [0] * len(places)                   # full / (x - place): 0 at all other places
        carry = 0
        for i in range(len(places), 0, -1):
            carry = full[i] ^ gf_mul(carry, place)
            others[i - 1] = carry
        value = at_place = 0
        for i in range(len(places) - 1, -1, -1):
            at_place = gf_mul(at_place, place) ^ others[i]
            value ^= gf_mul(others[i], sums[i])
        values.append(gf_div(value, at_place))
    return values


def restored(lines, n_data, n_parity):
    """Data lines, lost ones by parity where it can: [payload or None]."""
    total = n_data + n_parity
    lost = [i for i in range(total) if i not in lines]
    if not any(i < n_data for i in lost) or len(lost) > n_parity:
        return [lines.get(i) for i in range(n_data)]
    power, log = field()

    def degree(i):
        return n_parity + i if i < n_data else i - n_data

    known = [(degree(i), payload) for i, payload in lines.items()]
    payloads = {i: bytearray() for i in lost}
    for column in range(0, PAYLOAD, 2):
        symbols = [(d, log[s]) for d, payload in known
                   if (s := int.from_bytes(payload[column:column + 2], "little"))]
        sums = []
        for j in range(len(lost)):
            total_at_j = 0
            for d, log_s in symbols:
                total_at_j ^= power[(log_s + d * j) % 65535]
            sums.append(total_at_j)
        for i, symbol in zip(lost, solve([power[degree(i)] for i in lost], sums)):
            payloads[i] += symbol.to_bytes(2, "little")
    return [lines.get(i) or bytes(payloads[i]) for i in range(n_data)]


# Streams

DICTIONARY = ROOT / "docs" / "report-dictionary.txt"


def unpacked(stream):
    """(text, True if its end is there)."""
    reader = zlib.decompressobj(zdict=DICTIONARY.read_bytes())
    try:
        return reader.decompress(stream), reader.eof
    except zlib.error:
        return b"", False


# Chapters

class Report:
    """One report: head (its lines but for records and the chapter's number), records (name to
    words), texts (name to bytes), complete (all bytes of all records there, CRCs right, end told)."""

    def __init__(self):
        self.head, self.records, self.names = {}, {}, []
        self.pieces = collections.defaultdict(dict)
        self.crcs, self.left, self.ended = {}, [], False

    def add_head(self, lines):
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "record":
                number, name, *words = rest.split(" ")
                if int(number) == len(self.names):
                    self.names.append(name)
                    self.records[name] = dict(w.split("=", 1) for w in words if "=" in w)
            elif word != "chapter":
                self.head.setdefault(word, rest)

    def add_items(self, text, at):
        while (end := text.find(b"\n", at)) >= 0:
            word, *numbers = text[at:end].decode("ascii", "replace").split(" ")
            at = end + 1
            if word == "text":
                record, offset, size = map(int, numbers)
                piece = text[at:at + size]
                if len(piece) > len(self.pieces[record].get(offset, b"")):
                    self.pieces[record][offset] = piece
                at += size + 1
            elif word == "crc":
                self.crcs[int(numbers[0])] = int(numbers[1], 16)
            elif word == "left":
                self.left.append(tuple(map(int, numbers)))
            elif word == "end":
                self.ended = True

    def text(self, record):
        """(bytes with zeros where some are missing, True if none is)."""
        size = int(self.records[self.names[record]].get("text", "0"))
        text, there = bytearray(size), bytearray(size)
        for offset, piece in self.pieces[record].items():
            text[offset:offset + len(piece)] = piece
            there[offset:offset + len(piece)] = b"\1" * len(piece)
        if record in self.crcs and all(there) and zlib.crc32(text) != self.crcs[record]:
            raise ValueError(f"{self.names[record]}: CRC of its text is wrong")
        return bytes(text), all(there)

    def entries(self, name):
        """[(CPU, stamp, ip without the CPU's bits, parent)] of an ftrace record with stamps."""
        size, mask, wide, _, big = map(int, self.records[name]["ftrace"].split(","))
        form = struct.Struct((">" if big else "<") + ("QQQ" if wide else "IIQ"))
        assert form.size == size
        return [(ip & mask, stamp, ip & ~mask, parent) if mask else (stamp & 255, stamp >> 8, ip, parent)
                for ip, parent, stamp in form.iter_unpack(self.texts[name])]

    @property
    def texts(self):
        return {name: self.text(i)[0] for i, name in enumerate(self.names)}

    @property
    def complete(self):
        return self.ended and not self.left and all(self.text(i)[1] for i in range(len(self.names)))


def chapters(log):
    """[(key, chapter's text, True if complete)] of a log."""
    told = []
    for key, lines in groups_of(log).items():
        n_data, n_parity, _ = counts_of(key)
        payloads = restored(lines, n_data, n_parity)
        stream = b"".join(payloads[:payloads.index(None)] if None in payloads else payloads)
        text, whole = unpacked(stream)
        if text.startswith(b"oopsmon report 2\n"):
            told.append((key, text, whole))
    return told


def read(log):
    """The reports of a log (bytes), in the order in which they begin: [Report]."""
    reports = {}
    for _, text, _ in chapters(log):
        head, blank, _ = text.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")[1:]
        if not blank:
            continue
        number = dict(line.partition(" ")[::2] for line in lines).get("id", "")
        report = reports.setdefault(number, Report())
        if not report.names:
            report.add_head(lines)
        report.add_items(text, len(head) + 2)
    return list(reports.values())


def main():
    parser = argparse.ArgumentParser(description="Lists the armored reports of a console log.")
    parser.add_argument("log", type=pathlib.Path)
    for report in read(parser.parse_args().log.read_bytes()):
        print(f"id {report.head['id']}: {'complete' if report.complete else 'not complete'}")
        for name, text in report.texts.items():
            print(f"  {name}: {len(text)} bytes, {report.records[name].get('quality')}")


if __name__ == "__main__":
    main()

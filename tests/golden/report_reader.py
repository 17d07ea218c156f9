# SPDX-License-Identifier: BSD-2-Clause
"""A second reader of armored reports, slow and plain: written from docs/report-format.md,
docs/report-format-lines.md and docs/report-format-squeeze.md alone, to show that these say all.

It shares nothing with firmware/core but the bytes of squeeze_text.c. By hand:
python3 tests/golden/report_reader.py LOG
"""
import argparse
import ast
import collections
import copy
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


# Squeezed text

class Cut(Exception):
    """The next bit depends on bytes that are not there."""


class Coder:
    def __init__(self, stream):
        self.stream, self.at = stream, 0
        self.low, self.high, self.code, self.guessed = 0, U32, 0, 0
        for _ in range(4):
            self.take()

    def take(self):
        byte = self.stream[self.at] if self.at < len(self.stream) else 0
        self.guessed += self.at >= len(self.stream)
        self.at += 1
        self.code = (self.code << 8 | byte) & U32

    def bit(self, p):
        span = self.high - self.low
        mid = self.low + (span >> 16) * p + ((span & 0xffff) * p >> 16)
        bit = self.code <= mid
        if self.guessed and (self.guessed >= 4 or (self.code + 256 ** self.guessed - 1 <= mid) != bit):
            raise Cut
        if bit:
            self.high = mid
        else:
            self.low = mid + 1
        while self.low >> 24 == self.high >> 24:
            self.low = self.low << 8 & U32
            self.high = (self.high << 8 | 255) & U32
            self.take()
        return int(bit)


def tables():
    neg = [0] * 2048
    power = 1 << 23
    for i in range(128):
        for k in range(i, 2048, 128):
            neg[k] = max(1, (1 << 31) // ((1 << 15) + ((power >> 8) << (k >> 7))))
        power += (power >> 8) * 356 >> 8
    st, x = [], 2047
    for i in range(2048):
        while x > 0 and neg[x] < 16 * i + 8:
            x -= 1
        st.append(x)
    squash = [neg[-odds] if odds < 0 else 65536 - neg[odds] for odds in range(-2047, 2048)]
    stretch = [-st[q] if q < 2048 else st[4095 - q] for q in range(4096)]
    return squash, stretch


SQUASH, STRETCH = tables()


def squash(odds):
    return SQUASH[max(-2047, min(2047, odds)) + 2047]


def divided(x, y):
    """x / y towards zero, y > 0."""
    return x // y if x >= 0 else -(-x // y)


def learned(entry, bit):
    p22, n = entry >> 10, entry & 1023
    off = (4194303 if bit else 0) - p22
    p22 += divided(divided(off, 128) * (655360 // (10 * n + 16)), 512)
    return p22 << 10 | min(n + 1, 127)


def first(a, b):
    return 4194303 // b * a << 10 | 2


def mix(a, b):
    x = a * 0x517cc1b7 + b * 0x9e3779b1 & U32
    x ^= x >> 15
    x = x * 0x5e2d58d9 & U32
    return x ^ x >> 13


def counter_start(zeros, ones):
    if not zeros and ones:
        return first(4 * ones + 1, 4 * ones + 2)
    if not ones and zeros:
        return first(1, 4 * zeros + 2)
    return first(2 * ones + 1, 2 * (zeros + ones + 1))


class Model:
    def __init__(self):
        self.history = bytearray(65536)
        self.position, self.line, self.above = 1, 1, 0
        self.last4 = self.before4 = 0
        self.column = self.word = self.last_word = self.first_word = self.words = 0
        self.slot_check, self.zeros, self.ones = bytearray(65536), bytearray(65536), bytearray(65536)
        self.check, self.before, self.last = bytearray(32768), bytearray(32768), bytearray(32768)
        self.has_before, self.run = bytearray(32768), bytearray(32768)
        self.places = [0] * 8192
        self.on, self.at, self.length, self.missed = False, 0, 0, 0
        self.counter_odds = [[counter_start(i >> 4, i & 15) for i in range(256)] for _ in range(4)]
        self.guess_odds = [[first(9, 10)] * 416 for _ in range(4)]
        self.match_odds = [first(2 * (i // 4) + 2, 2 * (i // 4) + 3) for i in range(92)]
        self.sure_odds = [first(63, 64)] * 15
        self.weights = [[19660] * 11 for _ in range(296)]
        self.set_contexts()

    def byte(self, bit_of):
        """One byte through the model; bit_of(p, shift): its next bit, 1 with p of 65536.

        shift: which bit of the byte, or -1 - e: is it e?
        """
        sure, denied, b = None, False, None
        if self.on:
            e = self.history[self.at]
            agree = sum(self.run[g] > 0 and self.last[g] == e for g in self.entries)
            sure = 5 * ((self.length >= 16) + (self.length >= 32)) + agree
            p = self.sure_odds[sure] >> 16
            if p >= 63000:
                if bit_of(max(16, min(65520, p)), -1 - e):
                    b = e
                else:
                    denied = True
        if b is None:
            partial = 1
            for bits in range(8):
                partial = partial << 1 | self.bit(bit_of, partial, bits, denied)
            b = partial & 255
        if sure is not None:
            self.sure_odds[sure] = learned(self.sure_odds[sure], b == e)
        self.told(b)
        return b

    def told(self, b):
        for g in self.entries:
            if not self.run[g]:
                self.last[g], self.run[g] = b, 1
            elif self.last[g] != b:
                self.before[g], self.has_before[g], self.last[g], self.run[g] = self.last[g], 1, b, 1
            else:
                self.run[g] = min(self.run[g] + 1, 7)
        self.history[self.position % 65536] = b
        self.position += 1
        self.before4 = (self.before4 << 8 | self.last4 >> 24) & U32
        self.last4 = (self.last4 << 8 | b) & U32
        self.follow_line(b)
        self.follow_match(b)
        self.set_contexts()

    def follow_line(self, b):
        if b == 10:
            self.above, self.line = self.line, self.position
            self.column = self.word = self.last_word = self.first_word = self.words = 0
            return
        self.column += 1
        if 48 <= b <= 57:
            self.word = mix(self.word + 1, 48)
        elif 65 <= b <= 90 or 97 <= b <= 122 or b == 95 or b > 127:
            self.word = mix(self.word + 1, b | 32)
        else:
            if self.word:
                self.words += 1
                self.last_word = self.word
            self.word = 0
            if b == 32 and not self.first_word:
                self.first_word = self.last_word

    def follow_match(self, b):
        def back(place, i):
            return self.history[(place - i) % 65536]

        h = 0
        for i in range(1, 8):
            h = (h + back(self.position, i) + 1) * 0x517cc1b7 & U32
        place = self.places[h >> 19]
        if self.on and self.history[self.at] == b:
            self.length += 1
            if self.length == 16:
                self.missed = 0
        elif self.on:
            self.length = 0
            self.missed += 1
            self.on = self.missed <= 8
        self.at = (self.at + 1) % 65536
        if (not self.on or self.length < 10) and place:
            n = 0
            while n < 32 and back(place, 1 + n) == back(self.position, 1 + n):
                n += 1
            if n >= 7 and (not self.on or n > self.length):
                self.on, self.at, self.length, self.missed = True, place, n, 0
        self.places[h >> 19] = self.position % 65536

    def set_contexts(self):
        last4 = self.last4
        u = self.history[(self.above + self.column) % 65536]
        v = u << 8 | self.history[(self.above + self.column + 1) % 65536]
        self.contexts = [mix(x, i) for i, x in enumerate(
            (last4 & 0xff, last4 & 0xffff, self.word, mix(self.first_word, self.words)))]
        self.entries = [self.entry(mix(x, 4 + i)) for i, x in enumerate(
            (last4 & 0xffffff, mix(last4, self.before4 & 0xff), mix(self.column, u), mix(v, last4 & 0xffff)))]

    def entry(self, c):
        a, check = c >> 17, c & 255
        if self.check[a] == check:
            return a
        if self.check[a ^ 1] == check:
            return a ^ 1
        if self.run[a ^ 1] < self.run[a]:
            a ^= 1
        self.check[a] = check
        self.before[a] = self.last[a] = self.has_before[a] = self.run[a] = 0
        return a

    def slot(self, context, partial):
        x = (context + partial * 0x5e2d58d9) * 0x9e3779b1 & U32
        a, check = x >> 16, x >> 8 & 255
        if self.slot_check[a] == check:
            return a
        if self.slot_check[a ^ 1] == check:
            return a ^ 1
        if self.zeros[a ^ 1] + self.ones[a ^ 1] < self.zeros[a] + self.ones[a]:
            a ^= 1
        self.slot_check[a], self.zeros[a], self.ones[a] = check, 0, 0
        return a

    def guess(self, g, partial, bits):
        """(kind, bit) that a guess's entry says, None if nothing."""
        run = self.run[g]
        if not run:
            return None
        last, before = self.last[g], self.before[g]
        fits = (last | 256) >> (8 - bits) == partial
        before_fits = self.has_before[g] and (before | 256) >> (8 - bits) == partial
        bit, before_bit = last >> (7 - bits) & 1, before >> (7 - bits) & 1
        if fits and before_fits:
            return 3 * run + (2 if bit == before_bit else 1), bit
        if fits:
            return 3 * run + (0 if self.has_before[g] else 24), bit
        if before_fits:
            return 48 + min(run, 3), before_bit
        return None

    def bit(self, bit_of, partial, bits, denied):
        inputs, slots, teach, known = [], [], [], 0
        for i in range(4):
            s = self.slot(self.contexts[i], partial)
            index = self.zeros[s] << 4 | self.ones[s]
            slots.append((s, i))
            known += index != 0
            inputs.append(STRETCH[self.counter_odds[i][index] >> 20] if index else 0)
        for i in range(4):
            said = self.guess(self.entries[i], partial, bits)
            if said is None:
                inputs.append(0)
                continue
            odds, index = self.guess_odds[i], 8 * said[0] + bits
            stretched = STRETCH[odds[index] >> 20]
            inputs.append(stretched if said[1] else -stretched)
            teach.append((odds, index, said[1]))
        m, e = 0, self.history[self.at]
        if self.on and not denied and (e | 256) >> (8 - bits) == partial:
            n, said = self.length, e >> (7 - bits) & 1
            kind = 1 + (n if n < 16 else 16 + sum(n >= limit for limit in (24, 32, 64, 128, 512)))
            index = 4 * kind + min(self.missed, 3)
            entry = self.match_odds[index]
            pair = STRETCH[entry >> 20], (entry >> 21) - 1024
            inputs += pair if said else (-pair[0], -pair[1])
            teach.append((self.match_odds, index, said))
            m = 7 if n == 0 else 1 + (n >= 8) + (n >= 16) + (3 if self.missed else 0)
        else:
            inputs += (0, 0)
        inputs.append(256)

        sets = self.weights[partial], self.weights[256 + 5 * m + known]
        odds = [max(-2047, min(2047, sum(map(int.__mul__, w, inputs)) >> 16)) for w in sets]
        bit = bit_of(max(16, min(65520, squash(divided(sum(odds), 2)))), 7 - bits)

        for w, o in zip(sets, odds):
            error = (65535 if bit else 0) - squash(o)
            if not -2000 < error < 2000:
                half = divided(error, 2)
                for i, x in enumerate(inputs):
                    w[i] += x * half >> 12
        for s, i in slots:
            index = self.zeros[s] << 4 | self.ones[s]
            self.counter_odds[i][index] = learned(self.counter_odds[i][index], bit)
            same, other = (self.ones, self.zeros) if bit else (self.zeros, self.ones)
            same[s] = min(same[s] + 1, 15)
            if other[s] > 2:
                other[s] = 4 if other[s] > 9 else 3 if other[s] > 5 else 2
        for odds_table, index, said in teach:
            odds_table[index] = learned(odds_table[index], said == bit)
        return bit


def phrases():
    """The bytes the model begins with: the string of squeeze_text.c."""
    source = (ROOT / "firmware" / "core" / "squeeze_text.c").read_text(encoding="ascii")
    text = "".join(ast.literal_eval(s) for s in re.findall(r'^\t("(?:[^"\\]|\\.)*")', source, re.M))
    return text.encode("latin-1")


@functools.cache
def begun():
    """The model behind the phrases; to be copied."""
    model = Model()
    for b in phrases():
        model.byte(lambda p, shift, b=b: int(b == -1 - shift) if shift < 0 else b >> shift & 1)
    return model


def unsqueezed(stream):
    """(text, True if its end is there)."""
    coder, model, text = Coder(stream), copy.deepcopy(begun()), bytearray()
    try:
        while True:
            b = model.byte(lambda p, shift: coder.bit(p))
            if b == 10 and coder.bit(16):
                return bytes(text), True
            text.append(b)
    except Cut:
        return bytes(text), False


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
        text, whole = unsqueezed(stream)
        if text.startswith(b"oopsmon report 1\n"):
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

# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of what reads reports and archives, from docs/report-format-lines.md and its kin."""
import struct
import zlib

from material import ROOT, target, parity, dmesg, region, crash_text

ARMOR = "!#$%()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|~"


def armored(number, key, payload):
    """The 75 characters of a line."""
    body = struct.pack("<H54s", number, payload)
    body += struct.pack("<I", zlib.crc32(body) ^ key)
    return "".join(ARMOR[int.from_bytes(body[i:i + 4], "big") // 85**j % 85]
                   for i in range(0, 60, 4) for j in (4, 3, 2, 1, 0)).encode()


@target
def gather_seeds():
    def lines(group, first, count):  # of a group of the target's
        return bytes([count << 6 | group << 4, first])

    def text(data):
        return bytes([1, len(data)]) + data

    def wrong(back, byte):
        return bytes([2, back, byte])

    whole = lines(0, 0, 3)
    yield "group", b"\xff" + whole
    yield "byte-by-byte", b"\0" + whole
    yield "banners", b"\x40" + text(b"-----BEGIN OOPSMON REPORT 2-----\r\n") + whole
    yield "two-groups", b"\xff" + b"".join(lines(g, i, 1) for i in range(8) for g in (0, 1))
    yield "five-groups", b"\xff" + b"".join(lines(g, 0, 2) for g in (0, 1, 2, 3)) + whole
    yield "twice", b"\xff" + whole + whole
    yield "lost", b"\xff" + lines(1, 0, 3) + lines(1, 5, 3) + lines(1, 9, 3)
    yield "wrong", b"\xff" + lines(2, 0, 3) + wrong(100, 0x41) + lines(2, 3, 3) + wrong(120, 0)
    yield "brace", b"\xff" + lines(2, 0, 2) + wrong(20, 0x7d) + wrong(40, 0x7b) + lines(2, 2, 3)
    yield "newline", b"\xff" + lines(2, 0, 3) + wrong(100, 0x0a) + lines(2, 3, 1)
    yield "escapes", b"\xff" + text(b"\x1b[31m") + lines(0, 0, 1) + text(b"\x1b]0;t\7") + lines(0, 1, 2)
    yield "prefix", b"\xff" + b"".join(text(b"[12:00] ") + lines(0, i, 1) for i in range(3))
    yield "json", b"\xff" + text(b'{"a":{"b":1}}' * 15)
    yield "empty", b""


@target
def report_seeds():
    head = (b"oopsmon report 2\nid 1f2e3d4c\nchapter 0\nmonitor 0.1.0\nboard qemu-virt\n"
            b"boot 2 warm\nverdict panic\nuptime 183000\nbaud 115200\n"
            b"region 0x5fc00000 2097152\nsizes 65536 262144 131072 131072\necc 16\nflags 1\n"
            b"layout 5 1 0x6012c\nold 0\n")
    dmesg = (b"record 0 dmesg-ramoops-0 text=5 quality=intact stored=3010 digest=89abcdef "
             b"time=1700000000.123456 reason=Panic count=1 part=1 packing=deflate\n")
    console = (b"record 1 console-ramoops-0 text=16384 quality=corrected corrected=3 stored=16384 "
               b"digest=01234567\n")
    ftrace = (b"record 2 ftrace-ramoops-0 text=640 quality=salvaged notes=0x3000 stored=640 "
              b"digest=00112233 ftrace=16,3,0,1,0 holes=16+16,64+32\n")
    items = b"text 0 0 5\nhello\ncrc 0 3610a686\nleft 1 0 16384\nend\n"
    whole = head + dmesg + console + ftrace + b"\n" + items
    yield "whole", whole
    yield "cut-text", whole[:whole.index(b"hello") + 3]
    yield "cut-head", whole[:len(head) + 30]
    yield "no-records", head + b"\nend\n"
    yield "version-2", whole.replace(b"report 1", b"report 2", 1)
    yield "unknown", whole.replace(b"old 0\n", b"old 0\nnew 1\n").replace(b" part=1", b" part=1 new=2")
    yield "numbers", whole.replace(b"2097152", b"0xffffffff").replace(b"text=5", b"text=99999999999")
    yield "cause", whole.replace(b"verdict ", b"cause WDG\nverdict ", 1)
    yield "beyond", whole.replace(b"old 0\n", b"old 0\nbeyond 12 300 611\n")
    yield "before-1970", whole.replace(b"time=17", b"time=-17")
    yield "pieces", head + dmesg + dmesg.replace(b"0 dmesg-ramoops-0", b"1 dmesg-ramoops-0.1") + (
        dmesg.replace(b"0 dmesg-ramoops-0", b"2 dmesg-ramoops-0.mended")) + b"\n"
    yield "path", whole.replace(b"dmesg-ramoops-0", b"../../etc/passwd")
    yield "board", whole.replace(b"qemu-virt", b"../x y")
    yield "long", head + b"x" * 3000
    yield "empty", b""


@target
def archive_seeds():
    def head(block, sequence, entry, odd=0):
        return bytes([1 | block << 2, odd, sequence]) + struct.pack("<H", entry)

    def chunk(block, at, sequence, entry, off, payload):
        return bytes([2 | block << 2]) + struct.pack("<HBHIH", at // 32, sequence, entry, off, len(payload)) + payload

    def there(what=1, size=3):
        """4 KiB blocks, two unless said; an entry is appended, or (0) all is cleared."""
        return bytes([size, what])

    log = (head(0, 1, 0) + chunk(0, 64, 1, 1, 0, b"oops " * 20) + chunk(0, 256, 1, 1, 1 << 31 | 100, b"end")
           + head(1, 1, 1) + chunk(1, 64, 1, 2, 1 << 31, b"second"))
    yield "blank", there() + struct.pack("<HB", 300, 0xa5)
    yield "log", there() + log
    yield "clear", there(0) + log
    yield "newer", there() + head(0, 1, 0, 1)
    yield "other", there() + head(0, 1, 0, 2)
    yield "other-count", there() + head(0, 1, 0, 3)
    yield "lost-head", there() + log + b"\x03\x05\x00\x00\x03\x77\x00\x00"
    yield "foreign", there() + b"\0\0\0\0\x20" + b"U-Boot environment 0123456789abc"
    yield "last-numbers", there(0) + bytes([1, 5]) + b"\xff\xff\xff\xff\1\0"
    yield "no-geometry", there(1, 0) + log
    yield "empty", b""


@target
def archive_entry_seeds():
    first = b"oopsmon entry 1\n"
    facts = (first + b"id 1f2e3d4c\nboot 2 warm\nverdict panic\nmonitor 0.1.0\nboard qemu-virt\n"
             b"region 0x5fc00000 2097152\n")
    whole = (facts + b"time 1700000000\nrecords 3 26055\n"
             b"headline Kernel panic - not syncing: sysrq triggered crash\n\n")
    yield "whole", whole + b"\x05\0\0\0crc.hello"
    yield "cut", whole[:100]
    yield "cut-first", whole[:9]
    yield "version-2", whole.replace(b"entry 1", b"entry 2", 1)
    yield "unknown", whole.replace(b"time", b"colour blue\ntime")
    yield "numbers", whole.replace(b"2097152", b"0xffffffff").replace(b"3 26055", b"4294967296 -1")
    yield "before-1970", whole.replace(b"time ", b"time -")
    yield "first-second", whole.replace(b"1700000000", b"-9223372036854775808")
    yield "escapes", whole.replace(b"Kernel", b"\x1b[2J\0\xff\t").replace(b"qemu-virt", b"\x1b[1m")
    yield "long-headline", whole.replace(b"crash", b"crash" * 100)
    yield "long", first + b"x\n" * 700
    yield "endless", first + b"x" * 1100
    yield "empty", b""


@target
def armor_seeds():
    def head(number=3, key=0x1234567, percent=15):
        return struct.pack("<3I", number, key, percent)

    line = armored(3, 0x1234567, crash_text()[100:154])
    yield "text", head() + line
    yield "zeros", head(0, 0, 0) + armored(0, 0, bytes(54))
    yield "ones", head(0xffff, 0xffe007ff, 100) + armored(0xffff, 0xffe007ff, b"\xff" * 54)
    yield "most-parity", head(2047, 1023 << 22 | 1024 << 11 | 2047, 100) + line
    yield "too-much-parity", head(0, 1025 << 11, 1) + line
    yield "far-too-much", head(0xffffffff, 0xffffffff, 0xffffffff) + line
    yield "wrong-character", head() + line.replace(line[40:41], b"#", 1)
    yield "not-a-character", head() + line[:17] + b" " + line[18:]
    yield "too-large", head() + line[:20] + b"z;]0#" + line[25:]
    yield "largest", head() + line[:20] + b"z;]0!~~~~~" + line[30:]
    yield "cut", head() + line[:30]
    yield "shifted", head() + line[1:] + b"}"
    yield "escapes", head() + b"\x1b[1m" + line[4:70] + b"\xff\0\r\n"
    yield "empty", b""


@target
def rs16_seeds():
    def column(n_data, n_parity, *places, seed=7):
        """Places: (place, state, xor); state 0: known, 1: suspect, 2: lost."""
        return struct.pack("<HHI", n_data - 1, n_parity, seed) + \
            b"".join(struct.pack("<HBH", *place) for place in places)

    yield "clean", column(20, 14)
    yield "no-parity", column(20, 0, (3, 2, 1))
    yield "smallest", column(1, 1, (0, 2, 0xffff))
    yield "one-lost", column(20, 14, (5, 2, 0x1234))
    yield "all-parity-lost", column(20, 14, *((20 + i, 2, i) for i in range(14)))
    for lost in (14, 15):
        yield f"lost{lost}", column(20, 14, *((2 * i, 2, 1 + i) for i in range(lost)))
    for wrong in (6, 7):
        yield f"wrong{wrong}", column(20, 14, *((i, 1, (1 + 999 * i) * (i < wrong)) for i in range(30)))
        yield f"lost2-wrong{wrong - 1}", column(
            20, 14, (32, 2, 5), (33, 2, 6), *((i, 1, (1 + 999 * i) * (i < wrong - 1)) for i in range(30)))
    yield "suspects-fit", column(20, 14, *((i, 1, 77 * (i % 2)) for i in range(14)))
    yield "known-wrong", column(20, 14, (4, 0, 1), (5, 2, 1))
    yield "known-wrong-suspects", column(20, 14, (4, 0, 1), *((i, 1, 0) for i in range(10, 30)))
    yield "largest", column(64, 40, *((i, 1, 31 * (i % 4 == 0)) for i in range(0, 64)), seed=8)
    yield "empty", b""


@target
def pack_seeds():
    def case(kind, body, cut=77):
        return struct.pack("<BH", kind, cut) + body

    def stream(text):
        packer = zlib.compressobj(9, zdict=(ROOT / "docs" / "report-dictionary.txt").read_bytes())
        return packer.compress(text) + packer.flush()

    text = crash_text(900)
    yield "text", case(0, text)
    yield "twice", case(0, text[:500] + text[:500])
    yield "ftrace", case(0, bytes(range(24)) * 20)
    yield "empty-text", case(0, b"")
    yield "stream", case(1, stream(text), 4000)
    yield "stream-cut", case(1, stream(text)[:100], 4000)
    yield "stream-little-room", case(1, stream(text), 100)
    yield "stream-another-dictionary", case(1, bytes.fromhex("78bb0000000103000000"))
    yield "stream-no-dictionary", case(1, zlib.compress(text))
    yield "stream-of-0.1", case(1, bytes.fromhex("106c874bbbfb68a70858"))
    yield "empty", b""

# SPDX-License-Identifier: BSD-2-Clause
"""omlab.escape against text that the monitor may print, and text that tries to fool it."""
import struct

import pytest
from omlab import escape

HEAD = "oopsmon: ---- %s: 5 bytes ----\r\n"
TAIL = "oopsmon: ---- end of %s ----\r\n"


def block(name, *lines):
    """A record's block as it comes over the line."""
    return ((HEAD % name) + "".join(line + "\r\n" for line in lines) + TAIL % name).encode()


RECORDS = [
    ("one line", ["| hello"], b"hello\n"),
    ("no newline at the end", ["| hello\\"], b"hello"),
    ("nothing at all", [], b""),
    ("only a newline", ["| "], b"\n"),
    ("newlines", ["| ", "| a", "| "], b"\na\n\n"),
    ("backslashes", ["| a\\\\b\\\\"], b"a\\b\\\n"),
    ("backslash, no newline", ["| a\\\\\\"], b"a\\"),
    ("bytes", ["| \\x00\\x1b[31m\\xff\\x0d\tend"], b"\0\x1b[31m\xff\r\tend\n"),
    ("escape in the record", ["| \\\\x41"], b"\\x41\n"),
    ("looks like an end", ["| oopsmon: ---- end of r ----"], b"oopsmon: ---- end of r ----\n"),
    ("looks like a block", ["| oopsmon: ---- dmesg-ramoops-0: x ----", "| | a"],
     b"oopsmon: ---- dmesg-ramoops-0: x ----\n| a\n"),
]


@pytest.mark.parametrize("lines, data", [r[1:] for r in RECORDS], ids=[r[0] for r in RECORDS])
def test_record(lines, data):
    log = b"Linux says\r\n" + block("r", *lines) + b"oopsmon: starting Linux\r\n"
    assert escape.records_from_log(log) == {"r": data}


def test_blocks_in_order():
    log = block("b", "| 1") + b"noise\r\n" + block("a", "| 2")
    assert escape.blocks_from_log(log) == [("b", "5 bytes", b"1\n"), ("a", "5 bytes", b"2\n")]


BROKEN = [
    ("unmarked line", block("r", "text"), "without the mark"),
    ("raw byte", block("r", "| a\x1bb"), "not escaped"),
    ("raw carriage return", block("r", "| a\rb"), "not escaped"),
    ("unknown escape", block("r", "| \\n"), "not escaped"),
    ("short escape", block("r", "| \\x4"), "not escaped"),
    ("cut in the middle", block("r", "| a\\", "| b"), "in the middle"),
    ("no end", (HEAD % "r").encode() + b"| a\r\n", "no end"),
    ("other end", (HEAD % "r").encode() + (TAIL % "s").encode(), "no end"),
    ("only an end", (TAIL % "r").encode(), "without its beginning"),
    ("bare newline", (HEAD % "r").encode() + b"| a\n" + (TAIL % "r").encode(), "without CR LF"),
    ("twice", block("r", "| a") * 2, "twice"),
]


@pytest.mark.parametrize("log, why", [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN])
def test_refused(log, why):
    with pytest.raises(escape.EscapeError, match=why):
        escape.records_from_log(log)


NOTICES = [
    (b"text\n\nECC: No errors detected\n", (b"text\n", 0, 0)),
    (b"text\n\n12 Corrected bytes, 3 unrecoverable blocks\n", (b"text\n", 12, 3)),  # 5.10
    (b"text\nECC: 12 Corrected bytes, 3 unrecoverable blocks\n", (b"text", 12, 3)),
    (b"\nECC: No errors detected\n\nECC: No errors detected\n",
     (b"\nECC: No errors detected\n", 0, 0)),
]


@pytest.mark.parametrize("data, expected", NOTICES)
def test_linux_file(data, expected):
    assert escape.linux_file("r", data, 16) == expected
    assert escape.linux_file("r", data, 0) == (data, 0, 0)


def test_linux_file_without_notice():
    with pytest.raises(ValueError, match="no ECC notice"):
        escape.linux_file("r", b"ECC: No errors detected\n", 16)
    assert "no ECC notice" in escape.difference("dmesg-ramoops-0", b"a", b"a", 16)


def test_difference():
    notice = b"\nECC: No errors detected\n"
    assert escape.difference("pmsg-ramoops-0", b"abc", b"abc" + notice, 16) == ""
    assert "byte 1 differs" in escape.difference("pmsg-ramoops-0", b"aXc", b"abc" + notice, 16)
    assert "byte 2 differs" in escape.difference("pmsg-ramoops-0", b"ab", b"abc", 0)


# ---- ftrace: the same bytes, cut at two places ----------------------------------------
def listing(log, symbol="0x%x", wide=False):
    """Text of a log as Linux and the monitor make it: whole entries counted from the end."""
    layout = "<QQQ" if wide else "<IIQ"
    size = struct.calcsize(layout)
    out = []
    for ip, parent, stamp in struct.iter_unpack(layout, log[len(log) % size:]):
        cpu = stamp & 255 if wide else ip & 3
        width = 16 if wide else 8
        out.append("CPU:%d ts:%d %0*x  %0*x  %s <- %s\n" % (
            cpu, stamp >> 8 if wide else stamp, width, ip, width, parent,
            symbol % ip, symbol % parent))
    return "".join(out).encode()


def some_log(n, layout="<IIQ"):
    return b"".join(struct.pack(layout, 0xc0100000 + 4 * i + i % 4, 0xc0200000 + i, 7000 + 3 * i)
                    for i in range(n))


NOTICE = b"\nECC: 4 Corrected bytes, 0 unrecoverable blocks\n"


@pytest.mark.parametrize("cut", range(16))
@pytest.mark.parametrize("notice", [b"\nECC: No errors detected\n", NOTICE])
def test_ftrace_ecc(cut, notice):
    log = some_log(9)[cut:]
    theirs, st_size = listing(log + notice), len(log + notice)
    assert escape.same_ftrace(listing(log), theirs, 16)
    assert escape.same_ftrace(listing(log), theirs, 16, st_size)
    assert not escape.same_ftrace(listing(log[16:]), theirs, 16, st_size)
    assert not escape.same_ftrace(listing(log[:-16]), theirs, 16)


@pytest.mark.parametrize("wide", [False, True])
def test_ftrace_plain(wide):
    log = some_log(9, "<QQQ" if wide else "<IIQ")[5:]
    theirs = listing(log, "vfs_read+0x%x/0x90", wide)
    assert escape.same_ftrace(listing(log, wide=wide), theirs, 0)


@pytest.mark.parametrize("ecc, notice", [(0, b""), (16, NOTICE)])
def test_ftrace_every_byte_counts(ecc, notice):
    log = some_log(5)
    theirs = listing(log + notice)
    first = (len(log + notice) % 16) if ecc else 0
    for at in range(first, len(log)):
        changed = bytearray(log)
        changed[at] ^= 0x80
        assert not escape.same_ftrace(listing(bytes(changed)), theirs, ecc), at


@pytest.mark.parametrize("mine, theirs, ecc, why", [
    (listing(some_log(9)), listing(some_log(8)), 0, "bytes of entries"),
    (listing(some_log(9)[16:]), listing(some_log(9)), 0, "bytes of entries"),
    (b"", listing(some_log(1)), 0, "bytes of entries"),
    (listing(some_log(9)), listing(some_log(9)), 16, "ECC notice"),
    (b"rubbish\n", listing(some_log(9)), 0, "no ftrace line"),
    (listing(some_log(2))[:-1], listing(some_log(2)), 0, "newline"),
    (listing(some_log(1)).replace(b"CPU:0", b"CPU:2"), listing(some_log(1)), 0, "contradict"),
])
def test_ftrace_differs(mine, theirs, ecc, why):
    assert why in escape.difference("ftrace-ramoops-0", mine, theirs, ecc)

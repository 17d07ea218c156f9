# SPDX-License-Identifier: BSD-2-Clause
"""Records as the monitor prints them, back to bytes; and their comparison with Linux's files.

The monitor prints a record as a block:

    oopsmon: ---- NAME: facts ----
    | text, one line of it per line
    | last line, when the record does not end with a newline\\
    oopsmon: ---- end of NAME ----

Printable ASCII and tab stand for themselves, a backslash is doubled, every other byte is
\\xNN, lines end CR LF. As each line of record text begins with "| ", no record can look
like one of the monitor's own lines.
"""
import re
import struct
from typing import NamedTuple

HEAD = re.compile(rb"oopsmon: ---- (?!end of )([^\s:]+): (.*) ----")
TAIL = re.compile(rb"oopsmon: ---- end of (\S+) ----")
ESCAPE = re.compile(rb"\\(?:\\|x([0-9a-f]{2}))", re.IGNORECASE)
PLAIN = re.compile(rb"[\t\x20-\x5b\x5d-\x7e]*")
# without "ECC: " up to 5.10 (and perhaps later)
NOTICE = re.compile(rb"\n(?:ECC: )?(?:No errors detected|(\d+) Corrected bytes, (\d+) "
                    rb"unrecoverable blocks)\n\Z")
FTRACE_LINE = re.compile(rb"CPU:(\d+) ts:(\d+) ([0-9a-f]{8}(?:[0-9a-f]{8})?)  "
                         rb"([0-9a-f]{8}(?:[0-9a-f]{8})?)  \S.* <- \S.*")


class EscapeError(ValueError):
    """The text is not what the monitor may print."""


class Block(NamedTuple):
    """One printed record."""
    name: str
    facts: str
    data: bytes


class LinuxFile(NamedTuple):
    """A pstore file without Linux's notice about ECC, and what the notice said."""
    data: bytes
    corrected: int
    unrecoverable: int


# ---- the monitor's text ------------------------------------------------------------
def unescape(text):
    """Escaped record text -> bytes; EscapeError at anything that is not escaped as it must."""
    out, at = bytearray(), 0
    while at < len(text):
        plain = PLAIN.match(text, at)
        out += plain.group(0)
        at = plain.end()
        if at == len(text):
            break
        code = ESCAPE.match(text, at)
        if not code:
            raise EscapeError(f"not escaped: {text[at:at + 4]!r} in {text!r}")
        out.append(int(code.group(1), 16) if code.group(1) else ord("\\"))
        at = code.end()
    return bytes(out)


def _unescape_lines(lines, name):
    out = bytearray()
    for i, line in enumerate(lines):
        if not line.startswith(b"| "):
            raise EscapeError(f"{name}: line without the mark of record text: {line!r}")
        body = line[2:]
        cut = (len(body) - len(body.rstrip(b"\\"))) % 2 == 1
        if cut and i != len(lines) - 1:
            raise EscapeError(f"{name}: a line in the middle without its newline: {line!r}")
        out += unescape(body[:-1] if cut else body)
        out += b"" if cut else b"\n"
    return bytes(out)


def blocks_from_log(log):
    """All records printed in a piece of serial log, in their order: a list of Block."""
    blocks, name, facts, lines = [], None, "", []
    for line in log.split(b"\n")[:-1]:  # what follows the last newline is no line yet
        head, tail = HEAD.fullmatch(line.rstrip(b"\r")), TAIL.fullmatch(line.rstrip(b"\r"))
        if name is None:
            if head:
                name, facts = head.group(1).decode(), head.group(2).decode()
                lines = []
            elif tail:
                raise EscapeError(f"end of {tail.group(1).decode()} without its beginning")
        elif not line.endswith(b"\r"):
            raise EscapeError(f"{name}: line without CR LF: {line!r}")
        elif tail and tail.group(1).decode() == name:
            blocks.append(Block(name, facts, _unescape_lines(lines, name)))
            name = None
        else:
            lines.append(line[:-1])
    if name is not None:
        raise EscapeError(f"{name}: no end of the record")
    return blocks


def records_from_log(log):
    """Name -> bytes of the records printed once in a piece of serial log."""
    records = {}
    for block in blocks_from_log(log):
        if block.name in records:
            raise EscapeError(f"{block.name} is printed twice")
        records[block.name] = block.data
    return records


# ---- Linux's files -------------------------------------------------------------------
def linux_file(name, data, ecc):
    """A file of /sys/fs/pstore without the notice that Linux appends when ECC is on.

    Not for ftrace, where the notice is not text any more: see ftrace_difference().
    """
    if not ecc:
        return LinuxFile(data, 0, 0)
    notice = NOTICE.search(data)
    if not notice:
        raise ValueError(f"{name}: no ECC notice at the end: {data[-60:]!r}")
    return LinuxFile(data[:notice.start()], *(int(g or 0) for g in notice.groups()))


def ftrace_stream(text):
    """The entries after lines of ftrace text, as they stand in RAM.

    32-bit: ip, parent (u32), stamp (u64), the CPU in the low bits of ip; 64-bit: the same
    with u64, the CPU in the low byte of the stamp.
    """
    out = bytearray()
    lines = text.split(b"\n")
    if lines.pop():
        raise ValueError("ftrace text does not end with a newline")
    for line in lines:
        found = FTRACE_LINE.fullmatch(line)
        if not found:
            raise ValueError(f"no ftrace line: {line!r}")
        cpu, stamp = int(found.group(1)), int(found.group(2))
        ip, parent = int(found.group(3), 16), int(found.group(4), 16)
        if len(found.group(3)) != len(found.group(4)):
            raise ValueError(f"addresses of two widths: {line!r}")
        if len(found.group(3)) == 8:
            if cpu != ip & 3:
                raise ValueError(f"CPU and address contradict each other: {line!r}")
            out += struct.pack("<IIQ", ip, parent, stamp)
        else:
            out += struct.pack("<QQQ", ip, parent, stamp << 8 | cpu)
    return bytes(out)


def ftrace_difference(monitor_text, linux_text, ecc, st_size=None):
    """"" when both list the same log, else what differs.

    Both cut the log's bytes into entries so that the last entry ends where the bytes end.
    With ECC, Linux takes its notice for a part of the log: its entries are out of step and
    run on into the notice. So the bytes are compared, counted from the end: all of the
    shorter stream, and the other may be longer by less than one entry. Linux's st_size is
    the length of log and notice: with it, the number of entries must be right, too.
    """
    mine, theirs = ftrace_stream(monitor_text), ftrace_stream(linux_text)
    entry = 16 if not mine or len(mine) // monitor_text.count(b"\n") == 16 else 24
    if ecc:
        notice = NOTICE.search(theirs)
        if not notice:
            return f"Linux's entries do not end with an ECC notice: {theirs[-60:]!r}"
        theirs = theirs[:notice.start()]
    if st_size is not None:
        log = st_size - (len(notice.group(0)) if ecc else 0)
        if len(mine) != log - log % entry:
            return f"the monitor has {len(mine)} bytes of entries, Linux's log {log}"
    if abs(len(mine) - len(theirs)) >= entry:
        return f"the monitor has {len(mine)} bytes of entries, Linux {len(theirs)}"
    n = min(len(mine), len(theirs))
    if n == 0:
        return "nothing to compare" if mine or theirs else ""
    return _first_difference(mine[-n:], theirs[-n:])


def same_ftrace(monitor_text, linux_text, ecc, st_size=None):
    """Whether two ftrace listings show the same log."""
    return not ftrace_difference(monitor_text, linux_text, ecc, st_size)


def _first_difference(mine, theirs):
    if mine == theirs:
        return ""
    at = next((i for i, (a, b) in enumerate(zip(mine, theirs)) if a != b),
              min(len(mine), len(theirs)))
    return (f"byte {at} differs: monitor {mine[at:at + 32]!r} ({len(mine)} bytes), "
            f"Linux {theirs[at:at + 32]!r} ({len(theirs)} bytes)")


def difference(name, monitor_data, linux_data, ecc, st_size=None):
    """"" when the monitor's record is what Linux's file says, else what differs.

    st_size: what stat() says of Linux's file, which for ftrace is not its length.
    """
    try:
        if name.startswith("ftrace-"):
            return ftrace_difference(monitor_data, linux_data, ecc, st_size)
        return _first_difference(monitor_data, linux_file(name, linux_data, ecc).data)
    except ValueError as error:
        return str(error)

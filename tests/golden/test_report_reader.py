# SPDX-License-Identifier: BSD-2-Clause
"""The documents of the report's format say enough: a reader written from them alone
(report_reader.py) reads what the monitor writes as `oopsmon decode` does. And the worked example
of docs/report-format.md is what the monitor prints:

    PYTHONPATH=tools python3 tests/golden/test_report_reader.py --write

makes the example anew (tests/data/report and the section of the document).
"""
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import zlib

import pytest
import report_reader
from omlab import crashes, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
EXAMPLE = ROOT / "tests" / "data" / "report"
PAGE = ROOT / "docs" / "report-format.md"
TITLE = "## Worked example\n"
AGAIN = "run `PYTHONPATH=tools python3 tests/golden/test_report_reader.py --write` and read what changed"
REGIONS = ("k61-pmsg-only", "k612-torn-console", "k510-tiny", "k612-tight", "a61-nocompress",
           "f61a64-zstd", "k510-lzo", "x-a32-ecc16-header3-s1",
           "f61a64-percpu-ecc0")


def decoded(log, folder):
    """{file: bytes} that oopsmon decode makes of a log."""
    (folder / "log").write_bytes(log)
    done = subprocess.run([BUILD / "host" / "oopsmon", "decode", "-q", "-o", folder / "out", folder / "log"],
                          capture_output=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr.decode()
    return crashes.files(folder / "out")


def same_files(ours, files):
    """A report's texts are the files, but for what is beyond the report: unpacking and ftrace's lines."""
    assert ours.texts.keys() == {name.removesuffix(".enc.z") for name in files}
    for name, text in ours.texts.items():
        words = ours.records[name]
        if words.get("packing") == "unknown":
            stored = f"===={words['time']}-C\n".encode() + text
            assert (len(stored), zlib.crc32(stored)) == (int(words["stored"]), int(words["digest"], 16))
        elif "ftrace" in words:
            mask = int(words["ftrace"].split(",")[1])
            told = [re.match(r"CPU:(\d+) ts:(\d+) ([0-9a-f]+)  ([0-9a-f]+)  ", line)
                    for line in files[name].decode().splitlines()]
            assert ours.entries(name) == [(int(t[1]), int(t[2]), int(t[3], 16) & ~mask, int(t[4], 16))
                                          for t in told]
        else:
            assert text == files[name]


def only(reports):
    assert len(reports) == 1
    return reports[0]


def spoiled(log, seed):
    """Ten lines less: five gone, three with another digit, two with a character that is none."""
    lines = log.split(b"\r\n")
    ours = [i for i, line in enumerate(lines) if re.fullmatch(rb"\{.{75}\}", line)]
    chance = random.Random(seed)
    for n, i in enumerate(chance.sample(ours, 10)):
        at = chance.randrange(1, 76)
        other = b'"' if n >= 8 else b"0" if lines[i][at:at + 1] != b"0" else b"1"
        lines[i] = b"" if n < 5 else lines[i][:at] + other + lines[i][at + 1:]
    return b"\r\n".join(lines)


@pytest.mark.parametrize("name", REGIONS)
def test_it_reads_what_oopsmon_reads(name, tmp_path):
    log = report.recorded_report(BUILD, name)
    ours = only(report_reader.read(log))
    assert ours.complete
    same_files(ours, decoded(log, tmp_path))
    spoilt = only(report_reader.read(spoiled(log, name)))
    assert spoilt.complete and (spoilt.head, spoilt.texts) == (ours.head, ours.texts)


def test_two_reports_in_one_log(tmp_path):
    """Their lines mixed, with and without what stands around them."""
    logs = [report.recorded_report(BUILD, name) for name in ("k61-pmsg-only", "k612-torn-console")]
    lines = [log.split(b"\r\n") for log in logs]
    mixed = b"\r\n".join(b"[1.0] " + line + b" ~" for pair in zip(*lines) for line in pair)
    ours = report_reader.read(mixed)
    assert sorted(r.head["id"] for r in ours) == sorted(only(report_reader.read(log)).head["id"] for log in logs)
    assert all(r.complete for r in ours)


def test_lines_that_parity_cannot_restore():
    """What stands before the first lost line is read, and no more is claimed."""
    log = report.recorded_report(BUILD, "k510-tiny", parity=0)
    lines = log.split(b"\r\n")
    ours = [i for i, line in enumerate(lines) if line.startswith(b"{")]
    del lines[ours[15]]
    cut = only(report_reader.read(b"\r\n".join(lines)))
    whole = only(report_reader.read(log))
    assert whole.complete and not cut.complete
    for name, text in whole.texts.items():
        got = cut.texts[name]
        there = sum(map(len, cut.pieces[cut.names.index(name)].values()))
        assert got[:there] == text[:there] and not any(got[there:])
    assert any(cut.pieces.values())


def zone(text, size):
    """A zone of a region without ECC, with one text in it."""
    return struct.pack("<4sII", b"DBGC", len(text), len(text)).ljust(12, b"\0") + text.ljust(size - 12, b"\0")


def test_two_chapters(tmp_path):
    """Text that cannot be guessed fills the 53 KiB of one; the piece that ends there goes on."""
    text = random.Random("chapters").randbytes(58000)
    log = report.report_of(BUILD, zone(text, 65536), (0, 65536, 0, 0, 0))
    assert len(report_reader.groups_of(log)) == 2
    ours = only(report_reader.read(log))
    assert ours.complete and ours.texts == {"console-ramoops-0": text} == decoded(log, tmp_path)


def test_the_examples_of_the_lines_document():
    """A line, characters that are no 32 bits, and the parity symbols of two lines."""
    page = (ROOT / "docs" / "report-format-lines.md").read_bytes()
    chars = re.search(rb"^    \{(.{75})\}$", page, re.M)[1]
    body = report_reader.body_of(chars)
    assert body == (b"\2\0" + b"A line of an armored report has 54 bytes of payload. \n" +
                    0xc38199e7.to_bytes(4, "little"))
    assert report_reader.key_of(body) == 0x0080684d
    assert report_reader.counts_of(0x0080684d) == (3, 13, 77)
    assert report_reader.body_of(chars[:70] + b"z;]0 ") is None
    assert report_reader.body_of(chars[:70] + b"z;]0!") == body[:56] + b"\xff" * 4
    assert report_reader.body_of(chars[:70] + b"z;]0#") is None
    for which, symbols in ((0, (2, 3)), (1, (6, 7))):
        lines = {i: (int(i == which)).to_bytes(2, "little") * 27 for i in (0, 1)}
        lines |= {2 + i: symbol.to_bytes(2, "little") * 27 for i, symbol in enumerate(symbols)}
        want = [lines[0], lines[1]]
        for lost in ((0, 1), (0, 2), (1, 3)):
            left = {i: payload for i, payload in lines.items() if i not in lost}
            assert report_reader.restored(left, 2, 2) == want


# The worked example

RECORD = b"""\
====1700000000.123456-D
Panic#1 Part1
<6>[   12.301877] usb 1-1: new high-speed USB device number 2
<0>[   12.345678] Kernel panic - not syncing: Fatal exception in interrupt
<4>[   12.345701] CPU: 0 PID: 71 Comm: insmod Tainted: G           O       6.1.0 #1
<4>[   12.345733] Call trace:
<4>[   12.345750]  panic+0x1a4/0x360
<4>[   12.345771]  die+0x208/0x234
"""
BEFORE = b"DRAM:  512 MiB\r\nLoading Environment from Flash... OK\r\n"
AFTER = b"Starting kernel ...\r\n"


def printed():
    """The log of the example as the monitor's code prints it now."""
    return BEFORE + report.report_of(BUILD, zone(RECORD, 4096), (4096, 0, 0, 0, 0)) + AFTER


def indented(lines):
    return "".join(f"    {line}".rstrip() + "\n" for line in lines)


def in_hex(data):
    return " ".join(f"{b:02x}" for b in data)


def section(log):
    """The document's section, out of the log by the reader of the documents."""
    (key, chapter, _), = report_reader.chapters(log)
    n_data, n_parity, tag = report_reader.counts_of(key)
    lines = {}
    for line in log.decode().split("\r\n"):
        if line.startswith("{"):
            body = report_reader.body_of(line[1:76].encode())
            lines[int.from_bytes(body[:2], "little")] = line, body
    line, body = lines[0]
    stream = b"".join(lines[i][1][2:56] for i in range(n_data))
    reader = zlib.decompressobj(zdict=report_reader.DICTIONARY.read_bytes())
    reader.decompress(stream)
    stream = stream[:len(stream) - len(reader.unused_data)]
    return f"""{TITLE}
A log with the report of one record, [tests/data/report/example.log](../tests/data/report/example.log);
its record is beside it. The monitor prints this very log of the same region:
`tests/golden/test_report_reader.py` checks that, and a reader in Python written from these
pages alone (`tests/golden/report_reader.py`) reads it.

{indented(log.decode().splitlines())}
Line 0 of the group says `{line[1:6]}` first, which is 0x{body[:4].hex()}. All its 60 bytes:

{indented([f"{'number':8} " + in_hex(body[:2])]
          + [f"{'payload' if i == 2 else '':8} " + in_hex(body[i:i + 18]) for i in range(2, 56, 18)]
          + [f"{'check':8} " + in_hex(body[56:])])}
CRC-32 of bytes 0-55 is 0x{zlib.crc32(body[:56]):08x}, the check 0x{int.from_bytes(body[56:], "little"):08x}; exclusive-or they give the key:

    0x{key:08x} = {n_data - 1} << 22 | {n_parity} << 11 | {tag}

So there are {n_data} data lines, {n_parity} parity lines, and the tag {tag} (id, boot 2, uptime 183000 and
chapter 0 added, modulo 2048). The payloads of lines 0 to {n_data - 1} are a stream of {len(stream)} bytes and zeros
that fill the last line. It is this chapter of {len(chapter)} bytes, its last newline not among them:

{indented(chapter.decode().splitlines()).rstrip()}
"""


def test_the_example_is_what_the_monitor_prints():
    assert printed() == (EXAMPLE / "example.log").read_bytes(), f"the report has changed: {AGAIN}"


def test_the_example_stands_in_the_document():
    page = PAGE.read_text(encoding="ascii")
    assert page.partition(TITLE)[1:] == (TITLE, section((EXAMPLE / "example.log").read_bytes())[len(TITLE):]), AGAIN


def test_the_example_reads_as_its_files(tmp_path):
    log = (EXAMPLE / "example.log").read_bytes()
    files = {path.name: path.read_bytes() for path in EXAMPLE.iterdir() if path.name != "example.log"}
    ours = only(report_reader.read(log))
    assert ours.complete and ours.texts == files == decoded(log, tmp_path), AGAIN
    head, text = RECORD.split(b"\n", 1)
    words = ours.records["dmesg-ramoops-0"]
    assert files == {"dmesg-ramoops-0": text}
    assert f"===={words['time']}-D".encode() == head and words["reason"] == "Panic"


def write():
    log = printed()
    EXAMPLE.mkdir(exist_ok=True)
    (EXAMPLE / "example.log").write_bytes(log)
    for name, text in only(report_reader.read(log)).texts.items():
        (EXAMPLE / name).write_bytes(text)
    page = PAGE.read_text(encoding="ascii").partition(TITLE)[0].rstrip("\n") + "\n\n"
    PAGE.write_text(page + section(log), encoding="ascii")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    write()

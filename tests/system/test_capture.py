# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon decode` of console logs that have reports in them, whatever loggers, terminals and
lines do to them: the files are those that the region itself decodes to, byte for byte.
"""
import gzip
import json
import lzma
import os
import pathlib
import random
import re
import subprocess
import zlib

import pytest

from omlab import crashes, noise, ramoops, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
MIB = 1 << 20
MEMORY_MIB = 64  #: whatever the log is
DUMPS_MAX = 512 - 2 - 64  #: that tools/bench/report.c takes into a report

# a panic alone; console, pmsg and ftrace of several CPUs; many dumps
PANIC, PERCPU, MANY = "d61-basic-ecc16", "f61a64-percpu-ecc0", "d510-oopses"


def oopsmon(*arguments, **how):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, **how)
    return done.returncode, done.stdout, done.stderr.decode()


def files(folder):
    """{"panic-8badf00d/dmesg-ramoops-0": bytes}, without the reports' facts."""
    return {f"{crash.name}/{path.name}": path.read_bytes() for crash in crashes.folders(folder)
            for path in crash.iterdir() if path.name != "report.json"}


def decoded(log, folder, *options):
    """Exit code and files of a log."""
    code, _, err = oopsmon("decode", *options, "-o", folder, "-", input=log)
    assert "Sanitizer" not in err
    return code, crashes.files(folder)


def facts(log):
    """The reports in a log, of --json."""
    code, out, _ = oopsmon("decode", "--json", "-", input=log)
    return code, json.loads(out)["reports"]


@pytest.fixture(scope="module")
def logs():
    """{name: its report as it comes out of the UART}."""
    return {name: report.recorded_report(BUILD, name) for name in (PANIC, PERCPU, MANY)}


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """{name: files of the region itself}."""
    out = {}
    for name in (PANIC, PERCPU, MANY):
        sizes, cpus = report.recorded()[name]
        options = [f"--{k}-size={v}" for k, v in
                   zip(("record", "console", "ftrace", "pmsg", "ecc"), sizes) if v]
        region = lzma.decompress((report.REGIONS / name / "region.bin.xz").read_bytes())
        folder = tmp_path_factory.mktemp(name)
        oopsmon("decode", *options, *([f"--per-cpu={cpus}"] if cpus else []), "-o", folder, "-",
                input=region)
        out[name] = crashes.files(folder)
        assert out[name]
    return out


def each_line(change):
    """A function of a log that changes every line of it; they end with CR LF before."""
    def mangle(log):
        lines = log.split(b"\r\n")
        return b"".join(change(i, line) for i, line in enumerate(lines))
    return mangle


def wrapped(columns, between=b"\r\n", prefix=b""):
    def change(_, line):
        line = prefix + line
        parts = [line[i:i + columns] for i in range(0, len(line), columns)]
        return between.join(parts) + b"\r\n"
    return each_line(change)


def stamp(i):
    return b"%02d:%02d:%02d.%03d" % (12, i // 3000 % 60, i // 50 % 60, i * 20 % 1000)


BOOT = b"\r\nU-Boot 2023.01 {arm}\r\n[    0.000000] Booting Linux on physical CPU 0x0\r\n" * 40

MANGLINGS = {
    "as it is": lambda log: log,
    "LF": lambda log: log.replace(b"\r\n", b"\n"),
    "CR": lambda log: log.replace(b"\r\n", b"\r"),
    "CR CR LF": lambda log: log.replace(b"\r\n", b"\r\r\n"),
    "no line ends": lambda log: log.replace(b"\r\n", b""),
    "minicom, time stamps": each_line(lambda i, l: b"[2026-11-23 " + stamp(i)[:8] + b"] " + l + b"\r\n"),
    "minicom, wrapped at 80": wrapped(80, b"\r\n"),
    "picocom, hexadecimal for control bytes": lambda log: b"Terminal ready\r\n" + log.replace(
        b"\r", b"[0d]"),
    "picocom": lambda log: b"picocom v3.1\r\nTerminal ready\r\n" + log + b"\r\nTerminating...\r\n",
    "tio, time stamps": each_line(lambda i, l: b"[" + stamp(i) + b"] " + l + b"\r\n"),
    "tio, colours": each_line(lambda i, l: b"\x1b[1;33m[" + stamp(i) + b"]\x1b[0m \x1b[32m" + l +
                              b"\x1b[0m\r\n"),
    "screen, wrapped at 80": wrapped(80, b"\n"),
    "screen, title and colours inside": wrapped(33, b"\x1b[0m\x1b]0;board 3\x07\x1b[1m"),
    "conserver": each_line(lambda i, l: (b"[-- MARK -- Mon Nov 23 12:00:00 2026]\r\n" if i % 25 == 7
                                         else b"") + l + b"\r\n"),
    "conserver, all consoles": each_line(lambda i, l: b"board3: " + l + b"\r\n"),
    "LAVA": each_line(lambda i, l: b"2026-11-23T" + stamp(i)[:8] + b" " + l + b"\n"),
    "LAVA, YAML": each_line(lambda i, l: b'- {"dt": "2026-11-23T' + stamp(i) + b'", "lvl": "target", '
                            b'"msg": "' + l + b'"}\n'),
    "systemd's journal": each_line(lambda i, l: b"Nov 23 12:00:00 lab ttyUSB0[812]: " + l + b"\n"),
    "wrapped, time stamp before each part": wrapped(60, b"\r\n[12:00:01] ", b"[12:00:01] "),
    "wrapped, in a drawn frame": wrapped(60, " │\r\n│ ".encode(), "│ ".encode()),
    "wrapped at 20": wrapped(20, b"\n"),
    "pasted, indented": each_line(lambda i, l: b"    > " + l + b"\n"),
    "pasted, blanks at the ends": each_line(lambda i, l: l + b"   \n"),
    "text in front": lambda log: BOOT + log,
    "text after": lambda log: log + BOOT,
    "text between": each_line(lambda i, l: l + b"\r\n" + (
        b"[   12.345678] random: {crng} init done\r\n" if i % 5 == 0 else b"")),
    "text on the same line": each_line(lambda i, l: b"login: } { " + l + b" $ \r\n"),
    "every line twice": each_line(lambda i, l: l + b"\r\n" + l + b"\r\n"),
    "the report twice": lambda log: log + log,
    "NULs": lambda log: log.replace(b"}", b"}\0\0"),
    "backwards": lambda log: b"\r\n".join(reversed(log.split(b"\r\n"))),
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "5 % of the lines lost": lambda log: noise.lost_lines(log, 0.05, random.Random(1)),
    "12 lines lost in a row": lambda log: noise.lost_burst(log, 12, random.Random(2)),
    "the first 12 lines lost": lambda log: log[log.index(b"}", 12 * 79) + 1:],
    "the last 12 lines lost": lambda log: log[:log.rindex(b"{", 0, len(log) - 13 * 79)],
    "wrong bytes, 0.01": lambda log: noise.wrong_bytes(log, 0.01, random.Random(3)),
    "flipped bits, 0.003": lambda log: noise.flipped_bits(log, 0.003, random.Random(4)),
    "dropped bytes, 0.003": lambda log: noise.dropped_bytes(log, 0.003, random.Random(5)),
    "inserted bytes, 0.003": lambda log: noise.inserted_bytes(log, 0.003, random.Random(6)),
    "a burst of noise": lambda log: noise.noise_burst(log, 800, random.Random(7)),
}


@pytest.mark.parametrize("region", [PANIC, PERCPU])
@pytest.mark.parametrize("mangling", MANGLINGS)
def test_mangled(mangling, region, logs, truth, tmp_path):
    code, found = decoded(MANGLINGS[mangling](logs[region]), tmp_path)
    assert found == truth[region]
    assert code == 0


# ---- what cannot be put together ------------------------------------------------------------

def half(log, share):
    return log[:int(len(log) * share)]


LOSSES = {
    "cut in the middle": lambda log: half(log, 0.6),
    "a quarter lost": lambda log: log[:len(log) // 3] + log[len(log) * 7 // 12:],
}


@pytest.mark.parametrize("loss", LOSSES)
def test_incomplete(loss, logs, truth, tmp_path):
    """What comes before the loss is the text's own; a line names what is missing."""
    log = LOSSES[loss](logs[PANIC])
    code, found = decoded(log, tmp_path)
    want = truth[PANIC]["dmesg-ramoops-0"]
    got = found["dmesg-ramoops-0"]
    lost = re.search(rb"\n\[oopsmon: (\d+) bytes lost\]\n$", got)
    assert code == 1 and lost
    there = len(want) - int(lost[1])
    assert there > len(want) // 10
    assert got[:there] == want[:there]
    code, (one,) = facts(log)
    assert code == 1 and not one["complete"]
    record, = one["records"]
    assert record["quality"] == "salvaged" and record["notes"] == ["text-lost"]
    assert record["lost_bytes"] == int(lost[1]) and record["left_bytes"] == 0
    assert one["lines"]["lost"] > 0


def test_twenty_percent_lost(logs):
    """Never wrong, never silent: each report is complete, or says what is lost of it."""
    for seed in range(20):
        code, found = facts(noise.lost_lines(logs[PERCPU], 0.2, random.Random(seed)))
        whole = bool(found) and all(one["complete"] for one in found)
        assert code == (0 if whole else 1)
        for one in found:
            assert one["board"] in ("bench", "")
            lost = sum(r["lost_bytes"] for r in one["records"])
            assert not (one["complete"] and lost)
            assert one["complete"] or one["lines"]["lost"] > 0


def test_no_time(tmp_path):
    """What the monitor left out is named, and is not called lost."""
    log = report.recorded_report(BUILD, MANY, seconds=3, baud=9600)
    code, (one,) = facts(log)
    assert code == 1 and one["complete"] and one["cut_by_monitor"]
    assert sum(r["left_bytes"] for r in one["records"]) > 0
    assert sum(r["lost_bytes"] for r in one["records"]) == 0
    decoded(log, tmp_path)
    assert any(b"bytes left out]" in data for data in files(tmp_path).values())


def test_more_records_than_a_report_has():
    """Those without a place are named, the report is not called complete; one less, and it is."""
    sizes = ramoops.Sizes(512 * 4096 + (128 << 10), 4096, 128 << 10, 0, 0, 0, False)
    for dumps, beyond in ((DUMPS_MAX, None), (DUMPS_MAX + 9, {"records": 9, "first": DUMPS_MAX,
                                                              "last": DUMPS_MAX + 8})):
        region = ramoops.Region(sizes).boot(ramoops.Kernel((6, 1, 192), wide=False, cpu_in_ip=1))
        for n in range(dumps):
            region.dump("Oops", [b"<4>[%5d.000001] oops %d\n" % (n, n)], (1700000000 + n, 5))
        region.console(b"[    1.000001] a console\n")
        log = report.report_of(BUILD, bytes(region.ram), (4096, 128 << 10, 0, 0, 0))
        code, (one,) = facts(log)
        assert len(one["records"]) == DUMPS_MAX + 1
        assert one["complete"] and one["beyond"] == beyond
        assert one["cut_by_monitor"] == bool(beyond) and code == bool(beyond)
        assert log.rstrip().endswith(b" cut" if beyond else b" complete")
        named = f"{9} of dmesg-ramoops-{DUMPS_MAX} to -{DUMPS_MAX + 8}"
        assert (f"oopsmon: left out: {named}, in RAM for Linux".encode() in log) == bool(beyond)
        _, out, _ = oopsmon("decode", "-", input=log)
        assert (f"  left out {named}: ".encode() in out) == bool(beyond)


def test_reset_in_the_middle(logs, truth, tmp_path):
    """A report that a reset cut off does not harm the next one."""
    log = half(logs[PANIC], 0.5) + b"\xff\0\r\n" + BOOT + logs[PERCPU]
    code, _ = oopsmon("decode", "-o", tmp_path, "-", input=log)[:2]
    found = files(tmp_path)
    assert code == 1
    folders = {name.split("/")[0] for name in found}
    assert len(folders) == 2 and all(re.fullmatch("panic-[0-9a-f]{8}", f) for f in folders)
    whole = facts(logs[PERCPU])[1][0]["id"]
    assert {name.split("/")[1]: data for name, data in found.items()
            if whole in name} == truth[PERCPU]


def test_told_again_after_a_reset(logs, truth, tmp_path):
    """The same crash told by the next boot is one report."""
    again = report.recorded_report(BUILD, PANIC, boot=3)
    code, found = decoded(half(logs[PANIC], 0.5) + BOOT + again, tmp_path)
    assert code == 0 and found == truth[PANIC]


def by_turns(a, b):
    a, b = a.splitlines(True), b.splitlines(True)
    out = []
    while a or b:
        out += a[:1] + b[:1]
        a, b = a[1:], b[1:]
    return b"".join(out)


@pytest.mark.parametrize("mix", [lambda a, b: a + b, lambda a, b: a + BOOT + b, by_turns])
def test_two_reports(mix, logs, truth, tmp_path):
    code, _ = oopsmon("decode", "-o", tmp_path, "-", input=mix(logs[PANIC], logs[PERCPU]))[:2]
    found = files(tmp_path)
    assert code == 0
    for name in (PANIC, PERCPU):
        one = facts(logs[name])[1][0]["id"]
        assert {path.split("/")[1]: data for path, data in found.items()
                if one in path} == truth[name]


def test_region_and_report(logs, tmp_path):
    """A dump of RAM that has a region and the text of a report: both are told."""
    region = lzma.decompress((report.REGIONS / PANIC / "region.bin.xz").read_bytes())
    code, out, _ = oopsmon("decode", "--json", "-o", tmp_path, "-",
                           input=region + bytes(MIB) + logs[PERCPU])
    found = json.loads(out)
    assert code == 0 and len(found["regions"]) == 1 and len(found["reports"]) == 1


# ---- forms of output ------------------------------------------------------------------------

def test_table(logs):
    code, out, err = oopsmon("decode", "-", input=logs[PANIC])
    text = out.decode()
    assert code == 0 and not err
    assert re.match(r"report [0-9a-f]{8} of -: complete\n", text)
    assert "boot 2 (warm), the last kernel PANICKED" in text
    assert re.search(r"dmesg-ramoops-0 +intact +Panic#1", text)


def test_join_and_text(logs, tmp_path):
    code, out, _ = oopsmon("decode", "--join", "--text", "-o", tmp_path, "-", input=logs[MANY])
    assert code == 0 and b"\ncrash 0: " in out and b"\n| " in out
    assert (crashes.only(tmp_path) / "crash-0.log").stat().st_size > 1000


def test_json(logs):
    code, (one,) = facts(logs[PERCPU])
    assert code == 0
    assert one["complete"] and not one["cut_by_monitor"] and one["boot"] == 2 and one["warm"]
    assert one["verdict"] == "panic" and one["board"] == "bench"
    assert one["lines"]["lost"] == 0 and one["lines"]["expected"] >= one["lines"]["seen"] > 0
    assert "Kernel panic" in one["headline"]
    kinds = [r["kind"] for r in one["records"]]
    assert "ftrace" in kinds and "console" in kinds
    assert one["crashes"]


@pytest.mark.parametrize("log, message", [
    (b"", "the file is empty"),
    (BOOT, "nor a monitor's report"),
    (b"{" + b"A" * 75 + b"}\n" * 100, "nor a monitor's report"),
])
def test_none(log, message):
    code, _, err = oopsmon("decode", "-", input=log)
    assert code == 2 and message in err


def test_lines_without_beginning(logs):
    lines = [l for l in logs[PANIC].split(b"\r\n") if l.startswith(b"{")]
    code, _, err = oopsmon("decode", "-", input=b"\r\n".join(lines[60:90]))
    assert code == 1 and "without its beginning" in err


# ---- long logs ------------------------------------------------------------------------------

def test_memory_is_flat(logs):
    """Hours of log in a pipe: junk of several kinds, and a report now and then."""
    rng = random.Random(9)
    junk = [BOOT * 20, rng.randbytes(64 << 10), b'{"a":{"b":[1,2]}}\n' * 4000, bytes(64 << 10),
            b"".join(b"{" + bytes(rng.choices(range(0x28, 0x5b), k=75)) + b"}\n" for _ in range(800))]
    part = b"".join(junk) + logs[PANIC]
    with subprocess.Popen([PROGRAM, "decode", "--json", "-"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as program:
        for _ in range(64 * MIB // len(part)):
            program.stdin.write(part)
        status = pathlib.Path(f"/proc/{program.pid}/status").read_text()
        program.stdin.close()
        out = program.stdout.read()
    assert program.returncode == 0
    assert len(json.loads(out)["reports"]) == 1
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024
    assert peak < MEMORY_MIB


# ---- another implementation, from the document alone ----------------------------------------

ALPHABET = bytes(c for c in range(0x21, 0x7f) if c not in b"\"&'<>\\`{}")


def read_line(line):
    """(number, payload, key) of a line's 75 characters, docs/report-format-lines.md."""
    body = b""
    for i in range(0, 75, 5):
        value = 0
        for c in line[i:i + 5]:
            value = value * 85 + ALPHABET.index(c)
        body += value.to_bytes(4, "big")
    key = zlib.crc32(body[:56]) ^ int.from_bytes(body[56:], "little")
    return int.from_bytes(body[:2], "little"), body[2:56], key


def test_lines_by_the_document(logs):
    lines = re.findall(rb"^\{([^}]{75})\}\r$", logs[PANIC], re.MULTILINE)
    numbers, keys = set(), set()
    for line in lines:
        number, payload, key = read_line(line)
        assert len(payload) == 54
        numbers.add(number)
        keys.add(key)
    assert len(keys) == 1
    key = keys.pop()
    n_data, n_parity = (key >> 22) + 1, key >> 11 & 0x7ff
    assert numbers == set(range(n_data + n_parity)) and len(lines) == n_data + n_parity

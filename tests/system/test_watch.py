# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon watch` on pseudo-terminals: what it shows, keeps and tells, whatever happens on the
line. Reports are those of recorded regions (omlab.report)."""
import binascii
import fcntl
import itertools
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
import tty

import pytest

from omlab import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

BASE, OTHER = "base-a32-ecc16", "a61-full-ecc16"
BOOT = b"oopsmon 0.1.0 qemu-virt: warm boot 2, the last kernel PANICKED; ramoops 2 MiB\r\n"
LINUX = b"[    0.000000] Booting Linux on physical CPU 0x0\r\n"
PATIENCE = 300  #: seconds until a test gives up waiting; no test passes by waiting so long
BAUD = 115200
MIB = 1 << 20


def wait_for(what, seconds=PATIENCE):
    """What a function gives as soon as it is true."""
    end = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
    return value


def told(name=BASE, **how):
    """A boot as the monitor prints it, report included."""
    return BOOT + report.recorded_report(BUILD, name, **how) + LINUX


def lines_of(log):
    return log.splitlines(keepends=True)


def thinned(log, share, seed=1, spared=20):
    """The log without that share of its report lines; the first ones, with the head, stay."""
    chance, n, kept = random.Random(seed), 0, []
    for line in lines_of(log):
        n += line.startswith(b"{")
        if not line.startswith(b"{") or n <= spared or chance.random() >= share:
            kept.append(line)
    return b"".join(kept)


def half(log):
    """The log up to the middle of its report's lines."""
    lines = lines_of(log)
    of_report = [i for i, line in enumerate(lines) if line.startswith(b"{")]
    return b"".join(lines[:of_report[len(of_report) // 2]])


class Board:
    """The other end of a serial line: a pty after a link, as udev makes one."""

    def __init__(self, path):
        self.path, self.fd = path, None
        self.plug()

    def plug(self):
        self.fd, slave = os.openpty()
        tty.setraw(slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        self.slave = slave

    def unplug(self):
        self.path.unlink(missing_ok=True)
        os.close(self.slave)
        os.close(self.fd)
        self.fd = None

    def say(self, data):
        while data:
            _, ready, _ = select.select([], [self.fd], [], PATIENCE)
            assert ready, "nobody listens"
            data = data[os.write(self.fd, data[:2048]):]

    def hear(self, n=1):
        got = b""
        while len(got) < n:
            ready, _, _ = select.select([self.fd], [], [], PATIENCE)
            assert ready, f"only {got} came"
            got += os.read(self.fd, n - len(got))
        return got


class Watch:
    """The program, running."""

    def __init__(self, *arguments, stdout=subprocess.PIPE, **how):
        self.arguments = list(map(str, arguments))
        self.process = subprocess.Popen([PROGRAM, "watch", *self.arguments], stdout=stdout,
                                        stderr=subprocess.PIPE, **({"stdin": subprocess.DEVNULL} | how))
        self.out, self.err = b"", b""
        self.threads = [threading.Thread(target=self.collect, args=(stream, name), daemon=True)
                        for stream, name in ((self.process.stdout, "out"), (self.process.stderr, "err"))
                        if stream]
        for thread in self.threads:
            thread.start()

    def collect(self, stream, name):
        while data := os.read(stream.fileno(), 65536):
            setattr(self, name, getattr(self, name) + data)

    def events(self):
        return [json.loads(line) for line in self.out.decode().splitlines(keepends=True)
                if line.endswith("\n")]

    def kinds(self):
        return [event["event"] for event in self.events()]

    def memory(self, key="VmHWM"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{key}:\s+(\d+) kB", status)[1]) * 1024

    def blocked(self):
        """The mask of signals that it does not take at once."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"SigBlk:\s+(\w+)", status)[1], 16)

    def has_children(self):
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    return True
            except OSError:  # it is over
                pass
        return False

    def open_files(self):
        links = pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()
        return [os.readlink(link) for link in links if link.is_symlink()]

    def ready(self):
        """As soon as it takes signals and has opened the ports that are there."""
        wait_for(lambda: self.blocked() and "signalfd" in " ".join(self.open_files()))
        ports = [os.path.realpath(word.split("=", 1)[-1]) for word in self.arguments]
        wait_for(lambda: all(port in self.open_files() for port in ports
                             if port.startswith("/dev/pts/")))
        return self

    def stop(self, how=signal.SIGTERM):
        """(exit code, standard output, standard error)"""
        if how:
            self.process.send_signal(how)
        code = self.process.wait(timeout=PATIENCE)
        for thread in self.threads:
            thread.join(timeout=PATIENCE)
        return code, self.out, self.err.decode()


@pytest.fixture
def boards(tmp_path):
    made = []

    def make(name="ttyUSB0"):
        made.append(Board(tmp_path / name))
        return made[-1]

    yield make
    for board in made:
        if board.fd is not None:
            board.unplug()


@pytest.fixture
def watch():
    running = []

    def start(*arguments, **how):
        running.append(Watch(*arguments, **how))
        return running[-1].ready()

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def decoded(log, folder):
    """The record files that `oopsmon decode` makes of a log."""
    subprocess.run([PROGRAM, "decode", "-q", "-o", folder, "-"], input=log, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.rglob("*-ramoops-*") if path.is_file()}


def crashes(out, label="ttyUSB0"):
    """The crash folders, oldest first, as {name: report.json's contents}."""
    return {folder.name: json.loads((folder / "report.json").read_text())
            for folder in sorted((out / label).iterdir())}


# ---- what is kept and shown ----------------------------------------------------------------

@pytest.mark.parametrize("name", sorted(report.recorded()))
def test_replay_at_full_speed(tmp_path, boards, watch, name):
    board, log = boards(), LINUX + told(name)
    it = watch("-o", tmp_path / "out", board.path)
    board.say(log)
    wait_for(lambda: b"is complete" in it.err)
    code, shown, said = it.stop()
    assert code == 0, said
    assert (tmp_path / "out/ttyUSB0.log").read_bytes() == log
    (folder, facts), = crashes(tmp_path / "out").items()
    assert facts["complete"] and re.fullmatch(
        rf"\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\dZ-panic-{facts['id']}", folder)
    kept = files(tmp_path / "out/ttyUSB0" / folder)
    del kept["report.json"]
    wanted = decoded(log, tmp_path / "decoded")
    assert {k: v for k, v in wanted.items() if k in kept} == kept
    # the console without the report's lines
    assert shown == b"".join(line for line in lines_of(log) if line[0:1] != b"{").replace(b"\r", b"")


@pytest.mark.parametrize("end", (b"\r\n", b"\n"), ids=("CR LF", "LF"))
@pytest.mark.parametrize("chunk", (1, 7, 2048))
def test_bytes_may_come_in_any_pieces(tmp_path, boards, watch, chunk, end):
    board, log = boards(), told().replace(b"\r\n", end)
    it = watch("-o", tmp_path / "out", board.path)
    for i in range(0, len(log), chunk):
        board.say(log[i:i + chunk])
    wait_for(lambda: b"is complete" in it.err)
    code, shown, _ = it.stop()
    assert code == 0 and b"\n{" not in shown and LINUX.replace(b"\r", b"") in shown


def test_what_only_looks_like_a_report_is_shown(boards, watch):
    board = boards()
    text = b'{"json": 1}\n{short}\n{' + b"x" * 200 + b"}\nlogin: {"
    it = watch(board.path)
    board.say(text)
    wait_for(lambda: it.out == text)  # the prompt's brace, too, though no newline follows
    assert it.stop()[0] == 0


def test_escape_sequences_stay_out_of_a_pipe(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", board.path)
    board.say(b"\x1b[1;31mred\x1b[m \x1b[2J\x1b(Bplain\r\n")
    wait_for(lambda: it.out.endswith(b"\n"))
    assert it.stop()[1] == b"red plain\n"
    assert b"\x1b[1;31m" in (tmp_path / "out/ttyUSB0.log").read_bytes()


def test_lost_lines_cost_nothing(tmp_path, boards, watch):
    board, log = boards(), thinned(told(), 0.05)
    it = watch("-o", tmp_path / "out", board.path)
    board.say(log)
    wait_for(lambda: b"is complete (" in it.err)
    assert it.stop()[0] == 0
    facts, = crashes(tmp_path / "out").values()
    assert facts["lines"]["restored"] > 0


def test_an_incomplete_report_is_completed_when_told_again(tmp_path, boards, watch):
    board, out = boards(), tmp_path / "out"
    it = watch("-o", out, board.path)
    board.say(half(told()) + BOOT + LINUX * 120)
    wait_for(lambda: b"is incomplete" in it.err)
    (folder, facts), = crashes(out).items()
    assert not facts["complete"]
    assert it.stop()[0] == 1
    it = watch("-o", out, board.path)  # nothing is known of the first but the folder
    board.say(told(boot=3))
    wait_for(lambda: b"is complete" in it.err)
    assert it.stop()[0] == 0
    (again, facts), = crashes(out).items()
    assert again == folder and facts["complete"]
    assert not [name for name in files(out / "ttyUSB0" / folder) if name.endswith(".new")]


def test_a_worse_report_never_replaces_a_better_one(tmp_path, boards, watch):
    board, out = boards(), tmp_path / "out"
    it = watch("-o", out, board.path)
    board.say(told())
    wait_for(lambda: b"is complete" in it.err)
    it.stop()
    (folder, _), = crashes(out).items()
    before = {path: path.stat().st_ino for path in (out / "ttyUSB0" / folder).iterdir()}
    for log, word in ((thinned(told(boot=3), 0.6) + LINUX * 120, b"is incomplete"),
                      (told(boot=4), b"is complete")):
        it = watch("-o", out, board.path)
        board.say(log)
        wait_for(lambda: word in it.err)
        assert b"already in" in it.err
        it.stop()
    assert {path: path.stat().st_ino for path in (out / "ttyUSB0" / folder).iterdir()} == before
    assert len(crashes(out)) == 1


def test_two_different_halves_are_both_kept(tmp_path, boards, watch):
    board, out = boards(), tmp_path / "out"
    for seed in (1, 2):
        it = watch("-o", out, board.path)
        board.say(thinned(told(), 0.4, seed) + LINUX * 120)
        wait_for(lambda: b"is incomplete" in it.err)
        assert it.stop()[0] == 1
    first, second = crashes(out)
    assert second == first + "-2"


def number_of(log):
    """The number of the crash in a log."""
    done = subprocess.run([PROGRAM, "decode", "-q", "--json", "-"], input=log, capture_output=True, timeout=PATIENCE)
    return json.loads(done.stdout)["reports"][0]["id"]


@pytest.mark.parametrize("order", ["FW", "WF", "HFW"])
def test_a_forged_number_hides_nothing(tmp_path, boards, watch, order):
    """A report with the number of a crash that comes later, or came before: both are kept."""
    ident = number_of(told())
    logs = {"W": told(), "F": told(OTHER, ident=int(ident, 16)), "H": half(told())}
    assert number_of(logs["F"]) == ident
    board, out = boards(), tmp_path / "out"
    it = watch("-o", out, board.path)
    for n, log in enumerate(order, 1):
        board.say(logs[log] + BOOT + LINUX * 120)
        wait_for(lambda n=n: len(re.findall(rb": report \w+ is ", it.err)) >= n)
    it.stop()
    assert b"already in" not in it.err
    found = crashes(out)
    assert {facts["id"] for facts in found.values()} == {ident}
    assert len(found) == 2 and all(facts["complete"] for facts in found.values())
    kept = [{name: data for name, data in files(out / board.path.name / folder).items() if name != "report.json"}
            for folder in found]
    for name in "WF":
        assert decoded(logs[name], tmp_path / name) in kept


def test_reset_in_the_middle_of_a_report(tmp_path, boards, watch):
    """The partial report is kept, the next one not harmed."""
    board, out = boards(), tmp_path / "out"
    partial, whole = half(told()), told(OTHER, boot=3)
    it = watch("-o", out, board.path)
    board.say(partial + partial[:30].replace(b"\n", b"") + b"\x00\xff\r\n" + whole + LINUX * 120)
    wait_for(lambda: it.err.count(b": report ") == 2)
    assert it.stop()[0] == 1
    facts = {f["complete"]: (folder, f) for folder, f in crashes(out).items()}
    assert set(facts) == {True, False}
    folder = facts[True][0]
    kept = files(out / "ttyUSB0" / folder)
    assert {k: v for k, v in kept.items() if k != "report.json"} == \
        {k: v for k, v in decoded(whole, tmp_path / "decoded").items() if k in kept}
    assert facts[False][1]["id"] != facts[True][1]["id"]


def test_silence_ends_a_report(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", board.path)
    board.say(half(told()))
    begun = time.monotonic()
    wait_for(lambda: b"is incomplete" in it.err)
    assert time.monotonic() - begun > 5
    assert it.stop()[0] == 1


# ---- ends and signals ----------------------------------------------------------------------

@pytest.mark.parametrize("how", (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
def test_a_signal_leaves_complete_files(tmp_path, boards, watch, how):
    board, log = boards(), half(told())
    it = watch("-o", tmp_path / "out", board.path)
    board.say(log)
    wait_for(lambda: (tmp_path / "out/ttyUSB0.log").stat().st_size == len(log))
    code, _, said = it.stop(how)
    assert code == 1 and "is incomplete" in said
    (folder, facts), = crashes(tmp_path / "out").items()
    assert not facts["complete"] and facts["lines"]["seen"] > 20
    names = set(files(tmp_path / "out/ttyUSB0" / folder))
    assert "report.json" in names and not [name for name in names if name.startswith(".")]


def test_a_second_sigint_ends_it_at_once(tmp_path, boards, watch):
    board = boards()
    # it does not hold the program's standard error open: that would be waited for in stop()
    command = "sh -c 'exec sleep 60 > /dev/null 2>&1'"
    it = watch("-o", tmp_path / "out", "--exec", command, board.path)
    board.say(told())
    wait_for(lambda: b"is complete" in it.err)
    wait_for(it.has_children)  # the command
    it.process.send_signal(signal.SIGINT)
    wait_for(lambda: not it.blocked() >> signal.SIGINT - 1 & 1)  # it has taken the first
    assert it.process.poll() is None  # waits for the command
    assert it.stop(signal.SIGINT)[0] == -signal.SIGINT


def test_nobody_reads_any_more(tmp_path, boards, watch):
    board = boards()
    reader, writer = os.pipe()
    it = watch("-o", tmp_path / "out", board.path, stdout=writer)
    os.close(writer)
    os.close(reader)
    board.say(half(told()) + b"\r\n")
    code, _, _ = it.stop(None)
    assert code == 1 and len(crashes(tmp_path / "out")) == 1


def test_a_stuck_reader_stops_nothing(tmp_path, boards, watch):
    board, log = boards(), LINUX * 10000 + told()
    reader, writer = os.pipe()
    it = watch("-o", tmp_path / "out", board.path, stdout=writer)
    board.say(log)
    wait_for(lambda: b"is complete" in it.err)
    assert it.stop()[0] == 0
    assert (tmp_path / "out/ttyUSB0.log").read_bytes() == log
    os.close(reader)
    os.close(writer)


# ---- ports that come and go ----------------------------------------------------------------

def test_a_port_that_is_not_there_yet(tmp_path, boards, watch):
    board = boards()
    board.unplug()
    it = watch("-o", tmp_path / "out", "--json", board.path)
    wait_for(lambda: it.kinds() == ["port-lost"])
    board.plug()
    wait_for(lambda: it.kinds() == ["port-lost", "port-back"])
    board.say(told())
    wait_for(lambda: "report" in it.kinds())
    assert it.stop()[0] == 0


def test_unplugged_and_plugged_in_again(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", "--json", board.path)
    board.say(half(told()))
    wait_for(lambda: "crash" in it.kinds())
    board.unplug()
    wait_for(lambda: "port-lost" in it.kinds())
    time.sleep(2.5)  # said once, however often it is tried
    board.plug()
    wait_for(lambda: "port-back" in it.kinds())
    board.say(told(OTHER))
    wait_for(lambda: it.kinds().count("report") == 2)
    assert it.stop()[0] == 1
    assert [kind for kind in it.kinds() if kind != "boot"] == [
        "crash", "report", "port-lost", "port-back", "crash", "report"]
    assert sorted(f["complete"] for f in crashes(tmp_path / "out").values()) == [False, True]


# who may not open what nobody may: not root
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


def test_no_right_to_the_port(tmp_path, boards):
    board = boards()
    os.chmod(board.path, 0o600 if NOBODY else 0)
    os.chmod(tmp_path, 0o755)
    for folder in tmp_path.parents[:3]:
        if folder != pathlib.Path("/tmp"):
            os.chmod(folder, 0o755)
    program = shutil.copy(PROGRAM, tmp_path)  # where this is built nobody may have no way in
    done = subprocess.run([*NOBODY, program, "watch", board.path], capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 2 and "permission denied" in done.stderr and "dialout" in done.stderr


def test_a_busy_port(boards, watch):
    board = boards()
    watch(board.path)
    done = subprocess.run([PROGRAM, "watch", board.path], capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 2 and "another program has it open" in done.stderr


@pytest.mark.parametrize("arguments, word", [
    ([], "which port"),
    (["/etc/passwd"], "no serial port"),
    (["/dev/null"], "no serial port"),
    (["/tmp"], "no serial port"),
    (["/dev/a/x", "/dev/b/x"], "NAME=PATH"),
    (["/dev/.."], "NAME=PATH"),
    (["=/dev/x"], "NAME=PATH"),
    (["--exec", "true", "/dev/x"], "-o DIR"),
    (["--fetch", "/dev/x"], "-o DIR"),
    (["--fetch=all", "/dev/x"], "records"),
    (["--baud=fast", "/dev/x"], "115200"),
    (["--baud=0", "/dev/x"], "115200"),
    (["-o", "/dev/null/x", "/dev/x"], "/dev/null"),
])
def test_wrong_usage(arguments, word):
    done = subprocess.run([PROGRAM, "watch", *arguments], capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 2 and word in done.stderr and not done.stdout


# ---- events --------------------------------------------------------------------------------

def test_events_are_json_whatever_comes(tmp_path, boards, watch):
    board = boards()
    label = "p\u00e9t"
    it = watch("-o", tmp_path / "out", "--json", f"{label}={board.path}")
    noise = random.Random(3).randbytes(20000)
    board.say(noise + b"\r\noopsmon 0.1.0 qemu-virt: \xff\x1b[31m\"\\\r\n" + told() + noise)
    wait_for(lambda: "report" in it.kinds())
    code, out, _ = it.stop()
    assert code == 0 and out.endswith(b"\n")
    events = it.events()
    assert {event["port"] for event in events} == {label}
    for event in events:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["time"])
    boots = [event["line"] for event in events if event["event"] == "boot"]
    assert boots[0].startswith("oopsmon 0.1.0 qemu-virt: \\xff\\x1b[31m")
    assert boots[1].encode() + b"\r\n" == BOOT
    facts = next(event for event in events if event["event"] == "report")
    assert facts["complete"] and facts["verdict"] == "panic" and facts["boot"] == 2
    assert facts["headline"].startswith("Kernel panic - not syncing")
    assert facts["folder"] == f"{tmp_path}/out/{label}/" + next(iter(crashes(tmp_path / "out", label)))
    assert {record["name"]: record["text_bytes"] for record in facts["records"]} == {
        name: len(data) for name, data in files(pathlib.Path(facts["folder"])).items()
        if name != "report.json" and not name.startswith("ftrace")} | {
            record["name"]: record["text_bytes"] for record in facts["records"]
            if record["name"].startswith("ftrace")}


def test_every_event_and_member_is_documented(tmp_path, boards, watch):
    page = (ROOT / "docs/json.md").read_text()
    page = page[page.index("## Events"):]
    board = boards()
    it = watch("-o", tmp_path / "out", "--json", "--exec", "true", board.path)
    board.say(told())
    wait_for(lambda: "exec" in it.kinds())
    board.unplug()
    wait_for(lambda: "port-lost" in it.kinds())
    it.stop()
    source = (ROOT / "tools/oopsmon/events.c").read_text()
    assert set(it.kinds()) <= set(re.findall(r'event_new\(port, "([a-z-]+)"\)', source))
    words = set(re.findall(r'event_new\(port, "([a-z-]+)"\)', source)) | set(
        re.findall(r'json_object_set_new\(\s*o, "(\w+)"', source))
    assert len(words) > 20
    for event in it.events():
        words |= set(event) | set(event.get("lines", ())) | {
            key for record in event.get("records", ()) for key in record}
    for word in words:
        assert f"`{word}`" in page, word


# ---- commands ------------------------------------------------------------------------------

HOOK = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done > "$1"
env > "$1.env"
echo told
exit 3
"""


def test_exec_gets_the_folder_as_an_argument(tmp_path, boards, watch):
    """Whatever it is named: no shell sees it."""
    board, out = boards(), tmp_path / "it's $(false) \"; touch x; {} a"
    hook = tmp_path / "a hook"
    hook.write_text(HOOK)
    hook.chmod(0o755)
    command = f"'{hook}' {tmp_path}/words {{}} 'a \"b\" $HOME' \"c 'd'\" e\\\\f\\ g '' -{{x}}"
    it = watch("-o", out, "--exec", command, board.path, env=os.environ | {"OOPSMON_ID": "old"})
    board.say(told())
    wait_for(lambda: b"--exec ended with 3" in it.err)
    code, shown, said = it.stop()
    assert code == 0 and b"told" not in shown and "told\n" in said
    (folder, facts), = crashes(out).items()
    assert (tmp_path / "words").read_text().split("\0")[:-1] == [
        f"{tmp_path}/words", f"{out}/ttyUSB0/{folder}", 'a "b" $HOME', "c 'd'", "e\\f g", "", "-{x}"]
    wanted = {"PORT": "ttyUSB0", "FOLDER": f"{out}/ttyUSB0/{folder}", "ID": facts["id"],
              "COMPLETE": "1", "VERDICT": "panic", "BOOT_COUNT": "2", "BOARD": facts["board"],
              "HEADLINE": facts["headline"], "TITLE": facts["title"], "SIGNATURE": facts["signature"]}
    assert wanted["TITLE"] and wanted["SIGNATURE"] and wanted["TITLE"] != wanted["HEADLINE"]
    assert f": {wanted['TITLE']}\n" in said
    got = dict(line.split("=", 1) for line in (tmp_path / "words.env").read_text().splitlines()
               if line.startswith("OOPSMON_"))
    assert {k: v for k, v in got.items() if k[8:] in wanted} == {
        f"OOPSMON_{k}": v for k, v in wanted.items()}


def test_a_shell_is_the_users_own(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", "--exec",
               f"sh -c 'ls \"$OOPSMON_FOLDER\" > {tmp_path}/ls; exit 4'", board.path)
    board.say(told())
    wait_for(lambda: b"--exec ended with 4" in it.err)
    it.stop()
    assert "report.json" in (tmp_path / "ls").read_text().split()


def test_a_command_that_is_not_there(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", "--exec", "not-there {}", board.path)
    board.say(told())
    wait_for(lambda: b"--exec: not-there: No such file or directory" in it.err)
    it.stop()


@pytest.mark.parametrize("command, word", [
    ("cmd \"{}\"x", "OOPSMON_FOLDER"), ("cmd {}/report.json", "OOPSMON_FOLDER"),
    ("sh -c 'ls {}'", "OOPSMON_FOLDER"), ("cmd > file", "sh -c"), ("cmd | cmd", "sh -c"),
    ("cmd; cmd", "sh -c"), ("cmd &", "sh -c"), ("cmd $HOME", "sh -c"), ("cmd \"$HOME\"", "sh -c"),
    ("cmd `id`", "sh -c"), ("cmd (x)", "sh -c"), ("cmd *", "sh -c"), ("cmd 'x", "quote"),
    ("cmd \"x", "quote"), ("", "empty"), ("  ", "empty")])
def test_what_a_shell_would_be_needed_for(tmp_path, boards, command, word):
    done = subprocess.run([PROGRAM, "watch", "-o", tmp_path / "out", "--exec", command,
                           boards().path], capture_output=True, text=True, timeout=PATIENCE,
                          check=False)
    assert done.returncode == 2 and "--exec: " in done.stderr and word in done.stderr


def test_commands_run_a_few_at_once_and_block_nothing(tmp_path, boards, watch):
    """Every command says that it runs and waits to be let go; so none ends before all reports
    are in, however slow the machine is."""
    made = [boards(f"b{i}") for i in range(9)]
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    os.mkfifo(gate)
    hold = os.open(gate, os.O_RDWR)
    command = f"sh -c 'echo $OOPSMON_PORT >> {begun}; read go < {gate}'"
    it = watch("-o", tmp_path / "out", "--json", "--exec", command, *(b.path for b in made))
    for board in made:
        board.say(told())
    wait_for(lambda: it.kinds().count("report") == 9)
    running = wait_for(lambda: begun.exists() and len(begun.read_text().split()) == 4 and 4)
    assert it.kinds().count("exec") == 0  # reports did not wait for commands
    for ended in range(1, 10):
        os.write(hold, b"\n")  # one goes
        wait_for(lambda: it.kinds().count("exec") == ended)
        running = wait_for(lambda: len(begun.read_text().split()) >= min(9, ended + 4) and
                           len(begun.read_text().split()) - ended or ended == 9)
        assert running <= 4
    assert it.stop()[0] == 0
    os.close(hold)
    assert sorted(begun.read_text().split()) == [f"b{i}" for i in range(9)]


# ---- the disk ------------------------------------------------------------------------------

PAGE = 4096


def taken(*paths):
    """Bytes on the disk of folders and files, as --max-disk counts."""
    found = [q for p in paths for q in (p, *p.rglob("*"))]
    return sum(PAGE if q.is_dir() else -(-q.stat().st_size // PAGE) * PAGE for q in found)


def headless(log):
    """A report without the lines that have its beginning."""
    lines = lines_of(log)
    first = next(i for i, line in enumerate(lines) if line.startswith(b"{"))
    return b"".join(lines[:first] + lines[first + 40:])


@pytest.mark.parametrize("kind", ["reports", "headless", "log"])
def test_the_disk_is_not_filled(tmp_path, boards, watch, kind):
    board, out = boards(), tmp_path / "out"
    limit = 120 * 1024
    it = watch("-o", out, "--json", "--max-disk", limit, board.path)
    (out / "ttyUSB0").mkdir(parents=True)
    for name in sorted(report.recorded())[:20]:
        data = {"reports": told(name), "headless": headless(told(name)),
                "log": b"x" * 20000 + b"\n"}[kind]
        board.say(data)
    board.say(BOOT)
    wait_for(lambda: it.kinds().count("boot") >= (1 if kind == "log" else 20))
    code, _, said = it.stop()
    assert code == 1
    assert limit - 64 * 1024 < taken(out / "ttyUSB0", out / "ttyUSB0.log") <= limit
    assert said.count("KiB of --max-disk are used") == 1
    for folder in (out / "ttyUSB0").glob("*/*"):
        assert folder.name[0] != "."


def test_each_port_has_its_part(tmp_path, boards, watch):
    """One that fills its own leaves the other's alone, also after a start anew."""
    noisy, quiet, out = boards("noisy"), boards("quiet"), tmp_path / "out"
    for turn in (1, 2):
        it = watch("-o", out, "--json", "--max-disk", "1M", noisy.path, quiet.path)
        for _ in range(8):
            noisy.say(b"y" * 100000 + b"\n")
        noisy.say(BOOT)
        wait_for(lambda: "boot" in it.kinds())
        quiet.say(told(OTHER if turn == 1 else BASE))
        wait_for(lambda: [e["port"] for e in it.events() if e["event"] == "report"] == ["quiet"])
        code, _, said = it.stop()
        assert code == 1 and "of 512 KiB of --max-disk are used" in said
        assert 500 * 1024 < taken(out / "noisy.log") <= 512 * 1024
        assert len(crashes(out, "quiet")) == turn


BEFORE = {  #: what lies in DIR when watch starts: a file of so many bytes
    "a crash": "ttyUSB0/2020-01-01T00-00-00Z-panic-00000000/dmesg-ramoops-0",
    "fetched": "ttyUSB0/fetched/region.bin", "something else": "ttyUSB0/notes",
    "hidden": "ttyUSB0/.cache/x/y", "the log": "ttyUSB0.log"}


@pytest.mark.parametrize("kind", BEFORE)
def test_what_lies_there_counts(tmp_path, boards, watch, kind):
    """Counted at each start: full by it, and free again when it is gone."""
    board, out = boards(), tmp_path / "out"
    old = out / BEFORE[kind]
    old.parent.mkdir(parents=True)
    for size in (200 * 1024, None):
        if size:
            old.write_bytes(b"o" * size)
        else:
            old.unlink()
        it = watch("-o", out, "--json", "--max-disk", 200 * 1024, board.path)
        board.say(told())
        wait_for(lambda it=it: "report" in it.kinds())
        code, _, said = it.stop()
        (event,) = [e for e in it.events() if e["event"] == "report"]
        folders = list((out / "ttyUSB0").glob("*/report.json"))
        assert (code, bool(folders)) == ((1, False) if size else (0, True))
        assert ("of 200 KiB of --max-disk are used" in said) == bool(size)
        assert event["complete"]
        assert not size or old.read_bytes() == b"o" * size


def test_what_is_not_ours_does_not_count(tmp_path, boards, watch):
    """What a link leads to, and another port's; a link in place of a folder is not followed."""
    board, out, far = boards(), tmp_path / "out", tmp_path / "far"
    for path in (out / "ttyUSB0", far, out / "other"):
        path.mkdir(parents=True)
        (path / "file").write_bytes(b"f" * 100)
    for path in (far, out / "other"):
        (path / "large").write_bytes(b"l" * (300 * 1024))
    (out / "ttyUSB0" / "link").symlink_to(far / "large")
    (out / "ttyUSB0" / "folder").symlink_to(far)
    it = watch("-o", out, "--json", "--max-disk", 200 * 1024, board.path)
    board.say(told())
    wait_for(lambda: "report" in it.kinds())
    assert it.stop()[0] == 0


def test_all_ports_together(tmp_path, boards, watch):
    made, out = [boards(f"b{i}") for i in range(3)], tmp_path / "out"
    it = watch("-o", out, "--json", "--max-disk", "256K,200K", *(b.path for b in made))
    for board in made:
        board.say(b"z" * 150000 + b"\n" + BOOT)
        wait_for(lambda b=board: b.path.name in [e["port"] for e in it.events() if e["event"] == "boot"])
    assert it.stop()[0] == 1
    assert 240 * 1024 < taken(*out.glob("*.log")) <= 256 * 1024
    assert (out / "b2.log").stat().st_size == 0


@pytest.mark.parametrize("size", ["", "x", "4X", "4MM", "-1", "99999999999999999999", "20000000T",
                                  "1M,", "1M,x"])
def test_sizes_of_the_disk(boards, size):
    done = subprocess.run([PROGRAM, "watch", "-o", "/dev/null/x", "--max-disk", size, boards().path],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2 and "--max-disk: sizes such as" in done.stderr


# ---- in place of a terminal program --------------------------------------------------------

class Terminal:
    """A terminal that the program has for standard input and output."""

    def __init__(self, *arguments, **how):
        self.fd, slave = os.openpty()
        self.slave = slave
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [PROGRAM, "watch", *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **how)
        self.seen = b""

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            self.seen += os.read(self.fd, 65536)
        return self.seen

    def wait(self, text):
        wait_for(lambda: text in self.read())

    def type(self, keys):
        os.write(self.fd, keys)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        os.close(self.fd)
        os.close(self.slave)


@pytest.fixture
def terminal():
    made = []

    def make(*arguments, greets=True, **how):
        made.append(Terminal(*arguments, **how))
        if greets:
            made[-1].wait(b"watch: ")
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_keys_pass_both_ways(boards, terminal):
    board = boards()
    term = terminal(board.path)
    term.wait(b"Ctrl-] x leaves")
    keys = bytes(range(0, 0x1d)) + bytes(range(0x1e, 256))  # Ctrl-C, Ctrl-Z, Ctrl-D among them
    term.type(keys + b"\x1d\x1d")
    assert board.hear(len(keys) + 1) == keys + b"\x1d"
    answer = b"\x1b[1;32mroot@board\x1b[m:~# "
    board.say(answer)
    term.wait(answer)  # as it is, colours and all, though no newline follows
    term.type(b"\x1dx")
    assert term.process.wait(timeout=PATIENCE) == 0
    assert termios.tcgetattr(term.slave) == term.before


#: What a board may say, and what a terminal sees of it.
SAID = [
    (b"red \x1b[1;31mA\x1b[m", b"red \x1b[1;31mA\x1b[m"),
    (b"draw \x1b[2J\x1b[H\x1b[K\x1b[3C\x1b(0q\x1b(B\x1b7\x1b8", None),
    (b"full screen \x1b[?1049h\x1b[?25l\x1b[?25h\x1b[?1049l", None),
    (b"letters \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", None),
    (b"title \x1b]0;x\x07.", b"title ."),
    (b"clipboard \x1b]52;c;cm0gLXJm\x1b\\.", b"clipboard ."),
    (b"device \x1bP$q\"p\x1b\\.", b"device ."),
    (b"strings \x1b_a\x1b\\\x1b^b\x1b\\\x1bXc\x1b\\\x1bkd\x1b\\.", b"strings ."),
    (b"no end \x1b]0;y\r\nnext", b"no end \r\nnext"),
    (b"answers \x1b[c\x1b[6n\x1b[21t\x1b[>q\x1b[?1000h\x1bc\x1b#8.", b"answers ."),
    (b"bell \x07.", b"bell ."),
    (b"controls \x05\x0e\x0f\x1a.", b"controls \\x05\\x0e\\x0f\\x1a."),
    (b"C1 \x9b31m\x9d0;x\x9c\x85.", b"C1 \\x9b31m\\x9d0;x\\x9c\\x85."),
    (b"C1 in UTF-8 \xc2\x9b31m\xc2\x85.", b"C1 in UTF-8 \\xc2\\x9b31m\\xc2\\x85."),
    (b"overlong \xc0\x9b\xe0\x80\x9b.", b"overlong \\xc0\\x9b\\xe0\\x80\\x9b."),
    (b"turned \xe2\x80\xae.", b"turned \\xe2\\x80\\xae."),
    (b"cut \xe2\x82.", b"cut \\xe2\\x82."),
]


@pytest.mark.parametrize("said, seen", SAID, ids=[s[0].split()[0].decode() + str(i) for i, s in enumerate(SAID)])
def test_what_a_board_may_do_to_a_terminal(boards, terminal, said, seen):
    board = boards()
    it = terminal(board.path, env=os.environ | {"LC_ALL": "C.UTF-8"})
    board.say(b"<" + said + b">\r\n")
    it.wait(b">\r\r\n")  # the terminal's own carriage return before each newline
    shown = b"<" + (said if seen is None else seen) + b">\r\n"
    assert shown.replace(b"\n", b"\r\n") in it.seen


@pytest.mark.parametrize("locale", ["C", "", "de_DE.ISO-8859-1"])
def test_a_terminal_of_bytes(boards, terminal, locale):
    """One that does not know UTF-8 takes letters' bytes for controls."""
    board = boards()
    it = terminal(board.path, env={"PATH": os.environ["PATH"], "LC_ALL": locale})
    board.say(b"<" + bytes(range(0x80, 0x100)) + "\u00db\u20ac".encode() + b">\r\n")
    it.wait(b">\r\r\n")
    assert not [c for c in it.seen if c >= 0x80]


@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["console", "json"])
def test_no_control_reaches_a_terminal(tmp_path, boards, terminal, arguments):
    """Of two boards, or as JSON: whatever comes, in lines and in names."""
    dice = random.Random(4)
    made = [boards("one"), boards("t\x1b]0;w\x07o\xc2\x9b\u009b")]
    it = terminal(*arguments, "-o", tmp_path / "out", *(b.path for b in made), greets=False,
                  env=os.environ | {"LC_ALL": "C.UTF-8"})
    for board in made:
        for _ in range(40):
            board.say(dice.randbytes(60).replace(b"\n", b"") + b"\xc2\x9b\x9b\x1b]0;x\x07\x1b[31m\r\n")
        board.say(BOOT + told())
    wait_for(lambda: it.read().count(b"is complete" if not arguments else b'"report"') == 2)
    text = it.seen.decode()
    assert not re.search("[\x80-\x9f\x07\x00-\x06\x0b-\x0c\x0e-\x1a]", text)
    assert not set(re.findall("\x1b(?!\\[[0-9;]*m|\\[K)..", text))
    assert len(text) > 1000


@pytest.mark.parametrize("how", (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT))
def test_the_terminal_is_as_before_after_a_signal(boards, terminal, how):
    term = terminal(boards().path)
    term.wait(b"Ctrl-] x leaves")
    wait_for(lambda: termios.tcgetattr(term.slave) != term.before)
    term.process.send_signal(how)
    assert term.process.wait(timeout=PATIENCE) == 0
    assert termios.tcgetattr(term.slave) == term.before


def test_a_progress_bar_in_place_of_the_report(tmp_path, boards, terminal):
    board = boards()
    term = terminal("-o", tmp_path / "out", board.path)
    for line in lines_of(told()):
        board.say(line)
        time.sleep(0.01)
    term.wait(b"is complete")
    bars = re.findall(rb"report \[#* *\] (\d+) % (\d+)/(\d+) lines", term.seen)
    assert len(bars) > 2 and [int(p) for p, _, _ in bars] == sorted(int(p) for p, _, _ in bars)
    assert b"\n{" not in term.seen
    term.type(b"\x1dx")
    assert term.process.wait(timeout=PATIENCE) == 0


def test_several_boards_on_a_terminal(boards, terminal):
    a, b = boards("a"), boards("b")
    term = terminal(a.path, b.path)
    a.say(b"\x1b[31mred\x1b[2J and")
    b.say(b"half a line")
    a.say(b" more\r\n")
    b.say(b", all of it\r\n")
    term.wait(b"a: \x1b[31mred and more\x1b[m\r\n")
    term.wait(b"b: half a line, all of it\r\n")
    term.process.send_signal(signal.SIGTERM)
    assert term.process.wait(timeout=PATIENCE) == 0


# ---- many boards, long times ---------------------------------------------------------------

def test_32_boards_at_once(tmp_path, boards, watch):
    names = [f"board{i:02}" for i in range(32)]
    made = {name: boards(name) for name in names}
    logs = {name: LINUX * 20 + told(region) for name, region in
            zip(names, itertools.cycle(sorted(report.recorded())))}
    it = watch("-o", tmp_path / "out", *(board.path for board in made.values()))
    for at in range(0, max(map(len, logs.values())), 1024):  # interleaved
        for name, board in made.items():
            board.say(logs[name][at:at + 1024])
    wait_for(lambda: it.err.count(b"is complete") == 32)
    memory = it.memory()
    code, shown, said = it.stop()
    assert code == 0, said
    assert memory < 64 * MIB
    for name in names:
        assert (tmp_path / "out" / f"{name}.log").read_bytes() == logs[name]
        facts, = crashes(tmp_path / "out", name).values()
        assert facts["complete"]
        mine = b"".join(line[len(name) + 2:] + b"\n" for line in shown.split(b"\n")
                        if line.startswith(name.encode() + b": "))
        assert mine == b"".join(line for line in lines_of(logs[name])
                                if line[0:1] != b"{").replace(b"\r", b"")


def test_32_ports_of_socat(tmp_path, watch):
    """The same through socat, as from a terminal server: its ptys come and speak."""
    names = [f"rack{i:02}" for i in range(32)]
    it = watch("-o", tmp_path / "out", "--json", *(tmp_path / name for name in names))
    servers = []
    for name in names:
        (tmp_path / f"{name}.txt").write_bytes(told())
        servers.append(subprocess.Popen(["socat", "-u", "-t", "30", f"OPEN:{tmp_path / name}.txt,ignoreeof",
                                         f"PTY,raw,echo=0,wait-slave,link={tmp_path / name}"]))
    try:
        wait_for(lambda: it.kinds().count("report") == 32)
    finally:
        for server in servers:
            server.kill()
            server.wait()
    assert it.memory() < 64 * MIB and it.stop()[0] == 0
    for name in names:
        facts, = crashes(tmp_path / "out", name).values()
        assert facts["complete"]
        assert (tmp_path / "out" / f"{name}.log").read_bytes() == told()


def test_hours_of_log_take_no_memory(tmp_path, boards, watch):
    """Two hours of a busy line, with a crash every few minutes."""
    board = boards()
    it = watch("-o", tmp_path / "out", board.path, stdout=subprocess.DEVNULL)
    reports = [told(name) for name in sorted(report.recorded())]
    chatter = b"".join(b"[%12.6f] eth0: link is up, %d errors { } {\r\n" % (i / 7, i) for i in range(2000))
    total = 2 * 3600 * BAUD // 10
    sent, after = 0, []
    while sent < total:
        for log in reports:
            board.say(chatter * 20 + log)
            sent += 20 * len(chatter) + len(log)
            after.append(it.memory("VmRSS"))
    size = wait_for(lambda: sent == (tmp_path / "out/ttyUSB0.log").stat().st_size and sent)
    assert size >= total and len(after) > 20
    # four reports are kept in memory, in case more of them comes
    assert max(after[10:]) < max(after[:10]) + 2 * MIB and it.memory() < 32 * MIB
    assert it.stop()[0] == 0
    assert all(facts["complete"] for facts in crashes(tmp_path / "out").values())


# ---- fetching ------------------------------------------------------------------------------

INVITATION = (b"oopsmon: press Ctrl-Y to fetch the records by YMODEM (rb), Ctrl-R for the raw region, "
              b"Ctrl-L for the archive\r\n")
READY = b"oopsmon: YMODEM: sending %d files; start rb (lrzsz)\r\n"
SOH, STX, EOT, ACK, NAK, CAN = (bytes([c]) for c in (1, 2, 4, 6, 0x15, 0x18))


def send_block(board, number, data, spoil=False):
    """One block until it is taken; first once with a wrong byte, if it is to be."""
    size = 128 if len(data) <= 128 else 1024
    data = data.ljust(size, b"\0" if number == 0 else b"\x1a")
    frame = (SOH if size == 128 else STX) + bytes([number & 255, 255 - (number & 255)]) + data
    good = frame + struct.pack(">H", binascii.crc_hqx(data, 0))
    if spoil:
        board.say(good[:50] + b"?" + good[51:])
        assert board.hear() == NAK
    board.say(good)
    assert board.hear() == ACK


def hear_ready(board, keys=b""):
    """The receiver's C; the keys that asked may come before it."""
    while (byte := board.hear()) != b"C":
        assert byte in keys, byte


def send_files(board, contents, keys=b"", spoil=()):
    """YMODEM batch, from the monitor's line on."""
    board.say(READY % len(contents))
    for name, data in contents:
        hear_ready(board, keys)
        send_block(board, 0, name + b"\0%d" % len(data))
        hear_ready(board)
        for number, at in enumerate(range(0, len(data), 1024), 1):
            send_block(board, number, data[at:at + 1024], spoil=number in spoil)
        board.say(EOT)
        if board.hear() == NAK:
            board.say(EOT)
            assert board.hear() == ACK
    hear_ready(board)
    send_block(board, 0, b"")
    board.say(b"oopsmon: YMODEM: %d files sent\r\n" % len(contents))


def incomplete(invitation=INVITATION):
    return thinned(told(), 0.4).replace(LINUX, invitation)


@pytest.mark.parametrize("what, key", [("records", b"\x19"), ("region", b"\x12")])
def test_fetch(tmp_path, boards, watch, what, key):
    board = boards()
    it = watch("-o", tmp_path / "out", "--json", f"--fetch={what}", board.path)
    board.say(incomplete() if what == "records" else told().replace(LINUX, INVITATION))
    assert board.hear() == key
    contents = [(b"dmesg-ramoops-0", bytes(range(256)) * 20), (b"records.txt", b"five\n"), (b"empty", b"")]
    send_files(board, contents, key, spoil=(2,))
    wait_for(lambda: "fetch" in it.kinds())
    board.say(told(OTHER))  # the listener is back
    wait_for(lambda: it.kinds().count("report") == 2)
    assert it.stop()[0] == (1 if what == "records" else 0)
    done = next(event for event in it.events() if event["event"] == "fetch")
    assert done["complete"] and done["files"] == 3 and done["why"] is None
    first = next(event for event in it.events() if event["event"] == "report")
    assert files(pathlib.Path(first["folder"]) / "fetched") == {
        name.decode(): data for name, data in contents}
    assert [event["bytes"] for event in it.events() if event["event"] == "file"] == [5120, 5, 0]


def test_nothing_is_asked_if_the_report_is_whole(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", "--fetch", board.path)
    board.say(told().replace(LINUX, INVITATION) + READY % 1 + LINUX)
    wait_for(lambda: b"Booting Linux" in it.out)
    assert not select.select([board.fd], [], [], 0.5)[0]
    assert it.stop()[0] == 0


def test_hostile_names_stay_in_the_folder(tmp_path, boards, watch):
    board, out = boards(), tmp_path / "out"
    it = watch("-o", out, "--json", "--fetch", board.path)
    board.say(incomplete())
    assert board.hear() == b"\x19"
    names = [b"../../../evil", b"/etc/passwd", b"..", b".profile", b"-rf", b"a b\n\x1b[2Jc\xff", b"twice",
             b"twice", b"sub/", b"n" * 63]
    send_files(board, [(name, name) for name in names], b"\x19")
    wait_for(lambda: "fetch" in it.kinds())
    assert it.stop()[0] == 1
    (folder, _), = crashes(out).items()
    fetched = files(out / "ttyUSB0" / folder / "fetched")
    assert fetched == {"evil": names[0], "passwd": names[1], "_..": names[2], "_.profile": names[3],
                       "_-rf": names[4], "a_b___2Jc_": names[5], "twice": names[6],
                       "twice-2": names[7], "_": names[8], "n" * 63: names[9]}
    assert {path.name for path in tmp_path.iterdir()} == {"out", "ttyUSB0"}


def test_a_fetch_does_not_fill_the_disk(tmp_path, boards, watch):
    """A sender that goes on and on is cut off, and the line is the console's again."""
    board, out = boards(), tmp_path / "out"
    limit = 300 * 1024
    it = watch("-o", out, "--json", "--fetch", "--max-disk", limit, board.path)
    board.say(incomplete())
    assert board.hear() == b"\x19"
    board.say(READY % 1)
    hear_ready(board, b"\x19")
    send_block(board, 0, b"endless\0")
    hear_ready(board)
    frames = 0
    for number in range(1, 1000):
        data = bytes([number & 255]) * 1024
        board.say(STX + bytes([number & 255, 255 - (number & 255)]) + data +
                  struct.pack(">H", binascii.crc_hqx(data, 0)))
        frames += 1
        if board.hear() == CAN:
            break
    wait_for(lambda: "fetch" in it.kinds())
    (fetch,) = [e for e in it.events() if e["event"] == "fetch"]
    assert fetch["why"] == "--max-disk is reached" and not fetch["complete"]
    assert 0 < frames < 300
    code, _, said = it.stop()
    assert code == 1 and "KiB of --max-disk are used" in said
    assert limit - 8 * 1024 < taken(out / "ttyUSB0", out / "ttyUSB0.log") <= limit


def test_the_monitor_does_not_answer(tmp_path, boards, watch):
    board = boards()
    it = watch("-o", tmp_path / "out", "--json", "--fetch", board.path)
    board.say(incomplete() + LINUX)
    wait_for(lambda: "fetch" in it.kinds())
    board.say(READY % 1 + LINUX)  # too late: a line like any other
    board.say(told(OTHER))
    wait_for(lambda: it.kinds().count("report") == 2)
    assert it.stop()[0] == 1
    done = next(event for event in it.events() if event["event"] == "fetch")
    assert not done["complete"] and done["files"] == 0 and "does not answer" in done["why"]


@pytest.mark.parametrize("end", ("unplugged", "cancelled", "stopped"))
def test_a_fetch_that_ends_early(tmp_path, boards, watch, end):
    board, out = boards(), tmp_path / "out"
    it = watch("-o", out, "--json", "--fetch", board.path)
    board.say(incomplete())
    assert board.hear() == b"\x19"
    board.say(READY % 1)
    hear_ready(board, b"\x19")
    send_block(board, 0, b"region.bin\x003000")
    hear_ready(board)
    send_block(board, 1, b"x" * 1024)
    if end == "unplugged":
        board.unplug()
    elif end == "cancelled":
        board.say(CAN * 8 + b"\r\n" + LINUX)
    else:
        it.process.send_signal(signal.SIGTERM)
        assert board.hear(8) == CAN * 8
    wait_for(lambda: "fetch" in it.kinds())
    assert it.stop(signal.SIGTERM if end != "stopped" else None)[0] == 1
    (folder, _), = crashes(out).items()
    assert files(out / "ttyUSB0" / folder / "fetched") == {"region.bin.part": b"x" * 1024}
    done = next(event for event in it.events() if event["event"] == "fetch")
    assert not done["complete"] and done["files"] == 0


def test_fetch_by_key(tmp_path, boards, terminal):
    board = boards()
    term = terminal("-o", tmp_path / "out", board.path)
    term.type(b"\x1df")
    assert board.hear() == b"\x19"
    send_files(board, [(b"records.txt", b"text")], b"\x19")
    term.wait(b"fetched ")
    term.type(b"\x1dx")
    assert term.process.wait(timeout=PATIENCE) == 0
    assert files(tmp_path / "out/ttyUSB0/fetched") == {"records.txt": b"text"}

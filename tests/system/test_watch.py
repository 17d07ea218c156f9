# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon watch` on pseudo-terminals: what it shows and keeps, whatever happens on the line; ports
that come and go, many of them, long times."""
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from omlab import report
from watching import (PROGRAM, OTHER, BOOT, LINUX, PATIENCE, BAUD, MIB, wait_for, told,
                      lines_of, thinned, half, boards, watch, files, decoded, crashes, taken,
                      terminal)


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

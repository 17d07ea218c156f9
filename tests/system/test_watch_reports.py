# SPDX-License-Identifier: BSD-2-Clause
"""What `oopsmon watch` reports to others: events as JSON, and the commands that it runs."""
import json
import os
import pathlib
import random
import re
import subprocess
import time

import pytest

from omlab import report
from watching import (ROOT, PROGRAM, BOOT, PATIENCE, wait_for, told, boards, watch, files,
                      crashes)


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

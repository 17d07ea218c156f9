# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon watch` in place of a terminal program: keys, and what a board may do to a terminal."""
import json
import os
import random
import re
import signal
import termios
import time

import pytest

from omlab import report
from watching import BOOT, PATIENCE, wait_for, told, lines_of, half, boards, terminal


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

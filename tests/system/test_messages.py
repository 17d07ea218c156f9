# SPDX-License-Identifier: BSD-2-Clause
"""Messages of every command: names and texts in them control no terminal, and say what is so."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
WILD = b"x\x1b]0;t\x07\x1b[31m\xc2\x9b\x9b"
PLAIN = b"x\\x1b]0;t\\x07\\x1b[31m\\xc2\\x9b\\x9b"


def run(*arguments, **how):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=60, check=False, **how)


#: Commands that fail, and whether their message repeats the name that was given.
COMMANDS = [
    ((WILD,), True),
    (("decode", WILD), True),
    (("decode", "--dtb", WILD, "/dev/null"), True),
    (("decode", b"--" + WILD, "x"), True),
    (("decode", "--record-size", WILD, "x"), True),
    (("decode", "--system-map", WILD, "/dev/null"), True),
    (("erase", "--in-place", WILD), True),
    (("erase", "-o", WILD, "/nothing"), False),
    (("plan", WILD), True),
    (("wrap", WILD, "-o", "x"), True),
    (("wrap", "--info", WILD), True),
    (("wrap", "-o", WILD, "/nothing"), False),
    (("wrap", "/dev/null", "-o", "x", "--dtb", WILD), False),
    (("archive", "ls", WILD), True),
    (("archive", "verify", WILD), True),
    (("archive", "extract", WILD), True),
    (("archive", "extract", "x", WILD), True),
    (("archive", WILD), True),
    (("watch", "--max-disk", WILD, "x"), False),
    (("watch", "--baud", WILD, "x"), True),
    (("watch", "--exec", b"'" + WILD, "x"), False),
    (("watch", WILD + b"=a", WILD + b"=b"), True),
]


@pytest.mark.parametrize("command, repeats", COMMANDS, ids=repr)
def test_names_control_no_terminal(command, repeats, tmp_path):
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert not set(done.stderr + done.stdout) - set(range(0x20, 0x7f)) - set(b"\n\t")
    assert (PLAIN in done.stderr) == repeats and done.stderr.endswith(b"\n")


@pytest.mark.parametrize("arguments", [[], ["--record-size=64K"], ["--record-size=64K", "--region-size=1M"]])
@pytest.mark.parametrize("how", ["file", "redirected", "pipe"])
@pytest.mark.parametrize("offset", [5000, 5001, 1 << 40])
def test_an_offset_after_the_end(tmp_path, arguments, how, offset):
    """It is not called an empty file."""
    path = tmp_path / "input"
    path.write_bytes(bytes(5000))
    given = {"file": {}, "redirected": {"stdin": open(path, "rb")}, "pipe": {"input": bytes(5000)}}[how]
    done = run("decode", f"--offset={offset}", *arguments, path if how == "file" else "-", **given)
    assert done.returncode == 2 and b"the input ends before" in done.stderr
    assert b"--offset" in done.stderr and b"empty" not in done.stderr


def test_an_empty_file_is_called_so(tmp_path):
    (tmp_path / "input").touch()
    assert b"the file is empty" in run("decode", tmp_path / "input").stderr

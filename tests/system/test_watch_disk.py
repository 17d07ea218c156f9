# SPDX-License-Identifier: BSD-2-Clause
"""How much of a disk `oopsmon watch` takes."""
import json
import subprocess

import pytest

from omlab import report
from watching import (PROGRAM, BASE, OTHER, BOOT, PATIENCE, wait_for, told, lines_of, boards,
                      watch, crashes, taken)


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

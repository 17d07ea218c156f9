# SPDX-License-Identifier: BSD-2-Clause
"""The tree itself: what lies at its top level, and what its scripts do with options."""
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BESIDE = {"Makefile", "README.md", "build"}  # build: what `make` makes
SCRIPTS = [path for folder in ("tools", "tests") for path in sorted((ROOT / folder).rglob("*.py"))
           if not path.name.startswith("test_") and "__main__" in path.read_text()]


def test_the_map_names_the_top_level():
    page = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| `(\w+)[^`]*` \|", page[page.index("## Map of the tree"):], re.M)
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert len(rows) >= 8
    assert there - BESIDE == set(rows)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_help_and_unknown_options(script, tmp_path):
    """Neither makes files, and no option passes for the name of a folder."""
    for option, code in (("--help", 0), ("--no-such-option", 2)):
        done = subprocess.run(["/usr/bin/python3", "-B", script, option], cwd=tmp_path, text=True,
                              capture_output=True, timeout=300, env={"PYTHONPATH": f"{ROOT}/tools"})
        assert done.returncode == code, done.stdout + done.stderr
        assert "usage: " in done.stdout + done.stderr
        assert not list(tmp_path.iterdir())


def test_scripts_are_found():
    assert len(SCRIPTS) >= 10

# SPDX-License-Identifier: BSD-2-Clause
"""The host program as a user gets it: installed, with a manual page and a completion that know
every option, and a JSON schema that names every member."""
import json
import lzma
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
REGIONS = sorted((ROOT / "tests/data/regions").glob("*/region.bin.xz"))
COMMANDS = ("archive", "decode", "erase", "plan", "watch", "wrap")


def help_of(*command):
    return subprocess.run([PROGRAM, *command, "--help"], check=True, capture_output=True,
                          text=True).stdout


def options(command):
    return set(re.findall(r"^ +(?:-., +)?(--[a-z-]+)", help_of(command), re.MULTILINE))


def members(value, keys):
    """All member names in a JSON value."""
    if isinstance(value, dict):
        keys |= set(value)
        value = value.values()
    if not isinstance(value, str) and hasattr(value, "__iter__"):
        for each in value:
            members(each, keys)
    return keys


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["make", "-s", "-C", ROOT, f"O={BUILD}", "install", f"DESTDIR={root}",
                    "PREFIX=/usr"], check=True)
    return root


def test_commands_are_listed():
    assert set(re.findall(r"^  (\w+) ", help_of(), re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_manual_page_knows_every_option(command):
    page = (ROOT / "docs/oopsmon.1").read_text().replace("\\-", "-")
    for option in options(command):
        assert option in page, option
    named = set(re.findall(r"--[a-z][a-z-]+", page))
    known = {"--version"}.union(*(options(c) for c in COMMANDS))
    assert sorted(named - known) == []


def test_installed_files(installed):
    files = {str(p.relative_to(installed)): p for p in installed.rglob("*") if p.is_file()}
    images = {f"usr/share/oopsmon/oopsmon-{board.parent.name}.{ending}" for board in ROOT.glob("board/*/board.mk")
              for ending in re.findall(r"[a-z]+=([a-z]+)", re.search(r"-entries := (.*)", board.read_text())[1])}
    assert set(files) == images | {"usr/bin/oopsmon", "usr/share/man/man1/oopsmon.1",
                                   "usr/share/bash-completion/completions/oopsmon"}
    assert {f"usr/share/oopsmon/oopsmon-{name}" for name in ("generic.zimage", "generic.go", "qemu-virt.bin")} <= images
    version = subprocess.run([files["usr/bin/oopsmon"], "--version"], check=True,
                             capture_output=True, text=True).stdout
    assert re.fullmatch(r"oopsmon \d+\.\d+\.\d+\n", version)


def test_installed_images_are_found(installed, tmp_path):
    """By the installed program, wherever all of it is."""
    program, out = installed / "usr/bin/oopsmon", tmp_path / "out"
    for words, image in (([BUILD / "kernel" / "zImage"], "generic.zimage"),
                         (["--before", BUILD / "u-boot" / "u-boot.bin"], "qemu-virt.bin")):
        subprocess.run([program, "wrap", *words, "-o", out], check=True, timeout=60)
        bare = (installed / f"usr/share/oopsmon/oopsmon-{image}").read_bytes()
        assert bare[0x30:] in out.read_bytes()


@pytest.mark.parametrize("words, wanted", [
    ("oopsmon ''", set(COMMANDS) | {"--help", "--version"}),
    ("oopsmon dec", {"decode"}),
    ("oopsmon decode --ecc", {"--ecc-size="}),
    ("oopsmon decode --js", {"--json"}),
    ("oopsmon erase --in", {"--in-place"}),
    ("oopsmon plan --boot", {"--bootargs="}),
    ("oopsmon wrap --un", {"--unwrap"}),
    ("oopsmon wrap --image = READ", {"README.md"}),
    ("oopsmon w", {"watch", "wrap"}),
    ("oopsmon decode --dtb = Make", {"Makefile"}),
    ("oopsmon decode READ", {"README.md"}),
    ("oopsmon archive ''", {"ls", "extract", "verify"}),
    ("oopsmon archive ex", {"extract"}),
    ("oopsmon archive ls READ", {"README.md"}),
])
def test_completion(words, wanted, installed):
    script = """
        compopt() { :; }
        source "$1/usr/share/bash-completion/completions/oopsmon"
        PATH=$1/usr/bin:$PATH
        eval "COMP_WORDS=($2)"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _oopsmon
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-c", script, "-", installed, words], check=True, cwd=ROOT,
                          capture_output=True, text=True)
    assert set(done.stdout.split()) == wanted


def test_schema_names_every_member():
    page = (ROOT / "docs/json.md").read_text()
    keys, notes = set(), set()
    for path in REGIONS:
        done = subprocess.run([PROGRAM, "decode", "--json", "--text", "--join", "-"],
                              input=lzma.open(path).read(), capture_output=True)
        if done.returncode == 2:
            continue
        document = json.loads(done.stdout)
        members(document, keys)
        for region in document["regions"]:
            for record in region["records"]:
                notes |= set(record["notes"])
    assert len(keys) > 60
    for word in keys | notes:
        assert f"`{word}`" in page, word


def test_every_note_is_in_the_schema():
    """Also those that no recorded region has."""
    page = (ROOT / "docs/json.md").read_text()
    source = (ROOT / "tools/oopsmon/json.c").read_text()
    names = re.findall(r'{ (NOTE_\w+), "([a-z-]+)" }', source)
    header = (ROOT / "firmware/core/log/record.h").read_text()
    assert {name for name, _ in names} == set(re.findall(r"^\s*(NOTE_\w+) =?", header, re.MULTILINE))
    for _, word in names:
        assert f"| `{word}` |" in page

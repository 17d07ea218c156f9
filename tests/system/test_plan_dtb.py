# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon plan` on device trees: rows of our own (tests/data/dts) and boards of the kernel tree.

What it writes is looked at by others: dtc must not warn of anything it did not warn of before,
dt-validate must find nothing wrong with it by the kernel's own ramoops.yaml, and planning the
result again must change nothing.
"""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

from omlab import treecheck
from omlab.treecheck import run, warnings as dtc_warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
DTS = sorted((ROOT / "tests" / "data" / "dts").glob("*.dts"))
BOARDS = sorted((BUILD / "kernel" / "dtbs").glob("*.dtb"))

#: Options that each board is planned with; {region} is the place it has or would get.
SITUATIONS = {
    "as it is": [],
    "initrd in the way": ["--initrd", "{region},4K"],
    "boot loader after us": ["--claim", "{region},1M", "--region", "1M"],
    "RAM filled in by the boot loader": ["--bootargs", "mem=512M@0x40000000"],
}


def plan(tree, out, *options):
    """Runs `oopsmon plan`; returns (exit code, lines)."""
    done = run(BUILD / "host" / "oopsmon", "plan", tree, "-o", out, *options)
    assert done.returncode in (0, 1), done.stderr
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def places(lines):
    return [line for line in lines if line.startswith(("region", "page"))]


def complaints(schema, *trees):
    """What dt-validate says by ramoops.yaml: {tree: {message}}."""
    return treecheck.complaints(schema, "ramoops", *trees)


def compile_dts(text, out):
    done = subprocess.run(["dtc", "-I", "dts", "-O", "dtb", "-@", "-o", str(out)],
                          input=text.encode(), stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return out


@pytest.mark.parametrize("dts", DTS, ids=lambda path: path.stem)
def test_row(dts, schema, tmp_path):
    text = dts.read_text()
    row = {key: re.findall(rf"^ \* {key}: (.*)$", text, re.M) for key in ("args", "exit", "says")}
    before = compile_dts(text, tmp_path / "before.dtb")
    after = tmp_path / "after.dtb"

    options = shlex.split(" ".join(row["args"]))
    code, lines = plan(before, after, *options)
    assert row["says"]
    for start in row["says"]:
        assert any(line.startswith(start) for line in lines), f"{start}\n" + "\n".join(lines)
    assert [str(code)] == row["exit"]

    assert dtc_warnings(after) <= dtc_warnings(before)
    assert not complaints(schema, after)[after]
    payload = options if "--payload" in options else []  # the next boot's kernel is as large
    _, again = plan(after, tmp_path / "again.dtb", *payload)
    assert places(again) == places(lines)
    assert (tmp_path / "again.dtb").read_bytes() == after.read_bytes()


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_board(board, schema, tmp_path):
    _, lines = plan(board, tmp_path / "first.dtb")
    region = re.search(r"^region +(0x[0-9a-f]+)", "\n".join(lines), re.M)
    afters = []
    for i, options in enumerate(SITUATIONS.values()):
        after, again = tmp_path / f"{i}-after.dtb", tmp_path / f"{i}-again.dtb"
        options = [o.format(region=region[1] if region else "0x1000") for o in options]
        _, lines = plan(board, after, *options)
        assert dtc_warnings(after) <= dtc_warnings(board)
        afters.append(after)
        if "region    none" in lines:
            continue
        _, lines_again = plan(after, again)
        assert places(lines_again)[:1] == places(lines)[:1]

    found = complaints(schema, board, *afters)
    for after in afters:
        assert found[after] <= found[board]


def test_boards_are_there():
    assert len(BOARDS) >= 8
    planned = [b for b in BOARDS if "region    none" not in plan(b, os.devnull)[1]]
    assert len(planned) >= 8


@pytest.mark.parametrize("program, least", [("plan_test", 50), ("plan_node_test", 50),
                                            ("plan_params_test", 50), ("plan_stage_test", 30)])
def test_unit_rows(program, least, schema, tmp_path):
    """The unit tests' rows, with others' eyes."""
    done = subprocess.run([BUILD / "unit" / program], env={**os.environ,
                          "OOPSMON_ROWS": str(tmp_path)}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 0
    rows = sorted(tmp_path.glob("*-before.dtb"))
    assert len(rows) > least
    afters = [tmp_path / row.name.replace("before", "after") for row in rows]
    found = complaints(schema, *rows, *afters)
    for before, after in zip(rows, afters):
        assert dtc_warnings(after) <= dtc_warnings(before)
        assert found[after] <= found[before]


@pytest.mark.parametrize("wrong, word", [
    ("record-size = <0 4096>;", "record-size"),
    ("mem-type = <7>;", "mem-type"),
    ("record-sizes = <4096>;", "record-sizes"),
    ("", "console-size"),
])
def test_dt_validate_sees(wrong, word, schema, tmp_path):
    """The checks above can fail: a wrong node is reported."""
    sizes = "" if not wrong or "record-size " in wrong else "pmsg-size = <4096>;"
    tree = compile_dts(f"""/dts-v1/; / {{ #address-cells = <1>; #size-cells = <1>;
        reserved-memory {{ #address-cells = <1>; #size-cells = <1>; ranges;
            ramoops@1000 {{ compatible = "ramoops"; reg = <0x1000 0x1000>; {sizes} {wrong} }};
        }}; }};""", tmp_path / "wrong.dtb")
    done = run("dt-validate", "-l", "ramoops", "-s", schema, tree)
    assert word in done.stderr
    assert complaints(schema, tree)[tree]


def test_dtc_sees(tmp_path):
    tree = compile_dts("/dts-v1/; / { a { reg = <1 2 3>; }; };", tmp_path / "wrong.dtb")
    assert any("unit_address_vs_reg" in warning for warning in dtc_warnings(tree))


MODPROBE = [
    ("plain", "options ramoops mem_address=0x52000000 mem_size=0x100000\n", 0, "0x52000000"),
    ("among others", "# options ramoops mem_size=5\nblacklist x\n  options\tramoops "
     "mem_size=0x100000\noptions ramoopsx mem_address=1\nalias a b\n"
     "options ramoops mem_address=0x53000000", 0, "0x53000000"),
    ("continued lines", "options ramoops \\\nmem_address=0x54000000 \\\n mem_size=0x100000\n", 0,
     "0x54000000"),
    ("continued without an end", "options ramoops mem_address=0x55000000 mem_size=0x100000 \\\n", 0,
     "0x55000000"),
    ("none", "options other a=b\n", 0, "0x5fc00000"),
    ("a size with a suffix", "options ramoops mem_address=0x52000000 mem_size=1M\n", 1, "0x5fc00000"),
    ("empty", "", 0, "0x5fc00000"),
]


@pytest.mark.parametrize("text, code, base", [row[1:] for row in MODPROBE],
                         ids=[row[0] for row in MODPROBE])
def test_modprobe(text, code, base, tmp_path):
    board = compile_dts((ROOT / "tests/data/dts/plain.dts").read_text(), tmp_path / "board.dtb")
    (tmp_path / "ramoops.conf").write_text(text)
    got, lines = plan(board, os.devnull, "--modprobe", tmp_path / "ramoops.conf")
    assert any(line.startswith(f"region    {base}-") for line in lines), lines
    assert got == code


def test_modprobe_trouble(tmp_path):
    board = compile_dts((ROOT / "tests/data/dts/plain.dts").read_text(), tmp_path / "board.dtb")
    long = tmp_path / "long.conf"
    long.write_text("".join(f"options ramoops mem_size={i:#x}\n" for i in range(400)))
    for file, word in ((tmp_path / "none.conf", "No such file"), (tmp_path, "directory"),
                       (long, "more options than Linux takes")):
        done = run(BUILD / "host" / "oopsmon", "plan", board, "--modprobe", file)
        assert done.returncode == 2
        assert word in done.stderr


def test_trouble(tmp_path):
    """Files that are no trees are refused, with a word on what to do."""
    for content in (b"", b"\0" * 4096, os.urandom(4096), b"\xd0\x0d\xfe\xed" + b"\xff" * 4096):
        (tmp_path / "x.dtb").write_bytes(content)
        done = run(BUILD / "host" / "oopsmon", "plan", tmp_path / "x.dtb")
        assert done.returncode == 2
        assert "dtc" in done.stderr
    assert run(BUILD / "host" / "oopsmon", "plan", tmp_path / "none").returncode == 2
    assert run(BUILD / "host" / "oopsmon", "plan").returncode == 2
    assert run(BUILD / "host" / "oopsmon", "plan", "--initrd", "5", "x").returncode == 2


def test_examples_are_documented():
    page = (ROOT / "docs" / "carve-out.md").read_text()
    for dts in DTS:
        row = re.search(rf"^\| `{dts.stem}` \|.*\| (.*) \|$", page, re.M)
        assert row, dts.stem
        region = re.search(r"says: region +(0x[0-9a-f]+)", dts.read_text())
        if region and "its own" not in row[1]:
            assert region[1] in row[1]

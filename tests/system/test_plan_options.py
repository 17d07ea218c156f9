# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon plan`: what its options do, and its forms: lines, source, JSON, trees and overlays."""
import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

C11 = "#address-cells = <1>; #size-cells = <1>; "
C22 = "#address-cells = <2>; #size-cells = <2>; "
RAM = 'memory@40000000 { device_type = "memory"; reg = <0x40000000 0x20000000>; }; '
RESERVED = "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; %s }; "
RAMOOPS = ('ramoops@50000000 { compatible = "ramoops"; reg = <0x50000000 0x100000>; no-map; '
           "console-size = <0x20000>; %s }; ")
RECORD = "record-size = <0x10000>; "


@pytest.fixture
def tree(tmp_path):
    """tree(source of the root) -> its file."""
    def make(body, head=""):
        out = tmp_path / "board.dtb"
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", out, "-"], check=True,
                       input=f"/dts-v1/; {head} / {{ {body} }};".encode())
        return out
    return make


def plan(dtb, *options):
    done = subprocess.run([PROGRAM, "plan", dtb, *options], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def line(out, name):
    found = re.search(rf"^{name} +(.*)$", out, re.M)
    return found and found[1]


#: what: tree, options, exit code, region, RAM
MEMORY = {
    "no memory node": (C11, ["0x40000000,512M"], 0, "0x5fc00000", ["0x40000000-0x5fffffff"]),
    "a size of zero": (C11 + 'memory@80000000 { device_type = "memory"; reg = <0x80000000 0>; }; ',
                       ["0x80000000,256M"], 0, "0x8fc00000", ["0x80000000-0x8fffffff"]),
    "in place of what is there": (C11 + RAM, ["0x80000000,256M"], 0, "0x8fc00000",
                                  ["0x80000000-0x8fffffff"]),
    "two nodes": (C11 + RAM + 'memory@90000000 { device_type = "memory"; reg = <0x90000000 0x1000000>; }; ',
                  ["0x40000000,64M"], 0, "0x43c00000", ["0x40000000-0x43ffffff"]),
    "by name, without a type": (C11 + "memory { reg = <0 0x10000000>; }; ", ["0x40000000,64M"], 0,
                                "0x43c00000", ["0x40000000-0x43ffffff"]),
    "disabled": (C11 + RAM.replace("reg", 'status = "disabled"; reg'), ["0x40000000,64M"], 0,
                 "0x43c00000", ["0x40000000-0x43ffffff"]),
    "banks": (C22, ["0x80000000,256M", "0x100000000,4G", "0x20000000,1G"], 0, "0x5fe00000",
              ["0x20000000-0x5fffffff", "0x80000000-0x8fffffff", "0x100000000-0x1ffffffff"]),
    "no cells at the root": ("", ["0x40000000,512M"], 0, "0x5fc00000", ["0x40000000-0x5fffffff"]),
    "a reservation at the end": (C11 + RESERVED % "a@5e000000 { reg = <0x5e000000 0x2000000>; };",
                                 ["0x40000000,512M"], 0, "0x5de00000", ["0x40000000-0x5fffffff"]),
    "above 4 GiB alone": (C22, ["0x100000000,4G"], 1, None, ["0x100000000-0x1ffffffff"]),
}


@pytest.mark.parametrize("body, banks, code, region, ram", MEMORY.values(), ids=MEMORY)
def test_memory(body, banks, code, region, ram, tree, tmp_path):
    dtb = tree(body)
    got, out, _ = plan(dtb, "-o", tmp_path / "after.dtb", *(f"--memory={bank}" for bank in banks))
    assert got == code, out
    assert re.findall(r"^RAM +(\S+) ", out, re.M) == ram
    assert line(out, "region") == "none" if not region else line(out, "region").startswith(f"{region}-")
    # the boot loader fills it in: what is written has the tree's own
    before, after = (subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", path], check=True,
                                    capture_output=True, text=True).stdout
                     for path in (dtb, tmp_path / "after.dtb"))
    memory = r"^\tmemory.*?^\t\};"
    assert re.findall(memory, after, re.M | re.S) == re.findall(memory, before, re.M | re.S)


@pytest.mark.parametrize("options, word", [
    (["--memory", "0x40000000"], "is not ADDR,SIZE"),
    (["--memory", "0x40000000,0"], "a bank of no bytes"),
    (["--memory", "0x40000000,2M", "--memory", "0x40100000,2M"], "share memory"),
    (["--memory", "0x100000000,2M"], "do not fit this tree's #address-cells"),
    (["--memory", "0,4G"], "do not fit this tree's #address-cells"),
    (["--stage", "barebox"], "there is: uboot"),
    (["--dts", "--json"], "--dts or --json?"),
    (["-o", "/nonexistent/x.dtbo"], "No such file"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_usage(options, word, tree):
    code, _, said = plan(tree(C11 + RAM), *options)
    assert code == 2 and word in said


@pytest.mark.parametrize("body, lines", [
    (C11 + RAM, "24 records of 64 KiB fit"),
    (C11 + RAM + RESERVED % RAMOOPS % RECORD, "14 records of 64 KiB fit"),
    (C11 + RAM + RESERVED % RAMOOPS % "record-size = <0xe0000>; ", "1 record of 512 KiB fit"),
])
def test_panics_fit(body, lines, tree):
    code, out, _ = plan(tree(body))
    assert line(out, "panics").startswith(lines) and code == (1 if "notice " in out else 0)


@pytest.mark.parametrize("rest", ["", "record-size = <0x10000>; pmsg-size = <0x80000>; ftrace-size = <0x40000>; "
                                      "flags = <1>; ecc-size = <0>; "])
def test_no_panic_fits(rest, tree):
    """A node for the console alone, or whose other zones leave less than a record."""
    text = RESERVED % RAMOOPS % rest
    if rest:
        text = text.replace("0x20000>", "0x40000>")
    code, out, _ = plan(tree(C11 + RAM + text))
    assert "no record fits" in line(out, "panics") and "record-size" in line(out, "panics")
    assert code == 1 and "notice " not in out
    document = json.loads(plan(tree(C11 + RAM + text), "--json")[1])
    assert document["panic_records"] == 0 and not document["notices"]


def test_stage(tree):
    """Out of U-Boot's memory; a region that is in it is said."""
    code, out, _ = plan(tree(C11 + RAM), "--stage", "uboot")
    assert line(out, "region").startswith("0x5be00000-") and code == 0
    code, out, _ = plan(tree(C11 + RAM), "--stage", "uboot", "--region", "1M@0x5f000000")
    assert line(out, "region").startswith("0x5f000000-") and code == 1
    assert "E227" in line(out, "notice") and "0x5c000000-0x5fffffff (64 MiB)" in line(out, "notice")


@pytest.mark.parametrize("option", ["--cmdline", "--bootargs"])
def test_command_line(option, tree):
    assert line(plan(tree(C11 + RAM), option, "mem=128M")[1], "region").startswith("0x47c00000-")


UART = 'serial@%s { compatible = "%s"; reg = <%s 0x1000>; %s }; '
STDOUT = 'chosen { stdout-path = "%s"; }; '
CONSOLES = {
    "as named": (C11 + RAM + STDOUT % "/serial@9000000" + UART % ("9000000", "arm,pl011", "0x9000000", ""),
                 "pl011 at 0x09000000, /serial@9000000", "pl011", None),
    "none": (C11 + RAM, "none; the tree has no enabled UART for which the monitor has a driver", None, None),
    "above 4 GiB": (C22 + 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x20000000>; }; '
                    + STDOUT % "/serial@109000000" +
                    'serial@109000000 { compatible = "arm,pl011"; reg = <1 0x9000000 0 0x1000>; }; ',
                    "none; stdout-path names /serial@109000000, whose registers are above 4 GiB", None,
                    "out of reach"),
    "no driver": (C11 + RAM + STDOUT % "/serial@9000000" + UART % ("9000000", "acme,uart", "0x9000000", ""),
                  "none; stdout-path names /serial@9000000, for which the monitor has no driver", None,
                  "no driver"),
    "disabled": (C11 + RAM + STDOUT % "/serial@9000000" +
                 UART % ("9000000", "arm,pl011", "0x9000000", 'status = "disabled";') +
                 UART % ("9001000", "arm,pl011", "0x9001000", ""),
                 "pl011 at 0x09001000, /serial@9001000; stdout-path names /serial@9000000, which is disabled",
                 "pl011", "disabled"),
    "no node": (C11 + RAM + STDOUT % "/a\\x1b[2J", "none; stdout-path names /a\\x1b[2J, which leads to no node",
                None, "no node"),
}


@pytest.mark.parametrize("body, said, driver, doubt", CONSOLES.values(), ids=CONSOLES)
def test_console(body, said, driver, doubt, tree):
    """Where the monitor prints; it changes nothing of the plan."""
    code, out, _ = plan(tree(body))
    assert code == 0 and line(out, "console").startswith(said), out
    console = json.loads(plan(tree(body), "--json")[1])["console"]
    assert (console["driver"], console["doubt"]) == (driver, doubt)
    assert (console["named"] is not None) == (doubt is not None)


# ---- forms -----------------------------------------------------------------------------------
NODE_IN_THE_WAY = RESERVED % (RAMOOPS % RECORD + "modem@50080000 { reg = <0x50080000 0x1000>; }; ")
LACKING = {
    "rename a node": C11 + RAM + NODE_IN_THE_WAY,
    "delete a property": C11 + RAM + RESERVED % RAMOOPS % (RECORD + "memory-region = <1>; ") +
                         "a { phandle = <1>; }; ",
    "add a /memreserve/ entry": C11 + RAM + "reserved-memory { #address-cells = <2>; "
                                            "#size-cells = <2>; ranges; a@1 { reg = <0 1 0 1>; }; }; ",
}


@pytest.mark.parametrize("what, body", LACKING.items(), ids=LACKING)
def test_no_overlay(what, body, tree, tmp_path):
    """What an overlay cannot do is said; the source has it for the board's own, and dtc reads that."""
    dtb = tree(body)
    code, _, said = plan(dtb, "-o", tmp_path / "x.dtbo")
    assert code == 2 and f"no overlay can {what}" in said and "-o FILE.dtb" in said
    assert not (tmp_path / "x.dtbo").exists()
    assert plan(dtb, "-o", tmp_path / "x.dtb")[0] in (0, 1)
    _, source, _ = plan(dtb, "--dts")
    assert what in source
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", os.devnull, "-"], check=True,
                   input=source.encode())
    assert json.loads(plan(dtb, "--json")[1])["no_overlay"] == what


def test_source_in_the_board(tree, tmp_path):
    """At the end of the board's own source, what it does is the same as the written tree has."""
    body, head = LACKING["add a /memreserve/ entry"], ""
    dtb = tree(body)
    plan(dtb, "-o", tmp_path / "after.dtb")
    _, source, _ = plan(dtb, "--dts")
    head = "".join(re.findall(r"^/memreserve/.*;$", source, re.M))
    own = re.sub(r"^(/dts-v1/;|/plugin/;|/memreserve/.*)$", "", source, flags=re.M)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", tmp_path / "own.dtb", "-"], check=True,
                   input=f"/dts-v1/; {head} / {{ {body} }}; {own}".encode())
    texts = [subprocess.run(["dtc", "-q", "-s", "-I", "dtb", "-O", "dts", tmp_path / name], check=True,
                            capture_output=True).stdout for name in ("after.dtb", "own.dtb")]
    assert texts[0] == texts[1]


def test_source_alone(tree):
    """--dts prints nothing else on standard output; the lines have the same at their end."""
    dtb = tree(C11 + RAM + RESERVED % RAMOOPS % "record-size = <0x18000>; ")
    code, source, said = plan(dtb, "--dts")
    assert code == 1 and said.startswith("E205 ")
    assert source.startswith("/dts-v1/;\n/plugin/;\n")
    assert plan(dtb)[1].endswith(source)


def test_nothing_to_do(tree, tmp_path):
    """An overlay that changes nothing is one all the same."""
    dtb = tree(C11 + RAM)
    plan(dtb, "-o", tmp_path / "once.dtb")
    code, out, _ = plan(tmp_path / "once.dtb", "-o", tmp_path / "none.dtbo")
    assert code == 0 and line(out, "edits") == "none: the tree stays as it is"
    subprocess.run(["fdtoverlay", "-i", tmp_path / "once.dtb", "-o", tmp_path / "twice.dtb",
                    tmp_path / "none.dtbo"], check=True)


def test_hostile_names(tmp_path):
    """Bytes of a tree's names reach neither the terminal nor dtc."""
    dtb = tmp_path / "x.dtb"
    source = f'/dts-v1/; / {{ {C11} {RAM} {RESERVED % (RAMOOPS % "").replace("ramoops@", "ramXXXX@")} }};'.replace("no-map; ", "")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", dtb, "-"], check=True, input=source.encode())
    data = dtb.read_bytes()
    assert data.count(b"ramXXXX@") == 1
    dtb.write_bytes(data.replace(b"ramXXXX@", b"ram\x1b[2J@"))
    _, out, _ = plan(dtb)
    assert "\x1b" not in out and "ram\\x1b[2J@50000000" in out
    assert "cannot be said in source" in plan(dtb, "--dts")[1]


def test_json(tree):
    """Every member is in docs/json.md, and the document says what the lines say."""
    page = (ROOT / "docs/json.md").read_text()
    page = page[page.index("## Plans"):page.index("## Events")]
    dtb = tree(C11 + RAM + "cpus { #address-cells = <1>; #size-cells = <0>; "
                           'cpu@0 { device_type = "cpu"; reg = <0>; }; }; ')
    code, text, _ = plan(dtb, "--json", "--stage", "uboot", "--region", "1M@0x5f000000")
    document = json.loads(text)
    words = {*document, *document["region"], *document["memory"][0], *document["notices"][0],
             *document["console"]}
    assert len(words) > 20
    for word in words:
        assert f"`{word}`" in page, word
    assert code == 1 and document["schema"] == "oopsmon-plan/1" and document["input"] == str(dtb)
    assert document["memory"] == [{"base": "0x40000000", "bytes": 0x20000000}]
    assert (document["region"]["base"], document["region"]["source"]) == ("0x5f000000", "asked")
    assert document["stage"] == "uboot" and document["cpus"] == 1 and document["page"] == "0x5bfff000"
    assert [n["code"] for n in document["notices"]] == ["E227"] and document["no_overlay"] is None
    assert document["dts"] == plan(dtb, "--dts", "--stage", "uboot", "--region", "1M@0x5f000000")[1]
    assert json.loads(plan(dtb, "--json", "--region", "none")[1])["region"] is None

# SPDX-License-Identifier: BSD-2-Clause
"""The console that the monitor takes, on every device tree that Debian's kernels bring.

tests/system/console_of_tree.c binds the image's own UART drivers; what the trees say is read here,
by other code. A tree that names a UART gets that one, but for those listed below.
"""
import collections
import os
import pathlib
import subprocess

import pytest

from omlab import drivers, fdt

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()

#: Named, enabled UARTs without a driver: by the first compatible string. (Renesas SCIF: 8 trees.)
NO_DRIVER = {"armmp": set(), "arm64": {"renesas,scif-r8a774a1"}}
#: Of all trees that name an enabled UART, the share that gets it.
SHARE = {"armmp": 1.0, "arm64": 0.98}
#: Trees that name one, at least; otherwise they are looked for in the wrong place.
NAMED = {"armmp": 600, "arm64": 450}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return drivers.compiled(BUILD, "tests/system/console_of_tree.c",
                            tmp_path_factory.mktemp("console"), "drivers", "libs")


def consoles(program, bits, trees):
    """{tree: its console's words}; ["none", ...] without one."""
    said = subprocess.run([program, str(bits), *trees], check=True, capture_output=True, text=True,
                          timeout=300).stdout
    lines = dict(line.rsplit(": ", 1) for line in said.splitlines())
    assert len(lines) == len(trees)
    return {pathlib.Path(name): words.split() for name, words in lines.items()}


def enabled(root, path):
    """Is the node, and is everything above it?"""
    node, states = root, []
    for part in filter(None, path.split("/")):
        node = node.find(part)
        states.append(fdt.strings(node.props.get("status", b"okay\0"))[0])
    return all(state in ("okay", "ok") for state in states)


def named(tree):
    """(path, node) of stdout-path, (None, None): the tree has none, or it leads nowhere."""
    root = fdt.parse(tree.read_bytes()).root
    chosen, aliases = root.find("/chosen"), root.find("/aliases")
    words = fdt.strings((chosen or fdt.Node()).props.get("stdout-path", b""))
    path = words[0].partition(":")[0] if words else ""
    if path and not path.startswith("/"):
        path = fdt.strings((aliases or fdt.Node()).props.get(path, b"\0"))[0]
    node = root.find(path) if path else None
    if node is None or not enabled(root, path):
        return None, None
    return path, node


@pytest.mark.parametrize("kernel, bits", [("armmp", 32), ("arm64", 64)])
def test_every_board(program, kernel, bits):
    trees = sorted((BUILD / "dtbs" / kernel).rglob("*.dtb"))
    assert len(trees) > 500, "make build/dtbs/.ready"
    counts = collections.Counter()
    for tree, words in consoles(program, bits, trees).items():
        path, node = named(tree)
        if path is None:
            counts["unnamed"] += 1
            continue
        driven = words[0] != "none" and words[2] == path and len(words) == 3
        counts["driven" if driven else "not driven"] += 1
        first = fdt.strings(node.props["compatible"])[0]
        assert driven != (first in NO_DRIVER[kernel]), (tree, first, words)
    n = counts["driven"] + counts["not driven"]
    assert n >= NAMED[kernel]
    assert counts["driven"] / n >= SHARE[kernel], counts
    print(kernel, dict(counts))


#: Boards whose trees name no console, a disabled one, or a display: what is taken instead.
BOARDS = {
    "bcm2836-rpi-2-b": ["pl011", "0x3f201000", "/soc/serial@7e201000"],
    "vexpress-v2p-ca9": ["pl011", "0x10009000",
                         "/bus@40000000/motherboard-bus@40000000/iofpga@7,00000000/uart@9000"],
    "imx6q-sabrelite": ["imx-uart", "0x21e8000", "/soc/bus@2100000/serial@21e8000"],
    "sun8i-h3-orangepi-pc": ["ns16550", "0x1c28000", "/soc/serial@1c28000"],
    "am335x-boneblack": ["omap-uart", "0x44e09000",
                         "/ocp/interconnect@44c00000/segment@200000/target-module@9000/serial@0"],
}


def test_known_boards(program):
    """In the kernel tree that the tests build: among them ranges over five levels."""
    trees = {tree.stem: tree for tree in (BUILD / "kernel" / "dtbs").glob("*.dtb")}
    found = consoles(program, 32, [trees[name] for name in BOARDS])
    assert {tree.stem: words for tree, words in found.items()} == BOARDS

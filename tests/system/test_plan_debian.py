# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon plan` on every device tree of Debian's armmp and arm64 kernels.

What it plans is judged from the planned tree's source, as dtc decompiles it: nothing here shares
code with the planner. The trees in odd places of the list are planned for U-Boot.
"""
import json
import os
import pathlib
import re
import subprocess

import pytest

from omlab import treecheck

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
TREES = BUILD / "dtbs"
ARMMP, ARM64, WITHOUT_RAM = 898, 576, 620
REFUSALS_MOST = 15
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PAGE = 4 * KIB


# ---- a tree's source -------------------------------------------------------------------------
def cells(text, name):
    """The numbers of a property in a node's own lines."""
    match = re.search(rf"^\t*{re.escape(name)} = <([^>]*)>;", text, re.M)
    return [int(word, 16) for word in match[1].split()] if match else []


def children(text, depth):
    """(name, text) of each node at this depth of tabs; the text has its children's lines."""
    tabs = "\t" * depth
    return re.findall(rf"^{tabs}(\S+) \{{\n(.*?)^{tabs}\}};", text, re.M | re.S)


def own_lines(text, depth):
    return "".join(line for line in text.splitlines(True) if not line.startswith("\t" * (depth + 2)))


def ranges(text, n_address, n_size):
    numbers = cells(text, "reg")
    step = n_address + n_size
    out = []
    for i in range(0, len(numbers) - step + 1, step):
        base = size = 0
        for cell in numbers[i:i + n_address]:
            base = base << 32 | cell
        for cell in numbers[i + n_address:i + step]:
            size = size << 32 | cell
        if size:
            out.append((base, base + size))
    return out


class Source:
    """What matters of a tree here."""

    def __init__(self, dtb):
        done = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", dtb], check=True,
                              stdout=subprocess.PIPE)
        self.text = text = done.stdout.decode("utf-8", "replace")
        root = (cells("\n".join(re.findall(r"^\t#(?:address|size)-cells.*$", text, re.M)), f"#{name}-cells")
                for name in ("address", "size"))
        self.n_address, self.n_size = (found[0] if found else 2 - i for i, found in enumerate(root))
        counts = self.n_address, self.n_size
        self.memreserve = [(int(base, 16), int(base, 16) + int(size, 16)) for base, size in
                           re.findall(r"^/memreserve/\s+(0x\w+) (0x\w+);", text, re.M)]
        self.memory = []
        self.memory_base = None  # a memory node without a size says where RAM is
        for name, node in re.findall(r"^\t(memory\S*) \{\n(.*?)^\t\};", text, re.M | re.S):
            if 'device_type = "memory"' not in node:
                continue
            self.memory += ranges(node, *counts)
            base = cells(node, "reg")[:self.n_address]
            self.memory_base = base[-1] if base and self.memory_base is None else self.memory_base
        at = text.find("\n\treserved-memory {\n")
        reserved = text[at + 1:text.index("\n\t};", at) + 5] if at >= 0 else ""
        self.reserved = [(name, node, ranges(node, *counts)) for name, node in children(reserved, 2)
                         if not re.search(r'status = "(?!okay|ok")', node)]

    def places(self, *but):
        """All that is reserved at a known place, without the nodes that are compatible with @but."""
        return self.memreserve + [r for _, node, found in self.reserved for r in found
                                  if not any(f'"{word}"' in node for word in but)]

    def node(self, compatible):
        """Range of the node that is compatible: in /reserved-memory, else at the root."""
        for _, node, found in self.reserved:
            if f'compatible = "{compatible}"' in node:
                return node, found[0]
        for _, node in children(self.text, 1):
            own = own_lines(node, 1)
            if f'compatible = "{compatible}"' in own:
                return own, ranges(own, self.n_address, self.n_size)[0]
        return None


# ---- what holds for a plan -------------------------------------------------------------------
def overlap(a, b):
    return a[0] < b[1] and b[0] < a[1]


def records(node, size):
    """Dump zones, as ramoops_probe() and ramoops_init_przs() of Linux 6.1 count them."""
    sizes = [(cells(node, f"{kind}-size") or [0])[0] for kind in ("record", "console", "ftrace", "pmsg")]
    record, *others = (1 << n.bit_length() - 1 if n else 0 for n in sizes)
    left = size - sum(others)
    return left // record if left > 0 and record else 0


def stage_areas(banks, places):
    """Where U-Boot may be: the end of each bank below 4 GiB, reservations there passed over."""
    for base, end in banks:
        top = end = min(end, 4 * GIB)
        while under := [a for a, b in places if a < top <= b]:
            top = max(min(under), base)
        size = top - base
        yield max(top - min(128 * MIB if size >= GIB else 64 * MIB, size // 4), base), end


def judge(source, banks, plan, stage):
    """Complaints about a plan with a region, from the planned tree's source."""
    node, region = source.node("ramoops")
    page = source.node("oopsmon,retained")
    others = source.places("ramoops", "oopsmon,retained")
    said = int(plan["region"]["base"], 16)
    if region != (said, said + plan["region"]["bytes"]):
        yield f"the tree's region is {region}, said is {plan['region']}"
    if plan["panic_records"] != records(node, region[1] - region[0]):
        yield f"{plan['panic_records']} records said, {records(node, region[1] - region[0])} there"
    ours = [region] + ([page[1]] if page else [])
    if (page[1][0] if page else None) != (int(plan["page"], 16) if plan["page"] else None):
        yield f"the tree's page is {page}, said is {plan['page']}"
    if page and (overlap(region, page[1]) or page[1][1] - page[1][0] != PAGE):
        yield "the page and the region"
    codes = {notice["code"] for notice in plan["notices"]}
    for place in ours:
        for other in others:
            if overlap(place, other) and not (place == region and place == other):
                yield f"{place} collides with {other}"
        whole = any(base <= place[0] and place[1] <= end for base, end in banks)
        if not whole and not ("E211" in codes and place == region and
                              not any(overlap(place, bank) for bank in banks)):
            yield f"{place} is not in RAM"
        if stage and "E227" not in codes and any(overlap(place, a) for a in stage_areas(banks, others)):
            yield f"{place} is where U-Boot is"
    if not any(place[1] <= 4 * GIB for place in ours):
        yield "above 4 GiB"


def merged(banks):
    """Banks that touch each other are one."""
    out = []
    for base, end in sorted(banks):
        if out and base <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((base, end))
    return out


def usual_memory(source):
    """What a boot loader might fill in: 1 GiB from where RAM is said to be, or from its reservations."""
    places = [a for a, b in source.places("oopsmon,retained") if 0 < a and b <= 4 * GIB]
    base = source.memory_base
    if base is None:
        base = min(places, default=0x80000000) & -GIB
    end = max([b for _, b in source.places("oopsmon,retained") if b <= 4 * GIB], default=0)
    size = max(GIB, (end - base + 256 * MIB - 1) // (256 * MIB) * (256 * MIB))
    return base, min(size, 4 * GIB - base)


def run_plan(dtb, *options):
    done = subprocess.run([PROGRAM, "plan", "--json", dtb, *options], capture_output=True, text=True)
    assert done.returncode in (0, 1), f"{dtb}: {done.stderr}"
    return json.loads(done.stdout), done.returncode


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """{name: (options, plan, exit code, complaints)} of all trees, and the planned trees' folder."""
    folder = tmp_path_factory.mktemp("planned")
    out = {}
    for i, dtb in enumerate(sorted(TREES.glob("*/**/*.dtb"))):
        name = str(dtb.relative_to(TREES))
        after = folder / name
        after.parent.mkdir(parents=True, exist_ok=True)
        options = ["--stage", "uboot"] if i % 2 else []
        plan, code = run_plan(dtb, "-o", after, *options)
        source = Source(after)
        banks = source.memory
        if not banks:
            base, size = usual_memory(source)
            banks = [(base, base + size)]
            options += ["--memory", f"{base:#x},{size:#x}"]
            plan, code = run_plan(dtb, "-o", after, *options)
            source = Source(after)
        bad = list(judge(source, merged(banks), plan, i % 2)) if plan["region"] else []
        out[name] = options, plan, code, bad
    return out, folder


def refused(plan):
    return plan["panic_records"] == 0


def test_every_tree(plans):
    """A valid plan is off every reservation, in RAM, and has room for a panic."""
    found, _ = plans
    assert sum(name.startswith("armmp/") for name in found) == ARMMP
    assert sum(name.startswith("arm64/") for name in found) == ARM64
    assert sum("--memory" in options for options, *_ in found.values()) == WITHOUT_RAM
    assert {name: bad for name, (*_, bad) in found.items() if bad} == {}
    for name, (_, plan, code, _) in found.items():
        assert code == (1 if refused(plan) or plan["notices"] else 0), name
    sources = [plan["region"]["source"] for _, plan, *_ in found.values() if plan["region"]]
    assert sources.count("tree") >= 50 and sources.count("computed") >= 1400


def test_refusals(plans):
    """Few, and each is in docs/carve-out.md with its reason."""
    page = (ROOT / "docs/carve-out.md").read_text()
    page = page[page.index("## Boards without a plan"):]
    names = {name for name, (_, plan, *_) in plans[0].items() if refused(plan)}
    assert len(names) <= REFUSALS_MOST
    assert set(re.findall(r"^\| `(\S+\.dtb)` \| \S", page, re.M)) == names


def test_stage(plans):
    """Half of the plans are for U-Boot, and say so where a tree's own region is in its way."""
    for name, (options, plan, *_) in plans[0].items():
        assert plan["stage"] == ("uboot" if "--stage" in options else None), name
        assert "--stage" in options or "E227" not in {n["code"] for n in plan["notices"]}, name


def test_schema_sees_nothing_new(plans, schema):
    """dt-validate on a sample by the kernel's ramoops.yaml: no complaint that was not there before."""
    found, folder = plans
    names = list(found)[::100] + [n for n, (_, p, *_) in found.items()
                                  if p["region"] and p["region"]["source"] == "tree"][::10]
    before, after = [TREES / n for n in names], [folder / n for n in names]
    said = treecheck.complaints(schema, "ramoops", *before, *after)
    for old, new in zip(before, after):
        assert said[new] <= said[old], new
    assert len(names) >= 20


def sorted_source(dtb):
    return subprocess.run(["dtc", "-q", "-s", "-I", "dtb", "-O", "dts", dtb], check=True,
                          stdout=subprocess.PIPE).stdout


@pytest.mark.parametrize("form", ["overlay", "source"])
def test_overlay(form, plans, tmp_path):
    """fdtoverlay makes the same of the original tree as -o FILE.dtb; so does the source, by dtc."""
    found, folder = plans
    names = list(found)[::60] + [n for n, (_, p, *_) in found.items()
                                 if p["region"] and p["region"]["source"] == "tree"][::8]
    made = 0
    for name in names:
        options, plan, *_ = found[name]
        if plan["no_overlay"]:
            continue
        overlay, result = tmp_path / "x.dtbo", tmp_path / "x.dtb"
        if form == "overlay":
            run_plan(TREES / name, "-o", overlay, *options)
        else:
            subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", overlay, "-"], check=True,
                           input=plan["dts"].encode())
        subprocess.run(["fdtoverlay", "-i", TREES / name, "-o", result, overlay], check=True,
                       capture_output=True)
        assert sorted_source(result) == sorted_source(folder / name), name
        made += 1
    assert made >= 25


# ---- the judge itself ------------------------------------------------------------------------
WRONG = [
    ("memory that a node has", "reg = <0x50000000 0x200000>;", "reg = <0x48000000 0x200000>;", "collides"),
    ("a /memreserve/", "/dts-v1/;", "/dts-v1/; /memreserve/ 0x50001000 0x1000;", "collides"),
    ("no RAM", "reg = <0x50000000 0x200000>;", "reg = <0x70000000 0x200000>;", "not in RAM"),
    ("half of it no RAM", "reg = <0x50000000 0x200000>;", "reg = <0x5ff00000 0x200000>;", "not in RAM"),
    ("U-Boot", "reg = <0x50000000 0x200000>;", "reg = <0x5c000000 0x200000>;", "U-Boot"),
    ("its page", "reg = <0x4ffff000 0x1000>;", "reg = <0x50000000 0x1000>;", "the page and the region"),
    ("no room for a record", "record-size = <0x10000>;", "record-size = <0x400000>;", "records said"),
]


@pytest.mark.parametrize("old, new, word", [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_judge_sees(old, new, word, tmp_path):
    """That is: a wrong plan would be seen."""
    text = """/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;
        memory@40000000 { device_type = "memory"; reg = <0x40000000 0x20000000>; };
        reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
            modem@48000000 { no-map; reg = <0x48100000 0x1000>; };
            ramoops@50000000 { compatible = "ramoops"; reg = <0x50000000 0x200000>;
                record-size = <0x10000>; };
            oopsmon@4ffff000 { compatible = "oopsmon,retained"; reg = <0x4ffff000 0x1000>; };
        }; };"""

    def judged(text):
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", tmp_path / "x.dtb", "-"],
                       input=text.encode(), check=True)
        source = Source(tmp_path / "x.dtb")
        node, region = source.node("ramoops")
        plan = {"region": {"base": hex(region[0]), "bytes": region[1] - region[0]}, "notices": [],
                "page": hex(source.node("oopsmon,retained")[1][0]), "panic_records": 32}
        return list(judge(source, source.memory, plan, True))

    assert judged(text) == []
    assert text.count(old) == 1
    assert any(word in complaint for complaint in judged(text.replace(old, new)))

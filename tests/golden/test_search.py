# SPDX-License-Identifier: BSD-2-Clause
"""Regions that real kernels wrote, with no sizes given: search_region() must find zones, ECC and
CPUs from the bytes alone, in the region itself and inside other memory. The true sizes are in
tests/data/regions/index.tsv.
"""
import collections
import csv
import lzma
import os
import pathlib
import random
import subprocess

import pytest
from omlab import drivers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
REGIONS = ROOT / "tests" / "data" / "regions"
INDEX = {row["name"]: row for row in csv.DictReader(open(REGIONS / "index.tsv"), delimiter="\t")}

Found = collections.namedtuple("Found", "facts zones")
Zone = collections.namedtuple("Zone", "kind index off bytes")


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """Runs tests/golden/search.c over bytes; None: nothing found."""
    out = drivers.compiled(BUILD, "tests/golden/search.c", tmp_path_factory.mktemp("search"))

    def run(data, how):
        done = subprocess.run([out, how], input=data, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        lines = [line.split() for line in done.stdout.decode().splitlines()]
        if lines[0][1] != "OK":
            assert lines[0][1] == "NOT_FOUND"
            return None
        zones = [Zone(line[1], *map(int, line[2:])) for line in lines if line[0] == "zone"]
        facts = {line[0]: int(line[1]) for line in lines[1:] if line[0] != "zone"}
        return Found(facts, zones)

    return run


def region_bytes(name):
    return lzma.open(REGIONS / name / "region.bin.xz").read()


def sizes(name):
    """What Linux makes of the node's numbers: a zone's size is a power of two."""
    given = {k: int(INDEX[name][k], 0) for k in ("record", "console", "ftrace", "pmsg", "ecc")}
    return {k: v if k == "ecc" else 1 << v.bit_length() >> 1 for k, v in given.items()}


def used_zones(found, data):
    """(kind, offset) of the zones that hold data, as their headers say."""
    return {(zone.kind, zone.off) for zone in found.zones
            if any(data[zone.off + 8:zone.off + 12])}


REAL = [name for name in INDEX if name != "junk-random"]


@pytest.mark.parametrize("name", REAL)
def test_sizes_of_a_region(name, search):
    found = search(region_bytes(name), "whole")
    want = sizes(name)
    assert found.facts["off"] == 0
    assert found.facts["region"] == len(region_bytes(name))
    assert {k: found.facts[k] for k in want} == want
    if INDEX[name]["per_cpu"] not in ("-", "1"):
        assert found.facts["cpus"] == int(INDEX[name]["per_cpu"])
    assert found.facts["missing"] <= 1
    assert found.facts["stray"] == 0
    assert found.facts["proven"] == (want["ecc"] > 0)


@pytest.mark.parametrize("name", REAL)
def test_region_inside_other_memory(name, search):
    """The same zones, wherever the region lies; where it ends can only be seen by its zones."""
    data = region_bytes(name)
    rng = random.Random(name)
    before = rng.randbytes(rng.randrange(1, 100000)) + bytes(rng.randrange(1, 100000))
    alone = search(data, "whole")
    found = search(before + data + bytes(5000) + rng.randbytes(50000), "within")
    assert found.facts["off"] == len(before)
    assert used_zones(found, data) == used_zones(alone, data)
    assert found.facts["ecc"] == alone.facts["ecc"]


def test_random_bytes_are_no_region(search):
    data = region_bytes("junk-random")
    assert search(data, "whole") is None
    assert search(data, "within") is None


@pytest.mark.parametrize("data", [b"", b"DBGC", bytes(4096), b"\xff" * 70000, b"C" * 70000],
                         ids=["empty", "short", "zeros", "ones", "letters"])
def test_nothing_to_be_found(data, search):
    assert search(data, "whole") is None
    assert search(data, "within") is None

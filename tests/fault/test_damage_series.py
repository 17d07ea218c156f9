# SPDX-License-Identifier: BSD-2-Clause
"""A part of the damage series of tools/bench_damage.py: what we show of a damaged region holds
no less of the original than what Linux shows, and wrong text is never called right. Where a
packed record's stream is damaged and yet comes to its end, Linux shows what came out: so do we,
byte for byte, with the mended text beside it."""
import os
import pathlib
import random
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()

sys.path.insert(0, str(ROOT / "tools"))
import bench_damage as bench  # noqa: E402
from omlab import drivers  # noqa: E402

SEEDS = range(200, 202)
REGIONS = {r.name: r for r in bench.regions()}


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return drivers.linux_reader(BUILD, tmp_path_factory.mktemp("reader"))


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("kind, n", bench.SERIES, ids=lambda v: getattr(v, "__name__", v))
def test_no_less_than_linux(reader, name, kind, n):
    for seed in SEEDS:
        got = bench.one(BUILD / "host" / "oopsmon", reader, REGIONS[name], kind, n, seed)
        assert got.ours >= got.linux, f"seed {seed}"
        assert got.wrong == 0, f"seed {seed}"


def test_mended_text_stands_beside_that_of_linux(reader):
    """A mended piece never takes the place of what Linux shows."""
    region = REGIONS["packed, ECC 0"]
    mended = 0
    for seed in range(12):
        image = bytearray(region.image)
        bench.flips(random.Random(seed), image, 40)
        ours = bench.our_files(BUILD / "host" / "oopsmon", region, bytes(image))
        linux = bench.linux_files(reader, region, bytes(image))
        for name in [n for n in ours if n.endswith(".mended")]:
            mended += 1
            first = name.removesuffix(".mended")
            assert ours[first][1] == ours[name][1] == "salvaged"
            if linux.get(first, b"").startswith(b"Panic#"):  # else its head line was hit
                assert ours[first][0] == linux[first]
            assert ours[first][0] != ours[name][0]
    assert mended > 3

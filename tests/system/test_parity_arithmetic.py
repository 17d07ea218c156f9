# SPDX-License-Identifier: BSD-2-Clause
"""docs/report-format-lines.md promises what a report survives: for every size of a group, in
whole numbers, from the parity lines that armor_parity_lines() really gives; and what the code
really does is what was counted."""
import os
import pathlib
import re

import bench_report
import pytest
from bench_report import PARITY, least, run, tail
from omlab import drivers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
SIZES = range(1, 1025)
BURST = 12
FULL = 1024


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """tools/bench/lossy.c under sanitizers."""
    return drivers.compiled(BUILD, "tools/bench/lossy.c", tmp_path_factory.mktemp("parity"))


@pytest.fixture(scope="module")
def parity(program):
    """{data lines: parity lines}, by default."""
    return dict(zip(SIZES, run(program, "lines", PARITY), strict=True))


def chances(parity, percent):
    """{data lines: chance that a group is incomplete}."""
    return {k: tail(k + m, m, percent) for k, m in parity.items()}


def worst(chance):
    return max(chance, key=chance.get)


@pytest.mark.parametrize("lines, most, percent, chance", [
    (1, 0, 5, 0.05), (1, 1, 5, 0.0), (2, 0, 10, 0.19), (2, 1, 10, 0.01), (3, 1, 50, 0.5),
    (10, 9, 10, 1e-10), (5, 7, 10, 0.0)])
def test_the_sum_is_the_binomial_one(lines, most, percent, chance):
    assert tail(lines, most, percent) == pytest.approx(chance, rel=1e-12)


def test_five_per_cent_lost(parity):
    """Less than one report in a million is incomplete: up to 12 groups of any size, or a
    hundred full ones and a last one of any size."""
    chance = chances(parity, 5)
    k = worst(chance)
    print(f"worst at 5 %: {k} + {parity[k]} lines, {chance[k]:.3g}; full group {chance[FULL]:.3g}")
    assert 12 * chance[k] < 1e-6
    assert 100 * chance[FULL] + chance[k] < 1e-6


def test_ten_per_cent_lost(parity):
    """Nine reports in ten are complete: two groups of any size, or a hundred full ones and a
    last one of any size."""
    chance = chances(parity, 10)
    k = worst(chance)
    print(f"worst at 10 %: {k} + {parity[k]} lines, {chance[k]:.3g}; full group {chance[FULL]:.3g}")
    assert (1 - chance[k])**2 >= 0.9
    assert (1 - chance[FULL])**100 * (1 - chance[k]) >= 0.9


def test_overhead(parity):
    """15 % from 254 data lines on; no code could do with that up to 193."""
    assert max(k for k, m in parity.items() if m > 0.15 * k) == 253
    fewest = {k: max(BURST, least(k, 5, 1e-6)) for k in range(1, 260)}
    assert min(k for k, m in fewest.items() if m <= 0.15 * k) == 194
    assert all(parity[k] >= m for k, m in fewest.items())
    assert max(parity[k] - m for k, m in fewest.items()) <= 4


@pytest.mark.parametrize("percent", (1, 2, 5, 10, 15, 16, 50, 99, 100))
def test_every_burst_is_survived(program, percent):
    lines = run(program, "lines", percent)
    assert min(lines) >= BURST and max(lines) <= FULL
    assert all(m >= k * percent // 100 for k, m in zip(SIZES, lines, strict=True))


def test_no_parity(program):
    assert set(run(program, "lines", 0)) == {0}


@pytest.mark.parametrize("k", bench_report.GROUPS)
@pytest.mark.parametrize("percent", (5, 10, 12, 15, 20))
def test_counting_agrees(program, parity, k, percent):
    """10,000 groups: within five standard deviations of the sum."""
    complete, = run(program, "count", PARITY, k, percent, 10_000, 7)
    chance = tail(k + parity[k], parity[k], percent)
    assert abs(10_000 * (1 - chance) - complete) <= 5 * (10_000 * chance * (1 - chance))**0.5 + 1


@pytest.mark.parametrize("k, percent, n", [(1, 90, 40), (20, 40, 40), (60, 20, 20), (250, 13, 10),
                                           (1024, 13, 2)])
def test_repairing_agrees_with_counting(program, k, percent, n):
    """Exit status 0: each was complete if and only if it lost no more than it may."""
    run(program, "real", PARITY, k, percent, n, 3)


def test_the_document_has_these_figures(parity):
    """The table of docs/report-format-lines.md, row by row."""
    page = (ROOT / "docs" / "report-format-lines.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([\d.]+) % \| (\d+) \| (\S+) \| (\S+) \|$", page, re.MULTILINE)
    assert len(rows) >= 8
    for k, m, overhead, fewest, five, ten in rows:
        k, m = int(k), int(m)
        assert (m, f"{100 * m / k:.1f}") == (parity[k], overhead)
        assert int(fewest) == max(BURST, least(k, 5, 1e-6))
        assert (five, ten) == (f"{tail(k + m, m, 5):.1e}", f"{tail(k + m, m, 10):.1e}")

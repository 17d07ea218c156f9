# SPDX-License-Identifier: BSD-2-Clause
"""What the archive in flash costs: the limits of tools/bench_archive.py hold, and it counts what
docs/archive-format.md says."""
import os
import pathlib

import bench_archive
import pytest
from bench_archive import KIB, MIB
from bench_report import Place

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
NAMES = ("base-a32-ecc16", "d510-oopses", "k612-torn-console")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return bench_archive.entries(Place(BUILD, tmp_path_factory.mktemp("archive")), NAMES)


def test_the_corpus_is_kept_in_less_than_its_share(tmp_path):
    text, wrong = bench_archive.kept(Place(BUILD, tmp_path))
    assert wrong == [] and text.count("\n| ") > 30


def test_a_smaller_share_is_not_kept(made, tmp_path, monkeypatch):
    monkeypatch.setattr(bench_archive, "SHARE_MAX", 0.01)
    monkeypatch.setattr(bench_archive, "entries", lambda _: made)
    _, wrong = bench_archive.kept(Place(BUILD, tmp_path))
    assert len(wrong) == 1 and "more than 0.01" in wrong[0]


@pytest.mark.parametrize("parts, expected", [
    ([b""], 64), ([b"x"], 96), ([bytes(32)], 96), ([bytes(33)], 128), ([bytes(4032)], 4096),
    ([bytes(4033)], 4096 + 96), ([bytes(100), bytes(40), b""], 192 + 128 + 64)])
def test_bytes_of_an_entry(parts, expected):
    assert bench_archive.programmed_bytes(parts) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_flash_counts_the_same(made, name):
    """But for blocks' heads, and chunks split at the end of a block."""
    program, files = made
    each = bench_archive.programmed_bytes(bench_archive.parts_of(files[name].read_bytes()))
    n = bench_archive.figures(program, "ring", 256 * KIB, 4, 2, files[name])
    more = n["programmed"] - n["written"] * each
    assert 64 * n["erased"] <= more <= (64 + 96) * n["erased"]


@pytest.mark.parametrize("block, n_blocks", bench_archive.RINGS)
def test_one_erase_and_even_wear(made, block, n_blocks):
    program, files = made
    n = bench_archive.figures(program, "ring", block, n_blocks, 2, *files.values())
    assert bench_archive.ring_wrong(block, n) == []
    assert n["kept"] > 100 and n["erased"] >= 2 * n_blocks
    assert block < 256 * KIB or n["erased_crash"] == 1


@pytest.mark.parametrize("what", ("late", "bad"))
def test_a_ring_with_faults_is_told(what):
    good = {"late": 0, "spread": 1, "bad": 0}
    assert bench_archive.ring_wrong(4 * KIB, good) == []
    assert len(bench_archive.ring_wrong(4 * KIB, good | {what: 1})) == 1
    assert len(bench_archive.ring_wrong(4 * KIB, good | {"spread": 2})) == 1


@pytest.mark.parametrize("block", bench_archive.BLOCKS)
def test_the_head_is_found_without_reading_all(made, tmp_path, block):
    program, files = made
    read, spent = bench_archive.open_cost(program, files.values(), block, MIB, tmp_path)
    assert 64 * MIB // block < read <= bench_archive.READ_MAX * MIB
    assert read < spent < 100 * read

# SPDX-License-Identifier: BSD-2-Clause
"""The host's budgets of docs/benchmarks.md, in callgrind's counts."""
import os
import pathlib
import re
import subprocess

import bench_decode
import pytest

from omlab import crashes

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def program():
    build = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build"))
    return build.resolve() / "host" / "oopsmon"


@pytest.fixture(scope="module")
def full():
    return bench_decode.full_region()


@pytest.mark.parametrize("roots", bench_decode.ROOTS)
def test_a_clean_block_costs_a_quarter_of_the_baseline(tmp_path, roots):
    """The plain form of Linux's check takes fewer instructions than libfec's."""
    ours, plain = (bench_decode.block_cost(bench_decode.build_coder(name, tmp_path), roots, 0,
                                           tmp_path) for name in ("ours", "textbook"))
    assert 1 < ours <= bench_decode.CLEAN_SHARE_MAX * plain


def test_the_full_region_is_whole(tmp_path, program, full):
    """What the budget is measured on: every zone full, every record intact."""
    region, options, valid = full
    assert len(region) == 2 << 20 and valid > 0.88 * len(region)
    done = subprocess.run([program, "decode", *options, "-o", tmp_path / "files", "-"],
                          input=region, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(rb"-ramoops-\d+ +intact", done.stdout)) == 24 + 3
    assert len(crashes.files(tmp_path / "files")) == 24 + 3


@pytest.mark.parametrize("files", (False, True), ids=("listed", "with -o"))
@pytest.mark.parametrize("given", (True, False), ids=("sizes given", "sizes found"))
def test_a_clean_region_stays_within_budget(tmp_path, program, full, given, files):
    region, options, valid = full
    split = bench_decode.groups(bench_decode.decode_profile(
        program, region, options if given else [], tmp_path, files), valid)
    assert split["Reed-Solomon"] > 1 and split["inflate"] > 1  # the profile was understood
    reader, _ = bench_decode.inclusive(tmp_path / "decode.out", bench_decode.READER)
    assert bench_decode.counted(split) - reader / valid <= bench_decode.REGION_MAX, split


def test_explaining_a_log_stays_within_budget(tmp_path, program, full):
    """What the full region's 24 dumps cost, by the bytes of their texts."""
    region, options, _ = full
    bench_decode.decode_profile(program, region, options, tmp_path, False)
    reader, calls = bench_decode.inclusive(tmp_path / "decode.out", bench_decode.READER)
    listed = subprocess.run([program, "decode", *options, tmp_path / "region.bin"],
                            capture_output=True, check=True, timeout=60).stdout
    dumps = re.findall(rb"^dmesg-ramoops-\d+ +intact .* (\d+) +\d+ +\d+$", listed, re.MULTILINE)
    assert calls == len(dumps) == 24
    assert 1 < reader / sum(map(int, dumps)) <= bench_decode.READER_MAX

# SPDX-License-Identifier: BSD-2-Clause
"""Seeded noise on a report's way: complete where docs/benchmarks.md says so, and never a wrong
text. tools/bench_noise.py draws the whole curve."""
import pathlib

import bench_noise
import pytest
from omlab import noise, report

REGION = "base-a32-ecc16"
# damage, rate, the report must come back complete
ROWS = [
    (noise.wrong_bytes, 1e-5, True), (noise.wrong_bytes, 1e-3, True), (noise.wrong_bytes, 1e-2, True),
    (noise.wrong_bytes, 5e-2, False), (noise.flipped_bits, 1e-2, True),
    (noise.dropped_bytes, 1e-3, True), (noise.dropped_bytes, 3e-3, True),
    (noise.dropped_bytes, 3e-2, False), (noise.inserted_bytes, 1e-2, True),
    (noise.inserted_bytes, 5e-2, False), (noise.lost_lines, 0.05, True),
    (noise.lost_lines, 0.2, False), (noise.lost_lines, 0.5, False), (noise.lost_burst, 12, True),
    (noise.lost_burst, 40, False), (noise.noise_burst, 900, True), (noise.noise_burst, 4000, False),
]


@pytest.fixture(scope="module")
def sent(build, tmp_path_factory):
    """The host program, a report and its records."""
    tool = build / "host" / "oopsmon"
    log = report.recorded_report(build, REGION)
    truth = bench_noise.decode(tool, log, pathlib.Path(tmp_path_factory.mktemp("truth")))
    assert len(truth) == 5
    return tool, log, truth


@pytest.mark.parametrize("damage, rate, whole", ROWS, ids=[f"{d.__name__}-{r:g}" for d, r, _ in ROWS])
def test_noise(sent, damage, rate, whole):
    for seed in range(3):
        complete, share = bench_noise.trial((*sent, damage, rate, seed))  # raises on wrong text
        assert 0 <= share <= 1 and (complete or not whole)
        assert not complete or share == 1

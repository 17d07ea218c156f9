# SPDX-License-Identifier: BSD-2-Clause
"""What Linux showed of every recorded region, squeezed and read back (under ASan and UBSan), and
small: at least a fifth less than deflate makes of it, where it is text.
"""
import lzma
import os
import pathlib
import subprocess
import zlib

import pytest
from omlab import drivers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
REGIONS = sorted(p.name for p in (ROOT / "tests/data/regions").iterdir()
                 if any(p.glob("golden/*.xz")))
TEXT_MIN = 3000  # a shorter one may be anything
#: half or more of them is packed or random
BINARY = ("a61-pmsgwrap-bin-ecc32", "a61-midwrite0-ecc16", "x-a32-ecc16-perblock9-s1", "k510-842")


@pytest.fixture(scope="module")
def squeeze(tmp_path_factory):
    return drivers.compiled(BUILD, "tools/bench/squeeze.c", tmp_path_factory.mktemp("squeeze"))


@pytest.mark.parametrize("name", REGIONS)
def test_texts_come_back_small(name, squeeze, tmp_path):
    text = b"".join(lzma.decompress(p.read_bytes())
                    for p in sorted((ROOT / "tests/data/regions" / name / "golden").iterdir()))
    (tmp_path / "text").write_bytes(text)
    done = subprocess.run([squeeze, "-d", tmp_path / "text"], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    bytes_in, bytes_out = map(int, done.stdout.split()[:2])
    assert bytes_in == len(text)
    if bytes_in >= TEXT_MIN and name not in BINARY:
        assert bytes_out < 0.8 * len(zlib.compress(text, 9))

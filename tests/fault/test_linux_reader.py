# SPDX-License-Identifier: BSD-2-Clause
"""The model of Linux's reader (linux_reader.c) shows what real kernels showed, bytes and all:
only then is it worth setting our decoder beside it (tools/bench_damage.py)."""
import importlib.util
import os
import pathlib

import pytest
from omlab import drivers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()

spec = importlib.util.spec_from_file_location("regions", ROOT / "tests/golden/test_regions.py")
regions = importlib.util.module_from_spec(spec)
spec.loader.exec_module(regions)

#: Read by a kernel without the compressor; the model knows deflate only.
OTHER_PACKINGS = {"f61a64-lz4", "f61a64-zstd", "k510-842", "k510-lzo", "k61-lz4hc"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return drivers.linux_reader(BUILD, tmp_path_factory.mktemp("reader"))


def shown(reader, name):
    """{file: bytes} that the model shows of a region."""
    row = regions.INDEX[name]
    sizes = [row[k] for k in ("record", "console", "ftrace", "pmsg", "ecc")]
    cpus = "0" if row["per_cpu"] == "-" else row["per_cpu"]
    return drivers.linux_files(reader, regions.region_bytes(name), sizes, cpus,
                               drivers.era_of(name))


@pytest.mark.parametrize("name", sorted(set(regions.INDEX) - OTHER_PACKINGS))
def test_model_shows_what_linux_showed(name, reader):
    want = {file.removesuffix(".enc.z"): text for file, (text, _, _) in regions.golden(name).items()
            if not file.startswith("ftrace")}
    ours = shown(reader, name)
    assert {file.removesuffix(".enc.z"): text for file, text in ours.items()} == want

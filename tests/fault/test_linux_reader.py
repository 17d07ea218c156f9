# SPDX-License-Identifier: BSD-2-Clause
"""The model of Linux's reader (linux_reader.c) shows what real kernels showed, bytes and all:
only then is it worth setting our decoder beside it (tools/bench_damage.py)."""
import importlib.util
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()

spec = importlib.util.spec_from_file_location("regions", ROOT / "tests/golden/test_regions.py")
regions = importlib.util.module_from_spec(spec)
spec.loader.exec_module(regions)

#: Read by a kernel without the compressor; the model knows deflate only.
OTHER_PACKINGS = {"f61a64-lz4", "f61a64-zstd", "k510-842", "k510-lzo", "k61-lz4hc"}
OLD, NEW = 3, 5  # enum era: 6.1 long-term, 6.6 and later


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    out = tmp_path_factory.mktemp("reader") / "linux_reader"
    core = BUILD / "unit" / "core.a"
    if not core.exists():
        subprocess.run(["make", "-s", "-C", ROOT, f"O={BUILD}", str(core)], check=True)
    subprocess.run([os.environ.get("HOSTCC", "gcc"), "-std=c11", "-g", "-O1", "-D_GNU_SOURCE",
                    "-Wall", "-Wextra", "-fsanitize=address,undefined",
                    f"-I{ROOT}/firmware", f"-isystem{BUILD}/deps/zlib",
                    ROOT / "tests/fault/linux_reader.c", core, "-o", out], check=True)
    return out


def shown(reader, name):
    """{file: bytes} that the model shows of a region."""
    row = regions.INDEX[name]
    numbers = [row[k] for k in ("record", "console", "ftrace", "pmsg", "ecc")]
    era = NEW if re.match(r"[a-z]+(6(1[2-9]|[2-9])|7)", name) else OLD
    cpus = "0" if row["per_cpu"] == "-" else row["per_cpu"]
    done = subprocess.run([reader, *numbers, cpus, str(era)], check=True,
                          input=regions.region_bytes(name), capture_output=True, timeout=60)
    files, rest = {}, done.stdout
    while rest:
        head, rest = rest.split(b"\n", 1)
        file, size = re.fullmatch(rb"(\S+) (\d+)", head).groups()
        files[file.decode()], rest = rest[:int(size)], rest[int(size):]
    return files


@pytest.mark.parametrize("name", sorted(set(regions.INDEX) - OTHER_PACKINGS))
def test_model_shows_what_linux_showed(name, reader):
    want = {file.removesuffix(".enc.z"): text for file, (text, _, _) in regions.golden(name).items()
            if not file.startswith("ftrace")}
    ours = shown(reader, name)
    assert {file.removesuffix(".enc.z"): text for file, text in ours.items()} == want

# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon erase`: as Linux does, and nothing else of a dump."""
import gzip
import os

import pytest

from omlab import ramoops
from decoding import BASE, FULL, region, sizes, oopsmon, records


@pytest.mark.parametrize("given", [True, False], ids=["sizes", "found"])
def test_erase(given, tmp_path):
    path = tmp_path / "region"
    path.write_bytes(region(FULL))
    options = sizes(FULL) if given else []
    code, out, err = oopsmon("erase", *options, path, "-o", tmp_path / "clean")
    assert (code, err) == (0, "")
    assert path.read_bytes() == region(FULL)
    clean = (tmp_path / "clean").read_bytes()
    assert len(clean) == len(region(FULL))
    assert b"DBGC" not in clean
    code, out, _ = oopsmon("decode", *sizes(FULL), tmp_path / "clean")
    assert (code, records(out)) == (0, {})
    code, _, err = oopsmon("erase", *options, path, "--in-place")
    assert (code, err) == (0, "")
    assert path.read_bytes() == clean


def test_erase_leaves_the_rest_of_a_dump_alone(tmp_path):
    before, after = os.urandom(5000), os.urandom(7000)
    path = tmp_path / "dump"
    path.write_bytes(before + region(BASE) + after)
    code, _, err = oopsmon("erase", "--in-place", "--offset=5000", "--region-size=0x4000",
                           *sizes(BASE), path)
    assert (code, err) == (0, "")
    data = path.read_bytes()
    assert data.startswith(before) and data.endswith(after)
    assert len(data) == 5000 + 0x4000 + 7000
    assert data.count(0, 5000, -7000) > 0x3f00


@pytest.mark.parametrize("arguments, says", [
    (["{file}"], "either --in-place or -o FILE"),
    (["--in-place", "-o", "x", "{file}"], "either --in-place or -o FILE"),
    (["--in-place"], "which file?"),
    (["--in-place", "{file}", "{file}"], "one file at a time"),
    (["--in-place", "-"], "not a plain file"),
    (["--in-place", "{packed}"], "not a plain file"),
    (["--in-place", "/proc/nonexistent"], "No such file"),
    (["-o", "/proc/nonexistent/x", "{file}"], "No such file"),
    (["-o", "{file}", "{file}"], "is the input itself"),
    (["--in-place", "--record-size=64K", "--offset=7", "{file}"], "nothing erased"),
    (["--in-place", "--record-size=8K", "--region-size=4M", "{file}"], "nothing erased"),
    (["--in-place", "{zeros}"], "no ramoops region"),
])
def test_erase_refuses(arguments, says, tmp_path):
    data = {"file": region(BASE), "packed": gzip.compress(region(BASE)), "zeros": bytes(65536)}
    for name, content in data.items():
        (tmp_path / name).write_bytes(content)
    paths = {name: tmp_path / name for name in data}
    code, _, err = oopsmon("erase", *(a.format(**paths) for a in arguments), input=region(BASE))
    assert code == 2
    assert says in err
    for name, content in data.items():
        assert paths[name].read_bytes() == content

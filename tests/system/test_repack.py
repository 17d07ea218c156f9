# SPDX-License-Identifier: BSD-2-Clause
"""Records that the monitor cannot unpack travel packed: `oopsmon decode` of the log unpacks them,
and files and facts are those that the region itself decodes to.
"""
import json
import lzma
import os
import pathlib
import random
import re
import subprocess

import pytest

from omlab import crashes, noise, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

#: {recorded region: how its dmesg records are packed}
PACKED = {"f61a64-lz4": "lz4", "f61a64-zstd": "zstd", "k510-lzo": "lzo", "k61-lz4hc": "lz4",
          "k510-842": "842"}
#: of a record's facts, those that only a region or only a report has
APART = {"name", "lost_bytes", "left_bytes"}


def decode(data, folder, *options):
    """Exit code, {file: bytes}, parsed --json."""
    done = subprocess.run([PROGRAM, "decode", "--json", *options, "-o", folder, "-"], input=data,
                          capture_output=True, timeout=120)
    assert b"Sanitizer" not in done.stderr
    return (done.returncode, crashes.files(folder),
            json.loads(done.stdout))


def without(record):
    return {key: value for key, value in record.items() if key not in APART}


def facts(records):
    """Records by name, without what a region or a report alone says."""
    return {record["name"]: without(record) for record in records}


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """{name: exit code, files, facts of the region itself}."""
    out = {}
    for name in PACKED:
        sizes, _ = report.recorded()[name]
        options = [f"--{k}-size={v}" for k, v in
                   zip(("record", "console", "ftrace", "pmsg", "ecc"), sizes) if v]
        region = lzma.decompress((report.REGIONS / name / "region.bin.xz").read_bytes())
        code, files, found = decode(region, tmp_path_factory.mktemp(name), *options)
        out[name] = code, files, facts(found["regions"][0]["records"])
    return out


LOGS = {
    "as it is": lambda log: log,
    "a burst of lines lost": lambda log: noise.lost_burst(log, 4, random.Random(1)),
    "wrong bytes": lambda log: noise.wrong_bytes(log, 0.003, random.Random(2)),
}


@pytest.mark.parametrize("mangling", LOGS)
@pytest.mark.parametrize("name", PACKED)
def test_as_the_region(name, mangling, truth, tmp_path):
    log = LOGS[mangling](report.recorded_report(BUILD, name))
    code, files, found = decode(log, tmp_path)
    one, = found["reports"]
    assert one["complete"]
    assert (code, files, facts(one["records"])) == truth[name]
    dumps = [record for record in one["records"] if record["kind"] == "dmesg"]
    assert dumps and all(record["packing"] == PACKED[name] for record in dumps)
    for record in dumps:
        assert record["name"].endswith(".enc.z") == (PACKED[name] == "842")
        assert (record["quality"] == "unreadable") == (PACKED[name] == "842")


@pytest.mark.parametrize("name", ["f61a64-lz4", "k510-lzo"])
def test_end_lost(name, truth, tmp_path):
    """Of a packed text without its end, what stands before gives the beginning."""
    log = report.recorded_report(BUILD, name, parity=0)
    lines = [m.start() for m in re.finditer(rb"\{", log)]
    code, files, found = decode(log[:lines[30]], tmp_path)
    one, = found["reports"]
    assert code == 1 and not one["complete"]
    record = next(record for record in one["records"] if record["kind"] == "dmesg")
    assert record["quality"] == "salvaged" and "text-lost" in record["notes"]
    assert record["packing"] == PACKED[name]
    text, line = re.fullmatch(rb"(.*?)\n?(\[oopsmon: \d+ bytes lost\]\n)",
                              files[record["name"]], re.DOTALL).groups()
    assert int(re.search(rb"\d+", line)[0]) == record["lost_bytes"] > 0
    want = truth[name][1][record["name"]]
    assert len(text) > 500 and want.startswith(text)


def test_end_lost_and_nothing_unpacks(tmp_path):
    """zstd gives nothing before a block's end: the packed bytes are kept under Linux's name."""
    log = report.recorded_report(BUILD, "f61a64-zstd", parity=0)
    lines = [m.start() for m in re.finditer(rb"\{", log)]
    code, files, found = decode(log[:lines[30]], tmp_path)
    record = found["reports"][0]["records"][0]
    assert code == 1 and record["quality"] == "unreadable"
    assert files[record["name"]].startswith(b"\x28\xb5\x2f\xfd")
    assert record["name"].endswith(".enc.z")

# SPDX-License-Identifier: BSD-2-Clause
"""Damage to recorded regions, from seeds: no byte may lead the decoder astray (under ASan and
UBSan), what it calls repaired must be right, and a cut file is never called whole.
"""
import importlib.util
import os
import pathlib
import random
import subprocess

import pytest
from omlab import crashes, drivers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()

_spec = importlib.util.spec_from_file_location("regions", ROOT / "tests/golden/test_regions.py")
regions = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(regions)

#: Regions with something in them, and how often each is damaged: large ones less often.
ROUNDS = {"base-a32-ecc16": 1500, "a61-nocompress": 600, "x-a32-ecc16-perblock9-s1": 300,
          "f61a64-percpu-ecc0": 150, "f612a64-full-ecc0": 150, "a61-midwrite0-ecc16": 150,
          "d510-oopses": 100, "f61a64-zstd": 150}


@pytest.fixture(scope="module")
def mutate(tmp_path_factory):
    """tests/fault/mutate.c, built with sanitizers."""
    return drivers.compiled(BUILD, "tests/fault/mutate.c", tmp_path_factory.mktemp("fault"))


@pytest.mark.parametrize("name", ROUNDS)
def test_no_damage_leads_astray(name, mutate):
    row = regions.INDEX[name]
    cpus = "0" if row["per_cpu"] == "-" else row["per_cpu"]
    numbers = [str(ROUNDS[name]), *(row[k] for k in ("record", "console", "ftrace", "pmsg", "ecc")),
               cpus]
    done = subprocess.run([mutate, *numbers], input=regions.region_bytes(name),
                          capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    counts = dict(line.split(": ") for line in done.stdout.decode().splitlines())
    # the damage did something
    assert int(counts["salvaged"]) + int(counts["unreadable"]) > ROUNDS[name] // 10


def zone_places(name):
    """[(offset, bytes, capacity, ecc)] of the zones in use of base-a32-ecc16."""
    assert name == "base-a32-ecc16"
    ecc = 16
    places = []
    for off, size in ((0, 0x1200), (0x1200, 0x1200), (0x2400, 0x1000), (0x3400, 0x400),
                      (0x3800, 0x800)):
        payload = size - 12
        blocks = -(-(payload - ecc) // (128 + ecc))
        places.append((off, size, payload - (blocks + 1) * ecc, ecc))
    return places


def spoil(rng, region, per_block):
    """Change @per_block bytes in every code word of every zone: data, parity and header alike."""
    for off, size, cap, ecc in zone_places("base-a32-ecc16"):
        words = [list(range(12)) + list(range(size - ecc, size))]
        for i in range(-(-cap // 128)):
            data = range(12 + i * 128, 12 + min(cap, (i + 1) * 128))
            parity = range(12 + cap + i * ecc, 12 + cap + (i + 1) * ecc)
            words.append([*data, *parity])
        for word in words:
            for at in rng.sample(word, per_block):
                region[off + at] ^= rng.randrange(1, 256)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("per_block", [1, 4, 8])
def test_all_within_reach_is_repaired(per_block, seed, tmp_path):
    name = "base-a32-ecc16"
    region = bytearray(regions.region_bytes(name))
    spoil(random.Random(seed * 100 + per_block), region, per_block)
    code, rows = regions.decode(bytes(region), regions.sizes(regions.INDEX[name]), tmp_path)
    assert code == 0
    assert {row.quality for row in rows.values()} == {"ECC-corrected"}
    for file, (text, _, _) in regions.golden(name).items():
        if not file.startswith("ftrace"):
            assert crashes.files(tmp_path)[file] == text, file


def test_wrong_is_never_called_intact(tmp_path):
    """Bursts and scattered bytes, also beyond the code's reach."""
    name = "base-a32-ecc16"
    judged = dict.fromkeys(("intact", "ECC-corrected", "other"), 0)
    for seed in range(30):
        rng = random.Random(seed)
        region = bytearray(regions.region_bytes(name))
        for _ in range(rng.randrange(1, 6)):
            length = rng.randrange(1, rng.choice((6, 6, 200)))
            at = rng.randrange(len(region) - length)
            region[at:at + length] = rng.randbytes(length)
        folder = tmp_path / str(seed)
        folder.mkdir()
        _, rows = regions.decode(bytes(region), regions.sizes(regions.INDEX[name]), folder)
        for file, (text, _, _) in regions.golden(name).items():
            if file not in rows or file.startswith("ftrace"):
                continue
            quality = rows[file].quality
            judged[quality if quality in judged else "other"] += 1
            if quality in ("intact", "ECC-corrected"):
                assert crashes.files(folder)[file] == text, (seed, file)
    # each kind of outcome was there to be judged
    assert min(judged.values()) >= 5, judged


@pytest.mark.parametrize("length", [1, 11, 12, 4095, 0x3fff])
def test_cut_file_is_never_clean(length):
    """Any length below the zones' own: what is there is decoded, one line says what is not."""
    name = "base-a32-ecc16"
    done = subprocess.run([regions.program(), "decode", *regions.sizes(regions.INDEX[name]),
                           "--region-size=0x4000", "-"], capture_output=True,
                          input=regions.region_bytes(name)[:length], timeout=60)
    assert done.returncode == 1
    assert f"ends {0x4000 - length} bytes before the region does" in done.stderr.decode()
    assert done.stderr.count(b"\n") <= 2

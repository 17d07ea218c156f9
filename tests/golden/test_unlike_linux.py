# SPDX-License-Identifier: BSD-2-Clause
"""Where ours and Linux's reader may differ: regions read with sizes they were not written with,
damaged ones, and records that no kernel writes. Whatever text Linux would show must be in the
file of the same name that `oopsmon decode` writes, byte for byte; every exception stands here
as data, with its reason. What Linux would show: tests/fault/linux_reader.c, which
tests/fault/test_linux_reader.py holds against real kernels.
"""
import csv
import json
import lzma
import os
import pathlib
import random
import subprocess
import sys
import zlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
REGIONS = ROOT / "tests" / "data" / "regions"
INDEX = {row["name"]: row for row in csv.DictReader(open(REGIONS / "index.tsv"), delimiter="\t")}
sys.path.insert(0, str(ROOT / "tools"))

from omlab import crashes, drivers  # noqa: E402
from omlab.ramoops import Kernel, Region, Sizes  # noqa: E402


@pytest.fixture(scope="module")
def linux(tmp_path_factory):
    """linux(image, sizes, era): {file: bytes} that Linux would show, None: it would not start."""
    reader = drivers.linux_reader(BUILD, tmp_path_factory.mktemp("reader"))
    return lambda image, sizes, era: drivers.linux_files(reader, image, sizes[1:6], 0, era)


def ours(image, sizes, folder):
    """{file: (bytes, quality, notes)} of `oopsmon decode`, which takes the sizes as they are."""
    options = [f"--{k}-size={getattr(sizes, k)}" for k in ("region", "record", "console", "ftrace",
                                                           "pmsg", "ecc")]
    done = subprocess.run([PROGRAM, "decode", "--json", "--force-sizes", *options, "-o", folder, "-"],
                          input=image, capture_output=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr.decode()
    records = [r for region in json.loads(done.stdout)["regions"] for r in region["records"]]
    files = crashes.files(folder)
    return {r["name"]: (files[r["name"]], r["quality"], r["notes"]) for r in records}


def real(name):
    """A recorded region's bytes, its sizes, and the era of its kernel."""
    row = INDEX[name]
    image = lzma.open(REGIONS / name / "region.bin.xz").read()
    sizes = Sizes(len(image), *(int(row[k], 0) for k in ("record", "console", "ftrace", "pmsg",
                                                         "ecc")))
    return image, sizes, drivers.era_of(name)


def is_same(text, mine):
    """What Linux shows, or more of it: Linux's buffer for unpacked text is smaller."""
    return mine is not None and mine[0].startswith(text)


# ---- sizes that are not the writer's ------------------------------------------------------------

#: Sizes to read a region with, from its own.
WRONG = {
    "ecc 0": lambda s: s._replace(ecc=0), "ecc 8": lambda s: s._replace(ecc=8),
    "ecc 16": lambda s: s._replace(ecc=16), "ecc 32": lambda s: s._replace(ecc=32),
    "record x 2": lambda s: s._replace(record=s.record * 2),
    "record / 2": lambda s: s._replace(record=s.record // 2),
    "console x 2": lambda s: s._replace(console=s.console * 2),
    "console / 2": lambda s: s._replace(console=s.console // 2),
    "pmsg x 2": lambda s: s._replace(pmsg=s.pmsg * 2),
    "pmsg / 2": lambda s: s._replace(pmsg=s.pmsg // 2),
    "no ftrace": lambda s: s._replace(ftrace=0), "no console": lambda s: s._replace(console=0),
}

#: Regions of one ftrace zone and of packings that the model knows. Not the damaged ones: without
#: their ECC the damage is in all headers, and Linux shows packed bytes as text after them.
PLAIN = [name for name, row in INDEX.items() if row["per_cpu"] == "-" and
         name not in ("f61a64-lz4", "f61a64-zstd") and not name.startswith("x-")]

#: (region, sizes, file) that ours does not have, and why.
KNOWN_WRONG = {
    ("a61-pmsgwrap-bin-ecc32", "pmsg x 2", "pmsg-ramoops-0"):
        "begins at a record's zone: zeros, under a header that parity does not vouch for",
    ("k73-ecc127", "console / 2", "dmesg-ramoops-0"):
        "the zones that remain in place fit another era better, whose parity stands elsewhere",
}


@pytest.mark.parametrize("name", PLAIN)
def test_wrong_sizes(name, linux, tmp_path):
    image, right, era = real(name)
    for how, change in WRONG.items():
        sizes = change(right)
        theirs = linux(image, sizes, era) if sizes != right else None
        if not theirs:
            continue
        mine = ours(image, sizes, tmp_path / how)
        for file, text in theirs.items():
            if not text.strip(b"\0"):
                continue  # a header that another zone's parity made of zeros
            if not file.endswith(".enc.z") and (name, how, file) not in KNOWN_WRONG:
                assert is_same(text, mine.get(file)), (how, file)


@pytest.mark.parametrize("name", ["base-a32-ecc16", "a61-full-ecc16", "a61-conwrap-ecc8",
                                  "d510-oopses", "d612-basic-ecc16", "k73-logd"])
@pytest.mark.parametrize("ecc", [1, 7])  # 2 to 4 take one block in ten for a repairable one
def test_too_little_parity(name, ecc, tmp_path):
    """No block can be right, but the text is: all of it comes, and is not called intact."""
    image, right, _ = real(name)
    want = ours(image, right, tmp_path / "right")
    mine = ours(image, right._replace(ecc=ecc), tmp_path / "wrong")
    for file, (text, _, _) in want.items():
        if not file.startswith("ftrace"):
            assert mine[file][0] == text, file
            assert mine[file][1] == "salvaged", file


# ---- records that no kernel writes --------------------------------------------------------------

def text_of(lines):
    return b"Panic#1 Part1\n" + b"<0>[    1.000000] Kernel panic - not syncing: by hand\n" * lines


TEXT, LONG = text_of(3), text_of(400)


def stored_block(text):
    length = len(text).to_bytes(2, "little")
    return b"\x01" + length + bytes(b ^ 0xff for b in length) + text


def packed(text, strategy=zlib.Z_DEFAULT_STRATEGY, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -11, 8, strategy)
    return packer.compress(text) + packer.flush()


#: name: (what stands in the record's zone, what ours shows; None: what Linux does)
RECORDS = {
    "as usual": (b"====1700000000.000001-D\n" + TEXT, None),
    "no newline": (b"====1700000000.000001-D" + TEXT, None),
    "no type": (b"====1700000000.000001\n" + TEXT, None),
    "another type": (b"====1700000000.000001-X\n" + TEXT, None),
    "negative": (b"====-17.000001-D\n" + TEXT, None),
    "blank": (b"==== 17.000001-D\n" + TEXT, None),
    "short": (b"====0.1-D\n" + TEXT, None),
    "white space is kept": (b"====17.000001-D\n \t\n" + TEXT, b" \t\n" + TEXT),
    "two newlines": (b"====17.000001-D\n\n" + TEXT, b"\n" + TEXT),
    "stored": (b"====17.000001-C\n" + stored_block(TEXT), None),
    "fixed codes": (b"====17.000001-C\n" + packed(TEXT, zlib.Z_FIXED), TEXT),
    "huffman only": (b"====17.000001-C\n" + packed(TEXT, zlib.Z_HUFFMAN_ONLY), TEXT),
    "runs": (b"====17.000001-C\n" + packed(TEXT, zlib.Z_RLE), TEXT),
    "two streams' bytes": (b"====17.000001-C\n" + packed(TEXT) + b"more", TEXT),
    "more than Linux has room for": (b"====17.000001-C\n" + packed(LONG), LONG),
}


@pytest.mark.parametrize("ecc", [0, 16])
@pytest.mark.parametrize("name", RECORDS)
def test_by_hand(name, ecc, linux, tmp_path):
    data, want = RECORDS[name]
    sizes = Sizes(0x8000, 0x2000, 0x1000, 0, 0x1000, ecc)
    region = Region(sizes).boot(Kernel((6, 1, 192)))
    region.zone("dmesg").write(data)
    region.console(b"[    1.000000] after it\n")
    theirs = linux(bytes(region.ram), sizes, drivers.OLD)
    mine = ours(bytes(region.ram), sizes, tmp_path)
    assert mine["console-ramoops-0"][0] == theirs["console-ramoops-0"]
    shown = theirs.get("dmesg-ramoops-0")
    if want is None:
        assert shown is not None and mine["dmesg-ramoops-0"][0] == shown
    else:
        assert mine["dmesg-ramoops-0"][0] == want != shown or shown == want
    assert set(mine) == {"dmesg-ramoops-0", "console-ramoops-0"}


@pytest.mark.parametrize("kind", [b"C", b"D"])
def test_empty_record_ends_nothing(kind, linux, tmp_path):
    """Linux's listing ends at a head line with nothing after it; ours goes on."""
    sizes = Sizes(0x8000, 0x2000, 0x1000, 0, 0x1000, 16)
    region = Region(sizes).boot(Kernel((6, 1, 192)))
    region.zone("dmesg").write(b"====17.000001-" + kind + b"\n")
    dump = region.zone("dmesg", 1)
    dump.write(b"====18.000001-D\n" + TEXT)
    region.pmsg(b"hello\n")
    assert linux(bytes(region.ram), sizes, drivers.OLD) == {}
    mine = ours(bytes(region.ram), sizes, tmp_path)
    assert mine["dmesg-ramoops-1"][0] == TEXT
    assert mine["pmsg-ramoops-0"][0] == b"hello\n"


# ---- mild damage ---------------------------------------------------------------------------------

@pytest.mark.parametrize("packing", [None, "deflate"])
@pytest.mark.parametrize("seed", range(6))
def test_what_ecc_can_repair(packing, seed, linux, tmp_path):
    """Up to half the parity's bytes wrong in every block: both repair it all."""
    rng = random.Random(f"{packing} {seed}")
    sizes = Sizes(0x8000, 0x2000, 0x1000, 0, 0x1000, 16)
    region = Region(sizes).boot(Kernel((6, 1, 192), compress=packing))
    log = [b"<6>[%5d.%06d] state %x\n" % (i, i, rng.getrandbits(48)) for i in range(300)]
    dump = region.dump("Panic", log)
    for line in log:
        region.console(line[3:])
    whole = {"dmesg-ramoops-0": dump.text if packing else dump.stored,
             "console-ramoops-0": region.zone("console").log()}
    for zone in region.zones.values():
        for i in range(-(-zone.size // 128)):
            last = min(128, zone.cap - i * 128)
            for at in rng.sample(range(last), min(8, last)):
                region.ram[zone.data + i * 128 + at] ^= rng.randrange(1, 256)
    assert linux(bytes(region.ram), sizes, drivers.OLD) == whole
    mine = ours(bytes(region.ram), sizes, tmp_path)
    assert {file: text for file, (text, _, _) in mine.items()} == whole
    assert {quality for _, quality, _ in mine.values()} == {"ECC-corrected"}

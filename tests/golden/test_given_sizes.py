# SPDX-License-Identifier: BSD-2-Clause
"""Sizes that somebody gives `oopsmon decode`, right ones and wrong ones, held against the zone
headers: no valid record may be lost with exit code 0, whatever the sizes say. And what no size
says: the order of zones, the era, where an input was cut.
"""
import collections
import csv
import json
import lzma
import os
import pathlib
import random
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
REGIONS = ROOT / "tests" / "data" / "regions"
INDEX = {row["name"]: row for row in csv.DictReader(open(REGIONS / "index.tsv"), delimiter="\t")}
SIZES = ("record", "console", "ftrace", "pmsg", "ecc")
VALID = ("intact", "ECC-corrected", "unchecked")
sys.path.insert(0, str(ROOT / "tools"))

from omlab.ramoops import Kernel, Place, Region, Sizes, Zone, logd_frame  # noqa: E402

Decoded = collections.namedtuple("Decoded", "code region records says")


def decode(image, options=()):
    """What decode makes of the only region in @image."""
    done = subprocess.run([PROGRAM, "decode", "--json", "--text", *map(str, options), "-"],
                          input=bytes(image), capture_output=True, timeout=120)
    says = done.stderr.decode()
    if done.returncode > 1:
        return Decoded(done.returncode, None, {}, says)
    (region,) = json.loads(done.stdout)["regions"]
    return Decoded(done.returncode, region, {r["name"]: r for r in region["records"]}, says)


def options_of(sizes):
    return [f"--{k}-size={v}" for k, v in sizes.items()]


def text(record):
    return record.get("text") or record.get("text_base64")


def recorded(name):
    return lzma.open(REGIONS / name / "region.bin.xz").read()


# ---- every size wrong in every way --------------------------------------------------------------

def wrong_sizes(right):
    for k in SIZES[:4]:
        yield f"{k} x 2", {**right, k: right[k] * 2}
        yield f"{k} / 2", {**right, k: right[k] // 2}
    for k in SIZES:
        yield f"no {k}", {**right, k: 0}
        yield f"all but {k}", {i: v for i, v in right.items() if i != k}
        if right[k]:
            yield f"only {k}", {k: right[k]}
            yield f"only {k} x 2", {k: right[k] * 2 if k != "ecc" else 8}
    for ecc in {0, 1, 8, 16, 32, 127} - {right["ecc"]}:
        yield f"ecc {ecc}", {**right, "ecc": ecc}
    for a, b in (("console", "pmsg"), ("console", "record"), ("ftrace", "pmsg")):
        yield f"{a} for {b}", {**right, a: right[b], b: right[a]}


#: All kinds of ECC, eras, packings and damage. The other regions were tried as well, once.
TRIED = ["a61-1m-nodiv", "base-a32-ecc16", "d612-basic-ecc16", "k510-nodiv", "k61-smp3", "k73-ecc127",
         "x-a32-ecc16-header3-s1"]


@pytest.mark.parametrize("name", TRIED)
def test_no_valid_record_is_lost_in_silence(name):
    image = recorded(name)
    right = {k: int(INDEX[name][k], 0) for k in SIZES}
    base = decode(image, options_of(right))
    want = {n: text(r) for n, r in base.records.items() if r["quality"] in VALID}
    tried = silent = 0
    for how, sizes in wrong_sizes(right):
        mine = decode(image, options_of(sizes))
        tried += 1
        if mine.code > 0:
            assert mine.says or mine.records, how
            continue
        silent += 1
        assert {n: text(r) for n, r in mine.records.items() if n in want} == want, how
    assert tried >= 25
    print(f"{name}: {tried} wrong sizes, {silent} of them harmless, {len(want)} records")


@pytest.mark.parametrize("name", ["base-a32-ecc16", "a61-full-ecc16", "k73-ecc127", "k510-nodiv"])
def test_right_sizes_get_no_word(name):
    right = {k: int(INDEX[name][k], 0) for k in SIZES}
    done = decode(recorded(name), options_of(right))
    assert (done.code, done.says) == (0, "")
    assert done.region["geometry"]["given"] == "fit"
    assert done.region["geometry"]["headers_outside"] == 0


# ---- a tree or options of another build ---------------------------------------------------------

LINES = [b"<6>[%5d.%06d] eth%d: link is up\n" % (i, i * 37, i % 3) for i in range(60)]
PANIC = LINES + [b"<0>[   61.000000] Kernel panic - not syncing: no more\n"]


def crashed(sizes, version=(6, 6, 50)):
    """A region with an oops, a panic, a console and a message of user space."""
    region = Region(sizes).boot(Kernel(version, compress=None))
    for line in PANIC:
        region.console(line[3:])
    if sizes.pmsg:
        region.pmsg(b"the network is slow\n" * 5)
    region.dump("Oops", LINES)
    region.dump("Panic", PANIC)
    return region


#: (sizes of the writer, sizes given, what the warning names)
OTHER_BUILD = {
    "records twice as large": ((0x20000, 0x20000, 0x20000, 0), (0x40000, 0x20000, 0x20000, 0),
                               "--record-size"),
    "records half as large": ((0x20000, 0x20000, 0x20000, 0), (0x10000, 0x20000, 0x20000, 0),
                              "--record-size"),
    "console twice as large": ((0x20000, 0x20000, 0x20000, 0), (0x20000, 0x40000, 0x20000, 0),
                               "--console-size"),
    "the same with ECC": ((0x20000, 0x20000, 0x20000, 16), (0x20000, 0x40000, 0x20000, 16),
                          "--console-size"),
    "records twice as large, ECC": ((0x20000, 0x20000, 0x20000, 16),
                                    (0x40000, 0x20000, 0x20000, 16), "--record-size"),
    "no pmsg, ECC": ((0x10000, 0x10000, 0, 16), (0x10000, 0x20000, 0, 16), "--console-size"),
    "ECC of another size": ((0x20000, 0x20000, 0x20000, 16), (0x20000, 0x20000, 0x20000, 8),
                            "--ecc-size"),
}


@pytest.mark.parametrize("how", OTHER_BUILD)
def test_sizes_of_another_build(how):
    (record, console, pmsg, ecc), given, names = OTHER_BUILD[how]
    image = crashed(Sizes(0x100000, record, console, 0, pmsg, ecc)).ram
    options = options_of(dict(zip(("record", "console", "pmsg", "ecc"), given)))
    right = decode(image)
    done = decode(image, options)
    assert done.code == 1
    assert f"warning: {names} does not fit: " in done.says
    assert done.region["geometry"]["given"] == "contradicted"
    assert {n: text(r) for n, r in done.records.items()} == {
        n: text(r) for n, r in right.records.items()}
    assert "dmesg-ramoops-1" in done.records and "console-ramoops-0" in done.records
    insisted = decode(image, ["--force-sizes", *options])
    assert insisted.code == 1
    assert "as --force-sizes says" in insisted.says
    assert insisted.region["geometry"]["record_bytes"] == given[0]
    for record in insisted.records.values():
        assert text(record).strip("\0"), record["name"]


def test_a_header_is_not_made_of_zeros():
    """With a console twice as large, its header's parity is the real one's, and its log zeros."""
    image = crashed(Sizes(0x100000, 0x10000, 0x10000, 0, 0, 16)).ram
    options = ["--record-size=64K", "--console-size=128K", "--ecc-size=16"]
    assert "console-ramoops-0" not in decode(image, ["--force-sizes", *options]).records


def tree(tmp_path, properties):
    dts = tmp_path / "board.dts"
    dts.write_text(f"""/dts-v1/;
/ {{ #address-cells = <1>; #size-cells = <1>;
    reserved-memory {{ #address-cells = <1>; #size-cells = <1>; ranges;
        ramoops@90000000 {{ compatible = "ramoops"; {properties} }}; }};
}};
""")
    dtb = tmp_path / "board.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", dtb, dts], check=True)
    return dtb


def test_tree_of_another_build(tmp_path):
    image = crashed(Sizes(0x100000, 0x20000, 0x20000, 0, 0x20000, 0)).ram
    dtb = tree(tmp_path, "reg = <0x90000000 0x100000>; record-size = <0x40000>; "
                         "console-size = <0x20000>; pmsg-size = <0x20000>;")
    done = decode(image, [f"--dtb={dtb}"])
    assert done.code == 1
    assert f"warning: {dtb} does not fit: 3 zone headers outside its zones" in done.says
    assert set(done.records) == {"dmesg-ramoops-0", "dmesg-ramoops-1", "console-ramoops-0",
                                 "pmsg-ramoops-0"}
    forced = decode(image, [f"--dtb={dtb}", "--force-sizes"])
    assert forced.code == 1 and "dmesg-ramoops-1" not in forced.records


@pytest.mark.parametrize("given", [{"record": 0x20000}, {"console": 0x20000}, {"ecc": 16},
                                   {"record": 0x20000, "ecc": 16},
                                   {"pmsg": 0x20000, "ecc": 16}], ids=str)
def test_one_size_completes_the_others(given):
    image = crashed(Sizes(0x100000, 0x20000, 0x20000, 0, 0x20000, 16)).ram
    done = decode(image, options_of(given))
    assert done.code == 0
    assert len(done.records) == 4
    geometry = done.region["geometry"]
    assert [geometry[f"{k}_bytes"] for k in SIZES] == [0x20000, 0x20000, 0, 0x20000, 16]


# ---- Rockchip's layout --------------------------------------------------------------------------

@pytest.mark.parametrize("boot_log", [0, 0x8000])
def test_rockchip(boot_log, tmp_path):
    """Sizes as they are in the node, and perhaps a zone for a boot log before all others."""
    region, record, console, pmsg = 0xe0000, 0x14000, 0x80000, 0x30000
    ram = bytearray(region)
    room = region - console - pmsg - boot_log
    each = room // (room // record)
    places = [Place("boot", 0, 0, boot_log)] if boot_log else []
    places += [Place("dmesg", i, boot_log + i * each, each) for i in range(room // record)]
    places += [Place("console", 0, region - console - pmsg, console),
               Place("pmsg", 0, region - pmsg, pmsg)]
    zones = {}
    for place in places:
        zones[place.kind, place.index] = zone = Zone(ram, place, 0)
        zone.probe(keep=False)
    head = b"====1700000000.000001-D\n"
    panic = b"Panic#1 Part1\n" + b"".join(PANIC)
    zones["dmesg", 0].write(head + panic)
    zones["console", 0].write(b"".join(line[3:] for line in PANIC) * 10)
    zones["pmsg", 0].write(b"hello from user space\n" * 30)
    if boot_log:
        zones["boot", 0].write(b"DRAM: 1 GiB\n" * 40)
    dtb = tree(tmp_path, f"reg = <0x90000000 {region:#x}>; boot-log-size = <0x8000>; "
                         f"boot-log-count = <1>; console-size = <{console:#x}>; "
                         f"pmsg-size = <{pmsg:#x}>; record-size = <{record:#x}>; "
                         "ftrace-size = <0>;")
    done = decode(ram, [f"--dtb={dtb}"])
    assert text(done.records["dmesg-ramoops-0"]) == panic.decode()
    assert set(done.records) == {"dmesg-ramoops-0", "console-ramoops-0", "pmsg-ramoops-0"}
    assert "as Rockchip's kernel lays them out" in done.says
    assert ("boot log of 32768 bytes" in done.says) == (boot_log > 0)


# ---- console or pmsg, pmsg or ftrace ------------------------------------------------------------

#: Logs of a kernel that are the only thing in a region, and the sizes' ECC.
LONE = {
    "without times": [b"Linux version 6.1.1 (a@b) #1\n"] + [b"usb 1-%d: new device\n" % i
                                                            for i in range(40)],
    "panic alone has a kernel's words": [b"usb 1-%d: new device\n" % i for i in range(90)] +
                                        [b"Kernel panic - not syncing: no root\n"],
    "seconds and a CPU": [b"[%8d.%06d,%d] usb 1-1: new device\n" % (i, i, i % 4)
                          for i in range(40)],
    "an at sign": [b"[%5d.%06d@%d] usb 1-1: new device\n" % (i, i, i % 4) for i in range(40)],
    "levels": [b"<6>[%5d.%06d,0] usb 1-1: new device\n" % (i, i) for i in range(40)],
    "nothing but text": [b"something happened to number %d\n" % i for i in range(40)],
}


@pytest.mark.parametrize("ecc", [0, 16])
@pytest.mark.parametrize("records", [True, False])
@pytest.mark.parametrize("log", LONE)
def test_a_lone_zone_is_the_console(log, records, ecc):
    sizes = Sizes(0x20000 if records else 0x8000, 0x8000 if records else 0, 0x8000, 0, 0, ecc)
    region = Region(sizes).boot(Kernel((6, 1, 100)))
    for line in LONE[log]:
        region.console(line)
    done = decode(region.ram)
    assert list(done.records) == ["console-ramoops-0"]
    assert text(done.records["console-ramoops-0"]) == b"".join(LONE[log]).decode()


def traced(version, sizes, logd):
    region = Region(sizes).boot(Kernel(version))
    for line in LINES:
        region.console(line[3:])
    for i in range(40):
        region.pmsg(logd_frame(b"tag", b"message %d" % i) if logd else b"message %d\n" % i)
    for i in range(60):
        region.trace(0, 0xffff800010001000 + i * 16, 0xffff800010002000 + i * 4)
    return region


def spoil(region, kinds, rng):
    """Header and its parity are noise."""
    for (kind, _), zone in region.zones.items():
        if kind in kinds:
            at = zone.data + zone.cap + zone.blocks * zone.ecc
            region.ram[zone.place.off:zone.data] = rng.randbytes(12)
            region.ram[at:at + zone.ecc] = rng.randbytes(zone.ecc)


@pytest.mark.parametrize("version", [(6, 1, 192), (6, 12, 0)])
@pytest.mark.parametrize("ecc", [0, 16])
@pytest.mark.parametrize("ftrace, pmsg", [(0x1000, 0x1000), (0x2000, 0x1000)])
@pytest.mark.parametrize("lost", [("ftrace",), ("ftrace", "pmsg")], ids=" ".join)
@pytest.mark.parametrize("logd", [False, True])
def test_order_without_the_ftrace_signature(version, ecc, ftrace, pmsg, lost, logd):
    sizes = Sizes(0x20000, 0x4000, 0x4000, ftrace, pmsg, ecc)
    region = traced(version, sizes, logd)
    spoil(region, lost, random.Random(f"{version} {ecc} {ftrace} {lost}"))
    done = decode(region.ram, options_of({k: getattr(sizes, k) for k in SIZES}))
    found = {z["kind"]: z["offset"] for z in done.region["zones"] if z["index"] == 0}
    want = {kind: zone.place.off for (kind, i), zone in region.zones.items() if i == 0}
    assert found == want
    assert done.region["era"]["evidence"] in ("signatures", "content")
    assert done.code == 1  # ftrace is lost, and perhaps pmsg: not in silence
    assert "has lost its header" in done.says or "ftrace-ramoops-0" in done.records
    if "pmsg" not in lost:
        assert text(done.records["pmsg-ramoops-0"])


def test_both_names_where_nothing_says():
    sizes = Sizes(0x20000, 0x4000, 0x4000, 0x1000, 0x1000, 0)
    region = traced((6, 1, 192), sizes, False)
    rng = random.Random(7)
    for kind in ("pmsg", "ftrace"):
        place = region.zone(kind).place
        region.ram[place.off:place.off + place.bytes] = rng.randbytes(place.bytes)
    done = decode(region.ram, options_of({k: getattr(sizes, k) for k in SIZES}))
    assert done.code == 1
    assert done.region["era"]["evidence"] == "assumed"
    assert {(z["kind"], z["other"]) for z in done.region["era"]["or"]["zones"]} == {
        ("pmsg", "ftrace"), ("ftrace", "pmsg")}


# ---- which kernels ------------------------------------------------------------------------------

#: The kernels that a region's bytes allow: (writer, sizes) and what is said.
KERNELS = {
    "no ftrace, divides": ((5, 10, 1), (0x20000, 0x4000, 0x4000, 0, 0, 0), "3.10 and later"),
    "no ftrace, larger records": ((5, 10, 1), (0x20000, 0x4000, 0x2000, 0, 0, 0),
                                  "4.10 and later"),
    "exact records": ((4, 4, 0), (0x20000, 0x4000, 0x2000, 0, 0, 16), "3.10 to 4.9"),
    "ftrace says": ((6, 12, 0), (0x20000, 0x4000, 0x2000, 0x1000, 0x1000, 0), "6.6 and later"),
    "ftrace of 6.3 says": ((6, 3, 0), (0x20000, 0x4000, 0x2000, 0x1000, 0x1000, 0), "6.2 to 6.5"),
}


@pytest.mark.parametrize("how", KERNELS)
def test_kernels_as_far_as_evidence_goes(how):
    version, sizes, want = KERNELS[how]
    region = Region(Sizes(*sizes)).boot(Kernel(version))
    for line in LINES:
        region.console(line[3:])
    region.dump("Panic", PANIC)
    for options in ([], options_of(dict(zip(SIZES, sizes[1:])))):
        assert decode(region.ram, options).region["era"]["kernels"] == want


# ---- an input that was cut ----------------------------------------------------------------------

@pytest.mark.parametrize("ecc", [0, 16])
@pytest.mark.parametrize("sizes", ["given", "found"])
@pytest.mark.parametrize("version", [(4, 4, 0), (6, 12, 0)])
def test_cut_input(version, sizes, ecc):
    """Cut at any byte but a zone's end: exit code 1, and no zone that begins where none does."""
    shape = Sizes(0x40000, 0x4000, 0x4000, 0x2000, 0x2000, ecc)
    region = traced(version, shape, False)
    region.dump("Oops", LINES)
    region.dump("Panic", PANIC)
    image = bytes(region.ram)
    options = [] if sizes == "found" else options_of({k: getattr(shape, k) for k in SIZES})
    starts = {zone.place.off for zone in region.zones.values()}
    rng = random.Random(f"{version} {sizes} {ecc}")
    tried = 0
    for length in [rng.randrange(0x5000, len(image) - 1) for _ in range(24)]:
        if length % 1024 == 0 or length in starts:
            continue
        done = decode(image[:length], options)
        assert done.code == 1, hex(length)
        there = {z["offset"] for z in done.region["zones"] if z["offset"] + 12 <= length}
        assert there <= starts, hex(length)
        tried += 1
    assert tried >= 20

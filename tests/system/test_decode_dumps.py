# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon decode` on dumps of memory: regions anywhere in them, and input that ends too early."""
import gzip
import lzma
import os
import re
import subprocess

import pytest

from omlab import crashes, ramoops
from decoding import (MIB, MEMORY_MIB, SECONDS, ODD, BASE, FULL, PERCPU, region, sizes, oopsmon,
                      records, files, golden, FORMS, measure, sparse, repeated, one_zone)


@pytest.mark.parametrize("how", ["file", "pipe", "xz", "gzip"])
def test_region_in_a_large_dump(how, tmp_path):
    data = region(FULL)
    if how in ("file", "pipe"):
        path = sparse(tmp_path / "dump", 1536 * MIB, {ODD: data})
        want = ODD
    else:
        pack = {"xz": lambda d: lzma.compress(d, preset=0), "gzip": lambda d: gzip.compress(d, 1)}
        path = tmp_path / "dump"
        path.write_bytes(repeated(pack[how], 32 * MIB, 46, data))
        want = 23 * 32 * MIB + ODD % (32 * MIB)
    options = ["decode", "-o", tmp_path / "out"]
    if how == "pipe":
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            code, out, mib, seconds = measure([*options, "-"], cat.stdout)
            cat.stdout.close()
    else:
        code, out, mib, seconds = measure([*options, path])
    assert code == 0, out
    assert f"at {want:#x} of" in out
    assert mib < MEMORY_MIB
    assert seconds < SECONDS
    assert set(crashes.files(tmp_path / "out")) == set(golden(FULL))


@pytest.mark.parametrize("options", [[], ["--record-size=64K", "--ecc-size=16"],
                                     ["--record-size=8K"], ["--record-size=512M"],
                                     ["--console-size=512M"],
                                     ["--console-size=256M", "--pmsg-size=256M", "--ecc-size=16"],
                                     ["--record-size=64K", "--ftrace-size=64M", "--per-cpu=8"]],
                         ids=" ".join)
@pytest.mark.parametrize("how", ["file", "pipe"])
def test_a_gigabyte_of_nothing(options, how, tmp_path):
    path = sparse(tmp_path / "dump", 1024 * MIB, {})
    if how == "pipe":
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            code, out, mib, seconds = measure(["decode", *options, "-"], cat.stdout)
            cat.stdout.close()
    else:
        code, out, mib, seconds = measure(["decode", *options, path])
    assert code == (0 if options else 2)
    assert ("no records" if options else "no ramoops region") in out
    assert mib < MEMORY_MIB
    assert seconds < SECONDS


def test_a_few_records_in_a_gigabyte(tmp_path):
    """Zones far apart are read where they lie, with nothing but zeros between them."""
    text = b"====1700000000.123456-D\n" + b"Panic#1 Part1\n" + b"<6>[    1.000000] a line\n" * 40
    head = b"DBGC" + 2 * len(text).to_bytes(4, "little")
    places = {0: head + text, 8000 << 16: head + text, 16383 << 16: head + text}
    path = sparse(tmp_path / "dump", 1024 * MIB, places)
    code, out, mib, _ = measure(["decode", "--record-size=64K", "-o", tmp_path / "out", path])
    assert code in (0, 1), out
    assert mib < MEMORY_MIB
    want = text.split(b"\n", 1)[1]
    assert {name: data for name, data in crashes.files(tmp_path / "out").items()} == {
        f"dmesg-ramoops-{i}": want for i in (0, 8000, 16383)}


def test_headers_by_chance_do_not_hide_a_region(tmp_path):
    """Lone words like a zone's header all over a dump, as kernels' own code has them."""
    stray = b"DBGC" + (100).to_bytes(4, "little") * 2
    parts = {at * MIB + 77: stray for at in range(0, 200, 9)}
    path = sparse(tmp_path / "dump", 200 * MIB, {**parts, 0x3456789: region(FULL)})
    code, out, mib, _ = measure(["decode", "-o", tmp_path / "out", path])
    assert "at 0x3456789 of" in out
    assert set(golden(FULL)) <= {name.split("/")[-1] for name in files(tmp_path / "out")}
    assert mib < MEMORY_MIB


def test_two_regions_in_one_dump(tmp_path):
    path = sparse(tmp_path / "dump", 64 * MIB, {0x100001: region(FULL), 0x2000003: region(BASE)})
    code, out, err = oopsmon("decode", path, "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    folders = crashes.folders(tmp_path / "out")
    assert all(re.fullmatch("panic-[0-9a-f]{8}", folder.name) for folder in folders)
    assert sorted(sorted(files(folder)) for folder in folders) == sorted(
        sorted(golden(name)) for name in (FULL, BASE))
    assert out.count(b"\nrecord ") == 2
    assert b"region 0: 2097152 bytes at 0x100001 of" in out
    assert b"region 1: 16384 bytes at 0x2000003 of" in out


def test_region_across_the_windows_seams(tmp_path):
    """Regions where one reading ends and the next begins: at every megabyte, off by a few bytes."""
    for off in (MIB - 5, 32 * MIB - 3, 28 * MIB - 11, 31 * MIB + 1):
        path = sparse(tmp_path / "dump", 80 * MIB, {off: region(BASE)})
        code, out, _ = oopsmon("decode", path)
        assert code == 0
        assert f"at {off:#x} of".encode() in out, off
        assert len(records(out)) == 5


@pytest.mark.parametrize("cut", range(1, 12))
def test_only_header_lies_across_a_seam(cut, tmp_path):
    """The one header there is, cut in two by the end of a reading."""
    record = b"====1700000000.000007-D\nPanic#1 Part1\n" + b"<6>[    1.000000] hello\n" * 40
    path = sparse(tmp_path / "dump", 5 * MIB, {3 * MIB - cut: one_zone(record)})
    code, out, _ = oopsmon("decode", path)
    assert f"at {3 * MIB - cut:#x} of".encode() in out
    assert records(out)["dmesg-ramoops-0"][1] == "Panic#1"


def test_first_header_is_lost():
    """A file that is the region stays one when its first zone's header is gone."""
    code, out, _ = oopsmon("decode", "-", input=b"\xff" * 12 + region(BASE)[12:])
    assert code == 1
    assert b"region 0: 16384 bytes at 0x0 of" in out
    assert len(records(out)) == 5


# ---- input that ends too early --------------------------------------------------------------

@pytest.mark.parametrize("form, says", [
    ("xz", "the xz file is cut off"),
    ("gzip", "the gzip file is cut off"),
])
def test_packed_input_is_cut(form, says, tmp_path):
    data = FORMS[form](region(FULL) + os.urandom(300000))
    code, out, err = oopsmon("decode", "--region-size=2M", *sizes(FULL), "-", input=data[:-200000])
    assert code == 0, "all of the region came"
    code, out, err = oopsmon("decode", "-", input=data[:-200000])
    assert code == 1
    assert says in err and "decoded is what came before" in err
    assert set(records(out)) == set(golden(FULL))


@pytest.mark.parametrize("form", ["xz", "gzip"])
def test_packed_input_is_damaged(form):
    data = bytearray(FORMS[form](region(FULL) + os.urandom(300000)))
    data[-150000:-149000] = bytes(1000)
    code, out, err = oopsmon("decode", "-", input=bytes(data))
    # gzip has no checksum before its end: what was packed may come out wrong instead
    assert code == 1
    assert "damaged" in err or "cut off" in err
    assert set(records(out)) == set(golden(FULL))


@pytest.mark.parametrize("data", [b"\xfd7zXZ\0" + bytes(30), b"\x1f\x8b\x08" + bytes(3)])
def test_nothing_can_be_unpacked(data):
    code, out, err = oopsmon("decode", "-", input=data)
    assert code == 2
    assert re.search("(xz|gzip) file is (cut off|damaged)", err)


@pytest.mark.parametrize("bytes_left", [0x3fff, 0x3000, 0x2000])
@pytest.mark.parametrize("how", ["file", "pipe"])
@pytest.mark.parametrize("size_known", [True, False])
def test_region_is_cut_at_its_end(bytes_left, how, size_known, tmp_path):
    """What is there is decoded, and the cut is said aloud."""
    data = region(BASE)[:bytes_left]
    path = tmp_path / "region"
    path.write_bytes(data)
    options = sizes(BASE) + (["--region-size=0x4000"] if size_known else [])
    code, out, err = (oopsmon("decode", *options, path) if how == "file" else
                      oopsmon("decode", *options, "-", input=data))
    assert code == 1
    assert f"ends {0x4000 - bytes_left} bytes before the region does" in err
    assert f"last {0x4000 - bytes_left} bytes are not in the input".encode() in out
    assert records(out)["dmesg-ramoops-0"][0] == "intact"


def test_zeros_for_lost_bytes_are_never_taken_for_text():
    """No ECC here: a record with bytes that are not in the input is salvaged, the others are not."""
    data = region(PERCPU)
    code, out, _ = oopsmon("decode", *sizes(PERCPU), "--region-size=1M", "-", input=data[:-9000])
    quality = {name: row[0] for name, row in records(out).items()}
    assert code == 1
    assert quality.pop("ftrace-ramoops-0") == "salvaged"
    assert set(quality.values()) == {"unchecked"}
    zone = one_zone(b"user text\n" * 300)
    for there, want in ((2000, "salvaged"), (3011, "salvaged"), (3012, "unchecked")):
        _, out, _ = oopsmon("decode", "--pmsg-size=4K", "--region-size=4K", "-", input=zone[:there])
        assert records(out)["pmsg-ramoops-0"][0] == want, there


@pytest.mark.parametrize("bytes_left, whole", [
    (0x3fff, ["dmesg-ramoops-0", "dmesg-ramoops-1", "console-ramoops-0", "ftrace-ramoops-0"]),
    (12000, ["dmesg-ramoops-0", "dmesg-ramoops-1"]),
])
def test_cut_region_is_found(bytes_left, whole):
    """Without sizes as well: the zone that the cut went through is there, and never intact."""
    code, out, err = oopsmon("decode", "-", input=region(BASE)[:bytes_left])
    rows = records(out)
    assert code == 1
    assert "bytes before the region does" in err
    assert [name for name, row in rows.items() if row[0] == "intact"] == whole
    assert len(rows) == len(whole) + 1


#: A recorded region, bytes of it up to the end of a zone, and whether a log in them says how long it is.
SAYS = [("a61-reboot", 238 * 0x2000 + 0x20000, True), ("a61-reboot", 0x1fe000, True),
        ("a61-reboot", 2 << 20, False), ("a61-twocrashes", 0x1fe000, True),
        ("a61-twocrashes", 238 * 0x2000, True), ("a61-twocrashes", 2 << 20, False)]


@pytest.mark.parametrize("name, there, is_said", SAYS, ids=[f"{row[0]}-{row[1]:#x}" for row in SAYS])
def test_cut_at_the_end_of_a_zone(name, there, is_said):
    """That looks like a smaller region; the kernel's own line on the region's size tells."""
    code, out, err = oopsmon("decode", "-", input=region(name)[:there])
    words = f"the kernel's log says that the region has 2097152 bytes, and the input ends after {there} of them"
    assert (words in err) == is_said, err
    assert code == int(is_said)
    assert records(out)


def test_a_region_amid_a_dump_is_not_called_cut():
    """More follows, so that its length was found and is not the input's end."""
    code, _, err = oopsmon("decode", "-", input=region("a61-reboot") + bytes(1 << 20))
    assert code == 0 and "it was cut" not in err

# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon decode` and `oopsmon erase` as programs: every form of input, every option, every
exit code, and input that means harm. What the records are is tested in tests/golden.
"""
import csv
import gzip
import json
import lzma
import os
import pathlib
import pty
import random
import re
import subprocess
import sys
import zlib

import pytest

from omlab import crashes, drivers, ramoops

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"
REGIONS = ROOT / "tests" / "data" / "regions"
INDEX = {row["name"]: row for row in csv.DictReader(open(REGIONS / "index.tsv"), delimiter="\t")}

MIB = 1 << 20
MEMORY_MIB = 64      #: whatever the input is
SECONDS = 240        #: of CPU, though a few are enough: only work without end takes so long
ODD = 0x12345677     #: where regions lie in RAM dumps
BASE, FULL, PERCPU = "base-a32-ecc16", "a61-full-ecc16", "f61a64-percpu-ecc0"


def region(name):
    return lzma.open(REGIONS / name / "region.bin.xz").read()


def sizes(name):
    row = INDEX[name]
    options = [f"--{k}-size={row[k]}" for k in ("record", "console", "ftrace", "pmsg", "ecc")]
    return options + (["--flags=1", f"--cpus={row['per_cpu']}"] if row["per_cpu"] != "-" else [])


def oopsmon(*arguments, **how):
    """Run the program; (exit code, standard output, standard error)."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, **how)
    return done.returncode, done.stdout, done.stderr.decode()


def records(out):
    """The table's rows: {name: [quality, reason, ...]}."""
    rows = {}
    for line in out.decode().splitlines():
        if re.match(r"\w+-ramoops-\d", line):
            name, *rest = re.split(r" {2,}", line)
            rows[name] = rest
    return rows


def files(folder):
    """{"panic-8badf00d/dmesg-ramoops-0": bytes}"""
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def golden(name):
    return {path.stem: lzma.open(path).read() for path in (REGIONS / name / "golden").glob("*.xz")}


# ---- forms of input -------------------------------------------------------------------------

FORMS = {
    "plain": lambda data: data,
    "xz": lambda data: lzma.compress(data, preset=0),
    "two xz streams": lambda data: lzma.compress(data[:5000], preset=0) +
                                   lzma.compress(data[5000:], preset=0),
    "gzip": lambda data: gzip.compress(data, 1),
    "two gzip members": lambda data: gzip.compress(data[:5000], 1) + gzip.compress(data[5000:], 1),
    "gzip and padding": lambda data: gzip.compress(data, 1) + bytes(512),
}


@pytest.mark.parametrize("how", ["file", "pipe", "redirected"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sized", [True, False], ids=["sizes", "found"])
def test_every_form_gives_the_same_files(form, how, sized, tmp_path):
    data = FORMS[form](region(FULL))
    path = tmp_path / "input"
    path.write_bytes(data)
    options = [*(sizes(FULL) if sized else []), "-o", tmp_path / "out"]
    if how == "file":
        code, out, err = oopsmon("decode", *options, path)
    elif how == "pipe":
        code, out, err = oopsmon("decode", *options, "-", input=data)
    else:
        with open(path, "rb") as stdin:
            code, out, err = oopsmon("decode", *options, "-", stdin=stdin)
    assert (code, err) == (0, "")
    ours = crashes.files(tmp_path / "out")
    assert set(ours) == set(records(out)) == set(golden(FULL))
    assert ours["dmesg-ramoops-0"].startswith(b"Panic#1 Part1\n")


def test_rest_of_a_redirected_file(tmp_path):
    """Somebody else has read the first bytes: what is left is the input."""
    path = tmp_path / "input"
    path.write_bytes(bytes(100) + region(BASE))
    with open(path, "rb") as stdin:
        os.lseek(stdin.fileno(), 100, os.SEEK_SET)
        code, out, _ = oopsmon("decode", *sizes(BASE), "-", stdin=stdin)
    assert code == 0
    assert len(records(out)) == 5


# ---- where the region is --------------------------------------------------------------------

#: A dump of 0x40000000.. with the region at 0x40030000 and other things around it.
PLACES = {
    "offset": ["--offset=0x30000"],
    "offset and size": ["--offset=192K", "--region-size=0x4000"],
    "addresses": ["--dump-base=0x40000000", "--base=0x40030000", "--region-size=16K"],
}


@pytest.mark.parametrize("how", ["file", "pipe"])
@pytest.mark.parametrize("place", PLACES)
def test_place_given(place, how, tmp_path):
    data = bytes(0x30000) + region(BASE) + (b"\xff" * 0x5000 if place != "offset" else b"")
    path = tmp_path / "dump"
    path.write_bytes(data)
    arguments = ["decode", *PLACES[place], *sizes(BASE)]
    code, out, err = (oopsmon(*arguments, path) if how == "file" else
                      oopsmon(*arguments, "-", input=data))
    assert (code, err) == (0, "")
    assert len(records(out)) == 5
    assert b"at 0x30000 of" in out
    assert (b"physical 0x40030000" in out) == (place == "addresses")


def test_the_options_it_names_decode_the_same(tmp_path):
    path = tmp_path / "dump"
    path.write_bytes(bytes(12345) + region(PERCPU))
    code, out, _ = oopsmon("decode", path, "-o", tmp_path / "a")
    options = re.search(rb"same as +(.*)", out)[1].decode().split()
    assert "--offset=0x3039" in options and "--cpus=4" in options
    again, out, err = oopsmon("decode", *options, path, "-o", tmp_path / "b")
    assert (code, again, err) == (0, 0, "")
    assert files(tmp_path / "a") == files(tmp_path / "b") != {}


def compile_dts(text, out):
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(out)], input=text.encode(),
                   check=True, timeout=60)
    return out


SIZES_32 = """record-size = <0x1000>; console-size = <0x1000>; ftrace-size = <0x400>;
              pmsg-size = <0x800>; ecc-size = <16>;"""
SIZES_64 = re.sub(r"<(\w+)>", r"<0 \1>", SIZES_32)
RESERVED = """/dts-v1/; / {{ #address-cells = <2>; #size-cells = <2>;
    memory@40000000 {{ device_type = "memory"; reg = <0 0x40000000 0 0x10000000>; }};
    reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges;
        ramoops@{at} {{ compatible = "ramoops"; reg = <0 0x{at} 0 {bytes}>; {sizes} }}; }}; }};"""
IN_ROOT = """/dts-v1/; / {{ #address-cells = <1>; #size-cells = <1>;
    ramoops@{at} {{ compatible = "ramoops"; reg = <0x{at} {bytes}>; {sizes} }}; }};"""


@pytest.mark.parametrize("tree", [RESERVED, IN_ROOT], ids=["reserved-memory", "root"])
@pytest.mark.parametrize("numbers", [SIZES_32, SIZES_64], ids=["32 bits", "64 bits"])
def test_device_tree(tree, numbers, tmp_path):
    dtb = compile_dts(tree.format(at="40030000", bytes="0x4000", sizes=numbers), tmp_path / "dtb")
    code, out, err = oopsmon("decode", f"--dtb={dtb}", "-", input=region(BASE))
    assert (code, err, len(records(out))) == (0, "", 5)
    assert b"physical 0x40030000" in out

    dump = bytes(0x30000) + region(BASE) + bytes(100)
    code, out, err = oopsmon("decode", f"--dtb={dtb}", "--dump-base=0x40000000", "-", input=dump)
    assert (code, err, len(records(out))) == (0, "", 5)


def test_options_count_more_than_the_tree(tmp_path):
    wrong = SIZES_32.replace("0x1000", "0x2000")
    dtb = compile_dts(RESERVED.format(at="40030000", bytes="0x4000", sizes=wrong), tmp_path / "dtb")
    code, out, _ = oopsmon("decode", f"--dtb={dtb}", *sizes(BASE), "-", input=region(BASE))
    assert (code, len(records(out))) == (0, 5)


#: In place of /dev/mem: a file that claims to be a device, whose read() fails as that of
#: memory without a kernel mapping does; or mmap() as well, as STRICT_DEVMEM has it.
DEV_MEM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
static int mem = -1;
int open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    if (strcmp(path, "/dev/mem"))
        return next(path, flags, 0666);
    return mem = next(getenv("MEM"), flags);
}
int fstat(int fd, struct stat *st)
{
    int (*next)(int, struct stat *) = dlsym(RTLD_NEXT, "fstat");
    int ret = next(fd, st);
    if (fd == mem)
        st->st_mode = (st->st_mode & ~S_IFMT) | S_IFCHR;
    return ret;
}
ssize_t read(int fd, void *to, size_t n)
{
    ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
    if (fd != mem || strcmp(getenv("HOW"), "read") == 0)
        return next(fd, to, n);
    errno = strcmp(getenv("HOW"), "mmap") ? EPERM : EFAULT;
    return -1;
}
void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
    void *(*next)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");
    if (fd != mem || fd < 0 || strcmp(getenv("HOW"), "mmap") == 0)
        return next(at, n, prot, flags, fd, off);
    errno = EPERM;
    return MAP_FAILED;
}
"""


@pytest.mark.parametrize("how", ["read", "mmap", "neither"])
@pytest.mark.parametrize("sized", [True, False], ids=["sizes", "found"])
def test_dev_mem(how, sized, tmp_path):
    memory = sparse(tmp_path / "memory", 3 * 1024 * MIB, {0x9fc00800: region(FULL)})
    (tmp_path / "shim.c").write_text(DEV_MEM)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", tmp_path / "shim.so", tmp_path / "shim.c",
                    "-ldl"], check=True, timeout=60)
    code, out, err = oopsmon("decode", "--base=0x9fc00800", "--region-size=2M",
                             *(sizes(FULL) if sized else []), "/dev/mem",
                             env={"LD_PRELOAD": str(tmp_path / "shim.so"), "MEM": str(memory),
                                  "HOW": how})
    if how == "neither":
        assert (code, out) == (2, b"")
        assert "/dev/mem: the kernel keeps this memory from being read" in err
        assert "iomem=relaxed" in err
    else:
        assert (code, err) == (0, "")
        assert b"physical 0x9fc00800" in out
        assert set(records(out)) == set(golden(FULL))


# ---- RAM dumps ------------------------------------------------------------------------------

def measure(arguments, stdin=None):
    """(exit code, output, MiB of memory, seconds of CPU); a small process in between starts the program,
    as a forked child begins with its parent's memory."""
    code = ("import resource, subprocess, sys, json\n"
            "done = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.PIPE,"
            " stderr=subprocess.STDOUT)\n"
            "use = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
            "print(json.dumps([done.returncode, done.stdout.decode(), use.ru_maxrss / 1024,"
            " use.ru_utime + use.ru_stime]))")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, PROGRAM, *map(str, arguments)],
                          stdin=stdin, stdout=subprocess.PIPE, timeout=900, check=True)
    return json.loads(done.stdout)


def sparse(path, bytes, parts):
    with open(path, "wb") as f:
        f.truncate(bytes)
        for off, data in parts.items():
            f.seek(off)
            f.write(data)
    return path


def repeated(pack, zeros, count, data):
    """A packed file of @count times @zeros zeros with @data in between, made in no time."""
    part = pack(bytes(zeros))
    return part * (count // 2) + pack(bytes(ODD % zeros) + data) + part * (count - count // 2)


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


def one_zone(text, zone_bytes=4096):
    """A region that is a single zone without ECC."""
    return (b"DBGC" + len(text).to_bytes(4, "little") * 2 + text).ljust(zone_bytes, b"\0")


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


# ---- output ---------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [n for n in INDEX if INDEX[n]["ecc"] not in ("0", "0x0")])
def test_linux_notices(name, tmp_path):
    """With Linux's ECC notice the files are Linux's to the last byte."""
    old = name.startswith(("d510", "k510"))
    oopsmon("decode", *sizes(name), f"--linux-notices={'old' if old else 'new'}", "-o", tmp_path, "-",
            input=region(name))
    same = 0
    for file, text in golden(name).items():
        if file.startswith("ftrace"):  # Linux's own text is out of step under ECC
            continue
        names = (file, file + ".enc.z", file.removesuffix(".enc.z"))
        folder = crashes.only(tmp_path)
        ours = next(folder / n for n in names if (folder / n).exists())
        tail = re.search(rb"\n(ECC: )?(\d+ Corrected bytes, \d+ unrecoverable blocks|"
                         rb"No errors detected)\n\Z", text)
        if ours.read_bytes() == text:
            same += 1
        else:  # records that Linux reads worse than we do, tests/golden says which
            assert name.startswith(("x-", "k510-842", "k510-tiny")), file
            assert ours.read_bytes().endswith(tail[0]), file
    if not name.startswith(("x-", "junk")):
        assert same > 0


def test_notice_in_the_words_of_the_writer(tmp_path):
    """6.1 and 5.10 wrote these, as their ftrace zone or their own log says."""
    for name, says in ((FULL, b"\nECC: No errors detected\n"),
                       ("d510-oopses", b"\n\nNo errors detected\n")):
        oopsmon("decode", "--linux-notices", "-o", tmp_path / name, *sizes(name), "-", input=region(name))
        assert crashes.files(tmp_path / name)["dmesg-ramoops-0"].endswith(says)
    oopsmon("decode", "--linux-notices", "-o", tmp_path / "no", *sizes(PERCPU), "-",
            input=region(PERCPU))
    assert b"errors detected" not in crashes.files(tmp_path / "no")["dmesg-ramoops-0"]


def test_symbols_from_system_map(tmp_path):
    """A System.map made from Linux's own text gives that text back, sizes of functions aside, and
    where a function returns to the end of another."""
    want = golden(PERCPU)["ftrace-ramoops-0"].decode()
    places = {}
    for ip, parent, name, at, off in re.findall(
            r"CPU:\d+ ts:\d+ (\w+)  (\w+)  (\S+) <- ([^+]+)\+0x(\w+)", want):
        places[at] = int(parent, 16) - int(off, 16)
        places.setdefault(name, int(ip, 16))  # a few bytes into the function
    # what else its log names, each with its length, after all of that
    rows, end = [(at, name) for name, at in places.items()], max(places.values()) + (1 << 20)
    dumps = b"".join(text for file, text in golden(PERCPU).items() if not file.startswith(("ftrace", "pmsg")))
    named = {name: int(size, 16) for name, size in re.findall(r"([\w.$]+)\+0x\w+/0x(\w+)(?! \[)", dumps.decode("latin-1"))}
    assert len(named) > 10
    for name, size in named.items():
        rows += [(end, name), (end + size, f"after_{name}")]
        end += 2 * size
    path = tmp_path / "System.map"
    path.write_text("".join(f"{at:016x} T {name}\n" for at, name in rows))
    code, _, err = oopsmon("decode", *sizes(PERCPU), f"--system-map={path}", "-o", tmp_path / "out",
                           "-", input=region(PERCPU))
    assert (code, err) == (0, "")
    ours = crashes.files(tmp_path / "out")["ftrace-ramoops-0"].decode()
    # sysrq_handle_crash() ends with the call of panic(): Linux names the function after it
    late = " panic <- sysrq_reset_seq_param_set+0x0\n"
    assert want.count(re.sub("\n", "/", late)) == 1
    want = re.sub(r"/0x\w+", "", want).replace(late, " panic <- sysrq_handle_crash+0x18\n")
    assert ours.splitlines() == want.splitlines()


def test_text_is_quoted_and_named(tmp_path):
    path = tmp_path / "System.map"
    path.write_text("c0100000 T panic_here\nc0100040 T next\nc0200000 T elsewhere\nc0200010 T last\n")
    text = b"Panic#1 Part1\n<0>[    1.000000] \x1b[2J[<c0100010>] from [<c0200004>]\n"
    code, out, _ = oopsmon("decode", "--record-size=4096", "--text", f"--system-map={path}", "-",
                           input=one_zone(b"====1700000000.000007-D\n" + text))
    assert code == 0
    assert b"\x1b" not in out
    assert b"| <0>[    1.000000] \\x1b[2J[<c0100010>] from [<c0200004>]\n" in out
    assert b"\n= panic_here+0x10/0x40, elsewhere+0x4/0x10\n" in out


def test_text_of_every_kind_is_quoted():
    code, out, _ = oopsmon("decode", *sizes(FULL), "--text", "-", input=region(FULL))
    assert code == 0
    assert out.count(b"\n| Panic#1 Part1\n") == 1
    code, out, _ = oopsmon("decode", *sizes(PERCPU), "--text", "-", input=region(PERCPU))
    assert len(re.findall(rb"^\| CPU:\d+ ts:\d+ ", out, re.M)) == 336


def test_headline_in_the_table():
    _, out, _ = oopsmon("decode", *sizes(FULL), "-", input=region(FULL))
    assert b"\n    Kernel panic - not syncing: sysrq triggered crash\n" in out


def test_names_cannot_move_the_cursor(tmp_path):
    path = tmp_path / "a\x1b[2Jb"
    path.write_bytes(region(BASE))
    _, out, _ = oopsmon("decode", *sizes(BASE), path)
    assert b"\x1b" not in out and rb"\x1b[2Jb" in out


def test_no_byte_of_a_record_reaches_the_terminal_raw():
    """All bytes there are in the first line, in the headline and after it."""
    evil = bytes(range(128, 256)) + bytes(b for b in range(1, 32) if b != 10)
    text = (b"Panic#1 Part1\n<0>[    1.000000] Kernel panic - not syncing: " + evil + b"\n")
    data = one_zone(b"====1700000000.000007-D\n" + text)
    for more in ([], ["--text"]):
        _, out, _ = oopsmon("decode", "--record-size=4096", *more, "-", input=data)
        assert b"Kernel panic - not syncing: " in out
        assert set(out) <= set(range(32, 127)) | {9, 10}


def test_joined_crashes(tmp_path):
    name = "d510-oopses"
    code, out, _ = oopsmon("decode", *sizes(name), "--join", "-o", tmp_path, "-", input=region(name))
    assert code == 0
    folder = crashes.only(tmp_path)
    named = re.findall(rb"^crash (\d+): (.*)$", out, re.M)
    assert [int(number) for number, _ in named] == list(range(len(named))) != []
    listed = [record for _, names in named for record in names.decode().split(", ")]
    assert sorted(listed) == sorted(records(out))
    for number, names in named:
        log = (folder / f"crash-{int(number)}.log").read_bytes()
        last = names.decode().split(", ")[-1]
        assert log.endswith((folder / last).read_bytes()[-2000:])
        assert log.startswith((folder / names.decode().split(", ")[0]).read_bytes()[:2000])
    newest = (folder / "crash-0.log").read_bytes()
    assert b"Kernel panic - not syncing" in newest


PACKED_LINES = [b"<6>[%5d.%06d] line %d of a log that packs well: %s\n" % (n, n, n, b"abc " * 20)
                for n in range(12000)]
PACKED_PANIC = b"<0>[12000.000001] Kernel panic - not syncing: the newest line\n"


@pytest.mark.parametrize("version", [(4, 9, 80), (6, 6, 1)], ids=["zlib", "deflate"])
@pytest.mark.parametrize("ecc", [0, 16])
@pytest.mark.parametrize("factor", [5, 12])
def test_packed_text_is_longer_than_its_room(version, ecc, factor, tmp_path):
    """Its first line and its newest part, with the crash, and it is called cut."""
    sizes = ramoops.Sizes(256 << 10, 64 << 10, 64 << 10, 0, 0, ecc, False)
    region = ramoops.Region(sizes).boot(ramoops.Kernel(version))
    text = region.dump("Panic", [*PACKED_LINES, PACKED_PANIC], most=factor * (64 << 10)).text
    assert len(text) > 4 * (64 << 10)
    code, out, _ = oopsmon("decode", "--record-size=64K", "--console-size=64K", f"--ecc-size={ecc}", "--json",
                           "-o", tmp_path / "json", "-", input=bytes(region.ram))
    (record,) = json.loads(out)["regions"][0]["records"]
    assert code == 1
    assert (record["quality"], record["notes"]) == ("salvaged", ["output-cut"])
    assert "the newest line" in record["crash"]["title"]
    got = (crashes.only(tmp_path / "json") / "dmesg-ramoops-0").read_bytes()
    title, rest = got.split(b"\n", 1)
    assert title == b"Panic#1 Part1"
    assert text.endswith(rest) and 3 * (64 << 10) - (64 << 10) // 2 < len(rest) < 4 * (64 << 10)
    (hole,) = record["holes"]  # what is left of the line that the cut runs through
    assert hole["offset"] == len(title) + 1 and hole["bytes"] < len(PACKED_LINES[-1])
    _, out, _ = oopsmon("decode", "--record-size=64K", "--console-size=64K", f"--ecc-size={ecc}", "-",
                        input=bytes(region.ram))
    assert b"longer than there is room for" in out and b"the newest line" in out


def android(entries, log_id=0):
    """What Android's liblog writes to /dev/pmsg0; entries of log 2, events, are binary: no tag."""
    out = b""
    for tag, message in entries:
        payload = b"\x04" + tag + b"\0" + message + b"\0"
        head = bytes([log_id]) + (1234).to_bytes(2, "little") + (1700000000).to_bytes(4, "little") + \
               (5000000).to_bytes(4, "little")
        size = 7 + len(head) + len(payload)
        out += b"l" + size.to_bytes(2, "little") + (1000).to_bytes(2, "little") + \
               (77).to_bytes(2, "little") + head + payload
    return out


def test_android_log(tmp_path):
    log = android([(b"init", b"one line"), (b"zygote", b"two\nlines"), (b"x", b"\x1b[2J")] * 9)
    code, out, _ = oopsmon("decode", "--pmsg-size=4096", "--text", "-o", tmp_path, "-",
                           input=one_zone(log))
    assert code == 0
    ours = crashes.files(tmp_path)
    assert ours["pmsg-ramoops-0"] == log
    lines = ours["pmsg-ramoops-0.logcat"].splitlines()
    assert len(lines) == 36
    assert lines[0].endswith(b" I init: one line")
    assert lines[1].endswith(b"zygote: two") and lines[2].endswith(b"zygote: lines")
    assert b"\x1b" not in out and b"\n| 11-14 22:13:20.005 " in out


@pytest.fixture(scope="module")
def empty_texts(tmp_path_factory):
    return drivers.compiled(BUILD, "tests/system/empty_texts.c", tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize("log_id, tag, message, lines", [
    (0, b"", b"", 1), (0, b"init", b"", 1), (0, b"init", b"\n", 1), (0, b"", b"\n\n", 2), (0, b"init", b"a\n\n", 2),
    (2, b"", b"x", 1), (2, b"events", b"a\nb", 2)])
def test_empty_android_texts(empty_texts, log_id, tag, message, lines):
    """They give their lines; the C library is never given NULL for one."""
    log = android([(tag, message)] * 3, log_id)
    done = subprocess.run([empty_texts], input=log, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    shown = done.stdout.splitlines()
    assert len(shown) == 3 * lines
    assert all(b" I " + (b"" if log_id else tag) + b": " in line for line in shown)


def stamped(folder):
    """{path: (bytes, when it was written)}"""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in folder.rglob("*") if path.is_file()}


def test_each_crash_has_its_folder_and_keeps_it(tmp_path):
    """Two crashes after each other into one folder, and the first one again, with a joined log."""
    out = tmp_path / "a" / "b" / "c"
    seen = {}
    for name, more, folders in ((BASE, [], 1), (FULL, [], 2), (BASE, [], 2), (BASE, ["--join"], 2)):
        code, said, err = oopsmon("decode", *sizes(name), *more, "-o", out, "-", input=region(name))
        assert (code, err) == (0, "")
        now = stamped(out)
        assert seen.items() <= now.items()
        assert len(crashes.folders(out)) == folders
        where = pathlib.Path(re.search(rb"^files in (.*)$", said, re.M)[1].decode())
        assert where.parent == out
        assert set(records(said)) == {p.name for p in where.iterdir()} - {"crash-0.log", "crash-1.log"}
        seen = now
    assert (where / "crash-0.log").exists() and len(seen) > 8


FOREIGN = {
    "a file with other bytes": lambda path: path.write_bytes(b"notes"),
    "a link": lambda path: path.symlink_to("elsewhere"),
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize("of", ["a record", "the folder"])
def test_nothing_foreign_is_written_over(what, of, tmp_path):
    """The crash gets the next folder of its name, and the same one again."""
    first, out = tmp_path / "first", tmp_path / "out"
    oopsmon("decode", "-o", first, "-", input=region(BASE))
    name = crashes.only(first).name
    (tmp_path / "out").mkdir()
    place = out / name if of == "the folder" else out / name / "dmesg-ramoops-0"
    place.parent.mkdir(exist_ok=True)
    FOREIGN[what](place)
    takes = f"{name}-2" if (of, what) != ("the folder", "a folder") else name
    for _ in range(2):
        code, said, err = oopsmon("decode", "-o", out, "-", input=region(BASE))
        assert (code, err) == (0, "")
        assert f"files in {out / takes}\n".encode() in said
        assert files(out / takes) == files(crashes.only(first))
        assert not (tmp_path / "elsewhere").exists() and sorted(out.iterdir()) == sorted({out / name, out / takes})
        if takes != name:
            assert place.is_symlink() or place.is_dir() or place.is_fifo() or place.read_bytes() == b"notes"


def test_json_says_where_the_files_are(tmp_path):
    _, out, _ = oopsmon("decode", "--json", "-o", tmp_path, "-", input=region(BASE))
    assert [r["folder"] for r in json.loads(out)["regions"]] == [str(crashes.only(tmp_path))]
    _, out, _ = oopsmon("decode", "--json", "-", input=region(BASE))
    assert [r["folder"] for r in json.loads(out)["regions"]] == [None]


def test_full_disk_is_an_error():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, "decode", *sizes(BASE), "-"], input=region(BASE), stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2
    assert b"standard output: No space left" in done.stderr


@pytest.mark.parametrize("options, bar", [([], True), (["--quiet"], False)])
def test_progress_bar_on_a_terminal(options, bar, tmp_path):
    path = sparse(tmp_path / "dump", 2048 * MIB, {2000 * MIB: region(BASE)})
    ours, theirs = pty.openpty()
    with subprocess.Popen([PROGRAM, "decode", *options, path], stdout=subprocess.PIPE,
                          stderr=theirs) as run:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the other end is closed
            pass
        out = run.stdout.read()
    os.close(ours)
    assert run.returncode == 0
    assert (b"of 2048 MiB" in shown) == bar
    assert (b"\x1b" in shown) == bar
    assert b"\x1b" not in out
    assert len(records(out)) == 5


# ---- exit codes and errors ------------------------------------------------------------------

@pytest.mark.parametrize("name, code", [
    (FULL, 0), (PERCPU, 0), ("x-a32-ecc16-perblock8-s1", 0), ("x-a32-ecc16-perblock9-s1", 1),
    ("a61-midwrite0-ecc16", 0)])
def test_exit_code_says_how_well_it_went(name, code):
    done, out, err = oopsmon("decode", *sizes(name), "-", input=region(name))
    bad = any(row[0] in ("salvaged", "unreadable") for row in records(out).values())
    assert done == (1 if bad else 0)
    if name != "a61-midwrite0-ecc16":
        assert done == code


@pytest.mark.parametrize("arguments, says", [
    (["-"], "no ramoops region in 65536 bytes: no zone header"),
    (["--ecc-size=16", "-"], "no ramoops region in 65536 bytes: no zone header"),
    (["--record-size=8x", "-"], "'8x' is no size"),
    (["--record-size=0x80000000", "-"], "too large: at most 0x7fffffff"),
    (["--cpus=65", "-"], "too large: at most 0x40"),
    (["--record-size=0x2000"], "which file?"),
    (["--record-size=0x2000", "-", "-"], "one input at a time"),
    (["--linux-notices=2", "-"], "'old' or 'new'"),
    (["--no-such-option"], "unrecognized option"),
    (["/proc/nonexistent"], "/proc/nonexistent: No such file"),
    (["/"], "Is a directory: give a file"),
    (["/proc/self/mem"], "Input/output error"),
    (["--record-size=0x2000", "/proc/self/mem"], "Input/output error"),
    (["--record-size=0x2000", "-o", "/proc/x", "-"], "/proc/x: No such file"),
    (["--record-size=0x2000", "--console-size=64M", "-"], "need a larger region"),
    (["--record-size=0x2000", "--region-size=4K", "-"], "need a larger region"),
    (["--record-size=0x2000", "--ecc-size=128", "-"], "check --ecc-size"),
    (["--record-size=64", "--ecc-size=64", "-"], "check --ecc-size"),
    (["--record-size=0x2000", "--offset=1M", "-"], "ends before the region begins"),
    (["--offset=1M", "-"], "ends before --offset"),
    (["--region-size=4K", "-"], "no zone that a kernel wrote is in these bytes"),
    (["--dump-base=2G", "--base=1G", "--record-size=8K", "-"], "below --dump-base"),
    (["--dtb=/proc/nonexistent", "-"], "/proc/nonexistent: No such file"),
    (["--dtb=/bin/true", "-"], "no device tree"),
    (["--system-map=/proc/nonexistent", "-"], "/proc/nonexistent: No such file"),
    (["/dev/zero"], "takes --base and --region-size"),
    (["--base=0x40000000", "--region-size=1M", "/dev/zero"], "no zone that a kernel wrote"),
])
def test_errors_say_what_and_what_to_do(arguments, says):
    code, out, err = oopsmon("decode", *arguments, input=bytes(65536))
    assert code == 2
    assert says in err
    assert err.startswith("oopsmon decode: ")
    assert out == b""


def test_tree_without_a_region(tmp_path):
    dtb = compile_dts("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; };", tmp_path / "dtb")
    code, _, err = oopsmon("decode", f"--dtb={dtb}", "-", input=bytes(100))
    assert code == 2
    assert 'no enabled node is compatible with "ramoops"' in err


def test_sizes_that_fit_nothing_get_a_word():
    """Right sizes, wrong place: the zone headers say where; whoever insists gets a word."""
    data = bytes(4096) + region(FULL)
    options = [*sizes(FULL), "--region-size=2M", "-"]
    code, out, err = oopsmon("decode", *options, input=data)
    assert code == 1
    assert "does not fit" in err
    assert b"bytes at 0x1000 of -" in out
    assert set(records(out)) == set(golden(FULL))
    code, out, err = oopsmon("decode", "--force-sizes", *options, input=data)
    assert code == 1
    assert b"no records" in out
    assert "used all the same, as --force-sizes says" in err
    assert "no zone begins where these sizes put one" in err


def test_help_names_every_option():
    code, out, _ = oopsmon("decode", "--help")
    assert code == 0
    for option in ("record-size", "console-size", "ftrace-size", "pmsg-size", "ecc-size", "flags",
                   "cpus", "dtb", "force-sizes", "offset", "region-size", "base", "dump-base", "output", "text",
                   "join", "linux-notices", "system-map", "quiet"):
        assert f"--{option}".encode() in out, option
    assert b"Exit code: 0" in out


# ---- input that means harm ------------------------------------------------------------------

@pytest.mark.parametrize("options", [[], ["--record-size=4K"], ["--console-size=1K", "--ecc-size=8"]])
@pytest.mark.parametrize("length", [0, 1, 3, 4, 11, 12, 13, 63, 64])
@pytest.mark.parametrize("fill", ["zeros", "marks"])
def test_tiny_input(options, length, fill):
    data = (bytes(64) if fill == "zeros" else b"DBGC\0\0\0\0\0\0\0\0" * 6)[:length]
    code, out, err = oopsmon("decode", *options, "-", input=data)
    assert code in (0, 1, 2)
    if length == 0:
        assert code == 2
        assert "the file is empty" in err
    if code == 2:
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("seed", range(4))
def test_noise(seed, tmp_path):
    data = random.Random(seed).randbytes(3 * MIB)
    code, out, err = oopsmon("decode", "-", input=data)
    assert (code, out) == (2, b"")
    assert "no ramoops region" in err
    code, out, _ = oopsmon("decode", *sizes(FULL), "-", input=data)
    assert records(out) == {}


def test_gzip_bomb():
    """A gigabyte from a megabyte, many times over: takes time, but no memory."""
    part = gzip.compress(bytes(64 * MIB), 9)
    code, out, mib, _ = measure(["decode", "-"], subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.stdout.buffer.write({part!r} * 32)"],
        stdout=subprocess.PIPE).stdout)
    assert code == 2
    assert "no ramoops region in 2147483648 bytes" in out
    assert mib < MEMORY_MIB


def test_xz_that_wants_gigabytes():
    """A header that asks for a dictionary of 1.5 GiB is refused, with the way out."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0}]
    data = bytearray(lzma.compress(bytes(1000), filters=filters))
    # block header: size, flags, filter id 0x21, one byte of properties: the dictionary's size
    at = data.index(b"\x21\x01", 12) + 2
    data[at] = 39
    end = 12 + (data[12] + 1) * 4
    data[end - 4:end] = zlib.crc32(data[12:end - 4]).to_bytes(4, "little")
    code, _, err = oopsmon("decode", "-", input=bytes(data))
    assert code == 2
    assert "unpack it with xz first" in err


def test_masses_of_headers_are_bounded(tmp_path):
    """A dump that is nothing but headers of zones: an end comes, in bounded time and memory."""
    data = (b"DBGC" + (20).to_bytes(4, "little") * 2 + bytes(20)) * (24 * MIB // 32)
    path = tmp_path / "dump"
    path.write_bytes(data)
    code, out, mib, seconds = measure(["decode", path])
    assert code in (0, 1, 2)
    assert mib < MEMORY_MIB
    assert seconds < SECONDS


# ---- erase ----------------------------------------------------------------------------------

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

# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon decode` as a program: every form of input, every option, every exit code. What the records
are is tested in tests/golden.
"""
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import zlib

import pytest

from omlab import crashes, drivers, ramoops
from decoding import (BUILD, PROGRAM, INDEX, MIB, BASE, FULL, PERCPU, region, sizes, oopsmon,
                      records, files, golden, FORMS, compile_dts, SIZES_32, SIZES_64, sparse,
                      one_zone)


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

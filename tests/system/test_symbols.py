# SPDX-License-Identifier: BSD-2-Clause
"""`decode --system-map`: the dead kernel's symbols name what has no name, and those of another
build are refused, with the number of named frames that do not fit."""
import json
import os
import pathlib
import random
import re
import resource
import subprocess

import pytest

from omlab import ramoops

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")) / "host" / "oopsmon"
BANNER = "Linux version 6.1.192-board (maker@host) (gcc 12.2.0) #7 SMP Mon Nov 2 10:00:00 UTC 2026"
MIB = 1 << 20


class Kernel:
    """Functions in their places: names f0, f1, ...; lengths by @seed."""

    def __init__(self, base, seed=1, n=60):
        rng = random.Random(seed)
        self.at, self.bytes, at = {}, {}, base
        for i in range(n):
            self.at[f"f{i}"], self.bytes[f"f{i}"] = at, 16 * rng.randrange(2, 40)
            at += self.bytes[f"f{i}"]
        self.end = at

    def system_map(self):
        rows = [(at, name) for name, at in self.at.items()] + [(self.end, "_etext")]
        return "".join(f"{at:08x} T {name}\n{at:08x} t ${'ax'[i % 2]}\n" for i, (at, name) in
                       enumerate(sorted(rows)))

    def named(self, name, off=8):
        return f"{name}+0x{off:x}/0x{self.bytes[name]:x}"

    def address(self, name, off=8):
        return self.at[name] + off

    def moved(self, by, after):
        """The same with what follows a function moved."""
        other = Kernel(0)
        other.__dict__ = {"at": {n: at + by * (at > self.at[after]) for n, at in self.at.items()},
                          "bytes": self.bytes, "end": self.end + by}
        return other


NAMES = [f"f{i}" for i in range(4, 52, 3)]  # 16 of them

#: form of a trace -> (where a kernel is linked to, a line of it for a function, moved by KASLR)
FORMS = {
    "arm": (0xc0100000, lambda k, n, m: f"[<{k.address(n):08x}>] ({k.named(n)}) from [<c0100000>] (f0)", 0),
    "names alone": (0xffff800008010000, lambda k, n, m: f" {k.named(n)}", 0),
    "arm64 4.14": (0xffffff8008080000, lambda k, n, m: f"[<{k.address(n) + m:016x}>] {k.named(n)}", 0),
    "arm64 KASLR": (0xffffff8008080000, lambda k, n, m: f"[<{k.address(n) + m:016x}>] {k.named(n)}", 0x1a80000),
    "x86 unsure": (0xffffffff81000000, lambda k, n, m: f" [<{k.address(n) + m:016x}>] ? {k.named(n)}", 0x2c000000),
}


def log(form, kernel, names=NAMES, move=0, more=()):
    lines = ["Internal error: Oops: 5 [#1] SMP ARM", "CPU: 0 PID: 38 Comm: sh Not tainted 6.1.192-board #7",
             "Call trace:"]
    lines += [FORMS[form][1](kernel, name, move) for name in names]
    lines += [*more, "---[ end trace 0000000000000000 ]---", "Kernel panic - not syncing: Fatal exception"]
    return "".join(f"[    5.{i:06}] {line}\n" for i, line in enumerate(lines)).encode()


def decode(given, *words, timeout=120, **how):
    done = subprocess.run([PROGRAM, "decode", "-q", *map(str, words), "-"], input=given,
                          capture_output=True, timeout=timeout, **how)
    assert b"Sanitizer" not in done.stderr
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def file(tmp_path):
    def make(text, name="System.map"):
        path = tmp_path / name
        path.write_text(text)
        return path
    return make


@pytest.mark.parametrize("form", FORMS)
def test_its_own_symbols_are_used(form, file):
    base, _, move = FORMS[form]
    kernel = Kernel(base)
    bare = f"[<{kernel.address('f20') + move:016x}>]"
    path = file(kernel.system_map())
    text = log(form, kernel, move=move, more=[bare])
    region = ramoops.Region(ramoops.Sizes(65536, 16384, 16384, 0, 0, 0)).boot(ramoops.Kernel((6, 1, 100)))
    region.console(text)
    code, out, err = decode(bytes(region.ram), "--record-size=16K", "--console-size=16K", "--text",
                            f"--system-map={path}")
    assert (code, err) == (0, "")
    assert f"= {kernel.named('f20')}\n" in out or f", {kernel.named('f20')}\n" in out


#: what is wrong with the other build -> its symbols; how many of the 16 named frames do not fit
def other_lengths(kernel):
    return Kernel(kernel.at["f0"], seed=2)


def without_functions(kernel):
    other = kernel.moved(0, "f0")
    other.at = {name: at for name, at in kernel.at.items() if int(name[1:]) < 30}
    return other


OTHERS = {"functions of other lengths": (other_lengths, FORMS),
          "functions that it lacks": (without_functions, FORMS),
          "functions moved a little": (lambda k: k.moved(0x40, "f24"), [f for f in FORMS if f != "names alone"])}


@pytest.mark.parametrize("what, form", [(w, f) for w, (_, forms) in OTHERS.items() for f in forms])
def test_those_of_another_build_are_refused(what, form, file):
    base, _, move = FORMS[form]
    kernel = Kernel(base)
    other = OTHERS[what][0](kernel)
    bare = f"[<{kernel.address('f2') + move:016x}>]"
    code, out, err = decode(log(form, kernel, move=move, more=[bare]), "--json",
                            f"--system-map={file(other.system_map())}")
    assert code == 1
    said = re.search(r"System.map does not belong to this log: (\d+) of (\d+) named frames stand elsewhere: "
                     "it is not used", err)
    assert 2 < int(said[1]) <= int(said[2]) == 16
    assert "f2+" not in out and len(err.splitlines()) == 1


def test_a_damaged_frame_and_modules_do_not_matter(file):
    kernel = Kernel(0xffff800008010000)
    more = [" gadget_open+0x10/0x20 [gadget]", " f3+0x8/0x7777770"]
    code, _, err = decode(log("names alone", kernel, more=more), f"--system-map={file(kernel.system_map())}")
    assert code == 0
    assert "System.map does not fit all of this log: 1 of 17 named frames stand elsewhere\n" in err


def test_a_kernel_that_did_not_move_so(file):
    """What KASLR adds is whole pages of the largest kind, and what the log itself says."""
    form = "arm64 KASLR"
    kernel = Kernel(FORMS[form][0])
    path = file(kernel.system_map())
    for move, more, want in ((0x1a80000, ["Kernel Offset: 0x1a80000 from 0xffffff8008000000"], 0),
                             (0x1a80000, ["Kernel Offset: disabled"], 0),
                             (0x1a80000, ["Kernel Offset: 0x1a90000 from 0xffffff8008000000"], 1),
                             (0x1a80040, [], 1)):
        code, _, err = decode(log(form, kernel, move=move, more=more), f"--system-map={path}")
        assert (code, "16 of 16 named frames" in err) == (want, bool(want)), (move, more, err)


# ---- vmlinux --------------------------------------------------------------------------------

def vmlinux(path, kernel, banner):
    """An ELF file with the kernel's functions and banner, linked where they are."""
    source = path.with_suffix(".s")
    rows = sorted((at, name) for name, at in kernel.at.items())
    source.write_text(".text\n" + "".join(
        f".globl {name}\n.type {name}, %function\n{name}: .zero {kernel.bytes[name]}\n" for _, name in rows) +
        ".globl _etext\n_etext:\n.section .rodata\n.globl linux_banner\n.type linux_banner, %object\n"
        f"linux_banner: .asciz \"{banner}\\n\"\n")
    subprocess.run(["gcc", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", "-Wl,-e,0",
                    f"-Wl,-Ttext={rows[0][0]:#x}", "-o", path, source], check=True, capture_output=True)
    return path


VERSIONS = [("the same", BANNER, BANNER, None),
            ("not in the log", BANNER, None, None),
            ("built again", BANNER, BANNER.replace("#7", "#8"), "does not belong to this log: it is of "),
            ("another version", BANNER.replace("192", "190"), None, "it is of Linux 6.1.190-board, and the log of 6.1.192-board")]


@pytest.mark.parametrize("mine, logs, why", [v[1:] for v in VERSIONS], ids=[v[0] for v in VERSIONS])
def test_the_banner_of_a_vmlinux(mine, logs, why, tmp_path):
    kernel = Kernel(0x40100000)
    path = vmlinux(tmp_path / "vmlinux", kernel, mine)
    begin = f"[    0.000000] {logs}\n".encode() if logs else b""
    text = begin + log("arm", kernel, more=[f"[<{kernel.address('f2'):08x}>]"])
    code, out, err = decode(text, f"--system-map={path}")
    if why is None:
        assert (code, err) == (0, "")
    else:
        assert code == 1 and why in err and "it is not used" in err


def test_a_vmlinux_of_another_build_without_a_banner_in_the_log(tmp_path):
    kernel = Kernel(0x40100000)
    path = vmlinux(tmp_path / "vmlinux", other_lengths(kernel), BANNER)
    code, _, err = decode(log("arm", kernel), f"--system-map={path}")
    assert code == 1 and "named frames stand elsewhere" in err


# ---- what has no names ----------------------------------------------------------------------

BARE = {
    "arm64": ["pc : 0x{pc:016x}", "lr : 0x{lr:016x}", "Call trace:", " 0x{pc:016x}", " 0x{lr:016x}", " 0x{back:016x}"],
    "arm64 4.14": ["PC is at 0x{pc:016x}", "LR is at 0x{lr:016x}", "Call trace:", "[<{pc:016x}>]", "[<{lr:016x}>]",
                   "[<{back:016x}>]"],
    "arm": ["PC is at 0x{pc:08x}", "LR is at 0x{lr:08x}", "pc : [<{pc:08x}>]    lr : [<{lr:08x}>]    psr: 60000013",
            "Call trace: ", " 0x{pc:08x} from 0x{lr:08x}", " 0x{lr:08x} from 0x{back:08x}"],
}


@pytest.mark.parametrize("form", BARE)
def test_bare_frames_get_names(form, file):
    kernel = Kernel(0xc0100000 if form == "arm" else 0xffffff8008080000)
    # pc is a function's first instruction; the last call of f30 is its last instruction
    places = {"pc": kernel.at["f10"], "lr": kernel.address("f20", 12), "back": kernel.at["f31"]}
    lines = ["Unable to handle kernel NULL pointer dereference at virtual address 00000010",
             "Internal error: Oops: 17 [#1] SMP", "CPU: 1 PID: 95 Comm: sh Not tainted 6.6.70 #0",
             *(line.format(**places) for line in BARE[form]), "---[ end trace 0000000000000000 ]---"]
    text = "".join(f"<4>[   26.{i:06}] {line}\n" for i, line in enumerate(lines)).encode()
    path = file(kernel.system_map())
    code, out, err = decode(text, "--json", f"--system-map={path}")
    assert (code, err) == (0, "")
    crash = json.loads(out)["logs"][0]["crash"]
    assert crash["title"] == "BUG: unable to handle kernel NULL pointer dereference in f10"
    assert crash["signature"].startswith("f10-")
    assert kernel.named("f10", 0) in crash["pc"] and kernel.named("f20", 12) in crash["lr"]
    trace = "\n".join(crash["trace"])
    assert kernel.named("f20", 12) in trace and f"f30+0x{kernel.bytes['f30']:x}/" in trace
    assert "f9+" not in trace and "f31+" not in trace
    plain = json.loads(decode(text, "--json")[1])["logs"][0]["crash"]
    assert plain["title"] == "BUG: unable to handle kernel NULL pointer dereference"
    assert f"title     {crash['title']} (" in decode(text, f"--system-map={path}")[1]


# ---- files without an end -------------------------------------------------------------------

def limited():
    resource.setrlimit(resource.RLIMIT_AS, (1024 * MIB, 1024 * MIB))


ENDLESS = {
    "zeros": ("cat /dev/zero", "neither a System.map nor an ELF file"),
    "noise": ("cat /dev/urandom", "neither a System.map nor an ELF file"),
    "one line": ("echo -n 'c0100000 T '; tr '\\0' a </dev/zero", "larger than a System.map can be"),
    "other lines": ("yes hello", "neither a System.map nor an ELF file"),
    "data": ("yes c0100000 D a_variable_of_the_kernel", "larger than a System.map can be"),
    "functions": ("yes c0100000 T a_function_of_the_kernel_whose_name_goes_on_and_on_and_on_and_on_and_on",
                  "larger than a System.map can be"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_file_without_an_end(what):
    command, why = ENDLESS[what]
    done = subprocess.run(["bash", "-c", f'exec "$0" decode -q --system-map=<({command}) -', PROGRAM],
                          input=log("arm", Kernel(0xc0100000)), capture_output=True, timeout=300,
                          preexec_fn=limited)
    assert done.returncode == 2 and why in done.stderr.decode(), done.stderr


def test_a_device_of_zeros():
    code, _, err = decode(b"", "--system-map=/dev/zero", timeout=60)
    assert code == 2 and "/dev/zero: neither a System.map nor an ELF file" in err


def test_a_pipe_will_do(file):
    kernel = Kernel(0xc0100000)
    path = file(kernel.system_map())
    done = subprocess.run(["bash", "-c", f'exec "$0" decode -q --system-map=<(cat {path}) -', PROGRAM],
                          input=log("arm", kernel), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_elf_file_that_claims_a_lot(tmp_path):
    """A symbol table of half a gigabyte, all of it a hole."""
    path = vmlinux(tmp_path / "vmlinux", Kernel(0x40100000), BANNER)
    data = bytearray(path.read_bytes())
    headers, size, count = int.from_bytes(data[40:48], "little"), data[58], data[60]
    claimed = 0
    for i in range(count):
        at = headers + i * size
        if int.from_bytes(data[at + 4:at + 8], "little") == 2:  # SHT_SYMTAB
            data[at + 32:at + 40] = (512 * MIB).to_bytes(8, "little")
            claimed += 1
    path.write_bytes(data)
    os.truncate(path, 1024 * MIB)
    code, _, err = decode(b"", f"--system-map={path}")
    assert claimed == 1 and code == 2 and "its symbol table is larger than a kernel's can be" in err

# SPDX-License-Identifier: BSD-2-Clause
"""Flash images with an archive: made by the monitor's own code, and what the program says of them."""
import json
import lzma
import os
import pathlib
import shutil
import struct
import subprocess
import zlib

import pytest

from omlab import crashes, drivers, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "host" / "oopsmon"

KIB, MIB = 1 << 10, 1 << 20
BLOCK, BLOCKS = 64 * KIB, 8
#: three crashes, all records sound
CRASHES = ["base-a32-ecc16", "a61-pmsgwrap-bin-ecc32", "a61-reboot"]
MEMORY_MIB = 64
DUMPS_MAX = 512 - 2 - 64  #: that tools/bench/crash.h takes


def region(name):
    return lzma.decompress((report.REGIONS / name / "region.bin.xz").read_bytes())


def oopsmon(*arguments, **how):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, **how)
    err = done.stderr.decode()
    assert "Sanitizer" not in err
    return done.returncode, done.stdout.decode(), err


def listed(path):
    """Exit code, the archives of ls --json."""
    code, out, _ = oopsmon("archive", "ls", "--json", path)
    facts = json.loads(out)
    assert facts["schema"] == "oopsmon-archive/1"
    return code, facts["archives"]


def entries(path):
    """Exit code, the entries of the only archive."""
    code, archives = listed(path)
    assert len(archives) == 1
    return code, archives[0]["entries"]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def writer():
    folder = BUILD / "system"
    folder.mkdir(parents=True, exist_ok=True)
    return drivers.compiled(BUILD, "tests/system/archive_image.c", folder)


def flash(path, off=0, size=None, block=BLOCK, blocks=BLOCKS):
    """An image with an erased partition at @off; the rest is a hole."""
    with open(path, "wb") as image:
        image.seek(off)
        image.write(b"\xff" * (block * blocks))
        if size:
            image.truncate(size)
    return path


def archive(writer, path, name, off=0, block=BLOCK, blocks=BLOCKS, boot=2, ident=0, steps=0,
            worn=0):
    """Append a recorded region's crash; the exit code. @worn: bit n: block n is worn out."""
    sizes, cpus = report.recorded()[name]
    return subprocess.run([writer, *map(str, (path, off, block, blocks, steps, ident, boot,
                                              *sizes, cpus, worn))],
                          input=region(name), timeout=120, check=False).returncode


@pytest.fixture(scope="module")
def three(writer, tmp_path_factory):
    """An image of a partition with three crashes; copy it before you write to it."""
    path = flash(tmp_path_factory.mktemp("three") / "flash.img")
    for i, name in enumerate(CRASHES):
        assert archive(writer, path, name, boot=i + 2) == 0
    return path


@pytest.fixture
def image(three, tmp_path):
    return pathlib.Path(shutil.copy(three, tmp_path / "flash.img"))


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """{region: its files as `oopsmon decode` makes them from the region itself}."""
    out = {}
    for name in CRASHES:
        folder = tmp_path_factory.mktemp(name)
        sizes, cpus = report.recorded()[name]
        options = [f"--{kind}-size={size}" for kind, size in
                   zip(("record", "console", "ftrace", "pmsg", "ecc"), sizes) if size]
        options += ["--flags=1", f"--cpus={cpus}"] if cpus else []
        subprocess.run([PROGRAM, "decode", *options, "-o", folder, "-"], input=region(name),
                       capture_output=True, check=False, timeout=60)
        out[name] = crashes.files(folder)
        assert out[name]
    return out


def chunks(data, off=0, block=BLOCK, blocks=BLOCKS):
    """(place of the head, entry, offset, bytes, last) of every chunk, by docs/archive-format.md."""
    found = []
    for start in range(off, off + block * blocks, block):
        at = start + 64
        while data[start:start + 8] == b"OOPSMONA" and at + 64 <= start + block:
            head = data[at + 32:at + 64]
            magic, _, entry, where, size, _, _, crc = struct.unpack("<4s7I", head)
            if magic != b"Chnk" or zlib.crc32(head[:28]) != crc:
                break
            found.append((at, entry, where & 0x7fffffff, size & 0xffff, bool(where >> 31)))
            at += 64 + ((size & 0xffff) + 31) // 32 * 32
    return found


ODD = 0x1237000


def flip(path, at, mask=1):
    with open(path, "r+b") as image:
        image.seek(at)
        byte = image.read(1)[0]
        image.seek(at)
        image.write(bytes([byte ^ mask]))

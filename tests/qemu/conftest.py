# SPDX-License-Identifier: BSD-2-Clause
"""Machines with the monitor in flash, and crashed machines' RAM, taken once for all tests."""
import fcntl
import gzip
import hashlib
import json
import subprocess

import pytest
import ram
from omlab import gdb, qemu


@pytest.fixture(scope="session")
def symbols(build):
    """Name -> address of the symbols of image and reset shim."""
    return gdb.image_symbols(build)


@pytest.fixture(scope="session")
def wrapped(build, zimage, tmp_path_factory):
    """The guest's kernel with the monitor for any board before it."""
    out = tmp_path_factory.mktemp("wrapped") / "zImage.oopsmon"
    subprocess.run([build / "host" / "oopsmon", "wrap", zimage, "-o", out, "--image",
                    build / "generic" / "oopsmon-generic.zimage"], check=True)
    return out


@pytest.fixture
def virt(machine):
    """machine() whose Linux restarts at once after a panic; more: further kernel parameters."""
    def make(more="", **parts):
        parts.setdefault("append", f"{ram.APPEND} {more}".strip())
        return machine(**parts)
    return make


@pytest.fixture
def warm(virt):
    """warm(rows, …): a machine with (address, bytes) in RAM before its first instruction."""
    def make(rows, more="", **parts):
        one = virt(more, stopped=True, **parts)
        with one.debugger() as dbg:
            ram.fill(dbg, rows)
        return one
    return make


@pytest.fixture(scope="session")
def capture(build, image, zimage, initrd):
    """capture("pmsg text", "panic", more="oopsmon.ecc_size=0"): RAM after these steps.

    Kept in the build folder under a name made of everything it depends on, so that the
    processes of one run, and later runs, share it.
    """
    files = b"".join(hashlib.sha256(p.read_bytes()).digest() for p in (image, zimage, initrd))
    folder = build / "system" / "captures"
    folder.mkdir(parents=True, exist_ok=True)

    def get(*steps, more="", **parts):
        words = qemu.command(bios=image, kernel=zimage, initrd=initrd,
                             append=f"{ram.APPEND} {more}".strip(), **parts)
        key = hashlib.sha256(files + json.dumps([words, steps]).encode()).hexdigest()[:16]
        region, page, places = (folder / f"{key}.{name}" for name in ("region.gz", "page", "json"))
        with open(folder / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not places.exists():
                got = ram.take(words, steps)
                region.write_bytes(gzip.compress(got.region, 1))
                page.write_bytes(got.page)
                places.write_text(json.dumps([got.base, got.page_at]), encoding="ascii")
        base, page_at = json.loads(places.read_text(encoding="ascii"))
        return ram.Capture(base, gzip.decompress(region.read_bytes()), page_at, page.read_bytes())
    return get

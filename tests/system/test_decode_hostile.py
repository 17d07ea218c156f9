# SPDX-License-Identifier: BSD-2-Clause
"""`oopsmon decode` on input that means harm."""
import gzip
import lzma
import random
import subprocess
import sys
import zlib

import pytest

from omlab import ramoops
from decoding import MIB, MEMORY_MIB, SECONDS, FULL, region, sizes, oopsmon, records, measure


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

# SPDX-License-Identifier: BSD-2-Clause
"""The System.map of the kernel that crashed, and the same with one function more."""
import re
import subprocess

import pytest


@pytest.fixture(scope="module")
def system_map(build):
    path = build / "kernel" / "System.map"
    if not path.exists():
        pytest.skip("a zImage of somebody else's came without its System.map")
    return path


def decode(build, region, path, folder):
    (folder / "region").write_bytes(region)
    done = subprocess.run([build / "host" / "oopsmon", "decode", "-q", f"--system-map={path}", folder / "region"],
                          capture_output=True, timeout=120, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_its_own_map_is_used(capture, build, system_map, tmp_path):
    region = capture("ftrace", "panic").region
    assert decode(build, region, system_map, tmp_path)[::2] == (0, "")


def grown(line, after, by):
    """A line of System.map with what follows an address moved."""
    address, rest = line.split(" ", 1)
    return f"{int(address, 16) + by * (int(address, 16) > after):08x} {rest}"


@pytest.mark.parametrize("change", ["another configuration", "the same version with one function longer"])
def test_the_map_of_another_build_is_not(capture, build, system_map, tmp_path, change):
    region = capture("ftrace", "panic").region
    lines = system_map.read_text(encoding="ascii").splitlines()
    if change == "another configuration":
        lines = [grown(line, 0, int(line.split()[0], 16) // 3 & ~0xf) for line in lines]
    else:  # an early one that is not in the trace
        (place,) = (line for line in lines if line.endswith(" T __do_softirq"))
        lines = [grown(line, int(place.split()[0], 16), 0x100) for line in lines]
    other = tmp_path / "System.map"
    other.write_text("\n".join(lines) + "\n", encoding="ascii")
    code, _, err = decode(build, region, other, tmp_path)
    assert code == 1 and re.search(r"System.map does not belong to this log: \d+ of \d+ (?:named frames|traced functions) "
                                   "(?:stand|begin) elsewhere", err), err

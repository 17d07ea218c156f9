# SPDX-License-Identifier: BSD-2-Clause
"""firmware/arch/arm/divide.S on a CPU that has no instruction for it: tests/qemu/division.c on the bare machine."""
import os
import pathlib
import re
import subprocess

import pytest
from omlab import qemu

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("state", ["-marm", "-mthumb"])
def test_division(tmp_path, state):
    program = tmp_path / "program"
    cross = os.environ.get("CROSS", "arm-none-eabi-")
    subprocess.run([cross + "gcc", "-march=armv7-a", state, "--specs=rdimon.specs", "-std=gnu11", "-O1",
                    ROOT / "tests/qemu/division.c", ROOT / "firmware/arch/arm/divide.S", "-o", program],
                   check=True, capture_output=True)
    names = subprocess.run([cross + "nm", program], check=True, capture_output=True, text=True).stdout
    assert "__udivmoddi4" not in names and "__aeabi_uldivmod" in names, "libgcc's division was linked"
    done = subprocess.run(
        ["qemu-system-arm", "-M", "xilinx-zynq-a9", "-m", "512", "-display", "none", "-serial", "none",
         "-monitor", "none", "-semihosting-config", "enable=on,target=native", "-kernel", program],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=120 * qemu.SLOW, check=False)
    count = re.fullmatch(rb"(\d+) divisions are right\n", done.stdout)
    assert done.returncode == 0 and count, done.stdout + done.stderr
    assert int(count[1]) > 500000

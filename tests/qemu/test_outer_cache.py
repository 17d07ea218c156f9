# SPDX-License-Identifier: BSD-2-Clause
"""The called shim on a core whose second cache its cleaning does not reach.

No cache can be seen here. What can: such a core is refused while its data cache is on.
"""
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SHIM = HERE.parent.parent / "firmware" / "arch" / "arm"
FORM_AT = 16 << 20  # from the start of RAM


def assembled(source, out, **numbers):
    obj = out.with_suffix(".o")
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-a9", "-c", source, f"-I{SHIM}",
                    *(f"-D{name}={value}" for name, value in numbers.items()), "-o", obj], check=True)
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", obj, out], check=True)
    return out.read_bytes()


# Machine, its UART and RAM, and what is printed: results of calls, i for each that ran.
CORES = [("vexpress-a9", 0x10009000, 0x60000000, b"2i72\n"),
         ("vexpress-a15", 0x1c090000, 0x80000000, b"i7i7i7\n")]


@pytest.mark.parametrize("board, uart, ram, said", CORES, ids=[c[0] for c in CORES])
def test_data_cache_on(machine, tmp_path, board, uart, ram, said):
    """With it on the call comes back at once, and nothing ran; with it off it is as any other."""
    stub = tmp_path / "stub.bin"
    assembled(HERE / "outer_stub.S", stub, UART=uart)
    form = assembled(SHIM / "called.S", tmp_path / "form.bin", IMAGE=f'"{stub}"', COPY_BYTES=4096)
    caller = assembled(HERE / "outer_stub.S", tmp_path / "caller.bin", CALLER=1, UART=uart,
                       FORM_PA=ram + FORM_AT, FORM_BYTES=len(form))
    (tmp_path / "flash.bin").write_bytes(caller + form)
    one = machine(bios=tmp_path / "flash.bin", kernel=None, machine=board, cpu=None, bank=False,
                  extra=["-audiodev", "none,id=a"])
    one.expect(b"\n")
    assert one.log == said

# SPDX-License-Identifier: BSD-2-Clause
"""docs/porting.md: its example is a driver, and its lists are those of the sources."""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import textwrap

from omlab import drivers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OOPSMON_BUILD", ROOT / "build")).resolve()
PAGE = (ROOT / "docs/porting.md").read_text()

#: Binds the example to a tree on standard input and uses it; registers are an array.
USE = r"""
#define OM_MMIO_MODEL
#include "drivers/mmio.h"
#include "drivers/match.h"
#include <assert.h>
#include <stdio.h>

static uint32_t regs[4];
uint8_t mmio_read8(uint64_t pa) { (void)pa; assert(0); return 0; }
uint16_t mmio_read16(uint64_t pa) { (void)pa; assert(0); return 0; }
uint32_t mmio_read32(uint64_t pa) { return regs[(pa - 0x1000) / 4]; }
void mmio_write8(uint64_t pa, uint8_t v) { (void)pa; (void)v; assert(0); }
void mmio_write16(uint64_t pa, uint16_t v) { (void)pa; (void)v; assert(0); }
void mmio_write32(uint64_t pa, uint32_t v) { regs[(pa - 0x1000) / 4] = v; }

int main(void)
{
	static const struct driver *const list[] = { &driver_acme_uart, NULL };
	static _Alignas(8) char blob[65536];
	struct devices d;
	struct device *uart = &d.dev[DRIVER_UART];

	assert(fread(blob, 1, sizeof(blob), stdin) > 100);
	devices_bind(blob, list, UINT32_MAX, &d);
	assert(uart->driver == &driver_acme_uart && uart->reg.base_pa == 0x1000);
	uart->driver->ops.uart->init(uart);
	assert(regs[2] == 3);
	uart->driver->ops.uart->put(uart, 'x');
	assert(regs[0] == 'x');
	assert(uart->driver->ops.uart->get(uart) == -1);
	regs[1] = 5;
	assert(uart->driver->ops.uart->get(uart) == 'x');
	uart->driver->ops.uart->drain(uart);
	puts("sent and received");
	return 0;
}
"""

DTS = """/dts-v1/;
/ { #address-cells = <1>; #size-cells = <1>;
    uart@1000 { compatible = "acme,uart-3", "acme,uart"; reg = <0x1000 0x10>; }; };
"""


def test_the_example_is_a_driver(tmp_path):
    example = textwrap.dedent(re.search(r"^   ```c\n(.*?)^   ```$", PAGE, re.M | re.S)[1])
    (tmp_path / "acme_uart.c").write_text(example.replace('"uart.h"', '"drivers/uart.h"') + USE)
    program = drivers.compiled(BUILD, tmp_path / "acme_uart.c", tmp_path, "drivers", "libs")
    tree = subprocess.run(["dtc", "-I", "dts", "-O", "dtb"], input=DTS.encode(), check=True,
                          capture_output=True).stdout
    done = subprocess.run([program], input=tree, capture_output=True, check=True, timeout=60)
    assert done.stdout == b"sent and received\n"


def blocks(language):
    """The example's files in the page, in their order."""
    found = re.findall(rf"^   ```{language}\n(.*?)^   ```$", PAGE, re.M | re.S)
    return [textwrap.dedent(text) for text in found]


def test_the_example_is_a_board(tmp_path):
    """A tree with the board in place of all others; what does not depend on it is built already."""
    _, memory, board = blocks("c")
    for name in ("firmware", "ld", "tests", "tools", "docs", "Makefile", ".clang-format"):
        (tmp_path / name).symlink_to(ROOT / name)
    acme = tmp_path / "board" / "acme"
    acme.mkdir(parents=True)
    (tmp_path / "board" / "board.h").symlink_to(ROOT / "board" / "board.h")
    (acme / "memory.h").write_text(memory)
    (acme / "board.c").write_text(board)
    (acme / "board.mk").write_text(blocks("make")[0])
    subprocess.run(["make", "-C", tmp_path, f"O={BUILD}", "BOARDS=acme", "CI=true", "all"], check=True,
                   stdout=subprocess.DEVNULL, timeout=600)
    image = (BUILD / "acme" / "oopsmon-acme.bin").read_bytes()
    shutil.rmtree(BUILD / "acme")
    magic, size, _, rom = struct.unpack_from("<4I", image, 0x3c)
    assert (magic, size, rom) == (0x6d6f6f72, len(image), 0x08000000)
    assert (0x80100000 + 0x4c).to_bytes(4, "little") in image  # where the shim goes on


def test_all_uarts_are_in_the_table():
    header = (ROOT / "firmware/drivers/drivers.h").read_text()
    listed = set(re.findall(r"&(driver_\w+)", header[header.index("#define UART_DRIVERS"):]))
    table = PAGE[PAGE.index("| UARTs |"):]
    assert len(listed) >= 18
    for source in (ROOT / "firmware/drivers").glob("*.c"):
        text = source.read_text()
        for name, words in re.findall(r'const struct driver (driver_\w+) = \{\n\t\.name = "([^"]+)"', text):
            if name in listed:
                listed.remove(name)
                assert f"`{words}`" in table or f"`{words.replace('armada-3700-uart', '')}`" in table, words
    assert not listed


def test_files_and_names_are_there():
    """What the page tells to edit or to run."""
    for name in re.findall(r"`((?:firmware|tests|board)/[\w./*]+)`", PAGE):
        assert list(ROOT.glob(name)) or "acme" in name, name
    for name in re.findall(r"`(\w+\.[ch])`", PAGE):
        assert (ROOT / "firmware/drivers" / name).exists(), name

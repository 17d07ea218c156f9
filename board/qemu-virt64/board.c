/* SPDX-License-Identifier: BSD-2-Clause */
#include "../board.h"
#include "memory.h"

const struct board board = {
	.name = "qemu-virt64",
	.early_uart = {
		.driver = &driver_pl011,
		.reg = { 0x09000000, 0x1000 },
		.clock_hz = 24000000,
		.baud = 115200,
		.node = -1,
	},
	.rom = { OM_ROM_PA, OM_ROM_BYTES },
	.archive = { .bytes = OM_ARCHIVE_BYTES, .from_end = OM_ARCHIVE_BYTES, .bank = 1 },
	.geometry = GEOMETRY_DEFAULT,
};

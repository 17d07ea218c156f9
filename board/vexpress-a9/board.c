/* SPDX-License-Identifier: BSD-2-Clause */
#include "../board.h"
#include "memory.h"

const struct board board = {
	.name = "vexpress-a9",
	.early_uart = {
		.driver = &driver_pl011,
		.reg = { 0x10009000, 0x1000 },
		.clock_hz = 24000000,
		.baud = 38400,
		.node = -1,
	},
	.rom = { OM_ROM_PA, OM_ROM_BYTES },
	.geometry = GEOMETRY_DEFAULT,
};

/* SPDX-License-Identifier: BSD-2-Clause */
#include "../board.h"
#include "app/monitor.h"
#include "core/chapters.h"
#include "memory.ld.h"

_Static_assert(OM_FACTS_BYTES >= sizeof(struct facts), "all facts have the memory they need");
_Static_assert(OM_REPORT_BYTES >= CHAPTERS_BYTES_MIN, "a report has the memory it needs");

const struct board board = {
	.name = "qemu-virt",
	.early_uart = {
		.driver = &driver_pl011,
		.reg = { 0x09000000, 0x1000 },
		.clock_hz = 24000000,
		.baud = 115200,
		.node = -1,
	},
	.dtb = { OM_DTB_PA, OM_RAM_PA - OM_DTB_PA },
	.window = { OM_RAM_PA, OM_RAM_BYTES },
	.rom = { OM_ROM_PA, OM_ROM_BYTES },
	.archive = { .bytes = OM_ARCHIVE_BYTES, .from_end = OM_ARCHIVE_BYTES, .bank = 1 },
	.geometry = GEOMETRY_DEFAULT,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* A board is data: only what is needed before the device tree can be read. */
#ifndef OM_BOARD_BOARD_H
#define OM_BOARD_BOARD_H

#include "core/base/ranges.h"
#include "core/place/partition.h"
#include "core/ramoops/geometry.h"
#include "drivers/drivers.h"

struct board {
	const char *name;
	struct device early_uart; /* console until /chosen/stdout-path is known */
	struct range rom;	  /* flash that holds reset shim and image */
	struct partition_default archive;
	struct geometry geometry; /* of a computed carve-out; base_pa 0: compute the place */
};

extern const struct board board;

#endif

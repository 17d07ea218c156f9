/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every board that something else starts: what there is comes from the device tree, the console
 * too. Nothing is in flash by default.
 */
#include "../board.h"

const struct board board = {
	.name = "generic64",
	.early_uart = { .node = -1 },
	.geometry = GEOMETRY_DEFAULT,
};

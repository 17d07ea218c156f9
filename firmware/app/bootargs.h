/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line that Linux will get, and what of it is for the monitor. */
#ifndef OM_APP_BOOTARGS_H
#define OM_APP_BOOTARGS_H

#include "core/crash/report_order.h"
#include "tree.h"

struct bootargs {
	char line[2048];
	bool complete; /* reading it did not fault */
	struct report_options options;
};

/* The loader's if it has one, else the tree's own. */
void bootargs_read(const struct tree *tree, struct bootargs *out);

/* Says what was not understood of the options. */
void bootargs_print(const struct bootargs *b);

#endif

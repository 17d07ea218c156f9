/* SPDX-License-Identifier: BSD-2-Clause */
/* Drivers bound to a tree that a row has as text; to touch a register ends the program. */
#ifndef OM_TESTS_BINDING_H
#define OM_TESTS_BINDING_H

#include "drivers/drivers.h"
#include "no_registers.h"
#include "support.h"
#include "tree.h"

/* What devices_bind() finds in the tree of @text (tree.h), on a CPU with addresses of 32 bits. */
static inline struct devices bound(const char *text, const struct driver *const *list)
{
	static _Alignas(8) uint8_t dtb[65536];
	struct devices d;

	tree_make(text, dtb, sizeof(dtb), 0);
	devices_bind(dtb, list, UINT32_MAX, &d);
	return d;
}

#endif

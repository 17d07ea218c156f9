/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree as the previous stage handed it over, and the devices that it names. */
#ifndef OM_APP_TREE_H
#define OM_APP_TREE_H

#include "arch/arch.h"
#include "drivers/drivers.h"

struct tree {
	const void *dtb; /* in its place, mapped read-only; NULL: none, or a damaged one */
	size_t dtb_bytes;
	struct devices devices;	  /* mapped, but for flash */
	struct outer_cache outer; /* if there is one that is on */
};

/* Says what is wrong with it. The console moves to the tree's own UART. */
void tree_read(const struct entry *entry, struct tree *out);

/* Where it lies. */
static inline struct range tree_range(const struct tree *t)
{
	return (struct range){ (uintptr_t)t->dtb, t->dtb_bytes };
}

/* The device of this class, NULL: none is bound. */
static inline const struct device *tree_device(const struct tree *t, enum driver_class class)
{
	return t->devices.dev[class].driver ? &t->devices.dev[class] : NULL;
}

#endif

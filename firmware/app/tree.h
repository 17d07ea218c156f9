/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree as the previous stage handed it over, and the devices that it names. */
#ifndef OM_APP_TREE_H
#define OM_APP_TREE_H

#include "arch/arch.h"
#include "drivers/soc.h"

struct tree {
	const void *dtb; /* mapped; at a multiple of 8; NULL: none, or a damaged one */
	size_t dtb_bytes;
	uint64_t given_pa; /* where it was handed over: there, or elsewhere if that is no such place
			    */
	enum om_err err;   /* without a tree: why not; OM_E_BAD_MAGIC: there is none */
	struct devices devices;	  /* mapped, but for flash */
	struct outer_cache outer; /* if there is one that is on */
	enum reset_cause cause;	  /* of the last reset, as the SoC has it */
	const char *cause_from;	  /* the unit that says so; NULL: none does */
};

/*
 * tree_read - the tree that may be at @where, if it is one
 * @where: nothing of it is mapped yet; a base of 0: nobody said
 *
 * Says nothing of it. The console moves to the tree's own UART.
 */
void tree_read(const struct entry *entry, struct range where, struct tree *out);

/* Says that there is no tree, or what is wrong with the one there is. */
void tree_print_missing(const struct entry *entry, const struct tree *tree);

/* Where it was handed over. */
static inline struct range tree_range(const struct tree *t)
{
	return (struct range){ t->given_pa, t->dtb_bytes };
}

/* The device of this class, NULL: none is bound. */
static inline const struct device *tree_device(const struct tree *t, enum driver_class class)
{
	return t->devices.dev[class].driver ? &t->devices.dev[class] : NULL;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of `oopsmon plan` share: a tree, what was planned for it, and its forms. */
#ifndef OM_TOOLS_PLAN_H
#define OM_TOOLS_PLAN_H

#include "core/place/plan.h"
#include "drivers/drivers.h"

#include <stdbool.h>
#include <stdio.h>

/* The UART that the monitor prints on. */
struct plan_console {
	const char *driver; /* NULL: it has none */
	uint64_t base_pa;
	char path[256];	   /* of its node, of any bytes; empty: it has none */
	const char *doubt; /* "none": it is what stdout-path names, or that names nothing */
	const char *named; /* else: what that names, of any bytes */
	const char *why;   /* and why it is not that; NULL: no doubt */
};

struct plan_view {
	const char *file; /* the tree's */
	const void *own;  /* the tree as it was read */
	const void *fdt;  /* the one that was planned for: with the RAM that --memory gave */
	const struct plan *plan;
	struct plan_console console;
	uint32_t records; /* dump records that fit, see plan_records() */
	bool stage;	  /* planned for a boot loader that starts before or after the monitor */
};

/* ---- plan_tree.c -------------------------------------------------------------------------- */

/* Reads a whole tree into memory of exactly its size, the caller's; NULL after a message. */
void *plan_tree_read(const char *who, const char *file);

/**
 * plan_tree_with_memory - a copy of a tree in which a boot loader has filled in the RAM
 * @fdt:    passed dt_check()
 * @memory: banks, none of them empty
 *
 * All memory nodes that the tree has give way. The copy is the caller's; NULL after a message:
 * the root's cells cannot say these numbers.
 */
void *plan_tree_with_memory(const char *who, const void *fdt, const struct ranges *memory);

/*
 * Writes the tree with the plan's edits to @file, or for a name that ends in .dtbo the overlay
 * that makes them. False after a message.
 */
bool plan_tree_write(const char *who, const struct plan_view *v, const char *file);

/* ---- plan_source.c ------------------------------------------------------------------------ */

/* What no overlay can do, for a message; NULL: all of the plan's edits can be an overlay. */
const char *plan_overlay_lacks(const struct edits *edits);

/**
 * plan_source_write - the edits as device-tree source
 *
 * An overlay's source for dtc, whose body can also be at the end of a board's own source. Edits
 * that an overlay cannot make are in it for the second use, and a comment says so. Paths that dtc
 * could not read are left out, with a comment.
 */
void plan_source_write(FILE *f, const struct plan_view *v);

/* ---- plan_console.c ----------------------------------------------------------------------- */

/* Binds the monitor's UART drivers, as a CPU of 32 bits can reach them. @out points into @fdt. */
void plan_console_find(const void *fdt, struct plan_console *out);

/* As a line for people. */
void plan_console_write(FILE *f, const struct plan_console *c);

/* ---- plan_text.c, plan_json.c ------------------------------------------------------------- */

/*
 * How many dump records, each with the end of the log of a panic or oops, Linux puts into the
 * region, after it has rounded the sizes. 0: no region, or one for other things.
 */
uint32_t plan_records(const struct plan *p);

void plan_text_write(FILE *f, const struct plan_view *v);

/* The notices alone, one a line. */
void plan_text_notices(FILE *f, const struct plan_view *v);

/* docs/json.md; false: it could not be written. */
bool plan_json_write(FILE *f, const struct plan_view *v);

#endif

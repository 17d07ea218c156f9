/* SPDX-License-Identifier: BSD-2-Clause */
/* The regions of an input, wherever the knowledge of their sizes comes from. */
#ifndef OM_TOOLS_REGIONS_H
#define OM_TOOLS_REGIONS_H

#include "sizes.h"

/* Called for each region, with all of @src filled in but the input's name; an exit code. */
typedef int (*regions_print)(void *arg, struct source *src);

/*
 * Called after the last region of an input that was searched, which was read to its end. Returns
 * an exit code, EXIT_TROUBLE: there is nothing else in it, either.
 */
typedef int (*regions_else)(void *arg);

/**
 * regions_each - open every region of the input
 * @s: settled
 * @otherwise: NULL: only regions count
 *
 * Returns the worst exit code: EXIT_TROUBLE after a message if there is neither a region nor
 * anything else.
 */
int regions_each(const struct sizes *s, struct input *in, regions_print print,
		 regions_else otherwise, void *arg);

#endif

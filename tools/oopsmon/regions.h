/* SPDX-License-Identifier: BSD-2-Clause */
/* The regions of an input, wherever the knowledge of their sizes comes from. */
#ifndef OM_TOOLS_REGIONS_H
#define OM_TOOLS_REGIONS_H

#include "sizes.h"

/* Called for each region, with all of @src filled in but the input's name; an exit code. */
typedef int (*regions_tell)(void *arg, struct source *src);

/**
 * regions_each - open every region of the input
 * @s: settled
 *
 * Returns the worst exit code: EXIT_TROUBLE after a message if there is no region.
 */
int regions_each(const struct sizes *s, struct input *in, regions_tell tell, void *arg);

#endif

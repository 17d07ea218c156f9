/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much may be kept on the disk: for one port, and for all of them. What is there from before
 * counts. A file counts as what a disk takes for it, in pages.
 */
#ifndef OM_TOOLS_QUOTA_H
#define OM_TOOLS_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

struct quota {
	struct quota *all; /* this one is a part of it; NULL: none */
	uint64_t used, max;
};

/* "64M", "2G"; 0: without a limit. False: it is not a size. */
bool quota_parse(const char *text, uint64_t *bytes);

/* Bytes that may still be kept. */
uint64_t quota_room(const struct quota *q);

/* What a file of @bytes takes, itself included. */
uint64_t quota_cost(uint64_t bytes);

/* Counts @cost bytes; false, and nothing is counted: there is no room for them. */
bool quota_take(struct quota *q, uint64_t cost);
void quota_give(struct quota *q, uint64_t cost);

/* What the folder or file @path takes with all that is in it; 0: it is not there. */
uint64_t quota_of(const char *path);

/* Counts @used anew in place of what was counted. */
void quota_recount(struct quota *q, uint64_t used);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holes: the stretches of some bytes that cannot be trusted, because ECC could not repair
 * them or because damage before them makes their meaning a guess. A list of fixed length
 * that may say too much, never too little.
 */
#ifndef OM_CORE_HOLES_H
#define OM_CORE_HOLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOLES_MAX = 16 };

struct holes {
	uint32_t n;
	struct hole {
		uint32_t off; /* bytes from the beginning of what the list is about */
		uint32_t len; /* not 0 */
	} at[HOLES_MAX];      /* in rising order, with bytes to trust between them */
};

/**
 * holes_add - mark [@off, @off + @len) as not to be trusted
 *
 * Holes that touch become one; in a full list the two with the least between them do first.
 * Cuts a stretch that would end past 4 GiB.
 */
void holes_add(struct holes *holes, uint32_t off, uint32_t len);

/* The same for [@off, @end), nothing if @end is not after @off. */
void holes_add_until(struct holes *holes, uint32_t off, size_t end);

/* What of @all lies in [@off, @off + @len), counted from @off. */
struct holes holes_within(const struct holes *all, uint32_t off, uint32_t len);

/* True if any byte of [@off, @off + @len) lies in a hole. */
bool holes_touch(const struct holes *holes, uint32_t off, uint32_t len);

/* Bytes in all holes. */
uint32_t holes_bytes(const struct holes *holes);

#endif

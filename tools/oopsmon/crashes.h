/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records of a region belong to one crash (core/crash/join.h), for the sinks that say so. */
#ifndef OM_TOOLS_CRASHES_H
#define OM_TOOLS_CRASHES_H

#include "sink.h"

#include "core/crash/join.h"

#include <stdio.h>

struct crashes {
	uint32_t n, room;
	struct join_key *keys;
	struct crash_part {
		uint32_t i, piece; /* as store_read() */
		char name[RECORD_NAME_BYTES];
	} * parts; /* keys[k] is of parts[k] */
	uint32_t n_crashes;
	struct join_place *order; /* of all parts, after crashes_sort() */
};

/* Takes note of a dmesg record with text, no other. False: no memory. */
bool crashes_add(struct crashes *c, const struct item *item);
bool crashes_sort(struct crashes *c);
void crashes_free(struct crashes *c);

/**
 * crashes_write - the joined log of one crash, without what two dumps both have
 * @crash: below n_crashes
 *
 * Reads the records again. Returns false without memory.
 */
bool crashes_write(const struct crashes *c, uint32_t crash, const struct source *src, FILE *f);

#endif

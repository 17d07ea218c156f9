/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of zlib: taken from a workspace piece by piece, never given back. */
#ifndef OM_CORE_ARENA_H
#define OM_CORE_ARENA_H

#include "span.h"

#define Z_SOLO /* zlib.h without the system headers it would pull in */
#include <zlib.h>

/* Lent to zlib for the life of a stream. */
struct arena {
	uint8_t *p;
	size_t left;
};

/* @z gets its memory from @arena, which is all of @memory, any content. @z is zeroed. */
void arena_lend(struct arena *arena, struct workspace memory, z_stream *z);

#endif

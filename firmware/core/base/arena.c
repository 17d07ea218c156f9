/* SPDX-License-Identifier: BSD-2-Clause */
#include "arena.h"

#include <string.h>

enum { ARENA_ALIGN = 16 };

static void *arena_take(void *opaque, unsigned int items, unsigned int size)
{
	struct arena *a = opaque;
	const size_t skip = -(uintptr_t)a->p % ARENA_ALIGN;

	if (size == 0 || items > (SIZE_MAX / 2) / size)
		return NULL;

	const size_t bytes = (size_t)items * size;

	if (skip > a->left || bytes > a->left - skip)
		return NULL;

	uint8_t *p = a->p + skip;

	a->p = p + bytes;
	a->left -= skip + bytes;
	return p;
}

static void arena_give(void *opaque, void *address)
{
	(void)opaque;
	(void)address;
}

void arena_lend(struct arena *arena, struct workspace memory, z_stream *z)
{
	*arena = (struct arena){ memory.p, memory.cap };
	memset(z, 0, sizeof(*z));
	z->zalloc = arena_take;
	z->zfree = arena_give;
	z->opaque = arena;
}

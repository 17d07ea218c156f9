/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stretch of the input held for decoding. Zeros take no memory: a large region that is
 * mostly empty costs what is in it.
 */
#ifndef OM_TOOLS_STORE_H
#define OM_TOOLS_STORE_H

#include "input.h"

#include "core/span.h"

enum {
	STORE_BYTES_MAX = INT32_MAX, /* a region's size is such a number everywhere in Linux */
	STORE_PAD_BYTES = 32 << 20,  /* zeros that can always be made to follow */
};

struct store {
	struct span bytes;
	uint8_t *map;
	size_t map_bytes;
};

/**
 * store_load - hold [@off, @off + @len) of the input
 * @len:  STORE_BYTES_MAX at most; 0: all there is from @off on
 *
 * Returns false after a message: no memory, or more bytes than STORE_BYTES_MAX. That the
 * input ends early is no failure: bytes.len is less than @len then.
 */
bool store_load(struct store *s, struct input *in, uint64_t off, size_t len);

/* Makes it @len bytes long, with zeros; @len is that of store_load() or STORE_PAD_BYTES at most. */
void store_pad(struct store *s, size_t len);

void store_free(struct store *s);

#endif

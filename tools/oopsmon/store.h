/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stretch of the input held for decoding, as one span. Memory is taken for the grains of it
 * that hold a byte other than zero. The empty ones can be read as well, in any order, but only
 * in STORE_OPEN_MAX windows at a time do they have memory: the window that was opened first is
 * given back for the next. So memory does not depend on what the kernel does when a page that
 * nobody wrote is read.
 */
#ifndef OM_TOOLS_STORE_H
#define OM_TOOLS_STORE_H

#include "input.h"

#include "core/base/span.h"

enum {
	STORE_BYTES_MAX = INT32_MAX, /* a region's size is such a number everywhere in Linux */
	STORE_PAD_BYTES = 32 << 20,  /* zeros that can always be made to follow */
	/* 32768 grains in the largest store: Linux allows a process twice as many mappings */
	STORE_GRAIN_BYTES = 64 << 10,
	STORE_GRAINS_MAX = (STORE_BYTES_MAX >> 16) + 1,
	STORE_WINDOW_GRAINS = 64, /* 4 MiB: all windows together show what store_pad() adds */
	STORE_OPEN_MAX = 8,
};

/* Grains that follow one another. */
struct store_window {
	uint32_t first, n; /* n 0: none */
};

struct store {
	struct span bytes;
	uint8_t *map;
	size_t map_bytes;
	bool full[STORE_GRAINS_MAX]; /* grains with something in them */
	struct store_window open[STORE_OPEN_MAX];
	uint32_t next; /* the one of @open that is used next */
};

/**
 * store_load - hold [@off, @off + @len) of the input
 * @len:  STORE_BYTES_MAX at most; 0: all there is from @off on
 *
 * One store at a time: a handler of SIGSEGV opens its empty grains, so @s must not move until
 * store_free(). System calls do not come to that handler: copy bytes before write() takes them.
 *
 * Returns false after a message: no memory, or more bytes than STORE_BYTES_MAX. That the
 * input ends early is not a failure: bytes.len is less than @len then.
 */
bool store_load(struct store *s, struct input *in, uint64_t off, size_t len);

/* Makes it @len bytes long, with zeros; @len is that of store_load() or STORE_PAD_BYTES at most. */
void store_pad(struct store *s, size_t len);

void store_free(struct store *s);

#endif

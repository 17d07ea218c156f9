/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stretch of the input held for decoding, as one span. Memory is taken for the grains of it
 * that hold a byte other than zero. The empty ones can be read as well, in any order, but only
 * in HELD_OPEN_MAX windows at a time do they have memory: the window that was opened first is
 * given back for the next. So memory does not depend on what the kernel does when a page that
 * nobody wrote is read.
 */
#ifndef OM_TOOLS_HELD_H
#define OM_TOOLS_HELD_H

#include "input.h"

#include "core/base/span.h"

enum {
	HELD_BYTES_MAX = INT32_MAX, /* a region's size is such a number everywhere in Linux */
	HELD_PAD_BYTES = 32 << 20,  /* zeros that can always be made to follow */
	/* 32768 grains in the largest store: Linux allows a process twice as many mappings */
	HELD_GRAIN_BYTES = 64 << 10,
	HELD_GRAINS_MAX = (HELD_BYTES_MAX >> 16) + 1,
	HELD_WINDOW_GRAINS = 64, /* 4 MiB: all windows together show what held_pad() adds */
	HELD_OPEN_MAX = 8,
};

/* Grains that follow one another. */
struct held_window {
	uint32_t first, n; /* n 0: none */
};

struct held {
	struct span bytes;
	uint8_t *map;
	size_t map_bytes;
	bool full[HELD_GRAINS_MAX]; /* grains with something in them */
	struct held_window open[HELD_OPEN_MAX];
	uint32_t next; /* the one of @open that is used next */
};

/**
 * held_load - hold [@off, @off + @len) of the input
 * @len:  HELD_BYTES_MAX at most; 0: all there is from @off on
 *
 * One at a time: a handler of SIGSEGV opens its empty grains, so @s must not move until
 * held_free(). System calls do not come to that handler: copy bytes before write() takes them.
 *
 * Returns false after a message: no memory, or more bytes than HELD_BYTES_MAX. That the
 * input ends early is no failure: bytes.len is less than @len then.
 */
bool held_load(struct held *s, struct input *in, uint64_t off, size_t len);

/* Makes it @len bytes long, with zeros; @len is that of held_load() or HELD_PAD_BYTES at most. */
void held_pad(struct held *s, size_t len);

void held_free(struct held *s);

#endif

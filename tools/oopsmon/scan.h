/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The regions in an input nobody described, front to back through a window of fixed size:
 * firmware/core/ramoops/search.h says what is a region, this file brings it the bytes.
 */
#ifndef OM_TOOLS_SCAN_H
#define OM_TOOLS_SCAN_H

#include "input.h"

#include "core/ramoops/search.h"

enum {
	SCAN_WINDOW_BYTES = 32 << 20,
	/*
	 * Every region of up to this size is seen as a whole; one that begins later in the
	 * window is looked at again when the window has moved on.
	 */
	SCAN_REGION_BYTES = SCAN_WINDOW_BYTES / 2,
	SCAN_REGIONS_MAX = 256, /* more of them in one input are somebody's joke */
};

/* A region of the input, the arguments of scan_print. */
struct scan_hit {
	struct span bytes; /* valid during the call */
	uint64_t off;	   /* in the input */
	uint32_t lost;	   /* bytes at its end that the input does not have: zeros */
	const struct found *found;
	bool to_end; /* the input ends with it */
};

typedef int (*scan_print)(void *arg, const struct scan_hit *hit);

struct scan_result {
	uint32_t regions;
	uint64_t marks_at; /* UINT64_MAX: there was no zone header; else the first one's place */
	int code;	   /* worst that the callback returned */
};

/* Are these the sizes that are known? */
bool scan_matches(const struct search_known *known, const struct geometry *g);

/**
 * scan_input - report every region, in order
 * @known: sizes that they should have; a region whose bytes say others comes with those
 *
 * Reads to the input's end. Returns false without memory for the window.
 */
bool scan_input(struct input *in, const struct search_known *known, scan_print print, void *arg,
		struct scan_result *out);

#endif

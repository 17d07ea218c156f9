/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share. A target takes its numbers from the first bytes of the
 * input and gives the rest to a parser in memory of exactly its size, so that ASan sees
 * each byte read or written beside it; then it checks what came out. docs/testing.md.
 */
#ifndef OM_TESTS_FUZZ_H
#define OM_TESTS_FUZZ_H

#include "core/base/holes.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A claim about a result; the fuzzer keeps the input that breaks it. */
static inline void require(bool claim, const char *what)
{
	if (claim)
		return;
	fprintf(stderr, "claim broken: %s\n", what);
	abort();
}

/* ---- the input: numbers at its beginning, missing bytes are 0 ------------------------- */

static inline uint32_t take(struct span *in, size_t bytes)
{
	uint32_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v |= i < in->len ? (uint32_t)in->p[i] << (8 * i) : 0;
	*in = span_sub(*in, bytes, in->len);
	return v;
}

/* @len bytes, or what is left. */
static inline struct span take_span(struct span *in, size_t len)
{
	struct span s = span_sub(*in, 0, len);

	*in = span_sub(*in, len, in->len);
	return s;
}

/* ---- memory of exactly the size wanted ------------------------------------------------ */

static inline uint8_t *make_bytes(size_t len, int fill)
{
	uint8_t *p = malloc(len);

	require(p != NULL, "memory for the test");
	memset(p, fill, len);
	return p;
}

/* A copy to be freed with drop_copy(), which sees to it that nobody wrote to it. */
static inline struct span make_copy(struct span s)
{
	uint8_t *p = make_bytes(s.len, 0);

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return (struct span){ p, s.len };
}

static inline void drop_copy(struct span copy, struct span original)
{
	require(copy.len == 0 || memcmp(copy.p, original.p, copy.len) == 0, "input unchanged");
	free((void *)(uintptr_t)copy.p);
}

/* ---- claims that several parsers make ------------------------------------------------- */

static inline bool lies_in(struct span part, struct span whole)
{
	return part.len == 0 || (part.p >= whole.p && (size_t)(part.p - whole.p) <= whole.len &&
				 part.len <= whole.len - (size_t)(part.p - whole.p));
}

static inline bool same_bytes(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* In rising order with something between them, and inside @len bytes. */
static inline void check_holes(const struct holes *h, size_t len)
{
	uint64_t end = 0;

	require(h->n <= HOLES_MAX, "no more holes than fit");
	for (uint32_t i = 0; i < h->n; i++) {
		require(h->at[i].len > 0, "no empty hole");
		require(i == 0 || h->at[i].off > end, "holes apart and in order");
		end = (uint64_t)h->at[i].off + h->at[i].len;
	}
	require(end <= len, "holes inside the text");
}

#endif

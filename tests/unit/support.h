/* SPDX-License-Identifier: BSD-2-Clause */
/* What the unit tests share: cmocka, rows with names, hex, and random numbers that repeat. */
#ifndef OM_TESTS_SUPPORT_H
#define OM_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Say which row is tested: the last one said before a failure is the one. */
#define CASE(name) print_message("  row: %s\n", (name))

/* Returns the bytes written. */
static inline size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (; hex[0] && hex[1] && n < cap; hex += 2) {
		char two[3] = { hex[0], hex[1], 0 };

		out[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

/* xorshift64*: the same numbers on every machine. */
struct prng {
	uint64_t state; /* not 0 */
};

static inline uint32_t prng_next(struct prng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)((r->state * 0x2545f4914f6cdd1dULL) >> 32);
}

static inline uint32_t prng_below(struct prng *r, uint32_t n)
{
	return (uint32_t)((uint64_t)prng_next(r) * n >> 32);
}

static inline void prng_fill(struct prng *r, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)prng_next(r);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "digits.h"

/* A division of 64 bits by a small number, 16 bits at a time: most cores have none of that size. */
static uint64_t divide(uint64_t v, uint32_t by, uint32_t *rest)
{
	uint64_t result = 0;

	*rest = 0;
	for (uint32_t shift = v > UINT32_MAX ? 64 : 32; shift > 0;) {
		const uint32_t part = *rest << 16 | (uint16_t)(v >> (shift -= 16));

		*rest = part % by;
		result |= (uint64_t)(part / by) << shift;
	}
	return result;
}

uint32_t digits_put(char *out, uint64_t v, uint32_t base, uint32_t width, char fill)
{
	char digits[DIGITS_MAX];
	uint32_t n = 0;
	uint32_t len = 0;

	do {
		uint32_t rest;

		v = divide(v, base, &rest);
		digits[n++] = "0123456789abcdef"[rest];
	} while (v);
	while (len + n < width)
		out[len++] = fill;
	while (n > 0)
		out[len++] = digits[--n];
	return len;
}

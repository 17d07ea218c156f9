/* SPDX-License-Identifier: BSD-2-Clause */
#include "digits.h"

uint32_t digits_put(char *out, uint64_t v, uint32_t base, uint32_t width, char fill)
{
	char digits[DIGITS_MAX];
	uint32_t n = 0;
	uint32_t len = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (len + n < width)
		out[len++] = fill;
	while (n > 0)
		out[len++] = digits[--n];
	return len;
}

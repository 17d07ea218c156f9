/* SPDX-License-Identifier: BSD-2-Clause */
#include "escape.h"

size_t escape_text(struct span in, size_t *used, char *out, size_t cap)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;
	size_t i = 0;

	for (; i < in.len && cap - n >= ESCAPE_MAX; i++) {
		uint8_t c = in.p[i];

		if (c == '\\') {
			out[n++] = '\\';
			out[n++] = '\\';
		} else if ((c >= ' ' && c <= '~') || c == '\n' || c == '\t') {
			out[n++] = (char)c;
		} else {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
		}
	}
	*used = i;
	return n;
}

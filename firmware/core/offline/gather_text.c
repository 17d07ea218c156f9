/* SPDX-License-Identifier: BSD-2-Clause */
/* What counts of a text: no colours, no borders that a logger drew, no time stamps. */
#include "gather_parts.h"

enum {
	OSC_MAX = 200, /* bytes of an escape sequence that sets a title */
	CSI_MAX = 32
};

/* Length of the terminal's escape sequence at the beginning of @s, at least 1. */
static size_t escape_bytes(struct span s)
{
	if (s.len < 2)
		return 1;
	if (s.p[1] == '[') {
		for (size_t i = 2; i < gather_least(s.len, CSI_MAX); i++)
			if (s.p[i] >= 0x40 && s.p[i] <= 0x7e)
				return i + 1;
		return 1;
	}
	if (s.p[1] == ']') {
		for (size_t i = 2; i < gather_least(s.len, OSC_MAX); i++) {
			if (s.p[i] == 0x07)
				return i + 1;
			if (s.p[i] == 0x1b && i + 1 < s.len && s.p[i + 1] == '\\')
				return i + 2;
		}
		return 1;
	}
	return s.p[1] >= 0x20 && s.p[1] < 0x7f ? 2 : 1;
}

size_t gather_strip(struct span s, const struct gather_strip *how, char *out, size_t cap)
{
	size_t n = 0;
	uint32_t skip = 0;

	for (size_t i = 0; i < s.len && n < cap; i++) {
		const uint8_t c = s.p[i];

		if (gather_is_newline(c)) {
			skip = how->prefix;
		} else if (c == 0x1b && how->escapes) {
			i += escape_bytes(span_sub(s, i, s.len)) - 1;
		} else if (skip > 0) {
			skip--;
		} else if (!how->foreign || armor_is_char(c)) {
			out[n++] = (char)c;
		}
	}
	return n;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

bool text_begins(struct span s, const char *with)
{
	if (s.len == 0 || s.p[0] != (uint8_t)with[0]) /* nearly always */
		return false;

	const size_t n = strlen(with);

	return s.len >= n && memcmp(s.p, with, n) == 0;
}

bool text_take(struct span *s, const char *with)
{
	if (!text_begins(*s, with))
		return false;
	*s = text_skip(*s, strlen(with));
	return true;
}

size_t text_find(struct span s, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.len; i++) {
		const uint8_t *p = memchr(s.p + i, word[0], s.len - n + 1 - i);

		if (!p)
			break;
		i = (size_t)(p - s.p);
		if (memcmp(p, word, n) == 0)
			return i;
	}
	return s.len;
}

struct span text_after(struct span s, const char *word)
{
	const size_t at = text_find(s, word);

	return at < s.len ? text_skip(s, at + strlen(word)) : text_skip(s, s.len);
}

struct span text_before(struct span s, const char *word)
{
	return span_sub(s, 0, text_find(s, word));
}

struct span text_unindented(struct span s)
{
	size_t n = 0;

	while (n < s.len && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return text_skip(s, n);
}

struct span text_trimmed(struct span s)
{
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\r'))
		s.len--;
	return s;
}

bool text_number(struct span s, uint32_t *value)
{
	uint32_t v = 0;
	size_t n = 0;

	for (; n < s.len && text_is_digit(s.p[n]); n++) {
		const uint32_t digit = s.p[n] - (uint32_t)'0';

		if (v > (UINT32_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (n > 0)
		*value = v;
	return n > 0;
}

size_t text_hex(struct span s, uint64_t *value)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < s.len && text_is_hex(s.p[n]); n++) {
		const uint8_t c = s.p[n];

		v = v << 4 | (uint64_t)(text_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	if (n > 0)
		*value = v;
	return n;
}

bool text_same(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

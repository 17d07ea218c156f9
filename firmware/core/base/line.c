/* SPDX-License-Identifier: BSD-2-Clause */
#include "line.h"

#include "digits.h"

#include <string.h>

void line_put_char(struct line *l, char c)
{
	if (l->len < LINE_BYTES_MAX)
		l->p[l->len++] = c;
}

void line_put(struct line *l, const char *text)
{
	while (*text)
		line_put_char(l, *text++);
}

void line_put_digits(struct line *l, uint64_t v, uint32_t base, uint32_t width)
{
	char digits[DIGITS_MAX];
	const uint32_t n = digits_put(digits, v, base, width, '0');

	for (uint32_t i = 0; i < n; i++)
		line_put_char(l, digits[i]);
}

void line_put_number(struct line *l, const char *word, uint32_t v)
{
	line_put(l, word);
	line_put_digits(l, v, 10, 1);
}

void line_put_hex(struct line *l, const char *word, uint64_t v, uint32_t width)
{
	line_put(l, word);
	line_put_digits(l, v, 16, width);
}

size_t line_end(struct line *l)
{
	line_put_char(l, '\n');
	return l->len;
}

bool line_cut(struct span text, struct span *out)
{
	const uint8_t *end = text.len
				     ? memchr(text.p, '\n',
					      text.len < LINE_BYTES_MAX ? text.len : LINE_BYTES_MAX)
				     : NULL;

	if (!end)
		return false;
	*out = (struct span){ text.p, (size_t)(end - text.p) };
	return true;
}

struct span line_word(struct span *line)
{
	const uint8_t *blank = line->len ? memchr(line->p, ' ', line->len) : NULL;
	const size_t n = blank ? (size_t)(blank - line->p) : line->len;
	const struct span word = { line->p, n };

	*line = span_sub(*line, blank ? n + 1 : n, line->len);
	return word;
}

bool line_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

bool line_take(struct span *s, const char *text)
{
	const size_t n = strlen(text);

	if (s->len < n || memcmp(s->p, text, n) != 0)
		return false;
	*s = span_sub(*s, n, s->len);
	return true;
}

bool line_digits(struct span s, uint32_t base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 20)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		static const char all[] = "0123456789abcdef";
		const char *at = memchr(all, s.p[i], base);

		if (!at || v > UINT64_MAX >> 4)
			return false;
		v = v * base + (uint64_t)(at - all);
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

bool line_number_64(struct span s, uint64_t *out)
{
	if (line_take(&s, "0x"))
		return line_digits(s, 16, UINT64_MAX, out);
	return line_digits(s, 10, UINT64_MAX, out);
}

bool line_number(struct span s, uint32_t *out)
{
	uint64_t v;

	if (!line_number_64(s, &v) || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

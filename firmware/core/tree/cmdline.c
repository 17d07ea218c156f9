/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One word after another, as Linux takes a command line apart, and the numbers in
 * them. Never writes to the line.
 */
#include "cmdline.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool cmdline_word_next(const char *line, const char **p, struct cmdline_word *out)
{
	const char *s = *p;
	const char *stop = line + CMDLINE_BYTES_MAX;
	const char *equals = NULL;
	const char *end;
	bool quoted, inside;

	while (s < stop && is_blank(*s))
		s++;
	if (s >= stop || !*s)
		return false;

	out->start = s;
	quoted = *s == '"';
	inside = quoted;
	s += quoted;
	out->name = s;
	for (; s < stop && *s && (inside || !is_blank(*s)); s++) {
		if (*s == '"')
			inside = !inside;
		else if (*s == '=' && !equals && s > out->name)
			equals = s;
	}
	*p = s;
	out->len = (size_t)(s - out->start);

	end = s;
	if (quoted && end > out->name && end[-1] == '"')
		end--;
	out->value = equals ? equals + 1 : end;
	out->name_len = (size_t)((equals ? equals : end) - out->name);
	if (out->value < end && *out->value == '"') {
		out->value++;
		if (end > out->value && end[-1] == '"')
			end--;
	}
	out->value_len = (size_t)(end - out->value);
	out->has_value = equals != NULL;
	return equals || out->name_len != 2 || memcmp(out->name, "--", 2) != 0;
}

static char plain(char c)
{
	return c == '-' ? '_' : c;
}

bool cmdline_name_is(const char *have, size_t len, const char *want)
{
	for (size_t i = 0; i < len; i++)
		if (!want[i] || plain(have[i]) != plain(want[i]))
			return false;
	return !want[len];
}

const char *cmdline_next(const char *line, const char *name, const char *after, size_t *len)
{
	const char *p = line;
	struct cmdline_word w;

	while (cmdline_word_next(line, &p, &w)) {
		if ((after && w.value <= after) || !cmdline_name_is(w.name, w.name_len, name))
			continue;
		*len = w.value_len;
		return w.value;
	}
	return NULL;
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	return 99;
}

/* Bits that a suffix shifts by; 0 if it is none. */
static unsigned suffix_bits(char c)
{
	static const char suffixes[] = "kmgtpe";
	const char *at = c ? strchr(suffixes, c | 0x20) : NULL;

	return at && *at ? 10 * (unsigned)(at - suffixes + 1) : 0;
}

enum om_err cmdline_size(const char *text, size_t len, uint64_t *value, size_t *used)
{
	unsigned base = 10;
	size_t i = 0;
	size_t first;
	uint64_t v = 0;
	unsigned bits = 0;

	if (len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x' && digit(text[2]) < 16) {
		base = 16;
		i = 2;
	} else if (len > 1 && text[0] == '0') {
		base = 8;
	}
	for (first = i; i < len && digit(text[i]) < base; i++) {
		uint64_t low = (v & UINT32_MAX) * base + digit(text[i]);
		uint64_t high = (v >> 32) * base + (low >> 32);

		if (high >> 32)
			return OM_E_TRUNCATED;
		v = high << 32 | (low & UINT32_MAX);
	}
	if (i == first)
		return OM_E_ARG;
	if (i < len)
		bits = suffix_bits(text[i]);
	if (bits && v << bits >> bits != v)
		return OM_E_TRUNCATED;
	*value = v << bits;
	if (used)
		*used = i + (bits != 0);
	return OM_OK;
}

bool cmdline_whole_number(const char *text, size_t len, uint32_t max, uint32_t *value)
{
	uint64_t v;
	size_t used;

	if (cmdline_size(text, len, &v, &used) || used != len || v > max)
		return false;
	*value = (uint32_t)v;
	return true;
}

const char *cmdline_last(const char *line, const char *name, size_t *len)
{
	const char *last = NULL;
	size_t n;

	for (const char *at = NULL; (at = cmdline_next(line, name, at, &n)) != NULL;) {
		last = at;
		*len = n;
	}
	return last;
}

bool cmdline_number(const char *line, const char *name, uint32_t max, uint32_t *out)
{
	size_t len = 0;
	const char *last = cmdline_last(line, name, &len);

	return !last || cmdline_whole_number(last, len, max, out);
}

size_t cmdline_own_prefix(const struct cmdline_word *w)
{
	static const char prefix[] = "oopsmon.";
	const size_t len = sizeof(prefix) - 1;

	return w->name_len > len && memcmp(w->name, prefix, len) == 0 ? len : 0;
}

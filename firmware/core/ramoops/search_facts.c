/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bytes at and after each mark say, and marks by their places. */
#include "search_solver.h"

#include "core/base/text.h"
#include "core/log/dmesg.h"

#include <string.h>

enum {
	LOOK_BYTES = 1024,   /* of a log, to see what it is */
	NEWEST_BYTES = 4096, /* of text: its end says more than its beginning */
	SIEVE_SHIFT = 16,    /* 32 - log2(bits of the sieve) */
};

static uint32_t sieve_bit(uint32_t off)
{
	return off * 0x9e3779b1u >> SIEVE_SHIFT;
}

uint32_t search_mark_from(const struct solver *s, uint32_t off)
{
	uint32_t lo = 0;
	uint32_t hi = s->n;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (mark_off(s, mid) < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool search_mark_at(const struct solver *s, uint32_t off, uint32_t *i)
{
	const uint32_t bit = sieve_bit(off);

	if (!(s->sieve[bit / 32] >> bit % 32 & 1))
		return false;
	*i = search_mark_from(s, off);
	return *i < s->n && mark_off(s, *i) == off;
}

/* ---- what comes after a mark ----------------------------------------------------------- */

/*
 * "[   12.345678] " at the beginning of @s; vendors' kernels have the CPU and more before the
 * bracket that closes: "[   12.345678,0]", "[   12.345678@1]".
 */
static bool is_stamp(struct span s)
{
	enum { FRACTION_MIN = 6, REST_MAX = 24 };
	size_t i = 1;
	size_t from;

	if (s.len < 10 || s.p[0] != '[')
		return false;
	while (i < 6 && s.p[i] == ' ')
		i++;
	from = i;
	while (i < 13 && i < s.len && text_is_digit(s.p[i]))
		i++;
	if (i == from || i == s.len || s.p[i] != '.')
		return false;
	from = ++i;
	while (i < s.len && text_is_digit(s.p[i]))
		i++;
	if (i < from + FRACTION_MIN)
		return false;
	from = i;
	while (i < s.len && i < from + REST_MAX && s.p[i] != ']' && s.p[i] != '\n')
		i++;
	return i < s.len && s.p[i] == ']';
}

/* What only a kernel writes at the beginning of a line, with or without a time before it. */
static bool is_kernel_words(struct span s)
{
	static const char *const words[] = {
		"Linux version ",
		"Booting Linux on ",
		"Kernel panic - not syncing",
		"Kernel command line: ",
		"Command line: ",
		"Internal error: ",
		"Unable to handle ",
		"Call trace:",
		"Call Trace:",
		"Modules linked in:",
		"Hardware name: ",
		"Freeing unused kernel",
		"Calibrating delay",
		"------------[ cut here",
		"---[ end ",
		"reboot: ",
		"Rebooting in ",
		"SysRq : ",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_begins(s, words[i]))
			return true;
	return false;
}

static bool has_kernel_lines(struct span s)
{
	size_t at = 0;

	while (at < s.len) {
		struct span line = span_sub(s, at, s.len);

		if (line.len > 3 && line.p[0] == '<' && text_is_digit(line.p[1]) &&
		    line.p[2] == '>')
			line = span_sub(line, 3, line.len);
		if (is_stamp(line) || is_kernel_words(line))
			return true;

		const uint8_t *nl = memchr(s.p + at, '\n', s.len - at);

		if (!nl)
			return false;
		at = (size_t)(nl - s.p) + 1;
	}
	return false;
}

bool search_is_log_head(struct span s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < 4 && i < s.len; i++)
		n += s.p[i] == '=';
	return n >= 3; /* one byte may be damaged */
}

enum looks search_look(struct span log, bool ftrace)
{
	if (log.len == 0)
		return LOOKS_EMPTY;
	if (search_is_log_head(log))
		return LOOKS_DMESG;
	if (ftrace)
		return LOOKS_BINARY;
	if (has_kernel_lines(log))
		return LOOKS_KERNEL;
	return dmesg_looks_like_text(log) ? LOOKS_TEXT : LOOKS_BINARY;
}

/* Majority vote for the version that ftrace marks name. */
static void find_version(struct solver *s)
{
	uint32_t votes = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct mark *m = &s->marks[i];

		if (!m->version || m->wrong_bits > 0)
			continue;
		if (votes == 0)
			s->version = m->version;
		if (s->version == m->version)
			votes++;
		else
			votes--;
	}
}

static void fact_read(struct solver *s, uint32_t i)
{
	const struct mark *m = &s->marks[i];
	const uint8_t *p = s->bytes.p + mark_off(s, i);
	uint32_t (*const load)(const uint8_t *) = m->big_endian ? be32_load : le32_load;
	const uint32_t bit = sieve_bit(mark_off(s, i));
	struct fact f = { .start = load(p + 4), .size = load(p + 8) };
	const uint32_t len = f.size < LOOK_BYTES ? f.size : LOOK_BYTES;

	f.looks = (uint8_t)search_look(span_sub(s->bytes, mark_off(s, i) + ZONE_HDR_BYTES, len),
				       m->version && !m->wrong_bits);
	if (f.looks == LOOKS_TEXT) {
		const uint32_t n = f.start < NEWEST_BYTES ? f.start : NEWEST_BYTES;

		if (has_kernel_lines(
			    span_sub(s->bytes, mark_off(s, i) + ZONE_HDR_BYTES + f.start - n, n)))
			f.looks = LOOKS_KERNEL;
	}
	s->facts[i] = f;
	s->sieve[bit / 32] |= 1u << bit % 32;
}

void search_read_facts(struct solver *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		fact_read(s, i);
	find_version(s);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbols_check.h"

#include "core/log/ftrace.h"
#include "core/log/headline.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_BYTES = 512,
	ADDRESS_DIGITS = 8,   /* at least */
	STRAY_SHARE = 8,      /* one of so many frames may be damaged, or be of no function */
	CALL_BYTES_MAX = 32,  /* before a function's call of the tracer */
	MOVE_UNIT = 64 << 10, /* KASLR's step is at least that: the kernel's pages stay aligned */
};

/* A function in a line, as "%pS" prints it. */
struct named {
	char name[NAME_BYTES];
	uint64_t off, bytes;
	bool has_address, in_module;
	uint64_t address;
};

/* Hex digits of @s from @at on; returns how many. */
static size_t hex(struct span s, size_t at, uint64_t *value)
{
	size_t n = 0;

	for (*value = 0; at + n < s.len && isxdigit(s.p[at + n]); n++) {
		const int c = tolower(s.p[at + n]);

		*value = *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return n <= 16 ? n : 0;
}

static bool is_name(uint8_t c)
{
	return isalnum(c) || c == '_' || c == '.' || c == '$';
}

/* "[<c0101234>] (" or "[<ffffffff81001234>] ? " before the name that begins at @at. */
static void take_address(struct span line, size_t at, struct named *f)
{
	size_t end = at, from;

	while (end > 0 &&
	       (line.p[end - 1] == ' ' || line.p[end - 1] == '(' || line.p[end - 1] == '?'))
		end--;
	if (end < 2 || line.p[end - 1] != ']' || line.p[end - 2] != '>')
		return;
	end -= 2;
	for (from = end; from > 0 && isxdigit(line.p[from - 1]); from--)
		;
	if (from > 0 && line.p[from - 1] == '<' && end - from >= ADDRESS_DIGITS)
		f->has_address = hex(line, from, &f->address) == end - from;
}

/* The function whose "+0x" is at @plus of @line. */
static bool take_named(struct span line, size_t plus, struct named *f)
{
	size_t from = plus, at = plus + strlen("+0x"), n;

	*f = (struct named){ .in_module = false };
	while (from > 0 && is_name(line.p[from - 1]))
		from--;
	if (from == plus || isdigit(line.p[from]) || plus - from >= sizeof(f->name))
		return false;
	memcpy(f->name, line.p + from, plus - from);
	n = hex(line, at, &f->off);
	at += n;
	if (n == 0 || at + 3 >= line.len || memcmp(line.p + at, "/0x", 3) != 0)
		return false;
	at += 3;
	n = hex(line, at, &f->bytes);
	at += n;
	f->in_module = at + 1 < line.len && line.p[at] == ' ' && line.p[at + 1] == '[';
	take_address(line, from, f);
	return n > 0 && f->off <= f->bytes;
}

/* Of the functions of this name one that is as long; with an address, how far it moved. */
static bool place(const struct symbols *s, const struct named *f, const struct symbols_check *c,
		  uint64_t *move)
{
	uint64_t address, bytes;
	bool found = false;

	for (size_t i = 0; symbols_places(s, f->name, i, &address, &bytes); i++) {
		const uint64_t by = f->address - (address + f->off);

		if (bytes != f->bytes)
			continue;
		/* one that others moved by as well, if there are several */
		for (uint32_t k = 0; k < c->n_moves && found; k++)
			if (c->moves[k].by == by)
				*move = by;
		if (!found)
			*move = by;
		found = true;
	}
	return found;
}

static void count_move(struct symbols_check *c, uint64_t by)
{
	c->n_placed++;
	for (uint32_t i = 0; i < c->n_moves; i++)
		if (c->moves[i].by == by) {
			c->moves[i].n++;
			return;
		}
	if (c->n_moves < CHECK_MOVES_MAX) {
		c->moves[c->n_moves].by = by;
		c->moves[c->n_moves++].n = 1;
	}
}

static void check_line(struct symbols_check *c, const struct symbols *s, struct span line)
{
	for (size_t i = 0; i + 3 < line.len; i++) {
		const uint8_t *plus = memchr(line.p + i, '+', line.len - i - 3);
		struct named f;
		uint64_t move;

		if (!plus)
			return;
		i = (size_t)(plus - line.p);
		if (memcmp(plus, "+0x", 3) != 0 || !take_named(line, i, &f) || f.in_module)
			continue;
		c->n_frames++;
		if (!place(s, &f, c, &move))
			c->n_unknown++;
		else if (f.has_address)
			count_move(c, move);
	}
}

/* "Kernel Offset: 0x1c00000 from 0xffffffff81000000 (relocation range: ...)" */
static void take_offset(struct symbols_check *c, struct span line)
{
	static const char words[] = "Kernel Offset: 0x";
	const uint8_t *at = memmem(line.p, line.len, words, sizeof(words) - 1);
	uint64_t value;

	if (!at || !hex(line, (size_t)(at - line.p) + sizeof(words) - 1, &value))
		return;
	c->has_offset = true;
	c->offset = value;
}

static void keep(char *to, size_t cap, struct span s)
{
	if (to[0] || s.len == 0 || memchr(s.p, '\0', s.len))
		return;
	snprintf(to, cap, "%.*s", (int)(s.len < cap ? s.len : cap - 1), (const char *)s.p);
}

void symbols_check_text(struct symbols_check *c, const struct symbols *s, struct span text)
{
	struct headline h;
	struct headline_facts f;

	headline_find(text, &h);
	headline_facts(&h, &f);
	keep(c->kernel, sizeof(c->kernel), h.kernel);
	keep(c->release, sizeof(c->release), f.release);
	while (text.len > 0) {
		const uint8_t *end = memchr(text.p, '\n', text.len);
		const size_t n = end ? (size_t)(end - text.p) + 1 : text.len;

		check_line(c, s, span_sub(text, 0, n));
		take_offset(c, span_sub(text, 0, n));
		text = span_sub(text, n, text.len);
	}
}

void symbols_check_ftrace(struct symbols_check *c, const struct record *r)
{
	struct ftrace_entry e;

	for (uint32_t i = 0;
	     c->n_traced < CHECK_TRACED_MAX && ftrace_entry_at(r->text, &r->ftrace, i, &e) == OM_OK;
	     i++)
		c->traced[c->n_traced++] = e.ip & ~(uint64_t)r->ftrace.cpu_in_ip;
}

/* ---- the judgement ------------------------------------------------------------------------- */

/* True if vmlinux has the banner of another kernel than the log. */
static bool is_other_kernel(const struct symbols_check *c, const struct symbols *s, char *why,
			    size_t cap)
{
	const char *banner = symbols_banner(s);
	char release[64] = "";

	if (!banner)
		return false;
	if (c->kernel[0]) {
		if (strcmp(c->kernel, banner) == 0)
			return false;
		snprintf(why, cap, "it is of \"%s\", and the log of \"%s\"", banner, c->kernel);
		return true;
	}
	sscanf(banner, "Linux version %63s", release);
	if (!c->release[0] || strcmp(c->release, release) == 0)
		return false;
	snprintf(why, cap, "it is of Linux %s, and the log of %s", release, c->release);
	return true;
}

/* How far most functions moved, and how many did not move so. */
static uint32_t strays(const struct symbols_check *c, uint64_t *move)
{
	uint32_t most = 0;

	*move = c->has_offset ? c->offset : 0;
	for (uint32_t i = 0; i < c->n_moves; i++) {
		const uint64_t by = c->moves[i].by;
		const bool can = c->has_offset ? by == c->offset : by % MOVE_UNIT == 0;

		if (!can || c->moves[i].n <= most)
			continue;
		most = c->moves[i].n;
		*move = by;
	}
	return c->n_placed - most;
}

/* Of the functions that were traced those that begin nowhere near. */
static uint32_t astray(const struct symbols_check *c, const struct symbols *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_traced; i++)
		n += symbols_into(s, c->traced[i]) > CALL_BYTES_MAX;
	return n;
}

bool symbols_check_end(const struct symbols_check *c, struct symbols *s, char *why, size_t cap)
{
	uint64_t move;
	const uint32_t n_bad = c->n_unknown + strays(c, &move);
	uint32_t n_astray;

	*why = '\0';
	symbols_move(s, move);
	n_astray = astray(c, s);
	if (is_other_kernel(c, s, why, cap))
		return false;
	if (n_bad)
		snprintf(why, cap, "%" PRIu32 " of %" PRIu32 " named frames stand elsewhere", n_bad,
			 c->n_frames);
	if ((uint64_t)n_bad * STRAY_SHARE > c->n_frames)
		return false;
	if ((uint64_t)n_astray * STRAY_SHARE <= c->n_traced)
		return true;
	snprintf(why, cap, "%" PRIu32 " of %" PRIu32 " traced functions begin elsewhere", n_astray,
		 c->n_traced);
	return false;
}

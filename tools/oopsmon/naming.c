/* SPDX-License-Identifier: BSD-2-Clause */
#include "naming.h"

#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MIN = 8, DIGITS_MAX = 16, NAMED_BYTES = 600 };

/* An address in a line. */
struct bare {
	size_t from, to; /* with "[<" and ">]", or "0x" */
	uint64_t address;
	bool pointed; /* "[<...>]" */
	enum address_kind kind;
};

static bool ends_with(struct span s, const char *word)
{
	const size_t n = strlen(word);

	return s.len >= n && memcmp(s.p + s.len - n, word, n) == 0;
}

static struct span trimmed(struct span s)
{
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

static bool begins_with(struct span s, const char *word)
{
	const size_t n = strlen(word);

	return s.len >= n && memcmp(s.p, word, n) == 0;
}

/* True if what comes before an address says that it is of the instruction that ran. */
static bool is_after_pc(struct span before)
{
	static const char *const words[] = { "PC is at", "pc :", "epc :", "RIP:", "RIP: 0010:" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ends_with(before, words[i]))
			return true;
	return false;
}

/* The same for a frame, or where a function returns to. */
static bool is_after_frame(struct span before)
{
	static const char *const words[] = { "LR is at", "lr :", "ra :", " from", "]", ">", "?" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ends_with(before, words[i]))
			return true;
	return before.len == 0;
}

/*
 * The next address of @line from @at on. @pc: of the program counter that a line before had: its
 * frame in the trace is not a return address.
 */
static bool next_bare(struct span line, size_t at, uint64_t *pc, struct bare *out)
{
	for (; at + 2 < line.len; at++) {
		const bool pointed = memcmp(line.p + at, "[<", 2) == 0;
		const struct span before = trimmed(span_sub(line, 0, at));
		size_t n = 0;

		if (!pointed && memcmp(line.p + at, "0x", 2) != 0)
			continue;
		*out = (struct bare){ .from = at, .pointed = pointed };
		for (; at + 2 + n < line.len && n <= DIGITS_MAX && isxdigit(line.p[at + 2 + n]);
		     n++) {
			const int c = tolower(line.p[at + 2 + n]);

			out->address = out->address << 4 |
				       (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
		}
		out->to = at + 2 + n + (pointed ? 2 : 0);
		if (n < DIGITS_MIN || n > DIGITS_MAX || out->to > line.len ||
		    (pointed && memcmp(line.p + at + 2 + n, ">]", 2) != 0))
			continue;
		out->kind = ADDRESS_RETURN;
		if (is_after_pc(before)) {
			*pc = out->address;
			out->kind = ADDRESS_EXACT;
		} else if (out->address == *pc) {
			out->kind = ADDRESS_EXACT;
		}
		return true;
	}
	return false;
}

void naming_below(FILE *f, struct span line, const struct symbols *symbols, uint64_t *pc)
{
	uint32_t named = 0;
	struct bare b = { 0 };

	while (next_bare(line, b.to, pc, &b)) {
		char name[NAMED_BYTES];

		if (symbols_name(symbols, b.address, b.kind, name, sizeof(name)) == 0)
			continue;
		fputs(named++ ? ", " : "= ", f);
		text_escaped(f, (struct span){ (const uint8_t *)name, strlen(name) });
	}
	if (named)
		fputc('\n', f);
}

/* True if an address is where a trace, or the registers, have a function. */
static bool is_place(struct span line, const struct bare *b)
{
	const struct span before = trimmed(span_sub(line, 0, b->from));
	struct span after = span_sub(line, b->to, line.len);

	while (after.len > 0 && after.p[0] == ' ')
		after = span_sub(after, 1, after.len);
	/* another has named it, or it is in a module: that one's place is not in the file */
	if (after.len > 0 && after.p[0] != '\n' && after.p[0] != '\r' &&
	    !begins_with(after, "from "))
		return false;
	return is_after_pc(before) || is_after_frame(before);
}

/* A line with names in place of its addresses; false: it has none. */
static bool name_line(FILE *f, struct span line, const struct symbols *symbols, uint64_t *pc)
{
	struct bare b = { 0 };
	size_t done = 0;

	while (next_bare(line, b.to, pc, &b)) {
		char name[NAMED_BYTES];

		if (!is_place(line, &b) ||
		    symbols_name(symbols, b.address, b.kind, name, sizeof(name)) == 0)
			continue;
		fwrite(line.p + done, 1, b.from - done, f);
		if (b.pointed)
			fprintf(f, "%.*s ", (int)(b.to - b.from), (const char *)line.p + b.from);
		fputs(name, f);
		done = b.to;
	}
	fwrite(line.p + done, 1, line.len - done, f);
	return done > 0;
}

struct span naming_text(struct span text, const struct symbols *symbols, char **room)
{
	struct span rest = text;
	bool named = false;
	uint64_t pc = 0;
	size_t len;
	FILE *f;

	*room = NULL;
	f = symbols && text.len ? open_memstream(room, &len) : NULL;
	if (!f)
		return text;
	while (rest.len > 0) {
		const uint8_t *end = memchr(rest.p, '\n', rest.len);
		const size_t n = end ? (size_t)(end - rest.p) + 1 : rest.len;

		named |= name_line(f, span_sub(rest, 0, n), symbols, &pc);
		rest = span_sub(rest, n, rest.len);
	}
	if (fclose(f) == 0 && named)
		return (struct span){ (const uint8_t *)*room, len };
	free(*room);
	*room = NULL;
	return text;
}

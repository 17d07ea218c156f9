/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include "core/escape.h"
#include "core/ftrace.h"
#include "core/pmsg.h"

#include <ctype.h>
#include <string.h>

void text_escaped(FILE *f, struct span text)
{
	char out[1024];

	while (text.len > 0) {
		size_t used;
		const size_t n = escape_text(text, &used, out, sizeof(out));

		fwrite(out, 1, n, f);
		text = span_sub(text, used, text.len);
	}
}

/* The first line of @text with its newline, if it has one. */
static struct span line_of(struct span text)
{
	const uint8_t *end = text.len ? memchr(text.p, '\n', text.len) : NULL;

	return end ? span_sub(text, 0, (size_t)(end - text.p) + 1) : text;
}

/* The hex digits at the beginning of @text; 0 if there are none, or too many for an address. */
static size_t hex_number(struct span text, uint64_t *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < text.len && isxdigit(text.p[n]); n++) {
		const int c = tolower(text.p[n]);

		*value = *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return n > 16 ? 0 : n;
}

/*
 * Kernels without names of their own print "[<c0101234>]" or "0xffffffc008015a43"; shorter
 * numbers are no addresses.
 */
static void name_addresses(FILE *f, struct span line, const struct symbols *symbols)
{
	uint32_t named = 0;

	for (size_t i = 0; i + 2 < line.len; i++) {
		char name[256];
		uint64_t address;
		size_t digits;

		if (memcmp(line.p + i, "[<", 2) != 0 && memcmp(line.p + i, "0x", 2) != 0)
			continue;
		digits = hex_number(span_sub(line, i + 2, line.len), &address);
		if (digits < 8 || symbols_name(symbols, address, name, sizeof(name)) == 0)
			continue;
		fputs(named++ ? ", " : "= ", f);
		text_escaped(f, (struct span){ (const uint8_t *)name, strlen(name) });
		i += digits;
	}
	if (named)
		fputc('\n', f);
}

void text_quoted(FILE *f, struct span text, const struct symbols *symbols)
{
	while (text.len > 0) {
		const struct span line = line_of(text);

		fputs("| ", f);
		text_escaped(f, line);
		if (line.p[line.len - 1] != '\n')
			fputc('\n', f);
		if (symbols)
			name_addresses(f, line, symbols);
		text = span_sub(text, line.len, text.len);
	}
}

static void write_entry(FILE *f, const struct ftrace_entry *e, const struct ftrace_format *format,
			const struct symbols *symbols)
{
	char ip[FTRACE_NAME_MAX];
	char parent[FTRACE_NAME_MAX];
	struct ftrace_names names = { 0 };
	char line[FTRACE_LINE_BYTES];

	if (symbols &&
	    symbols_name(symbols, e->ip & ~(uint64_t)format->cpu_in_ip, ip, sizeof(ip))) {
		ip[strcspn(ip, "+")] = '\0';
		names.ip = ip;
	}
	if (symbols && symbols_name(symbols, e->parent_ip, parent, sizeof(parent)))
		names.parent = parent;

	const size_t n = ftrace_line(e, format, &names, line);

	fwrite_unlocked(line, 1, n, f);
}

void text_record(FILE *f, const struct record *r, const struct symbols *symbols)
{
	struct ftrace_entry e;

	if (r->kind != ZONE_FTRACE || r->quality == QUALITY_UNREADABLE) {
		if (r->text.len > 0)
			fwrite(r->text.p, 1, r->text.len, f);
		return;
	}
	for (uint32_t i = 0; ftrace_entry_at(r->text, &r->ftrace, i, &e) == OM_OK; i++)
		write_entry(f, &e, &r->ftrace, symbols);
}

void text_logcat(FILE *f, struct span pmsg)
{
	struct pmsg_entry e;
	size_t skipped;

	while (pmsg_next(&pmsg, &skipped, &e) == OM_OK) {
		char head[PMSG_HEAD_BYTES];
		const size_t n = pmsg_head(&e, head);

		/* as logcat does it: each line of a message has its own head */
		do {
			const struct span line = line_of(e.message);

			fwrite(head, 1, n, f);
			fwrite(e.tag.p, 1, e.tag.len, f);
			fputs(": ", f);
			fwrite(line.p, 1, line.len, f);
			if (line.len == 0 || line.p[line.len - 1] != '\n')
				fputc('\n', f);
			e.message = span_sub(e.message, line.len, e.message.len);
		} while (e.message.len > 0);
	}
}

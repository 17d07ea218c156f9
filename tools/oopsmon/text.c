/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include "naming.h"

#include "core/base/escape.h"
#include "core/log/ftrace.h"
#include "core/log/pmsg.h"

#include <string.h>

/* An empty span may be at NULL, which fwrite() must not be given. */
static void put(FILE *f, struct span text)
{
	if (text.len > 0)
		fwrite(text.p, 1, text.len, f);
}

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

void text_quoted(FILE *f, struct span text, const struct symbols *symbols)
{
	uint64_t pc = 0;

	while (text.len > 0) {
		const struct span line = line_of(text);

		fputs("| ", f);
		text_escaped(f, line);
		if (line.p[line.len - 1] != '\n')
			fputc('\n', f);
		if (symbols)
			naming_below(f, line, symbols, &pc);
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

	if (symbols && symbols_name(symbols, e->ip & ~(uint64_t)format->cpu_in_ip, ADDRESS_EXACT,
				    ip, sizeof(ip))) {
		ip[strcspn(ip, "+")] = '\0';
		names.ip = ip;
	}
	if (symbols &&
	    symbols_name(symbols, e->parent_ip, ADDRESS_RETURN, parent, sizeof(parent))) {
		parent[strcspn(parent, "/")] = '\0';
		names.parent = parent;
	}

	const size_t n = ftrace_line(e, format, &names, line);

	fwrite_unlocked(line, 1, n, f);
}

void text_record(FILE *f, const struct record *r, const struct symbols *symbols)
{
	struct ftrace_entry e;

	if (r->kind != ZONE_FTRACE || r->quality == QUALITY_UNREADABLE) {
		put(f, r->text);
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
			put(f, e.tag);
			fputs(": ", f);
			put(f, line);
			if (line.len == 0 || line.p[line.len - 1] != '\n')
				fputc('\n', f);
			e.message = span_sub(e.message, line.len, e.message.len);
		} while (e.message.len > 0);
	}
}

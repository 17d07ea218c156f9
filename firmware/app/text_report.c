/* SPDX-License-Identifier: BSD-2-Clause */
/* The records as plain text, escaped, for a person at the console (oopsmon.report=text). */
#include "console.h"
#include "core/log/ftrace.h"
#include "report.h"

static void print_ftrace(const struct record *r)
{
	struct con_record out = { .at_start = true };
	uint32_t n = r->ftrace.bytes ? (uint32_t)(r->text.len / r->ftrace.bytes) : 0;

	for (uint32_t i = 0; i < n; i++) {
		struct ftrace_entry e;
		char line[FTRACE_LINE_BYTES];

		if (ftrace_entry_at(r->text, &r->ftrace, i, &e))
			break;
		con_record_feed(&out, (struct span){ (const uint8_t *)line,
						     ftrace_line(&e, &r->ftrace, NULL, line) });
	}
	con_record_end(&out);
}

static void print_record(const struct crash *c, uint32_t fact)
{
	char name[RECORD_NAME_BYTES];
	struct record r;

	if (fact_read(c, fact, &r))
		return;
	record_name(&r, name);
	con_printf("oopsmon: ---- %s: ", name);
	facts_print(&r);
	con_printf("%s ----\n", c->page->warm ? "" : ", UNVERIFIED");
	if (r.kind == ZONE_FTRACE && r.ftrace.bytes)
		print_ftrace(&r);
	else
		con_record(r.text);
	con_printf("oopsmon: ---- end of %s ----\n", name);
}

void text_print(const struct crash *c)
{
	for (uint32_t i = 0; i < c->n_facts; i++)
		if (fact_is_wanted(c, c->order[i]))
			print_record(c, c->order[i]);
}

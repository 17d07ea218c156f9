/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include "../board/board.h"
#include "console.h"
#include "core/base/utc.h"
#include "core/log/headline.h"
#include "core/log/tail.h"
#include "core/log/title.h"

#include <stddef.h>
#include <string.h>

enum { TRACE_SHOWN = 6, RECORDS_SHOWN = 8 };

/* Begins a line of the summary; its value is folded under itself. */
static void begin_row(const char *label)
{
	con_fold("oopsmon:            ");
	con_printf("oopsmon:   %-8s ", label);
}

/* What the SoC says of the reset: the retained page knows better, so it only stands beside the
   verdict. That RAM was not kept when power came on needs no words. */
static void print_cause(const struct crash *crash)
{
	const struct tree *t = crash->tree;

	if (t->cause != CAUSE_UNKNOWN && (crash->page->warm || t->cause != CAUSE_POR))
		con_printf("; reset cause %s (%s)", reset_cause_name(t->cause), t->cause_from);
}

void verdict_print(const struct crash *crash, const struct plan *plan)
{
	const struct page *page = crash->page;
	const struct geometry *g = &plan->geom;

	con_printf("oopsmon %s %s: ", OM_VERSION, board.name);
	if (page->warm)
		con_printf("warm boot %u, ", page->retained.boot_count);
	con_printf("%s; ", verdict_text(crash->verdict));
	if (!g->region_bytes)
		con_printf("no carve-out");
	else if (g->region_bytes % (1 << 20))
		con_printf("ramoops %u KiB at 0x%llx", g->region_bytes >> 10, g->base_pa);
	else
		con_printf("ramoops %u MiB at 0x%llx", g->region_bytes >> 20, g->base_pa);
	print_cause(crash);
	con_printf("\n");
}

static void print_time(const struct record *r)
{
	struct utc t;

	begin_row("when");
	if (!r->has_time || utc_of(r->time_sec, &t)) {
		con_printf("unknown\n");
		return;
	}
	con_printf("%u-%02u-%02u %02u:%02u:%02u.%06u UTC by %s\n", t.year, t.month, t.day, t.hour,
		   t.minute, t.second, r->time_usec,
		   t.year == 1970 ? "a clock that was never set" : "the dead kernel's clock");
}

/* "Panic#1 Part1, 9031 bytes, intact" */
void facts_print(const struct record *r)
{
	static const struct {
		uint32_t bit;
		const char *text;
	} notes[] = {
		{ NOTE_HEADER_CORRUPT, "zone header beyond repair" },
		{ NOTE_SIG_DAMAGED, "zone signature damaged" },
		{ NOTE_ZONE_BAD, "zone sizes impossible, bytes as they lie in RAM" },
		{ NOTE_ORDER_GUESSED, "put in order by time stamps" },
		{ NOTE_MENDED, "the same with its stream mended" },
		{ NOTE_ZONE_EMPTY, "zone says empty, old bytes shown" },
		{ NOTE_BAD_BLOCKS, "uncorrectable blocks" },
		{ NOTE_HEAD_CUT, "older record, its beginning overwritten" },
		{ NOTE_NO_HEADER, "no record header" },
		{ NOTE_HEAD_DAMAGED, "record header damaged" },
		{ NOTE_STREAM_CUT, "compressed stream cut short" },
		{ NOTE_STREAM_BAD, "compressed stream broken" },
		{ NOTE_STREAM_RESYNCED, "text after the damage found again" },
		{ NOTE_OUTPUT_CUT, "text longer than there is room for, a part missing" },
		{ NOTE_PART_LEFT, "larger than the memory here, a part left out" },
		{ NOTE_SEARCH_CUT, "no time to search all of the damage" },
		{ NOTE_NO_REASON, "no reason line" },
		{ NOTE_ENTRIES_LOST, "a CPU's entries lost" },
		{ NOTE_ENTRIES_BAD, "some entries make no sense" },
	};

	if (r->kind == ZONE_DMESG && r->reason != REASON_NONE)
		con_printf("%s#%u Part%u, ", reason_name(r->reason), r->count, r->part);
	if (r->kind == ZONE_FTRACE && r->ftrace.bytes)
		con_printf("%u entries, ", (uint32_t)(r->text.len / r->ftrace.bytes));
	else
		con_printf("%u bytes, ", (uint32_t)r->text.len);
	con_printf("%s", quality_name(r->quality));
	if (r->corrected_bytes || r->bad_blocks)
		con_printf(" (%u bytes corrected, %u blocks bad)", r->corrected_bytes,
			   r->bad_blocks);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (r->notes & notes[i].bit)
			con_printf(", %s", notes[i].text);
}

static void print_span(const char *label, struct span text)
{
	enum { SHOWN = 120 /* two rows */ };

	if (!text.len)
		return;
	begin_row(label);
	con_text(span_sub(text, 0, SHOWN));
	con_printf(text.len > SHOWN ? " ...\n" : "\n");
}

/* The crash in one line, and the word that is the same for the same bug. */
static void print_title(const struct headline *h)
{
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];

	title_write(h, title);
	signature_write(h, signature);
	if (!title[0])
		return;
	begin_row("title");
	con_printf("%s (%s)\n", title, signature);
}

static void print_headline(const struct record *r, const struct headline *h)
{
	const char *label;
	struct span line;

	print_title(h);
	for (uint32_t i = 0; i < HEADLINE_ROWS + TRACE_SHOWN && headline_row(h, i, &label, &line);
	     i++)
		print_span(label, line);
	if (r->kind == ZONE_DMESG)
		print_time(r);
}

/*
 * The last lines of the crash, of a log without one its last lines. They get half of the line's
 * time at most, the armored report has the rest. Returns what they took of it.
 */
static uint32_t print_tail(const struct crash *c, const struct record *r, const struct headline *h)
{
	const uint32_t budget = report_budget_bytes(c->options, con_rate());
	const uint32_t begin = con_sent();
	struct span rest = tail_of(h->event.len ? h->event : r->text, c->options->tail,
				   budget == UINT32_MAX ? budget : budget / 2);
	char name[RECORD_NAME_BYTES];

	if (!rest.len)
		return 0;
	record_name(r, name);
	con_printf("oopsmon: ---- last lines of %s in %s%s ----\n",
		   h->event.len ? "the crash" : "the log", name,
		   c->page->warm ? "" : ", UNVERIFIED");
	while (rest.len > 0) {
		struct span shown;
		const bool is_whole = tail_line(&rest, &shown);

		con_fold("|   ");
		con_printf("| ");
		con_text(shown);
		con_printf(is_whole ? "\n" : " ...\n");
	}
	return con_sent() - begin;
}

/* Will the next kernel show these records? Where a named carve-out is, Linux says. */
static const char *who_lists(const struct crash *c)
{
	bool has_pstore = false;

	for (uint32_t i = 0; i < c->n_facts; i++)
		has_pstore |= !c->facts[i].is_kmsg;
	if (!has_pstore)
		return "; no Linux lists it";
	if ((c->plan->notices & PLAN_N_PARAMS_NAMED) ||
	    memcmp(&c->plan->geom, &c->last, offsetof(struct geometry, max_reason)) == 0)
		return "; Linux lists the records in /sys/fs/pstore";
	return "; the next Linux has another carve-out, and does not list them";
}

static void kept_print(const struct crash *c, const struct archived *a)
{
	begin_row("kept");
	if (a->kept == KEPT_NOW || a->kept == KEPT_CUT || a->kept == KEPT_LATE)
		con_printf("as entry %u of the archive in flash, %u bytes%s", a->entry, a->bytes,
			   a->kept == KEPT_NOW	  ? ""
			   : a->kept == KEPT_LATE ? ", as much as oopsmon.archive_seconds= allows"
			   : c->beyond.n	  ? ", but for what is left out"
						  : ", as much as has room there");
	else if (a->kept == KEPT_IN_PART)
		con_printf("in part, as entry %u of the archive in flash", a->entry);
	else if (a->kept == KEPT_BEFORE)
		con_printf("in the archive in flash by an earlier start");
	else
		con_printf("in RAM only");
	con_printf("%s\n", who_lists(c));
}

/* The first wanted record of a kind that says most: dmesg, else console. False: none. */
static bool read_first(const struct crash *c, struct record *out)
{
	for (uint32_t i = 0; i < c->n_facts; i++)
		if (fact_is_wanted(c, c->order[i]) && c->facts[c->order[i]].kind <= ZONE_CONSOLE)
			return fact_read(c, c->order[i], out) == OM_OK;
	return false;
}

static void print_records(const struct crash *c)
{
	uint32_t shown = 0, wanted = 0, old = c->n_old_left_out;

	for (uint32_t i = 0; i < c->n_facts; i++) {
		char name[RECORD_NAME_BYTES];

		if (!fact_is_wanted(c, c->order[i])) {
			old++;
			continue;
		}
		wanted++;
		if (shown == RECORDS_SHOWN)
			continue;
		record_name(&c->facts[c->order[i]], name);
		begin_row(shown++ ? "" : "records");
		con_printf("%-18s ", name);
		facts_print(&c->facts[c->order[i]]);
		con_printf("\n");
	}
	if (wanted > shown)
		con_printf("oopsmon:            and %u more\n", wanted - shown);
	if (c->beyond.n) {
		static char words[REPORT_LINE_BYTES];

		begin_row("left out");
		con_printf(
			"%.*s: no report has room for more than %u, these stay in RAM for Linux\n",
			(int)report_beyond_words(&c->beyond, words), words, FACTS_MAX);
	}
	if (old)
		con_printf("oopsmon:            %u older, reported before, still in RAM\n", old);
}

static uint32_t summary(const struct crash *c, const struct archived *archived)
{
	const enum report_mode mode = c->options->mode;
	struct headline h;
	struct record r;
	const bool has_log = read_first(c, &r);

	con_printf("oopsmon: ==== summary ====\n");
	if (has_log) {
		headline_find(r.text, &h);
		print_headline(&r, &h);
	}
	print_records(c);
	kept_print(c, archived);
	/* the text is still where read_first() put it: nothing was read since */
	if (has_log && (mode == REPORT_MODE_SUMMARY || mode == REPORT_MODE_FULL))
		return print_tail(c, &r, &h);
	return 0;
}

bool report_is_due(const struct crash *c)
{
	if (c->options->mode == REPORT_MODE_NONE)
		return false;
	return crash_is_news(c) || (c->options->again && c->n_facts > 0);
}

bool report_print(const struct crash *crash, const struct archived *archived, struct packed *packed)
{
	const enum report_mode mode = crash->options->mode;
	uint32_t tail_bytes;

	if (crash->region_state != OM_OK)
		return false;
	tail_bytes = summary(crash, archived);
	/* without memory for armor, plain text is better than nothing */
	if (mode == REPORT_MODE_TEXT ||
	    (mode == REPORT_MODE_FULL && !armored_print(packed, crash, tail_bytes)))
		text_print(crash);
	con_drain();
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling: the verdict line of every boot, and after a crash the summary, the last lines of the
 * crash, and the records, newest panic first: armored or as plain text.
 */
#include "console.h"
#include "core/base/utc.h"
#include "core/log/headline.h"
#include "core/log/tail.h"
#include "core/log/title.h"
#include "monitor.h"
#include "notice.h"

#include <string.h>

enum { TRACE_SHOWN = 6, RECORDS_SHOWN = 8 };

/* Begins a line of the summary; its value is folded under itself. */
static void begin_row(const char *label)
{
	con_fold("oopsmon:            ");
	con_printf("oopsmon:   %-8s ", label);
}

void verdict_print(const struct monitor *m)
{
	const struct geometry *g = &m->plan.geom;

	con_printf("oopsmon %s %s: ", OM_VERSION, board.name);
	if (m->warm)
		con_printf("warm boot %u, ", m->retained.boot_count);
	con_printf("%s; ", verdict_text(m->verdict));
	if (!g->region_bytes)
		con_printf("no carve-out\n");
	else if (g->region_bytes % (1 << 20))
		con_printf("ramoops %u KiB at 0x%llx\n", g->region_bytes >> 10, g->base_pa);
	else
		con_printf("ramoops %u MiB at 0x%llx\n", g->region_bytes >> 20, g->base_pa);
}

enum om_err fact_read(const struct monitor *m, uint32_t i, struct record *out)
{
	return store_again(&m->store, m->number[i], &m->facts[i], m->work, out);
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
 * time at most, the armored report has the rest.
 */
static void print_tail(struct monitor *m, const struct record *r, const struct headline *h)
{
	const uint32_t budget = report_budget_bytes(&m->options, con_rate());
	const uint32_t begin = con_sent();
	struct span rest = tail_of(h->event.len ? h->event : r->text, m->options.tail,
				   budget == UINT32_MAX ? budget : budget / 2);
	char name[RECORD_NAME_BYTES];

	if (!rest.len)
		return;
	record_name(r, name);
	con_printf("oopsmon: ---- last lines of %s in %s%s ----\n",
		   h->event.len ? "the crash" : "the log", name, m->warm ? "" : ", UNVERIFIED");
	while (rest.len > 0) {
		struct span shown;
		const bool is_whole = tail_line(&rest, &shown);

		con_fold("|   ");
		con_printf("| ");
		con_text(shown);
		con_printf(is_whole ? "\n" : " ...\n");
	}
	m->tail_bytes = con_sent() - begin;
}

bool fact_is_wanted(const struct monitor *m, uint32_t i)
{
	return m->options.again || !m->told[i];
}

static void kept_print(const struct monitor *m)
{
	begin_row("kept");
	if (m->kept == KEPT_NOW || m->kept == KEPT_CUT)
		con_printf("as entry %u of the archive in flash, %u bytes%s", m->entry_number,
			   m->entry_bytes,
			   m->kept != KEPT_CUT ? ""
			   : m->beyond.n       ? ", but for what is left out"
					       : ", as much as has room there");
	else if (m->kept == KEPT_IN_PART)
		con_printf("in part, as entry %u of the archive in flash", m->entry_number);
	else if (m->kept == KEPT_BEFORE)
		con_printf("in the archive in flash by an earlier start");
	else
		con_printf("in RAM only");
	con_printf("; Linux lists the records in /sys/fs/pstore\n");
}

/* The first untold record of a kind that tells most: dmesg, else console. False: none. */
static bool read_first(const struct monitor *m, const uint32_t *order, struct record *out)
{
	for (uint32_t i = 0; i < m->n_facts; i++)
		if (fact_is_wanted(m, order[i]) && m->facts[order[i]].kind <= ZONE_CONSOLE)
			return fact_read(m, order[i], out) == OM_OK;
	return false;
}

static void print_records(const struct monitor *m, const uint32_t *order)
{
	uint32_t shown = 0, untold = 0, old = m->n_old_left_out;

	for (uint32_t i = 0; i < m->n_facts; i++) {
		char name[RECORD_NAME_BYTES];

		if (!fact_is_wanted(m, order[i])) {
			old++;
			continue;
		}
		untold++;
		if (shown == RECORDS_SHOWN)
			continue;
		record_name(&m->facts[order[i]], name);
		begin_row(shown++ ? "" : "records");
		con_printf("%-18s ", name);
		facts_print(&m->facts[order[i]]);
		con_printf("\n");
	}
	if (untold > shown)
		con_printf("oopsmon:            and %u more\n", untold - shown);
	if (m->beyond.n) {
		static char words[REPORT_LINE_BYTES];

		begin_row("left out");
		con_printf(
			"%.*s: no report has room for more than %u, these stay in RAM for Linux\n",
			(int)report_beyond_words(&m->beyond, words), words, FACTS_MAX);
	}
	if (old)
		con_printf("oopsmon:            %u older, told before, still in RAM\n", old);
}

static void summary(struct monitor *m, const uint32_t *order)
{
	struct headline h;
	struct record r;
	const bool has_log = read_first(m, order, &r);

	m->tail_bytes = 0; /* told again, there may be another tail, or none */
	con_printf("oopsmon: ==== summary ====\n");
	if (has_log) {
		headline_find(r.text, &h);
		print_headline(&r, &h);
	}
	print_records(m, order);
	kept_print(m);
	/* the text is still where read_first() put it: nothing was read since */
	if (has_log &&
	    (m->options.mode == REPORT_MODE_SUMMARY || m->options.mode == REPORT_MODE_FULL))
		print_tail(m, &r, &h);
}

void options_print(const struct monitor *m)
{
	if (m->options.bad)
		notice(NOTICE_REPORT_OPTION,
		       "an oopsmon.report*, oopsmon.archive_seconds, oopsmon.tail or "
		       "oopsmon.parity value was not understood: default taken; "
		       "report=none|summary|full|text, report_seconds=10, archive_seconds=5, "
		       "tail=20, parity=15");
}

bool report_is_due(const struct monitor *m)
{
	if (m->options.mode == REPORT_MODE_NONE)
		return false;
	return verdict_is_news(m->verdict) || m->n_put_off || (m->options.again && m->n_facts > 0);
}

void report_step(void *ctx)
{
	struct monitor *m = ctx;
	const uint32_t *order = m->order;

	if (m->region_state != OM_OK)
		return;
	summary(m, order);
	/* without memory for armor, plain text is better than nothing */
	if (m->options.mode == REPORT_MODE_TEXT ||
	    (m->options.mode == REPORT_MODE_FULL && !armored_print(m, order)))
		text_print(m, order);
	con_drain();
	m->reported = true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling: the verdict line of every boot, and after a crash the summary (under 25
 * lines) and the records, newest panic first: armored or as plain text.
 */
#include "console.h"
#include "core/headline.h"
#include "core/title.h"
#include "core/utc.h"
#include "monitor.h"
#include "notice.h"

#include <string.h>

enum { TRACE_SHOWN = 6, RECORDS_SHOWN = 8 };

void verdict_tell(const struct monitor *m)
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
	return record_read(&m->region, m->number[i], m->facts[i].piece, m->work, out);
}

static void tell_time(const struct record *r)
{
	struct utc t;

	con_printf("oopsmon:   %-8s ", "when");
	if (!r->has_time || utc_of(r->time_sec, &t)) {
		con_printf("unknown\n");
		return;
	}
	con_printf("%u-%02u-%02u %02u:%02u:%02u.%06u UTC by the dead kernel's clock%s\n", t.year,
		   t.month, t.day, t.hour, t.minute, t.second, r->time_usec,
		   t.year == 1970 ? ", which was never set" : "");
}

/* "Panic#1 Part1, 9031 bytes, intact" */
void facts_tell(const struct record *r)
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
		{ NOTE_STREAM_RESYNCED, "text behind the damage found again" },
		{ NOTE_OUTPUT_CUT, "text longer than there is room for, its end missing" },
		{ NOTE_PART_LEFT, "larger than the memory here, a part left out" },
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

static void tell_span(const char *label, struct span text)
{
	enum { SHOWN = 160 };

	if (!text.len)
		return;
	con_printf("oopsmon:   %-8s ", label);
	con_text(span_sub(text, 0, SHOWN));
	con_printf(text.len > SHOWN ? " ...\n" : "\n");
}

/* The crash in one line, and the word that is the same for the same bug. */
static void tell_title(const struct headline *h)
{
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];

	title_write(h, title);
	signature_write(h, signature);
	if (title[0])
		con_printf("oopsmon:   %-8s %s (%s)\n", "title", title, signature);
}

static void tell_headline(const struct record *r)
{
	struct headline h;

	headline_find(r->text, &h);
	tell_title(&h);
	tell_span("cause", h.cause);
	tell_span("fault", h.fault);
	tell_span("kernel", h.kernel);
	tell_span("task", h.cpu);
	tell_span("pc", h.pc);
	tell_span("lr", h.lr);
	for (uint32_t i = 0; i < h.n_trace && i < TRACE_SHOWN; i++)
		tell_span(i ? "" : "trace", h.trace[i]);
	if (r->kind == ZONE_DMESG)
		tell_time(r);
}

bool fact_is_wanted(const struct monitor *m, uint32_t i)
{
	return m->wish.again || !m->told[i];
}

static void kept_tell(const struct monitor *m)
{
	con_printf("oopsmon:   %-8s ", "kept");
	if (m->kept == KEPT_NOW || m->kept == KEPT_CUT)
		con_printf("as entry %u of the archive in flash, %u bytes%s", m->entry,
			   m->entry_bytes,
			   m->kept == KEPT_CUT ? ", as much as has room there" : "");
	else if (m->kept == KEPT_IN_PART)
		con_printf("in part, as entry %u of the archive in flash", m->entry);
	else if (m->kept == KEPT_BEFORE)
		con_printf("in the archive in flash by an earlier start");
	else
		con_printf("in RAM only");
	con_printf("; Linux lists the records in /sys/fs/pstore\n");
}

/* The first untold record of a kind that tells most: dmesg, else console. */
static void summary(struct monitor *m, const uint32_t *order)
{
	uint32_t shown = 0, untold = 0, old = 0;

	con_printf("oopsmon: ==== summary ====\n");
	for (uint32_t i = 0; i < m->n_facts; i++) {
		const struct record *f = &m->facts[order[i]];
		struct record r;

		if (!fact_is_wanted(m, order[i]) || f->kind > ZONE_CONSOLE)
			continue;
		if (fact_read(m, order[i], &r) == OM_OK)
			tell_headline(&r);
		break;
	}
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
		con_printf("oopsmon:   %-8s %-18s ", shown++ ? "" : "records", name);
		facts_tell(&m->facts[order[i]]);
		con_printf("\n");
	}
	if (untold > shown || m->n_facts_left_out)
		con_printf("oopsmon:            and %u more\n",
			   untold - shown + m->n_facts_left_out);
	if (old)
		con_printf("oopsmon:            %u older, told before, still in RAM\n", old);
	kept_tell(m);
}

void wish_tell(const struct monitor *m)
{
	if (m->wish.bad)
		notice(NOTICE_TELLING_UNREADABLE,
		       "an oopsmon.report* or oopsmon.parity value was not understood: default "
		       "taken; report=none|summary|full|text, report_seconds=10, parity=15");
}

bool report_is_due(const struct monitor *m)
{
	if (m->wish.mode == TELL_NONE)
		return false;
	return verdict_is_news(m->verdict) || m->n_put_off || (m->wish.again && m->n_facts > 0);
}

void report_step(void *ctx)
{
	struct monitor *m = ctx;
	const uint32_t *order = m->order;

	if (m->region_state != OM_OK)
		return;
	summary(m, order);
	/* without memory for armor, plain text is better than nothing */
	if (m->wish.mode == TELL_TEXT || (m->wish.mode == TELL_FULL && !armored_tell(m, order)))
		text_tell(m, order);
	con_drain();
	m->reported = true;
}

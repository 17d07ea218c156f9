/* SPDX-License-Identifier: BSD-2-Clause */
/* An archived crash as plain text, escaped, for a person at the console. */
#include "archive_console.h"
#include "console.h"
#include "core/archive/archive_chapter.h"
#include "core/log/ftrace.h"
#include "core/report/chapters.h"
#include "core/report/pack.h"
#include "machine.h"
#include "report.h"

#include <string.h>

enum {
	STREAM_MAX = CHAPTERS_BYTES_MIN - PACK_READ_STATE_BYTES, /* more than the monitor writes */
	PART_BYTES = 24,					 /* of the longest ftrace entry */
	SLICE_BYTES = 512, /* shown between two looks at the keys */
	KEY_STOP = 0x03	   /* Ctrl-C */
};

struct show {
	struct archive_reader reader;
	uint8_t *packed;       /* state of unpacking, and a chapter's stream */
	struct workspace text; /* of a chapter */
	struct report_head head;
	struct record records[REPORT_RECORDS_MAX];
	uint8_t part[PART_BYTES]; /* an ftrace entry whose end is in the next piece */
	uint32_t n_part, part_number, part_off;
	uint32_t n_texts;   /* pieces shown */
	uint32_t n_refused; /* chapters that cannot be unpacked here, which was said */
	bool stopped;
};

static bool is_stopped(struct show *s)
{
	int key;

	for (uint32_t i = 0; i < SLICE_BYTES && (key = con_get()) >= 0; i++)
		s->stopped |= key == 'q' || key == KEY_STOP;
	return s->stopped;
}

static void show_lines(struct show *s, struct span text)
{
	struct con_record out = { .at_start = true };

	for (; text.len > 0 && !is_stopped(s); text = span_sub(text, SLICE_BYTES, text.len))
		con_record_feed(&out, span_sub(text, 0, SLICE_BYTES));
	con_record_end(&out);
}

static void show_entry(struct con_record *out, const struct record *r, const uint8_t *bytes)
{
	char line[FTRACE_LINE_BYTES];
	struct ftrace_entry e;

	if (ftrace_entry_at((struct span){ bytes, r->ftrace.bytes }, &r->ftrace, 0, &e) == OM_OK)
		con_record_feed(out, (struct span){ (const uint8_t *)line,
						    ftrace_line(&e, &r->ftrace, NULL, line) });
}

/* Pieces may end within an entry: what is there of it waits for the next piece. */
static void show_ftrace(struct show *s, const struct report_item *it)
{
	const struct record *r = &s->records[it->number];
	const uint32_t bytes = r->ftrace.bytes;
	struct con_record out = { .at_start = true };
	struct span text = it->text;

	if (s->part_number != it->number || s->part_off != it->off)
		s->n_part = 0;
	if (s->n_part == 0 && it->off % bytes)
		text = span_sub(text, bytes - it->off % bytes, text.len);
	for (; text.len > 0 && !is_stopped(s);) {
		const size_t n = bytes - s->n_part < text.len ? bytes - s->n_part : text.len;

		memcpy(s->part + s->n_part, text.p, n);
		s->n_part += (uint32_t)n;
		text = span_sub(text, n, text.len);
		if (s->n_part < bytes)
			break;
		show_entry(&out, r, s->part);
		s->n_part = 0;
	}
	con_record_end(&out);
	s->part_number = it->number;
	s->part_off = it->off + it->bytes;
}

static void show_item(struct show *s, const struct report_item *it)
{
	const struct record *r = &s->records[it->number];
	char name[RECORD_NAME_BYTES];

	if (it->kind != REPORT_TEXT && it->kind != REPORT_LEFT)
		return;
	record_name(r, name);
	if (it->kind == REPORT_LEFT) {
		con_printf("oopsmon: %s: %u bytes from byte %u on are not in the archive\n", name,
			   it->bytes, it->off);
		return;
	}
	con_printf("oopsmon: ---- %s: ", name);
	facts_print(r);
	con_printf("%s", s->head.warm ? "" : ", UNVERIFIED");
	if (it->off)
		con_printf("; from byte %u on", it->off);
	con_printf(" ----\n");
	if (r->kind == ZONE_FTRACE && r->ftrace.bytes && r->ftrace.bytes <= sizeof(s->part))
		show_ftrace(s, it);
	else
		show_lines(s, it->text);
	con_printf("oopsmon: ---- end of %s ----\n", name);
	if (it->text.len < it->bytes)
		con_printf("oopsmon: %s: %u bytes from byte %u on are damaged\n", name,
			   it->bytes - (uint32_t)it->text.len, it->off + (uint32_t)it->text.len);
	s->n_texts++;
}

static void show_chapter(struct show *s, struct span text)
{
	struct report_item it;
	size_t at;
	const enum om_err err = report_head_read(text, &s->head, s->records, &at);

	if (err != OM_OK && err != OM_E_TRUNCATED) {
		con_printf("oopsmon: a chapter of it cannot be read (%s)\n", om_err_name(err));
		return;
	}
	while (!s->stopped && report_item_read(text, &s->head, &at, &it) == OM_OK)
		show_item(s, &it);
}

/* Why a chapter cannot be shown at all. */
static void refuse(const struct archive_stream *head, enum om_err err)
{
	if (head->kind == PACK_MODEL)
		con_printf("oopsmon: " PACK_MODEL_TEXT "\n");
	else
		con_printf("oopsmon: a chapter of it is packed in a way that this monitor does not "
			   "know (%u, %s): use the host program\n",
			   head->kind, om_err_name(err));
}

/* @c: a chapter, or the beginning of one. */
static void show_stream(struct show *s, const struct archive_chapter *c)
{
	const struct workspace state = { s->packed, PACK_READ_STATE_BYTES };
	struct pack_reading r;
	enum om_err err = OM_E_VARIANT;

	if (c->head.kind == PACK_ZLIB)
		err = pack_read(c->stream, state, s->text.p, s->text.cap, &r);
	if (err == OM_E_TRUNCATED)
		return;
	if (err != OM_OK) {
		refuse(&c->head, err);
		s->n_refused++;
		return;
	}
	show_chapter(s, (struct span){ s->text.p, r.text_bytes });
	if (r.end == UNPACK_FULL)
		con_printf("oopsmon: there is more, but no memory for it: use the host program\n");
	else if (r.end != UNPACK_COMPLETE)
		con_printf("oopsmon: the rest of this chapter is damaged or was not written\n");
}

/* Bytes of the entry, in rising order; more than the monitor writes in a chapter are passed over.
 */
static struct span entry_bytes(void *ctx, uint32_t off, uint32_t len)
{
	struct show *s = ctx;
	uint8_t *to = s->packed + PACK_READ_STATE_BYTES;

	while (s->reader.off < off) {
		const uint32_t before = off - s->reader.off;

		(void)archive_reader_get(&s->reader, to, before < STREAM_MAX ? before : STREAM_MAX);
	}
	return (struct span){ to, len > STREAM_MAX ? 0 : archive_reader_get(&s->reader, to, len) };
}

/* False: nothing says where the chapters are. */
static bool read_card(struct show *s, const struct archive_bytes *from, uint32_t *used)
{
	struct archive_card card;
	size_t len;

	if (archive_card_read(
		    from->get(s, 0,
			      from->len < ARCHIVE_CARD_BYTES ? from->len : ARCHIVE_CARD_BYTES),
		    &card, &len))
		return false;
	*used = (uint32_t)len;
	return true;
}

static void show_chapters(struct show *s, const struct archive *a, const struct archive_entry *e)
{
	const struct archive_bytes from = { e->bytes, entry_bytes, s };
	struct archive_chapter c;
	uint32_t at;

	archive_reader_start(&s->reader, a, e);
	if (!read_card(s, &from, &at))
		return;
	archive_reader_start(&s->reader, a, e); /* the card ends before what was read */
	while (!s->stopped && archive_chapter_next(&from, &at, &c)) {
		if (c.whole && !c.sound)
			con_printf("oopsmon: a chapter of it is damaged: its CRC is wrong\n");
		else
			show_stream(s, &c);
	}
}

void archive_show(const struct archive *a, const struct archive_entry *e, struct range packed,
		  struct workspace work)
{
	struct show *s = (struct show *)(void *)work.p;

	if (work.cap < sizeof(*s) + ARCHIVE_CARD_BYTES ||
	    !map_or_say(packed, ARCH_RAM, "memory for the archive"))
		return;
	memset(s, 0, sizeof(*s));
	s->packed = (uint8_t *)(uintptr_t)packed.base_pa;
	pack_open((struct workspace){ s->packed, PACK_READ_STATE_BYTES });
	s->text = (struct workspace){ work.p + sizeof(*s), work.cap - sizeof(*s) };
	show_chapters(s, a, e);
	if (s->stopped)
		con_printf("oopsmon: stopped\n");
	else if (s->n_texts == 0 && s->n_refused == 0)
		con_printf("oopsmon: nothing of it can be read\n");
}

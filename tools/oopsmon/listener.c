/* SPDX-License-Identifier: BSD-2-Clause */
#include "listener.h"
#include "unpackers.h"

#include "core/base/crc32.h"
#include "core/log/headline.h"
#include "core/log/title.h"
#include "core/offline/gather.h"
#include "core/ramoops/record_read.h"
#include "core/report/pack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	REPORTS_OPEN = 4,	     /* at the same time; the oldest is told and given up */
	TEXT_BYTES_MAX = 16 << 20,   /* of one report, and of one chapter */
	TEXT_FIRST_BYTES = 64 << 10, /* for a chapter's text; more if it is longer */
	CHAPTERS_MAX = 256,
	STRETCHES_MAX = 256,   /* pieces of a record that are kept apart */
	PATIENCE_BYTES = 4096, /* of other text after a report's end: no line of it will come */
	LINE_MAX_BYTES = 240,  /* of the monitor's first line */
	CHUNK_BYTES = 1024,
	HEADLINE_BYTES = 256
};

/* ---- stretches of a text ------------------------------------------------------------------ */

/* In rising order, apart from each other. */
struct stretches {
	uint32_t n;
	struct stretch {
		uint32_t off, end;
	} at[STRETCHES_MAX];
};

/* False if there are too many. */
static bool stretch_add(struct stretches *s, uint32_t off, uint32_t end)
{
	uint32_t i = 0;
	uint32_t k;

	if (off >= end)
		return true;
	while (i < s->n && s->at[i].end < off)
		i++;
	for (k = i; k < s->n && s->at[k].off <= end; k++) {
		off = s->at[k].off < off ? s->at[k].off : off;
		end = s->at[k].end > end ? s->at[k].end : end;
	}
	if (k == i && s->n == STRETCHES_MAX)
		return false;
	memmove(&s->at[i + 1], &s->at[k], (s->n - k) * sizeof(s->at[0]));
	s->at[i] = (struct stretch){ off, end };
	s->n = s->n - (k - i) + 1;
	return true;
}

/* The first stretch that ends after @off, or one at @len that is empty. */
static struct stretch stretch_from(const struct stretches *s, uint32_t off, uint32_t len)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->at[i].end > off)
			return s->at[i];
	return (struct stretch){ len, len };
}

/* ---- a report as it comes together --------------------------------------------------------- */

struct chapter {
	bool seen, whole; /* its group came, to its stream's own end */
	uint32_t lines_seen, lines_restored, lines_lost, lines_expected;
};

/* What came of one record's text. */
struct part {
	struct record record; /* as the head has it */
	uint8_t *text;	      /* in the report's texts */
	struct stretches have, left;
	bool has_crc;
	uint32_t crc;
};

struct incoming {
	bool changed;	       /* since it was told */
	bool ended;	       /* "end" was there */
	bool cut;	       /* its head was: there may be more records */
	uint32_t last_chapter; /* if it was */
	uint32_t dictionary;   /* of the stream that came last */
	uint64_t touched;
	struct report_head head;
	uint8_t *text; /* all records, one after the other */
	struct chapter chapters[CHAPTERS_MAX];
	/* of the report as it is told, one for each part */
	struct record *records;
	uint64_t *lost_bytes, *left_bytes;
	struct part parts[]; /* head.n_records */
};

struct listener {
	struct listener_events events;
	bool patient;
	bool begun;
	bool of_model;	 /* the last stream was packed by oopsmon 0.1 */
	bool can_unpack; /* pack_state is open */
	struct incoming *reports[REPORTS_OPEN];
	uint64_t clock; /* chapters so far */

	/* lines for people: what may still become one, at its beginning */
	char text[LINE_MAX_BYTES + CHUNK_BYTES];
	size_t text_len;
	uint32_t patience; /* bytes until groups of before are given up; 0: none are waited for */
	uint32_t patience_at; /* gather's clock when it began */

	struct report told;
	char headline[HEADLINE_BYTES];
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];

	/* Large. Both are read only where something was written, so that they need not be cleared,
	   and what stays unused takes no memory. */
	struct gather gather;
	uint64_t pack_state[PACK_READ_STATE_BYTES / 8];
};

struct listener *listener_new(const struct listener_events *events)
{
	struct listener *l = malloc(sizeof(*l));

	if (!l)
		return NULL;
	memset(l, 0, offsetof(struct listener, gather));
	l->events = *events;
	gather_start(&l->gather);
	return l;
}

void listener_be_patient(struct listener *l)
{
	l->patient = true;
}

static void incoming_free(struct incoming *in)
{
	if (!in)
		return;
	free(in->text);
	free(in->records);
	free(in->lost_bytes);
	free(in->left_bytes);
	free(in);
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < REPORTS_OPEN; i++)
		incoming_free(l->reports[i]);
	free(l);
}

/* ---- telling ------------------------------------------------------------------------------ */

/* A text with a line in place of each stretch that is missing. */
struct whole {
	uint8_t *p;
	size_t len, cap;
};

static bool grow(struct whole *w, const void *p, size_t n)
{
	if (n > w->cap - w->len) {
		const size_t cap = w->len + n + w->cap / 2;
		uint8_t *more = realloc(w->p, cap);

		if (!more)
			return false;
		w->p = more;
		w->cap = cap;
	}
	if (n > 0)
		memcpy(w->p + w->len, p, n);
	w->len += n;
	return true;
}

/* A line of its own about @bytes that are missing. */
static bool grow_gap(struct whole *w, uint32_t bytes, bool left)
{
	char line[64];
	const int n = snprintf(line, sizeof(line), "[oopsmon: %u byte%s %s]\n", bytes,
			       bytes == 1 ? "" : "s", left ? "left out" : "lost");

	if (w->len > 0 && w->p[w->len - 1] != '\n' && !grow(w, "\n", 1))
		return false;
	return grow(w, line, (size_t)n);
}

/* The bytes [off, end) of record @i, which are there. */
static bool grow_piece(struct whole *w, const struct incoming *in, uint32_t i, struct stretch s,
		       struct record *out)
{
	const struct record *r = &in->parts[i].record;
	const uint32_t entry = r->kind == ZONE_FTRACE ? r->ftrace.bytes : 0;

	if (entry) { /* whole entries only */
		s.off = (s.off + entry - 1) / entry * entry;
		if (s.end < r->text.len)
			s.end = s.end / entry * entry;
		if (s.off >= s.end)
			return true;
	}

	const struct holes holes = holes_within(&r->holes, s.off, s.end - s.off);

	for (uint32_t k = 0; k < holes.n; k++)
		holes_add(&out->holes, (uint32_t)w->len + holes.at[k].off, holes.at[k].len);
	return grow(w, in->parts[i].text + s.off, s.end - s.off);
}

/* Bytes of record @i from @off to @end that are marked as left out. */
static uint32_t left_within(const struct stretches *left, uint32_t off, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < left->n; i++) {
		const uint32_t from = left->at[i].off > off ? left->at[i].off : off;
		const uint32_t to = left->at[i].end < end ? left->at[i].end : end;

		n += to > from ? to - from : 0;
	}
	return n;
}

/* Lines about what was lost on the way and about what the monitor left out, if anything was. */
static bool grow_gaps(struct whole *w, uint64_t lost, uint64_t left)
{
	return (!lost || grow_gap(w, (uint32_t)lost, false)) &&
	       (!left || grow_gap(w, (uint32_t)left, true));
}

/* Room for the text of a record whose packed bytes are @packed, as record_read() would have. */
static size_t room_for(const struct incoming *in, size_t packed)
{
	const size_t record = in->head.geom.record_bytes;
	const size_t most = TEXT_BYTES_MAX / RECORD_TEXT_FACTOR;
	const size_t zone = record > packed ? record : packed;

	return UNPACK_STATE_BYTES + UNPACK_TEXT_MIN +
	       (zone < most ? zone : most) * RECORD_TEXT_FACTOR;
}

/*
 * The image could not unpack record @i; the libraries of this program perhaps can. If bytes are
 * missing, what stands before them gives the text's beginning. False: no memory.
 */
static bool unpack(const struct incoming *in, uint32_t i, const struct report *r, struct whole *w,
		   struct record *out)
{
	const struct part *part = &in->parts[i];
	const struct stretch first = stretch_from(&part->have, 0, 0);
	const size_t len = first.off == 0 ? first.end : 0;
	struct workspace work = { .cap = room_for(in, len) };
	struct whole text = { 0 };
	struct record rec = *out;
	bool good;

	if (len == 0)
		return true;
	work.p = malloc(work.cap);
	if (!work.p)
		return false;
	rec.text = (struct span){ part->text, len };
	rec.holes = holes_within(&part->record.holes, 0, (uint32_t)len);
	if (record_unpack(&in->head.geom, host_unpackers, work, &rec) != OM_OK) {
		free(work.p);
		return true;
	}
	if (rec.quality == QUALITY_UNREADABLE) {
		out->packing = rec.packing;
		free(work.p);
		return true;
	}
	good = grow(&text, rec.text.p, rec.text.len) &&
	       grow_gaps(&text, r->lost_bytes[i], r->left_bytes[i]);
	free(work.p);
	free(w->p);
	*w = text;
	*out = rec;
	return good;
}

/* Puts record @i together; out->text.p is the caller's to free. False: no memory. */
static bool put_together(const struct incoming *in, uint32_t i, struct report *r)
{
	const struct part *part = &in->parts[i];
	struct record *out = &r->records[i];
	const uint32_t len = (uint32_t)part->record.text.len;
	const bool binary = part->record.kind == ZONE_FTRACE;
	struct whole w = { 0 };
	uint32_t at = 0;
	bool good = grow(&w, "", 0);

	*out = part->record;
	out->holes.n = 0;
	r->lost_bytes[i] = r->left_bytes[i] = 0;
	while (good && at < len) {
		const struct stretch next = stretch_from(&part->have, at, len);

		if (next.off > at) {
			const uint32_t left = left_within(&part->left, at, next.off);
			const uint32_t lost = next.off - at - left;

			if (!binary)
				good = grow_gaps(&w, lost, left);
			r->lost_bytes[i] += lost;
			r->left_bytes[i] += left;
			at = next.off;
		}
		if (next.end > at && good)
			good = grow_piece(&w, in, i, (struct stretch){ at, next.end }, out);
		at = next.end > at ? next.end : at;
	}

	/* Only its CRC says that a text is right: a damaged stream may give another one. */
	const bool wrong = r->lost_bytes[i] == 0 && r->left_bytes[i] == 0 && len > 0 &&
			   (!part->has_crc || crc32_update(0, part->text, len) != part->crc);

	if (r->lost_bytes[i] || r->left_bytes[i] || wrong) {
		out->notes |= NOTE_TEXT_LOST;
		if (out->quality < QUALITY_SALVAGED)
			out->quality = QUALITY_SALVAGED;
	}
	if (good && out->kind == ZONE_DMESG && out->quality == QUALITY_UNREADABLE)
		good = unpack(in, i, r, &w, out);
	out->text = (struct span){ w.p, w.len };
	r->complete &= !wrong && r->lost_bytes[i] == 0;
	r->cut_by_monitor |= r->left_bytes[i] > 0;
	return good;
}

static void count_lines(const struct incoming *in, struct report *r)
{
	for (uint32_t i = 0; i < CHAPTERS_MAX; i++) {
		const struct chapter *c = &in->chapters[i];

		r->lines_seen += c->lines_seen;
		r->lines_restored += c->lines_restored;
		r->lines_lost += c->lines_lost;
		r->lines_expected += c->lines_expected;
		if (in->ended && i <= in->last_chapter && !c->whole)
			r->complete = false;
	}
}

/* The line that says most: of a panic, of another crash, of the console. */
static void choose_headline(struct listener *l, struct report *r)
{
	l->headline[0] = l->title[0] = l->signature[0] = '\0';
	r->headline = l->headline;
	r->title = l->title;
	r->signature = l->signature;
	for (uint32_t i = 0; i < r->n_records && !l->headline[0]; i++) {
		struct headline h;

		if (r->records[i].kind == ZONE_PMSG || r->records[i].kind == ZONE_FTRACE ||
		    r->records[i].text.len == 0)
			continue;
		headline_find(r->records[i].text, &h);

		const struct span line = h.cause.len ? h.cause : h.fault;
		const size_t n = line.len < HEADLINE_BYTES - 1 ? line.len : HEADLINE_BYTES - 1;

		for (size_t k = 0; k < n; k++) {
			const uint8_t c = line.p[k];

			l->headline[k] = c >= 0x20 && c < 0x7f ? (char)c : '?';
		}
		l->headline[n] = '\0';
		title_write(&h, l->title);
		signature_write(&h, l->signature);
	}
}

static void tell(struct listener *l, struct incoming *in)
{
	struct report *r = &l->told;
	bool good = true;

	in->changed = false;
	*r = (struct report){
		.head = in->head,
		.n_records = in->head.n_records,
		.records = in->records,
		.dictionary = in->dictionary,
		.lost_bytes = in->lost_bytes,
		.left_bytes = in->left_bytes,
		.complete = in->ended,
		.cut_by_monitor = in->head.beyond.n > 0,
	};
	count_lines(in, r);
	for (uint32_t i = 0; i < r->n_records; i++)
		good = put_together(in, i, r) && good;
	r->complete &= good;
	choose_headline(l, r);
	if (l->events.report)
		l->events.report(l->events.arg, r);
	for (uint32_t i = 0; i < r->n_records; i++)
		free((void *)(uintptr_t)r->records[i].text.p);
	l->begun = false;
}

/* A group came of which not even the head could be read. */
static void print_headless(struct listener *l)
{
	const struct gather_result *g = &l->gather.result;
	struct report *r = &l->told;

	*r = (struct report){
		.headless = true,
		.of_model = l->of_model,
		.headline = "",
		.title = "",
		.signature = "",
		.lines_seen = g->n_seen,
		.lines_lost = g->n_lost,
		.lines_expected = g->shape.n_data + g->shape.n_parity,
	};
	if (l->events.report)
		l->events.report(l->events.arg, r);
	l->begun = false;
}

static void print_all(struct listener *l)
{
	for (;;) {
		struct incoming *oldest = NULL;

		for (uint32_t i = 0; i < REPORTS_OPEN; i++) {
			struct incoming *in = l->reports[i];

			if (in && in->changed && (!oldest || in->touched < oldest->touched))
				oldest = in;
		}
		if (!oldest)
			return;
		tell(l, oldest);
	}
}

/* ---- chapters ------------------------------------------------------------------------------ */

static bool same_records(const struct incoming *in, const struct report_head *head,
			 const struct record *records)
{
	if (in->head.id != head->id || in->head.n_records != head->n_records)
		return false;
	for (uint32_t i = 0; i < head->n_records; i++) {
		const struct record *a = &in->parts[i].record;
		const struct record *b = &records[i];

		if (a->kind != b->kind || a->index != b->index || a->piece != b->piece ||
		    a->text.len != b->text.len || a->digest != b->digest)
			return false;
	}
	return true;
}

/* Memory for a new report; NULL: none, or it says to be larger than any can be. */
static struct incoming *incoming_new(const struct report_head *head, const struct record *records)
{
	const size_t n = head->n_records;
	size_t total = 0;

	for (uint32_t i = 0; i < n; i++)
		total += records[i].text.len;
	if (total > TEXT_BYTES_MAX)
		return NULL;

	struct incoming *in = malloc(sizeof(*in) + n * sizeof(in->parts[0]));

	if (!in)
		return NULL;
	*in = (struct incoming){
		.head = *head,
		.text = malloc(total + 1),
		.records = malloc((n + 1) * sizeof(*in->records)),
		.lost_bytes = malloc((n + 1) * sizeof(*in->lost_bytes)),
		.left_bytes = malloc((n + 1) * sizeof(*in->left_bytes)),
	};
	if (!in->text || !in->records || !in->lost_bytes || !in->left_bytes) {
		incoming_free(in);
		return NULL;
	}
	total = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct part *part = &in->parts[i];

		part->record = records[i];
		part->text = in->text + total;
		part->have.n = part->left.n = 0; /* their stretches are room that may stay unused */
		part->has_crc = false;
		total += records[i].text.len;
	}
	return in;
}

/* The report that a chapter belongs to; the oldest makes room for a new one. */
static struct incoming *report_for(struct listener *l, const struct report_head *head,
				   const struct record *records, bool cut)
{
	uint32_t slot = 0;

	for (uint32_t i = 0; i < REPORTS_OPEN; i++) {
		struct incoming *in = l->reports[i];

		if (in && (same_records(in, head, records) || (cut && in->head.id == head->id)))
			return in;
		if (in && in->cut && in->head.id == head->id) { /* now it is known better */
			incoming_free(in);
			l->reports[i] = NULL;
		}
	}
	for (uint32_t i = 0; i < REPORTS_OPEN; i++) {
		if (!l->reports[i]) {
			slot = i;
			break;
		}
		if (l->reports[i]->touched < l->reports[slot]->touched)
			slot = i;
	}
	if (l->reports[slot]) {
		if (l->reports[slot]->changed)
			tell(l, l->reports[slot]);
		incoming_free(l->reports[slot]);
	}
	l->reports[slot] = incoming_new(head, records);
	if (l->reports[slot])
		l->reports[slot]->cut = cut;
	return l->reports[slot];
}

static void adopt_item(struct incoming *in, const struct report_item *item, uint32_t chapter)
{
	struct part *part;
	uint32_t len;

	if (item->kind == REPORT_END) { /* of the report, which may have no record */
		in->ended = true;
		in->last_chapter = chapter;
		return;
	}
	part = &in->parts[item->number];
	len = (uint32_t)part->record.text.len;
	switch (item->kind) {
	case REPORT_TEXT:
		if (item->off > len || item->text.len > len - item->off)
			return;
		if (stretch_add(&part->have, item->off, item->off + (uint32_t)item->text.len))
			memcpy(part->text + item->off, item->text.p, item->text.len);
		break;
	case REPORT_CRC:
		part->has_crc = true;
		part->crc = item->crc;
		break;
	case REPORT_LEFT:
		if (item->off <= len && item->bytes <= len - item->off)
			stretch_add(&part->left, item->off, item->off + item->bytes);
		break;
	case REPORT_END:
		break;
	}
}

static bool is_complete(const struct incoming *in)
{
	if (!in->ended)
		return false;
	for (uint32_t i = 0; i <= in->last_chapter && i < CHAPTERS_MAX; i++)
		if (!in->chapters[i].whole)
			return false;
	return true;
}

/* @text is a chapter's, to its end if @whole, from a stream with @dictionary. */
static bool adopt_text(struct listener *l, struct span text, bool whole, uint32_t dictionary)
{
	const struct gather_result *g = &l->gather.result;
	struct record records[REPORT_RECORDS_MAX];
	struct report_head head;
	struct report_item item;
	struct incoming *in;
	struct chapter *c;
	size_t at;

	const enum om_err err = report_head_read(text, &head, records, &at);

	/* of a head that is cut, the number and the names of records are worth telling */
	if ((err != OM_OK && (err != OM_E_TRUNCATED || !head.id)) || head.chapter >= CHAPTERS_MAX)
		return false;
	in = report_for(l, &head, records, err == OM_E_TRUNCATED);
	if (!in)
		return false;
	in->touched = ++l->clock;
	in->dictionary = dictionary;
	c = &in->chapters[head.chapter];
	if (!c->whole)
		in->changed = true;
	*c = (struct chapter){
		.seen = true,
		.whole = c->whole || whole,
		.lines_seen = g->n_seen,
		.lines_restored = g->n_restored,
		.lines_lost = g->n_lost,
		.lines_expected = g->shape.n_data + g->shape.n_parity,
	};
	while (err == OM_OK && report_item_read(text, &head, &at, &item) == OM_OK) {
		adopt_item(in, &item, head.chapter);
		if (item.kind == REPORT_END)
			break;
	}
	if (!l->patient && in->changed && is_complete(in))
		tell(l, in);
	return true;
}

/*
 * The text of a stream, at most TEXT_BYTES_MAX; NULL: no memory, or it cannot be unpacked, and
 * @why says why not.
 */
static uint8_t *unpacked_stream(struct listener *l, struct span stream, struct pack_reading *r,
				enum om_err *why)
{
	const struct workspace state = { (uint8_t *)l->pack_state, sizeof(l->pack_state) };
	uint8_t *text = NULL;

	if (!l->can_unpack)
		pack_open(state);
	l->can_unpack = true;
	for (size_t cap = TEXT_FIRST_BYTES;; cap *= 2) {
		uint8_t *more = realloc(text, cap);

		*why = more ? pack_read(stream, state, more, cap, r) : OM_E_NO_SPACE;
		text = more ? more : text;
		if (*why != OM_OK) {
			free(text);
			return NULL;
		}
		if (r->end != UNPACK_FULL || cap >= TEXT_BYTES_MAX)
			return text;
	}
}

/* False: nothing can be read of it. */
static bool adopt_stream(struct listener *l, struct span stream)
{
	struct pack_reading r = { 0 };
	enum om_err why;
	uint8_t *text = unpacked_stream(l, stream, &r, &why);
	const struct span chapter = { text, r.text_bytes };
	const bool good = text && adopt_text(l, chapter, r.end == UNPACK_COMPLETE, r.dictionary);

	l->of_model = why == OM_E_VARIANT && pack_is_model(stream);
	free(text);
	return good;
}

static void adopt_group(struct listener *l)
{
	if (!adopt_stream(l, l->gather.result.bytes))
		print_headless(l);
}

bool listener_chapter(struct listener *l, struct span stream)
{
	l->gather.result = (struct gather_result){ 0 }; /* no line brought it */
	return adopt_stream(l, stream);
}

/* ---- lines for people ---------------------------------------------------------------------- */

static void begin(struct listener *l)
{
	if (!l->begun && l->events.begun)
		l->events.begun(l->events.arg);
	l->begun = true;
}

/* "oopsmon 0.1.0 qemu-virt: ..." */
static bool is_boot_line(const char *at, size_t len)
{
	static const char name[] = "oopsmon ";
	size_t i = sizeof(name) - 1;

	if (len < sizeof(name) || !isdigit((unsigned char)at[i]))
		return false;
	while (i < len && (isalnum((unsigned char)at[i]) || strchr(".-+_", at[i])))
		i++;
	if (i + 1 >= len || at[i] != ' ')
		return false;
	for (i++; i < len && (isalnum((unsigned char)at[i]) || strchr("-_", at[i]));)
		i++;
	return i + 1 < len && at[i] == ':' && at[i + 1] == ' ';
}

static void print_boot(struct listener *l, const char *at, size_t len)
{
	char line[4 * LINE_MAX_BYTES + 1];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const uint8_t c = (uint8_t)at[i];

		if (c >= 0x20 && c < 0x7f && c != '\\')
			line[n++] = (char)c;
		else
			n += (size_t)sprintf(line + n, "\\x%02x", c);
	}
	line[n] = '\0';
	if (l->events.boot)
		l->events.boot(l->events.arg, line);
}

/* What was begun before is over, unless more of its lines come soon. */
static void be_patient(struct listener *l)
{
	if (l->patient)
		return;
	l->patience = PATIENCE_BYTES;
	l->patience_at = l->gather.clock;
}

static void give_up(struct listener *l, uint32_t since)
{
	while (gather_close(&l->gather, since, true))
		adopt_group(l);
	print_all(l);
}

/* A line of text, or the last LINE_MAX_BYTES of it. */
static void look_at_line(struct listener *l, const char *line, size_t len)
{
	static const char banner[] = "OOPSMON REPORT ";
	const char *at = memmem(line, len, banner, sizeof(banner) - 1);

	if (at && at - line >= 6 && memcmp(at - 6, "BEGIN ", 6) == 0) {
		be_patient(l);
		begin(l);
	} else if (at && at - line >= 4 && memcmp(at - 4, "END ", 4) == 0) {
		while (gather_close(&l->gather, l->gather.clock, false))
			adopt_group(l);
		be_patient(l);
	}
	at = memmem(line, len, "oopsmon ", 8);
	if (!at || !is_boot_line(at, len - (size_t)(at - line)))
		return;
	be_patient(l);
	print_boot(l, at, len - (size_t)(at - line));
}

/* Looks at the lines that are complete now; keeps the beginning of the last. */
static void look_at_text(struct listener *l, const uint8_t *bytes, size_t len)
{
	const char *at = l->text;
	const char *end;

	memcpy(l->text + l->text_len, bytes, len);
	end = l->text + l->text_len + len;
	/* most text has neither word, and is not taken apart */
	if (memmem(at, (size_t)(end - at), "oopsmon ", 8) ||
	    memmem(at, (size_t)(end - at), "OOPSMON ", 8)) {
		const char *newline;

		while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
			size_t n = (size_t)(newline - at);

			while (n > 0 && at[n - 1] == '\r')
				n--;
			if (n > LINE_MAX_BYTES)
				n = LINE_MAX_BYTES;
			look_at_line(l, at, n);
			at = newline + 1;
		}
	} else {
		const char *newline = memrchr(at, '\n', (size_t)(end - at));

		at = newline ? newline + 1 : at;
	}
	if (end - at > LINE_MAX_BYTES)
		at = end - LINE_MAX_BYTES;
	l->text_len = (size_t)(end - at);
	memmove(l->text, at, l->text_len);
}

/* ---- bytes --------------------------------------------------------------------------------- */

static void feed_gather(struct listener *l, struct span in)
{
	for (;;) {
		const struct gather_group *group;

		switch (gather_feed(&l->gather, &in)) {
		case GATHER_MORE:
			return;
		case GATHER_GROUP:
			adopt_group(l);
			break;
		case GATHER_LINE:
			group = l->gather.recent;
			if (group->complete)
				break;
			begin(l);
			if (l->events.progress)
				l->events.progress(l->events.arg, group->n_seen,
						   group->shape.n_data + group->shape.n_parity);
			break;
		}
	}
}

/* Is a whole chunk no text at all? By bytes above 0x7f in an eighth of it: noise has half of them.
 */
static bool is_binary(const uint8_t *bytes)
{
	enum { STEP = 64, STRANGE_MAX = CHUNK_BYTES / 8 * 3 / 8 };
	uint32_t strange = 0;

	for (size_t i = 0; i < CHUNK_BYTES; i += STEP) {
		uint64_t word;

		memcpy(&word, bytes + i, sizeof(word));
		strange += (uint32_t)((word >> 7 & 0x0101010101010101) * 0x0101010101010101 >> 56);
	}
	return strange > STRANGE_MAX;
}

void listener_feed(struct listener *l, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		const size_t n = len < CHUNK_BYTES ? len : CHUNK_BYTES;

		if (n < CHUNK_BYTES || !is_binary(bytes)) /* a dump of memory has much of it */
			feed_gather(l, (struct span){ bytes, n });
		if (l->patience > 0) {
			l->patience -= n < l->patience ? (uint32_t)n : l->patience;
			if (l->patience == 0)
				give_up(l, l->patience_at);
		}
		if (!l->patient || l->events.boot || l->events.begun)
			look_at_text(l, bytes, n);
		bytes += n;
		len -= n;
	}
}

void listener_end(struct listener *l)
{
	l->patience = 0;
	give_up(l, l->gather.clock);
	l->begun = false;
}

bool listener_busy(const struct listener *l)
{
	if (l->begun || gather_busy(&l->gather))
		return true;
	for (uint32_t i = 0; i < REPORTS_OPEN; i++)
		if (l->reports[i] && l->reports[i]->changed)
			return true;
	return false;
}

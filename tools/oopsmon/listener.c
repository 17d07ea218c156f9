/* SPDX-License-Identifier: BSD-2-Clause */
#include "listener.h"
#include "incoming.h"

#include "core/log/headline.h"
#include "core/log/title.h"
#include "core/offline/gather.h"
#include "core/report/pack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	REPORTS_OPEN = 4,	     /* at the same time; the oldest is reported and given up */
	TEXT_FIRST_BYTES = 64 << 10, /* for a chapter's text; more if it is longer */
	PATIENCE_BYTES = 4096, /* of other text after a report's end: no line of it will come */
	LINE_MAX_BYTES = 240,  /* of the monitor's first line */
	CHUNK_BYTES = 1024,
	HEADLINE_BYTES = 256
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

	struct report given;
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

void listener_free(struct listener *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < REPORTS_OPEN; i++)
		incoming_free(l->reports[i]);
	free(l);
}

/* ---- reporting ---------------------------------------------------------------------------- */

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

static void give_report(struct listener *l, struct incoming *in)
{
	struct report *r = &l->given;

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
	incoming_put_together(in, r);
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
	struct report *r = &l->given;

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
		give_report(l, oldest);
	}
}

/* ---- chapters ------------------------------------------------------------------------------ */

/* The report that a chapter belongs to; the oldest makes room for a new one. */
static struct incoming *report_for(struct listener *l, const struct report_head *head,
				   const struct record *records, bool cut)
{
	uint32_t slot = 0;

	for (uint32_t i = 0; i < REPORTS_OPEN; i++) {
		struct incoming *in = l->reports[i];

		if (in && (incoming_is_of(in, head, records) || (cut && in->head.id == head->id)))
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
			give_report(l, l->reports[slot]);
		incoming_free(l->reports[slot]);
	}
	l->reports[slot] = incoming_new(head, records);
	if (l->reports[slot])
		l->reports[slot]->cut = cut;
	return l->reports[slot];
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

	/* of a head that is cut, the number and the names of records are worth reporting */
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
		incoming_adopt(in, &item, head.chapter);
		if (item.kind == REPORT_END)
			break;
	}
	if (!l->patient && in->changed && incoming_is_complete(in))
		give_report(l, in);
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

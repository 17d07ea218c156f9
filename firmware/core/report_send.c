/* SPDX-License-Identifier: BSD-2-Clause */
#include "report_send.h"

#include "armor.h"
#include "crc32.h"
#include "rs16.h"
#include "squeeze.h"

#include <string.h>

enum {
	WIRE_BYTES = ARMOR_LINE_CHARS + 2, /* CR LF */
	PIECES_MAX = 2 * REPORT_RECORDS_MAX,
	LEFT_SHOWN = 8,
	/* Kept back from the budget for banners and what is left out; of a small one a quarter. */
	BANNER_BYTES = (LEFT_SHOWN + 4) * WIRE_BYTES,
	/* Of the last stream a budget allows, for the end and for each piece left out. */
	CLOSING_BYTES = 64,
	LEFT_BYTES = 24,
	CUT_SLACK = 16, /* bytes of text by which a second try is shorter, to fit as well */
	LINES_MIN = 4,	/* data lines that are worth a group */
	DATA_BYTES = ARMOR_DATA_MAX * ARMOR_PAYLOAD_BYTES,
	NO_RECORD = REPORT_RECORDS_MAX
};

/* Where the report stands; lives in the workspace. */
struct sender {
	const struct report_job *job;
	struct report_head head;
	uint32_t budget;
	bool cut;

	uint32_t n_pieces, at;	  /* pieces before @at are told */
	uint32_t done;		  /* bytes of piece @at that are told */
	uint32_t stop, stop_done; /* tell nothing from these bytes of piece @stop on */
	struct telling_piece pieces[PIECES_MAX];
	uint32_t left[REPORT_RECORDS_MAX];	  /* bytes of each record that are left out */
	uint32_t left_before[REPORT_RECORDS_MAX]; /* the present chapter */
	uint32_t reading;			  /* the record in @now, NO_RECORD: none */
	struct record now;

	struct squeeze squeeze;
	struct workspace state;
	uint8_t *data; /* DATA_BYTES */
	char line[REPORT_LINE_BYTES];
};

_Static_assert(SQUEEZE_STATE_BYTES + DATA_BYTES + sizeof(struct sender) <= REPORT_SEND_BYTES,
	       "the workspace holds it all");
_Static_assert(SQUEEZE_STATE_BYTES >= ARMOR_PARITY_MAX * ARMOR_PAYLOAD_BYTES + RS16_ENCODE_BYTES,
	       "parity is computed where the squeezer was");

/* ---- lines out --------------------------------------------------------------------------- */

static void print(struct sender *s, size_t len)
{
	s->job->print(s->job->ctx, s->line, len);
}

/* What a line takes of the budget. */
static uint32_t line_bytes(const struct sender *s)
{
	return s->job->chapter ? ARMOR_PAYLOAD_BYTES : WIRE_BYTES;
}

static uint32_t group_bytes(const struct sender *s, uint32_t n_data)
{
	const uint32_t parity = s->job->chapter ? 0 : armor_parity_lines(n_data, s->job->parity);

	return (n_data + parity) * line_bytes(s);
}

/* The most data lines that @budget pays for, with their parity. */
static uint32_t lines_for(const struct sender *s, uint32_t budget)
{
	uint32_t n = budget / line_bytes(s);

	if (n > ARMOR_DATA_MAX)
		n = ARMOR_DATA_MAX;
	while (n > 0 && group_bytes(s, n) > budget)
		n--;
	return n;
}

static uint32_t data_lines(const struct sender *s)
{
	return (uint32_t)(s->squeeze.len + ARMOR_PAYLOAD_BYTES - 1) / ARMOR_PAYLOAD_BYTES;
}

static void print_group(struct sender *s)
{
	const uint32_t n_data = data_lines(s);
	const struct armor_group group = {
		.n_data = n_data,
		.n_parity = armor_parity_lines(n_data, s->job->parity),
		.tag = (s->head.id + s->head.boot_count + (uint32_t)s->head.uptime_us +
			s->head.chapter) &
		       ARMOR_TAG_MAX,
	};
	const uint32_t key = armor_key(&group);
	const size_t parity_bytes = (size_t)group.n_parity * ARMOR_PAYLOAD_BYTES;
	uint8_t *parity = s->state.p; /* the squeezer is done with it */
	const struct workspace work = { parity + parity_bytes, s->state.cap - parity_bytes };

	memset(s->data + s->squeeze.len, 0, (size_t)n_data * ARMOR_PAYLOAD_BYTES - s->squeeze.len);
	if (rs16_parity(s->data, n_data, group.n_parity, work, parity))
		return;
	for (uint32_t i = 0; i < n_data + group.n_parity; i++) {
		const uint8_t *payload =
			i < n_data ? s->data + (size_t)i * ARMOR_PAYLOAD_BYTES
				   : parity + (size_t)(i - n_data) * ARMOR_PAYLOAD_BYTES;

		armor_line(key, i, payload, s->line);
		print(s, ARMOR_LINE_CHARS);
	}
}

/* ---- a chapter --------------------------------------------------------------------------- */

/* False: it did not fit, the chapter is full. */
static bool put(struct sender *s, struct span text)
{
	return squeeze_put(&s->squeeze, text) == text.len;
}

static bool put_line(struct sender *s, size_t len)
{
	return put(s, (struct span){ (const uint8_t *)s->line, len });
}

static bool put_head(struct sender *s)
{
	size_t len;

	for (uint32_t i = 0; (len = report_head_line(&s->head, s->job->records, i, s->line)); i++)
		if (!put_line(s, len))
			return false;
	return true;
}

/* The text of a piece's record, NULL: it cannot be read any more. */
static const struct record *text_of(struct sender *s, const struct telling_piece *p)
{
	const struct report_job *job = s->job;

	if (s->reading != p->record) {
		s->reading = NO_RECORD;
		if (record_read(job->region, job->zones[p->record], job->records[p->record]->piece,
				job->work, &s->now) ||
		    s->now.text.len != job->records[p->record]->text.len)
			return NULL;
		s->reading = p->record;
	}
	return &s->now;
}

static bool is_last_of_record(const struct sender *s)
{
	for (uint32_t i = s->at + 1; i < s->n_pieces; i++)
		if (s->pieces[i].record == s->pieces[s->at].record)
			return false;
	return true;
}

static bool put_left(struct sender *s)
{
	const struct telling_piece *p = &s->pieces[s->at];

	return put_line(s,
			report_left_line(p->record, p->off + s->done, p->bytes - s->done, s->line));
}

/* The rest of the piece is in no chapter. */
static void count_left(struct sender *s)
{
	s->left[s->pieces[s->at].record] += s->pieces[s->at].bytes - s->done;
}

/* The rest of the piece, and the CRC of its record if that is all of it. False: no room. */
static bool put_piece(struct sender *s)
{
	const struct telling_piece *p = &s->pieces[s->at];
	const struct record *r = text_of(s, p);
	struct span text;

	if (!r) {
		if (!put_left(s))
			return false;
		count_left(s);
		return true;
	}
	text = span_sub(r->text, p->off + s->done,
			(s->at == s->stop ? s->stop_done : p->bytes) - s->done);
	if (text.len > 0) {
		size_t taken;

		if (!put_line(s, report_piece_line(p->record, p->off + s->done, (uint32_t)text.len,
						   s->line)))
			return false;
		taken = squeeze_put(&s->squeeze, text);
		s->done += (uint32_t)taken;
		if (taken < text.len || !put(s, (struct span){ (const uint8_t *)"\n", 1 }))
			return false;
	}
	if (s->at == s->stop)
		return false;
	return s->left[p->record] || !is_last_of_record(s) ||
	       put_line(s, report_crc_line(p->record, crc32_update(0, r->text.p, r->text.len),
					   s->line));
}

/* Pieces until the chapter is full. False: there are more. */
static bool put_pieces(struct sender *s)
{
	for (; s->at < s->n_pieces; s->at++, s->done = 0)
		if (!put_piece(s))
			return false;
	return put_line(s, report_end_line(s->line));
}

/* No time for more: name the rest, in the room that was kept for that. */
static void put_rest(struct sender *s)
{
	for (; s->at < s->n_pieces; s->at++, s->done = 0) {
		if (s->done == s->pieces[s->at].bytes) { /* but for its record's CRC */
			(void)put_piece(s);
			continue;
		}
		(void)put_left(s);
		count_left(s);
		s->cut = true;
	}
	(void)put_line(s, report_end_line(s->line));
}

/* A chapter's head, and pieces as far as @cap goes. False: not even its head fits. */
static bool begin_chapter(struct sender *s, size_t cap, bool *over)
{
	if (squeeze_start(&s->squeeze, s->state, s->data, cap) || !put_head(s))
		return false;
	*over = put_pieces(s);
	return true;
}

/*
 * The last chapter, which has no room for all: lines follow the piece that is cut, so that its
 * line must say how long it is. That is known now, and the chapter is made again.
 */
static bool make_cut_chapter(struct sender *s, uint32_t at, uint32_t done, size_t cap,
			     size_t closing)
{
	const uint32_t from = s->at == at ? done : 0; /* of piece s->at in this chapter */
	bool over;

	s->stop = s->at;
	s->stop_done = s->done - from > CUT_SLACK ? s->done - CUT_SLACK : from;
	s->at = at;
	s->done = done;
	memcpy(s->left, s->left_before, sizeof(s->left));
	if (!begin_chapter(s, cap - closing, &over))
		return false;
	s->stop = PIECES_MAX;
	s->squeeze.cap = cap;
	put_rest(s);
	return true;
}

/*
 * One chapter of at most @n_data lines. False: not even its head fits.
 * @over: nothing follows it
 */
static bool make_chapter(struct sender *s, uint32_t n_data, bool *over)
{
	const uint32_t after = group_bytes(s, n_data);
	const bool last = after > s->budget || lines_for(s, s->budget - after) < LINES_MIN;
	const size_t cap = (size_t)n_data * ARMOR_PAYLOAD_BYTES;
	const uint32_t at = s->at, done = s->done;
	size_t closing = CLOSING_BYTES + (size_t)LEFT_BYTES * (s->n_pieces - s->at);

	if (closing > cap / 2)
		closing = cap / 2;
	memcpy(s->left_before, s->left, sizeof(s->left));
	if (!begin_chapter(s, last ? cap - closing : cap, over))
		return false;
	if (!*over && last) {
		*over = true;
		if (!make_cut_chapter(s, at, done, cap, closing))
			return false;
	}
	squeeze_end(&s->squeeze);
	return true;
}

static void make_chapters(struct sender *s)
{
	bool over = false;

	while (!over) {
		const uint32_t n_data = lines_for(s, s->budget);
		const uint32_t at = s->at, done = s->done;

		if (n_data < LINES_MIN || !make_chapter(s, n_data, &over))
			return;
		if (!s->job->chapter)
			print_group(s);
		else if (!s->job->chapter(s->job->ctx, (struct span){ s->data, s->squeeze.len }))
			return;
		s->budget -= group_bytes(s, data_lines(s));
		s->head.chapter++;
		if (s->at == at && s->done == done)
			return; /* heads so long that nothing fits behind them */
	}
}

/* ---- the report -------------------------------------------------------------------------- */

static uint32_t text_bytes(const struct report_job *job)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < job->head.n_records; i++)
		sum += (uint32_t)job->records[i]->text.len;
	return sum;
}

/* Names what is left out; true: nothing is. */
static bool print_left(struct sender *s)
{
	uint32_t shown = 0;

	for (; s->at < s->n_pieces; s->at++, s->done = 0) { /* no chapter was begun for these */
		count_left(s);
		s->cut = true;
	}
	for (uint32_t i = 0; i < s->head.n_records; i++)
		if (s->left[i] && shown++ < LEFT_SHOWN)
			print(s, report_left_hint(s->job->records[i], s->left[i], s->line));
	if (shown > LEFT_SHOWN)
		print(s, report_more_hint(shown - LEFT_SHOWN, s->line));
	if (s->cut)
		print(s, report_time_hint(s->job->seconds, s->head.baud, s->line));
	return !shown;
}

bool report_send(const struct report_job *job)
{
	struct sender *s;
	bool complete;

	if (job->memory.cap < REPORT_SEND_BYTES || job->head.n_records > REPORT_RECORDS_MAX)
		return false;
	s = (struct sender *)(void *)(job->memory.p + SQUEEZE_STATE_BYTES + DATA_BYTES);
	memset(s, 0, sizeof(*s));
	s->job = job;
	s->head = job->head;
	s->reading = NO_RECORD;
	s->stop = PIECES_MAX;
	s->state = (struct workspace){ job->memory.p, SQUEEZE_STATE_BYTES };
	s->data = job->memory.p + SQUEEZE_STATE_BYTES;
	s->budget = job->budget;
	if (s->budget != UINT32_MAX && !job->chapter)
		s->budget -= s->budget / 4 < BANNER_BYTES ? s->budget / 4 : BANNER_BYTES;
	s->n_pieces = telling_plan(job->records, job->head.n_records, s->pieces);

	if (job->chapter) {
		make_chapters(s);
		return !s->cut && s->at == s->n_pieces;
	}
	print(s, report_begin_banner(&s->head, s->line));
	print(s, report_hint(&s->head, text_bytes(job), s->line));
	make_chapters(s);
	complete = print_left(s);
	print(s, report_end_banner(&s->head, complete, s->line));
	return complete;
}

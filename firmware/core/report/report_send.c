/* SPDX-License-Identifier: BSD-2-Clause */
#include "report_send.h"

#include "armor.h"
#include "core/ecc/rs16.h"

enum {
	WIRE_BYTES = ARMOR_LINE_CHARS + 2, /* CR LF */
	LEFT_SHOWN = 8,
	/* Kept back from the budget for banners and what is left out; of a small one a quarter. */
	BANNER_BYTES = (LEFT_SHOWN + 4) * WIRE_BYTES,
	LINES_MIN = 4, /* data lines that are worth a group */
	BITS_PER_BYTE = 10,
	US_PER_S = 1000000
};

_Static_assert(PACK_STREAM_MAX <= (int)ARMOR_DATA_MAX * (int)ARMOR_PAYLOAD_BYTES,
	       "a chapter fits a group");
_Static_assert((int)CHAPTERS_SCRATCH_BYTES >=
		       (int)ARMOR_PARITY_MAX * (int)ARMOR_PAYLOAD_BYTES + RS16_ENCODE_BYTES,
	       "parity is computed where chapters are packed");

static void print(struct report_send *s, size_t len)
{
	s->print(s->ctx, s->line, len);
}

/* ---- groups ------------------------------------------------------------------------------- */

static uint32_t data_lines(struct span stream)
{
	return (uint32_t)((stream.len + ARMOR_PAYLOAD_BYTES - 1) / ARMOR_PAYLOAD_BYTES);
}

static uint32_t group_bytes(const struct report_send *s, uint32_t n_data)
{
	return (n_data + armor_parity_lines(n_data, s->parity)) * WIRE_BYTES;
}

/* The most data lines that @budget pays for, with their parity. */
static uint32_t lines_for(const struct report_send *s, uint32_t budget)
{
	uint32_t n = budget / WIRE_BYTES;

	if (n > ARMOR_DATA_MAX)
		n = ARMOR_DATA_MAX;
	while (n > 0 && group_bytes(s, n) > budget)
		n--;
	return n;
}

/* What the budget still pays for, and the line still carries in time. */
static uint32_t budget_now(const struct report_send *s)
{
	const uint32_t baud = s->job->head.baud;
	const uint32_t left_us = deadline_left_us(&s->until);
	uint64_t bytes;

	if (left_us == UINT32_MAX || baud == 0)
		return s->left;
	bytes = (uint64_t)left_us * (baud / BITS_PER_BYTE) / US_PER_S;
	return bytes < s->left ? (uint32_t)bytes : s->left;
}

static void print_group(struct report_send *s, uint32_t chapter, struct span stream)
{
	const struct report_head *h = &s->job->head;
	const uint32_t n_data = data_lines(stream);
	const struct armor_group group = {
		.n_data = n_data,
		.n_parity = armor_parity_lines(n_data, s->parity),
		.tag = (h->id + h->boot_count + (uint32_t)h->uptime_us + chapter) & ARMOR_TAG_MAX,
	};
	const uint32_t key = armor_key(&group);
	const struct workspace scratch = chapters_scratch(s->chapters);
	const size_t parity_bytes = (size_t)group.n_parity * ARMOR_PAYLOAD_BYTES;
	const struct workspace work = { scratch.p + parity_bytes, scratch.cap - parity_bytes };

	if (rs16_parity(stream.p, n_data, group.n_parity, work, scratch.p))
		return;
	for (uint32_t i = 0; i < n_data + group.n_parity; i++) {
		const uint8_t *from = i < n_data ? stream.p : scratch.p;
		const uint32_t at = i < n_data ? i : i - n_data;

		armor_line(key, i, from + (size_t)at * ARMOR_PAYLOAD_BYTES, s->line);
		print(s, ARMOR_LINE_CHARS);
	}
	s->left -= group_bytes(s, n_data) < s->left ? group_bytes(s, n_data) : s->left;
}

/* True if chapter @c can be sent whole: it is the last one, or another one has room after it. */
static bool fits(const struct report_send *s, const struct chapter *c, uint32_t budget)
{
	const uint32_t bytes = group_bytes(s, data_lines(c->stream));

	if (c->last || budget == UINT32_MAX)
		return bytes <= budget;
	return bytes <= budget && lines_for(s, budget - bytes) >= LINES_MIN;
}

static void send_cut(struct report_send *s, uint32_t n)
{
	const uint32_t n_data = lines_for(s, budget_now(s));
	struct chapter c;

	/* without time for a group nothing is begun, but what is left out gets counted */
	if (chapters_cut(s->chapters, n,
			 n_data < LINES_MIN ? 0 : (size_t)n_data * ARMOR_PAYLOAD_BYTES, &s->until,
			 &c))
		print_group(s, n, c.stream);
	s->cut = true;
}

static void send_chapters(struct report_send *s)
{
	struct chapter c = { .last = false };

	for (uint32_t n = 0; !c.last; n++) {
		if (!chapters_get(s->chapters, n, &s->until, &c) || !fits(s, &c, budget_now(s))) {
			send_cut(s, n);
			return;
		}
		print_group(s, n, c.stream);
	}
}

/* ---- the report --------------------------------------------------------------------------- */

/* Names what is left out; true: nothing is. */
static bool print_left(struct report_send *s)
{
	uint32_t shown = 0;

	for (uint32_t i = 0; i < s->job->head.n_records; i++) {
		const uint32_t left = chapters_left(s->chapters, i);

		if (left && shown++ < LEFT_SHOWN)
			print(s, report_left_hint(s->job->records[i], left, s->line));
	}
	if (shown > LEFT_SHOWN)
		print(s, report_more_hint(shown - LEFT_SHOWN, s->line));
	if (s->job->head.beyond.n)
		print(s, report_beyond_hint(&s->job->head.beyond, s->line));
	if (s->cut)
		print(s, report_time_hint(s->seconds, s->job->head.baud, s->line));
	return !shown && !s->cut && !s->job->head.beyond.n;
}

bool report_send(struct report_send *s)
{
	bool complete;

	s->job = chapters_job(s->chapters);
	s->cut = false;
	s->left = s->budget;
	if (s->left != UINT32_MAX)
		s->left -= s->left / 4 < BANNER_BYTES ? s->left / 4 : BANNER_BYTES;
	chapters_rewind(s->chapters);
	print(s, report_begin_banner(&s->job->head, s->line));
	print(s, report_hint(&s->job->head, chapters_text_bytes(s->chapters), s->line));
	send_chapters(s);
	complete = print_left(s);
	print(s, report_end_banner(&s->job->head, complete, s->line));
	return complete;
}

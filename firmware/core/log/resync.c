/* SPDX-License-Identifier: BSD-2-Clause */
#include "resync.h"

#include <string.h>

#include "resync_rescue.h"

enum {
	ALARM = 128,	   /* so much against what was decoded since it last made sense */
	PROOF_TEXT = 2048, /* characters that show how this log reads */
	SAME = 8,	   /* characters that show that two texts are in step */
	MARGIN = 120,	   /* by so much the other text has to read better */
	LIKELY = 16,	/* the length of a hole, if it speaks so much more for itself than others */
	LINE_HEAD = 20, /* at most so many characters before the text of a line */
	HOLE_MAX = 8192, /* characters in a hole */
	EXPANSION = 4,	 /* characters a lost bit may have stood for */
	PATHS = 32,	 /* places that are tried as the beginning of a token */
	SYNC_BITS = 4096,
	IN_MAX = 1 << 22,
	SCAN_BITS = 1 << 19,
	BUDGET = 100000, /* tokens that searches may play, and more per byte */
	BUDGET_PER_BYTE = 600,
};

static bool is_near_end(const struct rescue *r)
{
	return r->end_bit - r->at.bit < 64;
}

/* To the next block that begins at or after the bit @from; how it fits, UNFIT: there is none. */
static int32_t find_block(struct rescue *r, uint32_t from)
{
	const uint32_t end = r->limit - from < SCAN_BITS ? r->limit : from + SCAN_BITS;

	for (uint32_t bit = from; bit < end && !rescue_gives_up(r); bit++) {
		r->at.bit = bit + 1;
		if (rescue_bits(r, 2) != BLOCK_DYNAMIC || !rescue_try_block(r, bit))
			continue;

		const int32_t fit = rescue_plausibility(r);

		if (fit > UNFIT)
			return fit;
	}
	return UNFIT;
}

/*
 * Where tokens begin after the bit @from: decoding from any place falls into step with
 * the true sequence sooner or later, so it is where all the ways meet.
 */
static bool find_step(struct rescue *r, uint32_t from)
{
	uint8_t ways[64] = { 0 }; /* that come to a bit, by its number's last six bits */
	uint32_t total = PATHS;
	struct token t;

	memset(&ways[0], 0, sizeof(ways));
	for (uint32_t i = 0; i < PATHS; i++)
		ways[(from + i) & 63] = 1;
	for (uint32_t bit = from; bit < r->limit && bit - from < SYNC_BITS && total > PATHS / 2;
	     bit++) {
		const uint32_t n = ways[bit & 63];

		ways[bit & 63] = 0;
		r->at.bit = bit;
		if (n == 0)
			continue;
		if (n == total)
			return true;
		if (rescue_token(r, &t) == GOT_TOKEN)
			ways[r->at.bit & 63] = (uint8_t)(ways[r->at.bit & 63] + n);
		else
			total -= n;
	}
	return false;
}

/* The first bad stretch that ends after the bit @from; false: none. */
static bool next_bad(const struct rescue *r, uint32_t from, uint32_t *begin, uint32_t *end)
{
	for (uint32_t i = 0; r->bad && i < r->bad->n; i++) {
		const struct hole *h = &r->bad->at[i];

		if (h->off >= r->end_bit / 8)
			return false;
		*begin = h->off * 8;
		*end = h->len >= r->end_bit / 8 - h->off ? r->end_bit : (h->off + h->len) * 8;
		if (*end > from)
			return true;
	}
	return false;
}

static void set_limit(struct rescue *r, uint32_t from)
{
	uint32_t begin;
	uint32_t end;

	r->limit = next_bad(r, from, &begin, &end) ? begin : r->end_bit;
}

/*
 * Text goes on at r->at, but how many characters the hole from @hole on had nobody knows. What
 * matches fetch from before it makes sense with the right number only.
 */
static void bridge(struct rescue *r, const struct place *hole)
{
	const uint32_t most = (r->at.bit - hole->bit) * EXPANSION;
	const int32_t have = (int32_t)(r->at.pos - hole->pos);
	struct repair best;

	r->hole[0] = hole->pos;
	r->hole[1] = r->at.pos;
	rescue_relearn(r);
	rescue_fetch(r, 200, r->limit);
	best = rescue_best_shift(r, 0, -have, (most < HOLE_MAX ? (int32_t)most : HOLE_MAX) - have);
	if (best.score - best.second >= LIKELY)
		rescue_bend(r, best.shift);
	r->resynced = true;
	rescue_relearn(r);
	rescue_trust(r);
}

/*
 * Go on after the bad stretch that begins at r->limit; @in_step: the codes are still good.
 * If nothing makes sense there, as zlib would: perhaps only some bytes are wrong.
 */
static bool cross(struct rescue *r, bool in_step)
{
	const struct place hole = r->at;
	const bool known = in_step;
	uint32_t begin;
	uint32_t end;

	rescue_suspect(r, hole.pos);
	while (next_bad(r, r->limit, &begin, &end)) {
		set_limit(r, end);

		int32_t fit = UNFIT;

		if (in_step && find_step(r, end)) {
			const uint32_t step = r->at.bit;

			/* bad bytes may be right for the most part */
			r->at = hole;
			rescue_advance(r, step);
			r->at.bit = step;
			fit = rescue_plausibility(r);
		}
		if (fit <= UNFIT) {
			fit = find_block(r, end);
			in_step = false;
		}
		if (fit > UNFIT) {
			bridge(r, &hole);
			return true;
		}
		if (r->limit == r->end_bit)
			break;
	}
	rescue_go(r, &hole);
	if (!known)
		return false;
	r->limit = r->end_bit;
	return true;
}

/* The block has ended, or should have; false: so has the text. */
static bool next_block(struct rescue *r)
{
	const uint32_t at = r->at.bit;
	const bool final = r->final;

	if (is_near_end(r))
		return false;
	if (rescue_open_block(r, at) && (!final || r->type == BLOCK_DYNAMIC)) {
		rescue_trust(r);
		return true;
	}
	return false;
}

/* For or against the lines of which enough is there by now. */
static int32_t next_lines(struct rescue *r)
{
	const uint8_t *end = r->text + r->at.pos;
	int32_t sum = 0;

	if (r->line == 0) /* no line has shown yet whether lines have stamps */
		line_clock_start(&r->clock, (struct span){ r->text, r->at.pos });
	while (r->at.pos - r->line > LINE_HEAD) {
		const uint8_t *p = memchr(r->text + r->line, '\n', r->at.pos - r->line - LINE_HEAD);

		if (!p) {
			r->line = r->at.pos - LINE_HEAD;
			break;
		}
		sum += rescue_line_evidence(line_form(p + 1, end, &r->clock));
		r->line = (uint32_t)(p + 1 - r->text);
	}
	return sum;
}

/* Decode as far as it goes; the codes are good if GOT_LIMIT comes back. */
static enum outcome run(struct rescue *r)
{
	for (;;) {
		const uint32_t pos = r->at.pos;
		struct token t;
		const enum outcome got = rescue_token(r, &t);

		if (got == GOT_END && next_block(r))
			continue;
		if (got != GOT_TOKEN)
			return got;

		int32_t e = rescue_play(r, t);

		if (r->at.pos == r->room) {
			r->full = true;
			return GOT_END;
		}
		if (rescue_is_over(r)) {
			if (!r->bad) { /* damage would not be noticed any more */
				rescue_suspect(r, r->mark[1].pos);
				r->effort->cut = true;
			}
			continue;
		}
		e += next_lines(r);
		rescue_charge(r, r->at.pos - pos);
		rescue_learn(r, r->text + pos - (pos > 0), r->at.pos - pos + (pos > 0));
		r->doubt = e >= (int32_t)r->doubt ? 0 : r->doubt - (uint32_t)e;
		r->since++;
		if (r->doubt == 0 && r->since >= MARK_TOKENS) {
			r->mark[1] = r->mark[0];
			r->mark[0] = r->at;
			r->since = 0;
		}
		if (r->doubt > ALARM && !r->bad && rescue_may_search(r))
			rescue_repair(r);
	}
}

/* How the characters [@from, @to) of @p read, with those beside them. */
static int32_t reads(const struct rescue *r, const uint8_t *p, uint32_t from, uint32_t to)
{
	int32_t sum = 0;

	for (uint32_t i = from > 0 ? from : 1; i < to; i++)
		sum += rescue_evidence(r, p[i - 1], p[i]);
	return sum;
}

/*
 * Where zlib's text is another from @first on, take what reads better. It is what repairs
 * made of it otherwise, and these may be wrong in part.
 */
static void compare(struct rescue *r, struct span plain)
{
	const uint32_t len = r->at.pos;
	const uint32_t both = plain.len < len ? (uint32_t)plain.len : len;
	uint32_t same = 0;
	uint32_t from = 0;

	if (r->first > PROOF_TEXT && r->first < len) {
		r->at.pos = r->first;
		rescue_relearn(r);
		r->at.pos = len;
	}
	for (uint32_t i = 0; i <= both; i++) {
		const bool equal = i < both && r->text[i] == plain.p[i];

		if (equal && ++same != SAME)
			continue;
		if (!equal && i < both) {
			same = 0;
			continue;
		}

		const bool end = i == both;
		const uint32_t mine = end ? len : i + 1;
		const uint32_t its = end ? (uint32_t)plain.len : i + 1;

		const int32_t margin = MARGIN + (int32_t)(mine - from) / 4;

		if (reads(r, plain.p, from, its) + margin >= reads(r, r->text, from, mine)) {
			memcpy(r->text + from, plain.p + from, its - from);
			r->at.pos = end ? its : len;
		}
		from = i;
	}
}

static void note_salvaged(struct rescue *r, struct salvaged *out)
{
	uint8_t *p = r->text;
	const uint32_t n = r->at.pos;

	*out = (struct salvaged){ { p, n }, r->full, r->resynced, r->first, { 0 } };
	for (uint32_t i = r->first; i < n; i++) /* before that a text may hold the same byte */
		p[i] = p[i] == LOST ? RESYNC_LOST : p[i];
	holes_add_until(&out->holes, r->first, n);
}

/* Decodes all of the stream, repairing and passing over what is damaged. */
static void rescue_all(struct rescue *r)
{
	enum outcome got;

	if (!rescue_open_block(r, 0) && !(r->limit > HEADER_BITS && rescue_repair_block(r, 0)) &&
	    !cross(r, false))
		return;
	rescue_trust(r);
	do
		got = run(r);
	while (got == GOT_LIMIT && r->limit < r->end_bit && cross(r, true));
	if (got == GOT_NONSENSE) /* it went wrong before */
		rescue_suspect(r, r->mark[1].pos);
}

enum om_err resync_within(const struct resync_job *job, struct workspace work, struct salvaged *out)
{
	const struct span in = job->in;
	const size_t skip = -(uintptr_t)work.p % sizeof(void *);

	if (in.len >= IN_MAX || work.cap < RESYNC_STATE_BYTES ||
	    work.cap - RESYNC_STATE_BYTES <= in.len)
		return OM_E_NO_SPACE;

	struct rescue *r = (struct rescue *)(void *)(work.p + skip);

	memset(r, 0, sizeof(*r));
	r->bad = job->bad;
	r->lit.symbol = r->lit_symbol;
	r->dist.symbol = r->dist_symbol;
	r->text = work.p + RESYNC_STATE_BYTES;
	r->room = (uint32_t)(work.cap - RESYNC_STATE_BYTES - in.len);
	r->in = r->text + r->room;
	memmove(r->in, in.p, in.len);
	r->end_bit = (uint32_t)in.len * 8;
	r->first = NOWHERE;
	r->total = 1; /* a divisor, whether or not there is effort to learn */
	r->budget = BUDGET + BUDGET_PER_BYTE * (uint32_t)in.len;
	r->effort = job->effort;
	set_limit(r, 0);
	rescue_relearn(r);

	rescue_all(r);
	if (r->at.pos == 0)
		return OM_E_VARIANT;
	if (job->plain.len > 0 && !rescue_is_over(r))
		compare(r, job->plain);
	note_salvaged(r, out);
	return OM_OK;
}

enum om_err resync_text(struct span in, const struct holes *bad, struct span plain,
			struct workspace work, struct salvaged *out)
{
	const struct resync_job job = { in, bad, plain, NULL };

	return resync_within(&job, work, out);
}

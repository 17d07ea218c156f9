/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be wrong with a stream whose text makes no sense, and what explains it best. */
#include "resync_rescue.h"

/* Evidence is counted in quarters of a bit; these were tuned on damaged records. */
enum {
	GAIN = 120,	 /* a repair has to explain so much better than none */
	EXACT = 40,	 /* worth of a repair that leaves nothing to guess */
	SENSE = 1,	 /* a token of text that is right speaks so much for itself, at least */
	AFTER = 400,	 /* bits after an alarm that judge a repair */
	SHIFT_MAX = 300, /* characters that flipped bits add or take away */
	CHARS_PER_TOKEN = 16, /* that are as dear as one token more */
	BITS_PER_TOKEN = 4,   /* the same, of a block's header */
};

/* Long matches cost more than others: a few of them make all the text there is room for. */
static void spend(struct rescue *r, uint32_t tokens)
{
	r->budget -= r->budget < tokens ? r->budget : tokens;
	rescue_charge(r, tokens);
}

void rescue_fetch(struct rescue *r, uint32_t n, uint32_t end)
{
	const struct place start = r->at;
	uint32_t i = 0;

	while (i < n && r->at.bit < end && rescue_token(r, &r->token[i]) == GOT_TOKEN)
		i++;
	r->n_tokens = i;
	r->at = start;
}

void rescue_bend(struct rescue *r, int32_t more)
{
	if (more != 0 && r->n_bends < BENDS)
		r->bend[r->n_bends++] = (struct bend){ r->at.pos, more };
}

/*
 * Play the first @n tokens from r->at, bend the text by @shift and play the others; returns
 * the evidence for that. r->at moves.
 */
static int32_t replay(struct rescue *r, uint32_t n, int32_t shift)
{
	const uint32_t from = r->at.pos;
	const uint32_t n_bends = r->n_bends;
	int32_t sum = 0;

	r->trying = true;
	for (uint32_t i = 0; i < r->n_tokens; i++) {
		if (i == n)
			rescue_bend(r, shift);
		sum += rescue_play(r, r->token[i]);
	}
	r->n_bends = n_bends;
	spend(r, r->n_tokens + (r->at.pos - from) / CHARS_PER_TOKEN);
	r->trying = false;
	return sum + rescue_lines_evidence(r, from);
}

/* Decode and play from r->at up to bit @end; gives up when @goal is out of reach. */
static int32_t trial(struct rescue *r, uint32_t end, int32_t goal)
{
	const uint32_t from = r->at.pos;
	int32_t sum = 0;
	uint32_t n = 0;
	struct token t;

	while (r->at.bit < end && rescue_token(r, &t) == GOT_TOKEN) {
		sum += rescue_play(r, t);
		n++;
		if (sum + (int32_t)(end - r->at.bit) + FOR_LINE * 8 < goal)
			break;
	}
	spend(r, n);
	return sum + rescue_lines_evidence(r, from);
}

/* The one bit before @alarm that explains the text up to @end best, if inverted. */
static struct repair best_flip(struct rescue *r, uint32_t alarm, uint32_t end)
{
	const struct place start = r->at;
	struct repair best = { .score = INT32_MIN / 2, .at = NOWHERE };
	int32_t before = 0;
	struct token t;

	while (r->at.bit < alarm && rescue_may_search(r)) {
		const struct place here = r->at;

		if (rescue_token(r, &t) != GOT_TOKEN)
			break;

		const struct place after = r->at;

		for (uint32_t bit = here.bit; bit < after.bit; bit++) {
			r->at = here;
			rescue_flip(r, bit);

			const int32_t score = before + trial(r, end, best.score - before);

			rescue_flip(r, bit);
			if (score > best.score) {
				best.score = score;
				best.at = bit;
			}
		}
		r->at = after;
		before += rescue_play(r, t);
	}
	r->at = start;
	return best;
}

struct repair rescue_best_shift(struct rescue *r, uint32_t n, int32_t from, int32_t to)
{
	const struct place start = r->at;
	struct repair best = { INT32_MIN / 2, INT32_MIN / 2, n, 0 };

	for (int32_t shift = from; shift <= to && rescue_may_search(r); shift++) {
		const int32_t score = replay(r, n, shift);

		r->at = start;
		if (score > best.score) {
			best.second = best.score;
			best.score = score;
			best.shift = shift;
		} else if (score > best.second) {
			best.second = score;
		}
	}
	if (r->budget == 0 || rescue_is_over(r)) /* others were not tried */
		best.second = best.score;
	return best;
}

/* Where a splice by @shift fits best. */
static struct repair best_splice(struct rescue *r, int32_t shift)
{
	struct repair best = { INT32_MIN / 2, INT32_MIN / 2, 0, shift };

	for (uint32_t n = 0; n < r->n_tokens && rescue_may_search(r); n++) {
		const struct repair here = rescue_best_shift(r, n, shift, shift);

		if (here.score > best.score)
			best = here;
	}
	return best;
}

void rescue_trust(struct rescue *r)
{
	r->line = r->at.pos;
	line_clock_start(&r->clock, (struct span){ r->text, r->at.pos });

	r->doubt = 0;
	r->since = 0;
	r->mark[0] = r->at;
	r->mark[1] = r->at;
}

void rescue_advance(struct rescue *r, uint32_t end)
{
	struct token t;

	while (r->at.bit < end && rescue_token(r, &t) == GOT_TOKEN)
		rescue_play(r, t);
}

/* The splice that explains the text up to @end best. */
static struct repair find_splice(struct rescue *r)
{
	struct repair best = rescue_best_shift(r, MARK_TOKENS, -SHIFT_MAX, SHIFT_MAX);

	if (best.shift != 0)
		best = best_splice(r, best.shift);
	if (best.shift != 0)
		best = rescue_best_shift(r, best.at, -SHIFT_MAX, SHIFT_MAX);
	return best;
}

static void splice(struct rescue *r, const struct repair *s)
{
	uint32_t end = r->at.bit;

	for (uint32_t i = 0; i < s->at; i++)
		end += r->token[i].bits;
	rescue_advance(r, end);
	rescue_bend(r, s->shift);
}

void rescue_repair(struct rescue *r)
{
	const uint32_t alarm = r->at.bit;
	const uint32_t end = alarm + AFTER;

	rescue_go(r, &r->mark[1]);
	rescue_relearn(r);

	const struct place start = r->at;

	rescue_suspect(r, start.pos);
	rescue_fetch(r, TOKENS, end);

	const int32_t sense = (int32_t)r->n_tokens * SENSE;
	int32_t least = replay(r, r->n_tokens, 0) + GAIN;

	least = least > sense ? least : sense;
	r->at = start;

	const struct repair one = best_flip(r, alarm, end);
	const struct repair best = find_splice(r);

	if (one.score + EXACT >= best.score && one.score > least) {
		rescue_flip(r, one.at);
		r->resynced = true;
	} else if (best.shift != 0 && best.score > least) {
		splice(r, &best);
		r->resynced = true;
	} else {
		rescue_advance(r, alarm);
	}
	rescue_relearn(r);
	rescue_trust(r);
}

int32_t rescue_plausibility(struct rescue *r)
{
	const struct place start = r->at;
	const uint32_t wall = r->wall;
	int32_t sum;

	rescue_fetch(r, 120, r->limit);
	r->wall = r->at.pos;
	sum = replay(r, r->n_tokens, 0);
	r->wall = wall;
	r->at = start;
	return sum;
}

bool rescue_try_block(struct rescue *r, uint32_t bit)
{
	const bool good = rescue_open_block(r, bit);

	rescue_charge(r, (r->at.bit - bit) / BITS_PER_TOKEN);
	return good;
}

bool rescue_repair_block(struct rescue *r, uint32_t header)
{
	const uint32_t pos = r->at.pos;
	int32_t best = UNFIT;
	uint32_t best_bit = NOWHERE;

	for (uint32_t bit = header;
	     bit < header + HEADER_BITS && bit < r->limit && rescue_may_search(r); bit++) {
		rescue_flip(r, bit);
		if (rescue_try_block(r, header) && r->type == BLOCK_DYNAMIC && r->at.bit > bit) {
			r->at.pos = pos;
			const int32_t score = rescue_plausibility(r);

			if (score > best) {
				best = score;
				best_bit = bit;
			}
		}
		rescue_flip(r, bit);
	}
	if (best_bit == NOWHERE)
		return false;
	rescue_flip(r, best_bit);
	r->at.pos = pos;
	r->resynced = true;
	return rescue_open_block(r, header);
}

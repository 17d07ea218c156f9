/* SPDX-License-Identifier: BSD-2-Clause */
/* Deflate as far as it can be trusted: bits, codes, blocks, tokens. Source: RFC 1951. */
#include "resync_rescue.h"

#include <string.h>

enum {
	LENGTH_CODES = 19, /* that give the lengths of the codes of a dynamic block */
	END_OF_BLOCK = 256,
	NO_SYMBOL = 0xffff,
};

uint32_t rescue_bits(struct rescue *r, uint32_t n)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t at = r->at.bit++;

		if (at < r->end_bit)
			value |= (r->in[at >> 3] >> (at & 7) & 1u) << i;
	}
	return value;
}

/* Canonical codes: those of one length are consecutive numbers. */
static uint32_t take_symbol(struct rescue *r, const struct code *c)
{
	uint32_t value = 0;
	uint32_t first = 0;
	uint32_t index = 0;

	for (uint32_t bits = 1; bits <= CODE_BITS; bits++) {
		const uint32_t n = c->count[bits];

		value |= rescue_bits(r, 1);
		if (value - first < n)
			return c->symbol[index + value - first];
		index += n;
		first = (first + n) << 1;
		value <<= 1;
	}
	return NO_SYMBOL;
}

/* False unless each string of bits means one symbol; @spare: or there are hardly any. */
static bool make_code(struct code *c, const uint8_t *bits, uint32_t n, bool spare)
{
	uint16_t next[CODE_BITS + 1];
	uint32_t used = 0;
	int32_t left = 1;

	memset(c->count, 0, sizeof(c->count));
	for (uint32_t i = 0; i < n; i++)
		c->count[bits[i]]++;
	c->count[0] = 0;
	for (uint32_t len = 1; len <= CODE_BITS; len++) {
		next[len] = (uint16_t)used;
		used += c->count[len];
		left = left * 2 - c->count[len];
		if (left < 0)
			return false;
	}
	if (left > 0 && !(spare && used <= 1))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (bits[i])
			c->symbol[next[bits[i]]++] = (uint16_t)i;
	return true;
}

static bool fixed_codes(struct rescue *r)
{
	uint8_t bits[LITERALS];

	memset(bits, 8, 144);
	memset(bits + 144, 9, 112);
	memset(bits + 256, 7, 24);
	memset(bits + 280, 8, 8);

	bool good = make_code(&r->lit, bits, LITERALS, false);

	memset(bits, 5, DISTANCES);
	return make_code(&r->dist, bits, DISTANCES, false) && good;
}

static bool dynamic_codes(struct rescue *r)
{
	static const uint8_t order[LENGTH_CODES] = { 16, 17, 18, 0, 8,	7, 9,  6, 10, 5,
						     11, 4,  12, 3, 13, 2, 14, 1, 15 };
	uint8_t bits[LITERALS + DISTANCES] = { 0 };
	const uint32_t n_lit = rescue_bits(r, 5) + 257;
	const uint32_t n_dist = rescue_bits(r, 5) + 1;
	const uint32_t n_len = rescue_bits(r, 4) + 4;

	if (n_lit > 286 || n_dist > 30)
		return false;
	for (uint32_t i = 0; i < n_len; i++)
		bits[order[i]] = (uint8_t)rescue_bits(r, 3);
	if (!make_code(&r->lit, bits, LENGTH_CODES, false))
		return false;
	memset(bits, 0, LENGTH_CODES);
	for (uint32_t i = 0; i < n_lit + n_dist;) {
		const uint32_t symbol = take_symbol(r, &r->lit);
		uint8_t value = 0;
		uint32_t n = 1;

		if (symbol < 16)
			value = (uint8_t)symbol;
		else if (symbol == 16)
			n = 3 + rescue_bits(r, 2);
		else if (symbol == 17)
			n = 3 + rescue_bits(r, 3);
		else
			n = 11 + rescue_bits(r, 7);
		if (symbol == 16 && i > 0)
			value = bits[i - 1];
		if ((symbol == 16 && i == 0) || n > n_lit + n_dist - i)
			return false;
		memset(bits + i, value, n);
		i += n;
	}
	return bits[END_OF_BLOCK] && make_code(&r->dist, bits + n_lit, n_dist, true) &&
	       make_code(&r->lit, bits, n_lit, false);
}

bool rescue_open_block(struct rescue *r, uint32_t bit)
{
	r->at.header = bit;
	r->at.bit = bit;
	r->at.stored = 0;
	r->final = rescue_bits(r, 1);

	const uint32_t type = rescue_bits(r, 2);
	bool good = false;

	r->type = (enum block)type;
	if (type == BLOCK_STORED) {
		r->at.bit = (r->at.bit + 7) & ~7u;
		r->at.stored = rescue_bits(r, 16);
		good = (rescue_bits(r, 16) ^ r->at.stored) == 0xffff;
	} else if (type == BLOCK_FIXED) {
		good = fixed_codes(r);
	} else if (type == BLOCK_DYNAMIC) {
		good = dynamic_codes(r);
	}
	return good && r->at.bit <= r->limit;
}

void rescue_go(struct rescue *r, const struct place *to)
{
	if (r->at.header != to->header)
		(void)rescue_open_block(r, to->header);
	r->at = *to;
}

static uint32_t take_length(struct rescue *r, uint32_t i)
{
	const uint32_t extra = (i >> 2) - 1;

	if (i < 8)
		return i;
	if (i == 28)
		return 255;
	return ((4 + (i & 3)) << extra) + rescue_bits(r, extra);
}

static uint32_t take_distance(struct rescue *r, uint32_t i)
{
	const uint32_t extra = (i >> 1) - 1;

	return i < 4 ? 1 + i : 1 + ((2 + (i & 1)) << extra) + rescue_bits(r, extra);
}

enum outcome rescue_token(struct rescue *r, struct token *t)
{
	const struct place start = r->at;
	enum outcome got = GOT_TOKEN;

	*t = (struct token){ 0 };
	if (r->type == BLOCK_STORED) {
		if (r->at.stored == 0)
			return GOT_END;
		t->more = (uint8_t)rescue_bits(r, 8);
		r->at.stored--;
	} else {
		const uint32_t symbol = take_symbol(r, &r->lit);

		if (symbol < END_OF_BLOCK) {
			t->more = (uint8_t)symbol;
		} else if (symbol == END_OF_BLOCK) {
			got = GOT_END;
		} else if (symbol < 286) {
			t->more = (uint8_t)take_length(r, symbol - 257);

			const uint32_t d = take_symbol(r, &r->dist);

			if (d < 30)
				t->dist = (uint16_t)take_distance(r, d);
			else
				got = GOT_NONSENSE;
		} else {
			got = GOT_NONSENSE;
		}
	}
	if (r->at.bit > r->limit)
		got = GOT_LIMIT;
	t->bits = (uint8_t)(r->at.bit - start.bit);
	if (got == GOT_LIMIT || got == GOT_NONSENSE)
		r->at = start;
	return got;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "squeeze.h"

#include <string.h>

enum {
	ORDER2_SLOTS = 1 << 16,
	P_ONE = 1 << 16, /* probabilities are of 65536 */
	P_MIN = 16,
	END_P = 16,   /* of the end behind a newline */
	RESERVE = 48, /* a byte, a newline and two flags, at most 16 bits each, and the last 4 bytes
		       */
	CODE_BYTES = 4
};

struct squeeze_model {
	uint16_t slots[ORDER2_SLOTS];
	uint32_t history; /* the last bytes */
	uint32_t partial; /* the bits of this byte behind a 1 */
	uint16_t *slot;
};

_Static_assert(sizeof(struct squeeze_model) <= SQUEEZE_STATE_BYTES, "the model fits");

/* ---- the model --------------------------------------------------------------------------- */

static void model_start(struct squeeze_model *m)
{
	for (uint32_t i = 0; i < ORDER2_SLOTS; i++)
		m->slots[i] = P_ONE / 2;
	m->history = 0;
	m->partial = 1;
}

/* The probability that the next bit is 1, from P_MIN to P_ONE - P_MIN. */
static uint32_t model_ask(struct squeeze_model *m)
{
	const uint32_t context = (m->history & 0xffff) * 0x9e3779b1u + m->partial * 0x85ebca6bu;

	m->slot = &m->slots[context >> 16];

	const uint32_t p = *m->slot;

	return p < P_MIN ? P_MIN : p > P_ONE - P_MIN ? P_ONE - P_MIN : p;
}

static void model_tell(struct squeeze_model *m, uint32_t bit)
{
	const uint32_t p = *m->slot;

	*m->slot = (uint16_t)(bit ? p + ((P_ONE - 1 - p) >> 4) : p - (p >> 4));
	m->partial = m->partial << 1 | bit;
	if (m->partial < 256)
		return;
	m->history = m->history << 8 | (m->partial & 255);
	m->partial = 1;
}

/* ---- the coder --------------------------------------------------------------------------- */

/* The last value of the interval's part for a 1, @p of 65536 of it. */
static uint32_t split(uint32_t low, uint32_t high, uint32_t p)
{
	const uint32_t range = high - low;

	return low + (range >> 16) * p + ((range & 0xffff) * p >> 16);
}

/* How many of the interval's highest bytes decide, whatever follows them, and which they are. */
static uint32_t closing_bytes(uint32_t low, uint32_t high, uint32_t *value)
{
	for (uint32_t n = 1; n < CODE_BYTES; n++) {
		const uint32_t rest = UINT32_MAX >> 8 * n;

		*value = (low + rest) & ~rest;
		if (*value >= low && *value <= high && high - *value >= rest)
			return n;
	}
	*value = low;
	return CODE_BYTES;
}

static void put_bit(struct squeeze *s, uint32_t p, uint32_t bit)
{
	const uint32_t mid = split(s->low, s->high, p);

	if (bit)
		s->high = mid;
	else
		s->low = mid + 1;
	while ((s->low ^ s->high) >> 24 == 0) {
		s->out[s->len++] = (uint8_t)(s->low >> 24);
		s->low <<= 8;
		s->high = s->high << 8 | 0xff;
	}
}

static void put_byte(struct squeeze *s, uint8_t byte)
{
	for (uint32_t i = 8; i-- > 0;) {
		const uint32_t bit = byte >> i & 1;

		put_bit(s, model_ask(s->model), bit);
		model_tell(s->model, bit);
	}
}

enum om_err squeeze_start(struct squeeze *s, struct workspace state, uint8_t *out, size_t cap)
{
	if (state.cap < SQUEEZE_STATE_BYTES || cap < SQUEEZE_OUT_MIN)
		return OM_E_NO_SPACE;
	*s = (struct squeeze){ .model = (struct squeeze_model *)(void *)state.p,
			       .high = UINT32_MAX,
			       .out = out,
			       .cap = cap };
	model_start(s->model);
	return OM_OK;
}

size_t squeeze_put(struct squeeze *s, struct span text)
{
	size_t n = 0;

	for (; n < text.len && s->cap - s->len >= RESERVE; n++) {
		put_byte(s, text.p[n]);
		if (text.p[n] == '\n')
			put_bit(s, END_P, 0);
	}
	return n;
}

/* Only a newline can be the end: one more is put for it, which is no part of the text. */
void squeeze_end(struct squeeze *s)
{
	uint32_t value;

	put_byte(s, '\n');
	put_bit(s, END_P, 1);
	for (uint32_t n = closing_bytes(s->low, s->high, &value); n > 0; n--, value <<= 8)
		s->out[s->len++] = (uint8_t)(value >> 24);
}

static void take_byte(struct unsqueeze *u)
{
	u->code <<= 8;
	if (u->at < u->in.len)
		u->code |= u->in.p[u->at++];
	else
		u->unknown++;
}

/* False, and u->end, if the bit is behind the end of the input. */
static bool get_bit(struct unsqueeze *u, uint32_t p, uint32_t *bit)
{
	const uint32_t mid = split(u->low, u->high, p);

	if (u->unknown >= CODE_BYTES ||
	    (u->code <= mid && (u->code | ((1u << 8 * u->unknown) - 1)) > mid)) {
		u->end = UNSQUEEZE_CUT;
		return false;
	}
	*bit = u->code <= mid;
	if (*bit)
		u->high = mid;
	else
		u->low = mid + 1;
	while ((u->low ^ u->high) >> 24 == 0) {
		u->low <<= 8;
		u->high = u->high << 8 | 0xff;
		take_byte(u);
	}
	return true;
}

static bool get_byte(struct unsqueeze *u, uint8_t *byte)
{
	uint32_t bit = 0;
	uint32_t value = 0;

	for (uint32_t i = 0; i < 8; i++) {
		if (!get_bit(u, model_ask(u->model), &bit))
			return false;
		model_tell(u->model, bit);
		value = value << 1 | bit;
	}
	*byte = (uint8_t)value;
	return true;
}

enum om_err unsqueeze_start(struct unsqueeze *u, struct workspace state, struct span in)
{
	if (state.cap < SQUEEZE_STATE_BYTES)
		return OM_E_NO_SPACE;
	*u = (struct unsqueeze){ .model = (struct squeeze_model *)(void *)state.p,
				 .high = UINT32_MAX,
				 .in = in };
	model_start(u->model);
	for (uint32_t i = 0; i < CODE_BYTES; i++)
		take_byte(u);
	return OM_OK;
}

static void found_end(struct unsqueeze *u)
{
	uint32_t value;

	/* of the bytes in code the stream has only these */
	u->at = u->at + u->unknown - CODE_BYTES + closing_bytes(u->low, u->high, &value);
	u->end = UNSQUEEZE_DONE;
}

size_t unsqueeze_get(struct unsqueeze *u, uint8_t *out, size_t len)
{
	size_t n = 0;

	while (n < len && u->end == UNSQUEEZE_MORE) {
		uint32_t is_end = 0;
		uint8_t byte;

		if (!get_byte(u, &byte))
			break;
		/* a newline is certain once it is known not to be the end */
		if (byte == '\n' && !get_bit(u, END_P, &is_end))
			break;
		if (is_end)
			found_end(u);
		else
			out[n++] = byte;
	}
	return n;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* How a kernel log reads: learnt from the text so far, asked of what follows. */
#include "resync_rescue.h"

#include <string.h>

enum {
	TOO_FAR = -24,	      /* a match from before the beginning */
	LEARNT_PER_TOKEN = 4, /* characters to learn from that are as dear as a token */
	ASK_TOKENS = 4096,    /* the clock is asked so often */
	RELEARN = 1 << 14,
};

void rescue_charge(struct rescue *r, uint32_t tokens)
{
	struct effort *e = r->effort;

	if (!e)
		return;
	tokens = e->left < tokens ? e->left : tokens;
	e->left -= tokens;
	e->spent += tokens;
	r->unasked += tokens;
	if (r->unasked >= ASK_TOKENS) {
		r->unasked = 0;
		e->left = deadline_is_over(&e->until) ? 0 : e->left;
	}
}

static uint32_t class_of(uint32_t c)
{
	if (c - 'a' < 26)
		return c - 'a';
	if (c - '0' < 10)
		return 26;
	if (c - 'A' < 26)
		return 27;
	if (c == '\n')
		return 28;
	if (c < ' ' || c > '~')
		return 29;
	if (c < '0')
		return 30 + c - ' ';
	if (c < 'A')
		return 46 + c - ':';
	return c < 'a' ? 52 + c - '[' : 58 + c - '{';
}

/* Four times the binary logarithm of @v, not 0. */
static int32_t log4(uint32_t v)
{
	const uint32_t n = 31 - (uint32_t)__builtin_clz(v);

	return (int32_t)(4 * n + ((n < 2 ? v << 2 >> n : v >> (n - 2)) & 3));
}

int32_t rescue_evidence(const struct rescue *r, uint8_t a, uint8_t b)
{
	if (a == LOST || b == LOST)
		return 0;

	const uint32_t i = class_of(a);
	const uint32_t k = class_of(b);

	return log4((2u * r->pairs[i][k] + 1) * r->total) -
	       log4(2u * r->ones[i] * r->ones[k] + r->total);
}

static void halve(struct rescue *r)
{
	r->total = 1;
	for (uint32_t i = 0; i < CLASSES; i++) {
		r->ones[i] = (uint16_t)(r->ones[i] - r->ones[i] / 2);
		r->total += r->ones[i];
		for (uint32_t k = 0; k < CLASSES; k++)
			r->pairs[i][k] = (uint8_t)(r->pairs[i][k] - r->pairs[i][k] / 2);
	}
}

static void learn(struct rescue *r, uint8_t a, uint8_t b)
{
	if (a == LOST || b == LOST)
		return;

	const uint32_t i = class_of(a);
	uint8_t *n = &r->pairs[i][class_of(b)];

	if (*n == UINT8_MAX || r->total >= INT16_MAX)
		halve(r);
	++*n;
	r->ones[i]++;
	r->total++;
}

void rescue_learn(struct rescue *r, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		learn(r, p[i - 1], p[i]);
}

void rescue_relearn(struct rescue *r)
{
	static const char seed[] =
		"Panic#1 Part1\n<6>[    0.000000] Linux version 5.10.0 (gcc 10.2.1) #1 SMP\n"
		"<4>[   12.345678] CPU: 0 PID: 1 Comm: init Not tainted 4.19.0 #1\n"
		"<3>[  123.456789] Hardware name: usb 1-1: new device, ret=-22 at 0x80000000\n"
		"<7>[ 9012.034567] r7 : c0401f00  r6 : 00000001 [<c0101234>] "
		"(show_stack+0x10/0x14)";
	const uint32_t from = r->at.pos > RELEARN ? r->at.pos - RELEARN : 0;

	rescue_charge(r, (r->at.pos - from) / LEARNT_PER_TOKEN);
	if (rescue_is_over(r)) /* nothing will be judged any more */
		return;
	memset(r->pairs, 0, sizeof(r->pairs));
	memset(r->ones, 0, sizeof(r->ones));
	r->total = 1;
	rescue_learn(r, (const uint8_t *)seed, sizeof(seed) - 1);
	rescue_learn(r, r->text + from, r->at.pos - from);
}

/* What a match copies that goes back to the character @from, counting as the writer did. */
static uint8_t source(struct rescue *r, uint32_t from, int32_t *e)
{
	int32_t at = (int32_t)from;

	for (uint32_t i = r->n_bends; i-- > 0 && at < (int32_t)r->bend[i].pos;) {
		at += r->bend[i].more;
		if (at >= (int32_t)r->bend[i].pos) /* that is missing: what zlib would take */
			return r->trying || from >= r->at.pos + 258 ? LOST : r->text[from];
	}
	if (r->trying && at >= (int32_t)r->hole[0] && at < (int32_t)r->hole[1])
		return LOST;
	if (at >= (int32_t)r->wall)
		return r->text[at];
	if (r->wall == 0)
		*e = TOO_FAR;
	return LOST;
}

int32_t rescue_play(struct rescue *r, struct token t)
{
	uint8_t *to = r->text + r->at.pos;
	const uint8_t before = r->at.pos > r->wall ? to[-1] : LOST;
	uint32_t n = t.dist ? t.more + 3u : 1;
	int32_t e = 0;

	if (n > r->room - r->at.pos)
		n = r->room - r->at.pos;
	if (n == 0)
		return 0;
	if (t.dist == 0)
		to[0] = t.more;
	else
		for (uint32_t i = 0; i < n; i++)
			to[i] = source(r, r->at.pos + i - t.dist, &e);
	r->at.pos += n;
	return e + rescue_evidence(r, before, to[0]);
}

int32_t rescue_lines_evidence(const struct rescue *r, uint32_t from)
{
	const uint8_t *end = r->text + r->at.pos;
	const uint8_t *p = r->text + (from < r->at.pos ? from : r->at.pos);
	struct line_clock clock;
	int32_t sum = 0;

	line_clock_start(&clock, (struct span){ r->text, r->at.pos });
	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL)
		sum += rescue_line_evidence(line_form(++p, end, &clock));
	return sum;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "squeeze.h"
#include "squeeze_text.h"

#include <string.h>

enum {
	P_ONE = 1 << 16, /* probabilities are of 65536 */
	P_MIN = 16,
	END_P = 16,   /* of the end behind a newline */
	RESERVE = 48, /* a byte, a newline and two flags, at most 16 bits each, and the last 4 bytes
		       */
	CODE_BYTES = 4
};

enum {		     /* what the model looks at; each of the first two kinds has its own contexts */
       COUNTERS = 4, /* contexts that count both values of each bit */
       GUESSES = 4,  /* contexts that know the last two bytes that followed */
       INPUTS = COUNTERS + GUESSES + 3,
       MIXERS = 2
};

enum {
	COUNT_MAX = 15,
	RUN_MAX = 7,
	RATE_MAX = 127,	  /* how often odds count, at most, as learned */
	GUESS_KINDS = 52, /* see guess_ask() */
	MATCH_MIN = 7,
	MATCH_SURE = 10, /* from this length on no other place is looked for */
	MATCH_LOOK = 32, /* a new match is compared so far back */
	MISSED_MAX = 8,	 /* bytes another than expected, then the match is given up */
	LENGTHS = 23,
	WEIGHT_SETS = 256 + 8 * (COUNTERS + 1),
	WEIGHT_START = (1 << 16) * 3 / 10, /* 65536: one */
	BIAS = 256,
	ERROR_MIN = 2000, /* below it nothing is learned: most bits are as expected */
	SURE_P = 63000,	  /* from this a whole byte is asked for at once */
	SURE_LENGTH = 16,
	SURE_CLASSES = 3 * (GUESSES + 1),
	START_TIMES = 2, /* what the odds at the start count as */
	ODDS_MAX = 2047	 /* 128 for each power of two */
};

struct match {
	bool on;
	uint32_t at, length, missed;
	uint32_t length_class; /* of a match that says a bit: 1 to LENGTHS - 1, 0: none */
	uint32_t bit;	       /* that it says */
};

struct guess {
	uint32_t *entry;
	uint32_t *odds; /* NULL: nothing to say on this bit */
	uint32_t bit;
};

struct squeeze_model {		/* small things first: near ones cost less code */
	uint32_t partial, bits; /* of this byte: the bits known, behind a 1, and their number */
	uint32_t position;	/* of the next byte */
	uint32_t last4, before4;
	uint32_t word, last_word, first_word, words; /* of the line so far */
	uint32_t line, line_above, column;	     /* line: where it begins */
	struct match match;
	uint32_t *sure;	  /* the odds that the next byte is the expected one; NULL: no match */
	uint8_t expected; /* by the match */
	bool denied;	  /* it is known to be another */

	int32_t in[INPUTS];
	int32_t *mixer[MIXERS];
	uint32_t mixed[MIXERS]; /* what each says */
	uint32_t context[COUNTERS];
	uint16_t *slot[COUNTERS];
	struct guess guess[GUESSES];

	/* probabilities: 22 bits, and how often they were learned from: 10 bits */
	uint32_t match_odds[LENGTHS * 4];
	uint32_t sure_odds[SURE_CLASSES];
	uint16_t rates[RATE_MAX + 1];
	uint32_t counter_odds[COUNTERS][256];
	uint32_t guess_odds[GUESSES][GUESS_KINDS * 8];

	uint16_t squash[ODDS_MAX + 1];
	uint16_t stretch[1 << 11];
	int32_t weights[WEIGHT_SETS][INPUTS];
	uint16_t slots[1 << 16];   /* check << 8 | zeros << 4 | ones */
	uint32_t guesses[1 << 15]; /* check << 24 | before << 16 | last << 8 | has before << 4 | run
				    */
	uint8_t history[1 << 16];
	uint16_t places[1 << 13]; /* where the same MATCH_MIN bytes stood last */
};

_Static_assert(sizeof(struct squeeze_model) <= SQUEEZE_STATE_BYTES, "the model fits");

/* ---- probabilities ----------------------------------------------------------------------- */

/* From odds, 128 for each power of two, to a probability of 65536. */
static uint32_t squash(const struct squeeze_model *m, int32_t odds)
{
	if (odds < 0)
		return m->squash[odds < -ODDS_MAX ? ODDS_MAX : -odds];
	return P_ONE - m->squash[odds > ODDS_MAX ? ODDS_MAX : odds];
}

static int32_t stretch(const struct squeeze_model *m, uint32_t learned)
{
	const uint32_t p = learned >> 20;

	return p < 2048 ? -(int32_t)m->stretch[p] : (int32_t)m->stretch[4095 - p];
}

static uint32_t bounded(uint32_t p)
{
	return p < P_MIN ? P_MIN : p > P_ONE - P_MIN ? P_ONE - P_MIN : p;
}

/* The more often learned, the less a bit changes. */
static void learn(const struct squeeze_model *m, uint32_t *learned, bool bit)
{
	const uint32_t n = *learned & 1023;
	const int32_t p = (int32_t)(*learned >> 10);
	const int32_t off = (bit ? (1 << 22) - 1 : 0) - p;
	const uint32_t next = (uint32_t)(p + off / 128 * m->rates[n] / 512);

	*learned = next << 10 | (n < RATE_MAX ? n + 1 : n);
}

static void make_tables(struct squeeze_model *m)
{
	uint32_t power = 1 << 23; /* 2 to the (odds % 128) / 128 */
	uint32_t x = ODDS_MAX;

	for (uint32_t i = 0; i < 128; i++) {
		for (uint32_t k = i; k <= ODDS_MAX; k += 128) {
			const uint32_t p = (1u << 31) / ((1u << 15) + (power >> 8 << (k >> 7)));

			m->squash[k] = (uint16_t)(p ? p : 1);
		}
		power += (power >> 8) * 356 >> 8;
	}
	for (uint32_t i = 0; i < 2048; i++) {
		while (x > 0 && m->squash[x] < 16 * i + 8)
			x--;
		m->stretch[i] = (uint16_t)x;
	}
	for (uint32_t n = 0; n <= RATE_MAX; n++)
		m->rates[n] = (uint16_t)((10 << 16) / (10 * n + 16));
}

/* ---- contexts, once for each byte --------------------------------------------------------- */

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint32_t x = a * 0x517cc1b7u + b * 0x9e3779b1u;

	x ^= x >> 15;
	x *= 0x5e2d58d9u;
	return x ^ x >> 13;
}

static uint8_t history(const struct squeeze_model *m, uint32_t at)
{
	return m->history[at % sizeof(m->history)];
}

/* The line so far: its column, the word at its end, and how the words before count. */
static void read_line(struct squeeze_model *m, uint8_t c)
{
	const bool digit = c >= '0' && c <= '9';
	const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c > 127;

	if (c == '\n') {
		m->line_above = m->line;
		m->line = m->position;
		m->column = m->word = m->last_word = m->first_word = m->words = 0;
		return;
	}
	m->column++;
	if (digit || letter) {
		m->word = mix(m->word + 1, digit ? '0' : c | 32);
		return;
	}
	if (m->word) {
		m->words++;
		m->last_word = m->word;
	}
	m->word = 0;
	if (c == ' ' && m->first_word == 0)
		m->first_word = m->last_word;
}

static uint32_t hash_of_last(const struct squeeze_model *m)
{
	uint32_t h = 0;

	for (uint32_t i = 1; i <= MATCH_MIN; i++)
		h = (h + history(m, m->position - i) + 1) * 0x517cc1b7u;
	return h >> 19;
}

/* How many bytes before @at are those before the next byte. */
static uint32_t same_before(const struct squeeze_model *m, uint32_t at)
{
	uint32_t n = 0;

	while (n < MATCH_LOOK && history(m, at - 1 - n) == history(m, m->position - 1 - n))
		n++;
	return n;
}

/* Follows the place where the same stood before, also past a few other bytes. */
static void follow(struct squeeze_model *m, uint8_t c)
{
	struct match *match = &m->match;
	uint16_t *const place = &m->places[hash_of_last(m)];

	if (match->on && history(m, match->at) == c) {
		match->length++;
		if (match->length == 16)
			match->missed = 0;
	} else if (match->on) {
		match->length = 0;
		match->missed++;
		match->on = match->missed <= MISSED_MAX;
	}
	match->at++;
	if (!match->on || match->length < MATCH_SURE) {
		const uint32_t n = *place ? same_before(m, *place) : 0;

		if (n >= MATCH_MIN && (!match->on || n > match->length))
			*match = (struct match){ .on = true, .at = *place, .length = n };
	}
	*place = (uint16_t)m->position;
}

static uint32_t *find_guess(struct squeeze_model *m, uint32_t context)
{
	const uint32_t i = context >> 17;
	const uint32_t check = context << 24;
	uint32_t *a = &m->guesses[i];
	uint32_t *b = &m->guesses[i ^ 1];

	if ((*a ^ check) >> 24 == 0)
		return a;
	if ((*b ^ check) >> 24 == 0)
		return b;
	if ((*b & 7) < (*a & 7))
		a = b;
	*a = check;
	return a;
}

static void set_contexts(struct squeeze_model *m)
{
	const uint32_t above = m->line_above + m->column;
	const uint32_t up = history(m, above);
	const uint32_t up2 = up << 8 | history(m, above + 1);
	const uint32_t counted[COUNTERS] = { m->last4 & 0xff, m->last4 & 0xffff, m->word,
					     mix(m->first_word, m->words) };
	const uint32_t guessed[GUESSES] = { m->last4 & 0xffffff, mix(m->last4, m->before4 & 0xff),
					    mix(m->column, up), mix(up2, m->last4 & 0xffff) };

	for (uint32_t i = 0; i < COUNTERS; i++)
		m->context[i] = mix(counted[i], i);
	for (uint32_t i = 0; i < GUESSES; i++)
		m->guess[i].entry = find_guess(m, mix(guessed[i], COUNTERS + i));
}

/* What follows in this context: the two last bytes, and how often the last in a row. */
static void learn_guess(uint32_t *entry, uint8_t c)
{
	const uint32_t e = *entry;
	const uint32_t run = e & 7;

	if (run == 0)
		*entry = (e & 0xff000000) | (uint32_t)c << 8 | 1;
	else if ((e >> 8 & 0xff) != c)
		*entry = (e & 0xff000000) | (e & 0xff00) << 8 | (uint32_t)c << 8 | 16 | 1;
	else if (run < RUN_MAX)
		*entry = e + 1;
}

static void next_byte(struct squeeze_model *m, uint8_t c)
{
	if (m->sure)
		learn(m, m->sure, c == m->expected);
	for (uint32_t i = 0; i < GUESSES; i++)
		learn_guess(m->guess[i].entry, c);
	m->history[m->position % sizeof(m->history)] = c;
	m->position++;
	m->before4 = m->before4 << 8 | m->last4 >> 24;
	m->last4 = m->last4 << 8 | c;
	read_line(m, c);
	follow(m, c);
	set_contexts(m);
	m->partial = 1;
	m->bits = 0;
	m->denied = false;
}

/* ---- inputs, for each bit ----------------------------------------------------------------- */

/* True if @byte begins with the bits known; its next one then. */
static bool goes_on(const struct squeeze_model *m, uint32_t byte, uint32_t *bit)
{
	*bit = byte >> (7 - m->bits) & 1;
	return (byte | 256) >> (8 - m->bits) == m->partial;
}

static uint16_t *find_slot(struct squeeze_model *m, uint32_t context)
{
	const uint32_t x = (context + m->partial * 0x5e2d58d9u) * 0x9e3779b1u;
	const uint16_t check = (uint16_t)(x & 0xff00);
	uint16_t *a = &m->slots[x >> 16];
	uint16_t *b = &m->slots[x >> 16 ^ 1];

	if ((*a & 0xff00) == check)
		return a;
	if ((*b & 0xff00) == check)
		return b;
	if ((*b >> 4 & 15) + (*b & 15) < (*a >> 4 & 15) + (*a & 15))
		a = b;
	*a = check;
	return a;
}

static int32_t guess_ask(struct squeeze_model *m, uint32_t i)
{
	struct guess *g = &m->guess[i];
	const uint32_t e = *g->entry;
	const uint32_t run = e & 7;
	const bool has_before = e & 16;
	uint32_t other = 0;
	uint32_t kind;
	const bool last = goes_on(m, e >> 8 & 0xff, &g->bit);
	const bool before = has_before && goes_on(m, e >> 16 & 0xff, &other);

	g->odds = NULL;
	if (run == 0 || (!last && !before))
		return 0;
	if (!last) {
		g->bit = other;
		kind = 48 + (run < 3 ? run : 3);
	} else if (before) {
		kind = 3 * run + (other == g->bit ? 2 : 1);
	} else {
		kind = 3 * run + (has_before ? 0 : 24);
	}
	g->odds = &m->guess_odds[i][8 * kind + m->bits];

	const int32_t odds = stretch(m, *g->odds);

	return g->bit ? odds : -odds;
}

static uint32_t *match_odds(struct squeeze_model *m)
{
	return &m->match_odds[4 * m->match.length_class +
			      (m->match.missed < 3 ? m->match.missed : 3)];
}

static void match_ask(struct squeeze_model *m, int32_t *in)
{
	struct match *match = &m->match;
	const uint32_t n = match->length;

	in[0] = in[1] = 0;
	match->length_class = 0;
	if (!match->on || m->denied || !goes_on(m, history(m, match->at), &match->bit))
		return;
	match->length_class = 1 + (n < 16    ? n
				   : n < 24  ? 16
				   : n < 32  ? 17
				   : n < 64  ? 18
				   : n < 128 ? 19
				   : n < 512 ? 20
					     : 21);

	const uint32_t learned = *match_odds(m);
	const int32_t odds = stretch(m, learned);
	const int32_t sure = (int32_t)(learned >> 21) - 1024;

	in[0] = match->bit ? odds : -odds;
	in[1] = match->bit ? sure : -sure;
}

static uint32_t match_set(const struct match *match)
{
	if (match->length_class == 0)
		return 0;
	if (match->length == 0)
		return 7;
	return 1 + (match->length >= 8) + (match->length >= 16) + (match->missed ? 3 : 0);
}

/* ---- mixing ------------------------------------------------------------------------------- */

static int32_t mixed_odds(const int32_t *weights, const int32_t *in)
{
	int64_t all = 0;

	for (uint32_t i = 0; i < INPUTS; i++)
		all += (int64_t)weights[i] * in[i];

	const int32_t sum = (int32_t)(all >> 16);

	return sum > ODDS_MAX ? ODDS_MAX : sum < -ODDS_MAX ? -ODDS_MAX : sum;
}

/* The probability that the next bit is 1, from P_MIN to P_ONE - P_MIN. */
static uint32_t model_ask(struct squeeze_model *m)
{
	int32_t *in = m->in;
	int32_t sum = 0;
	uint32_t known = 0;

	for (uint32_t i = 0; i < COUNTERS; i++) {
		m->slot[i] = find_slot(m, m->context[i]);

		const uint32_t state = *m->slot[i] & 0xff;

		known += state != 0;
		*in++ = state ? stretch(m, m->counter_odds[i][state]) : 0;
	}
	for (uint32_t i = 0; i < GUESSES; i++)
		*in++ = guess_ask(m, i);
	match_ask(m, in);
	in[2] = BIAS;
	m->mixer[0] = m->weights[m->partial];
	m->mixer[1] = m->weights[256 + match_set(&m->match) * (COUNTERS + 1) + known];
	for (uint32_t k = 0; k < MIXERS; k++) {
		const int32_t odds = mixed_odds(m->mixer[k], m->in);

		m->mixed[k] = squash(m, odds);
		sum += odds;
	}

	return bounded(squash(m, sum / MIXERS));
}

static void learn_weights(int32_t *weights, const int32_t *in, int32_t error)
{
	if (error > -ERROR_MIN && error < ERROR_MIN)
		return;
	error /= 2;
	for (uint32_t i = 0; i < INPUTS; i++)
		weights[i] = (int32_t)((uint32_t)weights[i] + (uint32_t)(in[i] * error >> 12));
}

static void learn_slot(uint16_t *slot, uint32_t bit)
{
	uint32_t n[2] = { *slot >> 4 & 15, *slot & 15 };
	uint32_t *const other = &n[!bit];

	if (n[bit] < COUNT_MAX)
		n[bit]++;
	if (*other > 2)
		*other = *other > 9 ? 4 : *other > 5 ? 3 : 2;
	*slot = (uint16_t)((*slot & 0xff00) | n[0] << 4 | n[1]);
}

/* The next bit is @bit: learn from it. */
static void model_tell(struct squeeze_model *m, uint32_t bit)
{
	for (uint32_t k = 0; k < MIXERS; k++)
		learn_weights(m->mixer[k], m->in,
			      (int32_t)(bit ? P_ONE - 1 : 0) - (int32_t)m->mixed[k]);
	for (uint32_t i = 0; i < COUNTERS; i++) {
		learn(m, &m->counter_odds[i][*m->slot[i] & 0xff], bit);
		learn_slot(m->slot[i], bit);
	}
	for (uint32_t i = 0; i < GUESSES; i++)
		if (m->guess[i].odds)
			learn(m, m->guess[i].odds, bit == m->guess[i].bit);
	if (m->match.length_class)
		learn(m, match_odds(m), bit == m->match.bit);
	m->partial = m->partial << 1 | bit;
	m->bits++;
	if (m->bits == 8)
		next_byte(m, (uint8_t)m->partial);
}

/* ---- a whole byte -------------------------------------------------------------------------- */

/* The byte the match expects, if the guesses agree so well that it is worth asking for. */
static bool expects(struct squeeze_model *m)
{
	uint32_t agree = 0;

	m->sure = NULL;
	if (!m->match.on)
		return false;
	m->expected = history(m, m->match.at);
	for (uint32_t i = 0; i < GUESSES; i++) {
		const uint32_t e = *m->guess[i].entry;

		agree += (e & 7) != 0 && (e >> 8 & 0xff) == m->expected;
	}

	const uint32_t length_class =
		(uint32_t)(m->match.length >= SURE_LENGTH) + (m->match.length >= 2 * SURE_LENGTH);

	m->sure = &m->sure_odds[length_class * (GUESSES + 1) + agree];
	return *m->sure >> 16 >= SURE_P;
}

/* ---- the start ---------------------------------------------------------------------------- */

static uint32_t as_learned(uint32_t part, uint32_t whole, uint32_t times)
{
	return ((1u << 22) - 1) / whole * part << 10 | times;
}

/* A context seen with one value only is trusted more than the counts alone say. */
static uint32_t first_odds(uint32_t zeros, uint32_t ones)
{
	if (zeros == 0 && ones > 0)
		return as_learned(4 * ones + 1, 4 * ones + 2, START_TIMES);
	if (ones == 0 && zeros > 0)
		return as_learned(1, 4 * zeros + 2, START_TIMES);
	return as_learned(2 * ones + 1, 2 * (zeros + ones + 1), START_TIMES);
}

static void model_start(struct squeeze_model *m)
{
	memset(m, 0, sizeof(*m));
	make_tables(m);
	for (uint32_t i = 0; i < WEIGHT_SETS; i++)
		for (uint32_t k = 0; k < INPUTS; k++)
			m->weights[i][k] = WEIGHT_START;
	for (uint32_t i = 0; i < COUNTERS; i++)
		for (uint32_t state = 0; state < 256; state++)
			m->counter_odds[i][state] = first_odds(state >> 4, state & 15);
	for (uint32_t i = 0; i < GUESSES; i++)
		for (uint32_t k = 0; k < GUESS_KINDS * 8; k++)
			m->guess_odds[i][k] = as_learned(9, 10, START_TIMES);
	for (uint32_t i = 0; i < LENGTHS * 4; i++)
		m->match_odds[i] = as_learned(i / 4 * 2 + 2, i / 4 * 2 + 3, START_TIMES);
	for (uint32_t i = 0; i < SURE_CLASSES; i++)
		m->sure_odds[i] = as_learned(63, 64, START_TIMES);
	m->position = 1;
	m->line = 1;
	set_contexts(m);
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
	struct squeeze_model *m = s->model;

	if (expects(m)) {
		const bool right = byte == m->expected;

		put_bit(s, bounded(*m->sure >> 16), right);
		if (right) {
			next_byte(m, byte);
			return;
		}
		m->denied = true;
	}
	for (uint32_t i = 8; i-- > 0;) {
		const uint32_t bit = byte >> i & 1;

		put_bit(s, model_ask(m), bit);
		model_tell(m, bit);
	}
}

/* The model as both sides begin: it has squeezed the text of phrases. */
static void prime(struct squeeze_model *m)
{
	uint8_t nowhere[SQUEEZE_OUT_MIN];
	struct squeeze s = { .model = m, .high = UINT32_MAX, .out = nowhere };

	model_start(m);
	for (size_t i = 0; i < SQUEEZE_TEXT_BYTES; i++) {
		s.len = 0;
		put_byte(&s, (uint8_t)squeeze_text[i]);
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
	prime(s->model);
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
	struct squeeze_model *m = u->model;
	uint32_t bit = 0;
	uint32_t value = 0;

	if (expects(m)) {
		if (!get_bit(u, bounded(*m->sure >> 16), &bit))
			return false;
		if (bit) {
			*byte = m->expected;
			next_byte(m, *byte);
			return true;
		}
		m->denied = true;
	}
	for (uint32_t i = 0; i < 8; i++) {
		if (!get_bit(u, model_ask(m), &bit))
			return false;
		model_tell(m, bit);
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
	prime(u->model);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "resync.h"

#include <string.h>

enum {
	CODE_BITS = 15,
	LITERALS = 288, /* with lengths; two of them never occur */
	DISTANCES = 32,
	LENGTH_CODES = 19, /* that tell the lengths of the codes of a dynamic block */
	END_OF_BLOCK = 256,
	NO_SYMBOL = 0xffff,

	CLASSES = 62, /* of characters */
	TOKENS = 400,

	LOST = 0,	 /* in the text while it is worked on; no log has this character */
	CLOCK_SLACK = 1, /* seconds that lines of several CPUs may be out of order */
	TITLE_MAX = 64,
	NOWHERE = UINT32_MAX
};

/* Evidence is counted in quarters of a bit; these were tuned on damaged records. */
enum {
	ALARM = 128,   /* so much against what was decoded since it last made sense */
	TOO_FAR = -24, /* a match from before the beginning */
	FOR_LINE = 24,
	AGAINST_LINE = -48,
	GAIN = 120,	   /* a repair has to explain so much better than none */
	PROOF_TEXT = 2048, /* characters that tell how this log reads */
	SAME = 8,	   /* characters that show that two texts are in step */
	MARGIN = 120,	   /* by so much the other text has to read better */
	EXACT = 40,	   /* worth of a repair that leaves nothing to guess */
	SENSE = 1,	   /* a token of text that is right speaks so much for itself, at least */
	UNFIT = -64,	   /* tokens that speak so much against themselves come from wrong codes */
	LIKELY = 16,	/* the length of a hole, if it speaks so much more for itself than others */
	BENDS = 64,	/* places where text is too long or too short */
	LINE_HEAD = 20, /* at most so many characters before the text of a line */
	AFTER = 400,	/* bits after an alarm that judge a repair */
	MARK_TOKENS = 24,
	SHIFT_MAX = 300, /* characters that flipped bits add or take away */
	HOLE_MAX = 8192, /* characters in a hole */
	EXPANSION = 4,	 /* characters a lost bit may have stood for */
	PATHS = 32,	 /* places that are tried as the beginning of a token */
	SYNC_BITS = 4096,
	IN_MAX = 1 << 22,
	SCAN_BITS = 1 << 19,
	BUDGET = 100000, /* tokens that searches may play, and more per byte */
	BUDGET_PER_BYTE = 600,
	CHARS_PER_TOKEN = 16, /* that are as dear as one token more */
	BITS_PER_TOKEN = 4,   /* the same, of a block's header */
	LEARNT_PER_TOKEN = 4, /* the same, characters to learn from */
	ASK_TOKENS = 4096,    /* the clock is asked so often */
	HEADER_BITS = 1024,   /* more than the tables of any dynamic block */
	RELEARN = 1 << 14
};

struct code {
	uint16_t count[CODE_BITS + 1]; /* of symbols with a code of so many bits */
	uint16_t *symbol;	       /* in order of their codes */
};

struct token {
	uint16_t dist; /* 0: a literal */
	uint8_t more;  /* length - 3, or the literal */
	uint8_t bits;  /* in the stream */
};

/* Where in the stream and in the text. */
struct place {
	uint32_t bit;
	uint32_t pos;
	uint32_t header; /* where this block begins */
	uint32_t stored; /* bytes left in a stored block */
};

/*
 * Text that is @more characters too short, or too long if less than 0: what matches copy from
 * before it stands so much nearer. The text itself stays as the stream tells it.
 */
struct bend {
	uint32_t pos;
	int32_t more;
};

enum block { BLOCK_STORED, BLOCK_FIXED, BLOCK_DYNAMIC };

struct rescue {
	uint8_t *in; /* a copy, to try repairs on */
	const struct holes *bad;
	uint32_t end_bit;
	uint32_t limit;	       /* bits from here on are bad, or not there */
	uint32_t budget;       /* tokens that searches may still play */
	uint32_t unasked;      /* tokens since the clock was asked */
	struct effort *effort; /* NULL: no end */

	struct place at;
	enum block type;
	bool final;
	struct code lit;
	struct code dist;

	uint8_t *text;
	uint32_t room;
	uint32_t wall; /* matches that reach before this character are lost */

	uint32_t doubt; /* evidence against the latest text */
	uint32_t since; /* tokens since the last mark */
	uint32_t line;	/* where the line begins that is to be looked at next */
	struct line_clock clock;
	struct place mark[2]; /* the last two places that made sense */
	uint32_t first;	      /* character from which on nothing is certain */
	uint32_t hole[2];     /* text that bad bytes told */
	bool trying;	      /* what is missing speaks neither for nor against a repair */
	uint32_t n_bends;
	struct bend bend[BENDS];
	bool resynced;
	bool full;

	uint32_t n_tokens;
	uint32_t total; /* pairs of characters seen */
	uint16_t ones[CLASSES];
	uint8_t pairs[CLASSES][CLASSES];
	uint16_t lit_symbol[LITERALS];
	uint16_t dist_symbol[DISTANCES];
	struct token token[TOKENS];
};

_Static_assert(sizeof(struct rescue) + sizeof(void *) <= RESYNC_STATE_BYTES,
	       "the state outgrows its part of the workspace");

/* ---- bits, codes, blocks ------------------------------------------------------------- */

/* Bits after the input are 0; whoever asks for them compares at.bit with the limit. */
static uint32_t take(struct rescue *r, uint32_t n)
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

		value |= take(r, 1);
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
	const uint32_t n_lit = take(r, 5) + 257;
	const uint32_t n_dist = take(r, 5) + 1;
	const uint32_t n_len = take(r, 4) + 4;

	if (n_lit > 286 || n_dist > 30)
		return false;
	for (uint32_t i = 0; i < n_len; i++)
		bits[order[i]] = (uint8_t)take(r, 3);
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
			n = 3 + take(r, 2);
		else if (symbol == 17)
			n = 3 + take(r, 3);
		else
			n = 11 + take(r, 7);
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

/*
 * Read the header of the block at @bit; at.pos stays. False if that is none or parts of it
 * are bad; the codes are gone then.
 */
static bool open_block(struct rescue *r, uint32_t bit)
{
	r->at.header = bit;
	r->at.bit = bit;
	r->at.stored = 0;
	r->final = take(r, 1);

	const uint32_t type = take(r, 2);
	bool good = false;

	r->type = (enum block)type;
	if (type == BLOCK_STORED) {
		r->at.bit = (r->at.bit + 7) & ~7u;
		r->at.stored = take(r, 16);
		good = (take(r, 16) ^ r->at.stored) == 0xffff;
	} else if (type == BLOCK_FIXED) {
		good = fixed_codes(r);
	} else if (type == BLOCK_DYNAMIC) {
		good = dynamic_codes(r);
	}
	return good && r->at.bit <= r->limit;
}

/* Back, or forward, to a place seen before. */
static void go(struct rescue *r, const struct place *to)
{
	if (r->at.header != to->header)
		(void)open_block(r, to->header);
	r->at = *to;
}

enum outcome { GOT_TOKEN, GOT_END, GOT_NONSENSE, GOT_LIMIT };

static uint32_t take_length(struct rescue *r, uint32_t i)
{
	const uint32_t extra = (i >> 2) - 1;

	if (i < 8)
		return i;
	if (i == 28)
		return 255;
	return ((4 + (i & 3)) << extra) + take(r, extra);
}

static uint32_t take_distance(struct rescue *r, uint32_t i)
{
	const uint32_t extra = (i >> 1) - 1;

	return i < 4 ? 1 + i : 1 + ((2 + (i & 1)) << extra) + take(r, extra);
}

/* The token at r->at; stays there unless it is one. */
static enum outcome take_token(struct rescue *r, struct token *t)
{
	const struct place start = r->at;
	enum outcome got = GOT_TOKEN;

	*t = (struct token){ 0 };
	if (r->type == BLOCK_STORED) {
		if (r->at.stored == 0)
			return GOT_END;
		t->more = (uint8_t)take(r, 8);
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

/* ---- effort -----------------------------------------------------------------------------------
 */

/*
 * Work that only effort bounds. Nowhere else does it become less, so that what a clock has ended
 * ends there again by its count.
 */
static void charge(struct rescue *r, uint32_t tokens)
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

/* Long matches cost more than others: a few of them make all the text there is room for. */
static void spend(struct rescue *r, uint32_t tokens)
{
	r->budget -= r->budget < tokens ? r->budget : tokens;
	charge(r, tokens);
}

static bool is_over(const struct rescue *r)
{
	return r->effort && r->effort->left == 0;
}

/* There is something left to do, and no effort for it? */
static bool gives_up(struct rescue *r)
{
	if (is_over(r))
		r->effort->cut = true;
	return is_over(r);
}

/* May a search begin, or go on? */
static bool may_search(struct rescue *r)
{
	return r->budget > 0 && !gives_up(r);
}

/* ---- how a log reads ------------------------------------------------------------------- */

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

/*
 * For or against @b standing after @a: how much likelier the pair is in this log than two
 * characters that met by chance.
 */
static int32_t evidence(const struct rescue *r, uint8_t a, uint8_t b)
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

static void learn_all(struct rescue *r, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		learn(r, p[i - 1], p[i]);
}

/* Forget what text after at.pos taught. */
static void relearn(struct rescue *r)
{
	static const char seed[] =
		"Panic#1 Part1\n<6>[    0.000000] Linux version 5.10.0 (gcc 10.2.1) #1 SMP\n"
		"<4>[   12.345678] CPU: 0 PID: 1 Comm: init Not tainted 4.19.0 #1\n"
		"<3>[  123.456789] Hardware name: usb 1-1: new device, ret=-22 at 0x80000000\n"
		"<7>[ 9012.034567] r7 : c0401f00  r6 : 00000001 [<c0101234>] "
		"(show_stack+0x10/0x14)";
	const uint32_t from = r->at.pos > RELEARN ? r->at.pos - RELEARN : 0;

	charge(r, (r->at.pos - from) / LEARNT_PER_TOKEN);
	if (is_over(r)) /* nothing will be judged any more */
		return;
	memset(r->pairs, 0, sizeof(r->pairs));
	memset(r->ones, 0, sizeof(r->ones));
	r->total = 1;
	learn_all(r, (const uint8_t *)seed, sizeof(seed) - 1);
	learn_all(r, r->text + from, r->at.pos - from);
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

/* Write what @t stands for; returns the evidence that it belongs there. */
static int32_t play(struct rescue *r, struct token t)
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
	return e + evidence(r, before, to[0]);
}

/* ---- lines --------------------------------------------------------------------------------- */

static uint32_t count_digits(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *q = p;

	while (q < end && *q >= '0' && *q <= '9')
		q++;
	return (uint32_t)(q - p);
}

/* Is @c what stands at @p? */
static enum line_form form_at(const uint8_t *p, const uint8_t *end, uint8_t c)
{
	if (p >= end || *p == LOST)
		return LINE_OPEN;
	return *p == c ? LINE_RIGHT : LINE_WRONG;
}

static uint32_t number(const uint8_t *p, uint32_t n)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < n; i++)
		value = value * 10 + p[i] - '0';
	return value;
}

/* "[    0.123456]" at @p. */
static enum line_form stamp_form(const uint8_t *p, const uint8_t *end, struct line_clock *clock)
{
	const uint8_t *time = p + 1;
	enum line_form form = form_at(p, end, '[');

	if (form != LINE_RIGHT)
		return form;
	for (p = time; p < end && *p == ' ';)
		p++;

	const uint32_t n_sec = count_digits(p, end);
	const uint8_t *dot = p + n_sec;

	form = form_at(dot, end, '.');
	if (form != LINE_RIGHT)
		return form;
	if (n_sec == 0 || n_sec > 9 || dot - time < 5)
		return LINE_WRONG;

	const uint32_t n_usec = count_digits(dot + 1, end);

	form = form_at(dot + 1 + n_usec, end, ']');
	if (form != LINE_RIGHT)
		return form;
	if (n_usec != 6)
		return LINE_WRONG;

	const uint32_t sec = number(p, n_sec);

	form = sec + CLOCK_SLACK < clock->sec ? LINE_WRONG : LINE_RIGHT;
	clock->sec = sec;
	return form;
}

enum line_form line_form(const uint8_t *p, const uint8_t *end, struct line_clock *clock)
{
	enum line_form form = form_at(p, end, '<');

	if (form != LINE_RIGHT)
		return form;

	const uint32_t n = count_digits(p + 1, end);

	form = form_at(p + 1 + n, end, '>');
	if (form != LINE_RIGHT || !clock->stamped)
		return form;
	return n < 1 || n > 4 ? LINE_WRONG : stamp_form(p + n + 2, end, clock);
}

void line_clock_start(struct line_clock *clock, struct span text)
{
	const uint8_t *p = memchr(text.p, '\n', text.len < TITLE_MAX ? text.len : TITLE_MAX);

	*clock = (struct line_clock){ true, 0 };
	clock->stamped = !p || line_form(p + 1, text.p + text.len, clock) != LINE_WRONG;
	clock->sec = 0;
}

static int32_t line_evidence(enum line_form form)
{
	return form == LINE_RIGHT ? FOR_LINE : form == LINE_WRONG ? AGAINST_LINE : 0;
}

/* For or against the lines that begin after the character @from. */
static int32_t lines_evidence(const struct rescue *r, uint32_t from)
{
	const uint8_t *end = r->text + r->at.pos;
	const uint8_t *p = r->text + (from < r->at.pos ? from : r->at.pos);
	struct line_clock clock;
	int32_t sum = 0;

	line_clock_start(&clock, (struct span){ r->text, r->at.pos });
	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL)
		sum += line_evidence(line_form(++p, end, &clock));
	return sum;
}

/* ---- searches ----------------------------------------------------------------------------- */

/*
 * Fill the tokens from r->at on, at most @n and none that begins at or after @end or in
 * another block; r->at stays.
 */
static void fetch(struct rescue *r, uint32_t n, uint32_t end)
{
	const struct place start = r->at;
	uint32_t i = 0;

	while (i < n && r->at.bit < end && take_token(r, &r->token[i]) == GOT_TOKEN)
		i++;
	r->n_tokens = i;
	r->at = start;
}

/* Text up to here is @more characters too short. */
static void bend(struct rescue *r, int32_t more)
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
			bend(r, shift);
		sum += play(r, r->token[i]);
	}
	r->n_bends = n_bends;
	spend(r, r->n_tokens + (r->at.pos - from) / CHARS_PER_TOKEN);
	r->trying = false;
	return sum + lines_evidence(r, from);
}

/* Decode and play from r->at up to bit @end; gives up when @goal is out of reach. */
static int32_t trial(struct rescue *r, uint32_t end, int32_t goal)
{
	const uint32_t from = r->at.pos;
	int32_t sum = 0;
	uint32_t n = 0;
	struct token t;

	while (r->at.bit < end && take_token(r, &t) == GOT_TOKEN) {
		sum += play(r, t);
		n++;
		if (sum + (int32_t)(end - r->at.bit) + FOR_LINE * 8 < goal)
			break;
	}
	spend(r, n);
	return sum + lines_evidence(r, from);
}

static void flip(struct rescue *r, uint32_t bit)
{
	r->in[bit >> 3] ^= (uint8_t)(1 << (bit & 7));
}

struct repair {
	int32_t score;
	int32_t second; /* of what is best apart from that */
	uint32_t at;	/* bit to flip, or number of tokens before the splice */
	int32_t shift;
};

/* The one bit before @alarm that explains the text up to @end best, if inverted. */
static struct repair best_flip(struct rescue *r, uint32_t alarm, uint32_t end)
{
	const struct place start = r->at;
	struct repair best = { .score = INT32_MIN / 2, .at = NOWHERE };
	int32_t before = 0;
	struct token t;

	while (r->at.bit < alarm && may_search(r)) {
		const struct place here = r->at;

		if (take_token(r, &t) != GOT_TOKEN)
			break;

		const struct place after = r->at;

		for (uint32_t bit = here.bit; bit < after.bit; bit++) {
			r->at = here;
			flip(r, bit);

			const int32_t score = before + trial(r, end, best.score - before);

			flip(r, bit);
			if (score > best.score) {
				best.score = score;
				best.at = bit;
			}
		}
		r->at = after;
		before += play(r, t);
	}
	r->at = start;
	return best;
}

/* The best of the shifts [@from, @to] after the first @n tokens. */
static struct repair best_shift(struct rescue *r, uint32_t n, int32_t from, int32_t to)
{
	const struct place start = r->at;
	struct repair best = { INT32_MIN / 2, INT32_MIN / 2, n, 0 };

	for (int32_t shift = from; shift <= to && may_search(r); shift++) {
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
	if (r->budget == 0 || is_over(r)) /* others were not tried */
		best.second = best.score;
	return best;
}

/* Where a splice by @shift fits best. */
static struct repair best_splice(struct rescue *r, int32_t shift)
{
	struct repair best = { INT32_MIN / 2, INT32_MIN / 2, 0, shift };

	for (uint32_t n = 0; n < r->n_tokens && may_search(r); n++) {
		const struct repair here = best_shift(r, n, shift, shift);

		if (here.score > best.score)
			best = here;
	}
	return best;
}

/* ---- going on after damage ------------------------------------------------------------ */

/* Nothing before this place is under suspicion any more. */
static void trust(struct rescue *r)
{
	r->line = r->at.pos;
	line_clock_start(&r->clock, (struct span){ r->text, r->at.pos });

	r->doubt = 0;
	r->since = 0;
	r->mark[0] = r->at;
	r->mark[1] = r->at;
}

static void suspect(struct rescue *r, uint32_t pos)
{
	if (pos < r->first)
		r->first = pos;
}

/* Decode on, text and all, to the bit @end or the end of the block. */
static void advance(struct rescue *r, uint32_t end)
{
	struct token t;

	while (r->at.bit < end && take_token(r, &t) == GOT_TOKEN)
		play(r, t);
}

/* The splice that explains the text up to @end best. */
static struct repair find_splice(struct rescue *r)
{
	struct repair best = best_shift(r, MARK_TOKENS, -SHIFT_MAX, SHIFT_MAX);

	if (best.shift != 0)
		best = best_splice(r, best.shift);
	if (best.shift != 0)
		best = best_shift(r, best.at, -SHIFT_MAX, SHIFT_MAX);
	return best;
}

static void splice(struct rescue *r, const struct repair *s)
{
	uint32_t end = r->at.bit;

	for (uint32_t i = 0; i < s->at; i++)
		end += r->token[i].bits;
	advance(r, end);
	bend(r, s->shift);
}

/*
 * The text makes no sense since some time. One wrong bit is found by trying all; what else
 * it may be, it left text too long or too short by some characters. Decoding goes on as it
 * is if neither makes sense of what follows.
 */
static void repair(struct rescue *r)
{
	const uint32_t alarm = r->at.bit;
	const uint32_t end = alarm + AFTER;

	go(r, &r->mark[1]);
	relearn(r);

	const struct place start = r->at;

	suspect(r, start.pos);
	fetch(r, TOKENS, end);

	const int32_t sense = (int32_t)r->n_tokens * SENSE;
	int32_t least = replay(r, r->n_tokens, 0) + GAIN;

	least = least > sense ? least : sense;
	r->at = start;

	const struct repair one = best_flip(r, alarm, end);
	const struct repair best = find_splice(r);

	if (one.score + EXACT >= best.score && one.score > least) {
		flip(r, one.at);
		r->resynced = true;
	} else if (best.shift != 0 && best.score > least) {
		splice(r, &best);
		r->resynced = true;
	} else {
		advance(r, alarm);
	}
	relearn(r);
	trust(r);
}

static bool is_near_end(const struct rescue *r)
{
	return r->end_bit - r->at.bit < 64;
}

/* How well the next tokens fit together, taken for themselves. */
static int32_t plausibility(struct rescue *r)
{
	const struct place start = r->at;
	const uint32_t wall = r->wall;
	int32_t sum;

	fetch(r, 120, r->limit);
	r->wall = r->at.pos;
	sum = replay(r, r->n_tokens, 0);
	r->wall = wall;
	r->at = start;
	return sum;
}

/* As open_block(), as a part of a search. */
static bool try_block(struct rescue *r, uint32_t bit)
{
	const bool good = open_block(r, bit);

	charge(r, (r->at.bit - bit) / BITS_PER_TOKEN);
	return good;
}

/* A block whose header one wrong bit has spoiled. */
static bool repair_block(struct rescue *r, uint32_t header)
{
	const uint32_t pos = r->at.pos;
	int32_t best = UNFIT;
	uint32_t best_bit = NOWHERE;

	for (uint32_t bit = header; bit < header + HEADER_BITS && bit < r->limit && may_search(r);
	     bit++) {
		flip(r, bit);
		if (try_block(r, header) && r->type == BLOCK_DYNAMIC && r->at.bit > bit) {
			r->at.pos = pos;
			const int32_t score = plausibility(r);

			if (score > best) {
				best = score;
				best_bit = bit;
			}
		}
		flip(r, bit);
	}
	if (best_bit == NOWHERE)
		return false;
	flip(r, best_bit);
	r->at.pos = pos;
	r->resynced = true;
	return open_block(r, header);
}

/* To the next block that begins at or after the bit @from; how it fits, UNFIT: there is none. */
static int32_t find_block(struct rescue *r, uint32_t from)
{
	const uint32_t end = r->limit - from < SCAN_BITS ? r->limit : from + SCAN_BITS;

	for (uint32_t bit = from; bit < end && !gives_up(r); bit++) {
		r->at.bit = bit + 1;
		if (take(r, 2) != BLOCK_DYNAMIC || !try_block(r, bit))
			continue;

		const int32_t fit = plausibility(r);

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
		if (take_token(r, &t) == GOT_TOKEN)
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
	relearn(r);
	fetch(r, 200, r->limit);
	best = best_shift(r, 0, -have, (most < HOLE_MAX ? (int32_t)most : HOLE_MAX) - have);
	if (best.score - best.second >= LIKELY)
		bend(r, best.shift);
	r->resynced = true;
	relearn(r);
	trust(r);
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

	suspect(r, hole.pos);
	while (next_bad(r, r->limit, &begin, &end)) {
		set_limit(r, end);

		int32_t fit = UNFIT;

		if (in_step && find_step(r, end)) {
			const uint32_t step = r->at.bit;

			/* bad bytes may be right for the most part */
			r->at = hole;
			advance(r, step);
			r->at.bit = step;
			fit = plausibility(r);
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
	go(r, &hole);
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
	if (open_block(r, at) && (!final || r->type == BLOCK_DYNAMIC)) {
		trust(r);
		return true;
	}
	return false;
}

/* For or against the lines of which enough is there by now. */
static int32_t next_lines(struct rescue *r)
{
	const uint8_t *end = r->text + r->at.pos;
	int32_t sum = 0;

	if (r->line == 0) /* there was no line yet to tell whether they have stamps */
		line_clock_start(&r->clock, (struct span){ r->text, r->at.pos });
	while (r->at.pos - r->line > LINE_HEAD) {
		const uint8_t *p = memchr(r->text + r->line, '\n', r->at.pos - r->line - LINE_HEAD);

		if (!p) {
			r->line = r->at.pos - LINE_HEAD;
			break;
		}
		sum += line_evidence(line_form(p + 1, end, &r->clock));
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
		const enum outcome got = take_token(r, &t);

		if (got == GOT_END && next_block(r))
			continue;
		if (got != GOT_TOKEN)
			return got;

		int32_t e = play(r, t);

		if (r->at.pos == r->room) {
			r->full = true;
			return GOT_END;
		}
		if (is_over(r)) {
			if (!r->bad) { /* damage would not be noticed any more */
				suspect(r, r->mark[1].pos);
				r->effort->cut = true;
			}
			continue;
		}
		e += next_lines(r);
		charge(r, r->at.pos - pos);
		learn_all(r, r->text + pos - (pos > 0), r->at.pos - pos + (pos > 0));
		r->doubt = e >= (int32_t)r->doubt ? 0 : r->doubt - (uint32_t)e;
		r->since++;
		if (r->doubt == 0 && r->since >= MARK_TOKENS) {
			r->mark[1] = r->mark[0];
			r->mark[0] = r->at;
			r->since = 0;
		}
		if (r->doubt > ALARM && !r->bad && may_search(r))
			repair(r);
	}
}

/* How the characters [@from, @to) of @p read, with those beside them. */
static int32_t reads(const struct rescue *r, const uint8_t *p, uint32_t from, uint32_t to)
{
	int32_t sum = 0;

	for (uint32_t i = from > 0 ? from : 1; i < to; i++)
		sum += evidence(r, p[i - 1], p[i]);
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
		relearn(r);
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

static void tell(struct rescue *r, struct salvaged *out)
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

	if (!open_block(r, 0) && !(r->limit > HEADER_BITS && repair_block(r, 0)) &&
	    !cross(r, false))
		return;
	trust(r);
	do
		got = run(r);
	while (got == GOT_LIMIT && r->limit < r->end_bit && cross(r, true));
	if (got == GOT_NONSENSE) /* it went wrong before */
		suspect(r, r->mark[1].pos);
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
	relearn(r);

	rescue_all(r);
	if (r->at.pos == 0)
		return OM_E_VARIANT;
	if (job->plain.len > 0 && !is_over(r))
		compare(r, job->plain);
	tell(r, out);
	return OM_OK;
}

enum om_err resync_text(struct span in, const struct holes *bad, struct span plain,
			struct workspace work, struct salvaged *out)
{
	const struct resync_job job = { in, bad, plain, NULL };

	return resync_within(&job, work, out);
}

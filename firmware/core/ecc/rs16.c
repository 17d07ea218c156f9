/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The field is GF(2^16) with polynomial x^16 + x^12 + x^3 + x + 1 and a = x, which generates
 * it. The encoder works on whole lines: two symbols to a word, and the products of a line by
 * any number from those by its four halves of bytes. It has no tables beside those of one
 * line, so that it fits a small image; the decoder, for a host, has logarithms.
 */
#include "rs16.h"

#include <string.h>

enum {
	GF_POLY = 0x1100b,
	GF_LOW = GF_POLY & 0xffff,
	GF_BITS = 16,
	LINE_BYTES = RS16_LINE_BYTES,
	LINE_WORDS = LINE_BYTES / 4, /* and half a word */
	/* products of a line by 1 to 15, times 1, 16, 256 and 4096; whole words */
	ROW_WORDS = LINE_WORDS + 1,
	ROW_BYTES = ROW_WORDS * 4,
	NIBBLES = 4,
	ROWS_BYTES = NIBBLES * 16 * ROW_BYTES
};

static uint32_t le16_load(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static void le16_store(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/* le32_load() and le32_store() as one instruction each, also where size counts (-Os). */
static inline __attribute__((always_inline)) uint32_t in_order(uint32_t v)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? u32_swapped(v) : v;
}

static inline __attribute__((always_inline)) uint32_t word_load(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return in_order(v);
}

static inline __attribute__((always_inline)) void word_store(uint8_t *p, uint32_t v)
{
	v = in_order(v);
	memcpy(p, &v, sizeof(v));
}

/* Two symbols, each times a. */
static uint32_t pair_double(uint32_t pair)
{
	return (pair & 0x7fff7fff) << 1 ^ (pair >> 15 & 0x00010001) * GF_LOW;
}

static uint32_t gf_mul(uint32_t x, uint32_t y)
{
	uint32_t product = 0;

	for (uint32_t bit = GF_BITS; bit-- > 0;) {
		product = pair_double(product); /* the upper symbol is 0 */
		if (y >> bit & 1)
			product ^= x;
	}
	return product;
}

/* ---- parity ------------------------------------------------------------------------------ */

/* (x - a^0)...(x - a^(n - 1)) without x^n, from the constant up. */
static void fill_generator(uint8_t *gen, uint32_t n)
{
	uint32_t root = 1;

	for (uint32_t degree = 0; degree < n; degree++) {
		uint32_t below = 0;

		for (uint32_t i = 0; i < degree; i++) {
			const uint32_t at = le16_load(gen + 2 * i);
			le16_store(gen + 2 * i, below ^ gf_mul(at, root));
			below = at;
		}
		/* the leading 1 is not stored */
		le16_store(gen + 2 * degree, below ^ root);
		root = pair_double(root);
	}
}

/* Word @w of a line; of the last one, only the lower half is there. */
static uint32_t line_word(const uint8_t *line, uint32_t w)
{
	return w < LINE_WORDS ? word_load(line + 4 * w) : le16_load(line + 4 * w);
}

/* Products of (@a + @b) by all values of each nibble. */
static void fill_products(uint8_t *rows, const uint8_t *a, const uint8_t *b)
{
	for (uint32_t w = 0; w < ROW_WORDS; w++) {
		uint32_t one = line_word(a, w) ^ line_word(b, w);
		uint8_t *column = rows + 4 * w;

		for (uint32_t n = 0; n < NIBBLES; n++) {
			word_store(column, 0);
			for (uint32_t bit = 1; bit < 16; bit *= 2) {
				for (uint32_t i = 0; i < bit; i++)
					word_store(column + (bit + i) * ROW_BYTES,
						   word_load(column + i * ROW_BYTES) ^ one);
				one = pair_double(one);
			}
			column += 16 * ROW_BYTES;
		}
	}
}

/* Add the product by @factor to a line. */
static void add_product(uint8_t *line, const uint8_t *rows, uint32_t factor)
{
	const uint8_t *r0 = rows + (factor & 15) * ROW_BYTES;
	const uint8_t *r1 = rows + (16 + (factor >> 4 & 15)) * ROW_BYTES;
	const uint8_t *r2 = rows + (32 + (factor >> 8 & 15)) * ROW_BYTES;
	const uint8_t *r3 = rows + (48 + (factor >> 12)) * ROW_BYTES;
	uint32_t at = 0;

	for (; at < LINE_WORDS * 4; at += 4)
		word_store(line + at, word_load(line + at) ^ word_load(r0 + at) ^
					      word_load(r1 + at) ^ word_load(r2 + at) ^
					      word_load(r3 + at));
	le16_store(line + at, le16_load(line + at) ^ le16_load(r0 + at) ^ le16_load(r1 + at) ^
				      le16_load(r2 + at) ^ le16_load(r3 + at));
}

size_t rs16_encode_bytes(uint32_t n_parity)
{
	return ROWS_BYTES + (size_t)n_parity * 2;
}

enum om_err rs16_parity(const uint8_t *data, uint32_t n_data, uint32_t n_parity,
			struct workspace work, uint8_t *parity)
{
	if (n_data < 1 || n_data > RS16_DATA_MAX || n_parity > RS16_PARITY_MAX)
		return OM_E_ARG;
	if (work.cap < rs16_encode_bytes(n_parity))
		return OM_E_NO_SPACE;
	if (n_parity == 0)
		return OM_OK;

	uint8_t *rows = work.p;
	uint8_t *gen = work.p + ROWS_BYTES;
	/*
	 * The remainder of a division by the generator, data from the highest power down. Its
	 * lines do not move: line `top`, the highest power, leaves in each step and becomes the
	 * lowest, and after the last step line 0 is the lowest.
	 */
	uint32_t top = (n_data - 1) % n_parity;

	fill_generator(gen, n_parity);
	memset(parity, 0, (size_t)n_parity * LINE_BYTES);
	for (uint32_t d = n_data; d-- > 0;) {
		uint8_t *leaving = parity + (size_t)top * LINE_BYTES;
		uint32_t at = top;

		fill_products(rows, leaving, data + (size_t)d * LINE_BYTES);
		memset(leaving, 0, LINE_BYTES);
		for (uint32_t i = 0; i < n_parity; i++) {
			add_product(parity + (size_t)at * LINE_BYTES, rows, le16_load(gen + 2 * i));
			at = at + 1 < n_parity ? at + 1 : 0;
		}
		top = top > 0 ? top - 1 : n_parity - 1;
	}
	return OM_OK;
}

/* ---- repair ------------------------------------------------------------------------------ */

enum {
	GF_ORDER = 65535, /* elements other than 0 */
	/* syndromes beyond what errors take: 2^-32 for a wrong answer, as a line's check has it */
	SPARE = 2,
	POLYS = 6, /* of n_parity + 1 coefficients, the constant first */
};

/* One column that is being repaired; the arrays are in the workspace. */
struct column {
	uint32_t n_data, n_parity;
	uint16_t *exp; /* a^i, GF_ORDER of them */
	uint16_t *log; /* for 1 to GF_ORDER */
	uint16_t *syndromes;
	uint16_t *locator; /* product of (1 - a^e x) for the exponents e of unknown symbols */
	uint16_t *modified, *errors, *before, *scratch;
	uint16_t *unknown;	      /* their places among the symbols; n_parity at most */
	uint32_t n_erased, n_unknown; /* the first of them count as 0, the others as received */
	uint16_t *values;	      /* what is to be added to them */
};

static uint16_t *carve(uint16_t **next, size_t n)
{
	uint16_t *p = *next;

	*next += n;
	return p;
}

static uint32_t mod_order(uint32_t sum)
{
	return sum >= GF_ORDER ? sum - GF_ORDER : sum;
}

/* x * a^e, e below GF_ORDER. */
static uint32_t times_power(const struct column *c, uint32_t x, uint32_t e)
{
	return x ? c->exp[mod_order(c->log[x] + e)] : 0;
}

static uint32_t times(const struct column *c, uint32_t x, uint32_t y)
{
	return y ? times_power(c, x, c->log[y]) : 0;
}

/* @y is not 0. */
static uint32_t divided(const struct column *c, uint32_t x, uint32_t y)
{
	return times_power(c, x, mod_order((uint32_t)GF_ORDER - c->log[y]));
}

/* The power of x that symbol @i belongs to. */
static uint32_t exponent_of(const struct column *c, uint32_t i)
{
	return i < c->n_data ? c->n_parity + i : i - c->n_data;
}

static void column_init(struct column *c, uint32_t n_data, uint32_t n_parity, uint8_t *work)
{
	uint16_t *next = (uint16_t *)(void *)(work + (uintptr_t)work % 2);
	const size_t poly = (size_t)n_parity + 1;
	uint32_t power = 1;

	*c = (struct column){ .n_data = n_data, .n_parity = n_parity };
	c->exp = carve(&next, GF_ORDER);
	c->log = carve(&next, GF_ORDER + 1);
	c->syndromes = carve(&next, poly);
	c->locator = carve(&next, poly);
	c->modified = carve(&next, poly);
	c->errors = carve(&next, poly);
	c->before = carve(&next, poly);
	c->scratch = carve(&next, poly);
	c->unknown = carve(&next, n_parity);
	c->values = carve(&next, n_parity);
	for (uint32_t i = 0; i < GF_ORDER; i++) {
		c->exp[i] = (uint16_t)power;
		c->log[power] = (uint16_t)i;
		power = pair_double(power);
	}
	memset(c->syndromes, 0, n_parity * sizeof(c->syndromes[0]));
	memset(c->locator, 0, poly * sizeof(c->locator[0]));
	c->locator[0] = 1;
}

/* The value of a code word at all roots changes by that of one symbol. */
static void add_symbol(struct column *c, uint32_t i, uint32_t value)
{
	if (value == 0)
		return;

	const uint32_t step = exponent_of(c, i);
	uint32_t log = c->log[value];

	for (uint32_t j = 0; j < c->n_parity; j++) {
		c->syndromes[j] ^= c->exp[log];
		log = mod_order(log + step);
	}
}

static bool is_code_word(const struct column *c)
{
	uint32_t any = 0;

	for (uint32_t j = 0; j < c->n_parity; j++)
		any |= c->syndromes[j];
	return any == 0;
}

/* One more symbol to be found; there are fewer than n_parity. */
static void add_unknown(struct column *c, uint32_t i)
{
	const uint32_t e = exponent_of(c, i);

	c->unknown[c->n_unknown++] = (uint16_t)i;
	for (uint32_t k = c->n_unknown; k > 0; k--)
		c->locator[k] ^= (uint16_t)times_power(c, c->locator[k - 1], e);
}

/* Coefficient @at of syndromes times locator. */
static uint16_t modified_syndrome(const struct column *c, uint32_t at)
{
	uint32_t sum = 0;

	for (uint32_t k = 0; k <= c->n_unknown && k <= at; k++)
		sum ^= times(c, c->locator[k], c->syndromes[at - k]);
	return (uint16_t)sum;
}

/* @poly -= @factor * x^@shift * before; both have coefficients up to x^@n. */
static void subtract_shifted(const struct column *c, uint16_t *poly, uint32_t factor,
			     uint32_t shift, uint32_t n)
{
	for (uint32_t i = shift; i <= n; i++)
		poly[i] ^= (uint16_t)times(c, factor, c->before[i - shift]);
}

/*
 * Berlekamp-Massey over @n modified syndromes: the shortest recurrence, in c->errors; returns
 * its length, or more than @n if that is beyond reach.
 */
static uint32_t find_recurrence(struct column *c, uint32_t n)
{
	const size_t bytes = (n + 1) * sizeof(c->errors[0]);
	uint32_t length = 0;
	uint32_t shift = 1;
	uint32_t last = 1;

	memset(c->errors, 0, bytes);
	memset(c->before, 0, bytes);
	c->errors[0] = c->before[0] = 1;
	for (uint32_t at = 0; at < n; at++, shift++) {
		uint32_t off = c->modified[at];

		for (uint32_t i = 1; i <= length; i++)
			off ^= times(c, c->errors[i], c->modified[at - i]);
		if (off == 0)
			continue;

		const uint32_t factor = divided(c, off, last);

		if (2 * length > at) {
			subtract_shifted(c, c->errors, factor, shift, n);
			continue;
		}
		length = at + 1 - length;
		if (2 * length + SPARE > n)
			return n + 1;
		memcpy(c->scratch, c->errors, bytes);
		subtract_shifted(c, c->errors, factor, shift, n);
		memcpy(c->before, c->scratch, bytes);
		last = off;
		shift = 0;
	}
	return length;
}

/* Value at a^-e of a polynomial with coefficients up to x^@n, or of its odd powers alone. */
static uint32_t value_at(const struct column *c, const uint16_t *poly, uint32_t n, uint32_t e,
			 bool odd)
{
	const uint32_t step = mod_order((uint32_t)GF_ORDER - e);
	uint32_t log = 0;
	uint32_t sum = 0;

	for (uint32_t i = 0; i <= n; i++) {
		if (!odd || i % 2)
			sum ^= times_power(c, poly[i], log);
		log = mod_order(log + step);
	}
	return sum;
}

/* Which suspects are wrong, as further unknown symbols; false: none or too many would do. */
static bool find_errors(struct column *c, const uint8_t *states)
{
	const uint32_t n_erased = c->n_unknown;
	const uint32_t n = c->n_parity - n_erased;

	for (uint32_t i = 0; i < n; i++)
		c->modified[i] = modified_syndrome(c, n_erased + i);

	const uint32_t n_errors = find_recurrence(c, n);

	if (n_errors > n)
		return false;
	for (uint32_t i = 0; i < c->n_data + c->n_parity && c->n_unknown - n_erased < n_errors; i++)
		if (states[i] == RS16_SUSPECT &&
		    value_at(c, c->errors, n_errors, exponent_of(c, i), false) == 0)
			add_unknown(c, i);
	return c->n_unknown - n_erased == n_errors;
}

/* Forney: what the unknown symbols lack. False: no code word comes of it. */
static bool find_values(struct column *c)
{
	for (uint32_t i = 0; i < c->n_unknown; i++)
		c->modified[i] = modified_syndrome(c, i);
	for (uint32_t u = 0; u < c->n_unknown; u++) {
		const uint32_t e = exponent_of(c, c->unknown[u]);
		const uint32_t over = value_at(c, c->modified, c->n_unknown - 1, e, false);
		/* the locator's derivative at its root, times the root: not 0, all roots differ */
		const uint32_t under = value_at(c, c->locator, c->n_unknown, e, true);

		c->values[u] = (uint16_t)divided(c, over, under);
	}
	for (uint32_t u = 0; u < c->n_unknown; u++)
		add_symbol(c, c->unknown[u], c->values[u]);
	return is_code_word(c);
}

size_t rs16_repair_bytes(uint32_t n_parity)
{
	const size_t tables = 2 * (size_t)GF_ORDER + 1;
	const size_t arrays = POLYS * ((size_t)n_parity + 1) + 2 * (size_t)n_parity;

	return (tables + arrays) * sizeof(uint16_t) + 1; /* at an even address */
}

enum om_err rs16_repair(uint16_t *symbols, const uint8_t *states, uint32_t n_data,
			uint32_t n_parity, struct workspace work, uint32_t *repaired)
{
	if (n_data < 1 || n_data > RS16_DATA_MAX || n_parity > RS16_PARITY_MAX)
		return OM_E_ARG;
	if (work.cap < rs16_repair_bytes(n_parity))
		return OM_E_NO_SPACE;

	const uint32_t n = n_data + n_parity;
	uint32_t n_lost = 0;
	uint32_t n_suspect = 0;

	for (uint32_t i = 0; i < n; i++) {
		n_lost += states[i] == RS16_LOST;
		n_suspect += states[i] == RS16_SUSPECT;
	}

	/* a suspect that counts as lost needs no trust in luck */
	const bool drop_suspects = n_lost + n_suspect <= n_parity;
	struct column c;

	if (!drop_suspects && n_lost + SPARE > n_parity)
		return OM_E_CORRUPT;
	column_init(&c, n_data, n_parity, work.p);
	for (uint32_t i = 0; i < n; i++) {
		if (states[i] == RS16_LOST || (states[i] == RS16_SUSPECT && drop_suspects))
			add_unknown(&c, i);
		else
			add_symbol(&c, i, symbols[i]);
	}
	c.n_erased = c.n_unknown;
	if ((!drop_suspects && !find_errors(&c, states)) || !find_values(&c))
		return OM_E_CORRUPT;
	*repaired = 0;
	for (uint32_t u = 0; u < c.n_unknown; u++) {
		uint16_t *symbol = &symbols[c.unknown[u]];
		const uint16_t kept = u < c.n_erased ? 0 : *symbol;
		const uint16_t right = kept ^ c.values[u];

		*repaired += states[c.unknown[u]] == RS16_LOST || right != *symbol;
		*symbol = right;
	}
	return OM_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block is checked by dividing it by the generator, a byte per step, with the
 * remainder in words; only when that remainder differs from the stored parity does the
 * slow part run, and it works on the difference alone. A remainder's first byte (the
 * highest power) is the low byte of word 0, on any CPU.
 */
#include "rs.h"

#include <string.h>

/* Powers of alpha = 2 and their logarithms, field polynomial 0x11d; log[0] is unused. */
static const uint8_t gf_exp[255] = {
	0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1d, 0x3a, 0x74, 0xe8, 0xcd, 0x87, 0x13,
	0x26, 0x4c, 0x98, 0x2d, 0x5a, 0xb4, 0x75, 0xea, 0xc9, 0x8f, 0x03, 0x06, 0x0c, 0x18, 0x30,
	0x60, 0xc0, 0x9d, 0x27, 0x4e, 0x9c, 0x25, 0x4a, 0x94, 0x35, 0x6a, 0xd4, 0xb5, 0x77, 0xee,
	0xc1, 0x9f, 0x23, 0x46, 0x8c, 0x05, 0x0a, 0x14, 0x28, 0x50, 0xa0, 0x5d, 0xba, 0x69, 0xd2,
	0xb9, 0x6f, 0xde, 0xa1, 0x5f, 0xbe, 0x61, 0xc2, 0x99, 0x2f, 0x5e, 0xbc, 0x65, 0xca, 0x89,
	0x0f, 0x1e, 0x3c, 0x78, 0xf0, 0xfd, 0xe7, 0xd3, 0xbb, 0x6b, 0xd6, 0xb1, 0x7f, 0xfe, 0xe1,
	0xdf, 0xa3, 0x5b, 0xb6, 0x71, 0xe2, 0xd9, 0xaf, 0x43, 0x86, 0x11, 0x22, 0x44, 0x88, 0x0d,
	0x1a, 0x34, 0x68, 0xd0, 0xbd, 0x67, 0xce, 0x81, 0x1f, 0x3e, 0x7c, 0xf8, 0xed, 0xc7, 0x93,
	0x3b, 0x76, 0xec, 0xc5, 0x97, 0x33, 0x66, 0xcc, 0x85, 0x17, 0x2e, 0x5c, 0xb8, 0x6d, 0xda,
	0xa9, 0x4f, 0x9e, 0x21, 0x42, 0x84, 0x15, 0x2a, 0x54, 0xa8, 0x4d, 0x9a, 0x29, 0x52, 0xa4,
	0x55, 0xaa, 0x49, 0x92, 0x39, 0x72, 0xe4, 0xd5, 0xb7, 0x73, 0xe6, 0xd1, 0xbf, 0x63, 0xc6,
	0x91, 0x3f, 0x7e, 0xfc, 0xe5, 0xd7, 0xb3, 0x7b, 0xf6, 0xf1, 0xff, 0xe3, 0xdb, 0xab, 0x4b,
	0x96, 0x31, 0x62, 0xc4, 0x95, 0x37, 0x6e, 0xdc, 0xa5, 0x57, 0xae, 0x41, 0x82, 0x19, 0x32,
	0x64, 0xc8, 0x8d, 0x07, 0x0e, 0x1c, 0x38, 0x70, 0xe0, 0xdd, 0xa7, 0x53, 0xa6, 0x51, 0xa2,
	0x59, 0xb2, 0x79, 0xf2, 0xf9, 0xef, 0xc3, 0x9b, 0x2b, 0x56, 0xac, 0x45, 0x8a, 0x09, 0x12,
	0x24, 0x48, 0x90, 0x3d, 0x7a, 0xf4, 0xf5, 0xf7, 0xf3, 0xfb, 0xeb, 0xcb, 0x8b, 0x0b, 0x16,
	0x2c, 0x58, 0xb0, 0x7d, 0xfa, 0xe9, 0xcf, 0x83, 0x1b, 0x36, 0x6c, 0xd8, 0xad, 0x47, 0x8e,
};

static const uint8_t gf_log[256] = {
	0x00, 0x00, 0x01, 0x19, 0x02, 0x32, 0x1a, 0xc6, 0x03, 0xdf, 0x33, 0xee, 0x1b, 0x68, 0xc7,
	0x4b, 0x04, 0x64, 0xe0, 0x0e, 0x34, 0x8d, 0xef, 0x81, 0x1c, 0xc1, 0x69, 0xf8, 0xc8, 0x08,
	0x4c, 0x71, 0x05, 0x8a, 0x65, 0x2f, 0xe1, 0x24, 0x0f, 0x21, 0x35, 0x93, 0x8e, 0xda, 0xf0,
	0x12, 0x82, 0x45, 0x1d, 0xb5, 0xc2, 0x7d, 0x6a, 0x27, 0xf9, 0xb9, 0xc9, 0x9a, 0x09, 0x78,
	0x4d, 0xe4, 0x72, 0xa6, 0x06, 0xbf, 0x8b, 0x62, 0x66, 0xdd, 0x30, 0xfd, 0xe2, 0x98, 0x25,
	0xb3, 0x10, 0x91, 0x22, 0x88, 0x36, 0xd0, 0x94, 0xce, 0x8f, 0x96, 0xdb, 0xbd, 0xf1, 0xd2,
	0x13, 0x5c, 0x83, 0x38, 0x46, 0x40, 0x1e, 0x42, 0xb6, 0xa3, 0xc3, 0x48, 0x7e, 0x6e, 0x6b,
	0x3a, 0x28, 0x54, 0xfa, 0x85, 0xba, 0x3d, 0xca, 0x5e, 0x9b, 0x9f, 0x0a, 0x15, 0x79, 0x2b,
	0x4e, 0xd4, 0xe5, 0xac, 0x73, 0xf3, 0xa7, 0x57, 0x07, 0x70, 0xc0, 0xf7, 0x8c, 0x80, 0x63,
	0x0d, 0x67, 0x4a, 0xde, 0xed, 0x31, 0xc5, 0xfe, 0x18, 0xe3, 0xa5, 0x99, 0x77, 0x26, 0xb8,
	0xb4, 0x7c, 0x11, 0x44, 0x92, 0xd9, 0x23, 0x20, 0x89, 0x2e, 0x37, 0x3f, 0xd1, 0x5b, 0x95,
	0xbc, 0xcf, 0xcd, 0x90, 0x87, 0x97, 0xb2, 0xdc, 0xfc, 0xbe, 0x61, 0xf2, 0x56, 0xd3, 0xab,
	0x14, 0x2a, 0x5d, 0x9e, 0x84, 0x3c, 0x39, 0x53, 0x47, 0x6d, 0x41, 0xa2, 0x1f, 0x2d, 0x43,
	0xd8, 0xb7, 0x7b, 0xa4, 0x76, 0xc4, 0x17, 0x49, 0xec, 0x7f, 0x0c, 0x6f, 0xf6, 0x6c, 0xa1,
	0x3b, 0x52, 0x29, 0x9d, 0x55, 0xaa, 0xfb, 0x60, 0x86, 0xb1, 0xbb, 0xcc, 0x3e, 0x5a, 0xcb,
	0x59, 0x5f, 0xb0, 0x9c, 0xa9, 0xa0, 0x51, 0x0b, 0xf5, 0x16, 0xeb, 0x7a, 0x75, 0x2c, 0xd7,
	0x4f, 0xae, 0xd5, 0xe9, 0xe6, 0xe7, 0xad, 0xe8, 0x74, 0xd6, 0xf4, 0xea, 0xa8, 0x50, 0x58,
	0xaf,
};

enum {
	GF_ORDER = 255, /* non-zero elements */
	FAST_WORDS = 4, /* rows of this many words have one entry per byte value */
	HALF_ROWS = 16, /* longer rows: 16 for the low half of a byte, 16 for the high */
	ERRORS_MAX = RS_ROOTS_MAX / 2
};

static uint8_t gf_mul(uint8_t a, uint8_t b)
{
	if (a == 0 || b == 0)
		return 0;

	uint32_t sum = (uint32_t)gf_log[a] + gf_log[b];

	return gf_exp[sum >= GF_ORDER ? sum - GF_ORDER : sum];
}

/* @b is not 0. */
static uint8_t gf_div(uint8_t a, uint8_t b)
{
	if (a == 0)
		return 0;

	uint32_t sum = (uint32_t)gf_log[a] + GF_ORDER - gf_log[b];

	return gf_exp[sum >= GF_ORDER ? sum - GF_ORDER : sum];
}

/* Four field elements in a word, each times alpha. */
static uint32_t gf_double4(uint32_t w)
{
	return (w & 0x7f7f7f7f) << 1 ^ (w >> 7 & 0x01010101) * 0x1d;
}

/* Value of a polynomial, coefficients low power first. */
static uint8_t poly_eval(const uint8_t *c, uint32_t n, uint8_t x)
{
	uint8_t v = 0;

	while (n-- > 0)
		v = gf_mul(v, x) ^ c[n];
	return v;
}

/* The generator without its leading 1, as a row of words. */
static void generator_row(uint32_t n_roots, uint32_t *row)
{
	uint8_t g[RS_ROOTS_MAX + 1] = { 1 }; /* low power first */

	for (uint32_t i = 0; i < n_roots; i++) { /* times (x - alpha^i) */
		for (uint32_t j = i + 1; j > 0; j--)
			g[j] = g[j - 1] ^ gf_mul(g[j], gf_exp[i]);
		g[0] = gf_mul(g[0], gf_exp[i]);
	}
	for (uint32_t j = 0; j < n_roots; j++)
		row[j / 4] |= (uint32_t)g[n_roots - 1 - j] << (j % 4 * 8);
}

/* Rows of the powers of two are doublings, all others sums of two earlier rows. */
static void fill_rows(uint32_t *rows, uint32_t n_rows, uint32_t n_words)
{
	for (uint32_t i = 2; i < n_rows; i++) {
		uint32_t low = i & (i - 1);
		uint32_t *row = rows + i * n_words;

		if (low == 0)
			for (uint32_t w = 0; w < n_words; w++)
				row[w] = gf_double4(rows[i / 2 * n_words + w]);
		else
			for (uint32_t w = 0; w < n_words; w++)
				row[w] = rows[low * n_words + w] ^ rows[(i ^ low) * n_words + w];
	}
}

enum om_err rs_init(struct rs *rs, uint32_t n_roots)
{
	if (n_roots < 1 || n_roots > RS_ROOTS_MAX)
		return OM_E_ARG;

	uint32_t n_words = (n_roots + 3) / 4;

	if (n_words < FAST_WORDS)
		n_words = FAST_WORDS;
	rs->n_roots = n_roots;
	rs->n_words = n_words;
	memset(rs->table, 0, 2 * n_words * sizeof(rs->table[0]));
	generator_row(n_roots, rs->table + n_words);
	if (n_words == FAST_WORDS) {
		fill_rows(rs->table, 256, n_words);
		return OM_OK;
	}
	fill_rows(rs->table, HALF_ROWS, n_words);

	uint32_t *high = rs->table + HALF_ROWS * n_words;

	memset(high, 0, n_words * sizeof(high[0]));
	for (uint32_t w = 0; w < n_words; w++)
		high[n_words + w] = gf_double4(rs->table[HALF_ROWS / 2 * n_words + w]);
	fill_rows(high, HALF_ROWS, n_words);
	return OM_OK;
}

/* Remainder of a block, up to 16 roots: the remainder stays in registers. */
static void divide_fast(const struct rs *rs, const uint8_t *data, size_t len, uint32_t *rem)
{
	uint32_t w0 = 0, w1 = 0, w2 = 0, w3 = 0;

	for (const uint8_t *end = data + len; data < end; data++) {
		const uint32_t *row = rs->table + (uint8_t)(w0 ^ *data) * FAST_WORDS;

		w0 = (w0 >> 8 | w1 << 24) ^ row[0];
		w1 = (w1 >> 8 | w2 << 24) ^ row[1];
		w2 = (w2 >> 8 | w3 << 24) ^ row[2];
		w3 = w3 >> 8 ^ row[3];
	}
	rem[0] = w0;
	rem[1] = w1;
	rem[2] = w2;
	rem[3] = w3;
}

static void divide_any(const struct rs *rs, const uint8_t *data, size_t len, uint32_t *rem)
{
	const uint32_t n_words = rs->n_words;

	memset(rem, 0, n_words * sizeof(rem[0]));
	for (const uint8_t *end = data + len; data < end; data++) {
		uint32_t f = (rem[0] ^ *data) & 0xff;
		const uint32_t *low = rs->table + (f & 15) * n_words;
		const uint32_t *high = rs->table + (HALF_ROWS + (f >> 4)) * n_words;
		uint32_t word = rem[0];

		for (uint32_t w = 0; w < n_words - 1; w++) {
			uint32_t next = rem[w + 1];

			rem[w] = (word >> 8 | next << 24) ^ low[w] ^ high[w];
			word = next;
		}
		rem[n_words - 1] = word >> 8 ^ low[n_words - 1] ^ high[n_words - 1];
	}
}

static void divide(const struct rs *rs, const uint8_t *data, size_t len, uint32_t *rem)
{
	if (rs->n_words == FAST_WORDS)
		divide_fast(rs, data, len, rem);
	else
		divide_any(rs, data, len, rem);
}

static uint8_t word_byte(const uint32_t *words, uint32_t j)
{
	return (uint8_t)(words[j / 4] >> (j % 4 * 8));
}

void rs_encode(const struct rs *rs, const uint8_t *data, size_t len, uint8_t *parity)
{
	uint32_t rem[RS_WORDS_MAX];

	divide(rs, data, len, rem);
	for (uint32_t j = 0; j < rs->n_roots; j++)
		parity[j] = word_byte(rem, j);
}

/*
 * Berlekamp-Massey: the shortest error locator that explains the syndromes. Returns its
 * degree, 0 if it needs more than n / 2 errors (a degree of 0 cannot explain any).
 */
static uint32_t find_locator(const uint8_t *syn, uint32_t n, uint8_t *loc)
{
	uint8_t prev[RS_ROOTS_MAX + 1] = { 1 };
	uint8_t old[RS_ROOTS_MAX + 1];
	uint32_t degree = 0;
	uint32_t shift = 1;
	uint8_t prev_delta = 1;

	loc[0] = 1;
	for (uint32_t i = 0; i < n; i++, shift++) {
		uint8_t delta = syn[i];

		for (uint32_t j = 1; j <= degree; j++)
			delta ^= gf_mul(loc[j], syn[i - j]);
		if (delta == 0)
			continue;

		uint8_t scale = gf_div(delta, prev_delta);

		memcpy(old, loc, n + 1);
		for (uint32_t j = 0; j + shift <= n; j++)
			loc[j + shift] ^= gf_mul(scale, prev[j]);
		if (2 * degree > i)
			continue;
		degree = i + 1 - degree;
		if (degree > n / 2)
			return 0;
		memcpy(prev, old, n + 1);
		prev_delta = delta;
		shift = 0;
	}
	return loc[degree] == 0 ? 0 : degree;
}

/* Powers of x at which the block is wrong; returns how many of the first @n powers. */
static uint32_t find_errors(const uint8_t *loc, uint32_t degree, size_t n, uint8_t *power)
{
	uint32_t found = 0;

	for (uint32_t p = 0; p < n && found < degree; p++) {
		uint8_t inverse = gf_exp[p == 0 ? 0 : GF_ORDER - p];

		if (poly_eval(loc, degree + 1, inverse) == 0)
			power[found++] = (uint8_t)p;
	}
	return found;
}

/* Forney with first root alpha^0: the value to add at power @p. */
static uint8_t error_value(const uint8_t *omega, const uint8_t *slope, uint32_t degree, uint32_t p)
{
	uint8_t inverse = gf_exp[p == 0 ? 0 : GF_ORDER - p];
	uint8_t value = gf_mul(gf_exp[p], poly_eval(omega, degree, inverse));

	return gf_div(value, poly_eval(slope, degree, inverse));
}

/*
 * @diff: computed minus stored parity as words, not all zero. A locator of full degree with all its
 * roots inside the block explains every syndrome, so the result needs no second check.
 */
static enum om_err repair(const struct rs *rs, const uint32_t *diff, uint8_t *data, size_t len,
			  uint32_t *corrected)
{
	const uint32_t n = rs->n_roots;
	uint8_t syn[RS_ROOTS_MAX];
	uint8_t loc[RS_ROOTS_MAX + 1] = { 0 };
	uint8_t omega[ERRORS_MAX] = { 0 };
	uint8_t slope[ERRORS_MAX + 1] = { 0 };
	uint8_t power[ERRORS_MAX];

	for (uint32_t i = 0; i < n; i++) {
		syn[i] = 0;
		for (uint32_t j = 0; j < n; j++)
			syn[i] = gf_mul(syn[i], gf_exp[i]) ^ word_byte(diff, j);
	}

	uint32_t degree = find_locator(syn, n, loc);

	if (degree == 0 || find_errors(loc, degree, len + n, power) != degree)
		return OM_E_CORRUPT;

	for (uint32_t i = 0; i < degree; i++)
		for (uint32_t j = 0; j <= i; j++)
			omega[i] ^= gf_mul(syn[i - j], loc[j]);
	for (uint32_t i = 1; i <= degree; i += 2)
		slope[i - 1] = loc[i];
	for (uint32_t i = 0; i < degree; i++)
		if (power[i] >= n) /* below: a parity byte, which nobody reads */
			data[len - 1 - (power[i] - n)] ^=
				error_value(omega, slope, degree, power[i]);
	*corrected = degree;
	return OM_OK;
}

enum om_err rs_correct(const struct rs *rs, uint8_t *data, size_t len, const uint8_t *parity,
		       uint32_t *corrected)
{
	const uint32_t n = rs->n_roots;
	uint32_t diff[RS_WORDS_MAX];
	uint32_t wrong = 0;

	if (len < 1 || len > RS_SYMBOLS_MAX - n)
		return OM_E_CORRUPT;
	divide(rs, data, len, diff);
	for (uint32_t j = 0; j < n; j++)
		diff[j / 4] ^= (uint32_t)parity[j] << (j % 4 * 8);
	for (uint32_t w = 0; w < rs->n_words; w++)
		wrong |= diff[w];
	if (wrong)
		return repair(rs, diff, data, len, corrected);
	*corrected = 0;
	return OM_OK;
}

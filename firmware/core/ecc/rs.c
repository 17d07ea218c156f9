/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block is checked by dividing it by the generator, RS_STEP bytes per step, with the
 * remainder in words; only when that remainder differs from the stored parity does the
 * slow part run, and it works on the difference alone. A remainder's first byte (the
 * highest power) is the low byte of word 0, on any CPU.
 *
 * What a byte of the block adds to the remainder at the end of its step is a product by a
 * constant row of words, so it is looked up: for each word of the remainder and each byte
 * of the step (or half of it, where whole ones would take too much memory) the table has a
 * column with the products of all values.
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
	WORD_BYTES = sizeof(rs_word),
	WIDE = WORD_BYTES > 4,
	SHORT_WORDS = 16 / WORD_BYTES, /* hold up to 16 roots, in registers */
	BYTE_WORDS = 4, /* up to so many words, the columns of whole bytes fit the table */
	CHECK_AT = WIDE ? SHORT_WORDS * RS_STEP * 256 : 0, /* in the table, after short codes' */
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

/* The field elements in a word, each times alpha. */
static rs_word gf_double(rs_word w)
{
	return (w & (rs_word)0x7f7f7f7f7f7f7f7f) << 1 ^
	       (w >> 7 & (rs_word)0x0101010101010101) * 0x1d;
}

static rs_word word_load(const uint8_t *p)
{
	return WIDE ? (rs_word)le64_load(p) : (rs_word)le32_load(p);
}

/* Value of a polynomial, coefficients low power first. */
static uint8_t poly_eval(const uint8_t *c, uint32_t n, uint8_t x)
{
	uint8_t v = 0;

	while (n-- > 0)
		v = gf_mul(v, x) ^ c[n];
	return v;
}

/*
 * The generator without its leading 1, highest power first. As its roots are successive
 * powers of alpha, each coefficient follows from the one before it (q-binomial theorem):
 * times alpha^(k - 1) * (1 + alpha^(n - k + 1)) / (1 + alpha^k).
 */
static void generator_row(uint32_t n_roots, rs_word *row)
{
	uint32_t log = 0;

	for (uint32_t k = 1; k <= n_roots; k++) {
		log += k - 1 + gf_log[1 ^ gf_exp[n_roots - k + 1]];
		log += (uint32_t)GF_ORDER - gf_log[1 ^ gf_exp[k]];
		while (log >= GF_ORDER) /* at most three times */
			log -= GF_ORDER;
		row[(k - 1) / WORD_BYTES] |= (rs_word)gf_exp[log] << ((k - 1) % WORD_BYTES * 8);
	}
}

/* Words from one column of a step's byte to the same one for the next remainder word. */
static size_t column_stride(const struct rs *rs)
{
	return (size_t)RS_STEP * (rs->bits == 8 ? 256 : 32);
}

/* The first column of the last byte of a step: what a single byte adds. */
static const rs_word *last_byte(const struct rs *rs)
{
	return rs->table + (size_t)(RS_STEP - 1) * (rs->bits == 8 ? 256 : 32);
}

/* Divide on by one byte. */
static void byte_step(const struct rs *rs, rs_word *rem, uint8_t byte)
{
	const size_t stride = column_stride(rs);
	const uint32_t f = (uint32_t)(rem[0] & 0xff) ^ byte;
	const rs_word *low = last_byte(rs);
	const rs_word *high = low; /* entry 0 of a column is 0 */
	rs_word word = rem[0];

	if (rs->bits == 8) {
		low += f;
	} else {
		high += 16 + (f >> 4);
		low += f & 15;
	}

	const rs_word *last = low + stride * (rs->n_words - 1);

	for (; low < last; low += stride, high += stride, rem++) {
		rs_word next = rem[1];

		rem[0] = (word >> 8 | next << (WORD_BYTES * 8 - 8)) ^ *low ^ *high;
		word = next;
	}
	rem[0] = word >> 8 ^ *low ^ *high;
}

/* Products by all values below @n; returns what @n times @one would be. */
static rs_word fill_column(rs_word *column, uint32_t n, rs_word one)
{
	column[0] = 0;
	for (uint32_t bit = 1; bit < n; bit *= 2) {
		for (uint32_t i = 0; i < bit; i++)
			column[bit + i] = column[i] ^ one;
		one = gf_double(one);
	}
	return one;
}

/*
 * With 8 or 16 roots a block is first checked by the code of the first 8 alone, whose remainder
 * is one word. Up to 8 wrong symbols never escape that, and of others one in 2^64.
 */
static bool has_check(const struct rs *rs)
{
	return WIDE && rs->n_words == SHORT_WORDS && rs->n_roots % WORD_BYTES == 0;
}

static void fill_check(struct rs *rs)
{
	rs_word *const columns = rs->table + CHECK_AT;
	const rs_word *const last = columns + (RS_STEP - 1) * 256;
	rs_word row = 0;

	generator_row(WORD_BYTES, &row);
	for (uint32_t byte = RS_STEP; byte-- > 0;) {
		fill_column(columns + (size_t)byte * 256, 256, row);
		row = row >> 8 ^ last[row & 0xff];
	}
}

enum om_err rs_init(struct rs *rs, uint32_t n_roots)
{
	rs_word row[RS_WORDS_MAX] = { 0 };

	if (n_roots < 1 || n_roots > RS_ROOTS_MAX)
		return OM_E_ARG;

	uint32_t n_words = (n_roots + WORD_BYTES - 1) / WORD_BYTES;

	if (n_words < SHORT_WORDS)
		n_words = SHORT_WORDS;
	if (WIDE && n_words > SHORT_WORDS)
		n_words = (n_words + 3) / 4 * 4; /* taken four at a time */
	rs->n_roots = n_roots;
	rs->n_words = n_words;
	rs->bits = n_words <= BYTE_WORDS ? 8 : 4;

	const size_t stride = column_stride(rs);

	generator_row(n_roots, row);
	for (uint32_t byte = RS_STEP; byte-- > 0;) {
		for (uint32_t w = 0; w < n_words; w++) {
			rs_word *column =
				rs->table + w * stride + (byte * 8 / rs->bits << rs->bits);
			rs_word next = fill_column(column, 1u << rs->bits, row[w]);

			if (rs->bits == 4)
				fill_column(column + 16, 16, next);
		}
		byte_step(rs, row, 0);
	}
	if (has_check(rs))
		fill_check(rs);
	return OM_OK;
}

/* Remainder of a block, a byte per step, up to 16 roots: it stays in registers. */
static void divide_short(const struct rs *rs, const uint8_t *data, size_t len, rs_word *rem)
{
	rs_word w0 = 0, w1 = 0, w2 = 0, w3 = 0;

	do {
		const rs_word *entry = rs->table + (uint8_t)(w0 ^ *data++);

		w0 = (w0 >> 8 | w1 << 24) ^ entry[0];
		w1 = (w1 >> 8 | w2 << 24) ^ entry[256];
		w2 = (w2 >> 8 | w3 << 24) ^ entry[512];
		w3 = w3 >> 8 ^ entry[768];
	} while (--len > 0); /* no block is empty */
	rem[0] = w0;
	rem[1] = w1;
	rem[2] = w2;
	rem[3] = w3;
}

static void divide_any(const struct rs *rs, const uint8_t *data, size_t len, rs_word *rem)
{
	memset(rem, 0, rs->n_words * sizeof(rem[0]));
	for (size_t i = 0; i < len; i++)
		byte_step(rs, rem, data[i]);
}

/* ---- a word per step ------------------------------------------------------------------- */

typedef rs_word byte_column[256];
typedef rs_word half_column[16];

static inline rs_word gather_pair(const byte_column *t, uint32_t x)
{
	return t[0][x & 0xff] ^ t[1][x >> 8 & 0xff];
}

/* What the bytes of a word add to one word of the remainder. */
static inline rs_word gather(const byte_column *t, rs_word word)
{
	const uint64_t x = word;

	/* in pairs: x86 gets at two bytes of a register without a shift */
	return gather_pair(t, (uint32_t)x) ^ gather_pair(t + 2, (uint32_t)(x >> 16)) ^
	       gather_pair(t + 4, (uint32_t)(x >> 32)) ^ gather_pair(t + 6, (uint32_t)(x >> 48));
}

/* The first step's word: zeros in front of a block change nothing. Takes @len % 8 bytes. */
static rs_word word_first(const uint8_t *data, size_t len)
{
	rs_word x = 0;

	for (size_t i = 0; i < len % WORD_BYTES; i++)
		x = x >> 8 | (rs_word)data[i] << (WORD_BYTES * 8 - 8);
	return x;
}

/* Is a block right, by the first 8 roots? */
static bool is_right(const struct rs *rs, const uint8_t *data, size_t len, const uint8_t *parity)
{
	const byte_column *t = (const byte_column *)(rs->table + CHECK_AT);
	const uint8_t *end = data + len;
	rs_word rem = gather(t, word_first(data, len));

	for (data += len % WORD_BYTES; data < end; data += WORD_BYTES)
		rem = gather(t, rem ^ word_load(data));
	for (end = parity + rs->n_roots; parity < end; parity += WORD_BYTES)
		rem = gather(t, rem ^ word_load(parity));
	return rem == 0;
}

/* Up to 16 roots. */
static void divide_2_words(const struct rs *rs, const uint8_t *data, size_t len, rs_word *rem)
{
	const byte_column *t = (const byte_column *)rs->table;
	const uint8_t *end = data + len;
	rs_word w0 = 0, w1 = 0;

	if (len % WORD_BYTES) {
		rs_word x = word_first(data, len);

		w0 = gather(t, x);
		w1 = gather(t + RS_STEP, x);
		data += len % WORD_BYTES;
	}
	for (; data < end; data += WORD_BYTES) {
		rs_word x = w0 ^ word_load(data);

		w0 = w1 ^ gather(t, x);
		w1 = gather(t + RS_STEP, x);
	}
	rem[0] = w0;
	rem[1] = w1;
}

/* Up to 32 roots. */
static void divide_4_words(const struct rs *rs, const uint8_t *data, size_t len, rs_word *rem)
{
	const byte_column *t = (const byte_column *)rs->table;
	const uint8_t *end = data + len;
	rs_word w0 = 0, w1 = 0, w2 = 0, w3 = 0;
	rs_word x = word_first(data, len);

	for (data += len % WORD_BYTES;; data += WORD_BYTES) {
		w0 = w1 ^ gather(t, x);
		w1 = w2 ^ gather(t + RS_STEP, x);
		w2 = w3 ^ gather(t + 2 * RS_STEP, x);
		w3 = gather(t + 3 * RS_STEP, x);
		if (data == end)
			break;
		x = w0 ^ word_load(data);
	}
	rem[0] = w0;
	rem[1] = w1;
	rem[2] = w2;
	rem[3] = w3;
}

/* Divide on by a word, which has word 0 of the remainder in it already. */
static void word_step(const struct rs *rs, rs_word *rem, uint64_t word)
{
	const half_column *t = (const half_column *)rs->table;

	for (uint32_t w = 0; w < rs->n_words; w += 4, t += 4 * 2 * RS_STEP) {
		rs_word w0 = rem[w + 1], w1 = rem[w + 2], w2 = rem[w + 3];
		rs_word w3 = w + 4 < rs->n_words ? rem[w + 4] : 0;

		for (uint32_t i = 0; i < 2 * RS_STEP; i++) {
			const uint32_t half = word >> i * 4 & 15;

			w0 ^= t[i][half];
			w1 ^= t[i + 2 * RS_STEP][half];
			w2 ^= t[i + 4 * RS_STEP][half];
			w3 ^= t[i + 6 * RS_STEP][half];
		}
		rem[w] = w0;
		rem[w + 1] = w1;
		rem[w + 2] = w2;
		rem[w + 3] = w3;
	}
}

static void divide_wide(const struct rs *rs, const uint8_t *data, size_t len, rs_word *rem)
{
	const uint8_t *end = data + len;

	memset(rem, 0, rs->n_words * sizeof(rem[0]));
	word_step(rs, rem, word_first(data, len));
	for (data += len % WORD_BYTES; data < end; data += WORD_BYTES)
		word_step(rs, rem, rem[0] ^ word_load(data));
}

static void divide(const struct rs *rs, const uint8_t *data, size_t len, rs_word *rem)
{
	if (WIDE && rs->n_words == SHORT_WORDS)
		divide_2_words(rs, data, len, rem);
	else if (WIDE && rs->n_words == BYTE_WORDS)
		divide_4_words(rs, data, len, rem);
	else if (WIDE)
		divide_wide(rs, data, len, rem);
	else if (rs->n_words == SHORT_WORDS)
		divide_short(rs, data, len, rem);
	else
		divide_any(rs, data, len, rem);
}

static uint8_t word_byte(const rs_word *words, uint32_t j)
{
	return (uint8_t)(words[j / WORD_BYTES] >> (j % WORD_BYTES * 8));
}

void rs_encode(const struct rs *rs, const uint8_t *data, size_t len, uint8_t *parity)
{
	rs_word rem[RS_WORDS_MAX];

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
static enum om_err repair(const struct rs *rs, const rs_word *diff, uint8_t *data, size_t len,
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
	rs_word diff[RS_WORDS_MAX];
	rs_word wrong = 0;
	uint32_t j = 0;

	if (len < 1 || len > RS_SYMBOLS_MAX - n)
		return OM_E_CORRUPT;
	if (has_check(rs) && is_right(rs, data, len, parity)) {
		*corrected = 0;
		return OM_OK;
	}
	divide(rs, data, len, diff);
	/* words after the parity's last byte are 0 */
	for (; n - j >= WORD_BYTES; j += WORD_BYTES)
		wrong |= diff[j / WORD_BYTES] ^= word_load(parity + j);
	for (; j < n; j++)
		diff[j / WORD_BYTES] ^= (rs_word)parity[j] << (j % WORD_BYTES * 8);
	wrong |= diff[(n - 1) / WORD_BYTES];
	if (wrong)
		return repair(rs, diff, data, len, corrected);
	*corrected = 0;
	return OM_OK;
}

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
	LINE_BYTES = ARMOR_PAYLOAD_BYTES,
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
		uint32_t at = 0;

		for (uint32_t i = 0; i < degree; i++) {
			at = le16_load(gen + 2 * i);
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
	if (n_data < 1 || n_data > ARMOR_DATA_MAX || n_parity > ARMOR_PARITY_MAX)
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

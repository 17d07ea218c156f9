/* SPDX-License-Identifier: BSD-2-Clause */
/* Parity of lines against the definition: the code word is 0 at every root, column by column. */
#include "core/rs16.h"
#include "support.h"

enum { PAYLOAD = ARMOR_PAYLOAD_BYTES };

/* Bit by bit, from the polynomial of the document alone. */
static uint32_t plain_mul(uint32_t x, uint32_t y)
{
	uint32_t product = 0;

	for (; y; y >>= 1) {
		if (y & 1)
			product ^= x;
		x <<= 1;
		if (x & 0x10000)
			x ^= 0x1100b;
	}
	return product;
}

static void test_a_generates_the_field(void **state)
{
	uint32_t power = 1;
	uint32_t n = 0;

	(void)state;
	do {
		power = plain_mul(power, 2);
		n++;
	} while (power != 1 && n <= 65536);
	assert_int_equal(n, 65535);
}

struct group {
	uint32_t n_data, n_parity;
	uint8_t *data, *parity;
};

/* Parity of random lines, in memory of exactly the sizes told. */
static struct group make_group(uint32_t n_data, uint32_t n_parity, uint64_t seed)
{
	struct prng rng = { seed };
	const size_t cap = rs16_encode_bytes(n_parity);
	struct group g = { n_data, n_parity, malloc((size_t)n_data * PAYLOAD),
			   malloc((size_t)n_parity * PAYLOAD) };
	struct workspace work = { malloc(cap), cap };

	assert_true(g.data && work.p && (g.parity || n_parity == 0));
	assert_true(cap <= RS16_ENCODE_BYTES);
	prng_fill(&rng, g.data, (size_t)n_data * PAYLOAD);
	prng_fill(&rng, g.parity, (size_t)n_parity * PAYLOAD);
	assert_int_equal(rs16_parity(g.data, n_data, n_parity, work, g.parity), OM_OK);
	free(work.p);
	return g;
}

static void drop_group(struct group *g)
{
	free(g->data);
	free(g->parity);
}

static uint16_t symbol_of(const uint8_t *lines, size_t line, uint32_t column)
{
	const uint8_t *p = lines + line * PAYLOAD + 2 * (size_t)column;

	return (uint16_t)(p[0] | p[1] << 8);
}

/* One column, data first. */
static void column_of(const struct group *g, uint32_t column, uint16_t *symbols)
{
	for (uint32_t i = 0; i < g->n_data; i++)
		symbols[i] = symbol_of(g->data, i, column);
	for (uint32_t i = 0; i < g->n_parity; i++)
		symbols[g->n_data + i] = symbol_of(g->parity, i, column);
}

/* The value at @root of the code word: data(i) at x^(n_parity + i), parity(i) at x^i. */
static uint32_t value_at(const struct group *g, const uint16_t *symbols, uint32_t root)
{
	uint32_t value = 0;

	for (uint32_t i = g->n_data; i-- > 0;)
		value = plain_mul(root, value) ^ symbols[i];
	for (uint32_t i = g->n_parity; i-- > 0;)
		value = plain_mul(root, value) ^ symbols[g->n_data + i];
	return value;
}

static const struct {
	uint32_t n_data, n_parity;
} shapes[] = {
	{ 1, 0 },   { 1, 1 },	 { 1, 13 },   { 2, 1 },	     { 5, 5 },	  { 13, 4 },   { 3, 40 },
	{ 60, 18 }, { 250, 38 }, { 1024, 1 }, { 1024, 154 }, { 1, 1024 }, { 40, 300 },
};

static void test_parity(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		struct group g = make_group(shapes[i].n_data, shapes[i].n_parity, i + 1);
		uint16_t symbols[ARMOR_LINES_MAX];

		print_message("  row: %u + %u lines\n", g.n_data, g.n_parity);
		/* every column of small groups; first, last and one between of large ones */
		for (uint32_t c = 0; c<RS16_COLUMNS; c += g.n_data> 60 ? 13 : 1) {
			uint32_t root = 1;

			column_of(&g, c, symbols);
			for (uint32_t j = 0; j < g.n_parity; j++) {
				assert_int_equal(value_at(&g, symbols, root), 0);
				root = plain_mul(root, 2);
			}
		}
		drop_group(&g);
	}
}

/* Lines of zeros behind the data change nothing. */
static void test_zeros_behind(void **state)
{
	uint8_t data[9 * PAYLOAD] = { 0 };
	uint8_t work[RS16_ENCODE_BYTES];
	uint8_t some[14 * PAYLOAD];
	uint8_t all[14 * PAYLOAD];
	struct prng rng = { 4 };

	(void)state;
	prng_fill(&rng, data, 5 * PAYLOAD);
	assert_int_equal(rs16_parity(data, 5, 14, (struct workspace){ work, sizeof(work) }, some),
			 OM_OK);
	assert_int_equal(rs16_parity(data, 9, 14, (struct workspace){ work, sizeof(work) }, all),
			 OM_OK);
	assert_memory_equal(some, all, sizeof(all));
}

static const struct {
	const char *name;
	uint32_t n_data, n_parity;
	size_t too_little; /* of the workspace */
	enum om_err err;
} refusals[] = {
	{ "no data", 0, 12, 0, OM_E_ARG },
	{ "too much data", 1025, 12, 0, OM_E_ARG },
	{ "far too much data", 0xffffffff, 12, 0, OM_E_ARG },
	{ "too much parity", 5, 1025, 0, OM_E_ARG },
	{ "far too much parity", 5, 0xffffffff, 0, OM_E_ARG },
	{ "workspace a byte short", 5, 12, 1, OM_E_NO_SPACE },
	{ "no workspace", 5, 12, SIZE_MAX, OM_E_NO_SPACE },
};

static void test_parity_refuses(void **state)
{
	uint8_t data[5 * PAYLOAD] = { 1 };
	uint8_t bytes[RS16_ENCODE_BYTES];
	uint8_t parity[12 * PAYLOAD];
	uint8_t before[12 * PAYLOAD];

	(void)state;
	memset(parity, 0x5a, sizeof(parity));
	memcpy(before, parity, sizeof(before));
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const size_t cap = rs16_encode_bytes(12);
		struct workspace work = {
			bytes, cap - (refusals[i].too_little < cap ? refusals[i].too_little : cap)
		};

		CASE(refusals[i].name);
		assert_int_equal(
			rs16_parity(data, refusals[i].n_data, refusals[i].n_parity, work, parity),
			refusals[i].err);
		assert_memory_equal(parity, before, sizeof(before));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_generates_the_field),
		cmocka_unit_test(test_parity),
		cmocka_unit_test(test_zeros_behind),
		cmocka_unit_test(test_parity_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

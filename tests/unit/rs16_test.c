/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parity of lines against the definition: the code word is 0 at every root, column by column.
 * Repair of what parity made, then spoiled: all losses within reach, refusals beyond.
 */
#include "core/ecc/rs16.h"
#include "core/report/armor.h"
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

/* The document's example: a symbol 1 in one of two data lines, two parity lines. */
static void test_example(void **state)
{
	static const uint16_t want[2][2] = { { 2, 3 }, { 6, 7 } };
	uint8_t bytes[RS16_ENCODE_BYTES];

	(void)state;
	for (size_t line = 0; line < 2; line++) {
		uint8_t data[2 * PAYLOAD] = { 0 };
		uint8_t parity[2 * PAYLOAD];

		data[line * PAYLOAD + 10] = 1;
		assert_int_equal(
			rs16_parity(data, 2, 2, (struct workspace){ bytes, sizeof(bytes) }, parity),
			OM_OK);
		for (size_t i = 0; i < 2; i++)
			for (uint32_t c = 0; c < RS16_COLUMNS; c++)
				assert_int_equal(symbol_of(parity, i, c),
						 c == 5 ? want[line][i] : 0);
	}
}

/* Lines of zeros after the data change nothing. */
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

/* ---- repair ------------------------------------------------------------------------------ */

/* One column, as sent and as received. */
struct word {
	uint32_t n_data, n_parity, n;
	uint16_t sent[ARMOR_LINES_MAX];
	uint16_t got[ARMOR_LINES_MAX];
	uint8_t states[ARMOR_LINES_MAX];
	struct workspace work;
};

static void word_make(struct word *w, uint32_t n_data, uint32_t n_parity, uint64_t seed)
{
	struct group g = make_group(n_data, n_parity, seed);

	w->n_data = n_data;
	w->n_parity = n_parity;
	w->n = n_data + n_parity;
	column_of(&g, (uint32_t)(seed % RS16_COLUMNS), w->sent);
	drop_group(&g);
	w->work.cap = rs16_repair_bytes(n_parity);
	w->work.p = malloc(w->work.cap);
	assert_non_null(w->work.p);
}

static void word_reset(struct word *w)
{
	memcpy(w->got, w->sent, sizeof(w->got));
	memset(w->states, RS16_KNOWN, sizeof(w->states));
}

/* @left places from @rng with another state, and with another value if @spoil. */
static void word_hit(struct word *w, struct prng *rng, enum rs16_state state, uint32_t left,
		     bool spoil)
{
	while (left > 0) {
		const uint32_t i = prng_below(rng, w->n);

		if (w->states[i] != RS16_KNOWN)
			continue;
		w->states[i] = (uint8_t)state;
		if (spoil)
			w->got[i] ^= (uint16_t)(1 + prng_below(rng, 65535));
		left--;
	}
}

/* What comes out, and that nothing changes where it fails. */
static void word_expect(struct word *w, enum om_err err, uint32_t repaired)
{
	static uint16_t before[ARMOR_LINES_MAX];
	uint32_t n = 7777;

	memcpy(before, w->got, sizeof(before));
	assert_int_equal(rs16_repair(w->got, w->states, w->n_data, w->n_parity, w->work, &n), err);
	assert_int_equal(n, err == OM_OK ? repaired : 7777);
	assert_memory_equal(w->got, err == OM_OK ? w->sent : before, w->n * sizeof(w->got[0]));
}

static const struct {
	uint32_t n_data, n_parity;
	uint32_t step; /* between the places tried */
} losses[] = {
	{ 1, 1, 1 },	{ 1, 13, 1 },	   { 10, 13, 1 },    { 60, 18, 1 },
	{ 250, 38, 7 }, { 1024, 154, 97 }, { 1, 1024, 111 }, { 1024, 1024, 411 },
};

static void lose_burst(struct word *w, uint32_t at, uint32_t len)
{
	word_reset(w);
	if (len > w->n - at)
		len = w->n - at;
	for (uint32_t i = at; i < at + len; i++) {
		w->states[i] = RS16_LOST;
		w->got[i] = (uint16_t)(i * 257);
	}
	word_expect(w, len <= w->n_parity ? OM_OK : OM_E_CORRUPT, len);
}

/* Each single line, bursts of as many as there are parity lines and one more, wherever they begin.
 */
static void test_losses(void **state)
{
	static struct word w;

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(losses); r++) {
		print_message("  row: %u + %u lines\n", losses[r].n_data, losses[r].n_parity);
		word_make(&w, losses[r].n_data, losses[r].n_parity, r + 1);
		for (uint32_t at = 0; at < w.n; at += losses[r].step) {
			lose_burst(&w, at, 1);
			lose_burst(&w, at, w.n_parity);
			lose_burst(&w, at, w.n_parity + 1);
		}
		free(w.work.p);
	}
}

static const struct {
	const char *name;
	uint32_t n_data, n_parity;
	uint32_t lost, suspect, wrong; /* of the lines; wrong: further ones, suspect and spoiled */
	uint32_t known_wrong;
	enum om_err err;
} repairs[] = {
	{ "nothing lost", 20, 14, 0, 0, 0, 0, OM_OK },
	{ "nothing lost, no parity", 20, 0, 0, 0, 0, 0, OM_OK },
	{ "one lost, no parity", 20, 0, 1, 0, 0, 0, OM_E_CORRUPT },
	{ "a suspect, no parity", 20, 0, 0, 1, 0, 0, OM_E_CORRUPT },
	{ "as many lost as parity", 20, 14, 14, 0, 0, 0, OM_OK },
	{ "one more", 20, 14, 15, 0, 0, 0, OM_E_CORRUPT },
	{ "everything lost", 20, 14, 34, 0, 0, 0, OM_E_CORRUPT },
	{ "everything lost but enough", 3, 40, 40, 0, 0, 0, OM_OK },
	{ "full size, all parity's worth", 1024, 154, 154, 0, 0, 0, OM_OK },
	{ "full size, one more", 1024, 154, 155, 0, 0, 0, OM_E_CORRUPT },
	{ "largest, all parity's worth", 1024, 1024, 1024, 0, 0, 0, OM_OK },
	{ "smallest, all parity's worth", 1, 1024, 1024, 0, 0, 0, OM_OK },
	{ "all suspects right, few", 20, 14, 0, 14, 0, 0, OM_OK },
	{ "all suspects right, many", 20, 14, 0, 30, 0, 0, OM_OK },
	{ "all suspects wrong, few", 20, 14, 0, 0, 14, 0, OM_OK },
	{ "all suspects wrong, one too many", 20, 14, 0, 0, 15, 0, OM_E_CORRUPT },
	{ "lost and wrong, few", 20, 14, 7, 0, 7, 0, OM_OK },
	{ "of many suspects six wrong", 20, 14, 0, 28, 6, 0, OM_OK },
	{ "of many suspects seven wrong", 20, 14, 0, 27, 7, 0, OM_E_CORRUPT },
	{ "four lost, four wrong", 20, 14, 4, 20, 4, 0, OM_OK },
	{ "four lost, five wrong", 20, 14, 4, 20, 5, 0, OM_E_CORRUPT },
	{ "odd number of parity lines", 20, 13, 0, 28, 5, 0, OM_OK },
	{ "odd number, one more", 20, 13, 0, 27, 6, 0, OM_E_CORRUPT },
	{ "suspects right, two spare", 20, 14, 12, 20, 0, 0, OM_OK },
	{ "suspects right, one spare", 20, 14, 13, 20, 0, 0, OM_E_CORRUPT },
	{ "suspects right, none spare", 20, 14, 14, 20, 0, 0, OM_E_CORRUPT },
	{ "full size, suspects everywhere", 1024, 154, 10, 1000, 71, 0, OM_OK },
	{ "full size, one wrong too many", 1024, 154, 10, 1000, 72, 0, OM_E_CORRUPT },
	{ "largest, suspects everywhere", 1024, 1024, 0, 1500, 511, 0, OM_OK },
	{ "a known one is wrong", 20, 14, 0, 0, 0, 1, OM_E_CORRUPT },
	{ "many known ones are wrong", 20, 14, 0, 0, 0, 30, OM_E_CORRUPT },
	{ "known wrong, thirteen lost", 20, 14, 13, 0, 0, 1, OM_E_CORRUPT },
	{ "known wrong, ten lost", 20, 14, 10, 0, 0, 4, OM_E_CORRUPT },
	{ "known wrong beside suspects", 20, 14, 0, 25, 0, 1, OM_E_CORRUPT },
	{ "known wrong beside wrong suspects", 20, 14, 0, 20, 3, 2, OM_E_CORRUPT },
	{ "full size, known wrong", 1024, 154, 100, 60, 0, 1, OM_E_CORRUPT },
};

static void test_repairs(void **state)
{
	static struct word w;

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(repairs); r++) {
		struct prng rng = { r + 1 };

		CASE(repairs[r].name);
		word_make(&w, repairs[r].n_data, repairs[r].n_parity, r + 1);
		for (uint32_t round = w.n > 100 ? 3 : 40; round > 0; round--) {
			word_reset(&w);
			word_hit(&w, &rng, RS16_LOST, repairs[r].lost, true);
			word_hit(&w, &rng, RS16_SUSPECT, repairs[r].suspect, false);
			word_hit(&w, &rng, RS16_SUSPECT, repairs[r].wrong, true);
			for (uint32_t left = repairs[r].known_wrong; left > 0;) {
				const uint32_t i = prng_below(&rng, w.n);

				if (w.states[i] != RS16_KNOWN || w.got[i] != w.sent[i])
					continue;
				w.got[i] ^= (uint16_t)(1 + prng_below(&rng, 65535));
				left--;
			}
			word_expect(&w, repairs[r].err, repairs[r].lost + repairs[r].wrong);
		}
		free(w.work.p);
	}
}

/* Nothing but chance: all suspect, or half of them lost. No code word is found in noise. */
static void test_noise(void **state)
{
	static struct word w;
	struct prng rng = { 77 };

	(void)state;
	word_make(&w, 20, 14, 1);
	for (uint32_t round = 0; round < 2000; round++) {
		word_reset(&w);
		for (uint32_t i = 0; i < w.n; i++) {
			w.got[i] = (uint16_t)prng_next(&rng);
			w.states[i] = RS16_SUSPECT;
		}
		for (uint32_t i = 0; i < round % 16; i++)
			w.states[2 * i] = RS16_LOST;
		word_expect(&w, OM_E_CORRUPT, 0);
	}
	free(w.work.p);
}

static const struct {
	const char *name;
	uint32_t n_data, n_parity;
	size_t too_little;
	enum om_err err;
} repair_refusals[] = {
	{ "no data", 0, 12, 0, OM_E_ARG },
	{ "too much data", 1025, 12, 0, OM_E_ARG },
	{ "far too much data", 0xffffffff, 12, 0, OM_E_ARG },
	{ "too much parity", 5, 1025, 0, OM_E_ARG },
	{ "far too much parity", 5, 0xffffffff, 0, OM_E_ARG },
	{ "workspace a byte short", 5, 12, 1, OM_E_NO_SPACE },
};

static void test_repair_refuses(void **state)
{
	static struct word w;
	uint32_t n = 5;

	(void)state;
	word_make(&w, 5, 12, 1);
	word_reset(&w);
	w.states[2] = RS16_LOST;
	w.got[2] = 0x1234;
	for (size_t i = 0; i < ARRAY_LEN(repair_refusals); i++) {
		const struct workspace work = { w.work.p,
						w.work.cap - repair_refusals[i].too_little };

		CASE(repair_refusals[i].name);
		assert_int_equal(rs16_repair(w.got, w.states, repair_refusals[i].n_data,
					     repair_refusals[i].n_parity, work, &n),
				 repair_refusals[i].err);
		assert_int_equal(w.got[2], 0x1234);
		assert_int_equal(n, 5);
	}
	free(w.work.p);
}

/* A workspace may begin at any address. */
static void test_repair_anywhere(void **state)
{
	static struct word w;
	uint8_t *bytes;

	(void)state;
	word_make(&w, 9, 13, 3);
	free(w.work.p);
	bytes = malloc(w.work.cap + 3);
	assert_non_null(bytes);
	for (uint32_t at = 0; at < 4; at++) {
		w.work.p = bytes + at;
		lose_burst(&w, 4, w.n_parity);
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_generates_the_field),
		cmocka_unit_test(test_parity),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_zeros_behind),
		cmocka_unit_test(test_parity_refuses),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_repairs),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_repair_refuses),
		cmocka_unit_test(test_repair_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

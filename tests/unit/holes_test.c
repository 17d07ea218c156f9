/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/holes.h"
#include "support.h"

static const struct {
	const char *name;
	struct hole add[4]; /* len 0 ends the list */
	uint32_t n;
	struct hole want[3];
} rows[] = {
	{ "nothing", { { 0, 0 } }, 0, { { 0, 0 } } },
	{ "one", { { 5, 3 } }, 1, { { 5, 3 } } },
	{ "sorted", { { 50, 1 }, { 5, 3 } }, 2, { { 5, 3 }, { 50, 1 } } },
	{ "side by side", { { 0, 128 }, { 128, 128 } }, 1, { { 0, 256 } } },
	{ "side by side, backwards", { { 128, 128 }, { 0, 128 } }, 1, { { 0, 256 } } },
	{ "one byte between", { { 0, 10 }, { 11, 10 } }, 2, { { 0, 10 }, { 11, 10 } } },
	{ "inside another", { { 0, 100 }, { 10, 5 } }, 1, { { 0, 100 } } },
	{ "around another", { { 10, 5 }, { 0, 100 } }, 1, { { 0, 100 } } },
	{ "same start, longer", { { 10, 5 }, { 10, 50 } }, 1, { { 10, 50 } } },
	{ "same start, shorter", { { 10, 50 }, { 10, 5 } }, 1, { { 10, 50 } } },
	{ "a bridge", { { 0, 10 }, { 20, 10 }, { 5, 20 } }, 1, { { 0, 30 } } },
	{ "the end of numbers", { { UINT32_MAX - 4, 100 } }, 1, { { UINT32_MAX - 4, 4 } } },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct holes h = { 0 };

		CASE(rows[i].name);
		for (size_t k = 0; k < ARRAY_LEN(rows[i].add) && rows[i].add[k].len; k++)
			holes_add(&h, rows[i].add[k].off, rows[i].add[k].len);
		assert_int_equal(h.n, rows[i].n);
		for (uint32_t k = 0; k < h.n; k++) {
			assert_int_equal(h.at[k].off, rows[i].want[k].off);
			assert_int_equal(h.at[k].len, rows[i].want[k].len);
		}
	}
}

/* Against a map of bytes: nothing marked is ever forgotten, and what is listed is in order. */
static void test_never_too_little(void **state)
{
	enum { BYTES = 4096 };
	struct prng rng = { 7 };

	(void)state;
	for (int round = 0; round < 300; round++) {
		bool marked[BYTES] = { false };
		struct holes h = { 0 };
		const uint32_t n = prng_below(&rng, 60);

		for (uint32_t k = 0; k < n; k++) {
			const uint32_t off = prng_below(&rng, BYTES - 100);
			const uint32_t len = prng_below(&rng, 100);

			holes_add(&h, off, len);
			memset(marked + off, 1, len);
			for (uint32_t i = 0; i < BYTES; i++)
				assert_true(!marked[i] || holes_touch(&h, i, 1));
		}
		assert_in_range(h.n, 0, HOLES_MAX);

		uint32_t bytes = 0;

		for (uint32_t i = 0; i < BYTES; i++)
			bytes += holes_touch(&h, i, 1);
		assert_int_equal(holes_bytes(&h), bytes);
		for (uint32_t k = 1; k < h.n; k++)
			assert_true(h.at[k].off > h.at[k - 1].off + h.at[k - 1].len);
	}
}

static const struct {
	const char *name;
	uint32_t off, len;
	uint32_t n;
	struct hole want[2];
} cuts[] = {
	/* of [10, 20) and [30, 40) */
	{ "all", 0, 100, 2, { { 10, 10 }, { 30, 10 } } },
	{ "counted from the cut", 5, 100, 2, { { 5, 10 }, { 25, 10 } } },
	{ "cut in front", 15, 100, 2, { { 0, 5 }, { 15, 10 } } },
	{ "cut after", 0, 35, 2, { { 10, 10 }, { 30, 5 } } },
	{ "within one", 12, 4, 1, { { 0, 4 } } },
	{ "between", 20, 10, 0, { { 0, 0 } } },
	{ "after all", 40, UINT32_MAX, 0, { { 0, 0 } } },
	{ "to the end of numbers", 35, UINT32_MAX, 1, { { 0, 5 } } },
};

static void test_within(void **state)
{
	struct holes all = { 0 };

	(void)state;
	holes_add_until(&all, 10, 20);
	holes_add_until(&all, 30, 40);
	holes_add_until(&all, 50, 50);
	holes_add_until(&all, 60, 5);
	assert_int_equal(all.n, 2);
	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		const struct holes h = holes_within(&all, cuts[i].off, cuts[i].len);

		CASE(cuts[i].name);
		assert_int_equal(h.n, cuts[i].n);
		for (uint32_t k = 0; k < h.n; k++) {
			assert_int_equal(h.at[k].off, cuts[i].want[k].off);
			assert_int_equal(h.at[k].len, cuts[i].want[k].len);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_never_too_little),
					    cmocka_unit_test(test_within) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of ranges: rows of what goes in and what must be in the set afterwards. */
#include "core/base/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOP UINT64_MAX

struct step {
	char op; /* '+' add, '-' remove, 0 ends the row */
	struct range r;
};

static const struct {
	const char *what;
	struct step steps[6];
	struct range want[5]; /* ends with an empty one */
} set_rows[] = {
	{ "an empty range is ignored", { { '+', { 5, 0 } } }, { { 0, 0 } } },
	{ "sorted by base", { { '+', { 50, 5 } }, { '+', { 10, 5 } } }, { { 10, 5 }, { 50, 5 } } },
	{ "neighbours merge", { { '+', { 10, 5 } }, { '+', { 15, 5 } } }, { { 10, 10 } } },
	{ "overlaps merge", { { '+', { 10, 5 } }, { '+', { 5, 7 } } }, { { 5, 10 } } },
	{ "one byte between stays apart",
	  { { '+', { 10, 5 } }, { '+', { 16, 5 } } },
	  { { 10, 5 }, { 16, 5 } } },
	{ "one bridges three",
	  { { '+', { 0, 2 } }, { '+', { 4, 2 } }, { '+', { 8, 2 } }, { '+', { 1, 8 } } },
	  { { 0, 10 } } },
	{ "inside another changes nothing",
	  { { '+', { 0, 9 } }, { '+', { 3, 2 } } },
	  { { 0, 9 } } },
	{ "the end does not wrap", { { '+', { TOP - 4, 100 } } }, { { TOP - 4, 4 } } },
	{ "remove splits", { { '+', { 0, 9 } }, { '-', { 3, 2 } } }, { { 0, 3 }, { 5, 4 } } },
	{ "remove the start", { { '+', { 4, 6 } }, { '-', { 0, 6 } } }, { { 6, 4 } } },
	{ "remove the end", { { '+', { 4, 6 } }, { '-', { 8, 60 } } }, { { 4, 4 } } },
	{ "remove all of several",
	  { { '+', { 4, 6 } }, { '+', { 20, 2 } }, { '+', { 30, 2 } }, { '-', { 0, 25 } } },
	  { { 30, 2 } } },
	{ "remove with a wrapping size", { { '+', { 4, 6 } }, { '-', { 6, TOP } } }, { { 4, 2 } } },
	{ "remove nothing", { { '+', { 4, 6 } }, { '-', { 6, 0 } } }, { { 4, 6 } } },
	{ "remove beside", { { '+', { 4, 6 } }, { '-', { 10, 3 } } }, { { 4, 6 } } },
};

static void test_sets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(set_rows) / sizeof(set_rows[0]); i++) {
		struct ranges set = { 0 };
		uint32_t n = 0;

		for (const struct step *s = set_rows[i].steps; s->op; s++)
			assert_int_equal(s->op == '+' ? ranges_add(&set, s->r)
						      : ranges_remove(&set, s->r),
					 OM_OK);
		for (; set_rows[i].want[n].bytes; n++)
			if (n >= set.n ||
			    memcmp(&set.r[n], &set_rows[i].want[n], sizeof(set.r[n])) != 0)
				fail_msg("%s: member %u", set_rows[i].what, n);
		if (n != set.n)
			fail_msg("%s: %u members", set_rows[i].what, set.n);
	}
}

static const struct {
	const char *what;
	uint64_t bytes, align, lo, hi;
	enum om_err want;
	uint64_t high, low;
} find_rows[] = { /* in 0x1000..0x4fff and 0x8000..0x8fff */
		  { "whole member", 0x4000, 1, 0, TOP, OM_OK, 0x1000, 0x1000 },
		  { "one byte too large", 0x4001, 1, 0, TOP, OM_E_NO_ROOM, 0, 0 },
		  { "aligned", 0x800, 0x1000, 0, TOP, OM_OK, 0x8000, 0x1000 },
		  { "alignment makes it miss", 0x4000, 0x2000, 0, TOP, OM_E_NO_ROOM, 0, 0 },
		  { "window", 0x1000, 0x1000, 0x1800, 0x4800, OM_OK, 0x3000, 0x2000 },
		  { "window touches the second", 0x100, 1, 0x4000, 0x8100, OM_OK, 0x8000, 0x4000 },
		  { "empty window", 1, 1, 0x2000, 0x2000, OM_E_NO_ROOM, 0, 0 },
		  { "window the wrong way round", 1, 1, 0x3000, 0x2000, OM_E_NO_ROOM, 0, 0 },
		  { "no size", 0, 1, 0, TOP, OM_E_ARG, 0, 0 },
		  { "bad alignment", 1, 3, 0, TOP, OM_E_ARG, 0, 0 },
		  { "huge alignment", 1, 1ULL << 63, 0, TOP, OM_E_NO_ROOM, 0, 0 }
};

static void test_find(void **state)
{
	struct ranges set = { .n = 2, .r = { { 0x1000, 0x4000 }, { 0x8000, 0x1000 } } };

	(void)state;
	for (size_t i = 0; i < sizeof(find_rows) / sizeof(find_rows[0]); i++) {
		uint64_t high = 0, low = 0;
		enum om_err a = ranges_find_high(&set, find_rows[i].bytes, find_rows[i].align,
						 find_rows[i].lo, find_rows[i].hi, &high);
		enum om_err b = ranges_find_low(&set, find_rows[i].bytes, find_rows[i].align,
						find_rows[i].lo, find_rows[i].hi, &low);

		if (a != find_rows[i].want || b != find_rows[i].want || high != find_rows[i].high ||
		    low != find_rows[i].low)
			fail_msg("%s: %d %d 0x%llx 0x%llx", find_rows[i].what, a, b,
				 (unsigned long long)high, (unsigned long long)low);
	}
	set = (struct ranges){ .n = 1, .r = { { TOP - 0x10, 0x10 } } };
	uint64_t base = 7;
	assert_int_equal(ranges_find_low(&set, 1, 0x1000, 0, TOP, &base), OM_E_NO_ROOM);
	assert_int_equal(base, 7);
}

static void test_predicates(void **state)
{
	const struct ranges set = { .n = 2, .r = { { 10, 10 }, { 30, 10 } } };

	(void)state;
	assert_true(ranges_contain(&set, (struct range){ 10, 10 }));
	assert_true(ranges_contain(&set, (struct range){ 39, 1 }));
	assert_false(ranges_contain(&set, (struct range){ 15, 10 }));
	assert_false(ranges_contain(&set, (struct range){ 15, 0 }));
	assert_true(ranges_overlap(&set, (struct range){ 15, 10 }));
	assert_true(ranges_overlap(&set, (struct range){ 0, 100 }));
	assert_false(ranges_overlap(&set, (struct range){ 20, 10 }));
	assert_false(ranges_overlap(&set, (struct range){ 35, 0 }));
	assert_true(range_contains((struct range){ 0, TOP }, (struct range){ 0, TOP }));
	assert_true(range_overlaps((struct range){ TOP - 1, 1 }, (struct range){ 0, TOP }));
	assert_int_equal(range_make(TOP, 5).bytes, 0);
}

/* A full set: adding fails whole, removing takes more rather than less. */
static void test_full(void **state)
{
	struct ranges set = { 0 };
	struct ranges before;

	(void)state;
	for (uint64_t i = 0; i < RANGES_MAX; i++)
		assert_int_equal(ranges_add(&set, (struct range){ 100 * i, 50 }), OM_OK);
	before = set;
	assert_int_equal(ranges_add(&set, (struct range){ 60, 5 }), OM_E_NO_SPACE);
	assert_memory_equal(&set, &before, sizeof(set));
	assert_int_equal(ranges_add(&set, (struct range){ 50, 5 }), OM_OK);

	assert_int_equal(ranges_remove(&set, (struct range){ 110, 5 }), OM_E_NO_SPACE);
	assert_int_equal(set.n, RANGES_MAX);
	assert_int_equal(set.r[1].base_pa, 115);
	assert_int_equal(set.r[1].bytes, 35);
}

/* Against a bitmap: every random sequence of steps gives the same members. */
static void test_model(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 300; round++) {
		struct ranges set = { 0 };
		unsigned char map[256] = { 0 };

		for (int i = 0; i < 20; i++) {
			unsigned base = (unsigned)rand() % 250, bytes = (unsigned)rand() % 40;
			int add = rand() % 2;

			if (bytes > 255 - base)
				bytes = 255 - base;
			memset(map + base, add, bytes);
			assert_int_equal(add ? ranges_add(&set, (struct range){ base, bytes })
					     : ranges_remove(&set, (struct range){ base, bytes }),
					 OM_OK);
		}
		for (unsigned i = 0; i < 256; i++)
			assert_int_equal(ranges_overlap(&set, (struct range){ i, 1 }), map[i]);
		for (uint32_t i = 1; i < set.n; i++)
			assert_true(range_end(set.r[i - 1]) < set.r[i].base_pa);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),	   cmocka_unit_test(test_find),
		cmocka_unit_test(test_predicates), cmocka_unit_test(test_full),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

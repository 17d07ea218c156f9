/* SPDX-License-Identifier: BSD-2-Clause */
/* Until when work may take: the answers of a clock, and none. */
#include "core/base/deadline.h"

#include "support.h"

static uint32_t told(void *ctx)
{
	return *(const uint32_t *)ctx;
}

static const struct {
	const char *name;
	bool has_clock;
	uint32_t clock_us, left_us;
	bool over;
} rows[] = {
	{ "no clock: no end", false, 0, UINT32_MAX, false },
	{ "over", true, 0, 0, true },
	{ "the last microsecond", true, 1, 1, false },
	{ "half of the range", true, UINT32_C(1) << 31, UINT32_C(1) << 31, false },
	{ "the most that a clock has left", true, UINT32_MAX - 1, UINT32_MAX - 1, false },
	{ "a clock that says no end", true, UINT32_MAX, UINT32_MAX, false },
};

static void test_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t clock_us = rows[i].clock_us;
		const struct deadline d = { rows[i].has_clock ? told : NULL, &clock_us };

		CASE(rows[i].name);
		assert_int_equal(deadline_left_us(&d), rows[i].left_us);
		assert_int_equal(deadline_is_over(&d), rows[i].over);
	}
}

/* The clock is asked each time, not once. */
static void test_time_goes_on(void **state)
{
	uint32_t clock_us = 2;
	const struct deadline d = { told, &clock_us };

	(void)state;
	assert_false(deadline_is_over(&d));
	clock_us = 0;
	assert_true(deadline_is_over(&d));
	assert_int_equal(deadline_left_us(&(struct deadline){ 0 }), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_time_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

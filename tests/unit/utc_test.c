/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/utc.h"

#include "support.h"

#include <time.h>

static const struct {
	int64_t sec;
	struct utc want;
	int ret;
} rows[] = {
	{ 0, { 1970, 1, 1, 0, 0, 0 }, 0 },
	{ 951782399, { 2000, 2, 28, 23, 59, 59 }, 0 },
	{ 951782400, { 2000, 2, 29, 0, 0, 0 }, 0 },
	{ 951868800, { 2000, 3, 1, 0, 0, 0 }, 0 },
	{ 4107542400, { 2100, 3, 1, 0, 0, 0 }, 0 },
	{ 253402300799, { 9999, 12, 31, 23, 59, 59 }, 0 },
	{ 253402300800, { 0 }, -1 },
	{ -1, { 0 }, -1 },
	{ INT64_MIN, { 0 }, -1 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct utc got = { 0 };

		assert_int_equal(utc_of(rows[i].sec, &got), rows[i].ret);
		assert_memory_equal(&got, &rows[i].want, sizeof(got));
	}
}

/* The C library agrees on every day of four centuries. */
static void test_against_libc(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 146097; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;
		struct utc got;

		gmtime_r(&t, &tm);
		assert_int_equal(utc_of(t, &got), 0);
		if ((int)got.year != tm.tm_year + 1900 || (int)got.month != tm.tm_mon + 1 ||
		    (int)got.day != tm.tm_mday || (int)got.hour != tm.tm_hour ||
		    (int)got.minute != tm.tm_min || (int)got.second != tm.tm_sec)
			fail_msg("day %lld", (long long)day);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_against_libc) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

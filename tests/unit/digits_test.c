/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as digits: the ends of each range, and what the C library makes of them. */
#include "core/base/digits.h"
#include "support.h"

#include <inttypes.h>

static const struct {
	const char *text;
	uint64_t v;
	uint32_t base, width;
	char fill;
} rows[] = {
	{ "0", 0, 10, 0, '0' },
	{ "0", 0, 10, 1, '0' },
	{ "00", 0, 16, 2, '0' },
	{ "9", 9, 10, 1, '0' },
	{ "10", 10, 10, 1, '0' },
	{ "f", 15, 16, 1, '0' },
	{ "  10", 16, 16, 4, ' ' },
	{ "12345", 12345, 10, 3, '0' },
	{ "4294967295", UINT32_MAX, 10, 1, '0' },
	{ "4294967296", 1ull << 32, 10, 1, '0' },
	{ "100000000", 1ull << 32, 16, 1, '0' },
	{ "10000000000000000000", 10000000000000000000u, 10, 1, '0' },
	{ "18446744073709551615", UINT64_MAX, 10, 1, '0' },
	{ "ffffffffffffffff", UINT64_MAX, 16, 1, '0' },
	{ "    18446744073709551615", UINT64_MAX, 10, 24, ' ' },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[32];

		CASE(rows[i].text);
		memset(out, '?', sizeof(out));

		const uint32_t n =
			digits_put(out, rows[i].v, rows[i].base, rows[i].width, rows[i].fill);

		assert_int_equal(n, strlen(rows[i].text));
		assert_memory_equal(out, rows[i].text, n);
		for (size_t at = n; at < sizeof(out); at++)
			assert_int_equal(out[at], '?');
	}
}

/* Numbers of all lengths in bits, against printf. */
static void test_as_the_library(void **state)
{
	struct prng rng = { 1 };

	(void)state;
	for (uint32_t i = 0; i < 6400; i++) {
		const uint64_t v = ((uint64_t)prng_next(&rng) << 32 | prng_next(&rng)) >> i % 64;
		char out[DIGITS_MAX];
		char want[32];

		snprintf(want, sizeof(want), "%" PRIu64, v);
		assert_int_equal(digits_put(out, v, 10, 0, '0'), strlen(want));
		assert_memory_equal(out, want, strlen(want));
		snprintf(want, sizeof(want), "%08" PRIx64, v);
		assert_int_equal(digits_put(out, v, 16, 8, '0'), strlen(want));
		assert_memory_equal(out, want, strlen(want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_as_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

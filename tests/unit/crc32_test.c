/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32: check values of the catalogue, and in pieces. */
#include "core/crc32.h"
#include "support.h"

static const struct {
	const char *text;
	uint32_t crc;
} rows[] = {
	{ "", 0 },
	{ "a", 0xe8b7be43 },
	{ "123456789", 0xcbf43926 },
	{ "The quick brown fox jumps over the lazy dog", 0x414fa339 },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const uint8_t *p = (const uint8_t *)rows[i].text;
		const size_t n = strlen(rows[i].text);

		CASE(rows[i].text);
		assert_int_equal(crc32_update(0, p, n), rows[i].crc);
		for (size_t cut = 0; cut <= n; cut++)
			assert_int_equal(crc32_update(crc32_update(0, p, cut), p + cut, n - cut),
					 rows[i].crc);
	}
	assert_int_equal(crc32_update(7, NULL, 0), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_values) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32: check values of the catalogue, in pieces, and against the definition. */
#include "core/base/crc32_long.h"

#include "core/base/crc32.h"
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

/* Bit by bit, from the polynomial alone. */
static uint32_t plain_crc(const uint8_t *p, size_t len)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < len; i++)
		for (uint32_t bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc ^ p[i] >> bit) & 1) * 0xedb88320u;
	return ~crc;
}

/* All lengths, at all alignments. */
static void test_lengths(void **state)
{
	struct prng rng = { 1 };
	uint8_t bytes[600];

	(void)state;
	prng_fill(&rng, bytes, sizeof(bytes));
	for (size_t from = 0; from < 16; from++)
		for (size_t len = 0; len <= sizeof(bytes) - from; len += len < 40 ? 1 : 37)
			assert_int_equal(crc32_update(0, bytes + from, len),
					 plain_crc(bytes + from, len));
}

/* Every value of every byte of eight. */
static void test_all_values(void **state)
{
	(void)state;
	for (uint32_t at = 0; at < 8; at++)
		for (uint32_t v = 0; v < 256; v++) {
			uint8_t bytes[8] = { 0 };

			bytes[at] = (uint8_t)v;
			assert_int_equal(crc32_update(0, bytes, 8), plain_crc(bytes, 8));
		}
}

/* The long one is the same function: lengths around its history and blocks, alignments, pieces. */
static void test_long(void **state)
{
	static const size_t lens[] = { 0,     1,     48096, 48103, 48104, 48111, 56000,
				       80863, 80864, 80872, 81000, 90001, 250007 };
	static uint64_t work[CRC32_LONG_WORDS];
	static uint8_t bytes[250016];
	struct prng rng = { 5 };
	uint32_t asserted = 0;

	(void)state;
	prng_fill(&rng, bytes, sizeof(bytes));
	for (size_t i = 0; i < ARRAY_LEN(lens); i++)
		for (size_t from = 0; from < 9; from++) {
			const size_t len = lens[i];
			const uint32_t want = plain_crc(bytes + from, len);

			prng_fill(&rng, (uint8_t *)work, sizeof(work));
			assert_int_equal(crc32_long(0, bytes + from, len, work), want);
			assert_int_equal(crc32_long(crc32_update(0, bytes + from, len / 3),
						    bytes + from + len / 3, len - len / 3, work),
					 want);
			asserted += 2;
		}
	print_message("  %u sums compared\n", asserted);
}

/* Any single bit of a long message counts. */
static void test_long_bits(void **state)
{
	static uint64_t work[CRC32_LONG_WORDS];
	static uint8_t bytes[100000];
	const uint32_t zeroes = crc32_long(0, bytes, sizeof(bytes), work);

	(void)state;
	for (size_t at = 0; at < sizeof(bytes); at += at < 50 || at > 99900 ? 1 : 997) {
		bytes[at] ^= (uint8_t)(1 << at % 8);
		assert_int_not_equal(crc32_long(0, bytes, sizeof(bytes), work), zeroes);
		bytes[at] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	   cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_all_values), cmocka_unit_test(test_long),
		cmocka_unit_test(test_long_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The two head lines of a dmesg record in all forms Linux has written. */
#include "core/log/dmesg.h"
#include "support.h"

static struct span text_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static const struct {
	const char *log;
	enum om_err err;
	bool has_time;
	int64_t sec;
	uint32_t usec;
	bool compressed;
	uint32_t bytes;
} headers[] = {
	/* 4.18 and later */
	{ "====1573113357.903660-D\nOops", OM_OK, true, 1573113357, 903660, false, 24 },
	{ "====1700000000.000007-C\n\x0b", OM_OK, true, 1700000000, 7, true, 24 },
	{ "====0.000000-C\n", OM_OK, true, 0, 0, true, 15 },
	{ "====253402300800.000001-D\n", OM_OK, true, 253402300800, 1, false, 26 },
	/* one newline only, though white space follows */
	{ "====1.000000-D\n \n\t", OM_OK, true, 1, 0, false, 15 },
	{ "====1.000000-C\n\n", OM_OK, true, 1, 0, true, 15 },
	/* 3.12 to 4.17: microseconds without padding */
	{ "====100.7-D\n", OM_OK, true, 100, 7, false, 12 },
	/* 3.10, 3.11: no type */
	{ "====100.7\nPanic#1", OM_OK, true, 100, 7, false, 10 },
	/* what Linux accepts too */
	{ "====-5.000001-D\n", OM_OK, true, -5, 1, false, 16 },
	{ "====9.000001-Z\n", OM_OK, true, 9, 1, false, 15 },
	{ "====9223372036854775807.0-D\n", OM_OK, true, INT64_MAX, 0, false, 28 },
	{ "====9223372036854775808.0-D\n", OM_OK, false, 0, 0, false, 28 },
	{ "====99999999999999999999.0-D\n", OM_OK, false, 0, 0, false, 29 },
	{ "==== 12.5-D\n", OM_OK, true, 12, 5, false, 12 },
	{ "====\t12. 5-D\n", OM_OK, true, 12, 5, false, 13 },
	/* not headers */
	{ "", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "===", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1.", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====.5-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1.5", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1.5-", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1.5-D", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1.5-\n\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1.5-DD\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "===1.5-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "=====1.5-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1:.5-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1/.5-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====0x5.5-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====999999999999999999999.0-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
	{ "====1.12345678-D\n", OM_E_NOT_FOUND, false, 0, 0, false, 0 },
};

static void test_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		struct dmesg_header h;

		CASE(headers[i].log);
		assert_int_equal(dmesg_header(text_of(headers[i].log), &h), headers[i].err);
		if (headers[i].err != OM_OK)
			continue;
		assert_int_equal(h.has_time, headers[i].has_time);
		assert_true(h.sec == headers[i].sec);
		assert_int_equal(h.usec, headers[i].usec);
		assert_int_equal(h.compressed, headers[i].compressed);
		assert_int_equal(h.bytes, headers[i].bytes);
	}
}

/* Every shorter piece of a header is not a header, and nothing after it is read. */
static void test_header_cut(void **state)
{
	static const char line[] = "====1573113357.903660-D\n";

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		char *exact = malloc(len ? len : 1);
		struct dmesg_header h;

		memcpy(exact, line, len);
		assert_int_equal(dmesg_header((struct span){ (uint8_t *)exact, len }, &h),
				 len == sizeof(line) - 1 ? OM_OK : OM_E_NOT_FOUND);
		free(exact);
		if (len == sizeof(line) - 1)
			break;
	}
}

/* Header lines with damage: what is still known of them. */
static const struct {
	const char *log;
	enum om_err err;
	uint32_t wrong;
	bool has_time;
	int64_t sec;
	bool compressed;
	uint32_t bytes;
} near_headers[] = {
	{ "=?==1700000000.000007-C\n", OM_OK, 1, true, 1700000000, true, 24 },
	{ "????1700000000.000007-C\n", OM_E_NOT_FOUND, 0, false, 0, false, 0 },
	{ "=???1700000000.000007-C\n", OM_OK, 3, true, 1700000000, true, 24 },
	{ "====1700000000x000007-C\n", OM_OK, 1, false, 0, true, 24 },
	{ "====17000a0000.00!007-C\n", OM_OK, 2, false, 0, true, 24 },
	{ "====1700000000.000007+C\n", OM_OK, 1, true, 1700000000, true, 24 },
	/* the newline: a record's first byte is not lost with it */
	{ "====1700000000.000007-CJ\x0b", OM_OK, 1, true, 1700000000, true, 24 },
	{ "====1700000000.000007-D*Panic#1 Part1\n", OM_OK, 1, true, 1700000000, false, 24 },
	/* no writer leaves it out, but Linux takes that */
	{ "====1700000000.000007-DPanic#1 Part1\n", OM_OK, 1, true, 1700000000, false, 23 },
	{ "====12.5Panic#1 Part1\n", OM_OK, 1, true, 12, false, 8 },
	/* the type: what follows tells */
	{ "=?==1700000000.000007-G\nPanic#1 Part1\n", OM_OK, 2, true, 1700000000, false, 24 },
	{ "=?==1700000000.000007-G\n\x55\xd4\xbb\x8a\x1c\x31\x10\x85\xe1", OM_OK, 2, true,
	  1700000000, true, 24 },
	/* microseconds without padding, no clock */
	{ "==?=100.7-D\nOops#1 Part1", OM_OK, 1, true, 100, false, 12 },
	{ "=~==0.000000-C\n", OM_OK, 1, true, 0, true, 15 },
	{ "====9999999999999999999999.000000-C\n", OM_OK, 0, false, 0, true, 36 },
	/* not headers */
	{ "", OM_E_NOT_FOUND, 0, false, 0, false, 0 },
	{ "====", OM_E_NOT_FOUND, 0, false, 0, false, 0 },
	{ "Panic#1 Part1\n<6>[    5.000000] a-C\n", OM_E_NOT_FOUND, 0, false, 0, false, 0 },
	{ "<6>[ 1234.000000] ======== x-C\n", OM_E_NOT_FOUND, 0, false, 0, false, 0 },
	{ "?!?!1700000000.0-C\n", OM_E_NOT_FOUND, 0, false, 0, false, 0 },
};

static void test_header_near(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(near_headers); i++) {
		const size_t len = strlen(near_headers[i].log);
		char *exact = malloc(len ? len : 1);
		struct dmesg_header h;

		CASE(near_headers[i].log);
		memcpy(exact, near_headers[i].log, len);
		assert_int_equal(dmesg_header_near((struct span){ (uint8_t *)exact, len }, &h),
				 near_headers[i].err);
		free(exact);
		if (near_headers[i].err != OM_OK)
			continue;
		assert_int_equal(h.wrong, near_headers[i].wrong);
		assert_int_equal(h.has_time, near_headers[i].has_time);
		if (h.has_time)
			assert_true(h.sec == near_headers[i].sec);
		assert_int_equal(h.compressed, near_headers[i].compressed);
		assert_int_equal(h.bytes, near_headers[i].bytes);
	}
}

/* Any three characters of a line changed: found again, with its length and type. */
static void test_header_near_any(void **state)
{
	static const char line[] = "====1700000000.000007-C\n";
	struct prng rng = { 5 };

	(void)state;
	for (uint32_t round = 0; round < 5000; round++) {
		uint8_t log[64];
		struct dmesg_header h;

		prng_fill(&rng, log, sizeof(log));
		assert_int_equal(dmesg_header_near((struct span){ log, sizeof(log) }, &h),
				 OM_E_NOT_FOUND);
		memcpy(log, line, sizeof(line) - 1);
		log[prng_below(&rng, 24)] = (uint8_t)prng_next(&rng);
		log[prng_below(&rng, 24)] = (uint8_t)prng_next(&rng);
		if (dmesg_header((struct span){ log, sizeof(log) }, &h) == OM_OK)
			continue;
		assert_int_equal(dmesg_header_near((struct span){ log, sizeof(log) }, &h), OM_OK);
		assert_int_equal(h.bytes, 24);
		assert_true(h.compressed);
	}
}

static const struct {
	const char *line;
	enum om_err err;
	uint64_t usec;
} stamps[] = {
	{ "[    1.234567] text", OM_OK, 1234567 },
	{ "<6>[    0.000000] Booting Linux", OM_OK, 0 },
	{ "<12>[12345.000001][    T1] text", OM_OK, 12345000001 },
	{ "<6>text", OM_E_NOT_FOUND, 0 },
	{ "<>[    1.234567] text", OM_E_NOT_FOUND, 0 },
	{ "[    1.234567", OM_E_NOT_FOUND, 0 },
	{ "[    1.2345678]", OM_E_NOT_FOUND, 0 },
	{ "[ drm] x", OM_E_NOT_FOUND, 0 },
	{ "", OM_E_NOT_FOUND, 0 },
};

static void test_stamp(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stamps); i++) {
		uint64_t usec = 0;

		CASE(stamps[i].line);
		assert_int_equal(dmesg_stamp(text_of(stamps[i].line), &usec), stamps[i].err);
		assert_true(usec == stamps[i].usec);
	}
}

static const struct {
	const char *text;
	enum om_err err;
	enum reason reason;
	uint32_t count, part;
} titles[] = {
	{ "Panic#1 Part1\n<0>", OM_OK, REASON_PANIC, 1, 1 },
	{ "Oops#2 Part1\n", OM_OK, REASON_OOPS, 2, 1 },
	{ "Emergency#1 Part1\n", OM_OK, REASON_EMERGENCY, 1, 1 },
	{ "Shutdown#12 Part3\n", OM_OK, REASON_SHUTDOWN, 12, 3 },
	{ "Restart#1 Part1\n", OM_OK, REASON_RESTART, 1, 1 },
	{ "Halt#1 Part1\n", OM_OK, REASON_HALT, 1, 1 },
	{ "Poweroff#1 Part1\n", OM_OK, REASON_POWEROFF, 1, 1 },
	{ "Unknown#1 Part1\n", OM_OK, REASON_UNKNOWN, 1, 1 },
	{ "Panic#4294967295 Part1\n", OM_OK, REASON_PANIC, UINT32_MAX, 1 },
	{ "Panic#4294967296 Part1\n", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
	{ "Panic#1 Part1", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
	{ "Panic#1Part1\n", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
	{ "Panic# Part1\n", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
	{ "panic#1 Part1\n", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
	{ "#1 Part1\n", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
	{ "<6>text\n", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
	{ "", OM_E_NOT_FOUND, REASON_NONE, 0, 0 },
};

static void test_title(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		struct dmesg_title t;

		CASE(titles[i].text);
		assert_int_equal(dmesg_title(text_of(titles[i].text), &t), titles[i].err);
		if (titles[i].err != OM_OK)
			continue;
		assert_int_equal(t.reason, titles[i].reason);
		assert_int_equal(t.count, titles[i].count);
		assert_int_equal(t.part, titles[i].part);
		assert_memory_equal(titles[i].text, reason_name(t.reason),
				    strlen(reason_name(t.reason)));
	}
	assert_string_equal(reason_name(REASON_NONE), "");
	assert_string_equal(reason_name((enum reason)99), "");
	assert_string_equal(reason_name((enum reason) - 1), "");
}

static void test_looks_like_text(void **state)
{
	uint8_t bytes[2048];
	struct prng rng = { 4 };

	(void)state;
	assert_false(dmesg_looks_like_text((struct span){ NULL, 0 }));
	assert_true(dmesg_looks_like_text(text_of("a")));
	assert_true(dmesg_looks_like_text(text_of("[    0.000000] caf\xc3\xa9 au lait\r\n\t")));
	assert_false(dmesg_looks_like_text((struct span){ (const uint8_t *)"\0", 1 }));
	for (uint32_t i = 0; i < 1000; i++) {
		prng_fill(&rng, bytes, 32);
		assert_false(dmesg_looks_like_text((struct span){ bytes, 32 }));
	}
	/* one strange byte in eight is the limit; only the first 1 KiB counts */
	memset(bytes, 'x', sizeof(bytes));
	memset(bytes, 0xff, 128);
	memset(bytes + 1024, 0xff, 1024);
	assert_true(dmesg_looks_like_text((struct span){ bytes, sizeof(bytes) }));
	bytes[128] = 0xff;
	assert_false(dmesg_looks_like_text((struct span){ bytes, sizeof(bytes) }));
}

static const struct {
	const char *text;
	bool whole;
} level_rows[] = {
	{ "Panic#1 Part1\n", true },
	{ "Panic#1 Part1\n<6>a\n<12>b\n<2047>\n", true },
	{ "Panic#1 Part1\n<6>a\nb\n", false },
	{ "Panic#1 Part1\n<6>a\n<x>b\n", false },
	{ "Panic#1 Part1\n<6>a\n<6b\n", false },
	{ "Panic#1 Part1\n<6>a\n<20480>b\n", false },
	{ "Panic#1 Part1\n<6>a", false },
	{ "Panic#1 Part1\n\n<6>a\n", false },
	{ "Panic#1 Part1\n<", false },
	{ "Panic#1 Part1", false },
	{ "", false },
};

static void test_has_levels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(level_rows); i++) {
		CASE(level_rows[i].text);
		assert_int_equal(dmesg_has_levels(text_of(level_rows[i].text)),
				 level_rows[i].whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),		cmocka_unit_test(test_header_cut),
		cmocka_unit_test(test_header_near),	cmocka_unit_test(test_header_near_any),
		cmocka_unit_test(test_stamp),		cmocka_unit_test(test_title),
		cmocka_unit_test(test_looks_like_text), cmocka_unit_test(test_has_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

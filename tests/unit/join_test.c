/* SPDX-License-Identifier: BSD-2-Clause */
/* Which dumps are one crash, in what order, and where their texts overlap. */
#include "core/crash/join.h"
#include "support.h"

enum { ROWS_MAX = 6 };

#define NO_TIME	  .has_time = false
#define AT(s, us) .has_time = true, .time_sec = (s), .time_usec = (us)
#define LOG(from_ms, to_ms)                                                                        \
	.has_stamps = true, .first_us = (from_ms)*1000ull, .last_us = (to_ms)*1000ull
#define OOPS(n)		 .reason = REASON_OOPS, .count = (n), .part = 1
#define PANIC(n)	 .reason = REASON_PANIC, .count = (n), .part = 1
#define PANIC_PART(n, p) .reason = REASON_PANIC, .count = (n), .part = (p)
#define OOPS_PART(n, p)	 .reason = REASON_OOPS, .count = (n), .part = (p)
#define BOOTED		 1795410475

static const struct {
	const char *name;
	uint32_t n;
	struct join_key keys[ROWS_MAX];
	const char *order; /* crashes newest first, '|' between them; indices of keys */
} rows[] = {
	{ "nothing", 0, { { 0 } }, "" },
	{ "one", 1, { { AT(100, 5), PANIC(1) } }, "0" },
	/* d510-oopses: every dump holds the log from the beginning */
	{ "three oopses and a panic within a second",
	  4,
	  { { AT(BOOTED + 1, 942092), LOG(0, 1213), OOPS(1), .slot = 0 },
	    { AT(BOOTED + 1, 964498), LOG(0, 1235), OOPS(2), .slot = 1 },
	    { AT(BOOTED + 1, 982751), LOG(0, 1254), OOPS(3), .slot = 2 },
	    { AT(BOOTED + 1, 996385), LOG(0, 1267), PANIC(4), .slot = 3 } },
	  "0123" },
	/* base-a32-ecc16: no stamps, a clock that was never set */
	{ "oops and panic without stamps",
	  2,
	  { { AT(0, 757840), OOPS(1), .slot = 0 }, { AT(0, 776177), PANIC(2), .slot = 1 } },
	  "01" },
	{ "slots in another order than time",
	  2,
	  { { AT(0, 776177), PANIC(2), .slot = 0 }, { AT(0, 757840), OOPS(1), .slot = 3 } },
	  "10" },
	{ "two boots, a panic each",
	  2,
	  { { AT(5000, 0), LOG(0, 3000), PANIC(1), .slot = 0 },
	    { AT(4000, 0), LOG(0, 3000), PANIC(1), .slot = 1 } },
	  "0|1" },
	{ "a new boot wrote over the oops of the one before",
	  2,
	  { { AT(0, 760000), PANIC(1), .slot = 0 }, { AT(0, 776177), PANIC(2), .slot = 1 } },
	  "1|0" },
	{ "the next boot's oops so soon that only the clocks tell",
	  2,
	  { { AT(4000, 0), LOG(0, 900000), OOPS(1), .slot = 0 },
	    { AT(4060, 0), LOG(0, 900100), OOPS(2), .slot = 1 } },
	  "1|0" },
	{ "an oops long before, out of the panic's log",
	  2,
	  { { AT(1000, 0), LOG(0, 100000), OOPS(1), .slot = 0 },
	    { AT(2000, 0), LOG(900000, 1100000), PANIC(2), .slot = 1 } },
	  "1|0" },
	{ "an oops long before, still in the panic's log",
	  2,
	  { { AT(1000, 0), LOG(0, 100000), OOPS(1), .slot = 0 },
	    { AT(2000, 0), LOG(50000, 1100000), PANIC(2), .slot = 1 } },
	  "01" },
	{ "a log that begins right after the oops",
	  2,
	  { { AT(1000, 0), LOG(0, 100000), OOPS(1), .slot = 0 },
	    { AT(1002, 0), LOG(101000, 102000), PANIC(2), .slot = 1 } },
	  "01" },
	{ "same count: not the same boot",
	  2,
	  { { AT(1000, 0), LOG(0, 100000), OOPS(1), .slot = 0 },
	    { AT(1001, 0), LOG(0, 101000), OOPS(1), .slot = 1 } },
	  "1|0" },
	{ "a panic is the end",
	  2,
	  { { AT(1000, 0), LOG(0, 100000), PANIC(1), .slot = 0 },
	    { AT(1001, 0), LOG(0, 101000), OOPS(2), .slot = 1 } },
	  "1|0" },
	{ "but for the restart it leads to",
	  2,
	  { { AT(1000, 0), LOG(0, 100000), PANIC(1), .slot = 0 },
	    { AT(1001, 0), LOG(0, 101000), .reason = REASON_EMERGENCY, .count = 2, .part = 1,
	      .slot = 1 } },
	  "01" },
	{ "parts: the newest was written first",
	  3,
	  { { AT(1000, 0), LOG(200, 300), PANIC_PART(1, 1), .slot = 0 },
	    { AT(1000, 10), LOG(100, 200), PANIC_PART(1, 2), .slot = 1 },
	    { AT(1000, 20), LOG(0, 100), PANIC_PART(1, 3), .slot = 2 } },
	  "210" },
	{ "what is left of two boots is no dump of two parts",
	  2,
	  { { AT(900, 0), LOG(200, 300), PANIC_PART(1, 1), .slot = 0 },
	    { AT(1000, 0), LOG(0, 200), PANIC_PART(1, 2), .slot = 1 } },
	  "1|0" },
	{ "parts of two dumps, and of a boot before",
	  6,
	  { { AT(1000, 0), LOG(200, 300), OOPS_PART(1, 1), .slot = 0 },
	    { AT(1000, 10), LOG(0, 200), OOPS_PART(1, 2), .slot = 1 },
	    { AT(1000, 20), LOG(250, 350), PANIC_PART(2, 1), .slot = 2 },
	    { AT(1000, 30), LOG(0, 250), PANIC_PART(2, 2), .slot = 3 },
	    { AT(900, 30), LOG(0, 300), PANIC_PART(2, 2), .slot = 4 },
	    { AT(900, 20), LOG(300, 400), PANIC_PART(2, 1), .slot = 5 } },
	  "1032|45" },
	{ "no times at all: count and slot",
	  4,
	  { { NO_TIME, OOPS(1), .slot = 0 },
	    { NO_TIME, OOPS(2), .slot = 1 },
	    { NO_TIME, PANIC(3), .slot = 2 },
	    { NO_TIME, OOPS(4), .slot = 3 } },
	  "3|012" },
	{ "no times, parts",
	  4,
	  { { NO_TIME, OOPS_PART(1, 1), .slot = 0 },
	    { NO_TIME, OOPS_PART(1, 2), .slot = 1 },
	    { NO_TIME, PANIC_PART(2, 1), .slot = 2 },
	    { NO_TIME, PANIC_PART(2, 2), .slot = 3 } },
	  "1032" },
	{ "no time is older than any",
	  3,
	  { { AT(-5, 0), PANIC(1), .slot = 0 },
	    { NO_TIME, PANIC(7), .slot = 1 },
	    { AT(5, 0), PANIC(1), .slot = 2 } },
	  "2|0|1" },
	{ "extremes",
	  4,
	  { { AT(INT64_MAX, UINT32_MAX), OOPS(UINT32_MAX), LOG(0, 0), .slot = UINT32_MAX },
	    { AT(INT64_MIN, UINT32_MAX), OOPS(0), LOG(0, 1), .slot = 0 },
	    { AT(INT64_MIN, 0), OOPS(0), .slot = 0 },
	    { AT(INT64_MAX, 0), .reason = REASON_UNKNOWN, .slot = 0 } },
	  "0|3|1|2" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct join_place places[ROWS_MAX];
		char got[32] = "";
		size_t at = 0;

		CASE(rows[i].name);

		const uint32_t n = join_order(rows[i].keys, rows[i].n, places);

		for (uint32_t k = 0; k < rows[i].n; k++) {
			if (k > 0 && places[k].crash != places[k - 1].crash)
				got[at++] = '|';
			got[at++] = (char)('0' + places[k].from);
		}
		assert_string_equal(got, rows[i].order);
		assert_int_equal(n, rows[i].n ? places[rows[i].n - 1].crash + 1 : 0);
		assert_int_equal(rows[i].n ? places[0].crash : 0, 0);
	}
}

/* Any keys: each comes once, crash numbers rise by one; in any order of input the same. */
static void test_hostile(void **state)
{
	static struct join_key keys[500], other[500];
	static struct join_place places[500], again[500];
	struct prng rng = { 21 };

	(void)state;
	for (uint32_t round = 0; round < 200; round++) {
		const uint32_t n = prng_below(&rng, 500);
		uint8_t seen[500] = { 0 };

		for (uint32_t i = 0; i < n; i++) {
			keys[i] = (struct join_key){
				.has_time = prng_below(&rng, 4) > 0,
				.time_sec = prng_below(&rng, 100),
				.reason = prng_below(&rng, REASON_UNKNOWN + 1),
				.count = prng_below(&rng, 5),
				.part = prng_below(&rng, 4),
				.slot = i,
				.has_stamps = prng_below(&rng, 2),
				.first_us = prng_below(&rng, 50000000),
				.last_us = prng_below(&rng, 50000000),
			};
			other[n - 1 - i] = keys[i];
		}

		const uint32_t crashes = join_order(keys, n, places);

		assert_int_equal(join_order(other, n, again), crashes);
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(seen[places[i].from]++, 0);
			assert_int_equal(again[i].from, n - 1 - places[i].from);
			assert_in_range(places[i].crash, i ? places[i - 1].crash : 0,
					i ? places[i - 1].crash + 1 : 0);
		}
		assert_int_equal(crashes, n ? places[n - 1].crash + 1 : 0);
	}
}

/* ---- keys ------------------------------------------------------------------------------------ */

static const struct {
	const char *name, *text;
	bool has;
	uint64_t first, last;
} texts[] = {
	{ "nothing", "", false, 0, 0 },
	{ "no stamps", "Panic#1 Part1\n<6>Booting Linux\n<0>[<c0101234>] x\n", false, 0, 0 },
	{ "usual", "Panic#1 Part1\n<6>[    0.000001] a\n<6>[   12.345678] b\n", true, 1, 12345678 },
	{ "one, and other lines around it", "x\n<6>[    1.000000] a\ny\nz\n", true, 1000000,
	  1000000 },
	{ "no newline at the end", "<6>[    1.000000] a\n<6>[    2.000000] b", true, 1000000,
	  2000000 },
	{ "only newlines", "\n\n\n", false, 0, 0 },
	{ "console form, caller tags", "[    3.000000][    T1] a\n[    4.5", true, 3000000,
	  3000000 },
};

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const size_t n = strlen(texts[i].text);
		uint8_t *exact = malloc(n ? n : 1);
		const struct record r = { .has_time = true,
					  .time_usec = 7,
					  .index = 3,
					  .count = 9,
					  .part = 2,
					  .reason = REASON_OOPS,
					  .text = { exact, n } };

		memcpy(exact, texts[i].text, n);
		CASE(texts[i].name);

		const struct join_key k = join_key(&r);

		assert_int_equal(k.has_stamps, texts[i].has);
		if (k.has_stamps) {
			assert_int_equal(k.first_us, texts[i].first);
			assert_int_equal(k.last_us, texts[i].last);
		}
		assert_true(k.has_time && k.time_usec == 7 && k.slot == 3 && k.count == 9 &&
			    k.part == 2 && k.reason == REASON_OOPS);
		free(exact);
	}

	const struct record never_set = { .has_time = true };

	assert_false(join_key(&never_set).has_time);
}

/* ---- overlap --------------------------------------------------------------------------------- */

static const struct {
	const char *name, *before, *next, *left; /* what stays of next */
} overlaps[] = {
	{ "nothing", "", "", "" },
	{ "nothing before", "", "Oops#1 Part1\na\n", "Oops#1 Part1\na\n" },
	{ "nothing next", "a\n", "", "" },
	{ "no overlap", "Oops#1 Part1\na\nb\n", "Panic#2 Part1\nc\n", "Panic#2 Part1\nc\n" },
	{ "the usual", "Oops#1 Part1\na\nb\nc\n", "Panic#2 Part1\nb\nc\nd\n", "d\n" },
	{ "all of it", "Oops#1 Part1\na\nb\n", "Panic#2 Part1\na\nb\nc\n", "c\n" },
	{ "nothing new", "Oops#1 Part1\na\nb\n", "Panic#2 Part1\na\nb\n", "" },
	{ "no titles", "a\nb\n", "b\nc\n", "c\n" },
	{ "the longest run counts", "x\na\na\na\n", "a\na\nb\n", "b\n" },
	{ "half a line is none", "xa\n", "a\nb\n", "a\nb\n" },
	{ "half a line at the end", "a\nb\n", "b", "b" },
	{ "an end that was cut", "a\nb\nhal", "a\nb\nhalf\nc\n", "half\nc\n" },
	{ "one line, cut", "hal", "half\n", "half\n" },
	{ "empty lines", "\n\n\n", "\n\n", "" },
	{ "title only", "Oops#1 Part1\n", "Oops#1 Part1\na\n", "Oops#1 Part1\na\n" },
	{ "in the middle only", "a\nb\nc\n", "b\nd\n", "b\nd\n" },
};

static void test_overlap(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(overlaps); i++) {
		const size_t n = strlen(overlaps[i].next);
		const struct span before = { (const uint8_t *)overlaps[i].before,
					     strlen(overlaps[i].before) };
		const struct span next = { (const uint8_t *)overlaps[i].next, n };

		CASE(overlaps[i].name);
		assert_int_equal(n - join_overlap(before, next), strlen(overlaps[i].left));
	}
	assert_int_equal(join_overlap((struct span){ 0 }, (struct span){ 0 }), 0);
}

/* Texts of few different lines, against the plain definition. */
static void test_overlap_by_definition(void **state)
{
	struct prng rng = { 3 };

	(void)state;
	for (uint32_t round = 0; round < 4000; round++) {
		char text[2][64];
		size_t len[2], want = 0;

		for (uint32_t k = 0; k < 2; k++) {
			len[k] = prng_below(&rng, 24);
			for (size_t i = 0; i < len[k]; i++)
				text[k][i] = "ab\n"[prng_below(&rng, 3)];
		}
		while (len[0] > 0 && text[0][len[0] - 1] != '\n')
			len[0]--;
		for (size_t n = 1; n <= len[0] && n <= len[1]; n++)
			if (text[1][n - 1] == '\n' &&
			    (n == len[0] || text[0][len[0] - n - 1] == '\n') &&
			    memcmp(text[0] + len[0] - n, text[1], n) == 0)
				want = n;
		assert_int_equal(join_overlap((struct span){ (uint8_t *)text[0], len[0] },
					      (struct span){ (uint8_t *)text[1], len[1] }),
				 want);
	}
}

/* A text that is alike everywhere must not take forever. */
static void test_overlap_is_quick(void **state)
{
	enum { LONG = 4 << 20 };
	uint8_t *text = malloc(LONG);

	(void)state;
	memset(text, '\n', LONG);
	assert_int_equal(join_overlap((struct span){ text, LONG - 1 }, (struct span){ text, LONG }),
			 LONG - 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_overlap_by_definition),
		cmocka_unit_test(test_overlap_is_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

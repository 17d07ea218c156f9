/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that are sent, or kept in flash and in the retained page: each as the documents have it
 * (tests/system/test_numbers.py compares the rows here with them). None may ever change.
 */
#include "core/crash/retained.h"
#include "core/report/pack.h"
#include "core/report/report.h"
#include "support.h"

struct row {
	const char *name;
	uint32_t value, number;
};

/* docs/report-format.md, Numbers */
static const struct row eras[] = {
	{ "3.10", ERA_3_10, 0 },	{ "3.11 to 4.9", ERA_3_11, 1 },
	{ "4.10 to 6.1", ERA_4_10, 2 }, { "6.1 long-term", ERA_6_1_LTS, 3 },
	{ "6.2 to 6.5", ERA_6_2, 4 },	{ "6.6 and later", ERA_6_6, 5 },
};
static const struct row notes[] = {
	{ "header-corrupt", NOTE_HEADER_CORRUPT, 1 << 0 },
	{ "bad-blocks", NOTE_BAD_BLOCKS, 1 << 1 },
	{ "stream-cut", NOTE_STREAM_CUT, 1 << 2 },
	{ "stream-bad", NOTE_STREAM_BAD, 1 << 3 },
	{ "no-header", NOTE_NO_HEADER, 1 << 4 },
	{ "output-cut", NOTE_OUTPUT_CUT, 1 << 5 },
	{ "zone-bad", NOTE_ZONE_BAD, 1 << 6 },
	{ "zone-empty", NOTE_ZONE_EMPTY, 1 << 7 },
	{ "no-reason", NOTE_NO_REASON, 1 << 8 },
	{ "signature-damaged", NOTE_SIG_DAMAGED, 1 << 9 },
	{ "stream-resynced", NOTE_STREAM_RESYNCED, 1 << 10 },
	{ "head-cut", NOTE_HEAD_CUT, 1 << 11 },
	{ "entries-lost", NOTE_ENTRIES_LOST, 1 << 12 },
	{ "entries-bad", NOTE_ENTRIES_BAD, 1 << 13 },
	{ "head-damaged", NOTE_HEAD_DAMAGED, 1 << 14 },
	{ "order-guessed", NOTE_ORDER_GUESSED, 1 << 15 },
	{ "mended", NOTE_MENDED, 1 << 16 },
	{ "text-lost", NOTE_TEXT_LOST, 1 << 17 },
	{ "part-left", NOTE_PART_LEFT, 1 << 18 },
	{ "search-cut", NOTE_SEARCH_CUT, 1 << 19 },
};

/* docs/retained-page.md */
static const struct row entries[] = {
	{ "reset", RETAINED_RESET, 0 },
	{ "Linux", RETAINED_LINUX, 1 },
	{ "called", RETAINED_CALLED, 2 },
};

/* docs/archive-format.md, Entry */
static const struct row kinds[] = {
	{ "packed by oopsmon 0.1", PACK_MODEL, 0 },
	{ "a zlib stream with a preset dictionary", PACK_ZLIB, 1 },
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CASE(rows[i].name);
		assert_int_equal(rows[i].value, rows[i].number);
	}
}

static void test_numbers(void **state)
{
	(void)state;
	check(eras, ARRAY_LEN(eras));
	assert_int_equal(ARRAY_LEN(eras), ERAS);
	check(notes, ARRAY_LEN(notes));
	check(entries, ARRAY_LEN(entries));
	check(kinds, ARRAY_LEN(kinds));
}

/* What is sent as a word: in the order of docs/report-format.md, that of the enum does not count.
 */
static void test_words(void **state)
{
	static const struct {
		enum verdict verdict;
		const char *word;
	} verdicts[] = {
		{ VERDICT_COLD, "cold" },	    { VERDICT_UNVERIFIED, "unverified" },
		{ VERDICT_PANIC, "panic" },	    { VERDICT_OOPS, "oops" },
		{ VERDICT_EMERGENCY, "emergency" }, { VERDICT_RESTART, "restart" },
		{ VERDICT_POWEROFF, "poweroff" },   { VERDICT_ABRUPT, "abrupt" },
		{ VERDICT_NO_NEWS, "no-news" },	    { VERDICT_NO_LOG, "no-log" },
	};
	static const struct {
		enum quality quality;
		const char *word;
	} qualities[] = {
		{ QUALITY_INTACT, "intact" },	      { QUALITY_CORRECTED, "corrected" },
		{ QUALITY_UNCHECKED, "unchecked" },   { QUALITY_SALVAGED, "salvaged" },
		{ QUALITY_UNREADABLE, "unreadable" },
	};
	static const struct {
		enum packing packing;
		const char *word;
	} packings[] = {
		{ PACKING_DEFLATE, "deflate" }, { PACKING_ZLIB, "zlib" }, { PACKING_LZ4, "lz4" },
		{ PACKING_LZO, "lzo" },		{ PACKING_ZSTD, "zstd" }, { PACKING_842, "842" },
		{ PACKING_UNKNOWN, "unknown" },
	};

	(void)state;
	assert_int_equal(ARRAY_LEN(verdicts), VERDICTS);
	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
		assert_string_equal(report_verdict_word(verdicts[i].verdict), verdicts[i].word);
	for (size_t i = 0; i < ARRAY_LEN(qualities); i++)
		assert_string_equal(report_quality_word(qualities[i].quality), qualities[i].word);
	for (size_t i = 0; i < ARRAY_LEN(packings); i++)
		assert_string_equal(packing_name(packings[i].packing), packings[i].word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

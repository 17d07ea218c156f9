/* SPDX-License-Identifier: BSD-2-Clause */
/* What is reported when, and the words that change it. */
#include "core/crash/report_order.h"

#include "support.h"

static void test_options(void **state)
{
	static const struct {
		const char *line;
		struct report_options want;
	} rows[] = {
		{ "", REPORT_DEFAULT },
		{ "console=ttyAMA0 panic=1", REPORT_DEFAULT },
		{ "oopsmon.report=none", { REPORT_MODE_NONE, 10, 5, 15 } },
		{ "a oopsmon.report=summary b", { REPORT_MODE_SUMMARY, 10, 5, 15 } },
		{ "oopsmon.report=text", { REPORT_MODE_TEXT, 10, 5, 15 } },
		{ "oopsmon.report=text oopsmon.report=full", { REPORT_MODE_FULL, 10, 5, 15 } },
		{ "oopsmon.report=\"summary\"", { REPORT_MODE_SUMMARY, 10, 5, 15 } },
		{ "oopsmon.report=Full", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.report=ful", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.report", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.report=", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.report_seconds=0", { REPORT_MODE_FULL, 0, 5, 15 } },
		{ "oopsmon.report-seconds=86400", { REPORT_MODE_FULL, 86400, 5, 15 } },
		{ "oopsmon.report_seconds=86401", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.archive_seconds=0", { REPORT_MODE_FULL, 10, 0, 15 } },
		{ "oopsmon.archive-seconds=86400", { REPORT_MODE_FULL, 10, 86400, 15 } },
		{ "oopsmon.archive_seconds=86401", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.archive_seconds=", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.report_seconds=5s", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.report_seconds=-1", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.parity=0", { REPORT_MODE_FULL, 10, 5, 0 } },
		{ "oopsmon.parity=100", { REPORT_MODE_FULL, 10, 5, 100 } },
		{ "oopsmon.parity=101", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.parity=0x10", { REPORT_MODE_FULL, 10, 5, 16 } },
		{ "oopsmon.parity=99999999999999999999",
		  { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "oopsmon.report_again", { REPORT_MODE_FULL, 10, 5, 15, .again = true } },
		{ "oopsmon.report_again=1", { REPORT_MODE_FULL, 10, 5, 15, .again = true } },
		{ "oopsmon.report_again=0", { REPORT_MODE_FULL, 10, 5, 15 } },
		{ "oopsmon.report_again=perhaps", { REPORT_MODE_FULL, 10, 5, 15, .bad = true } },
		{ "-- oopsmon.report=none", REPORT_DEFAULT },
		{ "oopsmon.report=none oopsmon.report_seconds=1 oopsmon.parity=x",
		  { REPORT_MODE_NONE, 1, 5, 15, .bad = true } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct report_options got;

		CASE(rows[i].line);
		report_options_read(rows[i].line, &got);
		assert_int_equal(got.mode, rows[i].want.mode);
		assert_int_equal(got.seconds, rows[i].want.seconds);
		assert_int_equal(got.archive_seconds, rows[i].want.archive_seconds);
		assert_int_equal(got.parity, rows[i].want.parity);
		assert_int_equal(got.again, rows[i].want.again);
		assert_int_equal(got.bad, rows[i].want.bad);
	}
}

/* How long the last kernel's own log is looked for. */
static void test_kmsg(void **state)
{
	static const struct {
		const char *line;
		uint32_t seconds;
		bool bad;
	} rows[] = {
		{ "", 1, false },
		{ "oopsmon.kmsg_seconds=0", 0, false },
		{ "oopsmon.kmsg-seconds=86400", 86400, false },
		{ "oopsmon.kmsg_seconds=86401", 1, true },
		{ "oopsmon.kmsg_seconds=", 1, true },
		{ "oopsmon.kmsg_seconds=1s", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct report_options got;

		CASE(rows[i].line);
		report_options_read(rows[i].line, &got);
		assert_int_equal(got.kmsg_seconds, rows[i].seconds);
		assert_int_equal(got.bad, rows[i].bad);
	}
}

static void test_tail(void **state)
{
	static const struct {
		const char *line;
		uint32_t lines;
		bool bad;
	} rows[] = {
		{ "", 20, false },
		{ "oopsmon.tail=0", 0, false },
		{ "oopsmon.tail=999", 999, false },
		{ "oopsmon.tail=1000", 20, true },
		{ "oopsmon.tail=-1", 20, true },
		{ "oopsmon.tail=", 20, true },
		{ "oopsmon.tail=5 oopsmon.tail=7", 7, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct report_options got;

		CASE(rows[i].line);
		report_options_read(rows[i].line, &got);
		assert_int_equal(got.tail, rows[i].lines);
		assert_int_equal(got.bad, rows[i].bad);
	}
}

static void test_budget(void **state)
{
	static const struct {
		uint32_t seconds, baud, bytes;
	} rows[] = {
		{ 10, 115200, 115200 },
		{ 1, 9600, 960 },
		{ 0, 115200, UINT32_MAX },
		{ 10, 0, UINT32_MAX },
		{ 86400, 3000000, UINT32_MAX },
		{ 14316, 3000000, 4294800000u },
		{ 3, 1209, 360 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			report_budget_bytes(&(struct report_options){ .seconds = rows[i].seconds },
					    rows[i].baud),
			rows[i].bytes);
}

#define DMESG(why, sec, usec, n, bytes)                                                            \
	{                                                                                          \
		.kind = ZONE_DMESG, .reason = why, .time_sec = sec, .time_usec = usec, .count = n, \
		.text.len = bytes                                                                  \
	}

static void test_order(void **state)
{
	static const struct record records[] = {
		{ .kind = ZONE_FTRACE },	  DMESG(REASON_OOPS, 50, 0, 1, 0),
		DMESG(REASON_PANIC, 10, 0, 1, 0), { .kind = ZONE_CONSOLE },
		DMESG(REASON_PANIC, 20, 5, 1, 0), { .kind = ZONE_PMSG },
		DMESG(REASON_PANIC, 20, 7, 1, 0), DMESG(REASON_PANIC, 20, 5, 2, 0),
		DMESG(REASON_OOPS, -3, 0, 1, 0),
	};
	static const uint32_t want[] = { 6, 7, 4, 2, 1, 8, 3, 5, 0 };
	uint32_t order[ARRAY_LEN(records)];

	(void)state;
	report_order(records, ARRAY_LEN(records), order);
	assert_memory_equal(order, want, sizeof(want));
}

#define RECORD(what, size)                                                                         \
	{                                                                                          \
		.kind = what, .text.len = size, .ftrace.bytes = what == ZONE_FTRACE ? 24 : 0       \
	}

enum { EARLY = 64 << 10, TAIL = 32 << 10, ENTRIES = TAIL - TAIL % 24 };

static void test_plan(void **state)
{
	static const struct {
		const char *name;
		struct record records[6]; /* @n of them */
		uint32_t n;
		struct report_piece want[12];
	} rows[] = {
		{ "nothing", { { 0 } }, 0, { { 0 } } },
		{ "short",
		  { RECORD(ZONE_DMESG, 9), RECORD(ZONE_CONSOLE, 8), RECORD(ZONE_PMSG, 7) },
		  3,
		  { { 0, 0, 9 }, { 1, 0, 8 }, { 2, 0, 7 } } },
		{ "several dmesg: the console comes after the first",
		  { RECORD(ZONE_DMESG, 9), RECORD(ZONE_DMESG, 100000), RECORD(ZONE_DMESG, 5),
		    RECORD(ZONE_CONSOLE, 8) },
		  4,
		  { { 0, 0, 9 }, { 3, 0, 8 }, { 1, 0, 100000 }, { 2, 0, 5 } } },
		{ "no dmesg",
		  { RECORD(ZONE_CONSOLE, EARLY + 1), RECORD(ZONE_PMSG, TAIL) },
		  2,
		  { { 0, 1, EARLY }, { 1, 0, TAIL }, { 0, 0, 1 } } },
		{ "all of them long",
		  { RECORD(ZONE_DMESG, 200000), RECORD(ZONE_CONSOLE, 200000),
		    RECORD(ZONE_PMSG, 100000), RECORD(ZONE_FTRACE, 24 * 5000) },
		  4,
		  { { 0, 0, 200000 },
		    { 1, 200000 - EARLY, EARLY },
		    { 2, 100000 - TAIL, TAIL },
		    { 3, 24 * 5000 - ENTRIES, ENTRIES },
		    { 1, 0, 200000 - EARLY },
		    { 2, 0, 100000 - TAIL },
		    { 3, 0, 24 * 5000 - ENTRIES } } },
		{ "one without text",
		  { RECORD(ZONE_DMESG, 0), RECORD(ZONE_CONSOLE, 3) },
		  2,
		  { { 1, 0, 3 } } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct record *records[6];
		struct report_piece got[12] = { 0 };
		uint32_t n;

		CASE(rows[i].name);
		for (uint32_t k = 0; k < rows[i].n; k++)
			records[k] = &rows[i].records[k];
		n = report_pieces(records, rows[i].n, got);
		assert_memory_equal(got, rows[i].want, sizeof(got));
		assert_true(n == 0 || got[n - 1].bytes > 0);
		assert_true(n == ARRAY_LEN(got) || got[n].bytes == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options), cmocka_unit_test(test_kmsg),
		cmocka_unit_test(test_tail),	cmocka_unit_test(test_budget),
		cmocka_unit_test(test_order),	cmocka_unit_test(test_plan)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a report's text, character by character. */
#include "core/report/report.h"

#include "support.h"

static const struct record records[] = {
	{ .kind = ZONE_DMESG,
	  .n_pieces = 1,
	  .stored_bytes = 3010,
	  .digest = 0x89abcdef,
	  .has_time = true,
	  .time_sec = 1700000000,
	  .time_usec = 123456,
	  .reason = REASON_PANIC,
	  .count = 1,
	  .part = 1,
	  .packing = PACKING_DEFLATE,
	  .text.len = 9031 },
	{ .kind = ZONE_CONSOLE,
	  .n_pieces = 1,
	  .quality = QUALITY_CORRECTED,
	  .corrected_bytes = 3,
	  .stored_bytes = 16384,
	  .digest = 0x1234567,
	  .text.len = 16384 },
	{ .kind = ZONE_FTRACE,
	  .n_pieces = 1,
	  .stored_bytes = 640,
	  .digest = 0x112233,
	  .ftrace = { 16, 3, false, true, false },
	  .text.len = 640 },
	{ .kind = ZONE_DMESG,
	  .index = 12,
	  .piece = 1,
	  .n_pieces = 2,
	  .quality = QUALITY_SALVAGED,
	  .notes = NOTE_STREAM_BAD | NOTE_MENDED,
	  .bad_blocks = 2,
	  .stored_bytes = 70,
	  .has_time = true,
	  .time_sec = -5,
	  .time_usec = 1,
	  .packing = PACKING_UNKNOWN,
	  .holes = { 2, { { 0, 1 }, { UINT32_MAX - 1, 1 } } } },
	{ .kind = ZONE_DMESG,
	  .n_pieces = 2,
	  .has_mended = true,
	  .quality = QUALITY_UNREADABLE,
	  .has_time = true,
	  .time_sec = INT64_MIN },
};

/* The head of docs/report-format.md, with two records more. */
static const char *const head_lines[] = {
	"oopsmon report 2\n",
	"id 1f2e3d4c\n",
	"chapter 0\n",
	"monitor 0.1.0\n",
	"board qemu-virt\n",
	"boot 2 warm\n",
	"cause WDG\n",
	"verdict panic\n",
	"uptime 183000\n",
	"baud 115200\n",
	"region 0x5fc00000 2097152\n",
	"sizes 65536 262144 131072 131072\n",
	"ecc 16\n",
	"flags 1\n",
	"layout 5 1 0x6012c\n",
	"old 0\n",
	"record 0 dmesg-ramoops-0 text=9031 quality=intact stored=3010 digest=89abcdef "
	"time=1700000000.123456 reason=Panic count=1 part=1 packing=deflate\n",
	"record 1 console-ramoops-0 text=16384 quality=corrected corrected=3 stored=16384 "
	"digest=01234567\n",
	"record 2 ftrace-ramoops-0 text=640 quality=intact stored=640 digest=00112233 "
	"ftrace=16,3,0,1,0\n",
	"record 3 dmesg-ramoops-12.mended quality=salvaged notes=0x10008 bad=2 stored=70 "
	"digest=00000000 pieces=2 time=-5.000001 packing=unknown holes=0+1,4294967294+1\n",
	"record 4 dmesg-ramoops-0 quality=unreadable digest=00000000 pieces=2 mended=1 "
	"time=-9223372036854775808.000000\n",
	"\n",
};

static struct report_head doc_head(void)
{
	return (struct report_head){
		.id = 0x1f2e3d4c,
		.monitor = "0.1.0",
		.board = "qemu-virt",
		.boot_count = 2,
		.warm = true,
		.cause = "WDG",
		.verdict = VERDICT_PANIC,
		.has_uptime = true,
		.uptime_us = 183000,
		.baud = 115200,
		.geom = { .base_pa = 0x5fc00000,
			  .region_bytes = 2097152,
			  .record_bytes = 65536,
			  .console_bytes = 262144,
			  .ftrace_bytes = 131072,
			  .pmsg_bytes = 131072,
			  .ecc_bytes = 16,
			  .flags = 1 },
		.era = ERA_6_6,
		.n_ftrace = 1,
		.writer_version = 0x6012c,
		.n_records = ARRAY_LEN(records),
	};
}

static char out[REPORT_LINE_BYTES];

static void assert_line(size_t len, const char *want)
{
	assert_int_equal(len, strlen(want));
	assert_memory_equal(out, want, len);
}

static void test_head(void **state)
{
	struct report_head head = doc_head();
	const struct record *pointers[ARRAY_LEN(records)];
	uint32_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(records); i++)
		pointers[i] = &records[i];
	for (; n < ARRAY_LEN(head_lines); n++)
		assert_line(report_head_line(&head, pointers, n, out), head_lines[n]);
	assert_int_equal(report_head_line(&head, pointers, n, out), 0);
	assert_int_equal(report_head_line(&head, pointers, UINT32_MAX - 1, out), 0);

	/* without a timer its line is missing, and nothing else */
	head.has_uptime = false;
	assert_line(report_head_line(&head, pointers, 7, out), "verdict panic\n");
	assert_line(report_head_line(&head, pointers, 8, out), "baud 115200\n");
	assert_line(report_head_line(&head, pointers, n - 2, out), "\n");
	assert_int_equal(report_head_line(&head, pointers, n - 1, out), 0);

	/* nor has a SoC to say what reset it */
	head.cause[0] = '\0';
	assert_line(report_head_line(&head, pointers, 5, out), "boot 2 warm\n");
	assert_line(report_head_line(&head, pointers, 6, out), "verdict panic\n");
	assert_line(report_head_line(&head, pointers, n - 3, out), "\n");

	head = (struct report_head){ .verdict = VERDICT_UNVERIFIED,
				     .boot_count = 1,
				     .has_uptime = true,
				     .uptime_us = UINT64_MAX,
				     .geom = { .base_pa = 0x1234567890abcdef },
				     .n_old = 40 };
	assert_line(report_head_line(&head, NULL, 5, out), "boot 1 cold\n");
	assert_line(report_head_line(&head, NULL, 6, out), "verdict unverified\n");
	assert_line(report_head_line(&head, NULL, 7, out), "uptime 18446744073709551615\n");
	assert_line(report_head_line(&head, NULL, 9, out), "region 0x1234567890abcdef 0\n");
	assert_line(report_head_line(&head, NULL, 13, out), "layout 0 0 0x0\n");
	assert_line(report_head_line(&head, NULL, 14, out), "old 40\n");
	assert_line(report_head_line(&head, NULL, 15, out), "\n");

	/* records without a place have a line, with and without the one before that may be missing
	 */
	head.beyond = (struct report_beyond){ 12, 300, 611 };
	assert_line(report_head_line(&head, NULL, 14, out), "old 40\n");
	assert_line(report_head_line(&head, NULL, 15, out), "beyond 12 300 611\n");
	assert_line(report_head_line(&head, NULL, 16, out), "\n");
	assert_int_equal(report_head_line(&head, NULL, 17, out), 0);
	head.has_uptime = false;
	assert_line(report_head_line(&head, NULL, 14, out), "beyond 12 300 611\n");
	assert_line(report_head_line(&head, NULL, 15, out), "\n");
	assert_int_equal(report_head_line(&head, NULL, 16, out), 0);
}

/* The longest line there can be still fits. */
static void test_longest(void **state)
{
	struct record r = { .kind = ZONE_CONSOLE,
			    .index = UINT32_MAX,
			    .piece = UINT32_MAX,
			    .n_pieces = UINT32_MAX,
			    .has_mended = true,
			    .quality = QUALITY_UNREADABLE,
			    .notes = UINT32_MAX & ~(uint32_t)NOTE_MENDED,
			    .corrected_bytes = UINT32_MAX,
			    .bad_blocks = UINT32_MAX,
			    .stored_bytes = UINT32_MAX,
			    .digest = UINT32_MAX,
			    .has_time = true,
			    .time_sec = INT64_MIN,
			    .time_usec = UINT32_MAX,
			    .reason = REASON_EMERGENCY,
			    .count = UINT32_MAX,
			    .part = UINT32_MAX,
			    .packing = PACKING_UNKNOWN,
			    .ftrace = { UINT32_MAX, UINT32_MAX, true, true, true },
			    .holes.n = HOLES_MAX,
			    .text.len = UINT32_MAX };
	const struct record *one = &r;
	const struct report_head head = { .n_records = 1, .has_uptime = true };
	size_t len;

	(void)state;
	for (uint32_t i = 0; i < HOLES_MAX; i++)
		r.holes.at[i] = (struct hole){ UINT32_MAX, UINT32_MAX };
	len = report_head_line(&head, &one, 15, out);
	assert_true(len < sizeof(out));
	assert_int_equal(out[len - 1], '\n');
}

static void test_items(void **state)
{
	(void)state;
	assert_line(report_piece_line(0, 0, 1, out), "text 0 0 1\n");
	assert_line(report_piece_line(63, UINT32_MAX, UINT32_MAX, out),
		    "text 63 4294967295 4294967295\n");
	assert_line(report_left_line(2, 10, 20, out), "left 2 10 20\n");
	assert_line(report_crc_line(1, 0xabc, out), "crc 1 00000abc\n");
	assert_line(report_end_line(out), "end\n");
}

static void test_banners(void **state)
{
	static const struct report_beyond many = { 12, 300, 611 }, one = { 1, 7, 7 };
	const struct report_head head = doc_head();

	(void)state;
	assert_line(report_beyond_words(&many, out), "12 of dmesg-ramoops-300 to -611");
	assert_line(report_beyond_words(&one, out), "dmesg-ramoops-7");
	assert_line(report_beyond_hint(&many, out),
		    "oopsmon: left out: 12 of dmesg-ramoops-300 to -611, in RAM for Linux");
	assert_line(report_beyond_hint(&one, out),
		    "oopsmon: left out: dmesg-ramoops-7, in RAM for Linux");
	assert_line(report_begin_banner(&head, out),
		    "-----BEGIN OOPSMON REPORT 2----- id 1f2e3d4c boot 2 panic");
	assert_line(report_end_banner(&head, true, out),
		    "-----END OOPSMON REPORT 2----- id 1f2e3d4c complete");
	assert_line(report_end_banner(&head, false, out),
		    "-----END OOPSMON REPORT 2----- id 1f2e3d4c cut");
	assert_line(report_hint(&head, 26055, out),
		    "oopsmon: 5 records, 26055 bytes; save this log, then: oopsmon decode LOG");
	assert_line(report_left_hint(&records[1], 1200, out),
		    "oopsmon: left out: console-ramoops-0, 1200 of 16384 bytes");
	assert_line(report_more_hint(1, out), "oopsmon: and 1 record more");
	assert_line(report_more_hint(2, out), "oopsmon: and 2 records more");
	assert_line(report_time_hint(10, 115200, out),
		    "oopsmon: 10 s at 115200 baud are over; oopsmon.report_seconds=0 tells all");
}

static void test_id(void **state)
{
	const struct record *two[] = { &records[0], &records[1] };
	const struct record *swapped[] = { &records[1], &records[0] };

	(void)state;
	assert_int_equal(report_id(NULL, 0), 0);
	assert_int_equal(report_id(two, 1), 0xefb8d5c7);
	assert_int_equal(report_id(two, 2), 0x443be247);
	assert_int_not_equal(report_id(two, 2), report_id(swapped, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),  cmocka_unit_test(test_longest),
		cmocka_unit_test(test_items), cmocka_unit_test(test_banners),
		cmocka_unit_test(test_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

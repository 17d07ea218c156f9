/* SPDX-License-Identifier: BSD-2-Clause */
/* The card of an archived crash: docs/archive-format.md's own example, and hostile ones. */
#include "core/archive/archive_entry.h"
#include "support.h"

#define FIRST "oopsmon entry 1\n"
#define FACTS                                                                                      \
	FIRST "id 1f2e3d4c\nboot 2 warm\nverdict panic\nmonitor 0.1.0\nboard qemu-virt\n"          \
	      "region 0x5fc00000 2097152\n"
#define CARD                                                                                       \
	FACTS "time 1700000000\nrecords 3 26055\n"                                                 \
	      "headline Kernel panic - not syncing: sysrq triggered crash\n\n"

static struct span span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

static const struct archive_card example = {
	.id = 0x1f2e3d4c,
	.boot_count = 2,
	.warm = true,
	.verdict = VERDICT_PANIC,
	.monitor = "0.1.0",
	.board = "qemu-virt",
	.region_pa = 0x5fc00000,
	.region_bytes = 2097152,
	.has_time = true,
	.time_s = 1700000000,
	.n_records = 3,
	.text_bytes = 26055,
	.headline = "Kernel panic - not syncing: sysrq triggered crash",
};

static void assert_card(const struct archive_card *got, const struct archive_card *want)
{
	assert_int_equal(got->id, want->id);
	assert_int_equal(got->boot_count, want->boot_count);
	assert_int_equal(got->warm, want->warm);
	assert_int_equal(got->verdict, want->verdict);
	assert_string_equal(got->monitor, want->monitor);
	assert_string_equal(got->board, want->board);
	assert_int_equal(got->region_pa, want->region_pa);
	assert_int_equal(got->region_bytes, want->region_bytes);
	assert_int_equal(got->has_time, want->has_time);
	assert_int_equal(got->time_s, want->time_s);
	assert_int_equal(got->n_records, want->n_records);
	assert_int_equal(got->text_bytes, want->text_bytes);
	assert_memory_equal(&got->beyond, &want->beyond, sizeof(got->beyond));
	assert_string_equal(got->headline, want->headline);
}

static void test_example(void **state)
{
	char out[ARCHIVE_CARD_BYTES];
	struct archive_card card;
	size_t used = 0;

	(void)state;
	assert_int_equal(archive_card_write(&example, out), strlen(CARD));
	assert_memory_equal(out, CARD, strlen(CARD));
	assert_int_equal(archive_card_read(span_of(CARD "chapters"), &card, &used), OM_OK);
	assert_int_equal(used, strlen(CARD));
	assert_card(&card, &example);
}

/* Nothing known, everything as long as it gets, before 1970: what is written is read again. */
static void test_extremes(void **state)
{
	static const struct archive_card cards[] = {
		{ .verdict = VERDICT_COLD },
		{
			.id = UINT32_MAX,
			.boot_count = UINT32_MAX,
			.verdict = VERDICT_NO_LOG,
			.monitor = "1234567890123456789012345678901",
			.board = "abcdefghijklmnopqrstuvwxyz12345",
			.region_pa = UINT64_MAX,
			.region_bytes = UINT32_MAX,
			.has_time = true,
			.time_s = -INT64_MAX,
			.n_records = UINT32_MAX,
			.text_bytes = UINT32_MAX,
			.beyond = { UINT32_MAX, 0, UINT32_MAX },
		},
		{ .has_time = true, .time_s = 0, .headline = "x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
		struct archive_card card = cards[i];
		struct archive_card again;
		char out[ARCHIVE_CARD_BYTES];
		size_t used = 0;

		if (card.boot_count)
			memset(card.headline, 'h', sizeof(card.headline) - 1);

		const size_t n = archive_card_write(&card, out);
		const struct span text = { (const uint8_t *)out, n };

		assert_true(n < sizeof(out));
		assert_int_equal(archive_card_read(text, &again, &used), OM_OK);
		assert_int_equal(used, n);
		assert_card(&again, &card);
	}
}

static const struct {
	const char *name, *text;
	enum om_err err;
	size_t used;	      /* on OM_OK and OM_E_TRUNCATED */
	uint32_t boot;	      /* as read */
	const char *headline; /* as read */
} rows[] = {
	{ "nothing but the version", FIRST "\n", OM_OK, 17, 0, "" },
	{ "unknown lines", FIRST "colour blue\nboot 7 cold\ntaste sweet\n\n", OM_OK, 53, 7, "" },
	{ "further words", FIRST "records 3 26055 17\nboot 7 warm hot\n\n", OM_OK, 52, 7, "" },
	{ "escape in the headline", FIRST "headline a\x1b[31mb\tc\x7f\xff\n\n", OM_OK, 38, 0,
	  "a?[31mb?c??" },
	{ "damaged line is passed over", FIRST "boot 7 hot\nheadline h\n\n", OM_OK, 39, 0, "h" },
	{ "path as board", FIRST "board ../etc\nboot 7 cold\n\n", OM_OK, 42, 7, "" },
	{ "33 bits", FIRST "boot 4294967296 cold\n\n", OM_OK, 38, 0, "" },
	{ "65 bits", FIRST "time 18446744073709551616\nboot 7 cold\n\n", OM_OK, 55, 7, "" },
	{ "cut before the empty line", FIRST "boot 7 cold\n", OM_E_TRUNCATED, 28, 7, "" },
	{ "cut in a line", FIRST "boot 7 cold\nheadline Ker", OM_E_TRUNCATED, 28, 7, "" },
	{ "cut in the first line", "oopsmon en", OM_E_TRUNCATED, 0, 0, "" },
	{ "empty", "", OM_E_TRUNCATED, 0, 0, "" },
	{ "a report", "oopsmon report 1\n\n", OM_E_BAD_MAGIC, 0, 0, "" },
	{ "other text, short", "Linux", OM_E_BAD_MAGIC, 0, 0, "" },
	{ "later version", "oopsmon entry 2\nboot 7 cold\n\n", OM_E_VARIANT, 0, 0, "" },
	{ "no version", "oopsmon entry x\n\n", OM_E_BAD_MAGIC, 0, 0, "" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct archive_card card;
		size_t used = 0;

		CASE(rows[i].name);
		assert_int_equal(archive_card_read(span_of(rows[i].text), &card, &used),
				 rows[i].err);
		if (rows[i].err == OM_OK || rows[i].err == OM_E_TRUNCATED)
			assert_int_equal(used, rows[i].used);
		assert_int_equal(card.boot_count, rows[i].boot);
		assert_string_equal(card.headline, rows[i].headline);
	}
}

/* Every beginning of the example: never more than it says, never a line that is cut. */
static void test_cuts(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(CARD); n++) {
		struct archive_card card;
		uint8_t *text = malloc(n + 1); /* exactly so long that an over-read is seen */
		size_t used = 0;

		memcpy(text, CARD, n);
		assert_int_equal(archive_card_read((struct span){ text, n }, &card, &used),
				 OM_E_TRUNCATED);
		assert_true(used <= n);
		assert_true(used == 0 || CARD[used - 1] == '\n');
		assert_true(card.id == 0 || card.id == example.id);
		free(text);
	}
}

/* Lines without an end: no card is longer than ARCHIVE_CARD_BYTES. */
static void test_too_long(void **state)
{
	static uint8_t text[4 * ARCHIVE_CARD_BYTES];
	const struct span all = { text, sizeof(text) };
	struct archive_card card;
	size_t used = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, FIRST, strlen(FIRST));
	assert_int_equal(archive_card_read(all, &card, &used), OM_E_TRUNCATED);
	assert_int_equal(used, strlen(FIRST));
	for (size_t i = strlen(FIRST); i < sizeof(text); i += 2)
		memcpy(text + i, "x\n", 2);
	assert_int_equal(archive_card_read(all, &card, &used), OM_E_TRUNCATED);
	assert_true(used <= ARCHIVE_CARD_BYTES);
	memset(text, 'o', sizeof(text));
	memcpy(text, FIRST, strlen(FIRST) - 1);
	assert_int_equal(archive_card_read(all, &card, &used), OM_E_BAD_MAGIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),	 cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_rows),	 cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

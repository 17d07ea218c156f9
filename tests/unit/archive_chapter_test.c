/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapters of an entry, whole, damaged, cut, and with bytes missing. */
#include "core/archive/archive_chapter.h"

#include "core/base/crc32.h"
#include "support.h"

#include <string.h>

enum { CARD = 5, ENTRY = CARD + 2 * ARCHIVE_STREAM_HEAD_BYTES + 9 + 4 };

/* Two chapters of 9 and 4 bytes after what is no card. */
static struct {
	uint8_t bytes[ENTRY];
	uint32_t uncertain; /* the first byte that is not certain */
} e;

static struct span get(void *ctx, uint32_t off, uint32_t len)
{
	uint32_t end = off + len;

	(void)ctx;
	assert_true(end <= ENTRY); /* nothing beyond the entry is asked for */
	if (off <= e.uncertain && e.uncertain < end)
		end = e.uncertain;
	return (struct span){ e.bytes + off, end - off };
}

static uint32_t put(uint32_t at, const char *text)
{
	const struct archive_stream head = { (uint32_t)strlen(text), 3,
					     crc32_update(0, (const uint8_t *)text, strlen(text)) };

	archive_stream_write(&head, e.bytes + at);
	memcpy(e.bytes + at + ARCHIVE_STREAM_HEAD_BYTES, text, head.bytes);
	return at + ARCHIVE_STREAM_HEAD_BYTES + head.bytes;
}

enum { NONE = UINT32_MAX, SECOND = CARD + ARCHIVE_STREAM_HEAD_BYTES + 9 };

static const struct row {
	const char *name;
	uint32_t len, flip, uncertain;
	uint32_t n;		    /* chapters that are found */
	uint32_t stream[2];	    /* bytes of each that are certain */
	uint32_t whole, sound, cut; /* a bit each */
} rows[] = {
	{ "whole", ENTRY, NONE, NONE, 2, { 9, 4 }, 3, 3, 0 },
	{ "a byte of the first is wrong", ENTRY, CARD + 10, NONE, 2, { 9, 4 }, 3, 2, 0 },
	{ "a byte of the first is not certain", ENTRY, NONE, CARD + 10, 2, { 2, 4 }, 2, 2, 0 },
	{ "the second's head is not certain", ENTRY, NONE, SECOND + 1, 1, { 9 }, 1, 1, 0 },
	{ "cut in the second", ENTRY - 1, NONE, NONE, 2, { 9, 3 }, 1, 1, 2 },
	{ "cut in the second's head", SECOND + 7, NONE, NONE, 1, { 9 }, 1, 1, 0 },
	{ "cut after the first", SECOND, NONE, NONE, 1, { 9 }, 1, 1, 0 },
	{ "the first says more than there is", ENTRY, CARD + 1, NONE, 1, { 21 }, 0, 0, 1 },
	{ "no chapter", CARD, NONE, NONE, 0, { 0 }, 0, 0, 0 },
	{ "less than a card", CARD - 1, NONE, NONE, 0, { 0 }, 0, 0, 0 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *w = &rows[i];
		const struct archive_bytes from = { w->len, get, NULL };
		struct archive_chapter c;
		uint32_t at = CARD, n = 0;

		CASE(w->name);
		assert_int_equal(put(put(CARD, "a chapter"), "more"), ENTRY);
		e.uncertain = w->uncertain;
		if (w->flip != NONE)
			e.bytes[w->flip] ^= 1;
		for (; archive_chapter_next(&from, &at, &c); n++) {
			assert_true(n < w->n);
			assert_int_equal(c.head.kind, 3);
			assert_int_equal(c.stream.len, w->stream[n]);
			assert_int_equal(c.whole, w->whole >> n & 1);
			assert_int_equal(c.sound, w->sound >> n & 1);
			assert_int_equal(c.cut, w->cut >> n & 1);
		}
		assert_int_equal(n, w->n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The last lines of a crash: which ones, and what of each is shown. */
#include "core/base/escape.h"
#include "core/log/tail.h"
#include "support.h"

enum { ALL = UINT32_MAX };

static struct span span_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static void test_which(void **state)
{
	static const struct {
		const char *text;
		uint32_t lines, bytes;
		const char *tail;
	} rows[] = {
		{ "a\nb\nc\n", 2, ALL, "b\nc\n" },
		{ "a\nb\nc", 2, ALL, "b\nc" },
		{ "a\nb\nc\n", 3, ALL, "a\nb\nc\n" },
		{ "a\nb\nc\n", 999, ALL, "a\nb\nc\n" },
		{ "a\nb\nc\n", 0, ALL, "" },
		{ "", 20, ALL, "" },
		{ "\n", 20, ALL, "\n" },
		{ "a\n\n\n", 2, ALL, "\n\n" },
		/* the line's time is short: whole lines only, the last ones */
		{ "a\nb\nc\n", 9, 3 * (TAIL_FRAME_BYTES + 1), "a\nb\nc\n" },
		{ "a\nb\nc\n", 9, 3 * (TAIL_FRAME_BYTES + 1) - 1, "b\nc\n" },
		{ "a\nb\nc\n", 9, TAIL_FRAME_BYTES, "" },
		{ "aaaaaaaa\nb\n", 9, 2 * TAIL_FRAME_BYTES + 8, "b\n" },
		/* an escape costs what it takes on the wire, a level costs nothing */
		{ "\x1b\n", 9, TAIL_FRAME_BYTES + 3, "" },
		{ "\x1b\n", 9, TAIL_FRAME_BYTES + 4, "\x1b\n" },
		{ "<6>a\n", 9, TAIL_FRAME_BYTES + 1, "<6>a\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct span text = span_of(rows[i].text);
		struct span got;

		CASE(rows[i].text);
		got = tail_of(text, rows[i].lines, rows[i].bytes);
		assert_int_equal(got.len, strlen(rows[i].tail));
		assert_ptr_equal(got.p + got.len, text.p + text.len);
	}
}

static void test_shown(void **state)
{
	static const struct {
		const char *line, *shown;
	} rows[] = {
		{ "<0>[   12.345678] Kernel panic", "[   12.345678] Kernel panic" },
		{ "<14>[   12.3,0] words", "[   12.3,0] words" },
		{ "[   12.345678] <c0100010> words", "[   12.345678] <c0100010> words" },
		{ "<c0100010> is no level", "<c0100010> is no level" },
		{ "words \r", "words" },
		{ "  words", "  words" },
		{ "<6>", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct span rest = span_of(rows[i].line);
		struct span shown;

		CASE(rows[i].line);
		assert_true(tail_line(&rest, &shown));
		assert_int_equal(rest.len, 0);
		assert_int_equal(shown.len, strlen(rows[i].shown));
		assert_memory_equal(shown.p, rows[i].shown, shown.len);
	}
}

/* A record without newlines is one line, of which the beginning is shown. */
static void test_endless(void **state)
{
	static uint8_t bytes[100000];
	const struct span text = { bytes, sizeof(bytes) };
	const uint32_t cost = TAIL_FRAME_BYTES + TAIL_LINE_BYTES * ESCAPE_MAX;
	struct span rest = text, shown;

	(void)state;
	assert_int_equal(tail_of(text, 20, cost).len, sizeof(bytes));
	assert_int_equal(tail_of(text, 20, cost - 1).len, 0);
	assert_false(tail_line(&rest, &shown));
	assert_int_equal(shown.len, TAIL_LINE_BYTES);
	assert_int_equal(rest.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows too wide for a terminal: where they are broken. */
#include "core/base/escape.h"
#include "core/base/fold.h"
#include "support.h"

static const struct {
	const char *row; /* what has room */
	size_t indent;
	const char *printed; /* of it in this row */
} rows[] = {
	{ "cause    one two three", 9, "cause    one two " },
	{ "cause    one twothree", 9, "cause    one twothree" }, /* a third wasted: too much */
	{ "cause    onetwothree", 9, "cause    onetwothree" },
	{ "a b c d e f g ", 0, "a b c d e f g " },
	{ "label   word", 8, "label   word" }, /* blanks of the label are no places */
	/* escapes: cut in front of one that has no room */
	{ "wordword\\x1", 0, "wordword" },
	{ "wordword\\x", 0, "wordword" },
	{ "wordword\\", 0, "wordword" },
	{ "wordword\\x1b", 0, "wordword\\x1b" },
	{ "wordword\\\\", 0, "wordword\\\\" },
	{ "wordword\\\\\\", 0, "wordword\\\\" },	  /* an odd third one */
	{ "wordword\\\\x1", 0, "wordword\\\\x1" },	  /* a backslash, then x1 */
	{ "wordword\\\\\\\\\\x", 0, "wordword\\\\\\\\" }, /* two, and a cut one */
	{ "\\x1", 0, "\\x1" }, /* nothing else in the row: progress counts more */
	{ "lab \\x1", 4, "lab \\x1" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].row);
		assert_int_equal(fold_row(rows[i].row, strlen(rows[i].row), rows[i].indent),
				 strlen(rows[i].printed));
	}
}

/* Whatever text: rows are within the width, make progress, and joined are the text. */
static void test_joined(void **state)
{
	uint32_t seed = 1, n_rows = 0;

	(void)state;
	for (uint32_t run = 0; run < 200; run++) {
		uint8_t in[300];
		char text[sizeof(in) * ESCAPE_MAX];
		size_t used = 0, at = 0;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (uint8_t) "abc \\\x1b\x80z"[seed >> 29];
		}

		const size_t len =
			escape_text((struct span){ in, sizeof(in) }, &used, text, sizeof(text));

		assert_int_equal(used, sizeof(in));
		while (len - at > FOLD_COLUMNS) {
			const size_t n = fold_row(text + at, FOLD_COLUMNS, 0);

			assert_true(n > FOLD_COLUMNS / 2 && n <= FOLD_COLUMNS);
			at += n;
			n_rows++;
			/* what follows begins with a whole unit: it can be unescaped by itself */
			assert_true(text[at] != 'x' || text[at - 1] != '\\' ||
				    (at > 1 && text[at - 2] == '\\'));
		}
	}
	assert_true(n_rows > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

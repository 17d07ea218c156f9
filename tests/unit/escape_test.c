/* SPDX-License-Identifier: BSD-2-Clause */
/* Escaping: nothing that moves a terminal gets through, and nothing is lost. */
#include "core/base/escape.h"
#include "support.h"

static const struct {
	const char *in;
	size_t len;
	const char *out;
} rows[] = {
	{ "", 0, "" },
	{ "plain text ~!", 13, "plain text ~!" },
	{ "two\nlines\twith tab", 18, "two\nlines\twith tab" },
	{ "back\\slash", 10, "back\\\\slash" },
	{ "\\x1b", 4, "\\\\x1b" },
	{ "\x1b[2J", 4, "\\x1b[2J" },
	{ "cr\r\n", 4, "cr\\x0d\n" },
	{ "nul\0end", 7, "nul\\x00end" },
	{ "\x7f\x80\xff", 3, "\\x7f\\x80\\xff" },
	{ "caf\xc3\xa9", 5, "caf\\xc3\\xa9" },
	{ "\xc2\x9b"
	  "31m",
	  5, "\\xc2\\x9b31m" }, /* CSI as UTF-8 */
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[64];
		size_t used = 99;
		size_t n = escape_text((struct span){ (const uint8_t *)rows[i].in, rows[i].len },
				       &used, out, sizeof(out));

		CASE(rows[i].out);
		assert_int_equal(used, rows[i].len);
		assert_int_equal(n, strlen(rows[i].out));
		assert_memory_equal(out, rows[i].out, n);
	}
}

static uint8_t unescape_one(const char **at)
{
	const char *p = *at;

	if (p[0] != '\\') {
		*at = p + 1;
		return (uint8_t)p[0];
	}
	if (p[1] == '\\') {
		*at = p + 2;
		return '\\';
	}

	char hex[3] = { p[2], p[3], 0 };

	assert_int_equal(p[1], 'x');
	*at = p + 4;
	return (uint8_t)strtoul(hex, NULL, 16);
}

/* All bytes, through buffers of every size: the pieces join to the same text and go back. */
static void test_pieces_and_back(void **state)
{
	uint8_t in[512];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t cap = ESCAPE_MAX; cap < 40; cap++) {
		char all[sizeof(in) * ESCAPE_MAX + 1];
		size_t n = 0;
		struct span left = { in, sizeof(in) };

		while (left.len > 0) {
			size_t used = 0;
			char piece[40];
			size_t got = escape_text(left, &used, piece, cap);

			assert_true(used > 0 && got <= cap);
			memcpy(all + n, piece, got);
			n += got;
			left = span_sub(left, used, left.len);
		}
		all[n] = '\0';

		const char *at = all;

		for (size_t i = 0; i < sizeof(in); i++)
			assert_int_equal(unescape_one(&at), in[i]);
		assert_ptr_equal(at, all + n);
		for (size_t i = 0; i < n; i++)
			assert_true((all[i] >= ' ' && all[i] <= '~') || all[i] == '\n' ||
				    all[i] == '\t');
	}
}

static void test_no_room(void **state)
{
	char out[ESCAPE_MAX];
	size_t used = 99;

	(void)state;
	assert_int_equal(escape_text((struct span){ (const uint8_t *)"a", 1 }, &used, out, 3), 0);
	assert_int_equal(used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_pieces_and_back),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

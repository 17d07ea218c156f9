/* SPDX-License-Identifier: BSD-2-Clause */
/* How lines of a kernel log begin, and what can be said of one that is cut short. */
#include "core/log/line_form.h"
#include "support.h"

static const struct {
	const char *line;
	bool stamped;
	uint32_t sec; /* of the line before */
	enum line_form form;
} lines[] = {
	{ "<6>[    0.000000] Booting", true, 0, LINE_RIGHT },
	{ "<12>[12345.678901] x", true, 12345, LINE_RIGHT },
	{ "<6>[123456.678901][ T1] x", true, 1, LINE_RIGHT },
	{ "<6>[    1.000000] x", true, 2, LINE_RIGHT },
	{ "<6>[    1.000000] x", true, 9, LINE_WRONG },
	{ "<6>no time", true, 0, LINE_WRONG },
	{ "<6>no time", false, 0, LINE_RIGHT },
	{ "no level", false, 0, LINE_WRONG },
	{ "<>x", true, 0, LINE_WRONG },
	{ "<6>[1.000000] x", true, 0, LINE_WRONG },
	{ "<6>[    1.00000] x", true, 0, LINE_WRONG },
	{ "<6>[    1.000000", true, 0, LINE_OPEN },
	{ "<6>[   ", true, 0, LINE_OPEN },
	{ "<6", true, 0, LINE_OPEN },
	{ "", true, 0, LINE_OPEN },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct line_clock clock = { lines[i].stamped, lines[i].sec };
		const uint8_t *p = (const uint8_t *)lines[i].line;

		CASE(lines[i].line);
		assert_int_equal(line_form(p, p + strlen(lines[i].line), &clock), lines[i].form);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

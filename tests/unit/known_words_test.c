/* SPDX-License-Identifier: BSD-2-Clause */
/* Words oopsmon.* that do not exist, and what they resemble. */
#include "core/place/known_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *line;
	uint32_t n;
	const char *word, *nearest;
};

static const struct row rows[] = {
	{ "", 0, NULL, NULL },
	{ "console=ttyAMA0 quiet oopsmon.region=2M", 0, NULL, NULL },
	{ "oopsmon.console-size=1 oopsmon.report_again oopsmon.flags", 0, NULL, NULL },
	{ "oopsmon.regoin=2M", 1, "oopsmon.regoin", "region" },
	{ "oopsmon.records_size=2M", 1, "oopsmon.records_size", "record_size" },
	{ "oopsmon.pmsg=1", 1, "oopsmon.pmsg", NULL },
	{ "oopsmon.ecc-sise=1", 1, "oopsmon.ecc-sise", "ecc_size" },
	{ "oopsmon.x=1 oopsmon.regio=2", 2, "oopsmon.x", NULL },
	{ "\"oopsmon.regions=a b\" quiet", 1, "oopsmon.regions", "region" },
	{ "oopsmon.region oopsmon.", 0, NULL, NULL },
	{ "oopsmon", 0, NULL, NULL },
	{ "-- oopsmon.regoin=2M", 0, NULL, NULL },
	{ "oopsmon.a_name_longer_than_any_that_there_is=1", 1,
	  "oopsmon.a_name_longer_than_any_that_there_is", NULL },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct unknown_words got;

		memset(&got, 0xaa, sizeof(got));
		known_words_check(r->line, &got);
		if (got.n != r->n || !got.word != !r->word || !got.nearest != !r->nearest)
			fail_msg("<%s>: %u, nearest %s", r->line, got.n,
				 got.nearest ? got.nearest : "none");
		if (r->word) {
			assert_int_equal(got.len, strlen(r->word));
			assert_memory_equal(got.word, r->word, got.len);
		}
		if (r->nearest)
			assert_string_equal(got.nearest, r->nearest);
	}
}

/* Each word with each of its letters wrong, missing or twice still leads to itself. */
static void test_typos(void **state)
{
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; known_words_name(i); i++) {
		const char *name = known_words_name(i);
		const size_t len = strlen(name);

		for (size_t at = 0; at < len; at++)
			for (int kind = 0; kind < 3; kind++) {
				char line[80];
				struct unknown_words got;

				snprintf(line, sizeof(line), "oopsmon.%.*s%s%s=1", (int)at, name,
					 kind == 0   ? "q"
					 : kind == 1 ? ""
						     : (char[]){ name[at], name[at], 0 },
					 name + at + 1);
				known_words_check(line, &got);
				assert_int_equal(got.n, 1);
				n++;
				if (len < 3)
					continue;
				if (!got.nearest || strcmp(got.nearest, name) != 0)
					fail_msg("%s leads to %s", line,
						 got.nearest ? got.nearest : "nothing");
			}
	}
	assert_in_range(n, 300, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_typos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

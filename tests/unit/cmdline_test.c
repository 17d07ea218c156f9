/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines: rows of text and what must be read out of them. */
#include "core/place/options.h"
#include "core/tree/cmdline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *line, *name;
	const char *values; /* joined with '|' after each */
} word_rows[] = {
	{ "", "mem", "" },
	{ "   \t\n", "mem", "" },
	{ "mem=1M", "mem", "1M|" },
	{ "  a mem=1M  b", "mem", "1M|" },
	{ "mem=1M xmem=2M memx=3M mem mem=4M", "mem", "1M||4M|" },
	{ "a-b=1 a_b=2", "a_b", "1|2|" },
	{ "a-b=1 a_b=2", "a-b", "1|2|" },
	{ "x=\"mem=1 mem=2\" mem=3", "mem", "3|" },
	{ "mem=\"1 2\" mem=3", "mem", "1 2|3|" },
	{ "\"mem=1 2\" mem=3", "mem", "1 2|3|" },
	{ "mem=\"1 2", "mem", "1 2|" },
	{ "mem=", "mem", "|" },
	{ "=mem mem=1", "mem", "1|" },
	{ "mem==2", "mem", "=2|" },
	{ "mem=a=b", "mem", "a=b|" },
	{ "mem=1 -- mem=2", "mem", "1|" },
	{ "mem=1 --x mem=2", "mem", "1|2|" },
	{ "mem=1 --=x mem=2", "mem", "1|2|" },
	{ "\"\" mem=1 \"", "mem", "1|" },
	{ "\"", "mem", "" },
	{ "mem=\"", "mem", "|" },
	{ "mem=\"\"", "mem", "|" },
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(word_rows) / sizeof(word_rows[0]); i++) {
		char got[200] = "";
		/* exact-size memory, so that the sanitizer sees any read after the NUL */
		char *line = strdup(word_rows[i].line);
		const char *at = NULL;
		size_t len = 0;

		while ((at = cmdline_next(line, word_rows[i].name, at, &len))) {
			strncat(got, at, len);
			strcat(got, "|");
		}
		if (strcmp(got, word_rows[i].values) != 0)
			fail_msg("<%s>: %s", word_rows[i].line, got);
		free(line);
	}
}

static void test_long_line(void **state)
{
	size_t len;
	char *line = malloc(2 * CMDLINE_BYTES_MAX);

	(void)state;
	memset(line, ' ', 2 * CMDLINE_BYTES_MAX);
	strcpy(line + CMDLINE_BYTES_MAX - 5, "mem=1 mem=2");
	assert_non_null(cmdline_next(line, "mem", NULL, &len));
	assert_int_equal(len, 1);
	assert_null(cmdline_next(line, "mem", line + CMDLINE_BYTES_MAX - 1, &len));
	free(line);
}

static const struct {
	const char *text;
	enum om_err want;
	uint64_t value;
	size_t used;
} size_rows[] = {
	{ "0", OM_OK, 0, 1 },
	{ "12", OM_OK, 12, 2 },
	{ "2M", OM_OK, 2 << 20, 2 },
	{ "64k@", OM_OK, 64 << 10, 3 },
	{ "1G,high", OM_OK, 1 << 30, 2 },
	{ "0x200000", OM_OK, 0x200000, 8 },
	{ "0X1fK", OM_OK, 31 << 10, 5 },
	{ "0xg", OM_OK, 0, 1 }, /* a zero, and something else */
	{ "010", OM_OK, 8, 3 },
	{ "3T", OM_OK, 3ULL << 40, 2 },
	{ "3p", OM_OK, 3ULL << 50, 2 },
	{ "1e", OM_OK, 1ULL << 60, 2 },
	{ "16e", OM_E_TRUNCATED, 0, 0 },
	{ "18446744073709551615", OM_OK, UINT64_MAX, 20 },
	{ "18446744073709551616", OM_E_TRUNCATED, 0, 0 },
	{ "0x10000000000000000", OM_E_TRUNCATED, 0, 0 },
	{ "0x07ffffffffffffff", OM_OK, 0x7ffffffffffffff, 18 },
	{ "99999999999999999999", OM_E_TRUNCATED, 0, 0 },
	{ "", OM_E_ARG, 0, 0 },
	{ "M", OM_E_ARG, 0, 0 },
	{ "-1", OM_E_ARG, 0, 0 },
	{ "@1", OM_E_ARG, 0, 0 },
};

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(size_rows) / sizeof(size_rows[0]); i++) {
		uint64_t value = 0;
		size_t used = 0;
		enum om_err err =
			cmdline_size(size_rows[i].text, strlen(size_rows[i].text), &value, &used);

		if (err != size_rows[i].want || value != size_rows[i].value ||
		    used != size_rows[i].used)
			fail_msg("%s: %d 0x%llx %zu", size_rows[i].text, err,
				 (unsigned long long)value, used);
	}
	uint64_t v;
	assert_int_equal(cmdline_size("123", 2, &v, NULL), OM_OK);
	assert_int_equal(v, 12);
	assert_int_equal(cmdline_size("1K", 1, &v, NULL), OM_OK);
	assert_int_equal(v, 1);
}

static const struct {
	const char *line;
	uint32_t max, want; /* 77: left as it is */
	bool ok;
} number_rows[] = {
	{ "", 60, 77, true },
	{ "quiet oopsmon.n=5 ro", 60, 5, true },
	{ "oopsmon.n=0", 60, 0, true },
	{ "oopsmon.n=60", 60, 60, true },
	{ "oopsmon.n=61", 60, 77, false },
	{ "oopsmon.n=0x10", 60, 16, true },
	{ "oopsmon.n=1k", 1024, 1024, true },
	{ "oopsmon.n=5 oopsmon.n=6", 60, 6, true },
	{ "oopsmon.n=5 oopsmon.n=x", 60, 77, false },
	{ "oopsmon.n=x oopsmon.n=5", 60, 5, true },
	{ "oopsmon.n=", 60, 77, false },
	{ "oopsmon.n", 60, 77, false },
	{ "oopsmon.n=5s", 60, 77, false },
	{ "oopsmon.n=-1", 60, 77, false },
	{ "oopsmon.n=4294967296", UINT32_MAX, 77, false },
	{ "oopsmon.n=4294967295", UINT32_MAX, UINT32_MAX, true },
	{ "-- oopsmon.n=5", 60, 77, true },
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(number_rows) / sizeof(number_rows[0]); i++) {
		uint32_t n = 77;

		print_message("  %s\n", number_rows[i].line);
		assert_int_equal(
			cmdline_number(number_rows[i].line, "oopsmon.n", number_rows[i].max, &n),
			number_rows[i].ok);
		assert_int_equal(n, number_rows[i].want);
	}
}

static const struct geometry board = GEOMETRY_DEFAULT;

/* The options as one line of text, so that a row says everything. */
static void describe(const struct carveout_options *w, char *out, size_t cap)
{
	snprintf(out, cap, "%s%s%s 0x%x@0x%llx %u %u %u %u %u %u %u %u given %x bad %u %.*s",
		 w->off ? "off " : "", w->has_bytes ? "bytes " : "", w->has_base ? "base " : "",
		 w->geom.region_bytes, (unsigned long long)w->geom.base_pa, w->geom.record_bytes,
		 w->geom.console_bytes, w->geom.ftrace_bytes, w->geom.pmsg_bytes, w->geom.ecc_bytes,
		 w->geom.max_reason, w->geom.mem_type, w->geom.flags, w->given, w->bad,
		 (int)w->bad_word_len, w->bad_word ? w->bad_word : "");
}

#define DEFAULT_SIZES " 65536 262144 131072 131072 16 2 0 1"

static const struct {
	const char *line, *want;
} option_rows[] = {
	{ "", " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 0 " },
	{ "oopsmon.region=none", "off  0x200000@0x0" DEFAULT_SIZES " given 0 bad 0 " },
	{ "oopsmon.region=4M", "bytes  0x400000@0x0" DEFAULT_SIZES " given 0 bad 0 " },
	{ "oopsmon.region=4M@0x5f000000",
	  "bytes base  0x400000@0x5f000000" DEFAULT_SIZES " given 0 bad 0 " },
	{ "oopsmon.region=none oopsmon.region=1M@1G",
	  "bytes base  0x100000@0x40000000" DEFAULT_SIZES " given 0 bad 0 " },
	{ "oopsmon.region=4M@ quiet",
	  " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 oopsmon.region=4M@" },
	{ "oopsmon.region=4Mx", " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 oopsmon.region=4Mx" },
	{ "oopsmon.region=0", " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 oopsmon.region=0" },
	{ "oopsmon.region=8G", " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 oopsmon.region=8G" },
	{ "oopsmon.region", " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 oopsmon.region" },
	{ "oopsmon.region=2M@0x5f000000x",
	  " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 oopsmon.region=2M@0x5f000000x" },
	{ "oopsmon.record_size=32K oopsmon.console-size=1M oopsmon.ftrace_size=0"
	  " oopsmon.pmsg_size=4096 oopsmon.ecc_size=32 oopsmon.max_reason=4 oopsmon.mem_type=1"
	  " oopsmon.flags=0",
	  " 0x200000@0x0 32768 1048576 0 4096 32 4 1 0 given ff bad 0 " },
	{ "oopsmon.mem_type=2 oopsmon.ecc_size=x oopsmon.other=1",
	  " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 2 oopsmon.mem_type=2" },
	{ "oopsmon.record_size=3G",
	  " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 oopsmon.record_size=3G" },
	{ "oopsmon. oopsmon =1 -- oopsmon.region=none",
	  " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 0 " },
	{ "\"oopsmon.region=1 M\"",
	  " 0x200000@0x0" DEFAULT_SIZES " given 0 bad 1 \"oopsmon.region=1 M\"" },
};

static void test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++) {
		struct carveout_options options;
		char got[300];

		options_read(option_rows[i].line, &board, &options);
		describe(&options, got, sizeof(got));
		if (strcmp(got, option_rows[i].want) != 0)
			fail_msg("<%s>: %s", option_rows[i].line, got);
	}
}

static void test_board_place(void **state)
{
	struct geometry fixed = board;
	struct carveout_options options;

	(void)state;
	fixed.base_pa = 0x1000000;
	options_read("", &fixed, &options);
	assert_true(options.has_base && !options.has_bytes);
	options_read("oopsmon.region=1M", &fixed, &options);
	assert_true(options.has_base && options.geom.base_pa == 0x1000000);
}

/* Any bytes at all: nothing outside the line is read (the sanitizer looks). */
static void test_noise(void **state)
{
	static const char letters[] = "oopsmon.region=mem=\"\"  --@0x5fM\n";

	(void)state;
	srand(2);
	for (int round = 0; round < 20000; round++) {
		char *line = malloc(61);
		struct carveout_options options;
		size_t n = 0, len;
		const char *at = NULL;

		for (n = 0; n < 60; n++)
			line[n] = rand() % 9 ? letters[(size_t)rand() % sizeof(letters)]
					     : (char)rand();
		line[n] = 0;
		options_read(line, &board, &options);
		if (options.bad_word)
			assert_in_range(options.bad_word - line, 0, 60 - options.bad_word_len);
		while ((at = cmdline_next(line, "mem", at, &len)))
			assert_in_range(at - line, 0, 60 - len);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	    cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_sizes),	    cmocka_unit_test(test_options),
		cmocka_unit_test(test_board_place), cmocka_unit_test(test_noise),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

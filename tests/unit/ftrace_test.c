/* SPDX-License-Identifier: BSD-2-Clause */
/* ftrace entries: both sizes, Linux's text form, telling the sizes apart, merging. */
#include "core/ftrace.h"
#include "support.h"

static size_t put_32(uint8_t *p, uint32_t ip, uint32_t parent, uint64_t ts)
{
	le32_store(p, ip);
	le32_store(p + 4, parent);
	le64_store(p + 8, ts);
	return FTRACE_BYTES_32;
}

static size_t put_64(uint8_t *p, uint64_t ip, uint64_t parent, uint64_t stamp, uint8_t cpu)
{
	le64_store(p, ip);
	le64_store(p + 8, parent);
	le64_store(p + 16, stamp << 8 | cpu);
	return FTRACE_BYTES_64;
}

static const struct {
	uint32_t bytes;
	uint64_t ip, parent, stamp;
	uint32_t cpu;
	const char *line;
} lines[] = {
	{ 16, 0xc032401c, 0xc0063644, 12132, 0,
	  "CPU:0 ts:12132 c032401c  c0063644  0xc032401c <- 0xc0063644\n" },
	{ 16, 0xc0101236, 0x1234, 0, 2,
	  "CPU:2 ts:0 c0101236  00001234  0xc0101236 <- 0x00001234\n" },
	{ 24, 0xffff800080127fec, 0xffff800080128190, 591, 0,
	  "CPU:0 ts:591 ffff800080127fec  ffff800080128190  0xffff800080127fec <- "
	  "0xffff800080128190\n" },
	{ 24, 0x123456789a, 0, 0xffffffffffffff, 255,
	  "CPU:255 ts:72057594037927935 123456789a  00000000  0x000000123456789a <- "
	  "0x0000000000000000\n" },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		uint8_t raw[FTRACE_BYTES_64];
		struct ftrace_entry e;
		char out[FTRACE_LINE_BYTES];

		if (lines[i].bytes == FTRACE_BYTES_32)
			put_32(raw, (uint32_t)lines[i].ip, (uint32_t)lines[i].parent,
			       lines[i].stamp);
		else
			put_64(raw, lines[i].ip, lines[i].parent, lines[i].stamp,
			       (uint8_t)lines[i].cpu);
		CASE(lines[i].line);
		assert_int_equal(ftrace_entry_at((struct span){ raw, lines[i].bytes },
						 lines[i].bytes, 0, &e),
				 OM_OK);
		assert_int_equal(e.cpu, lines[i].cpu);
		assert_true(e.stamp == lines[i].stamp);
		assert_int_equal(ftrace_line(&e, lines[i].bytes, out), strlen(lines[i].line));
		assert_string_equal(out, lines[i].line);
	}
}

/* The longest line there can be fits; decimals are right at every power of ten. */
static void test_numbers(void **state)
{
	char out[FTRACE_LINE_BYTES];
	char want[FTRACE_LINE_BYTES];
	uint64_t power = 1;

	(void)state;
	for (uint32_t i = 0; i < 3 * 20; i++) {
		const uint64_t stamp = power + i % 3 - 1;
		const struct ftrace_entry e = { UINT32_MAX, stamp, UINT64_MAX, UINT64_MAX };

		snprintf(want, sizeof(want), "CPU:4294967295 ts:%llu ffffffffffffffff",
			 (unsigned long long)stamp);
		ftrace_line(&e, FTRACE_BYTES_64, out);
		assert_memory_equal(out, want, strlen(want));
		if (i % 3 == 2 && power <= UINT64_MAX / 10)
			power *= 10;
	}

	const struct ftrace_entry most = { UINT32_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };

	assert_true(ftrace_line(&most, FTRACE_BYTES_64, out) < sizeof(out));
	assert_non_null(strstr(out, "ts:18446744073709551615 "));
}

static void test_bounds(void **state)
{
	uint8_t raw[48] = { 0 };
	struct ftrace_entry e;

	(void)state;
	for (size_t len = 0; len <= sizeof(raw); len++) {
		uint8_t *exact = malloc(len ? len : 1);

		memcpy(exact, raw, len);
		for (uint32_t i = 0; i < 4; i++) {
			struct span s = { exact, len };

			assert_int_equal(ftrace_entry_at(s, 16, i, &e),
					 i < len / 16 ? OM_OK : OM_E_TRUNCATED);
			assert_int_equal(ftrace_entry_at(s, 24, i, &e),
					 i < len / 24 ? OM_OK : OM_E_TRUNCATED);
		}
		free(exact);
	}
	assert_int_equal(ftrace_entry_at((struct span){ raw, 48 }, 12, 0, &e), OM_E_ARG);
	assert_int_equal(ftrace_entry_at((struct span){ raw, 48 }, 0, 0, &e), OM_E_ARG);
	assert_int_equal(ftrace_entry_at((struct span){ raw, 48 }, 16, UINT32_MAX, &e),
			 OM_E_TRUNCATED);
}

/* Logs of every length whose first entry is cut: the right size always makes more sense. */
static void test_sense(void **state)
{
	uint8_t log_32[40 * FTRACE_BYTES_32];
	uint8_t log_64[40 * FTRACE_BYTES_64];
	size_t n_32 = 0;
	size_t n_64 = 0;

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		n_32 += put_32(log_32 + n_32, 0xc0100000 + i * 52, 0xbf000000 + i * 36, 900 + i);
		n_64 += put_64(log_64 + n_64, 0xffff800080000000 + i * 52,
			       0xffffffc008000000 + i * 36, 900 + i, (uint8_t)(i % 4));
	}
	for (size_t cut = 0; cut + 2 * FTRACE_BYTES_64 <= n_32; cut++) {
		struct span s32 = { log_32 + cut, n_32 - cut };
		struct span s64 = { log_64 + cut, n_64 - cut };

		assert_true(ftrace_sense(s32, 16) > ftrace_sense(s32, 24));
		assert_true(ftrace_sense(s64, 24) > ftrace_sense(s64, 16));
	}
	assert_int_equal(ftrace_sense((struct span){ log_32, 0 }, 16), 0);
	memset(log_32, 0, sizeof(log_32));
	assert_int_equal(ftrace_sense((struct span){ log_32, n_32 }, 16), 0);
}

struct merge_row {
	const char *name;
	const char *logs[3]; /* stamps, one letter each */
	const char *merged;  /* letters with the CPU they came from */
};

static const struct merge_row merges[] = {
	{ "nothing", { "", "", "" }, "" },
	{ "one", { "abc", "", "" }, "a0b0c0" },
	{ "interleaved", { "ad", "be", "cf" }, "a0b1c2d0e1f2" },
	{ "equal stamps: later CPU first", { "ab", "ab", "b" }, "a1a0b2b1b0" },
	{ "one after the other", { "xyz", "abc", "mno" }, "a1b1c1m2n2o2x0y0z0" },
	{ "two boots in a ring", { "yzab", "cd", "" }, "c1d1y0z0a0b0" },
};

static void test_merge(void **state)
{
	(void)state;
	for (size_t row = 0; row < ARRAY_LEN(merges); row++) {
		uint8_t raw[3][8 * FTRACE_BYTES_64];
		uint8_t to[24 * FTRACE_BYTES_64];
		struct span logs[3];
		char got[64] = "";

		CASE(merges[row].name);
		for (uint32_t cpu = 0; cpu < 3; cpu++) {
			size_t n = 0;

			for (const char *c = merges[row].logs[cpu]; *c; c++)
				n += put_64(raw[cpu] + n, 1, 2, (uint8_t)*c, (uint8_t)cpu);
			logs[cpu] = (struct span){ raw[cpu], n };
		}

		struct span merged = ftrace_merge(logs, 3, FTRACE_BYTES_64, to);
		struct ftrace_entry e;
		size_t n = 0;

		for (uint32_t i = 0; ftrace_entry_at(merged, 24, i, &e) == OM_OK; i++)
			n += (size_t)sprintf(got + n, "%c%u", (char)e.stamp, e.cpu);
		assert_string_equal(got, merges[row].merged);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_sense),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

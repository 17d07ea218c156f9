/* SPDX-License-Identifier: BSD-2-Clause */
/* ftrace entries of every kernel: reading them, telling them apart, their order and text. */
#include "core/log/ftrace.h"
#include "support.h"

/* Every way to store an entry. */
static const struct ftrace_format formats[] = {
	{ 24, 0, true, true, false },  { 24, 0, true, false, false },
	{ 16, 3, false, true, false }, { 16, 1, false, true, false },
	{ 16, 0, false, true, false }, { 12, 0, false, false, false },
	{ 8, 3, false, false, false }, { 8, 1, false, false, false },
};

enum { V_4_9 = 0x0409ff, V_4_10 = FTRACE_STAMPED, V_6_1 = 0x0601c0 };

static uint32_t writer_of(const struct ftrace_format *f)
{
	return f->stamped ? V_6_1 : V_4_9;
}

static void put_word(uint8_t **at, uint64_t v, uint32_t bytes, bool big_endian)
{
	for (uint32_t i = 0; i < bytes; i++)
		*(*at)++ = (uint8_t)(v >> 8 * (big_endian ? bytes - 1 - i : i));
}

/* As the kernel does it. @e->ip without CPU. */
static void put_entry(uint8_t *p, const struct ftrace_format *f, const struct ftrace_entry *e)
{
	const uint32_t address = f->wide ? 8 : 4;
	uint8_t *at = p;

	put_word(&at, e->ip | (f->cpu_in_ip ? e->cpu : 0), address, f->big_endian);
	put_word(&at, e->parent_ip, address, f->big_endian);
	if (f->stamped)
		put_word(&at, f->cpu_in_ip ? e->stamp : e->stamp << 8 | e->cpu, 8, f->big_endian);
	else if (!f->cpu_in_ip)
		put_word(&at, e->cpu, 4, f->big_endian);
	if (f->wide && !f->stamped)
		put_word(&at, 0, 4, f->big_endian);
	assert_int_equal(at - p, f->bytes);
}

/* Entry @i of a busy kernel. */
static struct ftrace_entry some_entry(const struct ftrace_format *f, uint32_t i, uint32_t cpu)
{
	const bool thumb = f->cpu_in_ip == 1;
	const uint64_t base = f->wide ? 0xffff800080000000 : 0xc0100000;

	return (struct ftrace_entry){ .cpu = cpu,
				      .stamp = f->stamped ? 900 + i : 0,
				      .ip = base + i * (thumb ? 26 : 52),
				      .parent_ip = base + 0x9000 + i * 36 + thumb };
}

/* ---- text ------------------------------------------------------------------------------------ */

static const struct {
	struct ftrace_format f;
	struct ftrace_entry e;
	const char *ip, *parent;
	const char *line;
} lines[] = {
	{ { 16, 3, false, true },
	  { 0, 12132, 0xc032401c, 0xc0063644 },
	  NULL,
	  NULL,
	  "CPU:0 ts:12132 c032401c  c0063644  0xc032401c <- 0xc0063644\n" },
	{ { 16, 3, false, true },
	  { 2, 0, 0xc0101234, 0x1234 },
	  NULL,
	  NULL,
	  "CPU:2 ts:0 c0101236  00001234  0xc0101236 <- 0x00001234\n" },
	{ { 16, 1, false, true },
	  { 1, 5, 0xc0101232, 0xc0101001 },
	  "schedule",
	  NULL,
	  "CPU:1 ts:5 c0101233  c0101001  schedule <- 0xc0101001\n" },
	{ { 16, 0, false, true, true },
	  { 7, 5, 0xc0101232, 0xc0101001 },
	  "schedule",
	  "f+0x58/0xf0 [m]",
	  "CPU:7 ts:5 c0101232  c0101001  schedule <- f+0x58/0xf0 [m]\n" },
	{ { 24, 0, true, true },
	  { 0, 591, 0xffff800080127fec, 0xffff800080128190 },
	  NULL,
	  NULL,
	  "CPU:0 ts:591 ffff800080127fec  ffff800080128190  0xffff800080127fec <- "
	  "0xffff800080128190\n" },
	{ { 24, 0, true, true, true },
	  { 255, 0xffffffffffffff, 0x123456789a, 0 },
	  NULL,
	  NULL,
	  "CPU:255 ts:72057594037927935 123456789a  00000000  0x000000123456789a <- "
	  "0x0000000000000000\n" },
	{ { 24, 0, true, false },
	  { 3, 0, 0xffffffc000081000, 0xffffffc000081444 },
	  NULL,
	  "x+0x1/0x2",
	  "3 ffffffc000081000  ffffffc000081444  0xffffffc000081000 <- x+0x1/0x2\n" },
	{ { 12, 0, false, false },
	  { 9, 0, 0xc0101232, 0xc0101001 },
	  NULL,
	  NULL,
	  "9 c0101232  c0101001  0xc0101232 <- 0xc0101001\n" },
	{ { 8, 3, false, false, true },
	  { 3, 0, 0xc0101230, 0xc0101000 },
	  "a",
	  "b",
	  "3 c0101233  c0101000  a <- b\n" },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const struct ftrace_names names = { lines[i].ip, lines[i].parent };
		const bool any = names.ip || names.parent;
		uint8_t raw[FTRACE_BYTES_64];
		struct ftrace_entry e;
		char out[FTRACE_LINE_BYTES];

		CASE(lines[i].line);
		put_entry(raw, &lines[i].f, &lines[i].e);
		assert_int_equal(
			ftrace_entry_at((struct span){ raw, lines[i].f.bytes }, &lines[i].f, 0, &e),
			OM_OK);
		assert_int_equal(e.cpu, lines[i].e.cpu);
		assert_true(e.stamp == lines[i].e.stamp);
		assert_int_equal(ftrace_line(&e, &lines[i].f, any ? &names : NULL, out),
				 strlen(lines[i].line));
		assert_string_equal(out, lines[i].line);
	}
}

/* The longest line there can be fits; decimals are right at every power of ten. */
static void test_numbers(void **state)
{
	const struct ftrace_format *f = &formats[0];
	char out[FTRACE_LINE_BYTES];
	char want[FTRACE_LINE_BYTES];
	char name[1000];
	uint64_t power = 1;

	(void)state;
	for (uint32_t i = 0; i < 3 * 20; i++) {
		const uint64_t stamp = power + i % 3 - 1;
		const struct ftrace_entry e = { UINT32_MAX, stamp, UINT64_MAX, UINT64_MAX };

		snprintf(want, sizeof(want), "CPU:4294967295 ts:%llu ffffffffffffffff",
			 (unsigned long long)stamp);
		ftrace_line(&e, f, NULL, out);
		assert_memory_equal(out, want, strlen(want));
		if (i % 3 == 2 && power <= UINT64_MAX / 10)
			power *= 10;
	}

	const struct ftrace_entry most = { UINT32_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	const struct ftrace_names names = { name, name };

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_true(ftrace_line(&most, f, &names, out) < sizeof(out));
	assert_non_null(strstr(out, "ts:18446744073709551615 "));
	assert_int_equal(strspn(strstr(out, "nn"), "n"), FTRACE_NAME_MAX);
}

static void test_bounds(void **state)
{
	uint8_t raw[48] = { 0 };
	struct ftrace_entry e;

	(void)state;
	for (size_t len = 0; len <= sizeof(raw); len++) {
		uint8_t *exact = malloc(len ? len : 1);
		const struct span s = { exact, len };

		memcpy(exact, raw, len);
		for (size_t k = 0; k < ARRAY_LEN(formats); k++)
			for (uint32_t i = 0; i < 7; i++)
				assert_int_equal(ftrace_entry_at(s, &formats[k], i, &e),
						 i < len / formats[k].bytes ? OM_OK
									    : OM_E_TRUNCATED);
		free(exact);
	}

	const struct ftrace_format none = { 0 };

	assert_int_equal(ftrace_entry_at((struct span){ raw, 48 }, &none, 0, &e), OM_E_ARG);
	assert_int_equal(ftrace_entry_at((struct span){ raw, 48 }, &formats[2], UINT32_MAX, &e),
			 OM_E_TRUNCATED);
}

/* ---- formats --------------------------------------------------------------------------------- */

enum { ENTRIES = 60 };

static void assert_format(const struct ftrace_format *got, const struct ftrace_format *want)
{
	assert_int_equal(got->bytes, want->bytes);
	assert_int_equal(got->wide, want->wide);
	assert_int_equal(got->stamped, want->stamped);
	assert_int_equal(got->cpu_in_ip, want->cpu_in_ip);
	assert_int_equal(got->big_endian, want->big_endian);
}

/* One zone of up to four CPUs, of every length, its first entry cut; with and without version. */
static void test_formats(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2 * ARRAY_LEN(formats); k++) {
		struct ftrace_format f = formats[k / 2];
		const uint32_t cpus = f.cpu_in_ip ? f.cpu_in_ip + 1 : 4;
		uint8_t log[ENTRIES * FTRACE_BYTES_64];

		f.big_endian = k % 2;
		for (uint32_t i = 0; i < ENTRIES; i++) {
			struct ftrace_entry e = some_entry(&f, i, i / 5 % cpus);

			put_entry(log + i * f.bytes, &f, &e);
		}
		for (size_t cut = 0; cut < (ENTRIES - 8) * f.bytes; cut++) {
			struct span spans[FTRACE_LOGS_MAX] = { 0 };
			struct ftrace_logs logs = { .at = spans,
						    .format.big_endian = f.big_endian,
						    .n = 1 };

			logs.at[0] = (struct span){ log + cut, ENTRIES * f.bytes - cut };
			assert_true(ftrace_find_format(&logs, writer_of(&f)));
			assert_format(&logs.format, &f);
			assert_true(ftrace_find_format(&logs, 0));
			assert_format(&logs.format, &f);
			/* a version that cannot be: the contents win where they can */
			if (f.bytes < 24) {
				assert_true(ftrace_find_format(&logs, f.stamped ? V_4_9 : V_4_10));
				assert_int_equal(logs.format.wide, f.wide);
			}
		}
	}
}

/* A zone per CPU: each log belongs to one, and says so where the CPU is stored. */
static void test_formats_per_cpu(void **state)
{
	(void)state;
	for (size_t k = 0; k < 5; k++) { /* those with stamps */
		const struct ftrace_format f = formats[k < 1 ? 0 : k + 1 < 5 ? k + 1 : 4];
		const uint32_t cpus = f.cpu_in_ip == 1 ? 2 : 4;
		uint8_t log[4][ENTRIES * FTRACE_BYTES_64];

		/* also with entries of one CPU only */
		for (uint32_t only = 0; only <= cpus; only++) {
			struct span spans[FTRACE_LOGS_MAX] = { 0 };
			struct ftrace_logs logs = { .at = spans, .n = cpus };
			uint32_t n[4] = { 0 };

			for (uint32_t i = 0; i < ENTRIES; i++) {
				const uint32_t cpu = only < cpus ? only : i * 7 % cpus;
				struct ftrace_entry e = some_entry(&f, i, cpu);

				put_entry(log[cpu] + n[cpu]++ * f.bytes, &f, &e);
			}
			for (uint32_t cpu = 0; cpu < cpus; cpu++)
				logs.at[cpu] = (struct span){ log[cpu], n[cpu] * f.bytes };
			assert_true(ftrace_find_format(&logs, V_6_1));
			assert_format(&logs.format, &f);
		}
	}
}

static void test_nothing_makes_sense(void **state)
{
	uint8_t raw[960];
	struct span spans[FTRACE_LOGS_MAX] = { { raw, sizeof(raw) } };
	struct ftrace_logs logs = { .n = 1, .at = spans };

	(void)state;
	memset(raw, 0, sizeof(raw));
	assert_false(ftrace_find_format(&logs, V_6_1));
	assert_int_equal(logs.format.bytes, 24);
	memset(raw, 0xff, sizeof(raw));
	assert_false(ftrace_find_format(&logs, V_6_1));
	logs.at[0].len = 0;
	assert_false(ftrace_find_format(&logs, 0));
	assert_int_equal(logs.format.bytes, 24);
}

/* ---- order ----------------------------------------------------------------------------------- */

struct merge_row {
	const char *name;
	const char *logs[3]; /* stamps, one letter each; '!': an entry without sense */
	const char *merged;  /* letters with the CPU they came from */
	uint32_t n_bad;	     /* of them in holes */
};

static const struct merge_row merges[] = {
	{ "nothing", { "", "", "" }, "", 0 },
	{ "one", { "abc", "", "" }, "a0b0c0", 0 },
	{ "one, not the first", { "", "abc", "" }, "a1b1c1", 0 },
	{ "interleaved", { "ad", "be", "cf" }, "a0b1c2d0e1f2", 0 },
	{ "equal stamps: later CPU first", { "ab", "ab", "b" }, "a1a0b2b1b0", 0 },
	{ "all equal", { "aa", "aa", "aa" }, "a2a2a1a1a0a0", 0 },
	{ "one after the other", { "xyz", "abc", "mno" }, "a1b1c1m2n2o2x0y0z0", 0 },
	{ "two boots in a ring", { "yzab", "cd", "" }, "c1d1y0z0a0b0", 0 },
	{ "no sense: after the one before it", { "ae", "b!c", "df" }, "a0b1!1c1d2e0f2", 1 },
	{ "no sense: first and last", { "!a", "b!", "" }, "!0a0b1!1", 2 },
	{ "no sense at all", { "!!", "", "" }, "!0!0", 2 },
};

static void test_merge(void **state)
{
	const struct ftrace_format *f = &formats[0];

	(void)state;
	for (size_t row = 0; row < ARRAY_LEN(merges); row++) {
		uint8_t raw[3][8 * FTRACE_BYTES_64];
		uint8_t to[24 * FTRACE_BYTES_64];
		struct span spans[FTRACE_LOGS_MAX] = { 0 };
		struct ftrace_logs logs = { .at = spans, .format = *f, .n = 3, .base = raw[0] };
		struct holes holes = { 0 };
		struct span merged;
		struct ftrace_entry e;
		char got[64] = "";
		size_t n = 0;

		CASE(merges[row].name);
		for (uint32_t cpu = 0; cpu < 3; cpu++) {
			uint8_t *at = raw[cpu];

			for (const char *c = merges[row].logs[cpu]; *c; c++, at += f->bytes) {
				e = some_entry(f, 0, cpu);
				e.stamp = (uint8_t)*c;
				if (*c == '!')
					e.stamp |= (uint64_t)1 << 50;
				put_entry(at, f, &e);
			}
			logs.at[cpu] = (struct span){ raw[cpu], (size_t)(at - raw[cpu]) };
		}
		assert_int_equal(
			ftrace_merge(&logs, (struct workspace){ to, sizeof(to) }, &merged, &holes),
			OM_OK);
		for (uint32_t i = 0; ftrace_entry_at(merged, f, i, &e) == OM_OK; i++) {
			n += (size_t)sprintf(got + n, "%c%u", (char)e.stamp, e.cpu);
			assert_int_equal(holes_touch(&holes, i * f->bytes, f->bytes),
					 (char)e.stamp == '!');
		}
		assert_string_equal(got, merges[row].merged);
		assert_int_equal(holes_bytes(&holes), merges[row].n_bad * f->bytes);
	}
}

/* What is known to be damaged is found again where it was put; one log is not copied. */
static void test_damage_moves_along(void **state)
{
	const struct ftrace_format *f = &formats[2];
	uint8_t raw[2 * ENTRIES * FTRACE_BYTES_32];
	uint8_t to[sizeof(raw)];
	struct span merged;
	struct holes holes = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 2 * ENTRIES; i++) {
		const uint32_t cpu = i / ENTRIES;
		struct ftrace_entry e = some_entry(f, i % ENTRIES * 2 + cpu, cpu);

		put_entry(raw + i * f->bytes, f, &e);
	}
	for (uint32_t n = 1; n <= 2; n++) {
		struct span spans[FTRACE_LOGS_MAX] = { 0 };
		struct ftrace_logs logs = { .at = spans, .format = *f, .n = n, .base = raw };

		/* a part of an entry goes before the first whole one */
		logs.at[0] = (struct span){ raw + 3, ENTRIES * f->bytes - 3 };
		logs.at[1] = (struct span){ raw + ENTRIES * f->bytes, ENTRIES * f->bytes };
		holes_add(&logs.bad, 3 * f->bytes + 5, 1);
		holes_add(&logs.bad, (ENTRIES + 7) * f->bytes - 1, 2);
		holes = (struct holes){ 0 };
		assert_int_equal(ftrace_merge(&logs,
					      (struct workspace){ to, n > 1 ? sizeof(to) : 0 },
					      &merged, &holes),
				 OM_OK);
		assert_int_equal(merged.len, (n * ENTRIES - 1) * f->bytes);
		assert_ptr_equal(merged.p, n == 1 ? raw + f->bytes : to);
		for (uint32_t i = 0; i < merged.len / f->bytes; i++) {
			struct ftrace_entry e;

			assert_int_equal(ftrace_entry_at(merged, f, i, &e), OM_OK);

			const uint32_t at = (uint32_t)(e.stamp - 900);
			const bool bad = at == 2 * 3 || at == 2 * 6 + 1 || at == 2 * 7 + 1;

			assert_int_equal(holes_touch(&holes, i * f->bytes, f->bytes), bad);
		}
	}

	struct span spans[FTRACE_LOGS_MAX] = { 0 };
	struct ftrace_logs logs = { .at = spans, .format = *f, .n = 2, .base = raw };

	logs.at[0] = (struct span){ raw, 5 * f->bytes };
	logs.at[1] = (struct span){ raw + ENTRIES * f->bytes, 5 * f->bytes };
	assert_int_equal(
		ftrace_merge(&logs, (struct workspace){ to, 10 * f->bytes - 1 }, &merged, &holes),
		OM_E_NO_SPACE);
}

/* Any bytes, any lengths: whole entries come out, as many as went in, all of them once. */
static void test_hostile(void **state)
{
	struct prng rng = { 9 };

	(void)state;
	for (uint32_t round = 0; round < 3000; round++) {
		struct span spans[FTRACE_LOGS_MAX] = { 0 };
		struct ftrace_logs logs = { .at = spans, .n = 1 + prng_below(&rng, 5) };
		uint8_t *raw = malloc(5 * 200);
		uint8_t to[5 * 200];
		struct holes holes = { 0 };
		struct span merged;
		size_t whole = 0;
		uint32_t in = 0, out = 0;

		prng_fill(&rng, raw, 5 * 200);
		logs.format.big_endian = round % 2;
		logs.base = raw;
		for (uint32_t i = 0; i < logs.n; i++)
			logs.at[i] = (struct span){ raw + i * 200, prng_below(&rng, 201) };
		ftrace_find_format(&logs, round % 3 ? prng_next(&rng) >> 12 : 0);
		logs.format = formats[round % ARRAY_LEN(formats)];
		for (uint32_t i = 0; i < logs.n; i++) {
			const size_t n = logs.at[i].len / logs.format.bytes * logs.format.bytes;

			whole += n;
			for (size_t k = 0; k < n; k++)
				in += logs.at[i].p[logs.at[i].len - 1 - k];
		}
		assert_int_equal(
			ftrace_merge(&logs, (struct workspace){ to, sizeof(to) }, &merged, &holes),
			OM_OK);
		assert_int_equal(merged.len, whole);
		for (size_t k = 0; k < whole; k++)
			out += merged.p[k];
		assert_int_equal(in, out);
		free(raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bounds),		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_formats_per_cpu), cmocka_unit_test(test_nothing_makes_sense),
		cmocka_unit_test(test_merge),		cmocka_unit_test(test_damage_moves_along),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Squeezed text: what goes in comes out, whatever the room and wherever the input ends. */
#include "core/squeeze.h"
#include "core/squeeze_text.h"
#include "support.h"

enum { TEXT_MAX = 200 << 10, OUT_MAX = 2 * TEXT_MAX };

static const char log_text[] =
	"Panic#1 Part1\n"
	"<6>[    0.000000] Booting Linux on physical CPU 0x0\n"
	"<5>[    0.000000] Linux version 6.1.0 (gcc (Debian 12.2.0-14) 12.2.0) #1 SMP\n"
	"<6>[    1.204412] Run /init as init process\n"
	"<0>[    1.942092] Kernel panic - not syncing: sysrq triggered crash\n"
	"<4>[    1.942540] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1\n"
	"<4>[    1.943012] Call trace:\n"
	"<4>[    1.943361]  dump_backtrace+0x0/0x1b0\n"
	"<4>[    1.943730]  show_stack+0x20/0x30\n";

struct bench {
	uint8_t *state, *text, *out, *back;
	size_t n; /* of text */
};

static void *grab(size_t n)
{
	void *p = NULL;

	assert_int_equal(posix_memalign(&p, 8, n), 0);
	return p;
}

static int setup(void **state)
{
	struct bench *b = grab(sizeof(*b));

	*b = (struct bench){ .state = grab(SQUEEZE_STATE_BYTES),
			     .text = grab(TEXT_MAX),
			     .out = grab(OUT_MAX),
			     .back = grab(TEXT_MAX + 1) };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	free(b->state);
	free(b->text);
	free(b->out);
	free(b->back);
	free(b);
	return 0;
}

static struct workspace lent(struct bench *b, int fill)
{
	memset(b->state, fill, SQUEEZE_STATE_BYTES);
	return (struct workspace){ b->state, SQUEEZE_STATE_BYTES };
}

/* Squeezes the text into b->out; returns the bytes of text taken. */
static size_t squeeze_all(struct bench *b, size_t cap, size_t *len)
{
	struct squeeze s;

	assert_int_equal(squeeze_start(&s, lent(b, 0xa5), b->out, cap), OM_OK);

	const size_t taken = squeeze_put(&s, (struct span){ b->text, b->n });

	squeeze_end(&s);
	assert_true(s.len <= cap);
	*len = s.len;
	return taken;
}

/* Reads @len bytes of b->out; returns the bytes of text, which are the true ones. */
static size_t read_back(struct bench *b, size_t len, enum unsqueeze_end end)
{
	uint8_t *in = grab(len ? len : 1); /* no byte more, for ASan */
	struct unsqueeze u;

	memcpy(in, b->out, len);
	assert_int_equal(unsqueeze_start(&u, lent(b, 0), (struct span){ in, len }), OM_OK);

	const size_t n = unsqueeze_get(&u, b->back, b->n + 1);

	assert_int_equal(u.end, end);
	assert_true(n <= b->n && memcmp(b->back, b->text, n) == 0);
	if (end == UNSQUEEZE_DONE)
		assert_int_equal(u.at, len);
	assert_int_equal(unsqueeze_get(&u, b->back, 1), 0);
	free(in);
	return n;
}

enum fill { GIVEN, ZEROS, NOISE, NEWLINES, FTRACE };

static void make_text(struct bench *b, enum fill fill, const char *text, size_t n)
{
	struct prng r = { 7 };

	b->n = n;
	if (fill == GIVEN)
		memcpy(b->text, text, n);
	else if (fill == NOISE)
		prng_fill(&r, b->text, n);
	else
		memset(b->text, fill == NEWLINES ? '\n' : 0, n);
	/* entries as on 64-bit Linux: two addresses, a counter and a CPU */
	for (size_t i = 0; fill == FTRACE && i + 24 <= n; i += 24) {
		le64_store(b->text + i, 0xffffffc008010000u + 64 * prng_below(&r, 300));
		le64_store(b->text + i + 8, 0xffffffc008010000u + 64 * prng_below(&r, 300));
		le64_store(b->text + i + 16, (uint64_t)i << 8 | prng_below(&r, 4));
	}
}

static void round_trips(void **state)
{
	static const struct {
		const char *name;
		enum fill fill;
		const char *text;
		size_t n, most; /* bytes of text, and that it may take */
	} rows[] = {
		{ "empty", GIVEN, "", 0, 8 },
		{ "one byte", GIVEN, "x", 1, 8 },
		{ "a newline", GIVEN, "\n", 1, 8 },
		{ "newlines", NEWLINES, NULL, 5000, 64 },
		{ "no newline at the end", GIVEN, "panic", 5, 12 },
		{ "bytes 255", GIVEN, "\xff\xff\xff\xff", 4, 16 },
		{ "a log", GIVEN, log_text, sizeof(log_text) - 1, 500 },
		{ "200 KiB of zeros", ZEROS, NULL, TEXT_MAX, 400 },
		{ "noise, which grows by a fiftieth", NOISE, NULL, 65536, 65536 / 50 * 51 },
		{ "ftrace entries", FTRACE, NULL, 24 * 1000, 24 * 1000 / 2 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len;

		CASE(rows[i].name);
		make_text(b, rows[i].fill, rows[i].text, rows[i].n);
		assert_int_equal(squeeze_all(b, OUT_MAX, &len), b->n);
		print_message("    %zu of %zu\n", len, b->n);
		assert_int_equal(read_back(b, len, UNSQUEEZE_DONE), b->n);
	}
}

/* However little room there is: what was taken comes back. */
static void full_outputs(void **state)
{
	struct bench *b = *state;
	bool all;

	for (int noise = 0; noise < 2; noise++) {
		size_t before = 1;

		make_text(b, noise ? NOISE : GIVEN, log_text, sizeof(log_text) - 1);
		all = false;
		for (size_t cap = SQUEEZE_OUT_MIN; cap <= 300; cap++) {
			const size_t n = b->n;
			size_t len;
			const size_t taken = squeeze_all(b, cap, &len);

			assert_true(taken >= before && taken <= n);
			b->n = taken;
			assert_int_equal(read_back(b, len, UNSQUEEZE_DONE), taken);
			b->n = n;
			before = taken;
			all |= taken == n;
		}
		assert_true(all == !noise);
	}
}

/* Wherever the input ends, the text so far is true, and no byte is given up without need. */
static void cut_inputs(void **state)
{
	struct bench *b = *state;
	size_t before = 0;
	size_t len;

	make_text(b, GIVEN, log_text, sizeof(log_text) - 1);
	squeeze_all(b, OUT_MAX, &len);
	for (size_t cut = 0; cut < len; cut++) {
		const size_t n = read_back(b, cut, UNSQUEEZE_CUT);

		assert_true(n >= before);
		before = n;
	}
	assert_true(before + 8 >= b->n);
	/* bytes behind the end are none of its own */
	for (int fill = 0; fill < 256; fill += 255) {
		struct unsqueeze u;

		memset(b->out + len, fill, 100);
		assert_int_equal(
			unsqueeze_start(&u, lent(b, 1), (struct span){ b->out, len + 100 }), OM_OK);
		assert_int_equal(unsqueeze_get(&u, b->back, b->n + 1), b->n);
		assert_int_equal(u.end, UNSQUEEZE_DONE);
		assert_int_equal(u.at, len);
		assert_memory_equal(b->back, b->text, b->n);
	}
}

/* The same stream and the same text whatever the portions. */
static void portions(void **state)
{
	static const size_t rows[] = { 1, 2, 7, 64, 1000 };
	struct bench *b = *state;
	uint8_t *whole = grab(1000);
	size_t len;

	make_text(b, GIVEN, log_text, sizeof(log_text) - 1);
	squeeze_all(b, OUT_MAX, &len);
	assert_true(len <= 1000);
	memcpy(whole, b->out, len);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct squeeze s;
		struct unsqueeze u;

		assert_int_equal(squeeze_start(&s, lent(b, 0xff), b->out, OUT_MAX), OM_OK);
		for (size_t at = 0; at < b->n; at += rows[i]) {
			const struct span part = { b->text + at,
						   b->n - at < rows[i] ? b->n - at : rows[i] };

			assert_int_equal(squeeze_put(&s, part), part.len);
		}
		squeeze_end(&s);
		assert_int_equal(s.len, len);
		assert_memory_equal(b->out, whole, len);

		size_t n = 0;

		assert_int_equal(unsqueeze_start(&u, lent(b, 3), (struct span){ b->out, len }),
				 OM_OK);
		while (u.end == UNSQUEEZE_MORE)
			n += unsqueeze_get(&u, b->back + n,
					   rows[i] < b->n - n + 1 ? rows[i] : b->n - n + 1);
		assert_int_equal(u.end, UNSQUEEZE_DONE);
		assert_int_equal(n, b->n);
		assert_memory_equal(b->back, b->text, n);
	}
	free(whole);
}

/* Any bytes end: a byte of text takes a bit at least, of 16 / 65536 (P_MIN) at the least. */
static void hostile_streams(void **state)
{
	struct bench *b = *state;
	struct prng r = { 11 };

	for (int i = 0; i < 24; i++) {
		const size_t len = 1 + (size_t)i;
		struct unsqueeze u;
		size_t n = 0;
		size_t got;

		if (i % 3)
			prng_fill(&r, b->out, len);
		else
			memset(b->out, i % 2 ? 255 : 0, len);
		assert_int_equal(unsqueeze_start(&u, lent(b, 9), (struct span){ b->out, len }),
				 OM_OK);
		do {
			got = unsqueeze_get(&u, b->back, TEXT_MAX);
			n += got;
		} while (got == TEXT_MAX);
		assert_int_not_equal(u.end, UNSQUEEZE_MORE);
		assert_true(u.at <= len && n <= 22720 * (len + 1));
	}
}

static void starts_that_fail(void **state)
{
	static const struct {
		const char *name;
		size_t state, cap;
		enum om_err err;
	} rows[] = {
		{ "enough", SQUEEZE_STATE_BYTES, SQUEEZE_OUT_MIN, OM_OK },
		{ "little memory", SQUEEZE_STATE_BYTES - 1, 1000, OM_E_NO_SPACE },
		{ "little output", SQUEEZE_STATE_BYTES, SQUEEZE_OUT_MIN - 1, OM_E_NO_SPACE },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct workspace lent = { b->state, rows[i].state };
		struct squeeze s;
		struct unsqueeze u;

		CASE(rows[i].name);
		assert_int_equal(squeeze_start(&s, lent, b->out, rows[i].cap), rows[i].err);
		assert_int_equal(unsqueeze_start(&u, lent, (struct span){ b->out, 0 }),
				 rows[i].state < SQUEEZE_STATE_BYTES ? OM_E_NO_SPACE : OM_OK);
	}
}

static void phrases(void **state)
{
	(void)state;
	assert_int_equal(strlen(squeeze_text), SQUEEZE_TEXT_BYTES);
}

/* The format as it is on the wire: changes when the model, its text or the coder does. */
static void fixed_vector(void **state)
{
	static const char hex[] = "31675af17d615718157d26ac6dedab0612eddea29db2cae5a09ac16952a66594"
				  "e5675a8dc8d673df661eabe01242e9442d6e893b69ca23455845fedac4f8c96e"
				  "694c88b626fc";
	struct bench *b = *state;
	uint8_t expected[1000];
	const size_t expected_len = from_hex(hex, expected, sizeof(expected));
	size_t len;

	make_text(b, GIVEN, log_text, sizeof(log_text) - 1);
	squeeze_all(b, OUT_MAX, &len);
	assert_int_equal(len, expected_len);
	assert_memory_equal(b->out, expected, len);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trips, setup, teardown),
		cmocka_unit_test_setup_teardown(full_outputs, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_inputs, setup, teardown),
		cmocka_unit_test_setup_teardown(portions, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_streams, setup, teardown),
		cmocka_unit_test_setup_teardown(starts_that_fail, setup, teardown),
		cmocka_unit_test(phrases),
		cmocka_unit_test_setup_teardown(fixed_vector, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Squeezed text: what goes in comes out, whatever the room and wherever the input ends. */
#include "core/squeeze.h"
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
		{ "noise", NOISE, NULL, 65536, 65536 / 4 * 5 },
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trips, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone without a header holds: the entries of every word size, text, frames, noise. */
#include "core/log/contents.h"
#include "support.h"

enum { ROOM = 2048 };
static uint8_t ring[ROOM];

/* Entries of ftrace: which words they consist of. */
struct format {
	const char *name;
	uint64_t kernel; /* an address in it */
	uint32_t word_bytes;
	uint32_t more_words; /* of 32 bits: a CPU, a time */
	bool big_endian;
};

static const struct format formats[] = {
	{ "arm, without a time", 0xc0100000, 4, 0, false },
	{ "arm, half of the space each", 0x80100000, 4, 2, false },
	{ "arm, its modules", 0x7f012000, 4, 2, false },
	{ "arm, big-endian", 0xc0100000, 4, 2, true },
	{ "x86 of 32 bits, with a CPU", 0xc1000000, 4, 1, false },
	{ "arm64 up to 4.x", 0xffffff8008080000, 8, 0, false },
	{ "arm64, 5.10", 0xffff800010010000, 8, 2, false },
	{ "arm64, 6.12", 0xffff800080010000, 8, 2, false },
	{ "arm64 of 39 bits", 0xffffffc080010000, 8, 2, false },
	{ "arm64, big-endian", 0xffff800080010000, 8, 2, true },
	{ "x86-64", 0xffffffff81000000, 8, 2, false },
};

static size_t put_word(size_t at, uint32_t v, bool big_endian)
{
	if (big_endian)
		be32_store(ring + at, v);
	else
		le32_store(ring + at, v);
	return at + 4;
}

static size_t put_address(size_t at, uint64_t v, const struct format *f)
{
	const uint32_t high = (uint32_t)(v >> 32);

	if (f->word_bytes == 8 && f->big_endian)
		at = put_word(at, high, true);
	at = put_word(at, (uint32_t)v, f->big_endian);
	if (f->word_bytes == 8 && !f->big_endian)
		at = put_word(at, high, false);
	return at;
}

/* As many entries as @bytes have room for; the bytes of them. */
static size_t put_entries(const struct format *f, size_t bytes, struct prng *rng)
{
	const size_t each = 2 * f->word_bytes + 4 * f->more_words;
	size_t at = 0;

	memset(ring, 0, sizeof(ring));
	while (at + each <= bytes) {
		at = put_address(at, f->kernel + 4 * prng_below(rng, 1 << 20), f);
		at = put_address(at, f->kernel + 4 * prng_below(rng, 1 << 20), f);
		for (uint32_t i = 1; i <= f->more_words; i++) /* its last word is small */
			at = put_word(at, i < f->more_words ? prng_next(rng) : 7, f->big_endian);
	}
	return at;
}

static enum contents look(size_t from)
{
	return contents_of((struct span){ ring + from, ROOM - from });
}

/* Also where the ring begins in the middle of an entry, and with one byte in 32 wrong. */
static void test_calls(void **state)
{
	struct prng rng = { 41 };
	uint32_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		CASE(formats[i].name);
		assert_true(put_entries(&formats[i], 100, &rng) > 80);
		assert_int_equal(look(0), CONTENTS_CALLS);
		for (size_t from = 0; from < 24; from++, n++) {
			(void)put_entries(&formats[i], ROOM, &rng);
			assert_int_equal(look(from), CONTENTS_CALLS);
			for (size_t k = 0; k < ROOM / 32; k++)
				ring[prng_below(&rng, ROOM)] = (uint8_t)prng_next(&rng);
			assert_int_equal(look(from), CONTENTS_CALLS);
		}
	}
	assert_int_equal(n, ARRAY_LEN(formats) * 24);
}

static void repeat(const void *what, size_t n)
{
	memset(ring, 0, sizeof(ring));
	for (size_t at = 0; at + n <= ROOM; at += n)
		memcpy(ring + at, what, n);
}

/* One entry of liblog: 'l', length, uid, pid, id, tid, time; priority, tag, message. */
static const uint8_t frame[] = "l\x26\0\xe8\x03\xe1\x10\0\xe2\x10\x10\x20\x30\x65\0\0\0\0"
			       "\4network\0it is slow";

static void test_words(void **state)
{
	static const char line[] = "the network is slow, and nobody knows why\n";
	struct prng rng = { 42 };

	(void)state;
	repeat(line, sizeof(line) - 1);
	assert_int_equal(look(0), CONTENTS_WORDS);
	memset(ring + 30, 0, ROOM - 30); /* a short one */
	assert_int_equal(look(0), CONTENTS_WORDS);
	repeat(line, sizeof(line) - 1);
	prng_fill(&rng, ring + 200, 200); /* a fifth of it is lost */
	assert_int_equal(look(0), CONTENTS_WORDS);
	repeat(frame, sizeof(frame));
	assert_int_equal(look(0), CONTENTS_WORDS);
	assert_int_equal(look(5), CONTENTS_WORDS);
}

static void test_neither(void **state)
{
	struct prng rng = { 43 };

	(void)state;
	memset(ring, 0, sizeof(ring));
	assert_int_equal(look(0), CONTENTS_NONE);
	assert_int_equal(contents_of((struct span){ ring, 0 }), CONTENTS_NONE);
	ring[CONTENTS_BYTES] = 'x'; /* not looked at */
	assert_int_equal(look(0), CONTENTS_NONE);
	memset(ring, 0xff, sizeof(ring));
	assert_int_equal(look(0), CONTENTS_OTHER);
	for (uint32_t i = 0; i < 40; i++)
		ring[prng_below(&rng, ROOM)] = (uint8_t)prng_next(&rng);
	assert_int_equal(look(0), CONTENTS_OTHER);
	for (uint32_t i = 0; i < 1000; i++) {
		prng_fill(&rng, ring, sizeof(ring));
		assert_int_equal(look(0), CONTENTS_OTHER);
	}
	memset(ring, 0, sizeof(ring));
	memcpy(ring, "too short", 9);
	assert_int_equal(look(0), CONTENTS_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

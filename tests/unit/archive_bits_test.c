/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive with flipped bits, and with cells that a power cut left in doubt.
 */
#include "archive_lab.h"

/* ---- flipped bits -------------------------------------------------------------------------- */

/* Each single bit: every chunk is still there with the right bytes. */
static void test_every_bit(void **state)
{
	static struct flash_model m;
	static struct seen before;
	static struct seen now;
	struct archive a;
	uint32_t done;
	uint32_t n_corrected = 0;

	(void)state;
	make_texts(400);
	model_make(&m, 4096, 2, 32);
	/* into the second block */
	do {
		archive_open(&a, &m.flash);
		assert_int_equal(write_entry(&a, 0, &done), OM_OK);
	} while (a.sequence < 2 || a.at < 400);
	look(&m, &before);
	for (uint32_t bit = 0; bit < m.bytes_all * 8; bit++) {
		m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		look(&m, &now);
		assert_kept(&before, m.wear, &now, &m);
		assert_int_equal(now.n, before.n);
		for (uint32_t i = 0; i < now.n; i++)
			n_corrected += now.checks[i] == ARCHIVE_CORRECTED;
		m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(n_corrected > 1000);
	model_drop(&m);
	drop_texts();
}

/* ---- more than one bit --------------------------------------------------------------------- */

enum part { PART_BLOCK_HEAD, PART_GUARD, PART_HEAD, PART_PAYLOAD };

static const struct {
	const char *name;
	enum part part;
	uint32_t n_bits;
	bool there; /* the chunk is seen */
	bool right; /* and its bytes */
} flips[] = {
	{ "a block's head, 2 bits", PART_BLOCK_HEAD, 2, true, true },
	{ "a block's head, 9 bits", PART_BLOCK_HEAD, 9, true, true },
	{ "a guard, 2 bits", PART_GUARD, 2, true, true },
	{ "a guard, 50 bits", PART_GUARD, 50, true, true },
	{ "a chunk's head, 2 bits", PART_HEAD, 2, false, false },
	{ "a chunk's head, 5 bits", PART_HEAD, 5, false, false },
	{ "a payload, 2 bits", PART_PAYLOAD, 2, true, false },
	{ "a payload, 6 bits", PART_PAYLOAD, 6, true, false },
};

static void flip_bits(struct flash_model *m, struct prng *rng, uint32_t off, uint32_t bytes,
		      uint32_t n)
{
	uint32_t bits[64];

	assert_true(n <= ARRAY_LEN(bits) && n <= bytes * 8);
	for (uint32_t i = 0; i < n; i++) {
		bool again = true;

		while (again) {
			bits[i] = prng_below(rng, bytes * 8);
			again = false;
			for (uint32_t k = 0; k < i; k++)
				again |= bits[k] == bits[i];
		}
		m->bytes[off + bits[i] / 8] ^= (uint8_t)(1u << bits[i] % 8);
	}
}

static void flip_part(struct flash_model *m, struct prng *rng, const struct archive_chunk *c,
		      enum part part, uint32_t n)
{
	const uint32_t block = c->block * m->flash.block_bytes;
	const uint32_t payload = block + c->at;

	switch (part) {
	case PART_BLOCK_HEAD:
		flip_bits(m, rng, block, ARCHIVE_BLOCK_HEAD_BYTES, n);
		break;
	case PART_GUARD:
		flip_bits(m, rng, payload - ARCHIVE_CHUNK_HEAD_BYTES, ARCHIVE_UNIT_BYTES, n);
		break;
	case PART_HEAD:
		flip_bits(m, rng, payload - ARCHIVE_UNIT_BYTES, ARCHIVE_UNIT_BYTES, n);
		break;
	case PART_PAYLOAD:
		flip_bits(m, rng, payload, c->bytes, n);
		break;
	}
}

static bool sees(const struct seen *s, const struct archive_chunk *c)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->chunks[i].block == c->block && s->chunks[i].at == c->at)
			return true;
	return false;
}

/* A ring of 3 blocks that has been round, in which each chunk is harmed in turn. */
static void test_more_bits(void **state)
{
	static struct flash_model main, m;
	static struct seen before, now;
	struct prng rng = { 5 };
	struct archive a;
	uint32_t done;

	(void)state;
	make_texts(4000);
	/* also payloads that look like erased flash, as long as they get */
	for (uint32_t n = 0; n < ENTRIES_MAX; n++)
		if (texts[0][n].len > 1000 && n % 2 == 0)
			memset(texts[0][n].p, 0xff, texts[0][n].len);
	model_make(&main, 4096, 3, 32);
	model_make(&m, 4096, 3, 32);
	do {
		archive_open(&a, &main.flash);
		assert_int_equal(write_entry(&a, 0, &done), OM_OK);
	} while (a.sequence < 5 || a.at < 2000);
	look(&main, &before);
	for (size_t i = 0; i < ARRAY_LEN(flips); i++) {
		CASE(flips[i].name);
		for (uint32_t k = 0; k < before.n; k++) {
			const struct archive_chunk *c = &before.chunks[k];

			if (flips[i].part == PART_PAYLOAD && c->bytes * 8 < flips[i].n_bits)
				continue;
			model_copy(&m, &main);
			flip_part(&m, &rng, c, flips[i].part, flips[i].n_bits);
			look(&m, &now);
			assert_int_equal(sees(&now, c), flips[i].there);
			assert_int_equal(has(&now, c, before.salts[k]), flips[i].right);
			assert_int_equal(now.n, before.n - !flips[i].there);
			assert_int_equal(now.a.sequence, before.a.sequence);
			before.salts[k] *= flips[i].right;
			assert_kept(&before, main.wear, &now, &m);
			/* it goes on after them */
			archive_open(&a, &m.flash);
			assert_int_equal(write_entry(&a, 1, &done), OM_OK);
			look(&m, &now);
			assert_kept(&before, main.wear, &now, &m);
			assert_int_equal(bytes_of(&now, a.entry, 1), done);
			before.salts[k] = 1;
		}
	}
	model_drop(&main);
	model_drop(&m);
	drop_texts();
}
/* ---- what a cut left of a payload ----------------------------------------------------------- */

/* Cells that happen to read right when the log is settled read right for ever. */
static void test_payload_is_made_firm(void **state)
{
	static struct flash_model m;
	struct archive a;
	uint32_t done, n = 0;

	(void)state;
	make_texts(300);
	model_make(&m, 4096, 2, 32);
	archive_open(&a, &m.flash);
	do {
		assert_int_equal(write_entry(&a, 0, &done), OM_OK);
	} while (a.entry < 5);
	for (uint32_t i = a.last; i < a.at; i++) {
		m.shaky[i] = (uint8_t)~m.bytes[i];
		n += m.shaky[i] != 0;
	}
	assert_true(n > 20);
	m.any_shaky = true;
	m.calm = true;
	archive_open(&a, &m.flash);
	assert_int_equal(archive_begin(&a), OM_OK);
	for (uint32_t i = 0; i < m.bytes_all; i++)
		assert_int_equal(m.shaky[i], 0);
	model_drop(&m);
	drop_texts();
}

/* The same of a block's head that has no chunk after it yet: it alone tells the geometry. */
static void test_head_is_made_firm(void **state)
{
	static struct flash_model m;
	struct archive a;
	uint32_t n = 0;

	(void)state;
	model_make(&m, 4096, 2, 32);
	archive_open(&a, &m.flash);
	assert_int_equal(archive_begin(&a), OM_OK); /* writes the first head and nothing else */
	for (uint32_t i = 0; i < ARCHIVE_BLOCK_HEAD_BYTES; i++) {
		m.shaky[i] = (uint8_t)~m.bytes[i];
		n += m.shaky[i] != 0;
	}
	assert_true(n > 20);
	m.any_shaky = true;
	m.calm = true;
	archive_open(&a, &m.flash);
	assert_int_equal(a.state, ARCHIVE_OURS);
	assert_int_equal(archive_begin(&a), OM_OK);
	for (uint32_t i = 0; i < m.bytes_all; i++)
		assert_int_equal(m.shaky[i], 0);
	model_drop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_more_bits),
		cmocka_unit_test(test_payload_is_made_firm),
		cmocka_unit_test(test_head_is_made_firm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

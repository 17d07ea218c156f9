/* SPDX-License-Identifier: BSD-2-Clause */
/* The retained page: what a reset at any moment, or flipped bits, leave of it. */
#include "core/crc32.h"
#include "core/retained.h"

#include "support.h"

static struct rs scratch;

static struct retained sample(uint32_t sequence)
{
	struct retained r = {
		.sequence = sequence,
		.boot_count = 7,
		.cpus = 4,
		.loop_count = 2,
		.archived = 0xea56d837,
		.geom = { .base_pa = 0x15fe00000,
			  .region_bytes = 2 << 20,
			  .record_bytes = 65536,
			  .console_bytes = 262144,
			  .ftrace_bytes = 131072,
			  .pmsg_bytes = 131072,
			  .ecc_bytes = 16,
			  .flags = 1 },
	};

	retained_add_reported(&r, 0xdeadbeef);
	retained_add_reported(&r, sequence);
	return r;
}

static void put(uint8_t page[RETAINED_PAGE_BYTES], uint32_t copy, uint32_t sequence)
{
	struct retained r = sample(sequence);

	retained_encode(&r, &scratch, page + copy * RETAINED_COPY_BYTES);
}

static enum om_err get(const uint8_t *page, struct retained *out, uint32_t *copy, uint32_t *fixed)
{
	return retained_decode((struct span){ page, RETAINED_PAGE_BYTES }, &scratch, out, copy,
			       fixed);
}

static void test_round_trip(void **state)
{
	uint8_t page[RETAINED_PAGE_BYTES] = { 0 };
	struct retained want = sample(9), got;
	uint32_t copy, fixed;

	(void)state;
	put(page, 1, 9);
	assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
	assert_memory_equal(&got, &want, sizeof(got));
	assert_int_equal(copy, 1);
	assert_int_equal(fixed, 0);
	assert_true(retained_resembles((struct span){ page, sizeof(page) }));
}

static void test_newest_counts(void **state)
{
	static const struct {
		const char *name;
		uint32_t seq[2];
		uint32_t want;
	} rows[] = {
		{ "copy 0 newer", { 5, 4 }, 0 },
		{ "copy 1 newer", { 5, 6 }, 1 },
		{ "sequence wraps", { 0xffffffff, 0 }, 1 },
		{ "wraps the other way", { 1, 0xfffffffe }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t page[RETAINED_PAGE_BYTES];
		struct retained got;
		uint32_t copy, fixed;

		CASE(rows[i].name);
		put(page, 0, rows[i].seq[0]);
		put(page, 1, rows[i].seq[1]);
		assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
		assert_int_equal(copy, rows[i].want);
		assert_int_equal(got.sequence, rows[i].seq[rows[i].want]);
	}
}

static void test_not_ours(void **state)
{
	static const struct {
		const char *name;
		int fill; /* -1: random */
	} rows[] = { { "zeroes", 0 }, { "ones", 0xff }, { "0xaa", 0xaa }, { "random", -1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t page[RETAINED_PAGE_BYTES];
		struct prng rng = { 42 };
		struct retained got;
		uint32_t copy, fixed;

		CASE(rows[i].name);
		memset(page, rows[i].fill, sizeof(page));
		if (rows[i].fill < 0)
			prng_fill(&rng, page, sizeof(page));
		assert_int_equal(get(page, &got, &copy, &fixed), OM_E_BAD_MAGIC);
		assert_false(retained_resembles((struct span){ page, sizeof(page) }));
	}
}

/* A reset after every byte of an update: the old state or the new one, nothing else. */
static void test_cut_anywhere(void **state)
{
	uint8_t page[RETAINED_PAGE_BYTES], next[RETAINED_COPY_BYTES];
	struct retained was = sample(20), will = sample(21), got;
	uint32_t copy, fixed, seen_new = 0;

	(void)state;
	retained_encode(&will, &scratch, next);
	for (size_t cut = 0; cut <= sizeof(next); cut++) {
		put(page, 0, 20);
		put(page, 1, 19);
		memcpy(page + RETAINED_COPY_BYTES, next, cut);
		assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
		if (got.sequence == 21) {
			assert_memory_equal(&got, &will, sizeof(got));
			seen_new++;
		} else {
			assert_memory_equal(&got, &was, sizeof(got));
			assert_int_equal(seen_new, 0); /* never back to the old one */
		}
	}
	assert_true(seen_new > 0);
}

/* Every single flipped bit of the used part is repaired, with the other copy gone. */
static void test_every_bit(void **state)
{
	uint8_t page[RETAINED_PAGE_BYTES] = { 0 };
	struct retained want = sample(3), got;
	uint32_t copy, fixed, repaired = 0;

	(void)state;
	put(page, 0, 3);
	for (size_t bit = 0; bit < RETAINED_COPY_BYTES * 8; bit++) {
		page[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
		assert_memory_equal(&got, &want, sizeof(got));
		repaired += fixed;
		page[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(repaired > 1000);
}

/* Random damage: right values or none at all. */
static void test_damage(void **state)
{
	struct prng rng = { 7 };
	struct retained want = sample(3), got;
	uint32_t copy, fixed, fine = 0, refused = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		uint8_t page[RETAINED_PAGE_BYTES] = { 0 };
		uint32_t n = 1 + prng_below(&rng, 60);

		put(page, 0, 3);
		for (uint32_t i = 0; i < n; i++)
			page[prng_below(&rng, 300)] ^= (uint8_t)(1 + prng_below(&rng, 255));
		if (get(page, &got, &copy, &fixed) == OM_OK) {
			assert_memory_equal(&got, &want, sizeof(got));
			fine++;
		} else {
			refused++;
		}
	}
	assert_true(fine > 100);
	assert_true(refused > 100);
}

static void test_beyond_repair(void **state)
{
	uint8_t page[RETAINED_PAGE_BYTES] = { 0 };
	struct retained got;
	uint32_t copy, fixed;

	(void)state;
	put(page, 0, 3);
	put(page, 1, 4);
	for (uint32_t i = 0; i < 2; i++)
		memset(page + i * RETAINED_COPY_BYTES + 40, 0x55, 60);
	assert_int_equal(get(page, &got, &copy, &fixed), OM_E_CORRUPT);
	assert_int_equal(retained_decode((struct span){ page, RETAINED_PAGE_BYTES - 1 }, &scratch,
					 &got, &copy, &fixed),
			 OM_E_TRUNCATED);
}

/* What a later version writes keeps magic, version and CRC where they are. */
static void test_newer_version(void **state)
{
	enum { CRC_OFF = 240 };
	uint8_t page[RETAINED_PAGE_BYTES] = { 0 };
	struct retained got;
	uint32_t copy, fixed;

	(void)state;
	put(page, 0, 3);
	assert_int_equal(le32_load(page + CRC_OFF), crc32_update(0, page, CRC_OFF));
	page[4] = 2;
	le32_store(page + CRC_OFF, crc32_update(0, page, CRC_OFF));
	assert_int_equal(get(page, &got, &copy, &fixed), OM_E_VARIANT);
}

static void test_reported(void **state)
{
	struct retained r = { 0 };

	(void)state;
	for (uint32_t i = 0; i < RETAINED_REPORTED_MAX + 5; i++)
		retained_add_reported(&r, 1000 + i);
	assert_int_equal(r.n_reported, RETAINED_REPORTED_MAX);
	assert_false(retained_was_reported(&r, 1000 + 4));
	assert_true(retained_was_reported(&r, 1000 + 5));
	assert_true(retained_was_reported(&r, 1000 + RETAINED_REPORTED_MAX + 4));
	r.n_reported = 0xffffffff; /* as a broken page might say: stays in bounds */
	assert_false(retained_was_reported(&r, 1));
}

/* A record that was seen and is told later takes one place. */
static void test_seen(void **state)
{
	struct retained r = { 0 };

	(void)state;
	retained_add_seen(&r, 7);
	retained_add_seen(&r, 7);
	assert_int_equal(r.n_reported, 1);
	assert_true(retained_was_seen(&r, 7));
	assert_false(retained_was_reported(&r, 7));
	retained_add_reported(&r, 7);
	retained_add_seen(&r, 7);
	assert_int_equal(r.n_reported, 1);
	assert_true(retained_was_seen(&r, 7));
	assert_true(retained_was_reported(&r, 7));
	assert_false(retained_was_seen(&r, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen),	      cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_newest_counts), cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_cut_anywhere),  cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_damage),	      cmocka_unit_test(test_beyond_repair),
		cmocka_unit_test(test_newer_version), cmocka_unit_test(test_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

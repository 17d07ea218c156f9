/* SPDX-License-Identifier: BSD-2-Clause */
/* The retained page: what a reset at any moment, or flipped bits, leave of it. */
#include "core/base/crc32.h"
#include "core/crash/retained.h"

#include "support.h"

static struct retained_scratch scratch;

static struct retained sample(uint32_t sequence)
{
	struct retained r = {
		.sequence = sequence,
		.boot_count = 7,
		.cpus = 4,
		.loop_count = 2,
		.running_bytes = 0x6f8000,
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

	r.reported[r.n_reported++] = 0xdeadbeef;
	r.reported[r.n_reported++] = sequence;
	return r;
}

/* With as many digests as there is room for. */
static struct retained full(uint32_t sequence)
{
	struct retained r = sample(sequence);

	r.group_zones = 4;
	while (r.n_reported < RETAINED_REPORTED_MAX) {
		r.reported[r.n_reported] = 0x9e3779b9 * (r.n_reported + 1);
		r.n_reported++;
	}
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
	struct retained want = full(3), got;
	uint32_t copy, fixed, repaired = 0;

	(void)state;
	retained_encode(&want, &scratch, page);
	for (size_t bit = 0; bit < RETAINED_COPY_BYTES * 8; bit++) {
		page[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
		assert_memory_equal(&got, &want, sizeof(got));
		repaired += fixed;
		page[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(repaired, 8 * 236 * 8); /* parity is not looked at where the CRCs fit */
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
	page[4] = 3;
	le32_store(page + CRC_OFF, crc32_update(0, page, CRC_OFF));
	assert_int_equal(get(page, &got, &copy, &fixed), OM_E_VARIANT);
}

/* What oopsmon 0.1 wrote: two blocks, 39 digests, no group. */
static void put_v1(const struct retained *r, uint8_t copy[RETAINED_COPY_BYTES])
{
	enum { BODY = 244, BLOCK = BODY / 2, PARITY = 16 };

	retained_encode(r, &scratch, copy);
	memset(copy + BODY, 0, RETAINED_COPY_BYTES - BODY);
	le32_store(copy + 4, 1);
	le32_store(copy + BODY - 4, crc32_update(0, copy, BODY - 4));
	assert_int_equal(rs_init(&scratch.rs, PARITY), OM_OK);
	for (uint32_t b = 0; b < 2; b++)
		rs_encode(&scratch.rs, copy + b * BLOCK, BLOCK, copy + BODY + b * PARITY);
}

static void test_version_1(void **state)
{
	uint8_t page[RETAINED_PAGE_BYTES] = { 0 };
	struct retained want = sample(3), got;
	uint32_t copy, fixed, repaired = 0;

	(void)state;
	for (uint32_t i = want.n_reported; i < 39; i++)
		want.reported[want.n_reported++] = 1000 + i;
	put_v1(&want, page);
	want.running_bytes = 0; /* it had something else there */
	assert_true(retained_resembles((struct span){ page, sizeof(page) }));
	for (size_t bit = 0; bit < 276 * 8; bit++) {
		page[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
		assert_memory_equal(&got, &want, sizeof(got));
		repaired += fixed;
		page[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(repaired, 244 * 8);
	put(page, 1, 4); /* the first page of this version takes the other copy */
	assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
	assert_int_equal(copy, 1);
	assert_int_equal(got.sequence, 4);
}

/* The old version names what this one writes as newer, and does not take it for damage. */
static void test_read_by_version_1(void **state)
{
	uint8_t copy[RETAINED_COPY_BYTES];
	const struct retained r = full(3);

	(void)state;
	retained_encode(&r, &scratch, copy);
	assert_int_equal(le32_load(copy + 240), crc32_update(0, copy, 240));
	assert_int_equal(le32_load(copy + 4), 2);
}

/* A number of digests that no page can have, after good CRCs: stays in bounds. */
static void test_too_many_digests(void **state)
{
	uint8_t page[RETAINED_PAGE_BYTES] = { 0 };
	struct retained want = full(3), got;
	uint32_t copy, fixed;

	(void)state;
	want.n_reported = UINT32_MAX;
	retained_encode(&want, &scratch, page);
	assert_int_equal(get(page, &got, &copy, &fixed), OM_OK);
	assert_int_equal(got.n_reported, RETAINED_REPORTED_MAX);
	want.n_reported = RETAINED_REPORTED_MAX;
	assert_memory_equal(&got, &want, sizeof(got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_1),	 cmocka_unit_test(test_read_by_version_1),
		cmocka_unit_test(test_round_trip),	 cmocka_unit_test(test_newest_counts),
		cmocka_unit_test(test_not_ours),	 cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_every_bit),	 cmocka_unit_test(test_damage),
		cmocka_unit_test(test_beyond_repair),	 cmocka_unit_test(test_newer_version),
		cmocka_unit_test(test_too_many_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the monitor works before the records are read: rows, and rules that hold for any input. */
#include "core/place/memory_plan.h"
#include "core/place/room.h"

#include "support.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define BASE   MIB(1024)
#define FULL   MIB(4)
#define TOP    UINT64_MAX

enum { BANKS = 3, CLAIMS = 3 };

static const struct {
	const char *name;
	struct range banks[BANKS];
	struct range taken[MEMORY_TAKEN];
	struct survey_claim claims[CLAIMS];
	bool called;
	struct range want; /* empty: no room */
} rows[] = {
	{ "nothing in the way: the end",
	  { { BASE, MIB(512) } },
	  .want = { BASE + MIB(508), FULL } },
	/* each of these lies at the end, and the place is below it */
	{ "the image",
	  { { BASE, MIB(512) } },
	  { [MEMORY_SELF] = { BASE + MIB(510), MIB(1) } },
	  .want = { BASE + MIB(506), FULL } },
	{ "the tree",
	  { { BASE, MIB(512) } },
	  { [MEMORY_DTB] = { BASE + MIB(511) + 8, 4096 } },
	  .want = { BASE + MIB(507), FULL } },
	{ "a payload in RAM",
	  { { BASE, MIB(512) } },
	  { [MEMORY_PAYLOAD] = { BASE + MIB(508), MIB(4) } },
	  .want = { BASE + MIB(504), FULL } },
	{ "the last kernel's region",
	  { { BASE, MIB(512) } },
	  { [MEMORY_LAST_REGION] = { BASE + MIB(508), MIB(2) } },
	  .want = { BASE + MIB(504), FULL } },
	{ "the page in use",
	  { { BASE, MIB(512) } },
	  { [MEMORY_LAST_PAGE] = { BASE + MIB(510) - 4096, 4096 } },
	  .want = { BASE + MIB(506) - 4096, FULL } },
	{ "the tree's own region before it was moved",
	  { { BASE, MIB(512) } },
	  { [MEMORY_OLD_REGION] = { BASE + MIB(500), MIB(10) } },
	  .want = { BASE + MIB(496), FULL } },
	{ "a region that was searched for",
	  { { BASE, MIB(512) } },
	  { [MEMORY_FOUND] = { BASE + MIB(511), MIB(1) } },
	  .want = { BASE + MIB(507), FULL } },
	{ "all of these",
	  { { BASE, MIB(512) } },
	  { [MEMORY_SELF] = { BASE + MIB(511), MIB(1) },
	    [MEMORY_DTB] = { BASE + MIB(507), MIB(1) },
	    [MEMORY_PAYLOAD] = { BASE + MIB(503), MIB(1) },
	    [MEMORY_LAST_REGION] = { BASE + MIB(499), MIB(1) },
	    [MEMORY_LAST_PAGE] = { BASE + MIB(495), 4096 },
	    [MEMORY_OLD_REGION] = { BASE + MIB(491), MIB(1) },
	    [MEMORY_FOUND] = { BASE + MIB(487), MIB(1) } },
	  .want = { BASE + MIB(483), FULL } },
	{ "a reservation, by /memreserve/ or a node",
	  { { BASE, MIB(512) } },
	  .claims = { { .range = { BASE + MIB(510), MIB(2) }, .kind = SURVEY_MEMRESERVE },
		      { .range = { BASE + MIB(504), MIB(4) }, .kind = SURVEY_RESERVED } },
	  .want = { BASE + MIB(500), FULL } },
	{ "crashkernel=, the initrd, the next region",
	  { { BASE, MIB(512) } },
	  .claims = { { .range = { BASE + MIB(509), MIB(3) }, .kind = SURVEY_BOOTARGS },
		      { .range = { BASE + MIB(504), MIB(2) }, .kind = SURVEY_INITRD },
		      { .range = { BASE + MIB(499), MIB(2) }, .kind = SURVEY_LENT } },
	  .want = { BASE + MIB(495), FULL } },
	{ "a payload that is not there yet, and a node that is switched off",
	  { { BASE, MIB(512) } },
	  .claims = { { .range = { BASE, MIB(512) }, .kind = SURVEY_PAYLOAD },
		      { .range = { BASE + MIB(500), MIB(12) }, .kind = SURVEY_DISABLED } },
	  .want = { BASE + MIB(508), FULL } },
	{ "a log that was found: the start of RAM is free then",
	  { { BASE, MIB(64) } },
	  { [MEMORY_LAST_LOG] = { BASE + MIB(20), MIB(44) } },
	  .want = { BASE + MIB(16), FULL } },
	{ "a kernel of a known size: all of the bank after it",
	  { { BASE, MIB(512) } },
	  { [MEMORY_LAST_LOG] = { BASE, MIB(7) + 4 } },
	  .claims = { { .range = { BASE + MIB(12), MIB(500) }, .kind = SURVEY_RESERVED } },
	  .want = { BASE + MIB(8), FULL } },
	{ "one that takes more than is left alone otherwise",
	  { { BASE, MIB(512) } },
	  { [MEMORY_LAST_LOG] = { BASE, MIB(60) } },
	  .claims = { { .range = { BASE + MIB(61), MIB(451) }, .kind = SURVEY_RESERVED } },
	  .want = { BASE + MIB(60), MIB(1) } },
	{ "a log that was found, in the middle",
	  { { BASE, MIB(64) } },
	  { [MEMORY_LAST_LOG] = { BASE + MIB(1), MIB(60) } },
	  .want = { BASE + MIB(61), MIB(3) } },
	{ "nobody knows of the log: 32 MiB of a large bank",
	  { { BASE, MIB(512) } },
	  .claims = { { .range = { BASE + MIB(36), MIB(476) }, .kind = SURVEY_RESERVED } },
	  .want = { BASE + MIB(32), FULL } },
	{ "the same, and no room after it",
	  { { BASE, MIB(512) } },
	  .claims = { { .range = { BASE + MIB(32), MIB(480) }, .kind = SURVEY_RESERVED } } },
	/* U-Boot is at the end of the bank, and goes on after us */
	{ "called: not the last quarter",
	  { { BASE, MIB(256) } },
	  .called = true,
	  .want = { BASE + MIB(188), FULL } },
	{ "called: not the last 64 MiB",
	  { { BASE, MIB(512) } },
	  .called = true,
	  .want = { BASE + MIB(444), FULL } },
	{ "called, and a reservation at the end: not the 64 MiB below it",
	  { { BASE, MIB(512) } },
	  .claims = { { .range = { BASE + MIB(480), MIB(32) }, .kind = SURVEY_RESERVED } },
	  .called = true,
	  .want = { BASE + MIB(412), FULL } },
	{ "called, a bank of less than 1 GiB: 64 MiB of it",
	  { { BASE, MIB(1020) } },
	  .called = true,
	  .want = { BASE + MIB(952), FULL } },
	{ "called: not the last 128 MiB of 1 GiB and more",
	  { { BASE, MIB(1024) } },
	  .called = true,
	  .want = { BASE + MIB(892), FULL } },
	{ "called, and no other room",
	  { { BASE, MIB(256) } },
	  .claims = { { .range = { BASE + MIB(32), MIB(160) }, .kind = SURVEY_RESERVED } },
	  .called = true },
	/* small RAM */
	{ "32 MiB: the upper half",
	  { { BASE, MIB(32) } },
	  .claims = { { .range = { BASE + MIB(28), MIB(2) }, .kind = SURVEY_LENT },
		      { .range = { BASE + MIB(28) - 4096, 4096 }, .kind = SURVEY_LENT } },
	  .want = { BASE + MIB(24) - 4096, FULL } },
	{ "32 MiB, called",
	  { { BASE, MIB(32) } },
	  .called = true,
	  .want = { BASE + MIB(20), FULL } },
	{ "8 MiB: less",
	  { { BASE, MIB(8) } },
	  .claims = { { .range = { BASE + MIB(6), MIB(2) }, .kind = SURVEY_LENT } },
	  .want = { BASE + MIB(4), MIB(2) } },
	{ "the least there can be",
	  { { BASE, MIB(8) } },
	  .claims = { { .range = { BASE + MIB(5), MIB(3) }, .kind = SURVEY_LENT } },
	  .want = { BASE + MIB(4), MIB(1) } },
	{ "a page less than that",
	  { { BASE, MIB(8) } },
	  .claims = { { .range = { BASE + MIB(5) - 1, MIB(3) + 1 }, .kind = SURVEY_LENT } } },
	{ "in steps of 256 KiB",
	  { { BASE, MIB(8) } },
	  .claims = { { .range = { BASE + MIB(4), MIB(2) - KIB(300) }, .kind = SURVEY_LENT } },
	  .want = { BASE + MIB(8) - MIB(2) - KIB(256), MIB(2) + KIB(256) } },
	/* banks */
	{ "the highest bank",
	  { { BASE, MIB(64) }, { BASE + MIB(256), MIB(64) } },
	  .want = { BASE + MIB(316), FULL } },
	{ "the other one, for its size",
	  { { BASE, MIB(64) }, { BASE + MIB(256), MIB(4) } },
	  .want = { BASE + MIB(60), FULL } },
	{ "RAM above 4 GiB is not for 32 bits",
	  { { BASE, MIB(256) }, { MIB(4096), MIB(8192) } },
	  .want = { BASE + MIB(252), FULL } },
	{ "a bank across 4 GiB: the last page below stays free",
	  { { MIB(2048), MIB(8192) } },
	  .want = { MIB(4092) - 4096, FULL } },
	{ "RAM above 4 GiB only", { { MIB(8192), MIB(512) } } },
	{ "RAM from 0 on: its first page means none",
	  { { 0, MIB(4) } },
	  { [MEMORY_LAST_LOG] = { MIB(2), MIB(2) } },
	  .want = { KIB(256), MIB(2) - KIB(256) } },
	{ "no RAM at all" },
	/* numbers that anybody may have written */
	{ "all the address space is taken",
	  { { BASE, MIB(512) } },
	  { [MEMORY_LAST_REGION] = { 0, TOP } } },
	{ "a range that wraps takes what is after it",
	  { { BASE, MIB(512) } },
	  { [MEMORY_LAST_REGION] = { BASE + MIB(64), TOP - MIB(1) } },
	  .want = { BASE + MIB(60), FULL } },
	{ "a range at the very end",
	  { { BASE, MIB(512) } },
	  { [MEMORY_LAST_REGION] = { TOP, TOP }, [MEMORY_LAST_LOG] = { TOP - 1, 1 } },
	  .want = { BASE + MIB(508), FULL } },
	{ "ranges that overlap each other",
	  { { BASE, MIB(512) } },
	  { [MEMORY_SELF] = { BASE + MIB(500), MIB(8) },
	    [MEMORY_DTB] = { BASE + MIB(504), MIB(8) },
	    [MEMORY_LAST_REGION] = { BASE + MIB(490), MIB(11) } },
	  .want = { BASE + MIB(486), FULL } },
};

/* The rules, for any input; false: it says that there is no room. */
static bool check(struct memory_input *in)
{
	struct range out = { 1, 1 };
	const enum om_err err = memory_plan(in, &out);
	bool in_bank = false;

	if (err) {
		assert_int_equal(err, OM_E_NO_ROOM);
		assert_int_equal(out.bytes, 0);
		return false;
	}
	assert_true(out.bytes >= MEMORY_BYTES_LEAST && out.bytes <= MEMORY_BYTES);
	assert_int_equal((out.base_pa | out.bytes) % ROOM_PAGE_BYTES, 0);
	assert_true(out.base_pa > 0 && range_end(out) <= ROOM_LIMIT);
	assert_true(ranges_contain(in->banks, out));
	for (uint32_t i = 0; i < MEMORY_TAKEN; i++)
		assert_false(
			range_overlaps(range_make(in->taken[i].base_pa, in->taken[i].bytes), out));
	for (uint32_t i = 0; i < in->survey->n_claims; i++) {
		const struct survey_claim *c = &in->survey->claims[i];

		if (c->kind != SURVEY_PAYLOAD && c->kind != SURVEY_DISABLED)
			assert_false(range_overlaps(c->range, out));
	}
	for (uint32_t i = 0; i < in->banks->n; i++) {
		struct range b = room_bank_low(in->banks->r[i]);

		if (!range_contains(b, out))
			continue;
		in_bank = true;
		if (!in->taken[MEMORY_LAST_LOG].bytes)
			assert_true(out.base_pa - b.base_pa >= MIB(32) ||
				    out.base_pa - b.base_pa >= b.bytes / 2);
		if (in->caller_stays)
			assert_true(range_end(b) - range_end(out) >=
					    MIB(b.bytes < MIB(1024) ? 64 : 128) -
						    2 * ROOM_PAGE_BYTES ||
				    range_end(b) - range_end(out) + ROOM_PAGE_BYTES >= b.bytes / 4);
	}
	assert_true(in_bank);
	return true;
}

static void test_rows(void **state)
{
	static struct survey survey;
	static struct memory_input in;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ranges banks = { 0 };
		struct range out;

		CASE(rows[i].name);
		survey.n_claims = 0;
		in = (struct memory_input){ .banks = &banks,
					    .survey = &survey,
					    .caller_stays = rows[i].called };
		memcpy(in.taken, rows[i].taken, sizeof(in.taken));
		for (size_t k = 0; k < BANKS; k++)
			assert_int_equal(ranges_add(&banks, rows[i].banks[k]), OM_OK);
		for (size_t k = 0; k < CLAIMS; k++)
			if (rows[i].claims[k].range.bytes)
				survey.claims[survey.n_claims++] = rows[i].claims[k];
		assert_int_equal(check(&in), rows[i].want.bytes != 0);
		if (!rows[i].want.bytes)
			continue;
		assert_int_equal(memory_plan(&in, &out), OM_OK);
		assert_int_equal(out.base_pa, rows[i].want.base_pa);
		assert_int_equal(out.bytes, rows[i].want.bytes);
	}
}

/* A number of a size of its own, so that small and huge ones come, and on a page as a rule. */
static uint64_t any(struct prng *dice, uint32_t bits)
{
	const uint64_t n = (uint64_t)prng_next(dice) << 32 | prng_next(dice);
	const uint64_t value = n >> (64 - 1 - prng_below(dice, bits));

	return prng_below(dice, 4) ? value & ~(uint64_t)(ROOM_PAGE_BYTES - 1) : value;
}

/* Hundreds of ranges anywhere: too many for a set, overlapping, wrapping, on and off pages. */
static void test_any_ranges(void **state)
{
	enum { ROUNDS = 4000, FOUND_LEAST = 400, NONE_LEAST = 400 };
	static struct survey survey;
	static struct memory_input in;
	static struct ranges banks;
	struct prng dice = { 20261130 };
	uint32_t found = 0;

	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		const uint32_t n_banks = 1 + prng_below(&dice, 6);
		const uint32_t n_claims = prng_below(&dice, 2 * SURVEY_CLAIMS_MAX);

		banks.n = survey.n_claims = 0;
		for (uint32_t i = 0; i < n_banks; i++)
			(void)!ranges_add(&banks, range_make(any(&dice, 34), any(&dice, 32)));
		in.banks = &banks;
		in.survey = &survey;
		in.caller_stays = round % 2;
		for (uint32_t i = 0; i < n_claims && i < SURVEY_CLAIMS_MAX; i++)
			survey.claims[survey.n_claims++] = (struct survey_claim){
				.range = range_make(any(&dice, 33), any(&dice, 26)),
				.kind = (enum survey_kind)prng_below(&dice, SURVEY_DISABLED + 1),
			};
		for (uint32_t i = 0; i < MEMORY_TAKEN; i++) {
			in.taken[i] = (struct range){ any(&dice, 64), any(&dice, 64) };
			if (prng_below(&dice, 2))
				in.taken[i].bytes = any(&dice, 24);
			if (prng_below(&dice, 3) == 0)
				in.taken[i].bytes = 0;
		}
		found += check(&in);
	}
	print_message("  %u of %u inputs had room\n", found, (unsigned int)ROUNDS);
	assert_true(found >= FOUND_LEAST && ROUNDS - found >= NONE_LEAST);
}

/* More reservations than a tree's list has entries: none of them is written to. */
static void test_hundreds(void **state)
{
	enum { N = 300 };
	static struct survey survey;
	static struct memory_input in;
	struct ranges banks = { .n = 1, .r = { { BASE, MIB(512) } } };
	struct range out;

	(void)state;
	for (uint64_t i = 0; i < N; i++)
		survey_claim(&survey,
			     &(struct survey_claim){ .range = { BASE + MIB(40) + i * MIB(1), 4096 },
						     .kind = SURVEY_RESERVED });
	in = (struct memory_input){ .banks = &banks, .survey = &survey };
	assert_true(check(&in));
	assert_int_equal(memory_plan(&in, &out), OM_OK);
	for (uint64_t i = 0; i < N; i++)
		assert_false(
			range_overlaps((struct range){ BASE + MIB(40) + i * MIB(1), 4096 }, out));
	/* and with the end taken, there is no room between them */
	in.taken[MEMORY_LAST_REGION] = (struct range){ BASE + MIB(36), MIB(476) };
	assert_true(check(&in));
	in.taken[MEMORY_LAST_LOG] = (struct range){ BASE, MIB(36) };
	assert_false(check(&in));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_hundreds),
					    cmocka_unit_test(test_any_ranges) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

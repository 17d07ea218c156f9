/* SPDX-License-Identifier: BSD-2-Clause */
/* The region of ramoops.mem_name= in memory: found at its place, only there, and in bounded time.
 */
#include "core/place/named.h"

#include "core/ramoops/zone.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIB 1024u

enum { MEMORY = 4096 * 1024, NOWHERE = 1 };
static const uint64_t BASE = 0x5f000000;

#define NAMED	"ramoops.mem_name=oops "
#define SMALL	NAMED "reserve_mem=256K:4096:oops ramoops.record_size=65536 "
#define ALIGNED NAMED "reserve_mem=256K:0x10000:oops ramoops.record_size=65536 "
#define CONSOLE NAMED "reserve_mem=64K:64:oops ramoops.record_size=0 ramoops.console_size=32768 "

#define MANY NAMED "reserve_mem=1M:4096:oops ramoops.record_size=16384 "

struct row {
	const char *what, *words;
	uint32_t at[3];	  /* where regions lie, 0: none */
	uint32_t headers; /* percent of the zones' that stand there */
	uint32_t found;	  /* NOWHERE: none */
};

static const struct row rows[] = {
	{ "in the middle", SMALL, { 0x123000 }, 100, 0x123000 },
	{ "at the top", SMALL, { MEMORY - 256 * KIB }, 100, MEMORY - 256 * KIB },
	{ "at the bottom", SMALL, { 0x1000 }, 100, 0x1000 },
	{ "the highest one", SMALL, { 0x100000, 0x200000, 0x180000 }, 100, 0x200000 },
	{ "not on its alignment", ALIGNED, { 0x123000 }, 100, NOWHERE },
	{ "on its alignment", ALIGNED, { 0x130000 }, 100, 0x130000 },
	{ "an alignment below a page is taken as one", CONSOLE, { 0x7000 }, 100, 0x7000 },
	{ "half of its headers", SMALL, { 0x123000 }, 50, 0x123000 },
	{ "a few of its headers", SMALL, { 0x123000 }, 20, NOWHERE },
	{ "of many records, not a few of them further up", MANY, { 0x123000 }, 100, 0x123000 },
	{ "the same with its last headers gone", MANY, { 0x123000 }, 70, 0x123000 },
	{ "two of many records, side by side", MANY, { 0x123000, 0x223000 }, 100, 0x223000 },
	{ "none", SMALL, { 0 }, 0, NOWHERE },
	{ "no room for it",
	  NAMED "reserve_mem=8M:4096:oops ramoops.record_size=65536",
	  { 0x123000 },
	  100,
	  NOWHERE },
};

static uint8_t *memory;

static void put_word(uint32_t at, uint32_t v)
{
	for (uint32_t i = 0; i < 4; i++)
		memory[at + i] = (uint8_t)(v >> 8 * i);
}

static void put_region(const struct named *n, uint32_t at, uint32_t headers)
{
	struct layout l;
	struct place p;

	assert_int_equal(layout_make(&n->geom, ERA_6_6, 1, &l), OM_OK);
	for (uint32_t i = 0; i < layout_zones(&l) && i * 100 < layout_zones(&l) * headers; i++) {
		assert_int_equal(layout_place(&l, i, &p), OM_OK);
		put_word(at + p.off, ZONE_SIG);
	}
}

static bool open_words(const char *words, struct named *n)
{
	struct parameters p;

	parameters_read(words, NULL, &p);
	return named_open(&p, 1, n);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct named n;
		bool found;

		CASE(row->what);
		memset(memory, 0, MEMORY);
		assert_true(open_words(row->words, &n));
		for (uint32_t k = 0; k < 3 && row->at[k]; k++)
			if (row->at[k] + n.geom.region_bytes <= MEMORY)
				put_region(&n, row->at[k], row->headers);
		found = named_find(&n, (struct span){ memory, MEMORY }, BASE);
		assert_int_equal(found, row->found != NOWHERE);
		if (found)
			assert_int_equal(n.geom.base_pa, BASE + row->found);
	}
}

static void test_what_is_not_named(void **state)
{
	static const char *const words[] = {
		"",
		"ramoops.mem_name=oops",
		"reserve_mem=1M:4096:oops",
		"reserve_mem=1M:4096:oops ramoops.mem_name=other",
		"reserve_mem=4G:4096:oops ramoops.mem_name=oops",
		"reserve_mem=64K:4096:oops ramoops.mem_name=oops ramoops.console_size=0x100000",
	};
	struct named n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		CASE(words[i]);
		assert_false(open_words(words[i], &n));
	}
}

/* Memory full of headers, as of an older dump: each place is worth a look, and the looks end. */
static void test_bounded(void **state)
{
	struct named n;

	(void)state;
	for (uint32_t at = 0; at < MEMORY; at += 128 * KIB)
		for (uint32_t page = 0; page < 128 * KIB; page += 4 * KIB)
			put_word(at + page, page ? ZONE_SIG ^ 0x10101010 : ZONE_SIG);
	assert_true(open_words(SMALL, &n));
	assert_false(named_find(&n, (struct span){ memory, MEMORY }, BASE));
	assert_true(n.left < NAMED_PLACES - 32 * NAMED_TRY_PLACES); /* 32 headers */
	for (uint32_t i = 0; n.left > 0; i++) {
		assert_true(i < 10);
		assert_false(named_find(&n, (struct span){ memory, MEMORY }, BASE));
	}
	memset(memory, 0, MEMORY);
	put_region(&n, 0x123000, 100);
	assert_false(named_find(&n, (struct span){ memory, MEMORY }, BASE));
}

static void test_edges_of_addresses(void **state)
{
	struct named n;

	(void)state;
	memset(memory, 0, MEMORY);
	assert_true(open_words(SMALL, &n));
	assert_false(named_find(&n, (struct span){ memory, MEMORY }, 0));
	put_region(&n, 0, 100);
	assert_true(named_find(&n, (struct span){ memory, MEMORY }, 0));
	assert_int_equal(n.geom.base_pa, 0);
	assert_false(named_find(&n, (struct span){ memory, 100 }, BASE));
	assert_false(named_find(&n, (struct span){ NULL, 0 }, BASE));
	/* a stretch that begins between two places */
	assert_true(named_find(&n, (struct span){ memory, MEMORY }, BASE));
	assert_false(named_find(&n, (struct span){ memory + 16, MEMORY - 16 }, BASE + 16));
}

static int make_memory(void **state)
{
	(void)state;
	memory = malloc(MEMORY);
	return memory ? 0 : -1;
}

static int free_memory(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_what_is_not_named),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_edges_of_addresses),
	};

	return cmocka_run_group_tests(tests, make_memory, free_memory);
}

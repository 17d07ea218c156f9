/* SPDX-License-Identifier: BSD-2-Clause */
/* Every record once: starts with many records, as the monitor asks and stores. */
#include "core/crash/once.h"

#include "support.h"

enum { ZONES_MAX = 5000, OTHERS = 3 };

/* A region: @n_dmesg zones of @pieces records each, and a console, pmsg, ftrace. */
struct region {
	uint32_t n_dmesg, pieces;
	uint32_t digest[ZONES_MAX + OTHERS]; /* of a zone's first record; the next ones count up */
};

static struct once once;

static void fill(struct region *r, uint32_t n_dmesg, uint32_t pieces)
{
	struct prng rng = { 99 };

	r->n_dmesg = n_dmesg;
	r->pieces = pieces;
	for (uint32_t i = 0; i < n_dmesg + OTHERS; i++)
		r->digest[i] = prng_next(&rng);
}

static uint32_t pieces_of(const struct region *r, uint32_t zone)
{
	return zone < r->n_dmesg ? r->pieces : 1;
}

static enum once_state state_in_page(const struct region *r, const struct retained *page,
				     uint32_t zone, uint32_t piece)
{
	const uint32_t size = page->group_zones;
	struct once_word word = { 0 };

	if (!size)
		return once_state_of(page, r->digest[zone] + piece);
	for (uint32_t i = 0; i < r->n_dmesg + OTHERS; i++)
		if (once_group_of(size, r->n_dmesg, i) == once_group_of(size, r->n_dmesg, zone))
			for (uint32_t p = 0; p < pieces_of(r, i); p++)
				once_word_add(&word, r->digest[i] + p);
	return once_state_of(page, word.word);
}

/* One start. Returns how many records it reports: all that are not known as reported. */
static uint32_t start(const struct region *r, struct retained *page, enum once_state now)
{
	uint32_t n = 0;

	once_start(&once, r->n_dmesg);
	for (uint32_t zone = 0; zone < r->n_dmesg + OTHERS; zone++)
		for (uint32_t piece = 0; piece < pieces_of(r, zone); piece++) {
			const enum once_state s = state_in_page(r, page, zone, piece);

			once_add(&once, zone, r->digest[zone] + piece, s);
			n += s != ONCE_REPORTED;
		}
	once_store(&once, now, page);
	assert_true(page->n_reported <= RETAINED_REPORTED_MAX);
	return n;
}

static void test_every_record_once(void **state)
{
	static const struct {
		const char *name;
		uint32_t n_dmesg, pieces;
		uint32_t again; /* reported once more when one dmesg record has changed, itself too
				 */
	} rows[] = {
		{ "default", 22, 1, 1 },
		{ "old limit", 39, 1, 1 },
		{ "many", 300, 1, 1 },
		{ "several in a zone", 30, 10, 10 },
		{ "a page full", RETAINED_REPORTED_MAX - OTHERS, 1, 1 },
		{ "one too many", RETAINED_REPORTED_MAX - OTHERS + 1, 1, 2 },
		{ "groups", 700, 1, 2 },
		{ "groups of several", 60, 31, 31 },
		{ "large groups", ZONES_MAX, 1, 16 },
	};
	static struct region r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const uint32_t all = rows[i].n_dmesg * rows[i].pieces + OTHERS;
		struct retained page = { 0 };

		CASE(rows[i].name);
		fill(&r, rows[i].n_dmesg, rows[i].pieces);
		assert_int_equal(start(&r, &page, ONCE_NEW), all); /* reset in the report */
		assert_int_equal(start(&r, &page, ONCE_SEEN), all);
		assert_int_equal(start(&r, &page, ONCE_REPORTED), all);
		assert_int_equal(start(&r, &page, ONCE_REPORTED), 0);
		assert_int_equal(start(&r, &page, ONCE_NEW), 0); /* what is known stays */
		for (uint32_t boot = 0; boot < 3; boot++) {
			r.digest[rows[i].n_dmesg] += 100; /* the console of every boot */
			assert_int_equal(start(&r, &page, ONCE_REPORTED), 1);
		}
		r.digest[5] += 100;
		assert_int_equal(start(&r, &page, ONCE_REPORTED), rows[i].again);
		assert_int_equal(start(&r, &page, ONCE_REPORTED), 0);
	}
}

/* Digests of records that are gone stay as long as there is room; the oldest go first. */
static void test_others_make_room(void **state)
{
	struct retained page = { 0 };

	(void)state;
	for (uint32_t i = 0; i < RETAINED_REPORTED_MAX + 5; i++) {
		once_start(&once, 1);
		once_add(&once, 0, 1000 + i, ONCE_NEW);
		once_store(&once, ONCE_REPORTED, &page);
	}
	assert_int_equal(page.n_reported, RETAINED_REPORTED_MAX);
	assert_int_equal(once_state_of(&page, 1000 + 4), ONCE_NEW);
	assert_int_equal(once_state_of(&page, 1000 + 5), ONCE_REPORTED);
	assert_int_equal(once_state_of(&page, 1000 + RETAINED_REPORTED_MAX + 4), ONCE_REPORTED);
	/* a start that could read nothing changes nothing */
	once_start(&once, 1);
	once_store(&once, ONCE_REPORTED, &page);
	assert_int_equal(page.n_reported, RETAINED_REPORTED_MAX);
	page.n_reported = UINT32_MAX; /* as a broken page might say: stays in bounds */
	assert_int_equal(once_state_of(&page, 1), ONCE_NEW);
}

/* A record that was seen and is reported later takes one place; of two alike, both are known. */
static void test_one_place(void **state)
{
	static const enum once_state now[] = { ONCE_SEEN, ONCE_SEEN, ONCE_REPORTED, ONCE_SEEN };
	struct retained page = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(now); i++) {
		once_start(&once, 2);
		once_add(&once, 0, 7, once_state_of(&page, 7));
		once_add(&once, 1, 7, once_state_of(&page, 7));
		once_store(&once, now[i], &page);
		assert_int_equal(page.n_reported, 1);
		assert_int_equal(once_state_of(&page, 7), i < 2 ? ONCE_SEEN : ONCE_REPORTED);
		assert_int_equal(once_state_of(&page, 8), ONCE_NEW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_record_once),
		cmocka_unit_test(test_others_make_room),
		cmocka_unit_test(test_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

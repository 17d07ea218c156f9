/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of an archive on modelled flash: found, judged, and read byte by byte. */
#include "core/archive/archive_list.h"

#include "core/base/crc32.h"
#include "flash_model.h"

enum { BLOCK = 8192, BLOCKS = 4, ENTRY_MAX = 12000 };

static const char card[] = "oopsmon entry 1\nid 1f2e3d4c\nboot 2 warm\nverdict panic\n"
			   "monitor 0.1.0\nboard b\nregion 0x5fc00000 2097152\n"
			   "records 3 26055\nheadline it \033[31mbroke\n\n";

static struct flash_model model;
static struct archive archive;
static uint8_t text[ENTRY_MAX], got[ENTRY_MAX + 64];

static void fill(uint32_t number)
{
	struct prng rng = { number };

	prng_fill(&rng, text, sizeof(text));
	memcpy(text, card, sizeof(card) - 1);
}

static void write_entry(uint32_t bytes, uint32_t pieces, bool to_its_end)
{
	uint32_t done = 0;

	archive_open(&archive, &model.flash);
	assert_int_equal(archive_begin(&archive), OM_OK);
	fill(archive.entry);
	for (uint32_t i = 0; i < pieces; i++) {
		const uint32_t n = i + 1 < pieces ? bytes / pieces : bytes - done;
		const bool last = to_its_end && i + 1 == pieces;

		assert_int_equal(archive_append(&archive, (struct span){ text + done, n }, last),
				 OM_OK);
		done += n;
	}
}

/* The only entry with this number; false: there is none. */
static bool find(uint32_t number, struct archive_entry *out)
{
	static struct archive_list l;
	struct archive_entry e;
	uint32_t before = 0;
	bool found = false;

	archive_open(&archive, &model.flash);
	archive_list_start(&l, &archive);
	while (archive_list_next(&l, &e)) {
		assert_true(e.number > before); /* oldest first */
		before = e.number;
		if (e.number != number)
			continue;
		*out = e;
		found = true;
	}
	return found;
}

/* How much of it is certain, read @step bytes at a time. */
static uint32_t read_all(const struct archive_entry *e, uint32_t step)
{
	static struct archive_reader r;
	uint32_t certain = 0;
	bool all = true;

	assert_true(e->bytes <= ENTRY_MAX);
	archive_reader_start(&r, &archive, e);
	for (uint32_t at = 0; at < e->bytes; at += step) {
		const uint32_t n = e->bytes - at < step ? e->bytes - at : step;
		const uint32_t good = archive_reader_get(&r, got + at, n);

		assert_true(good <= n);
		certain += all ? good : 0;
		all &= good == n;
	}
	assert_int_equal(r.off, e->bytes);
	/* after its end there is nothing */
	assert_int_equal(archive_reader_get(&r, got + e->bytes, 64), 0);
	fill(e->number);
	assert_memory_equal(got, text, certain);
	return certain;
}

static const struct {
	const char *name;
	uint32_t bytes, pieces;
} sizes[] = { { "a card alone", sizeof(card) - 1, 1 },
	      { "one chunk", 1000, 1 },
	      { "a full chunk", 4032, 1 },
	      { "a byte more", 4033, 1 },
	      { "over a block's end", 12000, 1 },
	      { "many pieces", 9000, 40 } };

static void test_sound(void **state)
{
	static const uint32_t steps[] = { 1, 7, 4032, ENTRY_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct archive_entry e;

		CASE(sizes[i].name);
		model_make(&model, BLOCK, BLOCKS, 32);
		assert_false(find(1, &e));
		write_entry(300, 1, true);
		write_entry(sizes[i].bytes, sizes[i].pieces, true);
		write_entry(300, 1, true);
		for (uint32_t n = 1; n <= 3; n++) {
			assert_true(find(n, &e));
			assert_int_equal(e.state, ARCHIVE_ENTRY_COMPLETE);
			assert_int_equal(e.bytes, n == 2 ? sizes[i].bytes : 300);
			assert_true(e.has_card && e.card.id == 0x1f2e3d4c);
			assert_string_equal(e.card.headline, "it ?[31mbroke");
			for (size_t s = 0; s < ARRAY_LEN(steps); s++)
				assert_int_equal(read_all(&e, steps[s]), e.bytes);
		}
		model_drop(&model);
	}
}

static void test_not_to_its_end(void **state)
{
	struct archive_entry e;

	(void)state;
	model_make(&model, BLOCK, BLOCKS, 32);
	write_entry(5000, 3, false);
	assert_true(find(1, &e));
	assert_int_equal(e.state, ARCHIVE_ENTRY_INCOMPLETE);
	assert_int_equal(read_all(&e, 100), 5000);
	write_entry(300, 1, true);
	assert_true(find(1, &e) && e.state == ARCHIVE_ENTRY_INCOMPLETE);
	assert_true(find(2, &e) && e.state == ARCHIVE_ENTRY_COMPLETE);
	model_drop(&model);
}

static const struct {
	const char *name;
	uint32_t chunk; /* of three of 1000 bytes that is spoiled */
	bool head;	/* the chunk's head, else its payload */
	enum archive_entry_state state;
	bool has_card;
	uint32_t certain, bytes;
} spoils[] = {
	{ "first payload", 0, false, ARCHIVE_ENTRY_DAMAGED, false, 0, 3000 },
	{ "first head", 0, true, ARCHIVE_ENTRY_DAMAGED, false, 0, 3000 },
	{ "second payload", 1, false, ARCHIVE_ENTRY_DAMAGED, true, 1000, 3000 },
	{ "second head", 1, true, ARCHIVE_ENTRY_DAMAGED, true, 1000, 3000 },
	/* as power cuts leave it */
	{ "last payload", 2, false, ARCHIVE_ENTRY_INCOMPLETE, true, 2000, 3000 },
	{ "last head", 2, true, ARCHIVE_ENTRY_INCOMPLETE, true, 2000, 2000 },
};

static void test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
		const uint32_t chunk = 64 + 1024; /* guard and head, payload in whole units */
		const uint32_t at = 64 + chunk * spoils[i].chunk + (spoils[i].head ? 40 : 500);
		struct archive_entry e;

		CASE(spoils[i].name);
		model_make(&model, BLOCK, BLOCKS, 32);
		write_entry(3000, 3, true);
		write_entry(300, 1, true);
		memset(model.bytes + at, 0x55, 3);
		assert_true(find(1, &e));
		assert_int_equal(e.state, spoils[i].state);
		assert_int_equal(e.has_card, spoils[i].has_card);
		assert_int_equal(e.bytes, spoils[i].bytes);
		assert_int_equal(read_all(&e, 100), spoils[i].certain);
		assert_int_equal(read_all(&e, ENTRY_MAX), spoils[i].certain);
		assert_true(find(2, &e) && e.state == ARCHIVE_ENTRY_COMPLETE);
		model_drop(&model);
	}
}

/* An end that is none, and an end without a beginning to it. */
static void test_wrong_ends(void **state)
{
	const struct span no_card = { text + 2000, 500 };
	struct archive_entry e;
	uint8_t *head;

	(void)state;
	model_make(&model, BLOCK, BLOCKS, 32);
	write_entry(3000, 3, true);
	head = model.bytes + 64 + 64 + 1024 + 32;
	head[15] |= 0x80; /* docs/archive-format.md: the entry's last chunk */
	le32_store(head + 28, crc32_update(0, head, 28));
	assert_true(find(1, &e));
	assert_int_equal(e.state, ARCHIVE_ENTRY_DAMAGED);
	assert_int_equal(archive_begin(&archive), OM_OK);
	assert_int_equal(archive_append(&archive, no_card, true), OM_OK);
	assert_true(find(2, &e));
	assert_int_equal(e.state, ARCHIVE_ENTRY_DAMAGED);
	assert_false(e.has_card);
	model_drop(&model);
}

/* The entry whose beginning was recycled is none; others are as they were written. */
static void test_recycled(void **state)
{
	struct archive_entry e;
	uint32_t n_there = 0;

	(void)state;
	model_make(&model, BLOCK, BLOCKS, 32);
	for (uint32_t n = 1; n <= 12; n++)
		write_entry(6000, 2, true);
	for (uint32_t n = 1; n <= 12; n++) {
		if (!find(n, &e))
			continue;
		n_there++;
		assert_int_equal(e.state, ARCHIVE_ENTRY_COMPLETE);
		assert_int_equal(read_all(&e, 500), 6000);
	}
	assert_in_range(n_there, 3, 5);
	assert_true(find(12, &e));
	model_drop(&model);
}

/* Any bytes: the list ends, and no more than the flash holds is read. */
static void test_noise(void **state)
{
	struct prng rng = { 11 };

	(void)state;
	for (uint32_t turn = 0; turn < 300; turn++) {
		static struct archive_list l;
		static struct archive_reader r;
		struct archive_entry e;
		uint32_t n = 0;

		model_make(&model, BLOCK, BLOCKS, 32);
		for (uint32_t i = 0; i < 8; i++)
			write_entry(200 + prng_below(&rng, 3000), 1 + prng_below(&rng, 3), true);
		for (uint32_t i = 0; i < 1 + turn % 40; i++)
			model.bytes[prng_below(&rng, BLOCK * BLOCKS)] = (uint8_t)prng_next(&rng);
		archive_open(&archive, &model.flash);
		archive_list_start(&l, &archive);
		while (archive_list_next(&l, &e)) {
			assert_true(n++ < BLOCK * BLOCKS / 96);
			archive_reader_start(&r, &archive, &e);
			if (e.bytes <= ENTRY_MAX)
				(void)archive_reader_get(&r, got, e.bytes);
		}
		model_drop(&model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),	 cmocka_unit_test(test_not_to_its_end),
		cmocka_unit_test(test_damage),	 cmocka_unit_test(test_wrong_ends),
		cmocka_unit_test(test_recycled), cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

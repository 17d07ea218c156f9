/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive's log on modelled flash: power cut in every step of histories of hundreds of entries,
 * clearing, cost, and flash that is not ours or does not work.
 */
#include "archive_lab.h"

/* ---- histories with cuts ------------------------------------------------------------------- */

struct lab {
	struct flash_model main;
	struct flash_model trial;
	uint32_t wear[MODEL_BLOCKS_MAX]; /* before the present entry */
	struct seen before;
	struct seen now;
	struct seen again;
	uint32_t n_cuts;
	uint32_t n_shaky;  /* cuts that left bits which read differently */
	uint32_t n_forgot; /* times that a cut in clearing left nothing */
};

/* What is done to the archive; @done: bytes of an entry that are committed. */
typedef enum om_err deed(struct archive *a, uint32_t salt, uint32_t *done);

static void count_progress(void *ctx, uint32_t done, uint32_t of)
{
	uint32_t *n = ctx;

	assert_int_equal(done, ++*n);
	assert_true(done <= of);
}

static enum om_err clear_all(struct archive *a, uint32_t salt, uint32_t *done)
{
	uint32_t n = 0;
	const enum om_err err = archive_clear(a, count_progress, &n);

	(void)salt;
	*done = 0;
	assert_int_equal(n, a->state == ARCHIVE_OURS ? a->n_blocks : 0);
	return err;
}

/* All that was there is there, but for blocks erased since; or all is forgotten. */
static void assert_kept_or_forgotten(struct lab *lab, deed *what)
{
	const bool forgot = what == clear_all &&
			    lab->now.a.sequence >= lab->before.a.sequence + lab->now.a.n_blocks;

	if (!forgot) {
		assert_kept(&lab->before, lab->wear, &lab->now, &lab->trial);
		return;
	}
	lab->n_forgot++;
	for (uint32_t i = 0; i < lab->now.n; i++)
		assert_true(lab->now.chunks[i].entry > lab->before.a.entry);
}

static void look_after_cut(struct lab *lab, deed *what)
{
	struct flash_model *m = &lab->trial;

	model_power_on(m);
	look(m, &lab->now);
	assert_int_equal(lab->now.a.state,
			 lab->before.a.entry > 0 ? ARCHIVE_OURS : lab->now.a.state);
	assert_true(lab->now.a.state == ARCHIVE_OURS || lab->now.a.state == ARCHIVE_BLANK);
	assert_true(lab->now.a.entry >= lab->before.a.entry);
	assert_kept_or_forgotten(lab, what);
}

/* After a cut: all is there, an entry can be written, and then it reads the same each time. */
static void assert_recovers(struct lab *lab, deed *what, uint32_t entry, uint32_t done)
{
	struct flash_model *m = &lab->trial;
	uint32_t bytes;
	struct archive a;

	look_after_cut(lab, what);
	assert_true(bytes_of(&lab->now, entry, 0) >= done);
	if (lab->n_cuts % 5 < 2) {
		/* power goes again while that is put right */
		deed *again = lab->n_cuts % 5 == 0 ? write_entry : clear_all;

		m->cut_at = 1 + prng_below(&m->rng, 24);
		archive_open(&a, &m->flash);
		(void)again(&a, 1, &bytes);
		what = again == clear_all ? again : what;
		look_after_cut(lab, what);
	}
	archive_open(&a, &m->flash);
	assert_int_equal(write_entry(&a, 1, &bytes), OM_OK);
	look(m, &lab->now);
	assert_kept_or_forgotten(lab, what);
	assert_true(bytes_of(&lab->now, a.entry, 1) == bytes);
	assert_int_equal(lab->now.a.entry, a.entry);
	assert_int_equal(lab->now.a.at, a.at);
	assert_no_gaps(&lab->now, lab->before.a.entry);
	for (uint32_t i = 0; i < 2; i++) {
		look(m, &lab->again);
		assert_same(&lab->now, &lab->again);
	}
}

/* Every step of @what is cut once; then it is done. */
static void cut_every_step(struct lab *lab, deed *what)
{
	struct archive a;
	uint32_t n_steps = 1;
	uint32_t done;

	look(&lab->main, &lab->before);
	memcpy(lab->wear, lab->main.wear, sizeof(lab->wear));
	for (uint32_t cut = 1; cut <= n_steps; cut++) {
		struct flash_model *m = &lab->trial;

		model_copy(m, &lab->main);
		m->cut_at = cut;
		archive_open(&a, &m->flash);
		if (what(&a, 0, &done) == OM_OK) {
			assert_int_equal(m->n_steps, cut - 1);
			break;
		}
		assert_true(m->off);
		n_steps = cut + 1;
		lab->n_cuts++;
		lab->n_shaky += m->any_shaky;
		assert_recovers(lab, what, lab->before.a.entry + 1, done);
	}
	archive_open(&a, &lab->main.flash);
	assert_int_equal(what(&a, 0, &done), OM_OK);
	look(&lab->main, &lab->now);
	if (what != clear_all)
		assert_kept(&lab->before, lab->wear, &lab->now, &lab->main);
	assert_int_equal(bytes_of(&lab->now, lab->before.a.entry + 1, 0), done);
	assert_int_equal(a.entry, lab->before.a.entry + (what == write_entry));
	assert_int_equal(lab->now.a.entry, a.entry);
	assert_int_equal(a.n_bad, 0);
}

static void assert_even_wear(const struct flash_model *m)
{
	uint32_t least = UINT32_MAX;
	uint32_t most = 0;

	for (uint32_t i = 0; i < m->flash.n_blocks; i++) {
		least = m->wear[i] < least ? m->wear[i] : least;
		most = m->wear[i] > most ? m->wear[i] : most;
	}
	assert_true(most - least <= 1);
}

static const struct {
	const char *name;
	uint32_t block_bytes;
	uint32_t n_blocks;
	uint32_t step_bytes;
	uint32_t entries;
	uint32_t bytes_max;
} histories[] = {
	{ "2 blocks of 4 KiB, units", 4096, 2, 32, 150, 3500 },
	{ "2 blocks of 4 KiB, words", 4096, 2, 4, 20, 400 },
	{ "4 blocks of 4 KiB, entries over several", 4096, 4, 32, 60, 10000 },
	{ "3 blocks of 8 KiB", 8192, 3, 32, 40, 9000 },
};

static void test_cuts(void **state)
{
	static struct lab lab;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(histories); i++) {
		const uint32_t bytes = histories[i].block_bytes;

		CASE(histories[i].name);
		make_texts(histories[i].bytes_max);
		model_make(&lab.main, bytes, histories[i].n_blocks, histories[i].step_bytes);
		model_make(&lab.trial, bytes, histories[i].n_blocks, histories[i].step_bytes);
		lab.n_cuts = 0;
		lab.n_shaky = 0;
		lab.n_forgot = 0;
		for (uint32_t n = 0; n < histories[i].entries; n++) {
			cut_every_step(&lab, write_entry);
			assert_even_wear(&lab.main);
			if (n % 7 > 0)
				continue;
			cut_every_step(&lab, clear_all);
			assert_int_equal(lab.now.n, 0);
			assert_even_wear(&lab.main);
		}
		print_message("    %u cuts, %u with shaky bits, %u in clearing\n", lab.n_cuts,
			      lab.n_shaky, lab.n_forgot);
		assert_true(lab.n_shaky > lab.n_cuts / 4);
		model_drop(&lab.main);
		model_drop(&lab.trial);
	}
	drop_texts();
}
/* ---- clearing ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	uint32_t entries;
	enum fault fault;
	uint8_t where; /* bit N: block N has it */
	enum om_err err;
	bool kept;	 /* all */
	uint32_t n_head; /* blocks with a readable head then */
	bool one_begun;
} clearings[] = {
	{ "blank", 0, FAULT_NONE, 0, OM_OK, true, 0, false },
	{ "first turn", 5, FAULT_NONE, 0, OM_OK, false, 4, false },
	{ "later turn", 100, FAULT_NONE, 0, OM_OK, false, 4, false },
	{ "in the middle of an entry", 100, FAULT_NONE, 0, OM_OK, false, 4, true },
	{ "a locked block keeps its head", 100, FAULT_LOCKED, 1, OM_E_CORRUPT, false, 4, false },
	{ "another", 100, FAULT_LOCKED, 2, OM_E_CORRUPT, false, 4, false },
	{ "another", 100, FAULT_LOCKED, 4, OM_E_CORRUPT, false, 4, false },
	{ "another", 100, FAULT_LOCKED, 8, OM_E_CORRUPT, false, 4, false },
	{ "three locked", 100, FAULT_LOCKED, 7, OM_E_CORRUPT, false, 4, false },
	{ "all locked", 100, FAULT_LOCKED, 15, OM_E_NO_SPACE, true, 4, false },
	{ "a worn block becomes zeros", 100, FAULT_WORN, 1, OM_E_CORRUPT, false, 3, false },
	{ "another", 100, FAULT_WORN, 8, OM_E_CORRUPT, false, 3, false },
	{ "all worn", 100, FAULT_WORN, 15, OM_E_NO_SPACE, false, 0, false },
	{ "a head cannot be programmed", 100, FAULT_DULL, 2, OM_E_CORRUPT, false, 3, false },
	{ "none can", 100, FAULT_DULL, 15, OM_E_NO_SPACE, false, 0, false },
};

static void test_clear(void **state)
{
	static struct flash_model m;
	static struct seen before;
	static struct seen now;

	(void)state;
	make_texts(300);
	for (size_t i = 0; i < ARRAY_LEN(clearings); i++) {
		struct archive a;
		uint32_t done;

		CASE(clearings[i].name);
		model_make(&m, 4096, 4, 32);
		archive_open(&a, &m.flash);
		for (uint32_t n = 0; n < clearings[i].entries; n++)
			assert_int_equal(write_entry(&a, 0, &done), OM_OK);
		look(&m, &before);
		for (uint32_t block = 0; block < 4; block++)
			if (clearings[i].where >> block & 1)
				break_block(&m, block, clearings[i].fault);
		archive_open(&a, &m.flash);
		if (clearings[i].one_begun)
			assert_int_equal(archive_begin(&a), OM_OK);
		m.n_programmed = 0;
		assert_int_equal(clear_all(&a, 0, &done), clearings[i].err);
		assert_true((a.n_bad > 0) == (clearings[i].err != OM_OK));
		assert_true(clearings[i].entries > 0 || m.n_programmed == 0);
		look(&m, &now);
		assert_int_equal(now.n, clearings[i].kept ? before.n : 0);
		assert_int_equal(now.a.n_used, clearings[i].n_head);
		if (clearings[i].fault == FAULT_WORN)
			assert_int_equal(m.bytes[clearings[i].where & 1 ? 4095 : 4 * 4096 - 1], 0);
		if (clearings[i].n_head > 0) {
			assert_int_equal(now.a.entry, before.a.entry);
			assert_int_equal(a.entry, before.a.entry);
		}
		if (clearings[i].err != OM_E_NO_SPACE) {
			assert_int_equal(write_entry(&a, 0, &done), OM_OK);
			look(&m, &now);
			assert_int_equal(now.a.entry, before.a.entry + 1);
			assert_int_equal(bytes_of(&now, before.a.entry + 1, 0), done);
		}
		model_drop(&m);
	}
	drop_texts();
}
/* ---- entries that are too large ------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t n_blocks;
	uint32_t entries; /* small ones before it */
	uint32_t bytes;
	enum om_err err;
} larges[] = {
	{ "all of two blocks", 2, 0, 2 * 3968, OM_OK },
	{ "a byte more", 2, 0, 2 * 3968 + 1, OM_E_NO_SPACE },
	{ "all of eight", 8, 0, 8 * 3968, OM_OK },
	{ "a byte more", 8, 0, 8 * 3968 + 1, OM_E_NO_SPACE },
	{ "many times all of it", 8, 100, 100 * 3968, OM_E_NO_SPACE },
	{ "in a later turn", 4, 200, 5 * 3968, OM_E_NO_SPACE },
	{ "almost all, in a later turn", 4, 200, 3 * 3968, OM_OK },
};

static void test_large(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(larges); i++) {
		static struct flash_model m;
		static struct seen now;
		struct prng rng = { 9 };
		struct archive a;
		struct text *t;
		uint32_t done, got;

		CASE(larges[i].name);
		make_texts(300);
		model_make(&m, 4096, larges[i].n_blocks, 32);
		archive_open(&a, &m.flash);
		for (uint32_t n = 0; n < larges[i].entries; n++)
			assert_int_equal(write_entry(&a, 0, &done), OM_OK);
		assert_int_equal(archive_begin(&a), OM_OK);
		t = &texts[0][a.entry % ENTRIES_MAX];
		free(t->p);
		t->len = larges[i].bytes;
		t->p = malloc(t->len);
		assert_non_null(t->p);
		prng_fill(&rng, t->p, t->len);
		m.n_erases = 0;
		assert_int_equal(archive_append(&a, (struct span){ t->p, t->len }, true),
				 larges[i].err);
		assert_true(m.n_erases <= larges[i].n_blocks - 1);
		assert_int_equal(a.n_bad, 0);
		look(&m, &now);
		got = bytes_of(&now, a.entry, 0);
		if (larges[i].err == OM_OK)
			assert_int_equal(got, t->len);
		else /* up to the block that it began in */
			assert_true(got >= (larges[i].n_blocks - 1) * 3968 && got < t->len);
		/* no more of it, and the next one finds a place */
		if (larges[i].err != OM_OK)
			assert_int_equal(archive_append(&a, (struct span){ t->p, 9 }, true),
					 OM_E_NO_SPACE);
		assert_int_equal(write_entry(&a, 0, &done), OM_OK);
		look(&m, &now);
		assert_int_equal(bytes_of(&now, a.entry, 0), done);
		model_drop(&m);
	}
	drop_texts();
}
/* ---- what may stand there ------------------------------------------------------------------ */

static void put_head(struct flash_model *m, uint32_t version, uint32_t block_bytes)
{
	uint8_t *p = m->bytes;

	memset(p, 0, ARCHIVE_BLOCK_HEAD_BYTES);
	memcpy(p, "OOPSMONA", 8);
	le32_store(p + 8, version);
	le32_store(p + 12, block_bytes);
	le32_store(p + 16, 4);
	le32_store(p + 24, 1);
	le32_store(p + 60, crc32_update(0, p, 60));
}

static const struct {
	const char *name;
	uint32_t version;     /* 0: no head */
	uint32_t block_bytes; /* in the head */
	uint32_t foreign_at;  /* offset of a byte that is none of ours, 0: none */
	enum archive_state state;
	enum om_err err;
	enum archive_state after; /* archive_begin() */
} places[] = {
	{ "blank", 0, 0, 0, ARCHIVE_BLANK, OM_OK, ARCHIVE_OURS },
	{ "ours", 1, 4096, 0, ARCHIVE_OURS, OM_OK, ARCHIVE_OURS },
	{ "newer", 2, 4096, 0, ARCHIVE_NEWER, OM_E_VARIANT, ARCHIVE_NEWER },
	{ "other blocks", 1, 8192, 0, ARCHIVE_OTHER, OM_E_VARIANT, ARCHIVE_OTHER },
	{ "foreign", 0, 0, 4096, ARCHIVE_FOREIGN, OM_E_VARIANT, ARCHIVE_FOREIGN },
	{ "foreign, further on", 0, 0, 9000, ARCHIVE_BLANK, OM_E_VARIANT, ARCHIVE_FOREIGN },
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		static struct flash_model m;
		struct archive a;

		CASE(places[i].name);
		model_make(&m, 4096, 4, 32);
		if (places[i].version)
			put_head(&m, places[i].version, places[i].block_bytes);
		if (places[i].foreign_at)
			m.bytes[places[i].foreign_at] = 0x55;
		archive_open(&a, &m.flash);
		assert_int_equal(a.state, places[i].state);
		if (places[i].after == places[i].state && places[i].err != OM_OK)
			assert_int_equal(archive_clear(&a, NULL, NULL), places[i].err);
		assert_int_equal(archive_begin(&a), places[i].err);
		assert_int_equal(a.state, places[i].after);
		if (places[i].err != OM_OK)
			assert_int_equal(m.n_programmed, 0);
		assert_int_equal(a.n_erased, 0);
		model_drop(&m);
	}
}

/* An archive made for 4 blocks of 4 KiB in a partition that is another one now. */
static const struct {
	const char *name;
	uint32_t block_bytes, n_blocks;
	enum archive_state state;
	uint32_t blocks_there;
} others[] = {
	{ "as it was", 4096, 4, ARCHIVE_OURS, 4 },
	{ "larger blocks", 8192, 2, ARCHIVE_OTHER, 4 },
	{ "larger blocks and more", 16384, 2, ARCHIVE_OTHER, 4 },
	{ "more blocks", 4096, 9, ARCHIVE_OTHER, 4 },
	{ "fewer blocks", 4096, 3, ARCHIVE_OTHER, 3 },
	{ "no geometry: one block", 16384, 1, ARCHIVE_DEAD, 0 },
	{ "no geometry: no power of two", 6144, 2, ARCHIVE_DEAD, 0 },
	{ "no geometry: too small", 2048, 8, ARCHIVE_DEAD, 0 },
};

static void test_other(void **state)
{
	static struct flash_model m, now_m;
	static struct seen before, now;
	uint32_t n_there, done;
	struct archive a;

	(void)state;
	make_texts(300);
	model_make(&m, 4096, 4, 32);
	for (uint32_t n = 0; n < 50; n++) {
		archive_open(&a, &m.flash);
		assert_int_equal(write_entry(&a, 0, &done), OM_OK);
	}
	look(&m, &before);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		CASE(others[i].name);
		model_make(&now_m, others[i].block_bytes, others[i].n_blocks, 32);
		memcpy(now_m.bytes, m.bytes,
		       m.bytes_all < now_m.bytes_all ? m.bytes_all : now_m.bytes_all);
		n_there = 0;
		for (uint32_t k = 0; k < before.n; k++)
			n_there += before.chunks[k].block < others[i].blocks_there;
		look(&now_m, &now);
		assert_int_equal(now.a.state, others[i].state);
		assert_int_equal(now.n, n_there);
		for (uint32_t k = 0; k < before.n; k++)
			if (before.chunks[k].block < others[i].blocks_there)
				assert_true(has(&now, &before.chunks[k], 1));
		if (others[i].state != ARCHIVE_DEAD) {
			assert_int_equal(now.a.block_bytes, 4096);
			assert_int_equal(now.a.n_blocks, 4);
			assert_int_equal(now.a.n_used, others[i].blocks_there);
		}
		if (others[i].state != ARCHIVE_OURS) {
			assert_int_equal(archive_begin(&now.a), OM_E_VARIANT);
			assert_int_equal(archive_clear(&now.a, NULL, NULL), OM_E_VARIANT);
			assert_int_equal(archive_append(&now.a, (struct span){ NULL, 0 }, true),
					 OM_E_VARIANT);
			assert_int_equal(now_m.n_programmed + now_m.n_erases, 0);
		}
		model_drop(&now_m);
	}
	model_drop(&m);
	drop_texts();
}

static const struct {
	const char *name;
	uint32_t entries;
	uint8_t mute; /* bit N: block N cannot be read */
	enum archive_state state;
} mutes[] = {
	{ "none of a blank one", 0, 15, ARCHIVE_DEAD },
	{ "a part of a blank one", 0, 4, ARCHIVE_DEAD },
	{ "nothing of ours", 50, 15, ARCHIVE_DEAD },
	{ "the first", 50, 1, ARCHIVE_OURS },
	{ "the second", 50, 2, ARCHIVE_OURS },
	{ "the third", 50, 4, ARCHIVE_OURS },
	{ "the last", 50, 8, ARCHIVE_OURS },
	{ "all but one", 50, 7, ARCHIVE_OURS },
};

static void test_unreadable(void **state)
{
	static struct flash_model m;
	static struct seen before, now;
	uint32_t n_there, done;
	struct archive a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mutes); i++) {
		CASE(mutes[i].name);
		make_texts(300);
		model_make(&m, 4096, 4, 32);
		archive_open(&a, &m.flash);
		for (uint32_t n = 0; n < mutes[i].entries; n++)
			assert_int_equal(write_entry(&a, 0, &done), OM_OK);
		look(&m, &before);
		n_there = 0;
		for (uint32_t k = 0; k < before.n; k++)
			n_there += !(mutes[i].mute >> before.chunks[k].block & 1);
		for (uint32_t k = 0; k < 4; k++)
			m.mute[k] = mutes[i].mute >> k & 1;
		look(&m, &now);
		assert_int_equal(now.a.state, mutes[i].state);
		assert_int_equal(now.n, n_there);
		m.n_programmed = 0;
		m.n_erases = 0;
		if (mutes[i].state == ARCHIVE_DEAD) {
			assert_int_equal(archive_begin(&now.a), OM_E_VARIANT);
			assert_int_equal(m.n_programmed + m.n_erases, 0);
		} else {
			assert_int_equal(write_entry(&now.a, 1, &done), OM_OK);
			look(&m, &before);
			assert_int_equal(bytes_of(&before, now.a.entry, 1), done);
		}
		model_drop(&m);
	}
	drop_texts();
}

/* ---- what the head costs ------------------------------------------------------------------- */

static const struct {
	uint32_t block_bytes;
	uint32_t n_blocks;
} sizes[] = { { 4096, 64 }, { 65536, 16 }, { 262144, 16 }, { 262144, 64 }, { 262144, 256 } };

static void test_open_cost(void **state)
{
	(void)state;
	make_texts(2000);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		static struct flash_model m;
		struct archive a;
		uint32_t done;

		model_make(&m, sizes[i].block_bytes, sizes[i].n_blocks, 32);
		archive_open(&a, &m.flash);
		for (uint32_t n = 0; n < 30; n++)
			assert_int_equal(write_entry(&a, 0, &done), OM_OK);
		m.n_read = 0;
		archive_open(&a, &m.flash);
		print_message("    %u KiB: %u bytes read\n", m.bytes_all / 1024, m.n_read);
		assert_int_equal(a.state, ARCHIVE_OURS);
		/* all heads, three chunks an entry and the end */
		assert_true(m.n_read <= 64 * (sizes[i].n_blocks + 30 * 3 + 1));
		/* something void at the end: as far as a chunk goes that may be lost there */
		memset(m.bytes + a.head * a.block_bytes + a.at, 0, 64);
		m.n_read = 0;
		archive_open(&a, &m.flash);
		assert_true(a.torn);
		assert_true(m.n_read <= 64 * (sizes[i].n_blocks + 30 * 3 + 1) + 2 * 4096);
		model_drop(&m);
	}
	drop_texts();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),	  cmocka_unit_test(test_clear),
		cmocka_unit_test(test_large),	  cmocka_unit_test(test_places),
		cmocka_unit_test(test_other),	  cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_open_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

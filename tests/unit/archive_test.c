/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive's log on modelled flash: power cut in every step of histories of hundreds of
 * entries, every bit flipped, wear, cost, and flash that is not ours or does not work.
 */
#include "core/archive/archive.h"
#include "core/base/crc32.h"
#include "flash_model.h"

enum { ENTRIES_MAX = 400, ENTRY_BYTES_MAX = 20000, CHUNKS_MAX = 4096, N_SALTS = 2 };

/* ---- what is written: entry N has the same bytes each time; salt 1 for what follows a cut ---- */

struct text {
	uint8_t *p;
	uint32_t len;
};

static struct text texts[N_SALTS][ENTRIES_MAX];

static void make_texts(uint32_t bytes_max)
{
	struct prng rng = { 77 };

	for (uint32_t salt = 0; salt < N_SALTS; salt++)
		for (uint32_t i = 0; i < ENTRIES_MAX; i++) {
			struct text *t = &texts[salt][i];
			const uint32_t kind = prng_below(&rng, 10);

			t->len = kind == 0 ? 1 + prng_below(&rng, bytes_max)
					   : 1 + prng_below(&rng, kind < 3 ? 33 : 300);
			free(t->p);
			t->p = malloc(t->len);
			assert_non_null(t->p);
			prng_fill(&rng, t->p, t->len);
			/* bytes that look like erased and like dead flash */
			if (kind == 4 || kind == 5)
				memset(t->p, kind == 4 ? 0xff : 0, t->len);
		}
}

static void drop_texts(void)
{
	for (uint32_t salt = 0; salt < N_SALTS; salt++)
		for (uint32_t i = 0; i < ENTRIES_MAX; i++) {
			free(texts[salt][i].p);
			texts[salt][i] = (struct text){ 0 };
		}
}

/* ---- what is read -------------------------------------------------------------------------- */

struct seen {
	struct archive a;
	struct archive_chunk chunks[CHUNKS_MAX];
	uint32_t sequences[CHUNKS_MAX]; /* of the chunks' blocks */
	uint8_t salts[CHUNKS_MAX];	/* bit S: right bytes of salt S; 0: damaged */
	enum archive_check checks[CHUNKS_MAX];
	uint32_t n;
};

static bool is_of(const struct archive_chunk *c, uint32_t salt, const uint8_t *bytes)
{
	const struct text *t = &texts[salt][c->entry % ENTRIES_MAX];

	return c->off <= t->len && c->bytes <= t->len - c->off &&
	       c->last == (c->off + c->bytes == t->len) &&
	       memcmp(t->p + c->off, bytes, c->bytes) == 0;
}

/* Opens and reads all. What is called right is right, and an entry is of one salt. */
static void look(struct flash_model *m, struct seen *s)
{
	static uint8_t bytes[ARCHIVE_PAYLOAD_MAX];
	static uint8_t entry_salts[ENTRIES_MAX];
	struct archive_walk w;

	memset(entry_salts, 3, sizeof(entry_salts));
	archive_open(&s->a, &m->flash);
	archive_walk_start(&w, &s->a);
	for (s->n = 0; archive_walk_next(&w, &s->chunks[s->n]); s->n++) {
		const struct archive_chunk *c = &s->chunks[s->n];

		assert_true(s->n + 1 < CHUNKS_MAX);
		/* a chunk head that a cut left shaky may not have been there a moment ago */
		assert_in_range(c->entry, 1, s->a.entry + m->any_shaky);
		s->sequences[s->n] = w.sequence;
		s->salts[s->n] = 0;
		s->checks[s->n] = archive_payload(&s->a, c, bytes);
		if (s->checks[s->n] == ARCHIVE_DAMAGED)
			continue;
		s->salts[s->n] = (uint8_t)(is_of(c, 0, bytes) | is_of(c, 1, bytes) << 1);
		assert_int_not_equal(s->salts[s->n], 0);
		entry_salts[c->entry % ENTRIES_MAX] &= s->salts[s->n];
		assert_int_not_equal(entry_salts[c->entry % ENTRIES_MAX], 0);
	}
}

static bool has(const struct seen *s, const struct archive_chunk *c, uint8_t salts)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->chunks[i].block == c->block && s->chunks[i].at == c->at &&
		    s->chunks[i].entry == c->entry)
			return s->salts[i] == salts;
	return false;
}

/* Bytes of @entry that are there in one piece from its beginning. */
static uint32_t bytes_of(const struct seen *s, uint32_t entry, uint32_t salt)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->chunks[i].entry == entry && s->salts[i] >> salt & 1 && s->chunks[i].off == n)
			n += s->chunks[i].bytes;
	return n;
}

/* A cut left it in doubt: right or damaged, and settling cannot program what reads as 1. */
static bool is_shaky(const struct flash_model *m, const struct archive_chunk *c)
{
	const uint8_t *shaky = m->shaky + c->block * m->flash.block_bytes + c->at;

	for (uint32_t i = 0; i < c->bytes; i++)
		if (shaky[i])
			return true;
	return false;
}

/* All that @before had is in @now, but for blocks erased since, or that had their turn for it. */
static void assert_kept(const struct seen *before, const uint32_t *wear, const struct seen *now,
			const struct flash_model *m)
{
	for (uint32_t i = 0; i < before->n; i++) {
		const struct archive_chunk *c = &before->chunks[i];

		if (before->salts[i] && !is_shaky(m, c) && wear[c->block] == m->wear[c->block] &&
		    now->a.sequence - before->sequences[i] < m->flash.n_blocks)
			assert_true(has(now, c, before->salts[i]));
	}
}

static void assert_same(const struct seen *a, const struct seen *b)
{
	assert_int_equal(a->a.at, b->a.at);
	assert_int_equal(a->a.head, b->a.head);
	assert_int_equal(a->a.sequence, b->a.sequence);
	assert_int_equal(a->a.entry, b->a.entry);
	assert_int_equal(a->n, b->n);
	for (uint32_t i = 0; i < a->n; i++)
		assert_memory_equal(&a->chunks[i], &b->chunks[i], sizeof(a->chunks[i]));
}

/* Numbers of entries from @from on; of older ones a half erased block may show any. */
static void assert_no_gaps(const struct seen *s, uint32_t from)
{
	for (uint32_t i = 1; i < s->n; i++)
		if (s->chunks[i].entry > from)
			assert_in_range(s->chunks[i].entry - s->chunks[i - 1].entry, 0, 1);
	if (s->n > 0)
		assert_int_equal(s->chunks[s->n - 1].entry, s->a.entry);
}

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

/* Writes the next entry in up to three pieces; @done: bytes that are committed. */
static enum om_err write_entry(struct archive *a, uint32_t salt, uint32_t *done)
{
	enum om_err err = archive_begin(a);
	const struct text *t = &texts[salt][a->entry % ENTRIES_MAX];
	const uint32_t piece = t->len > 40 ? t->len / 3 + 1 : t->len;

	*done = 0;
	while (err == OM_OK && *done < t->len) {
		const uint32_t n = t->len - *done < piece ? t->len - *done : piece;

		err = archive_append(a, (struct span){ t->p + *done, n }, *done + n == t->len);
		if (err == OM_OK)
			*done += n;
	}
	return err;
}

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

/* ---- flash that wears out -------------------------------------------------------------------- */

enum fault { FAULT_NONE, FAULT_LOCKED, FAULT_WORN, FAULT_DULL };

static void break_block(struct flash_model *m, uint32_t block, enum fault fault)
{
	m->locked[block] = fault == FAULT_LOCKED;
	m->worn[block] = fault == FAULT_WORN;
	m->dull[block] = fault == FAULT_DULL;
}

/* What happens to the flash in the course of a history; one in N entries, 0: never. */
struct wearing {
	const char *name;
	uint32_t block_bytes, n_blocks;
	uint32_t cell;	  /* a bit that stays 1 */
	uint32_t dead;	  /* one that stays 0 */
	uint32_t block;	  /* a block gets @fault, up to all but @blocks_left */
	enum fault fault; /* FAULT_NONE: any */
	uint32_t blocks_left;
	uint32_t cut;	/* power fails */
	uint32_t clear; /* all is cleared in place of an entry */
	uint32_t end;	/* all fails from this entry on */
};

static const struct wearing wearings[] = {
	{ "cells", 4096, 8, 2, 60, 0, FAULT_NONE, 0, 0, 0, 0 },
	{ "cells and cuts", 4096, 8, 3, 60, 0, FAULT_NONE, 0, 2, 0, 0 },
	{ "two blocks, cells and cuts", 4096, 2, 10, 150, 0, FAULT_NONE, 0, 2, 20, 0 },
	{ "locked blocks", 4096, 8, 0, 0, 20, FAULT_LOCKED, 1, 0, 0, 0 },
	{ "locked blocks and cuts", 4096, 8, 0, 0, 20, FAULT_LOCKED, 1, 2, 30, 0 },
	{ "erase fails", 4096, 8, 0, 0, 20, FAULT_WORN, 1, 0, 0, 0 },
	{ "erase fails, and cuts", 4096, 8, 0, 0, 20, FAULT_WORN, 1, 2, 30, 0 },
	{ "programming fails", 4096, 8, 0, 0, 20, FAULT_DULL, 1, 0, 0, 0 },
	{ "programming fails, and cuts", 4096, 8, 0, 0, 20, FAULT_DULL, 1, 2, 30, 0 },
	{ "all of it", 4096, 16, 5, 50, 15, FAULT_NONE, 2, 3, 40, 0 },
	{ "larger blocks", 16384, 5, 3, 90, 60, FAULT_NONE, 1, 3, 40, 0 },
	{ "no block is left", 4096, 6, 0, 0, 10, FAULT_NONE, 0, 0, 0, 0 },
	{ "no block is left, and cuts", 4096, 6, 3, 3, 10, FAULT_NONE, 0, 3, 0, 0 },
	{ "the device fails", 4096, 4, 0, 0, 0, FAULT_NONE, 0, 0, 0, 100 },
	{ "the device fails, and cuts", 4096, 4, 5, 5, 0, FAULT_NONE, 0, 2, 0, 100 },
};

enum { WEARING_ENTRIES = 300, WEARING_SEEDS = 4 };

static bool one_in(struct prng *rng, uint32_t n)
{
	return n > 0 && prng_below(rng, n) == 0;
}

/* A bit that is 1 (0) stays so: what stands there is not touched. */
static void break_cell(struct flash_model *m, struct prng *rng, bool at_one)
{
	const uint32_t at = prng_below(rng, m->bytes_all);
	const uint8_t bit = (uint8_t)(1u << prng_below(rng, 8));

	if (m->shaky[at] & bit || ((m->bytes[at] & bit) != 0) != at_one)
		return;
	if (at_one)
		m->stuck[at] |= bit;
	else
		m->dead[at] |= bit;
}

static uint32_t n_whole(const struct flash_model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->flash.n_blocks; i++)
		n += !m->locked[i] && !m->worn[i] && !m->dull[i];
	return n;
}

static void wear_out(struct flash_model *m, const struct wearing *w, struct prng *rng, uint32_t n)
{
	if (one_in(rng, w->cell))
		break_cell(m, rng, true);
	if (one_in(rng, w->dead))
		break_cell(m, rng, false);
	if (one_in(rng, w->block) && n_whole(m) > w->blocks_left)
		break_block(m, prng_below(rng, m->flash.n_blocks),
			    w->fault != FAULT_NONE ? w->fault
						   : (enum fault)(1 + prng_below(rng, 3)));
	if (w->end > 0 && n == w->end)
		m->fails_at = m->n_steps + 1 + prng_below(rng, 40);
	m->cut_at = one_in(rng, w->cut) ? m->n_steps + 1 + prng_below(rng, 60) : 0;
}

struct decay {
	struct flash_model m;
	uint32_t wear[MODEL_BLOCKS_MAX]; /* when @before was seen */
	struct seen before;		 /* what is committed */
	struct seen now;
	uint32_t n_ok, n_refused, n_cuts; /* entries */
};

static void look_again(struct decay *d)
{
	look(&d->m, &d->now);
	assert_kept(&d->before, d->wear, &d->now, &d->m);
}

/* What is there now stays: nothing of it is in doubt. */
static void commit(struct decay *d)
{
	look_again(d);
	d->before = d->now;
	memcpy(d->wear, d->m.wear, sizeof(d->wear));
}

/* Piece by piece: each that was appended is committed. */
static enum om_err append_pieces(struct decay *d, struct archive *a, uint32_t salt)
{
	const struct text *t = &texts[salt][a->entry % ENTRIES_MAX];
	const uint32_t piece = t->len > 40 ? t->len / 3 + 1 : t->len;

	for (uint32_t done = 0; done < t->len; done += piece) {
		const uint32_t n = t->len - done < piece ? t->len - done : piece;
		const enum om_err err =
			archive_append(a, (struct span){ t->p + done, n }, done + n == t->len);

		if (err != OM_OK)
			return err;
		commit(d);
		assert_int_equal(bytes_of(&d->now, a->entry, salt), done + n);
	}
	return OM_OK;
}

static void archive_one(struct decay *d, uint32_t n)
{
	struct flash_model *m = &d->m;
	const uint32_t salt = n % N_SALTS;
	struct archive a;
	enum om_err err;

	archive_open(&a, &m->flash);
	err = archive_begin(&a);
	m->n_refused = 0;
	m->n_erases = 0;
	if (err == OM_OK)
		err = append_pieces(d, &a, salt);
	assert_true(m->n_erases <= 2 * m->flash.n_blocks - 1);
	if (m->off) {
		d->n_cuts++;
		return;
	}
	/* without a head anywhere it is not known as ours */
	assert_true(err == OM_OK || err == OM_E_NO_SPACE || (err == OM_E_VARIANT && d->now.n == 0));
	assert_int_equal(a.n_bad > 0, m->n_refused > 0);
	assert_true(err != OM_E_NO_SPACE || m->n_refused > 0);
	d->n_ok += err == OM_OK;
	d->n_refused += err != OM_OK;
}

static void clear_some(struct decay *d)
{
	struct archive a;
	enum om_err err;

	archive_open(&a, &d->m.flash);
	err = archive_clear(&a, NULL, NULL);
	if (d->m.off) {
		d->n_cuts++;
	} else if (err == OM_OK || err == OM_E_CORRUPT) {
		look(&d->m, &d->now);
		assert_int_equal(d->now.n, 0);
		assert_true(err == OM_OK || a.n_bad > 0);
	}
	/* with the first head all is forgotten, by its sequence */
	model_power_on(&d->m);
	look_again(d);
}

static void test_wearing_out(void **state)
{
	static struct decay d;

	(void)state;
	make_texts(2500);
	for (size_t i = 0; i < ARRAY_LEN(wearings) * WEARING_SEEDS; i++) {
		const struct wearing *w = &wearings[i / WEARING_SEEDS];
		struct prng rng = { 1000 + (uint32_t)i };

		if (i % WEARING_SEEDS == 0) {
			CASE(w->name);
			d.n_ok = d.n_refused = d.n_cuts = 0;
		}
		model_make(&d.m, w->block_bytes, w->n_blocks, 32);
		look(&d.m, &d.before);
		memset(d.wear, 0, sizeof(d.wear));
		for (uint32_t n = 0; n < WEARING_ENTRIES; n++) {
			wear_out(&d.m, w, &rng, n);
			if (one_in(&rng, w->clear))
				clear_some(&d);
			else
				archive_one(&d, n);
			model_power_on(&d.m);
			look_again(&d);
		}
		if (i % WEARING_SEEDS == WEARING_SEEDS - 1)
			print_message("    %u entries, %u refused, %u cut\n", d.n_ok, d.n_refused,
				      d.n_cuts);
		model_drop(&d.m);
	}
	drop_texts();
}

/* Flash that can be erased and not programmed: little of what is there goes for nothing. */
static void test_erased_in_vain(void **state)
{
	static struct flash_model m;
	struct archive a;
	uint32_t done;

	(void)state;
	make_texts(300);
	model_make(&m, 4096, 8, 32);
	archive_open(&a, &m.flash);
	for (uint32_t n = 0; n < 200; n++)
		assert_int_equal(write_entry(&a, 0, &done), OM_OK);
	for (uint32_t block = 0; block < 8; block++)
		break_block(&m, block, FAULT_DULL);
	m.n_erases = 0;
	archive_open(&a, &m.flash);
	assert_int_equal(write_entry(&a, 0, &done), OM_E_NO_SPACE);
	assert_in_range(m.n_erases, 1, 3);
	model_drop(&m);
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

/* ---- main ---------------------------------------------------------------------------------- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_wearing_out),
		cmocka_unit_test(test_erased_in_vain),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_more_bits),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_payload_is_made_firm),
		cmocka_unit_test(test_head_is_made_firm),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_open_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

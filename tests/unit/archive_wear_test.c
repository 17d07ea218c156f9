/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive on flash that wears out: cells that stick, blocks that cannot be erased or
 * programmed.
 */
#include "archive_lab.h"

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
	uint32_t n_bad; /* a first block may have refused its head */
	enum om_err err;

	archive_open(&a, &m->flash);
	err = archive_begin(&a);
	n_bad = a.n_bad;
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
	assert_int_equal(a.n_bad > n_bad, m->n_refused > 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wearing_out),
		cmocka_unit_test(test_erased_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives on modelled flash: entries whose bytes are known, and what is read of them.
 */
#ifndef OM_TESTS_ARCHIVE_LAB_H
#define OM_TESTS_ARCHIVE_LAB_H

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

static inline void make_texts(uint32_t bytes_max)
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

static inline void drop_texts(void)
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

static inline bool is_of(const struct archive_chunk *c, uint32_t salt, const uint8_t *bytes)
{
	const struct text *t = &texts[salt][c->entry % ENTRIES_MAX];

	return c->off <= t->len && c->bytes <= t->len - c->off &&
	       c->last == (c->off + c->bytes == t->len) &&
	       memcmp(t->p + c->off, bytes, c->bytes) == 0;
}

/* Opens and reads all. What is called right is right, and an entry is of one salt. */
static inline void look(struct flash_model *m, struct seen *s)
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

static inline bool has(const struct seen *s, const struct archive_chunk *c, uint8_t salts)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->chunks[i].block == c->block && s->chunks[i].at == c->at &&
		    s->chunks[i].entry == c->entry)
			return s->salts[i] == salts;
	return false;
}

/* Bytes of @entry that are there in one piece from its beginning. */
static inline uint32_t bytes_of(const struct seen *s, uint32_t entry, uint32_t salt)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->chunks[i].entry == entry && s->salts[i] >> salt & 1 && s->chunks[i].off == n)
			n += s->chunks[i].bytes;
	return n;
}

/* A cut left it in doubt: right or damaged, and settling cannot program what reads as 1. */
static inline bool is_shaky(const struct flash_model *m, const struct archive_chunk *c)
{
	const uint8_t *shaky = m->shaky + c->block * m->flash.block_bytes + c->at;

	for (uint32_t i = 0; i < c->bytes; i++)
		if (shaky[i])
			return true;
	return false;
}

/* All that @before had is in @now, but for blocks erased since, or that had their turn for it. */
static inline void assert_kept(const struct seen *before, const uint32_t *wear,
			       const struct seen *now, const struct flash_model *m)
{
	for (uint32_t i = 0; i < before->n; i++) {
		const struct archive_chunk *c = &before->chunks[i];

		if (before->salts[i] && !is_shaky(m, c) && wear[c->block] == m->wear[c->block] &&
		    now->a.sequence - before->sequences[i] < m->flash.n_blocks)
			assert_true(has(now, c, before->salts[i]));
	}
}

static inline void assert_same(const struct seen *a, const struct seen *b)
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
static inline void assert_no_gaps(const struct seen *s, uint32_t from)
{
	for (uint32_t i = 1; i < s->n; i++)
		if (s->chunks[i].entry > from)
			assert_in_range(s->chunks[i].entry - s->chunks[i - 1].entry, 0, 1);
	if (s->n > 0)
		assert_int_equal(s->chunks[s->n - 1].entry, s->a.entry);
}

/* Writes the next entry in up to three pieces; @done: bytes that are committed. */
static inline enum om_err write_entry(struct archive *a, uint32_t salt, uint32_t *done)
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

enum fault { FAULT_NONE, FAULT_LOCKED, FAULT_WORN, FAULT_DULL };

static inline void break_block(struct flash_model *m, uint32_t block, enum fault fault)
{
	m->locked[block] = fault == FAULT_LOCKED;
	m->worn[block] = fault == FAULT_WORN;
	m->dull[block] = fault == FAULT_DULL;
}

#endif

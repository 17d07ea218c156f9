/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NOR flash as it is: program clears bits only, erase sets a block's; power cut in a program or an
 * erase leaves any mixture, and bits in between read differently each time until they are
 * programmed to 0 or erased. Counts what is done to it, and fails on request.
 */
#ifndef OM_TESTS_FLASH_MODEL_H
#define OM_TESTS_FLASH_MODEL_H

#include "core/archive/archive.h"
#include "support.h"

enum { MODEL_BLOCKS_MAX = 256 };

struct flash_model {
	struct archive_flash flash; /* given to the code under test */
	uint32_t bytes_all;
	uint8_t *bytes; /* without the shaky bits: as they read last */
	uint8_t *shaky; /* a bit is 1: it reads differently each time */
	bool any_shaky;
	bool calm;	     /* shaky bits read as 0 for now */
	uint8_t *stuck;	     /* a bit is 1: it cannot be cleared */
	uint8_t *dead;	     /* a bit is 1: it cannot be set any more */
	uint32_t step_bytes; /* programmed in one step; an erase is one as well */
	uint32_t n_steps;
	uint32_t cut_at; /* the power goes in this step, from 1; 0: in none */
	bool off;
	struct prng rng;
	uint32_t wear[MODEL_BLOCKS_MAX]; /* erases begun */
	bool mute[MODEL_BLOCKS_MAX];	 /* cannot be read */
	bool locked[MODEL_BLOCKS_MAX];	 /* says that it works, and does nothing */
	bool worn[MODEL_BLOCKS_MAX];	 /* erase fails on the way, programming works */
	bool dull[MODEL_BLOCKS_MAX];	 /* erase works, programming fails on the way */
	bool fails;			 /* all programming and erasing does */
	uint32_t fails_at;		 /* from this step on it fails; 0: never */
	uint32_t n_read;		 /* bytes */
	uint32_t n_programmed;
	uint32_t n_erases;  /* asked for */
	uint32_t n_refused; /* programs and erases after which not all is as it was asked for */
};

/* ---- a cut -------------------------------------------------------------------------------- */

/* How far an interrupted step had come, as a share of 256 of its bits. */
struct model_cut {
	uint32_t done;
	uint32_t shaky; /* of those that are not done */
};

static inline struct model_cut model_cut(struct flash_model *m)
{
	/* 254: one bit or two of a head are missing */
	static const struct model_cut kinds[] = {
		{ 0, 0 },  { 256, 0 }, { 80, 128 },  { 240, 256 },
		{ 0, 16 }, { 0, 256 }, { 254, 256 },
	};

	return kinds[prng_below(&m->rng, ARRAY_LEN(kinds))];
}

static inline uint8_t model_some_bits(struct flash_model *m, uint32_t of256)
{
	uint8_t bits = 0;

	for (uint32_t i = 0; i < 8; i++)
		bits |= (uint8_t)((prng_below(&m->rng, 256) < of256) << i);
	return bits;
}

/* Byte @i was on its way to @to. */
static inline void model_tear(struct flash_model *m, uint32_t i, uint8_t to, struct model_cut cut)
{
	const uint8_t moving = (m->bytes[i] ^ to) | m->shaky[i];
	const uint8_t done = moving & model_some_bits(m, cut.done);
	const uint8_t shaky = moving & (uint8_t)~done & model_some_bits(m, cut.shaky);

	m->bytes[i] = (uint8_t)((m->bytes[i] & ~done) | (to & done));
	m->shaky[i] = (uint8_t)((m->shaky[i] & ~done) | shaky);
	m->any_shaky |= m->shaky[i] != 0;
}

/* ---- what a driver does ------------------------------------------------------------------- */

static inline enum om_err model_read(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	struct flash_model *m = ctx;

	assert_true(off <= m->bytes_all && len <= m->bytes_all - off);
	if (m->off || m->mute[off / m->flash.block_bytes])
		return OM_E_TIMEOUT;
	memcpy(to, m->bytes + off, len);
	m->n_read += len;
	for (uint32_t i = 0; m->any_shaky && i < len; i++)
		if (m->shaky[off + i])
			to[i] = (uint8_t)((to[i] & ~m->shaky[off + i]) |
					  (m->calm ? 0 : prng_next(&m->rng) & m->shaky[off + i]));
	return OM_OK;
}

static inline void model_program_step(struct flash_model *m, uint32_t off, const uint8_t *from)
{
	const bool torn = ++m->n_steps == m->cut_at;
	const struct model_cut cut = torn ? model_cut(m) : (struct model_cut){ 0 };

	for (uint32_t i = 0; i < m->step_bytes; i++) {
		const uint8_t stuck = m->stuck[off + i] & m->bytes[off + i];
		const uint8_t clear = (uint8_t)~from[i] & (uint8_t)~stuck;

		if (torn) {
			/* bits that shall stay are not touched */
			const uint8_t shaky = m->shaky[off + i] & from[i];

			m->shaky[off + i] &= (uint8_t)~shaky;
			model_tear(m, off + i, m->bytes[off + i] & (uint8_t)~clear, cut);
			m->shaky[off + i] |= shaky;
			continue;
		}
		m->bytes[off + i] &= (uint8_t)~clear;
		m->shaky[off + i] &= (uint8_t)~clear;
	}
	m->n_programmed += m->step_bytes;
	m->off |= torn;
}

/* Half of it is done, at random. */
static inline void model_program_badly(struct flash_model *m, uint32_t off, const uint8_t *from,
				       uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		m->bytes[off + i] &= from[i] | model_some_bits(m, 128);
}

static inline enum om_err model_try_program(struct flash_model *m, uint32_t off,
					    const uint8_t *from, uint32_t len)
{
	if (m->off)
		return OM_E_TIMEOUT;
	m->fails |= m->fails_at && m->n_steps >= m->fails_at;
	if (m->fails)
		return OM_E_CORRUPT;
	if (m->locked[off / m->flash.block_bytes])
		return OM_OK;
	if (m->dull[off / m->flash.block_bytes]) {
		model_program_badly(m, off, from, len);
		return OM_E_CORRUPT;
	}
	for (uint32_t i = 0; i < len && !m->off; i += m->step_bytes)
		model_program_step(m, off + i, from + i);
	return m->off ? OM_E_TIMEOUT : OM_OK;
}

static inline enum om_err model_program(void *ctx, uint32_t off, const uint8_t *from, uint32_t len)
{
	struct flash_model *m = ctx;
	bool refused = false;
	enum om_err err;

	assert_true(off <= m->bytes_all && len <= m->bytes_all - off);
	assert_true(off % ARCHIVE_UNIT_BYTES == 0 && len % ARCHIVE_UNIT_BYTES == 0 && len > 0);
	assert_true(off / m->flash.block_bytes == (off + len - 1) / m->flash.block_bytes);
	err = model_try_program(m, off, from, len);
	for (uint32_t i = 0; i < len; i++)
		refused |= (m->bytes[off + i] & ~from[i]) != 0;
	m->n_refused += refused;
	return err;
}

static inline void model_erase_all(struct flash_model *m, uint32_t from)
{
	for (uint32_t i = from; i < from + m->flash.block_bytes; i++)
		m->bytes[i] = (uint8_t)~m->dead[i];
	memset(m->shaky + from, 0, m->flash.block_bytes);
}

static inline enum om_err model_try_erase(struct flash_model *m, uint32_t block)
{
	const uint32_t from = block * m->flash.block_bytes;

	if (m->off)
		return OM_E_TIMEOUT;
	if (m->locked[block])
		return OM_OK;
	m->wear[block]++;
	m->fails |= m->fails_at && m->n_steps >= m->fails_at;
	if (m->fails)
		return OM_E_CORRUPT;
	if (m->worn[block]) {
		for (uint32_t i = from; i < from + m->flash.block_bytes; i++)
			m->bytes[i] |= model_some_bits(m, 128) & (uint8_t)~m->dead[i];
		return OM_E_CORRUPT;
	}
	if (++m->n_steps == m->cut_at) {
		const struct model_cut cut = model_cut(m);

		/* an erase programs what is still 1 first */
		for (uint32_t i = from; i < from + m->flash.block_bytes; i++)
			model_tear(m, i, cut.done > 128 ? 0xff : (uint8_t)prng_next(&m->rng), cut);
		m->off = true;
		return OM_E_TIMEOUT;
	}
	model_erase_all(m, from);
	return OM_OK;
}

static inline enum om_err model_erase(void *ctx, uint32_t block)
{
	struct flash_model *m = ctx;
	bool refused = false;
	enum om_err err;

	assert_true(block < m->flash.n_blocks);
	m->n_erases++;
	err = model_try_erase(m, block);
	for (uint32_t i = 0; i < m->flash.block_bytes; i++)
		refused |= m->bytes[block * m->flash.block_bytes + i] != 0xff;
	m->n_refused += refused;
	return err;
}

/* ---- for the tests ------------------------------------------------------------------------ */

static inline void model_make(struct flash_model *m, uint32_t block_bytes, uint32_t n_blocks,
			      uint32_t step_bytes)
{
	*m = (struct flash_model){
		.flash = { .block_bytes = block_bytes,
			   .n_blocks = n_blocks,
			   .read = model_read,
			   .program = model_program,
			   .erase = model_erase },
		.bytes_all = block_bytes * n_blocks,
		.step_bytes = step_bytes,
		.rng = { 1 },
	};
	assert_true(n_blocks <= MODEL_BLOCKS_MAX);
	m->flash.ctx = m;
	m->bytes = malloc(m->bytes_all);
	m->shaky = calloc(m->bytes_all, 1);
	m->stuck = calloc(m->bytes_all, 1);
	m->dead = calloc(m->bytes_all, 1);
	assert_non_null(m->bytes);
	assert_non_null(m->shaky);
	assert_non_null(m->stuck);
	assert_non_null(m->dead);
	memset(m->bytes, 0xff, m->bytes_all);
}

static inline void model_drop(struct flash_model *m)
{
	free(m->bytes);
	free(m->shaky);
	free(m->stuck);
	free(m->dead);
}

/* @to was made with the same size. Random numbers go on where they are. */
static inline void model_copy(struct flash_model *to, const struct flash_model *from)
{
	memcpy(to->bytes, from->bytes, from->bytes_all);
	memcpy(to->shaky, from->shaky, from->bytes_all);
	memcpy(to->wear, from->wear, sizeof(to->wear));
	to->any_shaky = from->any_shaky;
	to->n_steps = 0;
	to->cut_at = 0;
	to->off = false;
}

static inline void model_power_on(struct flash_model *m)
{
	m->off = false;
	m->cut_at = 0;
	m->n_steps = 0;
}

#endif

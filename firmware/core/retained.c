/* SPDX-License-Identifier: BSD-2-Clause */
#include "retained.h"

#include "crc32.h"
#include "rs.h"

#include <string.h>

/* Byte layout of one copy; docs/retained-page.md has it as a table. */
enum {
	MAGIC = 0x50524d4f, /* "OMRP" in little-endian memory */
	VERSION = 1,
	WORDS_FIXED = 20,				 /* words before the digests */
	WORDS = WORDS_FIXED + RETAINED_REPORTED_MAX + 1, /* words under the CRC */
	CRC_OFF = WORDS * 4,
	BODY_BYTES = CRC_OFF + 4, /* words and CRC: what parity covers */
	PARITY_BYTES = 16,
	BLOCKS = 2,
	BLOCK_BYTES = BODY_BYTES / BLOCKS,
	PARITY_OFF = BODY_BYTES,
	STORED_BYTES = BODY_BYTES + BLOCKS * PARITY_BYTES,
	MAGIC_BYTES = 8,	/* magic and version */
	MAGIC_BYTES_ENOUGH = 5, /* right ones among them that make ECC worth its time */
};

_Static_assert(BODY_BYTES % BLOCKS == 0, "blocks are equal");
_Static_assert(BLOCK_BYTES + PARITY_BYTES <= RS_SYMBOLS_MAX, "a block is one code word");
_Static_assert((int)STORED_BYTES <= (int)RETAINED_COPY_BYTES, "a copy holds everything");

/* Fields in stored order, for both directions. Returns how many there are. */
static uint32_t words_of(struct retained *r, uint32_t *out[WORDS])
{
	uint32_t n = 0;

	out[n++] = &r->sequence;
	out[n++] = &r->boot_count;
	out[n++] = &r->entry;
	out[n++] = &r->cpus;
	out[n++] = &r->faults;
	out[n++] = &r->loop_count;
	out[n++] = &r->reset_cause;
	out[n++] = &r->payload_crc;
	out[n++] = &r->geom.region_bytes;
	out[n++] = &r->geom.record_bytes;
	out[n++] = &r->geom.console_bytes;
	out[n++] = &r->geom.ftrace_bytes;
	out[n++] = &r->geom.pmsg_bytes;
	out[n++] = &r->geom.ecc_bytes;
	out[n++] = &r->geom.flags;
	out[n++] = &r->n_reported;
	for (uint32_t i = 0; i < RETAINED_REPORTED_MAX; i++)
		out[n++] = &r->reported[i];
	out[n++] = &r->archived;
	return n;
}

enum { WORD_BASE = 2, WORD_FIELDS = 4 }; /* words: magic, version, base_pa low and high, fields */

void retained_encode(const struct retained *r, struct rs *scratch,
		     uint8_t copy[RETAINED_COPY_BYTES])
{
	struct retained values = *r;
	uint32_t *words[WORDS];
	uint32_t n = words_of(&values, words);

	memset(copy, 0, RETAINED_COPY_BYTES);
	le32_store(copy, MAGIC);
	le32_store(copy + 4, VERSION);
	le64_store(copy + WORD_BASE * 4, values.geom.base_pa);
	for (uint32_t i = 0; i < n; i++)
		le32_store(copy + (WORD_FIELDS + i) * 4, *words[i]);
	le32_store(copy + CRC_OFF, crc32_update(0, copy, CRC_OFF));

	if (rs_init(scratch, PARITY_BYTES))
		return; /* cannot happen: the number of roots is a constant */
	for (uint32_t b = 0; b < BLOCKS; b++)
		rs_encode(scratch, copy + b * BLOCK_BYTES, BLOCK_BYTES,
			  copy + PARITY_OFF + b * PARITY_BYTES);
}

/* Does it look enough like ours to spend time on error correction? */
static bool resembles(const uint8_t *copy)
{
	uint8_t expected[MAGIC_BYTES];
	uint32_t same = 0;

	if (le32_load(copy) == 0) /* empty RAM, the usual case of a search */
		return false;
	le32_store(expected, MAGIC);
	le32_store(expected + 4, VERSION);
	for (uint32_t i = 0; i < MAGIC_BYTES; i++)
		same += copy[i] == expected[i];
	/* the version's upper bytes are 0 in any empty RAM: they alone say nothing */
	return same >= MAGIC_BYTES_ENOUGH;
}

bool retained_resembles(struct span page)
{
	return page.len >= RETAINED_PAGE_BYTES &&
	       (resembles(page.p) || resembles(page.p + RETAINED_COPY_BYTES));
}

/* @body: BODY_BYTES, in order */
static void load(const uint8_t *body, struct retained *out)
{
	uint32_t *words[WORDS];
	uint32_t n = words_of(out, words);

	memset(out, 0, sizeof(*out));
	out->geom.base_pa = le64_load(body + WORD_BASE * 4);
	for (uint32_t i = 0; i < n; i++)
		*words[i] = le32_load(body + (WORD_FIELDS + i) * 4);
	if (out->n_reported > RETAINED_REPORTED_MAX)
		out->n_reported = RETAINED_REPORTED_MAX;
}

/* CRC over a copy as it stands; the usual case, without error correction. */
static bool crc_fits(const uint8_t *body)
{
	return crc32_update(0, body, CRC_OFF) == le32_load(body + CRC_OFF);
}

static enum om_err decode_copy(const uint8_t *copy, struct rs *scratch, struct retained *out,
			       uint32_t *corrected)
{
	uint8_t body[BODY_BYTES];

	if (!resembles(copy))
		return OM_E_BAD_MAGIC;
	memcpy(body, copy, sizeof(body));
	*corrected = 0;
	if (!crc_fits(body)) {
		if (rs_init(scratch, PARITY_BYTES))
			return OM_E_ARG;
		for (uint32_t b = 0; b < BLOCKS; b++) {
			uint32_t n = 0;

			if (rs_correct(scratch, body + b * BLOCK_BYTES, BLOCK_BYTES,
				       copy + PARITY_OFF + b * PARITY_BYTES, &n))
				return OM_E_CORRUPT;
			*corrected += n;
		}
		if (!crc_fits(body))
			return OM_E_CORRUPT;
	}
	if (le32_load(body) != MAGIC)
		return OM_E_BAD_MAGIC;
	if (le32_load(body + 4) != VERSION)
		return OM_E_VARIANT;
	load(body, out);
	return OM_OK;
}

enum om_err retained_decode(struct span page, struct rs *scratch, struct retained *out,
			    uint32_t *copy, uint32_t *corrected)
{
	enum om_err worst = OM_E_BAD_MAGIC;
	bool found = false;

	if (page.len < RETAINED_PAGE_BYTES)
		return OM_E_TRUNCATED;
	for (uint32_t i = 0; i < RETAINED_PAGE_BYTES / RETAINED_COPY_BYTES; i++) {
		struct retained r;
		uint32_t n;
		enum om_err err = decode_copy(page.p + i * RETAINED_COPY_BYTES, scratch, &r, &n);

		if (err) {
			if (err != OM_E_BAD_MAGIC)
				worst = err;
			continue;
		}
		/* sequences may wrap: the difference decides */
		if (found && (int32_t)(r.sequence - out->sequence) < 0)
			continue;
		*out = r;
		*copy = i;
		*corrected = n;
		found = true;
	}
	return found ? OM_OK : worst;
}

/* Where @word stands among the digests; RETAINED_REPORTED_MAX: nowhere. */
static uint32_t find(const struct retained *r, uint32_t word)
{
	for (uint32_t i = 0; i < r->n_reported && i < RETAINED_REPORTED_MAX; i++)
		if (r->reported[i] == word)
			return i;
	return RETAINED_REPORTED_MAX;
}

static bool has(const struct retained *r, uint32_t word)
{
	return find(r, word) < RETAINED_REPORTED_MAX;
}

static void add(struct retained *r, uint32_t word)
{
	if (r->n_reported >= RETAINED_REPORTED_MAX) {
		memmove(r->reported, r->reported + 1,
			(RETAINED_REPORTED_MAX - 1) * sizeof(r->reported[0]));
		r->n_reported = RETAINED_REPORTED_MAX - 1;
	}
	r->reported[r->n_reported++] = word;
}

bool retained_was_reported(const struct retained *r, uint32_t digest)
{
	return has(r, digest);
}

bool retained_was_seen(const struct retained *r, uint32_t digest)
{
	return has(r, digest) || has(r, ~digest);
}

void retained_add_reported(struct retained *r, uint32_t digest)
{
	const uint32_t seen = find(r, ~digest);

	if (seen < RETAINED_REPORTED_MAX)
		r->reported[seen] = digest;
	else
		add(r, digest);
}

void retained_add_seen(struct retained *r, uint32_t digest)
{
	if (!retained_was_seen(r, digest))
		add(r, ~digest);
}

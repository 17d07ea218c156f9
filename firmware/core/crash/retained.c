/* SPDX-License-Identifier: BSD-2-Clause */
#include "retained.h"

#include "core/base/crc32.h"

#include <string.h>

/* Byte layout of one copy; docs/retained-page.md has it as a table. */
enum {
	MAGIC = 0x50524d4f, /* "OMRP" in little-endian memory */
	VERSION = 2,
	WORD_BASE = 2,	 /* base_pa, low word and high */
	WORD_FIELDS = 4, /* see fields[] */
	WORD_REPORTED = 19,
	WORD_DIGESTS = 20,
	DIGESTS_HEAD = 39, /* of the digests; the others are in WORD_MORE and after it */
	WORD_ARCHIVED = 59,
	HEAD_CRC_OFF = 240, /* in every version, over all bytes before it */
	HEAD_BYTES = HEAD_CRC_OFF + 4,
	WORD_GROUP = 61,
	WORD_MORE = 62,
	CRC_OFF = RETAINED_BODY_BYTES - 4, /* over what is used from WORD_GROUP on */
	PARITY_BYTES = 16,
	MAGIC_BYTES = 8,	/* magic and version */
	MAGIC_BYTES_ENOUGH = 5, /* right ones among them that make ECC worth its time */
};

/* How a version lays out what parity covers. */
struct form {
	uint32_t version;
	uint32_t body_bytes; /* words and CRCs; the parity of the blocks follows, in order */
	uint32_t blocks;     /* equal ones */
};

static const struct form forms[] = {
	{ VERSION, RETAINED_BODY_BYTES, 8 },
	{ 1, HEAD_BYTES, 2 },
};

enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

_Static_assert(WORD_DIGESTS + DIGESTS_HEAD == WORD_ARCHIVED, "the head has no gap");
_Static_assert(DIGESTS_HEAD + CRC_OFF / 4 - WORD_MORE == RETAINED_REPORTED_MAX,
	       "digests fill a copy");
_Static_assert(RETAINED_BODY_BYTES / 8 + PARITY_BYTES <= RS_SYMBOLS_MAX, "a block is a code word");
_Static_assert(RETAINED_BODY_BYTES + 8 * PARITY_BYTES <= RETAINED_COPY_BYTES,
	       "a copy holds everything");

/* Words from WORD_FIELDS on, in stored order, for both directions. */
static const uint16_t fields[] = {
	offsetof(struct retained, sequence),
	offsetof(struct retained, boot_count),
	offsetof(struct retained, entry),
	offsetof(struct retained, cpus),
	offsetof(struct retained, faults),
	offsetof(struct retained, loop_count),
	offsetof(struct retained, reset_cause),
	offsetof(struct retained, running_bytes),
	offsetof(struct retained, geom.region_bytes),
	offsetof(struct retained, geom.record_bytes),
	offsetof(struct retained, geom.console_bytes),
	offsetof(struct retained, geom.ftrace_bytes),
	offsetof(struct retained, geom.pmsg_bytes),
	offsetof(struct retained, geom.ecc_bytes),
	offsetof(struct retained, geom.flags),
	offsetof(struct retained, n_reported),
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

_Static_assert(WORD_FIELDS + (int)FIELDS == WORD_DIGESTS && WORD_REPORTED + 1 == WORD_DIGESTS,
	       "digests follow the fields, of which their number is the last");

/* Where digest @i is stored. */
static uint32_t digest_off(uint32_t i)
{
	return 4 * (i < DIGESTS_HEAD ? WORD_DIGESTS + i : WORD_MORE + i - DIGESTS_HEAD);
}

/* The CRC of what follows the head: the unused rest of the digests is of no account. */
static uint32_t tail_crc(const uint8_t *body, uint32_t n_reported)
{
	const uint32_t n_more = n_reported > DIGESTS_HEAD ? n_reported - DIGESTS_HEAD : 0;

	return crc32_update(0, body + HEAD_BYTES, 4 * (size_t)(WORD_MORE + n_more) - HEAD_BYTES);
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Parity of one block. Zeros at its beginning change nothing of it, and are most of a copy. */
static void block_parity(const struct rs *rs, const uint8_t *block, uint32_t bytes, uint8_t *parity)
{
	uint32_t n = 0;

	while (n < bytes && block[n] == 0)
		n++;
	if (n < bytes)
		rs_encode(rs, block + n, bytes - n, parity);
}

void retained_encode(const struct retained *r, struct retained_scratch *scratch,
		     uint8_t copy[RETAINED_COPY_BYTES])
{
	const struct form *f = &forms[0];
	const uint32_t block = f->body_bytes / f->blocks;
	const uint32_t n = r->n_reported < RETAINED_REPORTED_MAX ? r->n_reported
								 : RETAINED_REPORTED_MAX;

	memset(copy, 0, RETAINED_COPY_BYTES);
	le32_store(copy, MAGIC);
	le32_store(copy + 4, VERSION);
	le64_store(copy + WORD_BASE * 4, r->geom.base_pa);
	for (uint32_t i = 0; i < FIELDS; i++) {
		uint32_t v;

		memcpy(&v, (const uint8_t *)r + fields[i], sizeof(v));
		le32_store(copy + (WORD_FIELDS + i) * 4, v);
	}
	for (uint32_t i = 0; i < n; i++)
		le32_store(copy + digest_off(i), r->reported[i]);
	le32_store(copy + WORD_ARCHIVED * 4, r->archived);
	le32_store(copy + HEAD_CRC_OFF, crc32_update(0, copy, HEAD_CRC_OFF));
	le32_store(copy + WORD_GROUP * 4, r->group_zones);
	le32_store(copy + CRC_OFF, tail_crc(copy, n));

	if (rs_init(&scratch->rs, PARITY_BYTES))
		return; /* cannot happen: the number of roots is a constant */
	for (uint32_t b = 0; b < f->blocks; b++)
		block_parity(&scratch->rs, copy + b * block, block,
			     copy + f->body_bytes + b * PARITY_BYTES);
}

/* ---- reading ------------------------------------------------------------------------------- */

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

/* @body: in order, of form @f */
static void load(const struct form *f, const uint8_t *body, struct retained *out)
{
	const uint32_t max = f->version == 1 ? DIGESTS_HEAD : RETAINED_REPORTED_MAX;

	memset(out, 0, sizeof(*out));
	out->geom.base_pa = le64_load(body + WORD_BASE * 4);
	for (uint32_t i = 0; i < FIELDS; i++) {
		const uint32_t v = le32_load(body + (WORD_FIELDS + i) * 4);

		memcpy((uint8_t *)out + fields[i], &v, sizeof(v));
	}
	if (out->n_reported > max)
		out->n_reported = max;
	for (uint32_t i = 0; i < out->n_reported; i++)
		out->reported[i] = le32_load(body + digest_off(i));
	out->archived = le32_load(body + WORD_ARCHIVED * 4);
	if (f->version > 1)
		out->group_zones = le32_load(body + WORD_GROUP * 4);
	else
		out->running_bytes = 0; /* something else stood there */
}

static bool is_form(const struct form *f, const uint8_t *body)
{
	return le32_load(body) == MAGIC && le32_load(body + 4) == f->version;
}

static bool head_fits(const uint8_t *body)
{
	return crc32_update(0, body, HEAD_CRC_OFF) == le32_load(body + HEAD_CRC_OFF);
}

static bool crc_fits(const struct form *f, const uint8_t *body)
{
	uint32_t n;

	if (!head_fits(body))
		return false;
	n = le32_load(body + WORD_REPORTED * 4);
	if (n > RETAINED_REPORTED_MAX)
		n = RETAINED_REPORTED_MAX;
	return f->version == 1 || tail_crc(body, n) == le32_load(body + CRC_OFF);
}

/* Repairs what is at @copy, in the scratch memory. False: it is none of this form. */
static bool repair(const struct form *f, const uint8_t *copy, struct retained_scratch *scratch,
		   uint32_t *corrected)
{
	const uint32_t block = f->body_bytes / f->blocks;

	*corrected = 0;
	memcpy(scratch->body, copy, f->body_bytes);
	if (rs_init(&scratch->rs, PARITY_BYTES))
		return false;
	for (uint32_t b = 0; b < f->blocks; b++) {
		uint8_t parity[PARITY_BYTES];
		uint32_t n = 0;

		memcpy(parity, copy + f->body_bytes + b * PARITY_BYTES, PARITY_BYTES);
		if (rs_correct(&scratch->rs, scratch->body + b * block, block, parity, &n))
			return false;
		*corrected += n;
	}
	return is_form(f, scratch->body) && crc_fits(f, scratch->body);
}

static bool is_known(uint32_t version)
{
	for (uint32_t i = 0; i < FORMS; i++)
		if (forms[i].version == version)
			return true;
	return false;
}

/* The usual case, without error correction. OM_E_CORRUPT: it may be repaired. */
static enum om_err decode_whole(const uint8_t *body, struct retained *out)
{
	if (!head_fits(body))
		return OM_E_CORRUPT;
	if (le32_load(body) != MAGIC)
		return OM_E_BAD_MAGIC;
	if (!is_known(le32_load(body + 4)))
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < FORMS; i++)
		if (is_form(&forms[i], body) && crc_fits(&forms[i], body)) {
			load(&forms[i], body, out);
			return OM_OK;
		}
	return OM_E_CORRUPT;
}

static enum om_err decode_copy(const uint8_t *copy, struct retained_scratch *scratch,
			       struct retained *out, uint32_t *corrected)
{
	enum om_err err;

	if (!resembles(copy))
		return OM_E_BAD_MAGIC;
	*corrected = 0;
	memcpy(scratch->body, copy, RETAINED_BODY_BYTES);
	err = decode_whole(scratch->body, out);
	for (uint32_t i = 0; err == OM_E_CORRUPT && i < FORMS; i++)
		if (repair(&forms[i], copy, scratch, corrected)) {
			load(&forms[i], scratch->body, out);
			err = OM_OK;
		}
	return err;
}

enum om_err retained_decode(struct span page, struct retained_scratch *scratch,
			    struct retained *out, uint32_t *copy, uint32_t *corrected)
{
	enum om_err worst = OM_E_BAD_MAGIC;
	bool found = false;

	if (page.len < RETAINED_PAGE_BYTES)
		return OM_E_TRUNCATED;
	for (uint32_t i = 0; i < RETAINED_PAGE_BYTES / RETAINED_COPY_BYTES; i++) {
		struct retained *r = &scratch->copy;
		uint32_t n;
		enum om_err err = decode_copy(page.p + i * RETAINED_COPY_BYTES, scratch, r, &n);

		if (err) {
			if (err != OM_E_BAD_MAGIC)
				worst = err;
			continue;
		}
		/* sequences may wrap: the difference decides */
		if (found && (int32_t)(r->sequence - out->sequence) < 0)
			continue;
		*out = *r;
		*copy = i;
		*corrected = n;
		found = true;
	}
	return found ? OM_OK : worst;
}

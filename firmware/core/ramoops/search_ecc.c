/* SPDX-License-Identifier: BSD-2-Clause */
/* How many bytes of parity the zones have: none is right by chance in several of them. */
#include "search_solver.h"

#include <string.h>

enum {
	ECC_MARKS = 16,	      /* zones whose parity is looked for */
	ECC_BITS_ENOUGH = 24, /* bits of parity that cannot all be right by chance */
};

uint32_t search_kept(const struct solver *s)
{
	return s->rs.n_roots < SEARCH_PARITY_KEPT ? s->rs.n_roots : SEARCH_PARITY_KEPT;
}

/* Bits of data parity that are right in the first blocks of mark @i's zone, were it @bytes long. */
static uint32_t block_bits(const struct solver *s, uint32_t i, uint32_t bytes)
{
	struct zone_raw zone = { span_sub(s->bytes, mark_off(s, i), bytes), &s->rs, { 0 } };
	uint32_t good = 0;

	if (zone_shape(bytes, s->rs.n_roots, &zone.shape) != OM_OK)
		return 0;
	for (uint32_t b = 0; b < 4 && b * ZONE_BLOCK_BYTES < s->facts[i].size; b++) {
		uint8_t block[ZONE_BLOCK_BYTES];
		uint32_t len;
		uint32_t corrected;

		if (zone_block(&zone, b, block, &len, &corrected) != OM_OK || len == 0)
			break;
		good += corrected == 0;
	}
	return good * s->rs.n_roots * 8;
}

/* Bits of parity that vouch for mark @i's zone to be @bytes long; @repair: errors allowed. */
static uint32_t parity_bits(const struct solver *s, uint32_t i, uint32_t bytes, bool repair)
{
	const uint32_t ecc = s->rs.n_roots;
	struct zone_shape shape;
	uint8_t hdr[ZONE_HDR_BYTES];
	uint32_t corrected;

	if (zone_shape(bytes, ecc, &shape) != OM_OK || s->facts[i].size > shape.cap_bytes ||
	    !span_has(s->bytes, mark_off(s, i), bytes))
		return 0;

	const uint8_t *parity = s->bytes.p + mark_off(s, i) + shape.hdr_parity_off;

	if (memcmp(parity, s->facts[i].parity, search_kept(s)) == 0)
		return ecc * 8 + block_bits(s, i, bytes);
	memcpy(hdr, s->bytes.p + mark_off(s, i), ZONE_HDR_BYTES);
	if (!repair || rs_correct(&s->rs, hdr, ZONE_HDR_BYTES, parity, &corrected) != OM_OK)
		return 0;
	if (memcmp(hdr, s->bytes.p + mark_off(s, i), 4) != 0)
		return 0; /* zeros are a code word that is near, too */
	return (ecc - 2 * corrected) * 8 + block_bits(s, i, bytes);
}

static void expect_parity(struct solver *s, uint32_t n)
{
	uint8_t parity[RS_ROOTS_MAX];

	for (uint32_t i = 0; i < n; i++) {
		rs_encode(&s->rs, s->bytes.p + mark_off(s, i), ZONE_HDR_BYTES, parity);
		memcpy(s->facts[i].parity, parity, search_kept(s));
	}
}

/* All that parity of this size says for the first zones. Small codes need neighbours that agree. */
static uint32_t ecc_bits(struct solver *s, uint32_t ecc, bool repair)
{
	const uint32_t n = s->n < ECC_MARKS ? s->n : ECC_MARKS;
	uint32_t bits = 0;

	if (rs_init(&s->rs, ecc) != OM_OK)
		return 0;
	expect_parity(s, n);
	for (uint32_t i = 0; i < n && bits < 8 * ECC_BITS_ENOUGH; i++) {
		const uint32_t end = i + 1 < s->n ? mark_off(s, i + 1) : (uint32_t)s->bytes.len;
		uint32_t most = parity_bits(s, i, end - mark_off(s, i), repair);

		/* a zone whose neighbour is lost, and the last one */
		for (uint32_t b = SEARCH_SIZE_LEAST; !most && b <= SEARCH_SIZE_MOST; b *= 2) {
			most = parity_bits(s, i, b, repair && n == 1);
			if (most < ECC_BITS_ENOUGH) /* alone it proves nothing */
				most = 0;
		}
		bits += most;
	}
	return bits;
}

/* Sizes of codes, as bits. */
struct codes {
	uint32_t bits[RS_ROOTS_MAX / 32 + 1];
};

/*
 * Notes the codes that could have a zone's header and what comes before its end in one block:
 * the block's values at the code's first two roots, 1 and alpha, must be 0. That takes a few
 * instructions per code, and rules nearly all of them out.
 */
static void note_codes(const struct solver *s, uint32_t i, uint32_t bytes, struct codes *codes)
{
	const struct span zone = span_sub(s->bytes, mark_off(s, i), bytes);
	uint8_t at_one = 0;
	uint8_t header = 0; /* at alpha */
	uint8_t parity = 0; /* at alpha, divided by its first power: so it need not be shifted */

	if (zone.len < bytes || bytes < ZONE_HDR_BYTES)
		return;
	for (uint32_t k = 0; k < ZONE_HDR_BYTES; k++) {
		at_one ^= zone.p[k];
		header = (uint8_t)(header << 1 ^ (header >> 7) * 0x11d ^ zone.p[k]);
	}
	for (uint32_t ecc = 1; ecc <= RS_ROOTS_MAX && ecc < bytes - ZONE_HDR_BYTES; ecc++) {
		const uint8_t byte = zone.p[bytes - ecc];

		at_one ^= byte;
		parity ^= byte;
		parity = (uint8_t)(parity >> 1 ^ (parity & 1) * 0x8e);
		if (at_one == 0 && (parity == header || ecc == 1))
			codes->bits[ecc / 32] |= 1u << ecc % 32;
	}
}

/*
 * The codes that the first zones' headers leave possible, if each ends where the next begins or, up
 * to @most, has a size that zones have.
 */
static struct codes possible_codes(const struct solver *s, uint32_t most)
{
	const uint32_t n = s->n < ECC_MARKS ? s->n : ECC_MARKS;
	struct codes codes = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		const uint32_t end = i + 1 < s->n ? mark_off(s, i + 1) : (uint32_t)s->bytes.len;

		note_codes(s, i, end - mark_off(s, i), &codes);
		for (uint32_t bytes = SEARCH_SIZE_LEAST; bytes <= most; bytes *= 2)
			note_codes(s, i, bytes, &codes);
	}
	return codes;
}

/* The likely codes may have suffered. */
/* The first of @codes that is right, 0: none is. */
static uint32_t first_right(struct solver *s, const struct codes *codes)
{
	for (uint32_t ecc = 1; ecc <= GEOMETRY_ECC_MAX; ecc++)
		if (codes->bits[ecc / 32] >> ecc % 32 & 1 &&
		    ecc_bits(s, ecc, false) >= ECC_BITS_ENOUGH)
			return ecc;
	return 0;
}

bool search_has_ecc(struct solver *s)
{
	const struct codes codes = possible_codes(s, 0);

	return first_right(s, &codes) > 0;
}

void search_find_ecc(struct solver *s)
{
	static const uint8_t likely[] = { 16, 8, 32, 64, 4, 24, 12, 48 };
	enum { N = sizeof(likely) };

	s->ecc = 0;
	for (uint32_t i = 0; i < N && !s->ecc; i++)
		if (ecc_bits(s, likely[i], false) >= ECC_BITS_ENOUGH)
			s->ecc = likely[i];

	if (!s->ecc) {
		struct codes codes = possible_codes(s, SEARCH_SIZE_MOST);

		if (s->n == 1) /* it may have suffered, and has no neighbour that has not */
			memset(&codes, 0xff, sizeof(codes));
		s->ecc = first_right(s, &codes);
	}
	for (uint32_t i = 0; i < N && !s->ecc; i++)
		if (ecc_bits(s, likely[i], true) >= ECC_BITS_ENOUGH)
			s->ecc = likely[i];
	if (s->ecc)
		expect_parity(s, s->n);
}

void search_take_ecc(struct solver *s, uint32_t ecc)
{
	s->ecc = ecc > 0 && rs_init(&s->rs, ecc) == OM_OK ? ecc : 0;
	if (s->ecc)
		expect_parity(s, s->n);
}

bool search_may_end(const struct solver *s, uint32_t i, uint32_t bytes)
{
	struct zone_shape shape;

	if (!span_has(s->bytes, mark_off(s, i), bytes))
		return false;
	return !s->ecc || (zone_shape(bytes, s->ecc, &shape) == OM_OK &&
			   memcmp(s->bytes.p + mark_off(s, i) + shape.hdr_parity_off,
				  s->facts[i].parity, search_kept(s)) == 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "zone.h"

#include "geometry.h"

#include <string.h>

enum { HDR_SIG = 0, HDR_START = 4, HDR_SIZE = 8 }; /* struct persistent_ram_buffer */
enum { OPENING_BYTES = 80 };			   /* of a zone: its header, and some of its log */

enum om_err zone_shape(uint32_t zone_bytes, uint32_t ecc_bytes, struct zone_shape *out)
{
	if (zone_bytes <= ZONE_HDR_BYTES)
		return OM_E_TRUNCATED;
	if (ecc_bytes > GEOMETRY_ECC_MAX)
		return OM_E_VARIANT;

	uint32_t payload = zone_bytes - ZONE_HDR_BYTES;
	uint32_t n_blocks = 0;
	uint32_t overhead = 0;

	if (ecc_bytes > 0) {
		const uint32_t stride = ZONE_BLOCK_BYTES + ecc_bytes;

		if (payload <= ecc_bytes)
			return OM_E_NO_SPACE;
		n_blocks = (payload - ecc_bytes - 1) / stride + 1; /* rounded up */
		overhead = (n_blocks + 1) * ecc_bytes;
		if (overhead >= payload)
			return OM_E_NO_SPACE;
	}
	*out = (struct zone_shape){
		.zone_bytes = zone_bytes,
		.ecc_bytes = ecc_bytes,
		.cap_bytes = payload - overhead,
		.n_blocks = n_blocks,
		.parity_off = zone_bytes - overhead,
		.hdr_parity_off = zone_bytes - (overhead ? ecc_bytes : 0),
	};
	return OM_OK;
}

static enum om_err shape_of(struct span raw, const struct rs *rs, struct zone_shape *out)
{
	if (raw.len > UINT32_MAX)
		return OM_E_TRUNCATED;
	return zone_shape((uint32_t)raw.len, rs ? rs->n_roots : 0, out);
}

/*
 * The header with ECC applied. Zeros are a code word of every code, so RAM never used is quick; and
 * where a log would begin with zeros as well, the parity is another zone's, with other sizes: it
 * must not make a header of nothing.
 */
static enum om_err header_load(struct span raw, const struct zone_shape *shape, const struct rs *rs,
			       uint8_t hdr[ZONE_HDR_BYTES], uint32_t *corrected)
{
	uint8_t parity[RS_ROOTS_MAX];

	*corrected = 0;
	memcpy(hdr, raw.p, ZONE_HDR_BYTES);
	if (!rs || span_is_zero(span_sub(raw, 0, OPENING_BYTES)))
		return OM_OK;
	memcpy(parity, raw.p + shape->hdr_parity_off, rs->n_roots);
	return rs_correct(rs, hdr, ZONE_HDR_BYTES, parity, corrected);
}

/* @proven: it is as parity says, or there is none. */
static enum om_err signature_load(struct span raw, const struct rs *rs, uint32_t *sig, bool *proven)
{
	struct zone_shape shape;
	uint8_t hdr[ZONE_HDR_BYTES];
	uint32_t corrected;
	enum om_err err = shape_of(raw, rs, &shape);

	if (err != OM_OK)
		return err;
	*proven = header_load(raw, &shape, rs, hdr, &corrected) == OM_OK;
	/* beyond repair: the raw word is still the best guess */
	*sig = le32_load((*proven ? hdr : raw.p) + HDR_SIG);
	return OM_OK;
}

enum om_err zone_signature(struct span raw, const struct rs *rs, uint32_t *sig)
{
	bool proven;

	return signature_load(raw, rs, sig, &proven);
}

bool zone_proven_signature(struct span raw, const struct rs *rs, uint32_t *sig)
{
	bool proven = false;

	return rs && signature_load(raw, rs, sig, &proven) == OM_OK && proven;
}

/* Repair @data, block @i of the ring, with the parity that lies in the zone. */
static enum om_err block_correct(const struct zone_raw *zone, uint32_t i, struct workspace data,
				 uint32_t *corrected)
{
	const struct rs *rs = zone->rs;
	uint8_t parity[RS_ROOTS_MAX];

	*corrected = 0;
	if (!rs)
		return OM_OK;
	memcpy(parity, zone->bytes.p + zone->shape.parity_off + i * rs->n_roots, rs->n_roots);
	return rs_correct(rs, data.p, data.cap, parity, corrected);
}

enum om_err zone_block(const struct zone_raw *zone, uint32_t i, uint8_t *out, uint32_t *len,
		       uint32_t *corrected)
{
	const uint32_t n = (zone->shape.cap_bytes - 1) / ZONE_BLOCK_BYTES + 1;
	uint32_t bytes = ZONE_BLOCK_BYTES;

	*len = 0;
	*corrected = 0;
	if (i >= n)
		return OM_OK;
	if (i == n - 1)
		bytes = zone->shape.cap_bytes - i * ZONE_BLOCK_BYTES;
	memcpy(out, zone->bytes.p + ZONE_HDR_BYTES + i * ZONE_BLOCK_BYTES, bytes);
	*len = bytes;
	return block_correct(zone, i, (struct workspace){ out, bytes }, corrected);
}

/* Bytes [@from, @to) of the ring that are at @log. */
struct stretch {
	uint32_t from, to;
	uint8_t *log;
};

/* The ring as it is unwrapped: its older part, then its newer one; with a cut each is in two. */
struct unwrapped {
	struct stretch at[4];
	uint32_t n;
};

/* Bytes [@lo, @hi) of the log go to @to. */
static void unwrap_part(const struct zone *z, uint32_t lo, uint32_t hi, uint8_t *to,
			struct unwrapped *u)
{
	const uint32_t n_old = z->size - z->start;
	const uint32_t mid = n_old < lo ? lo : n_old > hi ? hi : n_old;

	if (mid > lo)
		u->at[u->n++] = (struct stretch){ z->start + lo, z->start + mid, to };
	if (hi > mid)
		u->at[u->n++] = (struct stretch){ mid - n_old, hi - n_old, to + (mid - lo) };
}

/* Of the log the first @keep bytes come, and what follows the bytes that are left out. */
static void unwrap(const struct zone *z, uint32_t keep, uint8_t *log, struct unwrapped *u)
{
	u->n = 0;
	unwrap_part(z, 0, keep, log, u);
	unwrap_part(z, keep + z->left_bytes, z->size, log + keep, u);
}

/*
 * Copy the part of a block that lies in a stretch between the block buffer and the log. False:
 * there is none.
 */
static bool stretch_copy(const struct stretch *s, uint32_t off, uint32_t len, uint8_t *block,
			 bool to_log)
{
	uint32_t lo = off > s->from ? off : s->from;
	uint32_t hi = off + len < s->to ? off + len : s->to;

	if (lo >= hi)
		return false;
	if (to_log)
		memcpy(s->log + (lo - s->from), block + (lo - off), hi - lo);
	else
		memcpy(block + (lo - off), s->log + (lo - s->from), hi - lo);
	return true;
}

/*
 * Check block @i of the unwrapped log. A block that the ring's seam, a cut or the end of the
 * valid bytes cuts in two is put together first. One that is left out is not looked at.
 */
static enum om_err log_block(const struct zone_raw *zone, const struct unwrapped *u, uint32_t i,
			     uint32_t *corrected)
{
	const uint32_t off = i * ZONE_BLOCK_BYTES;
	uint32_t len = zone->shape.cap_bytes - off;
	bool any = false;
	uint8_t block[ZONE_BLOCK_BYTES];

	*corrected = 0;
	if (len > ZONE_BLOCK_BYTES)
		len = ZONE_BLOCK_BYTES;
	for (uint32_t k = 0; k < u->n; k++)
		if (off >= u->at[k].from && off + len <= u->at[k].to)
			return block_correct(
				zone, i,
				(struct workspace){ u->at[k].log + (off - u->at[k].from), len },
				corrected);

	/* parity covers the stale bytes after the valid ones too */
	memcpy(block, zone->bytes.p + ZONE_HDR_BYTES + off, len);
	for (uint32_t k = 0; k < u->n; k++)
		any |= stretch_copy(&u->at[k], off, len, block, false);
	if (!any)
		return OM_OK;

	enum om_err err = block_correct(zone, i, (struct workspace){ block, len }, corrected);

	for (uint32_t k = 0; k < u->n && err == OM_OK && *corrected > 0; k++)
		(void)stretch_copy(&u->at[k], off, len, block, true);
	return err;
}

/* Block @i cannot be trusted; what lies between may cut it in two. */
static void hole_add(struct zone *z, const struct unwrapped *u, uint32_t i)
{
	const uint32_t off = i * ZONE_BLOCK_BYTES;

	for (uint32_t k = 0; k < u->n; k++) {
		const struct stretch *s = &u->at[k];
		const uint32_t lo = off > s->from ? off : s->from;
		const uint32_t hi = off + ZONE_BLOCK_BYTES < s->to ? off + ZONE_BLOCK_BYTES : s->to;

		if (lo < hi)
			holes_add(&z->holes, (uint32_t)(s->log - z->text.p) + lo - s->from,
				  hi - lo);
	}
}

static void log_correct(const struct zone_raw *zone, const struct unwrapped *u, struct zone *z)
{
	const uint32_t n = (z->size - 1) / ZONE_BLOCK_BYTES + 1;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t corrected = 0;

		if (log_block(zone, u, i, &corrected) != OM_OK) {
			z->bad_blocks++;
			hole_add(z, u, i);
		} else {
			z->corrected_bytes += corrected;
		}
	}
}

/* In pieces: long copies are done by the byte in glibc (rep movsb), as callgrind counts it. */
static void ring_copy(uint8_t *to, const uint8_t *from, uint32_t n)
{
	enum { PIECE = 1024 };

	for (; n > PIECE; n -= PIECE, to += PIECE, from += PIECE)
		memcpy(to, from, PIECE);
	memcpy(to, from, n);
}

enum om_err zone_log_part(const struct zone_raw *zone, struct workspace work, uint32_t keep,
			  struct zone *z)
{
	const uint8_t *ring = zone->bytes.p + ZONE_HDR_BYTES;
	struct unwrapped u;

	z->text = (struct span){ work.p, 0 };
	z->left_bytes = 0;
	z->holes.n = 0;
	z->corrected_bytes = z->header_corrected;
	z->bad_blocks = z->header_corrupt;
	if (z->size == 0)
		return OM_E_EMPTY;
	if (z->size > z->shape.cap_bytes || z->start > z->size)
		return OM_E_TRUNCATED;
	if (work.cap == 0)
		return OM_E_NO_SPACE;

	z->left_bytes = z->size > work.cap ? z->size - (uint32_t)work.cap : 0;
	z->text.len = z->size - z->left_bytes;
	unwrap(z, keep < z->text.len ? keep : (uint32_t)z->text.len, work.p, &u);
	for (uint32_t k = 0; k < u.n; k++)
		ring_copy(u.at[k].log, ring + u.at[k].from, u.at[k].to - u.at[k].from);
	if (zone->rs)
		log_correct(zone, &u, z);
	return OM_OK;
}

enum om_err zone_log(const struct zone_raw *zone, struct workspace work, struct zone *z)
{
	if (z->size > 0 && z->size <= z->shape.cap_bytes && z->start <= z->size &&
	    work.cap < z->shape.cap_bytes) {
		z->text = (struct span){ work.p, 0 };
		return OM_E_NO_SPACE;
	}
	return zone_log_part(zone, work, 0, z);
}

/* The capacity that the zone has with more parity: it is full, and ecc-size is not the writer's. */
static bool is_full_with_more_parity(const struct zone *z)
{
	struct zone_shape shape;

	for (uint32_t ecc = z->shape.ecc_bytes + 1; ecc <= RS_ROOTS_MAX; ecc++)
		if (zone_shape(z->shape.zone_bytes, ecc, &shape) == OM_OK &&
		    shape.cap_bytes == z->size)
			return true;
	return false;
}

bool zone_is_sane(const struct zone *z)
{
	return z->size > 0 && z->size <= z->shape.cap_bytes && z->start <= z->size &&
	       (z->start == z->size || z->size == z->shape.cap_bytes ||
		is_full_with_more_parity(z));
}

uint32_t zone_bits(uint32_t v)
{
	uint32_t n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

/*
 * Fill in what the header says. The writer's byte order shows in the signature, also if
 * some of its bits are wrong.
 */
static enum om_err header_parse(const uint8_t hdr[ZONE_HDR_BYTES], uint32_t sig_xor, struct zone *z)
{
	const uint32_t sig = ZONE_SIG ^ sig_xor;
	const uint32_t wrong_le = zone_bits(le32_load(hdr + HDR_SIG) ^ sig);
	const uint32_t wrong_be = zone_bits(be32_load(hdr + HDR_SIG) ^ sig);

	z->big_endian = wrong_be < wrong_le && wrong_be <= ZONE_SIG_WRONG_MAX;
	z->sig_wrong_bits = z->big_endian ? wrong_be : wrong_le;

	uint32_t (*load)(const uint8_t *) = z->big_endian ? be32_load : le32_load;

	z->sig = load(hdr + HDR_SIG);
	z->start = load(hdr + HDR_START);
	z->size = load(hdr + HDR_SIZE);
	z->wrapped = z->start != z->size;
	return z->sig_wrong_bits ? OM_E_BAD_MAGIC : OM_OK;
}

enum om_err zone_read_part(struct span raw, const struct rs *rs, uint32_t sig_xor,
			   struct workspace work, struct zone *out)
{
	struct zone_raw zone = { .bytes = raw, .rs = rs };
	uint8_t hdr[ZONE_HDR_BYTES];
	enum om_err err = shape_of(raw, rs, &zone.shape);

	if (err != OM_OK)
		return err;
	*out = (struct zone){ .shape = zone.shape, .text = { work.p, 0 } };
	if (header_load(raw, &zone.shape, rs, hdr, &out->header_corrected) != OM_OK) {
		memcpy(hdr, raw.p, ZONE_HDR_BYTES);
		out->header_corrupt = true;
		out->bad_blocks = 1;
	}
	out->corrected_bytes = out->header_corrected;
	err = header_parse(hdr, sig_xor, out);
	return err == OM_OK ? zone_log_part(&zone, work, 0, out) : err;
}

enum om_err zone_read(struct span raw, const struct rs *rs, uint32_t sig_xor, struct workspace work,
		      struct zone *out)
{
	struct zone_shape shape;
	const enum om_err err = shape_of(raw, rs, &shape);

	if (err != OM_OK)
		return err;
	if (work.cap < shape.cap_bytes)
		return OM_E_NO_SPACE;
	return zone_read_part(raw, rs, sig_xor, work, out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Linux writes a zone, in the simplest words: the other side of zone_read(). Every
 * write brings the ring, the parity of all touched blocks and the header up to date.
 * zone_test.c checks it against zones whose bytes are known.
 */
#ifndef OM_TESTS_MODEL_H
#define OM_TESTS_MODEL_H

#include "core/ecc/rs.h"
#include "core/ramoops/zone.h"
#include "support.h"

struct model_zone {
	uint8_t *p;
	struct zone_shape shape;
	const struct rs *rs; /* NULL: no ECC */
	uint32_t sig;
	uint32_t start, size;
};

static inline void model_header(struct model_zone *z)
{
	le32_store(z->p, z->sig);
	le32_store(z->p + 4, z->start);
	le32_store(z->p + 8, z->size);
	if (z->rs)
		rs_encode(z->rs, z->p, ZONE_HDR_BYTES, z->p + z->shape.hdr_parity_off);
}

/* A zone as the kernel leaves it at probe time; the RAM in it stays as it is. */
static inline struct model_zone model_open(uint8_t *p, uint32_t bytes, const struct rs *rs,
					   uint32_t sig_xor)
{
	struct model_zone z = { .p = p, .rs = rs, .sig = ZONE_SIG ^ sig_xor };

	assert_int_equal(zone_shape(bytes, rs ? rs->n_roots : 0, &z.shape), OM_OK);
	model_header(&z);
	return z;
}

static inline void model_parity(struct model_zone *z)
{
	for (uint32_t b = 0; z->rs && b * ZONE_BLOCK_BYTES < z->shape.cap_bytes; b++) {
		uint32_t len = z->shape.cap_bytes - b * ZONE_BLOCK_BYTES;

		if (len > ZONE_BLOCK_BYTES)
			len = ZONE_BLOCK_BYTES;
		if (b * ZONE_BLOCK_BYTES < z->size) /* others were never written */
			rs_encode(z->rs, z->p + ZONE_HDR_BYTES + b * ZONE_BLOCK_BYTES, len,
				  z->p + z->shape.parity_off + b * z->rs->n_roots);
	}
}

static inline void model_write(struct model_zone *z, const void *data, size_t len)
{
	const uint8_t *from = data;
	const uint32_t cap = z->shape.cap_bytes;

	if (len > cap) {
		from += len - cap;
		len = cap;
	}
	for (size_t i = 0; i < len; i++)
		z->p[ZONE_HDR_BYTES + (z->start + i) % cap] = from[i];
	z->start = (uint32_t)((z->start + len) % cap);
	z->size = (uint32_t)(z->size + len < cap ? z->size + len : cap);
	model_parity(z);
	model_header(z);
}

/* What Linux does when a file is deleted, and to console and pmsg at every boot. */
static inline void model_zap(struct model_zone *z)
{
	z->start = 0;
	z->size = 0;
	model_header(z);
}

#endif

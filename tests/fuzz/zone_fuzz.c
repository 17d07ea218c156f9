/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One zone, read two ways that must agree: zone_read() with its unwrapped ring, and block
 * by block with zone_block(). Input: ecc size, flags, room; signature's XOR value; the zone.
 */
#include "core/ramoops/geometry.h"
#include "core/ramoops/zone.h"
#include "fuzz.h"

enum { FLAG_LITTLE_ROOM = 1, HEAD_BYTES_TO_SKIP = 2 };

/* The zone's data as it lies there, each block repaired by itself; freed by the caller. */
static uint8_t *read_ring(const struct zone_raw *zone, uint32_t valid, uint32_t *bad,
			  uint32_t *corrected)
{
	uint8_t *ring = make_bytes(zone->shape.cap_bytes, 0);
	uint32_t off = 0;

	*bad = 0;
	*corrected = 0;
	for (uint32_t i = 0;; i++) {
		uint8_t *block = make_bytes(ZONE_BLOCK_BYTES, 0xee);
		uint32_t len;
		uint32_t wrong;
		const enum om_err err = zone_block(zone, i, block, &len, &wrong);

		require(len <= ZONE_BLOCK_BYTES && len <= zone->shape.cap_bytes - off,
			"blocks fit the ring");
		memcpy(ring + off, block, len);
		free(block);
		if (len == 0)
			break;
		if (off < valid && err != OM_OK)
			++*bad;
		else if (off < valid)
			*corrected += wrong;
		require(zone->rs || (err == OM_OK && wrong == 0), "no repair without ECC");
		off += len;
	}
	require(off == zone->shape.cap_bytes, "blocks are all of the ring");
	return ring;
}

static void check_log(struct span raw, const struct rs *rs, const struct zone *z)
{
	const struct zone_raw zone = { raw, rs, z->shape };
	const uint32_t n_old = z->size - z->start;
	uint32_t bad;
	uint32_t corrected;
	uint8_t *ring = read_ring(&zone, z->size, &bad, &corrected);

	require(z->text.len == z->size && z->size > 0, "the log has its size");
	require(z->start <= z->size && z->size <= z->shape.cap_bytes, "a possible header");
	require(memcmp(z->text.p, ring + z->start, n_old) == 0, "the log's older part");
	require(memcmp(z->text.p + n_old, ring, z->start) == 0, "the log's newer part");
	require(z->bad_blocks == bad + z->header_corrupt, "bad blocks counted");
	require(z->corrected_bytes >= corrected, "corrections counted");
	require(z->wrapped == (z->start != z->size), "wrapped or not");
	check_holes(&z->holes, z->text.len);
	require(bad > 0 || z->holes.n == 0, "holes come from bad blocks");
	free(ring);
}

static void check_signature(struct span raw, const struct rs *rs, const struct zone *z)
{
	uint32_t sig = 0;
	uint8_t word[4];

	require(zone_signature(raw, rs, &sig) == OM_OK, "a zone has a signature");
	le32_store(word, sig);
	require((z->big_endian ? be32_load(word) : sig) == z->sig, "the same signature");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rs rs;
	struct span in = { data, size };
	const uint32_t ecc = take(&in, 1);
	const uint32_t flags = take(&in, 1);
	const size_t room = take(&in, 2);
	const uint32_t sig_xor = take(&in, 4);
	const bool has_code = ecc > 0 && rs_init(&rs, ecc) == OM_OK;
	const struct rs *code = has_code ? &rs : NULL;
	const struct span raw = make_copy(in);
	struct zone_shape shape = { 0 };
	struct zone z = { .size = 0x5a5a5a5a };
	const bool shaped = raw.len <= UINT32_MAX &&
			    zone_shape((uint32_t)raw.len, has_code ? ecc : 0, &shape) == OM_OK;
	const size_t cap = flags & FLAG_LITTLE_ROOM ? room : shape.cap_bytes;
	struct workspace work = { make_bytes(cap, 0xee), cap };

	require(has_code == (ecc >= 1 && ecc <= RS_ROOTS_MAX), "a code for every legal size");

	const enum om_err err = zone_read(raw, code, sig_xor, work, &z);

	require(shaped || err != OM_OK, "no log without a shape");
	if (shaped && cap >= shape.cap_bytes)
		require(err == OM_OK || err == OM_E_EMPTY || err == OM_E_BAD_MAGIC ||
				err == OM_E_TRUNCATED,
			"an answer that is documented");
	else
		require(err != OM_OK, "no log without room");
	if (err == OM_OK) {
		require(lies_in(z.text, (struct span){ work.p, work.cap }), "log in its room");
		check_log(raw, code, &z);
		check_signature(raw, code, &z);
	}
	free(work.p);
	drop_copy(raw, in);
	return 0;
}

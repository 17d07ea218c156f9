/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packings that only the host program has: lz4, lzo, zstd and the look of 842. Input:
 * room for text, 16 bits; the stream.
 */
#include "fuzz.h"
#include "oopsmon/unpackers.h"

static void check_text(struct span in, struct workspace work, const struct unpacked *u)
{
	require(u->packing > PACKING_NONE && u->packing < PACKING_UNKNOWN, "a packing there is");
	require(u->end <= UNPACK_FULL, "an end there is");
	require(u->used <= in.len, "no more used than there is");
	require(lies_in(u->text, (struct span){ work.p, work.cap }), "text in its room");
	check_holes(&u->holes, u->text.len);
}

/* What stood in the workspace before must not matter. */
static void check_same(enum om_err err, const struct unpacked *a, enum om_err again,
		       const struct unpacked *b)
{
	require(err == again && a->packing == b->packing, "the same answer again");
	if (err == OM_OK)
		require(a->end == b->end && same_bytes(a->text, b->text), "the same text again");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const size_t cap = take(&in, 2);
	const struct span stream = make_copy(in);
	const size_t whole = cap + UNPACK_STATE_BYTES;
	const struct workspace work[2] = { { make_bytes(whole, 0), whole },
					   { make_bytes(whole, 0xa5), whole } };
	struct unpacked u[2];
	enum om_err err[2];

	for (const struct unpacker *p = host_unpackers; p->packing != PACKING_NONE; p++) {
		for (uint32_t i = 0; i < 2; i++) {
			const struct workspace room = { work[i].p, cap };

			u[i] = (struct unpacked){ .packing = PACKING_UNKNOWN };
			err[i] = p->unpack(stream, room, &u[i]);
			require(err[i] == OM_OK || err[i] == OM_E_VARIANT, "a documented answer");
			if (err[i] == OM_OK)
				check_text(stream, room, &u[i]);
		}
		check_same(err[0], &u[0], err[1], &u[1]);
	}
	for (uint32_t i = 0; i < 2; i++) {
		memset(&u[i], i ? 0x5a : 0, sizeof(u[i]));
		err[i] = unpack_text(stream, NULL, host_unpackers, work[i], &u[i]);
		if (err[i] == OM_OK)
			check_text(stream, work[i], &u[i]);
	}
	if (err[0] != OM_E_NO_SPACE)
		check_same(err[0], &u[0], err[1], &u[1]);
	free(work[0].p);
	free(work[1].p);
	drop_copy(stream, in);
	return 0;
}

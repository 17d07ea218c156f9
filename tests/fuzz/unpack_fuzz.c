/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unpacking of one record, against zlib called as anybody would. Input: room for text,
 * 16 bits, twice as much from LITTLE on; number of holes; the holes (offset and length, 16 bits
 * each); the stream.
 */
#include "core/log/unpack.h"
#include "fuzz.h"

#define Z_SOLO
#include <zlib.h>

enum {
	BAD_MAX = HOLES_MAX,
	LITTLE = UNPACK_END_STATE_BYTES /* from there on there is room for a text's end */
};

static void *give(void *opaque, unsigned int items, unsigned int size)
{
	(void)opaque;
	return calloc(items, size);
}

static void take_back(void *opaque, void *p)
{
	(void)opaque;
	free(p);
}

/* What plain zlib makes of the stream: bytes written to @out; *ended: all of it was read. */
static size_t inflate_plainly(struct span in, int window_bits, uint8_t *out, size_t cap,
			      bool *ended)
{
	z_stream z = { .zalloc = give, .zfree = take_back };
	int rc;

	z.next_in = (z_const Bytef *)in.p;
	z.avail_in = (uInt)in.len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	require(inflateInit2(&z, window_bits) == Z_OK, "zlib starts");
	rc = inflate(&z, Z_SYNC_FLUSH);
	*ended = rc == Z_STREAM_END;
	inflateEnd(&z);
	return cap - z.avail_out;
}

/* RFC 1950, as far as inflate() looks at it. */
static bool has_header(struct span in)
{
	return in.len >= 2 && in.p[0] % 16 == 8 && in.p[0] / 16 <= 7 && !(in.p[1] & 0x20) &&
	       (in.p[0] * 256 + in.p[1]) % 31 == 0;
}

static uint32_t first_hole(const struct unpacked *u)
{
	return u->holes.n > 0 ? u->holes.at[0].off : (uint32_t)u->text.len;
}

/* After a cut there is the end of zlib's text, and before it its beginning. */
static void check_end(struct span stream, int window_bits, size_t room, const struct unpacked *u)
{
	const size_t most = room * (UNPACK_ROOMS_MAX + 1);
	const size_t rest = u->text.len - u->cut;
	uint8_t *plain = make_bytes(most, 0);
	bool ended;
	const size_t n = inflate_plainly(stream, window_bits, plain, most, &ended);

	require(u->cut <= UNPACK_TEXT_MIN && plain[u->cut - 1] == '\n', "the first line stays");
	require(memcmp(plain, u->text.p, u->cut) == 0, "as it was");
	require(first_hole(u) <= u->cut, "the cut is marked");
	if (u->end != UNPACK_FULL)
		require(n > u->text.len && memcmp(plain + n - rest, u->text.p + u->cut, rest) == 0,
			"the end of the text");
	free(plain);
}

/* Up to the first hole the text is zlib's. */
static void check_against_zlib(struct span in, size_t room, const struct unpacked *u, bool damaged)
{
	/* zlib's header may be damaged: then what stands after it is inflated */
	const bool by_header = u->packing == PACKING_ZLIB && has_header(in);
	const size_t skip = u->packing == PACKING_ZLIB && !by_header ? 2 : 0;
	const struct span stream = span_sub(in, skip, in.len);
	const int window_bits = by_header ? 15 : -15;

	if (u->cut) {
		check_end(stream, window_bits, room, u);
		return;
	}

	uint8_t *plain = make_bytes(room, 0);
	bool ended;
	const size_t n = inflate_plainly(stream, window_bits, plain, room, &ended);
	const bool mended = u->resynced || u->end == UNPACK_BROKEN || u->end == UNPACK_FULL;

	require(memcmp(plain, u->text.p, first_hole(u) < n ? first_hole(u) : n) == 0,
		"the text is what zlib makes of it");
	if (!mended && !damaged && u->holes.n == 0)
		require(u->text.len == n, "all of the text");
	if (u->end == UNPACK_COMPLETE && !damaged && !u->resynced)
		require(ended && u->text.len == n && u->holes.n == 0, "complete is complete");
	if (u->verified) {
		require(u->packing == PACKING_ZLIB && u->used >= 4, "only zlib has a checksum");
		require(adler32(1, u->text.p, (uInt)u->text.len) == be32_load(in.p + u->used - 4),
			"the checksum is right");
	}
	free(plain);
}

static void check_unpacked(struct span in, struct workspace work, const struct unpacked *u)
{
	const struct span room = { work.p + UNPACK_STATE_BYTES, work.cap - UNPACK_STATE_BYTES };

	require(u->packing == PACKING_DEFLATE || u->packing == PACKING_ZLIB, "a packing we know");
	require(u->text.len > 0 && lies_in(u->text, room), "text in its room");
	require(u->end <= UNPACK_FULL, "an end there is");
	require(u->used <= in.len, "no more used than there is");
	require(u->end == UNPACK_COMPLETE || u->end == UNPACK_BROKEN || u->end == UNPACK_FULL ||
			u->used == in.len,
		"all used unless complete or mended");
	check_holes(&u->holes, u->text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const size_t told = take(&in, 2);
	const size_t room = told < LITTLE ? told : 2 * told;
	const uint32_t n_bad = take(&in, 1) % (BAD_MAX + 1);
	struct holes bad = { 0 };

	for (uint32_t i = 0; i < n_bad; i++) {
		const uint32_t off = take(&in, 2);

		holes_add(&bad, off, take(&in, 2));
	}

	const struct span stream = make_copy(in);
	const size_t cap = UNPACK_STATE_BYTES + room;
	const struct workspace work[2] = { { make_bytes(cap, 0), cap },
					   { make_bytes(cap, 0xa5), cap } };
	struct unpacked u;
	struct unpacked again;
	const struct holes *holes = bad.n > 0 ? &bad : NULL;
	const enum om_err err = unpack_text(stream, holes, NULL, work[0], &u);

	memset(&again, 0x5a, sizeof(again));
	require(unpack_text(stream, holes, NULL, work[1], &again) == err, "the same answer again");
	require(err == OM_OK || err == OM_E_VARIANT || err == OM_E_NO_SPACE, "a documented answer");
	require((err == OM_E_NO_SPACE) == (room < UNPACK_TEXT_MIN), "room enough or not");
	if (err == OM_OK) {
		check_unpacked(stream, work[0], &u);
		require(same_bytes(u.text, again.text) && u.end == again.end &&
				u.used == again.used && u.holes.n == again.holes.n,
			"the same text again");
		check_against_zlib(stream, room, &u, holes != NULL);
	}
	free(work[0].p);
	free(work[1].p);
	drop_copy(stream, in);
	return 0;
}

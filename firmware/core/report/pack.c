/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack.h"

#include "core/base/arena.h"
#include "dictionary.h"

#include <string.h>

enum {
	LEVEL = 6,
	WINDOW_BITS = 15, /* so that all of the dictionary is within reach */
	MEMORY_LEVEL = 8,
	HEAD_BYTES = 6, /* two bytes, and the dictionary's Adler-32 */
	METHOD_WINDOW = 0x78,
	HAS_DICTIONARY = 0x20
};

_Static_assert((int)PACK_KEPT_BYTES == (int)DICTIONARY_BYTES, "a workspace keeps all of it");

/* What of a workspace is zlib's. */
static struct workspace room_of(struct workspace state)
{
	const size_t kept = state.cap < PACK_KEPT_BYTES ? state.cap : PACK_KEPT_BYTES;

	return (struct workspace){ state.p + kept, state.cap - kept };
}

void pack_open(struct workspace state)
{
	struct arena arena;
	z_stream z;

	arena_lend(&arena, room_of(state), &z);
	z.next_in = (z_const Bytef *)dictionary_packed;
	z.avail_in = (uInt)dictionary_packed_bytes;
	z.next_out = state.p;
	z.avail_out = PACK_KEPT_BYTES;
	/* with too small a workspace it fails, and so does whatever is called with that */
	if (inflateInit2(&z, -WINDOW_BITS) == Z_OK)
		(void)inflate(&z, Z_FINISH);
}

size_t pack_text(struct span text, struct workspace state, uint8_t *out, size_t cap)
{
	struct arena arena;
	z_stream z;
	int rc;

	if (text.len > PACK_TEXT_MAX)
		return 0;
	arena_lend(&arena, room_of(state), &z);
	if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
		    Z_OK ||
	    deflateSetDictionary(&z, state.p, PACK_KEPT_BYTES) != Z_OK)
		return 0;
	z.next_in = (z_const Bytef *)text.p;
	z.avail_in = (uInt)text.len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	rc = deflate(&z, Z_FINISH);
	return rc == Z_STREAM_END ? cap - z.avail_out : 0;
}

bool pack_is_zlib(struct span stream)
{
	return stream.len >= 2 && stream.p[0] == METHOD_WINDOW && (stream.p[1] & HAS_DICTIONARY) &&
	       ((uint32_t)stream.p[0] << 8 | stream.p[1]) % 31 == 0;
}

uint32_t pack_dictionary(struct span stream)
{
	return pack_is_zlib(stream) && stream.len >= HEAD_BYTES ? be32_load(stream.p + 2) : 0;
}

bool pack_is_model(struct span stream)
{
	/* what the model of 0.1 made of "oopsmon report 1\nid ": every one of its streams begins so
	 */
	static const uint8_t begin[] = { 0x10, 0x6c, 0x87 };

	return stream.len >= sizeof(begin) && memcmp(stream.p, begin, sizeof(begin)) == 0;
}

enum om_err pack_read(struct span stream, struct workspace state, uint8_t *out, size_t cap,
		      struct pack_reading *r)
{
	struct arena arena;
	z_stream z;
	int rc;

	*r = (struct pack_reading){ .end = UNPACK_CUT };
	if (stream.len >= 2 && !pack_is_zlib(stream))
		return OM_E_VARIANT;
	if (stream.len < HEAD_BYTES)
		return OM_E_TRUNCATED;
	arena_lend(&arena, room_of(state), &z);
	z.next_in = (z_const Bytef *)stream.p;
	z.avail_in = (uInt)stream.len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	if (inflateInit2(&z, WINDOW_BITS) != Z_OK)
		return OM_E_NO_SPACE;
	rc = inflate(&z, Z_FINISH);
	if (rc == Z_NEED_DICT) {
		r->dictionary = (uint32_t)z.adler;
		rc = inflateSetDictionary(&z, state.p, PACK_KEPT_BYTES);
		if (rc == Z_MEM_ERROR)
			return OM_E_NO_SPACE;
		if (rc != Z_OK)
			return OM_E_NOT_FOUND;
		rc = inflate(&z, Z_FINISH);
	}
	r->used = stream.len - z.avail_in;
	r->text_bytes = cap - z.avail_out;
	r->end = rc == Z_STREAM_END   ? UNPACK_COMPLETE
		 : rc == Z_DATA_ERROR ? UNPACK_BROKEN
		 : z.avail_out == 0   ? UNPACK_FULL
				      : UNPACK_CUT;
	return OM_OK;
}

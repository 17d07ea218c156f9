/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams of reports: any is read inside its bounds, any text comes back. */
#include "core/report/pack.h"
#include "fuzz.h"

enum { TEXT_MAX = 1 << 15 };

static void check_read(struct workspace state, struct span in, size_t cap)
{
	const struct span stream = make_copy(in);
	uint8_t *out = make_bytes(cap, 0);
	struct pack_reading r;
	const enum om_err err = pack_read(stream, state, out, cap, &r);

	require(r.text_bytes <= cap && r.used <= stream.len, "in bounds");
	require(err == OM_OK || r.text_bytes == 0, "no text of what is no stream");
	require(err != OM_OK || pack_is_zlib(stream), "only what says to be one");
	free(out);
	drop_copy(stream, in);
}

/* What is packed comes back; a cut stream gives the beginning. */
static void check_text(struct workspace state, struct span text, size_t cut)
{
	uint8_t *out = make_bytes(PACK_STREAM_MAX, 0x5a);
	uint8_t *back = make_bytes(text.len + 1, 0);
	const size_t len = pack_text(text, state, out, PACK_STREAM_MAX);
	struct pack_reading r;

	require(len > 0, "a stream has room");
	require(pack_read((struct span){ out, len }, state, back, text.len + 1, &r) == OM_OK &&
			r.end == UNPACK_COMPLETE && r.text_bytes == text.len && r.used == len,
		"all of it");
	require(text.len == 0 || memcmp(back, text.p, text.len) == 0, "the same text");

	const struct span part = make_copy((struct span){ out, cut % len });

	if (pack_read(part, state, back, text.len + 1, &r) == OM_OK)
		require(r.end == UNPACK_CUT &&
				(r.text_bytes == 0 || memcmp(back, text.p, r.text_bytes) == 0),
			"only what is certain");
	drop_copy(part, (struct span){ out, part.len });
	free(back);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t kind = take(&in, 1);
	const size_t cut = take(&in, 2);
	uint8_t *p = aligned_alloc(8, PACK_STATE_BYTES);
	const struct workspace state = { p, PACK_STATE_BYTES };

	require(p != NULL, "memory for the test");
	memset(p, (int)kind, PACK_STATE_BYTES);
	pack_open(state);
	if (kind & 1)
		check_read(state, in, 1 + cut % TEXT_MAX);
	else
		check_text(state, span_sub(in, 0, TEXT_MAX), cut);
	free(p);
	return 0;
}

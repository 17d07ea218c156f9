/* SPDX-License-Identifier: BSD-2-Clause */
/* Squeezed text: any stream is read inside its bounds, any text comes back. */
#include "core/squeeze.h"
#include "fuzz.h"

enum { TEXT_MAX = 1 << 15 };

/* As much as fits in @cap bytes comes back; a cut stream gives the beginning. */
static void check_text(struct workspace state, struct span text, size_t cap, size_t cut)
{
	uint8_t *out = make_bytes(cap, 0x5a);
	uint8_t *back = make_bytes(text.len + 1, 0);
	struct squeeze s;
	struct unsqueeze u;

	require(squeeze_start(&s, state, out, cap) == OM_OK, "a stream begins");

	const size_t taken = squeeze_put(&s, text);

	squeeze_end(&s);
	require(taken > 0 || text.len == 0, "room for a byte");
	require(s.len > 0 && s.len <= cap, "the stream inside its room");

	const struct span whole = make_copy((struct span){ out, s.len });

	require(unsqueeze_start(&u, state, whole) == OM_OK, "a stream is read");
	require(unsqueeze_get(&u, back, text.len + 1) == taken, "all of it");
	require(u.end == UNSQUEEZE_DONE && u.at == s.len, "its own end");
	require(taken == 0 || memcmp(back, text.p, taken) == 0, "the same text");

	const struct span part = make_copy(span_sub(whole, 0, cut % s.len));

	require(unsqueeze_start(&u, state, part) == OM_OK, "a cut stream is read");

	const size_t n = unsqueeze_get(&u, back, text.len + 1);

	require(u.end == UNSQUEEZE_CUT && n <= taken, "the cut is seen");
	require(n == 0 || memcmp(back, text.p, n) == 0, "only what is certain");
	drop_copy(part, span_sub(whole, 0, part.len));
	drop_copy(whole, (struct span){ out, s.len });
	free(back);
	free(out);
}

static void check_stream(struct workspace state, struct span in, size_t portion)
{
	const struct span stream = make_copy(in);
	uint8_t *out = make_bytes(portion, 0);
	struct unsqueeze u;
	size_t n = 0;

	require(unsqueeze_start(&u, state, stream) == OM_OK, "any stream is read");
	while (u.end == UNSQUEEZE_MORE && n < TEXT_MAX) {
		const size_t got = unsqueeze_get(&u, out, portion);

		require(got == portion || u.end != UNSQUEEZE_MORE, "fewer only at the end");
		n += got;
	}
	require(u.at <= stream.len, "inside the input");
	free(out);
	drop_copy(stream, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t kind = take(&in, 1);
	const size_t cap = SQUEEZE_OUT_MIN + take(&in, 2);
	const size_t cut = take(&in, 2);
	uint8_t *p = aligned_alloc(8, SQUEEZE_STATE_BYTES);
	const struct workspace state = { p, SQUEEZE_STATE_BYTES };

	require(p != NULL, "memory for the test");
	memset(p, (int)kind, SQUEEZE_STATE_BYTES);
	if (kind & 1)
		check_stream(state, in, 1 + cut % 4096);
	else
		check_text(state, in, cap, cut);
	free(p);
	return 0;
}

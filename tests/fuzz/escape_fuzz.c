/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Escaping: only printable characters come out, and all that went in can be had back,
 * however small the pieces. Input: room for each piece, 8 bits; the text.
 */
#include "core/base/escape.h"
#include "fuzz.h"

static uint32_t hex_digit(char c)
{
	require((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'), "a lower-case hex digit");
	return (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Turns a whole piece back; it must give exactly @want. */
static void check_piece(const char *out, size_t n, struct span want)
{
	size_t i = 0;

	for (size_t k = 0; k < want.len; k++) {
		uint32_t byte;

		require(i < n, "every byte is told");
		byte = (uint8_t)out[i++];
		require((byte >= ' ' && byte <= '~') || byte == '\n' || byte == '\t',
			"only what a terminal prints");
		if (byte == '\\') {
			require(i < n, "no escape is split");
			if (out[i] == '\\') {
				i++;
			} else {
				require(out[i] == 'x' && n - i >= 3, "an escape of ours");
				byte = hex_digit(out[i + 1]) << 4 | hex_digit(out[i + 2]);
				i += 3;
			}
		}
		require(byte == want.p[k], "the byte reads back");
	}
	require(i == n, "nothing more than the bytes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const size_t cap = ESCAPE_MAX + take(&in, 1);
	const struct span copy = make_copy(in);
	struct span left = copy;
	char *out = (char *)make_bytes(cap, 0);

	while (left.len > 0) {
		size_t used = SIZE_MAX;
		const size_t n = escape_text(left, &used, out, cap);

		require(used > 0 && used <= left.len, "every piece gets on");
		require(n <= cap, "room kept");
		check_piece(out, n, span_sub(left, 0, used));
		left = span_sub(left, used, left.len);
	}
	free(out);
	drop_copy(copy, in);
	return 0;
}

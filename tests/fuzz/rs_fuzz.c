/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reed-Solomon against its own definition: what rs_correct() calls right must be a code
 * word as near as it says; errors within reach must be undone. Input: number of roots,
 * length, mode; then a received word, or data and the errors to make in its code word.
 */
#include "core/ecc/rs.h"
#include "fuzz.h"

static uint32_t distance(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += a[i] != b[i];
	return n;
}

/* Any word at all. */
static void check_received(const struct rs *rs, struct span word, size_t len)
{
	const uint32_t roots = rs->n_roots;
	uint8_t *received = make_bytes(len + roots, 0);
	uint8_t *data = make_bytes(len, 0);
	uint8_t *parity = make_bytes(roots, 0);
	uint8_t *right = make_bytes(roots, 0xee);
	uint32_t corrected = UINT32_MAX;

	memcpy(received, word.p, word.len < len + roots ? word.len : len + roots);
	memcpy(data, received, len);
	memcpy(parity, received + len, roots);

	const enum om_err err = rs_correct(rs, data, len, parity, &corrected);

	require(memcmp(parity, received + len, roots) == 0, "parity untouched");
	if (err == OM_OK) {
		rs_encode(rs, data, len, right);
		require(corrected <= roots / 2, "no more repaired than can be");
		require(distance(data, received, len) + distance(right, parity, roots) == corrected,
			"a code word at the distance told");
	} else {
		require(err == OM_E_CORRUPT, "an answer that is documented");
		require(memcmp(data, received, len) == 0, "data untouched");
	}
	free(received);
	free(data);
	free(parity);
	free(right);
}

/* A code word with errors at places of the input's choice, up to what can be repaired. */
static void check_repair(const struct rs *rs, struct span in, size_t len)
{
	const uint32_t roots = rs->n_roots;
	uint8_t *word = make_bytes(len + roots, 0);
	uint8_t *sent = make_bytes(len + roots, 0);
	struct span errors = in;
	const struct span text = take_span(&errors, len);
	uint32_t corrected = UINT32_MAX;
	uint32_t n = 0;

	memcpy(sent, text.p, text.len);
	rs_encode(rs, sent, len, sent + len);
	memcpy(word, sent, len + roots);
	while (n < roots / 2 && errors.len > 0) {
		const uint32_t at = take(&errors, 1) % (uint32_t)(len + roots);

		word[at] ^= (uint8_t)take(&errors, 1);
		n = distance(word, sent, len + roots);
	}
	require(rs_correct(rs, word, len, word + len, &corrected) == OM_OK, "within reach");
	require(corrected == n, "errors counted");
	require(memcmp(word, sent, len) == 0, "data as it was sent");
	free(word);
	free(sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rs rs;
	struct span in = { data, size };
	const uint32_t roots = take(&in, 1);
	const uint32_t wanted = take(&in, 1);
	const uint32_t mode = take(&in, 1);

	if (rs_init(&rs, roots) != OM_OK) {
		require(roots == 0 || roots > RS_ROOTS_MAX, "a code for every legal size");
		return 0;
	}

	const size_t len = 1 + wanted % (RS_SYMBOLS_MAX - roots);

	if (mode % 2)
		check_repair(&rs, in, len);
	else
		check_received(&rs, in, len);
	return 0;
}

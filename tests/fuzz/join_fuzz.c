/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records sorted into crashes, and texts that overlap. Input: number of keys; the keys, 20
 * bytes each; length of the first text, 16 bits; both texts.
 */
#include "core/crash/join.h"
#include "core/log/dmesg.h"
#include "fuzz.h"

enum { KEYS_MAX = 64, USEC_MAX = 9999999 };

static struct join_key take_key(struct span *in)
{
	const uint32_t flags = take(in, 1);
	struct join_key k = { .has_time = flags & 1, .has_stamps = flags & 2 };

	k.reason = take(in, 1) % (REASON_UNKNOWN + 1);
	k.count = take(in, 1);
	k.part = take(in, 1);
	k.slot = take(in, 1);
	k.time_usec = take(in, 3) % (USEC_MAX + 1);
	k.time_sec = (int32_t)take(in, 4);
	k.first_us = take(in, 4);
	k.last_us = take(in, 4);
	if (flags & 4) { /* far from everything */
		k.time_sec *= INT32_MAX;
		k.last_us <<= 32;
		k.count = UINT32_MAX - k.count;
		k.slot = UINT32_MAX - k.slot;
	}
	return k;
}

static void check_order(const struct join_key *keys, uint32_t n)
{
	struct join_place *places =
		(struct join_place *)(void *)make_bytes(n * sizeof(*places), 0xee);
	uint8_t *seen = make_bytes(n, 0);
	const uint32_t crashes = join_order(keys, n, places);
	uint32_t crash = 0;

	for (uint32_t i = 0; i < n; i++) {
		require(places[i].from < n && !seen[places[i].from], "every record once");
		seen[places[i].from] = 1;
		if (i == 0)
			require(places[i].crash == 0, "the newest crash is number 0");
		else
			require(places[i].crash == crash || places[i].crash == crash + 1,
				"crashes in order");
		crash = places[i].crash;
	}
	require(crashes == (n ? crash + 1 : 0), "as many crashes as told");
	free(places);
	free(seen);
}

static struct span without_title(struct span text)
{
	struct dmesg_title title;
	const uint8_t *end = text.len ? memchr(text.p, '\n', text.len) : NULL;

	if (!end || dmesg_title(text, &title) != OM_OK)
		return text;
	return span_sub(text, (size_t)(end - text.p) + 1, text.len);
}

/* As documented, the slow way. */
static size_t overlap(struct span before, struct span next)
{
	const struct span body = without_title(next);

	before = without_title(before);
	while (before.len > 0 && before.p[before.len - 1] != '\n')
		before.len--;
	for (size_t n = before.len < body.len ? before.len : body.len; n > 0; n--)
		if (body.p[n - 1] == '\n' &&
		    (n == before.len || before.p[before.len - n - 1] == '\n') &&
		    memcmp(before.p + before.len - n, body.p, n) == 0)
			return next.len - body.len + n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t n = take(&in, 1) % (KEYS_MAX + 1);
	struct join_key *keys = (struct join_key *)(void *)make_bytes(n * sizeof(*keys), 0);

	for (uint32_t i = 0; i < n; i++)
		keys[i] = take_key(&in);
	check_order(keys, n);
	free(keys);

	const size_t len = take(&in, 2);
	const struct span first = take_span(&in, len);
	const struct span before = make_copy(first);
	const struct span next = make_copy(in);
	const struct record r = { .has_time = true, .time_sec = 1, .text = before };
	const struct join_key k = join_key(&r);

	require(!k.has_stamps || memchr(before.p, '[', before.len) != NULL,
		"stamps are in the text");
	require(join_overlap(before, next) == overlap(before, next), "the longest overlap");
	drop_copy(before, first);
	drop_copy(next, in);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "holes.h"

static uint32_t end_of(const struct hole *h)
{
	return h->off + h->len;
}

/* Make the holes @i and @i + 1 one. */
static void join(struct holes *holes, uint32_t i)
{
	struct hole *h = &holes->at[i];
	const uint32_t next_end = end_of(h + 1);

	if (next_end > end_of(h))
		h->len = next_end - h->off;
	holes->n--;
	for (uint32_t k = i + 1; k < holes->n; k++)
		holes->at[k] = holes->at[k + 1];
}

static uint32_t closest_pair(const struct holes *holes)
{
	uint32_t best = 0;
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i + 1 < holes->n; i++) {
		const uint32_t gap = holes->at[i + 1].off - end_of(&holes->at[i]);

		if (gap < least) {
			least = gap;
			best = i;
		}
	}
	return best;
}

void holes_add(struct holes *holes, uint32_t off, uint32_t len)
{
	uint32_t at = 0;

	if (len > UINT32_MAX - off)
		len = UINT32_MAX - off;
	if (len == 0)
		return;
	if (holes->n == HOLES_MAX)
		join(holes, closest_pair(holes));
	while (at < holes->n && holes->at[at].off < off)
		at++;
	/* into its neighbour on the left, or a place of its own */
	if (at > 0 && off <= end_of(&holes->at[at - 1])) {
		at--;
		if (off + len > end_of(&holes->at[at]))
			holes->at[at].len = off + len - holes->at[at].off;
	} else {
		for (uint32_t k = holes->n++; k > at; k--)
			holes->at[k] = holes->at[k - 1];
		holes->at[at] = (struct hole){ off, len };
	}
	while (at + 1 < holes->n && holes->at[at + 1].off <= end_of(&holes->at[at]))
		join(holes, at);
}

void holes_add_until(struct holes *holes, uint32_t off, size_t end)
{
	if (off < end)
		holes_add(holes, off, (uint32_t)end - off);
}

struct holes holes_within(const struct holes *all, uint32_t off, uint32_t len)
{
	struct holes within = { 0 };

	for (uint32_t i = 0; i < all->n; i++) {
		const struct hole *h = &all->at[i];
		const uint32_t lo = h->off > off ? h->off - off : 0;
		const uint32_t hi = end_of(h) > off ? end_of(h) - off : 0;

		holes_add_until(&within, lo, hi < len ? hi : len);
	}
	return within;
}

bool holes_touch(const struct holes *holes, uint32_t off, uint32_t len)
{
	for (uint32_t i = 0; i < holes->n; i++) {
		const struct hole *h = &holes->at[i];

		if (h->off < off ? off - h->off < h->len : h->off - off < len)
			return true;
	}
	return false;
}

uint32_t holes_bytes(const struct holes *holes)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < holes->n; i++)
		sum += holes->at[i].len;
	return sum;
}

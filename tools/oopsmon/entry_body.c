/* SPDX-License-Identifier: BSD-2-Clause */
#include "entry_body.h"

#include <stdlib.h>
#include <string.h>

void body_clear(struct entry_body *b)
{
	b->n_bytes = b->n_runs = 0;
	b->len = b->end = b->stray = 0;
	b->there = 0;
	b->ended = false;
}

void body_free(struct entry_body *b)
{
	free(b->bytes);
	free(b->runs);
	*b = (struct entry_body){ 0 };
}

/* Makes room for @n elements of @size in all; NULL: no memory, and *@p stays as it is. */
static void *reserve(void *p, size_t *cap, size_t n, size_t size)
{
	void *more = p;

	if (n > *cap) {
		const size_t wanted = n + n / 2;

		more = realloc(p, wanted * size);
		*cap = more ? wanted : *cap;
	}
	return more;
}

/* Appends a run, or makes the last one longer. False: no memory. */
static bool add(struct entry_body *b, uint32_t off, const uint8_t *bytes, uint32_t len)
{
	struct body_run *last = b->n_runs ? &b->runs[b->n_runs - 1] : NULL;
	uint8_t *more_bytes = reserve(b->bytes, &b->bytes_cap, b->n_bytes + len, 1);

	if (!more_bytes)
		return false;
	b->bytes = more_bytes;
	if (!last || last->end != off) {
		struct body_run *more =
			reserve(b->runs, &b->runs_cap, b->n_runs + 1, sizeof(*more));

		if (!more)
			return false;
		b->runs = more;
		last = &more[b->n_runs++];
		*last = (struct body_run){ .off = off, .end = off, .at = b->n_bytes };
	}
	memcpy(b->bytes + b->n_bytes, bytes, len);
	b->n_bytes += len;
	last->end += len;
	return true;
}

bool body_put(struct entry_body *b, uint32_t off, const uint8_t *bytes, uint32_t len)
{
	return len == 0 || add(b, off, bytes, len);
}

static int by_place(const void *a, const void *b)
{
	const struct body_run *x = a;
	const struct body_run *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at); /* the order they came in */
}

static bool is_settled(const struct entry_body *b)
{
	for (size_t i = 1; i < b->n_runs; i++)
		if (b->runs[i].off <= b->runs[i - 1].end)
			return false;
	return true;
}

bool body_settle(struct entry_body *b)
{
	struct entry_body out = { 0 };
	uint32_t end = 0;
	bool good = true;

	if (is_settled(b))
		return true;
	qsort(b->runs, b->n_runs, sizeof(b->runs[0]), by_place);
	for (size_t i = 0; i < b->n_runs && good; i++) {
		const struct body_run *run = &b->runs[i];
		const uint32_t from = run->off > end ? run->off : end;

		if (run->end <= from)
			continue;
		good = add(&out, from, b->bytes + run->at + (from - run->off), run->end - from);
		end = run->end;
	}
	out.len = b->len;
	out.there = b->there;
	out.end = b->end;
	out.ended = b->ended;
	out.stray = b->stray;
	body_free(b);
	*b = out;
	return good;
}

struct span body_from(const struct entry_body *b, uint32_t at, uint32_t len)
{
	size_t low = 0;
	size_t high = b->n_runs;

	/* the first run that ends after @at */
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (b->runs[middle].end > at)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == b->n_runs || b->runs[low].off > at)
		return (struct span){ 0 };

	const uint32_t n = b->runs[low].end - at;

	return (struct span){ b->bytes + b->runs[low].at + (at - b->runs[low].off),
			      n < len ? n : len };
}

bool body_has_gap(const struct entry_body *b)
{
	return b->n_runs > 1 || (b->n_runs == 1 && b->runs[0].off > 0);
}

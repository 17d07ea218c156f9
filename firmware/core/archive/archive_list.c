/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_list.h"

#include <string.h>

/* ---- all of them -------------------------------------------------------------------------- */

static void advance(struct archive_list *l)
{
	l->before = l->walk;
	l->has_chunk = archive_walk_next(&l->walk, &l->chunk);
}

void archive_list_start(struct archive_list *l, const struct archive *a)
{
	uint32_t number;

	l->a = a;
	archive_walk_start(&l->walk, a);
	advance(l);
	number = l->chunk.entry;
	/* the block with its beginning was recycled: that is not damage */
	if (a->sequence >= a->n_blocks && l->has_chunk && l->chunk.off > 0)
		while (l->has_chunk && l->chunk.entry == number)
			advance(l);
}

static void read_card(const struct archive_list *l, struct archive_entry *e)
{
	const struct span text = { l->payload, l->chunk.bytes };
	size_t used;

	e->has_card = archive_card_read(text, &e->card, &used) == OM_OK;
}

bool archive_list_next(struct archive_list *l, struct archive_entry *out)
{
	const uint32_t number = l->chunk.entry;
	bool wrong = false; /* the last bytes so far */
	bool gap = false;   /* others are after bytes that are wrong or gone */
	bool ended = false;

	if (!l->has_chunk)
		return false;
	memset(out, 0, sizeof(*out));
	out->number = number;
	out->from = l->before;
	/* a walk comes to its end: so does this */
	for (; l->has_chunk && l->chunk.entry == number; advance(l)) {
		const struct archive_chunk *c = &l->chunk;

		gap |= wrong || ended || c->off != out->bytes;
		wrong = archive_payload(l->a, c, l->payload) == ARCHIVE_DAMAGED;
		if (!wrong && c->off == 0 && !out->has_card)
			read_card(l, out);
		ended = !wrong && c->last;
		if (c->off + c->bytes > out->bytes)
			out->bytes = c->off + c->bytes;
	}
	if (gap || (ended && !out->has_card))
		out->state = ARCHIVE_ENTRY_DAMAGED;
	else if (!ended)
		out->state = ARCHIVE_ENTRY_INCOMPLETE;
	return true;
}

/* ---- one ---------------------------------------------------------------------------------- */

static void next_chunk(struct archive_reader *r)
{
	r->has_chunk = archive_walk_next(&r->walk, &r->chunk) && r->chunk.entry == r->entry;
	r->sound = r->has_chunk && archive_payload(r->a, &r->chunk, r->payload) != ARCHIVE_DAMAGED;
}

void archive_reader_start(struct archive_reader *r, const struct archive *a,
			  const struct archive_entry *e)
{
	r->a = a;
	r->walk = e->from;
	r->entry = e->number;
	r->off = 0;
	next_chunk(r);
}

/* Some of the next @len bytes; @sound: they are certain. */
static uint32_t get_some(struct archive_reader *r, uint8_t *to, uint32_t len, bool *sound)
{
	const struct archive_chunk *c = &r->chunk;
	uint32_t at, n;

	while (r->has_chunk && r->off >= c->off && r->off - c->off >= c->bytes)
		next_chunk(r);
	*sound = r->has_chunk && r->off >= c->off && r->sound;
	if (!r->has_chunk || r->off < c->off) {
		n = r->has_chunk && c->off - r->off < len ? c->off - r->off : len;
		memset(to, 0xff, n);
		return n;
	}
	at = r->off - c->off;
	n = c->bytes - at < len ? c->bytes - at : len;
	memcpy(to, r->payload + at, n);
	return n;
}

uint32_t archive_reader_get(struct archive_reader *r, uint8_t *to, uint32_t len)
{
	uint32_t certain = 0;
	bool all = true;

	while (len > 0) {
		bool sound;
		const uint32_t n = get_some(r, to, len, &sound);

		all &= sound;
		certain += all ? n : 0;
		r->off += n;
		to += n;
		len -= n;
	}
	return certain;
}

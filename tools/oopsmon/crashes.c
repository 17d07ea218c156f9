/* SPDX-License-Identifier: BSD-2-Clause */
#include "crashes.h"

#include "listener.h"

#include <stdlib.h>
#include <string.h>

bool crashes_add(struct crashes *c, const struct item *item)
{
	const struct record *r = item->record;

	if (r->kind != ZONE_DMESG || r->quality == QUALITY_UNREADABLE || (r->notes & NOTE_MENDED))
		return true;
	if (c->n == c->room) {
		const uint32_t room = c->room ? c->room * 2 : 16;
		struct join_key *keys = realloc(c->keys, room * sizeof(*keys));
		struct crash_part *parts;

		if (!keys)
			return false;
		c->keys = keys;
		parts = realloc(c->parts, room * sizeof(*parts));
		if (!parts)
			return false;
		c->parts = parts;
		c->room = room;
	}
	c->keys[c->n] = join_key(r);
	c->parts[c->n] = (struct crash_part){ item->i, r->piece, "" };
	record_name(r, c->parts[c->n].name);
	c->n++;
	return true;
}

bool crashes_sort(struct crashes *c)
{
	if (c->n == 0)
		return true;
	c->order = calloc(c->n, sizeof(*c->order));
	if (!c->order)
		return false;
	c->n_crashes = join_order(c->keys, c->n, c->order);
	return true;
}

void crashes_free(struct crashes *c)
{
	free(c->keys);
	free(c->parts);
	free(c->order);
	*c = (struct crashes){ 0 };
}

bool crashes_write(const struct crashes *c, uint32_t crash, const struct source *src, FILE *f)
{
	/* two texts at a time: one to write and the one before it */
	const size_t room = src->store.work_bytes;
	struct workspace work[2] = { { malloc(room), room }, { malloc(room), room } };
	struct span before = { 0 };
	uint32_t turn = 0;
	const bool good = work[0].p && work[1].p;

	for (uint32_t k = 0; good && k < c->n; k++) {
		const struct crash_part *part = &c->parts[c->order[k].from];
		struct record rec;

		if (c->order[k].crash != crash ||
		    store_read(&src->store, part->i, part->piece, work[turn], &rec) != OM_OK)
			continue;

		const size_t overlap = before.len ? join_overlap(before, rec.text) : 0;
		const struct span rest = span_sub(rec.text, overlap, rec.text.len);

		fwrite(rest.p, 1, rest.len, f);
		if (rest.len && rest.p[rest.len - 1] != '\n')
			fputc('\n', f);
		before = rec.text;
		turn ^= 1;
	}
	free(work[0].p);
	free(work[1].p);
	return good;
}

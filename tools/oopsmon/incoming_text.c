/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts of a report, put together from what came of it. */
#include "incoming.h"
#include "unpackers.h"

#include "core/base/crc32.h"
#include "core/ramoops/record_read.h"

#include <stdlib.h>
#include <string.h>

/* The first stretch that ends after @off, or one at @len that is empty. */
static struct stretch stretch_from(const struct stretches *s, uint32_t off, uint32_t len)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->at[i].end > off)
			return s->at[i];
	return (struct stretch){ len, len };
}

/* A text with a line in place of each stretch that is missing. */
struct whole {
	uint8_t *p;
	size_t len, cap;
};

static bool grow(struct whole *w, const void *p, size_t n)
{
	if (n > w->cap - w->len) {
		const size_t cap = w->len + n + w->cap / 2;
		uint8_t *more = realloc(w->p, cap);

		if (!more)
			return false;
		w->p = more;
		w->cap = cap;
	}
	if (n > 0)
		memcpy(w->p + w->len, p, n);
	w->len += n;
	return true;
}

/* A line of its own about @bytes that are missing. */
static bool grow_gap(struct whole *w, uint32_t bytes, bool left)
{
	char line[64];
	const int n = snprintf(line, sizeof(line), "[oopsmon: %u byte%s %s]\n", bytes,
			       bytes == 1 ? "" : "s", left ? "left out" : "lost");

	if (w->len > 0 && w->p[w->len - 1] != '\n' && !grow(w, "\n", 1))
		return false;
	return grow(w, line, (size_t)n);
}

/* The bytes [off, end) of record @i, which are there. */
static bool grow_piece(struct whole *w, const struct incoming *in, uint32_t i, struct stretch s,
		       struct record *out)
{
	const struct record *r = &in->parts[i].record;
	const uint32_t entry = r->kind == ZONE_FTRACE ? r->ftrace.bytes : 0;

	if (entry) { /* whole entries only */
		s.off = (s.off + entry - 1) / entry * entry;
		if (s.end < r->text.len)
			s.end = s.end / entry * entry;
		if (s.off >= s.end)
			return true;
	}

	const struct holes holes = holes_within(&r->holes, s.off, s.end - s.off);

	for (uint32_t k = 0; k < holes.n; k++)
		holes_add(&out->holes, (uint32_t)w->len + holes.at[k].off, holes.at[k].len);
	return grow(w, in->parts[i].text + s.off, s.end - s.off);
}

/* Bytes of record @i from @off to @end that are marked as left out. */
static uint32_t left_within(const struct stretches *left, uint32_t off, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < left->n; i++) {
		const uint32_t from = left->at[i].off > off ? left->at[i].off : off;
		const uint32_t to = left->at[i].end < end ? left->at[i].end : end;

		n += to > from ? to - from : 0;
	}
	return n;
}

/* Lines about what was lost on the way and about what the monitor left out, if anything was. */
static bool grow_gaps(struct whole *w, uint64_t lost, uint64_t left)
{
	return (!lost || grow_gap(w, (uint32_t)lost, false)) &&
	       (!left || grow_gap(w, (uint32_t)left, true));
}

/* Room for the text of a record whose packed bytes are @packed, as record_read() would have. */
static size_t room_for(const struct incoming *in, size_t packed)
{
	const size_t record = in->head.geom.record_bytes;
	const size_t most = TEXT_BYTES_MAX / RECORD_TEXT_FACTOR;
	const size_t zone = record > packed ? record : packed;

	return UNPACK_STATE_BYTES + UNPACK_TEXT_MIN +
	       (zone < most ? zone : most) * RECORD_TEXT_FACTOR;
}

/*
 * The image could not unpack record @i; the libraries of this program perhaps can. If bytes are
 * missing, what comes before them gives the text's beginning. False: no memory.
 */
static bool unpack(const struct incoming *in, uint32_t i, const struct report *r, struct whole *w,
		   struct record *out)
{
	const struct part *part = &in->parts[i];
	const struct stretch first = stretch_from(&part->have, 0, 0);
	const size_t len = first.off == 0 ? first.end : 0;
	struct workspace work = { .cap = room_for(in, len) };
	struct whole text = { 0 };
	struct record rec = *out;
	bool good;

	if (len == 0)
		return true;
	work.p = malloc(work.cap);
	if (!work.p)
		return false;
	rec.text = (struct span){ part->text, len };
	rec.holes = holes_within(&part->record.holes, 0, (uint32_t)len);
	if (record_unpack(&in->head.geom, host_unpackers, work, &rec) != OM_OK) {
		free(work.p);
		return true;
	}
	if (rec.quality == QUALITY_UNREADABLE) {
		out->packing = rec.packing;
		free(work.p);
		return true;
	}
	good = grow(&text, rec.text.p, rec.text.len) &&
	       grow_gaps(&text, r->lost_bytes[i], r->left_bytes[i]);
	free(work.p);
	free(w->p);
	*w = text;
	*out = rec;
	return good;
}

/* Puts record @i together; out->text.p is the caller's to free. False: no memory. */
static bool put_together(const struct incoming *in, uint32_t i, struct report *r)
{
	const struct part *part = &in->parts[i];
	struct record *out = &r->records[i];
	const uint32_t len = (uint32_t)part->record.text.len;
	const bool binary = part->record.kind == ZONE_FTRACE;
	struct whole w = { 0 };
	uint32_t at = 0;
	bool good = grow(&w, "", 0);

	*out = part->record;
	out->holes.n = 0;
	r->lost_bytes[i] = r->left_bytes[i] = 0;
	while (good && at < len) {
		const struct stretch next = stretch_from(&part->have, at, len);

		if (next.off > at) {
			const uint32_t left = left_within(&part->left, at, next.off);
			const uint32_t lost = next.off - at - left;

			if (!binary)
				good = grow_gaps(&w, lost, left);
			r->lost_bytes[i] += lost;
			r->left_bytes[i] += left;
			at = next.off;
		}
		if (next.end > at && good)
			good = grow_piece(&w, in, i, (struct stretch){ at, next.end }, out);
		at = next.end > at ? next.end : at;
	}

	/* Only its CRC says that a text is right: a damaged stream may give another one. */
	const bool wrong = r->lost_bytes[i] == 0 && r->left_bytes[i] == 0 && len > 0 &&
			   (!part->has_crc || crc32_update(0, part->text, len) != part->crc);

	if (r->lost_bytes[i] || r->left_bytes[i] || wrong) {
		out->notes |= NOTE_TEXT_LOST;
		if (out->quality < QUALITY_SALVAGED)
			out->quality = QUALITY_SALVAGED;
	}
	if (good && out->kind == ZONE_DMESG && out->quality == QUALITY_UNREADABLE)
		good = unpack(in, i, r, &w, out);
	out->text = (struct span){ w.p, w.len };
	r->complete &= !wrong && r->lost_bytes[i] == 0;
	r->cut_by_monitor |= r->left_bytes[i] > 0;
	return good;
}

static void count_lines(const struct incoming *in, struct report *r)
{
	for (uint32_t i = 0; i < CHAPTERS_MAX; i++) {
		const struct chapter *c = &in->chapters[i];

		r->lines_seen += c->lines_seen;
		r->lines_restored += c->lines_restored;
		r->lines_lost += c->lines_lost;
		r->lines_expected += c->lines_expected;
		if (in->ended && i <= in->last_chapter && !c->whole)
			r->complete = false;
	}
}

void incoming_put_together(const struct incoming *in, struct report *r)
{
	bool good = true;

	count_lines(in, r);
	for (uint32_t i = 0; i < r->n_records; i++)
		good = put_together(in, i, r) && good;
	r->complete &= good;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"

#include "core/ramoops/zone.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHUNK_BYTES = 1 << 20,
	MARKS_AT_ONCE = 64,
	/* kept before the first header: the region's first zone may have lost its own */
	LOOKBACK_BYTES = 4 << 20,
	/* without a header for so long the last zone has ended */
	QUIET_BYTES = 8 << 20,
};

struct window {
	struct input *in;
	uint8_t *p;
	size_t len;
	uint64_t base;	/* of p[0] in the input */
	size_t scanned; /* bytes looked through for headers */
	bool any;	/* a header is in the window; its first and last: */
	size_t first, last;
	bool ended; /* the input has */
};

/* Notes the headers in what is new in the window. */
static void scan_new(struct window *w)
{
	/* a header that the last look cut in two is whole now */
	const size_t seam = ZONE_HDR_BYTES - 1;
	size_t at = w->scanned > seam ? w->scanned - seam : 0;

	while (at < w->len) {
		struct mark marks[MARKS_AT_ONCE];
		size_t used = 0;
		const uint32_t n = search_marks((struct span){ w->p + at, w->len - at }, at, marks,
						MARKS_AT_ONCE, &used);

		if (n > 0 && !w->any)
			w->first = (size_t)marks[0].off;
		if (n > 0)
			w->last = (size_t)marks[n - 1].off;
		w->any |= n > 0;
		if (used == 0)
			break;
		at += used;
	}
	w->scanned = w->len;
}

static void fill(struct window *w)
{
	const size_t room = SCAN_WINDOW_BYTES - w->len;
	const size_t want = room < CHUNK_BYTES ? room : CHUNK_BYTES;
	const size_t got = input_read(w->in, w->p + w->len, want);

	w->ended = got < want;
	w->len += got;
	scan_new(w);
}

/* Forgets the first @n bytes. */
static void drop(struct window *w, size_t n)
{
	memmove(w->p, w->p + n, w->len - n);
	w->len -= n;
	w->base += n;
	w->scanned = w->scanned > n ? w->scanned - n : 0;
	if (!w->any)
		return;
	w->any = false;
	w->scanned = 0;
	scan_new(w);
}

/* What speaks for a reading: zones in their places, less what it cannot explain. */
static int64_t worth(const struct found *f)
{
	return (int64_t)f->n_explained - f->n_missing - f->n_stray;
}

/* What to forget when no region was found in the window. */
static size_t hopeless_bytes(const struct window *w)
{
	if (w->ended)
		return w->len;
	if (w->len == SCAN_WINDOW_BYTES)
		return SCAN_REGION_BYTES;
	return w->last + 1; /* headers by chance: nothing follows them */
}

/*
 * May the input's end have cut the last zone off? A header is after what was found, or the zone
 * that is last was made as short as what is left of it.
 */
static bool may_be_cut(const struct window *w, const struct found *found)
{
	if (w->last >= (size_t)found->off + found->geom.region_bytes || found->n_missing > 0)
		return true;
	return w->len - w->last < found->layout.dmesg_zone_bytes &&
	       (!found->geom.ecc_bytes || found->n_unproven > 0);
}

/* The same, and with zeros in place of what is missing there is more to it. */
static enum om_err search_cut(struct window *w, const struct search_known *known,
			      struct workspace work, enum om_err err, struct found *found)
{
	struct found cut;
	size_t room = 4096;

	if (err == OM_OK && !may_be_cut(w, found))
		return OM_OK;
	while (room < w->len)
		room *= 2;
	room = room < SCAN_REGION_BYTES ? room * 2 : SCAN_WINDOW_BYTES;
	memset(w->p + w->len, 0, room - w->len);
	if (search_within((struct span){ w->p, room }, known, work, &cut) != OM_OK)
		return err;
	if (err != OM_OK && cut.n_explained < 2 && !cut.ecc_proven)
		return err;
	if (err == OM_OK && (cut.off + (uint64_t)cut.geom.region_bytes <= w->len ||
			     (worth(&cut) <= worth(found) && cut.score <= found->score)))
		return err;
	*found = cut;
	return OM_OK;
}

bool scan_matches(const struct search_known *known, const struct geometry *g)
{
	const struct geometry *k = &known->geom;
	const struct {
		uint32_t bit, want, got;
	} sizes[] = {
		{ SEARCH_RECORD, k->record_bytes, g->record_bytes },
		{ SEARCH_CONSOLE, k->console_bytes, g->console_bytes },
		{ SEARCH_FTRACE, k->ftrace_bytes, g->ftrace_bytes },
		{ SEARCH_PMSG, k->pmsg_bytes, g->pmsg_bytes },
		{ SEARCH_ECC, k->ecc_bytes, g->ecc_bytes },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (known->sizes & sizes[i].bit && sizes[i].want != sizes[i].got)
			return false;
	return true;
}

static enum om_err search_window(struct window *w, const struct search_known *known,
				 struct workspace work, struct found *found)
{
	const struct span bytes = { w->p, w->len };
	const enum om_err err = w->ended && w->base == 0 ? search_bytes(bytes, known, work, found)
							 : search_within(bytes, known, work, found);

	return w->ended ? search_cut(w, known, work, err, found) : err;
}

/* Sizes that are known count unless the bytes say others. */
static enum om_err search_known(struct window *w, const struct search_known *known,
				struct workspace work, struct found *found)
{
	const enum om_err free = search_window(w, NULL, work, found);
	struct found other;

	if (known->sizes == 0 || (free == OM_OK && scan_matches(known, &found->geom)))
		return free;

	const enum om_err with = search_window(w, known, work, &other);

	if (with != OM_OK || (free == OM_OK && found->score > other.score && !other.ecc_proven))
		return free;
	*found = other;
	return OM_OK;
}

/* Looks for a region around the headers in the window; true if there is one. */
static bool examine(struct window *w, const struct search_known *known, struct workspace work,
		    struct found *found)
{
	const enum om_err err = search_known(w, known, work, found);

	if (err != OM_OK || found->off >= w->len ||
	    found->geom.region_bytes > SCAN_WINDOW_BYTES - found->off) {
		drop(w, hopeless_bytes(w));
		return false;
	}
	if (!w->ended && w->len == SCAN_WINDOW_BYTES && found->off > SCAN_REGION_BYTES) {
		drop(w, found->off - LOOKBACK_BYTES); /* its end may not be there yet */
		return false;
	}
	return true;
}

bool scan_input(struct input *in, const struct search_known *known, scan_print print, void *arg,
		struct scan_result *out)
{
	struct window w = { .in = in, .base = in->off, .p = malloc(SCAN_WINDOW_BYTES) };
	struct workspace work = { malloc(SEARCH_WORK_BYTES), SEARCH_WORK_BYTES };
	const bool good = w.p && work.p;
	struct found found;

	*out = (struct scan_result){ .marks_at = UINT64_MAX };
	while (good && !(w.ended && !w.any) && out->regions < SCAN_REGIONS_MAX) {
		if (!w.ended && w.len < SCAN_WINDOW_BYTES &&
		    (!w.any || w.len - w.last < QUIET_BYTES)) {
			fill(&w);
			continue;
		}
		if (!w.any) {
			drop(&w, w.len - LOOKBACK_BYTES);
			continue;
		}
		if (out->marks_at == UINT64_MAX)
			out->marks_at = w.base + w.first;
		if (!examine(&w, known, work, &found))
			continue;

		const size_t end = (size_t)found.off + found.geom.region_bytes;
		const struct scan_hit hit = { { w.p + found.off, found.geom.region_bytes },
					      w.base + found.off,
					      end > w.len ? (uint32_t)(end - w.len) : 0,
					      &found,
					      w.ended && end == w.len };
		const int code = print(arg, &hit);

		out->code = code > out->code ? code : out->code;
		out->regions++;
		drop(&w, end < w.len ? end : w.len);
	}
	free(w.p);
	free(work.p);
	return good;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"

#include "core/zone.h"

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

/*
 * The bytes as a whole are the region unless a part of them explains more headers: zones
 * without one are damage rather than proof against it, as long as they are the fewer.
 */
static bool is_part(const struct found *part, const struct found *whole)
{
	const int64_t a = (int64_t)part->n_explained - part->n_stray;
	const int64_t b = (int64_t)whole->n_explained - whole->n_stray;

	return a != b ? a > b : whole->n_missing > whole->n_explained;
}

enum om_err scan_span(struct span bytes, struct workspace work, struct found *out)
{
	struct found part;
	const enum om_err whole = search_region(bytes, true, work, out);

	if (whole == OM_OK && out->n_missing == 0 && out->n_stray == 0)
		return OM_OK;

	const enum om_err within = search_region(bytes, false, work, &part);

	if (within == OM_OK && (whole != OM_OK || is_part(&part, out)))
		*out = part;
	return whole == OM_OK || within == OM_OK ? OM_OK : OM_E_NOT_FOUND;
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
 * At the input's end: a header behind what was found may open a zone that the end cuts off.
 * With zeros in place of what is missing, that zone counts as well.
 */
static enum om_err search_cut(struct window *w, struct workspace work, enum om_err err,
			      struct found *found)
{
	struct found cut;
	size_t room = 4096;

	if (err == OM_OK && w->last < (size_t)found->off + found->geom.region_bytes)
		return OM_OK;
	while (room < w->len)
		room *= 2;
	room = room < SCAN_REGION_BYTES ? room * 2 : SCAN_WINDOW_BYTES;
	memset(w->p + w->len, 0, room - w->len);
	if (search_region((struct span){ w->p, room }, false, work, &cut) != OM_OK)
		return err;
	if (err == OM_OK ? worth(&cut) <= worth(found) : cut.n_explained < 2 && !cut.ecc_proven)
		return err;
	*found = cut;
	return OM_OK;
}

/* Looks for a region around the headers in the window; true if there is one. */
static bool examine(struct window *w, struct workspace work, struct found *found)
{
	const struct span bytes = { w->p, w->len };
	enum om_err err;

	if (w->ended && w->base == 0)
		err = scan_span(bytes, work, found);
	else
		err = search_region(bytes, false, work, found);
	if (w->ended)
		err = search_cut(w, work, err, found);
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

bool scan_input(struct input *in, scan_tell tell, void *arg, struct scan_result *out)
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
		if (!examine(&w, work, &found))
			continue;

		const size_t end = (size_t)found.off + found.geom.region_bytes;
		const struct scan_hit hit = { { w.p + found.off, found.geom.region_bytes },
					      w.base + found.off,
					      end > w.len ? (uint32_t)(end - w.len) : 0,
					      &found };
		const int code = tell(arg, &hit);

		out->code = code > out->code ? code : out->code;
		out->regions++;
		drop(&w, end < w.len ? end : w.len);
	}
	free(w.p);
	free(work.p);
	return good;
}

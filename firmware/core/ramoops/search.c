/* SPDX-License-Identifier: BSD-2-Clause */
/* The search as its callers see it; search_solver.h says how it works. */
#include "search.h"

#include "search_solver.h"

#include <string.h>

enum { POINTS_ALONE = 8 /* least for one zone alone in a dump */ };

/* So that offsets with a region and a zone after them stay in 32 bits. */
static const uint32_t bytes_max = 0xe0000000;

/* The marks in all bytes that may be other than zero. */
static uint32_t find_marks(struct span bytes, const bool *filled, struct mark *marks)
{
	uint32_t n = 0;
	size_t end;
	size_t used;

	if (!filled)
		return search_marks(bytes, 0, marks, SEARCH_MARKS_MAX, &used);
	for (size_t off = 0; off < bytes.len && n < SEARCH_MARKS_MAX; off = end) {
		const bool full = filled[off / SEARCH_STRETCH_BYTES];

		end = off;
		while (end < bytes.len && filled[end / SEARCH_STRETCH_BYTES] == full)
			end += SEARCH_STRETCH_BYTES;
		if (full) /* a header's last bytes may be zero */
			n += search_marks(span_sub(bytes, off, end - off + ZONE_HDR_BYTES), off,
					  marks + n, SEARCH_MARKS_MAX - n, &used);
	}
	return n;
}

/* The bytes may be anything; room for marks and facts is laid out in @work. */
static enum om_err solver_lay_out(struct span bytes, struct workspace work, struct solver **out)
{
	const size_t pad = -(uintptr_t)work.p & 7;
	const size_t need = pad + sizeof(struct solver) +
			    SEARCH_MARKS_MAX * (sizeof(struct mark) + sizeof(struct fact));

	if (work.cap < need)
		return OM_E_NO_SPACE;

	void *const memory = work.p + pad;
	struct solver *const s = memory;

	memset(s, 0, sizeof(*s));
	s->bytes = span_sub(bytes, 0, bytes_max);
	s->marks = (void *)(s + 1);
	s->facts = (void *)(s->marks + SEARCH_MARKS_MAX);
	*out = s;
	return OM_OK;
}

static enum om_err solver_open(struct span bytes, const struct search_known *known,
			       struct workspace work, struct solver **out)
{
	const enum om_err err = solver_lay_out(bytes, work, out);
	struct solver *const s = *out;

	if (err != OM_OK)
		return err;
	s->n = find_marks(s->bytes, known ? known->filled : NULL, s->marks);
	if (s->n == 0)
		return OM_E_NOT_FOUND;
	search_read_facts(s);
	return OM_OK;
}

/* @clean_only: only sizes that explain every mark are of interest. */
static enum om_err solve(struct solver *s, bool whole, const struct search_known *known,
			 bool clean_only)
{
	s->whole = whole;
	s->known = known;
	s->any = false;
	s->rival = false;
	s->lenient = 0;
	s->steps = 0;
	if (known && known->sizes & SEARCH_ECC)
		search_take_ecc(s, known->geom.ecc_bytes);
	else
		search_find_ecc(s);
	search_expect_points(s);
	search_clean(s);
	if (!clean_only && !search_is_settled(s))
		search_all_sizes(s);
	if (!s->any || (s->best.explained < 2 && !whole && s->best.score < POINTS_ALONE))
		return OM_E_NOT_FOUND;
	return OM_OK;
}

static void settle(struct solver *s, struct found *out)
{
	const struct guess *b = &s->best;
	const uint32_t cpus = b->layout.n_ftrace ? b->layout.n_ftrace : 1;
	const struct span region = span_sub(s->bytes, b->base, b->geom.region_bytes);
	struct layout l;

	*out = (struct found){ .geom = b->geom,
			       .layout = b->layout,
			       .off = b->base,
			       .n_explained = b->explained,
			       .n_missing = b->missing,
			       .n_stray = b->stray,
			       .n_unproven = s->ecc ? b->unproven : 0,
			       .score = b->score,
			       .ecc_proven = b->proven > 0,
			       .sure = !s->rival && s->steps < SEARCH_STEPS_MAX };
	out->layout.why = LAYOUT_CONTENT;
	/* the same places by the usual way: that names the era and the writer */
	if (layout_detect(region, &b->geom, cpus, s->ecc ? &s->rs : NULL, &l) == OM_OK &&
	    layout_same_places(&l, &b->layout))
		out->layout = l;
}

static enum om_err search(struct span bytes, bool whole, const struct search_known *known,
			  struct workspace work, struct found *out)
{
	struct solver *s;
	enum om_err err = solver_open(bytes, known, work, &s);

	if (err == OM_OK)
		err = solve(s, whole, known, false);
	if (err == OM_OK)
		settle(s, out);
	return err;
}

enum om_err search_region(struct span bytes, bool whole, struct workspace work, struct found *out)
{
	return search(bytes, whole, NULL, work, out);
}

enum om_err search_within(struct span bytes, const struct search_known *known,
			  struct workspace work, struct found *out)
{
	return search(bytes, false, known, work, out);
}

/*
 * The bytes as a whole are the region unless a part of them explains more headers: zones
 * without one are damage rather than proof against it, as long as they are the fewer.
 */
static bool is_part(const struct guess *part, const struct guess *whole)
{
	const int64_t a = (int64_t)part->explained - part->stray;
	const int64_t b = (int64_t)whole->explained - whole->stray;

	return a != b ? a > b : whole->missing > whole->explained;
}

/* The bytes are a region as a whole or have one in them. */
static enum om_err solve_both(struct solver *s, const struct search_known *known, bool clean_only,
			      struct guess *best, struct found *out)
{
	const enum om_err whole = solve(s, true, known, clean_only);

	if (whole == OM_OK) {
		*best = s->best;
		settle(s, out);
		if (best->missing == 0 && best->stray == 0)
			return OM_OK;
	}

	const enum om_err within = solve(s, false, known, clean_only);

	if (within == OM_OK && (whole != OM_OK || is_part(&s->best, best))) {
		*best = s->best;
		settle(s, out);
	}
	return whole == OM_OK || within == OM_OK ? OM_OK : OM_E_NOT_FOUND;
}

enum om_err search_bytes(struct span bytes, const struct search_known *known, struct workspace work,
			 struct found *out)
{
	struct solver *s;
	struct guess best;
	enum om_err err = solver_open(bytes, known, work, &s);

	if (err == OM_OK)
		err = solve_both(s, known, false, &best, out);
	return err;
}

bool search_has_parity(struct span bytes, const struct layout *layout, struct workspace work)
{
	struct solver *s;
	struct place at;

	if (solver_lay_out(bytes, work, &s) != OM_OK)
		return false;
	for (uint32_t i = 0; s->n < SEARCH_MARKS_MAX && layout_place(layout, i, &at) == OM_OK;
	     i++) {
		struct mark *m = &s->marks[s->n];

		s->n += search_sound_mark(s->bytes, at.off, m);
		m->off = at.off;
	}
	search_read_facts(s);
	return search_has_ecc(s);
}

/* ---- sizes that somebody gave --------------------------------------------------------------- */

/* A zone for every header, a header for every zone, and nothing that speaks against it. */
static bool is_complete(const struct guess *g)
{
	return g->explained > 0 && g->missing == 0 && g->unproven == 0 && g->overlong == 0;
}

/* Is parity nowhere where @given puts it, though all is in place without? */
static bool lacks_parity(const struct guess *given, const struct guess *other)
{
	enum { ZONES_MIN = 2 }; /* damage may hit one */

	return given->unproven >= ZONES_MIN && given->proven == 0 && !other->geom.ecc_bytes &&
	       is_complete(other);
}

/*
 * Do the bytes say @other rather than @given? Points alone do not decide: a region can be damaged
 * in many ways, and somebody wrote these sizes down. Headers that only @other has a zone for do,
 * parity that is where only @other puts it, logs that only @other has room for, or more zones
 * without a header or without any parity than damage explains, but not so that headers are lost.
 */
static bool is_better(const struct guess *other, const struct guess *given)
{
	const uint32_t missing = given->missing > other->missing ? given->missing - other->missing
								 : 0;

	if (other->score <= given->score)
		return false;
	/* what is left of an earlier kernel's zones: it does not fit the new ones everywhere */
	if (is_complete(given) && (other->outside > 0 || !is_complete(other)))
		return false;
	return other->explained > given->explained || other->proven > given->proven ||
	       other->overlong < given->overlong || lacks_parity(given, other) ||
	       (missing > given->explained / 2 && other->explained == given->explained);
}

/* The same where only sizes differ that nobody gave: what is in the zones is enough. */
static bool completes(const struct guess *other, const struct guess *given)
{
	return is_better(other, given) ||
	       (other->score > given->score && other->explained >= given->explained &&
		other->missing <= given->missing);
}

/*
 * Are all zones of @part zones of @whole, too? Then it only leaves some out, and what the bytes say
 * for it, they say for both: the headers of the others were lost to damage.
 */
static bool is_part_of(const struct guess *part, const struct guess *whole)
{
	struct place at, in;

	if (part->geom.ecc_bytes != whole->geom.ecc_bytes)
		return false;
	for (uint32_t i = 0; layout_place(&part->layout, i, &at) == OM_OK; i++) {
		at.off += part->base - whole->base;
		if (!layout_around(&whole->layout, at.off, &in) || in.off != at.off ||
		    in.bytes != at.bytes || in.kind != at.kind)
			return false;
	}
	return true;
}

static void count(const struct solver *s, const struct guess *g, struct fit *fit)
{
	*fit = (struct fit){ .which = FIT_GIVEN,
			     .n_in_place = g->explained,
			     .n_missing = g->missing,
			     .n_outside = g->outside,
			     .n_filled = g->filled,
			     .n_unproven = s->ecc ? g->unproven : 0,
			     .n_overlong = g->overlong };
}

/* Zones that begin where there are no bytes are not missing. */
static void forgive_cut(const struct solver *s, struct guess *g)
{
	struct place at;

	for (uint32_t i = 0; layout_place(&g->layout, i, &at) == OM_OK; i++) {
		if (span_has(s->bytes, at.off, ZONE_HDR_BYTES))
			continue;
		g->missing--;
		g->score -= SEARCH_POINTS_MISSING;
	}
}

bool search_is_proven_zone(struct span zone, const struct rs *rs)
{
	uint32_t sig;

	/* zeros are a code word, too, and near to a header with small numbers */
	return zone_proven_signature(zone, rs, &sig) &&
	       (sig == ZONE_SIG || u32_swapped(sig) == ZONE_SIG || ftrace_version_either(sig));
}

/*
 * Headers that come out right with the parity that lies where @g puts it. No other sizes have that,
 * however many bits of the headers are wrong as they lie in RAM; but where a sound header is in no
 * zone, its parity may be at the end of another one that begins before it.
 */
static void take_proofs(const struct solver *s, struct guess *g)
{
	struct place at;
	uint32_t n = 0;

	if (g->outside)
		return;
	for (uint32_t i = 0; s->ecc && layout_place(&g->layout, i, &at) == OM_OK; i++) {
		const struct span zone = span_sub(s->bytes, at.off, at.bytes);

		n += zone.len == at.bytes && search_is_proven_zone(zone, &s->rs);
	}
	if (n > g->explained) {
		const uint32_t more = n - g->explained;

		g->missing -= more < g->missing ? more : g->missing;
		g->explained = n;
	}
	if (n > g->proven)
		g->proven = n;
	if (n > 0 && n == layout_zones(&g->layout))
		g->missing = g->unproven = g->overlong = 0;
}

enum om_err search_check(struct span bytes, const struct search_known *known,
			 const struct layout *layout, struct workspace work, struct fit *fit,
			 struct found *out)
{
	const bool all = (known->sizes & SEARCH_ALL) == SEARCH_ALL;
	struct guess given = { .geom = known->geom, .layout = *layout };
	struct guess best;
	struct solver *s;
	enum om_err err =
		solver_open(span_sub(bytes, 0, known->geom.region_bytes), known, work, &s);

	*fit = (struct fit){ .n_missing = layout_zones(layout) };
	if (err != OM_OK)
		return err == OM_E_NOT_FOUND ? OM_OK : err;
	search_take_ecc(s, known->geom.ecc_bytes);
	search_weigh(s, &given);
	forgive_cut(s, &given);
	take_proofs(s, &given);
	count(s, &given, fit);
	if (!s->ecc)
		search_find_ecc(s);

	const bool has_ecc = s->ecc > 0;
	const bool complete = is_complete(&given) && has_ecc == (known->geom.ecc_bytes > 0);

	if (all && complete &&
	    (given.stray == 0 || (given.filled == 0 && given.proven == layout_zones(layout))))
		return OM_OK;
	/* the sizes that are known with others beside them */
	if (!all && solve_both(s, known, false, &best, out) == OM_OK && completes(&best, &given)) {
		fit->which = FIT_COMPLETED;
		given = best;
	}
	/* a header that is left over may lie after the region that was completed */
	if (fit->which == FIT_COMPLETED && is_complete(&given) && given.explained == s->n)
		return OM_OK;

	struct found other;

	if (solve_both(s, NULL, complete && all, &best, &other) == OM_OK &&
	    is_better(&best, &given) && !is_part_of(&best, &given)) {
		fit->which = FIT_OTHER;
		*out = other;
	}
	return OM_OK;
}

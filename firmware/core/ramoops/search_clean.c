/* SPDX-License-Identifier: BSD-2-Clause */
/* A region in which everything is in its place: the distances of the marks are its sizes. */
#include "search_solver.h"

/*
 * The zones after the dmesg zones, one at each mark, as sizes: a console if there is to be
 * one, ftrace zones, which are known by their contents, at most one more, which is pmsg. @last:
 * bytes of the last zone, which no mark ends. False: these marks cannot be so.
 */
static bool sizes_from_marks(const struct solver *s, uint32_t i, bool console, uint32_t last,
			     struct geometry *g)
{
	uint32_t cpus = 0;

	g->console_bytes = 0;
	g->ftrace_bytes = 0;
	g->pmsg_bytes = 0;
	for (uint32_t first = i; i < s->n; i++) {
		const uint32_t bytes = i + 1 < s->n ? mark_off(s, i + 1) - mark_off(s, i) : last;
		uint32_t *const to = console && i == first ? &g->console_bytes : &g->pmsg_bytes;

		if (s->marks[i].version && s->marks[i].wrong_bits > 0)
			return false; /* 4.4.0's is 2 bits from a plain one: not clear which */
		if (s->marks[i].version) {
			cpus++;
			g->ftrace_bytes += bytes;
		} else if (*to) {
			return false;
		} else {
			*to = bytes;
		}
	}
	if (cpus > 1) /* rounding has lost a few bytes */
		g->ftrace_bytes = geometry_pow2(g->ftrace_bytes + 2 * cpus);
	return !geometry_round(g); /* or a mark is missing among them */
}

/* @n dmesg zones as the marks have them, and one zone at each further mark. */
static void solve_exact(struct solver *s, uint32_t n, uint32_t stride)
{
	const uint32_t base = s->whole ? 0 : mark_off(s, 0);
	struct geometry g = { .ecc_bytes = s->ecc, .record_bytes = geometry_pow2(stride) };
	const bool has_last = n < s->n; /* a zone whose end no mark shows */

	for (uint32_t i = 0; i < (has_last ? 2 * SEARCH_SIZES : 1); i++) {
		const uint32_t last = has_last ? search_size(i / 2) : stride;

		if ((has_last && (!last || !search_may_end(s, s->n - 1, last))) ||
		    !sizes_from_marks(s, n, i % 2, last, &g))
			continue;
		g.region_bytes = (uint32_t)s->bytes.len;
		if (!s->whole)
			g.region_bytes =
				n * stride + g.console_bytes + g.ftrace_bytes + g.pmsg_bytes;
		if (g.region_bytes > s->bytes.len - base)
			continue;
		search_try_manners(s, base, &g);
	}
}

/*
 * As nearly all regions are: a mark for each zone, no mark else. The sizes are the distances of
 * the marks then, and few readings are left: how many of the zones that look like records are
 * some other kind's.
 */
void search_clean(struct solver *s)
{
	enum { OTHERS = 2 }; /* console and pmsg could be as large as records */
	const uint32_t first = mark_off(s, 0);
	const uint32_t stride = s->n > 1 ? mark_off(s, 1) - first : 0;
	uint32_t run = 0;

	if (s->n < 2 || (s->whole && first > 0) || stride < SEARCH_SIZE_LEAST)
		return;
	while (run < s->n && search_suits(ZONE_DMESG, &s->marks[run]) &&
	       mark_off(s, run) - first == run * stride)
		run++;
	for (uint32_t n = run; n > 0 && n + OTHERS >= run; n--)
		solve_exact(s, n, stride);
	solve_exact(s, 0, 0);
}

/* Does something at @off look like a zone, though it has no mark? */
static bool may_be_zone(const struct solver *s, uint32_t off)
{
	const struct span zone = span_sub(s->bytes, off, ZONE_HDR_BYTES + 4);

	if (zone.len < ZONE_HDR_BYTES + 4)
		return false;

	const uint32_t word = le32_load(zone.p);

	return search_wrong_bits(word) <= SEARCH_WRONG_BITS_MAX || ftrace_version(word) ||
	       search_is_log_head(span_sub(zone, ZONE_HDR_BYTES, 4));
}

/*
 * Could zone @at be two, the second of which has lost its mark? One of them has a round size. An
 * empty zone's parity is the same as its neighbour's, so that it could be the first one's end.
 */
static bool may_be_two(const struct solver *s, uint32_t base, const struct place *at)
{
	uint32_t mark;

	if (!search_mark_at(s, base + at->off, &mark))
		return true;
	for (uint32_t i = 1; i < SEARCH_SIZES && search_size(i) < at->bytes; i++) {
		const uint32_t ends[] = { search_size(i), at->bytes - search_size(i) };

		for (uint32_t e = 0; e < 2; e++)
			if (may_be_zone(s, base + at->off + ends[e]) ||
			    (s->ecc && search_may_end(s, mark, ends[e])))
				return true;
	}
	return false;
}

/*
 * Is there no need to look further? All marks are zones and all zones have marks. With parity at
 * each zone's end that is beyond doubt; else if no reading that lacks a zone could be worth as
 * much, even if each mark were what suits it best.
 */
bool search_is_settled(const struct solver *s)
{
	const struct guess *b = &s->best;
	struct place at;

	if (!s->any || b->missing > 0 || b->stray > 0 || b->explained < s->n)
		return false;
	if (!search_is_proven(b) && b->score - 1 <= s->facts[s->n - 1].most + SEARCH_POINTS_MISSING)
		return false;
	/* several records of the same size are not two each */
	for (uint32_t z = b->layout.n_dmesg > 1 ? b->layout.n_dmesg : 0;
	     layout_place(&b->layout, z, &at) == OM_OK; z++)
		if (may_be_two(s, b->base, &at))
			return false;
	return true;
}

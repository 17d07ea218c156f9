/* SPDX-License-Identifier: BSD-2-Clause */
/* What one guess at the sizes is worth, and the best one so far. */
#include "search_solver.h"

#include <string.h>

enum {
	LOOK_BYTES = 1024, /* of a log, to see what it is */

	POINTS_EXACT = 4,
	POINTS_WRONG_BITS = 3,
	POINTS_STRAY = -2,
	POINTS_STRAY_IN_LOG = -6, /* a zone's valid bytes would have overwritten it */
	POINTS_CAPACITY = 4,	  /* a ring that wrapped has just the size of this zone */
	POINTS_IMPOSSIBLE = -4,	  /* a log longer than its zone, or wrapped too early */
	POINTS_PARITY = 3,
	POINTS_OTHER_ERA = -6, /* the ftrace zones name a kernel that puts zones elsewhere */
	POINTS_UNUSED = -2,    /* the region's end is left over: sizes that do not divide */
	POINTS_LONE_PMSG = -2, /* much text without a console beside it: it is the console */
};

static const int8_t content_points[ZONE_KINDS][LOOKS] = {
	[ZONE_DMESG] = { 0, 6, -4, -2, -3 },
	[ZONE_CONSOLE] = { -1, -6, 6, 0, -3 }, /* Linux logs its boot there, no other text */
	[ZONE_PMSG] = { 0, -6, -3, 1, 1 },
	[ZONE_FTRACE] = { 0, -6, -4, -2, 0 },
};

bool search_suits(enum zone_kind kind, const struct mark *m)
{
	return kind == ZONE_FTRACE ? m->version != 0 : !m->version || m->wrong_bits > 0;
}

/* Points for mark @i being this zone's header. */
static int32_t zone_points(const struct solver *s, uint32_t i, const struct place *at,
			   struct guess *g)
{
	const struct mark *m = &s->marks[i];
	const struct fact *f = &s->facts[i];
	const bool damaged = m->wrong_bits > 0 && at->kind != ZONE_FTRACE;
	int32_t points = damaged ? POINTS_WRONG_BITS : POINTS_EXACT;
	struct zone_shape shape;

	if (zone_shape(at->bytes, s->ecc, &shape) != OM_OK)
		return POINTS_IMPOSSIBLE;
	points += content_points[at->kind][f->looks];
	if (at->kind == ZONE_PMSG && !g->geom.console_bytes && f->looks == LOOKS_TEXT &&
	    f->size >= LOOK_BYTES)
		points += POINTS_LONE_PMSG;
	g->overlong += f->size > shape.cap_bytes;
	if (f->size > shape.cap_bytes)
		points += POINTS_IMPOSSIBLE;
	else if (f->size > 0 && f->start != f->size)
		points += f->size == shape.cap_bytes ? POINTS_CAPACITY : POINTS_IMPOSSIBLE;

	const struct span zone = span_sub(s->bytes, mark_off(s, i), at->bytes);

	if (s->ecc && zone.len == at->bytes) {
		const bool right =
			memcmp(zone.p + shape.hdr_parity_off, f->parity, search_kept(s)) == 0;

		points += right ? POINTS_PARITY : -POINTS_PARITY;
		g->proven += right;
		g->unproven += !right;
	}
	return points;
}

/* Is @off amid the valid bytes of zone @in? */
static bool is_in_log(const struct solver *s, uint32_t off, const struct place *in, uint32_t base)
{
	uint32_t i;

	if (!search_mark_at(s, base + in->off, &i) || off - base - in->off < ZONE_HDR_BYTES)
		return false;
	return off - base - in->off - ZONE_HDR_BYTES < s->facts[i].size;
}

/* A mark that is no zone's header. */
static int32_t stray_points(const struct solver *s, uint32_t i, const struct place *in,
			    struct guess *g)
{
	const bool in_log = in && is_in_log(s, mark_off(s, i), in, g->base);

	const bool outside = !in_log && !s->marks[i].version && !s->marks[i].wrong_bits;

	g->outside += outside;
	g->filled += outside && s->facts[i].size > 0;
	return in_log ? POINTS_STRAY_IN_LOG : POINTS_STRAY;
}

/* Points for a zone without a mark, if something tells that it is one all the same. */
static int32_t missing_points(const struct solver *s, uint32_t base, const struct place *at)
{
	const struct span zone = span_sub(s->bytes, base + at->off, at->bytes);
	uint32_t word;

	if (zone.len < ZONE_HDR_BYTES + 8)
		return 0;
	if (at->kind == ZONE_DMESG && le32_load(zone.p + ZONE_HDR_BYTES) == 0x3d3d3d3d &&
	    zone.p[ZONE_HDR_BYTES + 4] >= '0' && zone.p[ZONE_HDR_BYTES + 4] <= '9')
		return content_points[ZONE_DMESG][LOOKS_DMESG];
	if (!s->ecc || zone.len < at->bytes || zone_signature(zone, &s->rs, &word) != OM_OK)
		word = le32_load(zone.p);
	if (at->kind == ZONE_FTRACE)
		return ftrace_version(word) ? POINTS_WRONG_BITS : 0;
	if (search_wrong_bits(word) > SEARCH_WRONG_BITS_MAX)
		return 0;

	const uint32_t size = le32_load(zone.p + 8);
	const struct span log =
		span_sub(zone, ZONE_HDR_BYTES, size < LOOK_BYTES ? size : LOOK_BYTES);

	return POINTS_WRONG_BITS + content_points[at->kind][search_look(log, false)];
}

static void weigh_missing(struct solver *s, struct guess *g)
{
	struct place at;
	uint32_t left = SEARCH_REPAIRED_MAX;
	uint32_t i;

	for (uint32_t z = 0; left > 0 && layout_place(&g->layout, z, &at) == OM_OK; z++) {
		s->steps++;
		if (search_mark_at(s, g->base + at.off, &i))
			continue;
		s->steps += 100; /* ECC has to repair a header, or fails to */
		left--;
		g->score += missing_points(s, g->base, &at);
	}
}

void search_expect_points(struct solver *s)
{
	int32_t sum = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		struct fact *f = &s->facts[i];
		int32_t most = 0;

		for (uint32_t kind = 0; kind < ZONE_KINDS; kind++)
			if (search_suits((enum zone_kind)kind, &s->marks[i]) &&
			    content_points[kind][f->looks] > most)
				most = content_points[kind][f->looks];
		sum += POINTS_EXACT + most;
		sum += f->size > 0 && f->start != f->size ? POINTS_CAPACITY : 0;
		sum += s->ecc ? POINTS_PARITY : 0;
		f->most = sum;
	}
}

/* Could a guess with this many zones for the marks from @first to before @end be the best? */
static bool has_hope(const struct solver *s, const struct guess *g, uint32_t first, uint32_t end)
{
	const int32_t marks = (int32_t)(end - first);
	const int32_t zones = (int32_t)layout_zones(&g->layout);
	int32_t most = end ? s->facts[end - 1].most : 0;

	most -= first ? s->facts[first - 1].most : 0;
	if (marks > zones)
		most -= (marks - zones) * (POINTS_EXACT - POINTS_STRAY);
	else
		most += (zones - marks) * SEARCH_POINTS_MISSING +
			SEARCH_REPAIRED_MAX * POINTS_EXACT;
	return !s->any || g->score + most + 1 >= s->best.score;
}

void search_weigh(struct solver *s, struct guess *g)
{
	const uint32_t zones = layout_zones(&g->layout);
	const uint32_t first = search_mark_from(s, g->base);
	uint32_t i = first;

	for (; i < s->n && mark_off(s, i) - g->base < g->geom.region_bytes; i++) {
		struct place at;

		if (!layout_around(&g->layout, mark_off(s, i) - g->base, &at)) {
			g->score += stray_points(s, i, NULL, g);
		} else if (at.off == mark_off(s, i) - g->base &&
			   search_suits(at.kind, &s->marks[i])) {
			g->score += zone_points(s, i, &at, g);
			g->explained++;
		} else {
			g->score += stray_points(s, i, &at, g);
		}
	}
	s->steps += i - first + 1;
	g->stray = i - first - g->explained;
	g->missing = zones - g->explained;
	g->score += SEARCH_POINTS_MISSING * (int32_t)g->missing;
	if (g->missing > 0 && g->missing <= SEARCH_REPAIRED_MAX && g->explained > 0)
		weigh_missing(s, g);
}

static uint32_t log2_of(uint32_t v)
{
	uint32_t n = 0;

	while (n < 31 && v >> (n + 1))
		n++;
	return n;
}

/*
 * Of sizes that explain the bytes alike: few kinds of zones; a region of a round size or, if that
 * is known, last zones that leave nothing of it unused; then a small console.
 */
static uint32_t niceness(const struct solver *s, const struct geometry *g)
{
	const uint32_t last = g->ftrace_bytes + g->pmsg_bytes;
	uint32_t nice = log2_of(last ? last : g->console_bytes);

	if (!s->whole)
		nice = log2_of(g->region_bytes & -g->region_bytes);
	nice += 32 * ((g->console_bytes == 0) + (g->pmsg_bytes == 0) + (g->ftrace_bytes == 0));
	return nice * 32 + 31 - log2_of(g->console_bytes);
}

/* Are these the sizes that are known? */
static bool is_known(const struct solver *s, const struct geometry *g)
{
	const struct search_known *k = s->known;

	return !k || ((!(k->sizes & SEARCH_RECORD) || g->record_bytes == k->geom.record_bytes) &&
		      (!(k->sizes & SEARCH_CONSOLE) || g->console_bytes == k->geom.console_bytes) &&
		      (!(k->sizes & SEARCH_FTRACE) || g->ftrace_bytes == k->geom.ftrace_bytes) &&
		      (!(k->sizes & SEARCH_PMSG) || g->pmsg_bytes == k->geom.pmsg_bytes));
}

static void keep_better(struct solver *s, struct guess *g)
{
	const struct guess *b = &s->best;

	g->nice = niceness(s, &g->geom);
	if (s->any && g->base == b->base && layout_same_places(&g->layout, &b->layout))
		return;
	if (s->any && (g->score < b->score || (g->score == b->score && g->nice <= b->nice))) {
		s->rival |= g->score + 1 >= b->score;
		return;
	}
	s->rival = s->any && b->score + 1 >= g->score;
	s->any = true;
	s->best = *g;
}

/* Points against this era, whatever the marks say. */
static int32_t era_points(const struct solver *s, const struct guess *g)
{
	enum { EXACT_BEFORE = 0x040a00 }; /* 4.10 */
	const struct layout *l = &g->layout;
	const bool exact = era_rules(l->era)->exact_records;
	int32_t points = 0;

	if (s->version && l->n_dmesg > 0 &&
	    (exact ? s->version >= EXACT_BEFORE
		   : s->version < EXACT_BEFORE && l->bytes[ZONE_DMESG] != g->geom.record_bytes))
		points += POINTS_OTHER_ERA;
	/* rounding loses a byte or two of each zone */
	if (l->n_dmesg > 0 && !(s->version && s->version < EXACT_BEFORE) &&
	    g->geom.region_bytes - layout_end(l) > 2 * layout_zones(l))
		points += POINTS_UNUSED;
	return points;
}

void search_try(struct solver *s, uint32_t base, const struct geometry *geom, enum era era,
		uint32_t n_ftrace)
{
	struct guess g = { .geom = *geom, .base = base };

	if (!is_known(s, geom))
		return;
	if (n_ftrace > 1)
		g.geom.flags = GEOMETRY_FTRACE_PER_CPU;
	if (layout_make(&g.geom, era, n_ftrace, &g.layout) != OM_OK)
		return;
	g.score = era_points(s, &g);
	s->steps++;
	if (!has_hope(s, &g, search_mark_from(s, base),
		      search_mark_from(s, base + g.geom.region_bytes)))
		return;
	search_weigh(s, &g);
	if (g.explained > 0)
		keep_better(s, &g);
}

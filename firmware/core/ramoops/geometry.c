/* SPDX-License-Identifier: BSD-2-Clause */
#include "geometry.h"

#include "core/log/contents.h"
#include "zone.h"

#include <string.h>

enum {
	MINOR_MAX = 63,

	/* what a zone's first word is worth as evidence for a layout */
	POINTS_FOUND = 2,
	POINTS_MISS = -1,
	POINTS_OTHER_ERA = -2, /* the ftrace zones name a kernel that has other places */
	POINTS_OVERWRITTEN = 3,

	LOG_HEAD = 0x3d3d3d3d, /* "====", how a dmesg log begins */
	REPAIRS_MAX = 8,       /* signatures that ECC fails on before it is given up */
};

const struct era_rules *era_rules(enum era era)
{
	static const struct era_rules rules[ERAS] = {
		[ERA_3_10] = { .region_pow2 = true, .exact_records = true },
		[ERA_3_11] = { .exact_records = true },
		[ERA_4_10] = { 0 },
		[ERA_6_1_LTS] = { .even = true },
		[ERA_6_2] = { .pmsg_first = true },
		[ERA_6_6] = { .pmsg_first = true, .even = true },
	};

	return &rules[(uint32_t)era < ERAS ? era : ERA_6_6];
}

uint32_t geometry_pow2(uint32_t v)
{
	while (v & (v - 1))
		v &= v - 1;
	return v;
}

bool geometry_round(struct geometry *g)
{
	uint32_t *const sizes[] = { &g->record_bytes, &g->console_bytes, &g->ftrace_bytes,
				    &g->pmsg_bytes };
	bool changed = false;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t rounded = geometry_pow2(*sizes[i]);

		changed |= rounded != *sizes[i];
		*sizes[i] = rounded;
	}
	return changed;
}

static enum om_err zone_fits(uint32_t zone_bytes, uint32_t ecc_bytes)
{
	struct zone_shape shape;

	return zone_bytes == 0 ? OM_OK : zone_shape(zone_bytes, ecc_bytes, &shape);
}

enum om_err geometry_check(const struct geometry *g)
{
	struct layout l;

	if (g->ecc_bytes > GEOMETRY_ECC_MAX)
		return OM_E_VARIANT;
	if (g->region_bytes == 0)
		return OM_E_EMPTY;
	return layout_make(g, ERA_6_6, 1, &l);
}

/* Bytes of @region left for dmesg zones; false if the other zones exceed it. */
static bool dmesg_bytes(const struct geometry *g, uint32_t region, uint32_t *left)
{
	const uint32_t others[] = { g->console_bytes, g->ftrace_bytes, g->pmsg_bytes };

	*left = region;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i] > *left)
			return false;
		*left -= others[i];
	}
	return true;
}

enum om_err layout_make(const struct geometry *g, enum era era, uint32_t n_ftrace,
			struct layout *out)
{
	const struct era_rules *const rules = era_rules(era);
	const uint32_t mask = rules->even ? ~1u : ~0u;
	const uint32_t region = rules->region_pow2 && g->region_bytes > 0
					? geometry_pow2(g->region_bytes)
					: g->region_bytes;
	struct layout l = { .era = era, .n_ftrace = n_ftrace };
	uint32_t left;

	if (n_ftrace < 1 || n_ftrace > GEOMETRY_CPUS_MAX)
		return OM_E_ARG;
	if (!(g->flags & GEOMETRY_FTRACE_PER_CPU) || rules->exact_records)
		l.n_ftrace = 1;
	if (!g->record_bytes && !g->console_bytes && !g->ftrace_bytes && !g->pmsg_bytes)
		return OM_E_EMPTY;
	if (!dmesg_bytes(g, region, &left))
		return OM_E_TRUNCATED;

	/* ram.c: without record-size the other zones start at 0 and the end stays unused */
	if (g->record_bytes > 0 && (left > 0 || rules->exact_records)) {
		l.n_dmesg = left / g->record_bytes;
		if (l.n_dmesg == 0)
			return OM_E_TRUNCATED;
		l.dmesg_zone_bytes = g->record_bytes;
		if (!rules->exact_records)
			l.dmesg_zone_bytes = left / l.n_dmesg & mask;
	}
	l.ftrace_zone_bytes = g->ftrace_bytes / l.n_ftrace & mask;
	if (l.ftrace_zone_bytes == 0)
		l.n_ftrace = 0;
	l.bytes[ZONE_DMESG] = l.dmesg_zone_bytes;
	l.bytes[ZONE_CONSOLE] = g->console_bytes;
	l.bytes[ZONE_PMSG] = g->pmsg_bytes;
	l.bytes[ZONE_FTRACE] = l.ftrace_zone_bytes;

	/* every sum below stays within region_bytes */
	const uint32_t after = l.n_dmesg * l.dmesg_zone_bytes + g->console_bytes;

	l.off[ZONE_CONSOLE] = after - g->console_bytes;
	l.off[ZONE_PMSG] = after + (rules->pmsg_first ? 0 : l.n_ftrace * l.ftrace_zone_bytes);
	l.off[ZONE_FTRACE] = after + (rules->pmsg_first ? g->pmsg_bytes : 0);

	enum om_err err = l.n_dmesg > 0 && l.dmesg_zone_bytes == 0 ? OM_E_TRUNCATED : OM_OK;

	for (uint32_t kind = 0; kind < ZONE_KINDS && err == OM_OK; kind++)
		err = zone_fits(l.bytes[kind], g->ecc_bytes);
	if (err == OM_OK)
		*out = l;
	return err;
}

bool layout_same_places(const struct layout *a, const struct layout *b)
{
	if (a->n_dmesg != b->n_dmesg || a->n_ftrace != b->n_ftrace)
		return false;
	for (uint32_t kind = 0; kind < ZONE_KINDS; kind++)
		if (a->bytes[kind] != b->bytes[kind] ||
		    (a->bytes[kind] > 0 && a->off[kind] != b->off[kind]))
			return false;
	return true;
}

uint32_t ftrace_version(uint32_t sig)
{
	const uint32_t version = sig ^ ZONE_SIG;
	const uint32_t major = version >> 16;

	if (major < 3 || major > 15 || (version >> 8 & 0xff) > MINOR_MAX)
		return 0;
	return version;
}

uint32_t ftrace_version_either(uint32_t sig)
{
	const uint32_t version = ftrace_version(sig);

	return version ? version : ftrace_version(u32_swapped(sig));
}

struct evidence {
	int32_t points;
	uint32_t found;	  /* zones with a signature */
	uint32_t content; /* dmesg zones whose log begins as such */
	uint32_t version; /* what most ftrace zones say */
	int32_t votes;	  /* majority vote for it */
};

static void vote(struct evidence *e, uint32_t version)
{
	if (e->votes == 0)
		e->version = version;
	e->votes += e->version == version ? 1 : -1;
}

/* Is @word the signature of such a zone, in either byte order? An ftrace zone's votes. */
static bool is_signature(enum zone_kind kind, uint32_t word, struct evidence *e)
{
	if (kind != ZONE_FTRACE)
		return word == ZONE_SIG || u32_swapped(word) == ZONE_SIG;

	const uint32_t version = ftrace_version_either(word);

	if (version)
		vote(e, version);
	return version != 0;
}

/*
 * Evidence for @l in the zones from @first to before @end. With @rs what is not a signature,
 * or could be the wrong one, is repaired first.
 */
static void weigh_zones(struct span region, const struct layout *l, uint32_t first, uint32_t end,
			const struct rs *rs, struct evidence *e)
{
	uint32_t failed = 0;

	for (uint32_t i = first; i < end; i++) {
		struct place at;

		if (layout_place(l, i, &at) != OM_OK || !span_has(region, at.off, at.bytes) ||
		    at.bytes < ZONE_HDR_BYTES + 4)
			break;

		const uint8_t *zone = region.p + at.off;
		uint32_t word = le32_load(zone);
		bool found = at.kind != ZONE_FTRACE && is_signature(at.kind, word, e);

		if (!found && rs && failed < REPAIRS_MAX &&
		    zone_signature(span_sub(region, at.off, at.bytes), rs, &word) != OM_OK)
			break;
		found = found || is_signature(at.kind, word, e);
		failed += !found;
		e->points += found ? POINTS_FOUND : POINTS_MISS;
		e->found += found;
		e->content += at.kind == ZONE_DMESG && le32_load(zone + ZONE_HDR_BYTES) == LOG_HEAD;
	}
}

static struct evidence weigh(struct span region, const struct layout *l, const struct rs *rs)
{
	const uint32_t n = layout_zones(l);
	struct evidence e = { 0 };

	weigh_zones(region, l, 0, n, NULL, &e);
	if (rs && e.found == 0) { /* noise, or damage: one zone tells, so that noise stays cheap */
		struct evidence first = { 0 };

		weigh_zones(region, l, 0, 1, rs, &first);
		if (first.found == 0)
			return e;
	}
	if (rs) {
		e = (struct evidence){ 0 };
		weigh_zones(region, l, 0, n, rs, &e);
	}
	return e;
}

bool layout_around(const struct layout *l, uint32_t off, struct place *out)
{
	const uint32_t n[ZONE_KINDS] = { l->n_dmesg, 1, 1, l->n_ftrace };

	for (uint32_t kind = 0; kind < ZONE_KINDS; kind++) {
		const uint32_t bytes = l->bytes[kind];

		if (bytes == 0 || off < l->off[kind] || (off - l->off[kind]) / bytes >= n[kind])
			continue;

		const uint32_t i = (off - l->off[kind]) / bytes;

		*out = (struct place){ (enum zone_kind)kind, i, l->off[kind] + i * bytes, bytes };
		return true;
	}
	return false;
}

/*
 * Is a signature of @by amid the valid bytes of a zone of @l? Then the kernel that
 * @l belongs to was not the last one to write here.
 */
static bool is_overwritten(struct span region, const struct layout *l, const struct layout *by)
{
	struct evidence none = { 0 };
	struct place in;
	struct place at;

	for (uint32_t i = 0; layout_place(by, i, &at) == OM_OK; i++) {
		if (!layout_around(l, at.off, &in) || at.off - in.off < ZONE_HDR_BYTES ||
		    !span_has(region, at.off, 4) || !span_has(region, in.off, in.bytes))
			continue;

		const uint8_t *zone = region.p + in.off;
		const bool big = be32_load(zone) == ZONE_SIG;
		const uint32_t size = big ? be32_load(zone + 8) : le32_load(zone + 8);

		if (size <= in.bytes - ZONE_HDR_BYTES && at.off - in.off - ZONE_HDR_BYTES < size &&
		    is_signature(in.kind, le32_load(zone), &none) &&
		    is_signature(at.kind, le32_load(region.p + at.off), &none))
			return true;
	}
	return false;
}

/* The eras that put the zones where @l has them, as bits; so do those that take no such sizes. */
static uint32_t eras_alike(const struct geometry *g, const struct layout *l)
{
	uint32_t bits = 0;

	for (uint32_t era = 0; era < ERAS; era++) {
		struct layout other;

		if (layout_make(g, (enum era)era, l->n_ftrace ? l->n_ftrace : 1, &other) != OM_OK ||
		    layout_same_places(l, &other))
			bits |= 1u << era;
	}
	return bits;
}

/* The eras a kernel can belong to: one, or two where even sizes came with a stable update. */
struct version_eras {
	uint32_t before; /* LINUX_VERSION_CODE of the first kernel that does not */
	uint8_t era, other;
};

static const struct version_eras *eras_of(uint32_t version)
{
	static const struct version_eras all[] = {
		{ 0x030b00, ERA_3_10, ERA_3_10 },    { 0x040a00, ERA_3_11, ERA_3_11 },
		{ 0x060100, ERA_4_10, ERA_6_1_LTS }, { 0x060200, ERA_6_1_LTS, ERA_4_10 },
		{ 0x060600, ERA_6_2, ERA_6_2 },	     { UINT32_MAX, ERA_6_6, ERA_6_2 },
	};
	const struct version_eras *v = all;

	while (version >= v->before)
		v++;
	return v;
}

uint32_t eras_with_pmsg(uint32_t eras)
{
	const uint32_t later = eras & ~(1u << ERA_3_10);

	return (later ? later : eras) | ERAS_WITH_PMSG;
}

uint32_t layout_eras(const struct geometry *g, const struct layout *l)
{
	const uint32_t alike = eras_alike(g, l) | 1u << l->era;
	const struct version_eras *by = eras_of(l->writer_version);

	if (l->writer_version && alike >> by->era & 1)
		return 1u << by->era;
	if (l->writer_version && alike >> by->other & 1)
		return 1u << by->other;
	return l->bytes[ZONE_PMSG] ? eras_with_pmsg(alike) : alike;
}

struct best {
	struct layout layout;
	struct evidence e;
	enum layout_why why;
	bool any;
	bool full;	 /* every zone was found */
	uint32_t rivals; /* eras of other places with as much evidence */
};

/* What is known before the zones are looked at. */
struct detect {
	struct span region;
	const struct geometry *g;
	const struct rs *rs;
	struct best best;
};

/* Do the ftrace zones name a kernel that would have put them elsewhere? */
static bool names_other_era(const struct geometry *g, const struct layout *l, uint32_t version)
{
	const struct version_eras *by = eras_of(version);

	return version && !(eras_alike(g, l) & (1u << by->era | 1u << by->other));
}

/*
 * Without a signature where pmsg and ftrace would begin: do their zones hold what such zones do?
 * @some: set if they hold anything.
 */
static int32_t contents_points(struct span region, const struct layout *l, bool *some)
{
	int32_t points = 0;

	*some = false;
	for (uint32_t kind = ZONE_FTRACE; kind >= ZONE_PMSG; kind--) {
		/* the few bytes after its end make no difference */
		const struct span ring =
			span_sub(region, l->off[kind] + ZONE_HDR_BYTES, l->bytes[kind]);
		const enum contents c = contents_of(ring);

		*some |= c != CONTENTS_NONE;
		points = (c == CONTENTS_WORDS) - (c == CONTENTS_CALLS) - points;
	}
	return points;
}

/* As much evidence for @l as for the best: what is in their zones decides, or nothing does. */
static int32_t break_tie(struct detect *d, const struct layout *l)
{
	struct best *b = &d->best;
	bool some;
	const int32_t mine = contents_points(d->region, l, &some);
	const int32_t margin = mine - contents_points(d->region, &b->layout, &some);

	if (margin == 0 && some && b->layout.n_ftrace == l->n_ftrace &&
	    b->layout.off[ZONE_PMSG] != l->off[ZONE_PMSG])
		b->rivals |= eras_alike(d->g, l);
	return margin;
}

/* Take @l if the evidence is better; on a tie the earlier one stays. */
static void keep_better(struct detect *d, const struct layout *l, struct evidence *e)
{
	struct best *b = &d->best;
	enum layout_why why = LAYOUT_SIGNATURES;

	if (names_other_era(d->g, l, e->version))
		e->points += POINTS_OTHER_ERA;

	const int32_t places = e->points - b->e.points;
	int32_t margin = places;

	if (b->any && e->found > 0 && places <= POINTS_OVERWRITTEN &&
	    places >= -POINTS_OVERWRITTEN) {
		margin += (int32_t)e->content - (int32_t)b->e.content;
		if (is_overwritten(d->region, l, &b->layout))
			margin -= POINTS_OVERWRITTEN;
		if (is_overwritten(d->region, &b->layout, l))
			margin += POINTS_OVERWRITTEN;
		if (places == 0 || (places > 0) != (margin > 0))
			why = LAYOUT_CONTENT;
		if (margin == 0) {
			margin = break_tie(d, l);
			why = LAYOUT_CONTENT;
		}
	}
	if (b->any && (margin <= 0 || e->found == 0)) {
		if (margin == 0)
			why = LAYOUT_ASSUMED;
		if (why > b->why)
			b->why = why;
		return;
	}
	*b = (struct best){ *l, *e, why, true, e->found == layout_zones(l), 0 };
}

/* Newest first: on a tie the earlier one stays. The first N_PER_CPU know per-CPU ftrace. */
static const uint8_t eras_newest_first[ERAS] = { ERA_6_6,  ERA_6_1_LTS, ERA_6_2,
						 ERA_4_10, ERA_3_11,	ERA_3_10 };
enum { N_PER_CPU = 4 };

/* All eras that differ, with @cpus zones of per-CPU ftrace. */
static void try_eras(struct detect *d, uint32_t cpus)
{
	struct layout tried[ERAS];
	uint32_t n = 0;

	for (uint32_t i = 0; i < ERAS; i++) {
		uint32_t same = 0;

		if (layout_make(d->g, (enum era)eras_newest_first[i], cpus, &tried[n]) != OM_OK)
			continue;
		while (!layout_same_places(&tried[same], &tried[n]))
			same++;
		if (same < n)
			continue;

		struct evidence e = weigh(d->region, &tried[n], d->best.full ? NULL : d->rs);

		keep_better(d, &tried[n], &e);
		n++;
	}
}

/* Do several CPUs have zones here? Seen by the second, the third or the last of them. */
static bool has_several(struct span region, const struct layout *l)
{
	const uint32_t some[] = { 1, 2, l->n_ftrace - 1 };
	struct evidence none = { 0 };

	for (uint32_t i = 0; i < 3 && l->n_ftrace > 1; i++) {
		const uint32_t off = l->off[ZONE_FTRACE] + some[i] * l->bytes[ZONE_FTRACE];

		if (some[i] < l->n_ftrace && span_has(region, off, 4) &&
		    is_signature(ZONE_FTRACE, le32_load(region.p + off), &none))
			return true;
	}
	return false;
}

/* One era with every number of CPUs. */
static void try_counts(struct detect *d, enum era era)
{
	struct evidence base = { 0 };
	struct layout l;

	for (uint32_t n = 1; n <= GEOMETRY_CPUS_MAX; n++) {
		if (layout_make(d->g, era, n, &l) != OM_OK)
			return;

		const uint32_t head = l.n_dmesg + (l.bytes[ZONE_CONSOLE] > 0);

		if (n == 1) /* dmesg and console do not depend on the count */
			weigh_zones(d->region, &l, 0, head, NULL, &base);
		else if (!has_several(d->region, &l))
			continue;

		struct evidence e = base;

		weigh_zones(d->region, &l, head, layout_zones(&l), NULL, &e);
		if (e.found > 0 && !layout_same_places(&l, &d->best.layout))
			keep_better(d, &l, &e);
	}
}

/* Name the era of the layout found, and what made it so. */
static void settle(struct detect *d, struct layout *out)
{
	const struct best *b = &d->best;
	const uint32_t alike = eras_alike(d->g, &b->layout);
	const struct version_eras *by = eras_of(b->e.version);

	*out = b->layout;
	out->score = b->e.found;
	out->writer_version = b->e.version;
	out->why = b->e.found > 0 ? b->why : LAYOUT_ASSUMED;
	out->rivals = out->why == LAYOUT_ASSUMED ? b->rivals & ~alike : 0;
	for (uint32_t i = ERAS; i-- > 0;)
		if (alike >> eras_newest_first[i] & 1)
			out->era = (enum era)eras_newest_first[i];
	if (b->e.version && (alike >> by->era & 1 || alike >> by->other & 1)) {
		out->era = (enum era)(alike >> by->era & 1 ? by->era : by->other);
		if (alike >> by->era & alike >> by->other & 1)
			out->why = LAYOUT_VERSION;
	}
	if (alike == (1u << ERAS) - 1)
		out->why = LAYOUT_ALIKE;
}

enum om_err layout_detect(struct span region, const struct geometry *g, uint32_t cpus,
			  const struct rs *rs, struct layout *out)
{
	const bool per_cpu = (g->flags & GEOMETRY_FTRACE_PER_CPU) && g->ftrace_bytes > 0;
	const bool known = cpus >= 1 && cpus <= GEOMETRY_CPUS_MAX;
	struct detect d = { .region = region, .g = g, .rs = rs };
	struct layout l;
	enum om_err err = layout_make(g, ERA_6_6, 1, &l);

	if (err != OM_OK)
		return err;
	/* the CPU count given is nearly always right: try it with every era first */
	try_eras(&d, known ? cpus : 1);
	if (per_cpu && d.best.e.found > 0 && !(d.best.full && d.best.layout.n_ftrace == cpus))
		for (uint32_t i = 0; i < N_PER_CPU; i++)
			try_counts(&d, (enum era)eras_newest_first[i]);
	settle(&d, out);
	return OM_OK;
}

uint32_t layout_end(const struct layout *l)
{
	uint32_t end = 0;

	for (uint32_t kind = 0; kind < ZONE_KINDS; kind++) {
		const uint32_t n = kind == ZONE_DMESG	 ? l->n_dmesg
				   : kind == ZONE_FTRACE ? l->n_ftrace
							 : 1;

		if (l->bytes[kind] && l->off[kind] + n * l->bytes[kind] > end)
			end = l->off[kind] + n * l->bytes[kind];
	}
	return end;
}

uint32_t layout_zones(const struct layout *l)
{
	return l->n_dmesg + (l->bytes[ZONE_CONSOLE] > 0) + (l->bytes[ZONE_PMSG] > 0) + l->n_ftrace;
}

enum om_err layout_place(const struct layout *l, uint32_t i, struct place *out)
{
	const uint32_t n[ZONE_KINDS] = {
		[ZONE_DMESG] = l->n_dmesg,
		[ZONE_CONSOLE] = l->bytes[ZONE_CONSOLE] > 0,
		[ZONE_PMSG] = l->bytes[ZONE_PMSG] > 0,
		[ZONE_FTRACE] = l->n_ftrace,
	};

	for (uint32_t kind = 0; kind < ZONE_KINDS; kind++) {
		if (i < n[kind]) {
			const uint32_t bytes = l->bytes[kind];

			*out = (struct place){ (enum zone_kind)kind, i, l->off[kind] + i * bytes,
					       bytes };
			return OM_OK;
		}
		i -= n[kind];
	}
	return OM_E_ARG;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "geometry.h"

#include "zone.h"

enum {
	MINOR_MAX = 63,

	/* what a zone's first word is worth as evidence for a layout */
	POINTS_FOUND = 2,
	POINTS_MISS = -1,
};

const struct era_rules *era_rules(enum era era)
{
	static const struct era_rules rules[ERAS] = {
		[ERA_3_10] = { "3.10", .region_pow2 = true, .exact_records = true },
		[ERA_3_11] = { "3.11 to 4.9", .exact_records = true },
		[ERA_4_10] = { "4.10 to 6.1" },
		[ERA_6_1_LTS] = { "6.1 long-term", .even = true },
		[ERA_6_2] = { "6.2 to 6.5", .pmsg_first = true },
		[ERA_6_6] = { "6.6 and later", .pmsg_first = true, .even = true },
	};

	return &rules[(uint32_t)era < ERAS ? era : ERA_6_6];
}

static uint32_t round_down_pow2(uint32_t v)
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
		uint32_t rounded = *sizes[i] ? round_down_pow2(*sizes[i]) : 0;

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

	enum om_err err = layout_make(g, ERA_6_6, 1, &l);

	for (uint32_t kind = 0; kind < ZONE_KINDS && err == OM_OK; kind++)
		err = zone_fits(l.bytes[kind], g->ecc_bytes);
	return err;
}

/* Bytes left for dmesg zones; false if the other zones exceed the region. */
static bool dmesg_bytes(const struct geometry *g, uint32_t *left)
{
	const uint32_t others[] = { g->console_bytes, g->ftrace_bytes, g->pmsg_bytes };

	*left = g->region_bytes;
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
	struct layout l = { .era = era, .n_ftrace = n_ftrace };
	uint32_t left;

	if (n_ftrace < 1 || n_ftrace > GEOMETRY_CPUS_MAX)
		return OM_E_ARG;
	if (!(g->flags & GEOMETRY_FTRACE_PER_CPU))
		l.n_ftrace = 1;
	if (!g->record_bytes && !g->console_bytes && !g->ftrace_bytes && !g->pmsg_bytes)
		return OM_E_EMPTY;
	if (!dmesg_bytes(g, &left))
		return OM_E_TRUNCATED;

	/* ram.c: without record-size the other zones start at 0 and the end stays unused */
	if (g->record_bytes > 0 && left > 0) {
		l.n_dmesg = left / g->record_bytes;
		if (l.n_dmesg == 0)
			return OM_E_TRUNCATED;
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
	const uint32_t behind = l.n_dmesg * l.dmesg_zone_bytes + g->console_bytes;

	l.off[ZONE_CONSOLE] = behind - g->console_bytes;
	l.off[ZONE_PMSG] = behind + (rules->pmsg_first ? 0 : l.n_ftrace * l.ftrace_zone_bytes);
	l.off[ZONE_FTRACE] = behind + (rules->pmsg_first ? g->pmsg_bytes : 0);
	*out = l;
	return OM_OK;
}

uint32_t ftrace_version(uint32_t sig)
{
	const uint32_t version = sig ^ ZONE_SIG;
	const uint32_t major = version >> 16;

	if (major < 3 || major > 15 || (version >> 8 & 0xff) > MINOR_MAX)
		return 0;
	return version;
}

struct evidence {
	const struct rs *rs; /* repairs signatures first; NULL: they count as they are */
	int32_t points;
	uint32_t found;	  /* zones with a signature */
	uint32_t version; /* what most ftrace zones say */
	int32_t votes;	  /* majority vote for it */
};

static void vote(struct evidence *e, uint32_t version)
{
	if (e->votes == 0)
		e->version = version;
	e->votes += e->version == version ? 1 : -1;
}

static uint32_t swapped(uint32_t v)
{
	return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

/* Is @word the signature of such a zone, in either byte order? */
static bool is_signature(enum zone_kind kind, uint32_t word, struct evidence *e)
{
	if (kind != ZONE_FTRACE)
		return word == ZONE_SIG || swapped(word) == ZONE_SIG;

	uint32_t version = ftrace_version(word);

	if (!version)
		version = ftrace_version(swapped(word));
	if (version)
		vote(e, version);
	return version != 0;
}

/* Evidence for @l in the zones from @first to before @end. */
static void weigh_zones(struct span region, const struct layout *l, uint32_t first, uint32_t end,
			struct evidence *e)
{
	for (uint32_t i = first; i < end; i++) {
		struct place at;

		if (layout_place(l, i, &at) != OM_OK || !span_has(region, at.off, at.bytes) ||
		    at.bytes < ZONE_HDR_BYTES)
			break;

		uint32_t word = le32_load(region.p + at.off);

		if (e->rs &&
		    zone_signature(span_sub(region, at.off, at.bytes), e->rs, &word) != OM_OK)
			break;

		const bool found = is_signature(at.kind, word, e);

		e->points += found ? POINTS_FOUND : POINTS_MISS;
		e->found += found;
	}
}

/* The second half of a layout: dmesg and console do not depend on order and CPU count. */
static struct evidence weigh(struct span region, const struct layout *l, const struct rs *rs,
			     const struct evidence *base)
{
	struct evidence e = *base;

	e.rs = rs;
	weigh_zones(region, l, l->n_dmesg + (l->bytes[ZONE_CONSOLE] > 0), layout_zones(l), &e);
	return e;
}

struct best {
	struct layout layout;
	int32_t points;
	bool any;
};

static void keep_better(struct best *b, const struct layout *l, const struct evidence *e)
{
	if (b->any && e->points <= b->points)
		return;
	b->any = true;
	b->points = e->points;
	b->layout = *l;
	b->layout.score = e->found;
	b->layout.writer_version = e->version;
}

/* What is known before the zones are looked at. */
struct search {
	struct span region;
	const struct geometry *g;
	const struct rs *rs;
	uint32_t cpus;
};

/*
 * One era, with s->cpus zones of per-CPU ftrace and, if wanted, every other number of
 * them. True if each zone was found where s->cpus puts it.
 */
static bool try_era(const struct search *s, enum era era, bool other_counts, struct best *best)
{
	const struct geometry *g = s->g;
	const uint32_t cpus = s->cpus;
	const bool per_cpu = (g->flags & GEOMETRY_FTRACE_PER_CPU) && g->ftrace_bytes > 0;
	const uint32_t first = cpus >= 1 && cpus <= GEOMETRY_CPUS_MAX ? cpus : 1;
	struct evidence base = { 0 };
	struct layout l;

	if (layout_make(g, era, first, &l) != OM_OK)
		return false;
	if (!era_rules(era)->even && !per_cpu && l.dmesg_zone_bytes % 2 == 0 &&
	    l.ftrace_zone_bytes % 2 == 0)
		return false; /* nothing was rounded: tried already */
	weigh_zones(s->region, &l, 0, l.n_dmesg + (l.bytes[ZONE_CONSOLE] > 0), &base);
	if (base.found == 0) { /* noise, or damage: one zone tells, so that noise stays cheap */
		base.rs = s->rs;
		weigh_zones(s->region, &l, 0, 1, &base);
	}

	struct evidence e = weigh(s->region, &l, base.found ? s->rs : NULL, &base);

	keep_better(best, &l, &e);
	if (e.found == layout_zones(&l) && (cpus == first || !per_cpu))
		return true;
	if (!other_counts || !per_cpu || e.found == 0)
		return false;
	for (uint32_t n = 1; n <= GEOMETRY_CPUS_MAX; n++) {
		if (n == first || layout_make(g, era, n, &l) != OM_OK)
			continue;
		e = weigh(s->region, &l, NULL, &base);
		keep_better(best, &l, &e);
	}
	return false;
}

enum om_err layout_detect(struct span region, const struct geometry *g, uint32_t cpus,
			  const struct rs *rs, struct layout *out)
{
	/* newest first: on a tie the earlier one stays */
	static const uint8_t eras[] = { ERA_6_6, ERA_6_1_LTS, ERA_6_2, ERA_4_10 };
	enum { N_ERAS = sizeof(eras) / sizeof(eras[0]) };
	const struct search search = { region, g, rs, cpus };
	struct best best = { 0 };
	struct layout l;
	enum om_err err = layout_make(g, ERA_6_6, 1, &l);
	bool settled = false;

	if (err != OM_OK)
		return err;
	/* the CPU count told is nearly always right: try it with every era first */
	for (uint32_t i = 0; i < 2 * N_ERAS && !settled; i++)
		settled = try_era(&search, (enum era)eras[i % N_ERAS], i >= N_ERAS, &best);
	*out = best.layout;
	return OM_OK;
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

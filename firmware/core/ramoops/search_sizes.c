/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes to guess: those that put zones where marks are. */
#include "search_solver.h"

enum {
	BASES_MAX = 32, /* marks that a region in a dump may begin at */
	BASES_LENIENT = 8,
};

/* One way to lay zones out: two eras that differ in the order of pmsg and ftrace. */
struct manner {
	uint8_t pmsg_first, ftrace_first; /* enum era; the same: there is no such order */
	bool exact, even, pow2;
};

static const struct manner manners[] = {
	{ .pmsg_first = ERA_6_6, .ftrace_first = ERA_6_1_LTS, .even = true },
	{ .pmsg_first = ERA_6_2, .ftrace_first = ERA_4_10, .even = false },
	{ .pmsg_first = ERA_3_11, .ftrace_first = ERA_3_11, .exact = true },
	{ .pmsg_first = ERA_3_10, .ftrace_first = ERA_3_10, .exact = true, .pow2 = true },
};
enum { MANNERS = sizeof(manners) / sizeof(manners[0]) };

/* How many CPUs' zones share @bytes from @off on, by the distance of the first two marks. */
static uint32_t count_cpus(const struct solver *s, uint32_t off, uint32_t bytes, bool even)
{
	uint32_t i;

	if (!bytes || !search_mark_at(s, off, &i) || !s->marks[i].version || i + 1 >= s->n ||
	    !s->marks[i + 1].version)
		return 1;

	const uint32_t step = mark_off(s, i + 1) - off;
	uint32_t n = bytes / step;

	if (n > GEOMETRY_CPUS_MAX)
		return 1;
	for (uint32_t tries = 0; tries < 8 && n > 1; tries++, n--)
		if ((bytes / n & (even ? ~1u : ~0u)) == step)
			return n;
	return 1;
}

/* Counts the places that a guess must have marks at. */
struct tally {
	uint32_t hits, misses;
};

static void probe(const struct solver *s, uint32_t off, bool ftrace, struct tally *t)
{
	uint32_t i;
	const bool hit = search_mark_at(s, off, &i) &&
			 search_suits(ftrace ? ZONE_FTRACE : ZONE_DMESG, &s->marks[i]);

	t->hits += hit;
	t->misses += !hit;
}

/* Sizes to try, and where they put the dmesg zones. */
struct trial {
	const struct geometry *g;
	const struct manner *m;
	uint32_t base;
	uint32_t n, stride; /* of dmesg zones */
};

/* One order of zones, if marks are at the few places that matter. */
static void try_order(struct solver *s, const struct trial *t, bool pmsg_first)
{
	const struct geometry *g = t->g;
	const bool even = t->m->even;
	const uint32_t after = t->base + t->n * t->stride;
	const uint32_t at = after + g->console_bytes;
	const uint32_t ftrace_at = pmsg_first ? at + g->pmsg_bytes : at;
	const uint32_t cpus = t->m->exact ? 1 : count_cpus(s, ftrace_at, g->ftrace_bytes, even);
	const uint32_t each = g->ftrace_bytes / cpus & (even ? ~1u : ~0u);
	struct tally tally = { 0 };

	if (!t->m->exact && !even && t->stride % 2 == 0 && each % 2 == 0)
		return; /* nothing to round: tried already */
	if (g->console_bytes)
		probe(s, after, false, &tally);
	if (g->ftrace_bytes)
		probe(s, ftrace_at, true, &tally);
	if (g->pmsg_bytes)
		probe(s, pmsg_first ? at : at + each * cpus, false, &tally);
	if (tally.misses > s->lenient)
		return;
	/* then dmesg zones must have been seen instead */
	if (tally.misses > 0 && tally.hits == 0 && t->n == 1)
		return;
	search_try(s, t->base, g, (enum era)(pmsg_first ? t->m->pmsg_first : t->m->ftrace_first),
		   cpus);
}

/* Where this manner puts dmesg zones; false if it takes no such sizes. */
static bool trial_make(uint32_t base, const struct geometry *g, const struct manner *m,
		       struct trial *t)
{
	const uint32_t others = g->console_bytes + g->ftrace_bytes + g->pmsg_bytes;
	const uint32_t region = m->pow2 ? geometry_pow2(g->region_bytes) : g->region_bytes;

	*t = (struct trial){ .g = g, .m = m, .base = base };
	if (others > region || (m->pow2 && region == g->region_bytes))
		return false;
	if (!g->record_bytes)
		return true;
	t->n = (region - others) / g->record_bytes;
	if (t->n == 0)
		return false;
	t->stride = (region - others) / t->n;
	if (m->exact && !m->pow2 && t->stride == g->record_bytes)
		return false; /* as in later kernels: tried already */
	if (m->exact)
		t->stride = g->record_bytes;
	if (m->even)
		t->stride &= ~1u;
	return true;
}

/* One manner of laying out zones of these sizes. */
static void try_manner(struct solver *s, uint32_t base, const struct geometry *g,
		       const struct manner *m)
{
	struct tally tally = { 0 };
	struct trial t;

	if (s->steps >= SEARCH_STEPS_MAX || !trial_make(base, g, m, &t))
		return;
	if (t.n > 2 * s->n + SEARCH_REPAIRED_MAX)
		return; /* most of these zones would have no mark */
	for (uint32_t i = 1; i < 3 && i < t.n; i++)
		probe(s, base + i * t.stride, false, &tally);
	if (tally.misses > s->lenient || (tally.hits == 0 && tally.misses > 0))
		return;
	if (m->pmsg_first != m->ftrace_first && (g->pmsg_bytes || g->ftrace_bytes))
		try_order(s, &t, true);
	if (m->pmsg_first == m->ftrace_first || !g->pmsg_bytes == !g->ftrace_bytes)
		try_order(s, &t, false);
}

void search_try_manners(struct solver *s, uint32_t base, const struct geometry *g)
{
	for (uint32_t m = 0; m < MANNERS; m++)
		try_manner(s, base, g, &manners[m]);
}

/* The bytes are the region: all sizes that could be. */
static void solve_whole(struct solver *s)
{
	struct geometry g = { .region_bytes = (uint32_t)s->bytes.len, .ecc_bytes = s->ecc };

	for (uint32_t i = 0; i < SEARCH_SIZES * SEARCH_SIZES * SEARCH_SIZES; i++) {
		g.console_bytes = search_size(i % SEARCH_SIZES);
		g.ftrace_bytes = search_size(i / SEARCH_SIZES % SEARCH_SIZES);
		g.pmsg_bytes = search_size(i / SEARCH_SIZES / SEARCH_SIZES);
		if ((uint64_t)g.console_bytes + g.ftrace_bytes + g.pmsg_bytes > g.region_bytes)
			continue;
		for (uint32_t r = 0; r < SEARCH_SIZES && search_size(r) <= g.region_bytes; r++) {
			g.record_bytes = search_size(r);
			search_try_manners(s, 0, &g);
		}
	}
}

/* A region that begins at @base with @n dmesg zones @stride apart: the sizes of the others. */
static void solve_tail(struct solver *s, uint32_t base, uint32_t n, uint32_t stride)
{
	struct geometry g = { .ecc_bytes = s->ecc };
	const uint32_t room = (uint32_t)s->bytes.len - base;
	uint32_t unused;

	if (n * (uint64_t)stride > room)
		return;
	/* some zone begins where the dmesg zones end */
	const bool begins = search_mark_at(s, base + n * stride, &unused) || s->lenient;
	const uint32_t end = begins ? SEARCH_SIZES * SEARCH_SIZES * SEARCH_SIZES : 1;

	g.record_bytes = geometry_pow2(stride);
	for (uint32_t i = 0; i < end && s->steps < SEARCH_STEPS_MAX; i++) {
		const uint32_t sizes[] = { search_size(i / SEARCH_SIZES / SEARCH_SIZES),
					   search_size(i / SEARCH_SIZES % SEARCH_SIZES),
					   search_size(i % SEARCH_SIZES) };
		const uint32_t after = base + n * stride;

		/* what follows the console must have a mark, or what follows that */
		if (sizes[0] && (sizes[1] || sizes[2]) &&
		    (sizes[0] > room || !search_mark_at(s, after + sizes[0], &unused)) &&
		    (!s->lenient || !sizes[1] || !sizes[2] ||
		     (!search_mark_at(s, after + sizes[0] + sizes[1], &unused) &&
		      !search_mark_at(s, after + sizes[0] + sizes[2], &unused)))) {
			if (!s->lenient)
				i += SEARCH_SIZES * SEARCH_SIZES - 1 -
				     i % (SEARCH_SIZES * SEARCH_SIZES);
			continue;
		}
		g.console_bytes = sizes[0];
		g.ftrace_bytes = sizes[1];
		g.pmsg_bytes = sizes[2];
		if ((uint64_t)n * stride + sizes[0] + sizes[1] + sizes[2] > room)
			continue;
		g.region_bytes = n * stride + sizes[0] + sizes[1] + sizes[2];
		s->steps++;
		search_try_manners(s, base, &g);
	}
}

/* dmesg zones from @base on, @stride apart: where could they end? Among the last marks. */
static void solve_run(struct solver *s, uint32_t base, uint32_t stride)
{
	enum { LAST = 4 };
	const uint32_t end = mark_off(s, s->n - 1);
	uint32_t last[LAST] = { 0 };
	uint32_t n_hits = 0;
	uint32_t misses = 0;
	uint32_t i;

	for (uint32_t k = 1; k <= SEARCH_MARKS_MAX && k <= (end - base) / stride; k++) {
		if (search_mark_at(s, base + k * stride, &i) &&
		    search_suits(ZONE_DMESG, &s->marks[i])) {
			last[n_hits++ % LAST] = k;
			misses = 0;
		} else if (++misses > GEOMETRY_CPUS_MAX) {
			break;
		}
	}
	for (uint32_t h = 0; h < LAST; h++) {
		if (h < n_hits)
			solve_tail(s, base, last[h], stride);
		if (h < n_hits && last[h] + 1 > 1)
			solve_tail(s, base, last[h] + 1, stride);
	}
	if (n_hits == 0)
		solve_tail(s, base, 1, stride);
}

/* The region begins at some mark. */
static void solve_within(struct solver *s)
{
	const uint32_t bases = s->lenient ? BASES_LENIENT : BASES_MAX;

	for (uint32_t b = 0; b < s->n && b < bases; b++) {
		const uint32_t base = mark_off(s, b);
		const int32_t before = b ? s->facts[b - 1].most : 0;

		if (s->any && s->facts[s->n - 1].most - before + 1 < s->best.score)
			break; /* what is left cannot be worth as much */
		solve_tail(s, base, 0, 0);
		for (uint32_t i = 1; i < SEARCH_SIZES; i++) /* one record and nothing else */
			solve_tail(s, base, 1, search_size(i));
		for (uint32_t i = b + 1; i < s->n && i <= b + 4; i++)
			if (mark_off(s, i) - base >= SEARCH_SIZE_LEAST)
				solve_run(s, base, mark_off(s, i) - base);
	}
}

bool search_is_proven(const struct guess *g)
{
	return g->explained > 1 && g->missing == 0 && g->stray == 0 && g->proven == g->explained;
}

void search_all_sizes(struct solver *s)
{
	s->any = false;
	s->rival = false;
	s->steps = 0;
	/* parity at the end of every zone leaves no room for doubt, and so for damage */
	for (s->lenient = 0; s->lenient < 2 && !(s->any && search_is_proven(&s->best));
	     s->lenient++) {
		if (s->whole)
			solve_whole(s);
		else
			solve_within(s);
	}
}

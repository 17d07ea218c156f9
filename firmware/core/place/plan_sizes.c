/* SPDX-License-Identifier: BSD-2-Clause */
/* The sizes of a region's zones, before they are written into the tree. */
#include "core/ramoops/zone.h"
#include "options.h"
#include "plan_maker.h"

enum {
	SIZE_LEAST = 4096 /* smallest useful zone, as long as the region has room for it */
};

/* A board's size for a region of another size, still a power of two. */
static uint32_t scaled(uint32_t size, uint32_t region_bytes, uint32_t board_bytes)
{
	while (region_bytes < board_bytes && size > SIZE_LEAST) {
		board_bytes /= 2;
		size /= 2;
	}
	return size;
}

void plan_sizes_default(const struct maker *m, struct geometry *g)
{
	const struct geometry *board = &m->in->board;
	uint64_t base = g->base_pa;
	uint32_t bytes = g->region_bytes;

	*g = *board;
	g->base_pa = base;
	g->region_bytes = bytes;
	g->record_bytes = scaled(board->record_bytes, bytes, board->region_bytes);
	g->console_bytes = scaled(board->console_bytes, bytes, board->region_bytes);
	g->ftrace_bytes = scaled(board->ftrace_bytes, bytes, board->region_bytes);
	g->pmsg_bytes = scaled(board->pmsg_bytes, bytes, board->region_bytes);
	if (geometry_check(g) == OM_OK)
		return;
	/* a very small region is worth most as one log of what happened */
	g->ftrace_bytes = 0;
	g->pmsg_bytes = 0;
	g->console_bytes = 0;
}

void plan_sizes_user(const struct maker *m, struct geometry *g)
{
	for (uint32_t i = 0; i < OPTION_WORDS && !m->forced; i++)
		if (m->options.given >> i & 1)
			*option_number(g, i) =
				*option_number((struct geometry *)&m->options.geom, i);
}

/*
 * A 32-bit 6.1 kernel deadlocks in record_ftrace unless each CPU has its own zone; but those
 * must be large enough, or Linux takes no ramoops at all.
 */
static void sizes_flags(const struct maker *m, struct geometry *g)
{
	uint32_t cpus = m->out->cpus < 1 ? 1 : m->out->cpus;
	struct zone_shape shape;
	struct layout l;

	if (cpus > GEOMETRY_CPUS_MAX)
		cpus = GEOMETRY_CPUS_MAX;
	if (g->ftrace_bytes == 0)
		return;
	if (m->forced || !(m->options.given >> OPTION_FLAGS & 1))
		g->flags |= GEOMETRY_FTRACE_PER_CPU;
	if ((g->flags & GEOMETRY_FTRACE_PER_CPU) &&
	    (layout_make(g, ERA_6_6, cpus, &l) != OM_OK ||
	     zone_shape(l.bytes[ZONE_FTRACE], g->ecc_bytes, &shape) != OM_OK))
		g->flags &= ~(uint32_t)GEOMETRY_FTRACE_PER_CPU;
}

/* Linux 5.3 and later: such nodes of old Chromebooks mean more than they say. */
static void sizes_chromebook(const struct maker *m, struct geometry *g)
{
	if (m->s->ramoops.under_reserved || g->record_bytes == 0 || g->console_bytes ||
	    g->ftrace_bytes || g->pmsg_bytes || g->ecc_bytes)
		return;
	g->console_bytes = g->record_bytes;
	g->pmsg_bytes = g->record_bytes;
}

void plan_sizes_given(const struct maker *m, struct geometry *g)
{
	const uint64_t base = g->base_pa;
	const uint32_t bytes = g->region_bytes;

	*g = m->forced ? m->out->params.geom : m->s->geom;
	g->base_pa = base;
	g->region_bytes = bytes;
	if (!m->forced)
		sizes_chromebook(m, g);
	if (!g->record_bytes && !g->console_bytes && !g->ftrace_bytes && !g->pmsg_bytes)
		plan_sizes_default(m, g);
}

bool plan_sizes_settle(struct maker *m, struct geometry *g)
{
	struct geometry settled = *g;

	if (geometry_round(&settled))
		m->out->notices |= PLAN_N_SIZES_ROUNDED;
	if (geometry_check(&settled) != OM_OK) {
		plan_sizes_default(m, &settled);
		if (geometry_check(&settled) != OM_OK)
			return false;
		m->out->notices |= PLAN_N_SIZES_REPLACED;
	}
	if (settled.mem_type > 1) {
		settled.mem_type = 0;
		m->out->notices |= PLAN_N_UNCACHED;
	}
	sizes_flags(m, &settled);
	*g = settled;
	return true;
}

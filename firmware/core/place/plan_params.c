/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether ramoops.* parameters decide about the region, and whether their place can be had. */
#include "plan_maker.h"

static const struct range nothing = { 0, 0 };
static const struct obstacle no_obstacle = PLAN_NO_OBSTACLE;

struct plan_target plan_target_find(const struct survey *s)
{
	struct plan_target t = { .node = -1 };
	uint32_t phandle = s->ramoops.region_phandle;

	for (uint32_t i = 0; phandle && i < s->n_demands; i++)
		if (s->demands[i].phandle == phandle)
			t = (struct plan_target){ .node = s->demands[i].node };
	for (uint32_t i = s->n_claims; phandle && i > 0; i--)
		if (s->claims[i - 1].phandle == phandle)
			t = (struct plan_target){ .node = s->claims[i - 1].node,
						  .is_static = true,
						  .reg = s->claims[i - 1].range };
	return t;
}

struct obstacle plan_obstacle_of(const struct survey_claim *c)
{
	return (struct obstacle){ c->range, c->owner, c->node };
}

/* True if @c is there for @r and keeps everybody else away from it. */
static bool claim_covers(const struct maker *m, const struct survey_claim *c, struct range r)
{
	if (!range_contains(c->range, r))
		return false;
	if (c->kind == SURVEY_MEMRESERVE)
		return true;
	/* a child of just this size was made for it; a larger one may be somebody else's */
	return c->kind == SURVEY_RESERVED && m->s->reserved_usable && !c->is_reusable &&
	       (c->is_plain || c->range.bytes == r.bytes);
}

/*
 * True if Linux can have the place that the parameters give. False: refused says what is in the
 * way. A doubt is noted there too.
 */
static bool params_place(struct maker *m, struct range r)
{
	const struct plan_target t = plan_target_find(m->s);
	struct obstacle *why = &m->out->refused;
	const struct survey_demand *spoiled;

	*why = (struct obstacle){ r, OWNER_NO_RAM, -1 };
	if (!m->out->params.has_address || r.base_pa == 0)
		return false;
	why->owner = r.bytes > INT32_MAX ? OWNER_SIZE : OWNER_RAM_END;
	if (r.bytes > INT32_MAX ||
	    (ranges_overlap(&m->s->banks, r) && !ranges_contain(&m->s->banks, r)))
		return false;
	*why = no_obstacle;
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];
		bool covers = claim_covers(m, c, r);
		bool ours = c->node >= 0 && (c->node == m->s->ramoops.node || c->node == t.node ||
					     c->node == m->s->retained.node);

		if (c->kind == SURVEY_DISABLED || ours || !range_overlaps(c->range, r))
			continue;
		m->covered |= covers;
		if (covers)
			continue;
		/* the kernel's own claim is a guess; anything else is worth more words */
		if (c->kind != SURVEY_PAYLOAD || why->owner == OWNER_NONE)
			*why = plan_obstacle_of(c);
		if (c->kind != SURVEY_PAYLOAD &&
		    !(c->owner == OWNER_CRASHKERNEL && range_contains(c->range, r)))
			return false;
		m->out->notices |= PLAN_N_PARAMS_SHARED;
	}
	spoiled = room_spoils(m->room, r, nothing);
	if (spoiled && (spoiled->node < 0 || spoiled->node != m->s->ramoops.node)) {
		*why = (struct obstacle){ r, spoiled->owner, spoiled->node };
		m->out->notices |= PLAN_N_PARAMS_SHARED;
	}
	return true;
}

void plan_params_settle(struct maker *m)
{
	struct parameters *p = &m->out->params;
	struct geometry g = p->geom;

	if (p->bad)
		m->out->notices |= PLAN_N_PARAMS_UNREADABLE;
	if (p->named_bytes) {
		m->out->notices |= PLAN_N_PARAMS_NAMED;
		return;
	}
	if (p->n == 0)
		return;
	g.base_pa = p->address;
	g.region_bytes = p->bytes <= UINT32_MAX ? (uint32_t)p->bytes : UINT32_MAX;
	geometry_round(&g);
	if (p->bytes == 0 || geometry_check(&g) != OM_OK) {
		m->out->notices |= PLAN_N_PARAMS_IGNORED;
		return;
	}
	m->place = range_make(p->address, p->bytes);
	m->forced = params_place(m, m->place);
	if (m->forced)
		return;
	m->out->notices &= ~(uint32_t)PLAN_N_PARAMS_SHARED;
	m->out->notices |= PLAN_N_PARAMS_REFUSED;
}

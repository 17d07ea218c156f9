/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides where the carve-out goes. The facts come from survey.c, places from room.c,
 * scribe.c writes the edits; the reason of each rule is in docs/carve-out.md.
 */
#include "plan.h"
#include "options.h"
#include "plan_maker.h"

#include <string.h>

static const struct range nothing = { 0, 0 };
static const struct obstacle no_obstacle = PLAN_NO_OBSTACLE;

/* ---- sizes ------------------------------------------------------------------------ */

/* The numbers that differ from @old or are in the tree in a form Linux does not read. */
static void write_sizes(struct maker *m, const char *path, const struct geometry *old,
			uint32_t wrong)
{
	for (uint32_t i = 0; i < OPTION_WORDS; i++) {
		uint32_t value = *option_number(&m->out->geom, i);

		if (value != *option_number((struct geometry *)old, i) || (wrong >> i & 1))
			scribe_u32(&m->scribe, path, option_words[i].name, value);
	}
}

/* ---- claims ----------------------------------------------------------------------- */

_Static_assert(SURVEY_CLAIMS_MAX + 2 <= RANGES_MAX, "all claims and ours fit into a set");

/* Linux or the plan keeps @r: the caller must not load anything there. */
static void print_reserved(struct maker *m, struct range r)
{
	if (ranges_add(&m->out->reserved, r))
		m->out->reserved.n = RANGES_MAX; /* not possible, see above */
}

static void claim_ours(struct maker *m, struct range r)
{
	survey_claim(m->s, &(struct survey_claim){ .range = r, .kind = SURVEY_LENT, .node = -1 });
	print_reserved(m, r);
}

/* A node that is placed anew must not be in its own way. */
static void claims_drop(struct maker *m, int node)
{
	struct survey *s = m->s;
	uint32_t kept = 0;

	if (node < 0)
		return;
	for (uint32_t i = 0; i < s->n_claims; i++)
		if (s->claims[i].node == node)
			s->claims[i].range.bytes = 0;
	for (uint32_t i = 0; i < s->n_demands; i++)
		if (s->demands[i].node != node)
			s->demands[kept++] = s->demands[i];
	s->n_demands = kept;
	room_open(m->room, s);
}

/* True if @c is what keeps Linux away from @r, which belongs to the node given. */
static bool claim_serves(const struct survey_claim *c, const struct survey_node *n, struct range r)
{
	if (c->node >= 0 && c->node == n->node)
		return true;
	if (!range_contains(c->range, r))
		return false;
	if (c->kind == SURVEY_MEMRESERVE)
		return true;
	return c->kind == SURVEY_RESERVED &&
	       (!n->under_reserved || (c->phandle != 0 && c->phandle == n->region_phandle));
}

/* True if something that is not there for node @n lies in @r; *@what is set to it. */
static bool place_conflicts(const struct maker *m, const struct survey_node *n, struct range r,
			    struct obstacle *what)
{
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];

		if (c->kind == SURVEY_DISABLED || claim_serves(c, n, r) ||
		    (c->node >= 0 && c->node == m->s->retained.node) || /* gives way */
		    !range_overlaps(room_extent(m->s, c, true), r))
			continue;
		*what = plan_obstacle_of(c);
		return true;
	}
	/* neither RAM nor no RAM: Linux would map one half of it and not the other */
	if (ranges_overlap(&m->s->banks, r) && !ranges_contain(&m->s->banks, r)) {
		*what = (struct obstacle){ r, OWNER_RAM_END, -1 };
		return true;
	}
	return false;
}

/* The banks at whose ends a boot loader lives; it knows nothing of mem=. NULL: there is none. */
static const struct ranges *stage_banks(const struct maker *m)
{
	if (!m->in->other_stage)
		return NULL;
	return m->out->banks.n ? &m->out->banks : &m->s->banks;
}

/* Where a boot loader lives that will overwrite @r; empty: none does. */
static struct range in_stage(const struct maker *m, struct range r)
{
	return room_in_stage(m->s, stage_banks(m), r);
}

/* ---- the retained page ------------------------------------------------------------- */

/* True if an earlier pass put the page where it can stay. */
static bool page_is_kept(const struct maker *m, struct range region)
{
	const struct survey_node *n = &m->s->retained;
	const bool spoiled = in_stage(m, n->reg).bytes && !in_stage(m, region).bytes;
	struct obstacle what;

	return !spoiled && n->node >= 0 && n->has_reg && n->reg.bytes == PLAN_RETAINED_BYTES &&
	       n->reg.base_pa > 0 && n->reg.base_pa % PLAN_RETAINED_BYTES == 0 &&
	       range_end(n->reg) <= ROOM_LIMIT && (n->under_reserved || n->under_root) &&
	       ranges_contain(&m->s->banks, n->reg) && !place_conflicts(m, n, n->reg, &what);
}

static void plan_page(struct maker *m, struct range region)
{
	const struct survey_node *n = &m->s->retained;
	struct range page = { 0, PLAN_RETAINED_BYTES };
	char path[SCRIBE_PATH_BYTES];

	if (page_is_kept(m, region)) {
		m->out->retained_pa = n->reg.base_pa;
		claim_ours(m, n->reg);
		return;
	}
	claims_drop(m, n->node);
	if (m->forced)
		room_accept(m->room, region);
	if (!room_find_page(m->room, region, &page.base_pa)) {
		m->out->notices |= PLAN_N_NO_RETAINED;
		return;
	}
	if (n->node >= 0 && (n->under_reserved || n->under_root)) {
		scribe_place(&m->scribe, n->node, n->parent, page);
		if (!n->under_reserved || !scribe_can_nest(&m->scribe))
			scribe_reserve(&m->scribe, page);
	} else {
		if (scribe_node(&m->scribe, "oopsmon", "oopsmon,retained", page, path) &&
		    room_end_is_ram(m->room, region, page))
			scribe_flag(&m->scribe, path, "no-map");
	}
	m->out->retained_pa = page.base_pa;
	claim_ours(m, page);
}

/* ---- a place for a region ------------------------------------------------------------ */

/* True if the place that was asked for can be had; else conflict says why not. */
static bool option_is_possible(struct maker *m, struct range r)
{
	const struct survey_demand *spoiled;

	m->out->conflict = (struct obstacle){ r, OWNER_NO_RAM, -1 };
	if (r.base_pa == 0 || (r.base_pa | r.bytes) % ROOM_PAGE_BYTES != 0 ||
	    range_end(r) > ROOM_LIMIT || !ranges_contain(&m->s->banks, r))
		return false;
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		if (!range_overlaps(room_extent(m->s, &m->s->claims[i], true), r))
			continue;
		m->out->conflict = plan_obstacle_of(&m->s->claims[i]);
		return false;
	}
	spoiled = room_spoils(m->room, r, nothing);
	if (spoiled) {
		m->out->conflict = (struct obstacle){ r, spoiled->owner, spoiled->node };
		return false;
	}
	m->out->conflict = no_obstacle;
	return true;
}

/* On 2 MiB, which keeps Linux's section mappings whole; anywhere rather than nowhere. */
static bool place_try(struct maker *m, const struct survey_demand *in, uint64_t bytes,
		      struct range *out)
{
	uint64_t least = in && in->align > ROOM_PAGE_BYTES ? in->align : ROOM_PAGE_BYTES;
	uint64_t best = least > PLAN_ALIGN_BYTES ? least : PLAN_ALIGN_BYTES;

	return room_find(m->room, in && in->windows ? in : NULL, bytes, best, out) ||
	       room_find(m->room, in && in->windows ? in : NULL, bytes, least, out);
}

/* Where a boot loader lives, rather than nowhere. */
static bool place_find(struct maker *m, const struct survey_demand *in, uint64_t bytes,
		       struct range *out)
{
	const struct ranges *const stage = m->room->stage;

	if (place_try(m, in, bytes, out))
		return true;
	m->room->stage = NULL;
	if (stage && place_try(m, in, bytes, out))
		return true;
	m->room->stage = stage;
	return false;
}

/* oopsmon.region= counts for nothing where @owner says that the region is @r. */
static void option_compare(struct maker *m, struct range r, enum owner owner)
{
	const struct geometry *options = &m->options.geom;

	if (!m->options.has_bytes || (options->region_bytes == r.bytes &&
				      (!m->options.has_base || options->base_pa == r.base_pa)))
		return;
	m->out->notices |= PLAN_N_OPTION_REFUSED;
	m->out->conflict = (struct obstacle){ r, owner, m->s->ramoops.node };
}

/* Where a region goes that has no place yet; what the user or the board asks for comes first. */
static bool region_find(struct maker *m, uint32_t bytes, struct range *out)
{
	struct range r = geometry_range(&m->options.geom);

	if (m->forced) {
		m->out->source = PLAN_PARAMETERS;
		*out = m->place;
		option_compare(m, *out, OWNER_PARAMETERS);
		return true;
	}
	m->out->source = PLAN_USER;
	if (m->options.has_base && option_is_possible(m, r)) {
		*out = r;
		return true;
	}
	if (m->options.has_bytes && !m->options.has_base && r.bytes % ROOM_PAGE_BYTES == 0 &&
	    place_find(m, NULL, r.bytes, out))
		return true;
	if (m->options.has_base || m->options.has_bytes)
		m->out->notices |= PLAN_N_OPTION_REFUSED;
	m->out->source = PLAN_COMPUTED;
	return place_find(m, NULL, bytes, out);
}

static void plan_nothing(struct maker *m)
{
	m->out->source = PLAN_NONE;
	m->out->geom = (struct geometry){ 0 };
	m->out->notices |= PLAN_N_NO_ROOM;
}

/* ---- no ramoops node yet ------------------------------------------------------------ */

static void plan_new(struct maker *m)
{
	static const struct geometry none = { .max_reason = UINT32_MAX };
	struct geometry *g = &m->out->geom;
	char path[SCRIBE_PATH_BYTES];
	struct range r;

	if (!region_find(m, m->in->board.region_bytes, &r)) {
		plan_nothing(m);
		return;
	}
	g->base_pa = r.base_pa;
	g->region_bytes = (uint32_t)r.bytes;
	plan_sizes_given(m, g);
	plan_sizes_user(m, g);
	if (!plan_sizes_settle(m, g)) {
		plan_nothing(m);
		return;
	}
	if (m->forced && !ranges_overlap(&m->out->banks, r))
		m->out->notices |= PLAN_N_OUTSIDE_RAM;
	if (m->covered) {
		if (m->s->reserved_usable)
			scribe_reserved_memory(&m->scribe);
		scribe_root_node(&m->scribe, "ramoops", "ramoops", r, path);
	} else if (scribe_node(&m->scribe, "ramoops", "ramoops", r, path))
		scribe_flag(&m->scribe, path, "no-map");
	write_sizes(m, path, &none, 0);
	claim_ours(m, r);
	plan_page(m, r);
}

/* ---- the tree has one ----------------------------------------------------------------- */

/* Numbers of the existing node for the region @r. False: nothing fits. */
static bool sizes_existing(struct maker *m, struct range r)
{
	const struct geometry *old = &m->s->geom;
	struct geometry g = { .base_pa = r.base_pa, .region_bytes = (uint32_t)r.bytes };
	bool lacked = m->s->geom_wrong || !m->s->ramoops.has_reg;

	plan_sizes_given(m, &g);
	lacked |= g.record_bytes != old->record_bytes || g.console_bytes != old->console_bytes;
	plan_sizes_user(m, &g);
	if (!plan_sizes_settle(m, &g))
		return false;
	if (!m->forced && (lacked || g.flags != old->flags))
		m->out->notices |= PLAN_N_NODE_COMPLETED;
	for (uint32_t i = 0; m->forced && i < OPTION_WORDS; i++)
		if (*option_number(&g, i) != *option_number((struct geometry *)old, i))
			m->out->notices |= PLAN_N_PARAMS_WIN;
	m->out->geom = g;
	return true;
}

/* A node with a place is not for Linux to place. */
static void write_static(struct maker *m, int node, const char *path)
{
	scribe_delete(&m->scribe, node, path, "size");
	scribe_delete(&m->scribe, node, path, "alignment");
	scribe_delete(&m->scribe, node, path, "alloc-ranges");
}

/* Linux must leave the region alone: something in the tree has to say so. */
static void write_reservation(struct maker *m, const struct plan_target *t, struct range r,
			      bool moved)
{
	const struct survey_node *n = &m->s->ramoops;
	bool nest = scribe_can_nest(&m->scribe);
	bool by_child = n->under_reserved && nest;
	bool by_memreserve = false;
	char path[SCRIBE_PATH_BYTES];

	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];

		if (!range_contains(c->range, r))
			continue;
		by_memreserve |= c->kind == SURVEY_MEMRESERVE;
		by_child |= c->kind == SURVEY_RESERVED && m->s->reserved_usable &&
			    (!moved || m->forced) && c->node != n->node;
	}
	if (by_child && m->s->reserved >= 0)
		scribe_reserved_memory(&m->scribe);
	if (t->node >= 0 && (moved || !t->is_static) && m->s->reserved_usable) {
		scribe_path(&m->scribe, t->node, path);
		write_static(m, t->node, path);
		scribe_place(&m->scribe, t->node, m->s->reserved, r);
		return;
	}
	if (by_child || by_memreserve ||
	    (!ranges_overlap(&m->out->banks, r) && !ranges_overlap(&m->s->banks, r)))
		return;
	if (n->under_reserved || !nest)
		scribe_reserve(&m->scribe, r);
	else if (scribe_node(&m->scribe, "oopsmon", NULL, r, path))
		scribe_flag(&m->scribe, path, "no-map");
}

/* Everything the existing node needs to say. */
static void write_existing(struct maker *m, const struct plan_target *t, struct range r, bool moved)
{
	const struct survey_node *n = &m->s->ramoops;
	uint32_t before;
	char path[SCRIBE_PATH_BYTES];

	write_reservation(m, t, r, moved);
	scribe_path(&m->scribe, n->node, path);
	write_sizes(m, path, &m->s->geom, m->s->geom_wrong);
	before = m->out->edits.n;
	if (n->under_reserved && !n->has_no_map && room_end_is_ram(m->room, r, nothing)) {
		scribe_delete(&m->scribe, n->node, path, "reusable");
		scribe_flag(&m->scribe, path, "no-map");
	}
	if (n->under_reserved)
		write_static(m, n->node, path);
	if (n->boot_log_bytes) {
		scribe_delete(&m->scribe, n->node, path, "boot-log-size");
		scribe_delete(&m->scribe, n->node, path, "boot-log-count");
	}
	/* Linux's binding has no memory-region; reg says it all */
	scribe_delete(&m->scribe, n->node, path, "memory-region");
	if (m->out->edits.n > before)
		m->out->notices |= PLAN_N_NODE_COMPLETED;
	if (moved || !n->has_reg)
		scribe_place(&m->scribe, n->node, n->parent, r);
}

/* A node that cannot be helped must not make Linux write where others live. */
static void write_disabled(struct maker *m)
{
	char path[SCRIBE_PATH_BYTES];

	scribe_path(&m->scribe, m->s->ramoops.node, path);
	scribe_string(&m->scribe, path, "status", "disabled");
}

/* True if the region can stay at @r; else conflict says why not. */
static bool region_is_kept(struct maker *m, struct range r)
{
	struct geometry g = { .base_pa = r.base_pa, .region_bytes = (uint32_t)r.bytes };

	if (place_conflicts(m, &m->s->ramoops, r, &m->out->conflict))
		return false;
	plan_sizes_default(m, &g);
	if (r.bytes > 0 && r.bytes <= INT32_MAX && geometry_check(&g) == OM_OK)
		return true;
	/* it is in its own way: no size for a region */
	m->out->conflict = (struct obstacle){ r, OWNER_SIZE, m->s->ramoops.node };
	return false;
}

static void plan_kept(struct maker *m, struct range r)
{
	m->out->source = PLAN_EXISTING;
	if (!ranges_overlap(&m->out->banks, r))
		m->out->notices |= PLAN_N_OUTSIDE_RAM;
	option_compare(m, r, m->forced ? OWNER_PARAMETERS : OWNER_RAMOOPS);
}

/*
 * The existing region, which had @r or nothing, gets a place; written to *@r. @d: what the node
 * asks of Linux where it has no place, NULL: nothing.
 */
static bool plan_moved(struct maker *m, const struct survey_demand *d, struct range *r)
{
	struct obstacle why = m->out->conflict;
	bool had = r->bytes > 0;
	uint32_t bytes = m->in->board.region_bytes;

	if (had && r->bytes <= INT32_MAX && r->bytes % ROOM_PAGE_BYTES == 0)
		bytes = (uint32_t)r->bytes;
	if (!had && d && !m->forced && !m->options.has_base && !m->options.has_bytes) {
		m->out->source = PLAN_COMPUTED;
		bytes = (uint32_t)d->bytes;
		if (place_find(m, d, bytes, r))
			return true;
		m->out->notices |= PLAN_N_SIZE_UNUSED;
		if (place_find(m, NULL, bytes, r))
			return true;
		bytes = m->in->board.region_bytes;
	}
	if (!region_find(m, bytes, r))
		return false;
	if (had)
		m->out->conflict = why;
	return true;
}

/* What the node, or the one its memory-region points to, asks of Linux; false: nothing. */
static bool demand_find(const struct maker *m, const struct plan_target *t,
			struct survey_demand *out)
{
	for (uint32_t i = 0; i < m->s->n_demands; i++) {
		const struct survey_demand *d = &m->s->demands[i];

		if (d->node != m->s->ramoops.node && (t->node < 0 || d->node != t->node))
			continue;
		if (d->bytes > INT32_MAX - ROOM_PAGE_BYTES)
			return false;
		*out = *d;
		out->bytes = (d->bytes + ROOM_PAGE_BYTES - 1) & ~(uint64_t)(ROOM_PAGE_BYTES - 1);
		return true;
	}
	return false;
}

/*
 * Rockchip's boot stages write their log to the region's first bytes, and a kernel that knows
 * boot-log-size puts its zones after that. A region that begins there is the same for every
 * kernel. Returns true if *@r changed.
 */
static bool boot_log_leave(struct maker *m, struct range *r)
{
	const uint32_t bytes = m->s->ramoops.boot_log_bytes;

	if (!bytes)
		return false;
	m->out->notices |= PLAN_N_BOOT_LOG;
	m->out->boot_log_bytes = bytes;
	if (m->forced || !m->s->ramoops.has_reg || bytes >= r->bytes)
		return false;
	r->base_pa += bytes;
	r->bytes -= bytes;
	return true;
}

/* Where the node was, for records of the kernel before. */
static void earlier_keep(struct maker *m, struct range r)
{
	m->out->earlier = m->s->geom;
	m->out->earlier.base_pa = r.base_pa;
	m->out->earlier.region_bytes = r.bytes <= INT32_MAX ? (uint32_t)r.bytes : 0;
	geometry_round(&m->out->earlier);
}

/* False: there is no place, and no node any more. */
static bool existing_place(struct maker *m, const struct plan_target *t, bool writable,
			   struct range *r)
{
	struct survey_demand d;
	bool has_demand = demand_find(m, t, &d);

	if (r->bytes > 0) {
		earlier_keep(m, *r);
		m->out->notices |= m->forced ? PLAN_N_PARAMS_WIN : PLAN_N_NODE_MOVED;
	}
	claims_drop(m, m->s->ramoops.node);
	claims_drop(m, t->node);
	if (writable && plan_moved(m, has_demand ? &d : NULL, r))
		return true;
	write_disabled(m);
	if (writable)
		plan_nothing(m);
	else
		plan_new(m);
	return false;
}

static void plan_existing(struct maker *m)
{
	const struct survey_node *n = &m->s->ramoops;
	struct plan_target t = plan_target_find(m->s);
	struct range was = n->has_reg ? n->reg : t.reg, r = was;
	bool writable = n->under_root ||
			(n->under_reserved && (n->has_reg || scribe_can_nest(&m->scribe)));
	bool shifted = boot_log_leave(m, &r);
	bool stays = r.bytes > 0 && (n->has_reg || writable);
	bool kept = m->forced ? stays && r.base_pa == m->place.base_pa && r.bytes == m->place.bytes
			      : stays && region_is_kept(m, r);

	m->out->ramoops_node = n->node;
	if (m->s->second_ramoops)
		m->out->notices |= PLAN_N_SECOND_NODE;
	if (n->wrong.name && (!n->under_reserved || scribe_can_nest(&m->scribe))) {
		m->out->wrong = n->wrong;
		m->out->notices |= PLAN_N_WRONG_LENGTH;
	}
	if (kept)
		plan_kept(m, r);
	else if (!existing_place(m, &t, writable, &r))
		return;
	if (kept && shifted)
		earlier_keep(m, was);
	if (!sizes_existing(m, r)) {
		write_disabled(m);
		plan_nothing(m);
		return;
	}
	write_existing(m, &t, r, !kept || shifted);
	claim_ours(m, r);
	plan_page(m, r);
}

/* ---- all of it ---------------------------------------------------------------------- */

static void take_claims(struct maker *m)
{
	static const uint8_t owners[] = {
		[CLAIM_MONITOR] = OWNER_MONITOR,   [CLAIM_PAYLOAD] = OWNER_KERNEL,
		[CLAIM_INITRD] = OWNER_INITRD,	   [CLAIM_DTB] = OWNER_DTB,
		[CLAIM_LATER_STAGE] = OWNER_STAGE,
	};

	for (uint32_t i = 0; i < m->in->n_claims && i < PLAN_CLAIMS_MAX; i++) {
		struct range r = m->in->claims[i].range;
		struct survey_claim c = { .range = range_make(r.base_pa, r.bytes),
					  .kind = SURVEY_LENT,
					  .node = -1 };

		c.owner = owners[m->in->claims[i].kind];
		if (m->in->claims[i].kind == CLAIM_PAYLOAD)
			c.kind = SURVEY_PAYLOAD;
		else if (m->in->claims[i].kind == CLAIM_INITRD)
			c.kind = SURVEY_INITRD;
		survey_claim(m->s, &c);
	}
}

static void print_claims(struct maker *m)
{
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];

		if (c->kind == SURVEY_MEMRESERVE || c->kind == SURVEY_RESERVED ||
		    c->kind == SURVEY_BOOTARGS)
			print_reserved(m, c->range);
	}
}

/* Memory that others have reserved may not even answer, as secure memory. */
static bool earlier_is_readable(const struct maker *m)
{
	const struct range old = geometry_range(&m->out->earlier);

	if (old.bytes == 0 || range_end(old) > ROOM_LIMIT || !ranges_contain(&m->out->banks, old))
		return false;
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];
		const bool is_ram = c->kind == SURVEY_PAYLOAD || c->kind == SURVEY_INITRD ||
				    c->kind == SURVEY_BOOTARGS || c->kind == SURVEY_DISABLED;
		/* this plan's own claims have no owner */
		const bool is_ours = c->owner == OWNER_NONE ||
				     (c->node >= 0 && c->node == m->s->ramoops.node);

		if (!is_ram && !is_ours && range_overlaps(c->range, old))
			return false;
	}
	return true;
}

static void decide(struct maker *m)
{
	m->room->stage = stage_banks(m);
	room_open(m->room, m->s);
	if (m->options.bad)
		m->out->notices |= PLAN_N_OPTION_UNREADABLE;
	m->out->bad_word = m->options.bad_word;
	m->out->bad_word_len = m->options.bad_word_len;
	if (m->out->unknown.n)
		m->out->notices |= PLAN_N_WORD_UNKNOWN;
	if (!m->options.off)
		plan_params_settle(m);
	if (m->options.off)
		m->out->notices |= PLAN_N_TURNED_OFF;
	else if (m->s->ramoops.node >= 0)
		plan_existing(m);
	else
		plan_new(m);
	m->out->stage = in_stage(m, geometry_range(&m->out->geom));
	if (m->out->stage.bytes)
		m->out->notices |= PLAN_N_IN_STAGE;
	if (m->scribe.by_memreserve)
		m->out->notices |= PLAN_N_RSVMEM_UNUSABLE;
	/* without any RAM declared these follow, and are no news */
	if (m->out->notices & PLAN_N_NO_MEMORY_NODE)
		m->out->notices &=
			~(uint32_t)(PLAN_N_NO_ROOM | PLAN_N_OUTSIDE_RAM | PLAN_N_NO_RETAINED);
}

/* No plan: the tree stays as it is. */
static void plan_clear(struct plan *out)
{
	out->source = PLAN_NONE;
	out->geom = (struct geometry){ 0 };
	out->retained_pa = 0;
	out->edits.n = 0;
	out->edits.pool_used = 0;
}

enum om_err carveout_plan(const struct plan_input *in, struct plan *out)
{
	struct maker m = { .in = in, .out = out };
	enum om_err err;

	m.s = &out->work.survey;
	m.room = &out->work.room;
	plan_clear(out);
	out->notices = 0;
	out->conflict = out->refused = no_obstacle;
	out->stage = nothing;
	out->earlier = (struct geometry){ 0 };
	out->earlier_is_readable = false;
	out->wrong = (struct wrong_length){ 0 };
	out->ramoops_node = -1;
	out->boot_log_bytes = 0;
	out->banks.n = 0;
	out->reserved.n = 0;
	out->cpus = 0;

	parameters_read(in->bootargs, in->modprobe, &out->params);
	known_words_check(in->bootargs, &out->unknown);
	err = survey_tree(m.s, in->fdt, in->bootargs, &out->banks, &out->cpus);
	if (err)
		out->notices |= PLAN_N_NO_MEMORY_NODE;
	if (err == OM_E_VARIANT)
		return OM_OK;
	scribe_open(&m.scribe, in->fdt, m.s, &out->edits);
	take_claims(&m);
	options_read(in->bootargs, &in->board, &m.options);
	decide(&m);
	out->earlier_is_readable = earlier_is_readable(&m);
	print_claims(&m); /* without those of nodes that were moved */
	if (m.scribe.err)
		plan_clear(out);
	return m.scribe.err;
}

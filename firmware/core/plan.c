/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides where the carve-out goes and writes down the edits. The facts come from
 * survey.c; why each rule stands is in docs/carve-out.md.
 */
#include "plan.h"
#include "cmdline.h"
#include "dt.h"
#include "zone.h"

#include <libfdt.h>
#include <string.h>

enum {
	PAGE_BYTES = 4096,
	SIZE_LEAST = 4096, /* smallest useful zone, as long as the region has room for it */
	PATH_BYTES = 160,
	NAME_BYTES = 48,
	DISTINCT_BANKS = 32 /* banks tried, largest first */
};

/* The last page is left out: Linux does not use it either, and no end wraps in 32 bits. */
#define LIMIT_4G ((1ULL << 32) - PAGE_BYTES)

/* What is being decided. Lives on the stack of carveout_plan(). */
struct maker {
	const struct plan_input *in;
	struct plan *out;
	struct survey *s;
	struct carveout_wish wish;
	uint32_t demands_met; /* without us; see demands_met() */
	bool reserved_used;   /* something of ours is below /reserved-memory */
};

/* ---- free memory ---------------------------------------------------------------- */

/*
 * The part of a claim that counts. The payload's is generous (128 MiB on arm32): cut, it
 * ends in the middle of its bank.
 */
static struct range claim_extent(const struct survey *s, const struct survey_claim *c, bool cut)
{
	struct range r = c->range;

	if (!cut || c->kind != SURVEY_PAYLOAD)
		return r;
	for (uint32_t i = 0; i < s->banks.n; i++) {
		struct range half = s->banks.r[i];

		half.bytes /= 2;
		if (r.base_pa >= half.base_pa && r.base_pa < range_end(half) &&
		    range_end(r) > range_end(half))
			r.bytes = range_end(half) - r.base_pa;
	}
	return r;
}

static void free_make(struct maker *m, bool cut)
{
	struct ranges *set = &m->out->work.free;

	*set = m->s->banks;
	for (uint32_t i = 0; i < m->s->n_claims; i++)
		ranges_remove(set, claim_extent(m->s, &m->s->claims[i], cut));
}

/* What Linux has for its own searches when @a and @b are taken. */
static void trial_make(struct maker *m, struct range a, struct range b)
{
	struct ranges *set = &m->out->work.trial;

	*set = m->s->banks;
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];

		/* these are gone when Linux looks */
		if (c->kind == SURVEY_LENT || c->kind == SURVEY_PAYLOAD ||
		    c->kind == SURVEY_DISABLED)
			continue;
		ranges_remove(set, c->range);
	}
	ranges_remove(set, a);
	ranges_remove(set, b);
}

/* Takes the place Linux would find for @d: the highest in the first window that has one. */
static bool demand_take(const struct survey *s, struct ranges *set, const struct survey_demand *d,
			uint64_t align, struct ranges *taken)
{
	uint32_t step = 4 * (s->n_addr + s->n_size);
	uint32_t n = d->windows ? d->windows_bytes / step : 1;
	struct range got = { 0, d->bytes };

	for (uint32_t i = 0; i < n; i++) {
		struct range window = d->window;

		if (d->windows) {
			const char *p = d->windows + (size_t)i * step;

			window = range_make(dt_number(p, s->n_addr),
					    dt_number(p + 4 * s->n_addr, s->n_size));
		}
		if (ranges_find_high(set, d->bytes, align, window.base_pa, range_end(window),
				     &got.base_pa))
			continue;
		ranges_remove(set, got);
		if (taken)
			ranges_remove(taken, got);
		return true;
	}
	return false;
}

/*
 * Plays Linux's searches through on the trial set: two bits for each demand, 2 for its
 * alignment of choice, 1 for the least one, 0 for not found. What they take is also
 * taken from @taken, if given.
 */
static uint32_t demands_met(struct maker *m, struct ranges *taken)
{
	struct ranges *set = &m->out->work.trial;
	uint32_t met = 0;

	for (uint32_t i = 0; i < m->s->n_demands; i++) {
		const struct survey_demand *d = &m->s->demands[i];

		if (demand_take(m->s, set, d, d->align, taken))
			met |= 2U << (2 * i);
		else if (demand_take(m->s, set, d, d->align_least, taken))
			met |= 1U << (2 * i);
	}
	return met;
}

/* True if every demand fares as well with @region and @page taken as without. */
static bool linux_fares(struct maker *m, struct range region, struct range page)
{
	uint32_t met;

	if (m->s->n_demands == 0)
		return true;
	trial_make(m, region, page);
	met = demands_met(m, NULL);
	for (uint32_t i = 0; i < m->s->n_demands; i++)
		if ((met >> (2 * i) & 3) < (m->demands_met >> (2 * i) & 3))
			return false;
	return true;
}

/* ---- choosing a place ------------------------------------------------------------ */

/* A bank's part below 4 GiB; address 0 means "none" all over the tree, so it stays free. */
static struct range bank_low(struct range bank)
{
	uint64_t end = range_end(bank) < LIMIT_4G ? range_end(bank) : LIMIT_4G;

	if (bank.base_pa == 0 && bank.bytes > PAGE_BYTES)
		bank.base_pa = PAGE_BYTES;
	bank.bytes = bank.base_pa < end ? end - bank.base_pa : 0;
	return bank;
}

/*
 * The bank that comes after @last when banks are sorted by size, the larger and then the
 * higher first. @last {0, 0} starts. False at the end.
 */
static bool bank_next(const struct ranges *banks, struct range *last)
{
	struct range best = { 0, 0 };

	for (uint32_t i = 0; i < banks->n; i++) {
		struct range r = bank_low(banks->r[i]);
		bool behind = last->bytes == 0 || r.bytes < last->bytes ||
			      (r.bytes == last->bytes && r.base_pa < last->base_pa);

		if (r.bytes > 0 && behind && r.bytes >= best.bytes)
			best = r;
	}
	*last = best;
	return best.bytes > 0;
}

/* The highest place for @bytes in the largest bank that has one. */
static bool pick(const struct maker *m, uint64_t bytes, uint64_t align, uint64_t *base)
{
	struct range bank = { 0, 0 };

	for (int i = 0; i < DISTINCT_BANKS && bank_next(&m->s->banks, &bank); i++)
		if (ranges_find_high(&m->out->work.free, bytes, align, bank.base_pa,
				     range_end(bank), base) == OM_OK)
			return true;
	return false;
}

/*
 * A place for @bytes: first with the payload's claims whole, then cut. If the first choice
 * breaks one of Linux's own searches, their places are left to them and what remains is
 * tried: there, nothing of theirs can change.
 */
static bool place_find(struct maker *m, uint64_t bytes, struct range *out)
{
	struct range r = { 0, bytes };

	for (int cut = 0; cut < 2; cut++) {
		free_make(m, cut != 0);
		if (!pick(m, bytes, PLAN_ALIGN_BYTES, &r.base_pa))
			continue;
		if (!linux_fares(m, r, (struct range){ 0, 0 })) {
			trial_make(m, (struct range){ 0, 0 }, (struct range){ 0, 0 });
			demands_met(m, &m->out->work.free);
			if (!pick(m, bytes, PLAN_ALIGN_BYTES, &r.base_pa))
				continue;
		}
		*out = r;
		return true;
	}
	return false;
}

static bool page_suits(struct maker *m, uint64_t base, struct range region)
{
	struct range page = { base, PLAN_RETAINED_BYTES };

	return base > 0 && range_end(page) <= LIMIT_4G &&
	       ranges_contain(&m->out->work.free, page) && linux_fares(m, region, page);
}

/* The retained page: directly below the region, directly above, high in its bank, anywhere. */
static bool page_find(struct maker *m, struct range region, uint64_t *out)
{
	const uint64_t mask = PAGE_BYTES - 1;
	uint64_t below = (region.base_pa & ~mask) - PLAN_RETAINED_BYTES;
	uint64_t above = (range_end(region) + mask) & ~mask;

	for (int cut = 0; cut < 2; cut++) {
		struct range bank = { 0, 0 };
		uint64_t base = 0;

		free_make(m, cut != 0);
		ranges_remove(&m->out->work.free, region);
		if (below < region.base_pa && page_suits(m, below, region)) {
			*out = below;
			return true;
		}
		if (above >= region.base_pa && page_suits(m, above, region)) {
			*out = above;
			return true;
		}
		for (uint32_t i = 0; i < m->s->banks.n; i++)
			if (range_contains(m->s->banks.r[i], region))
				bank = bank_low(m->s->banks.r[i]);
		if (ranges_find_high(&m->out->work.free, PLAN_RETAINED_BYTES, PAGE_BYTES,
				     bank.base_pa, range_end(bank), &base) != OM_OK)
			(void)pick(m, PLAN_RETAINED_BYTES, PAGE_BYTES, &base);
		if (page_suits(m, base, region)) {
			*out = base;
			return true;
		}
	}
	return false;
}

/* ---- sizes ------------------------------------------------------------------------ */

/* A board's size for a region of another size, still a power of two. */
static uint32_t scaled(uint32_t size, uint32_t region_bytes, uint32_t board_bytes)
{
	while (region_bytes < board_bytes && size > SIZE_LEAST) {
		board_bytes /= 2;
		size /= 2;
	}
	return size;
}

/* The board's numbers for the region in @g. */
static void sizes_default(const struct maker *m, struct geometry *g)
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

static void sizes_user(const struct maker *m, struct geometry *g)
{
	for (uint32_t i = 0; i < WISH_WORDS; i++)
		if (m->wish.given >> i & 1)
			*wish_number(g, i) = *wish_number((struct geometry *)&m->wish.geom, i);
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
	if (!(m->wish.given >> WISH_FLAGS & 1))
		g->flags |= GEOMETRY_FTRACE_PER_CPU;
	if ((g->flags & GEOMETRY_FTRACE_PER_CPU) &&
	    (layout_make(g, true, true, cpus, &l) != OM_OK ||
	     zone_shape(l.bytes[ZONE_FTRACE], g->ecc_bytes, &shape) != OM_OK))
		g->flags &= ~(uint32_t)GEOMETRY_FTRACE_PER_CPU;
}

/* What Linux would change or refuse is changed first. False: no sizes fit this region. */
static bool sizes_settle(struct maker *m, struct geometry *g)
{
	struct geometry settled = *g;

	if (geometry_round(&settled))
		m->out->notices |= PLAN_N_SIZES_ROUNDED;
	if (geometry_check(&settled) != OM_OK) {
		sizes_default(m, &settled);
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

/* ---- writing edits ---------------------------------------------------------------- */

/* "NAME@HEX", NAME cut if it is long. */
static void unit_name(char out[NAME_BYTES], const char *name, size_t name_len, uint64_t base)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t shift = 60;

	if (name_len > NAME_BYTES - 18)
		name_len = NAME_BYTES - 18;
	memcpy(out, name, name_len);
	out += name_len;
	*out++ = '@';
	while (shift > 0 && base >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		*out++ = digits[base >> shift & 15];
		if (shift == 0)
			break;
	}
	*out = 0;
}

static void cells_store(uint8_t *p, uint32_t n, uint64_t value)
{
	for (uint32_t i = 0; i < n; i++)
		be32_store(p + 4 * i, (uint32_t)(value >> (32 * (n - 1 - i))));
}

static enum om_err edit_reg(struct maker *m, const char *path, uint32_t n_addr, uint32_t n_size,
			    struct range r)
{
	uint8_t reg[16];

	cells_store(reg, n_addr, r.base_pa);
	cells_store(reg + 4 * n_addr, n_size, r.bytes);
	return edits_prop(&m->out->edits, path, "reg", reg, 4 * (n_addr + n_size));
}

static enum om_err edit_string(struct maker *m, const char *path, const char *name,
			       const char *value)
{
	return edits_prop(&m->out->edits, path, name, value, (uint32_t)strlen(value) + 1);
}

/* The numbers that differ from @old or stand there in a form Linux does not read. */
static enum om_err edit_sizes(struct maker *m, const char *path, const struct geometry *old,
			      uint32_t wrong)
{
	enum om_err err = OM_OK;

	for (uint32_t i = 0; i < WISH_WORDS && !err; i++) {
		uint32_t value = *wish_number(&m->out->geom, i);

		if (value != *wish_number((struct geometry *)old, i) || (wrong >> i & 1))
			err = edits_u32(&m->out->edits, path, wish_words[i].name, value);
	}
	return err;
}

/* True if nodes can go below /reserved-memory, which is made or completed later. */
static bool reserved_is_open(const struct survey *s)
{
	return s->reserved < 0 || s->reserved_usable;
}

static enum om_err edit_reserved_memory(struct maker *m)
{
	static const char path[] = "/reserved-memory";
	struct edits *list = &m->out->edits;
	enum om_err err = OM_OK;

	if (m->s->reserved < 0)
		err = edits_node(list, path);
	if (!err && !m->s->reserved_has_cells) {
		err = edits_u32(list, path, "#address-cells", m->s->n_addr);
		if (!err)
			err = edits_u32(list, path, "#size-cells", m->s->n_size);
	}
	if (!err && !m->s->reserved_has_ranges)
		err = edits_prop(list, path, "ranges", NULL, 0);
	m->s->reserved_has_cells = m->s->reserved_has_ranges = true;
	m->reserved_used = true;
	return err;
}

/*
 * A new node for @r, @compatible unless NULL: below /reserved-memory, or where Linux ignores
 * that, at the root with a /memreserve/ entry. @path is set to it.
 */
static enum om_err edit_new_node(struct maker *m, const char *name, const char *compatible,
				 struct range r, char path[PATH_BYTES])
{
	bool open = reserved_is_open(m->s);
	const char *parent = open ? "/reserved-memory/" : "/";
	enum om_err err = open ? edit_reserved_memory(m)
			       : edits_reserve(&m->out->edits, r.base_pa, r.bytes);

	strcpy(path, parent);
	unit_name(path + strlen(parent), name, strlen(name), r.base_pa);
	if (!err)
		err = edits_node(&m->out->edits, path);
	if (!err && compatible)
		err = edit_string(m, path, "compatible", compatible);
	if (!err)
		err = edit_reg(m, path, m->s->n_addr, m->s->n_size, r);
	if (!err && open)
		err = edits_prop(&m->out->edits, path, "no-map", NULL, 0);
	if (!open)
		m->out->notices |= PLAN_N_RSVMEM_UNUSABLE;
	return err;
}

/* Paths in /aliases and /__symbols__ follow a renamed node. */
static enum om_err edit_references(struct maker *m, const char *node, const char *old,
				   const char *new)
{
	uint32_t old_bytes = (uint32_t)strlen(old) + 1;
	int offset = fdt_path_offset(m->in->fdt, node);
	struct dt_walk w;
	enum om_err err = OM_OK;

	if (offset < 0)
		return OM_OK;
	dt_walk_start_at(&w, m->in->fdt, offset);
	dt_walk_next(&w);
	while (!err && dt_walk_next(&w) == DT_PROP)
		if (w.len == old_bytes && memcmp(w.value, old, old_bytes) == 0)
			err = edit_string(m, node, w.name, new);
	return err;
}

/* Gives the node at @path the unit address of @base, if it has another. */
static enum om_err edit_name(struct maker *m, const char *path, uint64_t base)
{
	char name[NAME_BYTES];
	char new[PATH_BYTES];
	const char *slash = strrchr(path, '/');
	const char *have = slash + 1;
	size_t parent_len = (size_t)(have - path);
	enum om_err err;

	unit_name(name, have, strcspn(have, "@"), base);
	if (strcmp(name, have) == 0)
		return OM_OK;
	if (parent_len + strlen(name) >= PATH_BYTES)
		return OM_E_NO_SPACE;
	memcpy(new, path, parent_len);
	strcpy(new + parent_len, name);
	/* a namesake that is no ramoops node: keep the old name, Linux does not mind */
	if (fdt_path_offset(m->in->fdt, new) >= 0)
		return OM_OK;

	err = edit_references(m, "/aliases", path, new);
	if (!err)
		err = edit_references(m, "/__symbols__", path, new);
	if (!err)
		err = edits_rename(&m->out->edits, path, name);
	return err;
}

static enum om_err node_path(const struct maker *m, int node, char path[PATH_BYTES])
{
	return fdt_get_path(m->in->fdt, node, path, PATH_BYTES) == 0 && path[1] ? OM_OK
										: OM_E_NO_SPACE;
}

/* reg of a node that exists, in the cells of its parent, and its name. */
static enum om_err edit_place(struct maker *m, int node, int parent, struct range r)
{
	char path[PATH_BYTES];
	uint32_t n_addr, n_size;
	enum om_err err = dt_cells(m->in->fdt, parent, &n_addr, &n_size);

	if (!err)
		err = node_path(m, node, path);
	if (!err)
		err = edit_reg(m, path, n_addr, n_size, r);
	if (!err)
		err = edit_name(m, path, r.base_pa);
	return err;
}

/* ---- the retained page ------------------------------------------------------------- */

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

/* True if something else lies in @r; *@what is set to it. */
static bool place_conflicts(const struct maker *m, const struct survey_node *n, struct range r,
			    struct range *what)
{
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];

		if (c->kind == SURVEY_DISABLED || claim_serves(c, n, r) ||
		    !range_overlaps(claim_extent(m->s, c, true), r))
			continue;
		*what = c->range;
		return true;
	}
	/* neither RAM nor no RAM: Linux would map one half of it and not the other */
	if (ranges_overlap(&m->s->banks, r) && !ranges_contain(&m->s->banks, r)) {
		*what = r;
		return true;
	}
	return false;
}

/* A node that is placed anew must not stand in its own way. */
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
	trial_make(m, (struct range){ 0, 0 }, (struct range){ 0, 0 });
	m->demands_met = demands_met(m, NULL);
}

_Static_assert(SURVEY_CLAIMS_MAX + 2 <= RANGES_MAX, "all claims and ours fit into a set");

/* Linux or the plan keeps @r: the caller must not load anything there. */
static void tell_reserved(struct maker *m, struct range r)
{
	if (ranges_add(&m->out->reserved, r))
		m->out->reserved.n = RANGES_MAX; /* not possible, see above */
}

static void claim_ours(struct maker *m, struct range r)
{
	survey_claim(m->s, &(struct survey_claim){ .range = r, .kind = SURVEY_LENT, .node = -1 });
	tell_reserved(m, r);
}

/* True if an earlier pass put the page where it can stay. */
static bool page_is_kept(const struct maker *m, struct range region)
{
	const struct survey_node *n = &m->s->retained;
	struct range what;

	return n->node >= 0 && n->has_reg && n->reg.bytes == PLAN_RETAINED_BYTES &&
	       n->reg.base_pa > 0 && n->reg.base_pa % PAGE_BYTES == 0 &&
	       range_end(n->reg) <= LIMIT_4G && (n->under_reserved || n->under_root) &&
	       ranges_contain(&m->s->banks, n->reg) && !range_overlaps(n->reg, region) &&
	       !place_conflicts(m, n, n->reg, &what);
}

static enum om_err plan_page(struct maker *m, struct range region)
{
	struct survey_node *n = &m->s->retained;
	struct range page = { 0, PLAN_RETAINED_BYTES };
	char path[PATH_BYTES];
	bool known = n->node >= 0 && (n->under_reserved || n->under_root);
	enum om_err err;

	if (page_is_kept(m, region)) {
		m->out->retained_pa = n->reg.base_pa;
		claim_ours(m, n->reg);
		return OM_OK;
	}
	if (!page_find(m, region, &page.base_pa)) {
		m->out->notices |= PLAN_N_NO_RETAINED;
		return OM_OK;
	}
	if (known) {
		err = edit_place(m, n->node, n->parent, page);
		if (!err && (!n->under_reserved || !m->s->reserved_usable))
			err = edits_reserve(&m->out->edits, page.base_pa, page.bytes);
	} else {
		err = edit_new_node(m, "oopsmon", "oopsmon,retained", page, path);
	}
	if (err)
		return err;
	m->out->retained_pa = page.base_pa;
	claim_ours(m, page);
	return OM_OK;
}

/* ---- no ramoops node yet ------------------------------------------------------------ */

/* True if the place that was asked for can be had. */
static bool wish_is_possible(struct maker *m, struct range r)
{
	struct range what = r;
	bool possible = r.base_pa > 0 && (r.base_pa | r.bytes) % PAGE_BYTES == 0 &&
			range_end(r) <= LIMIT_4G && ranges_contain(&m->s->banks, r);

	if (possible)
		for (uint32_t i = 0; i < m->s->n_claims; i++) {
			struct range c = claim_extent(m->s, &m->s->claims[i], true);

			if (!range_overlaps(c, r))
				continue;
			what = m->s->claims[i].range;
			possible = false;
			break;
		}
	if (possible && linux_fares(m, r, (struct range){ 0, 0 }))
		return true;
	m->out->conflict = what;
	return false;
}

/* Where a region goes that has no place yet; the user's or board's wish first. */
static bool region_find(struct maker *m, uint32_t bytes, struct range *out)
{
	struct range r = { m->wish.geom.base_pa, m->wish.geom.region_bytes };

	if (m->wish.has_base && wish_is_possible(m, r)) {
		m->out->source = PLAN_USER;
		*out = r;
		return true;
	}
	if (m->wish.has_bytes && !m->wish.has_base && r.bytes % PAGE_BYTES == 0 &&
	    place_find(m, r.bytes, out)) {
		m->out->source = PLAN_USER;
		return true;
	}
	if (m->wish.has_base || m->wish.has_bytes)
		m->out->notices |= PLAN_N_WISH_REFUSED;
	m->out->source = PLAN_COMPUTED;
	return place_find(m, bytes, out);
}

static enum om_err plan_new(struct maker *m)
{
	static const struct geometry none = { .max_reason = UINT32_MAX };
	struct geometry *g = &m->out->geom;
	char path[PATH_BYTES];
	struct range r;
	enum om_err err;

	if (!region_find(m, m->in->board.region_bytes, &r)) {
		m->out->source = PLAN_NONE;
		m->out->notices |= PLAN_N_NO_ROOM;
		return OM_OK;
	}
	g->base_pa = r.base_pa;
	g->region_bytes = (uint32_t)r.bytes;
	sizes_default(m, g);
	sizes_user(m, g);
	if (!sizes_settle(m, g)) {
		m->out->source = PLAN_NONE;
		m->out->notices |= PLAN_N_NO_ROOM;
		*g = (struct geometry){ 0 };
		return OM_OK;
	}
	err = edit_new_node(m, "ramoops", "ramoops", r, path);
	if (!err)
		err = edit_sizes(m, path, &none, 0);
	if (err)
		return err;
	claim_ours(m, r);
	return plan_page(m, r);
}

/* ---- the tree has one ----------------------------------------------------------------- */

/* The node memory-region points to, below /reserved-memory. */
struct target {
	int node; /* -1: there is none */
	bool is_static;
	struct range reg;
};

static struct target target_find(const struct survey *s)
{
	struct target t = { .node = -1 };
	uint32_t phandle = s->ramoops.region_phandle;

	for (uint32_t i = 0; phandle && i < s->n_demands; i++)
		if (s->demands[i].phandle == phandle)
			t = (struct target){ .node = s->demands[i].node };
	for (uint32_t i = s->n_claims; phandle && i > 0; i--)
		if (s->claims[i - 1].phandle == phandle)
			t = (struct target){ .node = s->claims[i - 1].node,
					     .is_static = true,
					     .reg = s->claims[i - 1].range };
	return t;
}

/* True if the node's reg can be written: its parent's addresses are the CPU's. */
static bool node_is_writable(const struct maker *m, const struct survey_node *n)
{
	return n->under_root || (n->under_reserved && reserved_is_open(m->s)) ||
	       (n->under_reserved && n->has_reg);
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

/* Numbers of the existing node for the region in @g. False: nothing fits. */
static bool sizes_existing(struct maker *m, struct geometry *g)
{
	const struct survey *s = m->s;
	uint64_t base = g->base_pa;
	uint32_t bytes = g->region_bytes;

	*g = s->geom;
	g->base_pa = base;
	g->region_bytes = bytes;
	sizes_chromebook(m, g);
	if (!g->record_bytes && !g->console_bytes && !g->ftrace_bytes && !g->pmsg_bytes)
		sizes_default(m, g);
	if (s->geom_wrong || g->record_bytes != s->geom.record_bytes ||
	    g->console_bytes != s->geom.console_bytes || !s->ramoops.has_reg)
		m->out->notices |= PLAN_N_NODE_COMPLETED;
	sizes_user(m, g);
	if (!sizes_settle(m, g))
		return false;
	if (g->flags != s->geom.flags)
		m->out->notices |= PLAN_N_NODE_COMPLETED;
	return true;
}

/* The reservation of the region's new place, @t being what memory-region points to. */
static enum om_err edit_target(struct maker *m, const struct target *t, struct range r)
{
	static const char *const dynamic[] = { "size", "alignment", "alloc-ranges" };
	char path[PATH_BYTES];
	enum om_err err = node_path(m, t->node, path);

	for (size_t i = 0; i < sizeof(dynamic) / sizeof(dynamic[0]) && !err && !t->is_static; i++)
		if (fdt_getprop(m->in->fdt, t->node, dynamic[i], NULL))
			err = edits_delete(&m->out->edits, path, dynamic[i]);
	if (!err)
		err = edit_place(m, t->node, m->s->reserved, r);
	return err;
}

/* Linux must leave the region alone: is something in the tree that says so? */
static enum om_err edit_reservation(struct maker *m, const struct target *t, struct range r,
				    bool moved)
{
	const struct survey_node *n = &m->s->ramoops;
	bool by_child = n->under_reserved && reserved_is_open(m->s);
	bool by_memreserve = false;
	char path[PATH_BYTES];

	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];

		if (!range_contains(c->range, r))
			continue;
		by_memreserve |= c->kind == SURVEY_MEMRESERVE;
		by_child |= c->kind == SURVEY_RESERVED && m->s->reserved_usable && !moved &&
			    c->node != n->node;
	}
	if (by_child && m->s->reserved >= 0) {
		enum om_err err = edit_reserved_memory(m);

		if (err)
			return err;
	}
	if (t->node >= 0 && (moved || !t->is_static) && m->s->reserved_usable)
		return edit_target(m, t, r);
	if (by_child || by_memreserve ||
	    (!ranges_overlap(&m->out->banks, r) && !ranges_overlap(&m->s->banks, r)))
		return OM_OK;
	if (n->under_reserved || !reserved_is_open(m->s)) {
		m->out->notices |= PLAN_N_RSVMEM_UNUSABLE;
		return edits_reserve(&m->out->edits, r.base_pa, r.bytes);
	}
	return edit_new_node(m, "oopsmon", NULL, r, path);
}

/* Everything the existing node needs to say. */
static enum om_err edit_existing(struct maker *m, const struct target *t, struct range r,
				 bool moved)
{
	const struct survey_node *n = &m->s->ramoops;
	struct edits *list = &m->out->edits;
	bool place = moved || !n->has_reg;
	uint32_t before;
	char path[PATH_BYTES];
	enum om_err err = edit_reservation(m, t, r, moved);

	if (!err)
		err = node_path(m, n->node, path);
	if (!err)
		err = edit_sizes(m, path, &m->s->geom, m->s->geom_wrong);
	before = list->n;
	if (!err && n->under_reserved && !n->has_no_map) {
		if (n->has_reusable)
			err = edits_delete(list, path, "reusable");
		if (!err)
			err = edits_prop(list, path, "no-map", NULL, 0);
	}
	if (!err && n->has_size && n->under_reserved) {
		static const char *const dynamic[] = { "size", "alignment", "alloc-ranges" };

		for (size_t i = 0; i < 3 && !err; i++)
			if (fdt_getprop(m->in->fdt, n->node, dynamic[i], NULL))
				err = edits_delete(list, path, dynamic[i]);
	}
	/* Linux's binding has no memory-region; reg says it all */
	if (!err && n->region_phandle)
		err = edits_delete(list, path, "memory-region");
	if (list->n > before)
		m->out->notices |= PLAN_N_NODE_COMPLETED;
	if (!err && place)
		err = edit_place(m, n->node, n->parent, r);
	return err;
}

/* A node that cannot be helped must not make Linux write where others live. */
static enum om_err edit_disable(struct maker *m)
{
	char path[PATH_BYTES];
	enum om_err err = node_path(m, m->s->ramoops.node, path);

	return err ? err : edit_string(m, path, "status", "disabled");
}

/* True if the region can stay at @r; conflict says why not. */
static bool region_is_kept(struct maker *m, struct range r)
{
	struct geometry g = { .base_pa = r.base_pa, .region_bytes = (uint32_t)r.bytes };

	if (r.bytes == 0 || r.bytes > INT32_MAX)
		return false;
	if (place_conflicts(m, &m->s->ramoops, r, &m->out->conflict))
		return false;
	sizes_default(m, &g);
	return geometry_check(&g) == OM_OK;
}

static enum om_err plan_existing(struct maker *m)
{
	const struct survey_node *n = &m->s->ramoops;
	struct target t = target_find(m->s);
	struct range r = n->has_reg ? n->reg : t.reg;
	bool had = r.bytes > 0;
	bool kept = region_is_kept(m, r) && (n->has_reg || node_is_writable(m, n));
	uint32_t bytes = m->in->board.region_bytes;
	enum om_err err;

	if (m->s->second_ramoops)
		m->out->notices |= PLAN_N_SECOND_NODE;
	if (kept) {
		m->out->source = PLAN_EXISTING;
		if (!ranges_overlap(&m->out->banks, r))
			m->out->notices |= PLAN_N_OUTSIDE_RAM;
		if ((m->wish.has_base && m->wish.geom.base_pa != r.base_pa) ||
		    (m->wish.has_bytes && m->wish.geom.region_bytes != r.bytes)) {
			m->out->notices |= PLAN_N_WISH_REFUSED;
			m->out->conflict = r;
		}
	} else {
		struct range why = m->out->conflict;

		claims_drop(m, n->node);
		claims_drop(m, t.node);
		if (had)
			m->out->notices |= PLAN_N_NODE_MOVED;
		if (!node_is_writable(m, n)) {
			err = edit_disable(m);
			return err ? err : plan_new(m);
		}
		if (had && r.bytes >= PAGE_BYTES && r.bytes <= INT32_MAX &&
		    r.bytes % PAGE_BYTES == 0)
			bytes = (uint32_t)r.bytes;
		if (!region_find(m, bytes, &r)) {
			m->out->source = PLAN_NONE;
			m->out->notices |= PLAN_N_NO_ROOM;
			return edit_disable(m);
		}
		if (had)
			m->out->conflict = why;
	}

	m->out->geom.base_pa = r.base_pa;
	m->out->geom.region_bytes = (uint32_t)r.bytes;
	if (!sizes_existing(m, &m->out->geom))
		return OM_E_NO_SPACE;
	err = edit_existing(m, &t, r, !kept);
	if (err)
		return err;
	claim_ours(m, r);
	return plan_page(m, r);
}

/* ---- all of it ---------------------------------------------------------------------- */

static void take_claims(struct maker *m)
{
	for (uint32_t i = 0; i < m->in->n_claims && i < PLAN_CLAIMS_MAX; i++) {
		const struct claim *c = &m->in->claims[i];
		enum survey_kind kind = c->kind == CLAIM_PAYLOAD  ? SURVEY_PAYLOAD
					: c->kind == CLAIM_INITRD ? SURVEY_INITRD
								  : SURVEY_LENT;

		survey_claim(m->s, &(struct survey_claim){
					   .range = range_make(c->range.base_pa, c->range.bytes),
					   .kind = kind,
					   .node = -1 });
	}
}

static void tell_claims(struct maker *m)
{
	for (uint32_t i = 0; i < m->s->n_claims; i++) {
		const struct survey_claim *c = &m->s->claims[i];

		if (c->kind == SURVEY_MEMRESERVE || c->kind == SURVEY_RESERVED ||
		    c->kind == SURVEY_BOOTARGS)
			tell_reserved(m, c->range);
	}
}

static enum om_err decide(struct maker *m)
{
	trial_make(m, (struct range){ 0, 0 }, (struct range){ 0, 0 });
	m->demands_met = demands_met(m, NULL);
	if (m->wish.bad)
		m->out->notices |= PLAN_N_WISH_UNREADABLE;
	if (m->wish.off) {
		m->out->notices |= PLAN_N_TURNED_OFF;
		return OM_OK;
	}
	return m->s->ramoops.node >= 0 ? plan_existing(m) : plan_new(m);
}

enum om_err carveout_plan(const struct plan_input *in, struct plan *out)
{
	struct maker m = { .in = in, .out = out, .s = &out->work.survey };
	enum om_err err;

	out->source = PLAN_NONE;
	out->geom = (struct geometry){ 0 };
	out->retained_pa = 0;
	out->notices = 0;
	out->conflict = (struct range){ 0, 0 };
	out->reserved.n = 0;
	out->edits.n = 0;
	out->edits.pool_used = 0;
	out->cpus = dt_cpus(in->fdt);

	err = survey_tree(m.s, in->fdt, in->bootargs, &out->banks);
	if (err)
		out->notices |= PLAN_N_NO_MEMORY_NODE;
	if (err == OM_E_VARIANT) {
		out->banks.n = 0;
		return OM_OK;
	}
	take_claims(&m);
	tell_claims(&m);
	cmdline_wish(in->bootargs, &in->board, &m.wish);
	err = decide(&m);
	/* without any RAM declared these follow, and are no news */
	if (out->notices & PLAN_N_NO_MEMORY_NODE)
		out->notices &=
			~(uint32_t)(PLAN_N_NO_ROOM | PLAN_N_OUTSIDE_RAM | PLAN_N_NO_RETAINED);
	if (err) {
		out->source = PLAN_NONE;
		out->geom = (struct geometry){ 0 };
		out->retained_pa = 0;
		out->edits.n = 0;
	}
	return err;
}

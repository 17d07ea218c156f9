/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free memory is what the banks hold less all claims. Whether Linux still finds what it
 * looks for itself is not reckoned but played through, search by search, as memblock does
 * it: top down, the first window that has room.
 */
#include "room.h"
#include "core/tree/dt.h"

enum {
	DISTINCT_BANKS = 32, /* banks tried, largest first */
	TAIL_BYTES = 2 << 20 /* left after the region at the end of RAM: one section of Linux */
};

static const struct range nothing = { 0, 0 };

struct range room_extent(const struct survey *s, const struct survey_claim *c, bool cut)
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

/* The part of a bank below 4 GiB. */
static struct range bank_cut(struct range bank)
{
	const uint64_t limit = 1ULL << 32;

	if (range_end(bank) > limit)
		bank.bytes = bank.base_pa < limit ? limit - bank.base_pa : 0;
	return bank;
}

/* What is left of @bank when static reservations at its end are passed over. */
static struct range reserved_end_cut(const struct survey *s, struct range bank)
{
	for (uint32_t i = 0; i < s->n_claims && bank.bytes; i++) {
		const struct survey_claim *c = &s->claims[i];

		if ((c->kind != SURVEY_RESERVED && c->kind != SURVEY_MEMRESERVE) ||
		    !range_contains(c->range, (struct range){ range_end(bank) - 1, 1 }))
			continue;
		bank.bytes = c->range.base_pa > bank.base_pa ? c->range.base_pa - bank.base_pa : 0;
		i = UINT32_MAX; /* another one may lie below it */
	}
	return bank;
}

struct range room_stage_area(const struct survey *s, struct range bank)
{
	uint64_t top = ROOM_STAGE_BYTES;
	struct range low;

	bank = bank_cut(bank);
	low = reserved_end_cut(s, bank);
	if (bank.bytes >= ROOM_LARGE)
		top = ROOM_STAGE_BYTES_LARGE;
	if (top > low.bytes / 4)
		top = low.bytes / 4;
	bank.bytes -= low.bytes - top;
	bank.base_pa += low.bytes - top;
	return bank;
}

struct range room_in_stage(const struct survey *s, const struct ranges *banks, struct range r)
{
	for (uint32_t i = 0; banks && i < banks->n; i++) {
		const struct range area = room_stage_area(s, banks->r[i]);

		if (range_overlaps(area, r))
			return area;
	}
	return nothing;
}

void room_remove_claims(const struct survey *s, bool all, struct ranges *set)
{
	for (uint32_t i = 0; i < s->n_claims; i++)
		if (all ||
		    (s->claims[i].kind != SURVEY_PAYLOAD && s->claims[i].kind != SURVEY_DISABLED))
			ranges_remove(set, s->claims[i].range);
}

static void free_make(struct room *r, bool cut)
{
	struct ranges *set = &r->free;

	*set = r->s->banks;
	for (uint32_t i = 0; i < r->s->n_claims; i++)
		ranges_remove(set, room_extent(r->s, &r->s->claims[i], cut));
	for (uint32_t i = 0; r->stage && i < r->stage->n; i++)
		ranges_remove(set, room_stage_area(r->s, r->stage->r[i]));
}

/* What Linux has for its own searches when @a and @b are taken. */
static void trial_make(struct room *r, struct range a, struct range b)
{
	struct ranges *set = &r->trial;

	*set = r->s->banks;
	for (uint32_t i = 0; i < r->s->n_claims; i++) {
		const struct survey_claim *c = &r->s->claims[i];

		/* these are gone when Linux looks */
		if (c->kind == SURVEY_LENT || c->kind == SURVEY_PAYLOAD ||
		    c->kind == SURVEY_DISABLED)
			continue;
		ranges_remove(set, c->range);
	}
	ranges_remove(set, a);
	ranges_remove(set, b);
}

/* Window @i of @d, in the order in which Linux tries them; false past the last one. */
static bool demand_window(const struct survey *s, const struct survey_demand *d, uint32_t i,
			  struct range *window)
{
	const uint32_t step = 4 * (s->n_addr + s->n_size);
	const char *p;

	*window = d->window;
	if (!d->windows)
		return i == 0;
	if (i >= d->windows_bytes / step)
		return false;
	p = d->windows + (size_t)i * step;
	*window = range_make(dt_number(p, s->n_addr), dt_number(p + 4 * s->n_addr, s->n_size));
	return true;
}

/* Takes the place Linux would find for @d: the highest in the first window that has one. */
static bool demand_take(const struct survey *s, struct ranges *set, const struct survey_demand *d,
			uint64_t align, struct ranges *taken)
{
	struct range got = { 0, d->bytes };
	struct range window;

	for (uint32_t i = 0; demand_window(s, d, i, &window); i++) {
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
static uint32_t demands_met(struct room *r, struct ranges *taken)
{
	struct ranges *set = &r->trial;
	uint32_t met = 0;

	for (uint32_t i = 0; i < r->s->n_demands; i++) {
		const struct survey_demand *d = &r->s->demands[i];

		if (demand_take(r->s, set, d, d->align, taken))
			met |= 2U << (2 * i);
		else if (demand_take(r->s, set, d, d->align_least, taken))
			met |= 1U << (2 * i);
	}
	return met;
}

const struct survey_demand *room_spoils(struct room *r, struct range region, struct range page)
{
	uint32_t met;

	if (r->s->n_demands == 0)
		return NULL;
	trial_make(r, region, page);
	met = demands_met(r, NULL);
	for (uint32_t i = 0; i < r->s->n_demands; i++)
		if ((met >> (2 * i) & 3) < (r->met >> (2 * i) & 3))
			return &r->s->demands[i];
	return NULL;
}

/* ---- choosing ---------------------------------------------------------------------- */

struct range room_bank_low(struct range bank)
{
	uint64_t end = range_end(bank) < ROOM_LIMIT ? range_end(bank) : ROOM_LIMIT;

	if (bank.base_pa == 0 && bank.bytes > ROOM_PAGE_BYTES)
		bank.base_pa = ROOM_PAGE_BYTES;
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
		struct range r = room_bank_low(banks->r[i]);
		bool after = last->bytes == 0 || r.bytes < last->bytes ||
			     (r.bytes == last->bytes && r.base_pa < last->base_pa);

		if (r.bytes > 0 && after && r.bytes >= best.bytes)
			best = r;
	}
	*last = best;
	return best.bytes > 0;
}

/*
 * The highest place for @bytes in the largest bank that has one. The end of RAM is left to
 * Linux if that can be done: see room_end_is_ram().
 */
static bool pick(const struct room *r, uint64_t bytes, uint64_t align, uint64_t *base)
{
	const struct ranges *banks = &r->s->banks;
	struct range bank = { 0, 0 };

	for (int i = 0; i < DISTINCT_BANKS && bank_next(banks, &bank); i++) {
		uint64_t end = range_end(bank);

		if (end == range_end(banks->r[banks->n - 1]) &&
		    ranges_find_high(&r->free, bytes, align, bank.base_pa, end - TAIL_BYTES,
				     base) == OM_OK)
			return true;
		if (ranges_find_high(&r->free, bytes, align, bank.base_pa, end, base) == OM_OK)
			return true;
	}
	return false;
}

bool room_end_is_ram(struct room *r, struct range region, struct range page)
{
	const struct ranges *banks = &r->s->banks;

	if (banks->n == 0)
		return true;
	trial_make(r, region, page);
	demands_met(r, NULL);
	return ranges_contain(&r->trial,
			      (struct range){ range_end(banks->r[banks->n - 1]) - 1, 1 });
}

/* The same within the windows of @in, if that is given. */
static bool pick_in(const struct room *r, const struct survey_demand *in, uint64_t bytes,
		    uint64_t align, uint64_t *base)
{
	struct range window;

	if (!in)
		return pick(r, bytes, align, base);
	for (uint32_t i = 0; demand_window(r->s, in, i, &window); i++) {
		window = room_bank_low(window);
		if (ranges_find_high(&r->free, bytes, align, window.base_pa, range_end(window),
				     base) == OM_OK)
			return true;
	}
	return false;
}

bool room_find(struct room *r, const struct survey_demand *in, uint64_t bytes, uint64_t align,
	       struct range *out)
{
	struct range got = { 0, bytes };

	for (int cut = 0; cut < 2; cut++) {
		free_make(r, cut != 0);
		if (!pick_in(r, in, bytes, align, &got.base_pa))
			continue;
		if (room_spoils(r, got, nothing)) {
			trial_make(r, nothing, nothing);
			demands_met(r, &r->free);
			if (!pick_in(r, in, bytes, align, &got.base_pa))
				continue;
		}
		*out = got;
		return true;
	}
	return false;
}

static bool page_suits(struct room *r, uint64_t base, struct range region)
{
	struct range page = { base, ROOM_PAGE_BYTES };

	return base > 0 && range_end(page) <= ROOM_LIMIT && ranges_contain(&r->free, page) &&
	       !room_spoils(r, region, page);
}

bool room_find_page(struct room *r, struct range region, uint64_t *base_pa)
{
	const uint64_t mask = ROOM_PAGE_BYTES - 1;
	uint64_t below = (region.base_pa & ~mask) - ROOM_PAGE_BYTES;
	uint64_t above = (range_end(region) + mask) & ~mask;

	for (int cut = 0; cut < 2; cut++) {
		struct range bank = { 0, 0 };
		uint64_t base = 0;

		free_make(r, cut != 0);
		if (below < region.base_pa && page_suits(r, below, region)) {
			*base_pa = below;
			return true;
		}
		if (above >= region.base_pa && page_suits(r, above, region)) {
			*base_pa = above;
			return true;
		}
		for (uint32_t i = 0; i < r->s->banks.n; i++)
			if (range_contains(r->s->banks.r[i], region))
				bank = room_bank_low(r->s->banks.r[i]);
		if (ranges_find_high(&r->free, ROOM_PAGE_BYTES, ROOM_PAGE_BYTES, bank.base_pa,
				     range_end(bank), &base) != OM_OK)
			(void)pick(r, ROOM_PAGE_BYTES, ROOM_PAGE_BYTES, &base);
		if (!page_suits(r, base, region)) {
			trial_make(r, region, nothing);
			demands_met(r, &r->free);
			base = 0;
			(void)pick(r, ROOM_PAGE_BYTES, ROOM_PAGE_BYTES, &base);
		}
		if (page_suits(r, base, region)) {
			*base_pa = base;
			return true;
		}
	}
	return false;
}

void room_accept(struct room *r, struct range region)
{
	trial_make(r, region, nothing);
	r->met = demands_met(r, NULL);
}

void room_open(struct room *r, const struct survey *s)
{
	r->s = s;
	room_accept(r, nothing);
}

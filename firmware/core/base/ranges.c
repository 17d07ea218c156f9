/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorted, merged sets of address ranges in a fixed array. Every operation keeps
 * the set sorted and disjoint, so a lookup is one pass from either end.
 */
#include "ranges.h"

#include <string.h>

struct range range_make(uint64_t base_pa, uint64_t bytes)
{
	if (bytes > UINT64_MAX - base_pa)
		bytes = UINT64_MAX - base_pa;
	return (struct range){ base_pa, bytes };
}

bool range_overlaps(struct range a, struct range b)
{
	if (a.bytes == 0 || b.bytes == 0)
		return false;
	return a.base_pa < range_end(b) && b.base_pa < range_end(a);
}

bool range_contains(struct range outer, struct range inner)
{
	return inner.bytes > 0 && inner.base_pa >= outer.base_pa &&
	       range_end(inner) <= range_end(outer);
}

/* Replaces @n_old members from @at by @n_new others; the caller checked the room. */
static void splice(struct ranges *set, uint32_t at, uint32_t n_old, const struct range *new,
		   uint32_t n_new)
{
	memmove(&set->r[at + n_new], &set->r[at + n_old],
		(set->n - at - n_old) * sizeof(set->r[0]));
	for (uint32_t i = 0; i < n_new; i++)
		set->r[at + i] = new[i];
	set->n = set->n - n_old + n_new;
}

enum om_err ranges_add(struct ranges *set, struct range r)
{
	uint32_t first = 0;
	uint32_t past;

	r = range_make(r.base_pa, r.bytes);
	if (r.bytes == 0)
		return OM_OK;

	/* [first, past) are the members that touch or overlap the new one */
	while (first < set->n && range_end(set->r[first]) < r.base_pa)
		first++;
	for (past = first; past < set->n && set->r[past].base_pa <= range_end(r); past++) {
		uint64_t base = set->r[past].base_pa < r.base_pa ? set->r[past].base_pa : r.base_pa;
		uint64_t end = range_end(set->r[past]);

		if (end < range_end(r))
			end = range_end(r);
		r = (struct range){ base, end - base };
	}
	if (past == first && set->n >= RANGES_MAX)
		return OM_E_NO_SPACE;

	splice(set, first, past - first, &r, 1);
	return OM_OK;
}

enum om_err ranges_remove(struct ranges *set, struct range r)
{
	enum om_err err = OM_OK;

	r = range_make(r.base_pa, r.bytes);
	for (uint32_t i = 0; i < set->n;) {
		struct range have = set->r[i];
		struct range left[2];
		uint32_t n = 0;

		if (!range_overlaps(have, r)) {
			i++;
			continue;
		}
		if (have.base_pa < r.base_pa)
			left[n++] = (struct range){ have.base_pa, r.base_pa - have.base_pa };
		if (range_end(have) > range_end(r))
			left[n++] = (struct range){ range_end(r), range_end(have) - range_end(r) };
		if (n == 2 && set->n >= RANGES_MAX) {
			if (left[1].bytes > left[0].bytes)
				left[0] = left[1];
			n = 1;
			err = OM_E_NO_SPACE;
		}
		splice(set, i, 1, left, n);
		i += n;
	}
	return err;
}

bool ranges_contain(const struct ranges *set, struct range r)
{
	for (uint32_t i = 0; i < set->n; i++)
		if (range_contains(set->r[i], r))
			return true;
	return false;
}

bool ranges_overlap(const struct ranges *set, struct range r)
{
	for (uint32_t i = 0; i < set->n; i++)
		if (range_overlaps(set->r[i], r))
			return true;
	return false;
}

/* Where @bytes fit into the part of @r inside [lo, hi), from its end or its start. */
static bool fit(struct range r, uint64_t bytes, uint64_t align, bool high, uint64_t lo, uint64_t hi,
		uint64_t *base_pa)
{
	uint64_t start = r.base_pa > lo ? r.base_pa : lo;
	uint64_t end = range_end(r) < hi ? range_end(r) : hi;
	uint64_t base;

	if (start >= end || bytes > end - start)
		return false;
	if (high) {
		base = (end - bytes) & ~(align - 1);
		if (base < start)
			return false;
	} else {
		if (start > UINT64_MAX - (align - 1))
			return false;
		base = (start + (align - 1)) & ~(align - 1);
		if (base > end - bytes)
			return false;
	}
	*base_pa = base;
	return true;
}

static bool is_power_of_2(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

enum om_err ranges_find(const struct ranges *set, bool high, uint64_t bytes, uint64_t align,
			uint64_t lo, uint64_t hi, uint64_t *base_pa)
{
	if (bytes == 0 || !is_power_of_2(align))
		return OM_E_ARG;
	for (uint32_t i = 0; i < set->n; i++)
		if (fit(set->r[high ? set->n - 1 - i : i], bytes, align, high, lo, hi, base_pa))
			return OM_OK;
	return OM_E_NO_ROOM;
}

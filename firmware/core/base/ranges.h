/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of physical address ranges: what RAM there is, what is claimed, where
 * something still fits. Used by the carve-out plan and the payload placement.
 * A set is sorted by base, merged, and owned by the caller.
 */
#ifndef OM_CORE_RANGES_H
#define OM_CORE_RANGES_H

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum { RANGES_MAX = 96 };

struct range {
	uint64_t base_pa;
	uint64_t bytes; /* base_pa + bytes never wraps in a set */
};

struct ranges {
	uint32_t n;
	struct range r[RANGES_MAX];
};

static inline uint64_t range_end(struct range r)
{
	return r.base_pa + r.bytes;
}

/**
 * range_make - a range from two untrusted numbers
 * @base_pa, @bytes: any values
 *
 * Cuts @bytes so that the end does not wrap past 2^64 - 1.
 */
struct range range_make(uint64_t base_pa, uint64_t bytes);

/* True if the two share at least one byte; empty ranges overlap nothing. */
bool range_overlaps(struct range a, struct range b);

/* True if every byte of @inner lies in @outer; an empty @inner never does. */
bool range_contains(struct range outer, struct range inner);

/**
 * ranges_add - add one range, merging with neighbours it touches
 * @set: initialised (all zero is the empty set)
 * @r:   ignored when empty
 *
 * Returns OM_OK, OM_E_NO_SPACE if the set is full (@set unchanged).
 */
enum om_err ranges_add(struct ranges *set, struct range r) OM_MUST_CHECK;

/**
 * ranges_remove - cut one range out of the set
 *
 * Returns OM_OK, OM_E_NO_SPACE if a split does not fit: then more than asked
 * is removed (the smaller remainder), never less, so the result stays safe.
 */
enum om_err ranges_remove(struct ranges *set, struct range r);

/* True if one member of the set contains all of @r. */
bool ranges_contain(const struct ranges *set, struct range r);

/* True if any member of the set overlaps @r. */
bool ranges_overlap(const struct ranges *set, struct range r);

/**
 * ranges_find - where @bytes fit
 * @set:       the free ranges
 * @high:      the highest base is wanted, else the lowest one
 * @bytes:     size wanted, > 0
 * @align:     alignment of the base, a power of two
 * @lo, @hi:   only addresses in [lo, hi)
 * @base_pa:   written only on OM_OK
 *
 * Returns OM_OK, OM_E_NO_ROOM, OM_E_ARG (@bytes 0 or @align not a power of 2).
 */
enum om_err ranges_find(const struct ranges *set, bool high, uint64_t bytes, uint64_t align,
			uint64_t lo, uint64_t hi, uint64_t *base_pa) OM_MUST_CHECK;

static inline OM_MUST_CHECK enum om_err ranges_find_high(const struct ranges *set, uint64_t bytes,
							 uint64_t align, uint64_t lo, uint64_t hi,
							 uint64_t *base_pa)
{
	return ranges_find(set, true, bytes, align, lo, hi, base_pa);
}

static inline OM_MUST_CHECK enum om_err ranges_find_low(const struct ranges *set, uint64_t bytes,
							uint64_t align, uint64_t lo, uint64_t hi,
							uint64_t *base_pa)
{
	return ranges_find(set, false, bytes, align, lo, hi, base_pa);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that stands in a zone although the zone's header denies it: start or size are
 * impossible, or both were set to zero (which Linux does too, when a file is deleted and
 * at every boot). Finds where such text ends; what it means is the caller's business.
 */
#ifndef OM_CORE_SALVAGE_H
#define OM_CORE_SALVAGE_H

#include "geometry.h"
#include "zone.h"

/**
 * salvage_log - the bytes behind a useless header, in the order they lie in the zone
 * @kind: what stands there: a dmesg record must begin with its "====" line, the others
 *        with text
 * @work: the zone's capacity
 *
 * Every writer starts at the zone's beginning, so the first block decides, which keeps
 * an erased zone cheap. Text ends where it stops looking like text, a packed record at
 * a block of zeros. Returns an empty span if there is nothing.
 */
struct span salvage_log(const struct zone_raw *zone, enum zone_kind kind, struct workspace work);

/**
 * salvage_check - how well the first @len bytes of a zone's data were kept
 * @corrected_bytes: wrong symbols that ECC repaired are added
 *
 * Returns the blocks beyond repair.
 */
uint32_t salvage_check(const struct zone_raw *zone, size_t len, uint32_t *corrected_bytes);

#endif

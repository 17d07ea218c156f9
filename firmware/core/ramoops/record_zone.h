/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the readers of a region's zones share (record.c, ftrace_read.c); nobody else needs it.
 */
#ifndef OM_CORE_RECORD_ZONE_H
#define OM_CORE_RECORD_ZONE_H

#include "core/log/record.h"
#include "record_read.h"
#include "zone.h"

/* The code of the zones' parity, NULL: no ECC. */
static inline const struct rs *region_rs(const struct region *r)
{
	return r->geom.ecc_bytes > 0 ? &r->rs : NULL;
}

/* What is left of @work after its first @len bytes; @len is at most work.cap. */
static inline struct workspace work_behind(struct workspace work, size_t len)
{
	return (struct workspace){ work.p + len, work.cap - len };
}

/*
 * CRC-32 @crc carried on over a zone's valid bytes, in the order they lie in the zone: the
 * same with and without a usable header.
 */
uint32_t ring_digest(uint32_t crc, const struct zone *z);

/* Add a zone's counts and what is wrong with it to @out. */
void note_zone(const struct zone *z, struct record *out);

#endif

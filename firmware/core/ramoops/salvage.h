/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of a zone whose header denies it: its signature is wrong, start or size are
 * impossible, or both were set to zero (which Linux does too, when a file is deleted and at
 * every boot). What parity and contents say takes the header's place; what the text means
 * is the caller's business.
 */
#ifndef OM_CORE_SALVAGE_H
#define OM_CORE_SALVAGE_H

#include "geometry.h"
#include "zone.h"

/* How sure it is that the place is a zone at all. */
enum salvage_trust {
	SALVAGE_DOUBTFUL, /* nothing says so: a head line or parity at its beginning must */
	SALVAGE_LIKELY,	  /* a signature that is right or nearly so: there must be contents too */
	SALVAGE_KNOWN	  /* most zones of the region are where they should */
};

struct salvage {
	/* given */
	enum zone_kind kind;
	enum salvage_trust trust;
	bool empty; /* the header says so: only what a writer left there is wanted */
	/* found */
	bool by_header; /* start and size make sense */
	bool by_stamps; /* the ring was put in order by printk's time stamps */
	bool has_proof; /* a head line, text or parity speaks for it, not the numbers alone */
};

/**
 * salvage_log - find a zone's log without relying on its header
 * @work: the zone's capacity
 * @s:    in and out
 * @z:    as zone_read() left it; start, size, text, holes and counts are written
 *
 * Where start and size are close to each other, or one of them to the capacity, that is how
 * the ring was; else its contents say how far it was written: parity that is right over
 * bytes that are not zero, text, or a head line. Stretches between start and size, and
 * without ECC blocks that are no text, become holes.
 * Looks at a block or two of a zone that is erased, and gives up soon in noise.
 * Returns OM_OK, OM_E_NOT_FOUND, OM_E_NO_SPACE.
 */
enum om_err salvage_log(const struct zone_raw *zone, struct workspace work, struct salvage *s,
			struct zone *z) OM_MUST_CHECK;

#endif

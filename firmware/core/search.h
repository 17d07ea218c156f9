/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Search: the geometry of a region nobody described, from the bytes alone. Every zone of a
 * region that a kernel ever used begins with a signature, even when it is empty; ECC parity
 * stands at its end. What sizes fit these places, and what stands in the zones, gives the
 * ramoops node's numbers back.
 */
#ifndef OM_CORE_SEARCH_H
#define OM_CORE_SEARCH_H

#include "err.h"
#include "geometry.h"
#include "span.h"

/* A word that may open a zone. */
struct mark {
	uint64_t off;	    /* bytes from the beginning of what was scanned */
	uint32_t version;   /* LINUX_VERSION_CODE if it can only be an ftrace zone's, else 0 */
	bool big_endian;    /* the writer's byte order */
	uint8_t wrong_bits; /* of the signature, 0 to SEARCH_WRONG_BITS_MAX */
};

enum {
	SEARCH_WRONG_BITS_MAX = 3,
	SEARCH_MARKS_MAX = 4096, /* zones of a region that are looked at */
};

/**
 * search_marks - the zone headers in a stretch of memory
 * @bytes: any bytes
 * @base:  added to every offset
 * @marks: room for @max, in rising order
 * @used:  bytes of @bytes that were looked through; less than all only if @marks is full
 *
 * Quick: a stretch without signatures costs about an instruction a byte where the C
 * library's memchr() does. A header counts if its start and size could be a zone's.
 * Returns the number of marks.
 */
uint32_t search_marks(struct span bytes, uint64_t base, struct mark *marks, uint32_t max,
		      size_t *used);

/* What was found, and on what grounds. */
struct found {
	struct geometry geom; /* rounded sizes; base_pa is 0 */
	struct layout layout;
	uint32_t off;	      /* where in the bytes the region begins; its size is in geom */
	uint32_t n_explained; /* marks that are a zone of this layout */
	uint32_t n_missing;   /* zones of it without a signature */
	uint32_t n_stray;     /* marks inside the region that it does not explain */
	bool ecc_proven;      /* parity behind a header was right for this ecc size */
	bool sure;	      /* no other sizes explain the bytes as well */
};

/**
 * search_region - the geometry that explains some bytes best
 * @bytes: the region, or memory that holds it; read only
 * @whole: the bytes are the region, nothing less and nothing more; false: it begins
 *         somewhere in them and may end before they do
 * @work:  SEARCH_WORK_BYTES
 * @out:   written on OM_OK
 *
 * Tolerates damage: signatures with wrong bits or none, headers that ECC must repair first, and
 * zones of another geometry that are left from before, unless they are many more than the last
 * writer's. Where nothing tells sizes apart (the last zone's end without ECC, empty zones as
 * large as records) out->sure is false. Bounded: a few 10^8 instructions at most for 2 MiB, some
 * 50 for each further byte, whatever the bytes are; the first SEARCH_MARKS_MAX marks count.
 * Returns OM_OK, OM_E_NOT_FOUND (no zones), OM_E_NO_SPACE.
 */
enum { SEARCH_WORK_BYTES = 256 << 10 };
enum om_err search_region(struct span bytes, bool whole, struct workspace work,
			  struct found *out) OM_MUST_CHECK;

#endif

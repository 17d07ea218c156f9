/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Search: the geometry of a region nobody described, from the bytes alone. Every zone of a
 * region that a kernel ever used begins with a signature, even when it is empty; ECC parity
 * is at its end. What sizes fit these places, and what is in the zones, gives the
 * ramoops node's numbers back.
 */
#ifndef OM_CORE_SEARCH_H
#define OM_CORE_SEARCH_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "geometry.h"

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
	uint32_t n_unproven;  /* zones without parity at their ends, though others have it */
	int32_t score;	      /* of two readings of the same bytes the likelier has more */
	bool ecc_proven;      /* parity after a header was right for this ecc size */
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

/* Sizes that are known before the search. */
enum {
	SEARCH_RECORD = 1 << 0,
	SEARCH_CONSOLE = 1 << 1,
	SEARCH_FTRACE = 1 << 2,
	SEARCH_PMSG = 1 << 3,
	SEARCH_ECC = 1 << 4,
	SEARCH_ALL = (1 << 5) - 1,
};

struct search_known {
	struct geometry geom; /* rounded */
	uint32_t sizes;	      /* bits of those that are known; the others count for nothing */
	/* one for every SEARCH_STRETCH_BYTES of the bytes, from the first on: false: all of them
	   are zero, so that they need not be read; NULL: not known */
	const bool *filled;
};
enum { SEARCH_STRETCH_BYTES = 64 << 10 };

/**
 * search_bytes - the geometry of bytes that are a region as a whole or have one in them
 * @known: only such sizes are taken; NULL: any
 * @work, @out: as search_region()
 *
 * Returns OM_OK, OM_E_NOT_FOUND, OM_E_NO_SPACE.
 */
enum om_err search_bytes(struct span bytes, const struct search_known *known, struct workspace work,
			 struct found *out) OM_MUST_CHECK;

/* The same where the bytes are more than the region: search_region() with sizes that are known. */
enum om_err search_within(struct span bytes, const struct search_known *known,
			  struct workspace work, struct found *out) OM_MUST_CHECK;

/* Which sizes the bytes confirm. */
enum fit_which {
	FIT_GIVEN,     /* those that were given, or nothing better was found */
	FIT_COMPLETED, /* those that are known, with others beside them */
	FIT_OTHER      /* others altogether */
};

/* How the sizes that were given fit the bytes. */
struct fit {
	enum fit_which which;
	uint32_t n_in_place; /* zones that begin with a header */
	uint32_t n_missing;  /* zones that do not */
	uint32_t n_outside;  /* sound headers that are neither a zone's nor in a zone's log */
	uint32_t n_filled;   /* of those outside: with something in their own log */
	uint32_t n_unproven; /* zones whose header has no parity where ecc-size puts it */
	uint32_t n_overlong; /* zones with a log that is longer than they are */
};

/**
 * search_is_doubtful - is there a reason for search_check()?
 * @bytes: a whole region; @layout, @rs: as region_open() has them, @rs NULL: no ECC
 *
 * A quick look that every start can afford: at the zones' own headers, at the parity of the first
 * zone of each kind, and between the zones' logs at each 4 KiB for headers that are in no zone.
 * Some 20 instructions for 4 KiB, and 10,000 for each kind of zone with ECC. False where no kernel
 * ever wrote. Without ECC search_has_parity() is to be asked as well.
 */
bool search_is_doubtful(struct span bytes, const struct layout *layout, const struct rs *rs);

/* Does parity vouch for zones that are to be read without? Looks at the zones that begin with a
   header; @work: SEARCH_WORK_BYTES. */
bool search_has_parity(struct span bytes, const struct layout *layout, struct workspace work);

/* What speaks against the sizes, the strongest evidence first, as words to follow the number @n. */
const char *fit_why(const struct fit *f, uint32_t *n);

/**
 * search_check - do sizes that somebody gave fit the bytes?
 * @bytes:  the region from its first byte on; it may be cut
 * @known:  the sizes; region_bytes must be right as well
 * @layout: of the whole known->geom, as layout_detect() found it
 * @fit:    always written but on OM_E_NO_SPACE
 * @out:    written if fit->which is not FIT_GIVEN: what the bytes say
 *
 * Damage is no reason to doubt: given sizes count less only where zone headers, parity or
 * the lengths of logs are as no damage leaves them. What zones of an earlier geometry
 * left in RAM does not count against zones that are all in their places. Bounded as
 * search_region(); a region where all is in its place costs the scan for marks and a few thousand
 * instructions for each. Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err search_check(struct span bytes, const struct search_known *known,
			 const struct layout *layout, struct workspace work, struct fit *fit,
			 struct found *out) OM_MUST_CHECK;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retained page: what the monitor remembers over a warm reset. Two copies,
 * each with CRC and Reed-Solomon parity, written in turn, so that a reset in the
 * middle of a write leaves the other one. Version 2 is written, version 1 is read as well.
 * The byte layout is in docs/retained-page.md.
 */
#ifndef OM_CORE_RETAINED_H
#define OM_CORE_RETAINED_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/ecc/rs.h"
#include "core/ramoops/geometry.h"

#include <stdbool.h>

enum {
	RETAINED_PAGE_BYTES = 4096,
	RETAINED_COPY_BYTES = 2048,    /* copy 0 at offset 0, copy 1 after it */
	RETAINED_REPORTED_MAX = 448,   /* digests kept */
	RETAINED_BODY_BYTES = 236 * 8, /* of a copy: what parity covers */
};

/* How the monitor was started; the numbers are in the page (docs/retained-page.md). */
enum retained_entry { RETAINED_RESET = 0, RETAINED_LINUX = 1, RETAINED_CALLED = 2 };

struct retained {
	uint32_t sequence;   /* of writes; the higher valid copy counts */
	uint32_t boot_count; /* starts since RAM was last lost, this one included */
	uint32_t entry;	     /* enum retained_entry */
	uint32_t cpus;	     /* CPU nodes the last kernel had */
	uint32_t faults;     /* consecutive starts that ended in a fault of the monitor itself */
	uint32_t loop_count; /* consecutive starts after a crash */
	uint32_t reset_cause;
	uint32_t running_bytes; /* that the last kernel takes of its RAM, from the start; 0: unknown
				 */
	struct geometry geom;	/* given to the last kernel; region_bytes 0: none */
	uint32_t n_reported;
	/* digests of what was reported, newest last; complemented: seen, but not reported yet */
	uint32_t reported[RETAINED_REPORTED_MAX];
	uint32_t archived;    /* report_id() of the records last archived, 0: none */
	uint32_t group_zones; /* 0: a digest is one record's; else that of so many zones (once.h) */
};

/* Memory that the functions below need and that is too large for a stack; overwritten. */
struct retained_scratch {
	struct rs rs;
	uint8_t body[RETAINED_BODY_BYTES];
	struct retained copy;
};

/**
 * retained_decode - find the newest good copy
 * @page: RETAINED_PAGE_BYTES of last boot's RAM, any bytes
 * @scratch: lent for error correction
 * @copy: index of the copy taken, 0 or 1
 * @corrected: bytes ECC repaired in it
 *
 * Returns OM_OK (RAM survived the reset); OM_E_BAD_MAGIC: nothing of ours there (cold
 *   boot, or first start); OM_E_CORRUPT: ours, but both copies are beyond repair;
 *   OM_E_VARIANT: written by an unknown newer version; OM_E_TRUNCATED: @page too short.
 */
enum om_err retained_decode(struct span page, struct retained_scratch *scratch,
			    struct retained *out, uint32_t *copy,
			    uint32_t *corrected) OM_MUST_CHECK;

/**
 * retained_resembles - could this be a retained page?
 * @page: RETAINED_PAGE_BYTES, any bytes
 *
 * Cheap; for a search. True as soon as one copy has most of its magic and version.
 */
bool retained_resembles(struct span page);

/**
 * retained_encode - one copy, ready to be stored
 * @scratch: lent for the parity
 * @copy: RETAINED_COPY_BYTES, written completely
 *
 * The caller stores it over the copy retained_decode() did not take, and
 * increments sequence first.
 */
void retained_encode(const struct retained *r, struct retained_scratch *scratch,
		     uint8_t copy[RETAINED_COPY_BYTES]);

#endif

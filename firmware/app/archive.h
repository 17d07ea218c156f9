/* SPDX-License-Identifier: BSD-2-Clause */
/* A new crash to the archive in flash, before it is reported at length. */
#ifndef OM_APP_ARCHIVE_H
#define OM_APP_ARCHIVE_H

#include "archive_place.h"
#include "armored_report.h"
#include "crash.h"

/* Where a crash is, beside RAM. */
enum kept {
	KEPT_IN_RAM,  /* nowhere: a notice says why unless nobody asked for it */
	KEPT_BEFORE,  /* an earlier start has archived it */
	KEPT_NOW,     /* complete in the archive */
	KEPT_CUT,     /* what had no room in the archive is named there */
	KEPT_LATE,    /* so is what there was no time for */
	KEPT_IN_PART, /* the flash failed on the way */
};

struct archived {
	enum kept kept;
	uint32_t entry; /* number of this crash in the archive, 0: none */
	uint32_t bytes; /* that it takes there */
};

/* @page: remembers it at once */
void archive_crash(const struct crash *crash, struct archive_place *place, struct packed *packed,
		   struct page *page, struct archived *out);

#endif

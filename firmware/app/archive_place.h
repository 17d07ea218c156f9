/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the archive is: its place is found and shown to Linux on every boot, the flash there is
 * probed only when it is needed.
 */
#ifndef OM_APP_ARCHIVE_PLACE_H
#define OM_APP_ARCHIVE_PLACE_H

#include "core/archive/archive.h"
#include "core/place/partition.h"
#include "core/tree/edits.h"
#include "drivers/flash.h"
#include "tree.h"

struct archive_place {
	/* what it is looked for in */
	const struct tree *tree;
	const char *bootargs;
	struct range ours; /* flash that is the monitor's, and what was wrapped with it */

	struct partition partition;
	struct edits edits; /* that show it to Linux */

	/* once it was reached */
	struct flash flash;
	struct archive_flash ops;   /* as core/archive/archive.c has it */
	enum flash_failure failure; /* of the last program or erase that failed */
	bool silent; /* one of them did not end in time: the chips are not asked again */
};

void archive_place_find(struct archive_place *p);

/* What the user should know of the place; only facts that keep crashes from being archived, or
   that the tree should be mended for. */
void archive_place_print(const struct archive_place *p);

/* There is flash, and a place for an archive in it. */
bool archive_place_is_there(const struct archive_place *p);

/**
 * archive_reach - probe the flash and open the archive
 * @effect: what follows if it cannot be used, for a notice: "the crash is not archived"
 *
 * False: it was said why not, or there is no place.
 */
bool archive_reach(struct archive_place *p, const char *effect, struct archive *out);

/* Says why it is left alone: for all states but ARCHIVE_BLANK and ARCHIVE_OURS. */
void archive_state_print(const struct archive_place *p, const struct archive *a,
			 const char *effect);
/* False: it was said why. */
bool archive_may_change(const struct archive_place *p, const struct archive *a, const char *effect);

uint64_t archive_pa(const struct archive_place *p); /* where it begins, once it was reached */

/* Why writing failed: "it is protected". */
const char *archive_failure(const struct archive_place *p);

#endif

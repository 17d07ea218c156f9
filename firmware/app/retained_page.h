/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retained page in RAM: found, read, written back. Mapped uncached, and writable
 * only while it is written, so that what survives is what was meant.
 */
#ifndef OM_APP_RETAINED_PAGE_H
#define OM_APP_RETAINED_PAGE_H

#include "core/crash/once.h"
#include "core/crash/retained.h"
#include "core/crash/verdict.h"
#include "core/place/plan.h"
#include "tree.h"

struct page {
	enum om_err state;	  /* of retained_decode() */
	bool warm;		  /* a page is there, so RAM was kept */
	uint64_t pa;		  /* where it was found, 0: nowhere */
	uint64_t planned_pa;	  /* where the next one goes, 0: there is no room for one */
	uint32_t copy;		  /* to write next */
	uint32_t corrected;	  /* bytes ECC repaired in it */
	struct retained retained; /* valid if state is OM_OK */
};

/* The plan may have moved since the last boot: the banks of RAM are looked through, too. */
void page_read(const struct entry *entry, const struct tree *tree, const struct plan *plan,
	       struct page *out);

/* What the user should know of the page, once the verdict is reported. */
void page_print(const struct page *page, enum verdict verdict);

/**
 * page_write - what the next start needs to know
 * @plan:    its carve-out is the next kernel's
 * @verdict: of this start
 * @once:    digests of the records, and what is @reported of them now; NULL: none were read
 */
void page_write(struct page *page, const struct entry *entry, const struct plan *plan,
		enum verdict verdict, const struct once *once, enum once_state reported);

/*
 * At once, so that a reset while the report is printed does not archive the same again. Without
 * a page from before there is no geometry in it yet, by which the next start finds the records.
 */
void page_archived(struct page *page, uint32_t id); /* these records are in the archive */
void page_not_archived(struct page *page);	    /* no longer, nor any others */
void page_without_region(struct page *page); /* this Linux does not get the carve-out after all */

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting Linux: find the kernel, place it, edit the tree, load, hand over. Where a
 * carve-out cannot be named to Linux, Linux starts without one.
 */
#ifndef OM_APP_PAYLOAD_H
#define OM_APP_PAYLOAD_H

#include "app/archive_place.h"
#include "app/bootargs.h"
#include "app/memory.h"
#include "app/retained_page.h"
#include "core/place/plan.h"
#include "wrapped.h"

/* What a start of Linux is made of. */
struct payload_input {
	const struct entry *entry;
	const struct tree *tree;
	const struct bootargs *bootargs;
	const struct memory *memory;
	const struct wrapped *wrapped;
	const struct edits *partition; /* show the archive to Linux */
	uint64_t kernel_base_pa;       /* as memory_base() */
	struct plan *plan;	       /* loses its edits where Linux does without a carve-out */
	struct page *page;	       /* the same for its region */
};

/*
 * Bytes from the start of its RAM that the kernel which is next takes, unpacked, so that the next
 * start knows where its log may be. 0: not known. Says nothing.
 */
uint32_t payload_running_bytes(const struct payload_input *in);

/*
 * Comes back only if no kernel can be started, which is said. *@over_records: by then memory that
 * records were read with may have been overwritten.
 */
void payload_start(const struct payload_input *in, bool *over_records);

/*
 * Without a tree: a kernel that was wrapped gets what we got, and may find a tree by itself. Comes
 * back if there is none, or it is damaged, which is said.
 */
void payload_start_untouched(const struct entry *entry, const struct wrapped *w);

/*
 * The same when nothing else can be done, where a reset would only bring the same again: whoever
 * loads us overwrites the word that arch_keep() has kept. Comes back if there is no such kernel.
 */
void payload_start_after_faults(const struct entry *entry, const struct wrapped *w);

#endif

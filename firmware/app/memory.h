/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory beside the image that the monitor works in. Nothing is mapped here. */
#ifndef OM_APP_MEMORY_H
#define OM_APP_MEMORY_H

#include "core/log/record.h"
#include "core/place/memory_plan.h"
#include "core/place/plan.h"
#include "retained_page.h"
#include "tree.h"

/* Each piece is mapped by who uses it; all are empty where there is no free RAM. */
struct memory {
	struct range work;    /* all of these */
	struct range scratch; /* decoded records; else free */
	struct range facts;   /* FACTS_BYTES for crash.c */
	struct range report;  /* packing and armoring a report */
	struct memory_input in;
};

enum { FACTS_BYTES = 144 << 10 };

/* Start of the 128 MiB that a kernel takes for the start of RAM. */
uint64_t memory_base(const struct entry *entry, const struct tree *tree);

/*
 * Nothing may be written before this, but to our own image. @plan: its banks are made up from
 * @base_pa if the tree has none. Says if there is no room.
 */
void memory_place(const struct entry *entry, const struct tree *tree, struct plan *plan,
		  const struct page *page, uint64_t base_pa, struct memory *out);

/* The same once more, beside a region that nobody knew of before. */
void memory_place_beside(struct memory *m, struct range found);

#endif

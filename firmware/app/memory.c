/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include "core/ramoops/search.h"
#include "core/report/chapters.h"
#include "core/tree/dt.h"
#include "notice.h"

enum {
	KERNEL_ALIGN = 128 << 20, /* a zImage takes the start of its 128 MiB for that of RAM */
	UNKNOWN_BYTES = 64 << 20, /* of RAM, if no memory node says */
	REPORT_BYTES = 592 << 10, /* CHAPTERS_BYTES_MIN, and room to keep chapters */
};

_Static_assert((int)REPORT_BYTES >= (int)CHAPTERS_BYTES_MIN, "a report has its memory");
_Static_assert((int)MEMORY_BYTES_LEAST - REPORT_BYTES - FACTS_BYTES >= (int)SEARCH_WORK_BYTES,
	       "a search has its memory");

/* The start of the RAM that the image is in; without a memory node that of its 128 MiB. */
uint64_t memory_base(const struct entry *entry, const struct tree *tree)
{
	static struct ranges banks; /* too large for the stack */
	const struct range self = entry->self;
	uint32_t cpus;

	/* the board's window is in the first 128 MiB of RAM: no need to look */
	if (entry->kind != ENTRY_RESET && dt_banks(tree->dtb, &banks, &cpus) == OM_OK)
		for (uint32_t i = 0; i < banks.n; i++)
			if (range_contains(banks.r[i], self))
				return banks.r[i].base_pa;
	return self.base_pa & ~(uint64_t)(KERNEL_ALIGN - 1);
}

static void clear(struct memory *m)
{
	m->work = m->scratch = m->facts = m->report = (struct range){ 0 };
}

static void place(struct memory *m)
{
	uint32_t first, facts;

	if (memory_plan(&m->in, &m->work)) {
		notice(NOTICE_REGION_UNREADABLE,
		       "no RAM is free to read records in: they stay as they are; reserve less");
		clear(m);
		return;
	}
	/* below 4 GiB */
	first = (uint32_t)m->work.base_pa;
	facts = first + (uint32_t)m->work.bytes - REPORT_BYTES - FACTS_BYTES;
	m->scratch = (struct range){ first, facts - first };
	m->facts = (struct range){ facts, FACTS_BYTES };
	m->report = (struct range){ facts + FACTS_BYTES, REPORT_BYTES };
}

void memory_place(const struct entry *entry, const struct tree *tree, struct plan *plan,
		  const struct page *page, uint64_t base_pa, struct memory *out)
{
	struct memory_input *in = &out->in;

	if (!plan->banks.n) {
		plan->banks.n = 1;
		plan->banks.r[0] = (struct range){ base_pa, UNKNOWN_BYTES };
	}
	in->banks = &plan->banks;
	in->caller_stays = entry->kind == ENTRY_CALLED;
	in->survey = &plan->work.survey;
	/* started in another way, it may have been in another bank */
	if (page->retained.entry == (uint32_t)entry->kind)
		in->taken[MEMORY_LAST_LOG] =
			(struct range){ base_pa, page->retained.running_bytes };
	in->taken[MEMORY_SELF] = entry->self;
	in->taken[MEMORY_DTB] = tree_range(tree);
	in->taken[MEMORY_PAYLOAD] = entry->payload;
	in->taken[MEMORY_LAST_REGION] = geometry_range(&page->retained.geom);
	in->taken[MEMORY_LAST_PAGE] = (struct range){ page->pa, RETAINED_PAGE_BYTES };
	in->taken[MEMORY_OLD_REGION] = geometry_range(&plan->earlier);
	place(out);
}

void memory_place_beside(struct memory *m, struct range found)
{
	m->in.taken[MEMORY_FOUND] = found;
	place(m);
}

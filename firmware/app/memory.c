/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory beside the image: where scratch, facts and a report go. Nothing is mapped here. */
#include "core/place/memory_plan.h"
#include "core/ramoops/search.h"
#include "core/tree/dt.h"
#include "monitor.h"
#include "notice.h"

enum {
	KERNEL_ALIGN = 128 << 20, /* a zImage takes the start of its 128 MiB for that of RAM */
	UNKNOWN_BYTES = 64 << 20, /* of RAM, if no memory node says */
	REPORT_BYTES = 592 << 10, /* CHAPTERS_BYTES_MIN, and room to keep chapters */
	FACTS_BYTES = 144 << 10,
};

_Static_assert((int)FACTS_BYTES >= (int)sizeof(struct facts), "all facts have their memory");
_Static_assert((int)REPORT_BYTES >= (int)CHAPTERS_BYTES_MIN, "a report has its memory");
_Static_assert((int)MEMORY_BYTES_LEAST - REPORT_BYTES - FACTS_BYTES >= (int)SEARCH_WORK_BYTES,
	       "a search has its memory");

/* The start of the RAM that the image is in; without a memory node that of its 128 MiB. */
void memory_base(struct monitor *m)
{
	const struct range self = m->entry->self;
	struct ranges *banks = &m->plan.banks;

	m->memory.kernel_base_pa = self.base_pa & ~(uint64_t)(KERNEL_ALIGN - 1);
	/* the board's window is in the first 128 MiB of RAM: no need to look */
	if (m->entry->kind != ENTRY_RESET && dt_banks(m->dtb, banks, &m->plan.cpus) == OM_OK)
		for (uint32_t i = 0; i < banks->n; i++)
			if (range_contains(banks->r[i], self))
				m->memory.kernel_base_pa = banks->r[i].base_pa;
}

static struct range region_of(const struct geometry *g)
{
	return (struct range){ g->base_pa, g->region_bytes };
}

void memory_place(struct monitor *m)
{
	static struct memory_input in; /* too large for the stack */
	struct memory *out = &m->memory;
	uint32_t first, facts;

	if (!m->plan.banks.n) {
		m->plan.banks.n = 1;
		m->plan.banks.r[0] = (struct range){ out->kernel_base_pa, UNKNOWN_BYTES };
	}
	in.banks = &m->plan.banks;
	in.caller_stays = m->entry->kind == ENTRY_CALLED;
	in.survey = &m->plan.work.survey;
	/* started in another way, it may have been in another bank */
	if (m->retained.entry == (uint32_t)m->entry->kind)
		in.taken[MEMORY_LAST_LOG] =
			(struct range){ out->kernel_base_pa, m->retained.running_bytes };
	in.taken[MEMORY_SELF] = m->entry->self;
	in.taken[MEMORY_DTB] = (struct range){ m->entry->dtb_pa, m->dtb_bytes };
	in.taken[MEMORY_LAST_REGION] = region_of(&m->retained.geom);
	in.taken[MEMORY_LAST_PAGE] = (struct range){ m->page_pa, RETAINED_PAGE_BYTES };
	in.taken[MEMORY_OLD_REGION] = region_of(&m->plan.earlier);
	in.taken[MEMORY_FOUND] = region_of(&m->last);
	if (memory_plan(&in, &out->work)) {
		notice(NOTICE_REGION_UNREADABLE,
		       "no RAM is free to read records in: they stay as they are; reserve less");
		*out = (struct memory){ .kernel_base_pa = out->kernel_base_pa };
		return;
	}
	/* below 4 GiB */
	first = (uint32_t)out->work.base_pa;
	facts = first + (uint32_t)out->work.bytes - REPORT_BYTES - FACTS_BYTES;
	out->scratch = (struct range){ first, facts - first };
	out->facts = (struct range){ facts, FACTS_BYTES };
	out->report = (struct range){ facts + FACTS_BYTES, REPORT_BYTES };
}

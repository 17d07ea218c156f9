/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory beside the image: where scratch, facts and a report go. Nothing is mapped here. */
#include "core/dt.h"
#include "monitor.h"

enum {
	KERNEL_ALIGN = 128 << 20, /* a zImage takes the start of its 128 MiB for that of RAM */
	PAST_TREE = 4 << 20,	  /* trees are at the start of RAM; also a kernel's vectors, pens */
	WORK_BYTES = 4 << 20,
	REPORT_BYTES = 592 << 10, /* CHAPTERS_BYTES_MIN, and room to keep chapters */
	FACTS_BYTES = 144 << 10,
};

_Static_assert((int)FACTS_BYTES >= (int)sizeof(struct facts), "all facts have their memory");
_Static_assert((int)REPORT_BYTES >= (int)CHAPTERS_BYTES_MIN, "a report has its memory");

/* The start of the RAM that the image is in; without a memory node that of its 128 MiB. */
static uint64_t kernel_base(const struct monitor *m)
{
	static struct ranges banks; /* too large for the stack */
	const struct range self = m->entry->self;
	uint32_t cpus;

	/* the board's window is in the first 128 MiB of RAM: no need to look */
	if (m->entry->kind != ENTRY_RESET && dt_banks(m->dtb, &banks, &cpus) == OM_OK)
		for (uint32_t i = 0; i < banks.n; i++)
			if (range_contains(banks.r[i], self))
				return banks.r[i].base_pa;
	return self.base_pa & ~(uint64_t)(KERNEL_ALIGN - 1);
}

void memory_place(struct monitor *m)
{
	const struct entry *e = m->entry;
	struct memory *out = &m->memory;
	struct range work;

	out->kernel_base_pa = kernel_base(m);
	work = (struct range){ out->kernel_base_pa + PAST_TREE, WORK_BYTES };
	while (range_overlaps(work, e->self) ||
	       range_overlaps(work, (struct range){ e->dtb_pa, m->dtb_bytes }))
		work.base_pa += WORK_BYTES;
	out->work = work;
	out->report = (struct range){ range_end(work) - REPORT_BYTES, REPORT_BYTES };
	out->facts = (struct range){ out->report.base_pa - FACTS_BYTES, FACTS_BYTES };
	out->scratch = (struct range){ work.base_pa, out->facts.base_pa - work.base_pa };
}

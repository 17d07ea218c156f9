/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where reserve_mem= put the region that ramoops.mem_name= names. Linux takes it from the memory
 * that is free when it reads its command line, from the highest address down, at the alignment
 * given: the same place at each start as long as nothing before it changes, but one that nobody
 * can know beforehand. After a crash its zones' headers show it.
 * Source: Linux mm/memblock.c reserve_mem(), fs/pstore/ram.c ramoops_register_dummy() (6.12).
 */
#ifndef OM_CORE_NAMED_H
#define OM_CORE_NAMED_H

#include "core/base/span.h"
#include "parameters.h"

enum {
	NAMED_ALIGN_MIN = 4096,	 /* a finer alignment is taken as this one */
	NAMED_PLACES = 96 << 10, /* that are looked at in all: 384 MiB at 4 KiB */
	NAMED_TRY_PLACES = 1024	 /* as many count where a header is, as more is read there */
};

struct named {
	struct geometry geom; /* rounded; base_pa: of the region found */
	uint64_t align;
	uint32_t cpus;
	uint32_t left; /* places that may still be looked at */
};

/* False: no region is named, or Linux would refuse its sizes. */
bool named_open(const struct parameters *p, uint32_t cpus, struct named *out);

/**
 * named_find - the highest region of these sizes in a stretch of memory; of places that share
 * bytes with it the one with most headers
 * @memory: read only, a word or two for each place and a few bytes per zone where one may be
 * @base_pa: of @memory
 *
 * It counts if at least half of its zones have their headers, the first or second among them.
 * Fewer than twenty instructions for each place, some ten thousand where a header is. False:
 * none, or
 * @n->left came to 0.
 */
bool named_find(struct named *n, struct span memory, uint64_t base_pa);

#endif

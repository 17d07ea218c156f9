/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which RAM may be written before the last kernel's records are read: memory to decode and report
 * them in, which nobody has lent us. A pure decision on ranges. Where kernel, initrd and tree go
 * afterwards is decided in placement.h; they may go where the last kernel had its log.
 */
#ifndef OM_CORE_MEMORY_PLAN_H
#define OM_CORE_MEMORY_PLAN_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "survey.h"

enum {
	MEMORY_BYTES = 4 << 20,	      /* more is of no use with the usual sizes of zones */
	MEMORY_BYTES_LEAST = 1 << 20, /* enough for zones of 64 KiB */
	/*
	 * Where the last kernel's log may be, from the start of its RAM on, if nobody knows better.
	 * Debian's armmp kernel 6.1 has its printk buffer 20 to 22 MiB from there, and its data
	 * end before 27 MiB.
	 */
	MEMORY_LOG_BYTES = 32 << 20,
};

/* What must stay as it is, beside claims of the carve-out plan; empty ranges count for nothing. */
enum memory_taken {
	MEMORY_LAST_LOG,    /* what the last kernel ran in, its log included; empty: unknown */
	MEMORY_SELF,	    /* the image */
	MEMORY_DTB,	    /* the tree as handed over */
	MEMORY_PAYLOAD,	    /* a kernel that was loaded with us */
	MEMORY_LAST_REGION, /* as the retained page has it */
	MEMORY_LAST_PAGE,   /* where that was found */
	MEMORY_OLD_REGION,  /* where the tree's node was that this plan has moved */
	MEMORY_FOUND,	    /* a region that was searched for */
	MEMORY_TAKEN
};

struct memory_input {
	const struct ranges *banks; /* all RAM */
	bool caller_stays;	    /* who started us goes on after us, at the end of a bank */
	struct range taken[MEMORY_TAKEN];
	/*
	 * Reservations, an initrd, region and page of the next kernel. Claims of a payload count
	 * for nothing, as none is there yet.
	 */
	const struct survey *survey;
	struct ranges free; /* lent to memory_plan(), which overwrites it */
};

/**
 * memory_plan - find memory to work in
 * @in:  see above; any numbers
 * @out: whole pages of RAM below 4 GiB that share no byte with anything in @in->taken, or with a
 *       claim of @in->survey; without success empty
 *
 * If nobody knows where the log is, the first MEMORY_LOG_BYTES of each bank are left alone, half of
 * a bank at most. With @in->caller_stays so is what room_stage_area() has. As much as can be had of
 * the rest is taken, at the highest place, but no more than MEMORY_BYTES. Returns OM_OK,
 * OM_E_NO_ROOM: not even MEMORY_BYTES_LEAST are free.
 */
enum om_err memory_plan(struct memory_input *in, struct range *out) OM_MUST_CHECK;

#endif

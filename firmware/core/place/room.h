/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where there is room for a carve-out: free memory, seen with the eyes of those who
 * claim some of it and of Linux, which will look for more. Decides nothing but that.
 */
#ifndef OM_CORE_ROOM_H
#define OM_CORE_ROOM_H

#include "core/base/ranges.h"
#include "survey.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROOM_PAGE_BYTES = 4096 };

/*
 * At the end of a bank U-Boot lives, before and after its prompt: in 45 MiB of 512 on QEMU's virt,
 * in 113 MiB of 1 GiB on an Orange Pi.
 */
enum { ROOM_STAGE_BYTES = 64 << 20, ROOM_STAGE_BYTES_LARGE = 128 << 20, ROOM_LARGE = 1 << 30 };

/* The last page below 4 GiB stays free: Linux does not use it, and no end wraps in 32 bits. */
#define ROOM_LIMIT ((1ULL << 32) - ROOM_PAGE_BYTES)

struct room {
	const struct survey *s;
	const struct ranges *stage; /* banks at whose ends a boot loader lives; NULL: nobody does */
	struct ranges free;	    /* where the carve-out may go */
	struct ranges trial;	    /* what Linux will have left for its own searches */
	uint32_t met;		    /* which of them succeed without us */
};

/* Starts with the claims and demands in @s; to be called again when these change. r->stage stays.
 */
void room_open(struct room *r, const struct survey *s);

/**
 * room_extent - the part of a claim that counts
 * @cut: the payload's claim is generous (128 MiB on arm32); cut, it ends in the middle of
 *       its bank
 */
struct range room_extent(const struct survey *s, const struct survey_claim *c, bool cut);

/* A bank's part below 4 GiB; address 0 means "none" all over the tree, so its page stays free. */
struct range room_bank_low(struct range bank);

/**
 * room_stage_area - the end of a bank, where a boot loader lives
 * @s: its static reservations at the very end of the bank are passed over: memory that a secure
 *     world keeps is not the boot loader's
 * @bank: any RAM; the part from 4 GiB on is nobody's
 *
 * ROOM_STAGE_BYTES, ROOM_STAGE_BYTES_LARGE of a bank of ROOM_LARGE and more, at most a quarter of
 * the bank, from the end or from these reservations down.
 */
struct range room_stage_area(const struct survey *s, struct range bank);

/* The part of @banks' ends that @r is in; empty: none of it. */
struct range room_in_stage(const struct survey *s, const struct ranges *banks, struct range r);

/* Takes claims out of @set: @all of them, or those of memory that somebody has by now. */
void room_remove_claims(const struct survey *s, bool all, struct ranges *set);

/* @region is taken whatever it spoils: what Linux still finds with it is what counts now. */
void room_accept(struct room *r, struct range region);

/* A search of Linux that fares worse with @region and @page taken than without; NULL: none. */
const struct survey_demand *room_spoils(struct room *r, struct range region, struct range page);

/**
 * room_find - a place below 4 GiB
 * @in: its windows are looked through, in their order; NULL: all of RAM
 * @bytes, @align: what is looked for
 * @out: the highest place in the largest bank that has one; written on success
 *
 * The ends of the banks in r->stage are left alone. At the end of RAM 2 MiB stay after it, if there
 * is room (see room_end_is_ram()). Payload claims count whole at first, cut if nothing is found. If
 * the first choice spoils one of Linux's searches, their places are left to them and what remains
 * is tried: there, nothing of theirs can change. Returns false if there is no room.
 */
bool room_find(struct room *r, const struct survey_demand *in, uint64_t bytes, uint64_t align,
	       struct range *out);

/**
 * room_end_is_ram - does RAM end with RAM for Linux to use, @region and @page taken?
 *
 * A 32-bit Linux without HIGHMEM whose RAM ends with a no-map region gives up everything
 * from its first no-map region on that is off 2 MiB alignment. Where RAM ends so, nothing
 * small may be no-map.
 */
bool room_end_is_ram(struct room *r, struct range region, struct range page);

/**
 * room_find_page - a page that belongs to @region
 *
 * Directly below it, directly above, high in its bank, else high in any bank. Returns
 * false if there is none.
 */
bool room_find_page(struct room *r, struct range region, uint64_t *base_pa);

#endif

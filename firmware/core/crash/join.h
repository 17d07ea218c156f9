/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which dmesg records belong to one crash, and in what order they make one log. A backend
 * may split a dump in parts, part 1 being the newest; an oops and the panic that follows
 * it are two dumps of the same log that overlap.
 * Source: Linux fs/pstore/platform.c pstore_dump(), 3.10 to 6.18.
 */
#ifndef OM_CORE_JOIN_H
#define OM_CORE_JOIN_H

#include "core/log/record.h"

/* What of a record decides; filled by join_key(). */
struct join_key {
	bool has_time;
	int64_t time_sec;
	uint32_t time_usec;
	enum reason reason;
	uint32_t count, part;
	uint32_t slot; /* index of the zone, decides last */
	/* "[sec.usec]" of the first and last line that has one, in microseconds */
	bool has_stamps;
	uint64_t first_us, last_us;
};

/* The key of @r, whose text must be valid; it is not needed afterwards. */
struct join_key join_key(const struct record *r);

/* One record's place among the joined logs. */
struct join_place {
	uint32_t crash; /* 0: the newest crash */
	uint32_t from;	/* index into the keys */
};

/**
 * join_order - sort @n records into crashes
 * @places: @n written; crashes in order, newest first, within a crash oldest text first
 *
 * Parts of one dump are together, the highest part first. Dumps of one boot whose logs
 * overlap or follow each other within seconds are one crash, which a panic or a shutdown
 * ends. Wall clock and printk's stamps together tell boots apart; without either, the count
 * and the slot must rise by one. Records without a time, or with the time 0.0 of a clock that
 * was never set, are older than all others, by count and slot.
 * Takes time n log n. Returns the number of crashes.
 */
uint32_t join_order(const struct join_key *keys, uint32_t n, struct join_place *places);

/**
 * join_overlap - how much of the beginning of @next already is at the end of @before
 *
 * The longest run of whole lines, compared byte for byte; title lines ("Oops#1 Part1") are no
 * part of the log. Returns the bytes of @next to leave out, its title line among them; 0: none.
 * Takes time in proportion to the shorter text.
 */
size_t join_overlap(struct span before, struct span next);

#endif

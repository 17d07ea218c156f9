/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log by its shape, for kernels without VMCOREINFO: facts of messages whose numbers count up,
 * and a struct whose numbers are a ring's and whose pointers lead to them; or records that chain.
 * What was found is a guess until the log is opened, and its messages agree.
 */
#ifndef OM_CORE_SHAPE_H
#define OM_CORE_SHAPE_H

#include "core/base/err.h"
#include "log.h"

enum {
	SHAPE_RUNS = 64,	 /* the longest are kept */
	SHAPE_HEADS = 256,	 /* the first ones */
	SHAPE_CHAINS = 32,	 /* the longest */
	SHAPE_BEYOND_BYTES = 512 /* a place is looked at with what follows it */
};

struct shape_run {
	uint64_t pa, seq; /* of its first facts */
	uint32_t n;
	uint16_t info_bytes;
	bool big_endian;
};

struct shape_head {
	uint64_t pa;
	struct ram_form form;
	bool newer;
};

struct shape_chain {
	uint64_t pa, end_pa, first_nsec, last_nsec;
	uint32_t n;
	uint16_t head_bytes;
	bool big_endian;
};

struct shape {
	uint32_t n_runs, n_heads, n_chains;
	struct shape_run runs[SHAPE_RUNS];
	struct shape_head heads[SHAPE_HEADS];
	struct shape_chain chains[SHAPE_CHAINS];
};

/**
 * shape_feed - look at the next bytes of RAM, all of it in rising order
 * @shape: all zero at first
 * @pa:    of @bytes, a multiple of 8
 * @n:     how many of @bytes are to be looked at, a multiple of 8 but at the end of a bank; those
 *         after them, SHAPE_BEYOND_BYTES if there are so many, come again
 */
void shape_feed(struct shape *shape, uint64_t pa, struct span bytes, size_t n);

/**
 * shape_open - the log that all of this makes
 * @ram:  what was looked at
 * @work: KMSG_WORK_BYTES
 * @out:  on OM_OK the one for which the most messages speak
 *
 * Returns OM_OK; OM_E_NOT_FOUND.
 */
enum om_err shape_open(const struct ram *ram, const struct shape *shape, struct workspace work,
		       struct kmsg_log *out) OM_MUST_CHECK;

#endif

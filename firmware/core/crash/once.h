/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every record is reported once: what the retained page says of the records that are there now,
 * and what it is to say of them to the next start. A page has room for the digests of 448
 * records. If there are more, a digest stands for all records of a group of zones: if one of
 * them changes, all of that group are reported again, and none is ever kept back.
 */
#ifndef OM_CORE_ONCE_H
#define OM_CORE_ONCE_H

#include "retained.h"

enum once_state {	     /* in rising order */
		  ONCE_NEW,  /* no earlier start has had this record */
		  ONCE_SEEN, /* one has, and was not to report it: it says nothing of the last
				kernel */
		  ONCE_REPORTED
};

/* Digests of records, in the order of their zones, as one. Begin with zeros. */
struct once_word {
	uint32_t n; /* digests in it; a single one is kept as it is */
	uint32_t word;
};

void once_word_add(struct once_word *w, uint32_t digest);

/* What the page says of a record's digest, or of a group's word; the digest may be in both. */
enum once_state once_state_of(const struct retained *r, uint32_t word);

/* Which group a zone is in. Dmesg zones come first; each of the others is alone. */
uint32_t once_group_of(uint32_t group_zones, uint32_t n_dmesg, uint32_t zone);

/* The records of this start. */
struct once {
	uint32_t group_zones; /* of the groups below */
	uint32_t n_dmesg;
	uint32_t n; /* records */
	/* of the first RETAINED_REPORTED_MAX ones */
	uint32_t digest[RETAINED_REPORTED_MAX];
	uint8_t state[RETAINED_REPORTED_MAX]; /* enum once_state */
	struct once_word group[RETAINED_REPORTED_MAX];
	uint8_t group_state[RETAINED_REPORTED_MAX]; /* the least of its records */
};

/* Begin with no records. @n_dmesg: so many dmesg zones there are */
void once_start(struct once *o, uint32_t n_dmesg);

/**
 * once_add - a record is there
 * @zone:  as for record_read(), not below that of the record before
 * @state: what the page says of it, or of its group
 */
void once_add(struct once *o, uint32_t zone, uint32_t digest, enum once_state state);

/**
 * once_store - bring the page up to date
 * @now: what holds for all records of @o from now on, unless the page knew more of them
 *
 * With more than RETAINED_REPORTED_MAX records the page gets the words of groups; else the
 * digests of records, and those of others that it had, the oldest of which make room. Without
 * any record the page stays as it is.
 */
void once_store(const struct once *o, enum once_state now, struct retained *r);

#endif

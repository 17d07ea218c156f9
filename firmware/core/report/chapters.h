/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From records to chapters (report.h), packed (pack.h): made once, kept as long as there is
 * memory, and given to whoever asks: the archive writes them, the report puts them into lines.
 * Source: docs/report-format.md.
 */
#ifndef OM_CORE_CHAPTERS_H
#define OM_CORE_CHAPTERS_H

#include "core/base/deadline.h"
#include "core/crash/report_order.h"
#include "core/log/store.h"
#include "pack.h"
#include "report.h"

enum {
	CHAPTERS_KEPT_MAX = 64,
	CHAPTERS_BYTES_MIN = 496 << 10, /* workspace: with more of it more chapters are kept */
	CHAPTERS_SCRATCH_BYTES = PACK_STATE_BYTES - PACK_KEPT_BYTES,
	CHAPTER_ZEROS = 64 /* bytes in memory after every stream, to fill lines */
};

/* A crash to make chapters of. */
struct report_job {
	const struct store *store;
	struct report_head head; /* chapter 0 */
	/* head.n_records of them, at most REPORT_RECORDS_MAX, in report_order(), as store_read()
	   gave them; their texts are gone but for the lengths */
	const struct record *const *records;
	const uint16_t *numbers; /* of each record in the store */
	struct workspace work;	 /* for store_again() */
	struct workspace memory; /* at least CHAPTERS_BYTES_MIN, 8-byte aligned */
};

struct chapters; /* lives in the workspace */

struct chapter {
	struct span stream; /* good until the next chapter is asked for; CHAPTER_ZEROS follow it */
	bool last;	    /* it has all that is left, and says so */
};

/**
 * chapters_start - nothing is made yet
 * @job: copied; what it points to stays until the last chapter was asked for
 *
 * Returns NULL: too little memory, or too many records.
 */
struct chapters *chapters_start(const struct report_job *job);

const struct report_job *chapters_job(const struct chapters *c);

/**
 * chapters_get - chapter @n
 * @n:     from 0 on, up to the last one; asked for in this order, and again from 0 on
 * @until: when it is over, a chapter ends before the next record is read, and the next chapter
 *         cannot be had
 *
 * What was made before costs nothing, unless there was no memory to keep it. False: there is none:
 * the last one was given, time is over, or head and one piece have no room in a chapter.
 */
bool chapters_get(struct chapters *c, uint32_t n, const struct deadline *until,
		  struct chapter *out);

/**
 * chapters_cut - a last chapter in place of chapter @n and of all after it
 * @cap: bytes that its stream may have
 *
 * Has as much text as @cap and time allow, and names the rest as left out. Made anew each time,
 * and kept by nobody. False: not even that has room; then all from chapter @n on is left out.
 */
bool chapters_cut(struct chapters *c, uint32_t n, size_t cap, const struct deadline *until,
		  struct chapter *out);

/*
 * Whoever sends begins with it: nothing is cut yet, and job->work may have been used for something
 * else meanwhile.
 */
void chapters_rewind(struct chapters *c);

/* Bytes of a record that are in no chapter: they could not be read again, or were cut. */
uint32_t chapters_left(const struct chapters *c, uint32_t record);

/* Memory that nobody needs between two calls: at least CHAPTERS_SCRATCH_BYTES, 8-byte aligned. */
struct workspace chapters_scratch(struct chapters *c);

/* Text bytes of all records. */
uint32_t chapters_text_bytes(const struct chapters *c);

#endif

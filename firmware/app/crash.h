/* SPDX-License-Identifier: BSD-2-Clause */
/* What the last kernel left: its records, which of them are new, and what they are evidence of. */
#ifndef OM_APP_CRASH_H
#define OM_APP_CRASH_H

#include "core/crash/once.h"
#include "core/crash/report_order.h"
#include "core/crash/verdict.h"
#include "core/place/plan.h"
#include "core/ramoops/record_read.h"
#include "core/report/report.h"
#include "memory.h"
#include "retained_page.h"
#include "tree.h"

/* More records than a retained page has digests for, so that it is groups that are too many. */
enum { FACTS_MAX = REPORT_RECORDS_MAX };

struct facts;

struct crash {
	/* what it is read with; set before crash_read() */
	const struct tree *tree;
	const struct plan *plan;
	const struct page *page;
	const struct report_options *options;
	struct memory *memory;

	struct geometry last; /* that the last kernel had; no bytes: it had none */
	enum om_err region_state;
	struct region region; /* valid if region_state is OM_OK */
	struct store store;   /* its records */
	struct workspace work;
	uint64_t reading_us;  /* that reading took, 0: no clock, or not read yet */
	struct effort effort; /* of the next reading of a record */

	/* records that hold something; if there are more than FACTS_MAX, those that say most */
	uint32_t n_facts;
	struct record *facts;	     /* @n_facts of them; text spans are no longer valid */
	uint32_t *order;	     /* indices of them, newest and worst first */
	uint16_t *number;	     /* in the store */
	bool *reported;		     /* before this boot */
	bool *seen;		     /* by an earlier boot, reported or not */
	struct report_beyond beyond; /* dmesg records that had no room among them */
	uint32_t n_old_left_out;     /* the same, but they are not wanted: reported before */
	uint32_t n_put_off;	     /* seen by an earlier boot that had to report nothing */

	/* memory for a report_job, FACTS_MAX each */
	const struct record **job_records;
	uint16_t *job_numbers;

	struct once *once; /* NULL: nothing was read */
	struct evidence evidence;
	enum verdict verdict; /* of the evidence */
};

/* Maps the region, which stays so until crash_unmap(). */
void crash_read(struct crash *c);

/* The verdict, and the order of the records, from what was read: a fault may have cut that short.
 */
void crash_judge(struct crash *c);

/*
 * One more record after those of the store, which goes to @first: @read has all of them then. Read
 * and counted at once, with @work_bytes at best.
 */
void crash_add_record(struct crash *c, struct store *first,
		      enum om_err (*read)(const void *ctx, uint32_t i, uint32_t piece,
					  struct workspace work, struct record *out),
		      size_t work_bytes);

/* Make the region readable again, after crash_unmap(); false: there is none, or it was said why. */
bool crash_map(const struct crash *c);
void crash_unmap(const struct crash *c); /* any access to it faults from now on */

/* Is there something to report at length? */
bool crash_is_news(const struct crash *c);

/* The text of fact @i once more. */
enum om_err fact_read(const struct crash *c, uint32_t i, struct record *out) OM_MUST_CHECK;
bool fact_is_wanted(const struct crash *c, uint32_t i); /* not reported before, unless asked for */

/*
 * fit.c: if the bytes of the open region contradict its sizes, it is opened anew by what they say.
 */
void fit_region(struct crash *c);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor's state from reset to Linux, and the steps that fill it; a step's ctx is
 * the struct monitor. Each step may
 * fail, or even fault, and the next one still runs: see main.c.
 */
#ifndef OM_APP_MONITOR_H
#define OM_APP_MONITOR_H

#include "../board/board.h"
#include "arch/arch.h"
#include "core/archive/archive.h"
#include "core/crash/once.h"
#include "core/crash/report_order.h"
#include "core/crash/retained.h"
#include "core/crash/verdict.h"
#include "core/log/record.h"
#include "core/place/partition.h"
#include "core/place/plan.h"
#include "core/ramoops/record_read.h"
#include "core/report/chapters.h"
#include "drivers/drivers.h"

/* More records than a retained page has digests for, so that it is groups that are too many. */
enum { FACTS_MAX = REPORT_RECORDS_MAX };

_Static_assert((int)FACTS_MAX >= (int)RETAINED_REPORTED_MAX, "facts of all that have a digest");

/* What is known of the records, in memory of its own (memory.c). */
struct facts {
	struct record record[FACTS_MAX];
	uint32_t order[FACTS_MAX];
	uint16_t number[FACTS_MAX];
	bool told[FACTS_MAX], seen[FACTS_MAX];
	const struct record *job_records[FACTS_MAX];
	uint16_t job_numbers[FACTS_MAX];
	struct once once;
};

/* Where a crash is, beside RAM. */
enum kept {
	KEPT_IN_RAM,  /* nowhere: a notice says why unless nobody asked for it */
	KEPT_BEFORE,  /* an earlier start has archived it */
	KEPT_NOW,     /* complete in the archive */
	KEPT_CUT,     /* what had no room in the archive is named there */
	KEPT_IN_PART, /* the flash failed on the way */
};

/* Memory that we use beside the image; each piece is mapped by who uses it. */
struct memory {
	uint64_t kernel_base_pa; /* start of the 128 MiB that a kernel takes for the start of RAM */
	struct range work;	 /* all of these; empty: there is none */
	struct range scratch;	 /* decoded records; else free */
	struct range facts;	 /* struct facts */
	struct range report;	 /* packing and armoring a report */
};

struct monitor {
	/* main.c */
	const struct entry *entry;
	bool halted; /* the sequence is over: any number of faults is survived */
	bool has_clock;
	uint64_t start_us; /* of arch_time_us() at the first line of C */

	/* tree.c */
	const void *dtb; /* as handed over; NULL: none */
	size_t dtb_bytes;
	struct devices devices;
	struct outer_cache outer; /* if there is one that is on */
	char bootargs[2048];	  /* what Linux will get */
	bool has_bootargs;	  /* they are complete: reading them did not fault */
	struct report_options options;
	struct memory memory;
	struct plan plan;

	/* retained_page.c */
	enum om_err page_state;	  /* of retained_decode() */
	uint64_t page_pa;	  /* where the page was found, 0: nowhere */
	uint32_t page_copy;	  /* copy to write next */
	uint32_t page_corrected;  /* bytes ECC repaired in it */
	struct retained retained; /* valid if page_state is OM_OK */
	bool warm;

	/* crash.c */
	struct geometry last; /* geometry the last kernel had */
	enum om_err region_state;
	struct region region; /* valid if region_state is OM_OK */
	struct store store;   /* its records */
	struct workspace work;
	uint64_t reading_us;  /* that reading took, 0: no clock, or not read yet */
	struct effort effort; /* of the next reading of a record */
	/* records that hold something; if there are more than FACTS_MAX, those that tell most */
	uint32_t n_facts;
	struct record *facts;		   /* @n_facts of them; text spans are no longer valid */
	uint32_t *order;		   /* indices of them, newest and worst first */
	uint16_t *number;		   /* in the store */
	bool *told;			   /* before this boot */
	bool *seen;			   /* by an earlier boot, told or not */
	struct report_beyond beyond;	   /* dmesg records that had no room among them */
	uint32_t n_old_left_out;	   /* the same, but they are not wanted: told before */
	const struct record **job_records; /* memory for a report_job, FACTS_MAX each */
	uint16_t *job_numbers;
	struct once *once;
	uint32_t n_put_off; /* seen by an earlier boot that had to tell nothing */
	struct evidence evidence;
	enum verdict verdict;

	/* archive.c */
	struct partition partition;
	struct edits partition_edits;
	enum kept kept;
	uint32_t entry_number; /* of the archive: number of this crash, 0: none */
	uint32_t entry_bytes;  /* that it takes there */

	/* fetch.c */
	bool archive_wanted; /* KEY_ARCHIVE came */

	/* armored_report.c */
	struct chapters *chapters; /* of a crash, packed; NULL: not yet */

	/* report.c */
	uint64_t uptime_us;  /* from start_us to the first packed record, 0: none yet */
	uint32_t tail_bytes; /* what the last lines of the crash took of the line */
	bool reported;	     /* report_step() came to its end */
};

/* memory.c: the start of the kernel's RAM; then, once the retained page was read, all the rest */
void memory_base(struct monitor *m);
void memory_place(struct monitor *m);

/* tree.c: device tree, drivers, console, command line, carve-out plan */
void tree_step(void *ctx);
void bootargs_step(void *ctx);
void plan_step(void *ctx);
void plan_print(const struct monitor *m);
void no_room_print(struct monitor *m);
void plan_without_node(struct monitor *m); /* reading the region faulted: nothing is there */

/* retained_page.c */
void page_read_step(void *ctx);
void page_print(const struct monitor *m);
void page_write_step(void *ctx);
void page_archived(struct monitor *m, uint32_t id); /* these records are in the archive */
void page_not_archived(struct monitor *m);	    /* no longer, nor any others */
void page_without_region(struct monitor *m); /* this Linux does not get the carve-out after all */

/* crash.c: read the region, judge */
void crash_read_step(void *ctx); /* maps the region, which stays so until crash_unmap() */
/* Make the region readable again, after crash_unmap(); false: there is none, or it was said why. */
bool crash_map(const struct monitor *m);
void crash_unmap(const struct monitor *m); /* any access to it faults from now on */

/*
 * archive_flash.c: the archive's place, and what is there. @effect: what follows if it cannot be
 * used, for a notice: "the crash is not archived"
 */
void archive_plan_step(void *ctx);
void archive_place_print(const struct monitor *m);
/* Probes the flash and opens the archive; false: it was said why not, or there is no place. */
bool archive_reach(const struct monitor *m, const char *effect, struct archive *out);
/* Says why it is left alone: for all states but ARCHIVE_BLANK and ARCHIVE_OURS. */
void archive_state_print(const struct archive *a, const char *effect);
/* False: it was said why. */
bool archive_may_change(const struct monitor *m, const struct archive *a, const char *effect);
uint64_t archive_pa(void); /* where it begins, once it was reached */
/* Why writing failed: "it is protected". */
const char *archive_failure(void);

/* archive.c: new records to flash */
void archive_step(void *ctx);

/* report.c: tell */
void verdict_print(const struct monitor *m);
void options_print(const struct monitor *m); /* what was not understood of it */
bool report_is_due(const struct monitor *m);
void report_step(void *ctx);

/* What the kinds of report share; @i and @order: indices of facts, in the order of telling. */
enum om_err fact_read(const struct monitor *m, uint32_t i, struct record *out) OM_MUST_CHECK;
bool fact_is_wanted(const struct monitor *m, uint32_t i); /* not told before, unless asked for */
void facts_print(const struct record *r);		  /* "Panic#1 Part1, 9031 bytes, intact" */

/*
 * armored_report.c: the wanted records, packed. What the archive got is not made again for the
 * report. NULL: no memory for it, or no record is wanted.
 */
struct chapters *chapters_of(struct monitor *m, const uint32_t *order,
			     bool (*wanted)(const struct monitor *m, uint32_t i));
bool armored_print(struct monitor *m, const uint32_t *order);
/* text_report.c */
void text_print(const struct monitor *m, const uint32_t *order);

/* fetch.c: records or raw region by YMODEM, if a key asks for them; and without being asked */
void fetch_step(void *ctx);
void fetch_records(void *ctx);
void fetch_region(void *ctx);

/* archive_console.c: list, show, send, erase, if a key asks for it */
enum { KEY_ARCHIVE = 0x0c /* Ctrl-L */ };
void archive_console_step(void *ctx);
void archive_console(struct monitor *m, bool for_ever); /* without an end by itself */

/* payload.c: what the page is to remember of the kernel that is next; says nothing */
void kernel_size_step(void *ctx);
/* load, apply the plan, start Linux. Comes back only if it cannot. */
void payload_step(void *ctx);

/* fit.c: if the bytes of the open region contradict its sizes, it is opened anew by what they say.
 */
void fit_region(struct monitor *m);

/* halt.c: stay alive and answer on the console; @why is shown again on any key. */
_Noreturn void halt(struct monitor *m, const char *why);

/* Reset the board, or say that it cannot be done. */
void board_reset(void);

/* arch_map() with a notice if it fails. */
bool map_or_say(struct range range, enum arch_mem how, const char *what);

#endif

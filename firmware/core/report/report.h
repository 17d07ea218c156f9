/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a report before it is packed and armored: a head that says whose crash this is
 * and lists its records, then the records' texts in pieces, those that matter most first. A chapter
 * is what one group of lines carries; every chapter has the whole head, so that each is of use
 * without the others. Writes line by line, reads from a span.
 * Source: docs/report-format.md, "Chapters".
 */
#ifndef OM_CORE_REPORT_H
#define OM_CORE_REPORT_H

#include "core/base/err.h"
#include "core/base/line.h"
#include "core/base/span.h"
#include "core/crash/verdict.h"
#include "core/log/record.h"
#include "core/ramoops/geometry.h"

enum {
	REPORT_VERSION = 2,
	REPORT_RECORDS_MAX = 512,
	REPORT_NAME_BYTES = 32,		    /* of board and monitor version, with the NUL */
	REPORT_LINE_BYTES = LINE_BYTES_MAX, /* longest line, newline and NUL included */
	REPORT_PIECES_MAX = 256		    /* pieces of all texts that a reader keeps apart */
};

/*
 * Dump records of the crash for which a report has no place, as it has REPORT_RECORDS_MAX already:
 * those that matter least. They stay in RAM.
 */
struct report_beyond {
	uint32_t n;	      /* 0: all have their place */
	uint32_t first, last; /* dmesg zones between which they lie, both included */
};

/* What the head says beside the records. */
struct report_head {
	uint32_t id;			 /* differs from crash to crash: see report_id() */
	uint32_t chapter;		 /* from 0 */
	char monitor[REPORT_NAME_BYTES]; /* version of the monitor, "0.1.0" */
	char board[REPORT_NAME_BYTES];	 /* "qemu-virt" */
	uint32_t boot_count;
	bool warm;		       /* the retained page was valid: else records may be old */
	char cause[REPORT_NAME_BYTES]; /* of the reset, as the SoC has it: "WDG"; "": not known */
	enum verdict verdict;
	bool has_uptime;
	uint64_t uptime_us;   /* of the monitor when it began the report */
	uint32_t baud;	      /* rate of the line, 0: unknown */
	struct geometry geom; /* of the region, as the dead kernel had it */
	enum era era;
	uint32_t n_ftrace;	 /* ftrace zones */
	uint32_t writer_version; /* LINUX_VERSION_CODE, 0: unknown */
	uint32_t n_records;	 /* in this report */
	uint32_t n_old;		 /* records in the region that were reported before: not in it */
	struct report_beyond beyond;
};

/**
 * report_id - the number of a crash
 * @records: those of the report in its order, digests filled in
 *
 * CRC-32 of the digests, each as 4 bytes, little-endian: the same records reported again, by this
 * boot or by another one, have the same.
 */
uint32_t report_id(const struct record *const *records, uint32_t n);

/* ---- writing (report_write.c) ------------------------------------------------------------- */

/**
 * report_head_line - line @i of the head
 * @records: head->n_records of them, in the order of their numbers in the report; texts unused
 *           but for their lengths
 * @out:     REPORT_LINE_BYTES; newline at its end, no NUL
 *
 * Returns its length, 0 after the last line, which is an empty one.
 */
size_t report_head_line(const struct report_head *head, const struct record *const *records,
			uint32_t i, char out[REPORT_LINE_BYTES]);

/* "text R OFF LEN\n" before a piece of record @number's text. Returns the line's length. */
size_t report_piece_line(uint32_t number, uint32_t off, uint32_t bytes,
			 char out[REPORT_LINE_BYTES]);

/* "crc R XXXXXXXX\n" after the last piece of a record: the CRC-32 of its whole text. */
size_t report_crc_line(uint32_t number, uint32_t crc, char out[REPORT_LINE_BYTES]);

/* "left R OFF LEN\n": this stretch is not in the report, for want of time. */
size_t report_left_line(uint32_t number, uint32_t off, uint32_t bytes, char out[REPORT_LINE_BYTES]);

/* "end\n": the report is complete but for what is named left. */
size_t report_end_line(char out[REPORT_LINE_BYTES]);

/* The words of the lines `verdict` and `quality=`; "" for a value that is none. */
const char *report_verdict_word(enum verdict v);
const char *report_quality_word(enum quality q);

/* Lines for people around a report; no newline at their ends. */
size_t report_begin_banner(const struct report_head *head, char out[REPORT_LINE_BYTES]);
/* "oopsmon: 3 records, 26055 bytes; save this log, then: oopsmon decode LOG" */
size_t report_hint(const struct report_head *head, uint32_t bytes, char out[REPORT_LINE_BYTES]);
/* "oopsmon: left out: console-ramoops-0, 1200 of 65536 bytes" */
size_t report_left_hint(const struct record *r, uint32_t bytes, char out[REPORT_LINE_BYTES]);
/* "oopsmon: and 3 records more" */
size_t report_more_hint(uint32_t n, char out[REPORT_LINE_BYTES]);
/* "12 of dmesg-ramoops-300 to -611"; @beyond->n is not 0 */
size_t report_beyond_words(const struct report_beyond *beyond, char out[REPORT_LINE_BYTES]);
/* "oopsmon: left out: 12 of dmesg-ramoops-300 to -611, in RAM for Linux" */
size_t report_beyond_hint(const struct report_beyond *beyond, char out[REPORT_LINE_BYTES]);
/* "oopsmon: 10 s at 115200 baud are over; oopsmon.report_seconds=0 tells all" */
size_t report_time_hint(uint32_t seconds, uint32_t baud, char out[REPORT_LINE_BYTES]);
/* @complete: else something was left out */
size_t report_end_banner(const struct report_head *head, bool complete,
			 char out[REPORT_LINE_BYTES]);

/* ---- reading (report_read.c) -------------------------------------------------------------- */

/**
 * report_head_read - the head of a chapter
 * @text:    of the chapter, any bytes
 * @head:    written on OM_OK
 * @records: REPORT_RECORDS_MAX; text.len is the length said, text.p NULL
 * @used:    bytes of the head
 *
 * Unknown words are passed over, so that later versions can say more. Returns OM_OK;
 *   OM_E_BAD_MAGIC: not a chapter's beginning; OM_E_VARIANT: of a newer, unknown version;
 *   OM_E_TRUNCATED: the head is cut, @head and @records have what is said before;
 *   OM_E_CORRUPT: it says impossible things.
 */
enum om_err report_head_read(struct span text, struct report_head *head, struct record *records,
			     size_t *used) OM_MUST_CHECK;

enum report_item_kind { REPORT_TEXT, REPORT_CRC, REPORT_LEFT, REPORT_END };

struct report_item {
	enum report_item_kind kind;
	uint32_t number;  /* of the record; not for REPORT_END */
	uint32_t off;	  /* REPORT_TEXT, REPORT_LEFT: where in the record's text */
	uint32_t bytes;	  /* said length; a chapter's last piece may have less */
	uint32_t crc;	  /* REPORT_CRC */
	struct span text; /* REPORT_TEXT: the bytes that are there, in the chapter's text */
};

/**
 * report_item_read - the next item after the head
 * @at: offset in @text, the head's length at first; moved after the item on OM_OK
 *
 * Returns OM_OK; OM_E_EMPTY: the chapter's end, or a line that was cut by it (without newline);
 *   OM_E_CORRUPT: no item is there.
 */
enum om_err report_item_read(struct span text, const struct report_head *head, size_t *at,
			     struct report_item *out) OM_MUST_CHECK;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a crash is reported, and in which order: the records by their worth, and pieces of their
 * texts so that a short time is spent on what says most. And what the user asked for. Plans
 * only; others read and print.
 */
#ifndef OM_CORE_REPORT_ORDER_H
#define OM_CORE_REPORT_ORDER_H

#include "core/log/record.h"

enum report_mode {
	REPORT_MODE_NONE,    /* the verdict line only; nothing counts as reported */
	REPORT_MODE_SUMMARY, /* and the summary */
	REPORT_MODE_FULL,    /* and the armored report */
	REPORT_MODE_TEXT /* and the records as plain text, for a person without the host program */
};

struct report_options {
	enum report_mode mode;
	/* for the report: reading, packing, and the line's time for it and the tail; 0: no limit */
	uint32_t seconds;
	uint32_t archive_seconds; /* reading and packing for the archive */
	uint32_t parity;	  /* parity lines, percent of the data lines, 0 to 100 */
	bool again;		  /* report also what was reported before */
	bool bad;	       /* a value was not understood: the default is there in its place */
	uint32_t tail;	       /* lines of the crash in plain text under the summary, 0 to 999 */
	uint32_t kmsg_seconds; /* for the last kernel's own log in RAM; 0: it is not looked for */
};

/* What holds unless the user says otherwise. */
#define REPORT_DEFAULT                                                                             \
	{                                                                                          \
		.mode = REPORT_MODE_FULL, .seconds = 10, .archive_seconds = 5, .parity = 15,       \
		.tail = 20, .kmsg_seconds = 1                                                      \
	}

/**
 * report_options_read - read oopsmon.report=none|summary|full|text, .report_seconds=,
 * .archive_seconds=, .kmsg_seconds=, .tail=, .parity= and .report_again
 * @line: the command line, NUL-terminated, any content; of several values the last one counts
 */
void report_options_read(const char *line, struct report_options *out);

/**
 * report_budget_bytes - bytes that a line of @baud carries in the time asked for
 *
 * Ten bits to a byte. Returns UINT32_MAX if there is no limit.
 */
uint32_t report_budget_bytes(const struct report_options *options, uint32_t baud);

/* True if record @a is reported before record @b: the order of report_order(). */
bool report_is_before(const struct record *a, const struct record *b);

/**
 * report_order - the order in which records are reported
 * @records: @n of them; their texts are not used
 * @order:   indices of @records, @n of them
 *
 * Panics, newest first; other dmesg records, newest first; console, pmsg, ftrace.
 */
void report_order(const struct record *records, uint32_t n, uint32_t *order);

/* A stretch of a record's text. */
struct report_piece {
	uint32_t record; /* index of records */
	uint32_t off, bytes;
};

enum {
	REPORT_CONSOLE_BYTES = 64 << 10, /* reported early: the last ones */
	REPORT_TAIL_BYTES = 32 << 10	 /* of pmsg and ftrace */
};

/**
 * report_pieces - which stretch comes when
 * @records: @n of them, in report_order(); texts unused but for their lengths
 * @out:     2 * @n pieces
 *
 * The first dmesg record; the console's end; the other dmesg records; the ends of pmsg and
 * ftrace, the latter in whole entries; then the beginnings, in the same order. Every byte is in
 * one piece. Returns the number of pieces.
 */
uint32_t report_pieces(const struct record *const *records, uint32_t n, struct report_piece *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a crash is told, and in which order: the records by their worth, and pieces of their
 * texts so that a short time is spent on what says most. And what the user asked for. Plans
 * only; others read and print.
 */
#ifndef OM_CORE_TELLING_H
#define OM_CORE_TELLING_H

#include "core/log/record.h"

enum tell_mode {
	TELL_NONE,    /* the verdict line only; nothing counts as told */
	TELL_SUMMARY, /* and the summary */
	TELL_FULL,    /* and the armored report */
	TELL_TEXT     /* and the records as plain text, for a person without the host program */
};

struct telling_options {
	enum tell_mode mode;
	/* for the report: reading, packing, and the line's time for it and the tail; 0: no limit */
	uint32_t seconds;
	uint32_t archive_seconds; /* reading and packing for the archive */
	uint32_t parity;	  /* parity lines, percent of the data lines, 0 to 100 */
	bool again;		  /* tell also what was told before */
	bool bad;      /* a value was not understood: the default is there in its place */
	uint32_t tail; /* lines of the crash in plain text under the summary, 0 to 999 */
};

/* What holds unless the user says otherwise. */
#define TELLING_DEFAULT                                                                            \
	{                                                                                          \
		.mode = TELL_FULL, .seconds = 10, .archive_seconds = 5, .parity = 15, .tail = 20   \
	}

/**
 * telling_options - read oopsmon.report=none|summary|full|text, .report_seconds=,
 * .archive_seconds=, .tail=, .parity= and .report_again
 * @line: the command line, NUL-terminated, any content; of several values the last one counts
 */
void telling_options(const char *line, struct telling_options *out);

/**
 * telling_budget - bytes that a line of @baud carries in the time asked for
 *
 * Ten bits to a byte. Returns UINT32_MAX if there is no limit.
 */
uint32_t telling_budget(const struct telling_options *options, uint32_t baud);

/* True if record @a is told before record @b: the order of telling_order(). */
bool telling_is_before(const struct record *a, const struct record *b);

/**
 * telling_order - the order in which records are told
 * @records: @n of them; their texts are not used
 * @order:   indices of @records, @n of them
 *
 * Panics, newest first; other dmesg records, newest first; console, pmsg, ftrace.
 */
void telling_order(const struct record *records, uint32_t n, uint32_t *order);

/* A stretch of a record's text. */
struct telling_piece {
	uint32_t record; /* index of records */
	uint32_t off, bytes;
};

enum {
	TELLING_CONSOLE_BYTES = 64 << 10, /* told early: the last ones */
	TELLING_TAIL_BYTES = 32 << 10	  /* of pmsg and ftrace */
};

/**
 * telling_plan - which stretch comes when
 * @records: @n of them, in telling_order(); texts unused but for their lengths
 * @out:     2 * @n pieces
 *
 * The first dmesg record; the console's end; the other dmesg records; the ends of pmsg and
 * ftrace, the latter in whole entries; then the beginnings, in the same order. Every byte is in
 * one piece. Returns the number of pieces.
 */
uint32_t telling_plan(const struct record *const *records, uint32_t n, struct telling_piece *out);

#endif

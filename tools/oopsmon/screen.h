/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `oopsmon watch` shows: the console of one board as it comes, like a terminal program,
 * or those of several line by line after their names. The lines of a report are left out; on
 * a terminal a status line takes their place. Output that nobody takes for a second is
 * dropped rather than waited for: listening goes on.
 */
#ifndef OM_TOOLS_SCREEN_H
#define OM_TOOLS_SCREEN_H

#include "plain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VIEW_LINE_BYTES = 512, /* longer ones are shown in pieces, if there are several boards */
	SCREEN_OUT_BYTES = 4096,
	SCREEN_STATUS_BYTES = 160,
};

struct screen {
	bool on;			  /* false: the console is not shown (--json) */
	bool many;			  /* several boards: whole lines, with names */
	bool terminal;			  /* standard output is one */
	bool broken;			  /* nobody will ever read standard output again */
	bool stuck;			  /* it was not taken the last time */
	bool mid_line;			  /* the cursor is not at the beginning of a line */
	char status[SCREEN_STATUS_BYTES]; /* on the terminal now, "" if none */
	char out[SCREEN_OUT_BYTES];
	size_t n_out;
};

/* One board's part of it. */
struct view {
	const char *label;
	char line[VIEW_LINE_BYTES]; /* held back: may be a report's line, or is not whole yet */
	size_t n_line;
	bool mid_line;	 /* the present line is not held from its beginning */
	uint32_t escape; /* inside an escape sequence: characters of it so far */
	char sequence[16];
	uint32_t swallowed; /* inside a string for the terminal: characters of it so far */
	struct plain plain;
};

void screen_begin(struct screen *s, bool on, bool many);

/* Bytes of the board; @in_report: a report is open. Kept in memory until screen_flush(). */
void screen_feed(struct screen *s, struct view *v, const uint8_t *bytes, size_t len,
		 bool in_report);

/* Nothing came for a while: what is held back is shown after all, such as a prompt. */
void screen_idle(struct screen *s, struct view *v);

void screen_flush(struct screen *s);

/* The status line below everything, if it is a terminal; "": none. */
void screen_status(struct screen *s, const char *text);

/* A message of ours on standard error, on a line of its own. */
void screen_say(struct screen *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

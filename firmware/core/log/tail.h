/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last lines of a crash, for a person at the serial console: which of them, and what of
 * each is shown. Plans only; app/report.c prints them.
 */
#ifndef OM_CORE_TAIL_H
#define OM_CORE_TAIL_H

#include "core/base/span.h"

enum {
	TAIL_LINE_BYTES = 300, /* of one line, which may be a record without any newline */
	TAIL_FRAME_BYTES = 8   /* what a line costs on the wire beside its text, at least */
};

/**
 * tail_of - the last lines of a text that may be printed
 * @text:       any bytes
 * @n_lines:    at most so many lines; a last one without newline counts
 * @most_bytes: what printing them may cost, with escapes (core/base/escape.h) and line breaks;
 *              UINT32_MAX: no limit
 *
 * Walks back from the end over what it returns only. Returns the end of @text that begins with
 * the first of those lines; empty if not even the last line may be printed.
 */
struct span tail_of(struct span text, uint32_t n_lines, uint32_t most_bytes);

/**
 * tail_line - the next line to print
 * @rest:  the text; it moves to the line after it
 * @shown: what is printed of the line: without its level ("<6>"), without what is at its
 *         end (blanks, a carriage return), at most TAIL_LINE_BYTES
 *
 * True: all of the line is shown; false: it is longer.
 */
bool tail_line(struct span *rest, struct span *shown);

#endif

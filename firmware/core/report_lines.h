/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of words and numbers, as the head of a report and the card of an archived crash have
 * them: what report_write.c, report_read.c and archive_entry.c share.
 */
#ifndef OM_CORE_REPORT_LINES_H
#define OM_CORE_REPORT_LINES_H

#include "report.h"

/* ---- writing (report_write.c) ------------------------------------------------------------- */

/*
 * Text as it grows, REPORT_LINE_BYTES at most; what does not fit is dropped, which neither format
 * needs.
 */
struct line {
	char *p;
	size_t len;
};

void line_put_char(struct line *l, char c);
void line_put(struct line *l, const char *text);
/* @v in base @base, 10 or 16, with at least @width digits, at most 20 */
void line_put_digits(struct line *l, uint64_t v, uint32_t base, uint32_t width);
/* @word and @v */
void line_put_number(struct line *l, const char *word, uint32_t v);
void line_put_hex(struct line *l, const char *word, uint64_t v, uint32_t width);
/* A newline. Returns the length. */
size_t line_end(struct line *l);

/* The lines of a head that are no record's, in their order. */
enum head_line {
	HEAD_FORMAT,
	HEAD_ID,
	HEAD_CHAPTER,
	HEAD_MONITOR,
	HEAD_BOARD,
	HEAD_BOOT,
	HEAD_VERDICT,
	HEAD_UPTIME,
	HEAD_BAUD,
	HEAD_REGION,
	HEAD_SIZES,
	HEAD_ECC,
	HEAD_FLAGS,
	HEAD_LAYOUT,
	HEAD_OLD,
	HEAD_BEYOND, /* if there are any */
	HEAD_LINES
};

/* Line @what of @h, without its newline. */
void report_put_fact(struct line *l, const struct report_head *h, enum head_line what);

/* ---- reading (report_read.c); all take any bytes ------------------------------------------ */

/* The line at the beginning of @text, without its newline, which must be there. */
bool line_cut(struct span text, struct span *out);
/* Cuts the next word off @line; empty at its end. */
struct span line_word(struct span *line);
bool line_is(struct span s, const char *text);
/* Cuts @text off the beginning of @s if it is there. */
bool line_take(struct span *s, const char *text);
/* All of @s is a number in base @base, 10 or 16, at most @max. */
bool line_digits(struct span s, uint32_t base, uint64_t max, uint64_t *out);
/* All of @s is a number of 32 bits, decimal or hexadecimal behind 0x. */
bool line_number(struct span s, uint32_t *out);

/* A line of a head that is no record's; an unknown one is passed over. False: damaged. */
bool report_read_fact(struct span line, struct report_head *h);

#endif

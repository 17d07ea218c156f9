/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts at the head of a report, which the card of an archived crash has as well: what
 * report_write.c, report_read.c and archive_entry.c share.
 */
#ifndef OM_CORE_REPORT_LINES_H
#define OM_CORE_REPORT_LINES_H

#include "core/base/line.h"
#include "report.h"

/* ---- writing (report_write.c) ------------------------------------------------------------- */

/* The lines of a head that are no record's, in their order. */
enum head_line {
	HEAD_FORMAT,
	HEAD_ID,
	HEAD_CHAPTER,
	HEAD_MONITOR,
	HEAD_BOARD,
	HEAD_BOOT,
	HEAD_CAUSE, /* if it is known */
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

/* ---- reading (report_read.c); takes any bytes --------------------------------------------- */

/* A line of a head that is no record's; an unknown one is passed over. False: damaged. */
bool report_read_fact(struct span line, struct report_head *h);

#endif

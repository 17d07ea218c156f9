/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chapters (chapters.h) as the lines of an armored report: groups of lines with parity (armor.h,
 * rs16.h), as long as the line's budget and the time last. Gives out line after line; printing
 * them is the caller's business.
 * Source: docs/report-format.md.
 */
#ifndef OM_CORE_REPORT_SEND_H
#define OM_CORE_REPORT_SEND_H

#include "chapters.h"

struct report_send {
	struct chapters *chapters;
	uint32_t parity; /* percent */
	/* bytes of the line for the whole report, line ends included; UINT32_MAX: no end */
	uint32_t budget;
	struct deadline until; /* for all of it: reading, packing, and the line */
	uint32_t seconds;      /* what both come from: named if it was not enough */
	void (*print)(void *ctx, const char *chars, size_t len); /* one line, no newline */
	void *ctx;

	/* the rest is report_send()'s own */
	const struct report_job *job;
	uint32_t left; /* bytes of the budget */
	bool cut;
	char line[REPORT_LINE_BYTES];
};

/**
 * report_send - the whole report, banners included
 *
 * Returns true if all of it was sent, and has all there is; false: lines say what is left out.
 */
bool report_send(struct report_send *s);

#endif

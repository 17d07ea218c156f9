/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From records to the lines of an armored report: chapters (report.h), squeezed (squeeze.h), in
 * groups of lines with parity (armor.h, rs16.h), as long as the budget lasts. Gives out line
 * after line; printing them is the caller's business.
 * Source: docs/report-format.md.
 */
#ifndef OM_CORE_REPORT_SEND_H
#define OM_CORE_REPORT_SEND_H

#include "report.h"
#include "telling.h"

enum { REPORT_SEND_BYTES = 480 << 10 }; /* workspace */

struct report_job {
	const struct region *region;
	struct report_head head; /* chapter 0 */
	/* head.n_records of them, at most REPORT_RECORDS_MAX, in telling_order(), as record_read()
	   gave them; their texts are gone but for the lengths */
	const struct record *const *records;
	const uint16_t *zones;	 /* for record_read(), of each record */
	struct workspace work;	 /* for record_read() */
	struct workspace memory; /* REPORT_SEND_BYTES, 8-byte aligned */
	uint32_t parity;	 /* percent */
	/* bytes of the line for the whole report, line ends included; with @chapter those of all
	   streams together; UINT32_MAX: no end */
	uint32_t budget;
	uint32_t seconds; /* that is, at head.baud: told if it was not enough */
	void (*print)(void *ctx, const char *chars, size_t len); /* one line, no newline */
	/*
	 * Not NULL: gets every chapter, squeezed, in place of all lines; false: no more of them.
	 * The workspace stays the report's.
	 */
	bool (*chapter)(void *ctx, struct span stream);
	void *ctx;
};

/**
 * report_send - the whole report, banners included
 *
 * Reads the region again, record by record. Returns true if all of it was told; false: the
 * budget or the receiver of chapters cut it, and lines say what is left out.
 */
bool report_send(const struct report_job *job);

#endif

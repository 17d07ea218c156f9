/* SPDX-License-Identifier: BSD-2-Clause */
/* The armored report: what core/report/report_send.c needs, and its lines to the console. */
#ifndef OM_APP_ARMORED_REPORT_H
#define OM_APP_ARMORED_REPORT_H

#include "core/report/chapters.h"
#include "crash.h"

/* A crash is packed once, for archive and report. */
struct packed {
	uint64_t start_us;	   /* of clock_us() at the first line of C */
	uint64_t uptime_us;	   /* from then to the first packed record, 0: none yet */
	struct chapters *chapters; /* NULL: not packed yet */
};

/*
 * The wanted records, packed. What the archive got is not made again for the report. NULL: no
 * memory for it, or no record is wanted.
 */
struct chapters *chapters_of(struct packed *p, const struct crash *crash,
			     bool (*wanted)(const struct crash *c, uint32_t i));

/* @spent_bytes: of the line's time, which the summary's last lines took. False: no memory for it.
 */
bool armored_print(struct packed *p, const struct crash *crash, uint32_t spent_bytes);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report: the verdict line of every boot, and after a crash the summary, the last lines of
 * the crash, and the records, newest panic first: armored or as plain text.
 */
#ifndef OM_APP_REPORT_H
#define OM_APP_REPORT_H

#include "archive.h"
#include "armored_report.h"
#include "core/place/plan.h"
#include "crash.h"

void verdict_print(const struct crash *crash, const struct plan *plan);

bool report_is_due(const struct crash *crash);

/* True: it came to its end; false: there is nothing to report from. */
bool report_print(const struct crash *crash, const struct archived *archived,
		  struct packed *packed);

/* "Panic#1 Part1, 9031 bytes, intact" */
void facts_print(const struct record *r);

/* text_report.c: the records as plain text, escaped, for a person (oopsmon.report=text) */
void text_print(const struct crash *crash);

#endif

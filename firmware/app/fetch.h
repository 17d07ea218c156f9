/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On request: the records, or the raw region, by YMODEM to whoever sits at the console. Asked
 * for by a key and by nothing else; every wait has a bound, and Linux starts after it.
 */
#ifndef OM_APP_FETCH_H
#define OM_APP_FETCH_H

#include "crash.h"

enum { KEY_ARCHIVE = 0x0c /* Ctrl-L: archive_console.h */ };

/**
 * fetch_on_request - wait for a key, after a report, and do what it asks for
 * @bootargs:    oopsmon.fetch_seconds= is read from it
 * @is_due:      a report came to its end; else nothing is waited for
 * @has_archive: the archive is named among the keys
 *
 * True: the archive is asked for.
 */
bool fetch_on_request(const struct crash *crash, const char *bootargs, bool is_due,
		      bool has_archive);

/* Without being asked. */
void fetch_records(const struct crash *crash);
void fetch_region(const struct crash *crash);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every crash of every archive in a file, or of the entry that the file is: for `oopsmon archive`
 * and `oopsmon decode`.
 */
#ifndef OM_TOOLS_ARCHIVE_EACH_H
#define OM_TOOLS_ARCHIVE_EACH_H

#include "archive_entries.h"

enum { ENTRY_NAME_BYTES = 96 };

struct archive_report {
	const struct entries *entries;
	const struct entry *entry;
	const struct report *report;
	char name[ENTRY_NAME_BYTES]; /* for a folder: "0003-panic-1f2e3d4c"; with several archives
					"archive-0x100000/0003-panic-1f2e3d4c"; an entry whose
					number is not known: "panic-1f2e3d4c" */
};

/* Which entries; none: the best copy of every crash. */
struct archive_choice {
	const uint32_t *numbers;
	uint32_t n;
};

/*
 * Of one archive, before its entries: NULL, or called with all that is known. An exit code of
 * commands.h, as of the other one.
 */
typedef int (*archive_begin_fn)(void *arg, struct entries *e);
typedef int (*archive_report_fn)(void *arg, const struct archive_report *item);

/**
 * archive_each - open every archive in the file @name
 * @wrong: NULL, or as entries_open() has it
 * @report: NULL, or called for every entry chosen, also for one of which nothing could be decoded:
 *         then item->report is NULL
 *
 * Says on standard error what the user must know: that the file is not an archive, blank, cut.
 * Returns the worst exit code; EXIT_TROUBLE after a message: nothing could be read.
 */
int archive_each(const char *program, const char *name, const struct archive_choice *choice,
		 entry_wrong wrong, archive_begin_fn begin, archive_report_fn report, void *arg);

/*
 * "archive at 0x100000 of flash.img: 16 blocks of 65536 bytes, 3 entries", or
 * "entry of an archive, oopsmon-entry-3.bin: 2106 bytes", on standard output.
 */
void archive_print(const struct entries *e);

#endif

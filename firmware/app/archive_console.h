/* SPDX-License-Identifier: BSD-2-Clause */
/* The archive on the console: what archive_console.c and archive_show.c share. */
#ifndef OM_APP_ARCHIVE_CONSOLE_H
#define OM_APP_ARCHIVE_CONSOLE_H

#include "core/archive/archive_list.h"
#include "monitor.h"

/**
 * archive_show - all texts of an entry, as far as they can be read
 * @packed: where streams are unpacked from, CHAPTERS_BYTES_MIN that are mapped here
 * @work: memory that nobody needs meanwhile, 8-byte aligned
 *
 * The key q or Ctrl-C stops it.
 */
void archive_show(const struct archive *a, const struct archive_entry *e, struct range packed,
		  struct workspace work);

#endif

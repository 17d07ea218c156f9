/* SPDX-License-Identifier: BSD-2-Clause */
/* The archive on the console: what archive_console.c and archive_show.c share. */
#ifndef OM_APP_ARCHIVE_CONSOLE_H
#define OM_APP_ARCHIVE_CONSOLE_H

#include "core/archive_list.h"
#include "monitor.h"

/* All texts of an entry, as far as they can be read; q or Ctrl-C stops it. */
void archive_show(const struct archive *a, const struct archive_entry *e);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive for whoever sits at the console: list, show, send, erase. Asked for by a key and by
 * nothing else. Linux starts if no complete line comes within 5 s, after a command within a minute,
 * and with too many lines that are no command.
 */
#ifndef OM_APP_ARCHIVE_CONSOLE_H
#define OM_APP_ARCHIVE_CONSOLE_H

#include "archive_place.h"
#include "core/archive/archive_list.h"
#include "memory.h"
#include "retained_page.h"

/* What the console works on. */
struct archive_desk {
	struct archive_place *place;
	const struct memory *memory;
	struct page *page; /* remembers that entries were erased */
};

/* @asked: KEY_ARCHIVE came; else it is looked for among the keys that have come by now. */
void archive_console_on_request(const struct archive_desk *desk, bool asked);

/* @for_ever: without an end by itself */
void archive_console(const struct archive_desk *desk, bool for_ever);

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

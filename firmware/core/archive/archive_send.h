/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An entry of the archive: its card, then the chapters of the report (chapters.h). Gives out the
 * entry's bytes in order; writing them is the caller's business (archive_append()).
 * Source: docs/archive-format.md, "Entry".
 */
#ifndef OM_CORE_ARCHIVE_SEND_H
#define OM_CORE_ARCHIVE_SEND_H

#include "archive_entry.h"
#include "core/report/chapters.h"

/* Bytes of an entry so that it fits into a ring of these blocks wherever it begins. */
uint32_t archive_send_room(uint32_t block_bytes, uint32_t n_blocks);

struct archive_send {
	/* in: of a crash with at least one record, head.id filled in */
	struct chapters *chapters;
	/* the next bytes of the entry; @last: they end it, and may be none. Errors end it as well.
	 */
	enum om_err (*put)(void *ctx, struct span bytes, bool last);
	void *ctx;
	uint32_t room_bytes;   /* for all streams; what has no room is named, UINT32_MAX: no end */
	struct deadline until; /* for all of it: what there was no time for is named */

	/* out */
	uint32_t bytes; /* given out without an error */
	bool cut;	/* something had no room, or there was no time for it: not all is there */

	/* the rest is archive_send()'s own */
	enum om_err err;
	size_t waiting; /* bytes in @first: what is put makes a chunk with a head of its own */
	uint8_t first[ARCHIVE_CARD_BYTES + ARCHIVE_STREAM_HEAD_BYTES];
};

/**
 * archive_send - the whole entry
 *
 * The card's headline is that of the first record, its time that of the first one that has any. A
 * record that cannot be read again is named in its chapter. Returns OM_OK; the first error of
 * @s->put.
 */
enum om_err archive_send(struct archive_send *s) OM_MUST_CHECK;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From records to an entry of the archive: its card, then the report's chapters. Gives out the
 * entry's bytes in order; writing them is the caller's business (archive_append()).
 * Source: docs/archive-format.md, "Entry".
 */
#ifndef OM_CORE_ARCHIVE_SEND_H
#define OM_CORE_ARCHIVE_SEND_H

#include "archive_entry.h"
#include "report_send.h"

/* Bytes of an entry so that it fits into a ring of these blocks wherever it begins. */
uint32_t archive_send_room(uint32_t block_bytes, uint32_t n_blocks);

struct archive_send {
	/* in: as for report_send(), head.id filled in, at least one record; budget, parity, print
	   and chapter do not count */
	const struct report_job *job;
	/* the next bytes of the entry; @last: they end it, and may be none. Errors end it as well.
	 */
	enum om_err (*put)(void *ctx, struct span bytes, bool last);
	void *ctx;
	uint32_t room_bytes; /* for all chapters; what has no room is named, UINT32_MAX: no end */

	/* out */
	uint32_t bytes; /* given out without an error */
	bool cut;	/* something had no room */

	/* the rest is archive_send()'s own */
	enum om_err err;
	size_t waiting; /* bytes in @first: what is put makes a chunk with a head of its own */
	uint8_t first[ARCHIVE_CARD_BYTES + ARCHIVE_STREAM_HEAD_BYTES];
};

/**
 * archive_send - the whole entry
 *
 * Reads the region again, record by record. The card's headline is that of the first record, its
 * time that of the first one that has any. A record that cannot be read again is named in its
 * chapter. Returns OM_OK; OM_E_ARG: too little memory or too many records for report_send(); the
 * first error of @s->put.
 */
enum om_err archive_send(struct archive_send *s) OM_MUST_CHECK;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dmesg zone's log as records: where one dump ends and the next begins, the head line
 * though it may be damaged, the text unpacked.
 * Source: Linux fs/pstore/ram.c ramoops_pstore_write(), 3.10 to 6.18: up to 5.4 it appends
 * to what the zone still holds.
 */
#ifndef OM_CORE_DMESG_READ_H
#define OM_CORE_DMESG_READ_H

#include "core/log/record.h"

/* What zone_log() gave, and how far that can be relied on. */
struct dmesg_log {
	struct span bytes;
	const struct holes *bad; /* stretches of @bytes that ECC could not repair */
	bool checked;		 /* ECC vouches for all else */
	bool clean;		 /* and had nothing to repair anywhere */
	bool wrapped;		 /* the ring has overwritten its oldest bytes */
	bool exact;		 /* the last record ends where @bytes end; else before that */
	struct effort *effort;	 /* as resync_job has it */
};

enum { DMESG_PIECES_MAX = 32 /* of one zone; more stay part of the last */ };

/**
 * dmesg_read - decode one record of a log
 * @more:   as unpack_text()
 * @work:   as unpack_text()
 * @out:    piece says which; n_pieces, text, holes, notes and all facts of dmesg records are
 *          filled in, quality if a checksum vouches for the text or none could be had
 * @stored: written on OM_OK: the bytes of @log that make up the record
 *
 * A further record begins at a head line whose newline is there, whose text begins with a
 * title or is packed, and which begins a line unless what comes before is packed.
 * Returns OM_OK, OM_E_ARG (no such piece), OM_E_NO_SPACE.
 */
enum om_err dmesg_read(const struct dmesg_log *log, const struct unpacker *more,
		       struct workspace work, struct record *out,
		       struct span *stored) OM_MUST_CHECK;

/**
 * dmesg_unpack - unpack what dmesg_read() could not for want of an unpacker
 * @log:  bytes: the text that it gave, bad: the holes in it
 * @more: as unpack_text()
 * @work: as unpack_text()
 * @out:  the record that it gave; written on OM_OK as by dmesg_read(), unreadable still if
 *        nothing of @more unpacks it. stored_bytes is less by what comes after the stream
 *
 * The byte before the text is not here, so that a head line without its newline is not thought
 * of. Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err dmesg_unpack(const struct dmesg_log *log, const struct unpacker *more,
			 struct workspace work, struct record *out) OM_MUST_CHECK;

#endif

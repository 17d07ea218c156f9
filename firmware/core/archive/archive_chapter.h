/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chapters of an archive's entry, one after the other, out of bytes of which some are missing.
 * Source: docs/archive-format.md, "Entry".
 */
#ifndef OM_CORE_ARCHIVE_CHAPTER_H
#define OM_CORE_ARCHIVE_CHAPTER_H

#include "archive_entry.h"

/* An entry's bytes. */
struct archive_bytes {
	uint32_t len; /* of the entry, as far as anything is known of it */
	/* those of [off, off + len) that are certain, from @off on; good until the next call */
	struct span (*get)(void *ctx, uint32_t off, uint32_t len);
	void *ctx;
};

struct archive_chapter {
	struct archive_stream head;
	struct span stream; /* what of it is certain */
	bool whole;	    /* that is all of it */
	bool sound;	    /* and its CRC is right */
	bool cut;	    /* the entry ends before it does: no other comes after it */
};

/**
 * archive_chapter_next - the chapter at @at
 * @at: offset in the entry: after the card at first; then where the next chapter begins
 *
 * False: there are no certain bytes that say what is there.
 */
bool archive_chapter_next(const struct archive_bytes *from, uint32_t *at,
			  struct archive_chapter *out);

#endif

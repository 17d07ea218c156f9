/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compressed text of a dmesg record: zlib (3.12 to 4.16) and raw deflate (4.17 and
 * later) in one go, with as much text as a damaged stream still gives. The other
 * compressors of older kernels come from the caller, or are recognised as unknown.
 * zlib does the inflating of good streams, its codes end here; resync.h has what is done
 * for damaged ones.
 * Source: RFC 1950, RFC 1951; Linux fs/pstore/platform.c, 3.12 to 6.18.
 */
#ifndef OM_CORE_UNPACK_H
#define OM_CORE_UNPACK_H

#include "core/base/effort.h"
#include "core/base/err.h"
#include "core/base/holes.h"
#include "core/base/span.h"

enum packing {
	PACKING_NONE,
	PACKING_DEFLATE, /* raw, 4.17 and later, every window */
	PACKING_ZLIB,	 /* 3.12 to 4.16 */
	PACKING_LZ4,	 /* with lz4hc: one format */
	PACKING_LZO,
	PACKING_ZSTD,
	PACKING_842,
	PACKING_UNKNOWN
};

enum unpack_end {
	UNPACK_COMPLETE, /* the stream ends as it should */
	UNPACK_CUT,	 /* the input ends before the stream does */
	UNPACK_BROKEN,	 /* the stream breaks its own rules */
	UNPACK_FULL	 /* the workspace ends before the text does */
};

enum {
	UNPACK_STATE_BYTES = 8192, /* of the workspace go to zlib, the rest to the text */
	UNPACK_TEXT_MIN = 64,	   /* least room for text */
	/* the same with zlib's window, where only the end of a text has room */
	UNPACK_END_STATE_BYTES = UNPACK_STATE_BYTES + (32 << 10),
	UNPACK_ROOMS_MAX = 8 /* the end is looked for in so much text, counted in the room for it */
};

struct unpacked {
	enum packing packing;
	enum unpack_end end;
	bool verified;	    /* a checksum over the whole text was right (zlib's Adler-32) */
	bool resynced;	    /* text from after damage follows that before it */
	bool has_plain;	    /* resynced, and yet zlib's text came to its end: see unpack_plain() */
	uint32_t plain_crc; /* of that text, CRC-32 */
	size_t plain_bytes;
	size_t used;	    /* input bytes the stream took, if complete; else all of them */
	uint32_t cut;	    /* where bytes of the text are left out, for want of room; 0: nowhere */
	struct span text;   /* in the workspace */
	struct holes holes; /* stretches of the text that are guesses or, as UNPACK_LOST, unknown */
};

enum { UNPACK_LOST = '?' /* in place of a character that is lost */ };

/* A packing that the image does without; the host program brings some from libraries. */
struct unpacker {
	enum packing packing; /* PACKING_NONE ends a list */
	/*
	 * As unpack_text() for this one packing: OM_OK if the text is a record's. With
	 * OM_E_VARIANT, out->packing may name a packing that was recognised but cannot be
	 * unpacked; it is PACKING_UNKNOWN before.
	 */
	enum om_err (*unpack)(struct span in, struct workspace work, struct unpacked *out);
};

/**
 * unpack_text - inflate one record
 * @in:   the bytes after the "====" line
 * @bad:  stretches of @in that ECC found beyond repair; none in it: ECC vouches for every
 *        byte, so that the text need not be looked at; NULL: nothing is known
 * @more: further packings to try, NULL: none
 * @work: UNPACK_STATE_BYTES and room for the text
 * @out:  valid on OM_OK; on OM_E_VARIANT only packing is valid: PACKING_UNKNOWN, or what an
 *   unpacker of @more has recognised
 *
 * Nothing in the record names the packing, so what comes out decides: text that starts
 * with its title line, or, when damage hit that, at least has lines like a log's. In order:
 * zlib if it begins with a zlib header of any window; raw deflate of any window; zlib whose
 * header is damaged; those of @more; a deflate stream whose first block is damaged.
 *
 * Raw deflate has no checksum, so damage is also looked for in the text: lines without
 * their "<6>", or without time stamp where others have one, or with time running back.
 * A stream that is damaged by that, by its own rules or by @bad is UNPACK_BROKEN, and its
 * text the better one of zlib's and resync_text()'s; only text outside of out->holes is
 * certain, and without @bad even that may have single characters wrong.
 * Returns OM_OK whenever there is text; OM_E_VARIANT: no known packing gives any;
 *   OM_E_NO_SPACE: @work too small for any.
 */
enum om_err unpack_text(struct span in, const struct holes *bad, const struct unpacker *more,
			struct workspace work, struct unpacked *out) OM_MUST_CHECK;

/* What there is to unpack, and how much work it is worth. */
struct unpack_job {
	struct span in;
	const struct holes *bad;
	const struct unpacker *more;
	struct effort *effort; /* as resync_job has it */
};

/*
 * As unpack_text(); the same effort gives the same text. Without any a damaged stream has zlib's
 * text only, none of which is certain. A text with a cut has a hole from there to the end of the
 * line, or all of it is one where it is damaged; its end is that of the stream. That takes twice
 * UNPACK_END_STATE_BYTES at least.
 */
enum om_err unpack_within(const struct unpack_job *job, struct workspace work,
			  struct unpacked *out) OM_MUST_CHECK;

/**
 * unpack_plain - inflate one record as if nothing were wrong, which is how Linux reads it
 * @in, @work, @out: as unpack_text()
 *
 * Returns OM_OK if the stream comes to its end and looks like a record; OM_E_VARIANT: it does
 *   not; OM_E_NO_SPACE.
 */
enum om_err unpack_plain(struct span in, struct workspace work, struct unpacked *out) OM_MUST_CHECK;

/* "deflate", "zlib", ...; "" for PACKING_NONE. */
const char *packing_name(enum packing p);

#endif

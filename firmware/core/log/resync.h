/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text out of deflate streams that are damaged. zlib stops where a stream breaks and
 * cannot tell where one went wrong; this goes on after the damage, because Huffman codes
 * find back into step by themselves, and because a kernel log betrays by how it reads
 * whether what a match copies is what stood there. Slower than zlib by far: for streams
 * that are known to be damaged only.
 * Source: RFC 1951.
 */
#ifndef OM_CORE_RESYNC_H
#define OM_CORE_RESYNC_H

#include "core/base/effort.h"
#include "core/base/err.h"
#include "core/base/holes.h"
#include "core/base/span.h"

struct salvaged {
	struct span text; /* in the workspace */
	bool full;	  /* the workspace ends before the text does */
	bool resynced;	  /* text from after damage follows that before it */
	uint32_t doubt;	  /* from this character on anything may be wrong in a text that was
			     inflated as if nothing were; the text's length: nothing */
	struct holes holes;
};

enum {
	RESYNC_STATE_BYTES = 8192, /* of the workspace, the rest is for the text */
	RESYNC_LOST = '?'	   /* in place of a character that is lost */
};

/**
 * resync_text - salvage what is left of a damaged raw deflate stream
 * @in:   the stream, without zlib's header
 * @bad:  stretches of @in that ECC found beyond repair, NULL: no ECC
 * @plain: what zlib makes of @in, outside of @work; empty: none. Where that differs and reads
 *   as well, it is taken
 * @work: RESYNC_STATE_BYTES and room for the text
 * @out:  written on OM_OK
 *
 * Text before the first hole is certain if there is @bad: it comes from good bytes alone. Without
 * it the first damage shows only by what follows. From there on all lies in the hole, although most
 * of it is right; what bad bytes tell is in there, too, for often few of them are wrong. Work is
 * bounded by some hundred passes over @in. Returns OM_OK; OM_E_VARIANT: no text; OM_E_NO_SPACE:
 * @work too small or @in 4 MiB or more.
 */
enum om_err resync_text(struct span in, const struct holes *bad, struct span plain,
			struct workspace work, struct salvaged *out) OM_MUST_CHECK;

/* What there is to salvage, and how much work it is worth. */
struct resync_job {
	struct span in;
	const struct holes *bad;
	struct span plain;
	/* for searches for repairs; without them there is what the stream gives by itself. NULL: as
	   much as it takes, which is up to 600 tokens for each byte of @in */
	struct effort *effort;
};

/* As resync_text(); the same effort gives the same text. */
enum om_err resync_within(const struct resync_job *job, struct workspace work,
			  struct salvaged *out) OM_MUST_CHECK;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store: one place where a kernel's pstore kept its records, open for reading. What a report,
 * the archive or a person sees of records comes through here, whatever the backend is; each
 * backend makes one (ramoops: record_read.h).
 */
#ifndef OM_CORE_STORE_H
#define OM_CORE_STORE_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "record.h"

struct store {
	const char *backend;   /* as in Linux's file names: "ramoops" */
	uint32_t n;	       /* records that it can hold, numbered from 0 */
	size_t work_bytes;     /* workspace with which no record is cut */
	struct effort *effort; /* what mending damage is worth in each read(); NULL: all it takes */
	/**
	 * read - decode one record; never writes to where it is kept
	 * @i:     number of the record, below n
	 * @piece: 0; then up to out->n_pieces - 1 for what else is in the same place
	 * @out:   written on OM_OK; its text is in @work, or where the record is kept
	 *
	 * Returns OM_OK; OM_E_EMPTY: there is nothing, which is normal; OM_E_BAD_MAGIC: there never
	 *   was; OM_E_NO_SPACE; OM_E_ARG. Damage gives a record of lower quality and no error.
	 */
	enum om_err (*read)(const void *ctx, uint32_t i, uint32_t piece, struct workspace work,
			    struct record *out);
	const void *ctx; /* the backend's own */
};

static inline enum om_err store_read(const struct store *s, uint32_t i, uint32_t piece,
				     struct workspace work, struct record *out)
{
	return s->read(s->ctx, i, piece, work, out);
}

/*
 * The text of a record once more, with the effort of the first time, so that it is the same. @as:
 * the record as it was read from @s then, from which @out has all else. As read(), and
 * OM_E_VARIANT: the text is no longer as long.
 */
enum om_err store_again(const struct store *s, uint32_t i, const struct record *as,
			struct workspace work, struct record *out) OM_MUST_CHECK;

#endif

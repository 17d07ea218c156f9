/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of a ramoops region: reads its zones through zone.h and decodes their logs. Never writes
 * to the region.
 */
#ifndef OM_CORE_RECORD_READ_H
#define OM_CORE_RECORD_READ_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/ecc/rs.h"
#include "core/log/record.h"
#include "core/log/store.h"
#include "core/log/unpack.h"
#include "geometry.h"
#include "search.h"

/* A region that is open for reading. Caller-owned, constant after region_open(). */
struct region {
	struct span raw; /* the carve-out itself, or a dump of it; never written */
	struct geometry geom;
	struct layout layout;
	struct rs rs; /* valid if geom.ecc_bytes > 0 */
	/* The caller may change these after region_open(). */
	const struct unpacker *unpackers; /* beyond deflate and zlib; NULL: none */
	bool digests;			  /* fill in record.digest; true unless changed */
	/* what mending damaged streams is worth, NULL: as much as it takes. Changed by each
	   record_read(), and counted anew from its beginning */
	struct effort *effort;
};

/**
 * region_open - prepare to read a region
 * @raw:  the region's bytes; stays in use
 * @geom: sizes; rounded here as Linux rounds
 * @cpus: as layout_detect()
 *
 * Returns OM_OK, OM_E_TRUNCATED (@raw shorter than the geometry, or geometry does
 *   not fit), OM_E_EMPTY, OM_E_VARIANT, OM_E_NO_SPACE as geometry_check().
 */
enum om_err region_open(struct span raw, const struct geometry *geom, uint32_t cpus,
			struct region *out) OM_MUST_CHECK;

/* The same by what a search found, which weighed more than an opened region can. */
enum om_err region_open_found(struct span raw, const struct found *found,
			      struct region *out) OM_MUST_CHECK;

/**
 * region_open_exact - the same without rounding
 *
 * Some vendors' kernels take the node's sizes as they are. Arguments and errors as region_open().
 */
enum om_err region_open_exact(struct span raw, const struct geometry *geom, uint32_t cpus,
			      struct region *out) OM_MUST_CHECK;

/**
 * region_records - how many records a region can hold
 *
 * dmesg zones, then console, pmsg and ftrace (all CPUs' zones are one record).
 */
uint32_t region_records(const struct region *r);

enum {
	RECORD_TEXT_FACTOR = 4 /* most text per zone byte that a kernel packs: 3 in 6.6 and later */
};

/* Workspace bytes with which record_read() never cuts a record of this region. */
size_t region_work_bytes(const struct region *r);

/**
 * record_read - decode one record
 * @i:    0 to region_records() - 1
 * @piece: 0; then up to out->n_pieces - 1 for what else is in the same zone
 * @work: memory for the decoded text; see region_work_bytes()
 * @out:  written on OM_OK
 *
 * Reads the region, never writes it. Returns OM_OK; OM_E_EMPTY: nothing stored
 *   there, which is normal; OM_E_BAD_MAGIC: no zone was ever there; OM_E_NO_SPACE: the
 *   workspace cannot hold the zone, and not a part of it either, for its header is damaged;
 *   OM_E_ARG. A zone that is too large gives the part that there is room for. Damage is not an
 * error: it gives a record of lower quality whenever any text is left.
 */
enum om_err record_read(const struct region *r, uint32_t i, uint32_t piece, struct workspace work,
			struct record *out) OM_MUST_CHECK;

/* The records of @r as a store, which stays in use; r->effort is set before. */
void ramoops_store(const struct region *r, struct store *out);

/**
 * record_unpack - unpack a record that was read where its packing is not known
 * @geom: of the region it comes from; only ecc_bytes counts
 * @more: as unpack_text()
 * @work: as unpack_text(), RECORD_TEXT_FACTOR times the zone for the text; not the memory that
 *        holds the packed bytes
 * @r:    an unreadable dmesg record; on OM_OK text, holes, quality, notes and facts are those
 *        that record_read() gives with @more, text in @work; or it is unreadable still, its text
 *        where it was, and packing may say more
 *
 * NOTE_TEXT_LOST: the text is only the beginning of what was stored, or not certain; it is
 * salvaged at best. Returns OM_OK; OM_E_ARG: another kind of record; OM_E_NO_SPACE.
 */
enum om_err record_unpack(const struct geometry *geom, const struct unpacker *more,
			  struct workspace work, struct record *r) OM_MUST_CHECK;

#endif

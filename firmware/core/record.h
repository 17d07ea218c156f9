/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records: the facts a region holds, one for each file Linux would list in
 * /sys/fs/pstore. Reads the zones of a region through zone.h and decodes their
 * logs. Facts only; telling them is the caller's business.
 */
#ifndef OM_CORE_RECORD_H
#define OM_CORE_RECORD_H

#include "dmesg.h"
#include "effort.h"
#include "err.h"
#include "ftrace.h"
#include "geometry.h"
#include "rs.h"
#include "span.h"
#include "unpack.h"

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

enum quality {			  /* best first; a record has the worst that applies */
	       QUALITY_INTACT,	  /* parity or a checksum vouches for every byte */
	       QUALITY_CORRECTED, /* ECC repaired it: the bytes are right */
	       QUALITY_UNCHECKED, /* no ECC in this region: nothing speaks against the text,
				     nothing vouches for it */
	       QUALITY_SALVAGED,  /* some bytes may be wrong or missing; notes say why */
	       QUALITY_UNREADABLE /* nothing could be decoded: only raw bytes are given */
};

enum record_note { /* bits of record.notes: why a record is not intact */
		   NOTE_HEADER_CORRUPT = 1 << 0, /* zone header beyond repair, raw values used */
		   NOTE_BAD_BLOCKS = 1 << 1,	 /* uncorrectable blocks inside the text */
		   NOTE_STREAM_CUT = 1 << 2, /* compressed stream ends early: text up to there */
		   NOTE_STREAM_BAD = 1 << 3, /* compressed stream breaks: text up to there */
		   NOTE_NO_HEADER = 1 << 4,  /* no "====" line: all that stands there is shown */
		   NOTE_OUTPUT_CUT = 1
				     << 5, /* text longer than the workspace: its first line and its
					      newest part, or its beginning (unpack_within()) */
		   NOTE_ZONE_BAD =
			   1 << 6, /* start/size cannot be right: bytes as they lie in the zone */
		   NOTE_ZONE_EMPTY = 1 << 7, /* header says 0 bytes but text stands behind it */
		   NOTE_NO_REASON = 1 << 8,  /* first line is not "Reason#n PartM" */
		   NOTE_SIG_DAMAGED =
			   1 << 9, /* the zone's signature is wrong, by some bits or altogether */
		   NOTE_STREAM_RESYNCED = 1 << 10, /* text from behind stream damage is included */
		   NOTE_HEAD_CUT = 1 << 11, /* an older record whose head a newer one overwrote */
		   NOTE_ENTRIES_LOST = 1 << 12, /* ftrace: a CPU's zone could not be read */
		   NOTE_ENTRIES_BAD = 1 << 13,	/* ftrace: some entries make no sense: holes */
		   NOTE_HEAD_DAMAGED = 1
				       << 14, /* the "====" line has wrong characters, but is one */
		   NOTE_ORDER_GUESSED = 1 << 15, /* with ZONE_BAD: printk's time stamps told where
						    the ring begins */
		   NOTE_MENDED = 1 << 16, /* another reading of the piece before: with its packed
					     stream mended, where Linux shows what came out */
		   NOTE_TEXT_LOST = 1
				    << 17, /* a part of its text was lost or left out on the way */
		   NOTE_PART_LEFT = 1 << 18, /* larger than the memory to read it: only its newest
						part, and of a dump its first lines */
		   NOTE_SEARCH_CUT = 1 << 19 /* its damaged stream was not searched to the end:
						with more effort more of the text may be right */
};

struct record {
	enum zone_kind kind;
	uint32_t index;	   /* N in Linux's file name kind-ramoops-N */
	uint32_t piece;	   /* kernels up to 5.4 append dumps in one zone: 0 is the first, which is
			      all Linux names; of @n_pieces */
	uint32_t n_pieces; /* at least 1 */
	bool has_mended;   /* the next piece is the same dump with its stream mended */
	enum quality quality;
	uint32_t notes;		  /* enum record_note bits */
	uint32_t corrected_bytes; /* as Linux counts them */
	uint32_t bad_blocks;
	uint32_t stored_bytes; /* valid bytes in the zone(s), header line included */
	uint32_t digest;       /* CRC-32 of the stored bytes: tells crashes apart */

	/* dmesg records */
	bool has_time;
	int64_t time_sec; /* wall clock of the dying kernel, seconds since 1970 */
	uint32_t time_usec;
	enum reason reason;
	uint32_t count; /* dumps since that boot, from "Reason#count" */
	uint32_t part;
	enum packing packing;

	/* ftrace records: text is binary entries in Linux's order (ftrace.h) */
	struct ftrace_format ftrace; /* bytes 0: not ftrace */
	uint32_t writer;	     /* LINUX_VERSION_CODE from the zones' signature, 0: unknown */

	struct holes holes; /* stretches of the text not to be trusted */

	uint32_t effort; /* tokens with which it reads the same once more */

	struct span text; /* decoded bytes as Linux's file has them, without ECC notice;
			     in the workspace until it is used again */
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
 * @piece: 0; then up to out->n_pieces - 1 for what else stands in the same zone
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

/*
 * The text of a record once more, with the effort of the first time, so that it is the same. @as:
 * the record as it was read from @r then, from which @out has all else. As record_read(), and
 * OM_E_VARIANT: the text is no longer as long.
 */
enum om_err record_again(const struct region *r, uint32_t i, const struct record *as,
			 struct workspace work, struct record *out) OM_MUST_CHECK;

/**
 * record_unpack - unpack a record that was read where its packing is not known
 * @geom: of the region it comes from; only ecc_bytes counts
 * @more: as unpack_text()
 * @work: as unpack_text(), RECORD_TEXT_FACTOR times the zone for the text; not the memory that
 *        holds the packed bytes
 * @r:    an unreadable dmesg record; on OM_OK text, holes, quality, notes and facts are those
 *        that record_read() gives with @more, text in @work; or it is unreadable still, its text
 *        where it was, and packing may tell more
 *
 * NOTE_TEXT_LOST: the text is only the beginning of what was stored, or not certain; it is
 * salvaged at best. Returns OM_OK; OM_E_ARG: another kind of record; OM_E_NO_SPACE.
 */
enum om_err record_unpack(const struct geometry *geom, const struct unpacker *more,
			  struct workspace work, struct record *r) OM_MUST_CHECK;

/*
 * Linux's file name, "dmesg-ramoops-0"; a further piece has its number behind it,
 * "dmesg-ramoops-0.1", a mended one a word, "dmesg-ramoops-0.mended". At most RECORD_NAME_BYTES
 * with the NUL.
 */
enum { RECORD_NAME_BYTES = 40 };
void record_name(const struct record *r, char out[RECORD_NAME_BYTES]);

/* The word before "-ramoops-" in it: "dmesg", "console", "pmsg", "ftrace". */
const char *record_kind(enum zone_kind kind);

const char *quality_name(enum quality q); /* "intact", "ECC-corrected", "unchecked", ... */

#endif

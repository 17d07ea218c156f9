/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive in flash: a log of entries over a ring of erase blocks, the oldest block recycled.
 * Power may fail at any instant; every byte of the flash may be anything. An entry is a string of
 * bytes (archive_entry.h says of what) in chunks, each with its own check; it is complete once
 * its last chunk is.
 * Source: docs/archive-format.md.
 */
#ifndef OM_CORE_ARCHIVE_H
#define OM_CORE_ARCHIVE_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>

enum {
	ARCHIVE_VERSION = 1,
	ARCHIVE_UNIT_BYTES = 32,	/* everything begins and ends at a multiple of it */
	ARCHIVE_BLOCK_HEAD_BYTES = 64,	/* at the start of every block in use */
	ARCHIVE_CHUNK_HEAD_BYTES = 64,	/* a guard of one unit, then a head of one unit */
	ARCHIVE_PAYLOAD_MAX = 4032,	/* of a chunk; 64 of them fill 256 KiB less the heads */
	ARCHIVE_BLOCK_MIN_BYTES = 4096, /* smallest erase block */
	ARCHIVE_BLOCK_MAX_BYTES = 1 << 24,
	ARCHIVE_BLOCKS_MIN = 2,
	ARCHIVE_BLOCKS_MAX = 1 << 16
};

/*
 * The partition, as its driver gives it; offsets are from the partition's start. Program clears
 * bits only and is whole units at a time; what it returns is not trusted, the bytes are read back.
 * read: any offset and length inside. All return OM_OK; OM_E_TIMEOUT or OM_E_CORRUPT (the device
 * says that it failed), OM_E_... of the driver.
 */
struct archive_flash {
	void *ctx;
	uint32_t block_bytes; /* a power of two */
	uint32_t n_blocks;
	enum om_err (*read)(void *ctx, uint32_t off, uint8_t *to, uint32_t len);
	/* true if all of these bytes are 0xff; NULL: read() and look */
	bool (*blank)(void *ctx, uint32_t off, uint32_t len);
	enum om_err (*program)(void *ctx, uint32_t off, const uint8_t *from, uint32_t len);
	enum om_err (*erase)(void *ctx, uint32_t block);
};

/* What is in the partition. */
enum archive_state {
	ARCHIVE_BLANK, /* every block's beginning is erased: nothing was archived yet */
	ARCHIVE_OURS,  /* entries may be read and appended */
	ARCHIVE_NEWER, /* of an unknown newer version: left alone */
	ARCHIVE_OTHER, /* ours, but made for another number or size of blocks: read, not written */
	ARCHIVE_FOREIGN, /* something else is there: left alone */
	ARCHIVE_DEAD	 /* cannot be read */
};

/* Where the log is: what archive_open() found. */
struct archive {
	const struct archive_flash *flash;
	enum archive_state state;
	uint32_t version;     /* ARCHIVE_NEWER: the one that is there */
	uint32_t block_bytes; /* as the heads say; ARCHIVE_OTHER: not flash's */
	uint32_t n_blocks;
	uint32_t head;	   /* block written last */
	uint32_t sequence; /* of that block: blocks ever opened, from 1 */
	uint32_t n_used;   /* blocks with a readable head */
	uint32_t at;	   /* where the next chunk goes, offset in that block, if there is room */
	uint32_t last;	   /* offset of the chunk before, 0: none in this block */
	bool torn;	   /* between that chunk's end and @at is something that is not a chunk */
	uint32_t entry;	   /* number of the newest entry, begun or complete; 0: none ever */
	uint32_t n_erased; /* blocks erased since archive_open() */
	uint32_t n_bad;	   /* places passed over since then because they could not be written */
	bool settled;	   /* what a power cut may have left half written is made firm */
	bool writing;	   /* an entry is begun and not ended */
	uint32_t off;	   /* in that entry, of what comes next */
	uint32_t number;   /* of its next chunk */
	uint32_t first;	   /* sequence of the block it begins in */
};

/**
 * archive_open - find the log's head
 * @flash: geometry in the ranges above, kept by @a
 *
 * Reads the head of every block and the chunk heads of the newest one, and writes nothing.
 * a->state is the answer; @a is written completely.
 */
void archive_open(struct archive *a, const struct archive_flash *flash);

/* ---- writing (archive_write.c) ------------------------------------------------------------ */

/**
 * archive_begin - begin an entry
 *
 * On a blank partition all of it is read first: only erased flash is taken. Makes firm what the
 * last power cut may have left half written. Returns OM_OK; OM_E_VARIANT: a->state forbids it (a
 * partition that is not blank after all becomes ARCHIVE_FOREIGN); else the driver's error.
 */
enum om_err archive_begin(struct archive *a) OM_MUST_CHECK;

/**
 * archive_append - the next bytes of the entry
 * @last: they end it; then @bytes may be empty
 *
 * Written and read back before it returns. Opens the next block, the oldest one, when this one is
 * full: erases it. Places that do not take what is written are passed over. With few bytes at a
 * time chunks get small: give what you have. An entry never recycles the block that it began in:
 * one that is larger is refused there, remains in part, and cannot be ended. All appends of an
 * entry together erase at most n_blocks blocks up to its first chunk, and n_blocks - 1 after it.
 * Returns OM_OK; OM_E_NO_SPACE: no place could be written (worn out, protected, the device fails),
 * or the entry is larger than the partition; OM_E_ARG: no entry is begun, or it gets 2 GiB long.
 */
enum om_err archive_append(struct archive *a, struct span bytes, bool last) OM_MUST_CHECK;

/**
 * archive_clear - forget all entries
 * @progress: NULL, or called after each block: @done of @of
 *
 * Opens every block once, the oldest first, the newest last: each is erased and gets a head that
 * hands on the number of the newest entry, so that numbers and wear go on evenly. With the first of
 * these heads all entries are forgotten; if power fails before that, all are there but those in
 * the oldest block, else what is not erased yet will be when it is that block's turn. An entry
 * that is begun is given up. Takes an erase for each block: seconds to minutes.
 * Returns OM_OK, also on a blank partition, where nothing is written; OM_E_VARIANT: a->state
 * forbids it; OM_E_CORRUPT: no entry is left, but blocks that could not be erased or written
 * (a->n_bad) may still hold bytes of some, as far as they could not be overwritten with zeros
 * either; OM_E_NO_SPACE: no block took what was written: archive_open() says what is there.
 */
enum om_err archive_clear(struct archive *a,
			  void (*progress)(void *ctx, uint32_t done, uint32_t of),
			  void *ctx) OM_MUST_CHECK;

/* ---- reading (archive_read.c) ------------------------------------------------------------- */

enum archive_check {
	ARCHIVE_SOUND,	   /* its CRC is right */
	ARCHIVE_CORRECTED, /* one bit had flipped and is known: right again */
	ARCHIVE_DAMAGED	   /* more than that, or never written to its end */
};

struct archive_chunk {
	uint32_t entry;	 /* number of its entry, from 1 */
	uint32_t number; /* in the entry, from 0 */
	uint32_t off;	 /* of its bytes in the entry */
	uint32_t bytes;
	bool last;	/* ends the entry */
	uint32_t block; /* where it is */
	uint32_t at;	/* of its payload, offset in the block */
	uint32_t crc;	/* of its payload */
};

/* A walk over all chunks, oldest first. */
struct archive_walk {
	const struct archive *a;
	uint32_t n_done;   /* blocks walked through, of a->n_blocks */
	uint32_t sequence; /* of the present block */
	uint32_t at;	   /* in it, 0: not begun */
};

void archive_walk_start(struct archive_walk *w, const struct archive *a);

/* The next chunk whose head can be read (its payload is not looked at); false: no more. */
bool archive_walk_next(struct archive_walk *w, struct archive_chunk *out);

/**
 * archive_payload - a chunk's bytes, checked
 * @to: ARCHIVE_PAYLOAD_MAX; chunk->bytes of it are written
 *
 * A single flipped bit is put right. ARCHIVE_DAMAGED: @to has what is there.
 */
enum archive_check archive_payload(const struct archive *a, const struct archive_chunk *chunk,
				   uint8_t *to);

#endif

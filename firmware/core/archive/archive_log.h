/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive's bytes: what archive.c, archive_write.c and archive_read.c share, and
 * the host program's archive_scan.c, which looks for heads. Not for others.
 * Source: docs/archive-format.md.
 */
#ifndef OM_CORE_ARCHIVE_LOG_H
#define OM_CORE_ARCHIVE_LOG_H

#include "archive.h"

enum {
	BLOCK_VERSION = 8,
	BLOCK_BYTES = 12,
	BLOCK_COUNT = 16,
	BLOCK_NUMBER = 20,
	BLOCK_SEQUENCE = 24,
	BLOCK_ENTRY = 28,
	BLOCK_CRC = 60,

	CHUNK_SEQUENCE = 4, /* offsets in the head, after the guard */
	CHUNK_ENTRY = 8,
	CHUNK_OFF = 12,
	CHUNK_SIZE = 16,
	CHUNK_PAYLOAD_CRC = 20,
	CHUNK_CRC = 28,
	CHUNK_MAGIC = 0x6b6e6843 /* "Chnk" */
};
#define CHUNK_LAST 0x80000000u

extern const char archive_log_magic[8];

/* What is at the beginning of a block. */
enum log_block {
	LOG_BLOCK_OURS,
	LOG_BLOCK_BLANK,
	LOG_BLOCK_NEWER,
	LOG_BLOCK_OTHER, /* ours, of another geometry */
	LOG_BLOCK_BAD,	 /* anything else */
	LOG_BLOCK_DEAD	 /* cannot be read */
};

/* A place where a chunk may begin. */
enum log_place {
	LOG_CHUNK,
	LOG_VOID,   /* no chunk, but no longer erased */
	LOG_ERASED, /* so far as a guard and a head go */
	LOG_FULL    /* no room for a chunk */
};

/* @len bytes from offset @at of @block; false: they cannot be read, or are outside. */
bool archive_log_read(const struct archive *a, uint32_t block, uint32_t at, uint8_t *to,
		      uint32_t len);

bool archive_log_blank(const uint8_t *p, uint32_t len);

/* The newest entry of which a chunk was written; 0: none. */
uint32_t archive_log_newest(const struct archive *a);

/* @p: ARCHIVE_BLOCK_HEAD_BYTES, put right if one bit is wrong. */
enum log_block archive_log_block(const struct archive *a, uint32_t block, uint8_t *p);

/* @out: ARCHIVE_BLOCK_HEAD_BYTES */
void archive_log_block_head(const struct archive *a, uint32_t block, uint32_t sequence,
			    uint8_t *out);

/* The block's sequence from its head, else from its first chunk; 0: none. */
uint32_t archive_log_sequence(const struct archive *a, uint32_t block);

/* @at: multiple of a unit; @out: written if there is a chunk */
enum log_place archive_log_place(const struct archive *a, uint32_t block, uint32_t sequence,
				 uint32_t at, struct archive_chunk *out);

/* The next chunk from *@at on, which is moved there; false: none, *@at is where one may go. */
bool archive_log_next(const struct archive *a, uint32_t block, uint32_t sequence, uint32_t *at,
		      struct archive_chunk *out);

/* @out: ARCHIVE_UNIT_BYTES, what goes after the guard */
void archive_log_chunk_head(const struct archive_chunk *chunk, uint32_t sequence, uint8_t *out);

/* Where @chunk ends, offset in its block. */
uint32_t archive_log_end(const struct archive_chunk *chunk);

/* Sets at, last, torn and entry of @a from the chunk heads of its newest block. */
void archive_log_scan(struct archive *a);

/**
 * archive_log_mend - put one flipped bit right
 * @wrong: the CRC that is there xor the one of @p
 */
enum archive_check archive_log_mend(uint8_t *p, uint32_t len, uint32_t wrong);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives in a file: the partition itself, a device, or an image of the whole flash. Every
 * block's head says where its partition begins, so one that can be read is enough.
 * Source: docs/archive-format.md, "Block".
 */
#ifndef OM_TOOLS_ARCHIVE_SCAN_H
#define OM_TOOLS_ARCHIVE_SCAN_H

#include "core/archive/archive.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	ARCHIVES_MAX = 64,   /* in one file */
	ARCHIVE_GRAIN = 4096 /* block heads are at multiples of it */
};

/* What is read, by pread(): never more of it in memory than is looked at. */
struct archive_file {
	const char *program, *name; /* for messages */
	int fd;
	uint64_t bytes;
	int error; /* errno of the first read that failed, 0: none did */
	uint64_t error_at;
};

struct archive_place {
	int64_t off; /* of the partition in the file; before 0: the file lacks its beginning */
	uint32_t block_bytes, n_blocks;
	uint32_t n_heads; /* blocks whose head says this; 0: all are lost, the sizes are guessed */
	uint32_t newest, sequence; /* then: block opened last, and its sequence */
};

struct archive_places {
	uint32_t n;
	struct archive_place at[ARCHIVES_MAX]; /* by offset, none overlaps another */
	uint32_t n_other;		       /* further ones: they overlap, or were too many */
	bool entry;	   /* the file is one entry without a partition around it */
	uint32_t newer;	   /* outside of them: a version not known to this program, 0: none */
	uint64_t newer_at; /* where */
	bool erased;	   /* nothing but 0xff in the whole file */
};

/*
 * Opens @name, a file or a device, "-": standard input. False after a message;
 * archive_file_close() is due after true.
 */
bool archive_file_open(struct archive_file *f, const char *program, const char *name);
void archive_file_close(struct archive_file *f);

/* Bytes that the file does not have are 0xff, as erased flash is. False: f->error, not all of @to
   was read. */
bool archive_file_read(struct archive_file *f, int64_t off, uint8_t *to, uint32_t len);

/*
 * Reads the whole file but for its holes; what cannot be read, f->error, is passed over. False
 * after a message: nothing could be.
 */
bool archive_scan(struct archive_file *f, struct archive_places *out);

/* True if a block, of any version, may begin where @s does. */
bool archive_mark(struct span s);

/* True if @s begins as an entry does, of any version: at its beginning a file may have one. */
bool archive_entry_mark(struct span s);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive's entries, one by one: what each is, and its bytes in order. Reads the flash chunk
 * by chunk and keeps one of them; entries may be of any size, and every byte may be anything.
 * Source: docs/archive-format.md.
 */
#ifndef OM_CORE_ARCHIVE_LIST_H
#define OM_CORE_ARCHIVE_LIST_H

#include "archive.h"
#include "archive_entry.h"

enum archive_entry_state {
	ARCHIVE_ENTRY_COMPLETE,	  /* all of it is there, every CRC right */
	ARCHIVE_ENTRY_INCOMPLETE, /* it was not written to its end, as when power fails */
	ARCHIVE_ENTRY_DAMAGED	  /* bytes in it are wrong or gone */
};

struct archive_entry {
	uint32_t number;
	uint32_t bytes; /* up to the end of the last chunk that is there */
	enum archive_entry_state state;
	bool has_card;
	struct archive_card card;
	struct archive_walk from; /* before its first chunk */
};

struct archive_list {
	const struct archive *a;
	struct archive_walk walk, before; /* before: the chunk below */
	struct archive_chunk chunk;	  /* not counted yet, if any */
	bool has_chunk;
	uint8_t payload[ARCHIVE_PAYLOAD_MAX];
};

/* @a: opened; ARCHIVE_OURS or ARCHIVE_OTHER, else there are no entries */
void archive_list_start(struct archive_list *l, const struct archive *a);

/* The next entry, the oldest first; every chunk's CRC is checked. False: no more. */
bool archive_list_next(struct archive_list *l, struct archive_entry *out);

/* An entry's bytes from its beginning to its end. */
struct archive_reader {
	const struct archive *a;
	struct archive_walk walk;
	uint32_t entry;
	struct archive_chunk chunk;
	bool has_chunk;
	bool sound;   /* the chunk's CRC is right */
	uint32_t off; /* of the next byte */
	uint8_t payload[ARCHIVE_PAYLOAD_MAX];
};

void archive_reader_start(struct archive_reader *r, const struct archive *a,
			  const struct archive_entry *e);

/**
 * archive_reader_get - the next @len bytes
 *
 * Where a chunk is missing they are 0xff, where one is damaged what is there. Returns how
 * many of them, from the first on, are certain: those of chunks with the right CRC.
 */
uint32_t archive_reader_get(struct archive_reader *r, uint8_t *to, uint32_t len);

#endif

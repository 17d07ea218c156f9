/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of one archive, and the report that each of them holds. One entry's bytes are in
 * memory at a time.
 * Source: docs/archive-format.md.
 */
#ifndef OM_TOOLS_ARCHIVE_ENTRIES_H
#define OM_TOOLS_ARCHIVE_ENTRIES_H

#include "archive_scan.h"
#include "listener.h"

#include "core/archive/archive_entry.h"

#include <stdio.h>

enum { ENTRIES_MAX = 1 << 16 /* in one archive; further ones are counted */ };

/* Best first. */
enum entry_state {
	ENTRY_COMPLETE,	  /* every checksum is right */
	ENTRY_CORRECTED,  /* so they are once flipped bits are put right */
	ENTRY_INCOMPLETE, /* it was not written to its end, as when power fails */
	ENTRY_DAMAGED	  /* bytes in it are wrong or gone */
};

struct entry {
	uint32_t number;
	enum entry_state state;
	bool has_card;
	struct archive_card card;
	uint32_t bytes;		     /* in flash, without the heads of chunks */
	uint32_t chapters;	     /* that are sound */
	uint32_t n_model, n_unknown; /* chapters packed by 0.1, or in a way of a later version */
	uint32_t dictionary;	     /* of the first one packed as ours; 0: there is none */
	uint32_t n_corrected, n_damaged; /* chunks */
	uint64_t left_bytes;	  /* of the crash's texts: the monitor had no room for them */
	struct archive_walk from; /* before its first chunk */
	uint32_t shown_as;  /* another entry has the same crash, and more of it: its number; or 0 */
	uint32_t next_copy; /* index of another entry of the same crash, in a ring; itself: none */
};

/* What verify is given: @at is an offset in the file. */
typedef void (*entry_wrong)(void *arg, uint32_t number, int64_t at, const char *what);

struct entries {
	struct archive_file *file;
	struct archive_place place;
	struct archive_flash flash;
	struct archive archive;
	uint32_t n;
	struct entry *at;    /* oldest first; number 0: it is bare and has none in its name */
	uint32_t n_left_out; /* more than ENTRIES_MAX */
	uint64_t n_gone;     /* of which nothing can be read, though they were not recycled */
	bool bare;	     /* the file is one entry, without an archive around it */
	uint32_t bare_number;
};

/**
 * entries_open - list the entries of the archive at @place
 * @wrong: NULL, or called for everything that is damaged
 *
 * Checks every chunk and every chapter's CRC. Returns false after a message: nothing can be read.
 * entries_close() is due in any case.
 */
bool entries_open(struct entries *e, struct archive_file *file, const struct archive_place *place,
		  entry_wrong wrong, void *arg);
void entries_close(struct entries *e);

/**
 * entries_open_bare - the same for a file that is one entry without an archive around it
 * @number: what it had in its archive, 0: not known
 *
 * It is complete if its report is: no last chunk says so.
 */
bool entries_open_bare(struct entries *e, struct archive_file *file, uint32_t number,
		       entry_wrong wrong, void *arg);

/**
 * entries_report - the report of the crash in @e->at[@i]
 * @report: called once, with what could be decoded
 *
 * Other copies of the crash add what this one lacks. False: nothing of it could be decoded, or
 * (after a message) out of memory.
 */
bool entries_report(struct entries *e, uint32_t i,
		    void (*report)(void *arg, const struct report *report), void *arg);

/* Why nothing of an entry can be decoded; NULL: for no reason of packing. */
const char *entry_packing_trouble(const struct entry *e);

/* Ends a line about an entry of which nothing can be decoded: why. */
void entry_print_trouble(FILE *f, const struct entry *e);

/* "entry 3", or "entry" if nothing says which */
struct entry_name {
	char text[24];
} entry_name(uint32_t number);

/* "complete", ... */
const char *entry_state_name(enum entry_state state);

/* "0x100000", "-0x40000" */
struct place_name {
	char text[24];
} place_name(const struct archive_place *place);

#endif

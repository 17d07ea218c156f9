/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `oopsmon decode` does with the facts: each form of output is a sink, fed region by
 * region and record by record, so that one record's text is in memory at a time.
 */
#ifndef OM_TOOLS_SINK_H
#define OM_TOOLS_SINK_H

#include "core/log/store.h"
#include "core/ramoops/record_read.h"
#include "core/ramoops/search.h"
#include "symbols.h"

#include <stdint.h>

/* Where the sizes of a region came from. */
enum geometry_from { FROM_OPTIONS, FROM_DTB, FROM_SEARCH };

struct report; /* listener.h */

/* One region of the input, or one report in it. */
struct source {
	const char *input; /* file name as given, "-" for standard input */
	uint64_t off;	   /* where in the (uncompressed) input the region begins */
	uint64_t base_pa;  /* its physical address, 0: unknown */
	enum geometry_from from;
	const struct found *found;   /* FROM_SEARCH: on what grounds; else NULL */
	const struct fit *fit;	     /* how sizes that were given fit the bytes; NULL: not known */
	const struct region *region; /* of a report: without bytes and zones */
	const struct report *report; /* NULL: it is a region */
	struct store store;	     /* the records of either */
	uint32_t number;	     /* of this region or report in the input, from 0 */
	uint32_t lost_bytes;	     /* at the region's end the input has no bytes: read as zeros */
	const char *folder_name;     /* of its files' folder, NULL: made of its records */
	char **saved_in; /* NULL, or is given that folder's path, for free(), at the region's end */
	bool to_end;	 /* it ends with the input, whose length is all that says how long it is */
	bool odd_length; /* it ends with the input, at a length that no region has */
};

/* A record with the name of its file; record.text is valid during the call only. */
struct item {
	const struct record *record;
	/* "dmesg-ramoops-0", "dmesg-ramoops-0.enc.z" if it could not be unpacked */
	const char *name;
	uint32_t i; /* its number in the store */
};

/* Functions may be NULL and return an exit code of commands.h: EXIT_GOOD unless output failed. */
struct sink {
	int (*region)(struct sink *s, const struct source *src);
	int (*record)(struct sink *s, const struct source *src, const struct item *item);
	/* the region's last record was given; crashes_write() can still read them again */
	int (*region_end)(struct sink *s, const struct source *src);
	/* a plain log that has a crash, and nothing else was in the input */
	int (*log)(struct sink *s, const char *input, struct span text);
	int (*end)(struct sink *s); /* all regions were given; prints what was kept back, frees */
	const struct options *options;
	const struct symbols *symbols; /* NULL: none, or not of this region's kernel */
	void *state;		       /* the sink's own */
};

/* Linux's ECC notice after a record's text, in the words of the reading kernel. */
enum notices {
	NOTICES_NONE,
	NOTICES_AUTO, /* in those of the writing kernel, as far as it is known */
	NOTICES_OLD,  /* up to 5.17: without "ECC: " */
	NOTICES_NEW
};

/* decode's command line, as far as sinks ask for it. */
struct options {
	const char *program;  /* "oopsmon decode", for messages */
	const char *out_dir;  /* -o, NULL: none */
	bool json;	      /* --json in place of the table */
	bool with_text;	      /* --text: with the records' texts */
	bool join;	      /* --join: one log per crash */
	enum notices notices; /* --linux-notices */
	bool quiet;	      /* no progress bar */
};

/* Each fills in a sink; state is allocated with the first call of region(). */
void table_sink(struct sink *s); /* table.c: the table for people */
void json_sink(struct sink *s);	 /* json.c: docs/json.md */
void files_sink(struct sink *s); /* files.c: -o DIR, a folder of each crash in it */

#endif

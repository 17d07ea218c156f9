/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the monitor for its records or the raw region and takes them by YMODEM: a key is sent,
 * the monitor says that it is ready, files come. Every wait ends, and
 * so does a transfer that brings bytes too slowly.
 */
#ifndef OM_TOOLS_FETCH_H
#define OM_TOOLS_FETCH_H

#include "events.h"
#include "port.h"
#include "quota.h"

#include "core/ymodem/ymodem.h"

#include <limits.h>
#include <stdio.h>

enum fetch_what { FETCH_NONE, FETCH_RECORDS, FETCH_REGION };

enum fetch_state {
	FETCH_IDLE,
	FETCH_ASKED,	/* the key was sent; waiting for the monitor's line */
	FETCH_RECEIVING /* all bytes of the line are YMODEM's */
};

struct fetch {
	const struct events *events;
	const char *label;
	struct port *port;
	uint32_t baud; /* of the line, above 0 */
	enum fetch_state state;
	enum fetch_what what;
	uint64_t until_ms; /* of the present wait */
	uint64_t begun_ms; /* when the sender began */
	bool invited;	   /* the monitor has said that it listens; the caller clears it */

	char line[40]; /* beginning of the present line */
	size_t n_line;

	struct quota *quota;   /* what the files count in */
	bool full;	       /* it has no room; the caller clears it */
	const char *base;      /* what the user named; @parent is in it */
	const char *parent;    /* the caller's: files go to PARENT/fetched */
	char folder[PATH_MAX]; /* made when the first file comes */
	char path[PATH_MAX];
	FILE *file; /* the one that comes, under @path with ".part" after it */
	uint32_t n_files;
	uint64_t bytes; /* of all files */
	struct ymodem_rx rx;
};

/* Asks; once more, if asked already. */
void fetch_ask(struct fetch *f, enum fetch_what what, uint64_t now_ms);

/* Looks through console bytes for the monitor's lines. Returns how many of them are the
   console's: if not all, the rest is for fetch_take(). */
size_t fetch_look(struct fetch *f, const uint8_t *bytes, size_t len, uint64_t now_ms);

/* Bytes while files come. Returns how many were taken: the rest is the console's again. */
size_t fetch_take(struct fetch *f, const uint8_t *bytes, size_t len, uint64_t now_ms);

/* To be called from time to time: waits that are over. */
void fetch_tick(struct fetch *f, uint64_t now_ms);

/* The port is gone, or we are going to end. */
void fetch_stop(struct fetch *f, const char *why);

/* "name 37 % of 262144 bytes" while files come, else "". */
void fetch_status(const struct fetch *f, char *out, size_t cap);

#endif

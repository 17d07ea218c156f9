/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens on watched ports, reported: as messages for people on standard error, or with --json
 * as one line of JSON each on standard output (docs/json.md, "Events").
 */
#ifndef OM_TOOLS_EVENTS_H
#define OM_TOOLS_EVENTS_H

#include "listener.h"
#include "screen.h"

struct events {
	struct screen *screen;
	const char *program; /* "oopsmon watch", for messages */
	bool json;
};

/* 2026-11-23T21:56:07.123Z; NUL included. */
enum { STAMP_BYTES = 32 };
void stamp_now(char out[STAMP_BYTES]);

/* What became of a report's files. */
enum kept {
	KEPT_NOT,    /* no -o */
	KEPT_SAVED,  /* in the folder */
	KEPT_BEFORE, /* the folder has it already, as complete or more */
	KEPT_FAILED, /* after a message on standard error */
};

/* @line: escaped */
void event_boot(const struct events *e, const char *port, const char *line);
void event_crash(const struct events *e, const char *port);
/* @folder: not with KEPT_NOT */
void event_report(const struct events *e, const char *port, const struct report *r, enum kept kept,
		  const char *folder);
void event_lost(const struct events *e, const char *port, const char *why);
void event_back(const struct events *e, const char *port);
/* A file was fetched whole; a fetch is over, for @why if it failed (NULL: it did not). */
void event_file(const struct events *e, const char *port, const char *path, uint64_t bytes);
void event_fetched(const struct events *e, const char *port, uint32_t files, const char *why);
/* A command of --exec is over. @status: as wait(2) gives it */
void event_exec(const struct events *e, const char *port, const char *folder, int status);

#endif

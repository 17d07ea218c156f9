/* SPDX-License-Identifier: BSD-2-Clause */
/* One watched board: its port, its log, its listener, and what is to be done about them. */
#ifndef OM_TOOLS_BOARD_H
#define OM_TOOLS_BOARD_H

#include "events.h"
#include "fetch.h"
#include "hooks.h"
#include "port.h"
#include "screen.h"

/* What all boards have in common. */
struct watch {
	const char *program; /* "oopsmon watch", for messages */
	const char *out_dir; /* -o, NULL: nothing is kept */
	uint32_t baud;
	struct quota quota;    /* of all boards: --max-disk */
	uint64_t port_bytes;   /* of each of them */
	enum fetch_what fetch; /* --fetch */
	bool quiet;	       /* no status line */
	bool findings;	       /* a report came incomplete, or was not saved */
	struct screen screen;
	struct events events;
	struct hooks hooks;
};

enum { KEYS_MAX = 1024 /* typed and not taken by the port yet */ };

struct board {
	struct watch *watch;
	const char *label; /* names it on the screen and in the output folder */
	struct port port;
	int log; /* OUT/LABEL.log, -1: none */
	bool log_failed;
	struct listener *listener;
	struct view view;
	struct fetch fetch;
	bool fetch_wanted;     /* for the last report, at the monitor's next invitation */
	char folder[PATH_MAX]; /* where the last report is; OUT/LABEL before there is one */
	bool has_last;	       /* last_id is its */
	uint32_t last_id;

	struct quota quota;
	bool full;	     /* something found no room in it, and that was said */
	uint64_t counted_ms; /* when what is on the disk was counted last */

	char trouble[192];	  /* why it is not open, reported already */
	uint64_t now_ms;	  /* of what happens now */
	uint64_t retry_ms;	  /* when to try to open it again */
	uint64_t heard_ms;	  /* when something came last */
	uint64_t report_ms;	  /* when something of the open report came last */
	uint32_t lines, expected; /* of the report's present group */

	uint8_t keys[KEYS_MAX];
	size_t n_keys;
};

/* @b->label and @b->port.path filled in. An exit code after a message: the log cannot be
   written, or the port is there and cannot be used. */
int board_begin(struct board *b, struct watch *w);

/* Its descriptor is ready, as @revents of poll(2) say. */
void board_ready(struct board *b, short revents, uint64_t now_ms);

/* To be called from time to time: silence, waits, opening again. */
void board_tick(struct board *b, uint64_t now_ms);

/* How soon board_tick() must be called: milliseconds, -1: need not. */
int board_hurry(const struct board *b);

/* A key for it. */
void board_type(struct board *b, uint8_t key);

/* Asks the monitor for its records now. */
void board_fetch(struct board *b, uint64_t now_ms);

/* What the status line says about it, "" if nothing. */
void board_status(const struct board *b, char *out, size_t cap);

/* Completes what is open, and closes everything. */
void board_end(struct board *b);

#endif

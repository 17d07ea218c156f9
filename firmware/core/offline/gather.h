/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the bytes of a serial line or a log to the groups of an armored report: finds the lines
 * whatever is around, between or in them, reads damaged ones as far as possible, and puts
 * back what parity can restore. Knows nothing of what a group's bytes mean.
 * Source: docs/report-format.md, "Lines" and "Groups".
 */
#ifndef OM_CORE_GATHER_H
#define OM_CORE_GATHER_H

#include "core/base/span.h"
#include "core/ecc/rs16.h"
#include "core/report/armor.h"

#include <stdbool.h>

enum {
	GATHER_GROUPS = 4,		 /* open at the same time; the oldest is given up */
	GATHER_WINDOW_BYTES = 16 << 10,	 /* text that is looked at again when a key is known */
	GATHER_KEYS = 32,		 /* keys of single lines, waiting for a second one */
	GATHER_BETWEEN_MAX = 64,	 /* damaged lines between two sound ones */
	GATHER_PIECE_MAX = 256,		 /* characters of a line with what is around it */
	GATHER_REPAIR_BYTES = 512 << 10, /* at least rs16_repair_bytes() of ARMOR_PARITY_MAX */
};

/* What is known of a line of a group, worst first. */
enum gather_state {
	GATHER_MISSING,
	GATHER_SUSPECT, /* its check is wrong: some of it may be right */
	GATHER_MENDED,	/* its check is right once one character is changed, put in or taken out */
	GATHER_SOUND
};

/* Received lines of one group. */
struct gather_group {
	bool used;
	bool retired;  /* another group came with the same key */
	bool changed;  /* since it was reported last */
	bool complete; /* as it was reported last */
	uint32_t key;
	struct armor_group shape;
	uint32_t touched;		 /* when its last line came, in lines */
	uint32_t n_seen;		 /* lines that are not GATHER_MISSING */
	uint32_t n_sound_data;		 /* data lines that are GATHER_SOUND */
	int32_t last;			 /* number of its last sound line, -1: none yet */
	uint8_t state[ARMOR_LINES_MAX];	 /* enum gather_state */
	uint32_t lost[ARMOR_LINES_MAX];	 /* bit i: symbol i of the line is unknown */
	uint32_t check[ARMOR_LINES_MAX]; /* as received */
	uint8_t payload[ARMOR_LINES_MAX][ARMOR_PAYLOAD_BYTES];
};

/* A group that is over. */
struct gather_result {
	struct armor_group shape;
	struct span bytes;   /* payload of the data lines up to the first that is lost */
	bool complete;	     /* no data line is lost */
	uint32_t n_seen;     /* lines that came, damaged or not */
	uint32_t n_restored; /* data lines that came damaged or not at all */
	uint32_t n_lost;     /* data lines that could not be restored */
};

/* A damaged line whose number is not settled. */
struct gather_damaged {
	struct armor_body body;
	enum gather_state state;
	struct gather_group *group;
	int32_t number; /* -1: not known */
};

/* All of it; some 1.2 MiB. Fields are the module's own but for @result. */
struct gather {
	struct gather_result result; /* of the last GATHER_GROUP, until the next call */

	uint8_t window[GATHER_WINDOW_BYTES];
	size_t len;		     /* bytes in the window */
	size_t done;		     /* everything before was understood */
	size_t scanned;		     /* looked through for a line's end */
	uint32_t column;	     /* where in its line of text the last sound line's { stood */
	uint32_t quiet;		     /* half windows without a sound line */
	uint32_t clock;		     /* lines so far */
	struct gather_group *recent; /* of the last sound line */

	uint32_t n_keys; /* ever added; kept are the last GATHER_KEYS */
	struct {
		uint32_t key, number;
	} keys[GATHER_KEYS];
	struct gather_group groups[GATHER_GROUPS];

	/* used while looking at damaged lines */
	uint32_t n_damaged;
	struct gather_damaged damaged[GATHER_BETWEEN_MAX];
	char piece[GATHER_PIECE_MAX];
	/* used during repair */
	uint8_t lines[ARMOR_LINES_MAX][ARMOR_PAYLOAD_BYTES];
	uint16_t symbols[ARMOR_LINES_MAX];
	uint8_t states[ARMOR_LINES_MAX]; /* enum rs16_state */
	bool known[ARMOR_LINES_MAX];
	uint64_t work[GATHER_REPAIR_BYTES / 8];
};

/* Begins with nothing received. */
void gather_start(struct gather *g);

enum gather_event {
	GATHER_MORE,  /* all bytes were taken */
	GATHER_LINE,  /* one more sound line: g->recent has its group; call again */
	GATHER_GROUP, /* a group is over, g->result says what came of it; call again */
};

/**
 * gather_feed - the next bytes of the line or log
 * @in: any bytes; those that were taken are cut off
 *
 * A group whose data lines are all there is over. Others are when gather_close() asks for them or
 * when more than GATHER_GROUPS are open. A group that was reported may be reported again if more of
 * its lines come, as when the report is printed a second time.
 */
enum gather_event gather_feed(struct gather *g, struct span *in);

/**
 * gather_close - groups that will not get more lines for now
 * @since:  only those without a line since g->clock was this; g->clock: all
 * @anyway: also groups that stay incomplete
 *
 * True: g->result is one of them, call again. False: no (further) group.
 */
bool gather_close(struct gather *g, uint32_t since, bool anyway);

/* True if lines of a group are here that was not reported yet. */
bool gather_busy(const struct gather *g);

#endif

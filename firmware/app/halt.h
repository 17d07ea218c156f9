/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the road: nothing to start. Stays alive, answers keys, never loops a reset. */
#ifndef OM_APP_HALT_H
#define OM_APP_HALT_H

#include "archive.h"
#include "archive_console.h"
#include "armored_report.h"
#include "crash.h"

/* What the keys work on. */
struct halt {
	const struct tree *tree;
	const struct crash *crash;
	const struct archived *archived;
	struct packed *packed;
	struct report_options *options; /* a person who asks gets all of it */
	struct archive_desk desk;
};

/* Stay alive and answer on the console; @why is shown again on any key. */
_Noreturn void halt(const struct halt *h, const char *why);

/* Reset the board, or say that it cannot be done. */
void board_reset(const struct tree *tree);

#endif

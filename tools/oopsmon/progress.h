/* SPDX-License-Identifier: BSD-2-Clause */
/* A progress bar on standard error, for large inputs and if a terminal is there to see it. */
#ifndef OM_TOOLS_PROGRESS_H
#define OM_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { PROGRESS_FROM_BYTES = 16 << 20 /* less is done at once */ };

struct progress {
	bool wanted;	  /* the caller's: no --quiet */
	uint64_t total;	  /* bytes, 0: unknown */
	uint64_t next_ns; /* when to draw again */
	bool shown;
};

void progress_begin(struct progress *p, uint64_t total);
void progress_at(struct progress *p, uint64_t done);
/* Wipes the bar away; to be called before anything else is printed, too. */
void progress_end(struct progress *p);

#endif

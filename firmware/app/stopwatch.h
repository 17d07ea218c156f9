/* SPDX-License-Identifier: BSD-2-Clause */
/* The time that a piece of work may take, for core's deadlines. */
#ifndef OM_APP_STOPWATCH_H
#define OM_APP_STOPWATCH_H

#include "core/base/deadline.h"

struct stopwatch {
	bool has_end, has_clock;
	uint64_t end_us;  /* with a clock */
	uint32_t n_looks; /* without one: looks that are left */
};

enum { US_PER_S = 1000000 };

/* @us microseconds from now on, less @spent_us, which reading the region took; 0: no end. */
void stopwatch_start(struct stopwatch *w, uint64_t us, uint64_t spent_us);

/* Good as long as @w is. */
struct deadline stopwatch_deadline(struct stopwatch *w);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "stopwatch.h"

#include "drivers/clock.h"
#include "drivers/soc.h"

enum {
	/* Without a clock: between two looks a record is read or a chapter packed, which takes some
	   10 million instructions of most of them; of a slow CPU, so that it ends early, not late.
	 */
	LOOK_US = 100000
};

void stopwatch_start(struct stopwatch *w, uint64_t us, uint64_t spent_us)
{
	uint64_t now = 0;

	*w = (struct stopwatch){ .has_end = us > 0, .n_looks = (uint32_t)(us / LOOK_US) };
	w->has_clock = clock_us(&now);
	/* reading counts, but for what comes after it some time is left in any case */
	w->end_us = now + us - (spent_us < us / 4 * 3 ? spent_us : us / 4 * 3);
}

static uint32_t left_us(void *ctx)
{
	struct stopwatch *w = ctx;
	uint64_t now;

	watchdogs_feed_now(); /* what comes next does not wait for anything */
	if (!w->has_end)
		return UINT32_MAX;
	if (!w->has_clock || !clock_us(&now)) {
		w->n_looks -= w->n_looks > 0;
		return w->n_looks > 0 ? UINT32_MAX : 0;
	}
	if (now >= w->end_us)
		return 0;
	/* more than 71 minutes are 71 minutes: nobody asks for more at a time */
	return w->end_us - now < UINT32_MAX ? (uint32_t)(w->end_us - now) : UINT32_MAX - 1;
}

struct deadline stopwatch_deadline(struct stopwatch *w)
{
	return (struct deadline){ left_us, w };
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR_CHARS = 40, PERIOD_NS = 100000000 };

static uint64_t now_ns(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void progress_begin(struct progress *p, uint64_t total)
{
	p->wanted = p->wanted && isatty(STDERR_FILENO);
	p->total = total;
	p->next_ns = 0;
	p->shown = false;
}

void progress_at(struct progress *p, uint64_t done)
{
	char bar[BAR_CHARS + 1] = "";

	if (!p->wanted || (p->total ? p->total : done) < PROGRESS_FROM_BYTES)
		return;

	const uint64_t now = now_ns();

	if (now < p->next_ns)
		return;
	p->next_ns = now + PERIOD_NS;
	p->shown = true;
	if (!p->total || done > p->total) {
		dprintf(STDERR_FILENO, "\r%" PRIu64 " MiB read\033[K", done >> 20);
		return;
	}

	const double part = (double)done / (double)p->total;

	memset(bar, '#', (size_t)(part * BAR_CHARS));
	dprintf(STDERR_FILENO, "\r[%-*s] %3.0f %% of %" PRIu64 " MiB\033[K", BAR_CHARS, bar,
		part * 100, p->total >> 20);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		dprintf(STDERR_FILENO, "\r\033[K");
	p->shown = false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A crash as the monitor reports it: the region on standard input, read and put in order. Board,
 * verdict and base address are made up. For programs of one source file.
 */
#ifndef OM_BENCH_CRASH_H
#define OM_BENCH_CRASH_H

#include "core/ramoops/record_read.h"
#include "core/report/chapters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CRASH_REGION_MAX = 64 << 20,
	CRASH_WORK_BYTES = 64 << 20,
	CRASH_SIZES = 6,
	/* with room for console, pmsg and ftrace zones beside them; the monitor chooses better */
	CRASH_DUMPS_MAX = REPORT_RECORDS_MAX - 2 - GEOMETRY_CPUS_MAX
};

struct crash {
	struct region region;
	struct store store;
	struct record facts[REPORT_RECORDS_MAX];
	uint16_t numbers[REPORT_RECORDS_MAX];
	const struct record *records[REPORT_RECORDS_MAX]; /* in the order of the report */
	uint16_t ordered_numbers[REPORT_RECORDS_MAX];
	struct report_job job;
};

static inline uint32_t crash_number(const char *word)
{
	return (uint32_t)strtoul(word, NULL, 0);
}

static inline bool crash_open(struct crash *c, char *const sizes[CRASH_SIZES])
{
	static uint8_t raw[CRASH_REGION_MAX];
	const size_t len = fread(raw, 1, sizeof(raw), stdin);
	const uint32_t cpus = crash_number(sizes[5]);
	const struct geometry geom = { .base_pa = 0x5fc00000,
				       .region_bytes = (uint32_t)len,
				       .record_bytes = crash_number(sizes[0]),
				       .console_bytes = crash_number(sizes[1]),
				       .ftrace_bytes = crash_number(sizes[2]),
				       .pmsg_bytes = crash_number(sizes[3]),
				       .ecc_bytes = crash_number(sizes[4]),
				       .flags = cpus ? GEOMETRY_FTRACE_PER_CPU : 0 };

	if (region_open((struct span){ raw, len }, &geom, cpus, &c->region))
		return false;
	c->region.digests = true;
	ramoops_store(&c->region, &c->store);
	return true;
}

/* True: the record of zone @i has no place, and is counted. */
static inline bool crash_is_beyond(struct report_beyond *b, uint32_t n, uint32_t i,
				   const struct record *r)
{
	if (r->kind != ZONE_DMESG || n < CRASH_DUMPS_MAX)
		return n == REPORT_RECORDS_MAX;
	if (!b->n++)
		b->first = i;
	b->last = i;
	return true;
}

/* Returns the number of records. */
static inline uint32_t crash_find(struct crash *c, struct workspace work, struct report_beyond *b)
{
	uint32_t order[REPORT_RECORDS_MAX], n = 0;

	for (uint32_t i = 0; i < c->store.n; i++) {
		struct record r = { .n_pieces = 1 };

		for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
			if (store_read(&c->store, i, piece, work, &r))
				break;
			if (crash_is_beyond(b, n, i, &r))
				continue;
			c->numbers[n] = (uint16_t)i;
			c->facts[n++] = r;
		}
	}
	report_order(c->facts, n, order);
	for (uint32_t i = 0; i < n; i++) {
		c->records[i] = &c->facts[order[i]];
		c->ordered_numbers[i] = c->numbers[order[i]];
	}
	return n;
}

/**
 * crash_read - make @c->job from standard input
 * @sizes: RECORD CONSOLE FTRACE PMSG ECC CPUS of the region; CPUS 0: one ftrace zone
 *
 * False: they do not fit.
 */
static inline bool crash_read(struct crash *c, char *const sizes[CRASH_SIZES])
{
	static uint64_t memory[CHAPTERS_BYTES_MIN / sizeof(uint64_t)];
	static uint8_t bytes[CRASH_WORK_BYTES];
	const struct workspace work = { bytes, sizeof(bytes) };
	struct report_beyond beyond = { 0 };
	uint32_t n;

	if (!crash_open(c, sizes))
		return false;
	n = crash_find(c, work, &beyond);
	c->job = (struct report_job){ .store = &c->store,
				      .head = { .id = report_id(c->records, n),
						.monitor = "0.2.0",
						.board = "bench",
						.boot_count = 2,
						.warm = true,
						.verdict = VERDICT_PANIC,
						.has_uptime = true,
						.uptime_us = 183000,
						.baud = 115200,
						.n_records = n,
						.beyond = beyond,
						.geom = c->region.geom,
						.era = c->region.layout.era,
						.n_ftrace = c->region.layout.n_ftrace,
						.writer_version = c->region.layout.writer_version },
				      .records = c->records,
				      .numbers = c->ordered_numbers,
				      .work = work,
				      .memory = { (uint8_t *)memory, sizeof(memory) } };
	return true;
}

#endif

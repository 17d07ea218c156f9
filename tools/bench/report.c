/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a region as the monitor prints it:
 *
 *     report RECORD CONSOLE FTRACE PMSG ECC CPUS [SECONDS BAUD PARITY [BOOT]] < region > log
 *
 * Sizes as linux_reader has them but for the order, which is that of tests/data/regions;
 * CPUS 0: one ftrace zone. SECONDS 0: no limit. Board, verdict and base address are made up.
 * Exit status 0: told completely, 2: no such region, 3: cut.
 */
#include "core/report_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGION_MAX = 64 << 20, WORK_BYTES = 64 << 20 };

struct found {
	uint32_t n;
	struct record facts[REPORT_RECORDS_MAX];
	uint16_t zones[REPORT_RECORDS_MAX];
};

static void print(void *ctx, const char *chars, size_t len)
{
	(void)ctx;
	printf("%.*s\r\n", (int)len, chars);
}

static void find(const struct region *region, struct workspace work, struct found *f)
{
	for (uint32_t i = 0; i < region_records(region); i++) {
		struct record r = { .n_pieces = 1 };

		for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
			if (record_read(region, i, piece, work, &r) || f->n == REPORT_RECORDS_MAX)
				break;
			f->zones[f->n] = (uint16_t)i;
			f->facts[f->n++] = r;
		}
	}
}

static bool tell(const struct region *region, struct workspace work, const struct found *f,
		 struct report_job *job)
{
	const struct record *records[REPORT_RECORDS_MAX];
	uint16_t zones[REPORT_RECORDS_MAX];
	uint32_t order[REPORT_RECORDS_MAX];
	static uint64_t memory[REPORT_SEND_BYTES / sizeof(uint64_t)];

	telling_order(f->facts, f->n, order);
	for (uint32_t i = 0; i < f->n; i++) {
		records[i] = &f->facts[order[i]];
		zones[i] = f->zones[order[i]];
	}
	job->region = region;
	job->records = records;
	job->zones = zones;
	job->work = work;
	job->memory = (struct workspace){ (uint8_t *)memory, sizeof(memory) };
	job->head.id = report_id(records, f->n);
	job->head.n_records = f->n;
	job->head.geom = region->geom;
	job->head.era = region->layout.era;
	job->head.n_ftrace = region->layout.n_ftrace;
	job->head.writer_version = region->layout.writer_version;
	return report_send(job);
}

static uint32_t number(int argc, char **argv, int i, uint32_t usual)
{
	return i < argc ? (uint32_t)strtoul(argv[i], NULL, 0) : usual;
}

int main(int argc, char **argv)
{
	static struct found found;
	static struct region region;
	static uint8_t raw[REGION_MAX], bytes[WORK_BYTES];
	const struct workspace work = { bytes, WORK_BYTES };
	const size_t len = fread(raw, 1, REGION_MAX, stdin);
	const uint32_t cpus = number(argc, argv, 6, 0);
	const struct geometry geom = { .base_pa = 0x5fc00000,
				       .region_bytes = (uint32_t)len,
				       .record_bytes = number(argc, argv, 1, 0),
				       .console_bytes = number(argc, argv, 2, 0),
				       .ftrace_bytes = number(argc, argv, 3, 0),
				       .pmsg_bytes = number(argc, argv, 4, 0),
				       .ecc_bytes = number(argc, argv, 5, 0),
				       .flags = cpus ? GEOMETRY_FTRACE_PER_CPU : 0 };
	const struct telling_wish wish = { .seconds = number(argc, argv, 7, 0) };
	struct report_job job = { .head = { .monitor = "0.1.0",
					    .board = "bench",
					    .boot_count = number(argc, argv, 10, 2),
					    .warm = true,
					    .verdict = VERDICT_PANIC,
					    .has_uptime = true,
					    .uptime_us = 183000,
					    .baud = number(argc, argv, 8, 115200) },
				  .parity = number(argc, argv, 9, 15),
				  .seconds = wish.seconds,
				  .print = print };

	job.budget = telling_budget(&wish, job.head.baud);
	if (argc < 7 || region_open((struct span){ raw, len }, &geom, cpus, &region)) {
		fprintf(stderr, "report: sizes do not fit\n");
		return 2;
	}
	find(&region, work, &found);
	return tell(&region, work, &found, &job) ? 0 : 3;
}

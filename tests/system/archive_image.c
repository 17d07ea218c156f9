/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Appends the crash in a region to the archive in a flash image, as the monitor does:
 *
 *     archive_image IMAGE OFF BLOCK-BYTES BLOCKS STEPS ID BOOT
 *                   RECORD CONSOLE FTRACE PMSG ECC CPUS WORN < region
 *
 * The image is there and erased flash is 0xff in it. STEPS: programs and erases until the power
 * fails, 0: it does not. ID 0: the crash's own. CPUS 0: one ftrace zone. WORN: bit n: block n
 * cannot be erased nor programmed. Exit status 0: archived,
 * 2: wrong usage, 3: refused, 4: power failed.
 */
#include "core/archive.h"
#include "core/archive_entry.h"
#include "core/crc32.h"
#include "core/headline.h"
#include "core/report_send.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REGION_MAX = 16 << 20, WORK_BYTES = 64 << 20, BLOCK_MAX = 1 << 20 };

/* ---- flash -------------------------------------------------------------------------------- */

struct flash {
	int fd;
	uint32_t off, block_bytes;
	uint32_t steps; /* left; 0: no end */
	uint32_t worn;	/* a bit for each block */
};

static void step(struct flash *f)
{
	if (f->steps && --f->steps == 0)
		exit(4);
}

static enum om_err flash_read(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	const struct flash *f = ctx;

	return pread(f->fd, to, len, (off_t)f->off + off) == (ssize_t)len ? OM_OK : OM_E_CORRUPT;
}

static enum om_err flash_program(void *ctx, uint32_t off, const uint8_t *from, uint32_t len)
{
	static uint8_t there[BLOCK_MAX];
	struct flash *f = ctx;

	step(f);
	if (f->worn >> off / f->block_bytes & 1)
		return OM_E_CORRUPT;
	if (len > sizeof(there) || flash_read(ctx, off, there, len) != OM_OK)
		return OM_E_CORRUPT;
	for (uint32_t i = 0; i < len; i++)
		there[i] &= from[i];
	return pwrite(f->fd, there, len, (off_t)f->off + off) == (ssize_t)len ? OM_OK
									      : OM_E_CORRUPT;
}

static enum om_err flash_erase(void *ctx, uint32_t block)
{
	static uint8_t ones[BLOCK_MAX];
	struct flash *f = ctx;

	step(f);
	if (f->worn >> block & 1)
		return OM_E_CORRUPT;
	memset(ones, 0xff, f->block_bytes);
	return pwrite(f->fd, ones, f->block_bytes, (off_t)f->off + (off_t)block * f->block_bytes) ==
			       (ssize_t)f->block_bytes
		       ? OM_OK
		       : OM_E_CORRUPT;
}

/* ---- the crash ---------------------------------------------------------------------------- */

struct found {
	uint32_t n;
	struct record facts[REPORT_RECORDS_MAX];
	uint16_t zones[REPORT_RECORDS_MAX];
	char headlines[REPORT_RECORDS_MAX][ARCHIVE_HEADLINE_BYTES];
};

static void find_headline(const struct record *r, char out[ARCHIVE_HEADLINE_BYTES])
{
	struct headline h;

	if (r->kind != ZONE_DMESG && r->kind != ZONE_CONSOLE)
		return;
	headline_find(r->text, &h);

	const struct span line = h.cause.len ? h.cause : h.fault;
	const size_t most = ARCHIVE_HEADLINE_BYTES - 1;

	memcpy(out, line.len ? line.p : (const uint8_t *)"", line.len < most ? line.len : most);
}

static void find(const struct region *region, struct workspace work, struct found *f)
{
	for (uint32_t i = 0; i < region_records(region); i++) {
		struct record r = { .n_pieces = 1 };

		for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
			if (record_read(region, i, piece, work, &r) || f->n == REPORT_RECORDS_MAX)
				break;
			find_headline(&r, f->headlines[f->n]);
			f->zones[f->n] = (uint16_t)i;
			f->facts[f->n++] = r;
		}
	}
}

/* ---- the entry ---------------------------------------------------------------------------- */

struct writing {
	struct archive archive;
	bool failed;
};

static void append(struct writing *w, struct span bytes, bool last)
{
	w->failed = w->failed || archive_append(&w->archive, bytes, last) != OM_OK;
}

static bool put_chapter(void *ctx, struct span stream)
{
	struct writing *w = ctx;
	uint8_t head[ARCHIVE_STREAM_HEAD_BYTES];

	le32_store(head, (uint32_t)stream.len);
	le32_store(head + 4, crc32_update(0, stream.p, stream.len));
	append(w, (struct span){ head, sizeof(head) }, false);
	append(w, stream, false);
	return !w->failed;
}

static void print(void *ctx, const char *chars, size_t len)
{
	(void)ctx;
	(void)chars;
	(void)len;
}

static size_t make_card(const struct report_job *job, const struct found *f, const uint32_t *order,
			char out[ARCHIVE_CARD_BYTES])
{
	const struct report_head *h = &job->head;
	struct archive_card card = {
		.id = h->id,
		.boot_count = h->boot_count,
		.warm = h->warm,
		.verdict = h->verdict,
		.region_pa = h->geom.base_pa,
		.region_bytes = h->geom.region_bytes,
		.n_records = f->n,
	};

	strcpy(card.monitor, h->monitor);
	strcpy(card.board, h->board);
	for (uint32_t i = 0; i < f->n; i++) {
		const struct record *r = &f->facts[order[i]];

		card.text_bytes += (uint32_t)r->text.len;
		if (!card.headline[0])
			strcpy(card.headline, f->headlines[order[i]]);
		if (r->has_time && (!card.has_time || r->time_sec > card.time_s)) {
			card.has_time = true;
			card.time_s = r->time_sec;
		}
	}
	return archive_card_write(&card, out);
}

static int archive_crash(struct archive_flash *flash, const struct region *region,
			 struct workspace work, const struct found *f, struct report_job *job)
{
	const struct record *records[REPORT_RECORDS_MAX];
	uint16_t zones[REPORT_RECORDS_MAX];
	uint32_t order[REPORT_RECORDS_MAX];
	static uint64_t memory[REPORT_SEND_BYTES / sizeof(uint64_t)];
	static struct writing w;
	char card[ARCHIVE_CARD_BYTES];

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
	job->ctx = &w;
	if (!job->head.id)
		job->head.id = report_id(records, f->n);
	job->head.n_records = f->n;
	job->head.geom = region->geom;
	job->head.era = region->layout.era;
	job->head.n_ftrace = region->layout.n_ftrace;
	job->head.writer_version = region->layout.writer_version;

	archive_open(&w.archive, flash);
	if (archive_begin(&w.archive) != OM_OK)
		return 3;
	append(&w, (struct span){ (uint8_t *)card, make_card(job, f, order, card) }, false);
	report_send(job);
	append(&w, (struct span){ NULL, 0 }, true);
	return w.failed ? 3 : 0;
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 0);
}

int main(int argc, char **argv)
{
	static struct found found;
	static struct region region;
	static uint8_t raw[REGION_MAX], bytes[WORK_BYTES];
	const struct workspace work = { bytes, WORK_BYTES };
	const size_t len = fread(raw, 1, REGION_MAX, stdin);

	if (argc != 15)
		return 2;

	const uint32_t cpus = number(argv[13]);
	const struct geometry geom = { .base_pa = 0x5fc00000,
				       .region_bytes = (uint32_t)len,
				       .record_bytes = number(argv[8]),
				       .console_bytes = number(argv[9]),
				       .ftrace_bytes = number(argv[10]),
				       .pmsg_bytes = number(argv[11]),
				       .ecc_bytes = number(argv[12]),
				       .flags = cpus ? GEOMETRY_FTRACE_PER_CPU : 0 };
	struct flash file = { .fd = open(argv[1], O_RDWR),
			      .off = number(argv[2]),
			      .block_bytes = number(argv[3]),
			      .steps = number(argv[5]),
			      .worn = number(argv[14]) };
	struct archive_flash flash = { .ctx = &file,
				       .block_bytes = file.block_bytes,
				       .n_blocks = number(argv[4]),
				       .read = flash_read,
				       .program = flash_program,
				       .erase = flash_erase };
	struct report_job job = { .head = { .id = number(argv[6]),
					    .monitor = "0.1.0",
					    .board = "bench",
					    .boot_count = number(argv[7]),
					    .warm = true,
					    .verdict = VERDICT_PANIC,
					    .has_uptime = true,
					    .uptime_us = 183000,
					    .baud = 115200 },
				  .budget = UINT32_MAX,
				  .print = print,
				  .chapter = put_chapter };

	if (file.fd < 0 || file.block_bytes > BLOCK_MAX ||
	    region_open((struct span){ raw, len }, &geom, cpus, &region)) {
		fprintf(stderr, "archive_image: no such image, or sizes that do not fit\n");
		return 2;
	}
	region.digests = true;
	find(&region, work, &found);
	return archive_crash(&flash, &region, work, &found, &job);
}

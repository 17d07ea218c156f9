/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Appends the crash in a region to the archive in a flash image, as the monitor does:
 *
 *     archive_image IMAGE OFF BLOCK-BYTES BLOCKS STEPS ID BOOT
 *                   RECORD CONSOLE FTRACE PMSG ECC CPUS WORN < region
 *
 * The image is there and erased flash is 0xff in it. STEPS: programs and erases until the power
 * fails, 0: it does not. ID 0: the crash's own. CPUS 0: one ftrace zone. WORN: bit n: block n
 * cannot be erased nor programmed. Exit status 0: archived, 2: wrong usage, 3: refused, 4: power
 * failed.
 */
#include "../../tools/bench/crash.h"
#include "core/archive/archive.h"
#include "core/archive/archive_send.h"

#include <fcntl.h>
#include <unistd.h>

enum { BLOCK_MAX = 1 << 20 };

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

/* ---- the entry ---------------------------------------------------------------------------- */

static enum om_err append(void *ctx, struct span bytes, bool last)
{
	return archive_append(ctx, bytes, last);
}

static bool archive_crash(const struct archive_flash *flash, const struct report_job *job)
{
	struct archive archive;
	struct archive_send send = { .chapters = chapters_start(job),
				     .put = append,
				     .ctx = &archive };

	archive_open(&archive, flash);
	send.room_bytes = archive_send_room(archive.block_bytes, archive.n_blocks);
	return send.chapters && archive_begin(&archive) == OM_OK && archive_send(&send) == OM_OK;
}

int main(int argc, char **argv)
{
	static struct crash crash;
	struct report_head *head = &crash.job.head;

	if (argc != 9 + CRASH_SIZES)
		return 2;

	struct flash file = { .fd = open(argv[1], O_RDWR),
			      .off = crash_number(argv[2]),
			      .block_bytes = crash_number(argv[3]),
			      .steps = crash_number(argv[5]),
			      .worn = crash_number(argv[8 + CRASH_SIZES]) };
	const struct archive_flash flash = { .ctx = &file,
					     .block_bytes = file.block_bytes,
					     .n_blocks = crash_number(argv[4]),
					     .read = flash_read,
					     .program = flash_program,
					     .erase = flash_erase };

	if (file.fd < 0 || file.block_bytes > BLOCK_MAX || !crash_read(&crash, argv + 8)) {
		fprintf(stderr, "archive_image: no such image, or sizes that do not fit\n");
		return 2;
	}
	if (crash_number(argv[6]))
		head->id = crash_number(argv[6]);
	head->boot_count = crash_number(argv[7]);
	return archive_crash(&flash, &crash.job) ? 0 : 3;
}

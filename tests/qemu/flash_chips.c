/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image's flash driver and archive on a machine of their own, without the monitor around
 * them: for boards that the monitor does not run on, but whose chips it should know.
 *
 *     flash_chips BASE BYTES WIDTH
 *
 * Runs on the bare machine, MMU off; words and output go by semihosting. Prints what it finds and
 * does, a line each; what is expected is in test_flash_chips.py.
 */
#include "core/archive/archive_list.h"
#include "drivers/clock.h"
#include "drivers/flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 5, ENTRY_BYTES = 9000, PARTITION_BLOCKS = 4 };

/* ---- what the driver asks for: no clock, so it counts polls --------------------------- */

uint64_t clock_ticks(void)
{
	return 0;
}

uint32_t clock_hz(void)
{
	return 0;
}

/* ---- the driver ------------------------------------------------------------------------------ */

static struct flash flash;
static const struct flash_ops *ops;
static uint8_t text[ENTRY_BYTES], got[ENTRY_BYTES];

static void fill(uint32_t seed)
{
	for (uint32_t i = 0; i < sizeof(text); i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (uint8_t)(seed >> 16);
	}
}

static bool is_all(uint32_t off, uint32_t len, uint8_t byte)
{
	for (uint32_t at = 0; at < len; at += 512) {
		const uint32_t n = len - at < 512 ? len - at : 512;

		(void)ops->read(&flash, off + at, got, n);
		for (uint32_t i = 0; i < n; i++)
			if (got[i] != byte)
				return false;
	}
	return true;
}

static bool stands(uint32_t off, uint32_t len)
{
	(void)ops->read(&flash, off, got, len);
	return memcmp(got, text, len) == 0;
}

static void tell(const char *what, enum om_err err)
{
	printf("%s: %s%s%s\n", what, om_err_name(err), flash.failure ? ", " : "",
	       flash_failure_text(flash.failure));
}

static void write_bytes(void)
{
	static const uint8_t other[64] = { [0 ... 63] = 0xa5 };
	uint32_t block, bytes;

	if (!flash_block_at(&flash, 3 * flash.regions[0].block_bytes, &block, &bytes))
		return;
	fill(1);
	tell("erase", ops->erase(&flash, block));
	printf("blank: %d\n", is_all(block, bytes, 0xff));
	tell("program", ops->program(&flash, block + 5, text, 3001));
	printf("stands: %d\n", stands(block + 5, 3001));
	printf("around it: %d\n",
	       is_all(block, 5, 0xff) && is_all(block + 3006, bytes - 3006, 0xff));
	tell("again", ops->program(&flash, block + 5, text, 3001));
	tell("from 0 to 1", ops->program(&flash, block + 1024, other, sizeof(other)));
	tell("erase again", ops->erase(&flash, block));
	fill(2);
	tell("program to the end", ops->program(&flash, block + bytes - 77, text, 77));
	printf("stands: %d\n", stands(block + bytes - 77, 77) && is_all(block, bytes - 77, 0xff));
}

/* ---- the archive ----------------------------------------------------------------------------- */

static uint32_t first;

static enum om_err part_read(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	(void)ctx;
	return ops->read(&flash, first + off, to, len);
}

static enum om_err part_program(void *ctx, uint32_t off, const uint8_t *from, uint32_t len)
{
	(void)ctx;
	return ops->program(&flash, first + off, from, len);
}

static enum om_err part_erase(void *ctx, uint32_t block)
{
	const struct archive_flash *f = ctx;

	return ops->erase(&flash, first + block * f->block_bytes);
}

static void archive_some(void)
{
	static struct archive_flash part;
	static struct archive_list list;
	struct archive_entry e;
	struct archive a;
	enum om_err err = OM_OK;

	part = (struct archive_flash){ .ctx = &part,
				       .block_bytes = flash.regions[0].block_bytes,
				       .n_blocks = PARTITION_BLOCKS,
				       .read = part_read,
				       .program = part_program,
				       .erase = part_erase };
	first = 8 * part.block_bytes;
	for (uint32_t i = 0; i < PARTITION_BLOCKS; i++)
		err = err ? err : part.erase(&part, i);
	tell("archive", err);
	for (uint32_t i = 0; i < ENTRIES && !err; i++) {
		archive_open(&a, &part);
		fill(100 + i);
		err = archive_begin(&a);
		err = err ? err : archive_append(&a, (struct span){ text, sizeof(text) - i }, true);
		printf("entry %u: %s, %u bad\n", (unsigned)a.entry, om_err_name(err),
		       (unsigned)a.n_bad);
	}
	archive_open(&a, &part);
	archive_list_start(&list, &a);
	while (archive_list_next(&list, &e))
		printf("found %u: %u bytes\n", (unsigned)e.number, (unsigned)e.bytes);
}

int main(int argc, char **argv)
{
	struct device dev = { .driver = &driver_cfi_flash, .n_banks = 1 };
	enum om_err err;

	if (argc != 4)
		return 2;
	ops = driver_cfi_flash.ops.flash;
	dev.bank[0] = (struct range){ strtoul(argv[1], NULL, 0), strtoul(argv[2], NULL, 0) };
	dev.bank_width = strtoul(argv[3], NULL, 0);
	err = ops->probe(&dev, 0, &flash);
	printf("probe: %s\n", om_err_name(err));
	if (err)
		return 1;
	printf("%s, %u bytes, %u chips, buffer %u\n", flash.commands == FLASH_AMD ? "AMD" : "Intel",
	       (unsigned)flash.bytes, (unsigned)flash.chips, (unsigned)flash.buffer_bytes);
	for (uint32_t i = 0; i < flash.n_regions; i++)
		printf("%u blocks of %u\n", (unsigned)flash.regions[i].n_blocks,
		       (unsigned)flash.regions[i].block_bytes);
	write_bytes();
	archive_some();
	return 0;
}

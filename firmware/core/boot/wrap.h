/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wrapped file: the monitor's own file with a payload after it, so that whoever starts the one
 * starts both. The monitor's file describes itself, a block after it describes the payload. All
 * numbers are little endian. The format is docs/wrapped-kernel.md.
 */
#ifndef OM_CORE_WRAP_H
#define OM_CORE_WRAP_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>

enum {
	WRAP_ALIGN = 16,       /* the monitor's file is a multiple of it, so the block is aligned */
	WRAP_BLOCK_BYTES = 32, /* the payload begins right after it and is the last of the file */
	WRAP_IMAGE_OFF = 0x3c, /* of the image's description, in all of its files */
	WRAP_IMAGE_BYTES = 16, /* of that */
	WRAP_HEAD_BYTES = WRAP_IMAGE_OFF + WRAP_IMAGE_BYTES, /* all that wrap_image_read() needs */
	WRAP_END_OFF = 0x2c, /* zImage header: end of the file; as start is 0, the whole's size */
};

/* Files of the monitor that take a payload. */
enum wrap_entry {
	WRAP_ENTRY_LINUX, /* started like a Linux kernel */
	WRAP_ENTRY_RESET, /* started from flash */
};

/* What the monitor's file says of itself. */
struct wrap_image {
	enum wrap_entry entry;
	uint32_t bare_bytes; /* without block and payload */
	uint32_t version;    /* major << 16 | minor << 8 | patch */
	uint32_t rom_pa;     /* WRAP_ENTRY_RESET: address in flash that it is made for */
};

enum wrap_kind {
	WRAP_KERNEL,	 /* a Linux kernel's file, perhaps with a device tree after it */
	WRAP_NEXT_STAGE, /* nothing here: goes on at target_pa, in flash */
};

/* What the block says of the payload. */
struct wrap {
	enum wrap_kind kind;
	bool is_checked; /* crc32 counts: a payload with another one is damaged */
	uint32_t payload_bytes;
	uint32_t crc32; /* of the payload, as crc32_update(0, ...) */
	uint32_t target_pa;
};

/**
 * wrap_image_read - is this file one of the monitor's?
 * @head: its first bytes, WRAP_HEAD_BYTES if it is that long
 *
 * Returns OM_OK; OM_E_BAD_MAGIC: no; OM_E_CORRUPT: like one, but with a size that none has.
 */
enum om_err wrap_image_read(struct span head, struct wrap_image *out) OM_MUST_CHECK;

/**
 * wrap_read - the block after the monitor's file
 * @block:      its bytes
 * @after_bytes: that there are after it
 *
 * Returns OM_OK; OM_E_BAD_MAGIC: there is no block; OM_E_VARIANT: one of another version or kind;
 *   OM_E_CORRUPT: a damaged one; OM_E_TRUNCATED: the payload is longer than @after_bytes.
 */
enum om_err wrap_read(struct span block, uint64_t after_bytes, struct wrap *out) OM_MUST_CHECK;

/* wrap_write - the block that wrap_read() takes */
void wrap_write(const struct wrap *wrap, uint8_t block[WRAP_BLOCK_BYTES]);

#endif

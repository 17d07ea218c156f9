/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a 32-bit Linux kernel, its device tree and its initrd go in RAM. A pure
 * decision; the app loads accordingly.
 * Source: Linux Documentation/arm/booting.rst (6.1), sections 3 and 4;
 * arch/arm/boot/compressed/head.S and vmlinux.lds.S (zImage header and table).
 */
#ifndef OM_CORE_PLACEMENT_H
#define OM_CORE_PLACEMENT_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "core/base/span.h"

enum {
	ZIMAGE_HEAD_BYTES = 0x3c,   /* all that zimage_parse() looks at */
	ZIMAGE_TABLE_BYTES = 256,   /* enough of the table for zimage_table() */
	ZIMAGE_TEXT_OFFSET = 0x8000 /* of the unpacked kernel, from the start of its 128 MiB */
};

/* A zImage as its header and table describe it. */
struct zimage {
	uint32_t file_bytes; /* whole image */
	uint32_t table_off;  /* of the table that says more, 0: none (before 4.15) */
	uint32_t size_off;   /* of the unpacked kernel's size, a 32-bit word; 0: not said */
	uint32_t bss_bytes;  /* after the unpacked kernel */
};

/**
 * zimage_parse - is this an ARM zImage?
 * @head: its first bytes, ZIMAGE_HEAD_BYTES if the file is that long
 * @file_bytes: length of the file
 * @out:  file_bytes and table_off; the rest 0
 *
 * Returns OM_OK, OM_E_BAD_MAGIC (no zImage), OM_E_TRUNCATED (the header promises more
 *   than @file_bytes), OM_E_VARIANT (big-endian).
 */
enum om_err zimage_parse(struct span head, uint32_t file_bytes, struct zimage *out) OM_MUST_CHECK;

/**
 * zimage_table - fill in size_off and bss_bytes
 * @table: bytes of the file from z->table_off on, up to ZIMAGE_TABLE_BYTES
 *
 * Leaves them 0 if the table does not say, or says something outside the file.
 */
void zimage_table(struct span table, struct zimage *z);

/* What has to be placed. Sizes in bytes; 0 means there is none. */
struct placement_input {
	struct ranges ram;	/* banks less everything that must outlive the start of Linux */
	struct range monitor;	/* the image: free as soon as the kernel runs, not before */
	struct range also[2];	/* the same: the tree as handed over, memory that we work in */
	uint64_t ram_base_pa;	/* start of the bank that holds the kernel */
	uint32_t kernel_bytes;	/* file */
	uint32_t running_bytes; /* unpacked kernel with bss, 0: unknown, estimated */
	uint32_t dtb_bytes;	/* room for the edited tree */
	uint32_t initrd_bytes;
};

struct placement {
	uint64_t kernel_pa, dtb_pa, initrd_pa;
};

/**
 * placement_plan - find places that do not disturb each other
 * @in:  see above; in->ram is used up
 * @out: written only on OM_OK
 *
 * The kernel unpacks itself to the start of its bank, so the file lies after that,
 * tree and initrd after 128 MiB where there is that much, else as high as they fit.
 * Returns OM_OK, OM_E_NO_ROOM.
 */
enum om_err placement_plan(struct placement_input *in, struct placement *out) OM_MUST_CHECK;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 32-bit ARM Linux kernel as a file: zImage.
 * Source: Linux arch/arm/boot/compressed/head.S and vmlinux.lds.S (6.1).
 */
#ifndef OM_CORE_ZIMAGE_H
#define OM_CORE_ZIMAGE_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "kernel.h"

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

/**
 * zimage_tree - what follows the kernel in a file, if it begins as a device tree does
 * @file: any bytes
 *
 * Linux looks there too (CONFIG_ARM_APPENDED_DTB). Goes on to the end of @file; nothing but the
 * magic was looked at. Empty: nothing follows, something else does, or @file is no zImage.
 */
struct span zimage_tree(struct span file);

/* The kind of kernel, as kernel.h has it. */
extern const struct kernel_kind kernel_zimage;

#endif

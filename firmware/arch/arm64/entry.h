/* SPDX-License-Identifier: BSD-2-Clause */
/* What the shims and the image's first instructions share: kinds of entry, numbers of registers. */
#ifndef OM_ARCH_ARM64_ENTRY_H
#define OM_ARCH_ARM64_ENTRY_H

/* enum entry_kind */
#define SHIM_RESET  0
#define SHIM_LINUX  1
#define SHIM_CALLED 2
#define SHIM_CACHES 0x100 /* and MMU or data cache were on */

/* Where the shims go on in the image: after the Image header and the image's description. */
#define IMAGE_ENTRY 0x50

/* Descriptions of files that take a payload (core/boot/wrap.h). */
#define IMAGE_MAGIC 0x6d6f6f6f
#define RESET_MAGIC 0x6d6f6f72

/* Image header. Source: Linux Documentation/arm64/booting.rst (6.1). */
#define HEAD_SIZE_OFF 0x10 /* image_size; `oopsmon wrap` makes it that of the whole file */
#define HEAD_MAGIC    0x644d5241
#define HEAD_FLAGS    0xa /* little endian, 4 KiB pages, anywhere in RAM */

/* Source: Arm DDI 0487, D19.2 (SCTLR_ELx: bits that are 1 where nothing else is known), C5.2. */
#define SCTLR_EL1_ONES	0x30d00800
#define SCTLR_EL23_ONES 0x30c50830
#define SCTLR_M		(1 << 0)
#define SCTLR_C		(1 << 2)
#define SCTLR_I		(1 << 12)
#define HCR_RW		(1 << 31)
#define HCR_E2H_BIT	34

#endif

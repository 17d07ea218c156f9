/* SPDX-License-Identifier: BSD-2-Clause */
/* What the shims and the image's first instructions share: kinds of entry, CPU modes. */
#ifndef OM_ARCH_ARM_ENTRY_H
#define OM_ARCH_ARM_ENTRY_H

/* enum entry_kind */
#define SHIM_RESET  0
#define SHIM_LINUX  1
#define SHIM_CALLED 2
#define SHIM_CACHES 0x100 /* and MMU or data cache were on */

/* Where the other shims go on in the image: after the zImage header and the image's description. */
#define IMAGE_ENTRY 0x4c

/* Descriptions of files that take a payload (core/boot/wrap.h). */
#define IMAGE_MAGIC 0x6d6f6f6f
#define RESET_MAGIC 0x6d6f6f72

#define TABLE_ALIGN 16384 /* what the first-level table wants, and so the image */
#define MOVER_BYTES 0x400 /* the code that moves the image up; what it moves must not reach it */

/* Source: Arm DDI 0406C, B1.3.1. */
#define MODE_MASK 0x1f
#define MODE_FIQ  0x11
#define MODE_IRQ  0x12
#define MODE_SVC  0x13
#define MODE_ABT  0x17
#define MODE_HYP  0x1a
#define MODE_UND  0x1b
#define IRQS_OFF  0x1c0 /* A, I and F masked */

#endif

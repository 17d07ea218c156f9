/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a 32-bit Linux kernel, its device tree and its initrd go in RAM. A pure
 * decision; the app loads accordingly.
 * Source: Linux Documentation/arm/booting.rst (6.1), sections 3 and 4.
 */
#ifndef OM_CORE_PLACEMENT_H
#define OM_CORE_PLACEMENT_H

#include "core/base/err.h"
#include "core/base/ranges.h"

/* What has to be placed. Sizes in bytes; 0 means there is none. */
struct placement_input {
	struct ranges ram;	/* banks less everything that must outlive the start of Linux */
	struct range monitor;	/* the image: free as soon as the kernel runs, not before */
	struct range also[2];	/* the same: the tree as handed over, memory that we work in */
	uint64_t ram_base_pa;	/* start of the bank that holds the kernel */
	uint32_t kernel_bytes;	/* file */
	uint32_t running_bytes; /* unpacked kernel with bss, 0: unknown, estimated */
	uint32_t text_offset;	/* of a kernel that does not unpack itself: image64.h */
	bool anywhere;		/* the same */
	uint32_t dtb_bytes;	/* room for the edited tree */
	uint32_t initrd_bytes;
	struct range loaded; /* the kernel's file, where it already is in RAM; empty: elsewhere */
	struct range initrd; /* the same */
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
 * tree and initrd after 128 MiB where there is that much, else as high as they fit. What is in RAM
 * stays where it is if nothing is in the way there. Otherwise it is to be copied, the initrd first:
 * the kernel may go over its own old place, and over nothing else that is still needed.
 * Returns OM_OK, OM_E_NO_ROOM.
 */
enum om_err placement_plan(struct placement_input *in, struct placement *out) OM_MUST_CHECK;

#endif

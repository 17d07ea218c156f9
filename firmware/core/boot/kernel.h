/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of kernel files: how each is recognised, and how it wants to be placed. */
#ifndef OM_CORE_KERNEL_H
#define OM_CORE_KERNEL_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "placement.h"

enum { KERNEL_PART_MAX = 256 };

/* A part of the file that says more; no bytes: nothing does. */
struct kernel_part {
	uint32_t off, bytes; /* within the file, KERNEL_PART_MAX at most */
};

/* What a file says of the kernel in it. */
struct kernel {
	uint32_t file_bytes;
	uint32_t running_bytes;	 /* unpacked, with its cleared data; 0: not said */
	uint32_t bss_bytes;	 /* cleared data alone */
	uint32_t text_offset;	 /* image64.h */
	bool anywhere;		 /* image64.h */
	struct kernel_part more; /* to be read, and given to kernel_kind.more() */
	uint32_t n_parts;	 /* that were given to it */
};

struct kernel_kind {
	const char *name;   /* "little-endian ARM zImage" */
	const char *remedy; /* what to give in place of a file that is none */
	uint32_t head_bytes;
	/**
	 * parse - is it of this kind?
	 * @head:       first bytes of the file, head_bytes of them if it is that long
	 * @file_bytes: its length
	 *
	 * Returns OM_OK; OM_E_BAD_MAGIC: no; OM_E_TRUNCATED: the file is shorter than its header
	 *   says; OM_E_VARIANT: like it, but for another machine.
	 */
	enum om_err (*parse)(struct span head, uint32_t file_bytes, struct kernel *out);
	/* The part that k->more asked for; it may ask for another one then. */
	void (*more)(struct span part, struct kernel *k);
	/* As placement_plan(). */
	enum om_err (*place)(struct placement_input *in, struct placement *out);
};

#endif

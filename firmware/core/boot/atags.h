/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of tags that old loaders hand over in place of a device tree, and what of it belongs
 * into a tree. Source: Linux arch/arm/include/uapi/asm/setup.h, Documentation/arm/booting.rst,
 * section 4, and arch/arm/boot/compressed/atags_to_fdt.c (6.1): with a tree after its file, the
 * kernel does the same.
 */
#ifndef OM_CORE_ATAGS_H
#define OM_CORE_ATAGS_H

#include "core/base/err.h"
#include "core/base/ranges.h"
#include "core/base/span.h"
#include "core/tree/edits.h"

enum {
	ATAGS_BANKS_MAX = 8,
	ATAGS_BYTES_MAX = 4096,	    /* of a list */
	ATAGS_CMDLINE_BYTES = 1024, /* COMMAND_LINE_SIZE */
};

struct atags {
	uint32_t n_banks;
	struct range banks[ATAGS_BANKS_MAX]; /* RAM; more of it is left out */
	struct range initrd;		     /* by physical address; empty: none */
	char cmdline[ATAGS_CMDLINE_BYTES];   /* ends with a NUL; a longer one is cut; "": none */
};

/**
 * atags_read - is it a list of tags, and what does it say?
 * @list: where one may begin, as much as may be looked at
 * @out:  written in any case, and of use only on OM_OK
 *
 * Returns OM_OK; OM_E_BAD_MAGIC: none; OM_E_TRUNCATED: it does not end within @list.
 */
enum om_err atags_read(struct span list, struct atags *out) OM_MUST_CHECK;

/**
 * atags_edits - put that into a tree
 * @fdt:   passed dt_check()
 * @atags: the command line and the initrd go before what the tree says; so does RAM, if the tree
 *         has a memory node. What is not said stays as it is
 * @out:   appended to; refers to @atags->cmdline
 *
 * Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err atags_edits(const void *fdt, const struct atags *atags,
			struct edits *out) OM_MUST_CHECK;

#endif

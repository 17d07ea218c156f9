/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows the monitor's own file where it lies: a kernel, or the name of the next stage. */
#ifndef OM_APP_WRAPPED_H
#define OM_APP_WRAPPED_H

#include "arch/arch.h"
#include "core/boot/wrap.h"

struct wrapped {
	bool present;	    /* there is a block that can be trusted */
	enum om_err err;    /* why not; OM_E_BAD_MAGIC: nothing follows */
	struct wrap block;  /* with @present */
	struct range file;  /* WRAP_KERNEL: what follows the block, mapped; never written */
	uint64_t dtb_pa;    /* where a device tree follows the kernel; 0: none does */
	uint32_t dtb_bytes; /* that there are at most */
};

/* Looks, and says nothing. @out: zeroes before. */
void wrapped_find(const struct entry *entry, struct wrapped *out);

/* Says what is wrong with it. */
void wrapped_print(const struct wrapped *w);

/**
 * wrapped_is_whole - has the payload the checksum that its block has?
 * @work: whole pages to be mapped and overwritten, or empty: it takes longer then
 *
 * Also if nobody made one. Says what is wrong.
 */
bool wrapped_is_whole(const struct wrapped *w, struct range work);

#endif

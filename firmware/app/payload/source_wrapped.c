/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel that was wrapped, and the initrd that the tree names: all of it is in RAM. */
#include "source.h"

#include <string.h>

static struct range items[LOADER_ITEMS];

static struct range in_ram(const void *ctx, enum loader_item item)
{
	const struct range *list = ctx;

	return list[item];
}

static uint32_t item_bytes(const void *ctx, enum loader_item item)
{
	return (uint32_t)in_ram(ctx, item).bytes;
}

static enum om_err item_read(const void *ctx, enum loader_item item, uint32_t off, uint32_t bytes,
			     uint64_t dest_pa)
{
	const struct range from = { in_ram(ctx, item).base_pa + off, bytes };
	const struct range to = { dest_pa, bytes };
	enum om_err err;

	if (!bytes || from.base_pa == dest_pa)
		return OM_OK;
	/* the kernel is mapped already, in flash as registers are */
	err = item == LOADER_INITRD ? arch_map(from, ARCH_RAM_RO) : OM_OK;
	if (!err)
		err = arch_map(to, ARCH_RAM); /* may be over the other one */
	if (!err)
		memmove((void *)(uintptr_t)dest_pa, (const void *)(uintptr_t)from.base_pa, bytes);
	return err;
}

bool source_wrapped(const struct wrapped *w, struct range initrd, struct payload_source *out)
{
	items[LOADER_KERNEL] = w->file;
	items[LOADER_INITRD] = initrd;
	/* one by one: as a whole it would be copied from data with addresses in it, which are not
	   where start.S relocates */
	out->ctx = items;
	out->bytes = item_bytes;
	out->read = item_read;
	out->in_ram = in_ram;
	return w->present && w->block.kind == WRAP_KERNEL;
}

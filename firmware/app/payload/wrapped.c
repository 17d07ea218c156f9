/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrapped.h"

#include "app/machine.h"
#include "app/notice.h"
#include "core/base/crc32.h"
#include "core/base/crc32_long.h"
#include "core/boot/zimage.h"

static const uint8_t *at(uint64_t pa)
{
	return (const uint8_t *)(uintptr_t)pa;
}

void wrapped_find(const struct entry *entry, struct wrapped *out)
{
	const struct range block = { entry->payload.base_pa, WRAP_BLOCK_BYTES };
	const bool in_flash = entry->kind == ENTRY_RESET;
	const enum arch_mem how = in_flash ? ARCH_DEVICE : ARCH_RAM_RO;
	struct span tree;
	/* how long a flash is nobody has said yet: what the block says of itself has a CRC */
	const uint64_t after = in_flash ? UINT32_MAX : entry->payload.bytes - block.bytes;

	out->err = OM_E_BAD_MAGIC;
	if (entry->payload.bytes < block.bytes)
		return;
	out->err = arch_map(block, how);
	if (!out->err)
		out->err = wrap_read((struct span){ at(block.base_pa), WRAP_BLOCK_BYTES }, after,
				     &out->block);
	if (in_flash)
		arch_unmap(block);
	if (out->err)
		return;
	out->file = (struct range){ range_end(block), out->block.payload_bytes };
	if (out->block.kind == WRAP_KERNEL && out->file.bytes) {
		out->err = arch_map(out->file, how);
		if (out->err)
			return;
		tree = zimage_tree((struct span){ at(out->file.base_pa), (size_t)out->file.bytes });
		out->dtb_pa = (uintptr_t)tree.p;
		out->dtb_bytes = (uint32_t)tree.len;
	}
	out->present = true;
}

void wrapped_print(const struct wrapped *w)
{
	if (w->err && w->err != OM_E_BAD_MAGIC)
		notice(NOTICE_WRAPPED,
		       "what was wrapped cannot be taken out again (%s): looking for another "
		       "kernel; wrap it anew",
		       om_err_name(w->err));
}

bool wrapped_is_whole(const struct wrapped *w, struct range work)
{
	const size_t n = (size_t)w->file.bytes;
	bool long_way = work.bytes < CRC32_LONG_WORDS * sizeof(uint64_t);
	uint32_t sum;

	if (!w->block.is_checked)
		return true;
	work.bytes = CRC32_LONG_WORDS * sizeof(uint64_t);
	long_way |= arch_map(work, ARCH_RAM) != OM_OK;
	sum = long_way ? crc32_update(0, at(w->file.base_pa), n)
		       : crc32_long(0, at(w->file.base_pa), n, (uint64_t *)(uintptr_t)work.base_pa);
	if (sum == w->block.crc32)
		return true;
	notice(NOTICE_KERNEL_DAMAGED,
	       "the wrapped kernel is damaged (CRC %08x, made with %08x): refused; copy it again, "
	       "or "
	       "wrap it anew",
	       sum, w->block.crc32);
	return false;
}

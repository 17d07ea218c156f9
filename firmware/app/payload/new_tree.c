/* SPDX-License-Identifier: BSD-2-Clause */
#include "new_tree.h"

#include "app/machine.h"
#include "app/notice.h"

#include <libfdt.h>
#include <string.h>

/*
 * A copy of the tree with room to grow. QEMU's claims 1 MiB, of which it uses a
 * hundredth: only that much is copied.
 */
static bool open_tree(const struct tree *from, void *tree, uint32_t room)
{
	/* libfdt puts blocks that are out of order together after that, as a tree of its own */
	const uint32_t bytes = ((uint32_t)from->dtb_bytes + 7) & ~7u;

	memcpy(tree, from->dtb, from->dtb_bytes);
	fdt_set_totalsize(tree, bytes);
	return fdt_open_into(tree, tree, (int)room) == 0;
}

/* The tree with these lists of edits, NULL: none. False: what was made is no use. */
static bool edit_tree(const struct tree *from, struct range at, const struct edits *chosen,
		      const struct edits *plan, const struct edits *partition)
{
	const struct edits *const lists[] = { chosen, plan, partition };
	void *tree = (void *)(uintptr_t)at.base_pa;

	if (!open_tree(from, tree, (uint32_t)at.bytes))
		return false;
	for (uint32_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (lists[i] && edits_apply(tree, lists[i]) != OM_OK)
			return false;
	return true;
}

/* With the plan, and with the partition if that can be done. @chosen NULL: left to others. */
static bool edit_for_plan(const struct payload_input *in, struct range at,
			  const struct edits *chosen)
{
	if (edit_tree(in->tree, at, chosen, &in->plan->edits, in->partition))
		return true;
	if (!in->partition->n || !edit_tree(in->tree, at, chosen, &in->plan->edits, NULL))
		return false;
	notice(NOTICE_DTB_EDIT, "the device tree took no partition for the archive: Linux "
				"does not see it; check the tree with dtc");
	return true;
}

bool new_tree(const struct payload_input *in, struct range at, struct range initrd)
{
	static struct edits chosen;

	if (!map_or_say(at, ARCH_RAM, "the new device tree"))
		return false;
	chosen = (struct edits){ 0 };
	if (edits_chosen(&chosen, in->bootargs->line, initrd))
		return false;
	if (edit_for_plan(in, at, &chosen))
		return true;
	notice(NOTICE_DTB_EDIT, "the device tree took no ramoops node: Linux starts without a "
				"carve-out; check the tree with dtc");
	page_without_region(in->page);
	return edit_tree(in->tree, at, &chosen, NULL, NULL);
}

void tree_patch(const struct payload_input *in)
{
	const uint32_t room = fdt_totalsize(in->tree->dtb);
	const struct range there = { in->tree->given_pa, room };
	struct range copy = in->memory->scratch;
	void *tree = (void *)(uintptr_t)copy.base_pa;
	uint32_t bytes;

	if (!in->plan->edits.n && !in->partition->n)
		return;
	if (copy.bytes > in->tree->dtb_bytes * 2 + 2 * EDITS_GROWTH_BYTES)
		copy.bytes = in->tree->dtb_bytes * 2 + 2 * EDITS_GROWTH_BYTES;
	if (copy.bytes && map_or_say(copy, ARCH_RAM, "a copy of the device tree") &&
	    edit_for_plan(in, copy, NULL)) {
		/* its blocks are in order, the strings last */
		bytes = fdt_off_dt_strings(tree) + fdt_size_dt_strings(tree);
		if (bytes <= room && map_or_say(there, ARCH_RAM, "the device tree")) {
			fdt_set_totalsize(tree, room);
			memcpy((void *)(uintptr_t)there.base_pa, tree, bytes);
			return;
		}
		notice(NOTICE_DTB_FULL,
		       "the device tree at 0x%llx has %u bytes, %u are needed for the carve-out: "
		       "Linux starts without; `fdt resize` it before",
		       (unsigned long long)there.base_pa, room, bytes);
	} else {
		notice(NOTICE_DTB_EDIT,
		       "the device tree took no ramoops node: Linux starts without a carve-out; "
		       "check the tree with dtc");
	}
	page_without_region(in->page);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_tree.h"

#include "core/boot/atags.h"
#include "core/tree/dt.h"
#include "core/tree/edits.h"
#include "machine.h"
#include "notice.h"

#include <libfdt.h>
#include <string.h>

enum {
	OWN_TREE_BYTES = 128 << 10, /* nine in ten of Linux's trees, with the tags' words */
	TREE_HEAD_BYTES = 8,	    /* magic and size */
};

/* Few boards need it, so it is neither cleared nor mapped at a start, nor cleaned at its end. */
static uint8_t room[OWN_TREE_BYTES] __attribute__((aligned(4096), section(".lent")));

/* Tags where the loader put something that is no tree. False: none. */
static bool read_tags(const struct entry *entry, struct atags *out)
{
	const struct range list = { entry->dtb_pa, ATAGS_BYTES_MAX };
	bool found;

	if (!entry->dtb_pa || entry->dtb_pa % 4 || arch_map(list, ARCH_RAM_RO))
		return false;
	found = atags_read(
			(struct span){ (const uint8_t *)(uintptr_t)list.base_pa, ATAGS_BYTES_MAX },
			out) == OM_OK;
	arch_unmap(list);
	return found;
}

/* The copy in @room, opened, with the tags in it. */
static bool put_tags(const struct entry *entry)
{
	static struct atags tags;
	static struct edits list;

	if (!read_tags(entry, &tags))
		return true;
	list = (struct edits){ 0 };
	return fdt_open_into(room, room, OWN_TREE_BYTES) == 0 &&
	       atags_edits(room, &tags, &list) == OM_OK && edits_apply(room, &list) == OM_OK;
}

struct range own_tree_align(uint64_t pa)
{
	const struct range there = { pa, OWN_TREE_BYTES };
	const struct range copy = { (uintptr_t)room, OWN_TREE_BYTES };
	const struct range none = { 0 };
	const uint8_t *const blob = (const uint8_t *)(uintptr_t)pa;
	bool is_tree;

	if (arch_map(there, ARCH_RAM_RO))
		return none;
	is_tree = be32_load(blob) == FDT_MAGIC && arch_map(copy, ARCH_RAM) == OM_OK;
	if (is_tree)
		memcpy(room, blob, OWN_TREE_BYTES);
	arch_unmap(there);
	return is_tree ? copy : none;
}

/*
 * The tree that follows the kernel in what was wrapped, or was put after the whole file later, as
 * flash-kernel does on some boards. Empty: none is there.
 */
static struct range find_after(const struct entry *entry, const struct wrapped *w)
{
	const struct range head = { range_end(w->file), TREE_HEAD_BYTES };
	const uint8_t *const blob = (const uint8_t *)(uintptr_t)head.base_pa;
	const struct range none = { 0 };
	struct range tree = { head.base_pa, 0 };

	if (w->dtb_pa)
		return (struct range){ w->dtb_pa, w->dtb_bytes };
	/* in a flash another file may follow */
	if (entry->kind != ENTRY_LINUX || !w->file.bytes || arch_map(head, ARCH_RAM_RO) ||
	    be32_load(blob) != FDT_MAGIC)
		return none;
	tree.bytes = be32_load(blob + 4);
	return tree.bytes <= DT_BYTES_MAX && !arch_map(tree, ARCH_RAM_RO) ? tree : none;
}

struct range own_tree_place(const struct entry *entry, const struct wrapped *w)
{
	const struct range there = find_after(entry, w);
	const struct range copy = { (uintptr_t)room, OWN_TREE_BYTES };
	size_t bytes = 0;

	if (!there.base_pa || !map_or_say(copy, ARCH_RAM, "room for the kernel's device tree"))
		return there;
	memcpy(room, (const void *)(uintptr_t)there.base_pa,
	       there.bytes < OWN_TREE_BYTES ? (size_t)there.bytes : OWN_TREE_BYTES);
	if (dt_check(room, OWN_TREE_BYTES, &bytes) != OM_OK)
		return there; /* too large, or damaged, which is said when it is read */
	fdt_set_totalsize(room, (uint32_t)bytes);
	if (put_tags(entry))
		return copy;
	notice(NOTICE_DTB_EDIT, "the kernel's own device tree took no tags of the loader: Linux "
				"starts without the loader's command line; check it with dtc");
	memcpy(room, (const void *)(uintptr_t)there.base_pa, bytes);
	fdt_set_totalsize(room, (uint32_t)bytes);
	return copy;
}

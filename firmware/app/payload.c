/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting Linux: find the kernel, place it, edit the tree, load, hand over. Where a
 * carve-out cannot be told to Linux, Linux starts without one.
 */
#include "console.h"
#include "core/place/placement.h"
#include "core/tree/edits.h"
#include "monitor.h"
#include "notice.h"

#include <libfdt.h>
#include <string.h>

enum { LINUX_PMD_BYTES = 2 << 20 }; /* adjust_lowmem_bounds() rounds to it (arch/arm, 6.1) */

struct payload {
	const struct device *loader;
	uint32_t given_bytes; /* of the kernel's file */
	struct zimage zimage;
	uint32_t running_bytes; /* 0: unknown */
	uint32_t initrd_bytes;
	uint32_t dtb_room;
	struct placement at;
};

static enum om_err load(const struct payload *p, enum loader_item item, uint32_t offset,
			uint32_t bytes, uint64_t dest_pa)
{
	return p->loader->driver->ops.loader->read(p->loader, item, offset, bytes, dest_pa);
}

/* Header and table of the kernel. OM_E_NOT_FOUND: none was given. */
static enum om_err read_kernel(struct payload *p)
{
	static uint8_t head[ZIMAGE_HEAD_BYTES], table[ZIMAGE_TABLE_BYTES], size[4];
	const uint32_t file_bytes = p->loader->driver->ops.loader->size(p->loader, LOADER_KERNEL);
	uint32_t table_bytes;
	enum om_err err;

	*p = (struct payload){ .loader = p->loader, .given_bytes = file_bytes };
	if (!file_bytes)
		return OM_E_NOT_FOUND;
	err = file_bytes < sizeof(head) ? OM_E_BAD_MAGIC
					: load(p, LOADER_KERNEL, 0, sizeof(head), (uintptr_t)head);
	if (!err)
		err = zimage_parse((struct span){ head, sizeof(head) }, file_bytes, &p->zimage);
	if (err || !p->zimage.table_off)
		return err;
	table_bytes = p->zimage.file_bytes - p->zimage.table_off;
	if (table_bytes > sizeof(table))
		table_bytes = sizeof(table);
	if (load(p, LOADER_KERNEL, p->zimage.table_off, table_bytes, (uintptr_t)table))
		return OM_OK; /* the size is then estimated */
	zimage_table((struct span){ table, table_bytes }, &p->zimage);
	if (p->zimage.size_off &&
	    load(p, LOADER_KERNEL, p->zimage.size_off, sizeof(size), (uintptr_t)size) == OM_OK)
		p->running_bytes = le32_load(size) + p->zimage.bss_bytes;
	return OM_OK;
}

/* Is there a kernel, is it one, is it whole? Says what is wrong. */
static bool find_kernel(struct payload *p)
{
	const enum om_err err = read_kernel(p);

	if (err == OM_E_NOT_FOUND)
		notice(NOTICE_NO_KERNEL, "no kernel was given: start QEMU with -kernel zImage");
	else if (err == OM_E_TRUNCATED)
		notice(NOTICE_KERNEL_CUT,
		       "the kernel has %u bytes, its header promises more: refused; "
		       "copy it again",
		       p->given_bytes);
	else if (err)
		notice(NOTICE_NOT_A_KERNEL,
		       "the kernel is no little-endian ARM zImage (%s): refused; "
		       "give the file arch/arm/boot/zImage",
		       om_err_name(err));
	return !err;
}

void kernel_size_step(void *ctx)
{
	static struct payload p;
	struct monitor *m = ctx;

	m->retained.running_bytes = 0;
	p.loader = &m->devices.dev[DRIVER_LOADER];
	if (p.loader->driver && read_kernel(&p) == OM_OK && p.running_bytes)
		m->retained.running_bytes = p.running_bytes + ZIMAGE_TEXT_OFFSET;
}

/* RAM less what must outlive the start of Linux, the latter widened to multiples of @align. */
static void usable_ram(const struct monitor *m, uint32_t align, struct ranges *out)
{
	*out = m->plan.banks;
	for (uint32_t i = 0; i < m->plan.reserved.n; i++) {
		struct range r = m->plan.reserved.r[i];
		uint64_t base = r.base_pa & ~(uint64_t)(align - 1);
		uint64_t end = (range_end(r) + align - 1) & ~(uint64_t)(align - 1);

		(void)ranges_remove(out, range_make(base, end - base));
	}
}

/* Without highmem Linux gives up RAM between a reservation and the next 2 MiB below. */
static bool place_beside(const struct monitor *m, struct placement_input *in, struct placement *at)
{
	for (uint32_t align = LINUX_PMD_BYTES; align; align = align > 1 ? 1 : 0) {
		usable_ram(m, align, &in->ram);
		if (placement_plan(in, at) == OM_OK)
			return true;
	}
	return false;
}

static bool place(struct monitor *m, struct payload *p)
{
	static struct placement_input in; /* too large for the stack */
	const uint32_t n_facts = m->n_facts;

	in = (struct placement_input){
		.monitor = m->entry->self,
		.also = { { m->entry->dtb_pa, m->dtb_bytes }, m->memory.work },
		.ram_base_pa = m->memory.kernel_base_pa,
		.kernel_bytes = p->zimage.file_bytes,
		.running_bytes = p->running_bytes,
		.dtb_bytes = p->dtb_room,
		.initrd_bytes = p->initrd_bytes,
	};
	if (place_beside(m, &in, &p->at))
		return true;
	/* Over the memory that the records were read with, which are then no longer at hand. */
	in.also[1].bytes = 0;
	m->n_facts = 0;
	if (place_beside(m, &in, &p->at))
		return true;
	/* Reservations in the kernel's way are the tree's fault; Linux may cope all the same. */
	in.ram = m->plan.banks;
	(void)ranges_remove(&in.ram,
			    (struct range){ m->plan.geom.base_pa, m->plan.geom.region_bytes });
	if (placement_plan(&in, &p->at) == OM_OK) {
		notice(NOTICE_NO_PLACE,
		       "a reservation of the device tree lies where the kernel goes: "
		       "ignored; move it above the first 128 MiB");
		return true;
	}
	/* Better a kernel without carve-out than none. */
	if (m->plan.geom.region_bytes)
		no_room_print(m);
	in.ram = m->plan.banks;
	if (placement_plan(&in, &p->at) == OM_OK) {
		m->plan.edits.n = 0;
		page_without_region(m);
		return true;
	}
	m->n_facts = n_facts;
	notice(NOTICE_NO_PLACE, "kernel, initrd and device tree do not fit into RAM together: "
				"use a smaller initrd or kernel");
	return false;
}

/* What the loader brings for /chosen. */
static enum om_err chosen_edits(const struct monitor *m, const struct payload *p,
				struct edits *list)
{
	uint32_t first = (uint32_t)p->at.initrd_pa;
	enum om_err err = edits_node(list, "/chosen");

	if (!err && m->bootargs[0])
		err = edits_prop_ref(list, "/chosen", "bootargs", m->bootargs,
				     (uint32_t)strlen(m->bootargs) + 1);
	if (!err && p->initrd_bytes)
		err = edits_u32(list, "/chosen", "linux,initrd-start", first);
	if (!err && p->initrd_bytes)
		err = edits_u32(list, "/chosen", "linux,initrd-end", first + p->initrd_bytes);
	return err;
}

/*
 * A copy of the tree with room to grow. QEMU's claims 1 MiB, of which it uses a
 * hundredth: only that much is copied.
 */
static bool open_tree(const struct monitor *m, void *tree, uint32_t room)
{
	/* libfdt puts blocks that are out of order together after that, as a tree of its own */
	const uint32_t bytes = ((uint32_t)m->dtb_bytes + 7) & ~7u;

	memcpy(tree, m->dtb, m->dtb_bytes);
	fdt_set_totalsize(tree, bytes);
	return fdt_open_into(tree, tree, (int)room) == 0;
}

/* The tree for Linux, with these edits after those of /chosen. False: what was made is no use. */
static bool edit_tree(const struct monitor *m, const struct payload *p, const struct edits *chosen,
		      bool plan, bool partition)
{
	void *tree = (void *)(uintptr_t)p->at.dtb_pa;

	return open_tree(m, tree, p->dtb_room) && edits_apply(tree, chosen) == OM_OK &&
	       (!plan || edits_apply(tree, &m->plan.edits) == OM_OK) &&
	       (!partition || edits_apply(tree, &m->partition_edits) == OM_OK);
}

/* The tree for Linux at its place; with carve-out and partition if that can be done. */
static bool make_tree(struct monitor *m, const struct payload *p)
{
	static struct edits chosen;

	if (!map_or_say((struct range){ p->at.dtb_pa, p->dtb_room }, ARCH_RAM,
			"the new device tree"))
		return false;
	chosen = (struct edits){ 0 };
	if (chosen_edits(m, p, &chosen))
		return false;
	if (edit_tree(m, p, &chosen, true, true))
		return true;
	if (m->partition_edits.n && edit_tree(m, p, &chosen, true, false)) {
		notice(NOTICE_DTB_EDIT, "the device tree took no partition for the archive: Linux "
					"does not see it; check the tree with dtc");
		return true;
	}
	notice(NOTICE_DTB_EDIT, "the device tree took no ramoops node: Linux starts without a "
				"carve-out; check the tree with dtc");
	page_without_region(m);
	return edit_tree(m, p, &chosen, false, false);
}

static bool load_all(const struct payload *p)
{
	enum om_err err = load(p, LOADER_KERNEL, 0, p->zimage.file_bytes, p->at.kernel_pa);

	if (!err && p->initrd_bytes)
		err = load(p, LOADER_INITRD, 0, p->initrd_bytes, p->at.initrd_pa);
	if (err)
		notice(NOTICE_LOAD_FAILED, "loading the kernel failed (%s): reset and try again",
		       om_err_name(err));
	return !err;
}

void payload_step(void *ctx)
{
	static struct payload p;
	struct monitor *m = ctx;

	p.loader = &m->devices.dev[DRIVER_LOADER];
	if (!p.loader->driver) {
		notice(NOTICE_NO_LOADER,
		       "the device tree names no device that holds a kernel: start "
		       "QEMU with -kernel zImage");
		return;
	}
	if (!find_kernel(&p))
		return;
	p.initrd_bytes = p.loader->driver->ops.loader->size(p.loader, LOADER_INITRD);
	/* twice the tree: libfdt sorts a tree with its blocks in an odd order in its own buffer */
	p.dtb_room = (uint32_t)m->dtb_bytes * 2 + 2 * EDITS_GROWTH_BYTES + sizeof(m->bootargs);
	if (!place(m, &p))
		return;
	if (!make_tree(m, &p)) {
		notice(NOTICE_DTB_EDIT,
		       "the device tree could not be edited: Linux gets it as it was, "
		       "without command line and initrd");
		page_without_region(m);
		p.at.dtb_pa = m->entry->dtb_pa;
	}
	if (!load_all(&p))
		return;
	con_drain();
	arch_enter_linux(p.at.kernel_pa, p.at.dtb_pa);
}

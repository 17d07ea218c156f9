/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"

#include "app/carveout.h"
#include "app/console.h"
#include "app/machine.h"
#include "app/notice.h"
#include "core/boot/zimage.h"
#include "core/tree/edits.h"
#include "source.h"

#include <libfdt.h>
#include <string.h>

enum { LINUX_PMD_BYTES = 2 << 20 }; /* adjust_lowmem_bounds() rounds to it (arch/arm, 6.1) */

struct payload {
	struct payload_source source;
	const struct kernel_kind *kind;
	uint32_t given_bytes; /* of the kernel's file */
	struct kernel kernel;
	uint32_t initrd_bytes;
	uint32_t dtb_room;
	struct placement at;
};

static enum om_err load(const struct payload *p, enum loader_item item, uint32_t offset,
			uint32_t bytes, uint64_t dest_pa)
{
	return p->source.read(p->source.ctx, item, offset, bytes, dest_pa);
}

/* What the kernel's file says of itself. OM_E_NOT_FOUND: there is none. */
static enum om_err read_kernel(struct payload *p)
{
	static uint8_t part[KERNEL_PART_MAX];
	const uint32_t head_bytes = p->kind->head_bytes;
	struct kernel *k = &p->kernel;
	enum om_err err;

	*k = (struct kernel){ 0 };
	p->given_bytes = p->source.bytes(p->source.ctx, LOADER_KERNEL);
	if (!p->given_bytes)
		return OM_E_NOT_FOUND;
	if (p->given_bytes < head_bytes)
		return OM_E_BAD_MAGIC;
	err = load(p, LOADER_KERNEL, 0, head_bytes, (uintptr_t)part);
	if (!err)
		err = p->kind->parse((struct span){ part, head_bytes }, p->given_bytes, k);
	/* what cannot be read is estimated */
	while (!err && k->more.bytes &&
	       load(p, LOADER_KERNEL, k->more.off, k->more.bytes, (uintptr_t)part) == OM_OK)
		p->kind->more((struct span){ part, k->more.bytes }, k);
	return err;
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
		notice(NOTICE_NOT_A_KERNEL, "the kernel is no %s (%s): refused; give %s",
		       p->kind->name, om_err_name(err), p->kind->remedy);
	return !err;
}

uint32_t payload_running_bytes(const struct tree *tree)
{
	static struct payload p;

	p.kind = &kernel_zimage;
	if (!source_loader(tree, &p.source) || read_kernel(&p) != OM_OK || !p.kernel.running_bytes)
		return 0;
	return p.kernel.running_bytes + ZIMAGE_TEXT_OFFSET;
}

/* RAM less what must outlive the start of Linux, the latter widened to multiples of @align. */
static void usable_ram(const struct plan *plan, uint32_t align, struct ranges *out)
{
	*out = plan->banks;
	for (uint32_t i = 0; i < plan->reserved.n; i++) {
		struct range r = plan->reserved.r[i];
		uint64_t base = r.base_pa & ~(uint64_t)(align - 1);
		uint64_t end = (range_end(r) + align - 1) & ~(uint64_t)(align - 1);

		(void)ranges_remove(out, range_make(base, end - base));
	}
}

/* Without highmem Linux gives up RAM between a reservation and the next 2 MiB below. */
static bool place_beside(const struct plan *plan, struct payload *p, struct placement_input *in)
{
	for (uint32_t align = LINUX_PMD_BYTES; align; align = align > 1 ? 1 : 0) {
		usable_ram(plan, align, &in->ram);
		if (p->kind->place(in, &p->at) == OM_OK)
			return true;
	}
	return false;
}

static bool place(const struct payload_input *from, struct payload *p, bool *over_records)
{
	static struct placement_input in; /* too large for the stack */
	struct plan *plan = from->plan;

	in = (struct placement_input){
		.monitor = from->entry->self,
		.also = { tree_range(from->tree), from->memory->work },
		.ram_base_pa = from->kernel_base_pa,
		.kernel_bytes = p->kernel.file_bytes,
		.running_bytes = p->kernel.running_bytes,
		.dtb_bytes = p->dtb_room,
		.initrd_bytes = p->initrd_bytes,
	};
	if (place_beside(plan, p, &in))
		return true;
	/* Over the memory that the records were read with, which are then no longer at hand. */
	in.also[1].bytes = 0;
	*over_records = true;
	if (place_beside(plan, p, &in))
		return true;
	/* Reservations in the kernel's way are the tree's fault; Linux may cope all the same. */
	in.ram = plan->banks;
	(void)ranges_remove(&in.ram, geometry_range(&plan->geom));
	if (p->kind->place(&in, &p->at) == OM_OK) {
		notice(NOTICE_NO_PLACE,
		       "a reservation of the device tree lies where the kernel goes: "
		       "ignored; move it above the first 128 MiB");
		return true;
	}
	/* Better a kernel without carve-out than none. */
	if (plan->geom.region_bytes)
		carveout_no_room(plan, from->tree);
	in.ram = plan->banks;
	if (p->kind->place(&in, &p->at) == OM_OK) {
		plan->edits.n = 0;
		page_without_region(from->page);
		return true;
	}
	*over_records = false;
	notice(NOTICE_NO_PLACE, "kernel, initrd and device tree do not fit into RAM together: "
				"use a smaller initrd or kernel");
	return false;
}

/* What the loader brings for /chosen. */
static enum om_err chosen_edits(const char *bootargs, const struct payload *p, struct edits *list)
{
	uint32_t first = (uint32_t)p->at.initrd_pa;
	enum om_err err = edits_node(list, "/chosen");

	if (!err && bootargs[0])
		err = edits_prop_ref(list, "/chosen", "bootargs", bootargs,
				     (uint32_t)strlen(bootargs) + 1);
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
static bool open_tree(const struct tree *from, void *tree, uint32_t room)
{
	/* libfdt puts blocks that are out of order together after that, as a tree of its own */
	const uint32_t bytes = ((uint32_t)from->dtb_bytes + 7) & ~7u;

	memcpy(tree, from->dtb, from->dtb_bytes);
	fdt_set_totalsize(tree, bytes);
	return fdt_open_into(tree, tree, (int)room) == 0;
}

/* The tree for Linux, with these edits after those of /chosen. False: what was made is no use. */
static bool edit_tree(const struct payload_input *in, const struct payload *p,
		      const struct edits *chosen, bool plan, bool partition)
{
	void *tree = (void *)(uintptr_t)p->at.dtb_pa;

	return open_tree(in->tree, tree, p->dtb_room) && edits_apply(tree, chosen) == OM_OK &&
	       (!plan || edits_apply(tree, &in->plan->edits) == OM_OK) &&
	       (!partition || edits_apply(tree, in->partition) == OM_OK);
}

/* The tree for Linux at its place; with carve-out and partition if that can be done. */
static bool make_tree(const struct payload_input *in, const struct payload *p)
{
	static struct edits chosen;

	if (!map_or_say((struct range){ p->at.dtb_pa, p->dtb_room }, ARCH_RAM,
			"the new device tree"))
		return false;
	chosen = (struct edits){ 0 };
	if (chosen_edits(in->bootargs->line, p, &chosen))
		return false;
	if (edit_tree(in, p, &chosen, true, true))
		return true;
	if (in->partition->n && edit_tree(in, p, &chosen, true, false)) {
		notice(NOTICE_DTB_EDIT, "the device tree took no partition for the archive: Linux "
					"does not see it; check the tree with dtc");
		return true;
	}
	notice(NOTICE_DTB_EDIT, "the device tree took no ramoops node: Linux starts without a "
				"carve-out; check the tree with dtc");
	page_without_region(in->page);
	return edit_tree(in, p, &chosen, false, false);
}

static bool load_all(const struct payload *p)
{
	enum om_err err = load(p, LOADER_KERNEL, 0, p->kernel.file_bytes, p->at.kernel_pa);

	if (!err && p->initrd_bytes)
		err = load(p, LOADER_INITRD, 0, p->initrd_bytes, p->at.initrd_pa);
	if (err)
		notice(NOTICE_LOAD_FAILED, "loading the kernel failed (%s): reset and try again",
		       om_err_name(err));
	return !err;
}

void payload_start(const struct payload_input *in, bool *over_records)
{
	static struct payload p;

	p.kind = &kernel_zimage;
	if (!source_loader(in->tree, &p.source)) {
		notice(NOTICE_NO_LOADER,
		       "the device tree names no device that holds a kernel: start "
		       "QEMU with -kernel zImage");
		return;
	}
	if (!find_kernel(&p))
		return;
	p.initrd_bytes = p.source.bytes(p.source.ctx, LOADER_INITRD);
	/* twice the tree: libfdt sorts a tree with its blocks in an odd order in its own buffer */
	p.dtb_room = (uint32_t)in->tree->dtb_bytes * 2 + 2 * EDITS_GROWTH_BYTES +
		     sizeof(in->bootargs->line);
	if (!place(in, &p, over_records))
		return;
	if (!make_tree(in, &p)) {
		notice(NOTICE_DTB_EDIT,
		       "the device tree could not be edited: Linux gets it as it was, "
		       "without command line and initrd");
		page_without_region(in->page);
		p.at.dtb_pa = in->entry->dtb_pa;
	}
	if (!load_all(&p))
		return;
	con_drain();
	arch_enter_linux(p.at.kernel_pa, p.at.dtb_pa);
}

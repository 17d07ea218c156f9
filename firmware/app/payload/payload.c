/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"

#include "app/carveout.h"
#include "app/console.h"
#include "app/machine.h"
#include "app/notice.h"
#include "core/boot/zimage.h"
#include "core/tree/edits.h"
#include "new_tree.h"
#include "source.h"

enum { LINUX_PMD_BYTES = 2 << 20 }; /* adjust_lowmem_bounds() rounds to it (arch/arm, 6.1) */
#define NO_MACHINE UINT32_MAX	    /* the tree says what machine it is */

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

/* A part of the kernel's file: where it is, or read to @to. Empty: it cannot be read. */
static struct span kernel_part(const struct payload *p, struct kernel_part part, uint8_t *to)
{
	const struct range file = p->source.in_ram(p->source.ctx, LOADER_KERNEL);

	if (file.bytes)
		return (struct span){ (const uint8_t *)(uintptr_t)file.base_pa + part.off,
				      part.bytes };
	if (load(p, LOADER_KERNEL, part.off, part.bytes, (uintptr_t)to))
		return (struct span){ to, 0 };
	return (struct span){ to, part.bytes };
}

/* What the kernel's file says of itself. OM_E_NOT_FOUND: there is none. */
static enum om_err read_kernel(struct payload *p)
{
	static uint8_t buffer[KERNEL_PART_MAX];
	struct kernel *k = &p->kernel;
	struct span part;
	enum om_err err;

	*k = (struct kernel){ .more = { 0, p->kind->head_bytes } };
	p->given_bytes = p->source.bytes(p->source.ctx, LOADER_KERNEL);
	if (!p->given_bytes)
		return OM_E_NOT_FOUND;
	if (p->given_bytes < k->more.bytes)
		return OM_E_BAD_MAGIC;
	part = kernel_part(p, k->more, buffer);
	err = part.len ? p->kind->parse(part, p->given_bytes, k) : OM_E_CORRUPT;
	/* what cannot be read is estimated */
	while (!err && k->more.bytes && (part = kernel_part(p, k->more, buffer)).len > 0)
		p->kind->more(part, k);
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

/* What was wrapped with us goes before what the board holds. */
static bool find_source(const struct payload_input *in, struct payload *p)
{
	p->kind = arch_kernel;
	return source_wrapped(in->wrapped, carveout_initrd(in->plan), &p->source) ||
	       source_loader(in->tree, &p->source);
}

uint32_t payload_running_bytes(const struct payload_input *in)
{
	static struct payload p;

	if (!find_source(in, &p) || read_kernel(&p) != OM_OK || !p.kernel.running_bytes)
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
		.text_offset = p->kernel.text_offset,
		.anywhere = p->kernel.anywhere,
		.dtb_bytes = p->dtb_room,
		.initrd_bytes = p->initrd_bytes,
		.loaded = p->source.in_ram(p->source.ctx, LOADER_KERNEL),
		.initrd = p->source.in_ram(p->source.ctx, LOADER_INITRD),
	};
	/* as much of it as is the kernel; a tree may follow */
	if (in.loaded.bytes)
		in.loaded.bytes = p->kernel.file_bytes;
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

/* The initrd first: the kernel may go where it was. */
static bool load_all(const struct payload *p)
{
	enum om_err err = OM_OK;

	if (p->initrd_bytes)
		err = load(p, LOADER_INITRD, 0, p->initrd_bytes, p->at.initrd_pa);
	if (!err)
		err = load(p, LOADER_KERNEL, 0, p->kernel.file_bytes, p->at.kernel_pa);
	if (err)
		notice(NOTICE_LOAD_FAILED, "loading the kernel failed (%s): reset and try again",
		       om_err_name(err));
	return !err;
}

static _Noreturn void enter(uint64_t entry_pa, uint64_t dtb_pa, uint32_t machine)
{
	con_drain();
	watchdogs_feed_now(); /* Linux has as long as it allows */
	arch_enter_linux(entry_pa, dtb_pa, machine);
}

void payload_start(const struct payload_input *in, bool *over_records)
{
	static struct payload p;

	if (in->wrapped->present && in->wrapped->block.kind == WRAP_NEXT_STAGE) {
		tree_patch(in);
		enter(in->wrapped->block.target_pa, in->entry->dtb_pa, NO_MACHINE);
	}
	if (!find_source(in, &p)) {
		notice(NOTICE_NO_LOADER,
		       "no kernel was wrapped with the monitor, and the device tree names no "
		       "device that holds one: use `oopsmon wrap`, or start QEMU with -kernel "
		       "zImage");
		return;
	}
	if (!find_kernel(&p) ||
	    (in->wrapped->present && !wrapped_is_whole(in->wrapped, in->memory->scratch)))
		return;
	p.initrd_bytes = p.source.bytes(p.source.ctx, LOADER_INITRD);
	/* twice the tree: libfdt sorts a tree with its blocks in an odd order in its own buffer */
	p.dtb_room = (uint32_t)in->tree->dtb_bytes * 2 + 2 * EDITS_GROWTH_BYTES +
		     sizeof(in->bootargs->line);
	if (!place(in, &p, over_records))
		return;
	if (!new_tree(in, (struct range){ p.at.dtb_pa, p.dtb_room },
		      (struct range){ p.at.initrd_pa, p.initrd_bytes })) {
		notice(NOTICE_DTB_EDIT,
		       "the device tree could not be edited: Linux gets it as it was, "
		       "without command line and initrd");
		page_without_region(in->page);
		p.at.dtb_pa = in->tree->given_pa;
	}
	if (load_all(&p))
		enter(p.at.kernel_pa, p.at.dtb_pa, NO_MACHINE);
}

static bool has_kernel(const struct wrapped *w)
{
	return w->present && w->block.kind == WRAP_KERNEL;
}

void payload_start_untouched(const struct entry *entry, const struct wrapped *w)
{
	const struct range none = { 0 };

	if (!has_kernel(w) || !wrapped_is_whole(w, none))
		return;
	notice(NOTICE_UNTOUCHED,
	       "the wrapped kernel is started as it is, without a carve-out, as no device tree was "
	       "found: wrap it with --dtb, or let the stage before hand one over");
	enter(w->file.base_pa, entry->dtb_pa, entry->machine);
}

void payload_start_after_faults(const struct entry *entry, const struct wrapped *w)
{
	if (has_kernel(w) && entry->kind == ENTRY_LINUX)
		enter(w->file.base_pa, entry->dtb_pa, entry->machine);
}

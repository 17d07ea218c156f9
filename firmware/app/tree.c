/* SPDX-License-Identifier: BSD-2-Clause */
/* What the previous stage hands over: device tree, devices, command line; and the plan. */
#include "console.h"
#include "core/place/plan_notes.h"
#include "core/tree/dt.h"
#include "monitor.h"
#include "notice.h"

#include <libfdt.h>
#include <string.h>

enum {
	KERNEL_WINDOW = 128 << 20,  /* an arm32 kernel unpacks within these from its base on */
	DTB_USUAL_BYTES = 64 << 10, /* enough for most trees */
};

static void map_device(struct device *dev)
{
	if (!dev->driver || !dev->reg.bytes || dev->driver->class == DRIVER_FLASH)
		return;
	/* registers are words: anything else is a damaged tree, and would be silence */
	if (dev->reg.base_pa % 4 || !map_or_say(dev->reg, ARCH_DEVICE, dev->driver->name))
		dev->driver = NULL;
}

/* The command line for Linux: the loader's if it has one, else the tree's own. */
static void find_bootargs(struct monitor *m)
{
	const struct device *loader = &m->devices.dev[DRIVER_LOADER];
	const size_t room = sizeof(m->bootargs) - 1;
	int node, len = 0;
	const char *prop;
	uint32_t bytes = 0;

	if (loader->driver)
		bytes = loader->driver->ops.loader->size(loader, LOADER_CMDLINE);
	if (bytes > 1) {
		uint32_t n = bytes < room ? bytes : (uint32_t)room;

		if (bytes - 1 > room)
			notice(NOTICE_CMDLINE_LONG,
			       "the command line has %u bytes, %u are kept: shorten it", bytes - 1,
			       (uint32_t)room);
		if (loader->driver->ops.loader->read(loader, LOADER_CMDLINE, 0, n,
						     (uintptr_t)m->bootargs) == OM_OK)
			return;
		m->bootargs[0] = '\0';
	}
	node = fdt_path_offset(m->dtb, "/chosen");
	prop = node < 0 ? NULL : fdt_getprop(m->dtb, node, "bootargs", &len);
	if (!prop || len <= 0)
		return;
	memcpy(m->bootargs, prop, (size_t)len < room ? (size_t)len : room);
}

void bootargs_step(void *ctx)
{
	struct monitor *m = ctx;

	find_bootargs(m);
	m->has_bootargs = true;
	report_options_read(m->bootargs, &m->options);
}

/* As much as a tree may have there; not over the end of the address space, and not over us. */
static uint64_t tree_room(const struct entry *e)
{
	const uint64_t end = e->dtb_pa + DT_BYTES_MAX;
	const uint64_t limit = e->self.base_pa >= e->dtb_pa ? e->self.base_pa : (uint64_t)1 << 32;

	return (end < limit ? end : limit) - e->dtb_pa;
}

/* Trees are small; only one that is not gets all the room there is mapped. */
static enum om_err check_tree(struct monitor *m, const void *blob)
{
	const uint64_t room = tree_room(m->entry);
	const uint64_t rooms[] = { room < DTB_USUAL_BYTES ? room : DTB_USUAL_BYTES, room };
	enum om_err err = OM_E_TRUNCATED;

	for (uint32_t i = 0; i < 2 && err == OM_E_TRUNCATED; i++) {
		if (!map_or_say((struct range){ m->entry->dtb_pa, rooms[i] }, ARCH_RAM_RO,
				"the device tree"))
			return OM_E_NO_SPACE;
		err = dt_check(blob, (size_t)rooms[i], &m->dtb_bytes);
	}
	return err;
}

void tree_step(void *ctx)
{
	struct monitor *m = ctx;
	const void *blob = (const void *)(uintptr_t)m->entry->dtb_pa;
	struct device *uart = &m->devices.dev[DRIVER_UART];
	struct device *cache = &m->devices.dev[DRIVER_CACHE];
	enum om_err err;

	err = m->entry->dtb_pa ? check_tree(m, blob) : OM_E_BAD_MAGIC;
	if (err == OM_E_BAD_MAGIC) {
		notice(NOTICE_NO_DTB,
		       "no device tree at 0x%llx: Linux cannot be started; "
		       "let the previous stage put one there",
		       (unsigned long long)m->entry->dtb_pa);
		return;
	}
	if (err) {
		notice(NOTICE_BAD_DTB,
		       "the device tree at 0x%llx is damaged (%s): Linux cannot be "
		       "started; check it with dtc",
		       (unsigned long long)m->entry->dtb_pa, om_err_name(err));
		return;
	}
	m->dtb = blob;
	devices_bind(m->dtb, drivers, &m->devices);
	for (uint32_t i = 0; i < DRIVER_CLASSES; i++)
		map_device(&m->devices.dev[i]);
	if (uart->driver)
		console_use(uart);
	else
		notice(NOTICE_NO_UART,
		       "the device tree names no UART with a driver here: staying on "
		       "the board's own");
	/* last, as nothing else is lost if its registers fault */
	if (cache->driver && cache->driver->ops.cache->find(cache, &m->outer))
		arch_outer_cache(&m->outer);
}

void plan_step(void *ctx)
{
	static struct plan_input in; /* too large for the stack */
	struct monitor *m = ctx;
	enum om_err err;

	in.fdt = m->dtb;
	in.bootargs = m->bootargs;
	in.board = board.geometry;
	in.n_claims = 3;
	in.claims[0] = (struct claim){ CLAIM_MONITOR, m->entry->self };
	in.claims[1] = (struct claim){ CLAIM_DTB, { m->entry->dtb_pa, m->dtb_bytes } };
	in.claims[2] = (struct claim){ CLAIM_PAYLOAD, { m->memory.kernel_base_pa, KERNEL_WINDOW } };
	err = carveout_plan(&in, &m->plan);
	if (err)
		notice(NOTICE_DTB_EDIT, "no carve-out: the tree needs too many edits (%s)",
		       om_err_name(err));
}

void no_room_print(struct monitor *m)
{
	static char text[PLAN_NOTE_BYTES];

	m->plan.notices |= PLAN_N_NO_ROOM;
	for (uint32_t i = 0; i < PLAN_NOTES; i++)
		if (plan_note(&m->plan, m->dtb, i, text) == PLAN_NOTE_NO_ROOM)
			notice((enum notice)PLAN_NOTE_NO_ROOM, "%s", text);
}

/* One line for every fact of the plan that the user should know. */
void plan_print(const struct monitor *m)
{
	static char text[PLAN_NOTE_BYTES];

	for (uint32_t i = 0; i < PLAN_NOTES; i++) {
		const uint32_t code = plan_note(&m->plan, m->dtb, i, text);

		/* what the user asked for is no news: the verdict's line has it */
		if (code && code != PLAN_NOTE_TURNED_OFF)
			notice((enum notice)code, "%s", text);
	}
}

void plan_without_node(struct monitor *m)
{
	char path[160];

	if (dt_path(m->dtb, m->plan.work.survey.ramoops.node, path, sizeof(path)) ||
	    edits_prop(&m->plan.edits, path, "status", "disabled", sizeof("disabled")))
		return;
	notice(NOTICE_NO_RAM_THERE,
	       "no RAM answers at the tree's ramoops region 0x%llx: its node is switched off; "
	       "correct its address",
	       m->plan.geom.base_pa);
	m->plan.geom = (struct geometry){ 0 };
	m->plan.notices &= ~(uint32_t)PLAN_N_OUTSIDE_RAM;
}

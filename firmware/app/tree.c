/* SPDX-License-Identifier: BSD-2-Clause */
/* What the previous stage hands over: device tree, devices, command line; and the plan. */
#include "console.h"
#include "core/dt.h"
#include "monitor.h"
#include "notice.h"

#include <libfdt.h>
#include <string.h>

enum {
	KERNEL_WINDOW = 128 << 20,  /* an arm32 kernel unpacks within its bank's first 128 MiB */
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
	telling_wish(m->bootargs, &m->wish);
}

/* Trees are small; only one that is not gets all the room there is mapped. */
static enum om_err check_tree(struct monitor *m, const void *blob)
{
	const uint64_t rooms[] = { DTB_USUAL_BYTES, board.dtb.bytes };
	enum om_err err = OM_E_TRUNCATED;

	for (uint32_t i = 0; i < 2 && err == OM_E_TRUNCATED; i++) {
		struct range room = { board.dtb.base_pa, rooms[i] };

		if (!map_or_say(room, ARCH_RAM_RO, "the device tree"))
			return OM_E_NO_SPACE;
		err = dt_check(blob, (size_t)room.bytes, &m->dtb_bytes);
	}
	return err;
}

void tree_step(void *ctx)
{
	struct monitor *m = ctx;
	const void *blob = (const void *)(uintptr_t)board.dtb.base_pa;
	struct device *uart = &m->devices.dev[DRIVER_UART];
	enum om_err err;

	err = check_tree(m, blob);
	if (err == OM_E_BAD_MAGIC) {
		notice(NOTICE_NO_DTB,
		       "no device tree at 0x%llx: Linux cannot be started; "
		       "let the previous stage put one there",
		       (unsigned long long)board.dtb.base_pa);
		return;
	}
	if (err) {
		notice(NOTICE_BAD_DTB,
		       "the device tree at 0x%llx is damaged (%s): Linux cannot be "
		       "started; check it with dtc",
		       (unsigned long long)board.dtb.base_pa, om_err_name(err));
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
}

static void claim(struct plan_input *in, enum claim_kind kind, struct range range)
{
	if (range.bytes && in->n_claims < PLAN_CLAIMS_MAX)
		in->claims[in->n_claims++] = (struct claim){ kind, range };
}

void plan_step(void *ctx)
{
	static struct plan_input in; /* too large for the stack */
	struct monitor *m = ctx;
	struct range window = { board.dtb.base_pa, KERNEL_WINDOW };
	enum om_err err;

	in = (struct plan_input){ .fdt = m->dtb, .bootargs = m->bootargs, .board = board.geometry };
	claim(&in, CLAIM_MONITOR, board.window);
	claim(&in, CLAIM_DTB, (struct range){ board.dtb.base_pa, m->dtb_bytes });
	claim(&in, CLAIM_PAYLOAD, window);
	err = carveout_plan(&in, &m->plan);
	if (err)
		notice(NOTICE_DTB_EDIT, "no carve-out: the tree needs too many edits (%s)",
		       om_err_name(err));
}

void no_room_tell(void)
{
	notice(NOTICE_NO_ROOM, "no room for a carve-out: crashes of this boot will not be "
			       "kept; ask for a smaller one with oopsmon.region=256K");
}

/* Facts of a plan whose line needs no numbers. */
static const struct {
	uint16_t bit;
	uint16_t code;
	const char *text;
} plain_facts[] = {
	{ PLAN_N_NO_MEMORY_NODE, NOTICE_NO_MEMORY_NODE,
	  "the device tree declares no memory: no carve-out; add a memory node" },
	{ PLAN_N_NODE_COMPLETED, NOTICE_NODE_COMPLETED,
	  "the tree's ramoops node lacked properties Linux needs: added; complete it in the device "
	  "tree" },
	{ PLAN_N_SIZES_REPLACED, NOTICE_SIZES_REPLACED,
	  "Linux would refuse the ramoops sizes asked for: defaults taken; they must fit the "
	  "region" },
	{ PLAN_N_WISH_UNREADABLE, NOTICE_WISH_UNREADABLE,
	  "an oopsmon.* parameter was not understood: default taken; sizes look like 2M, 64K or "
	  "0x10000" },
	{ PLAN_N_RSVMEM_UNUSABLE, NOTICE_RSVMEM_UNUSABLE,
	  "Linux ignores this tree's /reserved-memory (cell counts differ from the root's): "
	  "reserved "
	  "by /memreserve/ instead; correct its #address-cells" },
	{ PLAN_N_SECOND_NODE, NOTICE_SECOND_NODE,
	  "the tree has more than one ramoops node: Linux takes the first; remove the others" },
	{ PLAN_N_NO_RETAINED, NOTICE_NO_RETAINED,
	  "no room for the retained page: a crash cannot be told from old records" },
	{ PLAN_N_UNCACHED, NOTICE_UNCACHED,
	  "ramoops mem-type 2 would leave a crash's last lines in the caches: 0 taken" },
};

/* One line for every fact of the plan that the user should know. */
void plan_tell(const struct monitor *m)
{
	const struct plan *p = &m->plan;
	uint64_t from = p->conflict.base_pa, to = range_end(p->conflict);
	uint64_t base = p->geom.base_pa;

	if (p->notices & PLAN_N_NO_ROOM)
		no_room_tell();
	if (p->notices & PLAN_N_NODE_MOVED)
		notice(NOTICE_NODE_MOVED,
		       "the tree's ramoops region collides with 0x%llx-0x%llx: moved to 0x%llx; "
		       "move one of them in the device tree",
		       from, to, base);
	if (p->notices & PLAN_N_SIZES_ROUNDED)
		notice(NOTICE_SIZES_ROUNDED,
		       "ramoops sizes rounded down to powers of two, as Linux does: "
		       "record 0x%x console 0x%x ftrace 0x%x pmsg 0x%x",
		       p->geom.record_bytes, p->geom.console_bytes, p->geom.ftrace_bytes,
		       p->geom.pmsg_bytes);
	if (p->notices & PLAN_N_WISH_REFUSED)
		notice(NOTICE_WISH_REFUSED,
		       "oopsmon.region= %s (0x%llx-0x%llx): 0x%llx taken instead; choose another "
		       "place or size",
		       from < to ? "collides or is no RAM" : "fits nowhere", from, to, base);
	if (p->notices & PLAN_N_OUTSIDE_RAM)
		notice(NOTICE_OUTSIDE_RAM,
		       "the tree's ramoops region at 0x%llx is in no memory node: "
		       "kept as it is; check its address if records never appear",
		       base);
	for (size_t i = 0; i < sizeof(plain_facts) / sizeof(plain_facts[0]); i++)
		if (p->notices & plain_facts[i].bit)
			notice((enum notice)plain_facts[i].code, "%s", plain_facts[i].text);
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

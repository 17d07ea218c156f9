/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree.h"

#include "console.h"
#include "core/base/escape.h"
#include "core/tree/dt.h"
#include "machine.h"
#include "notice.h"

#include <string.h>

enum { DTB_USUAL_BYTES = 64 << 10 /* enough for most trees */ };

static void map_device(struct device *dev)
{
	if (!dev->driver || !dev->reg.bytes || dev->driver->class == DRIVER_FLASH)
		return;
	/* Registers are words: anything else is a damaged tree, and would be silence. (A UART was
	 * looked at when it was chosen.) */
	if ((dev->driver->class != DRIVER_UART && dev->reg.base_pa % 4) ||
	    !map_or_say(dev->reg, ARCH_DEVICE, dev->driver->name))
		dev->driver = NULL;
}

static void map_unit(struct soc_unit *unit)
{
	const struct range reg = { unit->base_pa, unit->bytes };

	if (unit->bytes &&
	    (unit->base_pa % 4 || !map_or_say(reg, ARCH_DEVICE, "a unit of the SoC")))
		unit->bytes = 0;
}

/* As much as a tree may have there; not over the end of the address space, and not over us. */
static uint64_t tree_room(const struct entry *e, struct range where)
{
	const uint64_t end = range_end(where);
	const uint64_t limit = e->self.base_pa >= where.base_pa ? e->self.base_pa
								: (uint64_t)1 << 32;

	return (end < limit ? end : limit) - where.base_pa;
}

/* Trees are small; only one that is not gets all the room there is mapped. */
static enum om_err check_tree(const struct entry *entry, struct range where, struct tree *out)
{
	const void *blob = (const void *)(uintptr_t)where.base_pa;
	const uint64_t room = tree_room(entry, where);
	const uint64_t rooms[] = { room < DTB_USUAL_BYTES ? room : DTB_USUAL_BYTES, room };
	enum om_err err = OM_E_TRUNCATED;

	for (uint32_t i = 0; i < 2 && err == OM_E_TRUNCATED; i++) {
		const struct range there = { where.base_pa, rooms[i] };

		if (!range_contains(entry->self, there) &&
		    !map_or_say(there, ARCH_RAM_RO, "the device tree"))
			return OM_E_NO_SPACE;
		err = dt_check(blob, (size_t)rooms[i], &out->dtb_bytes);
	}
	/* what is no tree may be anything, page 0 too */
	if (err)
		arch_unmap((struct range){ where.base_pa, room });
	return err;
}

/* The console is another one than the tree names. */
static void print_doubt(const struct devices *d)
{
	static const char *const why[] = {
		[CONSOLE_NO_NODE] = "which does not exist",
		[CONSOLE_NO_DRIVER] = "which has no driver here",
		[CONSOLE_DISABLED] = "which is disabled",
		[CONSOLE_OUT_OF_REACH] = "whose registers are out of reach",
	};
	const struct span named = { (const uint8_t *)d->console_named,
				    strcspn(d->console_named, ":") };
	char text[80];
	size_t used = 0;
	const size_t n = escape_text(named, &used, text, sizeof(text));

	notice(NOTICE_OTHER_CONSOLE,
	       "stdout-path names %.*s, %s: the console is the UART at 0x%llx; "
	       "name one that can be used",
	       (int)n, text, why[d->console_doubt],
	       (unsigned long long)d->dev[DRIVER_UART].reg.base_pa);
}

void tree_print_missing(const struct entry *entry, const struct tree *tree)
{
	if (!tree->err)
		return; /* reading it faulted, which was said */
	if (tree->err == OM_E_BAD_MAGIC)
		notice(NOTICE_NO_DTB,
		       "no device tree at 0x%llx: Linux cannot be started; "
		       "let the previous stage put one there",
		       (unsigned long long)entry->dtb_pa);
	else
		notice(NOTICE_BAD_DTB,
		       "the device tree at 0x%llx is damaged (%s): Linux cannot be "
		       "started; check it with dtc",
		       (unsigned long long)entry->dtb_pa, om_err_name(tree->err));
}

void tree_read(const struct entry *entry, struct range where, struct tree *out)
{
	const void *blob = (const void *)(uintptr_t)where.base_pa;
	struct device *uart = &out->devices.dev[DRIVER_UART];
	struct device *cache = &out->devices.dev[DRIVER_CACHE];

	out->err = where.base_pa ? check_tree(entry, where, out) : OM_E_BAD_MAGIC;
	if (out->err)
		return;
	out->dtb = blob;
	out->given_pa = where.base_pa;
	devices_bind(out->dtb, drivers, UINTPTR_MAX, &out->devices);
	for (uint32_t i = 0; i < DRIVER_CLASSES; i++)
		map_device(&out->devices.dev[i]);
	for (uint32_t i = 0; i < out->devices.n_soc; i++)
		map_unit(&out->devices.soc[i]);
	console_use(uart);
	if (!uart->driver)
		notice(NOTICE_NO_UART,
		       "no UART of the device tree has a driver here: the console stays as it was");
	else if (out->devices.console_doubt)
		print_doubt(&out->devices);
	/* last, as nothing else is lost if its registers fault */
	if (cache->driver && cache->driver->ops.cache->find(cache, &out->outer))
		arch_outer_cache(&out->outer);
}

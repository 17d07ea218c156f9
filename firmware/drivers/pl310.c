/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm PL310 (L2C-310), an outer cache: CP15 operations do not reach it. What the caller has in it
 * stays, and it stays on or off: lines are cleaned and invalidated by physical address, no more.
 * Source: Arm DDI 0246H, 3.3.1 (control), 3.3.10 (cache maintenance operations).
 */
#include "drivers.h"
#include "mmio.h"

enum {
	CONTROL = 0x100,
	CACHE_SYNC = 0x730,
	CLEAN_INV_PA = 0x7f0,

	CONTROL_ON = 1 << 0,
	BUSY = 1 << 0, /* of the operation that was written last */
	LINE_BYTES = 32,

	WAIT_POLLS = 1 << 17, /* a line takes one write to memory */
};

/* False: it is never done; others would wait as long. */
static bool operate(uint64_t reg_pa, uint32_t value)
{
	mmio_write32(reg_pa, value);
	for (uint32_t i = 0; i < WAIT_POLLS; i++)
		if (!(mmio_read32(reg_pa) & BUSY))
			return true;
	return false;
}

static void pl310_clean(const struct outer_cache *cache, uint32_t first_pa, uint32_t last_pa)
{
	uint32_t pa = first_pa & ~(uint32_t)(LINE_BYTES - 1);

	for (uint32_t n = ((last_pa - pa) / LINE_BYTES) + 1; n; n--, pa += LINE_BYTES)
		if (!operate(cache->line_pa, pa))
			return;
	(void)operate(cache->sync_pa, 0);
}

static bool pl310_find(const struct device *dev, struct outer_cache *out)
{
	const uint32_t base = (uint32_t)dev->reg.base_pa;

	*out = (struct outer_cache){ pl310_clean, base + CLEAN_INV_PA, base + CACHE_SYNC };
	return mmio_read32(base + CONTROL) & CONTROL_ON;
}

static const struct cache_ops ops = { pl310_find };

const struct driver driver_pl310 = {
	.name = "pl310",
	.class = DRIVER_CACHE,
	.compatible = "arm,pl310-cache\0",
	.ops.cache = &ops,
};

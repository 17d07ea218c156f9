/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's firmware configuration device: kernel, initrd and command line as given
 * with -kernel, -initrd and -append. Data moves by the device's own DMA.
 * Source: QEMU docs/specs/fw_cfg.rst (7.2).
 */
#include "drivers.h"
#include "mmio.h"

enum {
	REG_DMA_HIGH = 16,
	REG_DMA_LOW = 20,

	DMA_ERROR = 1 << 0,
	DMA_READ = 1 << 1,
	DMA_SKIP = 1 << 2,
	DMA_SELECT = 1 << 3,

	WAIT_POLLS = 10000000,
};

/* FW_CFG_KERNEL_SIZE and its like */
static const struct {
	uint16_t size, data;
} keys[] = {
	[LOADER_KERNEL] = { 0x08, 0x11 },
	[LOADER_INITRD] = { 0x0b, 0x12 },
	[LOADER_CMDLINE] = { 0x14, 0x15 },
};

/* The control block the device reads from memory; all fields big-endian. */
struct dma {
	uint32_t control, length, address_high, address_low;
};

static uint32_t be32(uint32_t v)
{
	return __builtin_bswap32(v);
}

/* @control: DMA_* bits and a key. Bounded wait; the device clears all but the error bit. */
static enum om_err dma_run(const struct device *dev, uint32_t control, uint32_t bytes,
			   uint64_t dest_pa)
{
	volatile struct dma d = {
		.control = be32(control),
		.length = be32(bytes),
		.address_high = be32((uint32_t)(dest_pa >> 32)),
		.address_low = be32((uint32_t)dest_pa),
	};
	uint64_t base = dev->reg.base_pa;

	/* the block is in memory before the device looks */
	__asm__ volatile("dsb sy" ::: "memory");
	mmio_write32(base + REG_DMA_HIGH, be32((uint32_t)((uint64_t)(uintptr_t)&d >> 32)));
	mmio_write32(base + REG_DMA_LOW, be32((uint32_t)(uintptr_t)&d));
	for (uint32_t i = 0; i < WAIT_POLLS; i++) {
		uint32_t left = be32(d.control);

		if (left & DMA_ERROR)
			return OM_E_CORRUPT;
		if (left == 0)
			return OM_OK;
	}
	return OM_E_TIMEOUT;
}

static uint32_t read_key32(const struct device *dev, uint16_t key)
{
	volatile uint32_t value = 0; /* little-endian, as is the CPU */

	if (dma_run(dev, (uint32_t)key << 16 | DMA_SELECT | DMA_READ, 4, (uintptr_t)&value))
		return 0;
	return value;
}

static uint32_t fw_cfg_size(const struct device *dev, enum loader_item item)
{
	return read_key32(dev, keys[item].size);
}

static enum om_err fw_cfg_read(const struct device *dev, enum loader_item item, uint32_t offset,
			       uint32_t bytes, uint64_t dest_pa)
{
	uint32_t select = (uint32_t)keys[item].data << 16 | DMA_SELECT;
	enum om_err err;

	if (offset == 0)
		return dma_run(dev, select | DMA_READ, bytes, dest_pa);
	err = dma_run(dev, select | DMA_SKIP, offset, 0);
	if (err)
		return err;
	return dma_run(dev, DMA_READ, bytes, dest_pa);
}

static const struct loader_ops ops = { fw_cfg_size, fw_cfg_read };

const struct driver driver_fw_cfg = {
	.name = "fw_cfg",
	.class = DRIVER_LOADER,
	.compatible = "qemu,fw-cfg-mmio\0",
	.ops.loader = &ops,
};

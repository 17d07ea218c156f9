/* SPDX-License-Identifier: BSD-2-Clause */
#include "source.h"

static uint32_t item_bytes(const void *ctx, enum loader_item item)
{
	const struct device *dev = ctx;

	return dev->driver->ops.loader->size(dev, item);
}

static enum om_err item_read(const void *ctx, enum loader_item item, uint32_t off, uint32_t bytes,
			     uint64_t dest_pa)
{
	const struct device *dev = ctx;

	return dev->driver->ops.loader->read(dev, item, off, bytes, dest_pa);
}

static struct range in_ram(const void *ctx, enum loader_item item)
{
	(void)ctx;
	(void)item;
	return (struct range){ 0 };
}

bool source_loader(const struct tree *tree, struct payload_source *out)
{
	*out = (struct payload_source){ tree_device(tree, DRIVER_LOADER), item_bytes, item_read,
					in_ram };
	return out->ctx != NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "placement.h"

#include "zimage.h"

enum {
	DECOMPRESSOR = 256 << 10, /* its stack, heap and page tables after the unpacked kernel */
	UNPACK_FACTOR = 6,	  /* where the header does not say: LZMA reaches about 5 */
	KERNEL_ALIGN = 1 << 20,
	PAGE = 4096, /* Linux reserves the initrd's pages whole: nothing else may be in them */
	KERNEL_WINDOW = 128 << 20, /* the kernel must lie in it, from the start of its bank */
	LOWMEM = 704 << 20, /* Linux maps at least 760 MiB; tree and initrd must be in there */
};

/* Lowest place @above the kernel's first 128 MiB, else the highest within them. */
static enum om_err take(struct ranges *free, uint64_t bytes, uint64_t base, uint64_t *pa)
{
	enum om_err err;

	bytes = (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	err = ranges_find_low(free, bytes, PAGE, base + KERNEL_WINDOW, base + LOWMEM, pa);
	if (err)
		err = ranges_find_high(free, bytes, PAGE, base, base + KERNEL_WINDOW, pa);
	if (err)
		return err;
	return ranges_remove(free, (struct range){ *pa, bytes });
}

/* Where the kernel is loaded nothing will be in its way: it need not be copied. */
static bool may_stay(const struct placement_input *in, uint64_t after)
{
	return in->loaded.bytes && in->loaded.base_pa % 4 == 0 &&
	       in->loaded.base_pa + after <= in->ram_base_pa + KERNEL_WINDOW &&
	       ranges_contain(&in->ram, (struct range){ in->loaded.base_pa, after });
}

/* The kernel's file; nothing of @in->ram that it does not take is touched. */
static enum om_err place_kernel(struct placement_input *in, uint64_t *pa)
{
	/* The decompressor's own data lies after the file. */
	const uint64_t after = (uint64_t)in->kernel_bytes + DECOMPRESSOR;
	const uint64_t base = in->ram_base_pa;
	struct ranges *free = &in->ram;

	if (may_stay(in, after))
		*pa = in->loaded.base_pa;
	else if (ranges_find_low(free, after, KERNEL_ALIGN, base, base + KERNEL_WINDOW, pa))
		return OM_E_NO_ROOM;
	(void)ranges_remove(free, (struct range){ *pa, after });
	return OM_OK;
}

enum om_err placement_plan(struct placement_input *in, struct placement *out)
{
	uint64_t base = in->ram_base_pa, running = in->running_bytes;
	struct ranges *free = &in->ram;
	struct placement p = { 0 };
	bool initrd_stays;

	if (running == 0)
		running = (uint64_t)in->kernel_bytes * UNPACK_FACTOR;
	running += ZIMAGE_TEXT_OFFSET + DECOMPRESSOR;

	/* Nothing may lie where the kernel unpacks itself. */
	if (!ranges_contain(free, (struct range){ base + ZIMAGE_TEXT_OFFSET,
						  running - ZIMAGE_TEXT_OFFSET }))
		return OM_E_NO_ROOM;
	(void)ranges_remove(free, (struct range){ base, running });
	(void)ranges_remove(free, in->monitor);
	(void)ranges_remove(free, in->initrd);
	for (uint32_t i = 0; i < sizeof(in->also) / sizeof(in->also[0]); i++)
		(void)ranges_remove(free, in->also[i]);
	initrd_stays = in->initrd.bytes &&
		       !range_overlaps(in->initrd, (struct range){ base, running });

	if (place_kernel(in, &p.kernel_pa))
		return OM_E_NO_ROOM;
	/* tree and initrd are written before the kernel is copied */
	(void)ranges_remove(free, in->loaded);
	if (take(free, in->dtb_bytes, base, &p.dtb_pa))
		return OM_E_NO_ROOM;
	if (initrd_stays)
		p.initrd_pa = in->initrd.base_pa;
	else if (in->initrd_bytes && take(free, in->initrd_bytes, base, &p.initrd_pa))
		return OM_E_NO_ROOM;
	*out = p;
	return OM_OK;
}

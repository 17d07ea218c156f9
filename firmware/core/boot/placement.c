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

enum om_err placement_plan(struct placement_input *in, struct placement *out)
{
	uint64_t base = in->ram_base_pa, running = in->running_bytes, after;
	struct ranges *free = &in->ram;
	struct placement p = { 0 };

	if (running == 0)
		running = (uint64_t)in->kernel_bytes * UNPACK_FACTOR;
	running += ZIMAGE_TEXT_OFFSET + DECOMPRESSOR;

	/* Nothing may lie where the kernel unpacks itself. */
	if (!ranges_contain(free, (struct range){ base + ZIMAGE_TEXT_OFFSET,
						  running - ZIMAGE_TEXT_OFFSET }))
		return OM_E_NO_ROOM;
	(void)ranges_remove(free, (struct range){ base, running });
	(void)ranges_remove(free, in->monitor);
	for (uint32_t i = 0; i < sizeof(in->also) / sizeof(in->also[0]); i++)
		(void)ranges_remove(free, in->also[i]);

	if (ranges_find_low(free, in->kernel_bytes, KERNEL_ALIGN, base, base + KERNEL_WINDOW,
			    &p.kernel_pa))
		return OM_E_NO_ROOM;
	/* The decompressor's own data lies after the file. */
	after = (uint64_t)in->kernel_bytes + DECOMPRESSOR;
	(void)ranges_remove(free, (struct range){ p.kernel_pa, after });

	if (take(free, in->dtb_bytes, base, &p.dtb_pa))
		return OM_E_NO_ROOM;
	if (in->initrd_bytes && take(free, in->initrd_bytes, base, &p.initrd_pa))
		return OM_E_NO_ROOM;
	*out = p;
	return OM_OK;
}

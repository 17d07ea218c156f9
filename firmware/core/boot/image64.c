/* SPDX-License-Identifier: BSD-2-Clause */
#include "image64.h"

/* Words of the header. Source: Linux arch/arm64/kernel/head.S, include/asm/image.h (6.1). */
enum {
	I_TEXT_OFFSET = 0x8,
	I_FLAGS = 0x18,
	I_FLAG_BIG_ENDIAN = 1 << 0,
	I_FLAG_ANYWHERE = 1 << 3, /* 4.6 and later */
	I_MAGIC = 0x644d5241,	  /* "ARM\x64" */
	I_MZ = 0x5a4d,		  /* the first two bytes of an EFI program, which add to nothing */

	OLD_TEXT_OFFSET = 0x80000, /* where image_size is 0 (before 3.17) */
	OLD_BSS_BYTES = 32 << 20, /* as much as can be, the document asks for; kernels took 1 MiB */

	PAGE = 4096,
};

/* The initrd and the kernel in one window of this size, from a multiple of 1 GiB on. */
#define WINDOW_BYTES ((uint64_t)32 << 30)
#define WINDOW_ALIGN ((uint64_t)1 << 30)

enum om_err image64_parse(struct span head, uint32_t file_bytes, struct image64 *out)
{
	struct image64 image = { .file_bytes = file_bytes };
	uint64_t text_offset, size, flags;

	if (head.len < IMAGE64_HEAD_BYTES || le32_load(head.p + IMAGE64_MAGIC_OFF) != I_MAGIC)
		return OM_E_BAD_MAGIC;
	text_offset = le64_load(head.p + I_TEXT_OFFSET);
	size = le64_load(head.p + IMAGE64_SIZE_OFF);
	flags = le64_load(head.p + I_FLAGS);
	if (flags & I_FLAG_BIG_ENDIAN)
		return OM_E_VARIANT;
	if (!size) {
		text_offset = OLD_TEXT_OFFSET;
		size = (uint64_t)file_bytes + OLD_BSS_BYTES;
	}
	/* the file may be padded, and its last bytes may not be loaded memory */
	if (size < file_bytes)
		size = file_bytes;
	if (size > INT32_MAX || text_offset >= IMAGE64_ALIGN || text_offset % PAGE)
		return OM_E_CORRUPT;
	image.running_bytes = (uint32_t)size;
	image.text_offset = (uint32_t)text_offset;
	image.anywhere = flags & I_FLAG_ANYWHERE;
	image.is_efi = (head.p[0] | head.p[1] << 8) == I_MZ;
	*out = image;
	return OM_OK;
}

/* ---- where it goes ----------------------------------------------------------------------------
 */

static enum om_err find(struct ranges *free, uint64_t bytes, uint64_t align, uint64_t lo,
			uint64_t hi, uint64_t *pa)
{
	bytes = (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	if (ranges_find_low(free, bytes, align, lo, hi, pa))
		return OM_E_NO_ROOM;
	return ranges_remove(free, (struct range){ *pa, bytes });
}

/* Can it run where it was loaded? */
static bool may_stay(const struct placement_input *in)
{
	const uint64_t pa = in->loaded.base_pa;

	return in->loaded.bytes && pa % IMAGE64_ALIGN == in->text_offset &&
	       ranges_contain(&in->ram, (struct range){ pa, in->running_bytes });
}

/* The kernel, away from where it was loaded if that can be done. */
static enum om_err place_kernel(struct placement_input *in, uint64_t *pa)
{
	const uint64_t bytes = (uint64_t)in->text_offset + in->running_bytes;
	/* kernels of old cannot use what lies below them */
	const uint64_t lowest = in->anywhere ? 0 : in->ram_base_pa;
	const bool stays = may_stay(in);

	(void)ranges_remove(&in->ram, in->loaded);
	if (find(&in->ram, bytes, IMAGE64_ALIGN, lowest, UINT64_MAX, pa) == OM_OK) {
		*pa += in->text_offset;
		return OM_OK;
	}
	if (!stays)
		return OM_E_NO_ROOM;
	*pa = in->loaded.base_pa;
	return ranges_remove(&in->ram, (struct range){ *pa, in->running_bytes });
}

/* The smallest power of two that is not less: nothing of that size and place crosses 2 MiB. */
static uint64_t tree_align(uint32_t bytes)
{
	uint64_t align = PAGE;

	while (align < bytes && align < IMAGE64_ALIGN)
		align *= 2;
	return align;
}

/* After the kernel, as old kernels want it; else anywhere. */
static enum om_err place_tree(struct placement_input *in, uint64_t kernel_pa, uint64_t *pa)
{
	const uint64_t align = tree_align(in->dtb_bytes);

	if (in->dtb_bytes > IMAGE64_ALIGN)
		return OM_E_NO_ROOM;
	if (find(&in->ram, in->dtb_bytes, align, kernel_pa, UINT64_MAX, pa) == OM_OK)
		return OM_OK;
	return find(&in->ram, in->dtb_bytes, align, 0, kernel_pa, pa);
}

static enum om_err place_initrd(struct placement_input *in, uint64_t kernel_pa, uint64_t *pa)
{
	const uint64_t low = kernel_pa & ~(WINDOW_ALIGN - 1);

	if (in->initrd.bytes || !in->initrd_bytes) {
		*pa = in->initrd.base_pa;
		return OM_OK;
	}
	if (find(&in->ram, in->initrd_bytes, PAGE, kernel_pa, low + WINDOW_BYTES, pa) == OM_OK)
		return OM_OK;
	return find(&in->ram, in->initrd_bytes, PAGE, low, kernel_pa, pa);
}

enum om_err image64_place(struct placement_input *in, struct placement *out)
{
	struct placement p;

	(void)ranges_remove(&in->ram, in->monitor);
	(void)ranges_remove(&in->ram, in->initrd);
	for (uint32_t i = 0; i < sizeof(in->also) / sizeof(in->also[0]); i++)
		(void)ranges_remove(&in->ram, in->also[i]);
	if (place_kernel(in, &p.kernel_pa) || place_tree(in, p.kernel_pa, &p.dtb_pa) ||
	    place_initrd(in, p.kernel_pa, &p.initrd_pa))
		return OM_E_NO_ROOM;
	*out = p;
	return OM_OK;
}

static enum om_err parse(struct span head, uint32_t file_bytes, struct kernel *out)
{
	struct image64 image;
	const enum om_err err = image64_parse(head, file_bytes, &image);

	if (err)
		return err;
	*out = (struct kernel){ .file_bytes = image.file_bytes,
				.running_bytes = image.running_bytes,
				.text_offset = image.text_offset,
				.anywhere = image.anywhere };
	return OM_OK;
}

const struct kernel_kind kernel_image64 = {
	.name = "little-endian arm64 Image",
	.remedy = "the file arch/arm64/boot/Image",
	.head_bytes = IMAGE64_HEAD_BYTES,
	.parse = parse,
	.place = image64_place,
};

/* SPDX-License-Identifier: BSD-2-Clause */
#include "placement.h"

/* zImage header words. Source: arch/arm/boot/compressed/head.S, "start:" (6.1). */
enum {
	Z_MAGIC_OFF = 0x24,
	Z_START_OFF = 0x28,
	Z_END_OFF = 0x2c,
	Z_ENDIAN_OFF = 0x30,
	Z_TABLE_MAGIC_OFF = 0x34, /* 4.15 and later */
	Z_TABLE_OFF = 0x38,

	Z_MAGIC = 0x016f2818,
	Z_ENDIAN_SAME = 0x04030201,
	Z_TABLE_MAGIC = 0x45454545,
	Z_TAG_KERNEL_SIZE = 0x5a534c4b, /* ZIMAGE_MAGIC "KLSZ": offset of the size, bss size */
	Z_TAG_WORDS_MAX = 64,
};

enum {
	DECOMPRESSOR = 256 << 10, /* its stack, heap and page tables after the unpacked kernel */
	UNPACK_FACTOR = 6,	  /* where the header does not say: LZMA reaches about 5 */
	KERNEL_ALIGN = 1 << 20,
	PAGE = 4096, /* Linux reserves the initrd's pages whole: nothing else may be in them */
	KERNEL_WINDOW = 128 << 20, /* the kernel must lie in it, from the start of its bank */
	LOWMEM = 704 << 20, /* Linux maps at least 760 MiB; tree and initrd must be in there */
};

enum om_err zimage_parse(struct span head, uint32_t file_bytes, struct zimage *out)
{
	struct zimage z = { 0 };
	uint32_t start, end, table_off;

	if (head.len < ZIMAGE_HEAD_BYTES || le32_load(head.p + Z_MAGIC_OFF) != Z_MAGIC)
		return OM_E_BAD_MAGIC;
	if (le32_load(head.p + Z_ENDIAN_OFF) != Z_ENDIAN_SAME)
		return OM_E_VARIANT;
	start = le32_load(head.p + Z_START_OFF);
	end = le32_load(head.p + Z_END_OFF);
	if (end <= start || end - start > file_bytes)
		return OM_E_TRUNCATED;
	z.file_bytes = end - start;
	table_off = le32_load(head.p + Z_TABLE_OFF);
	if (le32_load(head.p + Z_TABLE_MAGIC_OFF) == Z_TABLE_MAGIC && table_off < z.file_bytes)
		z.table_off = table_off;
	*out = z;
	return OM_OK;
}

void zimage_table(struct span table, struct zimage *z)
{
	uint32_t off = 0;

	/* entries: size in words (tag included), tag, data; a zero size ends them */
	while (span_has(table, off, 8)) {
		uint32_t words = le32_load(table.p + off);
		uint32_t size_off;

		if (words < 2 || words > Z_TAG_WORDS_MAX)
			return;
		if (le32_load(table.p + off + 4) == Z_TAG_KERNEL_SIZE && span_has(table, off, 16)) {
			size_off = le32_load(table.p + off + 8);
			if (size_off > z->file_bytes || z->file_bytes - size_off < 4)
				return;
			z->size_off = size_off;
			z->bss_bytes = le32_load(table.p + off + 12);
			return;
		}
		off += words * 4;
	}
}

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

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel's header and table, 32 and 64 bits, and the places for it, its tree and its initrd.
 * Input: length of the file, start and size of RAM, sizes of tree and initrd, place of the monitor,
 * 32 bits each; the file's first bytes.
 */
#include "core/boot/image64.h"
#include "core/boot/placement.h"
#include "core/boot/zimage.h"
#include "fuzz.h"

enum { MONITOR_BYTES = 1 << 20 };

static void check_place(const struct ranges *ram, struct range r)
{
	require(ranges_contain(ram, r), "in RAM that may be used");
}

static void check_plan(const struct kernel_kind *kind, struct placement_input *in,
		       uint32_t kernel_bytes)
{
	const struct ranges ram = in->ram;
	struct placement at;
	struct range kernel;
	struct range tree;
	struct range initrd;

	if (kind->place(in, &at) != OM_OK)
		return;
	kernel = (struct range){ at.kernel_pa, kernel_bytes };
	tree = (struct range){ at.dtb_pa, in->dtb_bytes };
	initrd = (struct range){ at.initrd_pa, in->initrd_bytes };
	if (kernel_bytes)
		check_place(&ram, kernel);
	if (in->dtb_bytes)
		check_place(&ram, tree);
	if (in->initrd_bytes)
		check_place(&ram, initrd);
	require(!range_overlaps(kernel, tree) && !range_overlaps(kernel, initrd) &&
			!range_overlaps(tree, initrd),
		"apart from each other");
	require(!range_overlaps(in->monitor, kernel), "not over the monitor");
}

/* The same as a kind of kernel: the parts that it asks for are in the file, and are few. */
static void check_kind(struct span file, uint32_t file_bytes, const struct zimage *z)
{
	const struct span head = span_sub(file, 0, kernel_zimage.head_bytes);
	struct kernel k;
	uint32_t n = 0;

	if (kernel_zimage.parse(head, file_bytes, &k) != OM_OK)
		return;
	require(k.file_bytes == z->file_bytes, "the same length");
	for (; k.more.bytes; n++) {
		const struct span part = span_sub(file, k.more.off, k.more.bytes);

		require(n < 2, "two parts at most");
		require(k.more.bytes <= KERNEL_PART_MAX && k.more.off < k.file_bytes &&
				k.more.bytes <= k.file_bytes - k.more.off,
			"a part of the file");
		kernel_zimage.more(part, &k);
	}
	require(k.running_bytes <= INT32_MAX, "a size that RAM may have");
}

/* The same file as a 64-bit kernel's: it takes what it says, at a place that it can run at. */
static void check_image64(struct span file, struct placement_input in)
{
	const struct span head = make_copy(span_sub(file, 0, IMAGE64_HEAD_BYTES));
	struct image64 image;

	if (image64_parse(head, in.kernel_bytes, &image) == OM_OK) {
		require(image.file_bytes == in.kernel_bytes, "all of the file");
		require(image.running_bytes >= in.kernel_bytes, "no less than the file");
		require(image.text_offset < IMAGE64_ALIGN, "near a multiple of 2 MiB");
		in.running_bytes = image.running_bytes;
		in.text_offset = image.text_offset;
		in.anywhere = image.anywhere;
		check_plan(&kernel_image64, &in, image.running_bytes);
	}
	drop_copy(head, span_sub(file, 0, IMAGE64_HEAD_BYTES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t file_bytes = take(&in, 4);
	const uint64_t base = take(&in, 4);
	struct placement_input want = { .ram_base_pa = base, .kernel_bytes = file_bytes };
	struct zimage z = { 0 };

	if (ranges_add(&want.ram, range_make(base, take(&in, 4))) != OM_OK)
		return 0;
	want.dtb_bytes = take(&in, 4);
	want.initrd_bytes = take(&in, 4);
	want.monitor = range_make(take(&in, 4), MONITOR_BYTES);

	const struct span file = make_copy(in);
	const struct span head = make_copy(span_sub(file, 0, ZIMAGE_HEAD_BYTES));

	check_image64(file, want);

	if (zimage_parse(head, file_bytes, &z) == OM_OK) {
		require(z.file_bytes <= file_bytes, "no more than the file");
		require(z.table_off <= z.file_bytes, "the table in the file");

		const struct span table =
			make_copy(span_sub(file, z.table_off, ZIMAGE_TABLE_BYTES));

		zimage_table(table, &z);
		require(z.size_off == 0 ||
				(z.size_off < z.file_bytes && z.file_bytes - z.size_off >= 4),
			"the size's word in the file");
		drop_copy(table, span_sub(file, z.table_off, ZIMAGE_TABLE_BYTES));
		check_kind(file, file_bytes, &z);
		want.kernel_bytes = z.file_bytes;
		want.running_bytes = z.bss_bytes;
	}
	check_plan(&kernel_zimage, &want, want.kernel_bytes);
	drop_copy(head, span_sub(file, 0, ZIMAGE_HEAD_BYTES));
	drop_copy(file, in);
	return 0;
}

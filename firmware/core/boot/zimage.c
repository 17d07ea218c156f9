/* SPDX-License-Identifier: BSD-2-Clause */
#include "zimage.h"

#include <libfdt.h>

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

	TREE_HEAD_BYTES = 8, /* a device tree's magic and size */
};

enum om_err zimage_parse(struct span head, uint32_t file_bytes, struct zimage *out)
{
	struct zimage z = { 0 };
	uint32_t start, end, table_off;
	bool is_big;

	if (head.len < ZIMAGE_HEAD_BYTES)
		return OM_E_BAD_MAGIC;
	/* data of big-endian kernels up to ARMv5 is in that order, too (BE-32) */
	is_big = be32_load(head.p + Z_MAGIC_OFF) == Z_MAGIC;
	if (!is_big && le32_load(head.p + Z_MAGIC_OFF) != Z_MAGIC)
		return OM_E_BAD_MAGIC;
	if (is_big || le32_load(head.p + Z_ENDIAN_OFF) != Z_ENDIAN_SAME)
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

struct span zimage_tree(struct span file)
{
	const struct span none = { 0 };
	struct span rest;
	struct zimage z;

	if (file.len > UINT32_MAX || zimage_parse(file, (uint32_t)file.len, &z))
		return none;
	rest = span_sub(file, z.file_bytes, file.len);
	return rest.len >= TREE_HEAD_BYTES && be32_load(rest.p) == FDT_MAGIC ? rest : none;
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

static enum om_err parse(struct span head, uint32_t file_bytes, struct kernel *out)
{
	struct zimage z;
	enum om_err err = zimage_parse(head, file_bytes, &z);
	uint32_t rest;

	if (err)
		return err;
	rest = z.file_bytes - z.table_off;
	*out = (struct kernel){ .file_bytes = z.file_bytes };
	if (z.table_off)
		out->more = (struct kernel_part){ z.table_off, rest < ZIMAGE_TABLE_BYTES
								       ? rest
								       : ZIMAGE_TABLE_BYTES };
	return OM_OK;
}

/* First the table, then the word that it names. */
static void more(struct span part, struct kernel *k)
{
	struct zimage z = { .file_bytes = k->file_bytes };

	if (k->n_parts++ > 0) {
		const uint64_t all = part.len < sizeof(uint32_t)
					     ? 0
					     : (uint64_t)le32_load(part.p) + k->bss_bytes;

		k->running_bytes = all <= INT32_MAX ? (uint32_t)all : 0; /* more is nonsense */
		k->more.bytes = 0;
		return;
	}
	zimage_table(part, &z);
	k->bss_bytes = z.bss_bytes;
	k->more = (struct kernel_part){ z.size_off, z.size_off ? sizeof(uint32_t) : 0 };
}

const struct kernel_kind kernel_zimage = {
	.name = "little-endian ARM zImage",
	.remedy = "the file arch/arm/boot/zImage",
	.head_bytes = ZIMAGE_HEAD_BYTES,
	.parse = parse,
	.more = more,
	.place = placement_plan,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel's file: its header, its table, and what both say of the kernel that will run. */
#include "core/boot/zimage.h"

#include "support.h"

#include <string.h>

/* A header as arch/arm/boot/compressed/head.S lays it out. */
static void make_head(uint8_t head[64], uint32_t magic, uint32_t start, uint32_t end,
		      uint32_t endian)
{
	memset(head, 0, 64);
	le32_store(head + 0x24, magic);
	le32_store(head + 0x28, start);
	le32_store(head + 0x2c, end);
	le32_store(head + 0x30, endian);
	le32_store(head + 0x34, 0x45454545);
	le32_store(head + 0x38, 0x6314);
}

static void test_zimage(void **state)
{
	static const struct {
		const char *name;
		uint32_t magic, start, end, endian;
		size_t len;
		uint32_t file;
		enum om_err want;
	} heads[] = {
		{ "good", 0x016f2818, 0, 0x231548, 0x04030201, 64, 0x231548, OM_OK },
		{ "padded file", 0x016f2818, 0, 0x231548, 0x04030201, 64, 0x240000, OM_OK },
		{ "cut file", 0x016f2818, 0, 0x231548, 0x04030201, 64, 0x231547, OM_E_TRUNCATED },
		{ "linked elsewhere", 0x016f2818, 0x1000, 0x232548, 0x04030201, 64, 0x231548,
		  OM_OK },
		{ "end before start", 0x016f2818, 9, 8, 0x04030201, 64, 0x231548, OM_E_TRUNCATED },
		{ "big-endian", 0x016f2818, 0, 8, 0x01020304, 64, 0x231548, OM_E_VARIANT },
		{ "big-endian, its header too", 0x18286f01, 0, 0x08000000, 0x01020304, 64, 0x231548,
		  OM_E_VARIANT },
		{ "other file", 0x14000000, 0, 8, 0x04030201, 64, 0x231548, OM_E_BAD_MAGIC },
		{ "head too short", 0x016f2818, 0, 8, 0x04030201, 0x3b, 0x231548, OM_E_BAD_MAGIC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		uint8_t head[64];
		struct zimage z = { 0 };

		CASE(heads[i].name);
		make_head(head, heads[i].magic, heads[i].start, heads[i].end, heads[i].endian);
		assert_int_equal(
			zimage_parse((struct span){ head, heads[i].len }, heads[i].file, &z),
			heads[i].want);
		if (heads[i].want == OM_OK) {
			assert_int_equal(z.file_bytes, heads[i].end - heads[i].start);
			assert_int_equal(z.table_off, 0x6314);
		}
	}
}

/* A device tree after the kernel, where Linux looks for it. */
static void test_tree(void **state)
{
	static const struct {
		const char *name;
		uint32_t magic; /* of the zImage */
		size_t len;	/* of the file; the kernel has 64 bytes */
		uint32_t after; /* what follows begins so, big endian */
		bool found;
	} files[] = {
		{ "tree", 0x016f2818, 104, 0xd00dfeed, true },
		{ "no more than its magic and size", 0x016f2818, 72, 0xd00dfeed, true },
		{ "cut", 0x016f2818, 71, 0xd00dfeed, false },
		{ "nothing follows", 0x016f2818, 64, 0, false },
		{ "padding follows", 0x016f2818, 104, 0, false },
		{ "the magic in the other byte order", 0x016f2818, 104, 0xedfe0dd0, false },
		{ "no kernel", 0x12345678, 104, 0xd00dfeed, false },
		{ "cut kernel", 0x016f2818, 63, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		uint8_t whole[104] = { 0 };
		uint8_t *file = malloc(files[i].len); /* of its size, for a byte too much */
		struct span tree;

		CASE(files[i].name);
		assert_non_null(file);
		make_head(whole, files[i].magic, 0, 64, 0x04030201);
		be32_store(whole + 64, files[i].after);
		memcpy(file, whole, files[i].len);
		tree = zimage_tree((struct span){ file, files[i].len });
		assert_int_equal(tree.len, files[i].found ? files[i].len - 64 : 0);
		if (files[i].found)
			assert_ptr_equal(tree.p, file + 64);
		free(file);
	}
}

static void test_table(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		uint32_t size_off, bss;
	} tables[] = {
		{ "as Linux 6.1 writes it",
		  "060000004b4c535a0b15230070960300008000000000010000000000", 0x23150b, 0x39670 },
		{ "after another tag", "0300000001020304aabbccdd060000004b4c535a0b15230070960300",
		  0x23150b, 0x39670 },
		{ "ended", "00000000060000004b4c535a0b15230070960300", 0, 0 },
		{ "size of one word never ends", "010000004b4c535a0b15230070960300", 0, 0 },
		{ "huge entry", "ffffff7f4b4c535a0b15230070960300", 0, 0 },
		{ "cut inside", "060000004b4c535a0b1523", 0, 0 },
		{ "offset outside the file", "060000004b4c535a4815230070960300", 0, 0 },
		{ "empty", "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		uint8_t bytes[64];
		struct zimage z = { .file_bytes = 0x231548 };
		size_t n = from_hex(tables[i].hex, bytes, sizeof(bytes));

		CASE(tables[i].name);
		zimage_table((struct span){ bytes, n }, &z);
		assert_int_equal(z.size_off, tables[i].size_off);
		assert_int_equal(z.bss_bytes, tables[i].bss);
	}
}

/* A file of 64 bytes of header, a table at 0x40 and a word at 0x60, as a kind of kernel. */
static void test_kind(void **state)
{
	static const struct {
		const char *name;
		uint32_t table_off, size_off, size, bss, parts_there;
		uint32_t n_parts, running;
	} rows[] = {
		{ "all of it", 0x40, 0x60, 5000000, 4096, 2, 2, 5004096 },
		{ "no table", 0x80, 0x60, 5000000, 4096, 2, 0, 0 },
		{ "a table that cannot be read", 0x40, 0x60, 5000000, 4096, 0, 1, 0 },
		{ "a size that cannot be read", 0x40, 0x60, 5000000, 4096, 1, 2, 0 },
		{ "a size outside the file", 0x40, 0x7d, 5000000, 4096, 2, 1, 0 },
		{ "the largest size", 0x40, 0x60, 0x7fffff00, 0xff, 2, 2, INT32_MAX },
		{ "a size that no RAM has", 0x40, 0x60, 0x7fffff00, 0x100, 2, 2, 0 },
		{ "a sum that wraps", 0x40, 0x60, 0xffffff00, 0x200, 2, 2, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t file[0x80] = { 0 };
		struct kernel k;
		uint32_t n = 0;

		CASE(rows[i].name);
		make_head(file, 0x016f2818, 0, sizeof(file), 0x04030201);
		le32_store(file + 0x38, rows[i].table_off);
		le32_store(file + 0x40, 6);
		le32_store(file + 0x44, 0x5a534c4b);
		le32_store(file + 0x48, rows[i].size_off);
		le32_store(file + 0x4c, rows[i].bss);
		le32_store(file + 0x60, rows[i].size);
		assert_int_equal(kernel_zimage.parse((struct span){ file, ZIMAGE_HEAD_BYTES },
						     sizeof(file), &k),
				 OM_OK);
		assert_int_equal(k.file_bytes, sizeof(file));
		for (; k.more.bytes; n++) {
			assert_true(k.more.off + k.more.bytes <= sizeof(file));
			if (n == rows[i].parts_there) {
				n++;
				break;
			}
			kernel_zimage.more((struct span){ file + k.more.off, k.more.bytes }, &k);
		}
		assert_int_equal(n, rows[i].n_parts);
		assert_int_equal(k.running_bytes, rows[i].running);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_zimage),
					    cmocka_unit_test(test_tree),
					    cmocka_unit_test(test_table),
					    cmocka_unit_test(test_kind) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Wrapped files: what the monitor's file says of itself, and the block after it. */
#include "core/boot/wrap.h"

#include "support.h"

#include "core/base/crc32.h"

#include <string.h>

static void test_image(void **state)
{
	static const struct {
		const char *name;
		uint32_t magic, bare;
		size_t len;
		enum om_err want;
		enum wrap_entry entry;
	} rows[] = {
		{ "linux entry", 0x6d6f6f6f, 365568, 76, OM_OK, WRAP_ENTRY_LINUX },
		{ "reset entry", 0x6d6f6f72, 209344, 76, OM_OK, WRAP_ENTRY_RESET },
		{ "head is longer", 0x6d6f6f6f, 4096, 96, OM_OK, WRAP_ENTRY_LINUX },
		{ "head is cut", 0x6d6f6f6f, 4096, 75, OM_E_BAD_MAGIC, 0 },
		{ "another zImage", 0xe28f1000, 4096, 76, OM_E_BAD_MAGIC, 0 },
		{ "magic in the other byte order", 0x6f6f6f6d, 4096, 76, OM_E_BAD_MAGIC, 0 },
		{ "size within the head", 0x6d6f6f6f, 64, 76, OM_E_CORRUPT, 0 },
		{ "size is no multiple of 16", 0x6d6f6f6f, 4100, 76, OM_E_CORRUPT, 0 },
		{ "size of 16 MiB", 0x6d6f6f6f, 16 << 20, 76, OM_OK, WRAP_ENTRY_LINUX },
		{ "size above it", 0x6d6f6f6f, (16 << 20) + 16, 76, OM_E_CORRUPT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t head[96] = { 0 };
		struct wrap_image image = { 0 };

		CASE(rows[i].name);
		le32_store(head + 0x3c, rows[i].magic);
		le32_store(head + 0x40, rows[i].bare);
		le32_store(head + 0x44, 0x000203);
		le32_store(head + 0x48, 0x100000);
		assert_int_equal(wrap_image_read((struct span){ head, rows[i].len }, &image),
				 rows[i].want);
		if (rows[i].want != OM_OK)
			continue;
		assert_int_equal(image.entry, rows[i].entry);
		assert_int_equal(image.bare_bytes, rows[i].bare);
		assert_int_equal(image.version, 0x000203);
		assert_int_equal(image.rom_pa, 0x100000);
	}
}

static void test_block(void **state)
{
	static const struct {
		const char *name;
		struct wrap wrap;
		uint64_t after;
		enum om_err want;
	} rows[] = {
		{ "kernel", { WRAP_KERNEL, true, 5000, 0x12345678, 0 }, 5000, OM_OK },
		{ "not checked", { WRAP_KERNEL, false, 5000, 0, 0 }, 5001, OM_OK },
		{ "next stage", { WRAP_NEXT_STAGE, false, 0, 0, 0x2e8 }, 0, OM_OK },
		{ "cut payload", { WRAP_KERNEL, true, 5000, 1, 0 }, 4999, OM_E_TRUNCATED },
		{ "largest payload", { WRAP_KERNEL, true, 0xffffffff, 1, 0 }, 1ull << 32, OM_OK },
		{ "unknown kind", { (enum wrap_kind)2, true, 0, 1, 0 }, 5000, OM_E_VARIANT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t block[WRAP_BLOCK_BYTES];
		struct wrap got = { 0 };

		CASE(rows[i].name);
		wrap_write(&rows[i].wrap, block);
		assert_int_equal(
			wrap_read((struct span){ block, sizeof(block) }, rows[i].after, &got),
			rows[i].want);
		if (rows[i].want != OM_OK)
			continue;
		assert_int_equal(got.kind, rows[i].wrap.kind);
		assert_int_equal(got.is_checked, rows[i].wrap.is_checked);
		assert_int_equal(got.payload_bytes, rows[i].wrap.payload_bytes);
		assert_int_equal(got.crc32, rows[i].wrap.crc32);
		assert_int_equal(got.target_pa, rows[i].wrap.target_pa);
	}
}

/* Every bit of a block counts, and so does its length. */
static void test_damaged_block(void **state)
{
	const struct wrap wrap = { WRAP_KERNEL, true, 5000, 0x12345678, 0 };
	uint8_t block[WRAP_BLOCK_BYTES];
	struct wrap got;

	(void)state;
	wrap_write(&wrap, block);
	assert_memory_equal(block, "OMWRAP\0\1", 8);
	for (size_t bit = 0; bit < 8 * sizeof(block); bit++) {
		const enum om_err want = bit < 56   ? OM_E_BAD_MAGIC
					 : bit < 64 ? OM_E_VARIANT
						    : OM_E_CORRUPT;

		block[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(wrap_read((struct span){ block, sizeof(block) }, 5000, &got),
				 want);
		block[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(wrap_read((struct span){ block, sizeof(block) - 1 }, 5000, &got),
			 OM_E_BAD_MAGIC);
	assert_int_equal(wrap_read((struct span){ block, sizeof(block) }, 5000, &got), OM_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_damaged_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

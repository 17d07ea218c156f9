/* SPDX-License-Identifier: BSD-2-Clause */
/* A 64-bit kernel's file: its header, and the places for it, its tree and its initrd. */
#include "core/boot/image64.h"

#include "support.h"

#include <string.h>

#define KIB(n)	   ((uint64_t)(n) << 10)
#define MIB(n)	   ((uint64_t)(n) << 20)
#define GIB(n)	   ((uint64_t)(n) << 30)
#define FILE_BYTES 38000000

/* A header as Documentation/arm64/booting.rst has it. */
static void make_head(uint8_t head[64], uint64_t text_offset, uint64_t size, uint64_t flags,
		      uint32_t magic)
{
	memset(head, 0, 64);
	le64_store(head + 0x8, text_offset);
	le64_store(head + 0x10, size);
	le64_store(head + 0x18, flags);
	le32_store(head + 0x38, magic);
}

static void test_head(void **state)
{
	static const struct {
		const char *name;
		uint64_t text_offset, size, flags;
		uint32_t magic;
		size_t len;
		enum om_err want;
		struct image64 image; /* on OM_OK; file_bytes left out */
	} rows[] = {
		{ "Debian's 6.1",
		  0,
		  40501248,
		  0xa,
		  0x644d5241,
		  64,
		  OM_OK,
		  { .running_bytes = 40501248, .anywhere = true } },
		{ "Debian's 6.12-16k",
		  0,
		  41418752,
		  0xc,
		  0x644d5241,
		  64,
		  OM_OK,
		  { .running_bytes = 41418752, .anywhere = true } },
		{ "4.4: near the start of RAM",
		  0x80000,
		  40000000,
		  2,
		  0x644d5241,
		  64,
		  OM_OK,
		  { .running_bytes = 40000000, .text_offset = 0x80000 } },
		{ "3.16: no size",
		  0,
		  0,
		  0,
		  0x644d5241,
		  64,
		  OM_OK,
		  { .running_bytes = FILE_BYTES + MIB(32), .text_offset = 0x80000 } },
		{ "no bss",
		  0,
		  1000,
		  0xa,
		  0x644d5241,
		  64,
		  OM_OK,
		  { .running_bytes = FILE_BYTES, .anywhere = true } },
		{ "big-endian", 0, 40501248, 0xb, 0x644d5241, 64, OM_E_VARIANT, { 0 } },
		{ "no magic", 0, 40501248, 0xa, 0x644d5242, 64, OM_E_BAD_MAGIC, { 0 } },
		{ "cut", 0, 40501248, 0xa, 0x644d5241, 63, OM_E_BAD_MAGIC, { 0 } },
		{ "text beyond 2 MiB",
		  0x200000,
		  40501248,
		  0xa,
		  0x644d5241,
		  64,
		  OM_E_CORRUPT,
		  { 0 } },
		{ "text in a page", 0x801, 40501248, 0xa, 0x644d5241, 64, OM_E_CORRUPT, { 0 } },
		{ "2 GiB", 0, 0x80000000, 0xa, 0x644d5241, 64, OM_E_CORRUPT, { 0 } },
		{ "a size that wraps", 0, UINT64_MAX, 0xa, 0x644d5241, 64, OM_E_CORRUPT, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t head[64];
		struct image64 image = { 0 };

		CASE(rows[i].name);
		make_head(head, rows[i].text_offset, rows[i].size, rows[i].flags, rows[i].magic);
		assert_int_equal(
			image64_parse((struct span){ head, rows[i].len }, FILE_BYTES, &image),
			rows[i].want);
		if (rows[i].want != OM_OK)
			continue;
		assert_int_equal(image.file_bytes, FILE_BYTES);
		assert_int_equal(image.running_bytes, rows[i].image.running_bytes);
		assert_int_equal(image.text_offset, rows[i].image.text_offset);
		assert_int_equal(image.anywhere, rows[i].image.anywhere);
		assert_false(image.is_efi);
		memcpy(head, "MZ", 2);
		assert_int_equal(image64_parse((struct span){ head, 64 }, FILE_BYTES, &image),
				 OM_OK);
		assert_true(image.is_efi);
	}
}

/* What is placed, unless a row says otherwise: as Debian's kernel 6.1. */
static const struct placement_input usual = {
	.kernel_bytes = 38 << 20,
	.running_bytes = 40 << 20,
	.anywhere = true,
	.dtb_bytes = 64 << 10,
	.initrd_bytes = 30 << 20,
};

static const struct {
	const char *name;
	struct range banks[3], busy[3];
	struct range monitor, loaded, initrd;
	uint32_t text_offset, dtb_bytes, running_bytes;
	bool near; /* to the start of RAM */
	enum om_err want;
	struct placement at;
} places[] = {
	{ "from flash: from the start of RAM on", .banks = { { GIB(1), MIB(512) } },
	  .monitor = { GIB(1) + MIB(1), MIB(1) },
	  .at = { GIB(1) + MIB(2), GIB(1) + MIB(42), GIB(1) + MIB(42) + KIB(64) } },
	{ "wrapped: away from where it was loaded, the initrd stays",
	  .banks = { { GIB(1), GIB(1) } }, .monitor = { GIB(1) + MIB(2), MIB(1) },
	  .loaded = { GIB(1) + MIB(4), MIB(38) }, .initrd = { GIB(1) + MIB(48), MIB(30) },
	  .at = { GIB(1) + MIB(78), GIB(1) + MIB(118), GIB(1) + MIB(48) } },
	{ "no room elsewhere: stays", .banks = { { GIB(1), MIB(80) } },
	  .monitor = { GIB(1), MIB(1) }, .loaded = { GIB(1) + MIB(4), MIB(38) },
	  .at = { GIB(1) + MIB(4), GIB(1) + MIB(44), GIB(1) + MIB(44) + KIB(64) } },
	{ "no room elsewhere, and it cannot run there", .banks = { { GIB(1), MIB(80) } },
	  .monitor = { GIB(1), MIB(1) }, .loaded = { GIB(1) + MIB(5), MIB(38) },
	  .want = OM_E_NO_ROOM },
	{ "no room elsewhere, and the monitor is where its cleared data goes",
	  .banks = { { GIB(1), MIB(80) } }, .monitor = { GIB(1) + MIB(43), MIB(1) },
	  .loaded = { GIB(1) + MIB(4), MIB(38) }, .want = OM_E_NO_ROOM },
	{ "an old kernel: its offset, from the start of RAM on",
	  .banks = { { MIB(64), MIB(64) }, { GIB(1), GIB(1) } }, .text_offset = 0x80000,
	  .near = true,
	  .at = { GIB(1) + KIB(512), GIB(1) + MIB(40) + KIB(512), GIB(1) + MIB(40) + KIB(576) } },
	{ "a new one does not mind", .banks = { { MIB(64), MIB(64) }, { GIB(1), GIB(1) } },
	  .at = { MIB(64), MIB(104), GIB(1) } },
	{ "no RAM below 4 GiB", .banks = { { GIB(8), GIB(1) } }, .busy = { { GIB(8), MIB(3) } },
	  .at = { GIB(8) + MIB(4), GIB(8) + MIB(44), GIB(8) + MIB(44) + KIB(64) } },
	{ "the tree crosses no 2 MiB", .banks = { { GIB(1), MIB(512) } }, .dtb_bytes = 3 << 18,
	  .running_bytes = (40 << 20) + (3 << 19),
	  .at = { GIB(1), GIB(1) + MIB(42), GIB(1) + MIB(42) + KIB(768) } },
	{ "a tree that no kernel takes", .banks = { { GIB(1), MIB(512) } },
	  .dtb_bytes = (2 << 20) + 1, .want = OM_E_NO_ROOM },
	{ "the initrd within 32 GiB of the kernel: none further off counts",
	  .banks = { { GIB(1), MIB(41) }, { GIB(64), GIB(1) } }, .want = OM_E_NO_ROOM },
	{ "too little RAM", .banks = { { GIB(1), MIB(32) } }, .want = OM_E_NO_ROOM },
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct placement_input in = usual;
		struct placement at = { 0 };

		CASE(places[i].name);
		for (size_t k = 0; k < ARRAY_LEN(places[i].banks); k++)
			assert_int_equal(ranges_add(&in.ram, places[i].banks[k]), OM_OK);
		for (size_t k = 0; k < ARRAY_LEN(places[i].busy); k++)
			assert_int_equal(ranges_remove(&in.ram, places[i].busy[k]), OM_OK);
		in.ram_base_pa = GIB(1);
		in.monitor = places[i].monitor;
		in.loaded = places[i].loaded;
		in.initrd = places[i].initrd;
		in.text_offset = places[i].text_offset;
		in.anywhere = !places[i].near;
		if (places[i].dtb_bytes)
			in.dtb_bytes = places[i].dtb_bytes;
		if (places[i].running_bytes)
			in.running_bytes = places[i].running_bytes;
		assert_int_equal(kernel_image64.place(&in, &at), places[i].want);
		if (places[i].want != OM_OK)
			continue;
		assert_int_equal(at.kernel_pa, places[i].at.kernel_pa);
		assert_int_equal(at.dtb_pa, places[i].at.dtb_pa);
		assert_int_equal(at.initrd_pa, places[i].at.initrd_pa);
	}
}

static void test_kind(void **state)
{
	uint8_t head[64];
	struct kernel k;

	(void)state;
	make_head(head, 0x80000, 40501248, 2, 0x644d5241);
	assert_int_equal(kernel_image64.parse((struct span){ head, 64 }, FILE_BYTES, &k), OM_OK);
	assert_int_equal(k.file_bytes, FILE_BYTES);
	assert_int_equal(k.running_bytes, 40501248);
	assert_int_equal(k.text_offset, 0x80000);
	assert_false(k.anywhere);
	assert_int_equal(k.more.bytes, 0);
	head[0x38] = 0;
	assert_int_equal(kernel_image64.parse((struct span){ head, 64 }, FILE_BYTES, &k),
			 OM_E_BAD_MAGIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_head),
					    cmocka_unit_test(test_places),
					    cmocka_unit_test(test_kind) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

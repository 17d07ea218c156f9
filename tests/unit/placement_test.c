/* SPDX-License-Identifier: BSD-2-Clause */
/* Where kernel, tree and initrd go: rows of memories, and rules that hold for all of them. */
#include "core/boot/placement.h"

#include "support.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define BASE   MIB(1024)

static const struct {
	const char *name;
	struct range banks[3];
	struct range busy[3]; /* carve-out and other reservations */
	uint32_t kernel, running, initrd;
	enum om_err want;
	struct placement at; /* 0: any */
} rows[] = {
	{ "512 MiB, as on the demo's board",
	  { { BASE, MIB(512) } },
	  { { BASE + MIB(510), MIB(2) } },
	  2299208,
	  5415328,
	  1 << 20,
	  OM_OK,
	  { BASE + MIB(8), BASE + MIB(128), 0 } },
	{ "no initrd",
	  { { BASE, MIB(512) } },
	  { { 0, 0 } },
	  2299208,
	  5415328,
	  0,
	  OM_OK,
	  { BASE + MIB(8), BASE + MIB(128), 0 } },
	{ "32 MiB: tree and initrd high in the bank",
	  { { BASE, MIB(32) } },
	  { { BASE + MIB(30), MIB(2) } },
	  2299208,
	  5415328,
	  1 << 20,
	  OM_OK,
	  { 0, 0, 0 } },
	{ "32 MiB: the initrd's last page is its own",
	  { { BASE, MIB(32) } },
	  { { BASE + MIB(30), MIB(2) } },
	  2299208,
	  5415328,
	  (1 << 20) + 200,
	  OM_OK,
	  { 0, 0, 0 } },
	{ "size unknown: estimated",
	  { { BASE, MIB(512) } },
	  { { 0, 0 } },
	  2299208,
	  0,
	  0,
	  OM_OK,
	  { 0, BASE + MIB(128), 0 } },
	{ "4 GiB of RAM: tree in lowmem",
	  { { BASE, MIB(3072) } },
	  { { 0, 0 } },
	  2299208,
	  5415328,
	  300 << 20,
	  OM_OK,
	  { 0, BASE + MIB(128), 0 } },
	{ "initrd needs a hole around a reservation",
	  { { BASE, MIB(512) } },
	  { { BASE + MIB(200), MIB(10) } },
	  2299208,
	  5415328,
	  200 << 20,
	  OM_OK,
	  { 0, BASE + MIB(128), BASE + MIB(210) } },
	{ "second bank holds the initrd",
	  { { BASE, MIB(64) }, { BASE + MIB(256), MIB(64) } },
	  { { 0, 0 } },
	  2299208,
	  5415328,
	  40 << 20,
	  OM_OK,
	  { 0, 0, BASE + MIB(256) + 0x4000 } },
	{ "kernel's own place is reserved",
	  { { BASE, MIB(512) } },
	  { { BASE + MIB(2), MIB(1) } },
	  2299208,
	  5415328,
	  0,
	  OM_E_NO_ROOM,
	  { 0, 0, 0 } },
	{ "initrd too large",
	  { { BASE, MIB(64) } },
	  { { 0, 0 } },
	  2299208,
	  5415328,
	  80 << 20,
	  OM_E_NO_ROOM,
	  { 0, 0, 0 } },
	{ "kernel too large for its window",
	  { { BASE, MIB(2048) } },
	  { { 0, 0 } },
	  90u << 20,
	  0,
	  0,
	  OM_E_NO_ROOM,
	  { 0, 0, 0 } },
	{ "no RAM there",
	  { { MIB(2048), MIB(512) } },
	  { { 0, 0 } },
	  2299208,
	  5415328,
	  0,
	  OM_E_NO_ROOM,
	  { 0, 0, 0 } },
	{ "sizes at the limit of their type",
	  { { BASE, MIB(3072) } },
	  { { 0, 0 } },
	  0xffffffff,
	  0xffffffff,
	  0xffffffff,
	  OM_E_NO_ROOM,
	  { 0, 0, 0 } },
};

enum { DTB_ROOM = 16000, PAGE = 4096 };

/* The whole pages of a range: Linux reserves the initrd so. */
static struct range pages(uint64_t base, uint64_t bytes)
{
	uint64_t first = base & ~(uint64_t)(PAGE - 1);

	return (struct range){ first, ((base + bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1)) - first };
}

static void check_rules(size_t i, const struct placement *p, struct range monitor)
{
	struct range parts[3] = { { p->kernel_pa, rows[i].kernel },
				  { p->dtb_pa, DTB_ROOM },
				  pages(p->initrd_pa, rows[i].initrd) };
	struct range unpacked = { BASE + 0x8000, rows[i].running };

	for (int a = 0; a < 3; a++) {
		assert_false(range_overlaps(parts[a], unpacked));
		assert_false(range_overlaps(parts[a], monitor));
		for (int b = 0; b < 3; b++) {
			assert_false(a != b && range_overlaps(parts[a], parts[b]));
			assert_false(range_overlaps(parts[a], rows[i].busy[b]));
		}
	}
	assert_true(p->kernel_pa + rows[i].kernel <= BASE + MIB(128));
	assert_true(p->dtb_pa + DTB_ROOM <= BASE + MIB(760));
	assert_true(p->initrd_pa + rows[i].initrd <= BASE + MIB(760));
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct placement_input in;
		struct placement p = { 0 };

		CASE(rows[i].name);
		in = (struct placement_input){
			.monitor = { BASE, MIB(8) },
			.ram_base_pa = BASE,
			.kernel_bytes = rows[i].kernel,
			.running_bytes = rows[i].running,
			.initrd_bytes = rows[i].initrd,
			.dtb_bytes = DTB_ROOM,
		};
		for (int b = 0; b < 3; b++)
			assert_int_equal(ranges_add(&in.ram, rows[i].banks[b]), OM_OK);
		for (int b = 0; b < 3; b++)
			assert_int_equal(ranges_remove(&in.ram, rows[i].busy[b]), OM_OK);
		assert_int_equal(placement_plan(&in, &p), rows[i].want);
		if (rows[i].want)
			continue;
		check_rules(i, &p, in.monitor);
		if (rows[i].at.kernel_pa)
			assert_int_equal(p.kernel_pa, rows[i].at.kernel_pa);
		if (rows[i].at.dtb_pa)
			assert_int_equal(p.dtb_pa, rows[i].at.dtb_pa);
		if (rows[i].at.initrd_pa)
			assert_int_equal(p.initrd_pa, rows[i].at.initrd_pa);
	}
}

/* An image that a loader put somewhere, and the tree beside it: nothing goes over them. */
static void test_image_elsewhere(void **state)
{
	static const struct range places[][2] = {
		{ { BASE + MIB(8), MIB(1) }, { BASE + MIB(130), DTB_ROOM } },
		{ { BASE + MIB(9) + 4, MIB(1) }, { BASE + MIB(128), DTB_ROOM } },
		{ { BASE + MIB(128) + 4, MIB(1) }, { BASE + MIB(16), DTB_ROOM } },
		{ { BASE + MIB(1), MIB(1) }, { BASE, DTB_ROOM } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		static struct placement_input in;
		struct placement p = { 0 };
		struct range parts[3];

		in = (struct placement_input){
			.ram = { .n = 1, .r = { { BASE, MIB(512) } } },
			.monitor = { BASE + MIB(4), MIB(4) },
			.also = { places[i][0], places[i][1] },
			.ram_base_pa = BASE,
			.kernel_bytes = MIB(2),
			.running_bytes = MIB(6),
			.initrd_bytes = MIB(1),
			.dtb_bytes = DTB_ROOM,
		};
		assert_int_equal(placement_plan(&in, &p), OM_OK);
		parts[0] = (struct range){ p.kernel_pa, MIB(2) };
		parts[1] = (struct range){ p.dtb_pa, DTB_ROOM };
		parts[2] = (struct range){ p.initrd_pa, MIB(1) };
		for (size_t k = 0; k < 3; k++)
			for (size_t n = 0; n < 2; n++)
				assert_false(range_overlaps(parts[k], places[i][n]));
	}
}

/* After the records were read, the kernel goes low, where the one before may have had its log. */
static void test_after_reading(void **state)
{
	static struct placement_input in;
	struct placement p = { 0 };

	(void)state;
	in = (struct placement_input){
		.ram = { .n = 1, .r = { { BASE, MIB(512) } } },
		.monitor = { BASE + MIB(1), 0x57000 },
		.also = { { BASE, DTB_ROOM }, { BASE + MIB(506), MIB(4) } },
		.ram_base_pa = BASE,
		.kernel_bytes = 2299208,
		.running_bytes = 5415328,
		.initrd_bytes = MIB(1),
		.dtb_bytes = DTB_ROOM,
	};
	assert_int_equal(placement_plan(&in, &p), OM_OK);
	assert_int_equal(p.kernel_pa, BASE + MIB(6));
	assert_int_equal(p.dtb_pa, BASE + MIB(128));
}

/* What a loader has already put into RAM stays there unless something is in the way. */
static void test_loaded(void **state)
{
	enum { KERNEL = 2400000, RUNNING = 5415328, INITRD = 1 << 20 };
	static const struct {
		const char *name;
		uint64_t bank_bytes;
		uint64_t loaded_pa, initrd_pa; /* 0: none */
		struct range busy;
		bool kernel_stays, initrd_stays;
	} loads[] = {
		{ "U-Boot's usual places",
		  MIB(512),
		  BASE + MIB(34) + 32,
		  BASE + MIB(68),
		  { 0 },
		  true,
		  true },
		{ "QEMU: where it unpacks",
		  MIB(512),
		  BASE + 0x10000 + 0x5d420,
		  BASE + MIB(128),
		  { 0 },
		  false,
		  true },
		{ "no multiple of four",
		  MIB(512),
		  BASE + MIB(34) + 2,
		  BASE + MIB(68),
		  { 0 },
		  false,
		  true },
		{ "over the carve-out",
		  MIB(512),
		  BASE + MIB(34),
		  BASE + MIB(68),
		  { BASE + MIB(35), MIB(2) },
		  false,
		  true },
		{ "its memory would be the carve-out's",
		  MIB(512),
		  BASE + MIB(34),
		  BASE + MIB(68),
		  { BASE + MIB(34) + KERNEL, MIB(2) },
		  false,
		  true },
		{ "after the first 128 MiB",
		  MIB(512),
		  BASE + MIB(130),
		  BASE + MIB(260),
		  { 0 },
		  false,
		  true },
		{ "initrd where the kernel unpacks",
		  MIB(512),
		  BASE + MIB(34),
		  BASE + MIB(2),
		  { 0 },
		  true,
		  false },
		{ "both in the way", MIB(512), BASE + MIB(1), BASE + MIB(4), { 0 }, false, false },
		{ "reserved by the loader itself",
		  MIB(512),
		  BASE + MIB(34),
		  BASE + MIB(68),
		  { BASE + MIB(68), INITRD },
		  true,
		  true },
		{ "no initrd", MIB(512), BASE + MIB(34), 0, { 0 }, true, false },
		{ "little RAM", MIB(32), BASE + MIB(1), BASE + MIB(20), { 0 }, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
		const uint32_t initrd = loads[i].initrd_pa ? INITRD : 0;
		const struct range old[] = { { loads[i].loaded_pa, KERNEL },
					     { loads[i].initrd_pa, initrd } };
		static struct placement_input in;
		struct placement p = { 0 };
		struct range at[3];

		CASE(loads[i].name);
		in = (struct placement_input){
			.ram = { .n = 1, .r = { { BASE, loads[i].bank_bytes } } },
			.monitor = { BASE + MIB(12), MIB(1) },
			.ram_base_pa = BASE,
			.kernel_bytes = KERNEL,
			.running_bytes = RUNNING,
			.dtb_bytes = DTB_ROOM,
			.initrd_bytes = initrd,
			.loaded = old[0],
			.initrd = old[1],
		};
		assert_int_equal(ranges_remove(&in.ram, loads[i].busy), OM_OK);
		assert_int_equal(placement_plan(&in, &p), OM_OK);
		assert_int_equal(p.kernel_pa == old[0].base_pa, loads[i].kernel_stays);
		if (initrd)
			assert_int_equal(p.initrd_pa == old[1].base_pa, loads[i].initrd_stays);

		at[0] = (struct range){ p.kernel_pa, KERNEL };
		at[1] = (struct range){ p.dtb_pa, DTB_ROOM };
		at[2] = (struct range){ p.initrd_pa, initrd };
		for (size_t a = 0; a < 3; a++) {
			const struct range unpacked = { BASE + 0x8000, RUNNING };

			assert_false(range_overlaps(at[a], unpacked));
			assert_false(range_overlaps(at[a], in.monitor));
			if (a < 2 || !loads[i].initrd_stays)
				assert_false(range_overlaps(at[a], loads[i].busy));
			for (size_t b = 0; b < a; b++)
				assert_false(range_overlaps(at[a], at[b]));
			/* tree and initrd are written first, the kernel last */
			assert_false(a > 0 && range_overlaps(at[a], old[0]));
			assert_false(a == 1 && range_overlaps(at[a], old[1]));
			assert_false(a == 0 && !loads[i].kernel_stays && loads[i].initrd_stays &&
				     range_overlaps(at[a], old[1]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_loaded),
					    cmocka_unit_test(test_image_elsewhere),
					    cmocka_unit_test(test_after_reading) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

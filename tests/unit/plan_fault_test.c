/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thousands of damaged trees through everything that reads or edits one. The sanitizers look
 * for reads and writes outside; this file looks at what comes out: whatever was accepted gives
 * a plan, and a tree with the plan in it is a whole tree.
 */
#include "core/place/plan.h"
#include "core/tree/dt.h"
#include "tree.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROUNDS = 20000, CAP = 8192 };

static const char *const texts[] = {
	"/memreserve/ 0x40000000 0x1000; #address-cells = <1>; #size-cells = <1>; model = \"a\";"
	"memory@40000000 { device_type = \"memory\"; reg = <0x40000000 0x20000000>; };"
	"chosen { bootargs = \"quiet\"; linux,initrd-start = <0x48000000>; linux,initrd-end = <0 "
	"0x49000000>; };"
	"cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = \"cpu\"; reg = <0>; "
	"}; };"
	"soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x10000000 0x1000>;"
	" uart@100 { compatible = \"arm,pl011\"; reg = <0x100 0x10>; status = \"okay\"; }; };",

	"#address-cells = <2>; #size-cells = <2>;"
	"memory@0 { device_type = \"memory\"; reg = <0 0x80000000 0 0x40000000 8 0 1 0>; };"
	"aliases { r = \"/reserved-memory/ramoops@90000000\"; };"
	"reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
	" ramoops@90000000 { compatible = \"ramoops\"; reg = <0 0x90000000 0 0x200000>;"
	"  record-size = <0x10000>; console-size = <0 0x20000>; ftrace-size = <0x1000>; reusable; "
	"};"
	" cma { size = <0 0x4000000>; alignment = <0 0x400000>; reusable;"
	"  alloc-ranges = <0 0x80000000 0 0x40000000>; };"
	" fw@bff00000 { reg = <0 0xbff00000 0 0x100000>; no-map; phandle = <3>; }; };"
	"ramoops { compatible = \"ramoops\"; memory-region = <3>; record-size = <0x1000>; };",

	"#address-cells = <1>; #size-cells = <1>;"
	"memory@0 { device_type = \"memory\"; linux,usable-memory = <0x60000000 0x4000000>; };"
	"reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;"
	" log { size = <0x100000>; phandle = <7>; };"
	" oopsmon@63dff000 { compatible = \"oopsmon,retained\"; reg = <0x63dff000 0x1000>; }; };"
	"ramoops@0 { compatible = \"ramoops\"; memory-region = <7>; pmsg-size = <0x4000>; };",
};

static const char *const bootargs[] = {
	"",
	"mem=64M crashkernel=8M cma=16M@0x80000000-0xa0000000",
	"oopsmon.region=1M@0x81000000 oopsmon.ecc_size=200 "
	"crashkernel=0-1G:64M,1G-:128M@0x90000000",
	"oopsmon.region=64K oopsmon.record_size=3000 mem=4G@0",
};

static uint32_t seed;

static uint32_t dice(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}

/* Words that are likely to hurt. */
static uint32_t bad_word(size_t total)
{
	static const uint32_t words[] = { 0,	      1,	  2,	      3,
					  4,	      9,	  0xffffffff, 0x7fffffff,
					  0x80000000, 0xfffffffc, 0xfffffff0, 0x40000000,
					  0xd00dfeed, 16,	  17,	      64,
					  0x200000 };
	uint32_t i = dice(sizeof(words) / sizeof(words[0]) + 2);

	if (i < sizeof(words) / sizeof(words[0]))
		return words[i];
	return i % 2 ? (uint32_t)total - dice(9) : dice((uint32_t)total);
}

static void damage(uint8_t *blob, size_t total)
{
	for (uint32_t n = 1 + dice(3); n > 0; n--) {
		/* the header is small, but much hangs on it */
		size_t off = dice(8) ? dice((uint32_t)total) : dice(40);
		uint32_t v = bad_word(total);

		switch (dice(3)) {
		case 0:
			blob[off] ^= (uint8_t)(1 << dice(8));
			break;
		case 1:
			blob[off] = (uint8_t)v;
			break;
		default:
			off &= ~(size_t)3;
			for (int i = 0; i < 4 && off + (size_t)i < total; i++)
				blob[off + (size_t)i] = (uint8_t)(v >> (24 - 8 * i));
		}
	}
}

/* All readers on all nodes; the numbers do not matter. */
static void read_all(const void *fdt)
{
	static struct ranges banks;
	struct range r;
	uint32_t a, s;
	int node, n = 0;

	(void)!dt_banks(fdt, &banks, &a);
	for (node = 0; node >= 0 && n++ < 200; node = fdt_next_node(fdt, node, NULL)) {
		for (uint32_t i = 0; i < 3; i++)
			(void)!dt_reg(fdt, node, i, &r);
		(void)!dt_cells(fdt, node, &a, &s);
		(void)dt_enabled(fdt, node);
		(void)dt_is_compatible(fdt, node, "ramoops");
	}
}

struct tally {
	int accepted, planned, edited;
};

static void plan_and_apply(const void *fdt, struct tally *tally)
{
	static struct plan_input in;
	static struct plan plan;
	const int room = CAP + EDITS_GROWTH_BYTES;
	void *copy;
	size_t used;

	in = (struct plan_input){
		.fdt = fdt,
		.bootargs = bootargs[dice(4)],
		.board = { .region_bytes = 2 << 20,
			   .record_bytes = 64 << 10,
			   .console_bytes = 256 << 10,
			   .ftrace_bytes = 128 << 10,
			   .ecc_bytes = 16,
			   .flags = 1,
			   .max_reason = 2 },
		.n_claims = 2,
		.claims = { { CLAIM_PAYLOAD, { 0x80000000, 128 << 20 } },
			    { CLAIM_INITRD, { 0x90010000, 0x100000 } } },
	};
	if (carveout_plan(&in, &plan) != OM_OK) {
		assert_int_equal(plan.source, PLAN_NONE);
		assert_int_equal(plan.edits.n, 0);
		return;
	}
	tally->planned++;
	if (plan.source != PLAN_NONE)
		assert_int_equal(geometry_check(&plan.geom), OM_OK);
	copy = malloc((size_t)room);
	if (fdt_open_into(fdt, copy, room) == 0 && edits_apply(copy, &plan.edits) == OM_OK) {
		assert_int_equal(dt_check(copy, (size_t)room, &used), OM_OK);
		/* libfdt minds a root with a name, we do not */
		if (fdt_check_full(fdt, fdt_totalsize(fdt)) == 0)
			assert_int_equal(fdt_check_full(copy, (size_t)room), 0);
		tally->edited++;
	}
	free(copy);
}

static void test_damaged_trees(void **state)
{
	static uint64_t whole[CAP / 8];
	struct tally tally = { 0, 0, 0 };

	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		size_t total = tree_make(texts[round % 3], whole, sizeof(whole), 0);
		uint8_t *blob = malloc(total); /* exact: any read after it is seen */
		size_t used;

		memcpy(blob, whole, total);
		seed = round;
		damage(blob, total);
		if (dt_check(blob, total, &used) == OM_OK) {
			assert_in_range(used, 40, total);
			tally.accepted++;
			read_all(blob);
			/* fdt_open_into() copies all a tree claims to have */
			if (fdt_totalsize(blob) <= total)
				plan_and_apply(blob, &tally);
		}
		free(blob);
	}
	print_message("%d of %d accepted, %d planned, %d edited\n", tally.accepted, ROUNDS,
		      tally.planned, tally.edited);
	assert_true(tally.accepted > ROUNDS / 5 && tally.accepted < ROUNDS);
	assert_true(tally.edited > ROUNDS / 5);
}

/* Every kind of edit on damaged trees that dt_check() lets pass: nothing outside is touched. */
static void test_damaged_under_edits(void **state)
{
	static uint64_t whole[CAP / 8];
	static struct edits list;
	int good = 0;
	size_t used;

	(void)state;
	list.n = list.pool_used = 0;
	assert_int_equal(edits_u32(&list, "/chosen", "linux,initrd-start", 1), OM_OK);
	assert_int_equal(edits_node(&list, "/reserved-memory"), OM_OK);
	assert_int_equal(edits_node(&list, "/reserved-memory/x@1"), OM_OK);
	assert_int_equal(edits_prop(&list, "/reserved-memory/x@1", "reg", "12345678", 8), OM_OK);
	assert_int_equal(edits_delete(&list, "/chosen", "bootargs"), OM_OK);
	assert_int_equal(edits_rename(&list, "/chosen", "longer-name"), OM_OK);
	assert_int_equal(edits_reserve(&list, 1, 2), OM_OK);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		size_t total = tree_make(texts[round % 3], whole, sizeof(whole), 1200);
		uint8_t *blob = malloc(total);

		memcpy(blob, whole, total);
		seed = round;
		damage(blob, total);
		if (dt_check(blob, total, &used) == OM_OK) {
			uint8_t *open = malloc(total + 400);

			fdt_set_totalsize(blob, (uint32_t)used); /* what it claims may be more */
			if (fdt_open_into(blob, open, (int)total + 400) == 0)
				good += edits_apply(open, &list) == OM_OK;
			free(open);
		}
		free(blob);
	}
	assert_true(good > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged_trees),
		cmocka_unit_test(test_damaged_under_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

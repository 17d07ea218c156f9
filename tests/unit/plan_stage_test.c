/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The carve-out plan where a boot loader starts before us or after us: rows as in plan_test.c. In
 * every row a computed place keeps off the end of its bank.
 */
#include "plan_row.h"

#define UBOOT .stage = true
#define AT(at, below)                                                                              \
	.source = PLAN_COMPUTED, .base = at, .bytes = 2 * MIB, .page = below, .stage = true
#define OPTEE "optee@5e000000 { no-map; reg = <0x5e000000 0x2000000>; }; "
#define RETAINED(at)                                                                               \
	"oopsmon@" at " { compatible = \"oopsmon,retained\"; reg = <0x" at " 0x1000>; no-map; }; "

static const struct row rows[] = {
	/* ---- how much is left alone ---- */
	{ "512 MiB: 64 MiB", C11 M512, "", AT(0x5be00000, 0x5bdff000) },
	{ "the same without a boot loader", C11 M512, "", TOP_512 },
	{ "32 MiB: a quarter", C11 MEM("0x80000000 0x2000000"), "", AT(0x81600000, 0x815ff000) },
	{ "128 MiB: a quarter", C11 MEM("0x80000000 0x8000000"), "", AT(0x85e00000, 0x85dff000) },
	{ "256 MiB: a quarter, which is 64 MiB", C11 MEM("0x80000000 0x10000000"), "",
	  AT(0x8be00000, 0x8bdff000) },
	{ "less than 1 GiB, as the graphics memory is cut off: 64 MiB", C11 MEM("0 0x3b400000"), "",
	  AT(0x37200000, 0x371ff000) },
	{ "1 GiB: 128 MiB", C11 MEM("0x40000000 0x40000000"), "", AT(0x77e00000, 0x77dff000) },
	{ "1 GiB from 0: its first page does not make it smaller", C11 MEM("0 0x40000000"), "",
	  AT(0x37e00000, 0x37dff000) },
	{ "1 GiB up to 4 GiB: nor does the last one", C11 MEM("0xc0000000 0x40000000"), "",
	  AT(0xf7e00000, 0xf7dff000) },
	{ "2 GiB: 128 MiB", C11 MEM("0x80000000 0x80000000"), "", AT(0xf7e00000, 0xf7dff000) },
	{ "across 4 GiB: 128 MiB below that", C22 MEM("0 0x80000000 1 0"), "",
	  AT(0xf7e00000, 0xf7dff000) },
	{ "a part below 4 GiB that is small", C22 MEM("0 0xf8000000 1 0"), "",
	  AT(0xfde00000, 0xfddff000) },
	{ "two banks: the end of each", C11 MEM("0x20000000 0x10000000 0x80000000 0x8000000"), "",
	  AT(0x2be00000, 0x2bdff000) },
	{ "the larger bank is full up to its end",
	  C11 MEM("0x20000000 0x10000000 0x80000000 0x8000000")
		  RSV("a@20000000 { reg = <0x20000000 0xc000000>; };"),
	  "", AT(0x85e00000, 0x85dff000) },
	{ "secure memory at the end is passed over", C11 M512 RSV(OPTEE), "",
	  AT(0x59e00000, 0x59dff000) },
	{ "1 GiB with secure memory at the end: 128 MiB below that",
	  C11 MEM("0x40000000 0x40000000")
		  RSV("optee@7e000000 { no-map; reg = <0x7e000000 0x2000000>; };"),
	  "", AT(0x75e00000, 0x75dff000) },
	{ "so are two pieces of it, and a /memreserve/",
	  "/memreserve/ 0x5d000000 0x800000; " C11 M512 RSV(
		  OPTEE "tee@5d800000 { no-map; reg = <0x5d800000 0x800000>; };"),
	  "", AT(0x58e00000, 0x58dff000) },
	{ "a reservation within the end is not",
	  C11 M512 RSV("a@5e000000 { no-map; reg = <0x5e000000 0x1000000>; };"), "",
	  AT(0x5be00000, 0x5bdff000) },
	{ "all of the bank is reserved",
	  C11 M512 RSV("a@40000000 { reg = <0x40000000 0x20000000>; };"), "",
	  .notices = PLAN_N_NO_ROOM, UBOOT },
	{ "a claim of somebody else's as well",
	  C11 M512,
	  "",
	  { { CLAIM_LATER_STAGE, { 0x5a000000, 0x2000000 } } },
	  AT(0x59e00000, 0x59dff000) },
	{ "mem= does not move the boot loader", C11 M512, "mem=256M", AT(0x4fc00000, 0x4fbff000) },
	{ "mem= up to within the end", C11 M512, "mem=480M", AT(0x5be00000, 0x5bdff000) },
	{ "mem= where the tree declares no RAM", C11 CHOSEN(""), "mem=512M@0x40000000",
	  AT(0x5be00000, 0x5bdff000) },
	{ "a size that the user asks for", C11 M512, "oopsmon.region=4M", .source = PLAN_USER,
	  .base = 0x5bc00000, .bytes = 4 * MIB, .page = 0x5bbff000, UBOOT },
	{ "what Linux looks for itself",
	  C11 M512 RSV("v { size = <0x8000000>; alloc-ranges = <0x54000000 0x8000000>; };"), "",
	  AT(0x53e00000, 0x53dff000) },
	{ "a node that Linux would place, with room for it outside",
	  C11 M512 RSV(
		  "ramoops { compatible = \"ramoops\"; size = <0x100000>; alignment = <0x100000>; "
		  "alloc-ranges = <0x5b000000 0x5000000>; " SIZES "};"),
	  "", .source = PLAN_COMPUTED, .base = 0x5be00000, .bytes = MIB, .page = 0x5bdff000,
	  .notices = PLAN_N_NODE_COMPLETED, UBOOT },

	/* ---- what is there all the same ---- */
	{ "a node is kept", C11 M512 RSV(RAMOOPS("5fc00000", FULL)), "", .source = PLAN_EXISTING,
	  .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5bfff000, .notices = PLAN_N_IN_STAGE,
	  .says = { "the ramoops region 0x5fc00000-0x5fdfffff (2 MiB) is where a boot loader such "
		    "as "
		    "U-Boot lives, 0x5c000000-0x5fffffff (64 MiB), and overwrites" },
	  UBOOT },
	{ "a node outside", C11 M512 RSV(RAMOOPS("50000000", FULL)), "", .source = PLAN_EXISTING,
	  .base = 0x50000000, .bytes = 2 * MIB, .page = 0x4ffff000, UBOOT },
	{ "a node just below", C11 M512 RSV(RAMOOPS("5be00000", FULL)), "", .source = PLAN_EXISTING,
	  .base = 0x5be00000, .bytes = 2 * MIB, .page = 0x5bdff000, UBOOT },
	{ "a node that reaches into it", C11 M512 RSV(RAMOOPS("5be01000", FULL)), "",
	  .source = PLAN_EXISTING, .base = 0x5be01000, .bytes = 2 * MIB, .page = 0x5be00000,
	  .notices = PLAN_N_IN_STAGE, UBOOT },
	{ "a node that collides is moved out of it",
	  C11 M512 RSV(RAMOOPS("5fc00000", FULL)),
	  "",
	  { { CLAIM_INITRD, { 0x5fc00000, 0x1000 } } },
	  AT(0x5be00000, 0x5bdff000),
	  .notices = PLAN_N_NODE_MOVED,
	  .conflict = { 0x5fc00000, 0x1000 } },
	{ "a place that was asked for", C11 M512, "oopsmon.region=1M@0x5f000000",
	  .source = PLAN_USER, .base = 0x5f000000, .bytes = MIB, .page = 0x5bfff000,
	  .notices = PLAN_N_IN_STAGE, UBOOT },
	{ "ramoops.* parameters", C11 M512,
	  "ramoops.mem_address=0x5f000000 ramoops.mem_size=0x100000", .source = PLAN_PARAMETERS,
	  .base = 0x5f000000, .bytes = MIB, .page = 0x5bfff000, .notices = PLAN_N_IN_STAGE, UBOOT },
	{ "no other room", C11 M512 RSV("a@40000000 { reg = <0x40000000 0x1c000000>; };"), "",
	  .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000,
	  .notices = PLAN_N_IN_STAGE, UBOOT },
	{ "room off alignment goes before the end of the bank",
	  C11 M512 RSV("a@40000000 { reg = <0x40000000 0x1bd00000>; };"), "",
	  .source = PLAN_COMPUTED, .base = 0x5be00000, .bytes = 2 * MIB, .page = 0x5bdff000,
	  UBOOT },
	{ "the retained page of an earlier pass is moved out",
	  C11 M512 RSV(RAMOOPS("50000000", FULL) RETAINED("5fbff000")), "", .source = PLAN_EXISTING,
	  .base = 0x50000000, .bytes = 2 * MIB, .page = 0x4ffff000, UBOOT },
	{ "unless the region is there as well",
	  C11 M512 RSV(RAMOOPS("5fc00000", FULL) RETAINED("5fbff000")), "", .source = PLAN_EXISTING,
	  .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000, .notices = PLAN_N_IN_STAGE,
	  UBOOT },
};

static void test_row(void **state)
{
	const struct row *row = *state;

	run_row(row, (size_t)(row - rows));
}

int main(void)
{
	enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };
	static struct CMUnitTest tests[N_ROWS];

	for (size_t i = 0; i < N_ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].what,
						.test_func = test_row,
						.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

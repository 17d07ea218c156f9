/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The carve-out plan: a row is a tree, a command line and claims, and where the carve-out
 * must go. Every row's plan is also applied, and the tree then looked at with Linux's eyes.
 */
#include "plan_row.h"

static const struct row rows[] = {
	/* ---- banks ---- */
	{ "512 MiB", C11 M512, "", TOP_512,
	  .expect = { HAS("/reserved-memory", "#address-cells", "\0\0\0\1"),
		      HAS("/reserved-memory", "#size-cells", "\0\0\0\1"),
		      HAS("/reserved-memory", "ranges", ""),
		      HAS("/reserved-memory/ramoops@5fc00000", "compatible", "ramoops\0"),
		      HAS("/reserved-memory/ramoops@5fc00000", "no-map", ""),
		      LACKS("/reserved-memory/ramoops@5fc00000", "mem-type"),
		      HAS("/reserved-memory/oopsmon@5fbff000", "reg", "\x5f\xbf\xf0\0\0\0\x10\0"),
		      HAS("/reserved-memory/oopsmon@5fbff000", "no-map", "") } },
	{ "512 MiB, cells 2/2", C22 MEM("0 0x40000000 0 0x20000000"), "", TOP_512,
	  .expect = { HAS("/reserved-memory", "#address-cells", "\0\0\0\2"),
		      HAS("/reserved-memory/ramoops@5fc00000", "reg",
			  "\0\0\0\0\x5f\xc0\0\0\0\0\0\0\0\x20\0\0") } },
	{ "512 MiB, cells 2/1", C21 MEM("0 0x40000000 0x20000000"), "", TOP_512,
	  .expect = { HAS("/reserved-memory/ramoops@5fc00000", "reg",
			  "\0\0\0\0\x5f\xc0\0\0\0\x20\0\0") } },
	{ "32 MiB", C11 MEM("0x80000000 0x2000000"), "", .source = PLAN_COMPUTED,
	  .base = 0x81c00000, .bytes = 2 * MIB, .page = 0x81bff000 },
	{ "32 MiB, the payload claims more than there is",
	  C11 MEM("0x80000000 0x2000000"),
	  "",
	  { { CLAIM_PAYLOAD, { 0x80000000, 128 * MIB } } },
	  PLAN_COMPUTED,
	  0x81c00000,
	  2 * MIB,
	  0x81bff000 },
	{ "the payload's claim counts while there is room",
	  C11 MEM("0x80000000 0x8800000"),
	  "",
	  { { CLAIM_PAYLOAD, { 0x80000000, 134 * MIB } } },
	  PLAN_COMPUTED,
	  0x88600000,
	  2 * MIB,
	  0x885ff000 },
	{ "3 MiB", C11 MEM("0x80000000 0x300000"), "", .source = PLAN_COMPUTED, .base = 0x80000000,
	  .bytes = 2 * MIB, .page = 0x80200000 },
	{ "1 MiB is no room", C11 MEM("0x80000000 0x100000"), "", .notices = PLAN_N_NO_ROOM },
	{ "no memory node", C11 CHOSEN(""), "", .notices = PLAN_N_NO_MEMORY_NODE },
	{ "two banks, the larger counts", C11 MEM("0x20000000 0x10000000 0x80000000 0x8000000"), "",
	  .source = PLAN_COMPUTED, .base = 0x2fe00000, .bytes = 2 * MIB, .page = 0x2fdff000 },
	{ "two banks of one size, the higher counts",
	  C11 MEM("0x20000000 0x8000000 0x80000000 0x8000000"), "", .source = PLAN_COMPUTED,
	  .base = 0x87c00000, .bytes = 2 * MIB, .page = 0x87bff000 },
	{ "the larger bank is full",
	  C11 MEM("0x20000000 0x10000000 0x80000000 0x8000000"),
	  "",
	  { { CLAIM_LATER_STAGE, { 0x20000000, 0x10000000 } } },
	  PLAN_COMPUTED,
	  0x87c00000,
	  2 * MIB,
	  0x87bff000 },
	{ "4 GiB from 0: the last page stays free", C22 MEM("0 0 1 0"), "", .source = PLAN_COMPUTED,
	  .base = 0xffc00000, .bytes = 2 * MIB, .page = 0xffbff000 },
	{ "a bank across 4 GiB is cut", C22 MEM("0 0xc0000000 2 0"), "", .source = PLAN_COMPUTED,
	  .base = 0xffc00000, .bytes = 2 * MIB, .page = 0xffbff000 },
	{ "most RAM above 4 GiB", C22 MEM("0 0x80000000 0 0x10000000 8 0x80000000 3 0"), "",
	  .source = PLAN_COMPUTED, .base = 0x8fe00000, .bytes = 2 * MIB, .page = 0x8fdff000 },
	{ "all RAM above 4 GiB", C22 MEM("8 0 1 0"), "", .notices = PLAN_N_NO_ROOM },
	{ "RAM at 0 of just one region", C11 MEM("0 0x200000"), "", .notices = PLAN_N_NO_ROOM },
	{ "an end off alignment", C11 MEM("0x40000000 0x1fff0000"), "", .source = PLAN_COMPUTED,
	  .base = 0x5fa00000, .bytes = 2 * MIB, .page = 0x5f9ff000 },
	{ "root cells nobody knows", "#address-cells = <3>; #size-cells = <1>; ", "",
	  .notices = PLAN_N_NO_MEMORY_NODE },

	{ "the end of RAM when there is no other place: then the page is not no-map",
	  C11 MEM("0x80000000 0x400000"),
	  "",
	  { { CLAIM_MONITOR, { 0x80000000, 0x1ff000 } } },
	  PLAN_COMPUTED,
	  0x80200000,
	  2 * MIB,
	  0x801ff000,
	  0,
	  { 0, 0 },
	  { HAS("/reserved-memory/ramoops@80200000", "no-map", ""),
	    LACKS("/reserved-memory/oopsmon@801ff000", "no-map") } },
	{ "RAM ends with somebody else's child: the page is not no-map",
	  C11 M512 RSV("fw@5ff00000 { no-map; reg = <0x5ff00000 0x100000>; };"), "",
	  .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000,
	  .expect = { HAS("/reserved-memory/ramoops@5fc00000", "no-map", ""),
		      LACKS("/reserved-memory/oopsmon@5fbff000", "no-map") } },

	{ "RAM ends with a region Linux places: the page is not no-map",
	  C11 M512 RSV(
		  "pool { no-map; size = <0x2000000>; alloc-ranges = <0x5e000000 0x2000000>; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5de00000, .bytes = 2 * MIB, .page = 0x5ddff000,
	  .expect = { LACKS("/reserved-memory/oopsmon@5ddff000", "no-map") } },

	/* ---- claims ---- */
	{ "initrd at the top",
	  C11 M512,
	  "",
	  { { CLAIM_INITRD, { 0x5ff00000, 0x100000 } } },
	  PLAN_COMPUTED,
	  0x5fc00000,
	  2 * MIB,
	  0x5fbff000 },
	{ "initrd in the middle changes nothing",
	  C11 M512,
	  "",
	  { { CLAIM_INITRD, { 0x50000000, 0x1000000 } }, { CLAIM_DTB, { 0x4f000000, 0x10000 } } },
	  PLAN_COMPUTED,
	  0x5fc00000,
	  2 * MIB,
	  0x5fbff000 },
	{ "initrd where the page would be",
	  C11 M512,
	  "",
	  { { CLAIM_INITRD, { 0x5fb00000, 0x100000 } }, { CLAIM_DTB, { 0x5fe00000, 0x1000 } } },
	  PLAN_COMPUTED,
	  0x5fc00000,
	  2 * MIB,
	  0x5ffff000 },
	{ "page above when there is room",
	  C11 M512,
	  "",
	  { { CLAIM_INITRD, { 0x5fb00000, 0x100000 } }, { CLAIM_DTB, { 0x5ff00000, 0x10000 } } },
	  PLAN_COMPUTED,
	  0x5fc00000,
	  2 * MIB,
	  0x5fe00000 },
	{ "initrd in /chosen, 64-bit cells",
	  C11 M512 CHOSEN(
		  "linux,initrd-start = <0 0x5fe00000>; linux,initrd-end = <0 0x5fe00800>;"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000 },
	{ "initrd in /chosen, 32-bit cells",
	  C11 M512 CHOSEN("linux,initrd-start = <0x5fe00000>; linux,initrd-end = <0x5fe00800>;"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000 },
	{ "initrd in /chosen that ends before it starts",
	  C11 M512 CHOSEN("linux,initrd-start = <0x5fe00000>; linux,initrd-end = <1>;"), "",
	  TOP_512 },
	{ "U-Boot after us owns the top 34 MiB",
	  C11 M512,
	  "",
	  { { CLAIM_LATER_STAGE, { 0x5ddb2000, 0x224e000 } },
	    { CLAIM_MONITOR, { 0x40000000, 0x100000 } } },
	  PLAN_COMPUTED,
	  0x5da00000,
	  2 * MIB,
	  0x5d9ff000 },
	{ "/memreserve/", "/memreserve/ 0x5ff00000 0x1000; " C11 M512, "", .source = PLAN_COMPUTED,
	  .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000 },
	{ "holes: static children of /reserved-memory",
	  C11 M512 RSV("a@5f800000 { reg = <0x5f800000 0x100000 0x5fb00000 0x500000>; };"
		       "b@5f700000 { reg = <0x5f700000 0x1000>; status = \"okay\"; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5f400000, .bytes = 2 * MIB, .page = 0x5f3ff000 },
	{ "a disabled child only keeps its unit address",
	  C11 M512 RSV("ramoops@5fe00000 { compatible = \"ramoops\"; reg = <0x5fe00000 0x1000>;"
		       " status = \"disabled\"; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000 },

	/* ---- what Linux looks for itself ---- */
	{ "a dynamic region with room elsewhere changes nothing",
	  C11 M512 RSV("cma { compatible = \"shared-dma-pool\"; reusable; size = <0x4000000>; };"),
	  "", TOP_512 },
	{ "a dynamic region that must be at the top",
	  C11 M512 RSV("cma { compatible = \"shared-dma-pool\"; reusable; size = <0x10000000>;"
		       " alloc-ranges = <0x50000000 0x10000000>; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x4fe00000, .bytes = 2 * MIB, .page = 0x4fdff000 },
	{ "as before with alignment, and room below it in its window",
	  C11 M512 RSV("v { size = <0x8000000>; alignment = <0x8000000>;"
		       " alloc-ranges = <0x50000000 0xc000000 0x58000000 0x8000000>; };"),
	  "", TOP_512 },
	{ "alignment leaves one place: it stays free",
	  C11 M512 RSV("v { size = <0x8000000>; alignment = <0x8000000>;"
		       " alloc-ranges = <0x57000000 0x9000000>; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x57e00000, .bytes = 2 * MIB, .page = 0x57dff000 },
	{ "a dynamic region that fits nowhere does not stand in the way",
	  C11 M512 RSV("v { size = <0x40000000>; };"), "", TOP_512 },
	{ "two dynamic regions fill all but a hole",
	  C11 MEM("0x40000000 0x2800000")
		  RSV("a { size = <0x1000000>; alignment = <0x1000000>; };"
		      "b { size = <0x1000000>; alignment = <0x1000000>; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x42400000, .bytes = 2 * MIB, .page = 0x423ff000 },
	{ "CMA needs 4 MiB alignment, said or not",
	  C11 M512 RSV(
		  "cma { reusable; size = <0x100000>; alloc-ranges = <0x5fa00000 0x600000>; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fa00000, .bytes = 2 * MIB, .page = 0x5f9ff000 },
	{ "a dynamic region may lie where a disabled child would",
	  C11 M512 RSV("v { size = <0x300000>; alloc-ranges = <0x5f800000 0x800000>; };"
		       "off@5f800000 { reg = <0x5f800000 0x400000>; status = \"disabled\"; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fe00000 },
	{ "a disabled dynamic region counts nothing",
	  C11 M512 RSV("v { size = <0x8000000>; alloc-ranges = <0x58000000 0x8000000>;"
		       " status = \"disabled\"; };"),
	  "", TOP_512 },
	{ "crashkernel=SIZE finds its place below", C11 M512, "crashkernel=64M", TOP_512 },
	{ "crashkernel=SIZE needs 128 MiB alignment", C11 MEM("0x48000000 0x8000000"),
	  "crashkernel=125M", .source = PLAN_COMPUTED, .base = 0x4fe00000, .bytes = 2 * MIB,
	  .page = 0x4fdff000 },
	{ "crashkernel=SIZE leaves no room", C11 MEM("0x48000000 0x8000000"), "crashkernel=127M",
	  .notices = PLAN_N_NO_ROOM },
	{ "crashkernel=SIZE keeps the place it likes best", C11 MEM("0x47000000 0x9000000"),
	  "crashkernel=125M", .source = PLAN_COMPUTED, .base = 0x47e00000, .bytes = 2 * MIB,
	  .page = 0x47dff000 },
	{ "crashkernel=SIZE@OFFSET", C11 M512, "crashkernel=64M@0x5c000000",
	  .source = PLAN_COMPUTED, .base = 0x5be00000, .bytes = 2 * MIB, .page = 0x5bdff000 },
	{ "crashkernel=RANGE:SIZE@OFFSET", C11 M512, "crashkernel=0-64M:1M,64M-:32M@0x5e000000",
	  .source = PLAN_COMPUTED, .base = 0x5de00000, .bytes = 2 * MIB, .page = 0x5ddff000 },
	{ "crashkernel=RANGE:SIZE of more RAM than there is", C11 M512,
	  "crashkernel=4G-:512M@0x50000000", TOP_512 },
	{ "crashkernel= nobody understands", C11 M512, "crashkernel=x crashkernel=1-2,3", TOP_512 },
	{ "cma=SIZE", C11 M512, "cma=256M", TOP_512 },
	{ "cma=SIZE@PLACE", C11 M512, "cma=16M@0x5f000000", .source = PLAN_COMPUTED,
	  .base = 0x5ee00000, .bytes = 2 * MIB, .page = 0x5edff000 },
	{ "cma=SIZE@START-END", C11 M512, "cma=32M@0x5c000000-0x60000000", TOP_512 },
	{ "cma=SIZE@START-END, all of it", C11 M512, "cma=64M@0x5c000000-0x60000000",
	  .source = PLAN_COMPUTED, .base = 0x5be00000, .bytes = 2 * MIB, .page = 0x5bdff000 },
	{ "mem= cuts the bank", C11 M512, "mem=256M", .source = PLAN_COMPUTED, .base = 0x4fc00000,
	  .bytes = 2 * MIB, .page = 0x4fbff000 },
	{ "mem= twice adds", C11 M512, "mem=64M mem=32M@0x50000000", .source = PLAN_COMPUTED,
	  .base = 0x43e00000, .bytes = 2 * MIB, .page = 0x43dff000 },
	{ "mem= beyond what is there", C11 M512, "mem=4G", TOP_512 },
	{ "mem= without a memory node", C11 CHOSEN(""), "mem=64M@0x80000000",
	  .source = PLAN_COMPUTED, .base = 0x83c00000, .bytes = 2 * MIB, .page = 0x83bff000 },
	{ "mem= that is no number", C11 M512, "mem=nopentium mem=", TOP_512 },

	/* ---- /reserved-memory as found ---- */
	{ "without ranges",
	  C11 M512 "reserved-memory { #address-cells = <1>; #size-cells = <1>; a@1 { reg = "
		   "<0x5ff00000 1>; }; };",
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000,
	  .expect = { HAS("/reserved-memory", "ranges", "") } },
	{ "empty node", C11 M512 "reserved-memory { };", "", TOP_512,
	  .expect = { HAS("/reserved-memory", "ranges", ""),
		      HAS("/reserved-memory", "#size-cells", "\0\0\0\1") } },
	{ "other cell counts: Linux ignores it, its owners may not",
	  C11 M512 "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
		   " a@1 { reg = <0 0x5ff00000 0 0x1000>; }; };",
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000,
	  .notices = PLAN_N_RSVMEM_UNUSABLE,
	  .expect = { HAS("/ramoops@5fc00000", "compatible", "ramoops\0"),
		      LACKS("/ramoops@5fc00000", "no-map"),
		      HAS("/oopsmon@5fbff000", "reg", "\x5f\xbf\xf0\0\0\0\x10\0") } },
	{ "no cell counts but children",
	  C22 MEM("0 0x40000000 0 0x20000000") "reserved-memory { ranges; a { reg = <1 1 1>; }; };",
	  "", TOP_512, .notices = PLAN_N_RSVMEM_UNUSABLE },
	{ "ranges that translate",
	  C11 M512
	  "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges = <0 1 2>; };",
	  "", TOP_512, .notices = PLAN_N_RSVMEM_UNUSABLE },

	/* ---- what the user asks for ---- */
	{ "a size", C11 M512, "oopsmon.region=4M", .source = PLAN_USER, .base = 0x5fa00000,
	  .bytes = 4 * MIB, .page = 0x5f9ff000,
	  .expect = { HAS("/reserved-memory/ramoops@5fa00000", "record-size", "\0\1\0\0") } },
	{ "a small size: zones are scaled", C11 M512, "oopsmon.region=256K", .source = PLAN_USER,
	  .base = 0x5fc00000, .bytes = 256 * KIB, .page = 0x5fbff000,
	  .expect = { HAS("/reserved-memory/ramoops@5fc00000", "record-size", "\0\0\x20\0") } },
	{ "a small size where only an odd hole is left",
	  C11 MEM("0x80000000 0x300000"),
	  "oopsmon.region=256K",
	  { { CLAIM_MONITOR, { 0x80000000, 0x280000 } } },
	  PLAN_USER,
	  0x802c0000,
	  256 * KIB,
	  0x802bf000,
	  0,
	  { 0, 0 },
	  { LACKS("/reserved-memory/oopsmon@802bf000", "no-map") } },
	{ "a size and a place", C11 M512, "oopsmon.region=1M@0x50010000", .source = PLAN_USER,
	  .base = 0x50010000, .bytes = MIB, .page = 0x5000f000 },
	{ "a place that collides",
	  C11 M512,
	  "oopsmon.region=2M@0x50000000",
	  { { CLAIM_INITRD, { 0x50100000, 0x1000 } } },
	  PLAN_COMPUTED,
	  0x5fc00000,
	  2 * MIB,
	  0x5fbff000,
	  PLAN_N_OPTION_REFUSED,
	  { 0x50100000, 0x1000 } },
	{ "a place that is no RAM", C11 M512, "oopsmon.region=2M@0x30000000", TOP_512,
	  .notices = PLAN_N_OPTION_REFUSED, .conflict = { 0x30000000, 2 * MIB } },
	{ "a place above 4 GiB", C22 MEM("0 0x40000000 0 0x20000000 1 0 1 0"),
	  "oopsmon.region=2M@0x100000000", .source = PLAN_COMPUTED, .base = 0x5fe00000,
	  .bytes = 2 * MIB, .page = 0x5fdff000, .notices = PLAN_N_OPTION_REFUSED,
	  .conflict = { 0x100000000, 2 * MIB } },
	{ "a place off the page", C11 M512, "oopsmon.region=2M@0x50000800", TOP_512,
	  .notices = PLAN_N_OPTION_REFUSED, .conflict = { 0x50000800, 2 * MIB } },
	{ "a place that a dynamic region needs",
	  C11 M512 RSV("v { size = <0x8000000>;"
		       " alloc-ranges = <0x58000000 0x8000000>; };"),
	  "oopsmon.region=2M@0x5a000000", .source = PLAN_COMPUTED, .base = 0x57e00000,
	  .bytes = 2 * MIB, .page = 0x57dff000, .notices = PLAN_N_OPTION_REFUSED,
	  .conflict = { 0x5a000000, 2 * MIB } },
	{ "more than there is", C11 M512, "oopsmon.region=1G", TOP_512,
	  .notices = PLAN_N_OPTION_REFUSED,
	  .says = { "because of lack of room: 0x5fc00000-0x5fdfffff (2 MiB) taken instead; make "
		    "room, or" } },
	{ "more than there is, and no room for less",
	  C11 M512 RSV("a@40000000 { reg = <0x40000000 0x20000000>; };"), "oopsmon.region=1G",
	  .notices = PLAN_N_OPTION_REFUSED | PLAN_N_NO_ROOM,
	  .says = { "because of lack of room: no carve-out taken instead; make room, or" } },
	{ "nothing", C11 M512, "oopsmon.region=none", .notices = PLAN_N_TURNED_OFF },
	{ "nothing, though the tree has one", C11 M512 RSV(RAMOOPS("50000000", FULL)),
	  "oopsmon.region=none", .notices = PLAN_N_TURNED_OFF },
	{ "something else than the tree has", C11 M512 RSV(RAMOOPS("50000000", FULL)),
	  "oopsmon.region=4M@0x51000000", .source = PLAN_EXISTING, .base = 0x50000000,
	  .bytes = 2 * MIB, .page = 0x4ffff000, .notices = PLAN_N_OPTION_REFUSED,
	  .conflict = { 0x50000000, 2 * MIB } },
	{ "another size than the tree has", C11 M512 RSV(RAMOOPS("50000000", FULL)),
	  "oopsmon.region=4M", .source = PLAN_EXISTING, .base = 0x50000000, .bytes = 2 * MIB,
	  .page = 0x4ffff000, .notices = PLAN_N_OPTION_REFUSED,
	  .conflict = { 0x50000000, 2 * MIB } },
	{ "just what the tree has", C11 M512 RSV(RAMOOPS("50000000", FULL)),
	  "oopsmon.region=2M@0x50000000", .source = PLAN_EXISTING, .base = 0x50000000,
	  .bytes = 2 * MIB, .page = 0x4ffff000 },
	{ "something nobody understands", C11 M512, "oopsmon.region=big", TOP_512,
	  .notices = PLAN_N_OPTION_UNREADABLE },
	{ "sizes to be rounded", C11 M512, "oopsmon.console_size=300K", TOP_512,
	  .notices = PLAN_N_SIZES_ROUNDED,
	  .expect = { HAS("/reserved-memory/ramoops@5fc00000", "console-size", "\0\4\0\0") } },
	{ "sizes beyond the region", C11 M512, "oopsmon.console_size=2M", TOP_512,
	  .notices = PLAN_N_SIZES_REPLACED,
	  .expect = { HAS("/reserved-memory/ramoops@5fc00000", "console-size", "\0\4\0\0") } },
	{ "no ftrace: no flags", C11 M512, "oopsmon.ftrace_size=0", TOP_512,
	  .expect = { LACKS("/reserved-memory/ramoops@5fc00000", "ftrace-size") } },
	{ "flags as the user wants them", C11 M512, "oopsmon.flags=0 oopsmon.mem_type=1", TOP_512,
	  .expect = { LACKS("/reserved-memory/ramoops@5fe00000", "flags"),
		      HAS("/reserved-memory/ramoops@5fc00000", "mem-type", "\0\0\0\1") } },
};

static void test_row(void **state)
{
	const struct row *row = *state;

	run_row(row, (size_t)(row - rows));
}

/* As many nodes, properties and reservations as lists hold, and more. */
static void test_crowded(void **state)
{
	static char text[8000];
	size_t used;

	(void)state;
	strcpy(text,
	       C11 M512 "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; ");
	for (int i = 0; i < 75; i++)
		sprintf(text + strlen(text), "a@%x { reg = <0x%x 0x1000>; }; ",
			0x44000000 + i * 0x200000, 0x44000000 + i * 0x200000);
	for (int i = 0; i < 15; i++)
		sprintf(text + strlen(text), "d%d { size = <0x100000>; }; ", i);
	strcat(text, "}; ");
	tree_make(text, source, sizeof(source), 0);
	assert_int_equal(dt_check(source, sizeof(source), &used), OM_OK);
	in = (struct plan_input){ .fdt = source,
				  .bootargs = "",
				  .board = board,
				  .n_claims = 2,
				  .claims = { { CLAIM_PAYLOAD, { 0x40000000, 128 * MIB } },
					      { CLAIM_INITRD, { 0x5f000000, 16 * MIB } } } };
	assert_int_equal(carveout_plan(&in, &plan), OM_OK);
	assert_int_equal(plan.source, PLAN_COMPUTED);
	for (int i = 0; i < 75; i++)
		assert_true(ranges_overlap(
			&plan.reserved,
			(struct range){ 0x44000000 + (uint64_t)i * 0x200000, 0x1000 }));
	for (int i = 0; i < 75; i++)
		assert_false(range_overlaps(
			(struct range){ 0x44000000 + (uint64_t)i * 0x200000, 0x1000 },
			(struct range){ plan.geom.base_pa, 2 * MIB }));
}

/* A path too long for the list: no plan rather than half of one. */
static void test_long_path(void **state)
{
	char text[1000] = C11 M512;
	size_t used;

	(void)state;
	for (int i = 0; i < 6; i++)
		strcat(text, "a-rather-long-name-of-a-node-on-a-bus { #address-cells = <1>; "
			     "#size-cells = <1>; ranges; ");
	strcat(text, "r { compatible = \"ramoops\"; reg = <0x50000000 0x200000>; ftrace-size = "
		     "<4096>; };");
	for (int i = 0; i < 6; i++)
		strcat(text, "}; ");
	tree_make(text, source, sizeof(source), 0);
	assert_int_equal(dt_check(source, sizeof(source), &used), OM_OK);
	in = (struct plan_input){ .fdt = source, .bootargs = "", .board = board };
	assert_int_equal(carveout_plan(&in, &plan), OM_E_NO_SPACE);
	assert_int_equal(plan.source, PLAN_NONE);
	assert_int_equal(plan.edits.n, 0);
	assert_int_equal(plan.geom.region_bytes, 0);
}

static void test_board_place(void **state)
{
	struct row row = { "fixed by the board", C11 M512,	     "",
			   .source = PLAN_USER,	 .base = 0x50000000, .bytes = 2 * MIB,
			   .page = 0x4ffff000 };
	size_t total = tree_make(row.tree, source, sizeof(source), 0);

	(void)state;
	(void)total;
	in = (struct plan_input){ .fdt = source, .bootargs = "", .board = board };
	in.board.base_pa = 0x50000000;
	assert_int_equal(carveout_plan(&in, &plan), OM_OK);
	assert_int_equal(plan.source, PLAN_USER);
	assert_int_equal(plan.geom.base_pa, 0x50000000);
	in.bootargs = "oopsmon.region=1M@0x51000000";
	assert_int_equal(carveout_plan(&in, &plan), OM_OK);
	assert_int_equal(plan.geom.base_pa, 0x51000000);
	in.bootargs = "mem=128M";
	assert_int_equal(carveout_plan(&in, &plan), OM_OK);
	assert_int_equal(plan.source, PLAN_COMPUTED);
	assert_int_equal(plan.notices, PLAN_N_OPTION_REFUSED);
}

int main(void)
{
	enum { N_ROWS = sizeof(rows) / sizeof(rows[0]), N_MORE = 3 };
	static struct CMUnitTest tests[N_ROWS + N_MORE] = {
		[N_ROWS] = cmocka_unit_test(test_crowded),
		[N_ROWS + 1] = cmocka_unit_test(test_long_path),
		[N_ROWS + 2] = cmocka_unit_test(test_board_place),
	};

	for (size_t i = 0; i < N_ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].what,
						.test_func = test_row,
						.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

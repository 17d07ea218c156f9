/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carve-outs that are asked for twice, or in a form of their own: ramoops.* parameters beside
 * the tree's node, nodes without an address, with a wrong length, with a boot log. What each
 * plan says is compared as well.
 */
#include "plan_row.h"

#define AT(base, bytes)	     "ramoops.mem_address=" base " ramoops.mem_size=" bytes " "
#define BASE5		     .base = 0x50000000, .page = 0x4ffff000
#define HOLD(at, size, rest) "hold@" at " { reg = <0x" at " " size ">; no-map; " rest " }; "

static const struct row rows[] = {
	/* ---- ramoops.* and no node ---- */
	{ "parameters alone: that place, and a node there for the module", C11 M512,
	  "quiet " AT("0x50000000", "0x100000") "ramoops.console_size=0x20000 ramoops.ecc=1",
	  .source = PLAN_PARAMETERS, BASE5, .bytes = MIB,
	  .expect = { HAS("/reserved-memory/ramoops@50000000", "record-size", "\0\0\x10\0"),
		      HAS("/reserved-memory/ramoops@50000000", "console-size", "\0\2\0\0"),
		      HAS("/reserved-memory/ramoops@50000000", "ftrace-size", "\0\0\x10\0"),
		      HAS("/reserved-memory/ramoops@50000000", "pmsg-size", "\0\0\x10\0"),
		      HAS("/reserved-memory/ramoops@50000000", "ecc-size", "\0\0\0\x10"),
		      HAS("/reserved-memory/ramoops@50000000", "flags", "\0\0\0\1"),
		      HAS("/reserved-memory/ramoops@50000000", "no-map", "") } },
	{ "dashes, quotes, decimal and octal numbers, the last one counts", C11 M512,
	  "ramoops.mem-address=1 \"ramoops.mem_address=1342177280\" ramoops.mem_size=04000000 "
	  "ramoops.record-size=\"65536\"",
	  .source = PLAN_PARAMETERS, BASE5, .bytes = MIB,
	  .expect = { HAS("/reserved-memory/ramoops@50000000", "record-size", "\0\1\0\0") } },
	{ "sizes that Linux rounds", C11 M512,
	  AT("0x50000000", "0x100000") "ramoops.record_size=50000", .source = PLAN_PARAMETERS,
	  BASE5, .bytes = MIB, .notices = PLAN_N_SIZES_ROUNDED,
	  .expect = { HAS("/reserved-memory/ramoops@50000000", "record-size", "\0\0\x80\0") } },
	{ "oopsmon.* sizes do not reach a kernel that has parameters", C11 M512,
	  AT("0x50000000", "0x100000") "oopsmon.console_size=256K", .source = PLAN_PARAMETERS,
	  BASE5, .bytes = MIB,
	  .expect = { HAS("/reserved-memory/ramoops@50000000", "console-size", "\0\0\x10\0") } },
	{ "oopsmon.region=none: the tree stays", C11 M512,
	  AT("0x50000000", "0x100000") "oopsmon.region=none", .notices = PLAN_N_TURNED_OFF },
	{ "a place after mem=, which is how old boards keep it", C11 M512,
	  "mem=448M " AT("0x5c000000", "0x200000"), .source = PLAN_PARAMETERS, .base = 0x5c000000,
	  .bytes = 2 * MIB, .page = 0x5bfff000 },
	{ "a place outside of RAM", C11 M512, AT("0x80000000", "0x100000"),
	  .source = PLAN_PARAMETERS, .base = 0x80000000, .bytes = MIB, .page = 0x5fdff000,
	  .notices = PLAN_N_OUTSIDE_RAM },
	{ "/memreserve/ of the place", "/memreserve/ 0x50000000 0x200000; " C11 M512,
	  AT("0x50000000", "0x100000"), .source = PLAN_PARAMETERS, BASE5, .bytes = MIB,
	  .expect = { HAS("/ramoops@50000000", "compatible", "ramoops\0"),
		      LACKS("/ramoops@50000000", "no-map") } },
	{ "a child of /reserved-memory made for it", C11 M512 RSV(HOLD("50000000", "0x100000", "")),
	  AT("0x50000000", "0x100000"), .source = PLAN_PARAMETERS, BASE5, .bytes = MIB,
	  .expect = { HAS("/ramoops@50000000", "reg", "\x50\0\0\0\0\x10\0\0") } },
	{ "a larger child that nothing uses", C11 M512 RSV(HOLD("50000000", "0x1000000", "")),
	  AT("0x50800000", "0x100000"), .source = PLAN_PARAMETERS, .base = 0x50800000, .bytes = MIB,
	  .page = 0x5ffff000,
	  .expect = { HAS("/ramoops@50800000", "reg", "\x50\x80\0\0\0\x10\0\0") } },

	/* ---- ramoops.* against a node ---- */
	{ "the same twice is no news",
	  C11 M512 RSV("ramoops@50000000 { compatible = \"ramoops\"; reg = <0x50000000 0x100000>; "
		       "record-size = <0x1000>; console-size = <0x1000>; ftrace-size = <0x1000>; "
		       "pmsg-size = <0x1000>; flags = <1>; no-map; };"),
	  AT("0x50000000", "0x100000"), .source = PLAN_EXISTING, BASE5, .bytes = MIB },
	{ "other sizes: the node is rewritten", C11 M512 RSV(RAMOOPS("50000000", FULL)),
	  AT("0x50000000", "0x200000") "ramoops.record_size=0x8000 ramoops.console_size=0",
	  .source = PLAN_EXISTING, BASE5, .bytes = 2 * MIB, .notices = PLAN_N_PARAMS_WIN,
	  .expect = { HAS("/reserved-memory/ramoops@50000000", "record-size", "\0\0\x80\0"),
		      HAS("/reserved-memory/ramoops@50000000", "console-size", "\0\0\0\0") },
	  .says = { "record 0x8000 console 0x0" } },
	{ "another place: the node goes there, and its old place is known",
	  C11 M512 RSV(RAMOOPS("50000000", FULL)), AT("0x58000000", "0x100000"),
	  .source = PLAN_PARAMETERS, .base = 0x58000000, .bytes = MIB, .page = 0x57fff000,
	  .notices = PLAN_N_PARAMS_WIN,
	  .expect = { HAS("/reserved-memory/ramoops@58000000", "reg", "\x58\0\0\0\0\x10\0\0"),
		      LACKS("/reserved-memory/ramoops@50000000", "reg") },
	  .says = { "rewritten to 0x58000000-0x580fffff (1 MiB)" },
	  .earlier = { 0x50000000, 2 * MIB }, .earlier_is_readable = true },
	{ "a node with memory-region follows as well",
	  C11 M512 RSV("log@50000000 { reg = <0x50000000 0x200000>; no-map; phandle = <7>; "
		       "};") "ramoops { compatible = \"ramoops\"; memory-region = "
			     "<7>; " SIZES " };",
	  AT("0x58000000", "0x100000"), .source = PLAN_PARAMETERS, .base = 0x58000000, .bytes = MIB,
	  .page = 0x57fff000, .notices = PLAN_N_PARAMS_WIN | PLAN_N_NODE_COMPLETED,
	  .expect = { HAS("/reserved-memory/log@58000000", "reg", "\x58\0\0\0\0\x10\0\0") } },
	{ "oopsmon.region= cannot be had then", C11 M512,
	  AT("0x50000000", "0x100000") "oopsmon.region=1M@0x51000000", .source = PLAN_PARAMETERS,
	  BASE5, .bytes = MIB, .notices = PLAN_N_OPTION_REFUSED, .conflict = { 0x50000000, MIB },
	  .says = { "because of ramoops.mem_address=" } },

	/* ---- places that cannot be had ---- */
	{ "the firmware's memory",
	  C11 M512 RSV("fw@50000000 { reg = <0x50000000 0x800000>; no-map; phandle = <9>; };"),
	  AT("0x50400000", "0x100000"), TOP_512, .notices = PLAN_N_PARAMS_REFUSED,
	  .says = { "0x50400000-0x504fffff (1 MiB), which collides with "
		    "/reserved-memory/fw@50000000,"
		    " 0x50000000-0x507fffff (8 MiB)" } },
	{ "a pool that Linux uses meanwhile",
	  C11 M512 RSV("pool@50000000 { reg = <0x50000000 0x100000>; compatible = "
		       "\"shared-dma-pool\"; reusable; };"),
	  AT("0x50000000", "0x100000"), TOP_512, .notices = PLAN_N_PARAMS_REFUSED },
	{ "half of it /memreserve/", "/memreserve/ 0x50000000 0x80000; " C11 M512,
	  AT("0x50000000", "0x100000"), TOP_512, .notices = PLAN_N_PARAMS_REFUSED,
	  .says = { "a /memreserve/ entry, 0x50000000-0x5007ffff (512 KiB)" } },
	{ "the monitor", C11 M512, AT("0x40400000", "0x100000"),
	  .claims = { { CLAIM_MONITOR, { 0x40400000, 0x400000 } } }, TOP_512,
	  .notices = PLAN_N_PARAMS_REFUSED, .says = { "collides with the monitor itself" } },
	{ "the initrd", C11 M512, AT("0x48000000", "0x100000"),
	  .claims = { { CLAIM_INITRD, { 0x48080000, 0x400000 } } }, TOP_512,
	  .notices = PLAN_N_PARAMS_REFUSED, .says = { "load the initrd elsewhere" } },
	{ "across the end of RAM", C11 M512, AT("0x5ff80000", "0x100000"), TOP_512,
	  .notices = PLAN_N_PARAMS_REFUSED, .says = { "the end of RAM" } },
	{ "no mem_address", C11 M512, "ramoops.mem_size=0x100000", TOP_512,
	  .notices = PLAN_N_PARAMS_REFUSED },
	{ "refused beside a node: the node counts", C11 M512 RSV(RAMOOPS("50000000", FULL)),
	  AT("0x5ff80000", "0x100000"), .source = PLAN_EXISTING, BASE5, .bytes = 2 * MIB,
	  .notices = PLAN_N_PARAMS_REFUSED,
	  .says = { "one with ramoops as a module uses 0x50000000-0x501fffff (2 MiB)" } },

	/* ---- places with a doubt ---- */
	{ "within crashkernel=, which was how to keep Linux away", C11 M512,
	  "crashkernel=2M@0x50000000 " AT("0x50000000", "0x100000"), .source = PLAN_PARAMETERS,
	  BASE5, .bytes = MIB, .notices = PLAN_N_PARAMS_SHARED,
	  .says = { "crashkernel= on the command line, 0x50000000-0x501fffff (2 MiB)" } },
	{ "half of it crashkernel=", C11 M512,
	  "crashkernel=1M@0x50080000 " AT("0x50000000", "0x100000"), TOP_512,
	  .notices = PLAN_N_PARAMS_REFUSED, .says = { "remove crashkernel= or move it" } },
	{ "where the kernel unpacks", C11 M512, AT("0x42000000", "0x100000"),
	  .claims = { { CLAIM_PAYLOAD, { 0x40000000, 128 * MIB } } }, .source = PLAN_PARAMETERS,
	  .base = 0x42000000, .bytes = MIB, .page = 0x5ffff000, .notices = PLAN_N_PARAMS_SHARED,
	  .says = { "the kernel being unpacked, 0x40000000-0x47ffffff (128 MiB)" } },
	{ "crashkernel= is named before the guess where the kernel unpacks", C11 M512,
	  "crashkernel=1M@0x42000000 " AT("0x42000000", "0x100000"),
	  .claims = { { CLAIM_PAYLOAD, { 0x40000000, 128 * MIB } } }, .source = PLAN_PARAMETERS,
	  .base = 0x42000000, .bytes = MIB, .page = 0x5ffff000, .notices = PLAN_N_PARAMS_SHARED,
	  .says = { "crashkernel= on the command line" } },
	{ "what a dynamic region would need",
	  C11 M512 RSV("v { size = <0x8000000>; alloc-ranges = <0x58000000 0x8000000>; };"),
	  AT("0x5a000000", "0x100000"), .source = PLAN_PARAMETERS, .base = 0x5a000000, .bytes = MIB,
	  .page = 0x59fff000, .notices = PLAN_N_PARAMS_SHARED, .says = { "/reserved-memory/v, " } },

	/* ---- parameters of which Linux makes nothing ---- */
	{ "no mem_size", C11 M512, "ramoops.mem_address=0x50000000", TOP_512,
	  .notices = PLAN_N_PARAMS_IGNORED },
	{ "zones that do not fit", C11 M512,
	  AT("0x50000000", "0x100000") "ramoops.console_size=0x200000", TOP_512,
	  .notices = PLAN_N_PARAMS_IGNORED },
	{ "a size with a suffix, as other parameters take it", C11 M512,
	  "ramoops.mem_address=0x50000000 ramoops.mem_size=1M", TOP_512,
	  .notices = PLAN_N_PARAMS_IGNORED | PLAN_N_PARAMS_UNREADABLE,
	  .says = { "ramoops.mem_size=1M: Linux takes no suffix here" } },
	{ "a parameter that does not exist", C11 M512,
	  AT("0x50000000", "0x100000") "ramoops.colour=5", .source = PLAN_PARAMETERS, BASE5,
	  .bytes = MIB, .notices = PLAN_N_PARAMS_UNREADABLE,
	  .says = { "ramoops.colour=5: Linux does not understand it" } },
	{ "mem_type 2", C11 M512, AT("0x50000000", "0x100000") "ramoops.mem_type=2",
	  .source = PLAN_PARAMETERS, BASE5, .bytes = MIB, .notices = PLAN_N_UNCACHED },
	{ "a place that nobody knows beforehand", C11 M512,
	  "reserve_mem=2M:4096:oops ramoops.mem_name=oops", TOP_512, .notices = PLAN_N_PARAMS_NAMED,
	  .says = { "ramoops.mem_name=oops" } },

	/* ---- the same from modprobe.d ---- */
	{ "modprobe.d alone", C11 M512, "", .source = PLAN_PARAMETERS, BASE5, .bytes = MIB,
	  .modprobe = "mem_address=0x50000000 mem_size=0x100000" },
	{ "the command line goes before modprobe.d", C11 M512, "ramoops.mem_address=0x50000000",
	  .source = PLAN_PARAMETERS, BASE5, .bytes = MIB,
	  .modprobe = "mem_address=0x58000000 mem_size=0x100000" },

	/* ---- nodes that Linux shall place ---- */
	{ "size and alloc-ranges",
	  C11 M512 RSV("ramoops { compatible = \"ramoops\"; size = <0x600000>; alignment = "
		       "<0x100000>; alloc-ranges = <0x48000000 0x4000000>; record-size = "
		       "<0x20000>; console-size = <0x200000>; no-map; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x4ba00000, .bytes = 6 * MIB, .page = 0x4b9ff000,
	  .notices = PLAN_N_NODE_COMPLETED,
	  .expect = { LACKS("/reserved-memory/ramoops@4ba00000", "size"),
		      LACKS("/reserved-memory/ramoops@4ba00000", "alloc-ranges"),
		      HAS("/reserved-memory/ramoops@4ba00000", "console-size", "\0\x20\0\0") } },
	{ "the second of two windows",
	  C11 M512 RSV("ramoops { compatible = \"ramoops\"; size = <0x600000>; alloc-ranges = "
		       "<0x30000000 0x100000 0x48000000 0x4000000>; " SIZES "no-map; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x4ba00000, .bytes = 6 * MIB, .page = 0x4b9ff000,
	  .notices = PLAN_N_NODE_COMPLETED },
	{ "a size that is no whole pages",
	  C11 M512 RSV("ramoops { compatible = \"ramoops\"; size = <0x80800>; " SIZES "no-map; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 0x81000, .page = 0x5fbff000,
	  .notices = PLAN_N_NODE_COMPLETED },
	{ "no room in its window",
	  C11 M512 RSV("ramoops { compatible = \"ramoops\"; size = <0x400000>; alloc-ranges = "
		       "<0x48000000 0x200000>; " SIZES "no-map; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fa00000, .bytes = 4 * MIB, .page = 0x5f9ff000,
	  .notices = PLAN_N_NODE_COMPLETED | PLAN_N_SIZE_UNUSED,
	  .says = { "0x5fa00000-0x5fdfffff (4 MiB) taken instead" } },
	{ "a size of two cells where one is due",
	  C11 M512 RSV("ramoops { compatible = \"ramoops\"; size = <0 0x600000>; " SIZES
		       "no-map; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000,
	  .notices = PLAN_N_NODE_COMPLETED | PLAN_N_WRONG_LENGTH,
	  .says = { "/reserved-memory/ramoops/size has 8 bytes where 4 are needed" } },

	/* ---- nodes with an address that Linux refuses or others have ---- */
	{ "a reg of three cells where four are due",
	  C22 MEM("0 0x40000000 0 0x20000000") "reserved-memory { #address-cells = <2>; "
					       "#size-cells = <2>; ranges; ramoops@50000000 { "
					       "compatible = \"ramoops\"; reg = <0 0x50000000 "
					       "0x40000>; " FULL " }; };",
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000,
	  .notices = PLAN_N_NODE_COMPLETED | PLAN_N_WRONG_LENGTH,
	  .says = { "/reserved-memory/ramoops@50000000/reg has 12 bytes where 16 are needed: Linux "
		    "refuses it, 0x5fc00000-0x5fdfffff (2 MiB) taken instead" } },
	{ "a /reserved-memory without cell counts: the node's sizes go with it",
	  C11 M512 "reserved-memory { ramoops@50000000 { compatible = \"ramoops\"; reg = "
		   "<0x50000000 0x100000>; record-size = <0x4000>; console-size = <0x40000>; }; };",
	  "", TOP_512, .notices = PLAN_N_RSVMEM_UNUSABLE,
	  .expect = { HAS("/ramoops@5fc00000", "record-size", "\0\0\x40\0"),
		      HAS("/ramoops@5fc00000", "console-size", "\0\4\0\0"),
		      LACKS("/ramoops@5fc00000", "pmsg-size"),
		      HAS("/reserved-memory/ramoops@50000000", "status", "disabled\0") } },
	{ "inside of somebody else's region",
	  C11 M512 RSV("codec@50000000 { reg = <0x50000000 0x1000000>; no-map; }; "
		       "ramoops@50c00000 { compatible = \"ramoops\"; reg = <0x50c00000 0x80000>; "
		       "record-size = <0x8000>; no-map; };"),
	  "", .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 512 * KIB, .page = 0x5fbff000,
	  .notices = PLAN_N_NODE_MOVED, .conflict = { 0x50000000, 16 * MIB },
	  .says = { "region 0x50c00000-0x50c7ffff (512 KiB) collides with "
		    "/reserved-memory/codec@50000000, 0x50000000-0x50ffffff (16 MiB): moved to "
		    "0x5fc00000-0x5fc7ffff (512 KiB); earlier records are at the old place" },
	  .earlier = { 0x50c00000, 512 * KIB } },
	{ "below the kernel, which may need the place to unpack",
	  C11 M512 RSV("ramoops@40080000 { compatible = \"ramoops\"; reg = <0x40080000 0x40000>; "
		       "record-size = <0x4000>; console-size = <0x4000>; no-map; };"),
	  "", .claims = { { CLAIM_PAYLOAD, { 0x40000000, 128 * MIB } } }, .source = PLAN_COMPUTED,
	  .base = 0x5fc00000, .bytes = 256 * KIB, .page = 0x5fbff000, .notices = PLAN_N_NODE_MOVED,
	  .conflict = { 0x40000000, 128 * MIB },
	  .says = { "collides with the kernel being unpacked, 0x40000000-0x47ffffff (128 MiB)" },
	  .earlier = { 0x40080000, 256 * KIB }, .earlier_is_readable = true },
	{ "below the kernel, whose real size is known",
	  C11 M512 RSV("ramoops@40080000 { compatible = \"ramoops\"; reg = <0x40080000 0x40000>; "
		       "record-size = <0x4000>; console-size = <0x4000>; no-map; };"),
	  "", .claims = { { CLAIM_PAYLOAD, { 0x40208000, 16 * MIB } } }, .source = PLAN_EXISTING,
	  .base = 0x40080000, .bytes = 256 * KIB, .page = 0x4007f000 },
	{ "sizes that are no powers of two, a region that is no whole pages",
	  C11 M512 RSV("ramoops@50000000 { compatible = \"ramoops\"; reg = <0x50000000 0x9f800>; "
		       "record-size = <0x1f800>; console-size = <0x40000>; no-map; };"),
	  "", .source = PLAN_EXISTING, BASE5, .bytes = 0x9f800, .notices = PLAN_N_SIZES_ROUNDED,
	  .says = { "record 0x10000 console 0x40000" } },
	{ "a region that is no power of two between others, at the end of which RAM is not free",
	  C11 M512 RSV("ramoops@5d000000 { compatible = \"ramoops\"; reg = <0x5d000000 0x140000>; "
		       "record-size = <0x8000>; max-reason = <3>; }; "
		       "flash@5e000000 { no-map; reg = <0x5e000000 0x2000000>; };"),
	  "", .source = PLAN_EXISTING, .base = 0x5d000000, .bytes = 0x140000, .page = 0x5cfff000,
	  .expect = { LACKS("/reserved-memory/ramoops@5d000000", "no-map") } },

	/* ---- a boot log before the zones ---- */
	{ "boot-log-size: the region begins after it",
	  C11 M512 RSV("ramoops@50000000 { compatible = \"ramoops\"; reg = <0x50000000 0x90000>; "
		       "boot-log-size = <0x10000>; boot-log-count = <1>; record-size = <0x10000>; "
		       "console-size = <0x20000>; no-map; };"),
	  "", .source = PLAN_EXISTING, .base = 0x50010000, .bytes = 512 * KIB, .page = 0x50090000,
	  .notices = PLAN_N_BOOT_LOG | PLAN_N_NODE_COMPLETED,
	  .expect = { HAS("/reserved-memory/ramoops@50010000", "reg", "\x50\1\0\0\0\x8\0\0"),
		      LACKS("/reserved-memory/ramoops@50010000", "boot-log-size"),
		      LACKS("/reserved-memory/ramoops@50010000", "boot-log-count") },
	  .says = { "the first 65536 bytes" }, .earlier = { 0x50000000, 0x90000 },
	  .earlier_is_readable = true },
	{ "boot-log-size as large as the region",
	  C11 M512 RSV("ramoops@50000000 { compatible = \"ramoops\"; reg = <0x50000000 0x40000>; "
		       "boot-log-size = <0x40000>; record-size = <0x10000>; no-map; };"),
	  "", .source = PLAN_EXISTING, BASE5, .bytes = 256 * KIB,
	  .notices = PLAN_N_BOOT_LOG | PLAN_N_NODE_COMPLETED,
	  .expect = { LACKS("/reserved-memory/ramoops@50000000", "boot-log-size") } },

	/* ---- words ---- */
	{ "a word that resembles one", C11 M512, "oopsmon.conslole_size=64K", TOP_512,
	  .notices = PLAN_N_WORD_UNKNOWN,
	  .says = { "oopsmon.conslole_size does not exist and does nothing; did you mean "
		    "oopsmon.console_size?" } },
	{ "a word that resembles none", C11 M512, "oopsmon.verbosity=9", TOP_512,
	  .notices = PLAN_N_WORD_UNKNOWN, .says = { "there are: region, " } },
	{ "what is not printable is not printed", C11 M512, "oopsmon.\x1b[31m\x9b=1", TOP_512,
	  .notices = PLAN_N_WORD_UNKNOWN, .says = { "oopsmon.?[31m?" } },
	{ "a value is named", C11 M512, "oopsmon.ecc_size=many", TOP_512,
	  .notices = PLAN_N_OPTION_UNREADABLE,
	  .says = { "oopsmon.ecc_size=many was not understood" } },
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

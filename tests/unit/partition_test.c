/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive's place: a row is a flash node, a command line and what else lies in the flash,
 * and where the archive must be. The edits of every row are applied, and the tree is then read
 * again: the archive must be where it was, and the tree must need no more edits.
 */
#include "core/place/partition.h"
#include "core/tree/dt.h"
#include "support.h"
#include "tree.h"
#include "tree_expect.h"

#include <libfdt.h>

#define KIB 1024ULL
#define MIB (1024 * KIB)

static uint64_t source[2048], opened[4096];
static struct edits list;

/* QEMU's virt: two banks of 64 MiB, the monitor at the start of the first. */
static const struct range virt_banks[] = { { 0, 64 * MIB }, { 64 * MIB, 64 * MIB } };
static const struct range virt_taken[] = { { 0, 100 * KIB }, { 64 * MIB, MIB } };

/* Banks need not follow each other. */
static const struct range apart_banks[] = { { 0x80000000, 8 * MIB }, { 0x10000000, 16 * MIB } };

static const struct partition_default last_mib = { MIB, MIB, 1 };

#define C22   "#address-cells = <2>; #size-cells = <2>; "
#define C11   "#address-cells = <1>; #size-cells = <1>; "
#define FIXED "compatible = \"fixed-partitions\"; "
#define FLASH(children)                                                                            \
	C22 "flash@0 { compatible = \"cfi-flash\"; bank-width = <4>; "                             \
	    "reg = <0 0 0 0x4000000 0 0x4000000 0 0x4000000>; " children " }; other { };"
#define TABLE(children)	     FLASH("partitions { " FIXED C11 children " };")
#define PART(at, size, rest) "partition@" at " { reg = <0x" at " " size ">; " rest " }; "
#define OURS		     "label = \"oopsmon\"; "

#define PATH(tail) "/flash@0" tail

struct row {
	const char *what, *tree, *bootargs;
	enum partition_source source;
	uint64_t device_off, bytes;
	uint32_t notices;
	uint32_t edits;
	struct range asked, conflict;	       /* with PARTITION_NONE */
	const struct partition_default *board; /* NULL: last_mib */
	struct expect expect[5];	       /* the last one stays empty */
};

#define BY_BOARD  .source = PARTITION_BOARD, .device_off = 127 * MIB, .bytes = MIB
#define NEW_TABLE .edits = 7
#define NEW_PART  .edits = 4

static const struct row rows[] = {
	/* ---- the board's default ---- */
	{ "nothing said", FLASH(""), "", BY_BOARD, NEW_TABLE,
	  .expect = { HAS(PATH("/partitions"), "compatible", "fixed-partitions\0"),
		      HAS(PATH("/partitions"), "#address-cells", "\0\0\0\1"),
		      HAS(PATH("/partitions/partition@7f00000"), "label", "oopsmon\0"),
		      HAS(PATH("/partitions/partition@7f00000"), "reg",
			  "\x07\xf0\0\0\0\x10\0\0") } },
	{ "not at the very end", FLASH(""), "", .source = PARTITION_BOARD, .device_off = 60 * MIB,
	  .bytes = MIB, NEW_TABLE, .board = &(struct partition_default){ MIB, 4 * MIB, 0 } },
	{ "the board has none", FLASH(""), "", .notices = PARTITION_N_NO_PLACE,
	  .board = &(struct partition_default){ 0, 0, 0 } },
	{ "the board's bank is not there", FLASH(""), "", .notices = PARTITION_N_NO_PLACE,
	  .board = &(struct partition_default){ MIB, MIB, 2 } },
	{ "the board's bank is too small", FLASH(""), "", .notices = PARTITION_N_NO_PLACE,
	  .board = &(struct partition_default){ MIB, 65 * MIB, 1 } },
	{ "the board's would go over its end", FLASH(""), "", .notices = PARTITION_N_NO_PLACE,
	  .board = &(struct partition_default){ MIB, MIB - 1, 1 } },
	{ "the board's is where the monitor is", FLASH(""), "", .notices = PARTITION_N_OVER_MONITOR,
	  .asked = { 0, 64 * MIB }, .conflict = { 0, 100 * KIB },
	  .board = &(struct partition_default){ 64 * MIB, 64 * MIB, 0 } },
	{ "a payload in the second bank", FLASH(""), "", .notices = PARTITION_N_OVER_MONITOR,
	  .asked = { 65 * MIB - 4096, MIB }, .conflict = { 65 * MIB - 4096, 4096 },
	  .board = &(struct partition_default){ MIB, 63 * MIB + 4096, 1 } },
	{ "directly after the payload", FLASH(""), "", .source = PARTITION_BOARD,
	  .device_off = 65 * MIB, .bytes = MIB, NEW_TABLE,
	  .board = &(struct partition_default){ MIB, 63 * MIB, 1 } },

	/* ---- other partitions ---- */
	{ "beside others", TABLE(PART("0", "0x100000", "") PART("4000000", "0x3f00000", "")), "",
	  BY_BOARD, NEW_PART,
	  .expect = { HAS(PATH("/partitions/partition@7f00000"), "label", "oopsmon\0"),
		      LACKS(PATH("/partitions/partition@7f00000"), "compatible") } },
	{ "a table of two cells",
	  FLASH("partitions { " FIXED C22 "a@0 { reg = <0 0 0 0x1000>; }; };"), "", BY_BOARD,
	  NEW_PART,
	  .expect = { HAS(PATH("/partitions/partition@7f00000"), "reg",
			  "\0\0\0\0\x07\xf0\0\0\0\0\0\0\0\x10\0\0") } },
	{ "a table without cells has its parents'",
	  FLASH("partitions { " FIXED "a@0 { reg = <0 0 0 0x1000>; }; };"), "", BY_BOARD, NEW_PART,
	  .expect = { HAS(PATH("/partitions/partition@7f00000"), "reg",
			  "\0\0\0\0\x07\xf0\0\0\0\0\0\0\0\x10\0\0") } },
	{ "the flash's cells go before the root's",
	  FLASH("#address-cells = <1>; partitions { " FIXED "a@0 { reg = <0 0 0x1000>; }; };"), "",
	  BY_BOARD, NEW_PART,
	  .expect = { HAS(PATH("/partitions/partition@7f00000"), "reg",
			  "\x07\xf0\0\0\0\0\0\0\0\x10\0\0") } },
	{ "a cell count too short counts for nothing",
	  FLASH("partitions { " FIXED "#address-cells; #size-cells = <1>; a@0 { reg = <0 0 1>; }; "
		"};"),
	  "", BY_BOARD, NEW_PART },
	{ "of one too long the first cell counts",
	  FLASH("partitions { " FIXED "#address-cells = <1 9>; #size-cells = <1>; "
		"a@0 { reg = <0 1>; }; };"),
	  "", BY_BOARD, NEW_PART },
	{ "an empty table", TABLE(""), "", BY_BOARD, NEW_PART },
	{ "another's last byte", TABLE(PART("7e00000", "0x100001", "")), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 127 * MIB, MIB },
	  .conflict = { 126 * MIB, MIB + 1 } },
	{ "one over the whole flash", TABLE(PART("0", "0x8000000", "label = \"all\";")), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 127 * MIB, MIB },
	  .conflict = { 0, 128 * MIB } },
	{ "one inside", TABLE(PART("7f80000", "0x1000", "")), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 127 * MIB, MIB },
	  .conflict = { 0x7f80000, 0x1000 } },
	{ "the old form", FLASH(C11 PART("0", "0x100000", "")), "", BY_BOARD, NEW_PART,
	  .expect = { HAS(PATH("/partition@7f00000"), "label", "oopsmon\0"),
		      HAS(PATH("/partition@7f00000"), "reg", "\x07\xf0\0\0\0\x10\0\0"),
		      LACKS(PATH("/partitions"), "compatible") } },
	{ "the old form, in the way", FLASH(C11 PART("7f00000", "0x1000", "")), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 127 * MIB, MIB },
	  .conflict = { 127 * MIB, 0x1000 } },
	{ "children of another purpose",
	  FLASH("nvmem@7f00000 { compatible = \"x\"; reg = <1>; };"
		"layout { };"),
	  "", BY_BOARD, NEW_TABLE },
	{ "a partition may have a compatible",
	  TABLE(PART("7f00000", "0x1000", "compatible = \"u-boot,env\";")), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 127 * MIB, MIB },
	  .conflict = { 127 * MIB, 0x1000 } },
	{ "a table of another kind", FLASH("partitions { compatible = \"redboot-fis\"; };"), "",
	  .notices = PARTITION_N_TREE_UNREADABLE, .asked = { 127 * MIB, MIB } },
	{ "a table of no kind", FLASH("partitions { " C11 PART("0", "0x1000", "") "};"), "",
	  .notices = PARTITION_N_TREE_UNREADABLE, .asked = { 127 * MIB, MIB } },
	{ "a reg too long", TABLE(PART("0", "0x1000 0x2000", "")), "",
	  .notices = PARTITION_N_TREE_UNREADABLE, .asked = { 127 * MIB, MIB } },
	{ "a reg too short", TABLE("a@0 { reg = <0>; };"), "",
	  .notices = PARTITION_N_TREE_UNREADABLE, .asked = { 127 * MIB, MIB } },
	{ "an empty reg", TABLE("a@0 { reg; };"), "", .notices = PARTITION_N_TREE_UNREADABLE,
	  .asked = { 127 * MIB, MIB } },
	{ "three cells",
	  FLASH("partitions { " FIXED "#address-cells = <3>; #size-cells = <1>;"
		"a@0 { reg = <0 0 0 1>; }; };"),
	  "", .notices = PARTITION_N_TREE_UNREADABLE, .asked = { 127 * MIB, MIB } },
	{ "no cells for sizes",
	  FLASH("partitions { " FIXED "#address-cells = <2>; #size-cells = <0>;"
		"a@0 { reg = <0 0>; }; };"),
	  "", .notices = PARTITION_N_TREE_UNREADABLE, .asked = { 127 * MIB, MIB } },
	{ "cells nobody knows, but no partitions either", FLASH("#address-cells = <9>;"), "",
	  BY_BOARD, NEW_TABLE },
	{ "a namesake that is none", TABLE("partition@7f00000 { label = \"x\"; };"), "", BY_BOARD,
	  NEW_PART,
	  .expect = { HAS(PATH("/partitions/oopsmon@7f00000"), "label", "oopsmon\0"),
		      HAS(PATH("/partitions/partition@7f00000"), "label", "x\0") } },

	/* ---- a partition labelled oopsmon ---- */
	{ "labelled", TABLE(PART("200000", "0x80000", OURS)), "", .source = PARTITION_NODE,
	  .device_off = 2 * MIB, .bytes = 512 * KIB },
	{ "labelled, two cells",
	  FLASH("partitions { " FIXED C22 "a@4200000 { reg = <0 0x4200000 0 0x80000>; " OURS
		"}; };"),
	  "", .source = PARTITION_NODE, .device_off = 66 * MIB, .bytes = 512 * KIB },
	{ "labelled, the old form", FLASH(C11 PART("4200000", "0x80000", OURS)), "",
	  .source = PARTITION_NODE, .device_off = 66 * MIB, .bytes = 512 * KIB },
	{ "named so, without a label", TABLE("oopsmon@200000 { reg = <0x200000 0x80000>; };"), "",
	  .source = PARTITION_NODE, .device_off = 2 * MIB, .bytes = 512 * KIB },
	{ "named so, but labelled otherwise",
	  TABLE("oopsmon@200000 { label = \"data\"; reg = <0x200000 0x80000>; };"), "", BY_BOARD,
	  NEW_PART },
	{ "almost its name", TABLE("oopsmon2@200000 { reg = <0x200000 0x80000>; };"), "", BY_BOARD,
	  NEW_PART },
	{ "a label without its end",
	  TABLE(PART("200000", "0x80000", "label = <0x6f6f7073 0x6d6f6e6e>;")), "", BY_BOARD,
	  NEW_PART },
	{ "an empty label", TABLE(PART("200000", "0x80000", "label;")), "", BY_BOARD, NEW_PART },
	{ "labelled, elsewhere than in the table",
	  FLASH("x { " OURS C11 " y@0 { " OURS "reg = <0 1>; }; };"), "", BY_BOARD, NEW_TABLE },
	{ "read-only", TABLE(PART("200000", "0x80000", OURS "read-only;")), "",
	  .source = PARTITION_NODE, .device_off = 2 * MIB, .bytes = 512 * KIB,
	  .notices = PARTITION_N_READ_ONLY },
	{ "two of that name",
	  TABLE(PART("300000", "0x80000", OURS) PART("200000", "0x80000", OURS)), "",
	  .source = PARTITION_NODE, .device_off = 3 * MIB, .bytes = 512 * KIB,
	  .notices = PARTITION_N_SECOND_NODE },
	{ "within one that is the whole flash",
	  TABLE(PART("0", "0x8000000", "") PART("200000", "0x80000", OURS)), "",
	  .source = PARTITION_NODE, .device_off = 2 * MIB, .bytes = 512 * KIB },
	{ "another at the same place",
	  TABLE(PART("200000", "0x80000", OURS) "b@200000 { reg = <0x200000 0x80000>; };"), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 2 * MIB, 512 * KIB },
	  .conflict = { 2 * MIB, 512 * KIB } },
	{ "one within it", TABLE(PART("200000", "0x80000", OURS) PART("240000", "0x1000", "")), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 2 * MIB, 512 * KIB },
	  .conflict = { 0x240000, 0x1000 } },
	{ "a larger one over its end",
	  TABLE(PART("200000", "0x80000", OURS) PART("240000", "0x100000", "")), "",
	  .notices = PARTITION_N_OVER_PARTITION, .asked = { 2 * MIB, 512 * KIB },
	  .conflict = { 0x240000, MIB } },
	{ "over the monitor", TABLE(PART("10000", "0x40000", OURS)), "",
	  .notices = PARTITION_N_OVER_MONITOR, .asked = { 0x10000, 0x40000 },
	  .conflict = { 0x10000, 0x9000 } },
	{ "over the banks' seam", TABLE(PART("3ff0000", "0x20000", OURS)), "",
	  .notices = PARTITION_N_CROSSES_BANKS, .asked = { 0x3ff0000, 0x20000 } },
	{ "over the end", TABLE(PART("7ff0000", "0x20000", OURS)), "",
	  .notices = PARTITION_N_OUTSIDE, .asked = { 0x7ff0000, 0x20000 } },
	{ "after the end", TABLE(PART("8000000", "0x20000", OURS)), "",
	  .notices = PARTITION_N_OUTSIDE, .asked = { 128 * MIB, 0x20000 } },
	{ "of no bytes", TABLE(PART("200000", "0", OURS)), "", .notices = PARTITION_N_OUTSIDE,
	  .asked = { 2 * MIB, 0 } },
	{ "a length that wraps",
	  FLASH("partitions { " FIXED C22 "a@1 { reg = <0 0x200000 0xffffffff 0xffffffff>; " OURS
		"}; };"),
	  "", .notices = PARTITION_N_CROSSES_BANKS, .asked = { 2 * MIB, UINT64_MAX - 2 * MIB } },

	/* ---- oopsmon.archive= ---- */
	{ "none", TABLE(PART("200000", "0x80000", OURS)), "a oopsmon.archive=none b",
	  .notices = PARTITION_N_TURNED_OFF },
	{ "a wish", FLASH(""), "oopsmon.archive=512K@2M", .source = PARTITION_OPTION,
	  .device_off = 2 * MIB, .bytes = 512 * KIB, NEW_TABLE,
	  .expect = { HAS(PATH("/partitions/partition@200000"), "reg", "\0\x20\0\0\0\x08\0\0") } },
	{ "in hexadecimal, in the second bank", FLASH(""), "oopsmon.archive=0x80000@0x4200000",
	  .source = PARTITION_OPTION, .device_off = 66 * MIB, .bytes = 512 * KIB, NEW_TABLE },
	{ "the last one counts", FLASH(""), "oopsmon.archive=none oopsmon.archive=1M@3M",
	  .source = PARTITION_OPTION, .device_off = 3 * MIB, .bytes = MIB, NEW_TABLE },
	{ "up to the bank's last byte", FLASH(""), "oopsmon.archive=63M@1M",
	  .source = PARTITION_OPTION, .device_off = MIB, .bytes = 63 * MIB, NEW_TABLE },
	{ "one byte over it", FLASH(""), "oopsmon.archive=0x3f00001@1M",
	  .notices = PARTITION_N_CROSSES_BANKS, .asked = { MIB, 63 * MIB + 1 } },
	{ "the second bank's last byte", FLASH(""), "oopsmon.archive=1@0x7ffffff",
	  .source = PARTITION_OPTION, .device_off = 128 * MIB - 1, .bytes = 1, NEW_TABLE },
	{ "after the device", FLASH(""), "oopsmon.archive=1@128M", .notices = PARTITION_N_OUTSIDE,
	  .asked = { 128 * MIB, 1 } },
	{ "the largest numbers", FLASH(""), "oopsmon.archive=0xffffffffffffffff@0xffffffffffffffff",
	  .notices = PARTITION_N_OUTSIDE, .asked = { UINT64_MAX, UINT64_MAX } },
	{ "over the monitor's last byte", FLASH(""), "oopsmon.archive=64K@0x18fff",
	  .notices = PARTITION_N_OVER_MONITOR, .asked = { 0x18fff, 64 * KIB },
	  .conflict = { 0x18fff, 1 } },
	{ "within the monitor", FLASH(""), "oopsmon.archive=4K@8K",
	  .notices = PARTITION_N_OVER_MONITOR, .asked = { 8 * KIB, 4 * KIB },
	  .conflict = { 8 * KIB, 4 * KIB } },
	{ "the second bank's first byte", FLASH(""), "oopsmon.archive=4K@64M",
	  .notices = PARTITION_N_OVER_MONITOR, .asked = { 64 * MIB, 4 * KIB },
	  .conflict = { 64 * MIB, 4 * KIB } },
	{ "directly after the monitor", FLASH(""), "oopsmon.archive=64K@100K",
	  .source = PARTITION_OPTION, .device_off = 100 * KIB, .bytes = 64 * KIB, NEW_TABLE },
	{ "goes before the node, which moves", TABLE(PART("200000", "0x80000", OURS)),
	  "oopsmon.archive=1M@0x280000", .source = PARTITION_OPTION, .device_off = 0x280000,
	  .bytes = MIB, .notices = PARTITION_N_NODE_MOVED, .edits = 1,
	  .expect = { HAS(PATH("/partitions/partition@200000"), "reg", "\0\x28\0\0\0\x10\0\0"),
		      LACKS(PATH("/partitions/partition@280000"), "label") } },
	{ "as large as the node, elsewhere", TABLE(PART("200000", "0x80000", OURS)),
	  "oopsmon.archive=512K@4M", .source = PARTITION_OPTION, .device_off = 4 * MIB,
	  .bytes = 512 * KIB, .notices = PARTITION_N_NODE_MOVED, .edits = 1 },
	{ "over the node itself", TABLE(PART("200000", "0x80000", OURS)),
	  "oopsmon.archive=1M@0x200000", .source = PARTITION_OPTION, .device_off = 0x200000,
	  .bytes = MIB, .notices = PARTITION_N_NODE_MOVED, .edits = 1 },
	{ "where the node is", TABLE(PART("200000", "0x80000", OURS "read-only;")),
	  "oopsmon.archive=512K@2M", .source = PARTITION_OPTION, .device_off = 2 * MIB,
	  .bytes = 512 * KIB, .notices = PARTITION_N_READ_ONLY },
	{ "over another", TABLE(PART("0", "0x8000000", "") PART("200000", "0x80000", OURS)),
	  "oopsmon.archive=512K@4M", .notices = PARTITION_N_OVER_PARTITION,
	  .asked = { 4 * MIB, 512 * KIB }, .conflict = { 0, 128 * MIB } },
	{ "in a table Linux finds otherwise",
	  FLASH("partitions { compatible = \"redboot-fis\"; };"), "oopsmon.archive=512K@4M",
	  .source = PARTITION_OPTION, .device_off = 4 * MIB, .bytes = 512 * KIB,
	  .notices = PARTITION_N_NOT_FOR_LINUX },

#define UNREADABLE(text)                                                                           \
	{                                                                                          \
		"archive=" text, TABLE(PART("200000", "0x80000", OURS)), "oopsmon.archive=" text,  \
			.notices = PARTITION_N_OPTION_UNREADABLE                                   \
	}
	UNREADABLE(""),
	UNREADABLE("nonE"),
	UNREADABLE("none1"),
	UNREADABLE("1M"),
	UNREADABLE("1M@"),
	UNREADABLE("@1M"),
	UNREADABLE("0@1M"),
	UNREADABLE("1M@1M,"),
	UNREADABLE("1Mx@1M"),
	UNREADABLE("1M@-1"),
	UNREADABLE("1M@1M@1M"),
	UNREADABLE("1M,1M"),
	UNREADABLE("0x10000000000000000@1M"),
	{ "a bare word", FLASH(""), "oopsmon.archive", .notices = PARTITION_N_OPTION_UNREADABLE },
	{ "after --", FLASH(""), "-- oopsmon.archive=none", BY_BOARD, NEW_TABLE },
};

static struct partition_input input(const void *fdt, const struct row *row)
{
	struct partition_input in = {
		.fdt = fdt,
		.node = fdt_path_offset(fdt, "/flash@0"),
		.banks = virt_banks,
		.n_banks = ARRAY_LEN(virt_banks),
		.bootargs = row->bootargs,
		.board = row->board ? *row->board : last_mib,
		.taken = virt_taken,
		.n_taken = ARRAY_LEN(virt_taken),
	};

	assert_true(in.node > 0);
	return in;
}

static void open_tree(const char *text)
{
	size_t used;
	size_t bytes = tree_make(text, source, sizeof(source), 0);

	assert_int_equal(dt_check(source, bytes, &used), OM_OK);
	assert_int_equal(fdt_open_into(source, opened, sizeof(opened)), 0);
}

static void assert_range(struct range got, struct range want)
{
	assert_int_equal(got.base_pa, want.base_pa);
	assert_int_equal(got.bytes, want.bytes);
}

static void assert_place(const struct row *row, const struct partition *p)
{
	bool second = row->device_off >= 64 * MIB;

	assert_int_equal(p->source, row->source);
	assert_int_equal(p->notices, row->notices);
	assert_int_equal(p->device_off, row->device_off);
	assert_int_equal(p->bytes, row->bytes);
	assert_int_equal(p->bank, second);
	assert_int_equal(p->bank_off, row->device_off - (second ? 64 * MIB : 0));
	assert_int_equal(p->read_only, (row->notices & PARTITION_N_READ_ONLY) != 0);
	assert_range(p->conflict, row->conflict);
	if (row->source)
		assert_range(p->asked, (struct range){ row->device_off, row->bytes });
	else
		assert_range(p->asked, row->asked);
}

/*
 * With OOPSMON_ROWS=DIR the tree of every row with edits goes there before and after, so that
 * Linux and dtc can look at it (tests/qemu/test_mtd.py).
 */
static void save_tree(const struct row *row, const char *suffix, const void *tree)
{
	const char *dir = getenv("OOPSMON_ROWS");
	char path[300];
	FILE *f;

	if (!dir || row->edits == 0)
		return;
	snprintf(path, sizeof(path), "%s/%s-%s.dtb", dir, row->what, suffix);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(tree, 1, fdt_totalsize(tree), f), fdt_totalsize(tree));
	assert_int_equal(fclose(f), 0);
}

/* With the edits in the tree the same place comes out, the node is there, nothing is left to do. */
static void check_again(const struct row *row)
{
	struct partition_input in = input(opened, row);
	struct partition p;
	uint32_t gone = PARTITION_N_NODE_MOVED;

	memset(&p, 0xff, sizeof(p));
	in.bootargs = "";
	partition_find(&in, &p);
	if (row->notices & PARTITION_N_NOT_FOR_LINUX)
		return;
	assert_int_equal(p.source, PARTITION_NODE);
	assert_int_equal(p.device_off, row->device_off);
	assert_int_equal(p.bytes, row->bytes);
	assert_int_equal(p.notices, row->notices & ~gone);
	list.n = 0;
	assert_int_equal(partition_edits(&in, &p, &list), OM_OK);
	assert_int_equal(list.n, 0);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct partition_input in;
		struct partition p;

		CASE(row->what);
		open_tree(row->tree);
		in = input(source, row);
		memset(&p, 0xff, sizeof(p));
		partition_find(&in, &p);
		assert_place(row, &p);
		if (!row->source)
			continue;
		list = (struct edits){ 0 };
		assert_int_equal(partition_edits(&in, &p, &list), OM_OK);
		assert_int_equal(list.n, row->edits);
		assert_int_equal(edits_apply(opened, &list), OM_OK);
		assert_int_equal(fdt_check_full(opened, sizeof(opened)), 0);
		expect_props(opened, row->expect);
		save_tree(row, "before", source);
		save_tree(row, "after", opened);
		check_again(row);
	}
}

/* Banks of different sizes, not in the order of their addresses. */
static void test_banks_apart(void **state)
{
	static const struct row row = { "", FLASH(""), "oopsmon.archive=64K@9M", 0 };
	static const struct range taken[] = { { 0x10101000, 4096 } };
	struct partition_input in;
	struct partition p;

	(void)state;
	open_tree(row.tree);
	in = input(source, &row);
	in.banks = apart_banks;
	in.n_taken = 0;
	partition_find(&in, &p);
	assert_int_equal(p.source, PARTITION_OPTION);
	assert_int_equal(p.bank, 1);
	assert_int_equal(p.bank_off, MIB);
	assert_int_equal(p.device_off, 9 * MIB);

	in.taken = taken;
	in.n_taken = 1;
	partition_find(&in, &p);
	assert_int_equal(p.source, PARTITION_NONE);
	assert_int_equal(p.notices, PARTITION_N_OVER_MONITOR);
	assert_range(p.conflict, (struct range){ 9 * MIB + 4096, 4096 });

	in.bootargs = "";
	partition_find(&in, &p);
	assert_int_equal(p.device_off, 23 * MIB);
	assert_int_equal(p.bank_off, 15 * MIB);
}

/* What no cell holds Linux is not shown; the archive is kept all the same. */
static void test_beyond_cells(void **state)
{
	static const struct range huge[] = { { 0, 1ULL << 33 } };
	static const struct row row = { "", FLASH(""), "oopsmon.archive=64K@4096M", 0 };
	static const struct row large = { "", FLASH(""), "oopsmon.archive=4096M@1M", 0 };
	static const struct row fits = { "", FLASH(""), "oopsmon.archive=64K@0xffff0000", 0 };
	static const struct row zero = { "", FLASH(""), "oopsmon.archive=64K@0", 0 };
	static const struct row two = {
		"", FLASH("partitions { " FIXED C22 "a@0 { reg = <0 0 0 1>; }; };"),
		"oopsmon.archive=4096M@4096M", 0
	};
	static const struct {
		const struct row *row;
		uint32_t notices, edits;
	} cases[] = { { &row, PARTITION_N_NOT_FOR_LINUX, 0 },
		      { &large, PARTITION_N_NOT_FOR_LINUX, 0 },
		      { &fits, 0, 7 },
		      { &two, 0, 4 },
		      { &zero, 0, 7 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct partition_input in;
		struct partition p;

		open_tree(cases[i].row->tree);
		in = input(source, cases[i].row);
		in.banks = huge;
		in.n_banks = 1;
		in.n_taken = 0;
		partition_find(&in, &p);
		assert_int_equal(p.source, PARTITION_OPTION);
		assert_int_equal(p.notices, cases[i].notices);
		list = (struct edits){ 0 };
		assert_int_equal(partition_edits(&in, &p, &list), OM_OK);
		assert_int_equal(list.n, cases[i].edits);
	}
	assert_int_equal(edits_apply(opened, &list), OM_OK);
	assert_true(fdt_path_offset(opened, "/flash@0/partitions/partition@0") > 0);
}

/* A label that ends without its NUL is none of ours, whatever stands after it. */
static void test_cut_label(void **state)
{
	static const struct row row = { .bootargs = "" };

	(void)state;
	for (int bytes = 0; bytes <= 9; bytes++) {
		struct partition_input in;
		struct partition p;
		int node;

		open_tree(TABLE(PART("200000", "0x80000", "")));
		node = fdt_path_offset(opened, "/flash@0/partitions/partition@200000");
		assert_int_equal(fdt_setprop(opened, node, "label", "oopsmon\0x", bytes), 0);
		in = input(opened, &row);
		partition_find(&in, &p);
		assert_int_equal(p.source, bytes >= 8 ? PARTITION_NODE : PARTITION_BOARD);
	}
}

static const struct {
	const char *what, *options;
	uint64_t found[2]; /* bytes of the banks as probed */
	uint32_t block_bytes;
	enum partition_fit fit;
} fits[] = {
	{ "whole blocks", "1M@65M", { 64 * MIB, 64 * MIB }, 256 * KIB, PARTITION_FITS },
	{ "one block", "256K@65M", { 64 * MIB, 64 * MIB }, 256 * KIB, PARTITION_FITS },
	{ "begins within a block",
	  "256K@0x4120000",
	  { 64 * MIB, 64 * MIB },
	  256 * KIB,
	  PARTITION_F_MISALIGNED },
	{ "ends within a block",
	  "0x30000@65M",
	  { 64 * MIB, 64 * MIB },
	  256 * KIB,
	  PARTITION_F_MISALIGNED },
	{ "smaller blocks", "0x30000@0x4120000", { 64 * MIB, 64 * MIB }, 64 * KIB, PARTITION_FITS },
	{ "the first bank is smaller",
	  "1M@65M",
	  { 32 * MIB, 64 * MIB },
	  64 * KIB,
	  PARTITION_F_BANK_SIZE },
	{ "its own bank is larger",
	  "1M@65M",
	  { 64 * MIB, 128 * MIB },
	  64 * KIB,
	  PARTITION_F_BANK_SIZE },
	{ "its own bank does not answer",
	  "1M@65M",
	  { 64 * MIB, 0 },
	  64 * KIB,
	  PARTITION_F_BANK_SIZE },
	{ "a bank after it does not matter", "1M@1M", { 64 * MIB, 0 }, 64 * KIB, PARTITION_FITS },
	{ "no block size", "1M@1M", { 64 * MIB, 64 * MIB }, 0, PARTITION_F_MISALIGNED },
	{ "no power of two",
	  "0x40000@0x40000",
	  { 64 * MIB, 64 * MIB },
	  0x30000,
	  PARTITION_F_MISALIGNED },
};

static void test_fits(void **state)
{
	(void)state;
	open_tree(FLASH(""));
	for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
		char line[64];
		struct row row = { .bootargs = line };
		struct partition_input in = input(source, &row);
		struct partition p;

		CASE(fits[i].what);
		snprintf(line, sizeof(line), "oopsmon.archive=%s", fits[i].options);
		partition_find(&in, &p);
		assert_int_equal(p.source, PARTITION_OPTION);
		assert_int_equal(partition_fits(&p, &in, fits[i].found, fits[i].block_bytes),
				 fits[i].fit);
	}
}

/* A list without room is left as it was, however far the edits came. */
static void test_full_list(void **state)
{
	static const struct row row = { "", FLASH(""), "", 0 };
	struct partition_input in;
	struct partition p;

	(void)state;
	open_tree(row.tree);
	in = input(source, &row);
	partition_find(&in, &p);
	for (uint32_t room = 0; room <= 7; room++) {
		list = (struct edits){ 0 };
		while (list.n < EDITS_MAX - room)
			assert_int_equal(edits_reserve(&list, 1, 1), OM_OK);
		assert_int_equal(partition_edits(&in, &p, &list), room < 7 ? OM_E_NO_SPACE : OM_OK);
		assert_int_equal(list.n, room < 7 ? EDITS_MAX - room : EDITS_MAX);
		assert_int_equal(list.pool_used > 0, room == 7);
	}
}

/* A path that is too long for the buffers is refused; the longest that fits is not. */
static void test_long_path(void **state)
{
	static const char child[] = "/partitions/partition@7f00000";

	(void)state;
	for (int n = 0; n < 2; n++) {
		char text[400], name[160];
		struct row row = { .bootargs = "" };
		struct partition_input in;
		struct partition p;
		/* two levels, as tree.h's names end at 63 bytes; 159 bytes fit */
		int spare = 159 - (int)sizeof(child) + 1 - 2 - 60 - 60 - 1 + n;

		memset(name, 'a', sizeof(name));
		snprintf(text, sizeof(text),
			 "%.60s { %.60s { %.*s { reg = <0 1>; }; }; }; flash@0 { };", name, name,
			 spare, name);
		open_tree(text);
		in = input(source, &row);
		in.node = fdt_next_node(source, 0, NULL);
		in.node = fdt_next_node(source, in.node, NULL);
		in.node = fdt_next_node(source, in.node, NULL);
		partition_find(&in, &p);
		assert_int_equal(p.source, PARTITION_BOARD);
		list = (struct edits){ 0 };
		assert_int_equal(partition_edits(&in, &p, &list), n ? OM_E_NO_SPACE : OM_OK);
		assert_int_equal(list.n, n ? 0 : 7);
		if (!n)
			assert_int_equal(edits_apply(opened, &list), OM_OK);
	}
}

/* A flash node too deep for the cells to be followed: no partition of it is believed. */
static void test_too_deep(void **state)
{
	char text[1024] = C11 "flash@0 { };";
	struct row row = { .bootargs = "" };
	struct partition_input in;
	struct partition p;
	int depth = 0;

	(void)state;
	for (int i = 0; i < DT_DEPTH_MAX; i++)
		strcat(text, "a { ");
	strcat(text, "p@7f00000 { reg = <0x7f00000 0x1000>; label = \"oopsmon\"; };");
	for (int i = 0; i < DT_DEPTH_MAX; i++)
		strcat(text, "}; ");
	open_tree(text);
	in = input(source, &row);
	in.node = 0;
	for (int i = 0; i < DT_DEPTH_MAX + 1; i++)
		in.node = fdt_next_node(source, in.node, &depth);
	partition_find(&in, &p);
	assert_int_equal(p.source, PARTITION_NONE);
	assert_int_equal(p.notices, PARTITION_N_TREE_UNREADABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	     cmocka_unit_test(test_banks_apart),
		cmocka_unit_test(test_beyond_cells), cmocka_unit_test(test_fits),
		cmocka_unit_test(test_full_list),    cmocka_unit_test(test_long_path),
		cmocka_unit_test(test_too_deep),     cmocka_unit_test(test_cut_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

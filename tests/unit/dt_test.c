/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading trees: rows of text and what must be found in them, and broken blobs. */
#include "core/tree/dt.h"
#include "tree.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t blob64[4096];
static void *const blob = blob64;

static void make(const char *text)
{
	size_t used = 0;
	size_t total = tree_make(text, blob, sizeof(blob64), 0);

	assert_int_equal(dt_check(blob, total, &used), OM_OK);
	assert_int_equal(used, total);
	assert_int_equal(fdt_check_full(blob, total), 0);
}

static const struct {
	const char *what, *text;
	enum om_err want;
	struct range banks[4];
} bank_rows[] = {
	{ "cells 1/1",
	  "#address-cells = <1>; #size-cells = <1>;"
	  "memory@4 { device_type = \"memory\"; reg = <0x40000000 0x20000000>; };",
	  OM_OK,
	  { { 0x40000000, 0x20000000 } } },
	{ "default cells are 2/1",
	  "memory@4 { device_type = \"memory\"; reg = <1 0 0x1000>; };",
	  OM_OK,
	  { { 0x100000000, 0x1000 } } },
	{ "two entries, two nodes, size 0 ignored, neighbours merged",
	  "#address-cells = <2>; #size-cells = <2>;"
	  "memory@0 { reg = <0 0x80000000 0 0x1000 0 0 0 0>; device_type = \"memory\"; };"
	  "memory@9 { device_type = \"memory\"; reg = <0 0x80001000 0 0x1000 8 0 1 0>; };",
	  OM_OK,
	  { { 0x80000000, 0x2000 }, { 0x800000000, 0x100000000 } } },
	{ "usable-memory wins, in either order",
	  "#address-cells = <1>; #size-cells = <1>;"
	  "m@1 { device_type = \"memory\"; linux,usable-memory = <16 16>; reg = <0 64>; };"
	  "m@2 { device_type = \"memory\"; reg = <64 64>; linux,usable-memory = <80 16>; };",
	  OM_OK,
	  { { 16, 16 }, { 80, 16 } } },
	{ "disabled, nested and nameless nodes do not count",
	  "#address-cells = <1>; #size-cells = <1>;"
	  "memory@1 { device_type = \"memory\"; reg = <1 1>; status = \"disabled\"; };"
	  "memory@2 { reg = <2 1>; };"
	  "soc { memory@3 { device_type = \"memory\"; reg = <3 1>; }; };"
	  "memory@4 { status = \"ok\"; device_type = \"memory\"; reg = <4 1>; };",
	  OM_OK,
	  { { 4, 1 } } },
	{ "a cut entry is left out",
	  "#address-cells = <1>; #size-cells = <1>;"
	  "m { device_type = \"memory\"; reg = <1 1 5>; };",
	  OM_OK,
	  { { 1, 1 } } },
	{ "none", "a { };", OM_E_NOT_FOUND, { { 0, 0 } } },
	{ "three address cells",
	  "#address-cells = <3>; m { device_type = \"memory\"; reg = <1 1>; };",
	  OM_E_NOT_FOUND,
	  { { 0, 0 } } },
};

static void test_banks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bank_rows) / sizeof(bank_rows[0]); i++) {
		struct ranges got = { .n = 77 };
		uint32_t n = 0;

		make(bank_rows[i].text);
		if (dt_banks(blob, &got, NULL) != bank_rows[i].want)
			fail_msg("%s: result", bank_rows[i].what);
		for (; bank_rows[i].banks[n].bytes; n++)
			if (n >= got.n || got.r[n].base_pa != bank_rows[i].banks[n].base_pa ||
			    got.r[n].bytes != bank_rows[i].banks[n].bytes)
				fail_msg("%s: bank %u", bank_rows[i].what, n);
		if (n != got.n)
			fail_msg("%s: %u banks", bank_rows[i].what, got.n);
	}
}

static void test_banks_full(void **state)
{
	static char text[12000];
	struct ranges got;

	(void)state;
	strcpy(text,
	       "#address-cells = <1>; #size-cells = <1>; m { device_type = \"memory\"; reg = <");
	for (int i = 0; i < RANGES_MAX + 3; i++)
		sprintf(text + strlen(text), "%d 1 ", 4 * i);
	strcat(text, ">; };");
	make(text);
	assert_int_equal(dt_banks(blob, &got, NULL), OM_E_NO_SPACE);
	assert_int_equal(got.n, RANGES_MAX);
}

#define SOC(ranges)                                                                                \
	"#address-cells = <2>; #size-cells = <1>;"                                                 \
	"soc { #address-cells = <1>; #size-cells = <1>; " ranges                                   \
	" dev@10 { other = <1>; reg = <0x10 4 0x20 8>; }; };"

static const struct {
	const char *what, *text, *path;
	uint32_t i;
	enum om_err want;
	struct range r;
} reg_rows[] = {
	{ "at the root",
	  "#address-cells = <1>; #size-cells = <1>; a { reg = <5 6>; };",
	  "/a",
	  0,
	  OM_OK,
	  { 5, 6 } },
	{ "no size cells",
	  "#address-cells = <1>; #size-cells = <0>; a { reg = <5 6>; };",
	  "/a",
	  1,
	  OM_OK,
	  { 6, 0 } },
	{ "same addresses", SOC("ranges;"), "/soc/dev@10", 1, OM_OK, { 0x20, 8 } },
	{ "translated",
	  SOC("ranges = <0 1 0x1000 0x100>;"),
	  "/soc/dev@10",
	  0,
	  OM_OK,
	  { 0x100001010, 4 } },
	{ "second entry of ranges",
	  SOC("ranges = <0 0 0 0x20 0x20 0 0x500 8>;"),
	  "/soc/dev@10",
	  1,
	  OM_OK,
	  { 0x500, 8 } },
	{ "after its window",
	  SOC("ranges = <0 0 0x500 8>;"),
	  "/soc/dev@10",
	  1,
	  OM_E_NOT_FOUND,
	  { 0, 0 } },
	{ "larger than its window",
	  SOC("ranges = <0x20 0 0x500 7>;"),
	  "/soc/dev@10",
	  1,
	  OM_E_NOT_FOUND,
	  { 0, 0 } },
	{ "below its window",
	  SOC("ranges = <0x11 0 0x500 0x700>;"),
	  "/soc/dev@10",
	  0,
	  OM_E_NOT_FOUND,
	  { 0, 0 } },
	{ "no way up", SOC(""), "/soc/dev@10", 0, OM_E_NOT_FOUND, { 0, 0 } },
	{ "no such entry", SOC("ranges;"), "/soc/dev@10", 2, OM_E_NOT_FOUND, { 0, 0 } },
	{ "no reg", SOC("ranges;"), "/soc", 0, OM_E_NOT_FOUND, { 0, 0 } },
	{ "reg of the root", "reg = <1 2>;", "/", 0, OM_E_NOT_FOUND, { 0, 0 } },
	{ "cut entry", "a { reg = <1>; };", "/a", 0, OM_E_CORRUPT, { 0, 0 } },
	{ "cut ranges", SOC("ranges = <1 2 3>;"), "/soc/dev@10", 0, OM_E_CORRUPT, { 0, 0 } },
	{ "three cells",
	  "#address-cells = <3>; a { reg = <1 2 3 4>; };",
	  "/a",
	  0,
	  OM_E_VARIANT,
	  { 0, 0 } },
	{ "cells of the node's sibling do not count",
	  "#address-cells = <1>; #size-cells = <1>; b { #address-cells = <2>; c { reg = <9>; }; };"
	  "d { ranges; e { reg = <0 1 2>; }; };",
	  "/d/e",
	  0,
	  OM_OK,
	  { 1, 2 } },
};

static void test_reg(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reg_rows) / sizeof(reg_rows[0]); i++) {
		struct range r = { 0, 0 };
		int node;

		make(reg_rows[i].text);
		node = fdt_path_offset(blob, reg_rows[i].path);
		assert_true(node >= 0);
		if (dt_reg(blob, node, reg_rows[i].i, &r) != reg_rows[i].want)
			fail_msg("%s: result", reg_rows[i].what);
		if (r.base_pa != reg_rows[i].r.base_pa || r.bytes != reg_rows[i].r.bytes)
			fail_msg("%s: 0x%llx + 0x%llx", reg_rows[i].what,
				 (unsigned long long)r.base_pa, (unsigned long long)r.bytes);
	}
}

/* Deeper than DT_DEPTH_MAX: readable, but not translated. */
static void test_deep(void **state)
{
	char text[2000] = "";
	char path[100] = "";
	struct range r;

	(void)state;
	for (int i = 0; i < 20; i++) {
		strcat(text, "n { ranges; ");
		strcat(path, "/n");
	}
	strcat(text, "reg = <0 1 1>;");
	for (int i = 0; i < 20; i++)
		strcat(text, "}; ");
	make(text);
	assert_int_equal(dt_reg(blob, fdt_path_offset(blob, path), 0, &r), OM_E_NOT_FOUND);
	assert_int_equal(dt_path(blob, fdt_path_offset(blob, path), path, sizeof(path)),
			 OM_E_NO_SPACE);
}

static const char *const path_trees[] = {
	"",
	"x; a { };",
	"a { b = <1>; c { d; e { }; }; }; f { };",
	"b@1 { reg = <1>; c@2 { }; }; b@2 { c@2 { g { h { }; }; }; c@3 { x; }; };",
	"n { n { n { n { n { }; }; n { }; }; }; n { }; };",
};

/* Every node of a tree has the path that libfdt gives it, in just the room that it takes. */
static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(path_trees) / sizeof(path_trees[0]); i++) {
		int depth = 0, n = 0;

		make(path_trees[i]);
		for (int node = 0; node >= 0 && depth >= 0;
		     node = fdt_next_node(blob, node, &depth), n++) {
			char want[100], path[100];

			assert_int_equal(fdt_get_path(blob, node, want, sizeof(want)), 0);
			assert_int_equal(dt_path(blob, node, path, strlen(want) + 1), OM_OK);
			assert_string_equal(path, want);
			assert_int_equal(dt_path(blob, node, path, strlen(want)), OM_E_NO_SPACE);
			assert_int_equal(dt_path(blob, node + 4, path, sizeof(path)),
					 OM_E_NOT_FOUND);
		}
		assert_true(n > 0);
	}
}

/* The tree's text has no such nodes: the name is taken away in the blob. */
static void test_nameless_path(void **state)
{
	char path[100];
	int node;

	(void)state;
	make("a { b { }; };");
	node = fdt_path_offset(blob, "/a/b");
	((char *)blob + fdt_off_dt_struct(blob) + node)[4] = '\0';
	assert_int_equal(dt_path(blob, node, path, sizeof(path)), OM_E_NOT_FOUND);
	node = fdt_path_offset(blob, "/a");
	((char *)blob + fdt_off_dt_struct(blob) + node)[4] = '\0';
	assert_int_equal(dt_path(blob, node, path, sizeof(path)), OM_E_NOT_FOUND);
	assert_int_equal(dt_path(blob, 0, path, sizeof(path)), OM_OK);
}

/* Passing over properties or not: the same nodes, and the same end, whatever is broken. */
static void test_nodes_only(void **state)
{
	uint64_t copy[64];

	(void)state;
	for (size_t off = 56; off < 160; off += 4)
		for (uint32_t value = 0; value < 12; value++) {
			size_t n = off;
			size_t total = tree_make("x = <1>; a { y = <1 2>; b { }; z; };", blob,
						 sizeof(blob64), 0);
			enum dt_event all, nodes;
			struct dt_walk w, v;

			assert_true(total <= sizeof(copy));
			if (off + 4 > total)
				continue;
			memcpy(copy, blob, total);
			tree_cell((uint8_t *)copy, &n, total, value);
			dt_walk_start(&w, copy);
			dt_walk_start(&v, copy);
			do {
				nodes = dt_walk_node(&v);
				do
					all = dt_walk_next(&w);
				while (all == DT_PROP);
				/* a name that is outside of its block is not looked at */
				if (all == DT_BROKEN)
					break;
				assert_int_equal(nodes, all);
				assert_int_equal(v.off, w.off);
				assert_int_equal(v.depth, w.depth);
				assert_int_equal(v.node, w.node);
			} while (all < DT_DONE);
		}
}

static void test_small(void **state)
{
	uint32_t a = 0, s = 0;

	(void)state;
	make("a { compatible = \"x,y\", \"z\"; status = \"okay\"; };"
	     "b { status = \"fail\"; #address-cells = <3>; };"
	     "cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = \"cpu\"; };"
	     " cpu@1 { device_type = \"cpu\"; cache { device_type = \"cpu\"; }; };"
	     " cpu-map { }; }; c { d { device_type = \"cpu\"; }; };");
	int node = fdt_path_offset(blob, "/a");
	assert_true(dt_enabled(blob, node));
	assert_true(dt_is_compatible(blob, node, "z"));
	assert_false(dt_is_compatible(blob, node, "x"));
	assert_false(dt_is_compatible(blob, 0, "z"));
	assert_int_equal(dt_cells(blob, node, &a, &s), OM_OK);
	assert_true(a == 2 && s == 1);
	assert_int_equal(dt_cells(blob, fdt_path_offset(blob, "/cpus"), &a, &s), OM_OK);
	assert_true(a == 1 && s == 0);
	node = fdt_path_offset(blob, "/b");
	assert_false(dt_enabled(blob, node));
	assert_int_equal(dt_cells(blob, node, &a, &s), OM_E_VARIANT);
	static struct ranges banks;
	assert_int_equal(dt_banks(blob, &banks, &a), OM_E_NOT_FOUND);
	assert_int_equal(a, 2);
	assert_true(dt_list_has("a\0b", 4, "b"));
	assert_false(dt_list_has("a\0b", 3, "b")); /* not terminated */
	assert_int_equal(dt_number("\1\2\3\4\5\6\7\10", 2), 0x0102030405060708);
}

/* One word of a good tree overwritten. */
static const struct {
	const char *what;
	size_t off;
	uint32_t value;
	enum om_err want;
} broken_rows[] = {
	{ "untouched", 0, 0xd00dfeed, OM_OK },
	{ "magic", 0, 0xedfe0dd0, OM_E_BAD_MAGIC },
	{ "claims more than is there, does not use it", 4, 4096, OM_OK },
	{ "larger than any tree", 4, 0x7fffffff, OM_E_TRUNCATED },
	{ "smaller than its header", 4, 39, OM_E_TRUNCATED },
	{ "structure outside", 8, 4000, OM_E_CORRUPT },
	{ "structure on the header", 8, 0, OM_E_CORRUPT },
	{ "structure unaligned", 8, 57, OM_E_CORRUPT },
	{ "strings outside", 12, 0xfffffff0, OM_E_CORRUPT },
	{ "reservations outside", 16, 0xfffffff8, OM_E_CORRUPT },
	{ "reservations unaligned", 16, 44, OM_E_CORRUPT },
	{ "reservations end in the structure", 48, 5, OM_E_CORRUPT },
	{ "a reservation of no size ends the list", 40, 5, OM_OK },
	{ "old version", 20, 16, OM_E_VARIANT },
	{ "future version", 24, 18, OM_E_VARIANT },
	{ "strings too long", 32, 0x1000, OM_E_CORRUPT },
	{ "strings cut inside a name", 32, 1, OM_E_CORRUPT },
	{ "structure too long", 36, 0x1000, OM_E_CORRUPT },
	{ "structure cut", 36, 4, OM_E_CORRUPT },
	{ "structure empty", 36, 0, OM_E_CORRUPT },
	{ "no root", 56, 9, OM_E_CORRUPT },
	{ "first tag is a NOP", 56, 4, OM_E_CORRUPT },
	{ "unknown tag", 56, 7, OM_E_CORRUPT },
	{ "property too long", 68, 0xfffffffc, OM_E_CORRUPT },
	{ "name outside the strings", 72, 200, OM_E_CORRUPT },
	{ "child replaced by a NOP", 80, 4, OM_E_CORRUPT },
	{ "end missing", 92, 1, OM_E_CORRUPT },
	{ "second root", 96, 1, OM_E_CORRUPT },
};

static void test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken_rows) / sizeof(broken_rows[0]); i++) {
		size_t used = 99;
		size_t n = broken_rows[i].off;
		size_t total = tree_make("x = <1>; a { };", blob, sizeof(blob64), 0);
		/* heap memory of exact size, so that the sanitizer sees any read outside */
		uint8_t *copy = malloc(total);

		memcpy(copy, blob, total);
		tree_cell(copy, &n, total, broken_rows[i].value);
		if (dt_check(copy, total, &used) != broken_rows[i].want)
			fail_msg("%s", broken_rows[i].what);
		assert_int_equal(used == 99, broken_rows[i].want != OM_OK);
		for (size_t room = 0; broken_rows[i].want == OM_OK && room < total; room++) {
			uint8_t *part = malloc(room + 1);

			memcpy(part, copy, room);
			assert_int_equal(dt_check(part, room, &used), OM_E_TRUNCATED);
			free(part);
		}
		free(copy);
	}
	assert_int_equal(dt_check((char *)blob + 4, 1000, NULL), OM_E_ARG);
}

static void test_padded(void **state)
{
	struct dt_walk w;
	size_t used = 0;
	size_t tight = tree_make("x; a { y; };", blob, sizeof(blob64), 0);

	(void)state;
	assert_int_equal(tree_make("x; a { y; };", blob, sizeof(blob64), 20000), 20000);
	assert_int_equal(dt_check(blob, sizeof(blob64), &used), OM_OK);
	assert_int_equal(used, tight);
	/* a property after a child is broken: libfdt and Linux would not see it */
	tight = tree_make("x; a { }; y;", blob, sizeof(blob64), 0);
	assert_int_equal(dt_check(blob, tight, &used), OM_E_CORRUPT);
	/* a block that ends inside the padding of its last value */
	tight = tree_make("x = <1>; a { };", blob, sizeof(blob64), 0);
	((uint8_t *)blob)[36 + 3] = 43;
	((uint8_t *)blob)[68 + 3] = 23;
	assert_int_equal(dt_check(blob, tight, &used), OM_E_CORRUPT);
	dt_walk_start(&w, blob);
	assert_int_equal(dt_walk_next(&w), DT_NODE);
	assert_int_equal(dt_walk_next(&w), DT_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_banks),	   cmocka_unit_test(test_banks_full),
		cmocka_unit_test(test_reg),	   cmocka_unit_test(test_deep),
		cmocka_unit_test(test_paths),	   cmocka_unit_test(test_nameless_path),
		cmocka_unit_test(test_nodes_only), cmocka_unit_test(test_small),
		cmocka_unit_test(test_broken),	   cmocka_unit_test(test_padded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

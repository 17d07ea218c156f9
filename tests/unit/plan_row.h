/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of the carve-out plan's tests: a row is a tree, a command line and claims, and where the
 * carve-out must go. Every row's plan is also applied, and the tree then looked at with Linux's
 * eyes.
 */
#ifndef OM_TESTS_PLAN_ROW_H
#define OM_TESTS_PLAN_ROW_H

#include "core/place/plan.h"
#include "core/place/plan_notes.h"
#include "core/tree/dt.h"
#include "tree.h"
#include "tree_expect.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define PRINTABLE                                                                                  \
	" !\"#$%&'()*+,-./"                                                                        \
	"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvw"                \
	"xyz{|}~"
#define GIB (1024 * MIB)

static uint64_t source[4096], keep[4096], opened[4096];
static struct plan_input in;
static struct plan plan, again;

static const struct geometry board = {
	.region_bytes = 2 * MIB,
	.record_bytes = 64 * KIB,
	.console_bytes = 256 * KIB,
	.ftrace_bytes = 128 * KIB,
	.pmsg_bytes = 128 * KIB,
	.ecc_bytes = 16,
	.flags = 1,
	.max_reason = 2,
};

#define C11	 "#address-cells = <1>; #size-cells = <1>; "
#define C21	 "#address-cells = <2>; #size-cells = <1>; "
#define C22	 "#address-cells = <2>; #size-cells = <2>; "
#define MEM(reg) "memory@0 { device_type = \"memory\"; reg = <" reg ">; }; "
#define M512	 MEM("0x40000000 0x20000000")
#define RSV(children)                                                                              \
	"reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; " children " }; "
#define RAMOOPS(at, rest)                                                                          \
	"ramoops@" at " { compatible = \"ramoops\"; reg = <0x" at " 0x200000>; " rest " }; "
#define SIZES                                                                                      \
	"record-size = <0x10000>; console-size = <0x20000>; pmsg-size = <0x10000>; ecc-size = "    \
	"<16>; "
#define FULL	     SIZES "no-map; "
#define CHOSEN(rest) "chosen { " rest " }; "

struct row {
	const char *what, *tree, *bootargs;
	struct claim claims[4];
	enum plan_source source;
	uint64_t base, bytes, page;
	uint32_t notices;
	struct range conflict;
	struct expect expect[9]; /* the last one stays empty */
	const char *modprobe;	 /* ramoops' options there, NULL: none */
	const char *says[4];	 /* parts of the notices, each of another one */
	struct range earlier;	 /* where the tree's node was */
	bool earlier_is_readable;
	bool stage; /* a boot loader starts before us or after us */
};

#define TOP_512 .source = PLAN_COMPUTED, .base = 0x5fc00000, .bytes = 2 * MIB, .page = 0x5fbff000

/* ---- the tree with Linux's eyes: written from what Linux does, not from the plan ---- */

static uint64_t cells(const void *p, int n)
{
	const uint8_t *b = p;
	uint64_t v = 0;

	for (int i = 0; i < 4 * n; i++)
		v = v << 8 | b[i];
	return v;
}

static int cell_prop(int node, const char *name, int otherwise)
{
	int len;
	const void *p = fdt_getprop(opened, node, name, &len);

	return p && len == 4 ? (int)cells(p, 1) : otherwise;
}

static bool node_on(int node)
{
	const char *s = fdt_getprop(opened, node, "status", NULL);

	return !s || strcmp(s, "okay") == 0 || strcmp(s, "ok") == 0;
}

/* What Linux keeps out of its own use: /memreserve/ and what it takes of /reserved-memory. */
static void linux_reserved(struct ranges *set, struct ranges *nomap)
{
	int a = cell_prop(0, "#address-cells", 2), s = cell_prop(0, "#size-cells", 1);
	int rsv = fdt_path_offset(opened, "/reserved-memory");
	int node, len;
	uint64_t base, bytes;

	set->n = nomap->n = 0;
	for (int i = 0; i < fdt_num_mem_rsv(opened); i++) {
		fdt_get_mem_rsv(opened, i, &base, &bytes);
		assert_int_equal(ranges_add(set, range_make(base, bytes)), OM_OK);
	}
	if (rsv < 0 || cell_prop(rsv, "#address-cells", -1) != a ||
	    cell_prop(rsv, "#size-cells", -1) != s || !fdt_getprop(opened, rsv, "ranges", NULL))
		return;
	fdt_for_each_subnode(node, opened, rsv)
	{
		const char *p = fdt_getprop(opened, node, "reg", &len);

		for (; p && node_on(node) && len >= 4 * (a + s);
		     len -= 4 * (a + s), p += 4 * (a + s)) {
			struct range r = { cells(p, a), cells(p + 4 * a, s) };

			assert_int_equal(ranges_add(set, r), OM_OK);
			if (fdt_getprop(opened, node, "no-map", NULL))
				assert_int_equal(ranges_add(nomap, r), OM_OK);
		}
	}
}

static uint32_t number_prop(int node, const char *name, uint32_t otherwise)
{
	int len = 0;
	const void *p = fdt_getprop(opened, node, name, &len);

	if (p)
		assert_int_equal(len, 4); /* anything else and ramoops does not start */
	return p ? (uint32_t)cells(p, 1) : otherwise;
}

/* The first node Linux would make a ramoops device of, read as ramoops_parse_dt() reads it. */
static int linux_ramoops(struct geometry *g, int *out)
{
	int node = -1;
	struct range r = { 0, 0 };

	do
		node = fdt_node_offset_by_compatible(opened, node, "ramoops");
	while (node >= 0 && !node_on(node));
	memset(g, 0, sizeof(*g));
	*out = node;
	if (node < 0)
		return 0;
	if (dt_reg(opened, node, 0, &r) != OM_OK)
		return -1;
	g->base_pa = r.base_pa;
	g->region_bytes = (uint32_t)r.bytes;
	g->record_bytes = number_prop(node, "record-size", 0);
	g->console_bytes = number_prop(node, "console-size", 0);
	g->ftrace_bytes = number_prop(node, "ftrace-size", 0);
	g->pmsg_bytes = number_prop(node, "pmsg-size", 0);
	g->ecc_bytes = number_prop(node, "ecc-size", 0);
	g->flags = number_prop(node, "flags", 0);
	g->max_reason = number_prop(node, "max-reason",
				    fdt_getprop(opened, node, "no-dump-oops", NULL) ? 1 : 2);
	g->mem_type = number_prop(node, "mem-type",
				  fdt_getprop(opened, node, "unbuffered", NULL) != NULL);
	return 1;
}

/* The unit address of every node that has reg and one must be that of reg. */
static void check_name(int node, uint64_t base)
{
	char want[32];
	const char *name = fdt_get_name(opened, node, NULL);
	const char *at = strchr(name, '@');

	snprintf(want, sizeof(want), "@%llx", (unsigned long long)base);
	if (!at || strcmp(at, want) != 0)
		fail_msg("%s should end in %s", name, want);
}

static void open_and_apply(const void *fdt, const struct edits *edits)
{
	size_t used;

	assert_int_equal(fdt_open_into(fdt, opened, sizeof(opened)), 0);
	assert_int_equal(edits_apply(opened, edits), OM_OK);
	assert_int_equal(dt_check(opened, sizeof(opened), &used), OM_OK);
	assert_int_equal(fdt_check_full(opened, sizeof(opened)), 0);
}

static void check_tree(const struct row *row)
{
	static struct ranges reserved, nomap;
	struct geometry g, rounded;
	struct range region = { plan.geom.base_pa, plan.geom.region_bytes };
	struct range page = { plan.retained_pa, PLAN_RETAINED_BYTES };
	int node = -1;
	int found = linux_ramoops(&g, &node);

	if (plan.source == PLAN_NONE) {
		if (!(plan.notices & PLAN_N_TURNED_OFF))
			assert_int_equal(found, 0);
		return;
	}
	assert_int_equal(found, 1);
	assert_memory_equal(&g, &plan.geom, sizeof(g));
	if (plan.source != PLAN_EXISTING && !strstr(row->what, "namesake"))
		check_name(node, g.base_pa);
	rounded = g;
	assert_false(geometry_round(&rounded));
	assert_int_equal(geometry_check(&g), OM_OK);

	linux_reserved(&reserved, &nomap);
	if (ranges_overlap(&plan.banks, region))
		assert_true(ranges_contain(&reserved, region));
	if (plan.retained_pa) {
		assert_true(ranges_contain(&reserved, page));
		assert_true(ranges_contain(&plan.banks, page) || plan.banks.n == 0);
		assert_false(range_overlaps(page, region));
	}
	assert_true(ranges_contain(&plan.reserved, region));
	if (plan.notices & PLAN_N_NODE_MOVED) /* its old place is free for the kernel */
		for (uint32_t i = 0; i < plan.reserved.n; i++)
			assert_true(ranges_contain(&reserved, plan.reserved.r[i]));
	for (size_t i = 0; i < 4; i++)
		if (row->claims[i].kind != CLAIM_PAYLOAD) {
			assert_false(range_overlaps(row->claims[i].range, region));
			assert_false(range_overlaps(row->claims[i].range, page));
		}
}

static void same_plan(const struct plan *a, const struct plan *b)
{
	assert_memory_equal(&a->geom, &b->geom, sizeof(a->geom));
	assert_int_equal(a->retained_pa, b->retained_pa);
	assert_int_equal(a->cpus, b->cpus);
}

/*
 * With OOPSMON_ROWS=DIR every row's tree goes there before and after, so that other eyes than
 * ours can look at it (tests/system/test_plan_dtb.py).
 */
static void save_tree(size_t number, const char *suffix, void *tree)
{
	const char *dir = getenv("OOPSMON_ROWS");
	char path[300];
	FILE *f;

	if (!dir)
		return;
	snprintf(path, sizeof(path), "%s/%03zu-%s.dtb", dir, number, suffix);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(tree, 1, fdt_totalsize(tree), f), fdt_totalsize(tree));
	assert_int_equal(fclose(f), 0);
}

/* Nothing is written twice. */
static void check_edits(const struct edits *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		for (uint32_t k = 0; k < i; k++) {
			const struct edit *a = &list->e[i], *b = &list->e[k];

			if (a->op != b->op || a->base_pa != b->base_pa)
				continue;
			if (!a->path || (strcmp(a->path, b->path) == 0 &&
					 (!a->name || strcmp(a->name, b->name) == 0)))
				fail_msg("edit %u again: %s %s", k, a->path ? a->path : "",
					 a->name ? a->name : "");
		}
}

/* No range is told that has no bytes. */
static void check_ranges(const char *text)
{
	for (const char *end = text; (end = strstr(end, "-0x")) != NULL; end++) {
		const char *begin = end;

		while (begin > text && begin[-1] != ' ' && begin[-1] != '(')
			begin--;
		if (strncmp(begin, "0x", 2) == 0 &&
		    strtoull(begin, NULL, 16) >= strtoull(end + 1, NULL, 16))
			fail_msg("an empty range: %s", text);
	}
	assert_null(strstr(text, "(0 bytes)"));
}

/* Every fact has one printable line, other facts have none, and the row's words are in them. */
static void check_notes(const struct row *row)
{
	static char text[PLAN_NOTES][PLAN_NOTE_BYTES];
	uint32_t n = 0, last = 0;

	for (uint32_t i = 0; i < PLAN_NOTES; i++) {
		const uint32_t code = plan_note(&plan, source, i, text[n]);

		if (!code)
			continue;
		assert_true(code > last);
		last = code;
		assert_int_equal(strspn(text[n], PRINTABLE), strlen(text[n]));
		assert_in_range(strlen(text[n]), 20, PLAN_NOTE_BYTES - 2);
		assert_null(strchr(text[n], '%'));
		check_ranges(text[n]);
		n++;
	}
	assert_int_equal(n, __builtin_popcount(plan.notices));
	for (size_t i = 0; i < 4 && row->says[i]; i++) {
		bool found = false;

		for (uint32_t k = 0; k < n; k++)
			found |= strstr(text[k], row->says[i]) != NULL;
		for (uint32_t k = 0; !found && k < n; k++)
			print_error("  %s\n", text[k]);
		if (!found)
			fail_msg("nothing says \"%s\"", row->says[i]);
	}
}

/* @number: for the names of saved trees. */
static void run_row(const struct row *row, size_t number)
{
	size_t total = tree_make(row->tree, source, sizeof(source), 0);
	size_t used;

	assert_int_equal(dt_check(source, total, &used), OM_OK);
	memcpy(keep, source, total);
	in = (struct plan_input){ .fdt = source,
				  .bootargs = row->bootargs,
				  .modprobe = row->modprobe,
				  .board = board,
				  .other_stage = row->stage };
	for (size_t i = 0; i < 4; i++)
		if (row->claims[i].range.bytes)
			in.claims[in.n_claims++] = row->claims[i];

	memset(&plan, 0xaa, sizeof(plan));
	assert_int_equal(carveout_plan(&in, &plan), OM_OK);
	if (plan.source != row->source || plan.geom.base_pa != row->base ||
	    plan.geom.region_bytes != row->bytes || plan.retained_pa != row->page ||
	    plan.notices != row->notices || plan.conflict.range.base_pa != row->conflict.base_pa ||
	    plan.conflict.range.bytes != row->conflict.bytes ||
	    (row->earlier.bytes && (plan.earlier.base_pa != row->earlier.base_pa ||
				    plan.earlier.region_bytes != row->earlier.bytes ||
				    plan.earlier_is_readable != row->earlier_is_readable)))
		fail_msg("source %d at 0x%llx + 0x%x, page 0x%llx, notices 0x%x, conflict 0x%llx + "
			 "0x%llx",
			 plan.source, (unsigned long long)plan.geom.base_pa, plan.geom.region_bytes,
			 (unsigned long long)plan.retained_pa, plan.notices,
			 (unsigned long long)plan.conflict.range.base_pa,
			 (unsigned long long)plan.conflict.range.bytes);
	assert_memory_equal(keep, source, total);
	check_edits(&plan.edits);
	check_notes(row);

	memset(&again, 0x55, sizeof(again));
	assert_int_equal(carveout_plan(&in, &again), OM_OK);
	same_plan(&plan, &again);
	assert_int_equal(plan.edits.n, again.edits.n);

	open_and_apply(source, &plan.edits);
	check_tree(row);
	expect_props(opened, row->expect);
	save_tree(number, "before", source);
	save_tree(number, "after", opened);

	/* planning the planned tree again changes nothing more */
	if (plan.source == PLAN_NONE)
		return;
	in.fdt = opened;
	assert_int_equal(carveout_plan(&in, &again), OM_OK);
	same_plan(&plan, &again);
	assert_int_equal(again.source, PLAN_EXISTING);
	if (again.edits.n != 0 && !(again.notices & PLAN_N_NO_RETAINED))
		fail_msg("the second pass has %u edits, first %d %s %s", again.edits.n,
			 again.edits.e[0].op, again.edits.e[0].path, again.edits.e[0].name);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The edit list: what it keeps, and what the tree looks like afterwards. */
#include "core/tree/dt.h"
#include "core/tree/edits.h"
#include "tree.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t source[1024], opened[2048];
static struct edits list;

static void start(const char *text, size_t room)
{
	tree_make(text, source, sizeof(source), 0);
	assert_int_equal(fdt_open_into(source, opened, (int)room), 0);
	list.n = 0;
	list.pool_used = 0;
}

static void check_whole(void)
{
	size_t used;

	assert_int_equal(dt_check(opened, sizeof(opened), &used), OM_OK);
	assert_int_equal(fdt_check_full(opened, sizeof(opened)), 0);
}

static void assert_prop(const char *path, const char *name, const void *want, int want_len)
{
	int len = -1;
	const void *got = fdt_getprop(opened, fdt_path_offset(opened, path), name, &len);

	if (!got)
		fail_msg("%s %s is missing", path, name);
	assert_int_equal(len, want_len);
	assert_memory_equal(got, want, (size_t)len);
}

static const char text[] =
	"x = <1>; y = \"long enough\"; chosen { }; r { a@10 { }; a@1 { p; reg = <1>; };"
	" b@2 { p; q; }; }; z { compatible = \"z\"; };";

static void test_apply(void **state)
{
	char args[300];

	(void)state;
	start(text, sizeof(opened));
	memset(args, 'a', sizeof(args));
	args[299] = 0;
	assert_int_equal(edits_prop_ref(&list, "/chosen", "bootargs", args, 300), OM_OK);
	assert_int_equal(edits_u32(&list, "/", "x", 0x01020304), OM_OK);
	assert_int_equal(edits_prop(&list, "/", "y", "s", 2), OM_OK);
	assert_int_equal(edits_delete(&list, "/r/b@2", "p"), OM_OK);
	assert_int_equal(edits_delete(&list, "/r/b@2", "not there"), OM_OK);
	assert_int_equal(edits_node(&list, "/r/c@3"), OM_OK);
	assert_int_equal(edits_prop(&list, "/r/c@3", "compatible", "c", 2), OM_OK);
	assert_int_equal(edits_prop(&list, "/r/c@3", "no-map", NULL, 0), OM_OK);
	assert_int_equal(edits_node(&list, "/r/a@1"), OM_OK); /* there already */
	assert_int_equal(edits_rename(&list, "/r/a@1", "a@1000"), OM_OK);
	assert_int_equal(edits_u32(&list, "/r/a@1000", "reg", 0x1000), OM_OK);
	assert_int_equal(edits_node(&list, "/new"), OM_OK);
	assert_int_equal(edits_node(&list, "/new/deeper"), OM_OK);
	assert_int_equal(edits_u32(&list, "/new/deeper", "x", 7), OM_OK);
	assert_int_equal(edits_reserve(&list, 0x123456789000, 0x1000), OM_OK);
	assert_int_equal(edits_apply(opened, &list), OM_OK);
	check_whole();

	assert_prop("/chosen", "bootargs", args, 300);
	assert_prop("/", "x", "\1\2\3\4", 4);
	assert_prop("/", "y", "s", 2);
	assert_prop("/r/b@2", "q", "", 0);
	assert_null(fdt_getprop(opened, fdt_path_offset(opened, "/r/b@2"), "p", NULL));
	assert_prop("/r/c@3", "compatible", "c", 2);
	assert_prop("/r/c@3", "no-map", "", 0);
	assert_prop("/r/a@1000", "reg", "\0\0\20\0", 4);
	assert_prop("/r/a@1000", "p", "", 0);
	assert_int_equal(fdt_path_offset(opened, "/r/a@1"), -FDT_ERR_NOTFOUND);
	assert_prop("/new/deeper", "x", "\0\0\0\7", 4);
	assert_prop("/z", "compatible", "z", 2);
	uint64_t base, bytes;
	assert_int_equal(fdt_num_mem_rsv(opened), 1);
	assert_int_equal(fdt_get_mem_rsv(opened, 0, &base, &bytes), 0);
	assert_true(base == 0x123456789000 && bytes == 0x1000);
}

/* The same property twice in a row: the last value counts, and it stands there once. */
static void test_twice(void **state)
{
	int offset, n = 0;

	(void)state;
	start(text, sizeof(opened));
	assert_int_equal(edits_u32(&list, "/chosen", "new", 1), OM_OK);
	assert_int_equal(edits_u32(&list, "/chosen", "other", 1), OM_OK);
	assert_int_equal(edits_u32(&list, "/chosen", "new", 2), OM_OK);
	assert_int_equal(edits_apply(opened, &list), OM_OK);
	check_whole();
	assert_prop("/chosen", "new", "\0\0\0\2", 4);
	fdt_for_each_property_offset(offset, opened, fdt_path_offset(opened, "/chosen")) n++;
	assert_int_equal(n, 2);
}

static void test_refusals(void **state)
{
	(void)state;
	start(text, sizeof(opened));
	assert_int_equal(edits_u32(&list, "/none", "x", 1), OM_OK);
	assert_int_equal(edits_apply(opened, &list), OM_E_NOT_FOUND);
	start(text, sizeof(opened));
	assert_int_equal(edits_node(&list, "/none/x"), OM_OK);
	assert_int_equal(edits_apply(opened, &list), OM_E_NOT_FOUND);
	start(text, sizeof(opened));
	assert_int_equal(edits_delete(&list, "/none", "x"), OM_OK);
	assert_int_equal(edits_apply(opened, &list), OM_E_NOT_FOUND);
	start(text, sizeof(opened));
	assert_int_equal(edits_rename(&list, "/r/b@2", "b@3"), OM_OK);
	assert_int_equal(edits_u32(&list, "/r/b@2", "x", 1), OM_OK); /* its name until then */
	assert_int_equal(edits_apply(opened, &list), OM_E_NOT_FOUND);
	start(text, sizeof(opened));
	assert_int_equal(edits_node(&list, "noslash"), OM_OK);
	assert_int_equal(edits_apply(opened, &list), OM_E_NOT_FOUND);
	/* a child without a name must not be taken for its parent */
	for (int i = 0; i < 3; i++) {
		static const char *const nameless[] = { "/r/", "//", "/r//a@1" };

		start(text, sizeof(opened));
		assert_int_equal(edits_u32(&list, "/r", "x", 1), OM_OK);
		assert_int_equal(edits_u32(&list, nameless[i], "y", 1), OM_OK);
		assert_int_equal(edits_apply(opened, &list), OM_E_NOT_FOUND);
	}
}

/* A node changes places with its later siblings, and nothing else does. */
static void test_last(void **state)
{
	static const struct {
		const char *path;
		const char *order[3];
	} rows[] = {
		{ "/r/a@10", { "a@1", "b@2", "a@10" } },
		{ "/r/a@1", { "a@10", "b@2", "a@1" } },
		{ "/r/b@2", { "a@10", "a@1", "b@2" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = 0, node;

		start(text, sizeof(opened));
		assert_int_equal(edits_u32(&list, "/r/a@10", "deep", 7), OM_OK);
		assert_int_equal(edits_node(&list, "/r/a@10/child"), OM_OK);
		assert_int_equal(edits_last(&list, rows[i].path), OM_OK);
		assert_int_equal(edits_u32(&list, rows[i].path, "later", 8), OM_OK);
		assert_int_equal(edits_apply(opened, &list), OM_OK);
		check_whole();
		fdt_for_each_subnode(node, opened, fdt_path_offset(opened, "/r"))
			assert_string_equal(fdt_get_name(opened, node, NULL), rows[i].order[n++]);
		assert_int_equal(n, 3);
		assert_prop("/r/a@10", "deep", "\0\0\0\7", 4);
		assert_true(fdt_path_offset(opened, "/r/a@10/child") > 0);
		assert_prop("/r/a@1", "reg", "\0\0\0\1", 4);
		assert_prop("/r/b@2", "q", "", 0);
		assert_prop(rows[i].path, "later", "\0\0\0\10", 4);
		assert_prop("/z", "compatible", "z", 2);
	}
	start(text, sizeof(opened));
	assert_int_equal(edits_last(&list, "/"), OM_OK);
	assert_int_equal(edits_apply(opened, &list), OM_E_NOT_FOUND);
}

/* With every amount of slack the answer is NO_SPACE or a whole tree, never a broken one. */
static void test_full_tree(void **state)
{
	size_t tight;
	int fitted = 0, refused = 0;

	(void)state;
	start(text, sizeof(opened));
	tight = tree_make(text, source, sizeof(source), 0);
	for (size_t slack = 0; slack < 400; slack += 4) {
		enum om_err err;

		start(text, tight + slack);
		assert_int_equal(edits_node(&list, "/new"), OM_OK);
		for (int i = 0; i < 8; i++) {
			char name[16];

			snprintf(name, sizeof(name), "prop%d", i);
			assert_int_equal(edits_u32(&list, "/new", name, 1), OM_OK);
		}
		assert_int_equal(edits_reserve(&list, 1, 1), OM_OK);
		err = edits_apply(opened, &list);
		check_whole();
		fitted += err == OM_OK;
		refused += err == OM_E_NO_SPACE;
		assert_true(err == OM_OK || err == OM_E_NO_SPACE);
	}
	assert_true(fitted > 10 && refused > 10);
}

static void test_limits(void **state)
{
	char big[EDITS_POOL_BYTES + 1];

	(void)state;
	start(text, sizeof(opened));
	for (int i = 0; i < EDITS_MAX; i++)
		assert_int_equal(edits_reserve(&list, 1, 1), OM_OK);
	assert_int_equal(edits_reserve(&list, 1, 1), OM_E_NO_SPACE);
	assert_int_equal(edits_u32(&list, "/", "x", 1), OM_E_NO_SPACE);
	assert_int_equal(list.n, EDITS_MAX);
	assert_int_equal(list.pool_used, 0);

	start(text, sizeof(opened));
	memset(big, 'a', sizeof(big));
	assert_int_equal(edits_prop(&list, "/", "x", big, sizeof(big)), OM_E_NO_SPACE);
	assert_int_equal(edits_prop(&list, "/", "x", big, sizeof(big) - 3), OM_E_NO_SPACE);
	assert_int_equal(list.pool_used, 0);
	assert_int_equal(edits_prop(&list, "/", "x", big, 500), OM_OK);
	memset(big, 'b', sizeof(big)); /* the list has its own copy */
	assert_int_equal(edits_apply(opened, &list), OM_OK);
	check_whole();
	assert_int_equal(((const char *)fdt_getprop(opened, 0, "x", NULL))[499], 'a');
	/* the same path is stored once */
	uint32_t used = list.pool_used;
	assert_int_equal(edits_delete(&list, "/", "x"), OM_OK);
	assert_true(list.pool_used <= used + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply),	 cmocka_unit_test(test_twice),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_full_tree),
		cmocka_unit_test(test_limits),	 cmocka_unit_test(test_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

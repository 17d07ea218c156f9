/* SPDX-License-Identifier: BSD-2-Clause */
/* What a row expects of the properties of a tree that was edited. */
#ifndef OM_TESTS_TREE_EXPECT_H
#define OM_TESTS_TREE_EXPECT_H

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct expect {
	const char *path, *prop;
	const char *value; /* bytes; NULL: the property is absent */
	int len;
};

#define HAS(path, prop, value)                                                                     \
	{                                                                                          \
		path, prop, value, sizeof(value) - 1                                               \
	}
#define LACKS(path, prop)                                                                          \
	{                                                                                          \
		path, prop, NULL, 0                                                                \
	}

/* @e ends with an empty one. */
static void expect_props(const void *fdt, const struct expect *e)
{
	for (; e->path; e++) {
		int len = 0;
		int node = fdt_path_offset(fdt, e->path);
		const void *p = node < 0 ? NULL : fdt_getprop(fdt, node, e->prop, &len);

		if (!p != !e->value)
			fail_msg("%s %s is %s", e->path, e->prop, p ? "there" : "missing");
		if (p && (len != e->len || memcmp(p, e->value, (size_t)len) != 0))
			fail_msg("%s %s has another value", e->path, e->prop);
	}
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan's edits as device-tree source. Edits are few, so nodes are found by looking at all. */
#include "plan.h"

#include "core/base/span.h"

#include <inttypes.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

static const char *const op_words[] = {
	[EDIT_ADD_NODE] = NULL,
	[EDIT_SET_PROP] = NULL,
	[EDIT_DEL_PROP] = "delete a property",
	[EDIT_RENAME_NODE] = "rename a node",
	[EDIT_LAST] = "move a node",
	[EDIT_ADD_RESERVE] = "add a /memreserve/ entry",
};

const char *plan_overlay_lacks(const struct edits *edits)
{
	for (uint32_t i = 0; i < edits->n; i++)
		if (op_words[edits->e[i].op])
			return op_words[edits->e[i].op];
	return NULL;
}

/* Can dtc read this path or name in source? (Devicetree Specification, 2.2.1, 2.2.4.1) */
static bool is_readable(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 ",._+*#?-@/")] == '\0';
}

static bool all_readable(const struct edits *edits)
{
	for (uint32_t i = 0; i < edits->n; i++) {
		const struct edit *e = &edits->e[i];

		if ((e->path && !is_readable(e->path)) || (e->name && !is_readable(e->name)))
			return false;
	}
	return true;
}

static void indent(FILE *f, int depth)
{
	for (int i = 0; i < depth; i++)
		fputc('\t', f);
}

/* A value of several printable characters that ends in its only NUL. */
static bool is_string(const struct edit *e)
{
	const char *text = e->value;

	if (e->len < 2 || text[e->len - 1] != '\0')
		return false;
	for (uint32_t i = 0; i + 1 < e->len; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

static void put_value(FILE *f, const struct edit *e)
{
	const uint8_t *value = e->value;
	const bool cells = e->len % 4 == 0;

	if (e->len == 0)
		return;
	fputs(" = ", f);
	if (is_string(e)) {
		fprintf(f, "\"%s\"", (const char *)value);
		return;
	}
	fputc(cells ? '<' : '[', f);
	for (uint32_t i = 0; i < e->len; i += cells ? 4 : 1)
		fprintf(f, cells ? "%s0x%" PRIx32 : "%s%02" PRIx32, i ? " " : "",
			cells ? be32_load(value + i) : value[i]);
	fputc(cells ? '>' : ']', f);
}

/* The component of @path that comes after the first @len characters; 0: there is none. */
static size_t next_name(const char *path, const char *above, size_t len)
{
	if (!path || strncmp(path, above, len) != 0 || path[len] != '/' || !path[len + 1])
		return 0;
	return strcspn(path + len + 1, "/");
}

/* False: there are none. */
static bool put_properties(FILE *f, const struct edits *edits, const char *path, size_t len,
			   int depth)
{
	bool any = false;

	for (uint32_t i = 0; i < edits->n; i++) {
		const struct edit *e = &edits->e[i];
		const bool here = e->path && strncmp(e->path, path, len) == 0 &&
				  (e->path[len] == '\0' || (len == 0 && !e->path[1]));

		if (!here || e->op == EDIT_ADD_NODE || e->op == EDIT_LAST)
			continue;
		indent(f, depth);
		if (e->op == EDIT_DEL_PROP)
			fprintf(f, "/delete-property/ %s", e->name);
		else if (e->op == EDIT_RENAME_NODE)
			fprintf(f, "/* rename this node to %s */", e->name);
		else
			fputs(e->name, f);
		if (e->op == EDIT_SET_PROP)
			put_value(f, e);
		fputs(e->op == EDIT_RENAME_NODE ? "\n" : ";\n", f);
		any = true;
	}
	return any;
}

/* True if an edit before number @i has the same node in its path. */
static bool was_put(const struct edits *edits, uint32_t i, size_t len)
{
	for (uint32_t k = 0; k < i; k++) {
		const char *path = edits->e[k].path;

		if (path && strncmp(path, edits->e[i].path, len) == 0 &&
		    (path[len] == '/' || path[len] == '\0'))
			return true;
	}
	return false;
}

/* What is in the node that the first @len characters of @path name, its children after it. */
static void put_node(FILE *f, const struct edits *edits, const char *path, size_t len, int depth)
{
	bool any = put_properties(f, edits, path, len, depth);

	for (uint32_t i = 0; i < edits->n && depth < DEPTH_MAX; i++) {
		const char *below = edits->e[i].path;
		const size_t n = next_name(below, path, len);

		if (n == 0 || was_put(edits, i, len + 1 + n))
			continue;
		fputs(any ? "\n" : "", f);
		any = true;
		indent(f, depth);
		fprintf(f, "%.*s {\n", (int)n, below + len + 1);
		put_node(f, edits, below, len + 1 + n, depth + 1);
		indent(f, depth);
		fputs("};\n", f);
	}
}

void plan_source_write(FILE *f, const struct plan_view *v)
{
	const struct edits *edits = &v->plan->edits;
	const char *lacks = plan_overlay_lacks(edits);

	fputs("/dts-v1/;\n/plugin/;\n", f);
	if (lacks)
		fprintf(f,
			"\n/* For the end of the board's own source, without the two lines above: "
			"no\n"
			" * overlay can %s. */\n",
			lacks);
	if (!all_readable(edits)) {
		fputs("\n/* A name in this tree cannot be said in source: write the tree (-o). "
		      "*/\n",
		      f);
		return;
	}
	for (uint32_t i = 0; i < edits->n; i++)
		if (edits->e[i].op == EDIT_ADD_RESERVE)
			fprintf(f, "/memreserve/ 0x%" PRIx64 " 0x%" PRIx64 ";\n",
				edits->e[i].base_pa, edits->e[i].bytes);
	fputs("\n&{/} {\n", f);
	put_node(f, edits, "", 0, 1);
	fputs("};\n", f);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The trees of `oopsmon plan`: as read, with RAM filled in, and as written. */
#include "outfile.h"
#include "plan.h"

#include "core/tree/dt.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_GROWTH_BYTES = 1024 + 16 * RANGES_MAX, OVERLAY_BYTES = 64 << 10 };

void *plan_tree_read(const char *who, const char *file)
{
	FILE *f = fopen(file, "rb");
	char *data = f ? malloc(DT_BYTES_MAX) : NULL;
	size_t n = data ? fread(data, 1, DT_BYTES_MAX, f) : 0;
	size_t len;
	enum om_err err;

	if (!data || ferror(f)) {
		fprintf(stderr, "%s: %s: %s\n", who, file, strerror(errno));
		free(data);
		data = NULL;
	}
	if (f)
		fclose(f);
	if (!data)
		return NULL;
	err = dt_check(data, n, &len);
	if (err == OM_OK && fdt_totalsize(data) <= n)
		return data;
	fprintf(stderr,
		"%s: %s is no device tree that can be used (%s); check it with `dtc -I dtb`\n", who,
		file, om_err_name(err ? err : OM_E_TRUNCATED));
	free(data);
	return NULL;
}

/* ---- RAM ---------------------------------------------------------------------------------- */

/* Appends @value in @cells cells to @out; NULL: it does not fit. */
static uint8_t *put_cells(uint8_t *out, uint64_t value, int cells)
{
	if (cells < 1 || cells > 2 || (cells == 1 && value > UINT32_MAX))
		return NULL;
	for (int i = 4 * cells - 1; i >= 0; i--)
		*out++ = (uint8_t)(value >> (8 * i));
	return out;
}

/* The memory node after @node, 0: the first; below 0: there is none. Only the root's children
 * count. */
static int next_memory(const void *fdt, int node)
{
	static const char type[] = "memory";
	const char *value;
	int len;

	for (node = node ? fdt_next_subnode(fdt, node) : fdt_first_subnode(fdt, 0); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		value = fdt_getprop(fdt, node, "device_type", &len);
		if (value && len == sizeof(type) && memcmp(value, type, sizeof(type)) == 0)
			break;
	}
	return node;
}

/* The memory node to fill in: the first one, and no other is left. */
static int memory_node(void *fdt)
{
	int node = next_memory(fdt, 0), other;

	if (node < 0) {
		/* as U-Boot does: by name, with or without a unit address */
		node = fdt_subnode_offset(fdt, 0, "memory");
		if (node < 0)
			node = fdt_add_subnode(fdt, 0, "memory");
		if (node < 0 || fdt_setprop_string(fdt, node, "device_type", "memory"))
			return -1;
	}
	while ((other = next_memory(fdt, node)) >= 0)
		if (fdt_del_node(fdt, other))
			return -1;
	(void)fdt_delprop(fdt, node, "linux,usable-memory");
	(void)fdt_delprop(fdt, node, "status");
	return node;
}

void *plan_tree_with_memory(const char *who, const void *fdt, const struct ranges *memory)
{
	const int room = (int)fdt_totalsize(fdt) + MEMORY_GROWTH_BYTES;
	const int address_cells = fdt_address_cells(fdt, 0);
	const int size_cells = fdt_size_cells(fdt, 0);
	uint8_t reg[16 * RANGES_MAX], *end = reg;
	void *copy = malloc((size_t)room);
	int node;

	for (uint32_t i = 0; i < memory->n && end; i++) {
		end = put_cells(end, memory->r[i].base_pa, address_cells);
		if (end)
			end = put_cells(end, memory->r[i].bytes, size_cells);
	}
	if (!end) {
		fprintf(stderr,
			"%s: --memory: the numbers do not fit this tree's #address-cells and "
			"#size-cells of %d and %d\n",
			who, address_cells, size_cells);
		free(copy);
		return NULL;
	}
	node = copy && fdt_open_into(fdt, copy, room) == 0 ? memory_node(copy) : -1;
	if (node >= 0 && fdt_setprop(copy, node, "reg", reg, (int)(end - reg)) == 0)
		return copy;
	fprintf(stderr, "%s: --memory: the tree took no memory node\n", who);
	free(copy);
	return NULL;
}

/* ---- an overlay --------------------------------------------------------------------------- */

/* The node of @path, made if it is not there; below 0: an error of libfdt's. */
static int make_path(void *fdt, int node, const char *path)
{
	while (*path == '/' && path[1] && node >= 0) {
		const int len = (int)strcspn(++path, "/");
		const int child = fdt_subnode_offset_namelen(fdt, node, path, len);

		node = child >= 0 ? child : fdt_add_subnode_namelen(fdt, node, path, len);
		path += len;
	}
	return node;
}

/*
 * The edits in one fragment at the root. Backwards: libfdt puts new nodes and properties before
 * those that are there.
 */
static void *make_overlay(const struct edits *edits)
{
	void *fdt = malloc(OVERLAY_BYTES);
	bool good = fdt && fdt_create_empty_tree(fdt, OVERLAY_BYTES) == 0;

	for (uint32_t i = edits->n; good && i > 0; i--) {
		const struct edit *e = &edits->e[i - 1];
		const int node =
			make_path(fdt, make_path(fdt, 0, "/fragment@0/__overlay__"), e->path);

		good = node >= 0 && (e->op != EDIT_SET_PROP ||
				     fdt_setprop(fdt, node, e->name, e->value, (int)e->len) == 0);
	}
	good = good && make_path(fdt, 0, "/fragment@0/__overlay__") > 0 &&
	       fdt_setprop_string(fdt, make_path(fdt, 0, "/fragment@0"), "target-path", "/") == 0 &&
	       fdt_pack(fdt) == 0;
	if (good)
		return fdt;
	free(fdt);
	return NULL;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void *edited_copy(const void *fdt, const struct edits *edits)
{
	const size_t room = fdt_totalsize(fdt) + EDITS_GROWTH_BYTES;
	void *copy = malloc(room);

	if (copy && fdt_open_into(fdt, copy, (int)room) == 0 && edits_apply(copy, edits) == OM_OK &&
	    fdt_pack(copy) == 0)
		return copy;
	free(copy);
	return NULL;
}

static bool is_overlay_name(const char *file)
{
	const size_t len = strlen(file);

	return len >= 5 && strcmp(file + len - 5, ".dtbo") == 0;
}

bool plan_tree_write(const char *who, const struct plan_view *v, const char *file)
{
	const bool overlay = is_overlay_name(file);
	const char *lacks = overlay ? plan_overlay_lacks(&v->plan->edits) : NULL;
	struct outfile out;
	void *tree;
	bool good;

	if (lacks) {
		fprintf(stderr,
			"%s: no overlay can %s, which this plan does; write a tree instead: -o "
			"FILE.dtb\n",
			who, lacks);
		return false;
	}
	tree = overlay ? make_overlay(&v->plan->edits) : edited_copy(v->own, &v->plan->edits);
	if (!tree) {
		fprintf(stderr, "%s: the tree took no edits\n", who);
		return false;
	}
	good = outfile_open_path(&out, file) &&
	       fwrite(tree, 1, fdt_totalsize(tree), out.f) == fdt_totalsize(tree);
	if (!outfile_close(&out, good)) {
		fprintf(stderr, "%s: %s: %s\n", who, file, strerror(errno));
		good = false;
	}
	outfile_free(&out);
	free(tree);
	return good;
}

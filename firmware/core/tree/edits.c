/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The edit list and how libfdt carries it out. Paths and short values live in the
 * list's own pool; a path that is there already is used again.
 */
#include "edits.h"

#include "core/base/span.h"
#include "dt.h"

#include <libfdt.h>
#include <string.h>

/* @len bytes of pool holding a copy of @src, NULL if the pool is full. */
static const void *pool_copy(struct edits *list, const void *src, size_t len)
{
	char *p = list->pool + list->pool_used;

	if (len > EDITS_POOL_BYTES - list->pool_used)
		return NULL;
	memcpy(p, src, len);
	list->pool_used += (uint32_t)len;
	return p;
}

static const char *pool_string(struct edits *list, const char *s)
{
	for (uint32_t i = list->n; i > 0; i--)
		if (list->e[i - 1].path && strcmp(list->e[i - 1].path, s) == 0)
			return list->e[i - 1].path;
	return pool_copy(list, s, strlen(s) + 1);
}

/* Appends @e with copies of its path and name; nothing is appended on an error. */
static enum om_err append(struct edits *list, struct edit e)
{
	uint32_t used = list->pool_used;

	if (list->n >= EDITS_MAX)
		return OM_E_NO_SPACE;
	if (e.path)
		e.path = pool_string(list, e.path);
	if (e.name)
		e.name = pool_string(list, e.name);
	if ((e.op != EDIT_ADD_RESERVE && !e.path) ||
	    (e.op != EDIT_ADD_RESERVE && e.op != EDIT_ADD_NODE && e.op != EDIT_LAST && !e.name)) {
		list->pool_used = used;
		return OM_E_NO_SPACE;
	}
	list->e[list->n++] = e;
	return OM_OK;
}

enum om_err edits_node(struct edits *list, const char *path)
{
	return append(list, (struct edit){ .op = EDIT_ADD_NODE, .path = path });
}

enum om_err edits_prop_ref(struct edits *list, const char *path, const char *name,
			   const void *value, uint32_t len)
{
	return append(list, (struct edit){ .op = EDIT_SET_PROP,
					   .path = path,
					   .name = name,
					   .value = value,
					   .len = len });
}

enum om_err edits_prop(struct edits *list, const char *path, const char *name, const void *value,
		       uint32_t len)
{
	uint32_t used = list->pool_used;
	const void *copy = len > 0 ? pool_copy(list, value, len) : "";
	enum om_err err = copy ? edits_prop_ref(list, path, name, copy, len) : OM_E_NO_SPACE;

	if (err)
		list->pool_used = used;
	return err;
}

enum om_err edits_u32(struct edits *list, const char *path, const char *name, uint32_t value)
{
	uint8_t cell[4];

	be32_store(cell, value);
	return edits_prop(list, path, name, cell, sizeof(cell));
}

enum om_err edits_delete(struct edits *list, const char *path, const char *name)
{
	return append(list, (struct edit){ .op = EDIT_DEL_PROP, .path = path, .name = name });
}

enum om_err edits_rename(struct edits *list, const char *path, const char *name)
{
	return append(list, (struct edit){ .op = EDIT_RENAME_NODE, .path = path, .name = name });
}

enum om_err edits_last(struct edits *list, const char *path)
{
	return append(list, (struct edit){ .op = EDIT_LAST, .path = path });
}

enum om_err edits_chosen(struct edits *list, const char *bootargs, struct range initrd)
{
	const uint32_t first = (uint32_t)initrd.base_pa;
	enum om_err err = edits_node(list, "/chosen");

	if (!err && bootargs[0])
		err = edits_prop_ref(list, "/chosen", "bootargs", bootargs,
				     (uint32_t)strlen(bootargs) + 1);
	if (!err && initrd.bytes)
		err = edits_u32(list, "/chosen", "linux,initrd-start", first);
	if (!err && initrd.bytes)
		err = edits_u32(list, "/chosen", "linux,initrd-end",
				first + (uint32_t)initrd.bytes);
	return err;
}

enum om_err edits_reserve(struct edits *list, uint64_t base_pa, uint64_t bytes)
{
	return append(list,
		      (struct edit){ .op = EDIT_ADD_RESERVE, .base_pa = base_pa, .bytes = bytes });
}

static enum om_err from_fdt(int err)
{
	if (err >= 0)
		return OM_OK;
	switch (-err) {
	case FDT_ERR_NOSPACE:
		return OM_E_NO_SPACE;
	case FDT_ERR_NOTFOUND:
		return OM_E_NOT_FOUND;
	default:
		return OM_E_CORRUPT;
	}
}

/*
 * The node the last edit was about: edits come in runs about one node, and an edit moves
 * only what comes after it.
 */
struct cursor {
	const char *path; /* in the list's pool, where equal paths are one string; NULL: none */
	int node;
};

/* The child of @parent named by @len bytes, as libfdt counts offsets. */
static int child_find(const void *fdt, int parent, const char *name, size_t len)
{
	struct dt_walk w;
	enum dt_event event;

	dt_walk_start_at(&w, fdt, parent);
	while ((event = dt_walk_node(&w)) < DT_DONE) {
		if (event == DT_NODE && w.depth == 1 && strncmp(w.name, name, len) == 0 &&
		    w.name[len] == '\0')
			return w.node;
		if (event == DT_NODE_END && w.depth < 0)
			break;
	}
	return -FDT_ERR_NOTFOUND;
}

/*
 * Follows @len bytes of @path from the root, or from @at if it goes by there; names are compared
 * whole. A dt_walk costs a tenth of fdt_path_offset(), and each edit list looks up half a dozen
 * paths, many of them below one another.
 */
static int path_find(const void *fdt, const struct cursor *at, const char *path, size_t len)
{
	const size_t known = at->path ? strlen(at->path) : 0;
	int node = 0;

	if (known > 0 && known <= len && memcmp(at->path, path, known) == 0 &&
	    (known == len || path[known] == '/')) {
		node = at->node;
		path += known;
		len -= known;
	}
	while (len > 0 && node >= 0) {
		size_t n = 0;

		if (*path != '/')
			return -FDT_ERR_NOTFOUND;
		path++;
		len--;
		while (n < len && path[n] != '/')
			n++;
		/* no name: the root, or a node that cannot be told from its parent */
		if (n > 0)
			node = child_find(fdt, node, path, n);
		else if (node > 0 || len > 0)
			return -FDT_ERR_NOTFOUND;
		path += n;
		len -= n;
	}
	return node;
}

static int find(const void *fdt, struct cursor *at, const char *path)
{
	if (at->path != path) {
		at->node = path_find(fdt, at, path, strlen(path));
		at->path = at->node < 0 ? NULL : path;
	}
	return at->node;
}

static int add_node(void *fdt, struct cursor *at, const char *path)
{
	const char *name = strrchr(path, '/');
	int parent, node;

	if (!name || !name[1])
		return -FDT_ERR_NOTFOUND;
	parent = path_find(fdt, at, path, (size_t)(name - path));
	if (parent < 0)
		return parent;
	node = child_find(fdt, parent, name + 1, strlen(name + 1));
	if (node < 0) /* else it is there already */
		node = fdt_add_subnode(fdt, parent, name + 1);
	if (node >= 0)
		*at = (struct cursor){ path, node };
	return node;
}

static void reverse(char *p, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		char c = p[i];

		p[i] = p[len - 1 - i];
		p[len - 1 - i] = c;
	}
}

/* After its siblings: node and siblings change places as bytes, nothing grows. */
static int move_last(void *fdt, int node)
{
	char *p = (char *)fdt + fdt_off_dt_struct(fdt) + node;
	int at = node, next, depth = 0, end = 0;

	for (;; at = next) {
		uint32_t tag = fdt_next_tag(fdt, at, &next);

		if (tag == FDT_BEGIN_NODE)
			depth++;
		if (tag == FDT_END_NODE && --depth < 0)
			break; /* the parent's */
		if (next < 0 || tag == FDT_END)
			return -FDT_ERR_BADSTRUCTURE;
		if (depth == 0 && end == 0)
			end = next;
	}
	/* a rotation is three reversals */
	reverse(p, (size_t)(end - node));
	reverse(p + (end - node), (size_t)(at - end));
	reverse(p, (size_t)(at - node));
	return 0;
}

static int apply(void *fdt, struct cursor *at, const struct edit *e)
{
	int node, err;

	if (e->op == EDIT_ADD_RESERVE)
		return fdt_add_mem_rsv(fdt, e->base_pa, e->bytes);
	if (e->op == EDIT_ADD_NODE)
		return add_node(fdt, at, e->path);
	node = find(fdt, at, e->path);
	if (node < 0)
		return node;
	if (e->op == EDIT_SET_PROP)
		return fdt_setprop(fdt, node, e->name, e->value, (int)e->len);
	if (e->op == EDIT_LAST) {
		at->path = NULL;
		return node > 0 ? move_last(fdt, node) : -FDT_ERR_NOTFOUND;
	}
	if (e->op == EDIT_RENAME_NODE) {
		at->path = NULL;
		return fdt_set_name(fdt, node, e->name);
	}
	err = fdt_delprop(fdt, node, e->name);
	return err == -FDT_ERR_NOTFOUND ? 0 : err;
}

enum om_err edits_apply(void *fdt, const struct edits *list)
{
	struct cursor at = { NULL, -1 };

	for (uint32_t i = 0; i < list->n; i++) {
		enum om_err err;

		if (list->e[i].len > DT_BYTES_MAX)
			return OM_E_NO_SPACE;
		err = from_fdt(apply(fdt, &at, &list->e[i]));
		if (err)
			return err;
	}
	return OM_OK;
}

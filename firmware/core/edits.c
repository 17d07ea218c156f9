/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The edit list and how libfdt carries it out. Paths and short values live in the
 * list's own pool; a path that is there already is used again.
 */
#include "edits.h"

#include "dt.h"
#include "span.h"

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
	    (e.op != EDIT_ADD_RESERVE && e.op != EDIT_ADD_NODE && !e.name)) {
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

enum om_err edits_reserve(struct edits *list, uint64_t base_pa, uint64_t bytes)
{
	return append(list,
		      (struct edit){ .op = EDIT_ADD_RESERVE, .base_pa = base_pa, .bytes = bytes });
}

/* ---- a tree with room behind it -------------------------------------------------- */

/* Header fields that move; the blocks stand in this order: reservations, structure, strings. */
struct blob {
	uint8_t *p;
	uint32_t total;
	uint32_t structs, structs_bytes;
	uint32_t strings, strings_bytes;
};

#define FIELD(blob, field) ((blob)->p + offsetof(struct fdt_header, field))

static enum om_err blob_open(struct blob *b, void *fdt)
{
	uint32_t reserve;

	b->p = fdt;
	b->total = be32_load(FIELD(b, totalsize));
	b->structs = be32_load(FIELD(b, off_dt_struct));
	b->structs_bytes = be32_load(FIELD(b, size_dt_struct));
	b->strings = be32_load(FIELD(b, off_dt_strings));
	b->strings_bytes = be32_load(FIELD(b, size_dt_strings));
	reserve = be32_load(FIELD(b, off_mem_rsvmap));
	if (b->total > DT_BYTES_MAX || b->strings > b->total ||
	    b->strings_bytes > b->total - b->strings || b->structs > b->strings ||
	    b->structs_bytes > b->strings - b->structs || reserve >= b->structs)
		return OM_E_CORRUPT;
	return OM_OK;
}

static void blob_close(const struct blob *b)
{
	be32_store(FIELD(b, off_dt_struct), b->structs);
	be32_store(FIELD(b, size_dt_struct), b->structs_bytes);
	be32_store(FIELD(b, off_dt_strings), b->strings);
	be32_store(FIELD(b, size_dt_strings), b->strings_bytes);
}

/* Makes the @old bytes at @at, somewhere in the blob, @new bytes long; NULL: no room. */
static uint8_t *resize(struct blob *b, uint32_t at, uint32_t old, uint32_t new)
{
	uint32_t end = b->strings + b->strings_bytes;

	if (new > old &&new - old > b->total - end)
		return NULL;
	if (new != old)
		memmove(b->p + at + new, b->p + at + old, end - at - old);
	return b->p + at;
}

/* The same at @off in the structure block. */
static uint8_t *resize_struct(struct blob *b, uint32_t off, uint32_t old, uint32_t new)
{
	uint8_t *p = resize(b, b->structs + off, old, new);

	if (!p)
		return NULL;
	b->structs_bytes += new - old;
	b->strings += new - old;
	blob_close(b);
	return p;
}

static uint32_t padded(uint32_t len)
{
	return (len + 3) & ~(uint32_t)3;
}

/* ---- names of properties ------------------------------------------------------------ */

#define NO_NAME UINT32_MAX

/*
 * Where the names of the list's properties stand in the strings block, all found in one
 * pass; NO_NAME if one is not there. (A name inside the tail of another is not looked for.)
 */
static void names_find(const struct blob *b, const struct edits *list, uint32_t at[EDITS_MAX])
{
	const char *block = (const char *)b->p + b->strings;
	uint32_t off = 0;

	for (uint32_t i = 0; i < list->n; i++)
		at[i] = NO_NAME;
	while (off < b->strings_bytes) {
		const char *s = block + off;
		size_t len = strnlen(s, b->strings_bytes - off);

		if (len == b->strings_bytes - off)
			return;
		for (uint32_t i = 0; i < list->n; i++)
			if (list->e[i].op == EDIT_SET_PROP && at[i] == NO_NAME &&
			    list->e[i].name[0] == s[0] && strcmp(list->e[i].name, s) == 0)
				at[i] = off;
		off += (uint32_t)len + 1;
	}
}

/* Adds the name of edit @i to the strings block, for all later edits as well. */
static enum om_err name_add(struct blob *b, const struct edits *list, uint32_t i,
			    uint32_t at[EDITS_MAX])
{
	uint32_t off = b->strings_bytes;
	uint32_t len = (uint32_t)strlen(list->e[i].name) + 1;

	if (len > b->total - b->strings - off)
		return OM_E_NO_SPACE;
	memcpy(b->p + b->strings + off, list->e[i].name, len);
	b->strings_bytes += len;
	blob_close(b);
	for (uint32_t k = i; k < list->n; k++)
		if (list->e[k].op == EDIT_SET_PROP && at[k] == NO_NAME &&
		    strcmp(list->e[k].name, list->e[i].name) == 0)
			at[k] = off;
	return OM_OK;
}

/* ---- nodes --------------------------------------------------------------------------- */

/* The node the last edits were about, and its parent. Edits move only what stands behind. */
struct cursor {
	const char *path; /* NULL: nowhere */
	int node, parent;
};

/* The child of @parent named by @len bytes; else *@end is where a new one can be put. */
static bool child_find(const void *fdt, int parent, const char *name, size_t len, int *child,
		       uint32_t *end)
{
	struct dt_walk w;
	enum dt_event event;

	*end = 0;
	dt_walk_start_at(&w, fdt, parent);
	while ((event = dt_walk_next(&w)) < DT_DONE) {
		if (event == DT_NODE && w.depth == 1 && strncmp(w.name, name, len) == 0 &&
		    w.name[len] == 0) {
			*child = w.node;
			return true;
		}
		if (event == DT_NODE_END && w.depth < 0) {
			*end = w.off - 4;
			return false;
		}
	}
	return false;
}

/* Follows @len bytes of @path from the root. */
static enum om_err path_find(const void *fdt, const char *path, size_t len, struct cursor *out)
{
	struct cursor at = { path, 0, 0 };
	uint32_t end;

	while (len > 0) {
		size_t n = 0;

		if (*path != '/')
			return OM_E_NOT_FOUND;
		path++;
		len--;
		while (n < len && path[n] != '/')
			n++;
		at.parent = at.node;
		if (n > 0 && !child_find(fdt, at.parent, path, n, &at.node, &end))
			return OM_E_NOT_FOUND;
		path += n;
		len -= n;
	}
	*out = at;
	return OM_OK;
}

static size_t parent_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* The parent of the node at @path, which need not exist. */
static enum om_err parent_find(const void *fdt, const char *path, const struct cursor *last,
			       int *parent)
{
	size_t len = parent_len(path);
	struct cursor at = { NULL, 0, 0 };
	enum om_err err;

	if (path[0] != '/' || !path[1])
		return OM_E_NOT_FOUND;
	if (last->path && strncmp(last->path, path, len) == 0) {
		if (!last->path[len]) {
			*parent = last->node;
			return OM_OK;
		}
		if (parent_len(last->path) == len && last->path[len] == '/') {
			*parent = last->parent;
			return OM_OK;
		}
	}
	err = path_find(fdt, path, len, &at);
	if (!err)
		*parent = at.node;
	return err;
}

/* ---- properties ------------------------------------------------------------------------ */

/* Property @name of @node: offset of its tag and length; else off is where a new one goes. */
static bool prop_find(const void *fdt, int node, const char *name, uint32_t *off, uint32_t *len)
{
	struct dt_walk w;

	dt_walk_start_at(&w, fdt, node);
	if (dt_walk_next(&w) != DT_NODE)
		return false;
	for (*off = w.off; dt_walk_next(&w) == DT_PROP; *off = w.off) {
		if (strcmp(w.name, name) != 0)
			continue;
		*off = (uint32_t)((const uint8_t *)w.value - w.block) - 12;
		*len = w.len;
		return true;
	}
	return false;
}

static uint8_t *prop_write(uint8_t *p, const struct edit *e, uint32_t name_off)
{
	be32_store(p, FDT_PROP);
	be32_store(p + 4, e->len);
	be32_store(p + 8, name_off);
	memset(p + 12 + (e->len & ~(uint32_t)3), 0, padded(e->len) - (e->len & ~(uint32_t)3));
	memcpy(p + 12, e->value, e->len);
	return p + 12 + padded(e->len);
}

/* Gives a property that exists its new value. */
static enum om_err prop_replace(struct blob *b, const struct edit *e, uint32_t off, uint32_t len)
{
	uint32_t name_off = be32_load(b->p + b->structs + off + 8);
	uint8_t *p = resize_struct(b, off + 12, padded(len), padded(e->len));

	if (!p)
		return OM_E_NO_SPACE;
	prop_write(p - 12, e, name_off);
	return OM_OK;
}

/* ---- a run of edits about one node -------------------------------------------------------- */

struct run {
	uint32_t first, past; /* edits of one path; the first may be EDIT_ADD_NODE */
	bool skip[EDITS_MAX]; /* done already, or undone by a later one */
};

/* True if the same property is set again later in the run. */
static bool is_set_again(const struct edits *list, uint32_t i, uint32_t past)
{
	for (uint32_t k = i + 1; k < past; k++)
		if (strcmp(list->e[k].name, list->e[i].name) == 0)
			return true;
	return false;
}

/* Bytes that the properties not skipped will take, or UINT32_MAX if that is beyond sense. */
static uint32_t run_bytes(const struct edits *list, const struct run *r)
{
	uint32_t sum = 0;

	for (uint32_t i = r->first; i < r->past; i++) {
		if (r->skip[i])
			continue;
		if (list->e[i].len > DT_BYTES_MAX)
			return UINT32_MAX;
		sum += 12 + padded(list->e[i].len);
	}
	return sum; /* EDITS_MAX times DT_BYTES_MAX fits */
}

static enum om_err run_names(struct blob *b, const struct edits *list, const struct run *r,
			     uint32_t names[EDITS_MAX])
{
	for (uint32_t i = r->first; i < r->past; i++)
		if (!r->skip[i] && names[i] == NO_NAME && name_add(b, list, i, names))
			return OM_E_NO_SPACE;
	return OM_OK;
}

static uint8_t *run_write(uint8_t *p, const struct edits *list, const struct run *r,
			  const uint32_t names[EDITS_MAX])
{
	for (uint32_t i = r->first; i < r->past; i++)
		if (!r->skip[i])
			p = prop_write(p, &list->e[i], names[i]);
	return p;
}

/* Puts a whole new node with its properties before offset @end of the structure block. */
static enum om_err run_new_node(struct blob *b, const struct edits *list, const struct run *r,
				const uint32_t names[EDITS_MAX], uint32_t end)
{
	const char *path = list->e[r->first - 1].path;
	const char *name = path + parent_len(path) + 1;
	uint32_t name_bytes = (uint32_t)strlen(name) + 1;
	uint32_t bytes = run_bytes(list, r);
	uint8_t *p;

	if (bytes > DT_BYTES_MAX)
		return OM_E_NO_SPACE;
	p = resize_struct(b, end, 0, 8 + padded(name_bytes) + bytes);
	if (!p)
		return OM_E_NO_SPACE;
	be32_store(p, FDT_BEGIN_NODE);
	memset(p + 4, 0, padded(name_bytes));
	memcpy(p + 4, name, name_bytes);
	p = run_write(p + 4 + padded(name_bytes), list, r, names);
	be32_store(p, FDT_END_NODE);
	return OM_OK;
}

/* Properties of a node that exists: what is there is replaced, the rest put behind. */
static enum om_err run_old_node(struct blob *b, const struct edits *list, struct run *r,
				uint32_t names[EDITS_MAX], int node)
{
	uint32_t off = 0, len = 0;
	uint32_t bytes;
	enum om_err err;
	uint8_t *p;

	for (uint32_t i = r->first; i < r->past; i++) {
		if (r->skip[i] || !prop_find(b->p, node, list->e[i].name, &off, &len))
			continue;
		if (list->e[i].len > DT_BYTES_MAX || prop_replace(b, &list->e[i], off, len))
			return OM_E_NO_SPACE;
		r->skip[i] = true;
	}
	bytes = run_bytes(list, r);
	if (bytes == 0)
		return OM_OK;
	if (bytes > DT_BYTES_MAX)
		return OM_E_NO_SPACE;
	err = run_names(b, list, r, names);
	if (err)
		return err;
	/* no property has this name: gives the place behind the last one */
	off = 0;
	if (prop_find(b->p, node, "", &off, &len) || off == 0)
		return OM_E_CORRUPT;
	p = resize_struct(b, off, 0, bytes);
	if (!p)
		return OM_E_NO_SPACE;
	run_write(p, list, r, names);
	return OM_OK;
}

/* Carries out the run that starts at edit *@i, which then points behind it. */
static enum om_err run_apply(struct blob *b, const struct edits *list, uint32_t *i,
			     uint32_t names[EDITS_MAX], struct cursor *at)
{
	const char *path = list->e[*i].path;
	bool add = list->e[*i].op == EDIT_ADD_NODE;
	struct run r = { .first = *i + add };
	uint32_t end = 0;
	enum om_err err;

	for (r.past = r.first; r.past < list->n && list->e[r.past].op == EDIT_SET_PROP &&
			       list->e[r.past].path == path;)
		r.past++;
	for (uint32_t k = r.first; k < r.past; k++)
		r.skip[k] = is_set_again(list, k, r.past);
	*i = r.past;

	if (add) {
		struct cursor found = { path, -1, -1 };
		const char *name = path + parent_len(path) + 1;

		err = parent_find(b->p, path, at, &found.parent);
		if (err)
			return err;
		if (!child_find(b->p, found.parent, name, strlen(name), &found.node, &end)) {
			if (end == 0)
				return OM_E_CORRUPT;
			found.node = (int)end;
			*at = found;
			err = run_names(b, list, &r, names);
			return err ? err : run_new_node(b, list, &r, names, end);
		}
		*at = found;
	} else if (at->path != path) {
		err = path_find(b->p, path, path[1] ? strlen(path) : 0, at);
		if (err)
			return err;
	}
	return run_old_node(b, list, &r, names, at->node);
}

/* ---- single edits ---------------------------------------------------------------------------- */

/* A new entry before the empty one that ends the reservation block. */
static enum om_err reserve_add(struct blob *b, const struct edit *e)
{
	uint32_t off = be32_load(FIELD(b, off_mem_rsvmap));
	uint8_t *p;

	while (off <= b->structs - 16 && (dt_number(b->p + off, 2) || dt_number(b->p + off + 8, 2)))
		off += 16;
	if (off > b->structs - 16)
		return OM_E_CORRUPT;
	p = resize(b, off, 0, 16);
	if (!p)
		return OM_E_NO_SPACE;
	for (int i = 0; i < 2; i++) {
		be32_store(p + 4 - 4 * i, (uint32_t)(e->base_pa >> (32 * i)));
		be32_store(p + 12 - 4 * i, (uint32_t)(e->bytes >> (32 * i)));
	}
	b->structs += 16;
	b->strings += 16;
	blob_close(b);
	return OM_OK;
}

static enum om_err prop_delete(struct blob *b, const struct edit *e, int node)
{
	uint32_t off, len;

	if (prop_find(b->p, node, e->name, &off, &len))
		resize_struct(b, off, 12 + padded(len), 0);
	return OM_OK;
}

static enum om_err node_rename(struct blob *b, const struct edit *e, int node)
{
	uint32_t off = (uint32_t)node + 4;
	uint32_t old = (uint32_t)strlen((const char *)b->p + b->structs + off) + 1;
	uint32_t new = (uint32_t)strlen(e->name) + 1;
	uint8_t *p = resize_struct(b, off, padded(old), padded(new));

	if (!p)
		return OM_E_NO_SPACE;
	memset(p, 0, padded(new));
	memcpy(p, e->name, new);
	return OM_OK;
}

static enum om_err single_apply(struct blob *b, const struct edit *e, struct cursor *at)
{
	enum om_err err = OM_OK;

	if (e->op == EDIT_ADD_RESERVE)
		return reserve_add(b, e);
	if (at->path != e->path)
		err = path_find(b->p, e->path, e->path[1] ? strlen(e->path) : 0, at);
	if (err)
		return err;
	if (e->op == EDIT_DEL_PROP)
		return prop_delete(b, e, at->node);
	err = node_rename(b, e, at->node);
	at->path = NULL; /* it has another one now */
	return err;
}

enum om_err edits_apply(void *fdt, const struct edits *list)
{
	uint32_t names[EDITS_MAX];
	struct cursor at = { NULL, -1, -1 };
	struct blob b;
	enum om_err err = blob_open(&b, fdt);

	if (err)
		return err;
	names_find(&b, list, names);
	for (uint32_t i = 0; i < list->n && !err;) {
		enum edit_op op = list->e[i].op;

		if (op == EDIT_ADD_NODE || op == EDIT_SET_PROP)
			err = run_apply(&b, list, &i, names, &at);
		else
			err = single_apply(&b, &list->e[i++], &at);
	}
	return err;
}

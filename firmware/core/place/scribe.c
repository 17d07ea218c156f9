/* SPDX-License-Identifier: BSD-2-Clause */
/* Edits as a device tree wants them: see scribe.h. */
#include "scribe.h"
#include "core/tree/dt.h"
#include "core/tree/node.h"

#include <libfdt.h>
#include <string.h>

enum { NAME_BYTES = 48 };

static const char reserved_path[] = "/reserved-memory";

void scribe_open(struct scribe *s, const void *fdt, const struct survey *survey, struct edits *list)
{
	*s = (struct scribe){ .fdt = fdt, .survey = survey, .list = list };
	list->n = 0;
	list->pool_used = 0;
}

static void prop(struct scribe *s, const char *path, const char *name, const void *value,
		 size_t len)
{
	if (!s->err)
		s->err = edits_prop(s->list, path, name, value, (uint32_t)len);
}

void scribe_u32(struct scribe *s, const char *path, const char *name, uint32_t value)
{
	if (!s->err)
		s->err = edits_u32(s->list, path, name, value);
}

void scribe_string(struct scribe *s, const char *path, const char *name, const char *value)
{
	prop(s, path, name, value, strlen(value) + 1);
}

void scribe_flag(struct scribe *s, const char *path, const char *name)
{
	prop(s, path, name, NULL, 0);
}

void scribe_delete(struct scribe *s, int node, const char *path, const char *name)
{
	if (!s->err && fdt_getprop(s->fdt, node, name, NULL))
		s->err = edits_delete(s->list, path, name);
}

void scribe_reserve(struct scribe *s, struct range r)
{
	if (!s->err)
		s->err = edits_reserve(s->list, r.base_pa, r.bytes);
	s->by_memreserve = true;
}

bool scribe_can_nest(const struct scribe *s)
{
	return s->survey->reserved < 0 || s->survey->reserved_usable;
}

void scribe_reserved_memory(struct scribe *s)
{
	if (s->has_reserved)
		return;
	if (s->survey->reserved < 0 && !s->err)
		s->err = edits_node(s->list, reserved_path);
	if (!s->survey->reserved_has_cells) {
		scribe_u32(s, reserved_path, "#address-cells", s->survey->n_addr);
		scribe_u32(s, reserved_path, "#size-cells", s->survey->n_size);
	}
	if (!s->survey->reserved_has_ranges)
		scribe_flag(s, reserved_path, "ranges");
	s->has_reserved = true;
}

/* "NAME@HEX"; NAME is cut if it is long. */
static void unit_name(char out[NAME_BYTES], const char *name, size_t len, uint64_t base)
{
	const size_t most = NAME_BYTES - NODE_UNIT_BYTES;

	(void)node_unit_name(out, name, len < most ? len : most, base);
}

static void reg(struct scribe *s, const char *path, uint32_t n_addr, uint32_t n_size,
		struct range r)
{
	uint8_t cells[NODE_REG_BYTES];

	prop(s, path, "reg", cells, node_reg(cells, n_addr, n_size, r));
}

/* A new node below @parent, "" for the root. */
static void node(struct scribe *s, const char *parent, const char *name, const char *compatible,
		 struct range r, char path[SCRIBE_PATH_BYTES])
{
	size_t len = strlen(parent);

	memcpy(path, parent, len);
	path[len] = '/';
	unit_name(path + len + 1, name, strlen(name), r.base_pa);
	if (!s->err)
		s->err = edits_node(s->list, path);
	if (compatible)
		scribe_string(s, path, "compatible", compatible);
	reg(s, path, s->survey->n_addr, s->survey->n_size, r);
}

bool scribe_node(struct scribe *s, const char *name, const char *compatible, struct range r,
		 char path[SCRIBE_PATH_BYTES])
{
	bool nest = scribe_can_nest(s);

	if (nest)
		scribe_reserved_memory(s);
	else
		scribe_reserve(s, r);
	node(s, nest ? reserved_path : "", name, compatible, r, path);
	return nest;
}

void scribe_root_node(struct scribe *s, const char *name, const char *compatible, struct range r,
		      char path[SCRIBE_PATH_BYTES])
{
	node(s, "", name, compatible, r, path);
}

void scribe_path(struct scribe *s, int node, char path[SCRIBE_PATH_BYTES])
{
	if (!s->err && (dt_path(s->fdt, node, path, SCRIBE_PATH_BYTES) || !path[1]))
		s->err = OM_E_NO_SPACE;
	if (s->err)
		path[0] = 0;
}

/* Paths among the properties of @node follow a renamed node. */
static void references(struct scribe *s, const char *node, const char *old, const char *new)
{
	uint32_t old_bytes = (uint32_t)strlen(old) + 1;
	int offset = fdt_path_offset(s->fdt, node);
	struct dt_walk w;

	if (offset < 0)
		return;
	dt_walk_start_at(&w, s->fdt, offset);
	dt_walk_next(&w);
	while (dt_walk_next(&w) == DT_PROP)
		if (w.len == old_bytes && memcmp(w.value, old, old_bytes) == 0)
			scribe_string(s, node, w.name, new);
}

/* Gives the node at @path the unit address of @base, if it has another. */
static void rename_node(struct scribe *s, const char *path, uint64_t base)
{
	char name[NAME_BYTES];
	char new[SCRIBE_PATH_BYTES];
	const char *have = strrchr(path, '/') + 1;
	size_t parent_len = (size_t)(have - path);

	unit_name(name, have, strcspn(have, "@"), base);
	if (strcmp(name, have) == 0)
		return;
	if (parent_len + strlen(name) >= SCRIBE_PATH_BYTES) {
		s->err = OM_E_NO_SPACE;
		return;
	}
	memcpy(new, path, parent_len);
	memcpy(new + parent_len, name, strlen(name) + 1);
	/* a namesake that is no ramoops node: the old name stays, Linux does not mind */
	if (fdt_path_offset(s->fdt, new) >= 0)
		return;
	references(s, "/aliases", path, new);
	references(s, "/__symbols__", path, new);
	if (!s->err)
		s->err = edits_rename(s->list, path, name);
}

void scribe_place(struct scribe *s, int node, int parent, struct range r)
{
	char path[SCRIBE_PATH_BYTES];
	uint32_t n_addr, n_size;

	scribe_path(s, node, path);
	if (!s->err)
		s->err = dt_cells(s->fdt, parent, &n_addr, &n_size);
	if (s->err)
		return;
	reg(s, path, n_addr, n_size, r);
	rename_node(s, path, r.base_pa);
}

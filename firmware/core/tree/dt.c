/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk over a flattened tree and what is found by one: RAM banks, CPUs,
 * translated addresses. Format: Devicetree Specification 0.4, chapter 5; what
 * Linux makes of memory and cpu nodes: drivers/of/fdt.c, arch/arm/kernel/devtree.c
 * (6.1).
 */
#include "dt.h"

#include <libfdt.h>
#include <string.h>

enum {
	HEADER_BYTES = 40, /* of version 17 */
	RESERVE_BYTES = 16,
	PROP_BYTES = 12, /* tag, length, offset of the name */
	VERSION = 17
};

/* One big-endian cell; blocks and values are 4-byte aligned. */
static inline uint32_t cell(const void *p)
{
	uint32_t v;

	memcpy(&v, __builtin_assume_aligned(p, 4), sizeof(v));
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		v = __builtin_bswap32(v);
	return v;
}

uint64_t dt_number(const void *p, uint32_t cells)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < cells; i++)
		v = v << 32 | cell((const char *)p + 4 * i);
	return v;
}

bool dt_list_has(const char *list, uint32_t len, const char *word)
{
	size_t want = strlen(word) + 1;

	while (len > 0) {
		size_t n = strnlen(list, len) + 1;

		if (n > len)
			return false;
		if (n == want && memcmp(list, word, n) == 0)
			return true;
		list += n;
		len -= (uint32_t)n;
	}
	return false;
}

static bool has(uint32_t whole, uint32_t off, uint32_t len)
{
	return off <= whole && len <= whole - off;
}

static uint32_t header(const void *fdt, size_t off)
{
	return cell((const char *)fdt + off);
}

#define HEADER(fdt, field) header(fdt, offsetof(struct fdt_header, field))

void dt_walk_start(struct dt_walk *w, const void *fdt)
{
	*w = (struct dt_walk){
		.block = (const uint8_t *)fdt + HEADER(fdt, off_dt_struct),
		.block_bytes = HEADER(fdt, size_dt_struct),
		.strings = (const char *)fdt + HEADER(fdt, off_dt_strings),
		.strings_bytes = HEADER(fdt, size_dt_strings),
		.depth = -1,
		.node = -1,
		.props_ended = true, /* none outside a node */
	};
	/* with a NUL at the end of the block every offset into it is a string */
	if (w->strings_bytes > 0 && w->strings[w->strings_bytes - 1] != 0)
		w->strings_bytes = 0;
}

void dt_walk_start_at(struct dt_walk *w, const void *fdt, int node)
{
	dt_walk_start(w, fdt);
	w->first = (uint32_t)node < w->block_bytes ? (uint32_t)node : w->block_bytes;
	w->off = w->first;
}

/* Bytes up to the cell after the name at @p, 0 if it does not end within @left bytes. */
static inline uint32_t name_bytes(const uint8_t *p, uint32_t left)
{
	uint32_t n = 0;

	while (left - n >= 4) {
		uint32_t v = cell(p + n);

		n += 4;
		/* the classic test for a zero byte in a word */
		if ((v - 0x01010101U) & ~v & 0x80808080U)
			return n;
	}
	return 0;
}

static enum dt_event walk_node(struct dt_walk *w, const uint8_t *p, uint32_t left)
{
	uint32_t n = left < 4 ? 0 : name_bytes(p + 4, left - 4);

	/* one root, and it is the first thing that is read */
	if (n == 0 || (w->depth < 0 && w->off != w->first))
		return DT_BROKEN;
	w->name = (const char *)p + 4;
	w->node = (int)w->off;
	w->off += 4 + n;
	w->depth++;
	w->props_ended = false;
	return DT_NODE;
}

static enum dt_event walk_node_end(struct dt_walk *w)
{
	if (w->depth < 0)
		return DT_BROKEN;
	w->off += 4;
	w->depth--;
	w->props_ended = true;
	return DT_NODE_END;
}

/* Most of a tree is properties, and every pass goes through all of them: kept short. */
enum dt_event dt_walk_next(struct dt_walk *w)
{
	while (w->block_bytes - w->off >= 4) {
		const uint8_t *p = w->block + w->off;
		uint32_t left = w->block_bytes - w->off;
		uint32_t tag = cell(p);

		if (tag == FDT_PROP) {
			uint32_t len, name_off;

			if (left < PROP_BYTES || w->props_ended)
				return DT_BROKEN;
			len = cell(p + 4);
			name_off = cell(p + 8);
			left -= PROP_BYTES;
			if (len > left || (-len & 3) > left - len || name_off >= w->strings_bytes)
				return DT_BROKEN;
			w->name = w->strings + name_off;
			w->value = (const char *)p + PROP_BYTES;
			w->len = len;
			w->off += PROP_BYTES + len + (-len & 3);
			return DT_PROP;
		}
		if (tag == FDT_BEGIN_NODE)
			return walk_node(w, p, left);
		if (tag == FDT_END_NODE)
			return walk_node_end(w);
		if (tag != FDT_NOP)
			return tag == FDT_END && w->depth < 0 && w->off != w->first ? DT_DONE
										    : DT_BROKEN;
		w->off += 4;
	}
	return DT_BROKEN;
}

enum dt_event dt_walk_node(struct dt_walk *w)
{
	const uint8_t *const block = w->block;
	enum dt_event event;

	do {
		uint32_t off = w->off;

		/* what is wrong with one is for dt_walk_next() to say */
		while (!w->props_ended && w->block_bytes - off >= PROP_BYTES &&
		       cell(block + off) == FDT_PROP) {
			const uint32_t left = w->block_bytes - off - PROP_BYTES;
			const uint32_t len = cell(block + off + 4);

			if (len > left || (-len & 3) > left - len)
				break;
			off += PROP_BYTES + len + (-len & 3);
		}
		w->off = off;
		event = dt_walk_next(w);
	} while (event == DT_PROP);
	return event;
}

/* Offset after the all-zero entry that ends the reservation block, 0 if there is none. */
static uint32_t reserve_end(const char *blob, uint32_t total)
{
	uint32_t off = HEADER(blob, off_mem_rsvmap);

	if (off < HEADER_BYTES || off % 8 != 0)
		return 0;
	while (has(total, off, RESERVE_BYTES)) {
		/* whatever its address: so do libfdt and Linux */
		bool last = dt_number(blob + off + 8, 2) == 0;

		off += RESERVE_BYTES;
		if (last)
			return off;
	}
	return 0;
}

enum om_err dt_check(const void *blob, size_t room, size_t *used_bytes)
{
	struct dt_walk w;
	enum dt_event event;
	uint32_t total, limit, structs, strings, used;

	if ((uintptr_t)blob % 8 != 0)
		return OM_E_ARG;
	if (room < HEADER_BYTES)
		return OM_E_TRUNCATED;
	if (HEADER(blob, magic) != FDT_MAGIC)
		return OM_E_BAD_MAGIC;
	if (HEADER(blob, version) < VERSION || HEADER(blob, last_comp_version) > VERSION)
		return OM_E_VARIANT;
	total = HEADER(blob, totalsize);
	if (total > DT_BYTES_MAX || total < HEADER_BYTES)
		return OM_E_TRUNCATED;
	limit = total < room ? total : (uint32_t)room;

	structs = HEADER(blob, off_dt_struct);
	strings = HEADER(blob, off_dt_strings);
	if (structs < HEADER_BYTES || structs % 4 != 0 || strings < HEADER_BYTES ||
	    !has(total, structs, HEADER(blob, size_dt_struct)) ||
	    !has(total, strings, HEADER(blob, size_dt_strings)))
		return OM_E_CORRUPT;
	if (!has(limit, structs, HEADER(blob, size_dt_struct)) ||
	    !has(limit, strings, HEADER(blob, size_dt_strings)))
		return OM_E_TRUNCATED;
	used = reserve_end(blob, limit);
	if (used == 0)
		return limit < total ? OM_E_TRUNCATED : OM_E_CORRUPT;

	dt_walk_start(&w, blob);
	do
		event = dt_walk_next(&w);
	while (event < DT_DONE);
	if (event != DT_DONE)
		return OM_E_CORRUPT;

	if (used < structs + w.block_bytes)
		used = structs + w.block_bytes;
	if (used < strings + HEADER(blob, size_dt_strings))
		used = strings + HEADER(blob, size_dt_strings);
	*used_bytes = used;
	return OM_OK;
}

static const struct dt_bus bus_default = { .n_addr = 2, .n_size = 1 };

void dt_bus_start(struct dt_bus *bus)
{
	*bus = bus_default;
}

void dt_bus_prop(struct dt_bus *bus, const struct dt_walk *w)
{
	if (w->name[0] == '#' && w->len == 4) {
		if (strcmp(w->name, "#address-cells") == 0)
			bus->n_addr = cell(w->value);
		else if (strcmp(w->name, "#size-cells") == 0)
			bus->n_size = cell(w->value);
	} else if (strcmp(w->name, "ranges") == 0) {
		bus->ranges = w->value;
		bus->ranges_bytes = w->len;
	}
}

static bool bus_is_plain(const struct dt_bus *bus)
{
	return bus->n_addr >= 1 && bus->n_addr <= 2 && bus->n_size <= 2;
}

enum om_err dt_cells(const void *fdt, int node, uint32_t *n_addr, uint32_t *n_size)
{
	int n = 0;
	const char *a = fdt_getprop(fdt, node, "#address-cells", &n);
	struct dt_bus bus = bus_default;

	if (a && n == 4)
		bus.n_addr = cell(a);
	a = fdt_getprop(fdt, node, "#size-cells", &n);
	if (a && n == 4)
		bus.n_size = cell(a);
	if (!bus_is_plain(&bus))
		return OM_E_VARIANT;
	*n_addr = bus.n_addr;
	*n_size = bus.n_size;
	return OM_OK;
}

/* From addresses of @bus's children to those of @bus itself, a child of @parent. */
static enum om_err bus_translate(const struct dt_bus *bus, const struct dt_bus *parent,
				 struct range *r)
{
	uint32_t step = 4 * (bus->n_addr + parent->n_addr + bus->n_size);

	if (!bus->ranges)
		return OM_E_NOT_FOUND;
	if (bus->ranges_bytes == 0)
		return OM_OK; /* same addresses */
	if (!bus_is_plain(parent) || !bus_is_plain(bus))
		return OM_E_VARIANT;
	if (bus->ranges_bytes % step != 0)
		return OM_E_CORRUPT;
	for (uint32_t off = 0; off < bus->ranges_bytes; off += step) {
		const char *p = bus->ranges + off;
		uint64_t child = dt_number(p, bus->n_addr);
		uint64_t up = dt_number(p + 4 * bus->n_addr, parent->n_addr);
		uint64_t bytes = dt_number(p + 4 * (bus->n_addr + parent->n_addr), bus->n_size);

		if (r->base_pa < child || r->base_pa - child >= bytes ||
		    r->bytes > bytes - (r->base_pa - child))
			continue;
		*r = range_make(up + (r->base_pa - child), r->bytes);
		return OM_OK;
	}
	return OM_E_NOT_FOUND;
}

/* Walks to @node; @bus[d] then describes its ancestor of depth d. */
static enum om_err find_reg(struct dt_walk *w, int node, struct dt_bus bus[DT_DEPTH_MAX],
			    const char **reg, uint32_t *reg_bytes)
{
	enum dt_event event;

	*reg = NULL;
	*reg_bytes = 0;
	while ((event = dt_walk_next(w)) < DT_DONE) {
		if (event == DT_NODE && w->depth < DT_DEPTH_MAX)
			bus[w->depth] = bus_default;
		if (event == DT_PROP && w->depth < DT_DEPTH_MAX) {
			if (w->node == node && strcmp(w->name, "reg") == 0) {
				*reg = w->value;
				*reg_bytes = w->len;
				break;
			}
			dt_bus_prop(&bus[w->depth], w);
		}
		if (w->node > node)
			break;
	}
	return *reg && w->depth > 0 ? OM_OK : OM_E_NOT_FOUND;
}

enum om_err dt_bus_reg(const struct dt_bus *bus, int depth, const char *reg, uint32_t reg_bytes,
		       uint32_t i, struct range *out)
{
	uint32_t step, n_addr;
	struct range r;
	enum om_err err;

	if (depth < 1 || depth > DT_DEPTH_MAX)
		return OM_E_NOT_FOUND;
	if (!bus_is_plain(&bus[depth - 1]))
		return OM_E_VARIANT;

	n_addr = bus[depth - 1].n_addr;
	step = 4 * (n_addr + bus[depth - 1].n_size);
	if (reg_bytes % step != 0)
		return OM_E_CORRUPT;
	if (i >= reg_bytes / step)
		return OM_E_NOT_FOUND;
	reg += (size_t)i * step;
	r = range_make(dt_number(reg, n_addr), dt_number(reg + 4 * n_addr, step / 4 - n_addr));
	for (int d = depth - 1; d > 0; d--) {
		err = bus_translate(&bus[d], &bus[d - 1], &r);
		if (err)
			return err;
	}
	*out = r;
	return OM_OK;
}

enum om_err dt_reg(const void *fdt, int node, uint32_t i, struct range *out)
{
	struct dt_bus bus[DT_DEPTH_MAX];
	struct dt_walk w;
	const char *reg;
	uint32_t reg_bytes;
	enum om_err err;

	dt_walk_start(&w, fdt);
	err = find_reg(&w, node, bus, &reg, &reg_bytes);
	return err ? err : dt_bus_reg(bus, w.depth, reg, reg_bytes, i, out);
}

/* What decides whether a node declares RAM. */
struct memory {
	bool is_memory, enabled, has_usable;
	const char *reg;
	uint32_t len;
};

static bool is_device_type(const struct dt_walk *w, const char *type)
{
	return w->name[0] == 'd' && strcmp(w->name, "device_type") == 0 &&
	       dt_list_has(w->value, w->len, type);
}

static void memory_prop(struct memory *m, const struct dt_walk *w)
{
	switch (w->name[0]) {
	case 'd':
		if (is_device_type(w, "memory"))
			m->is_memory = true;
		break;
	case 's':
		if (strcmp(w->name, "status") == 0)
			m->enabled = dt_list_has(w->value, w->len, "okay") ||
				     dt_list_has(w->value, w->len, "ok");
		break;
	case 'l':
		if (strcmp(w->name, "linux,usable-memory") != 0)
			break;
		m->has_usable = true;
		m->reg = w->value;
		m->len = w->len;
		break;
	case 'r':
		if (m->has_usable || strcmp(w->name, "reg") != 0)
			break;
		m->reg = w->value;
		m->len = w->len;
		break;
	default:
		break;
	}
}

static enum om_err memory_add(const struct memory *m, const struct dt_bus *root, struct ranges *out)
{
	uint32_t step = 4 * (root->n_addr + root->n_size);
	enum om_err err = OM_OK;

	if (!m->enabled || !m->reg || !bus_is_plain(root))
		return OM_OK;
	for (uint32_t off = 0; has(m->len, off, step); off += step) {
		const char *p = m->reg + off;

		if (ranges_add(out, range_make(dt_number(p, root->n_addr),
					       dt_number(p + 4 * root->n_addr, root->n_size))))
			err = OM_E_NO_SPACE;
	}
	return err;
}

enum om_err dt_banks(const void *fdt, struct ranges *out, uint32_t *cpus)
{
	struct dt_walk w;
	struct dt_bus root = bus_default;
	struct memory m = { 0 };
	bool below_cpus = false;
	uint32_t n_cpus = 0;
	enum dt_event event;
	enum om_err err = OM_OK;

	out->n = 0;
	dt_walk_start(&w, fdt);
	while ((event = dt_walk_next(&w)) < DT_DONE) {
		if (event == DT_PROP) {
			if (w.depth == 0)
				dt_bus_prop(&root, &w);
			else if (w.depth == 1)
				memory_prop(&m, &w);
			else if (w.depth == 2 && below_cpus)
				n_cpus += is_device_type(&w, "cpu");
			continue;
		}
		if (m.is_memory && memory_add(&m, &root, out))
			err = OM_E_NO_SPACE;
		m = (struct memory){ .enabled = true };
		if (event == DT_NODE && w.depth == 1)
			below_cpus = strcmp(w.name, "cpus") == 0;
	}
	if (cpus)
		*cpus = n_cpus;
	if (err == OM_OK && out->n == 0)
		return OM_E_NOT_FOUND;
	return err;
}

/* @name[1] to @name[@depth], each after a slash. */
static enum om_err join_names(const char *const *name, int depth, char *path, size_t cap)
{
	size_t at = 0;

	for (int d = depth > 0 ? 1 : 0; d <= depth; d++) {
		const size_t len = strlen(name[d]);

		if (d > 0 && len == 0)
			return OM_E_NOT_FOUND; /* the path would be its parent's */
		if (len + 2 > cap - at)
			return OM_E_NO_SPACE;
		path[at++] = '/';
		memcpy(path + at, name[d], len);
		at += len;
	}
	path[at] = '\0';
	return OM_OK;
}

enum om_err dt_path(const void *fdt, int node, char *path, size_t cap)
{
	const char *name[DT_DEPTH_MAX];
	enum dt_event event;
	struct dt_walk w;

	dt_walk_start(&w, fdt);
	while ((event = dt_walk_node(&w)) < DT_DONE) {
		if (event != DT_NODE)
			continue;
		if (w.depth < DT_DEPTH_MAX)
			name[w.depth] = w.name;
		if (w.node != node)
			continue;
		if (w.depth >= DT_DEPTH_MAX)
			return OM_E_NO_SPACE;
		return join_names(name, w.depth, path, cap);
	}
	return OM_E_NOT_FOUND;
}

bool dt_enabled(const void *fdt, int node)
{
	int n = 0;
	const char *status = fdt_getprop(fdt, node, "status", &n);

	return !status || n < 0 || dt_list_has(status, (uint32_t)n, "okay") ||
	       dt_list_has(status, (uint32_t)n, "ok");
}

bool dt_is_compatible(const void *fdt, int node, const char *compatible)
{
	int n = 0;
	const char *list = fdt_getprop(fdt, node, "compatible", &n);

	return list && n > 0 && dt_list_has(list, (uint32_t)n, compatible);
}

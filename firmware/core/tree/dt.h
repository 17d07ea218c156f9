/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a device tree that somebody else made: bounded checks, addresses
 * translated to what the CPU sees, memory banks. libfdt does the walking; this
 * file owns what libfdt leaves to its user.
 */
#ifndef OM_CORE_DT_H
#define OM_CORE_DT_H

#include "core/base/err.h"
#include "core/base/ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DT_BYTES_MAX = 4 << 20, /* a larger tree is taken for garbage */
	DT_DEPTH_MAX = 16	/* deeper nodes are not translated */
};

/**
 * dt_check - is this a device tree, and does it lie within its own bounds?
 * @blob: at least @room readable bytes (a header's worth is read first), 8-byte
 *        aligned as libfdt wants it
 * @room: bytes that may be read at @blob
 * @used_bytes: bytes really used (QEMU pads its tree to 1 MiB); written on OM_OK
 *
 * Every later libfdt call that reads nodes and properties of @blob is safe once this
 * returned OM_OK. One that copies the whole tree (fdt_open_into()) needs totalsize set to
 * @used_bytes first: the header may claim more than @room. Costs one pass over the tree.
 * Returns OM_OK, OM_E_BAD_MAGIC (no tree), OM_E_TRUNCATED (uses more than @room,
 *   or claims more than DT_BYTES_MAX), OM_E_CORRUPT (structure broken), OM_E_VARIANT (version),
 * OM_E_ARG (not aligned).
 */
enum om_err dt_check(const void *blob, size_t room, size_t *used_bytes) OM_MUST_CHECK;

enum dt_event {
	DT_NODE,     /* a node begins: node, name, depth */
	DT_PROP,     /* a property of the node that began last: name, value, len */
	DT_NODE_END, /* depth is the parent's again */
	DT_DONE,
	DT_BROKEN /* not possible after dt_check() */
};

/* One pass over a tree: tens of instructions per step, where libfdt takes hundreds. */
struct dt_walk {
	const uint8_t *block; /* the structure block */
	uint32_t block_bytes;
	const char *strings;
	uint32_t strings_bytes;
	uint32_t first;	  /* offset of the node the pass started at */
	uint32_t off;	  /* of the next tag */
	bool props_ended; /* a child was seen: no more properties may follow */

	int depth;	   /* the root is 0 */
	int node;	   /* the node's offset as libfdt counts */
	const char *name;  /* of the node or the property, NUL-terminated */
	const char *value; /* of the property, 4-byte aligned */
	uint32_t len;
};

/* Starts a pass over @fdt, whose header passed dt_check(). */
void dt_walk_start(struct dt_walk *w, const void *fdt);

/* Starts at @node, which then has depth 0; its subtree ends with depth -1. */
void dt_walk_start_at(struct dt_walk *w, const void *fdt, int node);

/* The next event; every read is checked against the blocks. */
enum dt_event dt_walk_next(struct dt_walk *w);

/* The next event that is not a property: these are passed over, at a fraction of the cost. */
enum dt_event dt_walk_node(struct dt_walk *w);

/**
 * dt_number - @cells cells of a property as a number
 * @p:     4-byte aligned big-endian cells
 * @cells: 0 to 2
 */
uint64_t dt_number(const void *p, uint32_t cells);

/* True if @word is one of the strings in a string list of @len bytes. */
bool dt_list_has(const char *list, uint32_t len, const char *word);

/**
 * dt_cells - #address-cells and #size-cells that @node gives its children
 *
 * Absent properties are 2 and 1 (DT spec 0.4, 2.3.5). Returns OM_OK, OM_E_VARIANT
 * (address over 2 cells, size over 2 cells).
 */
enum om_err dt_cells(const void *fdt, int node, uint32_t *n_addr, uint32_t *n_size) OM_MUST_CHECK;

/* What a node says about the addresses of its children. */
struct dt_bus {
	uint32_t n_addr, n_size; /* cells */
	const char *ranges;	 /* NULL: none */
	uint32_t ranges_bytes;
};

/* Before a node's properties: those that are absent have their default. */
void dt_bus_start(struct dt_bus *bus);

/* The property that @w is at, if it is one of these. */
void dt_bus_prop(struct dt_bus *bus, const struct dt_walk *w);

/**
 * dt_bus_reg - like dt_reg(), within a walk
 * @bus:   of the node's ancestors: @bus[0] is the root's, @bus[@depth - 1] the parent's
 * @depth: of the node; at most DT_DEPTH_MAX, the root has 0
 * @reg, @reg_bytes: the property's value
 */
enum om_err dt_bus_reg(const struct dt_bus *bus, int depth, const char *reg, uint32_t reg_bytes,
		       uint32_t i, struct range *out) OM_MUST_CHECK;

/**
 * dt_reg - entry @i of a node's reg, as the CPU addresses it
 * @node:   structure offset from libfdt
 * @out:    translated through the `ranges` of every parent
 *
 * Returns OM_OK, OM_E_NOT_FOUND (no such entry, or no way to the root), OM_E_VARIANT
 *   (cell counts), OM_E_CORRUPT (length not a multiple of the entry).
 */
enum om_err dt_reg(const void *fdt, int node, uint32_t i, struct range *out) OM_MUST_CHECK;

/**
 * dt_banks - all RAM the tree declares, and its CPUs
 * @out: set to the merged banks; memory above 4 GiB is included
 * @cpus: set to the CPU nodes below /cpus, for per-CPU ftrace; NULL: not wanted
 *
 * Takes every enabled child of the root with device_type "memory";
 * linux,usable-memory wins over reg. Returns OM_OK, OM_E_NOT_FOUND (none),
 *   OM_E_NO_SPACE (more than RANGES_MAX: what fits is in @out).
 */
enum om_err dt_banks(const void *fdt, struct ranges *out, uint32_t *cpus) OM_MUST_CHECK;

/**
 * dt_path - a node's path from the root
 * @node: its offset in @fdt
 * @path: @cap bytes, written on OM_OK; "/" for the root
 *
 * Returns OM_OK; OM_E_NO_SPACE: it is longer, or the node too deep; OM_E_NOT_FOUND: no node
 * begins there, or one without a name is on the way.
 */
enum om_err dt_path(const void *fdt, int node, char *path, size_t cap) OM_MUST_CHECK;

/* False if the node's status is anything but "okay" or "ok" (absent means enabled). */
bool dt_enabled(const void *fdt, int node);

/* True if @compatible is one of the node's compatible strings. */
bool dt_is_compatible(const void *fdt, int node, const char *compatible);

#endif

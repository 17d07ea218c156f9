/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of device-tree edits: planned as data, looked at by tests, applied in
 * one go. The list owns short values; long ones (a command line) stay with the
 * caller.
 */
#ifndef OM_CORE_EDITS_H
#define OM_CORE_EDITS_H

#include "core/base/err.h"
#include "core/base/ranges.h"

#include <stddef.h>
#include <stdint.h>

enum {
	EDITS_MAX = 40,
	EDITS_POOL_BYTES = 768,	  /* paths and short values */
	EDITS_GROWTH_BYTES = 4096 /* room edits_apply() may need beside the command line */
};

enum edit_op {
	EDIT_ADD_NODE,	  /* path: the new node; its parent exists or was added before */
	EDIT_SET_PROP,	  /* path, name, value */
	EDIT_DEL_PROP,	  /* path, name */
	EDIT_RENAME_NODE, /* path, name: the new node name */
	EDIT_LAST,	  /* path: becomes the last child of its parent, new nodes are the first */
	EDIT_ADD_RESERVE, /* base_pa, bytes: a /memreserve/ entry */
};

struct edit {
	enum edit_op op;
	const char *path; /* in the pool */
	const char *name; /* property or node name; constant or in the pool */
	const void *value;
	uint32_t len;
	uint64_t base_pa, bytes; /* EDIT_ADD_RESERVE */
};

struct edits {
	uint32_t n;
	uint32_t pool_used;
	struct edit e[EDITS_MAX];
	char pool[EDITS_POOL_BYTES];
};

/**
 * edits_node, edits_prop, edits_prop_ref, edits_u32, edits_last... - append one edit
 * @path:  copied into the list
 * @name:  for edits_prop and edits_rename copied too
 * @value: copied by edits_prop, kept by reference by edits_prop_ref (the caller
 *         keeps it alive until edits_apply())
 *
 * The list must not move once it holds edits (it points into itself).
 * Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err edits_node(struct edits *list, const char *path) OM_MUST_CHECK;
enum om_err edits_prop(struct edits *list, const char *path, const char *name, const void *value,
		       uint32_t len) OM_MUST_CHECK;
enum om_err edits_prop_ref(struct edits *list, const char *path, const char *name,
			   const void *value, uint32_t len) OM_MUST_CHECK;
enum om_err edits_u32(struct edits *list, const char *path, const char *name,
		      uint32_t value) OM_MUST_CHECK;
enum om_err edits_delete(struct edits *list, const char *path, const char *name) OM_MUST_CHECK;
enum om_err edits_rename(struct edits *list, const char *path, const char *name) OM_MUST_CHECK;
enum om_err edits_last(struct edits *list, const char *path) OM_MUST_CHECK;
enum om_err edits_reserve(struct edits *list, uint64_t base_pa, uint64_t bytes) OM_MUST_CHECK;

/**
 * edits_chosen - what a loader puts into /chosen, which is made if it is not there
 * @bootargs: kept by reference; "": the tree's own stays
 * @initrd:   below 4 GiB; empty: what the tree says of one stays
 *
 * Returns OM_OK, OM_E_NO_SPACE.
 */
enum om_err edits_chosen(struct edits *list, const char *bootargs,
			 struct range initrd) OM_MUST_CHECK;

/**
 * edits_apply - carry the list out
 * @fdt: opened with fdt_open_into() with EDITS_GROWTH_BYTES and the referenced
 *       values' lengths to spare
 *
 * Nodes that exist already are not added again; /chosen and other parents are not
 * made on the way. Returns OM_OK, OM_E_NO_SPACE (tree full), OM_E_NOT_FOUND (a path),
 *   OM_E_CORRUPT. On error the tree may hold some of the edits: the caller goes back
 *   to its copy.
 */
enum om_err edits_apply(void *fdt, const struct edits *list) OM_MUST_CHECK;

#endif

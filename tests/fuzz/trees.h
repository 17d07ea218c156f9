/* SPDX-License-Identifier: BSD-2-Clause */
/* Device trees from somebody else: looked through, and edited as the image does it. */
#ifndef OM_TESTS_TREES_H
#define OM_TESTS_TREES_H

#include "core/tree/dt.h"
#include "core/tree/edits.h"
#include "fuzz.h"

#include <libfdt.h>

/* ---- reading ------------------------------------------------------------------------------ */

static inline void check_node(const void *fdt, const struct dt_walk *w)
{
	struct range reg;
	uint32_t n_addr;
	uint32_t n_size;

	if (dt_cells(fdt, w->node, &n_addr, &n_size) == OM_OK)
		require(n_addr <= 2 && n_size <= 2, "cells that numbers are made of");
	for (uint32_t i = 0; i < 2; i++)
		if (dt_reg(fdt, w->node, i, &reg) == OM_OK)
			require(reg.base_pa + reg.bytes >= reg.base_pa, "no range wraps");
	(void)dt_enabled(fdt, w->node);
	(void)dt_is_compatible(fdt, w->node, "ramoops");
}

static inline void check_walk(const void *fdt, size_t bytes)
{
	const struct span blob = { fdt, bytes };
	struct dt_walk w;
	int depth = -1;

	dt_walk_start(&w, fdt);
	for (size_t steps = 0;; steps++) {
		const enum dt_event event = dt_walk_next(&w);

		require(steps <= bytes, "the walk ends");
		require(event != DT_BROKEN, "a checked tree is whole");
		if (event == DT_DONE)
			break;
		if (event == DT_NODE)
			require(w.depth == ++depth, "depth counts nodes");
		else if (event == DT_NODE_END)
			depth--;
		else
			require(lies_in((struct span){ (const uint8_t *)w.value, w.len }, blob),
				"a value lies in the tree");
		require(event == DT_NODE_END || lies_in((struct span){ (const uint8_t *)w.name,
								       strlen(w.name) + 1 },
							blob),
			"a name lies in the tree");
		if (event == DT_NODE)
			check_node(fdt, &w);
	}
	require(depth == -1, "as many ends as nodes");
}

/*
 * The tree as Linux would get it, NULL if it takes no edits; freed by the caller. Opened as
 * the image does it: the header may claim more than the tree's @bytes.
 */
static inline void *edit_tree(const void *fdt, size_t bytes, const struct edits *edits)
{
	const size_t room = bytes * 2 + EDITS_GROWTH_BYTES;
	void *copy = make_bytes(room, 0xee);
	size_t used;

	memcpy(copy, fdt, bytes);
	fdt_set_totalsize(copy, ((uint32_t)bytes + 7) & ~7u);
	if (fdt_open_into(copy, copy, (int)room) == 0 && edits_apply(copy, edits) == OM_OK &&
	    fdt_pack(copy) == 0) {
		require(fdt_totalsize(copy) <= room, "the room was enough");
		require(dt_check(copy, room, &used) == OM_OK, "the edited tree is a tree");
		check_walk(copy, used);
		return copy;
	}
	free(copy);
	return NULL;
}

#endif

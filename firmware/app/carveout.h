/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the next kernel's carve-out goes: the plan, and what is said of it. */
#ifndef OM_APP_CARVEOUT_H
#define OM_APP_CARVEOUT_H

#include "bootargs.h"
#include "core/place/plan.h"
#include "payload/wrapped.h"
#include "tree.h"

/* @kernel_base_pa: as memory_base() */
void carveout_make(const struct entry *entry, const struct wrapped *w, const struct tree *tree,
		   const struct bootargs *args, uint64_t kernel_base_pa, struct plan *out);

/* One line for every fact of the plan that the user should know. */
void carveout_print(const struct plan *plan, const struct tree *tree);

/* There is no room for it after all, which is said. */
void carveout_no_room(struct plan *plan, const struct tree *tree);

/* Reading the region faulted: nothing is there, and Linux does without. */
void carveout_no_ram(struct plan *plan, const struct tree *tree);

/* The initrd that the tree names, where it is in RAM; empty: none. */
struct range carveout_initrd(const struct plan *plan);

#endif

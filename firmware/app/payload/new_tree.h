/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree that the next stage gets: a copy with the plan's edits, or the old one patched.
 */
#ifndef OM_APP_NEW_TREE_H
#define OM_APP_NEW_TREE_H

#include "payload.h"

/**
 * new_tree - the tree for Linux at a new place
 * @at:     its room
 * @initrd: for /chosen; no bytes: there is none
 *
 * With command line and initrd, and with carve-out and partition if that can be done, which is said
 * if not. Returns false if what was made is no use.
 */
bool new_tree(const struct payload_input *in, struct range at, struct range initrd);

/**
 * tree_patch - carve-out and partition into the tree as it was handed over, in its place
 *
 * All or nothing: the tree is replaced by an edited copy, which is made in the monitor's memory. It
 * must have room for that within its own size, which is said if not.
 */
void tree_patch(const struct payload_input *in);

#endif

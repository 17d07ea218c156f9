/* SPDX-License-Identifier: BSD-2-Clause */
/* The device tree that was wrapped with the kernel, for loaders that hand none over. */
#ifndef OM_APP_OWN_TREE_H
#define OM_APP_OWN_TREE_H

#include "payload/wrapped.h"

/**
 * own_tree_place - where tree_read() finds it
 *
 * A copy in the image's own memory, with what the loader's tags say (core/boot/atags.h), if there
 * are any. Where there is not so much memory, the tree itself, and it is said what is lost. Empty:
 * none follows the kernel.
 */
struct range own_tree_place(const struct entry *entry, const struct wrapped *w);

/*
 * own_tree_align - a copy of what is at @pa, if that may be a tree, where tree_read() can take it
 *
 * Empty: it is none.
 */
struct range own_tree_align(uint64_t pa);

#endif

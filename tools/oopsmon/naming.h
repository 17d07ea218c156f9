/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for the bare addresses of a log. Kernels without names of their own (no KALLSYMS) print
 * "[<c0101234>]" or "0xffffffc008015a43" for each frame.
 */
#ifndef OM_TOOLS_NAMING_H
#define OM_TOOLS_NAMING_H

#include "symbols.h"

#include "core/base/span.h"

#include <stdio.h>

/* The names of a line's addresses in a line of its own after "= ", if it has some. @pc: below. */
void naming_below(FILE *f, struct span line, const struct symbols *symbols, uint64_t *pc);

/**
 * naming_text - a log as it would be if its kernel had had names
 * @symbols: may be NULL
 * @room: what was allocated for it, for free(), NULL: nothing
 *
 * For core/log/headline.h: the bare addresses of program counters, return addresses and frames
 * become "function+0x1c/0x40"; other numbers stay. Returns @text itself where there is nothing
 * to name, or no memory for it.
 */
struct span naming_text(struct span text, const struct symbols *symbols, char **room);

#endif

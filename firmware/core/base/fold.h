/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a row that is too wide for a terminal is broken: after a word where that is possible,
 * else in the middle of one, but never inside an escape of core/base/escape.h.
 */
#ifndef OM_CORE_FOLD_H
#define OM_CORE_FOLD_H

#include <stddef.h>

enum { FOLD_COLUMNS = 80 /* of the narrowest terminal that people use */ };

/**
 * fold_row - the part of a row that is printed before the line break
 * @row:    @len characters, printable ASCII; more text of the same line follows
 * @indent: the first characters, which never count as a place to break: labels; below @len
 *
 * A blank in the last third of the text is a place to break, since rows broken earlier waste more
 * of the screen than a broken word costs. The blank stays at the end of the row.
 * Returns how many characters go into this row, more than @indent and at most @len.
 */
size_t fold_row(const char *row, size_t len, size_t indent);

#endif

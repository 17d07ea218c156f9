/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record text made safe for a terminal: whatever a dead kernel or a user process left
 * cannot move the cursor, change colours or forge lines of ours. Reversible: a backslash
 * is doubled, so every "\x" is one of ours.
 */
#ifndef OM_CORE_ESCAPE_H
#define OM_CORE_ESCAPE_H

#include "span.h"

enum { ESCAPE_MAX = 4 /* most characters one byte becomes */ };

/**
 * escape_text - the next piece of a text, escaped
 * @in:   any bytes
 * @used: bytes of @in that were turned into text; call again with the rest
 * @out:  @cap characters of room, no NUL is added; @cap at least ESCAPE_MAX
 *
 * Printable ASCII, newline and tab stay; '\' becomes "\\"; every other byte
 * becomes "\xNN" with lower-case hex digits. Never splits an escape.
 * Returns the characters written; *used == in.len when all was done.
 */
size_t escape_text(struct span in, size_t *used, char *out, size_t cap);

#endif

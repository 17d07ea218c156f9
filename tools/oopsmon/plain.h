/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes made harmless for a terminal: what controls it becomes \xNN. Letters beyond ASCII pass
 * where the user's locale says that the terminal knows UTF-8; controls among them (U+0080 to
 * U+009F) and marks that turn the direction of text do not.
 */
#ifndef OM_TOOLS_PLAIN_H
#define OM_TOOLS_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAIN_MAX = 16 /* characters that one byte can give, those held back before it included */ };

struct plain {
	uint8_t held[4]; /* the beginning of a letter of several bytes */
	uint32_t n, want;
};

/* The next byte: what to show for it and for what was held back before. Returns the length. */
size_t plain_byte(struct plain *p, uint8_t c, char out[PLAIN_MAX]);

/* No more bytes follow: what is held back. */
size_t plain_end(struct plain *p, char out[PLAIN_MAX]);

/*
 * From here on messages on standard error, and standard output if it is a terminal, are plain,
 * whatever names and texts are in them. What this program itself draws goes past it, by write().
 */
void plain_streams(void);

#endif

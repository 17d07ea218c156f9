/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An input that is nothing but the text of a kernel's log: a console's capture, dmesg's output,
 * a file of /sys/fs/pstore. It is kept while regions and reports are looked for.
 */
#ifndef OM_TOOLS_PLAINLOG_H
#define OM_TOOLS_PLAINLOG_H

#include "core/base/span.h"

struct plainlog {
	uint8_t *bytes;
	size_t len, cap;
	bool over; /* no text, or too much of it: nothing is kept any more */
};

/* The next bytes of the input. */
void plainlog_feed(struct plainlog *p, const uint8_t *bytes, size_t len);

/* The whole text; empty if the input was none, or if there is no crash in it. */
struct span plainlog_text(const struct plainlog *p);

void plainlog_free(struct plainlog *p);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line of a kernel log looks like where printk wrote it. */
#ifndef OM_CORE_LINE_FORM_H
#define OM_CORE_LINE_FORM_H

#include "core/base/span.h"

enum {
	LINE_LOST = 0 /* a character that is lost; no log has it */
};

enum line_form {
	LINE_WRONG = -1, /* no kernel writes that */
	LINE_OPEN = 0,	 /* it depends on characters that are lost, or after the end */
	LINE_RIGHT = 1
};

struct line_clock {
	bool stamped; /* lines have time stamps */
	uint32_t sec; /* of the last line */
};

/* Before the first line of a record's @text: that one shows whether there are time stamps. */
void line_clock_start(struct line_clock *clock, struct span text);

/**
 * line_form - does a line begin as printk's lines do, "<6>[    0.123456]"?
 * @p:     after the newline before it
 * @end:   of the text
 * @clock: of the lines before; time does not go back by more than a second
 *
 * Source: Linux kernel/printk/printk.c, 3.10 to 6.18: every line of a message has all this.
 */
enum line_form line_form(const uint8_t *p, const uint8_t *end, struct line_clock *clock);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tail.h"

#include "core/base/escape.h"
#include "core/base/text.h"
#include "prefix.h"

bool tail_line(struct span *rest, struct span *shown)
{
	const struct span line = text_trimmed(prefix_cut_level(text_line(rest)));

	*shown = span_sub(line, 0, TAIL_LINE_BYTES);
	return shown->len == line.len;
}

/* What the first line of @text costs on the wire. */
static uint32_t line_cost(struct span text)
{
	struct span shown;
	uint32_t n = TAIL_FRAME_BYTES;

	(void)tail_line(&text, &shown);
	while (shown.len > 0) {
		char out[64];
		size_t used = 0;

		n += (uint32_t)escape_text(shown, &used, out, sizeof(out));
		shown = text_skip(shown, used);
	}
	return n;
}

struct span tail_of(struct span text, uint32_t n_lines, uint32_t most_bytes)
{
	size_t from = text.len;

	for (uint32_t n = 0; n < n_lines && from > 0; n++) {
		size_t begin = from - 1; /* the newline that ends the line */

		while (begin > 0 && text.p[begin - 1] != '\n')
			begin--;

		const uint32_t cost = line_cost(text_skip(text, begin));

		if (cost > most_bytes)
			break;
		most_bytes -= cost;
		from = begin;
	}
	return text_skip(text, from);
}

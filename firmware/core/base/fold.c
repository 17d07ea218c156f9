/* SPDX-License-Identifier: BSD-2-Clause */
#include "fold.h"

#include "escape.h"

/* Characters from @at on that must stay together: an escape, or one character. */
static size_t unit_bytes(const char *row, size_t len, size_t at)
{
	if (row[at] != '\\')
		return 1;
	/* "\x1b" has ESCAPE_MAX characters, "\\" has two */
	return at + 1 < len && row[at + 1] == '\\' ? 2 : ESCAPE_MAX;
}

size_t fold_row(const char *row, size_t len, size_t indent)
{
	const size_t least = indent + (len - indent) * 2 / 3;
	size_t blank = 0, whole = indent;

	while (whole < len) {
		const size_t n = unit_bytes(row, len, whole);

		if (n > len - whole)
			break;
		whole += n;
		if (row[whole - 1] == ' ' && whole >= least)
			blank = whole;
	}
	if (blank)
		return blank;
	return whole > indent ? whole : len;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "region_said.h"

#include "core/base/text.h"

#include <ctype.h>
#include <string.h>

/* What is said right before an '@', 0: something else. */
static uint64_t bytes_before(struct span text)
{
	static const char words[] = "ramoops: using 0x";
	const size_t len = sizeof(words) - 1;
	size_t n = 0;
	uint64_t v;

	while (n < text.len && isxdigit(text.p[text.len - 1 - n]))
		n++;
	if (n == 0 || text.len - n < len || memcmp(text.p + text.len - n - len, words, len) != 0)
		return 0;
	return text_hex(span_sub(text, text.len - n, n), &v) == n ? v : 0;
}

/*
 * By the last of the lines that say it, 0: none does. The character after the size is looked for,
 * as logs have few of it.
 */
static uint64_t bytes_in(struct span text)
{
	uint64_t bytes = 0;
	const uint8_t *at;

	for (size_t off = 0; off < text.len && (at = memchr(text.p + off, '@', text.len - off));) {
		const size_t end = (size_t)(at - text.p);
		const uint64_t said = bytes_before(span_sub(text, 0, end));

		if (said)
			bytes = said;
		off = end + 1;
	}
	return bytes;
}

void region_said_take(struct region_said *s, const struct record *r)
{
	const bool console = r->kind == ZONE_CONSOLE;
	uint64_t bytes;

	if ((!console && r->kind != ZONE_DMESG) || r->quality >= QUALITY_SALVAGED)
		return;
	if (!console && (s->by_console || (s->bytes && r->time_sec < s->time_sec)))
		return;
	bytes = bytes_in(r->text);
	if (!bytes)
		return;
	*s = (struct region_said){ bytes, console, r->time_sec };
}

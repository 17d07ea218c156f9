/* SPDX-License-Identifier: BSD-2-Clause */
#include "region_said.h"

#include "core/base/text.h"

/* By the last of the lines that say it, 0: none does. */
static uint64_t bytes_in(struct span text)
{
	static const char words[] = "ramoops: using 0x";
	uint64_t bytes = 0;

	for (;;) {
		uint64_t v;
		size_t n;

		text = text_after(text, words);
		if (text.len == 0)
			return bytes;
		n = text_hex(text, &v);
		if (n > 0 && n < text.len && text.p[n] == '@')
			bytes = v;
	}
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

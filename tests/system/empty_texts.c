/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standard input is a zone of Android's log, shown as text. What it has may be empty anywhere:
 * fwrite() must not be given NULL then (C11, 7.1.4), which the C library need not notice.
 */
#include <stdio.h>
#include <stdlib.h>

static size_t fwrite_strictly(const void *p, size_t size, size_t n, FILE *f)
{
	if (!p)
		abort();
	return fwrite(p, size, n, f);
}

#define fwrite fwrite_strictly
#include "../../tools/oopsmon/text.c"

/* Without symbols nothing has a name. */
size_t symbols_name(const struct symbols *s, uint64_t address, enum address_kind kind, char *out,
		    size_t cap)
{
	(void)s, (void)address, (void)kind, (void)out, (void)cap;
	return 0;
}

void naming_below(FILE *f, struct span line, const struct symbols *symbols, uint64_t *pc)
{
	(void)f, (void)line, (void)symbols, (void)pc;
}

int main(void)
{
	static uint8_t zone[65536];
	const struct record empty = { .kind = ZONE_DMESG };
	const size_t len = fread(zone, 1, sizeof(zone), stdin);

	text_record(stdout, &empty, NULL);
	text_logcat(stdout, (struct span){ zone, len });
	text_logcat(stdout, (struct span){ 0 });
	text_escaped(stdout, (struct span){ 0 });
	return 0;
}

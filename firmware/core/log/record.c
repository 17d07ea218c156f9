/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include "core/base/digits.h"

#include <string.h>

const char *quality_name(enum quality q)
{
	static const char *const names[] = {
		[QUALITY_INTACT] = "intact",	     [QUALITY_CORRECTED] = "ECC-corrected",
		[QUALITY_UNCHECKED] = "unchecked",   [QUALITY_SALVAGED] = "salvaged",
		[QUALITY_UNREADABLE] = "unreadable",
	};

	return (uint32_t)q < sizeof(names) / sizeof(names[0]) ? names[q] : "";
}

const char *record_kind(enum zone_kind kind)
{
	static const char *const kinds[ZONE_KINDS] = {
		[ZONE_DMESG] = "dmesg",
		[ZONE_CONSOLE] = "console",
		[ZONE_PMSG] = "pmsg",
		[ZONE_FTRACE] = "ftrace",
	};

	return kinds[kind < ZONE_KINDS ? kind : ZONE_DMESG];
}

void record_name(const struct record *r, char out[RECORD_NAME_BYTES])
{
	const char *const kind = r->is_kmsg ? RECORD_KMSG : record_kind(r->kind);
	const char *const middle = r->is_kmsg ? "" : RECORD_MIDDLE;
	const size_t n = strlen(kind), n_middle = strlen(middle);
	char *at = out + n + n_middle;

	memcpy(out, kind, n);
	memcpy(out + n, middle, n_middle);
	at += digits_put(at, r->index, 10, 1, '0');
	if (r->notes & NOTE_MENDED) {
		memcpy(at, ".mended", sizeof(".mended"));
		return;
	}
	if (r->piece > 0) {
		*at++ = '.';
		at += digits_put(at, r->piece, 10, 1, '0');
	}
	*at = '\0';
}

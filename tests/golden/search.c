/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what search_region() makes of the bytes on standard input: its numbers, then every
 * zone as "kind index offset bytes". Built and run by test_search.py.
 * Argument: "whole" or "within".
 */
#include "core/ramoops/search.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static const char *const kinds[ZONE_KINDS] = { "dmesg", "console", "pmsg", "ftrace" };
	static uint8_t bytes[64 << 20];
	static uint8_t work[SEARCH_WORK_BYTES];
	struct found f;
	struct place at;

	if (argc != 2)
		return 2;

	const size_t len = fread(bytes, 1, sizeof(bytes), stdin);
	const enum om_err err = search_region((struct span){ bytes, len },
					      strcmp(argv[1], "whole") == 0,
					      (struct workspace){ work, SEARCH_WORK_BYTES }, &f);

	printf("result %s\n", om_err_name(err));
	if (err != OM_OK)
		return 0;
	printf("off %u\nregion %u\nrecord %u\nconsole %u\nftrace %u\npmsg %u\necc %u\ncpus %u\n",
	       f.off, f.geom.region_bytes, f.geom.record_bytes, f.geom.console_bytes,
	       f.geom.ftrace_bytes, f.geom.pmsg_bytes, f.geom.ecc_bytes, f.layout.n_ftrace);
	printf("explained %u\nmissing %u\nstray %u\nproven %d\nsure %d\nera %d\nwhy %d\n",
	       f.n_explained, f.n_missing, f.n_stray, f.ecc_proven, f.sure, f.layout.era,
	       f.layout.why);
	for (uint32_t i = 0; layout_place(&f.layout, i, &at) == OM_OK; i++)
		printf("zone %s %u %u %u\n", kinds[at.kind], at.index, at.off, at.bytes);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a region is in the words of the kernel that wrote it: an input that was cut where a zone
 * ends looks like a smaller region, and its log may know better.
 * Source: Linux fs/pstore/ram.c, ramoops_probe(): "ramoops: using 0x%lx@0x%llx, ecc: %d", 3.10
 * to 6.18.
 */
#ifndef OM_REGION_SAID_H
#define OM_REGION_SAID_H

#include "core/log/record.h"

struct region_said {
	uint64_t bytes;	  /* 0: no record says */
	bool by_console;  /* which is of the last boot, whatever older dumps say */
	int64_t time_sec; /* of the dump that says */
};

/* Looks for these words in a record; the console counts more than dumps, a newer dump more than an
   older one. Text that may be damaged is not asked. */
void region_said_take(struct region_said *s, const struct record *r);

#endif

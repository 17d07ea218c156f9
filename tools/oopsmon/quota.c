/* SPDX-License-Identifier: BSD-2-Clause */
#include "quota.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 4096, OPEN_FOLDERS = 16 };

bool quota_parse(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	char *end;

	errno = 0;
	*bytes = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return false;

	const char *unit = *end ? strchr(units, *end) : NULL;
	const unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (*end && (!unit || end[1]))
		return false;
	if (*bytes > UINT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	if (*bytes == 0)
		*bytes = UINT64_MAX;
	return true;
}

uint64_t quota_room(const struct quota *q)
{
	uint64_t room = UINT64_MAX;

	for (; q; q = q->all) {
		const uint64_t mine = q->max > q->used ? q->max - q->used : 0;

		room = mine < room ? mine : room;
	}
	return room;
}

uint64_t quota_cost(uint64_t bytes)
{
	return (bytes / PAGE_BYTES + (bytes % PAGE_BYTES != 0)) * PAGE_BYTES;
}

bool quota_take(struct quota *q, uint64_t cost)
{
	if (cost > quota_room(q))
		return false;
	for (; q; q = q->all)
		q->used += cost;
	return true;
}

void quota_give(struct quota *q, uint64_t cost)
{
	for (; q; q = q->all)
		q->used -= cost < q->used ? cost : q->used;
}

void quota_recount(struct quota *q, uint64_t used)
{
	quota_give(q, q->used);
	for (; q; q = q->all)
		q->used += used;
}

static uint64_t counted; /* nftw() has no argument for it */

static int count(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)where;
	if (type == FTW_D || type == FTW_DNR)
		counted += PAGE_BYTES;
	else if (type == FTW_F)
		counted += quota_cost((uint64_t)st->st_size);
	return 0;
}

uint64_t quota_of(const char *path)
{
	counted = 0;
	nftw(path, count, OPEN_FOLDERS, FTW_PHYS);
	return counted;
}

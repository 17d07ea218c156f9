/* SPDX-License-Identifier: BSD-2-Clause */
#include "match.h"

#include <string.h>

enum {
	OFFSET_BITS = 11, /* of a slot: where in the driver's list; above it the driver, from 1 */
	OFFSET_MASK = (1 << OFFSET_BITS) - 1,
};

/* Strings differ in their length, their middle and their end; they begin alike. */
static uint32_t first_slot(const char *s, size_t n)
{
	return ((uint32_t)n * 37 + (uint8_t)s[n / 2] * 5 + (uint8_t)s[n - n / 4 - 1] * 11 +
		(uint8_t)s[n - 1] * 67) %
	       MATCH_SLOTS;
}

uint32_t match_index_make(const struct driver *const *list, struct match_index *out)
{
	uint32_t n_strings = 0;

	*out = (struct match_index){ .list = list };
	for (uint32_t i = 0; list[i]; i++) {
		const char *const strings = list[i]->compatible;
		size_t n;

		for (const char *s = strings; *s && n_strings < MATCH_SLOTS / 2; s += n + 1) {
			uint32_t at;

			n = strlen(s);
			for (at = first_slot(s, n); out->slot[at];)
				at = (at + 1) % MATCH_SLOTS;
			out->slot[at] = (uint16_t)((i + 1) << OFFSET_BITS | (s - strings));
			n_strings++;
		}
	}
	return n_strings;
}

/* A string may be in the index twice: the driver that comes first in the list gets it. */
static const struct driver *find_one(const struct match_index *index, const char *s, size_t n)
{
	for (uint32_t at = first_slot(s, n); index->slot[at]; at = (at + 1) % MATCH_SLOTS) {
		const struct driver *d = index->list[(index->slot[at] >> OFFSET_BITS) - 1];

		if (strcmp(d->compatible + (index->slot[at] & OFFSET_MASK), s) == 0)
			return d;
	}
	return NULL;
}

const struct driver *match_find(const struct match_index *index, const char *compatible, size_t len)
{
	while (len > 0) {
		const size_t n = strnlen(compatible, len);
		const struct driver *d;

		if (n == len)
			return NULL;
		d = n > 0 ? find_one(index, compatible, n) : NULL;
		if (d)
			return d;
		compatible += n + 1;
		len -= n + 1;
	}
	return NULL;
}

uint32_t match_number(const char *list, const char *compatible, size_t len)
{
	for (size_t n; len > 0; compatible += n, len -= n) {
		uint32_t number = 0;

		n = strnlen(compatible, len) + 1;
		if (n > len)
			break;
		for (const char *s = list; *s; s += strlen(s) + 1, number++)
			if (strcmp(s, compatible) == 0)
				return number;
	}
	return 0;
}

bool match_list_has(const char *list, const char *word, size_t len)
{
	for (const char *s = list; s && *s; s += strlen(s) + 1)
		if (strlen(s) == len && memcmp(s, word, len) == 0)
			return true;
	return false;
}

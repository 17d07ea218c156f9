/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which driver serves a compatible string. A tree has hundreds of these strings and the drivers
 * serve a hundred: each is looked up in an index, made once for a walk.
 */
#ifndef OM_DRIVERS_MATCH_H
#define OM_DRIVERS_MATCH_H

#include "drivers.h"

enum {
	MATCH_SLOTS = 512, /* a power of two; the drivers' strings fill at most half of it */
	MATCH_DRIVERS_MAX = 31,
};

struct match_index {
	const struct driver *const *list;
	uint16_t slot[MATCH_SLOTS]; /* 0: empty */
};

/**
 * match_index_make - index the strings of all drivers
 * @list: ended by NULL, at most MATCH_DRIVERS_MAX drivers, each with less than 2048 bytes of
 * strings; must live as long as @out is used
 *
 * Returns the number of strings.
 */
uint32_t match_index_make(const struct driver *const *list, struct match_index *out);

/**
 * match_find - the driver for a node
 * @compatible: the property's bytes, a list of NUL-terminated strings
 * @len:        its length
 *
 * The most specific (first) string wins. Returns NULL if none matches before the list ends, or
 * is not terminated.
 */
const struct driver *match_find(const struct match_index *index, const char *compatible,
				size_t len);

/* Number in a driver's list of the first of a node's strings that is there: what match_find() took.
 */
uint32_t match_number(const char *list, const char *compatible, size_t len);

/* True if @word, of @len characters, is in a driver's list of strings (NULL: an empty one). */
bool match_list_has(const char *list, const char *word, size_t len);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of gather.h share. gather.c follows the lines of a log and keeps groups of
 * them, gather_text.c leaves of a text what counts, gather_damaged.c reads lines that are damaged,
 * gather_repair.c restores lines from parity.
 */
#ifndef OM_CORE_GATHER_PARTS_H
#define OM_CORE_GATHER_PARTS_H

#include "core/base/crc32.h"
#include "gather.h"

enum {
	LINE_SPAN_MAX = 640 /* bytes of text from { to }, with all that is in between */
};

static inline bool gather_is_newline(uint8_t c)
{
	return c == '\n' || c == '\r';
}

static inline size_t gather_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline uint32_t gather_total_lines(const struct gather_group *group)
{
	return group->shape.n_data + group->shape.n_parity;
}

static inline bool gather_is_whole(const struct gather_group *group)
{
	return group->n_sound_data == group->shape.n_data;
}

static inline uint32_t gather_crc_of(uint32_t number, const uint8_t *payload)
{
	const uint8_t two[2] = { (uint8_t)number, (uint8_t)(number >> 8) };

	return crc32_update(crc32_update(0, two, sizeof(two)), payload, ARMOR_PAYLOAD_BYTES);
}

/* gather_text.c */

/* What to leave of a text. */
struct gather_strip {
	bool foreign;	 /* drop every character that no line has, blanks among them */
	bool escapes;	 /* take escape sequences for what they are */
	uint32_t prefix; /* characters to drop after each newline */
};

/* The characters of @s that count, at most @cap; newlines never do. Returns how many. */
size_t gather_strip(struct span s, const struct gather_strip *how, char *out, size_t cap);

/* gather.c */

/* Keeps a line unless a better one of its number is there. */
void gather_place(struct gather_group *group, uint32_t number, enum gather_state state,
		  const struct armor_body *body);

/* gather_damaged.c */

/* The text before a sound line of @group with the number @next, or before the end. */
void gather_look_between(struct gather *g, struct span text, struct gather_group *group,
			 int32_t next);

/* gather_repair.c */

/* Fills in g->result with what there is of @group. */
void gather_finish(struct gather *g, struct gather_group *group);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that are missing or damaged, from the parity lines of their group. */
#include "gather_parts.h"

#include <string.h>

enum { ROUNDS_MAX = 4 };

static enum rs16_state symbol_state(const struct gather *g, const struct gather_group *group,
				    uint32_t line, uint32_t column)
{
	if (g->known[line])
		return RS16_KNOWN;
	if (group->state[line] == GATHER_MISSING || group->lost[line] >> column & 1)
		return RS16_LOST;
	return RS16_SUSPECT;
}

static bool repair_column(struct gather *g, const struct gather_group *group, uint32_t column)
{
	const uint32_t n = gather_total_lines(group);
	const struct workspace work = { (uint8_t *)g->work, sizeof(g->work) };
	uint32_t repaired;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *at = g->lines[i] + (size_t)column * 2;

		g->symbols[i] = (uint16_t)(at[0] | at[1] << 8);
		g->states[i] = (uint8_t)symbol_state(g, group, i, column);
	}
	if (rs16_repair(g->symbols, g->states, group->shape.n_data, group->shape.n_parity, work,
			&repaired) != OM_OK)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *at = g->lines[i] + (size_t)column * 2;

		at[0] = (uint8_t)g->symbols[i];
		at[1] = (uint8_t)(g->symbols[i] >> 8);
	}
	return true;
}

/* Lines whose check is right with the columns that could be repaired are known in all. */
static uint32_t confirm_lines(struct gather *g, const struct gather_group *group, bool mended)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < gather_total_lines(group); i++) {
		if (g->known[i] || group->state[i] == GATHER_MISSING)
			continue;
		g->known[i] = (mended && group->state[i] == GATHER_MENDED) ||
			      (gather_crc_of(i, g->lines[i]) ^ group->check[i]) == group->key;
		n += g->known[i];
	}
	return n;
}

/* Columns that parity restores, as bits; g->lines and g->known have what came of it. */
static uint32_t repair_columns(struct gather *g, const struct gather_group *group)
{
	const uint32_t all = (1u << RS16_COLUMNS) - 1;
	uint32_t good = 0;
	bool mended = false;

	for (uint32_t round = 0; round < ROUNDS_MAX && good != all; round++) {
		for (uint32_t i = 0; i < RS16_COLUMNS; i++)
			if (!(good >> i & 1) && repair_column(g, group, i))
				good |= 1u << i;
		if (good == all)
			break;
		/* a check mended by one character is wrong in one line of a million */
		if (confirm_lines(g, group, mended) == 0) {
			if (mended)
				break;
			mended = true;
			if (confirm_lines(g, group, true) == 0)
				break;
		}
	}
	return good == all;
}

void gather_finish(struct gather *g, struct gather_group *group)
{
	struct gather_result *r = &g->result;
	const uint32_t n_data = group->shape.n_data;
	bool whole = gather_is_whole(group);
	bool prefix = true;

	*r = (struct gather_result){ .shape = group->shape, .n_seen = group->n_seen };
	for (uint32_t i = 0; i < gather_total_lines(group); i++) {
		memcpy(g->lines[i], group->payload[i], ARMOR_PAYLOAD_BYTES);
		g->known[i] = group->state[i] == GATHER_SOUND;
	}
	if (!whole && group->shape.n_parity > 0)
		whole = repair_columns(g, group);
	if (!whole)
		confirm_lines(g, group, true);
	for (uint32_t i = 0; i < n_data; i++) {
		const bool good = whole || g->known[i];

		r->n_restored += good && group->state[i] != GATHER_SOUND;
		r->n_lost += !good;
		prefix &= good;
		if (prefix)
			r->bytes.len += ARMOR_PAYLOAD_BYTES;
	}
	r->bytes.p = g->lines[0];
	r->complete = group->complete = r->n_lost == 0;
}

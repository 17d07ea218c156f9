/* SPDX-License-Identifier: BSD-2-Clause */
#include "gather_parts.h"

#include <string.h>

enum {
	TAIL_BYTES = 32,      /* before a }, looked at to see whether it is text at all */
	TAIL_STRANGE_MAX = 7, /* bytes above 0x7f there: a border or a mark that a logger drew */
	QUIET_MAX = 4
};

void gather_start(struct gather *g)
{
	/* of a group that is not used nothing is read, of the rest nothing that was not written */
	memset(g, 0, offsetof(struct gather, groups));
	for (uint32_t i = 0; i < GATHER_GROUPS; i++)
		g->groups[i].used = false;
	g->n_damaged = 0;
}

static struct gather_group *group_of(struct gather *g, uint32_t key)
{
	for (uint32_t i = 0; i < GATHER_GROUPS; i++)
		if (g->groups[i].used && !g->groups[i].retired && g->groups[i].key == key)
			return &g->groups[i];
	return NULL;
}

/* A slot for a new group: an empty one, else the oldest that was reported, else the oldest. */
static struct gather_group *choose_slot(struct gather *g)
{
	struct gather_group *best = &g->groups[0];

	for (uint32_t i = 0; i < GATHER_GROUPS; i++) {
		struct gather_group *at = &g->groups[i];

		if (!at->used)
			return at;
		if (best->changed != at->changed
			    ? best->changed
			    : g->clock - at->touched > g->clock - best->touched)
			best = at;
	}
	return best;
}

static void open_group(struct gather *g, struct gather_group *slot, uint32_t key,
		       const struct armor_group *shape)
{
	memset(slot, 0, sizeof(*slot));
	slot->used = true;
	slot->key = key;
	slot->shape = *shape;
	slot->last = -1;
	slot->touched = g->clock;
}

/* The symbols that lie in a body's unknown groups of characters. */
static uint32_t lost_symbols(uint32_t bad)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < RS16_COLUMNS; i++)
		if (bad >> (2 + 2 * i) / 4 & 1)
			lost |= 1u << i;
	return lost;
}

void gather_place(struct gather_group *group, uint32_t number, enum gather_state state,
		  const struct armor_body *body)
{
	if (number >= gather_total_lines(group) || group->state[number] >= (uint8_t)state)
		return;
	group->n_seen += group->state[number] == GATHER_MISSING;
	group->n_sound_data += state == GATHER_SOUND && number < group->shape.n_data;
	group->state[number] = (uint8_t)state;
	group->lost[number] = lost_symbols(body->bad);
	group->check[number] = gather_crc_of(body->number, body->payload) ^ body->key;
	memcpy(group->payload[number], body->payload, ARMOR_PAYLOAD_BYTES);
	group->changed = !group->complete;
}

/* What is left in the window; @all: also a line that may still be coming. */
static void look_at_rest(struct gather *g, bool all)
{
	size_t end = g->len;

	while (!all && end > g->done && !gather_is_newline(g->window[end - 1]))
		end--;
	if (g->recent)
		gather_look_between(g, (struct span){ g->window + g->done, end - g->done },
				    g->recent, (int32_t)gather_total_lines(g->recent));
	g->done = end;
	if (g->scanned < end)
		g->scanned = end;
}

/* Takes note of a key seen; true if a line with another number had it before. */
static bool key_confirmed(struct gather *g, uint32_t key, uint32_t number)
{
	const uint32_t n = g->n_keys < GATHER_KEYS ? g->n_keys : GATHER_KEYS;
	bool same = false;

	for (uint32_t i = 0; i < n; i++) {
		if (g->keys[i].key != key)
			continue;
		if (g->keys[i].number != number)
			return true;
		same = true;
	}
	if (same)
		return false;
	g->keys[g->n_keys % GATHER_KEYS].key = key;
	g->keys[g->n_keys % GATHER_KEYS].number = number;
	g->n_keys++;
	return false;
}

/* The same number with other bytes, and both checks are right: two groups with one key. */
static bool contradicts(const struct gather_group *group, const struct armor_body *body)
{
	return group->state[body->number] == GATHER_SOUND &&
	       memcmp(group->payload[body->number], body->payload, ARMOR_PAYLOAD_BYTES) != 0;
}

enum line_event { LINE_NONE, LINE_SOUND, LINE_GROUP, LINE_OPENED };

/* @body is in the window at [@from, @end), braces included. */
static enum line_event take_line(struct gather *g, const struct armor_body *body, size_t from,
				 size_t end)
{
	struct gather_group *group = group_of(g, body->key);
	struct armor_group shape;

	if (body->bad || armor_group_of(body->key, &shape) != OM_OK ||
	    body->number >= shape.n_data + shape.n_parity)
		return LINE_NONE;
	if (!group || contradicts(group, body)) {
		struct gather_group *slot;

		if (!group && !key_confirmed(g, body->key, body->number))
			return LINE_NONE;
		slot = choose_slot(g);
		if (slot->used && slot->changed) {
			slot->changed = false;
			gather_finish(g, slot);
			return LINE_GROUP;
		}
		if (group)
			group->retired = true;
		if (g->recent == slot)
			g->recent = NULL;
		open_group(g, slot, body->key, &shape);
		return LINE_OPENED;
	}

	const struct span before = { g->window + g->done, from - g->done };

	gather_look_between(g, before, group, (int32_t)body->number);
	gather_place(group, body->number, GATHER_SOUND, body);
	group->last = (int32_t)body->number;
	group->touched = ++g->clock;
	g->recent = group;
	g->quiet = 0;
	g->done = end;
	return LINE_SOUND;
}

/* Characters between the beginning of a line of text and @at. */
static uint32_t column_of(const struct gather *g, size_t at)
{
	const struct gather_strip how = { .escapes = true };
	char out[GATHER_PIECE_MAX];
	size_t from = at;

	while (from > 0 && at - from < GATHER_PIECE_MAX && !gather_is_newline(g->window[from - 1]))
		from--;
	return (uint32_t)gather_strip((struct span){ g->window + from, at - from }, &how, out,
				      sizeof(out));
}

/* Most that a dump of memory has is not text, and should cost little. */
static bool ends_as_text(const uint8_t *end)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t strange = 0; /* of each eighth byte in a byte of its own */

	for (uint32_t i = 0; i < TAIL_BYTES; i += 8)
		strange += le64_load(end - TAIL_BYTES + i) >> 7 & ones;
	return strange * ones >> 56 <= TAIL_STRANGE_MAX;
}

/* What ends with the } at @end. */
static enum line_event try_line(struct gather *g, size_t end)
{
	size_t from = end;
	char chars[ARMOR_BODY_CHARS + 1];
	struct armor_body body;
	struct gather_strip how = { .foreign = true, .escapes = true };

	if (end - g->done < ARMOR_BODY_CHARS || !ends_as_text(g->window + end))
		return LINE_NONE;
	while (from > g->done && end - from < LINE_SPAN_MAX && g->window[from - 1] != '{')
		from--;
	if (from == g->done || g->window[from - 1] != '{' || end - from < ARMOR_BODY_CHARS)
		return LINE_NONE;

	const struct span inside = { g->window + from, end - from };
	const uint32_t column = column_of(g, from - 1);

	if (gather_strip(inside, &how, chars, sizeof(chars)) != ARMOR_BODY_CHARS) {
		/* a logger wrapped it and wrote its time stamp in front of both lines */
		how.prefix = column;
		if (column == 0 ||
		    gather_strip(inside, &how, chars, sizeof(chars)) != ARMOR_BODY_CHARS)
			return LINE_NONE;
	}
	armor_read(chars, &body);

	const enum line_event event = take_line(g, &body, from - 1, end + 1);

	if (event == LINE_SOUND)
		g->column = column;
	return event;
}

/* Forgets what is at the window's front. */
static void make_room(struct gather *g)
{
	size_t drop = g->done;

	if (drop < GATHER_WINDOW_BYTES / 4) {
		drop = g->done + (g->len - g->done) / 2;
		if (g->recent)
			gather_look_between(g, (struct span){ g->window + g->done, drop - g->done },
					    g->recent, (int32_t)gather_total_lines(g->recent));
		/* long without a sound line: what comes has nothing to do with that group */
		if (++g->quiet > QUIET_MAX)
			g->recent = NULL;
	}
	g->len -= drop;
	memmove(g->window, g->window + drop, g->len);
	g->scanned = g->scanned > drop ? g->scanned - drop : 0;
	g->done = 0;
}

enum gather_event gather_feed(struct gather *g, struct span *in)
{
	for (;;) {
		const uint8_t *close = memchr(g->window + g->scanned, '}', g->len - g->scanned);

		if (close) {
			const size_t at = (size_t)(close - g->window);

			switch (try_line(g, at)) {
			case LINE_NONE:
				g->scanned = at + 1;
				continue;
			case LINE_OPENED:
				g->scanned = g->done; /* now its first lines are known, too */
				continue;
			case LINE_GROUP:
				return GATHER_GROUP;
			case LINE_SOUND:
				g->scanned = at + 1;
				break;
			}
			if (!gather_is_whole(g->recent) || !g->recent->changed)
				return GATHER_LINE;
			g->recent->changed = false;
			gather_finish(g, g->recent);
			return GATHER_GROUP;
		}
		g->scanned = g->len;
		if (in->len == 0)
			return GATHER_MORE;
		if (g->len == GATHER_WINDOW_BYTES)
			make_room(g);

		const size_t n = gather_least(in->len, GATHER_WINDOW_BYTES - g->len);

		memcpy(g->window + g->len, in->p, n);
		g->len += n;
		*in = span_sub(*in, n, in->len);
	}
}

bool gather_close(struct gather *g, uint32_t since, bool anyway)
{
	look_at_rest(g, anyway && since == g->clock);
	for (uint32_t i = 0; i < GATHER_GROUPS; i++) {
		struct gather_group *group = &g->groups[i];

		if (!group->used || !group->changed || group->touched > since)
			continue;
		gather_finish(g, group);
		if (!g->result.complete && !anyway)
			continue;
		group->changed = false;
		return true;
	}
	return false;
}

bool gather_busy(const struct gather *g)
{
	for (uint32_t i = 0; i < GATHER_GROUPS; i++)
		if (g->groups[i].used && g->groups[i].changed)
			return true;
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that are damaged: what each was, and which number it has, by the sound ones around it. */
#include "gather_parts.h"

#include <string.h>

enum {
	GROUP_CHARS = 5,
	N_GROUPS = ARMOR_BODY_CHARS / GROUP_CHARS,
	CHECKED_BYTES = 56, /* of a body: number and payload */
	CHECK_GROUP = N_GROUPS - 1,
	LEN_SLACK = 3,	 /* characters that may be missing or too many in a damaged line */
	JOIN_MAX = 3,	 /* lines of text that one line was wrapped into */
	FOREIGN_MAX = 6, /* more characters that no line has: it is none */
	WRONG_MAX = 3,	 /* characters of one group of five, taken for wrong by the check */
	NO_MEND = 99
};

/* CRC-32's register before @bytes zero bytes were put in that left it at @r. */
static uint32_t crc_before(uint32_t r, uint32_t bytes)
{
	for (uint32_t i = 0; i < 8 * bytes; i++)
		r = r & 0x80000000 ? (r ^ 0xedb88320) << 1 | 1 : r << 1;
	return r;
}

/* Are the @n_few characters among the @n_many, in their order? */
static bool is_within(const char *few, size_t n_few, const char *many, size_t n_many)
{
	size_t k = 0;

	for (size_t i = 0; i < n_many && k < n_few; i++)
		k += many[i] == few[k];
	return k == n_few;
}

/* Characters by which @got differs from the five of @want, NO_MEND: not like it at all. */
static uint32_t difference(const char *got, size_t n, const char *want)
{
	uint32_t wrong = 0;

	if (n < GROUP_CHARS)
		return is_within(got, n, want, GROUP_CHARS) ? (uint32_t)(GROUP_CHARS - n) : NO_MEND;
	if (n > GROUP_CHARS)
		return is_within(want, GROUP_CHARS, got, n) ? (uint32_t)(n - GROUP_CHARS) : NO_MEND;
	for (size_t i = 0; i < GROUP_CHARS; i++)
		wrong += got[i] != want[i];
	return wrong;
}

/*
 * A line's characters with group @at left out: those before it counted from the left, those
 * after it from the right, so that it does not matter how many characters it has.
 */
static void without_group(const char *chars, size_t len, uint32_t at, char out[ARMOR_BODY_CHARS])
{
	const size_t before = (size_t)at * GROUP_CHARS;
	const size_t after = ARMOR_BODY_CHARS - GROUP_CHARS - before;

	memcpy(out, chars, before);
	memset(out + before, '!', GROUP_CHARS); /* reads as zeros */
	memcpy(out + before + GROUP_CHARS, chars + len - after, after);
}

/*
 * The check is 32 bits, and so is a group of characters: whichever group is damaged, the check
 * says what it must have been. Where that is nearly what was received the damage is found.
 * Returns in how many characters it differs, NO_MEND: no such reading.
 */
static uint32_t mend(const char *chars, size_t len, uint32_t key, struct armor_body *out)
{
	uint32_t best = NO_MEND;

	for (uint32_t at = 0; at < N_GROUPS; at++) {
		char line[ARMOR_LINE_CHARS];
		uint8_t four[4];
		struct armor_body body;

		without_group(chars, len, at, line);
		armor_read(line, &body);
		if (body.bad)
			continue;
		le32_store(four, crc_before(body.key ^ key, CHECKED_BYTES - 4 * at));
		if (at == 0) {
			body.number = (uint32_t)four[0] | (uint32_t)four[1] << 8;
			memcpy(body.payload, four + 2, 2);
		} else if (at < CHECK_GROUP) {
			memcpy(body.payload + 4 * (size_t)at - 2, four, 4);
		}
		armor_line(key, body.number, body.payload, line);

		const size_t from = (size_t)at * GROUP_CHARS;
		const uint32_t wrong = difference(
			chars + from, len + GROUP_CHARS - ARMOR_BODY_CHARS, line + 1 + from);

		if (wrong >= best)
			continue;
		best = wrong;
		*out = body;
		out->key = key;
	}
	return best;
}

/*
 * A line of which several places are damaged. Characters of one that is too short or too long are
 * counted from the nearer end; those in its middle are more likely wrong than right.
 */
static bool read_suspect(const char *chars, size_t len, struct armor_body *out)
{
	char line[ARMOR_BODY_CHARS];
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += !armor_is_char((uint8_t)chars[i]);
	if (n > FOREIGN_MAX)
		return false;
	if (len == ARMOR_BODY_CHARS) {
		armor_read(chars, out);
		return true;
	}

	const size_t off = len > ARMOR_BODY_CHARS ? len - ARMOR_BODY_CHARS : ARMOR_BODY_CHARS - len;

	without_group(chars, len, N_GROUPS / 2, line);
	armor_read(line, out);
	for (uint32_t i = N_GROUPS / 2 - (uint32_t)off; i <= N_GROUPS / 2 + off; i++)
		out->bad |= 1u << i;
	return true;
}

/* The best reading of the characters of one line, for any group; false: it is none. */
static bool read_damaged(struct gather *g, const char *chars, size_t len,
			 struct gather_damaged *out)
{
	uint32_t best = WRONG_MAX + 1;

	if (len + LEN_SLACK < ARMOR_BODY_CHARS || len > ARMOR_BODY_CHARS + LEN_SLACK)
		return false;
	for (uint32_t i = 0; i < GATHER_GROUPS; i++) {
		struct gather_group *group = &g->groups[i];
		struct armor_body body;

		if (!group->used || group->retired || group->complete)
			continue;

		const uint32_t wrong = mend(chars, len, group->key, &body);

		if (wrong >= best || body.number >= gather_total_lines(group))
			continue;
		best = wrong;
		*out = (struct gather_damaged){
			.body = body,
			.group = group,
			.number = (int32_t)body.number,
			.state = wrong == 0   ? GATHER_SOUND
				 : wrong == 1 ? GATHER_MENDED
					      : GATHER_SUSPECT,
		};
	}
	return best <= WRONG_MAX;
}

struct part {
	size_t at, len;
};

/*
 * Where in @n characters a line is. Of its two braces one may be missing, and what looks like
 * one may be a damaged character.
 */
static bool find_part(const char *text, size_t n, uint32_t column, struct part *out)
{
	const size_t want = ARMOR_BODY_CHARS;
	size_t best = LEN_SLACK + 1;
	size_t first = n; /* { */
	size_t last = n;  /* } */

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '}')
			last = i;
		if (text[i] != '{')
			continue;
		if (first == n)
			first = i;
		for (size_t k = i + 1; k < n && k < i + 2 + want + LEN_SLACK; k++) {
			const size_t len = k - i - 1;
			const size_t off = len > want ? len - want : want - len;

			if (text[k] != '}' || off >= best)
				continue;
			best = off;
			*out = (struct part){ i + 1, len };
		}
	}
	if (best <= LEN_SLACK)
		return true;
	if (first < n && n - first - 1 >= want - LEN_SLACK)
		*out = (struct part){ first + 1, gather_least(n - first - 1, want) };
	else if (last < n && last >= want - LEN_SLACK)
		*out = (struct part){ last > want ? last - want : 0, gather_least(last, want) };
	else if (n >= column && n - column == ARMOR_LINE_CHARS)
		*out = (struct part){ (size_t)column + 1, want };
	else
		return false;
	return true;
}

/* One line out of @text, if there is one; true if it was read, or at least looks like one. */
static bool look_at(struct gather *g, struct span text, uint32_t prefix, struct gather_group *near)
{
	struct gather_damaged *out = &g->damaged[g->n_damaged];
	struct gather_strip how = { .escapes = true, .prefix = prefix };
	struct part part = { 0 };
	char clean[ARMOR_BODY_CHARS + LEN_SLACK + 1];

	if (g->n_damaged == GATHER_BETWEEN_MAX)
		return false;

	const size_t n = gather_strip(text, &how, g->piece, sizeof(g->piece));

	if (!find_part(g->piece, n, g->column, &part))
		return false;

	const char *chars = g->piece + part.at;
	const struct span raw = { (const uint8_t *)chars, part.len };

	how = (struct gather_strip){ .foreign = true };

	const size_t n_clean = gather_strip(raw, &how, clean, sizeof(clean));

	if (read_damaged(g, clean, n_clean, out) || read_damaged(g, chars, part.len, out)) {
		g->n_damaged++;
		return true;
	}
	if (!near || !read_suspect(chars, part.len, &out->body))
		return false;
	out->state = GATHER_SUSPECT;
	out->group = near;
	out->number = -1;
	g->n_damaged++;
	return true;
}

/* End of the line of text at the beginning of @s, its newlines included. */
static size_t line_bytes(struct span s)
{
	size_t i = 0;

	while (i < s.len && !gather_is_newline(s.p[i]))
		i++;
	while (i < s.len && gather_is_newline(s.p[i]))
		i++;
	return i;
}

/* All damaged lines in @text. */
static void look_through(struct gather *g, struct span text, struct gather_group *near)
{
	g->n_damaged = 0;
	while (text.len > 0) {
		const size_t one = line_bytes(text);
		size_t end = one;
		bool found = look_at(g, span_sub(text, 0, one), 0, near);

		/* wrapped: the rest of it is in the next lines */
		for (uint32_t i = 1; !found && i < JOIN_MAX && end < text.len; i++) {
			end += line_bytes(span_sub(text, end, text.len));
			if (end > LINE_SPAN_MAX || !memchr(text.p, '{', one))
				break;
			found = look_at(g, span_sub(text, 0, end), g->column, near) ||
				(g->column && look_at(g, span_sub(text, 0, end), 0, near));
		}
		text = span_sub(text, found ? end : one, text.len);
	}
}

/* Numbers for lines from @i on that have none, between known numbers on both sides. */
static uint32_t number_run(struct gather *g, uint32_t i, int32_t before, int32_t next)
{
	uint32_t end = i;
	int32_t after = next;

	while (end < g->n_damaged && g->damaged[end].number < 0)
		end++;
	if (end < g->n_damaged)
		after = g->damaged[end].number;
	for (uint32_t k = i; k < end; k++) {
		struct gather_damaged *d = &g->damaged[k];
		const int32_t own = (int32_t)d->body.number;
		const int32_t count = (int32_t)(end - i);

		if (after - before - 1 == count)
			d->number = before + 1 + (int32_t)(k - i);
		else if (!(d->body.bad & 1) && own > before && own < after)
			d->number = own;
	}
	return end;
}

/* Is there a group that more lines are of use to? */
static bool any_open(const struct gather *g)
{
	for (uint32_t i = 0; i < GATHER_GROUPS; i++)
		if (g->groups[i].used && !g->groups[i].retired && !g->groups[i].complete)
			return true;
	return false;
}

void gather_look_between(struct gather *g, struct span text, struct gather_group *group,
			 int32_t next)
{
	int32_t before = group ? group->last : -1;

	if (text.len < ARMOR_BODY_CHARS - LEN_SLACK || !any_open(g))
		return;
	look_through(g, text, group);
	for (uint32_t i = 0; i < g->n_damaged;) {
		if (g->damaged[i].number < 0)
			i = number_run(g, i, before, next);
		if (i < g->n_damaged && g->damaged[i].group == group)
			before = g->damaged[i].number;
		i++;
	}
	for (uint32_t i = 0; i < g->n_damaged; i++) {
		const struct gather_damaged *d = &g->damaged[i];

		if (d->number >= 0)
			gather_place(d->group, (uint32_t)d->number, d->state, &d->body);
	}
}

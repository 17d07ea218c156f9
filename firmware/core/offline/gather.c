/* SPDX-License-Identifier: BSD-2-Clause */
#include "gather.h"

#include "core/base/crc32.h"

#include <string.h>

enum {
	GROUP_CHARS = 5,
	N_GROUPS = ARMOR_BODY_CHARS / GROUP_CHARS,
	CHECKED_BYTES = 56, /* of a body: number and payload */
	CHECK_GROUP = N_GROUPS - 1,
	LEN_SLACK = 3,	     /* characters that may be missing or too many in a damaged line */
	LINE_SPAN_MAX = 640, /* bytes of text from { to }, with all that stands in between */
	OSC_MAX = 200,	     /* bytes of an escape sequence that sets a title */
	CSI_MAX = 32,
	JOIN_MAX = 3,	      /* lines of text that one line was wrapped into */
	FOREIGN_MAX = 6,      /* more characters that no line has: it is none */
	WRONG_MAX = 3,	      /* characters of one group of five, taken for wrong by the check */
	TAIL_BYTES = 32,      /* before a }, looked at to see whether it is text at all */
	TAIL_STRANGE_MAX = 7, /* bytes above 0x7f there: a border or a mark that a logger drew */
	ROUNDS_MAX = 4,
	QUIET_MAX = 4,
	NO_MEND = 99
};

static bool is_newline(uint8_t c)
{
	return c == '\n' || c == '\r';
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void gather_start(struct gather *g)
{
	/* of a group that is not used nothing is read, of the rest nothing that was not written */
	memset(g, 0, offsetof(struct gather, groups));
	for (uint32_t i = 0; i < GATHER_GROUPS; i++)
		g->groups[i].used = false;
	g->n_damaged = 0;
}

/* ---- text --------------------------------------------------------------------------------- */

/* Length of the terminal's escape sequence at the beginning of @s, at least 1. */
static size_t escape_bytes(struct span s)
{
	if (s.len < 2)
		return 1;
	if (s.p[1] == '[') {
		for (size_t i = 2; i < least(s.len, CSI_MAX); i++)
			if (s.p[i] >= 0x40 && s.p[i] <= 0x7e)
				return i + 1;
		return 1;
	}
	if (s.p[1] == ']') {
		for (size_t i = 2; i < least(s.len, OSC_MAX); i++) {
			if (s.p[i] == 0x07)
				return i + 1;
			if (s.p[i] == 0x1b && i + 1 < s.len && s.p[i + 1] == '\\')
				return i + 2;
		}
		return 1;
	}
	return s.p[1] >= 0x20 && s.p[1] < 0x7f ? 2 : 1;
}

/* What to leave of a text. */
struct strip {
	bool foreign;	 /* drop every character that no line has, blanks among them */
	bool escapes;	 /* take escape sequences for what they are */
	uint32_t prefix; /* characters to drop after each newline */
};

/* The characters of @s that count, at most @cap; newlines never do. Returns how many. */
static size_t strip_text(struct span s, const struct strip *how, char *out, size_t cap)
{
	size_t n = 0;
	uint32_t skip = 0;

	for (size_t i = 0; i < s.len && n < cap; i++) {
		const uint8_t c = s.p[i];

		if (is_newline(c)) {
			skip = how->prefix;
		} else if (c == 0x1b && how->escapes) {
			i += escape_bytes(span_sub(s, i, s.len)) - 1;
		} else if (skip > 0) {
			skip--;
		} else if (!how->foreign || armor_is_char(c)) {
			out[n++] = (char)c;
		}
	}
	return n;
}

/* ---- groups ------------------------------------------------------------------------------- */

static uint32_t total_lines(const struct gather_group *group)
{
	return group->shape.n_data + group->shape.n_parity;
}

static struct gather_group *group_of(struct gather *g, uint32_t key)
{
	for (uint32_t i = 0; i < GATHER_GROUPS; i++)
		if (g->groups[i].used && !g->groups[i].retired && g->groups[i].key == key)
			return &g->groups[i];
	return NULL;
}

static bool is_whole(const struct gather_group *group)
{
	return group->n_sound_data == group->shape.n_data;
}

/* A slot for a new group: an empty one, else of those told the oldest, else the oldest. */
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

static uint32_t crc_of(uint32_t number, const uint8_t *payload)
{
	const uint8_t two[2] = { (uint8_t)number, (uint8_t)(number >> 8) };

	return crc32_update(crc32_update(0, two, sizeof(two)), payload, ARMOR_PAYLOAD_BYTES);
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

/* Keeps a line unless a better one of its number is there. */
static void place(struct gather_group *group, uint32_t number, enum gather_state state,
		  const struct armor_body *body)
{
	if (number >= total_lines(group) || group->state[number] >= (uint8_t)state)
		return;
	group->n_seen += group->state[number] == GATHER_MISSING;
	group->n_sound_data += state == GATHER_SOUND && number < group->shape.n_data;
	group->state[number] = (uint8_t)state;
	group->lost[number] = lost_symbols(body->bad);
	group->check[number] = crc_of(body->number, body->payload) ^ body->key;
	memcpy(group->payload[number], body->payload, ARMOR_PAYLOAD_BYTES);
	group->changed = !group->complete;
}

/* ---- lines with one damaged place --------------------------------------------------------- */

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

/* ---- damaged lines in the text between two sound ones ------------------------------------- */

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

		if (wrong >= best || body.number >= total_lines(group))
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
 * Where in @n characters a line stands. Of its two braces one may be missing, and what looks like
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
		*out = (struct part){ first + 1, least(n - first - 1, want) };
	else if (last < n && last >= want - LEN_SLACK)
		*out = (struct part){ last > want ? last - want : 0, least(last, want) };
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
	struct strip how = { .escapes = true, .prefix = prefix };
	struct part part;
	char clean[ARMOR_BODY_CHARS + LEN_SLACK + 1];

	if (g->n_damaged == GATHER_BETWEEN_MAX)
		return false;

	const size_t n = strip_text(text, &how, g->piece, sizeof(g->piece));

	if (!find_part(g->piece, n, g->column, &part))
		return false;

	const char *chars = g->piece + part.at;
	const struct span raw = { (const uint8_t *)chars, part.len };

	how = (struct strip){ .foreign = true };

	const size_t n_clean = strip_text(raw, &how, clean, sizeof(clean));

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

	while (i < s.len && !is_newline(s.p[i]))
		i++;
	while (i < s.len && is_newline(s.p[i]))
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

		/* wrapped: the rest of it stands in the next lines */
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

/* The text before a sound line of @group with the number @next, or before the end. */
static void look_between(struct gather *g, struct span text, struct gather_group *group,
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
			place(d->group, (uint32_t)d->number, d->state, &d->body);
	}
}

/* What is left in the window; @all: also a line that may still be coming. */
static void look_at_rest(struct gather *g, bool all)
{
	size_t end = g->len;

	while (!all && end > g->done && !is_newline(g->window[end - 1]))
		end--;
	if (g->recent)
		look_between(g, (struct span){ g->window + g->done, end - g->done }, g->recent,
			     (int32_t)total_lines(g->recent));
	g->done = end;
	if (g->scanned < end)
		g->scanned = end;
}

/* ---- repair ------------------------------------------------------------------------------- */

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
	const uint32_t n = total_lines(group);
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

	for (uint32_t i = 0; i < total_lines(group); i++) {
		if (g->known[i] || group->state[i] == GATHER_MISSING)
			continue;
		g->known[i] = (mended && group->state[i] == GATHER_MENDED) ||
			      (crc_of(i, g->lines[i]) ^ group->check[i]) == group->key;
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

/* Fills in g->result. */
static void finish(struct gather *g, struct gather_group *group)
{
	struct gather_result *r = &g->result;
	const uint32_t n_data = group->shape.n_data;
	bool whole = is_whole(group);
	bool prefix = true;

	*r = (struct gather_result){ .shape = group->shape, .n_seen = group->n_seen };
	for (uint32_t i = 0; i < total_lines(group); i++) {
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

/* ---- lines -------------------------------------------------------------------------------- */

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

/* @body stands in the window at [@from, @end), braces included. */
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
			finish(g, slot);
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

	look_between(g, before, group, (int32_t)body->number);
	place(group, body->number, GATHER_SOUND, body);
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
	const struct strip how = { .escapes = true };
	char out[GATHER_PIECE_MAX];
	size_t from = at;

	while (from > 0 && at - from < GATHER_PIECE_MAX && !is_newline(g->window[from - 1]))
		from--;
	return (uint32_t)strip_text((struct span){ g->window + from, at - from }, &how, out,
				    sizeof(out));
}

/* Most that a dump of memory has is no text, and should cost little. */
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
	struct strip how = { .foreign = true, .escapes = true };

	if (end - g->done < ARMOR_BODY_CHARS || !ends_as_text(g->window + end))
		return LINE_NONE;
	while (from > g->done && end - from < LINE_SPAN_MAX && g->window[from - 1] != '{')
		from--;
	if (from == g->done || g->window[from - 1] != '{' || end - from < ARMOR_BODY_CHARS)
		return LINE_NONE;

	const struct span inside = { g->window + from, end - from };
	const uint32_t column = column_of(g, from - 1);

	if (strip_text(inside, &how, chars, sizeof(chars)) != ARMOR_BODY_CHARS) {
		/* a logger wrapped it and wrote its time stamp in front of both lines */
		how.prefix = column;
		if (column == 0 ||
		    strip_text(inside, &how, chars, sizeof(chars)) != ARMOR_BODY_CHARS)
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
			look_between(g, (struct span){ g->window + g->done, drop - g->done },
				     g->recent, (int32_t)total_lines(g->recent));
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
			if (!is_whole(g->recent) || !g->recent->changed)
				return GATHER_LINE;
			g->recent->changed = false;
			finish(g, g->recent);
			return GATHER_GROUP;
		}
		g->scanned = g->len;
		if (in->len == 0)
			return GATHER_MORE;
		if (g->len == GATHER_WINDOW_BYTES)
			make_room(g);

		const size_t n = least(in->len, GATHER_WINDOW_BYTES - g->len);

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
		finish(g, group);
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

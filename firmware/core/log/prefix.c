/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefix.h"

#include "core/base/text.h"

enum {
	SAMPLE = 16,	  /* lines looked at to learn a form */
	SAMPLE_WORDS = 6, /* fewer lines say nothing about words that they share */
	GROUP_MAX = 72,	  /* "[12: kworker/u16:3:  1234]" and longer */
	WORD_MAX = 40,	  /* a host's name, a date */
	LEAD_MAX = 2,	  /* "I[", "-(", " (" */
	TIGHT_MIN = 8,	  /* one line of so many without a blank is one that is damaged */
	LEVEL_DIGITS = 4,
	TIME = 15, /* "[    1.234567] " */
	TIME_DOT = 6,
	CONSOLE_MAX = 120, /* columns of something else before a line of the kernel's */
	HASH = 16777619
};

enum part {
	PART_NONE,
	PART_LEVEL,  /* "<6>" */
	PART_TIME,   /* "[   12.345678]", "[   12.345678,0]" */
	PART_CALLER, /* "[ T123]", "[C1]" */
	PART_VENDOR, /* "I[6:  swapper/6:    0]", "-(0)": known after a time */
	PART_DATE,   /* "2026/01/31", "2026-01-31T..." */
	PART_GROUP,  /* any other bracket */
	PART_NUMBER, /* "c1", "1234", "12:34:56.789" */
	PART_LETTER, /* "I" */
	PART_WORD    /* "kernel:", "myhost" */
};

struct taken {
	struct prefix_part part;
	size_t bytes;	 /* with the blank after it */
	bool blank;	 /* there is one */
	uint32_t caller; /* hash of a group's content */
};

static uint32_t hash_of(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ s.p[i]) * HASH;
	return h;
}

/* "<6>" */
static size_t level_bytes(struct span s)
{
	size_t n = 1;

	if (s.len < 3 || s.p[0] != '<')
		return 0;
	while (n < s.len && n <= LEVEL_DIGITS && text_is_digit(s.p[n]))
		n++;
	return n > 1 && n < s.len && s.p[n] == '>' ? n + 1 : 0;
}

/* Up to @close, which must come soon and before any other bracket; 0: it does not. */
static size_t group_bytes(struct span s, uint8_t open, uint8_t close)
{
	const size_t most = s.len < GROUP_MAX ? s.len : GROUP_MAX;

	for (size_t n = 1; n < most; n++) {
		if (s.p[n] == close)
			return n > 1 ? n + 1 : 0;
		if (s.p[n] == open || s.p[n] == '<' || s.p[n] < 0x20)
			return 0;
	}
	return 0;
}

/*
 * Digits, a dot, digits; around them what vendors put beside a time: PART_TIME. A date or a clock
 * that a logger put there, "2026-01-31 12:34:56", is PART_DATE. Else PART_NONE.
 */
static uint8_t time_kind(struct span content)
{
	uint32_t colons = 0;
	bool dot = false, digit = false;

	for (size_t i = 0; i < content.len; i++) {
		const uint8_t c = content.p[i];

		if (text_is_digit(c))
			digit = true;
		else if (c == '.')
			dot = digit;
		else if (c == ':')
			colons++;
		else if (!memchr(" ,@-/T+", c, 7) &&
			 !((c == 's' || c == 'Z') && i + 1 == content.len))
			return PART_NONE;
	}
	if (!digit ||
	    !text_is_digit(content.p[content.len - 1 - (content.p[content.len - 1] >= 'Z')]))
		return PART_NONE;
	return dot ? PART_TIME : colons >= 2 ? PART_DATE : PART_NONE;
}

/* "  T12", "C1" */
static bool is_caller(struct span content)
{
	size_t n = 0;

	while (n < content.len && content.p[n] == ' ')
		n++;
	if (n + 1 >= content.len || (content.p[n] != 'T' && content.p[n] != 'C'))
		return false;
	while (++n < content.len)
		if (!text_is_digit(content.p[n]))
			return false;
	return true;
}

/* "[00000010] *pgd=", "[ffffffc000080000] function": an address, not a prefix. */
static bool is_address(struct span content)
{
	for (size_t i = 0; i < content.len; i++)
		if (!text_is_hex(content.p[i]))
			return false;
	return content.len >= 8;
}

/* "6:  swapper/6:    0", "848:ndroid.systemui", "0": a CPU or a pid, and who it is. */
static bool is_vendors(struct span content)
{
	uint32_t number;
	size_t n = 0;

	content = text_unindented(content);
	if (!text_number(content, &number))
		return false;
	while (n < content.len && text_is_digit(content.p[n]))
		n++;
	return n == content.len || content.p[n] == ':';
}

/* A bracket, and up to two characters before it. */
static bool take_group(struct span s, struct taken *out)
{
	size_t lead = 0;

	/* logcat's colon is a column of its own */
	while (lead < LEAD_MAX && lead < s.len && s.p[lead] != '[' && s.p[lead] != '(' &&
	       s.p[0] != ':')
		lead++;

	const struct span at = text_skip(s, lead);
	const uint8_t open = at.len ? at.p[0] : 0;
	const size_t n = open == '['   ? group_bytes(at, '[', ']')
			 : open == '(' ? group_bytes(at, '(', ')')
				       : 0;

	if (n == 0)
		return false;

	const struct span content = span_sub(at, 1, n - 2);

	if (is_address(content))
		return false;
	out->bytes = lead + n;
	out->part.word = open;

	const uint8_t time = lead == 0 && open == '[' ? time_kind(content) : PART_NONE;

	if (time != PART_NONE) {
		out->part.kind = time;
	} else if (lead == 0 && open == '[' && is_caller(content)) {
		out->part.kind = PART_CALLER;
		out->caller = hash_of(text_unindented(content));
	} else {
		out->part.kind = is_vendors(content) ? PART_VENDOR : PART_GROUP;
		out->caller = hash_of(content);
	}
	return true;
}

static bool take_word(struct span s, struct taken *out)
{
	size_t n = 0, digits = 0, other = 0;

	while (n < s.len && n < WORD_MAX && s.p[n] > ' ' && s.p[n] < 0x7f) {
		const uint8_t c = s.p[n++];

		if (text_is_digit(c))
			digits++;
		else if (c != ':' && c != '.' && c != '/' && c != '-' && c != '+' && c != ',' &&
			 !(c == 'c' && n == 1) && !((c == 'T' || c == 'Z') && digits > 0))
			other++;
	}
	if (n == 0 || n == s.len || s.p[n] != ' ' || s.p[0] == '[' || s.p[0] == '(')
		return false;
	out->bytes = n;
	out->part.word = 0;
	if (digits > 0 && other == 0) {
		out->part.kind = n > 8 && (s.p[4] == '/' || s.p[4] == '-') && text_is_digit(s.p[3])
					 ? PART_DATE
					 : PART_NUMBER;
	} else if (n == 1) {
		out->part.kind = PART_LETTER;
	} else {
		out->part.kind = PART_WORD;
		/* a pid in brackets is another in every line: "systemd[1]:" */
		out->part.word = hash_of(text_before(span_sub(s, 0, n), "["));
	}
	return true;
}

/* What could be a part of a prefix at the beginning of @s. */
static bool take_part(struct span s, struct taken *out)
{
	const size_t level = level_bytes(s);

	*out = (struct taken){ 0 };
	if (level) {
		out->part.kind = PART_LEVEL;
		out->bytes = level;
		return true; /* no blank follows */
	}
	if (s.len < 2 || (!take_group(s, out) && (s.p[0] == ' ' || !take_word(s, out))))
		return false;
	out->blank = out->bytes < s.len && s.p[out->bytes] == ' ';
	out->bytes += out->blank;
	/* columns of syslog, logcat; what follows a colon is text, and its blanks are its own */
	if (out->part.kind >= PART_DATE && out->part.kind != PART_GROUP &&
	    s.p[out->bytes - 2] != ':')
		while (out->bytes < s.len && s.p[out->bytes] == ' ')
			out->bytes++;
	return true;
}

/* Parts that the kernel's own printk writes, or that no line of it begins with. */
static bool is_known(uint8_t kind)
{
	return kind == PART_LEVEL || kind == PART_TIME || kind == PART_CALLER || kind == PART_DATE;
}

static bool same_part(struct prefix_part a, struct prefix_part b)
{
	return a.kind == b.kind && a.word == b.word;
}

/* A line of the kernel's after something else in the same line: a prompt, half a word. */
static struct span cut_other(struct span line)
{
	const uint8_t *const end = line.p + (line.len < CONSOLE_MAX ? line.len : CONSOLE_MAX);
	const uint8_t *p = line.p;
	struct taken t;

	while ((p = memchr(p, '[', (size_t)(end - p))) != NULL) {
		const struct span rest = text_skip(line, (size_t)(p - line.p));

		if (rest.len > TIME_DOT && (rest.p[1] == ' ' || text_is_digit(rest.p[1])) &&
		    take_group(rest, &t) && t.part.kind == PART_TIME)
			return rest;
		p++;
	}
	return line;
}

/* @timed: set if one of them is the kernel's time. */
static struct span cut_parts(const struct prefix *form, struct span line, uint32_t *caller,
			     bool *timed)
{
	uint32_t next = 0;
	struct taken t;

	bool dated = false; /* a time without brackets follows */
	bool blank = false; /* the last part has one after it */

	while (line.len > 0 && take_part(line, &t)) {
		uint32_t i = next;

		while (i < form->n && !same_part(form->part[i], t.part))
			i++;
		if (i == form->n && !is_known(t.part.kind) &&
		    !(dated && t.part.kind == PART_NUMBER) &&
		    !(*timed && t.part.kind == PART_VENDOR))
			break;
		dated = t.part.kind == PART_DATE;
		*timed |= t.part.kind == PART_TIME;
		if (i < form->n)
			next = i + 1;
		if (t.caller)
			*caller = *caller * HASH + t.caller;
		line = text_skip(line, t.bytes);
		blank = t.blank;
	}
	if (blank && form->tight)
		return (struct span){ line.p - 1, line.len + 1 };
	return line;
}

/* "<6>[    1.234567] " or the same without the level, and nothing else before the words. */
static size_t usual_bytes(struct span line)
{
	const size_t level = line.len > 3 && line.p[0] == '<' && line.p[2] == '>' ? 3 : 0;
	const uint8_t *const p = line.p + level;

	if (line.len <= level + TIME + 1 || p[0] != '[' || p[TIME_DOT] != '.' ||
	    p[TIME - 2] != ']' || p[TIME - 1] != ' ' || p[1] > '9')
		return 0;
	return level + TIME;
}

struct span prefix_cut(const struct prefix *form, struct span line, struct prefix_facts *facts)
{
	const size_t usual = usual_bytes(line);
	bool timed = true;
	uint32_t who = 0;
	struct span words;

	if (usual && (text_is_letter(line.p[usual]) || line.p[usual] == ' ') &&
	    line.p[usual + 1] != '[' && line.p[usual + 1] != '(' && form->n <= 2 &&
	    form->has_time && !form->tight) {
		words = text_skip(line, usual);
	} else {
		timed = false;
		words = cut_parts(form, line, &who, &timed);
		if (form->has_time && !timed) {
			const struct span rest = cut_other(words);

			if (rest.p != words.p)
				words = cut_parts(form, rest, &who, &timed);
		}
	}
	if (facts)
		*facts = (struct prefix_facts){ who, timed || !form->has_time };
	return words;
}

struct span prefix_cut_level(struct span line)
{
	return text_skip(line, level_bytes(line));
}

/* ---- learning ---------------------------------------------------------------------------- */

struct sample {
	uint32_t n;
	struct span line[SAMPLE];
};

static void draw_sample(struct span text, struct sample *out)
{
	const size_t step = text.len / SAMPLE + 1;
	struct span rest = text;

	out->n = 0;
	for (size_t at = 0; out->n < SAMPLE && at < text.len; at += step) {
		rest = text_skip(text, at);
		if (at > 0)
			(void)text_line(&rest); /* into the middle of one */
		while (rest.len > 0) {
			const struct span line = text_line(&rest);

			if (line.len == 0 || line.p[0] == ' ' || line.p[0] == '\r')
				continue;
			if (out->n == 0 || line.p > out->line[out->n - 1].p)
				out->line[out->n++] = line;
			break;
		}
	}
}

/* The next part after the parts of @form; false if @line, which it takes all off, has not these. */
static bool part_after(const struct prefix *form, struct span *line, struct taken *out)
{
	for (uint32_t i = 0; i <= form->n; i++) {
		if (!take_part(*line, out) || (i < form->n && !same_part(out->part, form->part[i])))
			return false;
		*line = text_skip(*line, out->bytes);
	}
	return true;
}

/* What most of the lines have next; false if they differ. */
static bool agree(const struct prefix *form, const struct sample *s, struct prefix_part *out)
{
	const uint32_t n = form->n ? form->part[form->n - 1].lines : s->n;
	uint32_t lead = 0, votes = 0, tight = 0;
	struct taken t;

	for (uint32_t i = 0; i < s->n; i++) {
		struct span line = s->line[i];

		if (!part_after(form, &line, &t))
			continue;
		if (lead == 0)
			*out = t.part;
		lead = same_part(*out, t.part) ? lead + 1 : lead - 1;
	}
	for (uint32_t i = 0; lead > 0 && i < s->n; i++) {
		struct span line = s->line[i];

		if (!part_after(form, &line, &t) || !same_part(*out, t.part))
			continue;
		votes++;
		tight += !t.blank && line.len > 0 && line.p[0] != '<' && line.p[0] != '[';
	}
	out->lines = (uint8_t)votes;
	out->tight = tight > 0 && tight * TIGHT_MIN >= votes;
	if (is_known(out->kind))
		return votes * 3 >= s->n && votes > 0;
	/* after a time only the journal's words count, and few lines are enough for those */
	return votes * 3 >= n * 2 &&
	       (n >= SAMPLE_WORDS || (out->kind >= PART_LETTER && form->has_time && votes > 0));
}

/* "kernel:" */
static bool is_kernel(struct prefix_part part)
{
	static const uint8_t name[] = { 'k', 'e', 'r', 'n', 'e', 'l', ':' };

	return part.kind == PART_WORD && part.word == hash_of((struct span){ name, sizeof(name) });
}

/* Whatever comes before them, and be it different in every line. */
static bool has_times(const struct sample *s)
{
	uint32_t votes = 0;

	for (uint32_t i = 0; i < s->n; i++)
		votes += cut_other(s->line[i]).p != s->line[i].p;
	return votes > 0 && votes * 3 >= s->n;
}

void prefix_learn(struct span text, struct prefix *out)
{
	struct sample s;
	struct prefix_part next = { 0 };

	*out = (struct prefix){ 0 };
	draw_sample(text, &s);
	while (out->n < PREFIX_PARTS_MAX && agree(out, &s, &next)) {
		out->part[out->n++] = next;
		/*
		 * After the time there are only vendors' brackets and numbers, or what the journal
		 * puts there: "HOST kernel: ".
		 */
		if (next.kind >= PART_LETTER && out->has_time && !is_kernel(next) &&
		    (out->n == PREFIX_PARTS_MAX || !agree(out, &s, &next) || !is_kernel(next))) {
			out->n--;
			break;
		}
		out->has_time |= next.kind == PART_TIME;
	}
	out->tight = out->n > 0 && out->part[out->n - 1].tight;
	out->has_time |= has_times(&s);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames.h"

#include "core/base/text.h"

enum { MARK_MAX = 12 /* "<IRQ>", "</TASK>" */, NAME_MAX_BYTES = 200, ADDRESS_DIGITS = 8 };

/* "<IRQ> ", "</TASK>", "<EOI>", "<#DF>": which stack the frames after it are on. */
static struct span cut_marks(struct span s)
{
	for (;;) {
		size_t n = 1;

		s = text_unindented(s);
		if (s.len < 3 || s.p[0] != '<')
			return s;
		while (n < s.len && n < MARK_MAX && s.p[n] != '>' &&
		       (s.p[n] == '/' || s.p[n] == '#' || (s.p[n] >= 'A' && s.p[n] <= 'Z')))
			n++;
		if (n < 3 || n == s.len || s.p[n] != '>')
			return s;
		s = text_skip(s, n + 1);
	}
}

/* A time that printk put into the middle of a continued line. */
static struct span cut_time(struct span s)
{
	size_t n = 1;

	if (s.len < 3 || s.p[0] != '[')
		return s;
	while (n < s.len && (s.p[n] == ' ' || s.p[n] == '.' || text_is_digit(s.p[n])))
		n++;
	if (n == s.len || s.p[n] != ']' || !memchr(s.p, '.', n))
		return s;
	return text_unindented(text_skip(s, n + 1));
}

/* "[<c0101010>] ", "[c000000012345678] ", "[<     inline     >] " */
static bool take_address(struct span *s, struct frame *f)
{
	struct span at = *s;
	size_t n;

	if (!text_take(&at, "["))
		return false;

	const bool pointed = text_take(&at, "<");

	if (pointed && text_contains(span_sub(at, 0, MARK_MAX), "inline")) {
		f->inlined = true;
		*s = text_unindented(text_after(at, ">]"));
		return true;
	}
	(void)text_take(&at, "0x");
	n = text_hex(at, &f->address);
	at = text_skip(at, n);
	if (n < ADDRESS_DIGITS || !text_take(&at, pointed ? ">]" : "]"))
		return false;
	f->has_address = true;
	*s = text_unindented(at);
	return true;
}

static bool is_name_start(uint8_t c)
{
	return text_is_letter(c) || c == '_' || c == '<' || c == '$';
}

/* "f", "f.cold", "<a::b>::f": up to what cannot be a name. */
static size_t name_bytes(struct span s)
{
	size_t n = 0;

	if (s.len == 0 || !is_name_start(s.p[0]))
		return 0;
	while (n < s.len && n < NAME_MAX_BYTES) {
		const uint8_t c = s.p[n];

		if (!text_is_name(c) && c != '.' && c != '$' && c != ':' && c != '<' && c != '>')
			break;
		n++;
	}
	while (n > 0 && s.p[n - 1] == ':')
		n--;
	return n;
}

/* "+0x10/0x20", "+0x10" */
static bool take_offset(struct span *s, bool *at_start)
{
	struct span at = *s;
	uint64_t value, size;
	size_t n;

	if (!text_take(&at, "+0x"))
		return false;
	n = text_hex(at, &value);
	if (n == 0)
		return false;
	at = text_skip(at, n);
	if (text_take(&at, "/0x"))
		at = text_skip(at, text_hex(at, &size));
	*s = at;
	*at_start = value == 0;
	return true;
}

/* "mm/slub.c:2607": a word with a dot and a number after its colon. */
static bool is_place(struct span word)
{
	const size_t colon = text_find(word, ":");

	return colon > 2 && colon + 1 < word.len && text_is_digit(word.p[colon + 1]) &&
	       memchr(word.p, '.', colon) && text_is_letter(word.p[0] == '.' ? 'a' : word.p[0]);
}

/* What may follow a function: "[mod]", "[inline]", "file.c:12", "(unreliable)". */
static void take_rest(struct span s, struct frame *f)
{
	for (uint32_t i = 0; i < 4 && s.len > 0; i++) {
		s = text_unindented(s);

		const size_t n = text_find(s, s.len && s.p[0] == '[' ? "]" : " ");
		const struct span word = span_sub(s, 0, n);

		if (text_begins(word, "[inline"))
			f->inlined = true;
		else if (text_begins(word, "[") && word.len > 1 && text_is_name(word.p[1]) &&
			 f->module.len == 0)
			f->module = text_before(text_before(text_skip(word, 1), " "), "@");
		else if (is_place(word))
			f->place = word;
		s = text_skip(s, n + (n < s.len));
	}
}

/* A function with what shows that it is one. */
static bool take_function(struct span s, struct frame *f)
{
	const size_t n = name_bytes(s);
	struct span rest = text_skip(s, n);

	if (n == 0)
		return false;
	f->has_offset = take_offset(&rest, &f->at_start);
	if (rest.len > 0 && rest.p[0] != ' ' && rest.p[0] != ')' && rest.p[0] != '\t')
		return false;
	f->function = span_sub(s, 0, n);
	take_rest(rest, f);
	return f->has_offset || f->inlined || f->has_address;
}

/* "f", "f+0x10/0x20", "[<c0101010>] (f+0x10/0x20 [mod])": one side of arm's " from " */
static bool take_side(struct span s, struct frame *f)
{
	const bool address = take_address(&s, f);
	const size_t n = name_bytes(text_begins(s, "(") ? text_skip(s, 1) : s);
	struct span rest;

	if (text_take(&s, "(") != address && address)
		return n == 0; /* no symbols: the address alone */
	rest = text_skip(s, n);
	f->has_offset = take_offset(&rest, &f->at_start);
	f->function = span_sub(s, 0, n);
	take_rest(text_before(rest, ")"), f);
	return n > 0 && (rest.len == 0 || rest.p[0] == ' ' || rest.p[0] == ')');
}

static bool parse_arm(struct span s, size_t from, struct frame *out)
{
	enum { FROM = 6 };
	struct frame left = { 0 }, right = { 0 };
	struct span side = span_sub(s, 0, from);

	(void)text_take(&side, "Function entered at ");
	if (!take_side(side, &left) || !take_side(text_skip(s, from + FROM), &right))
		return false;
	if (!right.has_offset && !right.has_address)
		return false;
	*out = left;
	out->caller = right.function;
	out->at_start = right.at_start;
	return true;
}

/* " 0xffffffc08005a134 [mt76@... +0xe000]": a kernel without symbols. */
static bool parse_bare(struct span s, struct frame *out)
{
	size_t n;

	if (!text_take(&s, "0x"))
		return false;
	n = text_hex(s, &out->address);
	s = text_skip(s, n);
	if (n < ADDRESS_DIGITS || (s.len > 0 && s.p[0] != ' '))
		return false;
	out->has_address = true;
	take_rest(s, out);
	return true;
}

bool frame_parse(struct span line, struct frame *out)
{
	struct frame f = { 0 };
	struct span s = text_trimmed(text_unindented(cut_time(cut_marks(line))));
	const size_t from = text_find(s, " from ");

	if (s.len < 3)
		return false;
	if (from < s.len && parse_arm(s, from, &f)) {
		*out = f;
		return true;
	}
	f = (struct frame){ 0 };
	(void)text_take(&s, "(");
	while (take_address(&s, &f))
		;
	f.guess = text_take(&s, "? ");
	if (f.has_address && s.len == 0) {
		*out = f;
		return true;
	}
	if (!take_function(s, &f) && !(!f.has_address && parse_bare(s, &f)))
		return false;
	*out = f;
	return true;
}

bool frame_function(struct span s, struct span *function)
{
	struct frame f = { 0 };
	size_t n;

	s = text_unindented(s);
	while (take_address(&s, &f))
		;
	(void)text_take(&s, "(");
	n = name_bytes(s);
	if (n == 0 || text_hex(s, &f.address) == n)
		return false; /* an address is not a name */
	*function = span_sub(s, 0, n);
	return true;
}

struct span frame_base(struct span function)
{
	static const char *const added[] = { ".isra", ".constprop", ".part",
					     ".cold", ".llvm",	    ".lto_priv" };
	size_t n = function.len;

	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		const size_t at = text_find(function, added[i]);

		n = at > 0 && at < n ? at : n;
	}
	return span_sub(function, 0, n);
}

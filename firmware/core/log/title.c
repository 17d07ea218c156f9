/* SPDX-License-Identifier: BSD-2-Clause */
#include "title.h"

#include "core/base/text.h"
#include "frames.h"

enum {
	HEX_DIGITS = 8, /* as many make an address */
	HASH_FIRST = 2166136261u & INT32_MAX,
	HASH_PRIME = 16777619,
	HASHED = 2 /* functions: more differ from one compiler to the next */
};

/* A text that grows until its buffer is full. */
struct out {
	char *p;
	size_t cap, len;
};

static void put_char(struct out *o, uint8_t c)
{
	if (o->len + 1 < o->cap)
		o->p[o->len++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
}

static void put(struct out *o, const char *s)
{
	while (*s)
		put_char(o, (uint8_t)*s++);
}

static void put_span(struct out *o, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		put_char(o, s.p[i]);
}

/* Digits that are a number and no part of a name. */
static size_t number_bytes(struct span s)
{
	size_t n = 0;

	while (n < s.len && text_is_digit(s.p[n]))
		n++;
	return n < s.len && text_is_name(s.p[n]) ? 0 : n;
}

/* An address with "0x" before it, or so many hexadecimal digits that it can only be one. */
static size_t address_bytes(struct span s)
{
	struct span at = s;
	const bool marked = text_take(&at, "0x");
	uint64_t value;
	const size_t n = text_hex(at, &value);

	if (n == 0 || (n < at.len && text_is_name(at.p[n])))
		return 0;
	return marked ? n + 2 : n >= HEX_DIGITS ? n : 0;
}

/* @s with NUM and ADDR for what is another number the next time. */
static void put_words(struct out *o, struct span s)
{
	bool name = false; /* inside of a name */

	s = text_trimmed(s);
	while (s.len > 0) {
		if (text_take(&s, "+0x")) { /* an offset into a function, and its size */
			while (s.len > 0 && (text_is_hex(s.p[0]) || s.p[0] == 'x' || s.p[0] == '/'))
				s = text_skip(s, 1);
			continue;
		}

		const size_t address = name ? 0 : address_bytes(s);
		const size_t number = name || address ? 0 : number_bytes(s);
		const size_t n = address + number;

		if (n == 0) {
			put_char(o, s.p[0]);
			name = text_is_name(s.p[0]);
		} else {
			put(o, address ? "ADDR" : "NUM");
		}
		s = text_skip(s, n ? n : 1);
	}
}

/* ---- titles that a source file decides ---------------------------------------------------- */

/* Checks that live in one file, whoever is to blame: "WARNING: ... at FILE:". */
static const struct {
	const char *file;
	const char *title;
	uint8_t class;
} places[] = {
	{ " lib/refcount.c:", "WARNING: refcount bug", EVENT_WARNING },
	{ " lib/debugobjects.c:", "WARNING: ODEBUG bug", EVENT_WARNING },
	{ " lib/kobject.c:", "WARNING: kobject bug", EVENT_WARNING },
	{ " kernel/locking/lockdep.c:", "WARNING: locking bug", EVENT_WARNING },
	{ " fs/proc/generic.c:", "WARNING: proc registration bug", EVENT_WARNING },
	{ " kmalloc_slab+", "WARNING: kmalloc bug", EVENT_WARNING },
	{ " __vmalloc_node_range", "WARNING: zero-size vmalloc", EVENT_WARNING },
	{ " lib/list_debug.c:", "BUG: corrupted list", EVENT_BUG },
	{ " mm/usercopy.c:", "BUG: bad usercopy", EVENT_BUG },
};

static const char *place_title(const struct headline *h)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].class == h->kind->class && text_contains(h->root, places[i].file))
			return places[i].title;
	return NULL;
}

/* ---- functions --------------------------------------------------------------------------- */

/* One name for what a compiler, an architecture or a kernel's age call differently. */
static struct span plain_name(struct span function, const char **head)
{
	static const struct {
		const char *word, *head;
	} names[] = {
		{ "__x64_sys_", "sys_" },
		{ "__arm64_sys_", "sys_" },
		{ "__ia32_sys_", "sys_" },
		{ "__riscv_sys_", "sys_" },
		{ "__se_compat_sys_", "" },
		{ "__se_sys_", "" },
		{ "__do_sys_", "" },
		{ "compat_SyS_", "" },
		{ "SyS_", "" },
		{ "SYSC_", "" },
		{ "__sys_", "sys_" },
		{ "C_SYSC_", "" },
	};

	*head = "";
	function = frame_base(function);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!text_take(&function, names[i].word))
			continue;
		*head = names[i].head;
		break;
	}
	if (text_begins(function, "smp_call_function"))
		return span_sub(function, 0, sizeof("smp_call_function") - 1);
	return function;
}

static void put_function(struct out *o, struct span function)
{
	const char *head;
	const struct span name = plain_name(function, &head);

	put(o, head);
	put_span(o, name);
}

/* A check in a function that everybody calls: its caller is part of the name. */
static bool is_called_by_all(struct span function)
{
	static const char name[] = "usb_submit_urb";

	return function.len == sizeof(name) - 1 && memcmp(function.p, name, function.len) == 0;
}

/* ---- the title --------------------------------------------------------------------------- */

static int order_of(struct span a, struct span b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

static void put_place(struct out *o, const struct headline *h)
{
	if (!(h->kind->how & HOW_PLACE) || h->n_blamed == 0)
		return;
	put(o, " in ");
	if ((h->kind->how & HOW_RACE) && h->other.len && !text_same(h->other, h->blamed[0])) {
		const bool turned = order_of(h->other, h->blamed[0]) < 0;

		put_function(o, turned ? h->other : h->blamed[0]);
		put(o, " / ");
		put_function(o, turned ? h->blamed[0] : h->other);
		return;
	}
	if (h->n_blamed > 1 && is_called_by_all(h->blamed[0])) {
		put_function(o, h->blamed[1]);
		put(o, "/");
	}
	put_function(o, h->blamed[0]);
}

/* The first line from where the kind's own words begin, without who says them. */
static struct span own_words(const struct headline *h)
{
	struct span own = h->root;
	struct event_index index;

	event_index_make(&index);
	(void)event_kind_at(&index, &own);
	return own;
}

/* The words of the first line that distinguish one kind of event from another. */
static void put_type(struct out *o, const struct headline *h)
{
	struct span type = text_skip(own_words(h), strlen(h->kind->word));

	type = text_before(text_before(text_before(type, h->kind->form->until), " on address"),
			   " at addr");
	if (text_contains(type, "invalid-free") || text_contains(type, "double-free"))
		put(o, "invalid-free");
	else
		put_words(o, type);
	if ((h->kind->how & HOW_ACCESS) && h->access && !text_contains(type, "-free ") &&
	    !text_contains(type, "invalid-free") && !text_contains(type, "double-free"))
		put(o, h->access == 'R' ? " Read" : " Write");
}

/* The line itself: from its beginning, after its first words, or after what it needs. */
static void put_line(struct out *o, const struct headline *h)
{
	const struct event_kind *k = h->kind;

	if (k->form && k->form->needs)
		put_words(o, text_after(h->root, k->form->needs));
	else if (k->title[0])
		put_words(o, text_skip(own_words(h), strlen(k->word)));
	else
		put_words(o, own_words(h));
}

static size_t write_title(const struct headline *h, char *p, size_t cap)
{
	struct out o = { p, cap, 0 };
	const char *place;

	if (h->kind) {
		const struct event_form *const form = h->kind->form;

		place = h->kind->how & HOW_WHERE ? place_title(h) : NULL;
		put(&o, place ? place : h->kind->title);
		if (form && form->until)
			put_type(&o, h);
		if (form && form->after)
			put(&o, form->after);
		if (h->kind->how & HOW_TEXT)
			put_line(&o, h);
		put_place(&o, h);
	}
	p[o.len] = '\0';
	return o.len;
}

void title_write(const struct headline *h, char out[TITLE_BYTES])
{
	(void)write_title(h, out, TITLE_BYTES);
}

/* ---- the signature ----------------------------------------------------------------------- */

static uint32_t hash_text(uint32_t hash, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)p[i]) * HASH_PRIME;
	return hash;
}

static void put_name(struct out *o, const struct headline *h)
{
	const char *head;

	if (h->n_blamed > 0 && (h->kind->how & HOW_PLACE)) {
		const struct span name = plain_name(h->blamed[0], &head);

		put(o, head);
		for (size_t i = 0; i < name.len && i < SIGNATURE_BYTES / 2; i++)
			put_char(o, text_is_name(name.p[i]) ? name.p[i] : '_');
		return;
	}
	put(o, h->kind->class == EVENT_PANIC ? "panic" : "kernel");
}

void signature_write(const struct headline *h, char out[SIGNATURE_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	struct out o = { out, SIGNATURE_BYTES, 0 };
	char text[TITLE_BYTES];
	struct out name = { text, sizeof(text), 0 };
	uint32_t hash;

	out[0] = '\0';
	if (!h->kind)
		return;
	hash = hash_text(HASH_FIRST, text, write_title(h, text, sizeof(text)));
	/* without a place in the title, who called panic() is chance: compilers differ */
	for (uint32_t i = 1; (h->kind->how & HOW_PLACE) && i < h->n_blamed && i < HASHED; i++) {
		name.len = 0;
		put_function(&name, h->blamed[i]);
		hash = hash_text(hash, text, name.len);
	}
	put_name(&o, h);
	put_char(&o, '-');
	put_char(&o, '0' + SIGNATURE_VERSION);
	put_char(&o, '-');
	for (uint32_t shift = 32; shift > 0; shift -= 4)
		put_char(&o, (uint8_t)digits[hash >> (shift - 4) & 15]);
	out[o.len] = '\0';
}

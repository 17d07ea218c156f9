/* SPDX-License-Identifier: BSD-2-Clause */
#include "records.h"

#include "core/base/text.h"

enum {
	HEAD_MAX = 64,
	PAD_MAX = 8,	   /* __alignof__(struct printk_log): 4, or 8 */
	RECORD_MAX = 8192, /* LOG_LINE_MAX is 1 KiB, and there is a dictionary */
	CHAIN = 3,	   /* records in a row that chance does not make */
};

#define NSEC_PER_SEC 1000000000ULL
#define TS_MAX_NSEC  (100ULL * 365 * 86400 * NSEC_PER_SEC)

bool records_head(const struct ram_form *form, const struct records_layout *l, const uint8_t *head,
		  uint32_t *bytes, uint64_t *ts_nsec)
{
	const uint32_t len = (uint32_t)ram_load(form, head + l->len, 2);

	if (len < l->head_bytes || len % 4 != 0 || len > RECORD_MAX)
		return false;

	const uint32_t used = l->head_bytes + (uint32_t)ram_load(form, head + l->text_len, 2) +
			      (uint32_t)ram_load(form, head + l->dict_len, 2);

	*bytes = len;
	*ts_nsec = ram_load(form, head + l->ts_nsec, 8);
	return used <= len && len - used < PAD_MAX && *ts_nsec < TS_MAX_NSEC;
}

static bool load_head(const struct ram *ram, const struct records *r, uint32_t at, uint8_t *head)
{
	return r->layout.head_bytes <= HEAD_MAX && at <= r->buf_bytes &&
	       r->layout.head_bytes <= r->buf_bytes - at &&
	       ram_read(ram, r->buf_pa + at, head, r->layout.head_bytes);
}

/* The records from @at make a chain, or go up to where the newest one ends. */
static bool is_chain(const struct ram *ram, const struct records *r, uint32_t at)
{
	uint8_t head[HEAD_MAX];
	uint64_t ts, before = 0;
	uint32_t bytes;

	for (uint32_t i = 0; i < CHAIN; i++) {
		if (i > 0 && at == r->next)
			return true;
		if (!load_head(ram, r, at, head) ||
		    !records_head(&r->form, &r->layout, head, &bytes, &ts) ||
		    ts + NSEC_PER_SEC < before || bytes > r->buf_bytes - at)
			return false;
		before = ts;
		at += bytes;
	}
	return true;
}

/* "SUBSYSTEM=acpi\0DEVICE=+acpi:PNP0A03:00". */
static void take_dict(struct span dict, struct message *out)
{
	while (dict.len > 0) {
		const uint8_t *end = memchr(dict.p, '\0', dict.len);
		struct span entry = span_sub(dict, 0, end ? (size_t)(end - dict.p) : dict.len);
		char *to = out->subsystem;
		size_t room = MESSAGE_SUBSYSTEM_BYTES;

		dict = text_skip(dict, entry.len + (end != NULL));
		if (text_take(&entry, "DEVICE=")) {
			to = out->device;
			room = MESSAGE_DEVICE_BYTES;
		} else if (!text_take(&entry, "SUBSYSTEM=")) {
			continue;
		}
		if (entry.len > room)
			entry.len = room;
		memcpy(to, entry.p, entry.len);
		to[entry.len] = '\0';
	}
}

static void load_body(const struct ram *ram, const struct records *r, uint32_t at,
		      const uint8_t *head, struct workspace work, struct message *out)
{
	const struct records_layout *l = &r->layout;
	const uint8_t bits = head[l->dict_len + 3];
	uint32_t text_len = (uint32_t)ram_load(&r->form, head + l->text_len, 2);
	const uint32_t dict_len = (uint32_t)ram_load(&r->form, head + l->dict_len, 2);
	uint8_t dict[128];

	out->facility = head[l->dict_len + 2];
	out->level = r->form.big_endian ? bits & 7 : bits >> 5;
	out->flags = r->form.big_endian ? bits >> 3 : bits & 31;
	if (l->head_bytes >= l->dict_len + 8) /* 5.1: CONFIG_PRINTK_CALLER */
		out->caller_id = (uint32_t)ram_load(&r->form, head + l->dict_len + 4, 4);

	const uint32_t n = dict_len < sizeof(dict) ? dict_len : (uint32_t)sizeof(dict);

	if (n && ram_read(ram, r->buf_pa + at + l->head_bytes + text_len, dict, n))
		take_dict((struct span){ dict, n }, out);
	if (text_len > work.cap) {
		out->why |= MESSAGE_CUT;
		text_len = (uint32_t)work.cap;
	}
	if (text_len && !ram_read(ram, r->buf_pa + at + l->head_bytes, work.p, text_len)) {
		out->why |= MESSAGE_ABSENT;
		return;
	}
	out->text = (struct span){ work.p, text_len };
	if (message_text_bad(out->text))
		out->why |= MESSAGE_BYTES;
}

/* Goes to the next chain; nothing between here and there is believed. */
static void skip_gap(const struct ram *ram, const struct records *r, struct records_walk *w)
{
	const uint32_t end = w->at < r->next || w->wrapped ? r->next : r->buf_bytes;

	for (uint32_t at = w->at + 4; at < end && at > w->at && !ram_is_over(ram); at += 4)
		if (is_chain(ram, r, at)) {
			w->at = at;
			w->after_gap = true;
			return;
		}
	w->at = end;
	if (end != r->next) {
		w->at = 0;
		w->wrapped = true;
		w->after_gap = !is_chain(ram, r, 0);
	}
}

static bool lose(struct records_walk *w, struct message *out)
{
	out->label = MESSAGE_LOST;
	out->why = MESSAGE_CHAIN;
	out->n_lost = 0;
	out->ts_nsec = w->ts_nsec;
	return true;
}

bool records_next(const struct ram *ram, const struct records *r, struct records_walk *w,
		  struct workspace text, struct message *out)
{
	uint8_t head[HEAD_MAX];
	uint64_t ts;
	uint32_t bytes;

	if (!w->begun) {
		w->begun = true;
		w->at = r->first;
		w->wrapped = r->first < r->next;
	}
	*out = (struct message){ .seq = w->n };
	if (w->ended || w->at == r->next)
		return false;
	/* a record of no length: the rest of the buffer is too small for the next one */
	if (!w->wrapped &&
	    (!load_head(ram, r, w->at, head) || ram_load(&r->form, head + r->layout.len, 2) == 0)) {
		w->at = 0;
		w->wrapped = true;
		if (w->at == r->next)
			return false;
	}
	if (!load_head(ram, r, w->at, head) ||
	    !records_head(&r->form, &r->layout, head, &bytes, &ts) ||
	    bytes > r->buf_bytes - w->at || (w->wrapped && bytes > r->next - w->at)) {
		const uint32_t from = w->at;

		skip_gap(ram, r, w);
		w->ended = w->at == from;
		return lose(w, out);
	}
	out->ts_nsec = ts;
	load_body(ram, r, w->at, head, text, out);
	if (w->after_gap)
		out->why |= MESSAGE_CHAIN;
	/* the CPUs' clocks differ a little */
	if (ts + NSEC_PER_SEC < w->ts_nsec)
		out->why |= MESSAGE_INFO;
	w->after_gap = false;
	w->ts_nsec = ts;
	w->at += bytes;
	w->n++;
	if (out->why)
		out->label = MESSAGE_UNCERTAIN;
	if (w->at >= r->buf_bytes && !w->wrapped) {
		w->at = 0;
		w->wrapped = true;
	}
	return true;
}

/* ---- characters --------------------------------------------------------------------------- */

bool chars_next(const struct ram *ram, const struct chars *c, uint32_t *done, struct workspace work,
		struct message *out)
{
	uint32_t n = 0;

	*out = (struct message){ .raw = true, .label = MESSAGE_UNCERTAIN };
	if (*done >= c->n || work.cap == 0)
		return false;
	while (*done < c->n && n < work.cap) {
		const uint32_t at = (c->end - c->n + *done) & (c->buf_bytes - 1);
		uint8_t one;

		(*done)++;
		if (!ram_read(ram, c->buf_pa + at, &one, 1)) {
			out->why |= MESSAGE_ABSENT;
			break;
		}
		if (one == '\n')
			break;
		work.p[n++] = one;
	}
	out->text = (struct span){ work.p, n };
	if (message_text_bad(out->text))
		out->why |= MESSAGE_BYTES;
	/* nothing vouches for a character */
	return true;
}

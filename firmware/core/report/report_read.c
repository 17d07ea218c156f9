/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include "report_lines.h"

#include <string.h>

enum {
	TEXT_BYTES_MAX = 64 << 20,		  /* of one record: no carve-out is larger */
	HEAD_LINES_MAX = REPORT_RECORDS_MAX + 192 /* known and unknown ones */
};

/* ---- lines and words ---------------------------------------------------------------------- */

/* 8 hexadecimal digits */
static bool hex_32(struct span s, uint32_t *out)
{
	uint64_t v;

	if (s.len != 8 || !line_digits(s, 16, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

/* @n numbers, separated by blanks. */
static bool numbers(struct span line, uint32_t *const *out, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!line_number(line_word(&line), out[i]))
			return false;
	return true;
}

/* A value made of letters, digits, "-", "_", "." and "+": it may become part of a file's name. */
static bool plain(struct span s, char out[REPORT_NAME_BYTES])
{
	static const char marks[] = "-_.+";

	if (s.len >= REPORT_NAME_BYTES)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = s.p[i];

		if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
		    !memchr(marks, c, sizeof(marks) - 1))
			return false;
	}
	memset(out, 0, REPORT_NAME_BYTES);
	memcpy(out, s.p, s.len);
	return true;
}

/* ---- words of a record's line ------------------------------------------------------------- */

static bool read_time(struct span s, struct record *r)
{
	const bool before = line_take(&s, "-");
	const uint8_t *dot = s.len ? memchr(s.p, '.', s.len) : NULL;
	uint64_t sec, usec;

	if (!dot)
		return false;

	const size_t n = (size_t)(dot - s.p);

	if (!line_digits(span_sub(s, 0, n), 10, (uint64_t)INT64_MAX + before, &sec) ||
	    !line_digits(span_sub(s, n + 1, s.len), 10, UINT32_MAX, &usec))
		return false;
	r->has_time = true;
	r->time_sec = before ? -(int64_t)(sec - 1) - 1 : (int64_t)sec;
	if (before && sec == 0)
		r->time_sec = 0;
	r->time_usec = (uint32_t)usec;
	return true;
}

/* The part of @s before the next @mark, which is cut off with it. */
static struct span cut_at(struct span *s, char mark)
{
	const uint8_t *at = s->len ? memchr(s->p, mark, s->len) : NULL;
	const size_t n = at ? (size_t)(at - s->p) : s->len;
	const struct span part = span_sub(*s, 0, n);

	*s = span_sub(*s, at ? n + 1 : n, s->len);
	return part;
}

static bool read_ftrace(struct span s, struct record *r)
{
	uint32_t v[5];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (!line_number(cut_at(&s, ','), &v[i]))
			return false;
	if (v[0] != 8 && v[0] != 12 && v[0] != 16 && v[0] != 24)
		return false;
	if ((v[1] != 0 && v[1] != 1 && v[1] != 3) || v[2] > 1 || v[3] > 1 || v[4] > 1)
		return false;
	/* the fields that an entry of these kinds has must fit in it */
	if ((v[2] ? 16u : 8u) + (v[3] ? 8u : v[1] ? 0u : 4u) > v[0])
		return false;
	r->ftrace = (struct ftrace_format){ v[0], v[1], v[2], v[3], v[4] };
	return true;
}

static bool read_holes(struct span s, struct record *r)
{
	for (uint32_t i = 0; i < HOLES_MAX && s.len > 0; i++) {
		struct span one = cut_at(&s, ',');
		uint32_t off, len;

		if (!line_number(cut_at(&one, '+'), &off) || !line_number(one, &len))
			return false;
		if (len > 0)
			holes_add(&r->holes, off, len);
	}
	return true;
}

static bool read_quality(struct span s, enum quality *out)
{
	for (uint32_t i = QUALITY_INTACT; i <= QUALITY_UNREADABLE; i++) {
		if (!line_is(s, report_quality_word((enum quality)i)))
			continue;
		*out = (enum quality)i;
		return true;
	}
	return false;
}

static bool read_reason(struct span s, struct record *r)
{
	for (uint32_t i = REASON_PANIC; i <= REASON_UNKNOWN; i++)
		if (line_is(s, reason_name((enum reason)i)))
			r->reason = (enum reason)i;
	return true;
}

static bool read_packing(struct span s, struct record *r)
{
	r->packing = PACKING_UNKNOWN;
	for (uint32_t i = 0; i <= PACKING_UNKNOWN; i++)
		if (line_is(s, packing_name((enum packing)i)))
			r->packing = (enum packing)i;
	return true;
}

/* "word=value"; an unknown word is passed over. */
static bool read_pair(struct span pair, struct record *r)
{
	struct span value = pair;
	uint32_t v;

	if (line_take(&value, "quality="))
		return read_quality(value, &r->quality);
	if (line_take(&value, "digest="))
		return hex_32(value, &r->digest);
	if (line_take(&value, "time="))
		return read_time(value, r);
	if (line_take(&value, "reason="))
		return read_reason(value, r);
	if (line_take(&value, "packing="))
		return read_packing(value, r);
	if (line_take(&value, "ftrace="))
		return read_ftrace(value, r);
	if (line_take(&value, "holes="))
		return read_holes(value, r);
	if (line_take(&value, "text=")) {
		if (!line_number(value, &v) || v > TEXT_BYTES_MAX)
			return false;
		r->text.len = v;
		return true;
	}
	if (line_take(&value, "notes="))
		return line_number(value, &r->notes);
	if (line_take(&value, "corrected="))
		return line_number(value, &r->corrected_bytes);
	if (line_take(&value, "bad="))
		return line_number(value, &r->bad_blocks);
	if (line_take(&value, "stored="))
		return line_number(value, &r->stored_bytes);
	if (line_take(&value, "pieces="))
		return line_number(value, &r->n_pieces);
	if (line_take(&value, "count="))
		return line_number(value, &r->count);
	if (line_take(&value, "part="))
		return line_number(value, &r->part);
	if (line_is(pair, "mended=1"))
		r->has_mended = true;
	return true;
}

/* What is before the number in a record's name. */
static bool take_kind(struct span *name, struct record *r)
{
	uint32_t kind = 0;

	r->is_kmsg = line_take(name, RECORD_KMSG);
	if (r->is_kmsg) {
		r->kind = ZONE_CONSOLE;
		return true;
	}
	while (kind < ZONE_KINDS && !line_take(name, record_kind((enum zone_kind)kind)))
		kind++;
	r->kind = (enum zone_kind)kind;
	return kind < ZONE_KINDS && line_take(name, RECORD_MIDDLE);
}

/*
 * "dmesg-ramoops-0", "dmesg-ramoops-0.1", "dmesg-ramoops-0.mended", "kmsg-ram-0": as record_name()
 * has it.
 */
static bool read_name(struct span name, struct record *r)
{
	char again[RECORD_NAME_BYTES];
	struct span rest = name;

	if (!take_kind(&rest, r))
		return false;

	const struct span index = cut_at(&rest, '.');

	if (!line_number(index, &r->index))
		return false;
	if (line_is(rest, "mended")) {
		r->notes |= NOTE_MENDED;
		r->piece = 1;
	} else if (rest.len > 0 && !line_number(rest, &r->piece)) {
		return false;
	}
	record_name(r, again);
	return line_is(name, again);
}

static bool read_record(struct span line, uint32_t n, struct record *r)
{
	uint32_t said;

	*r = (struct record){ .n_pieces = 1 };
	if (!line_number(line_word(&line), &said) || said != n)
		return false;

	const struct span name = line_word(&line);

	while (line.len > 0)
		if (!read_pair(line_word(&line), r))
			return false;
	return read_name(name, r) && r->n_pieces > 0;
}

/* ---- the head ----------------------------------------------------------------------------- */

static bool read_boot(struct span line, struct report_head *h)
{
	if (!line_number(line_word(&line), &h->boot_count))
		return false;

	const struct span how = line_word(&line);

	h->warm = line_is(how, "warm");
	return h->warm || line_is(how, "cold");
}

static bool read_verdict(struct span word, enum verdict *out)
{
	for (uint32_t i = 0; i < VERDICTS; i++) {
		if (!line_is(word, report_verdict_word((enum verdict)i)))
			continue;
		*out = (enum verdict)i;
		return true;
	}
	return false;
}

static bool read_layout(struct span line, struct report_head *h)
{
	uint32_t era;

	if (!numbers(line, (uint32_t *const[]){ &era, &h->n_ftrace, &h->writer_version }, 3) ||
	    era >= ERAS || h->n_ftrace > GEOMETRY_CPUS_MAX)
		return false;
	h->era = (enum era)era;
	return true;
}

static bool read_region(struct span line, struct geometry *g)
{
	return line_number_64(line_word(&line), &g->base_pa) &&
	       line_number(line_word(&line), &g->region_bytes);
}

/* None is said by no line at all. */
static bool read_beyond(struct span line, struct report_beyond *b)
{
	return numbers(line, (uint32_t *const[]){ &b->n, &b->first, &b->last }, 3) && b->n > 0 &&
	       b->first <= b->last;
}

bool report_read_fact(struct span line, struct report_head *h)
{
	const struct span word = line_word(&line);
	struct geometry *g = &h->geom;

	if (line_is(word, "id"))
		return hex_32(line, &h->id);
	if (line_is(word, "chapter"))
		return line_number(line, &h->chapter);
	if (line_is(word, "monitor"))
		return plain(line, h->monitor);
	if (line_is(word, "board"))
		return plain(line, h->board);
	if (line_is(word, "boot"))
		return read_boot(line, h);
	if (line_is(word, "cause"))
		return plain(line, h->cause);
	if (line_is(word, "verdict"))
		return read_verdict(line, &h->verdict);
	if (line_is(word, "uptime"))
		return h->has_uptime = line_number_64(line, &h->uptime_us);
	if (line_is(word, "baud"))
		return line_number(line, &h->baud);
	if (line_is(word, "region"))
		return read_region(line, g);
	if (line_is(word, "sizes"))
		return numbers(line,
			       (uint32_t *const[]){ &g->record_bytes, &g->console_bytes,
						    &g->ftrace_bytes, &g->pmsg_bytes },
			       4);
	if (line_is(word, "ecc"))
		return line_number(line, &g->ecc_bytes);
	if (line_is(word, "flags"))
		return line_number(line, &g->flags);
	if (line_is(word, "layout"))
		return read_layout(line, h);
	if (line_is(word, "old"))
		return line_number(line, &h->n_old);
	if (line_is(word, "beyond"))
		return read_beyond(line, &h->beyond);
	return true;
}

/* Two records under one name would be one file. */
static bool has_twin(const struct record *records, uint32_t n)
{
	const struct record *last = &records[n];

	for (uint32_t i = 0; i < n; i++)
		if (records[i].kind == last->kind && records[i].is_kmsg == last->is_kmsg &&
		    records[i].index == last->index && records[i].piece == last->piece &&
		    (records[i].notes & NOTE_MENDED) == (last->notes & NOTE_MENDED))
			return true;
	return false;
}

enum om_err report_head_read(struct span text, struct report_head *head, struct record *records,
			     size_t *used)
{
	struct report_head h = { 0 };
	struct span line;
	uint32_t version;
	size_t at = 0;

	if (!line_cut(text, &line))
		return text.len < REPORT_LINE_BYTES ? OM_E_TRUNCATED : OM_E_BAD_MAGIC;
	at = line.len + 1;
	if (!line_take(&line, "oopsmon report ") || !line_number(line_word(&line), &version))
		return OM_E_BAD_MAGIC;
	if (version != REPORT_VERSION)
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < HEAD_LINES_MAX; i++) {
		const struct span rest = span_sub(text, at, text.len);

		const bool cut = !line_cut(rest, &line);

		if (cut && rest.len >= REPORT_LINE_BYTES)
			return OM_E_CORRUPT;
		if (!cut)
			at += line.len + 1;
		if (cut || line.len == 0) {
			for (uint32_t k = 0; k < h.n_records; k++)
				if (records[k].kind == ZONE_FTRACE)
					records[k].writer = h.writer_version;
			*head = h;
			*used = at;
			return cut ? OM_E_TRUNCATED : OM_OK;
		}
		if (!line_take(&line, "record ")) {
			if (!report_read_fact(line, &h))
				return OM_E_CORRUPT;
			continue;
		}
		if (h.n_records == REPORT_RECORDS_MAX ||
		    !read_record(line, h.n_records, &records[h.n_records]) ||
		    has_twin(records, h.n_records))
			return OM_E_CORRUPT;
		h.n_records++;
	}
	return OM_E_CORRUPT;
}

/* ---- items -------------------------------------------------------------------------------- */

/* What a line after the head says; OM_E_NOT_FOUND: it is none that this version knows. */
static enum om_err read_item(struct span line, const struct report_head *head,
			     struct report_item *out)
{
	const struct span word = line_word(&line);
	bool good = true;

	*out = (struct report_item){ .kind = REPORT_END };
	if (line_is(word, "end"))
		return OM_OK;
	if (line_is(word, "crc")) {
		out->kind = REPORT_CRC;
		good = line_number(line_word(&line), &out->number) && hex_32(line, &out->crc);
	} else if (line_is(word, "text") || line_is(word, "left")) {
		out->kind = line_is(word, "text") ? REPORT_TEXT : REPORT_LEFT;
		good = numbers(line, (uint32_t *const[]){ &out->number, &out->off, &out->bytes },
			       3);
	} else {
		return OM_E_NOT_FOUND;
	}
	return good && out->number < head->n_records ? OM_OK : OM_E_CORRUPT;
}

enum om_err report_item_read(struct span text, const struct report_head *head, size_t *at,
			     struct report_item *out)
{
	size_t next = *at;
	struct report_item item;
	struct span line;
	enum om_err err;

	do {
		const struct span rest = span_sub(text, next, text.len);

		if (!line_cut(rest, &line))
			return rest.len < REPORT_LINE_BYTES ? OM_E_EMPTY : OM_E_CORRUPT;
		next += line.len + 1;
		err = read_item(line, head, &item);
	} while (err == OM_E_NOT_FOUND);
	if (err != OM_OK)
		return err;
	if (item.kind == REPORT_TEXT) {
		item.text = span_sub(text, next, item.bytes);
		next += item.text.len;
		/* a newline of the format follows a piece that is all there */
		if (next < text.len && text.p[next] != '\n')
			return OM_E_CORRUPT;
		next += next < text.len;
	}
	*at = next;
	*out = item;
	return OM_OK;
}

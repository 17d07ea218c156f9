/* SPDX-License-Identifier: BSD-2-Clause */
#include "dmesg_read.h"

#include "core/base/crc32.h"

#include <string.h>

enum { HEADER_BYTES_USUAL = 24 /* "====1700000000.000007-C\n" from 2001 to 2286 */ };

/* One record's bytes in the log. */
struct piece {
	uint32_t off, len;
	bool found; /* it has a head line */
	struct dmesg_header head;
};

/* Where the next record begins in @log, at @from or after it; log.len: nowhere. */
static size_t next_head(struct span log, size_t from, bool any_byte)
{
	while (from < log.len) {
		const uint8_t *p = memchr(log.p + from, '=', log.len - from);
		struct dmesg_header h;
		struct dmesg_title title;

		if (!p)
			break;

		const size_t at = (size_t)(p - log.p);

		if ((any_byte || (at > 0 && p[-1] == '\n')) &&
		    dmesg_header(span_sub(log, at, log.len), &h) == OM_OK &&
		    (h.compressed ||
		     dmesg_title(span_sub(log, at + h.bytes, log.len), &title) == OM_OK))
			return at;
		from = at + 1;
	}
	return log.len;
}

/* Find piece @wanted; returns how many there are. */
static uint32_t find_piece(struct span log, uint32_t wanted, struct piece *out)
{
	uint32_t n = 0;
	size_t at = 0;

	do {
		const struct span rest = span_sub(log, at, log.len);
		struct piece p = { .off = (uint32_t)at, .len = (uint32_t)rest.len };

		p.found = dmesg_header(rest, &p.head) == OM_OK ||
			  (n == 0 && dmesg_header_near(rest, &p.head) == OM_OK);
		if (n + 1 < DMESG_PIECES_MAX) {
			const bool packed = p.found ? p.head.compressed
						    : !dmesg_looks_like_text(rest);

			p.len = (uint32_t)next_head(rest, p.head.bytes, packed);
		}
		if (p.len == 0) /* a head line again: only at the log's beginning, and there it
				   was found */
			break;
		if (n++ == wanted)
			*out = p;
		at += p.len;
	} while (at < log.len);
	return n;
}

static enum om_err unpack_at(const struct dmesg_log *log, const struct piece *p, uint32_t skip,
			     struct effort *effort, const struct unpacker *more,
			     struct workspace work, struct unpacked *out)
{
	const struct span in = span_sub(log->bytes, p->off + skip, p->len - skip);
	const struct holes bad = holes_within(log->bad, p->off + skip, (uint32_t)in.len);
	const struct unpack_job job = { in, bad.n || log->clean ? &bad : NULL, more, effort };

	return unpack_within(&job, work, out);
}

/* The same, if the stream needs no mending. */
static bool unpack_whole(const struct dmesg_log *log, const struct piece *p, uint32_t skip,
			 const struct unpacker *more, struct workspace work, struct unpacked *out)
{
	struct effort none = { 0 };

	return unpack_at(log, p, skip, &none, more, work, out) == OM_OK &&
	       out->end == UNPACK_COMPLETE;
}

/*
 * Unpack a piece; @head is where its stream begins, as far as that is known. Where the newline
 * should be is another byte: perhaps it was never written, then that byte is the stream's.
 */
static enum om_err unpack_piece(const struct dmesg_log *log, const struct piece *p, uint32_t *head,
				const struct unpacker *more, struct workspace work,
				struct unpacked *out)
{
	if (p->found && *head > 0 && log->bytes.p[p->off + *head - 1] != '\n' &&
	    !unpack_whole(log, p, *head, more, work, out) &&
	    unpack_whole(log, p, *head - 1, more, work, out)) {
		--*head;
		return OM_OK;
	}
	return unpack_at(log, p, *head, log->effort, more, work, out);
}

static void note_unpacked(const struct unpacked *u, bool checked, struct record *out)
{
	static const uint16_t notes[] = {
		[UNPACK_COMPLETE] = 0,
		[UNPACK_CUT] = NOTE_STREAM_CUT,
		[UNPACK_BROKEN] = NOTE_STREAM_BAD,
		[UNPACK_FULL] = NOTE_OUTPUT_CUT,
	};

	out->packing = u->packing;
	out->text = u->text;
	out->holes = u->holes;
	out->notes |= notes[u->end] | (u->cut ? NOTE_OUTPUT_CUT : 0);
	out->notes |= u->resynced ? NOTE_STREAM_RESYNCED : 0;
	if (u->end != UNPACK_COMPLETE)
		return;
	if (u->verified)
		out->quality = QUALITY_INTACT;
	else if (!checked && !dmesg_has_levels(span_sub(u->text, u->cut, u->text.len)))
		out->notes |= NOTE_STREAM_BAD;
}

/*
 * A stream that went wrong and yet came to its end: Linux shows what came out, so that is the
 * record, and the mended text is another piece. Where it did not, there is the mended one only.
 */
static enum om_err choose_reading(const struct dmesg_log *log, const struct piece *p, uint32_t head,
				  struct workspace work, struct record *out, struct unpacked *u)
{
	const struct span in = span_sub(log->bytes, p->off + head, p->len - head);
	const uint32_t first = u->holes.n ? u->holes.at[0].off : 0;
	const bool mended = out->notes & NOTE_MENDED;
	bool same;

	if (!u->has_plain)
		return mended ? OM_E_ARG : OM_OK;
	same = u->plain_bytes == u->text.len &&
	       u->plain_crc == crc32_update(0, u->text.p, u->text.len);
	if (mended)
		return same ? OM_E_ARG : OM_OK;
	out->has_mended = !same;
	if (unpack_plain(in, work, u) != OM_OK)
		return OM_E_VARIANT;
	u->end = UNPACK_BROKEN;
	holes_add_until(&u->holes, first, u->text.len);
	return OM_OK;
}

static enum om_err decode(const struct dmesg_log *log, const struct piece *p,
			  const struct unpacker *more, struct workspace work, struct record *out,
			  struct span *stored)
{
	const bool checked = log->checked && out->holes.n == 0;
	uint32_t head = p->head.bytes;
	struct unpacked u = { .packing = PACKING_UNKNOWN };

	if (!p->found && p->len > HEADER_BYTES_USUAL && !(out->notes & NOTE_HEAD_CUT))
		head = HEADER_BYTES_USUAL;

	enum om_err err = unpack_piece(log, p, &head, more, work, &u);

	if (err == OM_OK && out->n_pieces == 1)
		err = choose_reading(log, p, head, work, out, &u);
	if (err == OM_E_VARIANT && !(out->notes & NOTE_MENDED)) {
		out->packing = u.packing; /* recognised, perhaps */
		out->quality = QUALITY_UNREADABLE;
		return OM_OK;
	}
	if (err != OM_OK)
		return err;
	note_unpacked(&u, checked, out);
	if (head + u.used < p->len) { /* a writer stores the stream and nothing after it */
		stored->len = head + u.used;
		if (log->exact || p->off + p->len < log->bytes.len)
			out->notes |= NOTE_STREAM_BAD;
	}
	return OM_OK;
}

/* The facts of a text's first line. */
static void read_title(bool has_head, struct record *out)
{
	struct dmesg_title title;

	if (dmesg_title(out->text, &title) == OM_OK) {
		out->reason = title.reason;
		out->count = title.count;
		out->part = title.part;
	} else if (has_head && out->quality != QUALITY_UNREADABLE) {
		out->notes |= NOTE_NO_REASON;
	}
}

enum om_err dmesg_unpack(const struct dmesg_log *log, const struct unpacker *more,
			 struct workspace work, struct record *out)
{
	const struct piece p = { .len = (uint32_t)log->bytes.len,
				 .found = !(out->notes & NOTE_NO_HEADER) };
	struct span stored = log->bytes;
	const enum om_err err = decode(log, &p, more, work, out, &stored);

	if (err != OM_OK)
		return err;
	if (out->stored_bytes >= log->bytes.len)
		out->stored_bytes -= (uint32_t)(log->bytes.len - stored.len);
	read_title(p.found, out);
	return OM_OK;
}

enum om_err dmesg_read(const struct dmesg_log *log, const struct unpacker *more,
		       struct workspace work, struct record *out, struct span *stored)
{
	struct piece p = { 0 };
	enum om_err err = OM_OK;

	out->n_pieces = find_piece(log->bytes, out->piece, &p);
	if (out->piece == 1 && out->n_pieces == 1) { /* if it is another reading of the first */
		out->n_pieces = find_piece(log->bytes, 0, &p);
		out->notes |= NOTE_MENDED;
	}
	if (out->piece >= out->n_pieces && !(out->notes & NOTE_MENDED))
		return OM_E_ARG;

	const bool packed = p.found ? p.head.compressed
				    : !dmesg_looks_like_text(span_sub(log->bytes, p.off, p.len));

	if (!packed && !log->exact) /* zeros were never written */
		while (p.len > p.head.bytes && log->bytes.p[p.off + p.len - 1] == 0)
			p.len--;
	*stored = span_sub(log->bytes, p.off, p.len);
	out->text = span_sub(*stored, p.head.bytes, p.len);
	out->holes = holes_within(log->bad, p.off + p.head.bytes, (uint32_t)out->text.len);
	out->has_time = p.head.has_time;
	out->time_sec = p.head.sec;
	out->time_usec = p.head.usec;
	if (!p.found)
		out->notes |= NOTE_NO_HEADER;
	if (!p.found && log->wrapped && out->n_pieces > 1)
		out->notes |= NOTE_HEAD_CUT;
	if (p.head.wrong)
		out->notes |= NOTE_HEAD_DAMAGED;

	if (packed)
		err = decode(log, &p, more, work, out, stored);
	else if (out->notes & NOTE_MENDED)
		err = OM_E_ARG;
	if (err != OM_OK)
		return err;
	read_title(p.found, out);
	return OM_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "unpack.h"

#include "core/base/arena.h"
#include "core/base/crc32.h"
#include "dmesg.h"
#include "line_form.h"
#include "resync.h"

#include <string.h>

enum {
	WINDOW_BITS = 15, /* 6.6 and later refer back up to 32 KiB; less is a subset */
	ZLIB_HEADER = 2,
	ZLIB_TRAILER = 4
};

/* One try. */
struct attempt {
	struct span in;
	struct workspace work;
	int window_bits;
	size_t cut; /* 0: the beginning of the text is wanted, else so much of it and its end */
};

/*
 * Text is counted by where zlib stopped writing: when there is no more room for it, inflate()
 * wants its 32 KiB window to go on later, and the arena has that only where the end is wanted.
 * Then the oldest bytes after the cut give room.
 */
static enum om_err inflate_once(const struct attempt *t, struct unpacked *out)
{
	struct arena arena;
	const size_t state = t->cut ? UNPACK_END_STATE_BYTES : UNPACK_STATE_BYTES;
	uint8_t *text = t->work.p + state;
	const size_t room = t->work.cap - state;
	const size_t step = room / 4;
	z_stream z;
	int rc;

	arena_lend(&arena, (struct workspace){ t->work.p, state }, &z);
	z.next_in = (z_const Bytef *)t->in.p;
	z.avail_in = (uInt)t->in.len;
	z.next_out = text;
	z.avail_out = (uInt)room;
	if (inflateInit2(&z, t->window_bits) != Z_OK)
		return OM_E_NO_SPACE;

	while ((rc = inflate(&z, Z_FINISH)) == Z_BUF_ERROR && z.avail_out == 0 &&
	       z.total_out / UNPACK_ROOMS_MAX < room) {
		z.next_out -= step;
		z.avail_out = (uInt)step;
		memmove(text + t->cut, text + t->cut + step, room - t->cut - step);
	}

	out->text = (struct span){ text, room - z.avail_out };
	out->used = t->in.len - (rc == Z_STREAM_END ? z.avail_in : 0);
	if (rc == Z_STREAM_END) {
		out->end = UNPACK_COMPLETE;
	} else if (rc == Z_DATA_ERROR || rc == Z_NEED_DICT) {
		out->end = UNPACK_BROKEN;
	} else if (z.avail_out == 0) {
		out->end = UNPACK_FULL;
	} else {
		out->end = UNPACK_CUT;
	}
	return OM_OK;
}

/* RFC 1950 section 2.2: method 8, window up to 32 KiB, check bits, no dictionary. */
static bool has_zlib_header(struct span in)
{
	return in.len >= 2 && (in.p[0] & 0x0f) == 8 && in.p[0] >> 4 <= 7 && !(in.p[1] & 0x20) &&
	       ((uint32_t)in.p[0] << 8 | in.p[1]) % 31 == 0;
}

/* Two lines that begin as printk's do, "<6>": chance does not make those. */
static bool has_log_lines(struct span text)
{
	uint32_t n = 0;

	for (size_t i = 0; i + 2 < text.len && n < 2; i++)
		n += text.p[i] == '\n' && text.p[i + 1] == '<' && text.p[i + 2] >= '0' &&
		     text.p[i + 2] <= '9';
	return n == 2;
}

static bool is_acceptable(const struct unpacked *u)
{
	struct dmesg_title title;

	if (dmesg_title(u->text, &title) == OM_OK)
		return true;
	return has_log_lines(u->text) && dmesg_looks_like_text(u->text);
}

/* ---- the packings, in order ------------------------------------------------------------- */

static const struct way {
	enum packing packing;
	bool header; /* only after a good zlib header */
	uint8_t skip;
	int8_t window_bits;
} ways[] = {
	{ PACKING_ZLIB, true, 0, WINDOW_BITS },
	{ PACKING_DEFLATE, false, 0, -WINDOW_BITS },
	{ PACKING_ZLIB, false, ZLIB_HEADER, -WINDOW_BITS }, /* the header is damaged */
};

enum { N_WAYS = sizeof(ways) / sizeof(ways[0]) };

/* What follows the raw stream of a zlib stream whose header is not to be trusted. */
static bool has_checksum(struct span in, const struct unpacked *u)
{
	return u->end == UNPACK_COMPLETE && span_has(in, u->used, ZLIB_TRAILER) &&
	       be32_load(in.p + u->used) ==
		       adler32(adler32(0, NULL, 0), u->text.p, (uInt)u->text.len);
}

/*
 * A text for which there is no room: its title line and its newest part, for the crash is at the
 * end. The first line after the cut is not whole.
 */
static void inflate_end(struct attempt *t, struct unpacked *out)
{
	const uint8_t *end = memchr(out->text.p, '\n', UNPACK_TEXT_MIN);

	if (!end || out->end != UNPACK_FULL || t->work.cap < 2 * UNPACK_END_STATE_BYTES)
		return;
	t->cut = (size_t)(end + 1 - out->text.p);
	if (inflate_once(t, out) != OM_OK)
		return;
	out->cut = (uint32_t)t->cut;
	end = memchr(out->text.p + t->cut, '\n', out->text.len - t->cut);
	holes_add_until(&out->holes, out->cut, end ? (size_t)(end - out->text.p) : out->text.len);
}

static enum om_err go_way(const struct way *w, struct span in, struct workspace work,
			  struct unpacked *out)
{
	struct attempt t = { span_sub(in, w->skip, in.len), work, w->window_bits, 0 };
	enum om_err err;

	*out = (struct unpacked){ .packing = PACKING_UNKNOWN };
	if (w->header && !has_zlib_header(in))
		return OM_E_VARIANT;
	err = inflate_once(&t, out);
	if (err != OM_OK)
		return err;
	if (!is_acceptable(out))
		return OM_E_VARIANT;
	inflate_end(&t, out);
	out->packing = w->packing;
	if (w->header) {
		out->verified = out->end == UNPACK_COMPLETE; /* zlib has checked the sum */
	} else if (w->packing == PACKING_ZLIB) {
		out->verified = has_checksum(t.in, out);
		out->used += out->verified ? ZLIB_HEADER + ZLIB_TRAILER : ZLIB_HEADER;
	}
	return OM_OK;
}

static enum om_err inflate_any(struct span in, struct workspace work, struct unpacked *out,
			       const struct way **way)
{
	for (*way = ways; *way < ways + N_WAYS; ++*way) {
		const enum om_err err = go_way(*way, in, work, out);

		if (err != OM_E_VARIANT)
			return err;
	}
	return OM_E_VARIANT;
}

/*
 * What @more makes of it. It has its turn after zlib: a frame of zstd begins with a magic number
 * that is neither a header of zlib's nor a block of deflate, and the others have no beginning of
 * their own.
 */
static enum om_err unpack_more(const struct unpacker *more, struct span in, struct workspace work,
			       struct unpacked *out)
{
	for (; more && more->packing != PACKING_NONE; more++) {
		struct unpacked u = { .packing = PACKING_UNKNOWN };
		const enum om_err err = more->unpack(in, work, &u);

		if (err == OM_OK || u.packing != PACKING_UNKNOWN)
			*out = u;
		if (err == OM_OK)
			return OM_OK;
	}
	return OM_E_VARIANT;
}

/* ---- damage --------------------------------------------------------------------------------- */

/* How a text reads. */
struct reading {
	uint32_t good; /* characters in lines as the kernel writes them, less those lost */
	bool odd;      /* there are other lines */
};

static uint32_t count_lost(const uint8_t *p, const uint8_t *end)
{
	uint32_t n = 0;

	for (; p < end; p++)
		n += *p == UNPACK_LOST;
	return n;
}

/* @lost: count lost characters. The title is not looked at. */
static struct reading read_lines(struct span text, bool lost)
{
	const uint8_t *end = text.p + text.len;
	const uint8_t *p = memchr(text.p, '\n', text.len);
	struct reading found = { 0 };
	struct line_clock clock;

	line_clock_start(&clock, text);
	while (p && ++p < end) {
		const uint8_t *next = memchr(p, '\n', (size_t)(end - p));
		const uint8_t *line_end = next ? next : end;

		if (line_form(p, line_end, &clock) == LINE_RIGHT)
			found.good +=
				(uint32_t)(line_end - p) - (lost ? count_lost(p, line_end) : 0);
		else
			found.odd = true;
		p = next;
	}
	found.odd = found.odd || text.len == 0 || end[-1] != '\n';
	return found;
}

static enum om_err salvage(const struct way *w, const struct unpack_job *job, struct span plain,
			   struct workspace work, struct unpacked *out, uint32_t *doubt)
{
	const uint32_t skip = w->packing == PACKING_ZLIB ? ZLIB_HEADER : 0;
	const struct span in = job->in;
	const struct holes after = job->bad ? holes_within(job->bad, skip, UINT32_MAX)
					    : (struct holes){ 0 };
	const struct resync_job resync = { span_sub(in, skip, in.len), job->bad ? &after : NULL,
					   plain, job->effort };
	struct salvaged s;
	enum om_err err = resync_within(&resync, work, &s);

	if (err != OM_OK)
		return OM_E_VARIANT;
	*out = (struct unpacked){ .packing = w->packing,
				  .end = s.full ? UNPACK_FULL : UNPACK_BROKEN,
				  .resynced = s.resynced,
				  .used = in.len,
				  .text = s.text,
				  .holes = s.holes };
	*doubt = s.doubt;
	if (is_acceptable(out))
		return OM_OK;
	*out = (struct unpacked){ .packing = PACKING_UNKNOWN };
	return OM_E_VARIANT;
}

static bool has_effort(const struct unpack_job *job)
{
	if (!job->effort || job->effort->left > 0)
		return true;
	job->effort->cut = true;
	return false;
}

/*
 * zlib's text is not what was packed, at least not all of it. If there is room it moves to the
 * end of the workspace, and what can be salvaged is made of both. What reads better counts. Of a
 * text without its middle nothing is searched for: its end is worth more than a better beginning.
 */
static enum om_err mend(const struct way *w, const struct unpack_job *job, struct workspace work,
			struct unpacked *u)
{
	const struct span in = job->in;
	const struct reading zlib = read_lines(u->text, true);
	const bool complete = u->end == UNPACK_COMPLETE;
	const size_t plain_bytes = u->text.len;
	const uint32_t plain_crc = crc32_update(0, u->text.p, complete ? plain_bytes : 0);
	struct span plain = { 0 };
	struct workspace rest = work;
	uint32_t doubt = job->bad ? 0 : UINT32_MAX;
	struct unpacked s;

	if (u->cut || !has_effort(job)) {
		doubt = 0;
	} else {
		if (complete &&
		    work.cap - RESYNC_STATE_BYTES > in.len + 2 * plain_bytes + plain_bytes / 4) {
			rest.cap -= plain_bytes;
			plain = (struct span){ work.p + rest.cap, plain_bytes };
			memmove(work.p + rest.cap, u->text.p, plain_bytes);
		}
		if (salvage(w, job, plain, rest, &s, &doubt) == OM_OK &&
		    (plain.len > 0 ? s.end != UNPACK_FULL
				   : zlib.good <= read_lines(s.text, true).good)) {
			s.used = complete ? u->used : s.used;
			s.has_plain = complete && s.resynced;
			s.plain_bytes = plain_bytes;
			s.plain_crc = plain_crc;
			*u = s;
			return OM_OK;
		}

		/* zlib's text made room for the other */
		const enum om_err err = go_way(w, in, work, u);

		if (err != OM_OK)
			return err;
	}
	if (complete)
		u->end = UNPACK_BROKEN;
	holes_add_until(&u->holes, doubt, u->text.len);
	return OM_OK;
}

/* Nothing inflates: a block's header may be damaged, or ECC knows where to go on. */
static enum om_err salvage_any(const struct unpack_job *job, struct workspace work,
			       struct unpacked *out)
{
	uint32_t doubt;

	if (!has_effort(job))
		return OM_E_VARIANT;
	if (salvage(&ways[N_WAYS - 1], job, (struct span){ 0 }, work, out, &doubt) == OM_OK)
		return OM_OK;
	return salvage(&ways[1], job, (struct span){ 0 }, work, out, &doubt);
}

static bool is_damaged(const struct unpacked *u, const struct holes *bad)
{
	/* the first line is not looked at: a title, or after a cut what is left of a line */
	struct span text = span_sub(u->text, u->cut, u->text.len);

	if (u->verified)
		return false;
	if (u->end != UNPACK_BROKEN && bad && bad->n == 0)
		return false;
	if (u->end == UNPACK_BROKEN || (bad && holes_touch(bad, 0, (uint32_t)u->used)))
		return true;
	if (u->end != UNPACK_COMPLETE) /* the last line may be cut */
		while (text.len > 0 && text.p[text.len - 1] != '\n')
			text.len--;
	return read_lines(text, false).odd;
}

const char *packing_name(enum packing p)
{
	static const char *const names[] = {
		[PACKING_NONE] = "",   [PACKING_DEFLATE] = "deflate", [PACKING_ZLIB] = "zlib",
		[PACKING_LZ4] = "lz4", [PACKING_LZO] = "lzo",	      [PACKING_ZSTD] = "zstd",
		[PACKING_842] = "842", [PACKING_UNKNOWN] = "unknown",
	};

	return (uint32_t)p < sizeof(names) / sizeof(names[0]) ? names[p] : "";
}

static bool has_room(struct span in, struct workspace work)
{
	return work.cap >= UNPACK_STATE_BYTES + UNPACK_TEXT_MIN && work.cap <= UINT32_MAX / 2 &&
	       in.len <= UINT32_MAX / 2;
}

enum om_err unpack_within(const struct unpack_job *job, struct workspace work, struct unpacked *out)
{
	const struct span in = job->in;
	struct unpack_job given = *job;
	const struct way *way;
	enum om_err err;

	if (!has_room(in, work))
		return OM_E_NO_SPACE;
	if (given.bad && given.bad->n == 0)
		given.bad = NULL;
	*out = (struct unpacked){ .packing = PACKING_UNKNOWN };

	err = inflate_any(in, work, out, &way);
	if (err == OM_OK && is_damaged(out, job->bad))
		err = mend(way, &given, work, out);
	if (err == OM_E_VARIANT)
		err = unpack_more(job->more, in, work, out);
	if (err == OM_E_VARIANT && out->packing == PACKING_UNKNOWN)
		err = salvage_any(&given, work, out);
	return err;
}

enum om_err unpack_text(struct span in, const struct holes *bad, const struct unpacker *more,
			struct workspace work, struct unpacked *out)
{
	const struct unpack_job job = { in, bad, more, NULL };

	return unpack_within(&job, work, out);
}

enum om_err unpack_plain(struct span in, struct workspace work, struct unpacked *out)
{
	const struct way *way;

	if (!has_room(in, work))
		return OM_E_NO_SPACE;

	const enum om_err err = inflate_any(in, work, out, &way);

	return err == OM_OK && out->end != UNPACK_COMPLETE ? OM_E_VARIANT : err;
}

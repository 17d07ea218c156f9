/* SPDX-License-Identifier: BSD-2-Clause */
#include "record_read.h"

#include "core/base/crc32.h"
#include "dmesg_read.h"
#include "ftrace_read.h"
#include "record_zone.h"
#include "salvage.h"
#include "zone.h"

#include <string.h>

enum {
	WORK_MIN = 4096, /* with less no part of a zone is worth reading */
	ROOTS_MIN = 4	 /* of parity; with less much passes for right */
};

enum om_err region_open(struct span raw, const struct geometry *geom, uint32_t cpus,
			struct region *out)
{
	struct geometry g = *geom;

	geometry_round(&g);
	return region_open_exact(raw, &g, cpus, out);
}

enum om_err region_open_found(struct span raw, const struct found *found, struct region *out)
{
	const bool per_cpu = found->geom.flags & GEOMETRY_FTRACE_PER_CPU;
	const enum om_err err =
		region_open(raw, &found->geom, per_cpu ? found->layout.n_ftrace : 0, out);

	if (err == OM_OK)
		out->layout = found->layout;
	return err;
}

enum om_err region_open_exact(struct span raw, const struct geometry *geom, uint32_t cpus,
			      struct region *out)
{
	enum om_err err = geometry_check(geom);

	if (err != OM_OK)
		return err;
	if (raw.len < geom->region_bytes)
		return OM_E_TRUNCATED;
	raw = span_sub(raw, 0, geom->region_bytes);

	struct layout layout;

	if (geom->ecc_bytes > 0) {
		err = rs_init(&out->rs, geom->ecc_bytes);
		if (err != OM_OK)
			return err;
	}
	err = layout_detect(raw, geom, cpus, geom->ecc_bytes > 0 ? &out->rs : NULL, &layout);
	if (err != OM_OK)
		return err;
	out->raw = raw;
	out->geom = *geom;
	out->layout = layout;
	out->unpackers = NULL;
	out->digests = true;
	out->effort = NULL;
	return OM_OK;
}

uint32_t region_records(const struct region *r)
{
	const struct layout *l = &r->layout;

	return l->n_dmesg + (l->bytes[ZONE_CONSOLE] > 0) + (l->bytes[ZONE_PMSG] > 0) +
	       (l->n_ftrace > 0);
}

size_t region_work_bytes(const struct region *r)
{
	const struct layout *l = &r->layout;
	const size_t needs[ZONE_KINDS] = {
		[ZONE_DMESG] = (size_t)l->bytes[ZONE_DMESG] * (1 + RECORD_TEXT_FACTOR) +
			       UNPACK_STATE_BYTES,
		[ZONE_CONSOLE] = l->bytes[ZONE_CONSOLE],
		[ZONE_PMSG] = l->bytes[ZONE_PMSG],
		/* the logs of all CPUs, and these merged; and their list, aligned */
		[ZONE_FTRACE] = (size_t)l->bytes[ZONE_FTRACE] * l->n_ftrace * 2 +
				(l->n_ftrace + 1) * sizeof(struct span),
	};
	size_t most = 0;

	for (uint32_t i = 0; i < ZONE_KINDS; i++)
		if (needs[i] > most)
			most = needs[i];
	return most;
}

uint32_t ring_digest(uint32_t crc, const struct zone *z)
{
	const uint32_t n_old = z->size - z->start;

	if (z->left_bytes) /* it cannot be had in the zone's order */
		return crc32_update(crc, z->text.p, z->text.len);
	crc = crc32_update(crc, z->text.p + n_old, z->start);
	return crc32_update(crc, z->text.p, n_old);
}

void note_zone(const struct zone *z, struct record *out)
{
	out->corrected_bytes += z->corrected_bytes;
	out->bad_blocks += z->bad_blocks;
	out->stored_bytes += z->size;
	if (z->header_corrupt)
		out->notes |= NOTE_HEADER_CORRUPT;
	if (z->bad_blocks > z->header_corrupt)
		out->notes |= NOTE_BAD_BLOCKS;
	/* no completed write leaves this; a reset between two header fields does */
	if (z->wrapped && z->size != z->shape.cap_bytes)
		out->notes |= NOTE_ZONE_BAD;
}

static void judge(struct record *out)
{
	if (out->quality == QUALITY_UNREADABLE)
		return;
	if (out->notes)
		out->quality = QUALITY_SALVAGED;
	else if (out->corrected_bytes)
		out->quality = QUALITY_CORRECTED;
}

/* ---- one zone: dmesg, console, pmsg --------------------------------------------------- */

/* Do the signatures say that the layout is right? Then damage is more likely than noise. */
static bool is_known(const struct region *r)
{
	return r->layout.score > 0 && r->layout.score >= layout_zones(&r->layout) / 2;
}

/*
 * Parity of another zone, one that ends where this one would with the sizes that were given, makes
 * a header of bytes that never were one. Then no log follows it: zeros are a code word, too.
 */
static bool is_made_by_parity(const struct zone *z)
{
	return z->header_corrected > 0 && span_is_zero(z->text);
}

/*
 * RAM that was never a zone can pass for one by luck. What speaks against that: parity, other
 * zones, or text.
 */
static bool is_credible(const struct region *r, const struct zone *z)
{
	if (is_made_by_parity(z))
		return false;
	return !z->header_corrupt || is_known(r) || dmesg_looks_like_text(z->text);
}

/* Does parity say of every byte that nothing ever happened to it? */
static bool is_clean(const struct zone_raw *zone, const struct zone *z)
{
	return zone->rs && zone->rs->n_roots >= ROOTS_MIN && z->corrected_bytes == 0 &&
	       z->bad_blocks == 0 && !z->header_corrupt;
}

/*
 * The log that is in @z as a record. @exact: it ends where it seems to; else counts are taken
 * anew once it is known how much of it the record takes.
 */
static enum om_err read_log(const struct region *r, const struct zone_raw *zone, struct zone *z,
			    bool exact, struct workspace work, struct record *out)
{
	struct span stored = z->text;

	out->text = z->text;
	out->holes = z->holes;
	if (out->kind == ZONE_DMESG) {
		const struct dmesg_log log = { .bytes = z->text,
					       .bad = &z->holes,
					       .checked = zone->rs != NULL,
					       .clean = is_clean(zone, z),
					       .wrapped = z->start != z->size,
					       .exact = exact,
					       .effort = r->effort };
		enum om_err err = dmesg_read(&log, r->unpackers, work_behind(work, z->text.len),
					     out, &stored);

		if (err == OM_OK && !exact && out->n_pieces == 1 && stored.len < z->size) {
			z->size = (uint32_t)stored.len;
			z->start = z->size;
			err = zone_log(zone, work, z);
		}
		if (err != OM_OK)
			return err;
		if (!holes_touch(&z->holes, (uint32_t)(stored.p - z->text.p), (uint32_t)stored.len))
			z->bad_blocks = z->header_corrupt; /* others are in other pieces */
	} else if (out->piece > 0) {
		return OM_E_ARG;
	}
	note_zone(z, out);
	out->stored_bytes = (uint32_t)stored.len;
	if (z->left_bytes) {
		out->notes |= NOTE_PART_LEFT;
		out->stored_bytes += z->left_bytes;
	}
	if (!r->digests)
		return OM_OK;
	if (out->n_pieces == 1 && z->start != z->size)
		out->digest = ring_digest(0, z);
	else
		out->digest = crc32_update(0, stored.p, stored.len);
	return OM_OK;
}

static enum salvage_trust trust_of(const struct region *r, const struct zone *z)
{
	if (is_known(r))
		return SALVAGE_KNOWN;
	return z->sig_wrong_bits <= ZONE_SIG_WRONG_MAX || zone_is_sane(z) ? SALVAGE_LIKELY
									  : SALVAGE_DOUBTFUL;
}

/* A zone that Linux drops, or reads wrongly. */
static enum om_err read_damaged(const struct region *r, const struct zone_raw *zone, struct zone *z,
				struct workspace work, struct record *out)
{
	struct salvage s = { .kind = out->kind,
			     .trust = trust_of(r, z),
			     .empty = z->size == 0 && z->sig_wrong_bits <= ZONE_SIG_WRONG_MAX };
	const enum om_err nothing = s.empty ? OM_E_EMPTY : OM_E_BAD_MAGIC;

	/* an ftrace zone, not a damaged one: the layout was guessed wrongly */
	if (z->sig_wrong_bits > ZONE_SIG_WRONG_MAX && ftrace_version(z->sig))
		return nothing;
	if (salvage_log(zone, work, &s, z) != OM_OK)
		return nothing;
	z->wrapped = false;
	if (s.empty)
		out->notes |= NOTE_ZONE_EMPTY;
	else if (!s.by_header)
		out->notes |= NOTE_ZONE_BAD;
	if (s.by_stamps)
		out->notes |= NOTE_ORDER_GUESSED;
	if (z->sig_wrong_bits)
		out->notes |= NOTE_SIG_DAMAGED;

	enum om_err err = read_log(r, zone, z, s.by_header, work, out);

	if (err == OM_OK && out->quality == QUALITY_UNREADABLE && (s.empty || !s.has_proof))
		return nothing;
	return err;
}

enum { HEAD_BYTES = 128 /* of a dump: its head line and its title */ };

/* The lines on both sides of a cut at @at are not whole. */
static void hole_at_cut(struct zone *z, uint32_t at)
{
	uint32_t from = at, to = at;

	while (from > 0 && z->text.p[from - 1] != '\n')
		from--;
	while (to < z->text.len && z->text.p[to] != '\n')
		to++;
	if (to > from)
		holes_add(&z->holes, from, to - from);
}

/* A dump for which there is no room: its head and its end, or of a packed one the beginning. */
static enum om_err read_dump_part(const struct zone_raw *zone, struct workspace work,
				  struct zone *z)
{
	const struct workspace share = { work.p, work.cap / (1 + RECORD_TEXT_FACTOR) };
	struct dmesg_header head;
	const enum om_err err = zone_log_part(zone, work, HEAD_BYTES, z);

	if (err != OM_OK)
		return err;
	if (dmesg_header(z->text, &head) == OM_OK && head.compressed)
		return zone_log_part(zone, share, (uint32_t)share.cap, z);
	hole_at_cut(z, HEAD_BYTES);
	return OM_OK;
}

/* A zone that the workspace cannot hold. */
static enum om_err read_large(const struct region *r, struct span raw, struct workspace work,
			      struct record *out)
{
	struct zone z = { 0 };
	enum om_err err = zone_read_part(raw, region_rs(r), 0, work, &z);
	const struct zone_raw zone = { raw, region_rs(r), z.shape };

	if (err == OM_E_EMPTY || (err == OM_E_BAD_MAGIC && z.sig_wrong_bits > ZONE_SIG_WRONG_MAX))
		return err;
	if (err != OM_OK || !zone_is_sane(&z)) /* to look for its log takes all of it */
		return OM_E_NO_SPACE;
	if (out->kind == ZONE_DMESG && z.left_bytes)
		err = read_dump_part(&zone, work, &z);
	if (err != OM_OK)
		return err;
	return is_credible(r, &z) ? read_log(r, &zone, &z, true, work, out) : OM_E_BAD_MAGIC;
}

static enum om_err read_zone(const struct region *r, struct span raw, struct workspace work,
			     struct record *out)
{
	struct zone z;
	enum om_err err = zone_read(raw, region_rs(r), 0, work, &z);

	if (err == OM_E_NO_SPACE && work.cap >= WORK_MIN)
		return read_large(r, raw, work, out);
	if (err != OM_OK && err != OM_E_EMPTY && err != OM_E_TRUNCATED && err != OM_E_BAD_MAGIC)
		return err;

	const struct zone_raw zone = { raw, region_rs(r), z.shape };

	if (err != OM_OK || !zone_is_sane(&z))
		return read_damaged(r, &zone, &z, work, out);
	return is_credible(r, &z) ? read_log(r, &zone, &z, true, work, out) : OM_E_BAD_MAGIC;
}

/* ---- the records of a region ----------------------------------------------------------- */

enum om_err record_read(const struct region *r, uint32_t i, uint32_t piece, struct workspace work,
			struct record *out)
{
	struct record rec = { .piece = piece, .n_pieces = 1, .effort = EFFORT_ALL };
	struct effort *e = r->effort;
	struct place at;
	enum om_err err;

	if (i >= region_records(r) || layout_place(&r->layout, i, &at) != OM_OK)
		return OM_E_ARG;

	rec.kind = at.kind;
	rec.quality = region_rs(r) ? QUALITY_INTACT : QUALITY_UNCHECKED;
	if (at.kind == ZONE_DMESG)
		rec.index = at.index;
	if (e) {
		e->spent = 0;
		e->cut = false;
	}
	if (at.kind == ZONE_FTRACE)
		err = piece == 0 ? ftrace_read(r, work, &rec) : OM_E_ARG;
	else
		err = read_zone(r, span_sub(r->raw, at.off, at.bytes), work, &rec);
	if (err != OM_OK)
		return err;
	if (rec.has_mended || (rec.notes & NOTE_MENDED))
		rec.n_pieces = 2;
	if (e && e->cut) {
		rec.effort = e->spent;
		rec.notes |= NOTE_SEARCH_CUT;
	}
	judge(&rec);
	*out = rec;
	return OM_OK;
}

static enum om_err read_record(const void *ctx, uint32_t i, uint32_t piece, struct workspace work,
			       struct record *out)
{
	return record_read(ctx, i, piece, work, out);
}

void ramoops_store(const struct region *r, struct store *out)
{
	*out = (struct store){ .backend = "ramoops",
			       .n = region_records(r),
			       .work_bytes = region_work_bytes(r),
			       .effort = r->effort,
			       .read = read_record,
			       .ctx = r };
}

enum om_err record_unpack(const struct geometry *geom, const struct unpacker *more,
			  struct workspace work, struct record *r)
{
	const struct holes bad = r->holes;
	const bool changed = r->corrected_bytes || r->bad_blocks ||
			     (r->notes & (NOTE_HEADER_CORRUPT | NOTE_TEXT_LOST));
	const struct dmesg_log log = { .bytes = r->text,
				       .bad = &bad,
				       .checked = geom->ecc_bytes > 0,
				       .clean = geom->ecc_bytes >= ROOTS_MIN && !changed,
				       .exact = !(r->notes & (NOTE_ZONE_BAD | NOTE_ZONE_EMPTY)) };
	struct record out = *r;

	if (r->kind != ZONE_DMESG || r->quality != QUALITY_UNREADABLE)
		return OM_E_ARG;
	out.quality = geom->ecc_bytes > 0 ? QUALITY_INTACT : QUALITY_UNCHECKED;

	const enum om_err err = dmesg_unpack(&log, more, work, &out);

	if (err != OM_OK)
		return err;
	judge(&out);
	*r = out;
	return OM_OK;
}

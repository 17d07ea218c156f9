/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include "crc32.h"
#include "ftrace_read.h"
#include "record_zone.h"
#include "salvage.h"
#include "zone.h"

#include <string.h>

enum {
	TEXT_FACTOR = 4, /* most text per zone byte that a kernel packs: 3 in 6.6 and later */
};

const char *quality_name(enum quality q)
{
	static const char *const names[] = {
		[QUALITY_INTACT] = "intact",	     [QUALITY_CORRECTED] = "ECC-corrected",
		[QUALITY_UNCHECKED] = "unchecked",   [QUALITY_SALVAGED] = "salvaged",
		[QUALITY_UNREADABLE] = "unreadable",
	};

	return (uint32_t)q < sizeof(names) / sizeof(names[0]) ? names[q] : "";
}

void record_name(const struct record *r, char out[RECORD_NAME_BYTES])
{
	static const char *const kinds[ZONE_KINDS] = {
		[ZONE_DMESG] = "dmesg",
		[ZONE_CONSOLE] = "console",
		[ZONE_PMSG] = "pmsg",
		[ZONE_FTRACE] = "ftrace",
	};
	static const char middle[] = "-ramoops-";
	const char *kind = kinds[r->kind < ZONE_KINDS ? r->kind : ZONE_DMESG];
	const size_t n = strlen(kind);
	uint32_t digits = 1;

	memcpy(out, kind, n);
	memcpy(out + n, middle, sizeof(middle) - 1);

	char *at = out + n + sizeof(middle) - 1;

	for (uint32_t v = r->index; v > 9; v /= 10)
		digits++;
	at[digits] = '\0';
	for (uint32_t v = r->index; digits-- > 0; v /= 10)
		at[digits] = (char)('0' + v % 10);
}

enum om_err region_open(struct span raw, const struct geometry *geom, uint32_t cpus,
			struct region *out)
{
	struct geometry g = *geom;

	geometry_round(&g);

	enum om_err err = geometry_check(&g);

	if (err != OM_OK)
		return err;
	if (raw.len < g.region_bytes)
		return OM_E_TRUNCATED;
	raw = span_sub(raw, 0, g.region_bytes);

	struct layout layout;

	if (g.ecc_bytes > 0) {
		err = rs_init(&out->rs, g.ecc_bytes);
		if (err != OM_OK)
			return err;
	}
	err = layout_detect(raw, &g, cpus, g.ecc_bytes > 0 ? &out->rs : NULL, &layout);
	if (err != OM_OK)
		return err;
	out->raw = raw;
	out->geom = g;
	out->layout = layout;
	out->unpackers = NULL;
	out->digests = true;
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
		[ZONE_DMESG] =
			(size_t)l->bytes[ZONE_DMESG] * (1 + TEXT_FACTOR) + UNPACK_STATE_BYTES,
		[ZONE_CONSOLE] = l->bytes[ZONE_CONSOLE],
		[ZONE_PMSG] = l->bytes[ZONE_PMSG],
		/* the logs of all CPUs, and these merged */
		[ZONE_FTRACE] = (size_t)l->bytes[ZONE_FTRACE] * l->n_ftrace * 2,
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
	else
		out->quality = out->corrected_bytes ? QUALITY_CORRECTED : QUALITY_INTACT;
}

/* ---- dmesg ------------------------------------------------------------------------- */

static void note_unpacked(const struct unpacked *u, struct record *out)
{
	static const uint32_t notes[] = {
		[UNPACK_COMPLETE] = 0,
		[UNPACK_CUT] = NOTE_STREAM_CUT,
		[UNPACK_BROKEN] = NOTE_STREAM_BAD,
		[UNPACK_FULL] = NOTE_OUTPUT_CUT,
	};

	out->packing = u->packing;
	out->text = u->text;
	out->notes |= notes[u->end];
	if (u->end == UNPACK_COMPLETE && !dmesg_has_levels(u->text))
		out->notes |= NOTE_STREAM_BAD;
}

/*
 * Decode a dmesg log. @used is what the record really takes of it, which tells where it
 * ends when the zone's header does not.
 */
static enum om_err decode_dmesg(struct span log, struct workspace rest, struct record *out,
				size_t *used)
{
	struct dmesg_header h = { 0 };
	struct dmesg_title title;

	*used = log.len;
	if (dmesg_header(log, &h) != OM_OK)
		out->notes |= NOTE_NO_HEADER;
	out->has_time = h.has_time;
	out->time_sec = h.sec;
	out->time_usec = h.usec;
	out->text = span_sub(log, h.bytes, log.len);

	if (h.compressed) {
		struct unpacked u;
		enum om_err err = unpack_text(out->text, NULL, NULL, rest, &u);

		if (err == OM_E_VARIANT) {
			out->packing = PACKING_UNKNOWN;
			out->quality = QUALITY_UNREADABLE;
			return OM_OK;
		}
		if (err != OM_OK)
			return err;
		note_unpacked(&u, out);
		*used = h.bytes + u.used;
	}
	if (dmesg_title(out->text, &title) == OM_OK) {
		out->reason = title.reason;
		out->count = title.count;
		out->part = title.part;
	} else if (!(out->notes & NOTE_NO_HEADER)) {
		out->notes |= NOTE_NO_REASON;
	}
	return OM_OK;
}

/* ---- one zone: dmesg, console, pmsg --------------------------------------------------- */

/*
 * RAM that was never a zone can pass for one by luck. What speaks against that: parity, a
 * header that a writer leaves, or text.
 */
static bool is_credible(enum zone_kind kind, const struct zone *z)
{
	struct dmesg_header h;

	if (kind == ZONE_DMESG && dmesg_header(z->text, &h) == OM_OK)
		return true;
	if (dmesg_looks_like_text(z->text))
		return true;
	return !z->header_corrupt && (!z->wrapped || z->size == z->shape.cap_bytes);
}

static enum om_err read_good(enum zone_kind kind, const struct zone *z, struct workspace work,
			     struct record *out)
{
	size_t used = z->size;

	if (!is_credible(kind, z))
		return OM_E_BAD_MAGIC;
	note_zone(z, out);
	out->digest = ring_digest(0, z);
	out->text = z->text;
	if (kind != ZONE_DMESG)
		return OM_OK;

	enum om_err err = decode_dmesg(z->text, work_behind(work, z->size), out, &used);

	if (err != OM_OK)
		return err;
	if (used != z->size) /* a writer stores the stream and nothing behind it */
		out->notes |= NOTE_STREAM_BAD;
	if ((out->notes & NOTE_NO_HEADER) && !dmesg_looks_like_text(out->text))
		out->quality = QUALITY_UNREADABLE;
	return OM_OK;
}

static enum om_err read_salvaged(const struct region *r, struct span raw, const struct zone *z,
				 struct workspace work, struct record *out)
{
	const bool empty = z->size == 0;
	const enum om_err nothing = empty ? OM_E_EMPTY : OM_E_BAD_MAGIC;
	const struct zone_raw zone = { raw, region_rs(r), z->shape };
	struct span log = salvage_log(&zone, out->kind, work);
	size_t used = log.len;

	if (log.len == 0)
		return nothing;
	out->notes |= empty ? NOTE_ZONE_EMPTY : NOTE_ZONE_BAD;
	out->notes |= z->header_corrupt ? NOTE_HEADER_CORRUPT : 0;
	out->corrected_bytes = z->corrected_bytes;
	out->bad_blocks = z->bad_blocks;
	out->text = log;
	if (out->kind == ZONE_DMESG) {
		enum om_err err = decode_dmesg(log, work_behind(work, log.len), out, &used);

		if (err != OM_OK)
			return err;
		if (empty && out->quality == QUALITY_UNREADABLE)
			return nothing;
	}

	uint32_t bad = salvage_check(&zone, used, &out->corrected_bytes);

	out->bad_blocks += bad;
	out->notes |= bad ? NOTE_BAD_BLOCKS : 0;
	out->stored_bytes = (uint32_t)used;
	out->digest = crc32_update(0, log.p, used);
	return OM_OK;
}

static enum om_err read_zone(const struct region *r, struct span raw, struct workspace work,
			     struct record *out)
{
	struct zone z;
	enum om_err err = zone_read(raw, region_rs(r), 0, work, &z);

	if (err == OM_OK)
		return read_good(out->kind, &z, work, out);
	if (err == OM_E_EMPTY || err == OM_E_TRUNCATED)
		return read_salvaged(r, raw, &z, work, out);
	return err;
}

/* ---- the records of a region ----------------------------------------------------------- */

enum om_err record_read(const struct region *r, uint32_t i, uint32_t piece, struct workspace work,
			struct record *out)
{
	struct record rec = { .quality = QUALITY_INTACT, .n_pieces = 1 };
	struct place at;
	enum om_err err;

	if (piece > 0 || i >= region_records(r) || layout_place(&r->layout, i, &at) != OM_OK)
		return OM_E_ARG;

	rec.kind = at.kind;
	if (at.kind == ZONE_DMESG)
		rec.index = at.index;
	if (at.kind == ZONE_FTRACE)
		err = ftrace_read(r, work, &rec);
	else
		err = read_zone(r, span_sub(r->raw, at.off, at.bytes), work, &rec);
	if (err != OM_OK)
		return err;
	judge(&rec);
	*out = rec;
	return OM_OK;
}

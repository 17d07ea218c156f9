/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole region: every record and every piece. Input: record, console, ftrace and pmsg
 * size, region size (0: what is there), 32 bits each; ecc size, 16 bits; flags; CPUs; the
 * region.
 */
#include "core/crash/erase.h"
#include "core/log/ending.h"
#include "core/log/headline.h"
#include "core/log/record.h"
#include "core/ramoops/record_read.h"
#include "fuzz.h"

enum { FLAG_PER_CPU = 1, FLAG_LITTLE_ROOM = 2, FLAG_NO_DIGESTS = 4, ERASED_MAX = 8 };

static void check_quality(const struct region *region, const struct record *r)
{
	const bool sound = r->quality == QUALITY_INTACT || r->quality == QUALITY_CORRECTED ||
			   r->quality == QUALITY_UNCHECKED;

	require(r->quality <= QUALITY_UNREADABLE, "a quality there is");
	if (!sound)
		return;
	require(r->notes == 0, "sound records have no notes");
	require(r->bad_blocks == 0, "sound records have no bad blocks");
	require(r->holes.n == 0, "sound records have no holes");
	require(r->quality != QUALITY_INTACT || r->corrected_bytes == 0, "intact needs no repair");
	require(r->quality != QUALITY_CORRECTED || r->corrected_bytes > 0, "repair was needed");
	if (region->geom.ecc_bytes > 0)
		require(r->quality != QUALITY_UNCHECKED, "ECC has a say");
	else
		require(r->quality == QUALITY_UNCHECKED || r->packing == PACKING_ZLIB,
			"only a checksum vouches without ECC");
}

static void check_record(const struct region *region, const struct record *r, struct workspace work)
{
	struct headline h;
	char name[RECORD_NAME_BYTES];
	const struct span room = { work.p, work.cap };

	check_quality(region, r);
	check_holes(&r->holes, r->text.len);
	require(lies_in(r->text, room), "text in the workspace");
	require(r->n_pieces >= 1 && r->piece < r->n_pieces, "a piece there is");
	require(r->stored_bytes <= region->raw.len, "no more stored than there is");
	require(r->time_usec <= 9999999, "microseconds");
	if (r->kind == ZONE_FTRACE)
		require(r->ftrace.bytes > 0 && r->text.len % r->ftrace.bytes == 0, "whole entries");
	memset(name, 'x', sizeof(name));
	record_name(r, name);
	require(memchr(name, 0, sizeof(name)) != NULL, "name ends");
	headline_find(r->text, &h);
	require(lies_in(h.cause, r->text), "cause in the text");
	require(ending_of(r->text) <= ENDING_PANIC, "an ending there is");
}

/* What stood in the workspace before must not matter. */
static void check_same(const struct record *a, const struct record *b)
{
	require(same_bytes(a->text, b->text), "the same text again");
	require(a->quality == b->quality && a->notes == b->notes && a->digest == b->digest &&
			a->n_pieces == b->n_pieces && a->corrected_bytes == b->corrected_bytes &&
			a->bad_blocks == b->bad_blocks && a->holes.n == b->holes.n,
		"the same facts again");
}

/* Reads one piece; false if there is nothing. */
static bool read_piece(const struct region *region, uint32_t i, uint32_t piece, bool little_room,
		       const struct workspace work[2], struct record *out)
{
	struct record again;
	const enum om_err err = record_read(region, i, piece, work[0], out);

	require(record_read(region, i, piece, work[1], &again) == err, "the same answer again");
	if (piece == 0)
		require(err == OM_OK || err == OM_E_EMPTY || err == OM_E_BAD_MAGIC ||
				(little_room && err == OM_E_NO_SPACE),
			"an answer that is documented");
	else
		require(err == OM_OK || (little_room && err == OM_E_NO_SPACE),
			"a promised piece is there");
	if (err != OM_OK)
		return false;
	require(out->piece == piece, "the piece asked for");
	check_record(region, out, work[0]);
	check_same(out, &again);
	return true;
}

/* After erasing, neither this decoder nor ECC may bring a record back. */
static void check_erased(const struct region *region, struct workspace work)
{
	struct region erased = *region;
	uint8_t *raw = make_bytes(region->raw.len, 0);
	struct place at;
	struct record r;

	memcpy(raw, region->raw.p, region->raw.len);
	erased.raw.p = raw;
	for (uint32_t i = 0; i < region_records(region) && i < ERASED_MAX; i++) {
		require(erase_place(&region->layout, i, &at) == OM_OK, "every record has a place");
		require(span_has(region->raw, at.off, at.bytes), "its place lies in the region");
		memset(raw + at.off, 0, at.bytes);

		const enum om_err err = record_read(&erased, i, 0, work, &r);

		require(err == OM_E_EMPTY || err == OM_E_BAD_MAGIC || err == OM_E_NO_SPACE,
			"erased is gone");
	}
	require(erase_place(&region->layout, region_records(region), &at) == OM_E_ARG,
		"no such place");
	free(raw);
}

static void read_records(const struct region *region, bool little_room)
{
	const size_t cap = region_work_bytes(region) / (little_room ? 7 : 1);
	const struct workspace work[2] = { { make_bytes(cap, 0), cap },
					   { make_bytes(cap, 0xa5), cap } };
	const uint32_t n = region_records(region);
	struct record r;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t pieces = 1;

		for (uint32_t piece = 0; piece < pieces; piece++) {
			if (!read_piece(region, i, piece, little_room, work, &r))
				break;
			require(piece == 0 || r.n_pieces == pieces, "as many pieces as before");
			pieces = r.n_pieces;
		}
		require(record_read(region, i, UINT32_MAX, work[0], &r) != OM_OK, "no such piece");
	}
	require(record_read(region, n, 0, work[0], &r) == OM_E_ARG, "no such record");
	check_erased(region, work[0]);
	free(work[0].p);
	free(work[1].p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct region region;
	struct span in = { data, size };
	struct geometry g = { .record_bytes = take(&in, 4) };

	g.console_bytes = take(&in, 4);
	g.ftrace_bytes = take(&in, 4);
	g.pmsg_bytes = take(&in, 4);
	g.region_bytes = take(&in, 4);
	g.ecc_bytes = take(&in, 2);

	const uint32_t flags = take(&in, 1);
	const uint32_t cpus = take(&in, 1);
	const struct span raw = make_copy(in);

	g.flags = flags & FLAG_PER_CPU ? GEOMETRY_FTRACE_PER_CPU : 0;
	if (g.region_bytes == 0)
		g.region_bytes = (uint32_t)raw.len;
	memset(&region, 0x5a, sizeof(region));
	if (region_open(raw, &g, cpus, &region) == OM_OK) {
		require(region.raw.len == g.region_bytes && lies_in(region.raw, raw),
			"the region in its bytes");
		region.digests = !(flags & FLAG_NO_DIGESTS);
		read_records(&region, flags & FLAG_LITTLE_ROOM);
	}
	drop_copy(raw, in);
	return 0;
}

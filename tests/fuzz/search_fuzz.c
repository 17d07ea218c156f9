/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A region nobody described. Input: flags; room for marks, 8 bits; the bytes. What is found
 * must be a region that opens, and be found again.
 */
#include "core/log/record.h"
#include "core/ramoops/record_read.h"
#include "core/ramoops/search.h"
#include "fuzz.h"

enum { FLAG_WHOLE = 1, BASE = 0x10000 };

static void check_mark(const struct mark *m, const struct mark *before, size_t len)
{
	require(m->off >= BASE && m->off - BASE < len, "a mark lies in the bytes");
	require(m->wrong_bits <= SEARCH_WRONG_BITS_MAX, "nearly a signature");
	require(!before || m->off > before->off, "marks in rising order");
}

/* One call with room for all, then one after the other with little room: these get on. */
static void check_marks(struct span bytes, uint32_t room)
{
	struct mark *marks =
		(struct mark *)(void *)make_bytes(SEARCH_MARKS_MAX * sizeof(*marks), 0);
	struct mark *some = (struct mark *)(void *)make_bytes(room * sizeof(*some), 0xee);
	size_t used = SIZE_MAX;
	const uint32_t n = search_marks(bytes, BASE, marks, SEARCH_MARKS_MAX, &used);
	uint64_t last = 0;

	require(n <= SEARCH_MARKS_MAX && used <= bytes.len, "no more marks than room");
	require(used == bytes.len || n == SEARCH_MARKS_MAX, "all was looked through");
	for (uint32_t i = 0; i < n; i++)
		check_mark(&marks[i], i ? &marks[i - 1] : NULL, bytes.len);
	for (size_t off = 0; off < bytes.len;) {
		const struct span rest = span_sub(bytes, off, bytes.len);
		size_t step = 0;
		const uint32_t more = search_marks(rest, BASE + off, some, room, &step);

		require(more <= room && step <= rest.len, "no more marks than little room");
		require(step == rest.len || (more == room && step > 0), "stops only when full");
		for (uint32_t i = 0; i < more; i++) {
			require(some[i].off > last, "marks rise from piece to piece");
			last = some[i].off;
		}
		off += step;
	}
	free(marks);
	free(some);
}

static void check_found(struct span bytes, bool whole, const struct found *f)
{
	static struct region region;
	const struct span raw = span_sub(bytes, f->off, f->geom.region_bytes);
	struct geometry rounded = f->geom;

	require(span_has(bytes, f->off, whole ? f->geom.region_bytes : 1), "the region's place");
	require(!geometry_round(&rounded), "rounded sizes");
	require(f->n_explained > 0, "found on some grounds");
	require(f->geom.base_pa == 0, "no address");
	if (raw.len == f->geom.region_bytes)
		require(region_open(raw, &f->geom, f->layout.n_ftrace, &region) == OM_OK,
			"what is found opens");
}

static void check_region(struct span bytes, bool whole)
{
	struct workspace work[2] = { { make_bytes(SEARCH_WORK_BYTES, 0), SEARCH_WORK_BYTES },
				     { make_bytes(SEARCH_WORK_BYTES, 0xa5), SEARCH_WORK_BYTES } };
	struct found f;
	struct found again;
	const enum om_err err = search_region(bytes, whole, work[0], &f);

	require(err == OM_OK || err == OM_E_NOT_FOUND || err == OM_E_NO_SPACE,
		"an answer that is documented");
	require(search_region(bytes, whole, work[1], &again) == err, "the same answer again");
	if (err == OM_OK) {
		check_found(bytes, whole, &f);
		require(f.off == again.off && f.geom.region_bytes == again.geom.region_bytes &&
				f.geom.record_bytes == again.geom.record_bytes &&
				f.geom.ecc_bytes == again.geom.ecc_bytes &&
				f.layout.era == again.layout.era && f.sure == again.sure,
			"the same region again");
	}
	free(work[0].p);
	free(work[1].p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t flags = take(&in, 1);
	const uint32_t room = 1 + take(&in, 1);
	const struct span bytes = make_copy(in);

	check_marks(bytes, room);
	check_region(bytes, flags & FLAG_WHOLE);
	drop_copy(bytes, in);
	return 0;
}

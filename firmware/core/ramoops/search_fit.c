/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes that somebody gave: a quick look for a reason to doubt them, and words for what does not
 * fit. */
#include "search_solver.h"

enum {
	STEP_BYTES = 4096 /* a zone begins at one of its multiples, or one of some smaller zones */
};

/* Is a sound header of a zone that is not ftrace's at a multiple of STEP_BYTES? */
static bool has_header_between(struct span bytes, uint32_t from, uint32_t end)
{
	from = (from + STEP_BYTES - 1) & ~(uint32_t)(STEP_BYTES - 1);
	for (uint32_t off = from; off < end && span_has(bytes, off, 4); off += STEP_BYTES) {
		const uint32_t word = le32_load(bytes.p + off);
		struct mark m;

		if ((word == ZONE_SIG || u32_swapped(word) == ZONE_SIG) &&
		    search_sound_mark(bytes, off, &m))
			return true;
	}
	return false;
}

/* Does nothing in the zone at @at speak against it? Its parity is looked at if @rs is given. */
static bool zone_fits(struct span bytes, const struct place *at, uint32_t ecc, const struct rs *rs)
{
	const struct span zone = span_sub(bytes, at->off, at->bytes);
	uint32_t end = at->off + 1;
	struct zone_shape shape;
	struct mark m;

	if (search_sound_mark(bytes, at->off, &m)) {
		const uint32_t size = m.big_endian ? be32_load(zone.p + 8) : le32_load(zone.p + 8);

		if (zone_shape(at->bytes, ecc, &shape) != OM_OK || size > shape.cap_bytes ||
		    (rs && !search_is_proven_zone(zone, rs)))
			return false;
		end = at->off + ZONE_HDR_BYTES + size;
	}
	return !has_header_between(bytes, end, at->off + at->bytes);
}

bool search_is_doubtful(struct span bytes, const struct layout *layout, const struct rs *rs)
{
	uint32_t kinds = 0; /* a bit for each whose first zone was held against its parity */
	struct place at;

	if (layout->score > 0 && layout->score < layout_zones(layout))
		return true;
	for (uint32_t i = 0; layout_place(layout, i, &at) == OM_OK; i++) {
		const bool first = !(kinds >> at.kind & 1);

		if (!zone_fits(bytes, &at, rs ? rs->n_roots : 0, first ? rs : NULL))
			return true;
		kinds |= 1u << at.kind;
	}
	return has_header_between(bytes, layout_end(layout), UINT32_MAX);
}

const char *fit_why(const struct fit *f, uint32_t *n)
{
	static const char *const words[][2] = {
		{ "zone headers outside its zones", "zone header outside its zones" },
		{ "zones without parity where it puts that",
		  "zone without parity where it puts that" },
		{ "zones with more in them than it makes room for",
		  "zone with more in it than it makes room for" },
		{ "of its zones have no header", "of its zones has no header" },
		{ "zone headers and their parity say others", "zone header says others" },
	};
	const uint32_t counts[] = { f->n_outside, f->n_unproven, f->n_overlong, f->n_missing,
				    f->n_in_place };
	size_t i = 0;

	while (!counts[i] && i + 1 < sizeof(counts) / sizeof(counts[0]))
		i++;
	*n = counts[i];
	return words[i][*n == 1];
}

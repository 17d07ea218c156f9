/* SPDX-License-Identifier: BSD-2-Clause */
#include "ftrace_read.h"

#include "core/log/ftrace.h"
#include "record_read.h"
#include "record_zone.h"

#include <string.h>

_Static_assert((int)FTRACE_LOGS_MAX >= (int)GEOMETRY_CPUS_MAX, "a log for each zone");

enum {
	ENTRIES_BYTES = 240, /* a multiple of every entry's size: 8, 12, 16, 20, 24 */
	SIG_BITS_MAX = 4,    /* wrong bits in a signature that is still taken for one */
	TOP_BITS_MAX = 2,    /* of those that are 0 in every version */
	TOP_BITS = 0xff00c000
};

static struct span zone_span(const struct region *r, uint32_t i)
{
	const struct layout *l = &r->layout;

	return span_sub(r->raw, l->off[ZONE_FTRACE] + i * l->bytes[ZONE_FTRACE],
			l->bytes[ZONE_FTRACE]);
}

/* The same if some of the bits are wrong that are 0 in every version. */
static uint32_t version_below(uint32_t sig)
{
	const uint32_t top = (sig ^ ZONE_SIG) & TOP_BITS;

	return zone_bits(top) <= TOP_BITS_MAX ? ftrace_version(sig ^ top) : 0;
}

/* The version that most zones carry in their repaired signatures; 0: none does. */
static uint32_t majority(const struct region *r, bool damaged)
{
	uint32_t version = 0;
	int32_t votes = 0;

	for (uint32_t i = 0; i < r->layout.n_ftrace; i++) {
		uint32_t v;

		if (zone_signature(zone_span(r, i), region_rs(r), &v) != OM_OK)
			continue;
		if (damaged)
			v = version_below(v) ? version_below(v) : version_below(u32_swapped(v));
		else
			v = ftrace_version_either(v);
		if (!v)
			continue;
		if (votes == 0)
			version = v;
		votes += version == v ? 1 : -1;
	}
	return version;
}

/*
 * As zone_read(), of a zone whose signature may be wrong by a few bits. A signature that ECC
 * vouches for is not wrong: it is another kernel's.
 */
static enum om_err read_near(const struct region *r, uint32_t i, uint32_t version,
			     struct workspace work, struct zone *z)
{
	const enum om_err err = zone_read_part(zone_span(r, i), region_rs(r), version, work, z);
	const uint32_t sig = ZONE_SIG ^ version;
	uint32_t found = z->sig;

	if (err != OM_E_BAD_MAGIC || (region_rs(r) && !z->header_corrupt))
		return err;
	if (zone_bits(u32_swapped(found) ^ sig) < zone_bits(found ^ sig))
		found = u32_swapped(found);
	if (zone_bits(found ^ sig) > SIG_BITS_MAX)
		return err;
	return zone_read_part(zone_span(r, i), region_rs(r), found ^ ZONE_SIG, work, z);
}

/* Where the logs of all zones go, and what they add up to. */
struct reading {
	struct ftrace_logs logs;
	struct workspace work; /* what is left of it */
	size_t share;	       /* of it for the log of one zone */
	uint32_t version;
	uint32_t n_read;
	enum om_err nothing; /* why there is no record, if no zone has a log */
};

/* Zone @i has a log: keep it. */
static void keep_log(struct reading *rd, uint32_t i, const struct zone *z, struct record *out)
{
	const uint32_t off = (uint32_t)(z->text.p - rd->logs.base);

	note_zone(z, out);
	for (uint32_t k = 0; k < z->holes.n; k++)
		holes_add(&rd->logs.bad, off + z->holes.at[k].off, z->holes.at[k].len);
	rd->logs.at[i] = z->text;
	rd->logs.format.big_endian = z->big_endian;
	rd->work = work_behind(rd->work, z->text.len);
	rd->n_read++;
}

static __attribute__((noinline)) enum om_err read_log(const struct region *r, uint32_t i,
						      struct reading *rd, struct record *out)
{
	struct zone z = { 0 };
	const struct workspace work = { rd->work.p,
					rd->work.cap < rd->share ? rd->work.cap : rd->share };
	const enum om_err err = read_near(r, i, rd->version, work, &z);

	if (err == OM_OK) {
		out->notes |= z.left_bytes ? NOTE_PART_LEFT : 0;
		if (z.sig != (ZONE_SIG ^ rd->version))
			out->notes |= NOTE_SIG_DAMAGED;
		if (r->digests)
			out->digest = ring_digest(out->digest, &z);
		keep_log(rd, i, &z, out);
	} else if (err == OM_E_EMPTY) {
		rd->nothing = err;
	} else if (err == OM_E_BAD_MAGIC || err == OM_E_TRUNCATED) {
		out->notes |= NOTE_ENTRIES_LOST;
		out->notes |= z.header_corrupt ? NOTE_HEADER_CORRUPT : 0;
	} else {
		return err;
	}
	return OM_OK;
}

static enum om_err put_together(struct reading *rd, struct record *out)
{
	if (!ftrace_find_format(&rd->logs, rd->version))
		out->quality = QUALITY_UNREADABLE;
	out->ftrace = rd->logs.format;

	const enum om_err err = ftrace_merge(&rd->logs, rd->work, &out->text, &out->holes);

	if (out->holes.n > 0)
		out->notes |= NOTE_ENTRIES_BAD;
	return err;
}

/* The list of the logs is at the end of the workspace. False: there is no room for it. */
static bool place_list(struct reading *rd, uint32_t n)
{
	const uintptr_t end = (uintptr_t)rd->work.p + rd->work.cap;
	const size_t bytes = n * sizeof(*rd->logs.at) + end % _Alignof(struct span);

	if (rd->work.cap < bytes)
		return false;
	rd->work.cap -= bytes;
	rd->logs.at = (struct span *)(void *)(rd->work.p + rd->work.cap);
	memset(rd->logs.at, 0, n * sizeof(*rd->logs.at));
	rd->logs.n = n;
	return true;
}

enum om_err ftrace_read(const struct region *r, struct workspace work, struct record *out)
{
	struct reading rd = { .work = work, .nothing = OM_E_BAD_MAGIC };

	rd.version = majority(r, false);
	if (!rd.version)
		rd.version = r->layout.writer_version;
	if (!rd.version)
		rd.version = majority(r, true);
	if (!rd.version)
		return OM_E_BAD_MAGIC;
	if (!place_list(&rd, r->layout.n_ftrace))
		return OM_E_NO_SPACE;
	/* the logs of all, and these merged; a share ends where an entry does, of any format */
	rd.share = rd.work.cap / 2 / r->layout.n_ftrace / ENTRIES_BYTES * ENTRIES_BYTES;
	if (rd.share >= r->layout.bytes[ZONE_FTRACE])
		rd.share = r->layout.bytes[ZONE_FTRACE];
	if (rd.share == 0)
		return OM_E_NO_SPACE;
	rd.logs.base = work.p;
	for (uint32_t i = 0; i < r->layout.n_ftrace; i++) {
		const enum om_err err = read_log(r, i, &rd, out);

		if (err != OM_OK)
			return err;
	}
	if (rd.n_read == 0)
		return rd.nothing;
	out->writer = rd.version;
	return put_together(&rd, out);
}

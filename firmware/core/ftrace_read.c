/* SPDX-License-Identifier: BSD-2-Clause */
#include "ftrace_read.h"

#include "ftrace.h"
#include "record_zone.h"

static struct span zone_span(const struct region *r, enum zone_kind kind, uint32_t i)
{
	const struct layout *l = &r->layout;

	return span_sub(r->raw, l->off[kind] + i * l->bytes[kind], l->bytes[kind]);
}

/* The version that most zones carry in their repaired signatures; 0: none does. */
static uint32_t ftrace_writer(const struct region *r)
{
	uint32_t version = 0;
	int32_t votes = 0;

	for (uint32_t i = 0; i < r->layout.n_ftrace; i++) {
		uint32_t sig;

		if (zone_signature(zone_span(r, ZONE_FTRACE, i), region_rs(r), &sig) != OM_OK)
			continue;

		uint32_t v = ftrace_version(sig);

		if (!v)
			continue;
		if (votes == 0)
			version = v;
		votes += version == v ? 1 : -1;
	}
	return version;
}

/* All logs of @logs lie one behind the other; @work is what is left behind them. */
static enum om_err decode_ftrace(struct span *logs, uint32_t n, struct workspace work,
				 struct record *out)
{
	uint32_t sense_32 = 0;
	uint32_t sense_64 = 0;

	for (uint32_t i = 0; i < n; i++) {
		sense_32 += ftrace_sense(logs[i], FTRACE_BYTES_32);
		sense_64 += ftrace_sense(logs[i], FTRACE_BYTES_64);
	}
	if (sense_32 == 0 && sense_64 == 0)
		out->quality = QUALITY_UNREADABLE;
	out->entry_bytes = sense_64 >= sense_32 ? FTRACE_BYTES_64 : FTRACE_BYTES_32;

	/* a ring that wrapped begins with the rest of an entry */
	size_t total = 0;

	for (uint32_t i = 0; i < n; i++) {
		logs[i] = span_sub(logs[i], logs[i].len % out->entry_bytes, logs[i].len);
		total += logs[i].len;
	}
	if (n == 1) {
		out->text = logs[0];
		return OM_OK;
	}
	if (total > work.cap)
		return OM_E_NO_SPACE;
	out->text = ftrace_merge(logs, n, out->entry_bytes, work.p);
	return OM_OK;
}

enum om_err ftrace_read(const struct region *r, struct workspace work, struct record *out)
{
	const uint32_t version = ftrace_writer(r);
	struct span logs[GEOMETRY_CPUS_MAX];
	enum om_err nothing = OM_E_BAD_MAGIC;
	uint32_t n = 0;

	if (!version)
		return OM_E_BAD_MAGIC;
	for (uint32_t i = 0; i < r->layout.n_ftrace; i++) {
		struct zone z;
		enum om_err err =
			zone_read(zone_span(r, ZONE_FTRACE, i), region_rs(r), version, work, &z);

		if (err == OM_E_EMPTY)
			nothing = OM_E_EMPTY;
		if (err == OM_E_NO_SPACE)
			return err;
		if (err == OM_E_BAD_MAGIC)
			out->notes |= NOTE_HEADER_CORRUPT;
		if (err == OM_E_TRUNCATED)
			out->notes |= NOTE_ZONE_BAD;
		if (err != OM_OK)
			continue;
		note_zone(&z, out);
		out->digest = ring_digest(out->digest, &z);
		work = work_behind(work, z.size);
		logs[n++] = z.text;
	}
	if (n == 0)
		return nothing;
	return decode_ftrace(logs, n, work, out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what the last kernel left, through a read-only mapping, and the verdict. */
#include "console.h"
#include "monitor.h"
#include "notice.h"

extern uint8_t __scratch_start[], __scratch_end[];

/* Scratch for decoding; only what is needed gets mapped, for all of it must be cleaned later. */
static bool take_scratch(struct monitor *m)
{
	size_t cap = (uintptr_t)__scratch_end - (uintptr_t)__scratch_start;
	size_t need = region_work_bytes(&m->region);

	if (need < cap)
		cap = need;
	if (!map_or_say((struct range){ (uintptr_t)__scratch_start, cap }, ARCH_RAM,
			"scratch memory"))
		return false;
	m->work = (struct workspace){ __scratch_start, cap };
	return true;
}

/*
 * Without a valid retained page the region may be cold RAM noise: only what passes all the
 * checks there are is evidence then. Without ECC that is a zone header as a writer leaves it,
 * three numbers that noise does not have.
 */
static bool counts(const struct monitor *m, const struct record *r)
{
	return m->warm || r->quality <= QUALITY_UNCHECKED;
}

static void note(struct monitor *m, uint32_t number, const struct record *r)
{
	bool told = m->warm && retained_was_reported(&m->retained, r->digest);
	bool seen = m->warm && retained_was_seen(&m->retained, r->digest);

	if (!counts(m, r))
		return;
	evidence_add(&m->evidence, r, seen);
	m->n_put_off += seen && !told;
	if (m->n_facts == FACTS_MAX) {
		m->n_facts_left_out++;
		return;
	}
	m->facts[m->n_facts] = *r;
	m->number[m->n_facts] = (uint16_t)number;
	m->told[m->n_facts++] = told;
}

static void read_zone_records(struct monitor *m, uint32_t i)
{
	struct record r = { .n_pieces = 1 };

	for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
		enum om_err err = record_read(&m->region, i, piece, m->work, &r);

		if (err == OM_E_EMPTY || err == OM_E_BAD_MAGIC)
			return;
		if (err != OM_OK) {
			notice(NOTICE_REGION_UNREADABLE,
			       "record %u cannot be read (%s): it stays in RAM; use a smaller "
			       "record or console size",
			       i, om_err_name(err));
			return;
		}
		note(m, i, &r);
	}
}

static void read_all(struct monitor *m)
{
	uint32_t n = region_records(&m->region);

	if (n > UINT16_MAX)
		n = UINT16_MAX;
	for (uint32_t i = 0; i < n; i++)
		read_zone_records(m, i);
}

void crash_read_step(void *ctx)
{
	struct monitor *m = ctx;
	uint32_t cpus = m->plan.cpus;
	struct range region;

	m->region_state = OM_E_NOT_FOUND;
	m->last = m->plan.geom;
	if (m->warm) {
		m->last = m->retained.geom; /* what the crashed kernel had, whatever holds now */
		cpus = m->retained.cpus;
	}
	region = (struct range){ m->last.base_pa, m->last.region_bytes };
	if (!region.bytes || !map_or_say(region, ARCH_EVIDENCE, "the ramoops region"))
		return;
	m->region_state = region_open(
		(struct span){ (const uint8_t *)(uintptr_t)region.base_pa, (size_t)region.bytes },
		&m->last, cpus, &m->region);
	if (m->region_state == OM_OK && take_scratch(m))
		read_all(m);
	else if (m->region_state)
		notice(NOTICE_REGION_UNREADABLE, "the ramoops region at 0x%llx cannot be read (%s)",
		       (unsigned long long)region.base_pa, om_err_name(m->region_state));
}

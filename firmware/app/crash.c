/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what the last kernel left, through a read-only mapping, and the verdict. */
#include "console.h"
#include "core/place/named.h"
#include "monitor.h"
#include "notice.h"
#include "stopwatch.h"

/*
 * Of the seconds for the archive or the report, whichever are fewer, a part goes to searches in
 * damaged streams. What they took is taken once more whenever the record is read again: here for a
 * second reading, then for the archive's card, for its chapters, and for the summary.
 */
enum {
	READINGS = 6,
	EFFORT_PER_SECOND = 1 << 20 /* without a clock: a slow core's */
};

static bool take_facts(struct monitor *m)
{
	struct facts *f = (struct facts *)(uintptr_t)m->memory.facts.base_pa;

	if (!map_or_say(m->memory.facts, ARCH_RAM, "memory for facts"))
		return false;
	m->facts = f->record;
	m->order = f->order;
	m->number = f->number;
	m->told = f->told;
	m->seen = f->seen;
	m->job_records = f->job_records;
	m->job_numbers = f->job_numbers;
	m->once = &f->once;
	once_start(m->once, m->region.layout.n_dmesg);
	return true;
}

/* Scratch for decoding; only what is needed gets mapped, for all of it must be cleaned later. */
static bool take_scratch(struct monitor *m)
{
	const uint64_t start = m->memory.scratch.base_pa;
	size_t cap = (size_t)m->memory.scratch.bytes;
	size_t need = m->store.work_bytes;

	if (need < cap)
		cap = need;
	if (!map_or_say((struct range){ start, cap }, ARCH_RAM, "scratch memory"))
		return false;
	m->work = (struct workspace){ (uint8_t *)(uintptr_t)start, cap };
	return true;
}

/*
 * Without a valid retained page the region may be cold RAM noise: only what passes all the
 * checks there are is evidence then. Without ECC that is a zone header as a writer leaves it,
 * three numbers that noise does not have.
 */
static bool counts(const struct monitor *m, const struct record *r)
{
	/* it is no sign of noise that there was no room for all of it */
	const uint32_t damage = r->notes & ~(uint32_t)(NOTE_OUTPUT_CUT | NOTE_PART_LEFT);

	return m->warm || r->quality <= QUALITY_UNCHECKED ||
	       (r->quality == QUALITY_SALVAGED && !damage);
}

/* Where the facts of one more record go, FACTS_MAX: nowhere. Of the dmesg ones the least goes. */
static uint32_t make_room(struct monitor *m, const struct record *r, bool told)
{
	uint32_t least = FACTS_MAX;

	if (m->n_facts < FACTS_MAX)
		return m->n_facts;
	for (uint32_t i = 0; i < FACTS_MAX; i++) {
		const struct record *a = least < FACTS_MAX ? &m->facts[least] : r;
		const bool a_told = least < FACTS_MAX ? m->told[least] : told;

		if (m->facts[i].kind != ZONE_DMESG)
			continue;
		if ((a->kind != ZONE_DMESG) ||
		    (a_told != m->told[i] ? m->told[i] : report_is_before(a, &m->facts[i])))
			least = i;
	}
	return least;
}

static void leave_out(struct monitor *m, uint32_t number, bool told)
{
	struct report_beyond *b = &m->beyond;

	if (told && !m->options.again) {
		m->n_old_left_out++;
		return;
	}
	if (!b->n++)
		b->first = b->last = number;
	if (number < b->first)
		b->first = number;
	if (number > b->last)
		b->last = number;
}

/* Keeps the facts of @r. */
static void keep(struct monitor *m, uint32_t number, const struct record *r, enum once_state state)
{
	const bool was_full = m->n_facts == FACTS_MAX;
	const bool told = state == ONCE_REPORTED;
	const uint32_t at = make_room(m, r, told);

	if (was_full)
		leave_out(m, at < FACTS_MAX ? m->number[at] : number,
			  at < FACTS_MAX ? m->told[at] : told);
	if (at == FACTS_MAX)
		return;
	m->facts[at] = *r;
	m->number[at] = (uint16_t)number;
	m->told[at] = told;
	m->seen[at] = state != ONCE_NEW;
	m->n_facts += !was_full;
}

static void note(struct monitor *m, uint32_t number, const struct record *r, enum once_state state)
{
	if (!counts(m, r))
		return;
	evidence_add(&m->evidence, r, state != ONCE_NEW);
	once_add(m->once, number, r->digest, state);
	m->n_put_off += state == ONCE_SEEN;
	keep(m, number, r, state);
}

static void note_size(const struct record *r)
{
	char name[RECORD_NAME_BYTES];

	if (!(r->notes & (NOTE_OUTPUT_CUT | NOTE_PART_LEFT)))
		return;
	record_name(r, name);
	notice(NOTICE_REGION_UNREADABLE,
	       "%s is larger than the memory to read it: a part is left out here, all of it stays "
	       "in RAM; use a smaller record or console size",
	       name);
}

/* @word: not NULL: the digests are wanted, and nothing else is done with the records. */
static void read_zone_records(struct monitor *m, uint32_t i, struct once_word *word,
			      enum once_state group)
{
	struct record r = { .n_pieces = 1 };

	for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
		enum om_err err;

		/* nothing is searched for yet, so that a zone has as many records at every start */
		m->effort = (struct effort){ 0 };
		err = store_read(&m->store, i, piece, m->work, &r);
		if (err == OM_E_EMPTY || err == OM_E_BAD_MAGIC)
			return;
		if (err != OM_OK && word)
			return;
		if (err != OM_OK) {
			notice(NOTICE_REGION_UNREADABLE,
			       "record %u cannot be read (%s): it stays in RAM; use a smaller "
			       "record or console size",
			       i, om_err_name(err));
			return;
		}
		if (!word)
			note_size(&r);
		if (word)
			once_word_add(word, r.digest);
		else if (m->warm && !m->retained.group_zones)
			note(m, i, &r, once_state_of(&m->retained, r.digest));
		else
			note(m, i, &r, group);
	}
}

/* The zones from @first on whose records have one digest in the page. Returns the next one. */
static uint32_t read_group(struct monitor *m, uint32_t first, uint32_t n)
{
	const uint32_t zones = m->warm ? m->retained.group_zones : 0;
	const uint32_t n_dmesg = m->region.layout.n_dmesg;
	struct once_word word = { 0 };
	enum once_state state = ONCE_NEW;
	uint32_t end = first + 1;

	while (zones && end < n &&
	       once_group_of(zones, n_dmesg, end) == once_group_of(zones, n_dmesg, first))
		end++;
	for (uint32_t i = first; zones && i < end; i++)
		read_zone_records(m, i, &word, state);
	if (zones)
		state = once_state_of(&m->retained, word.word);
	for (uint32_t i = first; i < end; i++)
		read_zone_records(m, i, NULL, state);
	return end;
}

static void read_all(struct monitor *m)
{
	uint32_t n = m->store.n;

	if (n > UINT16_MAX)
		n = UINT16_MAX;
	for (uint32_t i = 0; i < n;)
		i = read_group(m, i, n);
}

/* ---- damaged streams ----------------------------------------------------------------------- */

/* Until when, 0: no end; in @watch. */
static struct effort effort_for(const struct monitor *m, struct stopwatch *watch)
{
	const uint32_t a = m->options.archive_seconds;
	const uint32_t b = m->options.seconds;
	const uint32_t seconds = a == 0 || (b != 0 && b < a) ? b : a;
	const uint64_t tokens = (uint64_t)seconds * (EFFORT_PER_SECOND / READINGS);
	struct effort effort = { .left = EFFORT_ALL };

	stopwatch_start(watch, m, (uint64_t)seconds * (US_PER_S / READINGS));
	if (!seconds || watch->has_clock)
		effort.until = stopwatch_deadline(watch);
	else if (tokens < EFFORT_ALL)
		effort.left = (uint32_t)tokens;
	return effort;
}

/*
 * Record @i of the facts once more, its damage searched to the end or until the time is over. If it
 * has a second reading then, that is kept, too; the retained page knows both by the first one.
 */
static void mend(struct monitor *m, uint32_t i, const struct effort *effort)
{
	struct record *f = &m->facts[i];
	const bool had_second = f->has_mended;
	struct record r, second;

	m->effort = *effort;
	if (store_read(&m->store, m->number[i], f->piece, m->work, &r) != OM_OK ||
	    r.digest != f->digest || (had_second && !r.has_mended))
		return;
	if (r.reason != f->reason) /* its title was damaged */
		evidence_add(&m->evidence, &r, m->seen[i]);
	*f = r;
	if (!r.has_mended || had_second)
		return;
	m->effort = (struct effort){ .left = r.effort };
	if (store_read(&m->store, m->number[i], r.piece + 1, m->work, &second) == OM_OK)
		keep(m, m->number[i], &second,
		     m->told[i]	  ? ONCE_REPORTED
		     : m->seen[i] ? ONCE_SEEN
				  : ONCE_NEW);
}

/* What was damaged and not searched yet, newest and worst first. */
static void mend_all(struct monitor *m)
{
	const uint32_t n = m->n_facts;
	struct stopwatch watch;
	struct effort effort = effort_for(m, &watch);

	report_order(m->facts, n, m->order);
	for (uint32_t k = 0; k < n && effort.left > 0 && !deadline_is_over(&effort.until); k++) {
		const uint32_t i = m->order[k];

		if (!(m->facts[i].notes & NOTE_SEARCH_CUT) || (m->told[i] && !m->options.again))
			continue;
		mend(m, i, &effort);
		if (!effort.until.left_us)
			effort.left -= m->effort.spent < effort.left ? m->effort.spent
								     : effort.left;
	}
}

/* Where the last kernel had its region; no bytes: it had none. */
static struct range last_region(const struct monitor *m)
{
	return (struct range){ m->last.base_pa, m->last.region_bytes };
}

bool crash_map(const struct monitor *m)
{
	const struct range region = last_region(m);

	return region.bytes && map_or_say(region, ARCH_EVIDENCE, "the ramoops region");
}

void crash_unmap(const struct monitor *m)
{
	const struct range region = last_region(m);
	const struct range dtb = { (uintptr_t)m->dtb, m->dtb_bytes };

	/* whatever the retained page says: the tree is read until Linux starts */
	if (region.bytes && !range_overlaps(region, dtb))
		arch_unmap(region);
}

static void read_at(struct monitor *m, const struct geometry *geom, uint32_t cpus)
{
	m->region_state = OM_E_NOT_FOUND;
	crash_unmap(m); /* of another place, looked at before */
	m->last = *geom;
	if (!crash_map(m))
		return;
	m->region_state = region_open(
		(struct span){ (const uint8_t *)(uintptr_t)m->last.base_pa, m->last.region_bytes },
		&m->last, cpus, &m->region);
	if (!m->memory.work.bytes) /* that was said */
		return;
	if (m->region_state == OM_OK)
		fit_region(m);
	m->region.effort = &m->effort;
	if (m->region_state == OM_OK)
		ramoops_store(&m->region, &m->store);
	if (m->region_state == OM_OK && take_scratch(m) && take_facts(m))
		read_all(m);
	else if (m->region_state)
		notice(NOTICE_REGION_UNREADABLE, "the ramoops region at 0x%llx cannot be read (%s)",
		       (unsigned long long)m->last.base_pa, om_err_name(m->region_state));
}

/*
 * Looks for the region of ramoops.mem_name= in the RAM that nobody claims, from the top. Memory is
 * mapped as it is read, a few stretches at most, as each may take two page tables.
 */
static bool named_search(const struct monitor *m, struct named *n)
{
	enum { STRETCHES = 4 };
	static const uint64_t end = 0xfffff000;
	static struct ranges free; /* too large for the stack */
	bool found = false;

	free = m->plan.banks;
	ranges_remove(&free, range_make(end, UINT64_MAX));
	room_remove_claims(&m->plan.work.survey, true, &free);
	for (uint32_t i = 0; i < STRETCHES && i < free.n && !found; i++) {
		const struct range r = free.r[free.n - 1 - i];
		const uint8_t *p = (const uint8_t *)(uintptr_t)r.base_pa;

		if (arch_map(r, ARCH_EVIDENCE) != OM_OK)
			continue;
		found = named_find(n, (struct span){ p, (size_t)r.bytes }, r.base_pa);
		arch_unmap(r);
	}
	return found;
}

static bool read_named(struct monitor *m)
{
	struct named n;

	if (!named_open(&m->plan.params, m->plan.cpus, &n) || !named_search(m, &n))
		return false;
	m->last = n.geom;
	memory_place(m); /* nobody knew of this region before */
	read_at(m, &n.geom, n.cpus);
	if (m->n_facts > 0)
		notice(NOTICE_NAMED_FOUND,
		       "reserve_mem= put the last kernel's ramoops region at 0x%llx",
		       (unsigned long long)n.geom.base_pa);
	return m->n_facts > 0;
}

/* Of the places where a region can be, the one that counts. */
static void read_region(struct monitor *m)
{
	if (read_named(m))
		return;
	if (m->warm) {
		/* what the crashed kernel had, whatever holds now */
		read_at(m, &m->retained.geom, m->retained.cpus);
		return;
	}
	read_at(m, &m->plan.geom, m->plan.cpus);
	/* The first start with a monitor: the kernel before knew only the tree's own place. */
	if (m->n_facts > 0 || !m->plan.earlier_is_readable)
		return;
	read_at(m, &m->plan.earlier, m->plan.cpus);
	if (m->n_facts == 0)
		read_at(m, &m->plan.geom, m->plan.cpus);
}

void crash_read_step(void *ctx)
{
	struct monitor *m = ctx;
	uint64_t start_us = 0;
	const bool timed = m->has_clock && arch_time_us(&start_us);

	read_region(m);
	if (m->region_state == OM_OK && m->n_facts > 0)
		mend_all(m);
	if (timed && arch_time_us(&m->reading_us))
		m->reading_us -= start_us;
}

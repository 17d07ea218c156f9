/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what the last kernel left, through a read-only mapping, and the verdict. */
#include "crash.h"

#include "core/place/named.h"
#include "drivers/clock.h"
#include "drivers/soc.h"
#include "machine.h"
#include "notice.h"
#include "stopwatch.h"

/* What is known of the records, in memory of its own (memory.c). */
struct facts {
	struct record record[FACTS_MAX];
	uint32_t order[FACTS_MAX];
	uint16_t number[FACTS_MAX];
	bool reported[FACTS_MAX], seen[FACTS_MAX];
	const struct record *job_records[FACTS_MAX];
	uint16_t job_numbers[FACTS_MAX];
	struct once once;
};

_Static_assert((int)FACTS_MAX >= (int)RETAINED_REPORTED_MAX, "facts of all that have a digest");
_Static_assert((int)FACTS_BYTES >= (int)sizeof(struct facts), "all facts have their memory");

/*
 * Of the seconds for the archive or the report, whichever are fewer, a part goes to searches in
 * damaged streams. What they took is taken once more whenever the record is read again: here for a
 * second reading, then for the archive's card, for its chapters, and for the summary.
 */
enum {
	READINGS = 6,
	EFFORT_PER_SECOND = 1 << 20 /* without a clock: a slow core's */
};

static bool take_facts(struct crash *c)
{
	struct facts *f = (struct facts *)(uintptr_t)c->memory->facts.base_pa;

	if (!map_or_say(c->memory->facts, ARCH_RAM, "memory for facts"))
		return false;
	c->facts = f->record;
	c->order = f->order;
	c->number = f->number;
	c->reported = f->reported;
	c->seen = f->seen;
	c->job_records = f->job_records;
	c->job_numbers = f->job_numbers;
	c->once = &f->once;
	once_start(c->once, c->region.layout.n_dmesg);
	return true;
}

/* Scratch for decoding; only what is needed gets mapped, for all of it must be cleaned later. */
static bool take_scratch(struct crash *c)
{
	const uint64_t start = c->memory->scratch.base_pa;
	size_t cap = (size_t)c->memory->scratch.bytes;
	size_t need = c->store.work_bytes;

	if (need < cap)
		cap = need;
	if (!map_or_say((struct range){ start, cap }, ARCH_RAM, "scratch memory"))
		return false;
	c->work = (struct workspace){ (uint8_t *)(uintptr_t)start, cap };
	return true;
}

/*
 * Without a valid retained page the region may be cold RAM noise: only what passes all the
 * checks there are is evidence then. Without ECC that is a zone header as a writer leaves it,
 * three numbers that noise does not have.
 */
static bool counts(const struct crash *c, const struct record *r)
{
	/* it is no sign of noise that there was no room for all of it */
	const uint32_t damage = r->notes & ~(uint32_t)(NOTE_OUTPUT_CUT | NOTE_PART_LEFT);

	return c->page->warm || r->quality <= QUALITY_UNCHECKED ||
	       (r->quality == QUALITY_SALVAGED && !damage);
}

/* Where the facts of one more record go, FACTS_MAX: nowhere. Of the dmesg ones the least goes. */
static uint32_t make_room(struct crash *c, const struct record *r, bool reported)
{
	uint32_t least = FACTS_MAX;

	if (c->n_facts < FACTS_MAX)
		return c->n_facts;
	for (uint32_t i = 0; i < FACTS_MAX; i++) {
		const struct record *a = least < FACTS_MAX ? &c->facts[least] : r;
		const bool a_reported = least < FACTS_MAX ? c->reported[least] : reported;

		if (c->facts[i].kind != ZONE_DMESG)
			continue;
		if ((a->kind != ZONE_DMESG) ||
		    (a_reported != c->reported[i] ? c->reported[i]
						  : report_is_before(a, &c->facts[i])))
			least = i;
	}
	return least;
}

static void leave_out(struct crash *c, uint32_t number, bool reported)
{
	struct report_beyond *b = &c->beyond;

	if (reported && !c->options->again) {
		c->n_old_left_out++;
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
static void keep(struct crash *c, uint32_t number, const struct record *r, enum once_state state)
{
	const bool was_full = c->n_facts == FACTS_MAX;
	const bool reported = state == ONCE_REPORTED;
	const uint32_t at = make_room(c, r, reported);

	if (was_full)
		leave_out(c, at < FACTS_MAX ? c->number[at] : number,
			  at < FACTS_MAX ? c->reported[at] : reported);
	if (at == FACTS_MAX)
		return;
	c->facts[at] = *r;
	c->number[at] = (uint16_t)number;
	c->reported[at] = reported;
	c->seen[at] = state != ONCE_NEW;
	c->n_facts += !was_full;
}

static void note(struct crash *c, uint32_t number, const struct record *r, enum once_state state)
{
	if (!counts(c, r))
		return;
	evidence_add(&c->evidence, r, state != ONCE_NEW);
	once_add(c->once, number, r->digest, state);
	c->n_put_off += state == ONCE_SEEN;
	keep(c, number, r, state);
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
static void read_zone_records(struct crash *c, uint32_t i, struct once_word *word,
			      enum once_state group)
{
	struct record r = { .n_pieces = 1 };

	for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
		enum om_err err;

		/* nothing is searched for yet, so that a zone has as many records at every start */
		c->effort = (struct effort){ 0 };
		err = store_read(&c->store, i, piece, c->work, &r);
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
		else if (c->page->warm && !c->page->retained.group_zones)
			note(c, i, &r, once_state_of(&c->page->retained, r.digest));
		else
			note(c, i, &r, group);
	}
}

/* The zones from @first on whose records have one digest in the page. Returns the next one. */
static uint32_t read_group(struct crash *c, uint32_t first, uint32_t n)
{
	const uint32_t zones = c->page->warm ? c->page->retained.group_zones : 0;
	const uint32_t n_dmesg = c->region.layout.n_dmesg;
	struct once_word word = { 0 };
	enum once_state state = ONCE_NEW;
	uint32_t end = first + 1;

	watchdogs_feed_now();
	while (zones && end < n &&
	       once_group_of(zones, n_dmesg, end) == once_group_of(zones, n_dmesg, first))
		end++;
	for (uint32_t i = first; zones && i < end; i++)
		read_zone_records(c, i, &word, state);
	if (zones)
		state = once_state_of(&c->page->retained, word.word);
	for (uint32_t i = first; i < end; i++)
		read_zone_records(c, i, NULL, state);
	return end;
}

static void read_all(struct crash *c)
{
	uint32_t n = c->store.n;

	if (n > UINT16_MAX)
		n = UINT16_MAX;
	for (uint32_t i = 0; i < n;)
		i = read_group(c, i, n);
}

void crash_add_record(struct crash *c, struct store *first,
		      enum om_err (*read)(const void *ctx, uint32_t i, uint32_t piece,
					  struct workspace work, struct record *out),
		      size_t work_bytes)
{
	const uint32_t i = c->store.n;

	*first = c->store;
	c->store.n = i + 1;
	c->store.read = read;
	if (work_bytes > c->store.work_bytes)
		c->store.work_bytes = work_bytes;
	if (take_scratch(c))
		(void)read_group(c, i, c->store.n);
}

/* ---- damaged streams ----------------------------------------------------------------------- */

/* Until when, 0: no end; in @watch. */
static struct effort effort_for(const struct crash *c, struct stopwatch *watch)
{
	const uint32_t a = c->options->archive_seconds;
	const uint32_t b = c->options->seconds;
	const uint32_t seconds = a == 0 || (b != 0 && b < a) ? b : a;
	const uint64_t tokens = (uint64_t)seconds * (EFFORT_PER_SECOND / READINGS);
	struct effort effort = { .left = EFFORT_ALL };

	stopwatch_start(watch, (uint64_t)seconds * (US_PER_S / READINGS), c->reading_us);
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
static void mend(struct crash *c, uint32_t i, const struct effort *effort)
{
	struct record *f = &c->facts[i];
	const bool had_second = f->has_mended;
	struct record r, second;

	c->effort = *effort;
	if (store_read(&c->store, c->number[i], f->piece, c->work, &r) != OM_OK ||
	    r.digest != f->digest || (had_second && !r.has_mended))
		return;
	if (r.reason != f->reason) /* its title was damaged */
		evidence_add(&c->evidence, &r, c->seen[i]);
	*f = r;
	if (!r.has_mended || had_second)
		return;
	c->effort = (struct effort){ .left = r.effort };
	if (store_read(&c->store, c->number[i], r.piece + 1, c->work, &second) == OM_OK)
		keep(c, c->number[i], &second,
		     c->reported[i] ? ONCE_REPORTED
		     : c->seen[i]   ? ONCE_SEEN
				    : ONCE_NEW);
}

/* What was damaged and not searched yet, newest and worst first. */
static void mend_all(struct crash *c)
{
	const uint32_t n = c->n_facts;
	struct stopwatch watch;
	struct effort effort = effort_for(c, &watch);

	report_order(c->facts, n, c->order);
	for (uint32_t k = 0; k < n && effort.left > 0 && !deadline_is_over(&effort.until); k++) {
		const uint32_t i = c->order[k];

		if (!(c->facts[i].notes & NOTE_SEARCH_CUT) ||
		    (c->reported[i] && !c->options->again))
			continue;
		mend(c, i, &effort);
		if (!effort.until.left_us)
			effort.left -= c->effort.spent < effort.left ? c->effort.spent
								     : effort.left;
	}
}

bool crash_map(const struct crash *c)
{
	const struct range region = geometry_range(&c->last);

	return region.bytes && map_or_say(region, ARCH_EVIDENCE, "the ramoops region");
}

void crash_unmap(const struct crash *c)
{
	const struct range region = geometry_range(&c->last);

	/* whatever the retained page says: the tree is read until Linux starts */
	if (region.bytes && !range_overlaps(region, tree_range(c->tree)))
		arch_unmap(region);
}

/* Whoever loaded us knew nothing of the region. */
static void print_loaded_over(const struct crash *c)
{
	static const struct {
		enum memory_taken who;
		const char *name;
	} loaded[] = {
		{ MEMORY_SELF, "the monitor's own file" },
		{ MEMORY_PAYLOAD, "the wrapped kernel" },
		{ MEMORY_DTB, "the device tree" },
	};
	const struct range region = geometry_range(&c->last);

	for (uint32_t i = 0; i < sizeof(loaded) / sizeof(loaded[0]); i++) {
		const struct range r = c->memory->in.taken[loaded[i].who];

		if (range_overlaps(region, r))
			notice(NOTICE_LOADED_OVER,
			       "%s was loaded to 0x%llx, into the last kernel's carve-out at "
			       "0x%llx: what was there is lost; load it elsewhere",
			       loaded[i].name, (unsigned long long)r.base_pa,
			       (unsigned long long)region.base_pa);
	}
}

static void read_at(struct crash *c, const struct geometry *geom, uint32_t cpus)
{
	c->region_state = OM_E_NOT_FOUND;
	crash_unmap(c); /* of another place, looked at before */
	c->last = *geom;
	print_loaded_over(c);
	if (!crash_map(c))
		return;
	c->region_state = region_open(
		(struct span){ (const uint8_t *)(uintptr_t)c->last.base_pa, c->last.region_bytes },
		&c->last, cpus, &c->region);
	if (!c->memory->work.bytes) /* that was said */
		return;
	if (c->region_state == OM_OK)
		fit_region(c);
	c->region.effort = &c->effort;
	if (c->region_state == OM_OK)
		ramoops_store(&c->region, &c->store);
	if (c->region_state == OM_OK && take_scratch(c) && take_facts(c))
		read_all(c);
	else if (c->region_state)
		notice(NOTICE_REGION_UNREADABLE, "the ramoops region at 0x%llx cannot be read (%s)",
		       (unsigned long long)c->last.base_pa, om_err_name(c->region_state));
}

/*
 * Looks for the region of ramoops.mem_name= in the RAM that nobody claims, from the top. Memory is
 * mapped as it is read, a few stretches at most, as each may take two page tables.
 */
static bool named_search(const struct crash *c, struct named *n)
{
	enum { STRETCHES = 4 };
	static const uint64_t end = 0xfffff000;
	static struct ranges free; /* too large for the stack */
	bool found = false;

	free = c->plan->banks;
	ranges_remove(&free, range_make(end, UINT64_MAX));
	room_remove_claims(&c->plan->work.survey, true, &free);
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

static bool read_named(struct crash *c)
{
	struct named n;

	if (!named_open(&c->plan->params, c->plan->cpus, &n) || !named_search(c, &n))
		return false;
	memory_place_beside(c->memory, geometry_range(&n.geom));
	read_at(c, &n.geom, n.cpus);
	if (c->n_facts > 0)
		notice(NOTICE_NAMED_FOUND,
		       "reserve_mem= put the last kernel's ramoops region at 0x%llx",
		       (unsigned long long)n.geom.base_pa);
	return c->n_facts > 0;
}

/* Of the places where a region can be, the one that counts. */
static void read_region(struct crash *c)
{
	if (read_named(c))
		return;
	if (c->page->warm) {
		/* what the crashed kernel had, whatever holds now */
		read_at(c, &c->page->retained.geom, c->page->retained.cpus);
		return;
	}
	read_at(c, &c->plan->geom, c->plan->cpus);
	/* The first start with a monitor: the kernel before knew only the tree's own place. */
	if (c->n_facts > 0 || !c->plan->earlier_is_readable)
		return;
	read_at(c, &c->plan->earlier, c->plan->cpus);
	if (c->n_facts == 0)
		read_at(c, &c->plan->geom, c->plan->cpus);
}

void crash_read(struct crash *c)
{
	uint64_t start_us = 0;
	const bool timed = clock_us(&start_us);

	read_region(c);
	if (c->region_state == OM_OK && c->n_facts > 0)
		mend_all(c);
	if (timed && clock_us(&c->reading_us))
		c->reading_us -= start_us;
}

void crash_judge(struct crash *c)
{
	if (c->n_facts)
		report_order(c->facts, c->n_facts, c->order);
	c->evidence.warm = c->page->warm;
	c->verdict = verdict_of(&c->evidence);
}

bool crash_is_news(const struct crash *c)
{
	return verdict_is_news(c->verdict) || c->n_put_off > 0;
}

enum om_err fact_read(const struct crash *c, uint32_t i, struct record *out)
{
	return store_again(&c->store, c->number[i], &c->facts[i], c->work, out);
}

bool fact_is_wanted(const struct crash *c, uint32_t i)
{
	return c->options->again || !c->reported[i];
}

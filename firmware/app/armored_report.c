/* SPDX-License-Identifier: BSD-2-Clause */
#include "armored_report.h"

#include "../board/board.h"
#include "console.h"
#include "core/report/report_send.h"
#include "drivers/clock.h"
#include "machine.h"
#include "stopwatch.h"

#include <string.h>

_Static_assert((int)FACTS_MAX <= (int)REPORT_RECORDS_MAX, "a report takes all records");
_Static_assert(sizeof(OM_VERSION) <= REPORT_NAME_BYTES, "the version fits a head");

static void print(void *ctx, const char *chars, size_t len)
{
	(void)ctx;
	con_printf("%.*s\n", (int)len, chars);
}

static void fill_head(struct packed *p, const struct crash *c, struct report_head *h)
{
	const struct page *page = c->page;
	uint64_t now;

	h->id = 0;
	memcpy(h->monitor, OM_VERSION, sizeof(OM_VERSION));
	memcpy(h->board, board.name, strnlen(board.name, REPORT_NAME_BYTES - 1));
	h->boot_count = page->retained.boot_count;
	h->warm = page->warm;
	if (c->tree->cause != CAUSE_UNKNOWN)
		memcpy(h->cause, reset_cause_name(c->tree->cause), RESET_CAUSE_BYTES);
	h->verdict = c->verdict;
	/* reported again, it has the same lines: the time of the first one stays */
	h->has_uptime = clock_us(&now);
	if (h->has_uptime && !p->uptime_us)
		p->uptime_us = now - p->start_us;
	h->uptime_us = p->uptime_us;
	h->baud = con_rate();
	h->geom = c->region.geom;
	h->era = c->region.layout.era;
	h->n_ftrace = c->region.layout.n_ftrace;
	h->writer_version = c->region.layout.writer_version;
	h->n_old = c->n_old_left_out;
	h->beyond = c->beyond;
}

/*
 * The head and the list of what is wanted. True: the list was the same before, in order and number,
 * so that what points to it stays good.
 */
static bool fill_job(struct packed *p, const struct crash *c,
		     bool (*wanted)(const struct crash *c, uint32_t i), struct report_job *out)
{
	const struct range memory = c->memory->report;
	struct report_head *h = &out->head;
	bool same = true;

	*out = (struct report_job){
		.store = &c->store,
		.records = c->job_records,
		.numbers = c->job_numbers,
		.work = c->work,
		.memory = { (uint8_t *)(uintptr_t)memory.base_pa, (size_t)memory.bytes },
	};
	fill_head(p, c, h);
	for (uint32_t i = 0; i < c->n_facts; i++) {
		const uint32_t at = c->order[i];
		const struct record *fact = &c->facts[at];

		if (!wanted(c, at)) {
			h->n_old++;
			continue;
		}
		same = same && c->job_records[h->n_records] == fact;
		c->job_records[h->n_records] = fact;
		c->job_numbers[h->n_records++] = c->number[at];
	}
	h->id = report_id(out->records, h->n_records);
	return same;
}

static bool is_same(const struct report_head *a, const struct report_head *b)
{
	return a->id == b->id && a->n_old == b->n_old && a->n_records == b->n_records;
}

struct chapters *chapters_of(struct packed *p, const struct crash *crash,
			     bool (*wanted)(const struct crash *c, uint32_t i))
{
	struct chapters *before = p->chapters;
	struct report_job job;

	p->chapters = NULL; /* if what follows faults, there are none */
	if (!map_or_say(crash->memory->report, ARCH_RAM, "memory for the report"))
		return NULL;
	if (!fill_job(p, crash, wanted, &job) || !before ||
	    !is_same(&chapters_job(before)->head, &job.head))
		before = chapters_start(&job);
	p->chapters = before;
	return before;
}

bool armored_print(struct packed *p, const struct crash *crash, uint32_t spent_bytes)
{
	static struct report_send send;
	const struct report_options *o = crash->options;
	const uint32_t budget = report_budget_bytes(o, con_rate());
	struct stopwatch watch;

	send = (struct report_send){ .chapters = chapters_of(p, crash, fact_is_wanted) };
	if (!send.chapters)
		return false;
	stopwatch_start(&watch, (uint64_t)o->seconds * US_PER_S, crash->reading_us);
	send.parity = o->parity;
	send.seconds = o->seconds;
	send.budget = budget == UINT32_MAX   ? budget
		      : budget > spent_bytes ? budget - spent_bytes
					     : 0;
	send.until = stopwatch_deadline(&watch);
	send.print = print;
	(void)report_send(&send);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The armored report: what core/report/report_send.c needs, and its lines to the console. */
#include "console.h"
#include "core/report/report_send.h"
#include "monitor.h"
#include "stopwatch.h"

#include <string.h>

_Static_assert((int)FACTS_MAX <= (int)REPORT_RECORDS_MAX, "a report takes all records");
_Static_assert(sizeof(OM_VERSION) <= REPORT_NAME_BYTES, "the version fits a head");

static void print(void *ctx, const char *chars, size_t len)
{
	(void)ctx;
	con_printf("%.*s\n", (int)len, chars);
}

static void fill_head(struct monitor *m, struct report_head *h)
{
	h->id = 0;
	memcpy(h->monitor, OM_VERSION, sizeof(OM_VERSION));
	memcpy(h->board, board.name, strnlen(board.name, REPORT_NAME_BYTES - 1));
	h->boot_count = m->retained.boot_count;
	h->warm = m->warm;
	h->verdict = m->verdict;
	/* told again, the report has the same lines: the time of the first one stays */
	if (m->has_clock && !m->uptime_us && arch_time_us(&m->uptime_us))
		m->uptime_us -= m->start_us;
	h->has_uptime = m->has_clock;
	h->uptime_us = m->uptime_us;
	h->baud = con_rate();
	h->geom = m->region.geom;
	h->era = m->region.layout.era;
	h->n_ftrace = m->region.layout.n_ftrace;
	h->writer_version = m->region.layout.writer_version;
	h->n_old = m->n_old_left_out;
	h->beyond = m->beyond;
}

/*
 * The head and the list of what is wanted. True: the list was the same before, in order and number,
 * so that what points to it stays good.
 */
static bool fill_job(struct monitor *m, const uint32_t *order,
		     bool (*wanted)(const struct monitor *m, uint32_t i), struct report_job *out)
{
	struct report_head *h = &out->head;
	bool same = true;

	*out = (struct report_job){
		.store = &m->store,
		.records = m->job_records,
		.numbers = m->job_numbers,
		.work = m->work,
		.memory = { (uint8_t *)(uintptr_t)m->memory.report.base_pa,
			    (size_t)m->memory.report.bytes },
	};
	fill_head(m, h);
	for (uint32_t i = 0; i < m->n_facts; i++) {
		const struct record *fact = &m->facts[order[i]];

		if (!wanted(m, order[i])) {
			h->n_old++;
			continue;
		}
		same = same && m->job_records[h->n_records] == fact;
		m->job_records[h->n_records] = fact;
		m->job_numbers[h->n_records++] = m->number[order[i]];
	}
	h->id = report_id(out->records, h->n_records);
	return same;
}

static bool is_same(const struct report_head *a, const struct report_head *b)
{
	return a->id == b->id && a->n_old == b->n_old && a->n_records == b->n_records;
}

struct chapters *chapters_of(struct monitor *m, const uint32_t *order,
			     bool (*wanted)(const struct monitor *m, uint32_t i))
{
	struct chapters *before = m->chapters;
	struct report_job job;

	m->chapters = NULL; /* if what follows faults, there are none */
	if (!map_or_say(m->memory.report, ARCH_RAM, "memory for the report"))
		return NULL;
	if (!fill_job(m, order, wanted, &job) || !before ||
	    !is_same(&chapters_job(before)->head, &job.head))
		before = chapters_start(&job);
	m->chapters = before;
	return before;
}

/* What the summary's last lines have left of the line's time. */
static uint32_t bytes_left(const struct monitor *m, uint32_t baud)
{
	const uint32_t budget = report_budget_bytes(&m->options, baud);

	if (budget == UINT32_MAX)
		return budget;
	return budget > m->tail_bytes ? budget - m->tail_bytes : 0;
}

bool armored_print(struct monitor *m, const uint32_t *order)
{
	static struct report_send send;
	struct stopwatch watch;

	send = (struct report_send){ .chapters = chapters_of(m, order, fact_is_wanted) };
	if (!send.chapters)
		return false;
	stopwatch_start(&watch, m, (uint64_t)m->options.seconds * US_PER_S);
	send.parity = m->options.parity;
	send.seconds = m->options.seconds;
	send.budget = bytes_left(m, chapters_job(send.chapters)->head.baud);
	send.until = stopwatch_deadline(&watch);
	send.print = print;
	(void)report_send(&send);
	return true;
}

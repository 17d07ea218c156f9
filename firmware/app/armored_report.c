/* SPDX-License-Identifier: BSD-2-Clause */
/* The armored report: what core/report_send.c needs, and its lines to the console. */
#include "console.h"
#include "monitor.h"

#include <string.h>

extern uint8_t __report_start[], __report_end[];

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
}

bool report_job_make(struct monitor *m, const uint32_t *order,
		     bool (*wanted)(const struct monitor *m, uint32_t i), struct job *out)
{
	const struct range memory = { (uintptr_t)__report_start,
				      (uintptr_t)__report_end - (uintptr_t)__report_start };
	struct report_head *h = &out->report.head;

	*out = (struct job){ .records = m->job_records, .zones = m->job_zones };
	if (!map_or_say(memory, ARCH_RAM, "memory for the report"))
		return false;
	out->report = (struct report_job){ .region = &m->region,
					   .records = out->records,
					   .zones = out->zones,
					   .work = m->work,
					   .memory = { __report_start, (size_t)memory.bytes },
					   .budget = UINT32_MAX };
	fill_head(m, h);
	for (uint32_t i = 0; i < m->n_facts; i++) {
		if (!wanted(m, order[i])) {
			h->n_old++;
			continue;
		}
		out->records[h->n_records] = &m->facts[order[i]];
		out->zones[h->n_records++] = m->number[order[i]];
	}
	h->id = report_id(out->records, h->n_records);
	return true;
}

/* What the summary's last lines have left of the line's time. */
static uint32_t bytes_left(const struct monitor *m, uint32_t baud)
{
	const uint32_t budget = telling_budget(&m->wish, baud);

	if (budget == UINT32_MAX)
		return budget;
	return budget > m->tail_bytes ? budget - m->tail_bytes : 0;
}

bool armored_tell(struct monitor *m, const uint32_t *order)
{
	struct job job;

	if (!report_job_make(m, order, fact_is_wanted, &job))
		return false;
	job.report.parity = m->wish.parity;
	job.report.seconds = m->wish.seconds;
	job.report.budget = bytes_left(m, job.report.head.baud);
	job.report.print = print;
	(void)report_send(&job.report);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A new crash to the archive in flash, before it is told at length. */
#include "core/archive.h"
#include "core/archive_entry.h"
#include "core/crc32.h"
#include "core/headline.h"
#include "monitor.h"
#include "notice.h"

#include <string.h>

static const char not_archived[] = "the crash is not archived";

struct writer {
	struct archive *archive;
	enum om_err err;
	bool cut; /* not all of the crash: there is no room for it */
	uint32_t bytes;
	size_t waiting; /* bytes in @first: each write is a chunk with a head of its own */
	uint8_t first[ARCHIVE_CARD_BYTES + ARCHIVE_STREAM_HEAD_BYTES];
};

static bool put(struct writer *w, struct span bytes, bool last)
{
	w->err = archive_append(w->archive, bytes, last);
	if (w->err)
		return false;
	w->bytes += (uint32_t)bytes.len;
	return true;
}

static bool put_chapter(void *ctx, struct span stream)
{
	struct writer *w = ctx;
	uint8_t *head = w->first + w->waiting;
	const struct span before = { w->first, w->waiting + ARCHIVE_STREAM_HEAD_BYTES };

	le32_store(head, (uint32_t)stream.len);
	le32_store(head + 4, crc32_update(0, stream.p, stream.len));
	w->waiting = 0;
	return put(w, before, false) && put(w, stream, false);
}

/* Records that an earlier start has seen, but was not to tell, were archived by it if it could. */
static bool is_new(const struct monitor *m, uint32_t i)
{
	return !m->told[i] &&
	       !(m->retained.archived && retained_was_seen(&m->retained, m->facts[i].digest));
}

/* The line that says why the log ended, of the record that tells most. */
static void find_headline(const struct monitor *m, const struct job *job, struct archive_card *card)
{
	const struct record *const *r = job->report.records;
	struct headline h;
	struct record now;
	size_t len;

	if (r[0]->kind > ZONE_CONSOLE ||
	    record_read(&m->region, job->zones[0], r[0]->piece, m->work, &now))
		return;
	headline_find(now.text, &h);
	len = h.cause.len < sizeof(card->headline) ? h.cause.len : sizeof(card->headline) - 1;
	if (len)
		memcpy(card->headline, h.cause.p, len);
}

static void fill_card(const struct monitor *m, const struct job *job, struct archive_card *card)
{
	const struct report_head *h = &job->report.head;

	*card = (struct archive_card){ .id = h->id,
				       .boot_count = h->boot_count,
				       .warm = h->warm,
				       .verdict = h->verdict,
				       .region_pa = h->geom.base_pa,
				       .region_bytes = h->geom.region_bytes,
				       .n_records = h->n_records };
	memcpy(card->monitor, h->monitor, sizeof(card->monitor));
	memcpy(card->board, h->board, sizeof(card->board));
	for (uint32_t i = 0; i < h->n_records; i++) {
		const struct record *r = job->records[i];

		card->text_bytes += (uint32_t)r->text.len;
		if (r->has_time && !card->has_time) {
			card->has_time = true;
			card->time_s = r->time_sec;
		}
	}
	find_headline(m, job, card);
}

/*
 * Bytes of streams that an entry may have: all blocks but the one it begins in, of which each has
 * a head, and chunks with theirs; an eighth is kept for what is not full.
 */
static uint32_t room_for(const struct archive *a)
{
	const uint64_t bytes =
		(uint64_t)(a->n_blocks - 1) * (a->block_bytes - ARCHIVE_BLOCK_HEAD_BYTES) / 8 * 7;

	return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX - 1;
}

static enum om_err write_entry(const struct monitor *m, struct job *job, struct writer *w)
{
	struct archive_card card;

	w->err = archive_begin(w->archive);
	if (w->err)
		return w->err;
	fill_card(m, job, &card);
	w->waiting = archive_card_write(&card, (char *)w->first);
	job->report.chapter = put_chapter;
	job->report.ctx = w;
	job->report.budget = room_for(w->archive);
	/* a record that could not be read again is named in its chapter: that is no failure here */
	w->cut = !report_send(&job->report) && !w->err;
	if (!w->err)
		(void)put(w, (struct span){ w->first, w->waiting }, true);
	return w->err;
}

static void archive_job(struct monitor *m, struct job *job)
{
	static struct archive archive;
	static struct writer w;

	w = (struct writer){ .archive = &archive };
	if (!archive_reach(m, not_archived, &archive) ||
	    !archive_may_change(m, &archive, not_archived))
		return;
	if (write_entry(m, job, &w) == OM_OK) {
		m->kept = w.cut ? KEPT_CUT : KEPT_NOW;
		page_archived(m, job->report.head.id);
	} else if (archive.state != ARCHIVE_OURS) { /* not blank after all */
		archive_state_tell(&archive, not_archived);
		return;
	} else {
		m->kept = w.bytes ? KEPT_IN_PART : KEPT_IN_RAM;
		notice(NOTICE_ARCHIVE_FAILED,
		       "writing the archive at 0x%llx failed (%s): the crash is not complete "
		       "there; it may be write-protected or worn out",
		       (unsigned long long)archive_pa(), om_err_name(w.err));
	}
	m->entry = archive.entry;
	m->entry_bytes = w.bytes;
	if (archive.n_bad && w.bytes)
		notice(NOTICE_ARCHIVE_WORN,
		       "%u places of the archive at 0x%llx could not be written and were passed "
		       "over: the flash wears out",
		       archive.n_bad, (unsigned long long)archive_pa());
}

static bool is_due(const struct monitor *m)
{
	return m->region_state == OM_OK && m->n_facts > 0 &&
	       (verdict_is_news(m->verdict) || (m->n_put_off && !m->retained.archived));
}

void archive_step(void *ctx)
{
	struct monitor *m = ctx;
	uint32_t order[FACTS_MAX];
	struct job job;

	archive_place_tell(m);
	if (!is_due(m) || !m->devices.dev[DRIVER_FLASH].driver)
		return;
	telling_order(m->facts, m->n_facts, order);
	if (!report_job_make(m, order, is_new, &job) || !job.report.head.n_records)
		return;
	if (m->warm && m->retained.archived == job.report.head.id)
		m->kept = KEPT_BEFORE;
	else
		archive_job(m, &job);
	if (m->kept == KEPT_IN_RAM || m->kept == KEPT_IN_PART)
		m->retained.archived = 0;
}

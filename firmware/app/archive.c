/* SPDX-License-Identifier: BSD-2-Clause */
/* A new crash to the archive in flash, before it is told at length. */
#include "core/archive/archive.h"
#include "core/archive/archive_send.h"
#include "monitor.h"
#include "notice.h"
#include "stopwatch.h"

static const char not_archived[] = "the crash is not archived";

/* Records that an earlier start has seen, but was not to tell, were archived by it if it could. */
static bool is_new(const struct monitor *m, uint32_t i)
{
	return !m->told[i] && !(m->retained.archived && m->seen[i]);
}

static enum om_err put(void *ctx, struct span bytes, bool last)
{
	return archive_append(ctx, bytes, last);
}

static void archive_crash(struct monitor *m, struct chapters *chapters)
{
	static struct archive archive;
	static struct archive_send send;
	struct stopwatch watch;
	enum om_err err;

	if (!archive_reach(m, not_archived, &archive) ||
	    !archive_may_change(m, &archive, not_archived))
		return;
	stopwatch_start(&watch, m, (uint64_t)m->options.archive_seconds * US_PER_S);
	send = (struct archive_send){
		.chapters = chapters,
		.put = put,
		.ctx = &archive,
		.room_bytes = archive_send_room(archive.block_bytes, archive.n_blocks),
		.until = stopwatch_deadline(&watch),
	};
	err = archive_begin(&archive);
	if (!err)
		err = archive_send(&send);
	if (!err) {
		m->kept = send.cut ? KEPT_CUT : KEPT_NOW;
		page_archived(m, chapters_job(chapters)->head.id);
	} else if (archive.state != ARCHIVE_OURS) { /* not blank after all */
		archive_state_print(&archive, not_archived);
		return;
	} else {
		m->kept = send.bytes ? KEPT_IN_PART : KEPT_IN_RAM;
		notice(NOTICE_ARCHIVE_FAILED,
		       "writing the archive at 0x%llx failed (%s): the crash is not complete "
		       "there; if it is not write-protected, it is worn out",
		       (unsigned long long)archive_pa(), archive_failure());
	}
	m->entry_number = archive.entry;
	m->entry_bytes = send.bytes;
	if (archive.n_bad && send.bytes)
		notice(NOTICE_ARCHIVE_WORN,
		       "%u places of the archive at 0x%llx could not be written (%s) and were "
		       "passed over: the flash wears out",
		       archive.n_bad, (unsigned long long)archive_pa(), archive_failure());
}

static bool is_due(const struct monitor *m)
{
	return m->region_state == OM_OK && m->n_facts > 0 &&
	       (verdict_is_news(m->verdict) || (m->n_put_off && !m->retained.archived));
}

void archive_step(void *ctx)
{
	struct monitor *m = ctx;
	struct chapters *chapters;

	archive_place_print(m);
	if (!is_due(m) || !m->devices.dev[DRIVER_FLASH].driver)
		return;
	chapters = chapters_of(m, m->order, is_new);
	if (!chapters || !chapters_job(chapters)->head.n_records)
		return;
	if (m->warm && m->retained.archived == chapters_job(chapters)->head.id)
		m->kept = KEPT_BEFORE;
	else
		archive_crash(m, chapters);
	if (m->kept == KEPT_IN_RAM || m->kept == KEPT_IN_PART)
		m->retained.archived = 0;
}

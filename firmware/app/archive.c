/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive.h"

#include "core/archive/archive_send.h"
#include "notice.h"
#include "stopwatch.h"

static const char not_archived[] = "the crash is not archived";

/* Records that an earlier start has seen, but was not to report, were archived by it if it could.
 */
static bool is_new(const struct crash *c, uint32_t i)
{
	return !c->reported[i] && !(c->page->retained.archived && c->seen[i]);
}

static enum om_err put(void *ctx, struct span bytes, bool last)
{
	return archive_append(ctx, bytes, last);
}

/* The archive is ours and may be written to: says how it went. */
static void write_entry(const struct crash *c, const struct archive_place *place,
			struct archive *archive, struct chapters *chapters, struct page *page,
			struct archived *out)
{
	static struct archive_send send; /* too large for the stack */
	struct stopwatch watch;
	enum om_err err;

	stopwatch_start(&watch, (uint64_t)c->options->archive_seconds * US_PER_S, c->reading_us);
	send = (struct archive_send){
		.chapters = chapters,
		.put = put,
		.ctx = archive,
		.room_bytes = archive_send_room(archive->block_bytes, archive->n_blocks),
		.until = stopwatch_deadline(&watch),
	};
	err = archive_begin(archive);
	if (!err)
		err = archive_send(&send);
	if (!err) {
		out->kept = !send.cut			    ? KEPT_NOW
			    : deadline_is_over(&send.until) ? KEPT_LATE
							    : KEPT_CUT;
		page_archived(page, chapters_job(chapters)->head.id);
	} else if (archive->state != ARCHIVE_OURS) { /* not blank after all */
		archive_state_print(place, archive, not_archived);
		return;
	} else {
		out->kept = send.bytes ? KEPT_IN_PART : KEPT_IN_RAM;
		notice(NOTICE_ARCHIVE_FAILED,
		       "writing the archive at 0x%llx failed (%s): the crash is not complete "
		       "there; if it is not write-protected, it is worn out",
		       (unsigned long long)archive_pa(place), archive_failure(place));
	}
	out->entry = archive->entry;
	out->bytes = send.bytes;
	if (archive->n_bad && send.bytes)
		notice(NOTICE_ARCHIVE_WORN,
		       "%u places of the archive at 0x%llx could not be written (%s) and were "
		       "passed over: the flash wears out",
		       archive->n_bad, (unsigned long long)archive_pa(place),
		       archive_failure(place));
}

static bool is_due(const struct crash *c)
{
	return c->region_state == OM_OK && c->n_facts > 0 &&
	       (verdict_is_news(c->verdict) || (c->n_put_off && !c->page->retained.archived));
}

void archive_crash(const struct crash *crash, struct archive_place *place, struct packed *packed,
		   struct page *page, struct archived *out)
{
	static struct archive archive; /* too large for the stack */
	struct chapters *chapters;

	if (!is_due(crash) || !tree_device(place->tree, DRIVER_FLASH))
		return;
	chapters = chapters_of(packed, crash, is_new);
	if (!chapters || !chapters_job(chapters)->head.n_records)
		return;
	if (page->warm && page->retained.archived == chapters_job(chapters)->head.id)
		out->kept = KEPT_BEFORE;
	else if (archive_reach(place, not_archived, &archive) &&
		 archive_may_change(place, &archive, not_archived))
		write_entry(crash, place, &archive, chapters, page, out);
	if (out->kept == KEPT_IN_RAM || out->kept == KEPT_IN_PART)
		page->retained.archived = 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_send.h"

#include "archive.h"
#include "core/base/crc32.h"
#include "core/log/headline.h"
#include "core/ramoops/record_read.h"

#include <string.h>

/* A stream that names what is left out; with less, what has no room is not named. */
enum { ROOM_MIN = 1024 };

uint32_t archive_send_room(uint32_t block_bytes, uint32_t n_blocks)
{
	/* not the block it begins in; an eighth is for the heads of chunks and what is not full */
	const uint64_t bytes =
		(uint64_t)(n_blocks - 1) * (block_bytes - ARCHIVE_BLOCK_HEAD_BYTES) / 8 * 7;

	return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX - 1;
}

static bool put(struct archive_send *s, struct span bytes, bool last)
{
	s->err = s->put(s->ctx, bytes, last);
	if (s->err)
		return false;
	s->bytes += (uint32_t)bytes.len;
	return true;
}

static bool put_stream(struct archive_send *s, struct span stream)
{
	const struct archive_stream head = { (uint32_t)stream.len, PACK_ZLIB,
					     crc32_update(0, stream.p, stream.len) };
	const struct span before = { s->first, s->waiting + ARCHIVE_STREAM_HEAD_BYTES };

	archive_stream_write(&head, s->first + s->waiting);
	s->waiting = 0;
	return put(s, before, false) && put(s, stream, false);
}

/* The line that says why the log ended, of the record that matters most. */
static __attribute__((noinline)) void find_headline(const struct report_job *job,
						    struct archive_card *card)
{
	const struct record *first = job->head.n_records ? job->records[0] : NULL;
	struct headline h;
	struct record now;
	size_t len;

	if (!first || first->kind > ZONE_CONSOLE ||
	    store_again(job->store, job->numbers[0], first, job->work, &now))
		return;
	headline_find(now.text, &h);
	len = h.cause.len < sizeof(card->headline) ? h.cause.len : sizeof(card->headline) - 1;
	if (len)
		memcpy(card->headline, h.cause.p, len);
}

static void fill_card(const struct report_job *job, struct archive_card *card)
{
	const struct report_head *h = &job->head;

	*card = (struct archive_card){ .id = h->id,
				       .boot_count = h->boot_count,
				       .warm = h->warm,
				       .verdict = h->verdict,
				       .region_pa = h->geom.base_pa,
				       .region_bytes = h->geom.region_bytes,
				       .n_records = h->n_records,
				       .beyond = h->beyond };
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
	find_headline(job, card);
}

/* False: an error of @s->put. */
static bool put_chapters(struct archive_send *s)
{
	uint32_t room = s->room_bytes;
	struct chapter c = { .last = false };

	for (uint32_t n = 0; !c.last; n++) {
		if (!chapters_get(s->chapters, n, &s->until, &c) || c.stream.len > room ||
		    (!c.last && room - c.stream.len < ROOM_MIN)) {
			s->cut = true;
			return !chapters_cut(s->chapters, n, room, &s->until, &c) ||
			       put_stream(s, c.stream);
		}
		if (!put_stream(s, c.stream))
			return false;
		room -= (uint32_t)c.stream.len;
	}
	return true;
}

static bool is_all_there(const struct archive_send *s)
{
	for (uint32_t i = 0; i < chapters_job(s->chapters)->head.n_records; i++)
		if (chapters_left(s->chapters, i))
			return false;
	return true;
}

enum om_err archive_send(struct archive_send *s)
{
	const struct report_job *job = chapters_job(s->chapters);
	struct archive_card card;

	s->bytes = 0;
	s->cut = false;
	s->err = OM_OK;
	fill_card(job, &card);
	s->waiting = archive_card_write(&card, (char *)s->first);
	chapters_rewind(s->chapters);
	if (!put_chapters(s))
		return s->err;
	s->cut |= !is_all_there(s) || job->head.beyond.n;
	(void)put(s, (struct span){ s->first, s->waiting }, true);
	return s->err;
}

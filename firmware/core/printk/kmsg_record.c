/* SPDX-License-Identifier: BSD-2-Clause */
#include "kmsg_record.h"

#include "core/base/crc32.h"
#include "core/base/text.h"

#include <string.h>

/* Where the text goes: what is before @skip is passed over. */
struct sink {
	uint8_t *p;
	size_t cap;
	uint64_t skip, n;
};

/* Of bytes that have no place nothing is kept; @skip is at the end of a line. */
static void put(struct sink *s, const void *bytes, size_t n)
{
	const uint64_t at = s->n;

	s->n += n;
	if (s->p && at >= s->skip && s->n - s->skip <= s->cap)
		memcpy(s->p + (size_t)(at - s->skip), bytes, n);
}

static uint32_t put_message(struct sink *s, const struct message *m)
{
	char prefix[MESSAGE_PREFIX_BYTES];
	const uint32_t n = message_prefix(m, prefix);
	struct span text = m->text;
	uint32_t lines = 0;

	do {
		const struct span line = text_line(&text);

		put(s, prefix, n);
		if (line.len)
			put(s, line.p, line.len);
		put(s, "\n", 1);
		lines++;
	} while (text.len > 0);
	return lines;
}

static void count_message(struct kmsg_count *count, const struct message *m)
{
	if (m->label == MESSAGE_LOST) {
		count->lost += (uint32_t)m->n_lost;
		count->lost_uncounted |= m->n_lost == 0;
	} else if (m->why & MESSAGE_RESERVED) {
		count->reserved++;
	} else if (m->label == MESSAGE_UNCERTAIN) {
		count->uncertain++;
	} else {
		count->intact++;
	}
}

/* All messages to @s. Returns the end of the first one from which on the rest has room for @cap. */
static void walk_log(const struct kmsg_log *log, struct workspace text, struct sink *s,
		     struct kmsg_count *count, struct holes *holes)
{
	struct kmsg_walk walk = { 0 };
	struct message m;

	*count = (struct kmsg_count){ 0 };
	while (kmsg_next(log, &walk, text, &m)) {
		const uint64_t from = s->n;

		count_message(count, &m);
		if (m.label == MESSAGE_LOST || (m.why & MESSAGE_RESERVED))
			continue;
		count->lines += put_message(s, &m);
		if (holes && m.label == MESSAGE_UNCERTAIN && from >= s->skip)
			holes_add_until(holes, (uint32_t)(from - s->skip),
					(size_t)(s->n - s->skip));
	}
}

/* The first beginning of a message after which no more than @cap bytes follow. */
static uint64_t find_skip(const struct kmsg_log *log, struct workspace text, uint64_t all,
			  size_t cap)
{
	struct kmsg_walk walk = { 0 };
	struct sink s = { 0 };
	struct message m;

	while (all - s.n > cap && kmsg_next(log, &walk, text, &m))
		if (m.label != MESSAGE_LOST && !(m.why & MESSAGE_RESERVED))
			(void)put_message(&s, &m);
	return s.n;
}

enum om_err kmsg_record(const struct kmsg_log *log, struct workspace work, struct record *out,
			struct kmsg_count *count)
{
	const struct workspace text = { work.p, KMSG_WORK_BYTES };
	struct record r = { .kind = ZONE_CONSOLE, .is_kmsg = true, .n_pieces = 1 };
	struct sink s = { 0 };

	if (work.cap <= KMSG_WORK_BYTES)
		return OM_E_NO_SPACE;
	walk_log(log, text, &s, count, NULL);
	if (s.n == 0)
		return OM_E_EMPTY;
	s.cap = work.cap - KMSG_WORK_BYTES;
	if (s.n > s.cap) {
		s.skip = find_skip(log, text, s.n, s.cap);
		r.notes |= NOTE_PART_LEFT;
	}
	s.p = work.p + KMSG_WORK_BYTES;
	s.n = 0;
	walk_log(log, text, &s, count, &r.holes);
	if (count->lost || count->lost_uncounted)
		r.notes |= NOTE_TEXT_LOST;
	r.quality = r.notes || count->uncertain ? QUALITY_SALVAGED : QUALITY_UNCHECKED;
	r.text = (struct span){ s.p, (size_t)(s.n - s.skip) };
	r.stored_bytes = (uint32_t)r.text.len;
	r.digest = crc32_update(0, r.text.p, r.text.len);
	r.effort = EFFORT_ALL;
	*out = r;
	return OM_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

enum { NEWEST = 64, SAMPLES = 256, CLOCKS_DIFFER_NSEC = 1000000000 };

/* What makes a message none of this log. */
static const uint32_t against = MESSAGE_STATE | MESSAGE_INFO | MESSAGE_BLOCK | MESSAGE_ABSENT |
				MESSAGE_BYTES | MESSAGE_CHAIN;

/* What is wrong with message @i beside its text. */
static uint32_t look_ahead(const struct kmsg_log *log, uint32_t i)
{
	struct message m;

	if (i >= ring_messages(&log->ring) ||
	    !ring_message(log->ram, &log->ring, i, (struct workspace){ 0 }, &m))
		return 0;
	return m.why & (MESSAGE_INFO | MESSAGE_BLOCK | MESSAGE_ABSENT | MESSAGE_STATE);
}

/* The CPUs' clocks differ a little; else time does not go back. */
static void judge_time(struct kmsg_walk *w, struct message *out)
{
	if (out->ts_nsec + CLOCKS_DIFFER_NSEC < w->ts_nsec)
		out->why |= MESSAGE_INFO;
	else if (!(out->why & MESSAGE_INFO))
		w->ts_nsec = out->ts_nsec;
}

static bool next_of_ring(const struct kmsg_log *log, struct kmsg_walk *w, struct workspace text,
			 struct message *out)
{
	const uint32_t n = ring_messages(&log->ring);
	uint64_t from = 0, lost = 0;
	uint32_t why = 0;

	for (; w->i < n && !ram_is_over(log->ram); w->i++) {
		if (!ring_message(log->ram, &log->ring, w->i, text, out))
			continue;
		if (out->label != MESSAGE_LOST)
			break;
		if (lost == 0)
			from = out->seq;
		lost = out->seq - from + 1;
		why |= out->why;
	}
	if (lost) {
		*out = (struct message){
			.seq = from, .n_lost = lost, .label = MESSAGE_LOST, .why = why
		};
		return true;
	}
	if (w->i >= n || ram_is_over(log->ram))
		return false;
	if (look_ahead(log, w->i + 1))
		out->why |= MESSAGE_NEXT;
	judge_time(w, out);
	if (out->why)
		out->label = MESSAGE_UNCERTAIN;
	w->i++;
	return true;
}

bool kmsg_next(const struct kmsg_log *log, struct kmsg_walk *w, struct workspace text,
	       struct message *out)
{
	switch (log->era) {
	case KMSG_RING:
		return next_of_ring(log, w, text, out);
	case KMSG_RECORDS:
		return records_next(log->ram, &log->records, &w->records, text, out);
	case KMSG_CHARS:
		return chars_next(log->ram, &log->chars, &w->done, text, out);
	}
	return false;
}

static void judge_ring(struct kmsg_log *log, struct workspace work)
{
	const uint32_t n = ring_messages(&log->ring);
	const uint32_t step = n / SAMPLES + 1;
	struct message m;

	/* more than there is room for */
	if ((uint64_t)n * log->ring.layout.desc_bytes > ram_bytes(log->ram))
		return;
	for (uint32_t i = 0; i < n; i += n - i <= NEWEST ? 1 : step) {
		if (!ring_message(log->ram, &log->ring, i, work, &m))
			continue;
		log->asked++;
		/* an empty line has no block that would speak for it */
		log->agree += !(m.why & (against | MESSAGE_RESERVED)) && m.text.len > 0;
	}
}

static void judge_others(struct kmsg_log *log, struct workspace work)
{
	struct kmsg_walk w = { 0 };
	struct message m;

	while (log->asked < SAMPLES && kmsg_next(log, &w, work, &m)) {
		log->asked++;
		log->agree += !(m.why & against) && m.text.len > 0;
	}
}

bool kmsg_judge(struct kmsg_log *log, struct workspace work)
{
	log->asked = log->agree = 0;
	if (log->era == KMSG_RING)
		judge_ring(log, work);
	else
		judge_others(log, work);
	/* of characters all but a few have to be some */
	if (log->era == KMSG_CHARS)
		return log->agree >= KMSG_CLAIM && log->agree >= log->asked - log->asked / 4;
	return log->agree >= KMSG_CLAIM;
}

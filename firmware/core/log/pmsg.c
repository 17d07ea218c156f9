/* SPDX-License-Identifier: BSD-2-Clause */
#include "pmsg.h"

#include "core/base/digits.h"
#include "core/base/utc.h"

#include <string.h>

enum { /* struct android_pmsg_log_header_t and the android_log_header_t after it, packed */
       AT_LEN = 1,
       AT_UID = 3,
       AT_PID = 5,
       AT_ID = 7,
       AT_TID = 8,
       AT_SEC = 10,
       AT_NSEC = 14,
       HEAD = 18,

       MAGIC = 'l',
       PAYLOAD_MIN = 2,
       PAYLOAD_FULL = 4068, /* newer liblog cuts here, and leaves no NUL */
       PAYLOAD_MAX = 4077,
       BINARY_MIN = 4, /* an event's tag */
       N_IDS = 8,
       ID_EVENTS = 2,
       VERBOSE = 2,
       FATAL = 7,
       NSEC_PER_SEC = 1000000000,
       NSEC_PER_MSEC = 1000000
};

static uint16_t le16_load(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* A priority, a tag with its NUL, a message with its NUL unless it was cut. */
static bool text_payload(struct span payload, struct pmsg_entry *out)
{
	const uint8_t *const end = memchr(payload.p + 1, 0, payload.len - 1);
	const bool ended = payload.p[payload.len - 1] == 0;

	if (payload.p[0] < VERBOSE || payload.p[0] > FATAL || !end)
		return false;
	if (!ended && payload.len < PAYLOAD_FULL) /* another writer's bytes came in between */
		return false;

	const size_t tag = (size_t)(end - payload.p) - 1;

	out->priority = payload.p[0];
	out->tag = span_sub(payload, 1, tag);
	out->message = span_sub(payload, tag + 2, payload.len);
	if (ended && out->message.len > 0)
		out->message.len--;
	return true;
}

/*
 * Does an entry begin here? All versions of Android store events in binary form; what the
 * last three logs hold depends on the version.
 */
static bool entry_at(struct span log, struct pmsg_entry *out)
{
	if (log.len < HEAD + PAYLOAD_MIN || log.p[AT_ID] >= N_IDS)
		return false;

	const uint32_t len = le16_load(log.p + AT_LEN);
	const uint32_t nsec = le32_load(log.p + AT_NSEC);

	if (len < HEAD + PAYLOAD_MIN || len > HEAD + PAYLOAD_MAX || len > log.len ||
	    nsec >= NSEC_PER_SEC)
		return false;

	const struct span payload = span_sub(log, HEAD, len - HEAD);
	struct pmsg_entry e = {
		.uid = le16_load(log.p + AT_UID),
		.pid = le16_load(log.p + AT_PID),
		.tid = le16_load(log.p + AT_TID),
		.log_id = log.p[AT_ID],
		.sec = le32_load(log.p + AT_SEC),
		.nsec = nsec,
		.message = payload,
	};
	const bool binary = e.log_id == ID_EVENTS || e.log_id == 5 || e.log_id == 6;

	if (e.log_id == ID_EVENTS || !text_payload(payload, &e))
		if (!binary || payload.len < BINARY_MIN)
			return false;
	*out = e;
	return true;
}

enum om_err pmsg_next(struct span *log, size_t *skipped, struct pmsg_entry *out)
{
	struct span left = *log;

	for (;;) {
		const uint8_t *const at = left.len ? memchr(left.p, MAGIC, left.len) : NULL;

		if (!at)
			break;
		left = span_sub(left, (size_t)(at - left.p), left.len);
		if (entry_at(left, out)) {
			*skipped = log->len - left.len;
			*log = span_sub(left, le16_load(left.p + AT_LEN), left.len);
			return OM_OK;
		}
		left = span_sub(left, 1, left.len);
	}
	*skipped = log->len;
	*log = span_sub(*log, log->len, 0);
	return OM_E_NOT_FOUND;
}

bool pmsg_is_logd(struct span log)
{
	const size_t all = log.len;
	size_t strange = 0;
	size_t skipped;
	struct pmsg_entry e;

	while (pmsg_next(&log, &skipped, &e) == OM_OK)
		strange += skipped;
	strange += skipped;
	return strange < all - strange;
}

size_t pmsg_head(const struct pmsg_entry *e, char out[PMSG_HEAD_BYTES])
{
	static const char letters[] = "IIVDIWEF"; /* logcat calls events information */
	struct utc t = { .year = 1970, .month = 1, .day = 1 };
	char *at = out;

	(void)utc_of(e->sec, &t); /* 32 bits of seconds always are a date */

	const uint32_t fields[] = { t.month, t.day, t.hour, t.minute, t.second };

	for (uint32_t i = 0; i < 5; i++) {
		at += digits_put(at, fields[i], 10, 2, '0');
		*at++ = "- ::."[i];
	}
	at += digits_put(at, e->nsec / NSEC_PER_MSEC, 10, 3, '0');
	*at++ = ' ';
	at += digits_put(at, e->pid, 10, 5, ' ');
	*at++ = ' ';
	at += digits_put(at, e->tid, 10, 5, ' ');
	*at++ = ' ';
	*at++ = letters[e->priority <= FATAL ? e->priority : 0];
	*at++ = ' ';
	*at = '\0';
	return (size_t)(at - out);
}

const char *pmsg_log_name(uint8_t log_id)
{
	static const char *const names[] = { "main", "radio", "events", "system", "crash" };

	return log_id < sizeof(names) / sizeof(names[0]) ? names[log_id] : "?";
}

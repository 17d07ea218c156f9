/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What user space wrote to /dev/pmsg0. Linux stores bare bytes; Android's liblog puts its
 * entries there with a binary head each, which are found here even after the ring cut the
 * first one or other writers came in between.
 * Source: AOSP liblog, private/android_logger.h and pmsg_reader.cpp (docs/ramoops.md).
 */
#ifndef OM_CORE_PMSG_H
#define OM_CORE_PMSG_H

#include "core/base/err.h"
#include "core/base/span.h"

struct pmsg_entry {
	uint16_t uid, pid, tid; /* low 16 bits */
	uint8_t log_id;		/* 0 main, 1 radio, 2 events, 3 system, 4 crash, ... */
	uint8_t priority;	/* 2 verbose to 7 fatal; 0: a binary entry */
	uint32_t sec, nsec;	/* wall clock */
	struct span tag;	/* without its NUL; empty for binary entries */
	struct span message;	/* without its NUL, or the whole binary payload */
};

/**
 * pmsg_next - the next entry of a log
 * @log:  any bytes; moved after the entry, or to its end
 * @skipped: bytes before the entry that belong to none
 * @out:  spans point into @log; written on OM_OK
 *
 * Returns OM_OK, OM_E_NOT_FOUND (no entry is left).
 */
enum om_err pmsg_next(struct span *log, size_t *skipped, struct pmsg_entry *out) OM_MUST_CHECK;

/* True if most of @log is entries: then it is worth showing as such. */
bool pmsg_is_logd(struct span log);

/**
 * pmsg_head - what logcat's "threadtime" format puts before a message
 * @out: NUL-terminated: "01-31 12:34:56.789  1000  1234 I "; times are UTC
 *
 * Returns the length without NUL. The tag, ": " and the message follow it; they are any
 * bytes and need escaping.
 */
enum { PMSG_HEAD_BYTES = 48 };
size_t pmsg_head(const struct pmsg_entry *e, char out[PMSG_HEAD_BYTES]);

/* "main", "radio", ...; "?" beyond what all versions of Android agree on (0 to 4). */
const char *pmsg_log_name(uint8_t log_id);

#endif

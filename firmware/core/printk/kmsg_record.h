/* SPDX-License-Identifier: BSD-2-Clause */
/* A dead kernel's own log as a record: its messages as `dmesg -r` would have printed them. */
#ifndef OM_CORE_KMSG_RECORD_H
#define OM_CORE_KMSG_RECORD_H

#include "core/log/record.h"
#include "log.h"

/* What became of its messages. */
struct kmsg_count {
	uint32_t lines; /* of text */
	uint32_t intact, uncertain, lost, reserved;
	bool lost_uncounted; /* and nobody knows how many more */
};

/**
 * kmsg_record - read a log as a text
 * @work:  KMSG_WORK_BYTES, and as much as the text has; if that is more, its newest part is kept
 * @out:   kind console, is_kmsg; the text is in @work. Lost messages and those that were being
 *         written are not in it; uncertain ones are its holes
 * @count: of all messages, also those that @work has no room for
 *
 * Returns OM_OK; OM_E_EMPTY: no message can be read; OM_E_NO_SPACE: @work has no room.
 */
enum om_err kmsg_record(const struct kmsg_log *log, struct workspace work, struct record *out,
			struct kmsg_count *count) OM_MUST_CHECK;

#endif

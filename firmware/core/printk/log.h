/* SPDX-License-Identifier: BSD-2-Clause */
/* A dead kernel's own log in RAM, opened: one interface for all eras. */
#ifndef OM_CORE_KMSG_LOG_H
#define OM_CORE_KMSG_LOG_H

#include "address.h"
#include "records.h"
#include "ring.h"

enum {
	KMSG_WORK_BYTES = 4096, /* with this much memory no text that Linux writes is cut */
	KMSG_CLAIM = 4		/* messages that agree in all there is to check: chance has none */
};

struct kmsg_log {
	const struct ram *ram;
	enum kmsg_era era;
	struct ring ring;
	struct records records;
	struct chars chars;
	struct address_map map; /* by which it was found */
	enum address_way way;	/* by which its buffers were */
	uint64_t at_pa;		/* of the ring's struct, or of the buffer */
	uint32_t agree, asked;	/* messages that were looked at beforehand; what spoke for them */
	char release[VMCOREINFO_RELEASE_MAX + 1]; /* "": not known */
	bool release_seen;			  /* the kernel's own name of itself is the same */
};

/* A walk through it, all zero before the first message. */
struct kmsg_walk {
	uint32_t i, done;
	uint64_t ts_nsec; /* of the last message */
	struct records_walk records;
};

/**
 * kmsg_next - the next message, or the next run of messages that are lost
 * @text: memory for its text, KMSG_WORK_BYTES at best
 *
 * False: there are no more.
 */
bool kmsg_next(const struct kmsg_log *log, struct kmsg_walk *walk, struct workspace text,
	       struct message *out);

/**
 * kmsg_judge - how much speaks for it being a log: sets @log's agree and asked
 * @work: KMSG_WORK_BYTES
 *
 * Looks at a part of the messages. True: enough does.
 */
bool kmsg_judge(struct kmsg_log *log, struct workspace work);

#endif

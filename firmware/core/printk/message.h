/* SPDX-License-Identifier: BSD-2-Clause */
/* One message of a kernel's log in RAM, whatever era it was kept by, and its lines as text. */
#ifndef OM_CORE_MESSAGE_H
#define OM_CORE_MESSAGE_H

#include "core/base/span.h"

enum {
	MESSAGE_SUBSYSTEM_BYTES = 16,
	MESSAGE_DEVICE_BYTES = 48,
	MESSAGE_TEXT_MAX = 65535 /* printk_info.text_len; Linux writes 1 KiB at most */
};

enum message_label {
	MESSAGE_INTACT,	   /* every check there is agrees */
	MESSAGE_UNCERTAIN, /* something does not: message.why */
	MESSAGE_LOST	   /* its sequence number is all that is known, or its facts without text */
};

/* Bits of message.why. */
enum message_why {
	MESSAGE_RESERVED = 1 << 0, /* it was being written when the kernel died */
	MESSAGE_STATE = 1 << 1,	   /* the descriptor is not this message's */
	MESSAGE_INFO = 1 << 2,	   /* its facts have another sequence number, or impossible ones */
	MESSAGE_BLOCK = 1 << 3,	   /* the text's block is not this message's */
	MESSAGE_BYTES = 1 << 4,	   /* the text has bytes that no text has */
	MESSAGE_CUT = 1 << 5,	   /* longer than the memory for it */
	MESSAGE_ABSENT = 1 << 6,   /* RAM that is not there, or cannot be read */
	MESSAGE_CHAIN = 1 << 7,	   /* after a gap in the chain of records */
	MESSAGE_NEXT = 1 << 8	   /* what follows it is damaged: its own end may be */
};

struct message {
	uint64_t seq;
	uint64_t
		n_lost; /* MESSAGE_LOST: messages seq to seq + n_lost - 1; 0: how many is unknown */
	uint64_t ts_nsec;
	uint32_t caller_id; /* a task, or a CPU with the top bit; 0: not kept */
	uint16_t facility;
	uint8_t level; /* 0 to 7 */
	uint8_t flags; /* as the kernel has them */
	enum message_label label;
	uint32_t why;
	char subsystem[MESSAGE_SUBSYSTEM_BYTES + 1]; /* "" : not kept */
	char device[MESSAGE_DEVICE_BYTES + 1];
	struct span text; /* in the caller's memory */
	bool raw;	  /* lines of text as they are: they have their own levels and times */
};

/**
 * message_prefix - what `dmesg -r` puts before each line of a message
 * @out: room for MESSAGE_PREFIX_BYTES; no NUL is written
 *
 * "<30>[    1.234567] ". Returns the number of characters, 0 with @m->raw.
 * Source: Linux kernel/printk/printk.c, info_print_prefix().
 */
enum { MESSAGE_PREFIX_BYTES = 64 };
uint32_t message_prefix(const struct message *m, char out[MESSAGE_PREFIX_BYTES]);

/* Bytes that no kernel's text has: control characters, what is not UTF-8. */
bool message_text_bad(struct span text);

#endif

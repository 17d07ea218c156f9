/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lockless ring in which kernels since 5.10 keep their log: an array of descriptors, one of
 * facts beside it, and a ring of text blocks. A sequence number leads to its place in all three,
 * and each place has the number in it.
 * Source: Linux kernel/printk/printk_ringbuffer.c and .h, 5.10 to 6.18.
 */
#ifndef OM_CORE_RING_H
#define OM_CORE_RING_H

#include "message.h"
#include "ram.h"
#include "vmcoreinfo.h"

/* The numbers in struct printk_ringbuffer; the addresses are the kernel's. */
struct ring_head {
	uint32_t count_bits, size_bits;
	uint64_t descs_va, infos_va, data_va;
	uint64_t head_id, tail_id, head_lpos, tail_lpos;
};

struct ring {
	struct ram_form form;
	struct ring_layout layout;
	struct ring_head head;
	uint64_t descs_pa, infos_pa, data_pa;
};

/**
 * ring_head_load - the numbers of a ring, if they can be those of one
 * @bytes: at least layout->bytes
 *
 * False: no kernel has such numbers; @out may be written.
 */
bool ring_head_load(const struct ram_form *form, const struct ring_layout *layout,
		    const uint8_t *bytes, struct ring_head *out);

/* Messages from the oldest to the newest. */
uint32_t ring_messages(const struct ring *r);

/**
 * ring_message - message @i of ring_messages(), the oldest first
 * @text: memory for its text
 *
 * Never fails: what is not there is MESSAGE_LOST. False: @i is too large, or the message was
 * given up by the kernel itself to make room, and nothing is missing.
 */
bool ring_message(const struct ram *ram, const struct ring *r, uint32_t i, struct workspace text,
		  struct message *out);

/* The place of @seq's facts, and of its descriptor, in their arrays. */
uint64_t ring_index(const struct ring *r, uint64_t seq);

#endif

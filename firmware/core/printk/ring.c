/* SPDX-License-Identifier: BSD-2-Clause */
#include "ring.h"

#include <string.h>

enum {
	COUNT_BITS_MIN = 4,
	COUNT_BITS_MAX = 24,
	SIZE_BITS_MIN = 9,
	SIZE_BITS_MAX = 31,
	TEXT_SPARE_BYTES = 16,
	FACILITY_MAX = 127,	/* LOG_FACMASK */
	STRUCT_BYTES_MAX = 256, /* as vmcoreinfo_layout() lets through */
};

#define TS_MAX_NSEC (100ULL * 365 * 86400 * 1000000000)

/* desc_reserved and so on, in the two top bits of state_var */
enum state { STATE_RESERVED, STATE_COMMITTED, STATE_FINALIZED, STATE_REUSABLE };

enum { LPOS_DATALESS = 1, LPOS_EMPTY_LINE = 3 };

static uint64_t word_mask(const struct ram_form *f)
{
	return f->word_bytes == 8 ? UINT64_MAX : UINT32_MAX;
}

static uint64_t id_mask(const struct ram_form *f)
{
	return word_mask(f) >> 2;
}

static bool is_pointer(const struct ram_form *f, uint64_t va)
{
	return va >= 4096 && va % 4 == 0 && va <= word_mask(f);
}

bool ring_head_load(const struct ram_form *form, const struct ring_layout *l, const uint8_t *bytes,
		    struct ring_head *h)
{
	const uint32_t w = form->word_bytes;

	h->count_bits = (uint32_t)ram_load(form, bytes + l->count_bits, 4);
	if (h->count_bits < COUNT_BITS_MIN || h->count_bits > COUNT_BITS_MAX)
		return false;
	h->size_bits = (uint32_t)ram_load(form, bytes + l->size_bits, 4);
	if (h->size_bits < SIZE_BITS_MIN || h->size_bits > SIZE_BITS_MAX)
		return false;
	h->descs_va = ram_load(form, bytes + l->descs, w);
	h->infos_va = ram_load(form, bytes + l->infos, w);
	h->data_va = ram_load(form, bytes + l->data, w);
	h->head_id = ram_load(form, bytes + l->head_id, w);
	h->tail_id = ram_load(form, bytes + l->tail_id, w);
	h->head_lpos = ram_load(form, bytes + l->head_lpos, w);
	h->tail_lpos = ram_load(form, bytes + l->tail_lpos, w);
	return is_pointer(form, h->descs_va) && is_pointer(form, h->infos_va) &&
	       is_pointer(form, h->data_va) && h->descs_va != h->infos_va &&
	       h->infos_va != h->data_va && h->head_id <= id_mask(form) &&
	       h->tail_id <= id_mask(form) &&
	       ((h->head_id - h->tail_id) & id_mask(form)) < 1ULL << h->count_bits &&
	       ((h->head_lpos - h->tail_lpos) & word_mask(form)) <= 1ULL << h->size_bits;
}

uint32_t ring_messages(const struct ring *r)
{
	return (uint32_t)((r->head.head_id - r->head.tail_id) & id_mask(&r->form)) + 1;
}

uint64_t ring_index(const struct ring *r, uint64_t seq)
{
	return seq & ((1ULL << r->head.count_bits) - 1);
}

/*
 * The first message, 0, has the id that is the array's size below zero, in 30 bits of a 32-bit
 * kernel and, as the size is an unsigned int, in 32 bits of a 64-bit one; 62 would do.
 */
static uint64_t seq_of(const struct ring *r, uint64_t id)
{
	const uint64_t seq = (id + (1ULL << r->head.count_bits)) & id_mask(&r->form);
	const uint64_t wrapped = 1ULL << 32;

	return r->form.word_bytes == 8 && seq >= wrapped ? seq - wrapped : seq;
}

/* ---- one message -------------------------------------------------------------------------- */

/* Where a text block is, and its bytes with the id before them. */
struct block {
	uint64_t pa, bytes;
};

static uint64_t turn(const struct ring *r, uint64_t lpos)
{
	return lpos >> r->head.size_bits;
}

/*
 * A block that has no room up to the ring's end begins at the ring's beginning. Since 2025 one may
 * also end with the ring, at the first position of the next turn. False: there is no such block.
 */
static bool find_block(const struct ring *r, uint64_t begin, uint64_t next, struct block *out)
{
	const uint64_t size = 1ULL << r->head.size_bits, mask = word_mask(&r->form);
	const uint64_t w = r->form.word_bytes;
	const uint64_t in_next = next & (size - 1);
	uint64_t at = begin & (size - 1);

	out->bytes = (next - begin) & mask;
	if (turn(r, begin) != turn(r, next) && in_next != 0) {
		if (turn(r, (begin + size) & mask) != turn(r, next))
			return false;
		at = 0;
		out->bytes = in_next;
	}
	out->pa = r->data_pa + at;
	return out->bytes >= w && out->bytes % w == 0 && at % w == 0 && out->bytes <= size - at;
}

/* The text after the block's id, which has to be @id; what is wrong is noted in @out. */
static void load_text(const struct ram *ram, const struct ring *r, const struct block *b,
		      uint64_t id, uint32_t text_len, struct workspace work, struct message *out)
{
	const uint32_t w = r->form.word_bytes;
	uint64_t there, len = text_len;

	if (!ram_word(ram, &r->form, b->pa, &there)) {
		out->why |= MESSAGE_ABSENT;
		return;
	}
	if (there != id) {
		out->why |= MESSAGE_BLOCK;
		return;
	}
	if (len > b->bytes - w) {
		out->why |= MESSAGE_INFO;
		len = b->bytes - w;
	}
	/* room was taken for a level's prefix and a newline, which then went; and up to a word */
	if (b->bytes - w - len >= TEXT_SPARE_BYTES + w)
		out->why |= MESSAGE_INFO;
	if (len > work.cap) {
		out->why |= MESSAGE_CUT;
		len = work.cap;
	}
	if (len && !ram_read(ram, b->pa + w, work.p, (size_t)len)) {
		out->why |= MESSAGE_ABSENT;
		return;
	}
	out->text = (struct span){ work.p, (size_t)len };
	if (message_text_bad(out->text))
		out->why |= MESSAGE_BYTES;
}

/* A name of printable characters, then zeros. False: there is something else. */
static bool copy_name(char *to, size_t room, struct span from)
{
	size_t i = 0;

	while (i < from.len && i < room && from.p[i] > ' ' && from.p[i] <= '~') {
		to[i] = (char)from.p[i];
		i++;
	}
	to[i] = '\0';
	return i == room || i == from.len || from.p[i] == 0;
}

/* False: the facts are not those of @seq. */
static bool load_info(const struct ram *ram, const struct ring *r, uint64_t seq, uint32_t *text_len,
		      struct message *out)
{
	const struct ring_layout *l = &r->layout;
	uint8_t raw[STRUCT_BYTES_MAX];

	if (l->info_bytes > sizeof(raw) ||
	    !ram_read(ram, r->infos_pa + ring_index(r, seq) * l->info_bytes, raw, l->info_bytes)) {
		out->why |= MESSAGE_ABSENT;
		return false;
	}

	const uint64_t there = ram_load(&r->form, raw + l->seq, 8);

	/* of a 32-bit kernel an id has 30 bits of the number: it never wrote so many messages */
	if (there != seq) {
		out->why |= MESSAGE_INFO;
		return false;
	}

	const uint8_t bits = raw[l->text_len + 3];

	out->seq = there;
	out->ts_nsec = ram_load(&r->form, raw + l->ts_nsec, 8);
	*text_len = (uint32_t)ram_load(&r->form, raw + l->text_len, 2);
	out->facility = raw[l->text_len + 2];
	out->level = r->form.big_endian ? bits & 7 : bits >> 5;
	out->flags = r->form.big_endian ? bits >> 3 : bits & 31;
	out->caller_id = (uint32_t)ram_load(&r->form, raw + l->caller_id, 4);

	/* a device's name may have a blank */
	const struct span all = { raw, sizeof(raw) };
	const bool good = copy_name(out->subsystem, MESSAGE_SUBSYSTEM_BYTES,
				    span_sub(all, l->subsystem, l->subsystem_bytes));

	copy_name(out->device, MESSAGE_DEVICE_BYTES, span_sub(all, l->device, l->device_bytes));
	if (!good || out->ts_nsec > TS_MAX_NSEC || out->facility > FACILITY_MAX)
		out->why |= MESSAGE_INFO;
	return true;
}

/* With what the facts and the descriptor say of the text. */
static void load_body(const struct ram *ram, const struct ring *r, const uint8_t *desc,
		      bool has_info, uint32_t text_len, uint64_t id, struct workspace work,
		      struct message *out)
{
	const uint32_t w = r->form.word_bytes;
	const uint64_t begin = ram_load(&r->form, desc + r->layout.begin, w);
	const uint64_t next = ram_load(&r->form, desc + r->layout.next, w);
	struct block b;

	if (begin == LPOS_EMPTY_LINE && next == LPOS_EMPTY_LINE) {
		if (has_info && text_len)
			out->why |= MESSAGE_INFO;
		return;
	}
	if (begin & LPOS_DATALESS || !find_block(r, begin, next, &b)) {
		out->why |= MESSAGE_BLOCK;
		return;
	}
	if (!has_info || out->why & MESSAGE_RESERVED)
		text_len =
			(uint32_t)(b.bytes - w < MESSAGE_TEXT_MAX ? b.bytes - w : MESSAGE_TEXT_MAX);
	load_text(ram, r, &b, id, text_len, work, out);
	/* up to a word's end the block is filled up, and what is not written yet is old */
	if (!has_info || out->why & MESSAGE_RESERVED) {
		const uint8_t *end = out->text.len ? memchr(out->text.p, 0, out->text.len) : NULL;

		if (end)
			out->text.len = (size_t)(end - out->text.p);
	}
}

static void judge(struct message *out)
{
	const uint32_t no_text = MESSAGE_BLOCK | MESSAGE_ABSENT | MESSAGE_STATE;

	if (out->why == 0)
		return;
	out->label = MESSAGE_UNCERTAIN;
	if (out->why & no_text && out->text.len == 0) {
		out->label = MESSAGE_LOST;
		out->n_lost = 1;
	}
}

bool ring_message(const struct ram *ram, const struct ring *r, uint32_t i, struct workspace text,
		  struct message *out)
{
	const uint64_t mask = id_mask(&r->form);
	const uint64_t id = (r->head.tail_id + i) & mask;
	const uint64_t seq = seq_of(r, id);
	uint8_t desc[STRUCT_BYTES_MAX];
	uint32_t text_len = 0;

	if (i >= ring_messages(r) || r->layout.desc_bytes > sizeof(desc))
		return false;
	*out = (struct message){ .seq = seq };
	if (!ram_read(ram, r->descs_pa + ring_index(r, seq) * r->layout.desc_bytes, desc,
		      r->layout.desc_bytes)) {
		out->why = MESSAGE_ABSENT;
		judge(out);
		return true;
	}

	const uint64_t var = ram_load(&r->form, desc + r->layout.state, r->form.word_bytes);
	const enum state state = (enum state)(var >> (r->form.word_bytes * 8 - 2));

	/* one that only prb_reserve() took, or that is given up already */
	if ((var & mask) == id && state == STATE_REUSABLE)
		return false;
	/* a ring that never had a message has its first descriptor as it was made */
	if ((var & mask) != id)
		out->why |= MESSAGE_STATE;
	else if (state == STATE_RESERVED)
		out->why |= MESSAGE_RESERVED;

	const bool has_info = load_info(ram, r, seq, &text_len, out);

	if (!(out->why & MESSAGE_STATE))
		load_body(ram, r, desc, has_info, text_len, id, text, out);
	judge(out);
	return true;
}

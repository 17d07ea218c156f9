/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel's log in RAM as kernels of each era write it: the structs are declared as the kernel's
 * headers have them, so that the compiler places their members, and messages are stored and
 * dropped by the rules of kernel/printk/printk_ringbuffer.c (5.10 and newer) and of log_store() in
 * kernel/printk/printk.c (before).
 */
#ifndef OM_TESTS_KMSG_WRITER_H
#define OM_TESTS_KMSG_WRITER_H

#include "core/printk/find.h"
#include "core/printk/shape.h"
#include "support.h"

struct k_info {
	uint64_t seq, ts_nsec;
	uint16_t text_len;
	uint8_t facility, flags_and_level;
	uint32_t caller_id;
	struct {
		char subsystem[16];
		char device[48];
	} dev_info;
};

#define K_RING(bits)                                                                               \
	struct k_lpos_##bits {                                                                     \
		uint##bits##_t begin, next;                                                        \
	};                                                                                         \
	struct k_desc_##bits {                                                                     \
		uint##bits##_t state_var;                                                          \
		struct k_lpos_##bits text_blk_lpos;                                                \
	};                                                                                         \
	struct k_desc_ring_##bits {                                                                \
		unsigned int count_bits;                                                           \
		uint##bits##_t descs, infos, head_id, tail_id, last_finalized_seq;                 \
	};                                                                                         \
	struct k_data_ring_##bits {                                                                \
		unsigned int size_bits;                                                            \
		uint##bits##_t data, head_lpos, tail_lpos;                                         \
	};                                                                                         \
	struct k_rb_##bits {                                                                       \
		struct k_desc_ring_##bits desc_ring;                                               \
		struct k_data_ring_##bits text_data_ring;                                          \
		uint##bits##_t fail;                                                               \
	};
K_RING(32)
K_RING(64)

struct k_printk_log {
	uint64_t ts_nsec;
	uint16_t len, text_len, dict_len;
	uint8_t facility, flags_and_level;
};

struct k_printk_log_caller {
	struct k_printk_log log;
	uint32_t caller_id;
} __attribute__((packed, aligned(4)));

enum {
	K_RAM_BYTES = 1 << 20,
	K_TEXT_AT = 0x20000, /* VMCOREINFO */
	K_UTS_AT = 0x30100,
	K_PRB_AT = 0x30438, /* the pointer */
	K_RB_AT = 0x304c0,
	K_DESCS_AT = 0x31080,
	K_INFOS_AT = 0x40048,
	K_DATA_AT = 0x70000,
	K_COUNT_BITS = 6,
	K_SIZE_BITS = 12,
	K_MESSAGES_MAX = 400,
	K_TEXT_MAX = 120,
};

#define K_RAM_PA  0x80000000ULL
#define K_RELEASE "6.1.99-test"

struct k_kernel {
	struct ram_form form;
	bool newer;	 /* a block may end with the ring */
	uint64_t off;	 /* virtual less physical */
	uint32_t era;	 /* enum kmsg_era */
	const char *log; /* "printk_log" or "log" */
	uint32_t head_bytes;
	/* the ring's own numbers */
	uint64_t id, tail_id, head_lpos, tail_lpos;
	uint32_t first, next; /* the records' */
	uint32_t n, oldest;   /* messages that were written; the oldest that is still there */
	uint64_t begin[K_MESSAGES_MAX], end[K_MESSAGES_MAX];
	uint32_t at[K_MESSAGES_MAX]; /* of records */
	char text[K_MESSAGES_MAX][K_TEXT_MAX];
	uint8_t *ram;
};

static inline void k_put(const struct k_kernel *k, size_t at, uint64_t v, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		k->ram[at + i] = (uint8_t)(v >> 8 * (k->form.big_endian ? bytes - 1 - i : i));
}

static inline uint64_t k_va(const struct k_kernel *k, size_t at)
{
	const uint64_t va = K_RAM_PA + at + k->off;

	return k->form.word_bytes == 4 ? (uint32_t)va : va;
}

#define K_OFF(k, type, member)                                                                     \
	((k)->form.word_bytes == 8 ? offsetof(struct type##_64, member)                            \
				   : offsetof(struct type##_32, member))
#define K_SIZE(k, type)                                                                            \
	((k)->form.word_bytes == 8 ? sizeof(struct type##_64) : sizeof(struct type##_32))

static inline void k_put_head(struct k_kernel *k)
{
	const uint32_t w = k->form.word_bytes;
	const uint64_t ids = w == 8 ? UINT64_MAX >> 2 : UINT32_MAX >> 2;

	k_put(k, K_PRB_AT, k_va(k, K_RB_AT), w);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, desc_ring.count_bits), K_COUNT_BITS, 4);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, desc_ring.descs), k_va(k, K_DESCS_AT), w);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, desc_ring.infos), k_va(k, K_INFOS_AT), w);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, desc_ring.head_id), k->id & ids, w);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, desc_ring.tail_id), k->tail_id & ids, w);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, text_data_ring.size_bits), K_SIZE_BITS, 4);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, text_data_ring.data), k_va(k, K_DATA_AT), w);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, text_data_ring.head_lpos), k->head_lpos, w);
	k_put(k, K_RB_AT + K_OFF(k, k_rb, text_data_ring.tail_lpos), k->tail_lpos, w);
}

/* _DEFINE_PRINTKRB: the size is an unsigned int in the first id, an unsigned long in the lpos. */
static inline void k_begin(struct k_kernel *k)
{
	const uint32_t w = k->form.word_bytes;
	const uint32_t count = 1u << K_COUNT_BITS;
	const uint64_t ids = w == 8 ? UINT64_MAX >> 2 : UINT32_MAX >> 2;

	memset(k->ram, 0, K_RAM_BYTES);
	memcpy(k->ram + K_UTS_AT, "Linux", 6);
	memcpy(k->ram + K_UTS_AT + 130, K_RELEASE, sizeof(K_RELEASE));
	k->n = k->oldest = 0;
	k->first = k->next = 0;
	if (k->era != KMSG_RING)
		return;
	k->id = k->tail_id = (uint64_t)(0u - (count + 1)) & ids;
	k->head_lpos = k->tail_lpos = 0 - (1ULL << K_SIZE_BITS);
	/* the first descriptor is reusable before anything was written */
	k_put(k, K_DESCS_AT + (count - 1) * K_SIZE(k, k_desc), k->id | 3ULL << (w * 8 - 2), w);
	k_put(k, K_INFOS_AT, 0 - (uint64_t)count, 8);
	k_put_head(k);
}

static inline uint64_t k_word_mask(const struct k_kernel *k)
{
	return k->form.word_bytes == 8 ? UINT64_MAX : UINT32_MAX;
}

static inline uint64_t k_turn(const struct k_kernel *k, uint64_t lpos)
{
	return (lpos & k_word_mask(k)) >> K_SIZE_BITS;
}

static inline size_t k_desc_at(const struct k_kernel *k, uint32_t seq)
{
	return K_DESCS_AT + seq % (1u << K_COUNT_BITS) * K_SIZE(k, k_desc);
}

static inline uint64_t k_id_of(const struct k_kernel *k, uint32_t seq)
{
	const uint64_t ids = k->form.word_bytes == 8 ? UINT64_MAX >> 2 : UINT32_MAX >> 2;

	return ((uint64_t)(0u - (1u << K_COUNT_BITS)) + seq) & ids;
}

static inline void k_set_state(const struct k_kernel *k, uint32_t seq, uint64_t state)
{
	const uint32_t w = k->form.word_bytes;

	k_put(k, k_desc_at(k, seq), k_id_of(k, seq) | state << (w * 8 - 2), w);
}

static inline void k_drop_oldest(struct k_kernel *k)
{
	k_set_state(k, k->oldest, 3);
	k->tail_lpos = k->end[k->oldest];
	k->oldest++;
	k->tail_id = k_id_of(k, k->oldest);
}

static inline void k_put_info(const struct k_kernel *k, uint32_t seq, uint32_t text_len)
{
	const size_t at = K_INFOS_AT + seq % (1u << K_COUNT_BITS) * sizeof(struct k_info);
	const uint32_t level = seq % 8, flags = 2; /* LOG_NEWLINE */

	k_put(k, at + offsetof(struct k_info, seq), seq, 8);
	k_put(k, at + offsetof(struct k_info, ts_nsec), (seq + 1) * 1234567ULL, 8);
	k_put(k, at + offsetof(struct k_info, text_len), text_len, 2);
	k->ram[at + offsetof(struct k_info, facility)] = (uint8_t)(seq % 3);
	k->ram[at + offsetof(struct k_info, flags_and_level)] =
		(uint8_t)(k->form.big_endian ? flags << 3 | level : level << 5 | flags);
	k_put(k, at + offsetof(struct k_info, caller_id), 0x80000000u + seq % 4, 4);
	memset(k->ram + at + offsetof(struct k_info, dev_info), 0, 64);
	if (seq % 5 == 0) {
		memcpy(k->ram + at + offsetof(struct k_info, dev_info.subsystem), "amba", 4);
		memcpy(k->ram + at + offsetof(struct k_info, dev_info.device),
		       "+amba:9000000.pl011", 19);
	}
}

/* prb_reserve(), text, prb_final_commit(). */
static inline void k_ring_store(struct k_kernel *k, const char *text, uint32_t text_len)
{
	const uint32_t w = k->form.word_bytes, seq = k->n;
	const uint64_t size = 1ULL << K_SIZE_BITS;
	const uint64_t bytes = (w + text_len + w - 1) / w * w;
	uint64_t begin = k->head_lpos, next = begin + bytes;

	while (seq - k->oldest >= 1u << K_COUNT_BITS)
		k_drop_oldest(k);
	if (text_len == 0) {
		begin = next = 3;
	} else {
		const bool wraps = k_turn(k, begin) != k_turn(k, k->newer ? next - 1 : next);

		if (wraps)
			next = (k_turn(k, next) << K_SIZE_BITS) + bytes;
		while (k->oldest < seq && ((next - k->tail_lpos) & k_word_mask(k)) > size)
			k_drop_oldest(k);

		const size_t at = wraps ? 0 : begin & (size - 1);

		k_put(k, K_DATA_AT + at, k_id_of(k, seq), w);
		memcpy(k->ram + K_DATA_AT + at + w, text, text_len);
		k->head_lpos = next;
	}
	k->begin[seq] = begin;
	k->end[seq] = k->head_lpos;
	k_put(k, k_desc_at(k, seq) + K_OFF(k, k_desc, text_blk_lpos.begin), begin, w);
	k_put(k, k_desc_at(k, seq) + K_OFF(k, k_desc, text_blk_lpos.next), next, w);
	k_put_info(k, seq, text_len);
	k->id = k_id_of(k, seq);
	if (seq == 0)
		k->tail_id = k->id;
	k_set_state(k, seq, 2);
	k->n++;
	k_put_head(k);
}

/* log_store(): a record has no room up to the end: one of no length there, and on at 0. */
static inline void k_log_store(struct k_kernel *k, const char *text, uint32_t text_len)
{
	static const char dict[] = "SUBSYSTEM=amba\0DEVICE=+amba:9000000.pl011";
	const uint32_t seq = k->n, buf = 1u << K_SIZE_BITS, head = k->head_bytes;
	const uint32_t dict_len = seq % 5 == 0 ? sizeof(dict) - 1 : 0;
	const uint32_t bytes = (head + text_len + dict_len + 3) / 4 * 4;
	const uint32_t level = seq % 8;
	uint8_t *p;

	for (;;) {
		const bool empty = k->oldest == seq;
		const uint32_t free =
			k->next > k->first || empty
				? (buf - k->next > k->first ? buf - k->next : k->first)
				: k->first - k->next;

		if (free >= bytes + head)
			break;
		k->oldest++;
		k->first = k->at[k->oldest];
	}
	if (k->next + bytes + head > buf) {
		memset(k->ram + K_DATA_AT + k->next, 0, head);
		k->next = 0;
	}
	p = k->ram + K_DATA_AT + k->next;
	memset(p, 0, bytes);
	k_put(k, K_DATA_AT + k->next + offsetof(struct k_printk_log, ts_nsec),
	      (seq + 1) * 1234567ULL, 8);
	k_put(k, K_DATA_AT + k->next + offsetof(struct k_printk_log, len), bytes, 2);
	k_put(k, K_DATA_AT + k->next + offsetof(struct k_printk_log, text_len), text_len, 2);
	k_put(k, K_DATA_AT + k->next + offsetof(struct k_printk_log, dict_len), dict_len, 2);
	p[offsetof(struct k_printk_log, facility)] = (uint8_t)(seq % 3);
	p[offsetof(struct k_printk_log, flags_and_level)] =
		(uint8_t)(k->form.big_endian ? 2 << 3 | level : level << 5 | 2);
	memcpy(p + head, text, text_len);
	memcpy(p + head + text_len, dict, dict_len);
	if (seq == 0)
		k->first = k->next;
	k->at[seq] = k->next;
	k->next += bytes;
	k->at[seq + 1] = k->next;
	k->n++;
	k_put(k, K_PRB_AT, k_va(k, K_DATA_AT), k->form.word_bytes);
	k_put(k, K_RB_AT, buf, 4);
	k_put(k, K_RB_AT + 8, k->first, 4);
	k_put(k, K_RB_AT + 16, k->next, 4);
}

/* What message @seq says: of different lengths, some empty, some of two lines. */
static inline void k_message(struct k_kernel *k, struct prng *random)
{
	const uint32_t seq = k->n;
	char *t = k->text[seq];
	int n = 0;

	assert_true(seq < K_MESSAGES_MAX - 1);
	if (seq % 11 != 7)
		n = snprintf(t, K_TEXT_MAX, "message %u%s of the test%.*s", seq,
			     seq % 9 == 4 ? "\nsecond line" : "", (int)prng_below(random, 40),
			     "........................................");
	t[n] = '\0';
	if (k->era == KMSG_RING)
		k_ring_store(k, t, (uint32_t)n);
	else
		k_log_store(k, t, (uint32_t)n);
}

static inline void k_line(char **to, const char *kind, const char *name, uint64_t v)
{
	*to += sprintf(*to, strcmp(kind, "SYMBOL") == 0 ? "%s(%s)=%llx\n" : "%s(%s)=%llu\n", kind,
		       name, (unsigned long long)v);
}

static inline void k_ring_lines(const struct k_kernel *k, char **to)
{
	const uint32_t rb = (uint32_t)K_OFF(k, k_rb, text_data_ring);

	k_line(to, "SYMBOL", "prb", k_va(k, K_PRB_AT));
	k_line(to, "SYMBOL", "printk_rb_static", k_va(k, K_RB_AT));
	k_line(to, "SIZE", "printk_ringbuffer", K_SIZE(k, k_rb));
	k_line(to, "OFFSET", "printk_ringbuffer.desc_ring", 0);
	k_line(to, "OFFSET", "printk_ringbuffer.text_data_ring", rb);
	k_line(to, "OFFSET", "prb_desc_ring.count_bits", 0);
	k_line(to, "OFFSET", "prb_desc_ring.descs", K_OFF(k, k_desc_ring, descs));
	k_line(to, "OFFSET", "prb_desc_ring.infos", K_OFF(k, k_desc_ring, infos));
	k_line(to, "OFFSET", "prb_desc_ring.head_id", K_OFF(k, k_desc_ring, head_id));
	k_line(to, "OFFSET", "prb_desc_ring.tail_id", K_OFF(k, k_desc_ring, tail_id));
	k_line(to, "SIZE", "prb_desc", K_SIZE(k, k_desc));
	k_line(to, "OFFSET", "prb_desc.state_var", 0);
	k_line(to, "OFFSET", "prb_desc.text_blk_lpos", K_OFF(k, k_desc, text_blk_lpos));
	k_line(to, "OFFSET", "prb_data_blk_lpos.begin", 0);
	k_line(to, "OFFSET", "prb_data_blk_lpos.next", K_OFF(k, k_lpos, next));
	k_line(to, "SIZE", "printk_info", sizeof(struct k_info));
	k_line(to, "OFFSET", "printk_info.seq", 0);
	k_line(to, "OFFSET", "printk_info.ts_nsec", offsetof(struct k_info, ts_nsec));
	k_line(to, "OFFSET", "printk_info.text_len", offsetof(struct k_info, text_len));
	k_line(to, "OFFSET", "printk_info.caller_id", offsetof(struct k_info, caller_id));
	k_line(to, "OFFSET", "printk_info.dev_info", offsetof(struct k_info, dev_info));
	k_line(to, "OFFSET", "dev_printk_info.subsystem", 0);
	k_line(to, "LENGTH", "printk_info_subsystem", 16);
	k_line(to, "OFFSET", "dev_printk_info.device", 16);
	k_line(to, "LENGTH", "printk_info_device", 48);
	k_line(to, "OFFSET", "prb_data_ring.size_bits", 0);
	k_line(to, "OFFSET", "prb_data_ring.data", K_OFF(k, k_data_ring, data));
	k_line(to, "OFFSET", "prb_data_ring.head_lpos", K_OFF(k, k_data_ring, head_lpos));
	k_line(to, "OFFSET", "prb_data_ring.tail_lpos", K_OFF(k, k_data_ring, tail_lpos));
	k_line(to, "SIZE", "atomic_long_t", k->form.word_bytes);
}

static inline void k_records_lines(const struct k_kernel *k, char **to)
{
	static const struct {
		const char *name;
		size_t off;
	} members[] = {
		{ "ts_nsec", offsetof(struct k_printk_log, ts_nsec) },
		{ "len", offsetof(struct k_printk_log, len) },
		{ "text_len", offsetof(struct k_printk_log, text_len) },
		{ "dict_len", offsetof(struct k_printk_log, dict_len) },
	};

	k_line(to, "SYMBOL", "log_buf", k_va(k, K_PRB_AT));
	k_line(to, "SYMBOL", "log_buf_len", k_va(k, K_RB_AT));
	k_line(to, "SYMBOL", "log_first_idx", k_va(k, K_RB_AT + 8));
	k_line(to, "SYMBOL", "log_next_idx", k_va(k, K_RB_AT + 16));
	k_line(to, "SIZE", k->log, k->head_bytes);
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s.%s", k->log, members[i].name);
		k_line(to, "OFFSET", name, members[i].off);
	}
}

/* VMCOREINFO, at the beginning of a page. */
static inline void k_put_text(const struct k_kernel *k)
{
	char *to = (char *)k->ram + K_TEXT_AT;

	to += sprintf(to, "OSRELEASE=%s\nPAGESIZE=4096\n", K_RELEASE);
	k_line(&to, "SYMBOL", "init_uts_ns", k_va(k, K_UTS_AT));
	k_line(&to, "OFFSET", "uts_namespace.name", 0);
	if (k->era == KMSG_RING)
		k_ring_lines(k, &to);
	else
		k_records_lines(k, &to);
	if (k->form.word_bytes == 8)
		to += sprintf(to, "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0x%llx\n",
			      (unsigned long long)k->off);
}

#endif

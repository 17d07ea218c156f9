/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log in RAM, by VMCOREINFO and by shape, in any bytes: the first say where RAM begins, and
 * whether a text of VMCOREINFO is put before the rest, whose symbols lead into it.
 */
#include "core/printk/find.h"
#include "core/printk/shape.h"
#include "fuzz.h"

enum { EFFORT = 100000, WORK_BYTES = 512, MESSAGES_MAX = 200000, TEXT_BYTES = 4096 };

static const char ring_text[] =
	"OSRELEASE=6.1\nSYMBOL(init_uts_ns)=c0001000\nOFFSET(uts_namespace.name)=0\n"
	"SYMBOL(prb)=c0001100\nSIZE(printk_ringbuffer)=44\n"
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=24\n"
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=4\n"
	"OFFSET(prb_desc_ring.infos)=8\nOFFSET(prb_desc_ring.head_id)=12\n"
	"OFFSET(prb_desc_ring.tail_id)=16\nSIZE(prb_desc)=12\nOFFSET(prb_desc.state_var)=0\n"
	"OFFSET(prb_desc.text_blk_lpos)=4\nOFFSET(prb_data_blk_lpos.begin)=0\n"
	"OFFSET(prb_data_blk_lpos.next)=4\nSIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\n"
	"OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
	"OFFSET(printk_info.caller_id)=20\nOFFSET(printk_info.dev_info)=24\n"
	"OFFSET(dev_printk_info.subsystem)=0\nLENGTH(printk_info_subsystem)=16\n"
	"OFFSET(dev_printk_info.device)=16\nLENGTH(printk_info_device)=48\n"
	"OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=4\n"
	"OFFSET(prb_data_ring.head_lpos)=8\nOFFSET(prb_data_ring.tail_lpos)=12\n"
	"SIZE(atomic_long_t)=4\n";

static const char records_text[] =
	"OSRELEASE=4.9\nSYMBOL(log_buf)=c0001000\nSYMBOL(log_buf_len)=c0001004\n"
	"SYMBOL(log_first_idx)=c0001008\nSYMBOL(log_next_idx)=c000100c\nSIZE(printk_log)=16\n"
	"OFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\n"
	"OFFSET(printk_log.text_len)=10\nOFFSET(printk_log.dict_len)=12\n";

static void check_log(const struct kmsg_log *log, struct workspace work)
{
	struct kmsg_walk walk = { 0 };
	struct message m;
	uint32_t n = 0;
	uint64_t seq = 0;

	require(log->agree >= KMSG_CLAIM && log->agree <= log->asked, "enough speaks for it");
	while (kmsg_next(log, &walk, work, &m)) {
		char prefix[MESSAGE_PREFIX_BYTES];

		require(++n < MESSAGES_MAX, "a walk ends");
		require(m.text.len <= work.cap && (m.text.len == 0 || m.text.p == work.p),
			"text in the memory for it");
		require((m.label == MESSAGE_INTACT) == (m.why == 0) || m.raw,
			"a reason for a label");
		require(m.label != MESSAGE_INTACT || !message_text_bad(m.text), "intact is text");
		require(log->era != KMSG_RING || n == 1 || m.seq > seq, "numbers count up");
		require(message_prefix(&m, prefix) < MESSAGE_PREFIX_BYTES, "a prefix has room");
		require(m.level < 8 && strlen(m.subsystem) <= MESSAGE_SUBSYSTEM_BYTES &&
				strlen(m.device) <= MESSAGE_DEVICE_BYTES,
			"facts within bounds");
		seq = m.label == MESSAGE_LOST && m.n_lost ? m.seq + m.n_lost - 1 : m.seq;
	}
}

static void by_text(struct ram *ram, struct span page, struct workspace work)
{
	struct kmsg_log log;
	struct span text;
	uint64_t off;

	if (vmcoreinfo_text(page, &text) != OM_OK)
		return;
	require(lies_in(text, page), "the text is in its page");
	*ram->effort = (struct effort){ .left = EFFORT };
	if (kmsg_open(ram, text, NULL, work, &log) == OM_OK)
		check_log(&log, work);
	*ram->effort = (struct effort){ .left = EFFORT };
	if (kmsg_place(ram, text, work, &off) == OM_OK &&
	    kmsg_open(ram, text, &off, work, &log) == OM_OK)
		check_log(&log, work);
}

static void by_shape(struct ram *ram, uint64_t pa, struct span bytes, struct workspace work)
{
	struct shape *shape = (struct shape *)(void *)make_bytes(sizeof(*shape), 0);
	struct kmsg_log log;

	for (size_t i = 0; i < bytes.len; i += 2048)
		shape_feed(shape, pa + i, span_sub(bytes, i, 2048 + SHAPE_BEYOND_BYTES),
			   bytes.len - i < 2048 ? bytes.len - i : 2048);
	*ram->effort = (struct effort){ .left = EFFORT };
	if (shape_open(ram, shape, work, &log) == OM_OK)
		check_log(&log, work);
	free(shape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t how = take(&in, 1);
	const uint64_t pa = how & 4 ? 0x80000000 : 0;
	const char *const text = how & 1 ? records_text : ring_text;
	const struct span copy = make_copy(in);
	struct span page = copy;
	uint8_t *const put = make_bytes(TEXT_BYTES, 0);
	struct workspace work = { make_bytes(WORK_BYTES, 0x5a), WORK_BYTES };
	/* the text's symbols are in the second page; the input is that and what follows */
	struct ram_bank bank = { pa + TEXT_BYTES, copy };
	struct ram_memory memory = { &bank, 1 };
	struct range range = { bank.base_pa, copy.len };
	struct effort effort = { .left = EFFORT };
	struct ram ram = { ram_read_memory, &memory, &range, 1, &effort };
	const struct range whole = { pa, copy.len + TEXT_BYTES };

	if (how & 2) {
		memcpy(put, text, strlen(text));
		page = (struct span){ put, TEXT_BYTES };
		ram.banks = &whole; /* its first page cannot be read */
	}
	by_text(&ram, page, work);
	ram.banks = &range;
	by_shape(&ram, range.base_pa, copy, work);
	free(put);
	free(work.p);
	drop_copy(copy, in);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmcoreinfo.h"

#include "core/base/text.h"

enum { INFO_BYTES_MAX = 256, STRUCT_BYTES_MAX = 1024 };

static const char mark[] = "OSRELEASE=";

bool vmcoreinfo_mark(const uint8_t *p)
{
	return memcmp(p, mark, VMCOREINFO_MARK_BYTES) == 0;
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

struct span vmcoreinfo_release(struct span text)
{
	const struct span line = text_line(&text);

	return text_skip(line, VMCOREINFO_MARK_BYTES);
}

enum om_err vmcoreinfo_text(struct span page, struct span *text)
{
	struct span s = span_sub(page, 0, VMCOREINFO_BYTES_MAX);

	if (s.len < VMCOREINFO_MARK_BYTES || !vmcoreinfo_mark(s.p))
		return OM_E_BAD_MAGIC;

	const uint8_t *end = memchr(s.p, '\0', s.len);

	if (end)
		s.len = (size_t)(end - s.p);

	const struct span release = vmcoreinfo_release(s);

	if (release.len == 0 || release.len > VMCOREINFO_RELEASE_MAX || !is_printable(release))
		return OM_E_BAD_MAGIC;
	*text = s;
	return OM_OK;
}

/* What is after "KIND(NAME)=" in the line that begins so. */
static bool find(struct span text, const char *kind, const char *name, struct span *value)
{
	while (text.len > 0) {
		struct span line = text_line(&text);

		if (text_take(&line, kind) && text_take(&line, "(") && text_take(&line, name) &&
		    text_take(&line, ")=")) {
			*value = line;
			return true;
		}
	}
	return false;
}

bool vmcoreinfo_symbol(struct span text, const char *name, uint64_t *value)
{
	struct span line;
	uint64_t v;

	if (!find(text, "SYMBOL", name, &line))
		return false;

	const size_t n = text_hex(line, &v);

	if (n == 0 || n > 16 || n != line.len)
		return false;
	*value = v;
	return true;
}

bool vmcoreinfo_number(struct span text, const char *name, uint64_t *value)
{
	struct span line;
	uint64_t v = 0;

	if (!find(text, "NUMBER", name, &line) || line.len == 0)
		return false;
	if (text_take(&line, "0x")) {
		const size_t n = text_hex(line, &v);

		if (n == 0 || n > 16 || n != line.len)
			return false;
		*value = v;
		return true;
	}

	const bool negative = text_take(&line, "-");

	if (line.len == 0 || line.len > 20)
		return false;
	for (size_t i = 0; i < line.len; i++) {
		if (!text_is_digit(line.p[i]))
			return false;
		v = v * 10 + (uint64_t)(line.p[i] - '0');
	}
	*value = negative ? 0 - v : v;
	return true;
}

bool vmcoreinfo_pagesize(struct span text, uint64_t *value)
{
	while (text.len > 0) {
		struct span line = text_line(&text);
		uint32_t v;

		if (text_take(&line, "PAGESIZE=") && text_number(line, &v)) {
			*value = v;
			return true;
		}
	}
	return false;
}

/* ---- layouts ------------------------------------------------------------------------------ */

struct want {
	const char *kind, *name;
	uint16_t *to;
};

bool vmcoreinfo_small(struct span text, const char *kind, const char *name, uint16_t *to)
{
	struct span line;
	uint32_t v;

	if (!find(text, kind, name, &line) || !text_number(line, &v) || v > STRUCT_BYTES_MAX)
		return false;
	*to = (uint16_t)v;
	return true;
}

static bool take_all(struct span text, const struct want *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!vmcoreinfo_small(text, want[i].kind, want[i].name, want[i].to))
			return false;
	return true;
}

static enum om_err ring_of(struct span text, struct kmsg_layout *out)
{
	struct ring_layout *r = &out->ring;
	uint16_t desc_ring, text_ring, lpos, dev, word;
	const struct want want[] = {
		{ "SIZE", "printk_ringbuffer", &r->bytes },
		{ "OFFSET", "printk_ringbuffer.desc_ring", &desc_ring },
		{ "OFFSET", "printk_ringbuffer.text_data_ring", &text_ring },
		{ "OFFSET", "prb_desc_ring.count_bits", &r->count_bits },
		{ "OFFSET", "prb_desc_ring.descs", &r->descs },
		{ "OFFSET", "prb_desc_ring.infos", &r->infos },
		{ "OFFSET", "prb_desc_ring.head_id", &r->head_id },
		{ "OFFSET", "prb_desc_ring.tail_id", &r->tail_id },
		{ "SIZE", "prb_desc", &r->desc_bytes },
		{ "OFFSET", "prb_desc.state_var", &r->state },
		{ "OFFSET", "prb_desc.text_blk_lpos", &lpos },
		{ "OFFSET", "prb_data_blk_lpos.begin", &r->begin },
		{ "OFFSET", "prb_data_blk_lpos.next", &r->next },
		{ "SIZE", "printk_info", &r->info_bytes },
		{ "OFFSET", "printk_info.seq", &r->seq },
		{ "OFFSET", "printk_info.ts_nsec", &r->ts_nsec },
		{ "OFFSET", "printk_info.text_len", &r->text_len },
		{ "OFFSET", "printk_info.caller_id", &r->caller_id },
		{ "OFFSET", "printk_info.dev_info", &dev },
		{ "OFFSET", "dev_printk_info.subsystem", &r->subsystem },
		{ "LENGTH", "printk_info_subsystem", &r->subsystem_bytes },
		{ "OFFSET", "dev_printk_info.device", &r->device },
		{ "LENGTH", "printk_info_device", &r->device_bytes },
		{ "OFFSET", "prb_data_ring.size_bits", &r->size_bits },
		{ "OFFSET", "prb_data_ring.data", &r->data },
		{ "OFFSET", "prb_data_ring.head_lpos", &r->head_lpos },
		{ "OFFSET", "prb_data_ring.tail_lpos", &r->tail_lpos },
		{ "SIZE", "atomic_long_t", &word },
	};

	if (!take_all(text, want, sizeof(want) / sizeof(want[0])) || (word != 4 && word != 8))
		return OM_E_VARIANT;

	uint16_t *const in_descs[] = { &r->count_bits, &r->descs, &r->infos, &r->head_id,
				       &r->tail_id };
	uint16_t *const in_text[] = { &r->size_bits, &r->data, &r->head_lpos, &r->tail_lpos };
	bool good = true;

	for (size_t i = 0; i < sizeof(in_descs) / sizeof(in_descs[0]); i++) {
		*in_descs[i] = (uint16_t)(*in_descs[i] + desc_ring);
		good = good && *in_descs[i] + word <= r->bytes;
	}
	for (size_t i = 0; i < sizeof(in_text) / sizeof(in_text[0]); i++) {
		*in_text[i] = (uint16_t)(*in_text[i] + text_ring);
		good = good && *in_text[i] + word <= r->bytes;
	}
	r->begin = (uint16_t)(r->begin + lpos);
	r->next = (uint16_t)(r->next + lpos);
	r->subsystem = (uint16_t)(r->subsystem + dev);
	r->device = (uint16_t)(r->device + dev);
	good = good && r->bytes <= INFO_BYTES_MAX && r->info_bytes <= INFO_BYTES_MAX &&
	       r->desc_bytes <= INFO_BYTES_MAX && r->state + word <= r->desc_bytes &&
	       r->begin + word <= r->desc_bytes && r->next + word <= r->desc_bytes &&
	       r->seq + 8 <= r->info_bytes && r->ts_nsec + 8 <= r->info_bytes &&
	       r->text_len + 4 <= r->info_bytes && r->caller_id + 4 <= r->info_bytes &&
	       r->subsystem + r->subsystem_bytes <= r->info_bytes &&
	       r->device + r->device_bytes <= r->info_bytes;
	out->era = KMSG_RING;
	out->form.word_bytes = (uint8_t)word;
	return good ? OM_OK : OM_E_VARIANT;
}

static bool records_of(struct span text, const char *size, const char *const names[4],
		       struct records_layout *r)
{
	const struct want want[] = {
		{ "SIZE", size, &r->head_bytes },     { "OFFSET", names[0], &r->ts_nsec },
		{ "OFFSET", names[1], &r->len },      { "OFFSET", names[2], &r->text_len },
		{ "OFFSET", names[3], &r->dict_len },
	};

	return take_all(text, want, sizeof(want) / sizeof(want[0])) && r->head_bytes >= 16 &&
	       r->head_bytes <= 64 && r->ts_nsec + 8 <= r->head_bytes &&
	       r->len + 2 <= r->head_bytes && r->text_len + 2 <= r->head_bytes &&
	       r->dict_len + 4 <= r->head_bytes;
}

enum om_err vmcoreinfo_layout(struct span text, struct kmsg_layout *out)
{
	static const char *const of_printk_log[] = { "printk_log.ts_nsec", "printk_log.len",
						     "printk_log.text_len", "printk_log.dict_len" };
	static const char *const of_log[] = { "log.ts_nsec", "log.len", "log.text_len",
					      "log.dict_len" };
	uint64_t at;

	*out = (struct kmsg_layout){ .form.word_bytes = 4 };
	if (vmcoreinfo_symbol(text, "prb", &at))
		return ring_of(text, out);
	if (!vmcoreinfo_symbol(text, "log_buf", &at))
		return OM_E_VARIANT;
	out->form.word_bytes = at > UINT32_MAX ? 8 : 4;
	out->era = KMSG_RECORDS;
	if (records_of(text, "printk_log", of_printk_log, &out->records) ||
	    records_of(text, "log", of_log, &out->records))
		return OM_OK;
	out->era = KMSG_CHARS;
	return vmcoreinfo_symbol(text, "log_end", &at) ? OM_OK : OM_E_VARIANT;
}

void ring_layout_make(struct ring_layout *out, uint32_t word_bytes, bool newer, uint32_t info_bytes)
{
	const uint32_t w = word_bytes;
	const uint32_t text = (newer ? 6 : 5) * w; /* 5.18: last_finalized_seq before it */

	*out = (struct ring_layout){
		.bytes = (uint16_t)(text + 5 * w),
		.count_bits = 0,
		.descs = (uint16_t)w,
		.infos = (uint16_t)(2 * w),
		.head_id = (uint16_t)(3 * w),
		.tail_id = (uint16_t)(4 * w),
		.size_bits = (uint16_t)text,
		.data = (uint16_t)(text + w),
		.head_lpos = (uint16_t)(text + 2 * w),
		.tail_lpos = (uint16_t)(text + 3 * w),
		.desc_bytes = (uint16_t)(3 * w),
		.state = 0,
		.begin = (uint16_t)w,
		.next = (uint16_t)(2 * w),
		.info_bytes = (uint16_t)info_bytes,
		.seq = 0,
		.ts_nsec = 8,
		.text_len = 16,
		.caller_id = 20,
		/* the caller's second number and name come first where there is room for them */
		.subsystem = info_bytes == RING_INFO_NAMED_BYTES ? 44 : 24,
		.subsystem_bytes = 16,
		.device = info_bytes == RING_INFO_NAMED_BYTES ? 60 : 40,
		.device_bytes = 48,
	};
}

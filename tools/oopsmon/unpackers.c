/* SPDX-License-Identifier: BSD-2-Clause */
#include "unpackers.h"

#include "core/log/dmesg.h"

#include <limits.h>
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <string.h>
#include <zstd.h>

enum {
	OPCODE_842_BITS = 5, /* before each group of eight bytes; all 0: these follow as they are */
	GROUP_842_BYTES = 8
};

static bool is_record(struct span text)
{
	struct dmesg_title title;

	return dmesg_title(text, &title) == OM_OK;
}

static bool fits(struct span in, struct workspace work)
{
	return in.len > 0 && in.len <= INT_MAX && work.cap > 0 && work.cap <= INT_MAX;
}

/*
 * liblz4 writes as it reads, but says how much only if the whole block is good or the text
 * it was asked for is complete before the damage: the longest text it admits to is found
 * by halving.
 */
static int lz4_longest(struct span in, struct workspace work)
{
	int low = 0;
	int high = (int)work.cap;
	const char *from = (const char *)in.p;

	while (low < high) {
		const int want = low + (high - low + 1) / 2;
		const int got =
			LZ4_decompress_safe_partial(from, (char *)work.p, (int)in.len, want, want);

		if (got >= want)
			low = want;
		else
			high = want - 1;
	}
	return low > 0 ? LZ4_decompress_safe_partial(from, (char *)work.p, (int)in.len, low, low)
		       : 0;
}

static enum om_err unpack_lz4(struct span in, struct workspace work, struct unpacked *out)
{
	if (!fits(in, work))
		return OM_E_VARIANT;

	struct unpacked u = { .packing = PACKING_LZ4, .used = in.len };
	int n = LZ4_decompress_safe((const char *)in.p, (char *)work.p, (int)in.len, (int)work.cap);

	u.end = UNPACK_COMPLETE;
	if (n < 0) {
		n = lz4_longest(in, work);
		u.end = n == (int)work.cap ? UNPACK_FULL : UNPACK_BROKEN;
	}
	u.text = (struct span){ work.p, n > 0 ? (size_t)n : 0 };
	if (!is_record(u.text))
		return OM_E_VARIANT;
	*out = u;
	return OM_OK;
}

static enum om_err unpack_lzo(struct span in, struct workspace work, struct unpacked *out)
{
	lzo_uint n = work.cap;

	if (!fits(in, work) || lzo_init() != LZO_E_OK)
		return OM_E_VARIANT;

	struct unpacked u = { .packing = PACKING_LZO, .used = in.len };

	/* on errors, too, liblzo says how far it came */
	switch (lzo1x_decompress_safe(in.p, in.len, work.p, &n, NULL)) {
	case LZO_E_OK:
	case LZO_E_INPUT_NOT_CONSUMED:
		u.end = UNPACK_COMPLETE;
		break;
	case LZO_E_INPUT_OVERRUN:
		u.end = UNPACK_CUT;
		break;
	case LZO_E_OUTPUT_OVERRUN:
		u.end = UNPACK_FULL;
		break;
	default:
		u.end = UNPACK_BROKEN;
	}
	u.text = (struct span){ work.p, n < work.cap ? n : work.cap };
	if (!is_record(u.text))
		return OM_E_VARIANT;
	*out = u;
	return OM_OK;
}

static enum om_err unpack_zstd(struct span in, struct workspace work, struct unpacked *out)
{
	ZSTD_DStream *stream = fits(in, work) ? ZSTD_createDStream() : NULL;
	ZSTD_inBuffer from = { in.p, in.len, 0 };
	ZSTD_outBuffer to = { work.p, work.cap, 0 };
	struct unpacked u = { .packing = PACKING_ZSTD, .end = UNPACK_CUT };

	if (!stream)
		return OM_E_VARIANT;
	while (u.end == UNPACK_CUT) {
		const size_t in_before = from.pos;
		const size_t out_before = to.pos;
		const size_t rc = ZSTD_decompressStream(stream, &to, &from);

		if (rc == 0)
			u.end = UNPACK_COMPLETE;
		else if (ZSTD_isError(rc))
			u.end = UNPACK_BROKEN;
		else if (to.pos == to.size)
			u.end = UNPACK_FULL;
		else if (from.pos == in_before && to.pos == out_before)
			break; /* wants more than there is */
	}
	ZSTD_freeDStream(stream);
	u.used = u.end == UNPACK_COMPLETE ? from.pos : in.len;
	u.text = (struct span){ work.p, to.pos };
	if (!is_record(u.text))
		return OM_E_VARIANT;
	*out = u;
	return OM_OK;
}

/*
 * The title comes first and nothing can be repeated before it, so its first eight letters
 * are there as they are, five bits late.
 */
static enum om_err label_842(struct span in, struct workspace work, struct unpacked *out)
{
	uint8_t group[GROUP_842_BYTES];

	(void)work;
	if (in.len < GROUP_842_BYTES + 1 || in.p[0] >> (8 - OPCODE_842_BITS) != 0)
		return OM_E_VARIANT;
	for (uint32_t i = 0; i < GROUP_842_BYTES; i++)
		group[i] = (uint8_t)(in.p[i] << OPCODE_842_BITS |
				     in.p[i + 1] >> (8 - OPCODE_842_BITS));
	for (enum reason r = REASON_PANIC; r <= REASON_UNKNOWN; r++) {
		const char *name = reason_name(r);
		const size_t n = strnlen(name, GROUP_842_BYTES);

		if (memcmp(group, name, n) == 0 && (n == GROUP_842_BYTES || group[n] == '#'))
			out->packing = PACKING_842;
	}
	return OM_E_VARIANT;
}

const struct unpacker host_unpackers[] = {
	{ PACKING_ZSTD, unpack_zstd }, { PACKING_LZ4, unpack_lz4 }, { PACKING_LZO, unpack_lzo },
	{ PACKING_842, label_842 },    { PACKING_NONE, NULL },
};

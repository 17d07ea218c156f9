/* SPDX-License-Identifier: BSD-2-Clause */
#include "salvage.h"

#include "dmesg.h"

enum { STREAM_TEXT_MIN = 16 /* console or pmsg text must begin with so many characters */ };

static size_t text_prefix(struct span s)
{
	size_t n = 0;

	while (n < s.len && dmesg_looks_like_text(span_sub(s, n, 1)))
		n++;
	return n;
}

static bool is_zero(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] == 0)
		n++;
	return n == s.len;
}

/* Does this first block open a text of its kind? */
static bool opens_text(enum zone_kind kind, struct span block, bool *packed)
{
	struct dmesg_header h;

	*packed = false;
	if (kind != ZONE_DMESG)
		return text_prefix(block) >= STREAM_TEXT_MIN;
	if (dmesg_header(block, &h) != OM_OK)
		return false;
	*packed = h.compressed;
	return true;
}

struct span salvage_log(const struct zone_raw *zone, enum zone_kind kind, struct workspace work)
{
	bool packed = false;
	size_t len = 0;

	/* RAM that was never written: no ECC makes text of it */
	if (is_zero(span_sub(zone->bytes, ZONE_HDR_BYTES, STREAM_TEXT_MIN)))
		return (struct span){ work.p, 0 };
	for (uint32_t i = 0; i <= zone->shape.cap_bytes / ZONE_BLOCK_BYTES; i++) {
		uint32_t n;
		uint32_t corrected;
		enum om_err err = zone_block(zone, i, work.p + len, &n, &corrected);
		struct span block = { work.p + len, n };

		(void)err; /* a block beyond repair still has its raw bytes */
		if (n == 0 || (i == 0 && !opens_text(kind, block, &packed)))
			break;
		if (packed ? is_zero(block) : !dmesg_looks_like_text(block)) {
			len += packed ? 0 : text_prefix(block);
			break;
		}
		len += n;
	}
	while (len > 0 && !packed && work.p[len - 1] == 0)
		len--;
	return (struct span){ work.p, len };
}

uint32_t salvage_check(const struct zone_raw *zone, size_t len, uint32_t *corrected_bytes)
{
	uint32_t bad = 0;

	for (uint32_t i = 0; (size_t)i * ZONE_BLOCK_BYTES < len; i++) {
		uint8_t block[ZONE_BLOCK_BYTES];
		uint32_t n;
		uint32_t corrected;

		if (zone_block(zone, i, block, &n, &corrected) == OM_OK)
			*corrected_bytes += corrected;
		else
			bad++;
	}
	return bad;
}

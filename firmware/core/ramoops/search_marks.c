/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that may open a zone. */
#include "search_solver.h"

#include <string.h>

enum { ZONE_SIZE_MAX = 64 << 20 }; /* more than any header's numbers */

uint32_t search_wrong_bits(uint32_t sig)
{
	uint32_t n = 0;

	for (uint32_t v = sig ^ ZONE_SIG; v && n <= SEARCH_WRONG_BITS_MAX; v &= v - 1)
		n++;
	return n;
}

/* Is a header of this byte order at @p, which has ZONE_HDR_BYTES? */
static bool mark_read(const uint8_t *p, bool big_endian, struct mark *out)
{
	const uint32_t start = big_endian ? be32_load(p + 4) : le32_load(p + 4);
	const uint32_t size = big_endian ? be32_load(p + 8) : le32_load(p + 8);

	if (size > ZONE_SIZE_MAX || start > size)
		return false; /* most bytes end here */

	const uint32_t sig = big_endian ? be32_load(p) : le32_load(p);
	const uint32_t wrong = search_wrong_bits(sig);

	out->version = ftrace_version(sig);
	if (!out->version && wrong > SEARCH_WRONG_BITS_MAX)
		return false;
	out->big_endian = big_endian;
	out->wrong_bits = (uint8_t)(wrong <= SEARCH_WRONG_BITS_MAX ? wrong : 0);
	return true;
}

static bool is_plain(const struct mark *m)
{
	return !m->version && !m->wrong_bits;
}

bool search_sound_mark(struct span bytes, uint32_t off, struct mark *out)
{
	if (!span_has(bytes, off, ZONE_HDR_BYTES))
		return false;
	for (uint32_t order = 0; order < 2; order++)
		if (mark_read(bytes.p + off, order == 1, out) && !out->wrong_bits)
			return true;
	return false;
}

/* Of overlapping readings the likelier header: like @plain, a mark without doubt, if any. */
static uint32_t mark_rank(const struct mark *m, const struct mark *plain)
{
	if (!plain)
		return is_plain(m) * 4 + (m->off % 4 == 0);
	return is_plain(m) * 4 + (m->big_endian == plain->big_endian) * 2 +
	       ((m->off - plain->off) % 4 == 0);
}

/*
 * All signatures, those of ftrace zones too, have a 'C' at one end: the last byte in
 * little-endian memory, the first in big-endian. It comes seldom enough to look for. An ftrace
 * signature of a 6.1 kernel has two, and can be read in both orders.
 */
uint32_t search_marks(struct span bytes, uint64_t base, struct mark *marks, uint32_t max,
		      size_t *used)
{
	uint32_t n = 0;
	uint64_t floor = base; /* end of the last mark but one */
	const struct mark *plain = NULL;
	struct mark last_plain;
	const uint8_t *c;

	*used = bytes.len;
	for (size_t at = 0; at < bytes.len; at++) {
		c = memchr(bytes.p + at, 'C', bytes.len - at);
		if (!c)
			break;
		at = (size_t)(c - bytes.p);
		for (uint32_t order = 0; order < 2; order++) {
			const size_t off = order ? at : at - 3;
			struct mark m = { .off = base + off };

			if ((!order && at < 3) || m.off < floor ||
			    !span_has(bytes, off, ZONE_HDR_BYTES) ||
			    !mark_read(bytes.p + off, order == 1, &m))
				continue;
			if (n > 0 && m.off < marks[n - 1].off + ZONE_HDR_BYTES) {
				if (mark_rank(&m, plain) > mark_rank(&marks[n - 1], plain))
					marks[n - 1] = m;
				continue;
			}
			if (n == max) {
				*used = off;
				return n;
			}
			if (n > 0)
				floor = marks[n - 1].off + ZONE_HDR_BYTES;
			if (is_plain(&m)) {
				last_plain = m;
				plain = &last_plain;
			}
			marks[n++] = m;
		}
	}
	return n;
}

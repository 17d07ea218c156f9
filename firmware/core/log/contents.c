/* SPDX-License-Identifier: BSD-2-Clause */
#include "contents.h"

#include "dmesg.h"
#include "pmsg.h"

enum {
	TEXT_MIN = 16,	     /* characters that are enough to judge by */
	TEXT_RUN_BYTES = 64, /* text is judged in pieces, so that damage spoils only one */
	STRIDE_BYTES = 8,    /* entries of ftrace are some strides long, or one and a half */
	STRIDES_MIN = 8,     /* that are enough to judge by */
	ADDRESS_MIN = 0x7f,  /* top byte: kernels and their modules are in the upper half */
	ADDRESSES_IN = 4,    /* one stride in so many at least has one, in any format */
};

/* The data without the zeros after it, that nobody ever wrote to. */
static struct span without_end(struct span s)
{
	s = span_sub(s, 0, CONTENTS_BYTES);
	while (s.len > 0 && s.p[s.len - 1] == 0)
		s.len--;
	return s;
}

static bool is_mostly_text(struct span s)
{
	uint32_t good = 0;
	uint32_t n = 0;

	if (s.len < TEXT_MIN)
		return false;
	for (size_t off = 0; off < s.len; off += TEXT_RUN_BYTES, n++)
		good += dmesg_looks_like_text(span_sub(s, off, TEXT_RUN_BYTES));
	return good * 4 >= n * 3;
}

/* Is @phase the place in the strides where addresses have their top bytes? */
static bool has_top_bytes(struct span s, uint32_t phase)
{
	const uint32_t n = (uint32_t)s.len / STRIDE_BYTES;
	uint32_t large = 0;
	uint32_t same = 0;
	uint8_t last = 0;

	for (size_t i = phase; i < s.len; i += STRIDE_BYTES) {
		if (s.p[i] < ADDRESS_MIN)
			continue;
		large++;
		same += s.p[i] == last;
		last = s.p[i];
	}
	return n >= STRIDES_MIN && large * ADDRESSES_IN >= n && same * 4 >= large * 3;
}

/*
 * Nearly all addresses of functions have the same top byte, and it comes again at the same place
 * of each stride, whatever the writer's byte order and word size are and wherever the ring was
 * cut. Noise has as many large bytes there, but of all kinds; RAM that is all ones has them at
 * every place.
 */
static bool has_calls(struct span s)
{
	uint32_t places = 0;

	for (uint32_t phase = 0; phase < STRIDE_BYTES; phase++)
		places += has_top_bytes(s, phase);
	return places > 0 && places < STRIDE_BYTES;
}

enum contents contents_of(struct span data)
{
	const struct span s = without_end(data);

	if (s.len == 0)
		return CONTENTS_NONE;
	if (is_mostly_text(s) || pmsg_is_logd(s))
		return CONTENTS_WORDS;
	return has_calls(s) ? CONTENTS_CALLS : CONTENTS_OTHER;
}

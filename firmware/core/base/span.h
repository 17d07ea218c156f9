/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A span is a bounded view of bytes nobody trusts: last boot's RAM, a DTB, a
 * file. All parsers take spans and load fields bytewise, so alignment and the
 * host's byte order never matter.
 */
#ifndef OM_CORE_SPAN_H
#define OM_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t len;
};

/* Memory the caller lends to a function for the time its results are used. */
struct workspace {
	uint8_t *p;
	size_t cap;
};

/* True if [off, off + len) lies inside @s; no sum can wrap. */
static inline bool span_has(struct span s, size_t off, size_t len)
{
	return off <= s.len && len <= s.len - off;
}

/* The part [off, off + len) of @s, cut to what is there. */
static inline struct span span_sub(struct span s, size_t off, size_t len)
{
	if (off > s.len)
		off = s.len;
	if (len > s.len - off)
		len = s.len - off;
	/* an empty span may have no address, which takes no offset */
	return (struct span){ off ? s.p + off : s.p, len };
}

static inline bool span_is_zero(struct span s)
{
	return s.len == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.len - 1) == 0);
}

static inline uint32_t le32_load(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t le64_load(const uint8_t *p)
{
	return le32_load(p) | (uint64_t)le32_load(p + 4) << 32;
}

static inline void le32_store(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline void le64_store(uint8_t *p, uint64_t v)
{
	le32_store(p, (uint32_t)v);
	le32_store(p + 4, (uint32_t)(v >> 32));
}

static inline uint32_t be32_load(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* @v in the other byte order. */
static inline uint32_t u32_swapped(uint32_t v)
{
	return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

static inline void be32_store(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

#endif

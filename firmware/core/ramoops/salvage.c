/* SPDX-License-Identifier: BSD-2-Clause */
#include "salvage.h"

#include "core/log/dmesg.h"

#include <string.h>

enum {
	OPENING_MIN = 16,     /* console or pmsg text must begin with so many characters */
	TEXT_BYTES_MIN = 24,  /* less of a last block can be text by chance */
	VOUCH_ROOTS_MIN = 4,  /* with less parity noise passes for a code word */
	STRANGE_MAX = 64,     /* blocks in a row that nothing speaks for: the end */
	STRANGE_DOUBTFUL = 4, /* the same where nothing says that there is a zone at all */
	NEAR_BITS = 3,	      /* two numbers that differ by so much were one */
	FULL_SLACK = 16	      /* a ring is full up to one part in so many */
};

static size_t text_prefix(struct span s)
{
	size_t n = 0;

	while (n < s.len && dmesg_looks_like_text(span_sub(s, n, 1)))
		n++;
	return n;
}

/* What a zone's blocks look like. */
struct content {
	bool head;	 /* it begins with a "====" line */
	bool packed;	 /* and that says: packed */
	uint32_t n_good; /* blocks that something speaks for */
	uint32_t end;	 /* bytes up to where that ends */
};

static void look_at_head(struct span block, struct content *c)
{
	struct dmesg_header h;

	c->head = dmesg_header(block, &h) == OM_OK || dmesg_header_near(block, &h) == OM_OK;
	c->packed = c->head && h.compressed;
}

/* Does the content of block @i, or its parity, say that it was written? */
static bool is_good(const struct salvage *s, const struct content *c, uint32_t i, struct span block,
		    bool vouched)
{
	if (span_is_zero(block))
		return false;
	if (c->packed || (vouched && !s->empty))
		return true;
	return (s->trust != SALVAGE_DOUBTFUL || c->head) && dmesg_looks_like_text(block) &&
	       (block.len >= TEXT_BYTES_MIN || c->end == i * ZONE_BLOCK_BYTES);
}

static void look(const struct zone_raw *zone, const struct salvage *s, struct content *c)
{
	const uint32_t n_roots = zone->rs ? zone->rs->n_roots : 0;
	const uint32_t patience = s->trust == SALVAGE_DOUBTFUL ? STRANGE_DOUBTFUL : STRANGE_MAX;
	uint32_t strange = 0;

	*c = (struct content){ 0 };
	for (uint32_t i = 0; strange < patience; i++) {
		uint8_t bytes[ZONE_BLOCK_BYTES];
		uint32_t n;
		uint32_t corrected;
		const bool whole = zone_block(zone, i, bytes, &n, &corrected) == OM_OK;
		const bool vouched = whole && n_roots >= VOUCH_ROOTS_MIN &&
				     corrected * 4 <= n_roots;
		const struct span block = { bytes, n };

		if (n == 0)
			return;
		if (i == 0 && s->kind == ZONE_DMESG)
			look_at_head(block, c);
		if (i == 0 && s->empty &&
		    !(s->kind == ZONE_DMESG ? c->head : text_prefix(block) >= OPENING_MIN))
			return;
		if (is_good(s, c, i, block, vouched)) {
			c->end = i * ZONE_BLOCK_BYTES + n;
			c->n_good++;
			strange = 0;
			continue;
		}
		if (!c->packed && c->end == i * ZONE_BLOCK_BYTES &&
		    (s->trust != SALVAGE_DOUBTFUL || c->head) &&
		    (c->n_good || text_prefix(block) >= OPENING_MIN)) {
			c->end += (uint32_t)text_prefix(block);
			c->n_good++;
		}
		if (c->packed || s->empty)
			return;
		strange++;
	}
}

/* Where the ring begins by printk's stamps: they jump back there. 0: they do not. */
static uint32_t find_seam(struct span ring)
{
	uint64_t last = 0;
	uint64_t jump = 0;
	size_t after = 0; /* the line after the last one with a stamp: often a cut one */
	size_t seam = 0;

	for (size_t at = 0; at < ring.len;) {
		const uint8_t *end = memchr(ring.p + at, '\n', ring.len - at);
		const size_t next = end ? (size_t)(end - ring.p) + 1 : ring.len;
		uint64_t usec;

		if (dmesg_stamp(span_sub(ring, at, next - at), &usec) == OM_OK) {
			if (usec < last && last - usec > jump) {
				jump = last - usec;
				seam = after;
			}
			last = usec;
			after = next;
		}
		at = next;
	}
	return (uint32_t)seam;
}

/* How a ring is to be read whose header cannot be right. */
struct reading {
	uint32_t low;	/* start and size agree up to here */
	bool near;	/* they differ by a few bits, so they were one number */
	bool seam_lost; /* it has wrapped, but where is unknown */
};

static struct reading choose(const struct content *c, enum zone_kind kind, struct zone *z)
{
	const uint32_t cap = z->shape.cap_bytes;
	const uint32_t start = z->start <= cap ? z->start : 0;
	const uint32_t size = z->size <= cap ? z->size : 0;
	const uint32_t top = start > size ? start : size;
	const uint32_t apart = zone_bits(z->start ^ z->size);
	const bool full = c->end >= cap - cap / FULL_SLACK;
	struct reading r = { .near = top > 0 && apart <= NEAR_BITS };
	uint32_t end = top;

	if (full && !c->head && start > 0 && (!r.near || zone_bits(z->size ^ cap) < apart)) {
		z->size = cap;
		r.low = cap;
		return r;
	}
	r.seam_lost = !r.near && (full || size == cap) && kind != ZONE_DMESG;
	if (r.seam_lost)
		end = cap;
	else if (!r.near && c->end > top)
		end = c->end;
	else if (r.near && start > size && size > 0 && c->n_good) /* Linux shows nothing here */
		end = c->end > start ? start : c->end > size ? c->end : size;
	r.low = start > 0 && size > 0 ? start + size - top : end;
	z->start = end;
	z->size = end;
	return r;
}

/* Without ECC: what is not text between text cannot be trusted. */
static void mark_strange(struct zone *z)
{
	for (uint32_t off = 0; off < z->size; off += ZONE_BLOCK_BYTES) {
		const struct span s = span_sub(z->text, off, ZONE_BLOCK_BYTES);

		if (!dmesg_looks_like_text(s))
			holes_add(&z->holes, off, (uint32_t)s.len);
	}
}

/* Start and size are not what a writer leaves: read by what the zone holds. */
static enum om_err log_by_content(const struct zone_raw *zone, struct workspace work,
				  const struct content *c, struct salvage *s, struct zone *z)
{
	const bool is_text = s->kind == ZONE_DMESG ? c->head && !c->packed : true;
	struct reading r = { 0 };

	if (s->empty)
		z->start = z->size = r.low = c->end;
	else
		r = choose(c, s->kind, z);
	if (!s->has_proof && !(s->trust == SALVAGE_KNOWN && r.near))
		return OM_E_NOT_FOUND;

	enum om_err err = zone_log(zone, work, z);

	if (err == OM_OK && r.seam_lost) {
		const uint32_t seam = find_seam(z->text);

		s->by_stamps = seam > 0;
		z->start = seam > 0 ? seam : z->size;
		err = zone_log(zone, work, z);
	}
	if (err == OM_OK && is_text && z->start == z->size) {
		while (z->size > 0 && work.p[z->size - 1] == 0)
			z->size--;
		z->start = z->size;
		err = zone_log(zone, work, z);
	}
	if (err != OM_OK)
		return OM_E_NOT_FOUND;
	if (z->start == z->size)
		holes_add_until(&z->holes, r.low, z->size);
	if (is_text && !zone->rs && !s->empty)
		mark_strange(z);
	return OM_OK;
}

enum om_err salvage_log(const struct zone_raw *zone, struct workspace work, struct salvage *s,
			struct zone *z)
{
	struct content c;

	/* RAM that was never written: no ECC makes text of it */
	if ((s->empty || s->trust == SALVAGE_DOUBTFUL) &&
	    span_is_zero(span_sub(zone->bytes, ZONE_HDR_BYTES, OPENING_MIN)))
		return OM_E_NOT_FOUND;
	look(zone, s, &c);
	s->has_proof = c.n_good > 0 || c.head;
	s->by_header = zone_is_sane(z);
	if (!s->by_header)
		return log_by_content(zone, work, &c, s, z);
	if (!s->has_proof && (s->trust != SALVAGE_KNOWN || zone->rs))
		return OM_E_NOT_FOUND;
	return zone_log(zone, work, z);
}

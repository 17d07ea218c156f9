/* SPDX-License-Identifier: BSD-2-Clause */
#include "shape.h"

enum {
	PAGE = 4096,
	RUN = 4,	 /* facts in a row that make a run */
	CHAIN = 6,	 /* records in a row that make a chain */
	TEXT_MAX = 4096, /* longer texts than any kernel writes */
	RECORD_MAX = 4096,
	CHAIN_GAP_BYTES = 2 * RECORD_MAX,
	HEAD_BYTES = 16, /* struct printk_log, without a caller */
	STRUCT_BYTES_MAX = 256
};

#define SEQ_MAX	     (1ULL << 32)
#define NSEC_PER_SEC 1000000000ULL
#define TS_MAX_NSEC  (20ULL * 365 * 86400 * NSEC_PER_SEC)

static uint64_t load64(const uint8_t *p, bool big_endian)
{
	const uint64_t v = le64_load(p);

	return big_endian
		       ? (uint64_t)u32_swapped((uint32_t)v) << 32 | u32_swapped((uint32_t)(v >> 32))
		       : v;
}

static uint32_t load16(const uint8_t *p, bool big_endian)
{
	return big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* ---- runs of facts ------------------------------------------------------------------------ */

/* The facts at @p could be those of message @seq, at @ts or a little before. */
static bool is_info(const uint8_t *p, uint64_t seq, uint64_t *ts, bool big_endian)
{
	const uint64_t t = load64(p + 8, big_endian);

	if (load64(p, big_endian) != seq || t > TS_MAX_NSEC || t + NSEC_PER_SEC < *ts ||
	    load16(p + 16, big_endian) > TEXT_MAX)
		return false;
	*ts = t;
	return true;
}

static void keep_run(struct shape *s, const struct shape_run *run)
{
	uint32_t least = 0;

	if (s->n_runs < SHAPE_RUNS) {
		s->runs[s->n_runs++] = *run;
		return;
	}
	for (uint32_t i = 1; i < SHAPE_RUNS; i++)
		if (s->runs[i].n < s->runs[least].n)
			least = i;
	if (s->runs[least].n < run->n)
		s->runs[least] = *run;
}

/* The last run goes on at @pa: nothing new begins there. */
static bool continues(struct shape *s, uint64_t pa, uint64_t seq, uint32_t stride, bool big_endian)
{
	for (uint32_t i = s->n_runs; i-- > 0;) {
		struct shape_run *r = &s->runs[i];

		if (r->info_bytes == stride && r->big_endian == big_endian && pa > r->pa &&
		    pa - r->pa == (seq - r->seq) * stride) {
			if (seq - r->seq + RUN > r->n)
				r->n = (uint32_t)(seq - r->seq) + RUN;
			return true;
		}
	}
	return false;
}

static void try_run(struct shape *s, uint64_t pa, struct span at, uint32_t stride, bool big_endian)
{
	const uint64_t seq = load64(at.p, big_endian);
	uint64_t ts = 0;

	if (seq >= SEQ_MAX || at.len < (RUN - 1) * stride + 24 ||
	    load64(at.p + stride, big_endian) != seq + 1)
		return;
	for (uint32_t i = 0; i < RUN; i++)
		if (!is_info(at.p + i * stride, seq + i, &ts, big_endian))
			return;
	if (ts == 0 && seq > RUN) /* a clock that never runs: a table of numbers */
		return;
	if (!continues(s, pa, seq, stride, big_endian))
		keep_run(s, &(struct shape_run){ .pa = pa,
						 .seq = seq,
						 .n = RUN,
						 .info_bytes = (uint16_t)stride,
						 .big_endian = big_endian });
}

/* ---- the ring's struct -------------------------------------------------------------------- */

static bool is_kernel_va(uint64_t va, uint32_t word_bytes)
{
	return word_bytes == 4 ? va >= 0x40000000 : va >> 52 == 0xfff || va >> 52 == 0xc00;
}

static void try_head(struct shape *s, uint64_t pa, struct span at, struct ram_form form, bool newer)
{
	struct ring_layout l;
	struct ring_head h;

	ring_layout_make(&l, form.word_bytes, newer, RING_INFO_BYTES);
	if (at.len < l.bytes || s->n_heads == SHAPE_HEADS || !ring_head_load(&form, &l, at.p, &h) ||
	    !is_kernel_va(h.descs_va, form.word_bytes) ||
	    !is_kernel_va(h.infos_va, form.word_bytes) || !is_kernel_va(h.data_va, form.word_bytes))
		return;
	s->heads[s->n_heads++] = (struct shape_head){ .pa = pa, .form = form, .newer = newer };
}

static void try_heads(struct shape *s, uint64_t pa, struct span at, bool big_endian)
{
	for (uint32_t word = 4; word <= 8; word += 4)
		for (uint32_t newer = 0; newer < 2 && pa % word == 0; newer++)
			try_head(s, pa, at,
				 (struct ram_form){ .big_endian = big_endian,
						    .word_bytes = (uint8_t)word },
				 newer);
}

/* ---- chains of records -------------------------------------------------------------------- */

/* 0: there is no record at @at; else its bytes. */
static uint32_t record_bytes(struct span at, uint32_t head_bytes, bool big_endian, uint64_t *ts)
{
	uint32_t len, used;
	uint64_t t;

	if (at.len < head_bytes)
		return 0;
	len = load16(at.p + 8, big_endian);
	used = head_bytes + load16(at.p + 10, big_endian) + load16(at.p + 12, big_endian);
	t = load64(at.p, big_endian);
	if (len < head_bytes || len > RECORD_MAX || len % 4 != 0 || used > len || len - used >= 8 ||
	    t > TS_MAX_NSEC || t + NSEC_PER_SEC < *ts)
		return 0;
	*ts = t;
	return len;
}

static void keep_chain(struct shape *s, const struct shape_chain *c)
{
	uint32_t least = 0;

	if (s->n_chains < SHAPE_CHAINS) {
		s->chains[s->n_chains++] = *c;
		return;
	}
	for (uint32_t i = 1; i < SHAPE_CHAINS; i++)
		if (s->chains[i].n < s->chains[least].n)
			least = i;
	if (s->chains[least].n < c->n)
		s->chains[least] = *c;
}

/* A chain that was begun before goes on here, or this is inside of one. */
static bool goes_on(struct shape *s, uint64_t pa, uint32_t len, uint64_t ts)
{
	for (uint32_t i = s->n_chains; i-- > 0;) {
		struct shape_chain *c = &s->chains[i];

		if (pa < c->pa || pa > c->end_pa)
			continue;
		if (pa == c->end_pa && ts + NSEC_PER_SEC >= c->last_nsec) {
			c->end_pa += len;
			c->last_nsec = ts;
			c->n++;
			return true;
		}
		return pa < c->end_pa;
	}
	return false;
}

static void try_chain(struct shape *s, uint64_t pa, struct span at, uint32_t head_bytes,
		      bool big_endian)
{
	struct shape_chain c = { .pa = pa,
				 .head_bytes = (uint16_t)head_bytes,
				 .big_endian = big_endian };
	uint64_t ts = 0;
	size_t off = 0;

	while (c.n < CHAIN) {
		const struct span rest = span_sub(at, off, at.len);
		const uint32_t len = record_bytes(rest, head_bytes, big_endian, &ts);

		if (len == 0 || (c.n == 0 && goes_on(s, pa, len, ts)))
			return;
		if (len > rest.len ||
		    message_text_bad(span_sub(rest, head_bytes, load16(rest.p + 10, big_endian))))
			return;
		if (c.n == 0)
			c.first_nsec = ts;
		c.n++;
		off += len;
		if (off >= at.len)
			break;
	}
	if (c.n < CHAIN)
		return;
	c.end_pa = pa + off;
	c.last_nsec = ts;
	keep_chain(s, &c);
}

/* ---- all bytes ---------------------------------------------------------------------------- */

static void look_at_8(struct shape *s, uint64_t pa, struct span at)
{
	const uint64_t q = le64_load(at.p);
	const bool little = q < SEQ_MAX, big = (uint32_t)q == 0;

	if (!little && !big)
		return;
	if (little) {
		try_run(s, pa, at, RING_INFO_BYTES, false);
		try_run(s, pa, at, RING_INFO_NAMED_BYTES, false);
	}
	if (big) {
		try_run(s, pa, at, RING_INFO_BYTES, true);
		try_run(s, pa, at, RING_INFO_NAMED_BYTES, true);
	}
}

static void look_at_4(struct shape *s, uint64_t pa, struct span at)
{
	const uint32_t v = le32_load(at.p);

	if (v - 4 <= 20)
		try_heads(s, pa, at, false);
	if ((v & 0xffffff) == 0 && (v >> 24) - 4 <= 20)
		try_heads(s, pa, at, true);
}

static void look_for_chain(struct shape *s, uint64_t pa, struct span at)
{
	static const uint16_t heads[] = { HEAD_BYTES, HEAD_BYTES + 4, HEAD_BYTES + 8 };

	for (uint32_t end = 0; end < 2; end++) {
		const uint32_t len = load16(at.p + 8, end);

		if (len < HEAD_BYTES || len > RECORD_MAX || len % 4 != 0 ||
		    load16(at.p + 10, end) + HEAD_BYTES > len)
			continue;
		for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
			try_chain(s, pa, at, heads[i], end);
	}
}

void shape_feed(struct shape *s, uint64_t pa, struct span bytes, size_t n)
{
	for (size_t i = 0; i < n && bytes.len - i >= HEAD_BYTES; i += 4) {
		const struct span at = { bytes.p + i, bytes.len - i };

		if (i % 8 == 0 && le64_load(at.p) == 0 && le64_load(at.p + 8) == 0 &&
		    span_is_zero(span_sub(at, 0, PAGE))) {
			/* all zero: the last few facts before the end may begin there */
			if (at.len >= PAGE)
				i += PAGE - STRUCT_BYTES_MAX * 2 - 4;
			continue;
		}
		if (i % 8 == 0)
			look_at_8(s, pa + i, at);
		look_at_4(s, pa + i, at);
		look_for_chain(s, pa + i, at);
	}
}

/* ---- from the parts to a log -------------------------------------------------------------- */

static void open_pair(const struct ram *ram, const struct shape_head *h,
		      const struct shape_run *run, struct workspace work, struct kmsg_log *best)
{
	struct kmsg_log log = { .ram = ram, .era = KMSG_RING, .at_pa = h->pa };
	struct ring *r = &log.ring;
	uint8_t raw[STRUCT_BYTES_MAX];

	ring_layout_make(&r->layout, h->form.word_bytes, h->newer, run->info_bytes);
	r->form = h->form;
	if (run->big_endian != h->form.big_endian || !ram_read(ram, h->pa, raw, r->layout.bytes) ||
	    !ring_head_load(&h->form, &r->layout, raw, &r->head))
		return;

	const uint64_t infos_pa = run->pa - ring_index(r, run->seq) * run->info_bytes;

	if ((r->head.infos_va - infos_pa) % PAGE != 0)
		return;
	log.map = (struct address_map){ .form = h->form, .image_off = r->head.infos_va - infos_pa };
	r->infos_pa = infos_pa;
	if (!address_translate(ram, &log.map, WAY_IMAGE, r->head.descs_va, &r->descs_pa) ||
	    !address_translate(ram, &log.map, WAY_IMAGE, r->head.data_va, &r->data_pa) ||
	    !kmsg_judge(&log, work) || log.agree <= best->agree)
		return;
	*best = log;
}

/* Chain @i, with the one before it in memory if the buffer has begun anew there. */
static void open_chain(const struct ram *ram, const struct shape *s, uint32_t i,
		       struct workspace work, struct kmsg_log *best)
{
	const struct shape_chain *c = &s->chains[i], *later = NULL;
	struct kmsg_log log = { .ram = ram, .era = KMSG_RECORDS };
	struct records *r = &log.records;

	for (uint32_t k = 0; k < s->n_chains; k++) {
		const struct shape_chain *o = &s->chains[k];

		if (o->end_pa <= c->pa && c->pa - o->end_pa <= CHAIN_GAP_BYTES &&
		    o->first_nsec >= c->last_nsec && o->head_bytes == c->head_bytes &&
		    o->big_endian == c->big_endian)
			later = o;
	}
	r->form = (struct ram_form){ .big_endian = c->big_endian, .word_bytes = 4 };
	r->layout = (struct records_layout){
		.head_bytes = c->head_bytes, .len = 8, .text_len = 10, .dict_len = 12
	};
	r->buf_pa = later ? later->pa : c->pa;
	if (c->end_pa - r->buf_pa > UINT32_MAX)
		return;
	r->buf_bytes = (uint32_t)(c->end_pa - r->buf_pa);
	r->first = (uint32_t)(c->pa - r->buf_pa);
	r->next = later ? (uint32_t)(later->end_pa - r->buf_pa) : r->buf_bytes;
	log.at_pa = r->buf_pa;
	if (kmsg_judge(&log, work) && log.agree > best->agree)
		*best = log;
}

enum om_err shape_open(const struct ram *ram, const struct shape *s, struct workspace work,
		       struct kmsg_log *out)
{
	*out = (struct kmsg_log){ 0 };
	for (uint32_t i = 0; i < s->n_heads; i++)
		for (uint32_t k = 0; k < s->n_runs; k++)
			open_pair(ram, &s->heads[i], &s->runs[k], work, out);
	/* a ring's evidence is stronger */
	for (uint32_t i = 0; i < s->n_chains && (i || out->agree == 0); i++)
		open_chain(ram, s, i, work, out);
	return out->agree ? OM_OK : OM_E_NOT_FOUND;
}

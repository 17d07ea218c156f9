/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of Linux that writes regions of every era, to be searched for.
 */
#ifndef OM_TESTS_SEARCH_WRITER_H
#define OM_TESTS_SEARCH_WRITER_H

#include "core/ramoops/search.h"

#include "model.h"
#include "support.h"

enum { REGION_MAX = 0x100000, DUMP_MAX = REGION_MAX + 0x40000 };

static uint8_t dump[DUMP_MAX];
static uint8_t work[SEARCH_WORK_BYTES];

/* ---- a region as Linux leaves it ----------------------------------------------------------- */

static const uint32_t versions[ERAS] = {
	0x030a69, 0x040950, 0x050adf, 0x0601c0, 0x060308, 0x060c6b
};

struct writer {
	struct geometry g;
	enum era era;
	uint32_t cpus;
	struct layout l;
	struct rs rs;
	uint8_t *raw;
	uint64_t data; /* bits of the first 64 zones: which hold data */
};

static inline uint32_t zone_xor(const struct writer *w, const struct place *at)
{
	return at->kind == ZONE_FTRACE ? versions[w->era] : 0;
}

/* The kernel's probe: headers everywhere. False: it would refuse these sizes. */
static inline bool writer_probe(struct writer *w)
{
	struct place at;
	struct zone_shape shape;

	if (layout_make(&w->g, w->era, w->cpus, &w->l) != OM_OK)
		return false;
	for (uint32_t i = 0; layout_place(&w->l, i, &at) == OM_OK; i++)
		if (zone_shape(at.bytes, w->g.ecc_bytes, &shape) != OM_OK)
			return false;
	if (w->g.ecc_bytes)
		assert_int_equal(rs_init(&w->rs, w->g.ecc_bytes), OM_OK);
	w->data = 0;
	for (uint32_t i = 0; layout_place(&w->l, i, &at) == OM_OK; i++)
		(void)model_open(w->raw + at.off, at.bytes, w->g.ecc_bytes ? &w->rs : NULL,
				 zone_xor(w, &at));
	return true;
}

static inline void writer_log(struct writer *w, uint32_t zone, const void *log, size_t len)
{
	struct place at;

	assert_int_equal(layout_place(&w->l, zone, &at), OM_OK);

	struct model_zone z = model_open(w->raw + at.off, at.bytes, w->g.ecc_bytes ? &w->rs : NULL,
					 zone_xor(w, &at));

	if (at.kind == ZONE_DMESG && len > z.shape.cap_bytes)
		len = z.shape.cap_bytes; /* Linux cuts a record, it never wraps */
	model_write(&z, log, len);
	if (zone < 64)
		w->data |= 1ull << zone;
}

/* Text as a zone of this kind holds it; its length. */
static inline size_t make_log(enum zone_kind kind, struct prng *rng, char *out, size_t cap)
{
	size_t n = 0;

	if (kind == ZONE_PMSG || kind == ZONE_FTRACE) {
		n = 1 + prng_below(rng, (uint32_t)cap);
		prng_fill(rng, (uint8_t *)out, n);
		return n;
	}
	if (kind == ZONE_DMESG)
		n = (size_t)sprintf(out, "====%u.%06u-D\nPanic#1 Part1\n", prng_next(rng), 7);
	for (uint32_t lines = 2 + prng_below(rng, (uint32_t)cap / 128); lines > 0; lines--)
		n += (size_t)sprintf(out + n, "%s[%5u.%06u] line %u of a log\n",
				     kind == ZONE_DMESG ? "<6>" : "", prng_below(rng, 1000),
				     prng_below(rng, 1000000), lines);
	return n;
}

/* Data in the console, and in some of the other zones. */
static inline void writer_fill(struct writer *w, struct prng *rng)
{
	static char log[0x10000];
	struct place at;

	for (uint32_t i = 0; i < 64 && layout_place(&w->l, i, &at) == OM_OK; i++) {
		if (at.kind != ZONE_CONSOLE && prng_below(rng, 2))
			continue;
		if (at.kind == ZONE_DMESG && i > 2)
			continue;
		writer_log(w, i, log, make_log(at.kind, rng, log, 0x6000));
	}
}

static inline enum om_err search(size_t len, bool whole, struct found *f)
{
	return search_region((struct span){ dump, len }, whole,
			     (struct workspace){ work, sizeof(work) }, f);
}

/* Every zone that holds data is found: its kind, its place, its size where one can tell. */
static inline bool found_all(const struct writer *w, const struct found *f)
{
	const uint32_t base = (uint32_t)(w->raw - dump);
	struct place want;
	struct place at;

	for (uint32_t i = 0; i < 64 && layout_place(&w->l, i, &want) == OM_OK; i++) {
		if (!(w->data >> i & 1))
			continue;
		if (base + want.off < f->off ||
		    !layout_around(&f->layout, base + want.off - f->off, &at) ||
		    f->off + at.off != base + want.off || at.kind != want.kind)
			return false;
		/* without ECC nothing tells where the last zone's unused room ends */
		if (f->sure && w->g.ecc_bytes && at.bytes != want.bytes)
			return false;
	}
	return true;
}

static inline void say(const struct writer *w, const struct found *f)
{
	const struct geometry *const g[] = { &w->g, &f->geom };

	for (uint32_t i = 0; i < 2; i++)
		print_message("  %s: region %x record %x console %x ftrace %x pmsg %x ecc %u\n",
			      i ? "found" : "wrote", g[i]->region_bytes, g[i]->record_bytes,
			      g[i]->console_bytes, g[i]->ftrace_bytes, g[i]->pmsg_bytes,
			      g[i]->ecc_bytes);
	print_message("  era %d at %x, %u CPUs, data %llx; found era %d at %x, %u CPUs, sure %d, "
		      "missing %u, stray %u\n",
		      w->era, (unsigned)(w->raw - dump), w->cpus, (unsigned long long)w->data,
		      f->layout.era, f->off, f->layout.n_ftrace, f->sure, f->n_missing, f->n_stray);
}

#endif

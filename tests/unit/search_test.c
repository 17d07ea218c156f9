/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Geometry from the bytes alone: regions of every era are written by a model of Linux, and
 * searched for as they are, damaged, inside other memory, and where there is none.
 */
#include "core/search.h"

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

static uint32_t zone_xor(const struct writer *w, const struct place *at)
{
	return at->kind == ZONE_FTRACE ? versions[w->era] : 0;
}

/* The kernel's probe: headers everywhere. False: it would refuse these sizes. */
static bool writer_probe(struct writer *w)
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

static void writer_log(struct writer *w, uint32_t zone, const void *log, size_t len)
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
static size_t make_log(enum zone_kind kind, struct prng *rng, char *out, size_t cap)
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
static void writer_fill(struct writer *w, struct prng *rng)
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

static enum om_err search(size_t len, bool whole, struct found *f)
{
	return search_region((struct span){ dump, len }, whole,
			     (struct workspace){ work, sizeof(work) }, f);
}

/* Every zone that holds data is found: its kind, its place, its size where one can tell. */
static bool found_all(const struct writer *w, const struct found *f)
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

static void say(const struct writer *w, const struct found *f)
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

/* ---- random geometries ------------------------------------------------------------------------
 */

static uint32_t random_size(struct prng *rng, uint32_t least_log, uint32_t most_log)
{
	return 1u << (least_log + prng_below(rng, most_log - least_log + 1));
}

static struct geometry random_geometry(struct prng *rng)
{
	static const uint8_t eccs[] = { 0, 0, 0, 16, 16, 16, 8, 4, 32, 7, 2, 1, 64, 127 };
	struct geometry g = { .record_bytes = random_size(rng, 11, 15),
			      .ecc_bytes = eccs[prng_below(rng, ARRAY_LEN(eccs))] };

	g.region_bytes = prng_below(rng, 2) ? random_size(rng, 16, 18)
					    : 0x1000 * (8 + prng_below(rng, 56));
	if (prng_below(rng, 4))
		g.console_bytes = random_size(rng, 11, 15);
	if (prng_below(rng, 2))
		g.pmsg_bytes = random_size(rng, 11, 15);
	if (prng_below(rng, 2))
		g.ftrace_bytes = random_size(rng, 11, 14);
	if (prng_below(rng, 12) == 0)
		g.record_bytes = 0;
	return g;
}

/* A region of random sizes and contents at dump + @base. */
static void random_writer(struct prng *rng, uint32_t base, struct writer *w)
{
	do {
		*w = (struct writer){ .g = random_geometry(rng), .raw = dump + base, .cpus = 1 };
		w->era = (enum era)prng_below(rng, ERAS);
		if (w->era < ERA_3_11 + 1 && prng_below(rng, 2))
			w->g.pmsg_bytes = 0;
		if (w->era >= ERA_4_10 && prng_below(rng, 2)) {
			w->g.flags = GEOMETRY_FTRACE_PER_CPU;
			w->cpus = 1 + prng_below(rng, 8);
		}
	} while (!writer_probe(w));
	writer_fill(w, rng);
}

static void round_trips(uint32_t rounds, bool whole, uint64_t seed)
{
	struct prng rng = { seed };
	uint32_t right = 0;
	uint32_t sure = 0;
	uint32_t ecc = 0;
	uint32_t sizes = 0;

	for (uint32_t i = 0; i < rounds; i++) {
		const uint32_t base = whole ? 0 : 4 * prng_below(&rng, 0x8000);
		struct writer w;
		struct found f = { 0 };

		memset(dump, 0, sizeof(dump));
		if (prng_below(&rng, 2))
			prng_fill(&rng, dump, 0x80000);
		random_writer(&rng, base, &w);

		enum om_err err = search(whole ? w.g.region_bytes : 0x80000, whole, &f);

		if (err == OM_OK && found_all(&w, &f)) {
			right++;
		} else if (w.data) {
			print_message("  round %u: %s\n", i, om_err_name(err));
			say(&w, &f);
		} else {
			right++; /* nothing to be found */
		}
		sure += f.sure;
		ecc += f.geom.ecc_bytes == w.g.ecc_bytes;
		sizes += f.geom.record_bytes == w.g.record_bytes &&
			 f.geom.console_bytes == w.g.console_bytes &&
			 f.geom.pmsg_bytes == w.g.pmsg_bytes &&
			 f.geom.ftrace_bytes == w.g.ftrace_bytes;
	}
	print_message("  %u of %u right, %u sure, %u with these very sizes, %u with this ECC\n",
		      right, rounds, sure, sizes, ecc);
	assert_int_equal(right, rounds);
}

static void test_round_trips_whole(void **state)
{
	(void)state;
	round_trips(400, true, 21);
}

static void test_round_trips_within(void **state)
{
	(void)state;
	round_trips(200, false, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips_whole),
		cmocka_unit_test(test_round_trips_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Geometry from the bytes alone: regions of every era are written by a model of Linux, and
 * searched for as they are, damaged, inside other memory, and where there is none.
 */
#include "search_writer.h"

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

/* ---- marks ------------------------------------------------------------------------------------
 */

#define LE     "44424743"
#define BE     "43474244"
#define V61_LE "84434143" /* 6.1.192: a 'C' at either end of its version */
#define V61_BE "43414384"
#define NONE   UINT32_MAX

static const struct {
	const char *name, *hex;
	uint32_t off; /* of the one mark, NONE: there is none */
	uint32_t version;
	bool big_endian;
	uint8_t wrong_bits;
} marks[] = {
	{ "plain", LE "0000000000000000", 0, 0, false, 0 },
	{ "plain, not at the beginning",
	  "4343" LE "0500000005000000"
	  "4343",
	  2, 0, false, 0 },
	{ "big-endian", BE "0000000500000006", 0, 0, true, 0 },
	{ "ftrace",
	  V61_LE "5402000074030000"
		 "00",
	  0, 0x0601c0, false, 0 },
	{ "ftrace, nothing written",
	  V61_LE "0000000000000000"
		 "00",
	  0, 0x0601c0, false, 0 },
	{ "ftrace, big-endian", V61_BE "0000025400000374", 0, 0x0601c0, true, 0 },
	{ "ftrace, big-endian, something before", "00000000" V61_BE "0000000000000374", 4, 0x0601c0,
	  true, 0 },
	{ "one wrong bit",
	  "44424643"
	  "0000000000000000",
	  0, 0, false, 1 },
	{ "three wrong bits",
	  "45434643"
	  "0000000000000000",
	  0, 0, false, 3 },
	{ "four wrong bits",
	  "47434543"
	  "0000000000000000",
	  NONE, 0, false, 0 },
	{ "4.0.0, or one wrong bit",
	  "44424343"
	  "0000000000000000",
	  0, 0x040000, false, 1 },
	{ "no kernel has this version",
	  "44425743"
	  "0000000000000000",
	  0, 0, false, 1 },
	{ "start past size", LE "0600000005000000", NONE, 0, false, 0 },
	{ "size of 64 MiB", LE "0000000000000004", 0, 0, false, 0 },
	{ "larger than that", LE "0000000001000004", NONE, 0, false, 0 },
	{ "cut short", LE "00000000000000", NONE, 0, false, 0 },
	{ "nothing", "", NONE, 0, false, 0 },
};

static void test_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		uint8_t bytes[32];
		const struct span s = { bytes, from_hex(marks[i].hex, bytes, sizeof(bytes)) };
		struct mark m[4];
		size_t used = 0;

		CASE(marks[i].name);
		assert_int_equal(search_marks(s, 0x100000000, m, 4, &used), marks[i].off != NONE);
		assert_int_equal(used, s.len);
		if (marks[i].off == NONE)
			continue;
		assert_true(m[0].off == 0x100000000u + (uint64_t)marks[i].off);
		assert_int_equal(m[0].version, marks[i].version);
		assert_int_equal(m[0].big_endian, marks[i].big_endian);
		assert_int_equal(m[0].wrong_bits, marks[i].wrong_bits);
	}
}

/* With too little room the scan can be taken up where it stopped. */
static void test_marks_in_parts(void **state)
{
	enum { N = 40, STRIDE = 52 };
	uint32_t seen = 0;
	size_t at = 0;
	size_t used;

	(void)state;
	memset(dump, 'C', N * STRIDE);
	for (uint32_t i = 0; i < N; i++) {
		memset(dump + i * STRIDE, 0, ZONE_HDR_BYTES);
		le32_store(dump + i * STRIDE, ZONE_SIG);
	}
	do {
		struct mark m[7];
		const struct span rest = { dump + at, N * STRIDE - at };
		const uint32_t n = search_marks(rest, at, m, 7, &used);

		for (uint32_t i = 0; i < n; i++)
			assert_true(m[i].off == (uint64_t)STRIDE * seen++);
		at += used;
	} while (at < N * STRIDE);
	assert_int_equal(seen, N);
}

/* ---- regions by name ----------------------------------------------------------------------------
 */

#define CHROMEBOOK 0x100000, 0x40000, 0x20000, 0x20000, 0x20000

static const struct {
	const char *name;
	uint32_t region, record, console, ftrace, pmsg, ecc;
	enum era era;
	uint32_t cpus; /* 0: one zone for all */
	uint64_t data; /* bits of zones with a log */
	bool sure;
} regions[] = {
	{ "Chromebook, 4.9: its last zone could be larger", CHROMEBOOK, 0, ERA_3_11, 0, 4, false },
	{ "Chromebook, 5.10", CHROMEBOOK, 0, ERA_4_10, 0, 4, true },
	{ "Chromebook, 6.12", CHROMEBOOK, 0, ERA_6_6, 0, 4, true },
	{ "3.10", 0x1f000, 0x1000, 0x2000, 0x2000, 0, 0, ERA_3_10, 0, 0x1001, true },
	{ "all alike, 6 CPUs, 6.12", 0x100000, 4096, 4096, 4096, 4096, 0, ERA_6_6, 6, 1, false },
	{ "all alike, 6 CPUs, 6.1", 0x100000, 4096, 4096, 4096, 4096, 16, ERA_6_1_LTS, 6, 1,
	  false },
	{ "all alike, 3 CPUs, odd zones", 0x10000, 4096, 4096, 4096, 4096, 0, ERA_4_10, 3, 1 << 13,
	  true },
	{ "all alike, the console tells", 0x20000, 4096, 4096, 0, 4096, 0, ERA_6_6, 0, 1 << 30,
	  true },
	{ "all alike, nothing tells", 0x20000, 4096, 4096, 0, 4096, 0, ERA_6_6, 0, 1, false },
	{ "console only", 0x10000, 0, 0x10000, 0, 0, 16, ERA_6_6, 0, 1, true },
	{ "console only, no ECC", 0x10000, 0, 0x10000, 0, 0, 0, ERA_6_6, 0, 1, false },
	{ "pmsg only", 0x10000, 0, 0, 0, 0x10000, 32, ERA_6_6, 0, 1, true },
	{ "ftrace only", 0x10000, 0, 0, 0x10000, 0, 8, ERA_6_6, 0, 1, true },
	{ "ftrace only, 64 CPUs", 0x10000, 0, 0, 0x10000, 0, 8, ERA_6_6, 64, 1, true },
	{ "no records", 0x10000, 0, 0x4000, 0, 0x2000, 16, ERA_6_6, 0, 3, true },
	{ "records only", 0x10000, 0x1000, 0, 0, 0, 16, ERA_6_6, 0, 3, false },
	{ "largest code", 0x20000, 0x4000, 0x4000, 0, 0, 127, ERA_6_6, 0, 0x81, true },
	{ "one byte of parity", 0x20000, 0x4000, 0x4000, 0, 0x2000, 1, ERA_6_6, 0, 0x43, true },
};

static void write_row(size_t i, uint32_t base, struct writer *w, struct prng *rng)
{
	static char log[0x10000];
	struct place at;

	memset(dump, 0, sizeof(dump));
	*w = (struct writer){ .g = { .region_bytes = regions[i].region,
				     .record_bytes = regions[i].record,
				     .console_bytes = regions[i].console,
				     .ftrace_bytes = regions[i].ftrace,
				     .pmsg_bytes = regions[i].pmsg,
				     .ecc_bytes = regions[i].ecc,
				     .flags = regions[i].cpus > 0 },
			      .era = regions[i].era,
			      .cpus = regions[i].cpus ? regions[i].cpus : 1,
			      .raw = dump + base };
	assert_true(writer_probe(w));
	for (uint32_t z = 0; z < 64 && layout_place(&w->l, z, &at) == OM_OK; z++)
		if (regions[i].data >> z & 1)
			writer_log(w, z, log, make_log(at.kind, rng, log, 900));
}

static void test_regions(void **state)
{
	struct prng rng = { 31 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(regions); i++) {
		struct writer w;
		struct found f;

		CASE(regions[i].name);
		write_row(i, 0, &w, &rng);
		assert_int_equal(search(w.g.region_bytes, true, &f), OM_OK);
		say(&w, &f);
		assert_true(found_all(&w, &f));
		assert_int_equal(f.sure, regions[i].sure);
		assert_int_equal(f.geom.ecc_bytes, w.g.ecc_bytes);
		assert_int_equal(f.ecc_proven, w.g.ecc_bytes > 0);
		if (f.sure)
			assert_true(layout_same_places(&f.layout, &w.l));
	}
}

/* ---- damage
 * -------------------------------------------------------------------------------------- */

enum { WRONG_BIT, WRONG_BITS, WRONG_NUMBERS, NO_HEADER, DAMAGES };

static void spoil(uint8_t *header, uint32_t how)
{
	static const uint8_t wrong[DAMAGES][ZONE_HDR_BYTES] = {
		[WRONG_BIT] = { 0, 0, 0x10 },
		[WRONG_BITS] = { 0x80, 0, 0x20, 0x01 },
		[WRONG_NUMBERS] = { 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0x80 },
	};

	for (uint32_t i = 0; i < ZONE_HDR_BYTES; i++)
		header[i] = how == NO_HEADER ? 0xff : header[i] ^ wrong[how][i];
}

/* Any one zone's header is damaged: all zones are still found, and that one if anything is left of
 * it. */
static void test_damaged_header(void **state)
{
	static const uint8_t rows[] = { 0, 1, 2, 3, 6, 16, 17 };
	struct prng rng = { 32 };

	(void)state;
	for (uint32_t r = 0; r < sizeof(rows); r++) {
		for (uint32_t how = 0; how < DAMAGES; how++) {
			struct writer w;
			struct found f;
			struct place at;

			CASE(regions[rows[r]].name);
			write_row(rows[r], 0, &w, &rng);
			for (uint32_t z = 0; layout_place(&w.l, z, &at) == OM_OK; z++) {
				const uint64_t data = w.data;
				uint8_t header[ZONE_HDR_BYTES];

				if (how == NO_HEADER && z < 64)
					w.data &= ~(1ull << z); /* what it was is lost */
				memcpy(header, w.raw + at.off, sizeof(header));
				spoil(w.raw + at.off, how);
				assert_int_equal(search(w.g.region_bytes, true, &f), OM_OK);
				if (!found_all(&w, &f)) {
					print_message("  zone %u, damage %u\n", z, how);
					say(&w, &f);
					fail();
				}
				memcpy(w.raw + at.off, header, sizeof(header));
				w.data = data;
			}
		}
	}
}

/* What another geometry left does not win over the last writer's zones. */
static void test_stale_zones(void **state)
{
	static const uint8_t pairs[][2] = { { 0, 2 }, { 2, 0 }, { 1, 2 }, { 2, 1 }, { 2, 4 } };
	static uint8_t old[REGION_MAX];
	struct prng rng = { 33 };

	(void)state;
	for (uint32_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct writer w;
		struct found f;

		CASE(regions[pairs[i][1]].name);
		write_row(pairs[i][0], 0, &w, &rng);
		memcpy(old, dump, sizeof(old));
		write_row(pairs[i][1], 0, &w, &rng);
		for (uint32_t b = 0; b < REGION_MAX; b++) /* RAM keeps what is not written */
			dump[b] = dump[b] ? dump[b] : old[b];
		assert_true(writer_probe(&w));
		writer_fill(&w, &rng);
		assert_int_equal(search(w.g.region_bytes, true, &f), OM_OK);
		say(&w, &f);
		assert_true(found_all(&w, &f));
	}
}

/* ---- hostile bytes
 * --------------------------------------------------------------------------------- */

/* Whatever is found lies within the bytes and adds up. */
static void check_sane(size_t len, bool whole)
{
	struct found f;
	struct place at;
	enum om_err err = search(len, whole, &f);

	assert_true(err == OM_OK || err == OM_E_NOT_FOUND);
	if (err != OM_OK)
		return;
	assert_true(f.off <= len && f.geom.region_bytes <= len - f.off);
	assert_int_equal(f.n_explained + f.n_missing, layout_zones(&f.layout));
	for (uint32_t i = 0; layout_place(&f.layout, i, &at) == OM_OK; i++)
		assert_true(at.off <= f.geom.region_bytes &&
			    at.bytes <= f.geom.region_bytes - at.off);
}

static void hostile(uint32_t how, struct prng *rng)
{
	memset(dump, 0, sizeof(dump));
	for (size_t off = 0; off + ZONE_HDR_BYTES <= REGION_MAX; off += how < 4 ? 512 : 12) {
		const uint32_t size = prng_below(rng, 1000);

		le32_store(dump + off, ZONE_SIG ^ (how % 2 && prng_below(rng, 2) ? 0x0601c0 : 0));
		le32_store(dump + off + 8, how ? size : 0);
		le32_store(dump + off + 4, how > 1 ? prng_below(rng, size + 1) : 0);
		if (how == 3)
			memcpy(dump + off + ZONE_HDR_BYTES, "====1.2-C\n", 10);
	}
}

static void test_hostile(void **state)
{
	struct prng rng = { 34 };

	(void)state;
	for (uint32_t how = 0; how < 6; how++) {
		hostile(how, &rng);
		check_sane(REGION_MAX, true);
		check_sane(REGION_MAX, false);
	}
	for (uint32_t round = 0; round < 60; round++) {
		const size_t len = 1 + prng_below(&rng, 0x8000);

		memset(dump, 0, len);
		for (uint32_t n = prng_below(&rng, 200); n > 0 && len > 16; n--)
			le32_store(dump + prng_below(&rng, (uint32_t)len - 16),
				   ZONE_SIG ^ (n % 3 ? 0 : prng_next(&rng) & 0xf3fff));
		check_sane(len, round % 2);
	}
}

static void test_nothing(void **state)
{
	struct found f;

	(void)state;
	memset(dump, 0, sizeof(dump));
	for (uint32_t len = 0; len < 64; len++) {
		assert_int_equal(search(len, true, &f), OM_E_NOT_FOUND);
		assert_int_equal(search(len, false, &f), OM_E_NOT_FOUND);
	}
	le32_store(dump + 0x1000, ZONE_SIG); /* a constant in somebody's code */
	assert_int_equal(search(REGION_MAX, false, &f), OM_E_NOT_FOUND);
	assert_int_equal(search_region((struct span){ dump, 64 }, true,
				       (struct workspace){ work, 1000 }, &f),
			 OM_E_NO_SPACE);
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
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_marks_in_parts),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_damaged_header),
		cmocka_unit_test(test_stale_zones),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_round_trips_whole),
		cmocka_unit_test(test_round_trips_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

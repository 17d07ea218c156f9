/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes that somebody gave: do they fit the region, and if not, which do?
 */
#include "search_writer.h"

/* ---- sizes that somebody gave ------------------------------------------------------------------
 */

enum { ALL = SEARCH_ALL };

/* A region of 1 MiB with the first sizes and a log in each zone; then the others are given. */
static const struct {
	const char *name;
	struct {
		uint32_t record, console, pmsg, ecc;
	} has, given;
	uint32_t known; /* bits of those that are given */
	enum fit_which which;
	bool outside, missing, unproven, overlong; /* is any of them counted? */
} fits[] = {
#define EVEN	 0x20000, 0x20000, 0x20000, 0
#define EVEN_ECC 0x20000, 0x20000, 0x20000, 16
#define SMALL	 0x10000, 0x10000, 0, 16
	{ "right", { EVEN }, { EVEN }, ALL, FIT_GIVEN, 0, 0, 0, 0 },
	{ "right, ECC", { EVEN_ECC }, { EVEN_ECC }, ALL, FIT_GIVEN, 0, 0, 0, 0 },
	{ "records twice", { EVEN }, { 0x40000, 0x20000, 0x20000, 0 }, ALL, FIT_OTHER, 1, 0, 0, 0 },
	{ "records half", { EVEN }, { 0x10000, 0x20000, 0x20000, 0 }, ALL, FIT_OTHER, 0, 1, 0, 1 },
	{ "console twice", { EVEN }, { 0x20000, 0x40000, 0x20000, 0 }, ALL, FIT_OTHER, 1, 0, 0, 0 },
	{ "console twice, ECC",
	  { SMALL },
	  { 0x10000, 0x20000, 0, 16 },
	  ALL,
	  FIT_OTHER,
	  1,
	  0,
	  1,
	  0 },
	{ "no console", { EVEN }, { 0x20000, 0, 0x20000, 0 }, ALL, FIT_GIVEN, 0, 0, 0, 0 },
	{ "ecc-size 8 for 16",
	  { EVEN_ECC },
	  { 0x20000, 0x20000, 0x20000, 8 },
	  ALL,
	  FIT_OTHER,
	  0,
	  0,
	  1,
	  0 },
	{ "no ecc-size", { EVEN_ECC }, { EVEN }, ALL, FIT_OTHER, 0, 0, 0, 0 },
	{ "ecc-size for none", { EVEN }, { EVEN_ECC }, ALL, FIT_OTHER, 0, 0, 1, 0 },
	{ "records half, ECC",
	  { EVEN_ECC },
	  { 0x10000, 0x20000, 0x20000, 16 },
	  ALL,
	  FIT_OTHER,
	  0,
	  1,
	  1,
	  1 },
	{ "records twice, ECC",
	  { EVEN_ECC },
	  { 0x40000, 0x20000, 0x20000, 16 },
	  ALL,
	  FIT_OTHER,
	  1,
	  0,
	  1,
	  0 },
	{ "only records",
	  { EVEN_ECC },
	  { 0x20000, 0, 0, 0 },
	  SEARCH_RECORD,
	  FIT_COMPLETED,
	  0,
	  0,
	  0,
	  0 },
	{ "records and ecc-size",
	  { EVEN_ECC },
	  { 0x20000, 0, 0, 16 },
	  SEARCH_RECORD | SEARCH_ECC,
	  FIT_COMPLETED,
	  0,
	  0,
	  0,
	  0 },
	{ "only records, wrong ones",
	  { EVEN_ECC },
	  { 0x40000, 0, 0, 0 },
	  SEARCH_RECORD,
	  FIT_OTHER,
	  1,
	  0,
	  0,
	  0 },
};

static struct geometry fit_geometry(uint32_t record, uint32_t console, uint32_t pmsg, uint32_t ecc)
{
	return (struct geometry){ .region_bytes = REGION_MAX,
				  .record_bytes = record,
				  .console_bytes = console,
				  .pmsg_bytes = pmsg,
				  .ecc_bytes = ecc };
}

static void write_fit(size_t i, struct writer *w, struct prng *rng)
{
	static char log[0x20000];
	struct place at;

	memset(dump, 0, sizeof(dump));
	*w = (struct writer){ .g = fit_geometry(fits[i].has.record, fits[i].has.console,
						fits[i].has.pmsg, fits[i].has.ecc),
			      .era = ERA_6_6,
			      .cpus = 1,
			      .raw = dump };
	assert_true(writer_probe(w));
	for (uint32_t z = 0; z < 64 && layout_place(&w->l, z, &at) == OM_OK; z++)
		if (at.kind != ZONE_DMESG || at.index < 2)
			writer_log(w, z, log, make_log(at.kind, rng, log, 0x6000));
	/* more than half of a zone */
	memset(log, 'x', 0x18000);
	memcpy(log, "====1.2-D\nPanic#1 Part1\n", 24);
	if (fits[i].has.record > 0x18000)
		writer_log(w, 2, log, 0x18000);
}

/* The quick look, as a monitor takes it at every start. */
static bool is_doubted(const struct geometry *g)
{
	const struct span bytes = { dump, REGION_MAX };
	struct layout l;
	struct rs rs;
	const struct rs *code = g->ecc_bytes ? &rs : NULL;

	if (code)
		assert_int_equal(rs_init(&rs, g->ecc_bytes), OM_OK);
	assert_int_equal(layout_detect(bytes, g, 1, code, &l), OM_OK);
	return search_is_doubtful(bytes, &l, code) ||
	       (!code && l.score > 0 &&
		search_has_parity(bytes, &l, (struct workspace){ work, sizeof(work) }));
}

static void test_fits(void **state)
{
	struct prng rng = { 35 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
		const struct search_known known = {
			.geom = fit_geometry(fits[i].given.record, fits[i].given.console,
					     fits[i].given.pmsg, fits[i].given.ecc),
			.sizes = fits[i].known
		};
		struct writer w;
		struct layout l;
		struct found f;
		struct fit fit;

		CASE(fits[i].name);
		write_fit(i, &w, &rng);
		assert_int_equal(layout_make(&known.geom, ERA_6_6, 1, &l), OM_OK);
		assert_int_equal(search_check((struct span){ dump, REGION_MAX }, &known, &l,
					      (struct workspace){ work, sizeof(work) }, &fit, &f),
				 OM_OK);
		print_message(
			"  %u in place, missing %u, outside %u, unproven %u, overlong %u: %u\n",
			fit.n_in_place, fit.n_missing, fit.n_outside, fit.n_unproven,
			fit.n_overlong, fit.which);
		assert_int_equal(fit.which, fits[i].which);
		assert_int_equal(fit.n_outside > 0, fits[i].outside);
		assert_int_equal(fit.n_missing > 0, fits[i].missing);
		assert_int_equal(fit.n_unproven > 0, fits[i].unproven);
		assert_int_equal(fit.n_overlong > 0, fits[i].overlong);
		/* a zone for every header, and yet more headers than zones: only others may tell */
		if (fits[i].known == ALL)
			assert_int_equal(is_doubted(&known.geom),
					 fit.which != FIT_GIVEN || fit.n_outside > 0);
		if (fit.which == FIT_GIVEN)
			continue;
		assert_int_equal(f.off, 0);
		assert_true(layout_same_places(&f.layout, &w.l));
		assert_int_equal(f.geom.ecc_bytes, w.g.ecc_bytes);
	}
}

/* What a start must not pay a search for, and what it must: a region after the damage @do_it does.
 */
static void nothing(struct writer *w)
{
	(void)w;
}

static void no_kernel(struct writer *w)
{
	(void)w;
	memset(dump, 0, sizeof(dump));
}

static void cold_noise(struct writer *w)
{
	struct prng rng = { 99 };

	(void)w;
	prng_fill(&rng, dump, sizeof(dump));
}

static void empty_zones(struct writer *w)
{
	struct place at;

	for (uint32_t z = 0; layout_place(&w->l, z, &at) == OM_OK; z++) {
		memset(dump + at.off + ZONE_HDR_BYTES, 0, 0x1000);
		le32_store(dump + at.off + 4, 0);
		le32_store(dump + at.off + 8, 0);
	}
}

static void lost_header(struct writer *w)
{
	(void)w;
	memset(dump, 0xff, ZONE_HDR_BYTES);
}

static void header_in_a_log(struct writer *w)
{
	(void)w;
	le32_store(dump + 4, 0x8000);
	le32_store(dump + 8, 0x8000);
	memcpy(dump + 0x2000, dump, ZONE_HDR_BYTES);
}

static void header_after_a_log(struct writer *w)
{
	(void)w;
	memcpy(dump + 0x1f000, dump, ZONE_HDR_BYTES);
}

static void big_endian_header(struct writer *w)
{
	(void)w;
	for (uint32_t word = 0; word < 3; word++)
		be32_store(dump + 0x1f000 + 4 * word, le32_load(dump + 4 * word));
}

static void long_log(struct writer *w)
{
	(void)w;
	le32_store(dump + 4, 0x20000);
	le32_store(dump + 8, 0x20000);
}

static const struct {
	const char *name;
	void (*do_it)(struct writer *w);
	bool doubted;
} looks[] = {
	{ "whole", nothing, false },
	{ "no kernel wrote", no_kernel, false },
	{ "RAM after power-on", cold_noise, false },
	{ "empty zones", empty_zones, false },
	{ "a header is lost", lost_header, true },
	{ "a header in a zone's log", header_in_a_log, false },
	{ "a header after a zone's log", header_after_a_log, true },
	{ "the same in the other byte order", big_endian_header, true },
	{ "a log longer than its zone", long_log, true },
};

static void test_quick_look(void **state)
{
	const struct geometry g = fit_geometry(EVEN);
	struct prng rng = { 36 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		struct writer w;

		CASE(looks[i].name);
		write_fit(0, &w, &rng);
		looks[i].do_it(&w);
		assert_int_equal(is_doubted(&g), looks[i].doubted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_quick_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

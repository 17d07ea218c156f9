/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes as Linux rounds and refuses them, zones where Linux puts them. */
#include "core/ramoops/geometry.h"

#include "core/ramoops/zone.h"
#include "support.h"

enum { K = 1024 };

static const struct {
	uint32_t in, out;
} roundings[] = {
	{ 0, 0 },	    { 1, 1 },		{ 2, 2 },
	{ 3, 2 },	    { 0x1000, 0x1000 }, { 0x1fff, 0x1000 },
	{ 0x3000, 0x2000 }, { 100000, 65536 },	{ 0xffffffff, 0x80000000 },
};

static void test_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(roundings); i++) {
		uint32_t in = roundings[i].in;
		struct geometry g = { .region_bytes = 0x123456,
				      .record_bytes = in,
				      .console_bytes = in,
				      .ftrace_bytes = in,
				      .pmsg_bytes = in,
				      .ecc_bytes = 3 };

		assert_int_equal(geometry_round(&g), in != roundings[i].out);
		assert_int_equal(g.record_bytes, roundings[i].out);
		assert_int_equal(g.console_bytes, roundings[i].out);
		assert_int_equal(g.ftrace_bytes, roundings[i].out);
		assert_int_equal(g.pmsg_bytes, roundings[i].out);
		assert_int_equal(g.region_bytes, 0x123456);
		assert_int_equal(g.ecc_bytes, 3);
	}
}

static const struct {
	const char *name;
	uint32_t region, record, console, ftrace, pmsg, ecc;
	enum om_err err;
} checks[] = {
	{ "the default", 2048 * K, 64 * K, 256 * K, 128 * K, 128 * K, 16, OM_OK },
	{ "console only", 64 * K, 0, 64 * K, 0, 0, 16, OM_OK },
	{ "dmesg only", 64 * K, 4 * K, 0, 0, 0, 0, OM_OK },
	{ "others fill the region", 64 * K, 4 * K, 32 * K, 16 * K, 16 * K, 0, OM_OK },
	{ "no region", 0, 4 * K, 0, 0, 0, 0, OM_E_EMPTY },
	{ "no sizes", 64 * K, 0, 0, 0, 0, 0, OM_E_EMPTY },
	{ "others exceed the region", 64 * K, 4 * K, 32 * K, 32 * K, 16 * K, 0, OM_E_TRUNCATED },
	{ "sum wraps 32 bits", 64 * K, 4 * K, 1u << 31, 1u << 31, 0, 0, OM_E_TRUNCATED },
	{ "no room for one record", 64 * K, 32 * K, 32 * K, 16 * K, 0, 0, OM_E_TRUNCATED },
	{ "parity fills a zone", 64 * K, 4 * K, 32, 0, 0, 16, OM_E_NO_SPACE },
	{ "zone smaller than a header", 64 * K, 8, 0, 0, 0, 0, OM_E_TRUNCATED },
	{ "zones of a byte, made even", 64 * K, 1, 0, 0, 0, 0, OM_E_TRUNCATED },
	{ "largest code", 64 * K, 4 * K, 0, 0, 0, 127, OM_OK },
	{ "code too large", 64 * K, 4 * K, 0, 0, 0, 128, OM_E_VARIANT },
};

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		const struct geometry g = { .region_bytes = checks[i].region,
					    .record_bytes = checks[i].record,
					    .console_bytes = checks[i].console,
					    .ftrace_bytes = checks[i].ftrace,
					    .pmsg_bytes = checks[i].pmsg,
					    .ecc_bytes = checks[i].ecc };

		CASE(checks[i].name);
		assert_int_equal(geometry_check(&g), checks[i].err);
	}
}

static const struct {
	const char *name;
	uint32_t region, record, console, ftrace, pmsg, flags;
	enum era era;
	uint32_t cpus;
	enum om_err err;
	uint32_t n_dmesg, dmesg_bytes, console_off, pmsg_off, ftrace_off, n_ftrace, ftrace_bytes;
} layouts[] = {
	{ "Chromebook, 5.10", 0x100000, 0x40000, 0x20000, 0x20000, 0x20000, 0, ERA_4_10, 1, OM_OK,
	  2, 0x50000, 0xa0000, 0xe0000, 0xc0000, 1, 0x20000 },
	{ "Chromebook, 6.12", 0x100000, 0x40000, 0x20000, 0x20000, 0x20000, 0, ERA_6_6, 1, OM_OK, 2,
	  0x50000, 0xa0000, 0xc0000, 0xe0000, 1, 0x20000 },
	{ "Chromebook, 4.9", 0x100000, 0x40000, 0x20000, 0x20000, 0x20000, 0, ERA_3_11, 1, OM_OK, 2,
	  0x40000, 0x80000, 0xc0000, 0xa0000, 1, 0x20000 },
	{ "Chromebook without pmsg, 3.14", 0x100000, 0x40000, 0x20000, 0x20000, 0, 0, ERA_3_11, 1,
	  OM_OK, 3, 0x40000, 0xc0000, 0x100000, 0xe0000, 1, 0x20000 },
	{ "3.10 takes a power of two", 0x1fffff, 0x40000, 0x20000, 0x20000, 0, 0, ERA_3_10, 1,
	  OM_OK, 3, 0x40000, 0xc0000, 0x100000, 0xe0000, 1, 0x20000 },
	{ "3.11 takes it all", 0x1fffff, 0x40000, 0x20000, 0x20000, 0, 0, ERA_3_11, 1, OM_OK, 6,
	  0x40000, 0x180000, 0x1c0000, 0x1a0000, 1, 0x20000 },
	{ "no per-CPU zones before 4.10", 0x100000, 4096, 4096, 4096, 4096, 1, ERA_3_11, 6, OM_OK,
	  253, 4096, 0xfd000, 0xff000, 0xfe000, 1, 4096 },
	{ "too little for 3.10 only", 0x18000, 0x8000, 0x8000, 0x8000, 0, 0, ERA_3_10, 1,
	  OM_E_TRUNCATED, 0, 0, 0, 0, 0, 0, 0 },
	{ "others fill the region: refused before 4.10", 0x4000, 0x1000, 0x2000, 0x1000, 0x1000, 0,
	  ERA_3_11, 1, OM_E_TRUNCATED, 0, 0, 0, 0, 0, 0, 0 },
	{ "no record size, 3.11", 0x10000, 0, 0x1000, 0x2000, 0x1000, 0, ERA_3_11, 1, OM_OK, 0, 0,
	  0, 0x3000, 0x1000, 1, 0x2000 },
	{ "all 4096, 6 CPUs, 6.12", 0x100000, 4096, 4096, 4096, 4096, 1, ERA_6_6, 6, OM_OK, 253,
	  4096, 0xfd000, 0xfe000, 0xff000, 6, 0x2aa },
	{ "all 4096, 6 CPUs, 6.1", 0x100000, 4096, 4096, 4096, 4096, 1, ERA_6_1_LTS, 6, OM_OK, 253,
	  4096, 0xfd000, 0xfeffc, 0xfe000, 6, 0x2aa },
	{ "all 4096, 3 CPUs, odd zones", 0x100000, 4096, 4096, 4096, 4096, 1, ERA_4_10, 3, OM_OK,
	  253, 4096, 0xfd000, 0xfefff, 0xfe000, 3, 1365 },
	{ "all 4096, 3 CPUs, even zones", 0x100000, 4096, 4096, 4096, 4096, 1, ERA_6_1_LTS, 3,
	  OM_OK, 253, 4096, 0xfd000, 0xfeffc, 0xfe000, 3, 1364 },
	{ "odd dmesg zones made even", 0x10001, 0x2000, 0, 0, 0, 0, ERA_6_1_LTS, 1, OM_OK, 8,
	  0x2000, 0x10000, 0x10000, 0x10000, 0, 0 },
	{ "odd dmesg zones", 0x1000b, 0x4000, 0x4000, 0, 0, 0, ERA_4_10, 1, OM_OK, 3, 0x4003,
	  0xc009, 0x10009, 0x10009, 0, 0 },
	{ "flag clear: one zone for all CPUs", 0x100000, 4096, 4096, 4096, 4096, 0, ERA_6_6, 6,
	  OM_OK, 253, 4096, 0xfd000, 0xfe000, 0xff000, 1, 4096 },
	{ "large ftrace", 0x200000, 0x20000, 0x20000, 0x100000, 0x20000, 0, ERA_6_6, 1, OM_OK, 6,
	  0x20000, 0xc0000, 0xe0000, 0x100000, 1, 0x100000 },
	{ "does not divide", 0x100000, 0x20000, 0x8000, 0x1000, 0x1000, 0, ERA_6_1_LTS, 1, OM_OK, 7,
	  143944, 7 * 143944, 7 * 143944 + 0x9000, 7 * 143944 + 0x8000, 1, 0x1000 },
	{ "no record size: console first", 0x10000, 0, 0x1000, 0, 0x1000, 0, ERA_6_6, 1, OM_OK, 0,
	  0, 0, 0x1000, 0x2000, 0, 0 },
	{ "others fill the region", 0x4000, 0x1000, 0x2000, 0x1000, 0x1000, 0, ERA_6_6, 1, OM_OK, 0,
	  0, 0, 0x2000, 0x3000, 1, 0x1000 },
	{ "too little", 0x1000, 0x1000, 0x1000, 0x1000, 0, 0, ERA_6_6, 1, OM_E_TRUNCATED, 0, 0, 0,
	  0, 0, 0, 0 },
	{ "records of 15 bytes", 15, 8, 0, 0, 0, 0, ERA_4_10, 1, OM_OK, 1, 15, 15, 15, 15, 0, 0 },
	{ "records of 8 bytes", 15, 8, 0, 0, 0, 0, ERA_3_11, 1, OM_E_TRUNCATED, 0, 0, 0, 0, 0, 0,
	  0 },
	{ "ftrace zones of 4 bytes", 0x10000, 0, 0, 0x100, 0, 1, ERA_6_6, 64, OM_E_TRUNCATED, 0, 0,
	  0, 0, 0, 0, 0 },
	{ "no CPU", 0x10000, 0x1000, 0, 0, 0, 1, ERA_6_6, 0, OM_E_ARG, 0, 0, 0, 0, 0, 0, 0 },
	{ "too many CPUs", 0x10000, 0x1000, 0, 0, 0, 1, ERA_6_6, 65, OM_E_ARG, 0, 0, 0, 0, 0, 0,
	  0 },
};

static struct geometry layout_geometry(size_t i)
{
	return (struct geometry){ .region_bytes = layouts[i].region,
				  .record_bytes = layouts[i].record,
				  .console_bytes = layouts[i].console,
				  .ftrace_bytes = layouts[i].ftrace,
				  .pmsg_bytes = layouts[i].pmsg,
				  .flags = layouts[i].flags };
}

static void test_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
		const struct geometry g = layout_geometry(i);
		struct layout l;

		CASE(layouts[i].name);
		assert_int_equal(layout_make(&g, layouts[i].era, layouts[i].cpus, &l),
				 layouts[i].err);
		if (layouts[i].err != OM_OK)
			continue;
		assert_int_equal(l.n_dmesg, layouts[i].n_dmesg);
		assert_int_equal(l.dmesg_zone_bytes, layouts[i].dmesg_bytes);
		assert_int_equal(l.off[ZONE_CONSOLE], layouts[i].console_off);
		assert_int_equal(l.off[ZONE_PMSG], layouts[i].pmsg_off);
		assert_int_equal(l.off[ZONE_FTRACE], layouts[i].ftrace_off);
		assert_int_equal(l.n_ftrace, layouts[i].n_ftrace);
		assert_int_equal(l.ftrace_zone_bytes, layouts[i].ftrace_bytes);
	}
}

/* Whatever the sizes: zones lie inside the region and no two share a byte. */
static void test_zones_never_overlap(void **state)
{
	struct prng rng = { 6 };
	uint32_t accepted = 0;

	(void)state;
	for (uint32_t round = 0; round < 3000; round++) {
		struct geometry g = { .region_bytes = prng_below(&rng, 70000),
				      .record_bytes = prng_below(&rng, 20000),
				      .console_bytes = prng_below(&rng, 20000),
				      .ftrace_bytes = prng_below(&rng, 20000),
				      .pmsg_bytes = prng_below(&rng, 20000),
				      .flags = round & 1 };
		struct layout l;
		static uint8_t used[70000];

		geometry_round(&g);
		if (layout_make(&g, (enum era)(round % ERAS), 1 + prng_below(&rng, 64), &l) !=
		    OM_OK)
			continue;
		accepted++;
		memset(used, 0, sizeof(used));
		for (uint32_t i = 0; i < layout_zones(&l); i++) {
			struct place at;

			assert_int_equal(layout_place(&l, i, &at), OM_OK);
			assert_true(at.bytes > 0);
			assert_true(at.off <= g.region_bytes &&
				    at.bytes <= g.region_bytes - at.off);
			for (uint32_t b = 0; b < at.bytes; b++)
				assert_int_equal(used[at.off + b]++, 0);
		}
		struct place none;

		assert_int_equal(layout_place(&l, layout_zones(&l), &none), OM_E_ARG);
	}
	assert_true(accepted > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_zones_never_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

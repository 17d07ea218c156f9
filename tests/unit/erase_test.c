/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clearing for good: what erase_place() names, once zeroed, gives no record any more, to us or
 * to the next kernel; zeros in start and size alone do not do that.
 */
#include "core/crash/erase.h"

#include "core/log/record.h"
#include "core/ramoops/record_read.h"
#include "model.h"

enum { REGION = 0x10000, WORK = 0x20000 };

static struct {
	uint8_t raw[REGION];
	uint8_t work[WORK];
	struct rs rs;
	struct region region;
} b;

static const struct geometry geom = { .region_bytes = REGION,
				      .record_bytes = 0x2000,
				      .console_bytes = 0x2000,
				      .ftrace_bytes = 0x1000,
				      .pmsg_bytes = 0x1000,
				      .flags = GEOMETRY_FTRACE_PER_CPU };

/* Every zone in use, @cpus of them for ftrace; the zones' RAM holds noise after the logs. */
static void full_region(uint32_t ecc, uint32_t cpus)
{
	struct geometry g = geom;
	struct prng rng = { 6 };
	struct layout l;
	struct place at;

	g.ecc_bytes = ecc;
	prng_fill(&rng, b.raw, REGION);
	if (ecc)
		assert_int_equal(rs_init(&b.rs, ecc), OM_OK);
	assert_int_equal(layout_make(&g, ERA_6_6, cpus, &l), OM_OK);
	for (uint32_t i = 0; layout_place(&l, i, &at) == OM_OK; i++) {
		const uint32_t version = at.kind == ZONE_FTRACE ? 0x060c05 : 0;
		struct model_zone z =
			model_open(b.raw + at.off, at.bytes, ecc ? &b.rs : NULL, version);

		if (at.kind == ZONE_DMESG)
			model_write(&z, "====1700000000.000007-D\n", 24);
		for (uint32_t k = 0; k < 20; k++) {
			uint8_t entry[24] = { 0 };
			char line[64];
			int n = sprintf(line, k ? "<6>[    1.%06u] line\n" : "Panic#1 Part1\n", k);

			le64_store(entry, 0xffff800080100000 + k * 52);
			le64_store(entry + 8, 0xffff800080200000 + k * 36);
			le64_store(entry + 16, (uint64_t)(100 + k) << 8 | at.index);
			if (at.kind == ZONE_FTRACE)
				model_write(&z, entry, sizeof(entry));
			else
				model_write(&z, line, (size_t)n);
		}
	}
	assert_int_equal(region_open((struct span){ b.raw, REGION }, &g, cpus, &b.region), OM_OK);
}

static enum om_err read_record(uint32_t i, struct record *out)
{
	return record_read(&b.region, i, 0, (struct workspace){ b.work, WORK }, out);
}

static void test_gone_for_good(void **state)
{
	(void)state;
	for (uint32_t ecc = 0; ecc <= 16; ecc += 16) {
		full_region(ecc, 4);

		const struct layout layout = b.region.layout;
		const uint32_t n = region_records(&b.region);

		for (uint32_t i = 0; i < n; i++) {
			struct record r;
			struct place at;

			full_region(ecc, 4);
			assert_int_equal(read_record(i, &r), OM_OK);
			assert_int_equal(erase_place(&layout, i, &at), OM_OK);
			assert_int_equal(at.kind, r.kind);
			memset(b.raw + at.off, 0, at.bytes);
			assert_int_equal(region_open((struct span){ b.raw, REGION }, &b.region.geom,
						     4, &b.region),
					 OM_OK);
			for (uint32_t k = 0; k < n; k++)
				assert_int_equal(read_record(k, &r),
						 k == i ? OM_E_BAD_MAGIC : OM_OK);
		}
	}
}

/* All records' places one after the other: nothing of the zones is left out. */
static void test_all_of_it(void **state)
{
	static uint8_t hit[REGION];
	struct place at;
	uint32_t sum = 0;

	(void)state;
	full_region(16, 4);
	for (uint32_t i = 0; erase_place(&b.region.layout, i, &at) == OM_OK; i++) {
		for (uint32_t k = 0; k < at.bytes; k++)
			assert_int_equal(hit[at.off + k]++, 0);
		sum += at.bytes;
	}
	assert_int_equal(sum, b.region.layout.n_dmesg * b.region.layout.dmesg_zone_bytes + 0x4000);
	assert_int_equal(erase_place(&b.region.layout, region_records(&b.region), &at), OM_E_ARG);
	assert_int_equal(erase_place(&b.region.layout, UINT32_MAX, &at), OM_E_ARG);
}

/* Start and size zeroed, parity left: with ECC the record is back, as it is under Linux. */
static void test_header_alone_is_not_enough(void **state)
{
	struct record r;
	struct place at;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		full_region(16, 1);
		assert_int_equal(erase_place(&b.region.layout, i, &at), OM_OK);
		memset(b.raw + at.off + 4, 0, 8);
		assert_int_equal(read_record(i, &r), OM_OK);
		assert_int_equal(r.quality, QUALITY_CORRECTED);
		assert_int_equal(r.notes, 0);
		assert_int_equal(r.reason, REASON_PANIC);

		/* the text stays after, too, when the parity is renewed or there is none */
		memset(b.raw + at.off + at.bytes - 16, 0, 16);
		le32_store(b.raw + at.off, ZONE_SIG);
		rs_encode(&b.rs, b.raw + at.off, 12, b.raw + at.off + at.bytes - 16);
		assert_int_equal(read_record(i, &r), OM_OK);
		assert_int_equal(r.notes, NOTE_ZONE_EMPTY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gone_for_good),
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_header_alone_is_not_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

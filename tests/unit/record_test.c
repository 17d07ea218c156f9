/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole regions through region_open() and record_read(): what a kernel writes, memory to work in,
 * names. Real regions are in tests/golden.
 */
#include "record_bench.h"

/* ---- what kernels write -------------------------------------------------------------------- */

static void test_plain_record(void **state)
{
	struct record r;

	(void)state;
	fresh_region(16, 1);
	write_plain(&b.dmesg[1], "====1573113357.903660-D\n", "Oops#3 Part1\n<1>text\n");
	open_region(1);
	assert_int_equal(read_kind(ZONE_DMESG, 0, &r), OM_E_EMPTY);
	assert_int_equal(read_kind(ZONE_DMESG, 1, &r), OM_OK);
	assert_int_equal(r.index, 1);
	assert_int_equal(r.quality, QUALITY_INTACT);
	assert_int_equal(r.notes, 0);
	assert_true(r.has_time);
	assert_int_equal(r.time_sec, 1573113357);
	assert_int_equal(r.time_usec, 903660);
	assert_int_equal(r.reason, REASON_OOPS);
	assert_int_equal(r.count, 3);
	assert_int_equal(r.part, 1);
	assert_int_equal(r.packing, PACKING_NONE);
	assert_int_equal(r.stored_bytes, 24 + 21);
	assert_int_equal(r.digest, crc32_update(0, b.dmesg[1].p + 12, 45));
	assert_text(&r, "Oops#3 Part1\n<1>text\n");
}

static void test_packed_records(void **state)
{
	static char text[STREAM_TEXT_CAP];
	struct record r;

	(void)state;
	stream_text(text);
	for (uint32_t ecc = 0; ecc <= 16; ecc += 16) {
		fresh_region(ecc, 1);
		write_packed(&b.dmesg[0], stream_deflate, sizeof(stream_deflate));
		write_packed(&b.dmesg[1], stream_zlib, sizeof(stream_zlib));
		open_region(1);
		for (uint32_t i = 0; i < 2; i++) {
			assert_int_equal(read_kind(ZONE_DMESG, i, &r), OM_OK);
			/* zlib's own checksum vouches, raw deflate has none */
			assert_true(i || r.quality == (ecc ? QUALITY_INTACT : QUALITY_UNCHECKED));
			assert_int_equal(r.packing, i ? PACKING_ZLIB : PACKING_DEFLATE);
			assert_int_equal(r.reason, REASON_PANIC);
			assert_text(&r, text);
		}
	}
}

static void test_console_and_pmsg(void **state)
{
	static char all[CONSOLE * 3];
	size_t n = 0;
	struct record r;

	(void)state;
	fresh_region(16, 1);
	for (uint32_t i = 0; n + 64 < sizeof(all); i++) {
		int len = sprintf(all + n, "[%5u.%06u] line %u\n", i, i, i);

		model_write(&b.console, all + n, (size_t)len);
		n += (size_t)len;
	}
	model_write(&b.pmsg, "\x6c\x00\xff\x80 binary\0\x01\x02", 14);
	open_region(1);
	assert_int_equal(read_kind(ZONE_CONSOLE, 0, &r), OM_OK);
	assert_int_equal(r.quality, QUALITY_INTACT);
	assert_text(&r, all + n - b.console.shape.cap_bytes);
	assert_int_equal(read_kind(ZONE_PMSG, 0, &r), OM_OK);
	assert_int_equal(r.quality, QUALITY_INTACT);
	assert_int_equal(r.text.len, 14);
}

/* ---- ftrace ---------------------------------------------------------------------------------- */
/* Entries of both sizes, few and many, so that the ring cuts the oldest one. */
static void test_ftrace_sizes(void **state)
{
	(void)state;
	for (uint32_t n = 1; n < 600; n += 37) {
		for (uint32_t bytes = FTRACE_BYTES_32; bytes <= FTRACE_BYTES_64; bytes += 8) {
			struct record r;
			struct ftrace_entry e;
			uint8_t p[FTRACE_BYTES_64];

			fresh_region(16, 1);
			for (uint32_t i = 0; i < n; i++) {
				if (bytes == FTRACE_BYTES_32)
					entry_32(p, i);
				else
					entry_64(p, i, 3);
				model_write(&b.ftrace[0], p, bytes);
			}
			open_region(1);
			assert_int_equal(read_kind(ZONE_FTRACE, 0, &r), OM_OK);
			assert_int_equal(r.quality, QUALITY_INTACT);
			assert_int_equal(r.ftrace.bytes, bytes);

			const uint32_t kept = b.ftrace[0].size / bytes;

			assert_int_equal(r.text.len, kept * bytes);
			assert_int_equal(ftrace_entry_at(r.text, &r.ftrace, kept - 1, &e), OM_OK);
			assert_int_equal(e.stamp, 100 + n - 1);
			assert_int_equal(ftrace_entry_at(r.text, &r.ftrace, 0, &e), OM_OK);
			assert_int_equal(e.stamp, 100 + n - kept);
		}
	}
}

/* Four CPUs, their rings wrapped and cut: one record in the order of the stamps. */
static void test_ftrace_of_all_cpus(void **state)
{
	struct record r;
	struct ftrace_entry e;
	uint64_t last = 0;

	(void)state;
	fresh_region(16, 4);
	for (uint32_t i = 0; i < 300; i++) {
		uint8_t p[FTRACE_BYTES_64];
		uint32_t cpu = i * 7 % 4;

		entry_64(p, i, cpu);
		model_write(&b.ftrace[cpu], p, sizeof(p));
	}
	open_region(0); /* how many CPUs there are must be found out */
	assert_int_equal(b.region.layout.n_ftrace, 4);
	assert_int_equal(read_kind(ZONE_FTRACE, 0, &r), OM_OK);
	assert_int_equal(r.quality, QUALITY_INTACT);
	assert_int_equal(r.text.len / 24, 4 * (b.ftrace[0].size / 24));
	for (uint32_t i = 0; ftrace_entry_at(r.text, &r.ftrace, i, &e) == OM_OK; i++) {
		assert_true(e.stamp > last);
		assert_int_equal(e.cpu, (e.stamp - 100) * 7 % 4);
		last = e.stamp;
	}
	assert_int_equal(last, 399);

	/* another kernel's zone in the first place: the majority counts */
	b.ftrace[0].sig = ZONE_SIG ^ 0x050adf;
	model_header(&b.ftrace[0]);
	open_region(4);
	assert_int_equal(read_kind(ZONE_FTRACE, 0, &r), OM_OK);
	assert_int_equal(r.quality, QUALITY_SALVAGED);
	assert_int_equal(r.text.len / 24, 3 * (b.ftrace[0].size / 24));
	b.ftrace[0].sig = ZONE_SIG ^ V_6_1;
	model_header(&b.ftrace[0]);

	/* one CPU's header destroyed: the others are still told, and that one is missing */
	memset(b.ftrace[2].p, 0x5a, 12);
	memset(b.ftrace[2].p + b.ftrace[2].shape.hdr_parity_off, 0xa5, 16);
	open_region(4);
	assert_int_equal(read_kind(ZONE_FTRACE, 0, &r), OM_OK);
	assert_int_equal(r.quality, QUALITY_SALVAGED);
	assert_int_equal(r.notes, NOTE_HEADER_CORRUPT | NOTE_ENTRIES_LOST);
	assert_int_equal(r.text.len / 24, 3 * (b.ftrace[0].size / 24));
}

/* The signature names a kernel nobody told us of; ECC must repair it before it counts. */
static void test_ftrace_signature_damaged(void **state)
{
	struct record r;
	uint8_t p[FTRACE_BYTES_32];

	(void)state;
	fresh_region(16, 1);
	entry_32(p, 1);
	model_write(&b.ftrace[0], p, sizeof(p));
	b.ftrace[0].p[0] ^= 0x11; /* still a version, but not the one */
	open_region(1);
	assert_int_equal(read_kind(ZONE_FTRACE, 0, &r), OM_OK);
	assert_int_equal(r.quality, QUALITY_CORRECTED);
	assert_int_equal(r.corrected_bytes, 1);
}
/* ---- the region as a whole
 * ------------------------------------------------------------------------ */

static void test_open(void **state)
{
	struct geometry g;

	(void)state;
	fresh_region(16, 1);
	g = b.g;
	assert_int_equal(region_open((struct span){ b.raw, REGION - 1 }, &g, 1, &b.region),
			 OM_E_TRUNCATED);
	assert_int_equal(region_open(raw_region(), &g, 1, &b.region), OM_OK);
	assert_int_equal(region_records(&b.region), b.region.layout.n_dmesg + 3);
	g.ecc_bytes = 128;
	assert_int_equal(region_open(raw_region(), &g, 1, &b.region), OM_E_VARIANT);
	g.ecc_bytes = 16;
	g.region_bytes = 0;
	assert_int_equal(region_open(raw_region(), &g, 1, &b.region), OM_E_EMPTY);
	g.region_bytes = REGION;
	g.record_bytes = RECORD + 5; /* rounded as Linux does */
	assert_int_equal(region_open(raw_region(), &g, 1, &b.region), OM_OK);
	assert_int_equal(b.region.geom.record_bytes, RECORD);
	g = (struct geometry){ .region_bytes = REGION, .console_bytes = CONSOLE };
	assert_int_equal(region_open(raw_region(), &g, 1, &b.region), OM_OK);
	assert_int_equal(region_records(&b.region), 1);
}

/* The workspace promised is enough for everything; less is refused or said in the record. */
static void test_workspace(void **state)
{
	static char text[STREAM_TEXT_CAP];
	const size_t text_len = stream_text(text);
	struct record r;

	(void)state;
	fresh_region(16, 4);
	write_packed(&b.dmesg[0], stream_deflate, sizeof(stream_deflate));
	for (uint32_t i = 0; i < 400; i++) {
		uint8_t p[FTRACE_BYTES_64];

		entry_64(p, i, i % 4);
		model_write(&b.ftrace[i % 4], p, sizeof(p));
		model_write(&b.console, "0123456789abcdef0123456789abcdef", 32);
	}
	open_region(4);

	const size_t enough = region_work_bytes(&b.region);
	uint8_t *exact = malloc(enough);

	for (uint32_t i = 0; i < region_records(&b.region); i++) {
		enum om_err err =
			record_read(&b.region, i, 0, (struct workspace){ exact, enough }, &r);

		assert_true(err == OM_OK || err == OM_E_EMPTY);
		if (err == OM_OK)
			assert_int_equal(r.quality, QUALITY_INTACT);
	}
	free(exact);

	uint32_t seen = 0; /* each of the answers comes up */

	for (size_t cap = 0; cap < RECORD + UNPACK_STATE_BYTES + 2 * text_len; cap += 61) {
		exact = malloc(cap ? cap : 1);

		enum om_err err =
			record_read(&b.region, 0, 0, (struct workspace){ exact, cap }, &r);

		if (err != OM_OK) {
			assert_int_equal(err, OM_E_NO_SPACE);
			seen |= 1;
		} else if (r.notes) {
			assert_int_equal(r.notes, NOTE_OUTPUT_CUT);
			assert_memory_equal(r.text.p, text, r.text.len);
			seen |= 2;
		} else {
			assert_int_equal(r.text.len, text_len);
			seen |= 4;
		}
		free(exact);
	}
	assert_int_equal(seen, 7);
	assert_int_equal(record_read(&b.region, region_records(&b.region), 0,
				     (struct workspace){ b.work, WORK }, &r),
			 OM_E_ARG);
}

/* Text much longer than its zone: the workspace promised counts on it. */
static void test_workspace_for_packed_text(void **state)
{
	static char text[STREAM_TEXT_CAP];
	struct model_zone z;
	struct record r;

	(void)state;
	stream_text(text);
	memset(b.raw, 0, sizeof(b.raw));
	b.g = (struct geometry){ .region_bytes = REGION, .record_bytes = 0x400 };
	z = model_open(b.raw, 0x400, NULL, 0);
	write_packed(&z, stream_deflate, sizeof(stream_deflate));
	open_region(1);

	const size_t enough = region_work_bytes(&b.region);
	uint8_t *exact = malloc(enough);

	assert_int_equal(record_read(&b.region, 0, 0, (struct workspace){ exact, enough }, &r),
			 OM_OK);
	assert_int_equal(r.quality, QUALITY_UNCHECKED);
	assert_text(&r, text);
	free(exact);
}

static void test_names(void **state)
{
	static const struct {
		enum zone_kind kind;
		uint32_t index;
		const char *name;
	} rows[] = {
		{ ZONE_DMESG, 0, "dmesg-ramoops-0" },
		{ ZONE_DMESG, 9, "dmesg-ramoops-9" },
		{ ZONE_DMESG, 10, "dmesg-ramoops-10" },
		{ ZONE_DMESG, UINT32_MAX, "dmesg-ramoops-4294967295" },
		{ ZONE_CONSOLE, 0, "console-ramoops-0" },
		{ ZONE_PMSG, 0, "pmsg-ramoops-0" },
		{ ZONE_FTRACE, UINT32_MAX, "ftrace-ramoops-4294967295" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct record r = { .kind = rows[i].kind, .index = rows[i].index };
		char name[RECORD_NAME_BYTES];

		record_name(&r, name);
		assert_string_equal(name, rows[i].name);
	}
	assert_string_equal(quality_name(QUALITY_CORRECTED), "ECC-corrected");
	assert_string_equal(quality_name((enum quality)77), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_record),
		cmocka_unit_test(test_packed_records),
		cmocka_unit_test(test_console_and_pmsg),
		cmocka_unit_test(test_ftrace_sizes),
		cmocka_unit_test(test_ftrace_of_all_cpus),
		cmocka_unit_test(test_ftrace_signature_damaged),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_workspace),
		cmocka_unit_test(test_workspace_for_packed_text),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

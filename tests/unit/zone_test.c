/* SPDX-License-Identifier: BSD-2-Clause */
/* Zones: where their parts lie, what Linux's reading rules make of any header, repair. */
#include "core/ramoops/zone.h"

#include "core/base/crc32.h"
#include "model.h"

enum { ROOM = 0x1000 };

struct fixture {
	uint8_t raw[ROOM];
	uint8_t work[ROOM];
	struct rs rs;
};

static struct fixture f; /* ASan's stack is no place for it */

static struct workspace all_work(void)
{
	return (struct workspace){ f.work, sizeof(f.work) };
}

/* ---- shape ------------------------------------------------------------------------------ */

static const struct {
	uint32_t zone, ecc;
	enum om_err err;
	uint32_t cap, blocks, parity_off, hdr_parity_off;
} shapes[] = {
	/* measured on Linux's own formula */
	{ 0x400, 8, OM_OK, 940, 8, 952, 1016 },
	{ 0x400, 16, OM_OK, 884, 7, 896, 1008 },
	{ 0x400, 32, OM_OK, 756, 7, 768, 992 },
	{ 0x1000, 16, OM_OK, 3604, 29, 3616, 4080 },
	{ 0x4000, 16, OM_OK, 14532, 114, 14544, 16368 },
	{ 0x8000, 16, OM_OK, 29092, 228, 29104, 32752 },
	{ 0x10000, 16, OM_OK, 58228, 455, 58240, 65520 },
	{ 0x10000, 32, OM_OK, 52372, 410, 52384, 65504 },
	{ 0x20000, 16, OM_OK, 116468, 911, 116480, 131056 },
	{ 0x40000, 8, OM_OK, 246700, 1928, 246712, 262136 },
	/* no ECC: all after the header is data */
	{ 0x400, 0, OM_OK, 1012, 0, 1024, 1024 },
	{ 13, 0, OM_OK, 1, 0, 13, 13 },
	/* nothing left */
	{ 12, 0, OM_E_TRUNCATED, 0, 0, 0, 0 },
	{ 0, 0, OM_E_TRUNCATED, 0, 0, 0, 0 },
	{ 28, 16, OM_E_NO_SPACE, 0, 0, 0, 0 },
	{ 44, 16, OM_E_NO_SPACE, 0, 0, 0, 0 }, /* overhead 32 of 32 */
	{ 45, 16, OM_OK, 1, 1, 13, 29 },
	{ 0x400, 127, OM_OK, 377, 4, 389, 897 },
	{ 0x400, 128, OM_E_VARIANT, 0, 0, 0, 0 },
};

static void test_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		struct zone_shape s;
		char name[40];

		snprintf(name, sizeof(name), "%u bytes, ecc %u", shapes[i].zone, shapes[i].ecc);
		CASE(name);
		assert_int_equal(zone_shape(shapes[i].zone, shapes[i].ecc, &s), shapes[i].err);
		if (shapes[i].err != OM_OK)
			continue;
		assert_int_equal(s.cap_bytes, shapes[i].cap);
		assert_int_equal(s.n_blocks, shapes[i].blocks);
		assert_int_equal(s.parity_off, shapes[i].parity_off);
		assert_int_equal(s.hdr_parity_off, shapes[i].hdr_parity_off);
	}
}

/* For all sizes and codes: parts lie one after the other, every data block has its slot. */
static void test_shape_holds_together(void **state)
{
	(void)state;
	for (uint32_t bytes = 0; bytes < 3000; bytes++) {
		for (uint32_t ecc = 0; ecc <= 127; ecc += 1 + bytes % 5) {
			struct zone_shape s;

			if (zone_shape(bytes, ecc, &s) != OM_OK)
				continue;
			assert_in_range(s.cap_bytes, 1, bytes - ZONE_HDR_BYTES);
			assert_int_equal(s.parity_off, ZONE_HDR_BYTES + s.cap_bytes);
			assert_int_equal(s.hdr_parity_off, s.parity_off + s.n_blocks * ecc);
			assert_int_equal(s.hdr_parity_off + ecc, bytes);
			if (ecc)
				assert_true((s.cap_bytes - 1) / ZONE_BLOCK_BYTES < s.n_blocks);
		}
	}
}

/* ---- whole zones ----------------------------------------------------------------------- */

static struct model_zone console_zone(uint32_t bytes, uint32_t ecc)
{
	memset(f.raw, 0, sizeof(f.raw));
	if (ecc)
		assert_int_equal(rs_init(&f.rs, ecc), OM_OK);

	struct model_zone z = model_open(f.raw, bytes, ecc ? &f.rs : NULL, 0);

	for (uint32_t i = 0; i < 60; i++) {
		char line[64];
		int n = snprintf(line, sizeof(line), "[%5u.%06u] console line %u\n", i, i, i);

		model_write(&z, line, (size_t)n);
	}
	return z;
}

/* CRCs of zones whose SHA-256 is in the format's description (docs/ramoops.md). */
static void test_known_zones(void **state)
{
	struct zone z;

	(void)state;
	console_zone(0x400, 16);
	assert_int_equal(crc32_update(0, f.raw, 0x400), 0xfac482f9);
	assert_int_equal(zone_read((struct span){ f.raw, 0x400 }, &f.rs, 0, all_work(), &z), OM_OK);
	assert_int_equal(z.start, 82);
	assert_int_equal(z.size, 884);
	assert_true(z.wrapped);
	assert_int_equal(z.corrected_bytes, 0);
	assert_int_equal(z.bad_blocks, 0);
	assert_int_equal(crc32_update(0, z.text.p, z.text.len), 0x9adbe822);
	assert_memory_equal(z.text.p, "console line 31\n", 16);

	console_zone(0x400, 0);
	assert_int_equal(crc32_update(0, f.raw, 0x400), 0x5133a769);
	assert_int_equal(zone_read((struct span){ f.raw, 0x400 }, NULL, 0, all_work(), &z), OM_OK);
	assert_int_equal(z.start, 838);
	assert_int_equal(z.size, 1012);
	assert_int_equal(crc32_update(0, z.text.p, z.text.len), 0x3bf6d8e6);
}

/* ---- headers ----------------------------------------------------------------------------- */

enum { H_CAP = 0x100 - ZONE_HDR_BYTES };

static const struct {
	const char *name;
	uint32_t sig, start, size;
	enum om_err err;
	size_t len;
	bool wrapped;
} headers[] = {
	{ "empty", ZONE_SIG, 0, 0, OM_E_EMPTY, 0, false },
	{ "empty, start left over", ZONE_SIG, 7, 0, OM_E_EMPTY, 0, true },
	{ "one byte", ZONE_SIG, 1, 1, OM_OK, 1, false },
	{ "start equals size", ZONE_SIG, 100, 100, OM_OK, 100, false },
	{ "start past size", ZONE_SIG, 101, 100, OM_E_TRUNCATED, 0, true },
	{ "start before size", ZONE_SIG, 50, 100, OM_OK, 100, true },
	{ "full exactly", ZONE_SIG, 0, H_CAP, OM_OK, H_CAP, true },
	{ "full, wrapped", ZONE_SIG, 99, H_CAP, OM_OK, H_CAP, true },
	{ "start at capacity (3.11 to 3.14)", ZONE_SIG, H_CAP, H_CAP, OM_OK, H_CAP, false },
	{ "size one byte over", ZONE_SIG, 0, H_CAP + 1, OM_E_TRUNCATED, 0, true },
	{ "size huge", ZONE_SIG, 0, 0x7fffffff, OM_E_TRUNCATED, 0, true },
	{ "size negative", ZONE_SIG, 0, 0xffffffff, OM_E_TRUNCATED, 0, true },
	{ "both negative", ZONE_SIG, 0xffffffff, 0xffffffff, OM_E_TRUNCATED, 0, false },
	{ "start negative", ZONE_SIG, 0xfffffff0, 16, OM_E_TRUNCATED, 0, true },
	{ "signature one bit off", ZONE_SIG ^ 1, 5, 5, OM_E_BAD_MAGIC, 0, false },
	{ "ftrace signature", ZONE_SIG ^ 0x0601c0, 5, 5, OM_E_BAD_MAGIC, 0, false },
	{ "zeros", 0, 0, 0, OM_E_BAD_MAGIC, 0, false },
	{ "ones", 0xffffffff, 0xffffffff, 0xffffffff, OM_E_BAD_MAGIC, 0, false },
};

static void test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(headers); i++) {
		const bool big = i >= ARRAY_LEN(headers);
		const size_t row = i % ARRAY_LEN(headers);
		void (*store)(uint8_t *, uint32_t) = big ? be32_store : le32_store;
		struct span raw = { f.raw, 0x100 };
		struct zone z = { 0 };

		CASE(headers[row].name);
		for (uint32_t b = 0; b < raw.len; b++)
			f.raw[b] = (uint8_t)b;
		store(f.raw, headers[row].sig);
		store(f.raw + 4, headers[row].start);
		store(f.raw + 8, headers[row].size);
		assert_int_equal(zone_read(raw, NULL, 0, all_work(), &z), headers[row].err);
		assert_int_equal(z.text.len, headers[row].len);
		assert_int_equal(z.sig_wrong_bits == 0, headers[row].err != OM_E_BAD_MAGIC);
		if (headers[row].err == OM_E_BAD_MAGIC && z.sig_wrong_bits > ZONE_SIG_WRONG_MAX)
			continue;
		assert_int_equal(z.big_endian, big);
		assert_int_equal(z.start, headers[row].start);
		assert_int_equal(z.size, headers[row].size);
		assert_int_equal(z.wrapped, headers[row].wrapped);
		for (size_t at = 0; at < z.text.len; at++)
			assert_int_equal(z.text.p[at], ZONE_HDR_BYTES + (z.start + at) % z.size);
	}
}

static void test_signature_xor(void **state)
{
	const uint32_t version = 0x0601c0;
	struct zone z;
	uint32_t sig = 0;

	(void)state;
	memset(f.raw, 0, sizeof(f.raw));
	assert_int_equal(rs_init(&f.rs, 16), OM_OK);

	struct model_zone m = model_open(f.raw, 0x400, &f.rs, version);
	struct span raw = { f.raw, 0x400 };

	model_write(&m, "0123456789abcdef", 16);
	assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_E_BAD_MAGIC);
	assert_int_equal(zone_read(raw, &f.rs, version, all_work(), &z), OM_OK);
	assert_int_equal(zone_signature(raw, &f.rs, &sig), OM_OK);
	assert_int_equal(sig, 0x43414384);

	f.raw[1] ^= 0x40; /* ECC gives it back */
	assert_int_equal(zone_signature(raw, &f.rs, &sig), OM_OK);
	assert_int_equal(sig, 0x43414384);
	assert_int_equal(zone_signature((struct span){ f.raw, 5 }, &f.rs, &sig), OM_E_TRUNCATED);
}

/* ---- damage -------------------------------------------------------------------------------- */

/* With ECC every single bit of header and header parity is repaired, and counted once. */
static void test_every_header_bit(void **state)
{
	static uint8_t want[ROOM];
	struct model_zone m = console_zone(0x400, 16);
	struct span raw = { f.raw, 0x400 };
	struct zone z;
	uint32_t n_bits = 0;

	(void)state;
	assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_OK);
	memcpy(want, z.text.p, z.text.len);

	for (uint32_t at = 0; at < 0x400; at++) {
		if (at >= ZONE_HDR_BYTES && at < m.shape.hdr_parity_off)
			continue;
		for (uint32_t bit = 0; bit < 8; bit++, n_bits++) {
			f.raw[at] ^= (uint8_t)(1 << bit);
			assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_OK);
			assert_int_equal(z.corrected_bytes, 1);
			assert_false(z.header_corrupt);
			assert_int_equal(z.text.len, 884);
			assert_memory_equal(z.text.p, want, 884);
			f.raw[at] ^= (uint8_t)(1 << bit);
		}
	}
	assert_int_equal(n_bits, (12 + 16) * 8);
}

/* Without ECC a flipped bit may change what is read, but only within the zone. */
static void test_every_header_bit_without_ecc(void **state)
{
	struct span raw = { f.raw, 0x400 };

	(void)state;
	console_zone(0x400, 0);
	for (uint32_t bit = 0; bit < ZONE_HDR_BYTES * 8; bit++) {
		struct zone z = { 0 };

		f.raw[bit / 8] ^= (uint8_t)(1 << bit % 8);

		enum om_err err = zone_read(raw, NULL, 0, all_work(), &z);

		if (bit < 32)
			assert_int_equal(err, OM_E_BAD_MAGIC);
		else
			assert_true(err == OM_OK || err == OM_E_TRUNCATED);
		assert_true(z.text.len <= 1012);
		f.raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* What a completed write leaves, be it one of a kernel with more parity. */
static void test_sane_headers(void **state)
{
	static const struct {
		const char *name;
		uint32_t ecc, start, size;
		bool sane;
	} rows[] = {
		{ "empty", 0, 0, 0, false },
		{ "not yet full", 0, 300, 300, true },
		{ "full", 0, 300, 1012, true },
		{ "start beyond size", 0, 301, 300, false },
		{ "torn", 0, 300, 400, false },
		{ "beyond the capacity", 16, 300, 940, false },
		{ "full with ECC 16, read without", 0, 300, 884, true },
		{ "full with ECC 32, read with 16", 16, 300, 756, true },
		{ "full with ECC 127, read with 1", 1, 300, 377, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zone z = { .start = rows[i].start, .size = rows[i].size };

		print_message("%s\n", rows[i].name);
		assert_int_equal(zone_shape(0x400, rows[i].ecc, &z.shape), OM_OK);
		assert_int_equal(zone_is_sane(&z), rows[i].sane);
	}
}

/* Any length of a zone that is cut short: an error or a sane answer, never a read outside. */
static void test_every_length(void **state)
{
	(void)state;
	for (uint32_t ecc = 0; ecc <= 16; ecc += 8) {
		console_zone(0x400, ecc);
		for (size_t len = 0; len < 0x400; len++) {
			uint8_t *exact = malloc(len ? len : 1); /* ASan guards its end */
			struct zone z = { 0 };

			memcpy(exact, f.raw, len);

			enum om_err err = zone_read((struct span){ exact, len }, ecc ? &f.rs : NULL,
						    0, all_work(), &z);

			if (err == OM_OK)
				assert_true(z.text.len <= len);
			free(exact);
		}
	}
}

/*
 * Rings of all sorts with up to half the parity's worth of wrong bytes in every block: the
 * log comes back exactly, wherever the seam lies, and every wrong byte is counted.
 */
static void test_repairs_rings(void **state)
{
	static const uint32_t codes[] = { 2, 8, 16, 17, 32, 64 };
	struct prng rng = { 3 };

	(void)state;
	for (uint32_t round = 0; round < 400; round++) {
		const uint32_t ecc = codes[round % ARRAY_LEN(codes)];
		const uint32_t bytes = 200 + prng_below(&rng, 1500);
		static uint8_t stream[ROOM * 4];
		static uint8_t before[ROOM];
		const uint32_t len = 1 + prng_below(&rng, 3000);
		uint32_t wrong = 0;
		struct zone z;

		assert_int_equal(rs_init(&f.rs, ecc), OM_OK);
		prng_fill(&rng, f.raw, sizeof(f.raw)); /* stale bytes are random too */
		prng_fill(&rng, stream, len);

		struct model_zone m = model_open(f.raw, bytes, &f.rs, 0);

		for (uint32_t at = 0; at < len;) {
			uint32_t n = 1 + prng_below(&rng, 97);

			if (n > len - at)
				n = len - at;
			model_write(&m, stream + at, n);
			at += n;
		}
		for (uint32_t b = 0; b * ZONE_BLOCK_BYTES < m.size; b++) {
			uint32_t n = m.shape.cap_bytes - b * ZONE_BLOCK_BYTES;
			uint32_t step;

			if (n > ZONE_BLOCK_BYTES)
				n = ZONE_BLOCK_BYTES;
			step = n / (ecc / 2) + 1;
			for (uint32_t at = prng_below(&rng, step); at < n; at += step, wrong++)
				f.raw[ZONE_HDR_BYTES + b * ZONE_BLOCK_BYTES + at] ^=
					(uint8_t)(1 + prng_below(&rng, 255));
		}
		memcpy(before, f.raw, bytes);
		assert_int_equal(zone_read((struct span){ f.raw, bytes }, &f.rs, 0, all_work(), &z),
				 OM_OK);
		assert_int_equal(z.bad_blocks, 0);
		assert_int_equal(z.corrected_bytes, wrong);
		assert_int_equal(z.text.len, m.size);
		assert_memory_equal(z.text.p, stream + len - m.size, m.size);
		assert_memory_equal(f.raw, before, bytes); /* evidence stays as it was */
	}
}

/* Too many wrong bytes in one block: counted, raw bytes kept, the other blocks still good. */
static void test_bad_block_keeps_its_bytes(void **state)
{
	struct zone z;

	(void)state;
	console_zone(0x400, 16);
	for (uint32_t i = 0; i < 9; i++)
		f.raw[ZONE_HDR_BYTES + 256 + i * 13] ^= 0x55;
	f.raw[ZONE_HDR_BYTES + 5] ^= 1;
	assert_int_equal(zone_read((struct span){ f.raw, 0x400 }, &f.rs, 0, all_work(), &z), OM_OK);
	assert_int_equal(z.bad_blocks, 1);
	assert_int_equal(z.corrected_bytes, 1);
	assert_false(z.header_corrupt);
	/* ring offset 256 is 174 after the seam at 82 */
	assert_memory_equal(z.text.p + 174, f.raw + ZONE_HDR_BYTES + 256, 128);
	assert_int_equal(z.holes.n, 1);
	assert_int_equal(z.holes.at[0].off, 174);
	assert_int_equal(z.holes.at[0].len, 128);

	/* the block with the ring's seam at 82: the log's end and beginning */
	console_zone(0x400, 16);
	for (uint32_t i = 0; i < 9; i++)
		f.raw[ZONE_HDR_BYTES + i * 13] ^= 0x55;
	assert_int_equal(zone_read((struct span){ f.raw, 0x400 }, &f.rs, 0, all_work(), &z), OM_OK);
	assert_int_equal(z.bad_blocks, 1);
	assert_int_equal(z.holes.n, 2);
	assert_int_equal(z.holes.at[0].off, 0);
	assert_int_equal(z.holes.at[0].len, 128 - 82);
	assert_int_equal(z.holes.at[1].off, 884 - 82);
	assert_int_equal(z.holes.at[1].len, 82);
}

/*
 * Blocks beyond repair anywhere in rings of all sorts: every wrong byte of the log lies in a
 * hole, and holes are no longer than the blocks that were hit.
 */
static void test_holes(void **state)
{
	struct prng rng = { 4 };

	(void)state;
	assert_int_equal(rs_init(&f.rs, 16), OM_OK);
	for (uint32_t round = 0; round < 300; round++) {
		const uint32_t bytes = 200 + prng_below(&rng, 1800);
		static uint8_t good[ROOM];
		uint32_t n_bad = 0;
		struct zone z;

		prng_fill(&rng, f.raw, sizeof(f.raw));

		struct model_zone m = model_open(f.raw, bytes, &f.rs, 0);
		const struct span raw = { f.raw, bytes };

		for (uint32_t at = 1 + prng_below(&rng, 4000); at > 0; at -= at < 61 ? at : 61)
			model_write(&m, good, at < 61 ? at : 61);
		prng_fill(&rng, f.raw + ZONE_HDR_BYTES, m.size);
		model_parity(&m);
		assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_OK);
		assert_int_equal(z.holes.n, 0);
		memcpy(good, z.text.p, z.text.len);
		for (uint32_t b = 0; b * ZONE_BLOCK_BYTES < m.size; b++) {
			if (prng_below(&rng, 3))
				continue;
			n_bad++;
			for (uint32_t i = 0; i < 16; i++) /* parity alone is enough */
				f.raw[m.shape.parity_off + b * 16 + i] ^= 0x5a;
			f.raw[ZONE_HDR_BYTES + b * ZONE_BLOCK_BYTES] ^= 0xff;
		}
		assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_OK);
		assert_int_equal(z.bad_blocks, n_bad);
		assert_true(holes_bytes(&z.holes) <= n_bad * ZONE_BLOCK_BYTES);
		assert_int_equal(z.holes.n > 0, n_bad > 0);
		for (uint32_t i = 0; i < z.text.len; i++)
			assert_true(z.text.p[i] == good[i] || holes_touch(&z.holes, i, 1));
		for (uint32_t i = 0; i < z.holes.n; i++)
			assert_true(z.holes.at[i].off + z.holes.at[i].len <= z.text.len);
	}
}

/* Any start and size can be asked for; what cannot be is refused. */
static void test_log(void **state)
{
	static const struct {
		uint32_t start, size;
		enum om_err err;
	} rows[] = {
		{ 0, 0, OM_E_EMPTY },	      { 884, 884, OM_OK }, { 0, 884, OM_OK },
		{ 500, 884, OM_OK },	      { 20, 500, OM_OK },  { 885, 884, OM_E_TRUNCATED },
		{ 885, 885, OM_E_TRUNCATED }, { 1, 1, OM_OK },
	};
	struct model_zone m = console_zone(0x400, 16);
	const struct zone_raw zone = { { f.raw, 0x400 }, &f.rs, m.shape };

	(void)state;
	f.raw[ZONE_HDR_BYTES + 10] ^= 1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct zone z = { .shape = m.shape, .start = rows[i].start, .size = rows[i].size };

		assert_int_equal(zone_log(&zone, all_work(), &z), rows[i].err);
		assert_int_equal(z.text.len, rows[i].err == OM_OK ? rows[i].size : 0);
		if (rows[i].err != OM_OK)
			continue;
		f.raw[ZONE_HDR_BYTES + 10] ^= 1;
		for (uint32_t k = 0; k < z.size; k++)
			assert_int_equal(z.text.p[k],
					 f.raw[ZONE_HDR_BYTES + (z.start + k) % z.size]);
		f.raw[ZONE_HDR_BYTES + 10] ^= 1;
		assert_int_equal(z.corrected_bytes, 1);
	}
}

/* A header of zeros beside its parity is not a fresh RAM: ECC brings it back, as under Linux. */
static void test_cleared_header_comes_back(void **state)
{
	struct model_zone m = console_zone(0x400, 16);
	struct span raw = { f.raw, 0x400 };
	struct zone z;

	(void)state;
	memset(f.raw, 0, ZONE_HDR_BYTES);
	assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_OK);
	assert_int_equal(z.corrected_bytes, 4 + 1 + 2);
	assert_int_equal(z.start, 82);
	assert_int_equal(z.size, 884);

	/* nor is it where only the log's beginning is left, but without that there is no log */
	memset(f.raw + ZONE_HDR_BYTES, 0, 40);
	f.raw[ZONE_HDR_BYTES + 40] = 'x';
	assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_OK);
	memset(f.raw + ZONE_HDR_BYTES, 0, 100);
	assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_E_BAD_MAGIC);

	/* zeros all over are fresh RAM, and no damage */
	console_zone(0x400, 16);
	memset(f.raw, 0, ZONE_HDR_BYTES);
	memset(f.raw + m.shape.hdr_parity_off, 0, 16);
	assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_E_BAD_MAGIC);
	assert_int_equal(z.corrected_bytes, 0);
	assert_int_equal(z.bad_blocks, 0);

	/* parity of zeros: the nearest code word is zeros, so Linux sees no zone either */
	console_zone(0x400, 16);
	memset(f.raw + m.shape.hdr_parity_off, 0, 16);
	assert_int_equal(zone_read(raw, &f.rs, 0, all_work(), &z), OM_E_BAD_MAGIC);
	assert_int_equal(z.corrected_bytes, 7);
}

/* A header beyond repair is used as it is when it makes sense, as Linux does. */
static void test_header_beyond_repair(void **state)
{
	struct model_zone m = console_zone(0x400, 16);
	struct zone z;

	(void)state;
	for (uint32_t i = 0; i < 9; i++)
		f.raw[m.shape.hdr_parity_off + i] ^= 0x55;
	assert_int_equal(zone_read((struct span){ f.raw, 0x400 }, &f.rs, 0, all_work(), &z), OM_OK);
	assert_true(z.header_corrupt);
	assert_int_equal(z.bad_blocks, 1);
	assert_int_equal(z.text.len, 884);
}

static void test_workspace(void **state)
{
	struct span raw = { f.raw, 0x400 };
	struct zone z;

	(void)state;
	console_zone(0x400, 16);
	assert_int_equal(zone_read(raw, &f.rs, 0, (struct workspace){ f.work, 883 }, &z),
			 OM_E_NO_SPACE);
	assert_int_equal(zone_read(raw, &f.rs, 0, (struct workspace){ f.work, 884 }, &z), OM_OK);
}

/* With any room and any beginning to keep: those bytes of the whole log, repaired as well. */
static void test_parts(void **state)
{
	static const uint32_t keeps[] = { 0, 1, 100, 128, 400 };
	static uint8_t whole[0x400];
	struct span raw = { f.raw, 0x400 };
	uint32_t n_parts = 0;

	(void)state;
	for (uint32_t ecc = 0; ecc <= 16; ecc += 16) {
		struct model_zone m = console_zone(0x400, ecc);
		const struct zone_raw zone = { raw, ecc ? &f.rs : NULL, m.shape };
		struct zone all, z;

		assert_int_equal(zone_read(raw, zone.rs, 0, all_work(), &all), OM_OK);
		memcpy(whole, all.text.p, all.text.len);
		for (uint32_t at = 5; ecc && at < all.size; at += 131) /* one byte of each block */
			f.raw[ZONE_HDR_BYTES + at] ^= 0x5a;
		for (uint32_t room = 1; room < all.size; room += 13)
			for (size_t k = 0; k < ARRAY_LEN(keeps); k++) {
				const uint32_t keep = keeps[k] < room ? keeps[k] : room;
				const struct workspace work = { f.work, room };

				z = all;
				assert_int_equal(zone_log_part(&zone, work, keeps[k], &z), OM_OK);
				assert_int_equal(z.text.len, room);
				assert_int_equal(z.left_bytes, all.size - room);
				assert_memory_equal(z.text.p, whole, keep);
				assert_memory_equal(z.text.p + keep,
						    whole + all.size - (room - keep), room - keep);
				assert_int_equal(z.bad_blocks, 0);
				n_parts++;
			}
		assert_int_equal(
			zone_read_part(raw, zone.rs, 0, (struct workspace){ f.work, 300 }, &z),
			OM_OK);
		assert_memory_equal(z.text.p, whole + all.size - 300, 300);
	}
	assert_true(n_parts > 600);
}

/* A block beyond repair is a hole where its bytes are in the part, and only there. */
static void test_hole_in_part(void **state)
{
	struct model_zone m = console_zone(0x400, 16);
	const struct zone_raw zone = { { f.raw, 0x400 }, &f.rs, m.shape };
	struct zone z;

	(void)state;
	assert_int_equal(zone_read(zone.bytes, zone.rs, 0, all_work(), &z), OM_OK);
	for (uint32_t i = 0; i < 20; i++)
		f.raw[ZONE_HDR_BYTES + 128 + i] ^= 0xff;
	for (uint32_t room = 10; room < z.size; room += 10) {
		/* where block 1 stands in the log; the part has the log's end */
		const uint32_t left = z.size - room;
		uint32_t in_part = 0, in_holes = 0;

		for (uint32_t off = 128; off < 256; off++) {
			const uint32_t at = off < z.start ? z.size - z.start + off : off - z.start;

			in_part += off < z.size && at >= left;
		}
		assert_int_equal(zone_log_part(&zone, (struct workspace){ f.work, room }, 0, &z),
				 OM_OK);
		for (uint32_t i = 0; i < z.holes.n; i++)
			in_holes += z.holes.at[i].len;
		assert_int_equal(in_holes, in_part);
		assert_int_equal(z.bad_blocks, in_part > 0);
	}
}

static void test_blocks(void **state)
{
	struct model_zone m = console_zone(0x400, 16);
	const struct zone_raw zone = { { f.raw, 0x400 }, &f.rs, m.shape };
	uint8_t block[ZONE_BLOCK_BYTES];
	uint32_t len;
	uint32_t corrected;

	(void)state;
	f.raw[ZONE_HDR_BYTES + 3] ^= 0xff;
	assert_int_equal(zone_block(&zone, 0, block, &len, &corrected), OM_OK);
	assert_int_equal(len, 128);
	assert_int_equal(corrected, 1);
	assert_int_equal(block[3], (uint8_t)~f.raw[ZONE_HDR_BYTES + 3]);
	assert_int_equal(zone_block(&zone, 6, block, &len, &corrected), OM_OK);
	assert_int_equal(len, 884 - 6 * 128);
	assert_int_equal(zone_block(&zone, 7, block, &len, &corrected), OM_OK);
	assert_int_equal(len, 0);
	for (uint32_t i = 0; i < 20; i++)
		f.raw[ZONE_HDR_BYTES + 128 + i] ^= 0xff;
	assert_int_equal(zone_block(&zone, 1, block, &len, &corrected), OM_E_CORRUPT);
	assert_memory_equal(block, f.raw + ZONE_HDR_BYTES + 128, 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_shape_holds_together),
		cmocka_unit_test(test_known_zones),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_signature_xor),
		cmocka_unit_test(test_every_header_bit),
		cmocka_unit_test(test_every_header_bit_without_ecc),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_repairs_rings),
		cmocka_unit_test(test_bad_block_keeps_its_bytes),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_cleared_header_comes_back),
		cmocka_unit_test(test_header_beyond_repair),
		cmocka_unit_test(test_workspace),
		cmocka_unit_test(test_sane_headers),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_hole_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

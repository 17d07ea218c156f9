/* SPDX-License-Identifier: BSD-2-Clause */
/* The ftrace zones of a region as one record: damaged signatures, lost zones, both byte orders. */
#include "core/ramoops/ftrace_read.h"

#include "model.h"

enum { CPUS = 4, ZONE = 0x1000, V_6_1 = 0x0601c0, V_5_10 = 0x050adf, N = 40, CAP_WORK = 0x10000 };

static struct {
	uint8_t raw[CPUS * ZONE];
	uint8_t work[CAP_WORK];
	struct region region;
	struct model_zone zone[CPUS];
} b;

/* Entry @i, of CPU @i modulo 4, with a stamp in rising order. */
static void put_entry(uint8_t p[FTRACE_BYTES_64], uint32_t i)
{
	le64_store(p, 0xffff800080100000 + i * 52);
	le64_store(p + 8, 0xffff800080200000 + i * 36);
	le64_store(p + 16, (uint64_t)(100 + i) << 8 | i % CPUS);
}

/* @n entries in zones of @cpus CPUs, as a 6.1 kernel writes them. */
static void make_region(uint32_t ecc, uint32_t cpus, uint32_t n)
{
	struct region *r = &b.region;

	memset(&b, 0, sizeof(b));
	r->raw = (struct span){ b.raw, sizeof(b.raw) };
	r->geom.ecc_bytes = ecc;
	r->digests = true;
	r->layout.n_ftrace = cpus;
	r->layout.bytes[ZONE_FTRACE] = ZONE;
	if (ecc)
		assert_int_equal(rs_init(&r->rs, ecc), OM_OK);
	for (uint32_t i = 0; i < cpus; i++)
		b.zone[i] = model_open(b.raw + i * ZONE, ZONE, ecc ? &r->rs : NULL, V_6_1);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t p[FTRACE_BYTES_64];

		put_entry(p, i);
		model_write(&b.zone[i % cpus], p, sizeof(p));
	}
}

static enum om_err read_it(struct record *out)
{
	*out = (struct record){ 0 };
	return ftrace_read(&b.region, (struct workspace){ b.work, sizeof(b.work) }, out);
}

enum damage {
	KEEP,
	SIG_BIT,     /* of CPU 1 */
	SIG_BITS,    /* too many of them */
	SIG_TOP_BIT, /* of all zones: no version can have it */
	SIG_TOP_BITS,
	SIG_OTHER,   /* CPU 1's is a whole one of another kernel, parity and all */
	HEADER_GONE, /* CPU 1's, with its parity */
	SIZE_HUGE,
	ERASED, /* CPU 1's */
	ALL_ERASED,
	ENTRY_BAD, /* an address in the middle of CPU 1's */
	BLOCK_BAD, /* more than ECC can repair, but entries still make sense */
	ZEROS,
	NOISE
};

static void do_damage(enum damage d)
{
	struct model_zone *z = &b.zone[1];
	struct prng rng = { 5 };

	switch (d) {
	case KEEP:
		break;
	case SIG_BIT:
		z->p[1] ^= 4;
		break;
	case SIG_BITS:
		memset(z->p, 0x55, 4);
		break;
	case SIG_TOP_BIT:
	case SIG_TOP_BITS:
		for (uint32_t i = 0; i < CPUS; i++)
			b.zone[i].p[3] ^= d == SIG_TOP_BIT ? 0x10 : 0xfc;
		break;
	case SIG_OTHER:
		z->sig = ZONE_SIG ^ (V_6_1 ^ 1);
		model_header(z);
		break;
	case HEADER_GONE:
		memset(z->p, 0x5a, ZONE_HDR_BYTES);
		memset(z->p + z->shape.hdr_parity_off, 0xa5, z->shape.ecc_bytes);
		break;
	case SIZE_HUGE:
		z->size = 0x12345678;
		model_header(z);
		break;
	case ERASED:
		model_zap(z);
		break;
	case ALL_ERASED:
		for (uint32_t i = 0; i < CPUS; i++)
			model_zap(&b.zone[i]);
		break;
	case ENTRY_BAD:
		z->p[ZONE_HDR_BYTES + 3 * FTRACE_BYTES_64 + 6] ^= 0x20;
		break;
	case BLOCK_BAD:
		for (uint32_t i = 0; i < 12; i++)
			z->p[ZONE_HDR_BYTES + i % 4 * FTRACE_BYTES_64 + 8 + i / 4] ^= 1;
		break;
	case ZEROS:
		memset(b.raw, 0, sizeof(b.raw));
		break;
	case NOISE:
		prng_fill(&rng, b.raw, sizeof(b.raw));
		break;
	}
}

static const struct {
	const char *name;
	uint32_t ecc;
	enum damage damage;
	enum om_err err;
	uint32_t entries;
	uint32_t notes;
	uint32_t hole_bytes;
} rows[] = {
	{ "whole", 0, KEEP, OM_OK, N, 0, 0 },
	{ "whole", 16, KEEP, OM_OK, N, 0, 0 },
	{ "a bit in a signature", 0, SIG_BIT, OM_OK, N, NOTE_SIG_DAMAGED, 0 },
	{ "a bit in a signature, repaired", 16, SIG_BIT, OM_OK, N, 0, 0 },
	{ "many bits in a signature", 0, SIG_BITS, OM_OK, N * 3 / 4, NOTE_ENTRIES_LOST, 0 },
	{ "a bit in all signatures", 0, SIG_TOP_BIT, OM_OK, N, NOTE_SIG_DAMAGED, 0 },
	{ "many bits in all signatures", 0, SIG_TOP_BITS, OM_E_BAD_MAGIC, 0, 0, 0 },
	{ "another kernel's zone, a bit away", 16, SIG_OTHER, OM_OK, N * 3 / 4, NOTE_ENTRIES_LOST,
	  0 },
	{ "no header", 0, HEADER_GONE, OM_OK, N * 3 / 4, NOTE_ENTRIES_LOST, 0 },
	{ "no header", 16, HEADER_GONE, OM_OK, N * 3 / 4, NOTE_ENTRIES_LOST | NOTE_HEADER_CORRUPT,
	  0 },
	{ "impossible size", 16, SIZE_HUGE, OM_OK, N * 3 / 4, NOTE_ENTRIES_LOST, 0 },
	{ "one erased", 16, ERASED, OM_OK, N * 3 / 4, 0, 0 },
	{ "all erased", 16, ALL_ERASED, OM_E_EMPTY, 0, 0, 0 },
	{ "an entry without sense", 0, ENTRY_BAD, OM_OK, N, NOTE_ENTRIES_BAD, 24 },
	{ "an entry repaired", 16, ENTRY_BAD, OM_OK, N, 0, 0 },
	{ "zeros", 0, ZEROS, OM_E_BAD_MAGIC, 0, 0, 0 },
	{ "zeros", 16, ZEROS, OM_E_BAD_MAGIC, 0, 0, 0 },
	{ "noise", 0, NOISE, OM_E_BAD_MAGIC, 0, 0, 0 },
	{ "noise", 16, NOISE, OM_E_BAD_MAGIC, 0, 0, 0 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ftrace_entry e;
		struct record r;
		uint64_t last = 0;

		CASE(rows[i].name);
		make_region(rows[i].ecc, CPUS, N);
		do_damage(rows[i].damage);
		assert_int_equal(read_it(&r), rows[i].err);
		if (rows[i].err != OM_OK)
			continue;
		assert_int_equal(r.writer, V_6_1);
		assert_int_equal(r.text.len, rows[i].entries * FTRACE_BYTES_64);
		assert_int_equal(r.notes, rows[i].notes);
		assert_int_equal(holes_bytes(&r.holes), rows[i].hole_bytes);
		for (uint32_t k = 0; ftrace_entry_at(r.text, &r.ftrace, k, &e) == OM_OK; k++) {
			assert_true(e.stamp > last);
			assert_int_equal(e.cpu, (e.stamp - 100) % CPUS);
			last = e.stamp;
		}
	}
}

/* Blocks beyond repair are holes where their entries are in the merged text. */
static void test_bad_block_is_a_hole(void **state)
{
	struct record r;
	struct ftrace_entry e;

	(void)state;
	make_region(16, CPUS, N);
	do_damage(BLOCK_BAD);
	assert_int_equal(read_it(&r), OM_OK);
	assert_int_equal(r.bad_blocks, 1);
	assert_int_equal(r.notes, NOTE_BAD_BLOCKS | NOTE_ENTRIES_BAD);
	for (uint32_t k = 0; ftrace_entry_at(r.text, &r.ftrace, k, &e) == OM_OK; k++)
		if (e.ip != 0xffff800080100000 + (e.stamp - 100) * 52 ||
		    e.parent_ip != 0xffff800080200000 + (e.stamp - 100) * 36)
			assert_true(holes_touch(&r.holes, k * 24, 24));
	assert_true(holes_bytes(&r.holes) < r.text.len / 2);
}

/* Two boots in one ring: what came first stays first. */
static void test_two_boots(void **state)
{
	struct record r;
	struct ftrace_entry e;

	(void)state;
	make_region(0, 1, 0);
	for (uint32_t i = 0; i < 10; i++) {
		uint8_t p[FTRACE_BYTES_64];

		put_entry(p, i < 5 ? 500 + i : i);
		model_write(&b.zone[0], p, sizeof(p));
	}
	assert_int_equal(read_it(&r), OM_OK);
	assert_int_equal(r.notes, 0);
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(ftrace_entry_at(r.text, &r.ftrace, i, &e), OM_OK);
		assert_int_equal(e.stamp, i < 5 ? 600 + i : 100 + i);
	}
}

/* A machine of the other byte order, 4.9: no stamps, the CPU in ip; with a damaged signature. */
static void test_big_endian(void **state)
{
	(void)state;
	for (uint32_t bad = 0; bad < 2; bad++) {
		struct record r;
		struct ftrace_entry e;

		make_region(0, 1, 0);
		b.region.layout.writer_version = 0x0409ff;
		be32_store(b.raw, (ZONE_SIG ^ 0x0409ff) ^ bad);
		be32_store(b.raw + 4, 20 * 8);
		be32_store(b.raw + 8, 20 * 8);
		for (uint32_t i = 0; i < 20; i++) {
			be32_store(b.raw + 12 + i * 8, (0x80010000 + i * 20) | i % 4);
			be32_store(b.raw + 16 + i * 8, 0x80020000 + i * 12);
		}
		assert_int_equal(read_it(&r), OM_OK);
		assert_true(r.ftrace.big_endian);
		assert_int_equal(r.ftrace.bytes, 8);
		assert_int_equal(r.notes, 0);
		assert_int_equal(r.writer, 0x0409ff ^ bad); /* one zone alone: nothing to compare */
		assert_int_equal(ftrace_entry_at(r.text, &r.ftrace, 19, &e), OM_OK);
		assert_int_equal(e.cpu, 3);
		assert_int_equal(e.ip, 0x80010000 + 19 * 20 + 3);
	}
}

static void test_no_space(void **state)
{
	enum { SHARE = 240, MANY = 4 * 60 };
	uint32_t n_parts = 0;

	(void)state;
	make_region(0, CPUS, MANY);
	for (size_t cap = 0; cap < 2 * CPUS * 6 * SHARE; cap += 100) {
		/* the list of the logs is at the end */
		const size_t list = CPUS * sizeof(struct span) +
				    ((uintptr_t)b.work + cap) % _Alignof(struct span);
		const size_t rest = cap < list ? 0 : cap - list;
		const uint32_t each = (uint32_t)(rest / 2 / CPUS / SHARE * SHARE / FTRACE_BYTES_64);
		struct record r = { 0 };
		struct ftrace_entry e;
		const enum om_err err =
			ftrace_read(&b.region, (struct workspace){ b.work, cap }, &r);

		assert_int_equal(err, each ? OM_OK : OM_E_NO_SPACE);
		if (!each)
			continue;
		/* the newest of every CPU, in order, and it is said that there is more */
		assert_int_equal(r.notes, each < MANY / CPUS ? NOTE_PART_LEFT : 0);
		assert_int_equal(r.text.len, CPUS * each * FTRACE_BYTES_64);
		for (uint32_t i = 0; i < CPUS * each; i++) {
			const uint32_t want = MANY - CPUS * each + i;

			assert_int_equal(ftrace_entry_at(r.text, &r.ftrace, i, &e), OM_OK);
			assert_true(e.ip == 0xffff800080100000 + want * 52);
		}
		n_parts++;
	}
	assert_true(n_parts > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	  cmocka_unit_test(test_bad_block_is_a_hole),
		cmocka_unit_test(test_two_boots), cmocka_unit_test(test_big_endian),
		cmocka_unit_test(test_no_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

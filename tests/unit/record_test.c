/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole regions through region_open() and record_read(): what a kernel writes, what damage
 * makes of it, and what must never be taken for a record. Real regions are in tests/golden.
 */
#include "core/log/record.h"
#include "core/ramoops/record_read.h"

#include "core/base/crc32.h"
#include "core/log/ftrace.h"
#include "model.h"
#include "streams.h"

enum {
	REGION = 0x10000,
	RECORD = 0x2000,
	CONSOLE = 0x2000,
	FTRACE = 0x1000,
	PMSG = 0x1000,
	V_6_1 = 0x0601c0,
	WORK = 0x20000
};

struct bench {
	uint8_t raw[REGION];
	uint8_t before[REGION];
	uint8_t work[WORK];
	struct geometry g;
	struct rs rs;
	struct region region;
	struct model_zone dmesg[8], console, pmsg, ftrace[4];
};

static struct bench b;

static struct span raw_region(void)
{
	return (struct span){ b.raw, REGION };
}

/* A region as a 6.1 kernel leaves it right after probe: all zones there, nothing in them. */
static void fresh_region(uint32_t ecc, uint32_t cpus)
{
	struct layout l;
	struct place at;

	memset(b.raw, 0, sizeof(b.raw));
	b.g = (struct geometry){ .region_bytes = REGION,
				 .record_bytes = RECORD,
				 .console_bytes = CONSOLE,
				 .ftrace_bytes = FTRACE,
				 .pmsg_bytes = PMSG,
				 .ecc_bytes = ecc,
				 .flags = cpus > 1 ? GEOMETRY_FTRACE_PER_CPU : 0 };
	if (ecc)
		assert_int_equal(rs_init(&b.rs, ecc), OM_OK);
	assert_int_equal(layout_make(&b.g, ERA_6_1_LTS, cpus, &l), OM_OK);
	for (uint32_t i = 0; layout_place(&l, i, &at) == OM_OK; i++) {
		struct model_zone z = model_open(b.raw + at.off, at.bytes, ecc ? &b.rs : NULL,
						 at.kind == ZONE_FTRACE ? V_6_1 : 0);

		if (at.kind == ZONE_DMESG && at.index < ARRAY_LEN(b.dmesg))
			b.dmesg[at.index] = z;
		if (at.kind == ZONE_CONSOLE)
			b.console = z;
		if (at.kind == ZONE_PMSG)
			b.pmsg = z;
		if (at.kind == ZONE_FTRACE && at.index < ARRAY_LEN(b.ftrace))
			b.ftrace[at.index] = z;
	}
}

static void open_region(uint32_t cpus)
{
	memcpy(b.before, b.raw, REGION);
	assert_int_equal(region_open(raw_region(), &b.g, cpus, &b.region), OM_OK);
}

static enum om_err read_kind(enum zone_kind kind, uint32_t index, struct record *out)
{
	const struct layout *l = &b.region.layout;
	const uint32_t i = kind == ZONE_DMESG ? index : l->n_dmesg + (uint32_t)kind - 1;
	enum om_err err =
		record_read(&b.region, i, 0, (struct workspace){ b.work, sizeof(b.work) }, out);

	if (err == OM_OK)
		assert_int_equal(out->kind, kind);
	assert_memory_equal(b.raw, b.before, REGION); /* read only */
	return err;
}

static void assert_text(const struct record *r, const char *want)
{
	assert_int_equal(r->text.len, strlen(want));
	assert_memory_equal(r->text.p, want, r->text.len);
}

static void assert_nothing_anywhere(enum om_err want)
{
	for (uint32_t i = 0; i < region_records(&b.region); i++) {
		struct record r;

		assert_int_equal(
			record_read(&b.region, i, 0, (struct workspace){ b.work, WORK }, &r), want);
	}
}

static void write_plain(struct model_zone *z, const char *head, const char *body)
{
	model_write(z, head, strlen(head));
	model_write(z, body, strlen(body));
}

static void write_packed(struct model_zone *z, const uint8_t *stream, size_t len)
{
	static const char head[] = "====1700000000.000007-C\n";

	model_write(z, head, sizeof(head) - 1);
	model_write(z, stream, len);
}

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

static size_t entry_32(uint8_t *p, uint32_t i)
{
	le32_store(p, (0xc0100000 + i * 52) | (i & 3));
	le32_store(p + 4, 0xc0200000 + i * 36);
	le64_store(p + 8, 100 + i);
	return FTRACE_BYTES_32;
}

static size_t entry_64(uint8_t *p, uint32_t i, uint32_t cpu)
{
	le64_store(p, 0xffff800080100000 + i * 52);
	le64_store(p + 8, 0xffff800080200000 + i * 36);
	le64_store(p + 16, (uint64_t)(100 + i) << 8 | cpu);
	return FTRACE_BYTES_64;
}

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

/* ---- damage, as rows ------------------------------------------------------------------------- */

enum damage {
	KEEP,
	START_PAST_SIZE,
	SIZE_HUGE,
	SIZE_ZERO, /* the header's numbers without its parity; with ECC it comes back */
	ERASED,	   /* as Linux does it, parity renewed */
	STREAM_SHORT,
	STREAM_BROKEN,	/* a bit that breaks deflate's own rules */
	STREAM_GARBLED, /* one that does not: only the lines look wrong */
	BLOCK_BAD,
	HEADER_BAD,    /* parity of the header destroyed */
	HEAD_LINE_BAD, /* one character */
	HEAD_LINE_BAD_ERASED,
	HEAD_LINE_GONE,
	STREAM_UNKNOWN,
	UNKNOWN_ERASED,
	UNKNOWN_HUGE,
	BYTES_BEHIND,
	HALF_WRITTEN /* size ahead of start: a reset between the two */
};

static const struct {
	const char *name;
	enum zone_kind kind;
	bool packed;
	uint32_t ecc;
	enum damage damage;
	enum om_err err;
	enum quality quality;
	uint32_t notes;
	const char *begins; /* of the text */
	int32_t missing;    /* bytes of the text; -1: any number */
} damages[] = {
	{ "intact", ZONE_DMESG, true, 16, KEEP, OM_OK, QUALITY_INTACT, 0, "Panic#1 Part1\n", 0 },
	{ "unchecked, packed", ZONE_DMESG, true, 0, KEEP, OM_OK, QUALITY_UNCHECKED, 0,
	  "Panic#1 Part1\n", 0 },
	{ "unchecked, console", ZONE_CONSOLE, false, 0, KEEP, OM_OK, QUALITY_UNCHECKED, 0,
	  "Panic#1 Part1\n", 0 },
	/* start > size */
	{ "start past size, packed", ZONE_DMESG, true, 0, START_PAST_SIZE, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_BAD, "Panic#1 Part1\n", 0 },
	{ "start past size, plain", ZONE_DMESG, false, 0, START_PAST_SIZE, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_BAD, "Panic#1 Part1\n", 0 },
	{ "start past size, console", ZONE_CONSOLE, false, 0, START_PAST_SIZE, OM_OK,
	  QUALITY_SALVAGED, NOTE_ZONE_BAD, "Panic#1 Part1\n", 0 },
	{ "start past size, ECC", ZONE_DMESG, true, 16, START_PAST_SIZE, OM_OK, QUALITY_CORRECTED,
	  0, "Panic#1 Part1\n", 0 },
	/* size huge */
	{ "size huge, packed", ZONE_DMESG, true, 0, SIZE_HUGE, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_BAD, "Panic#1 Part1\n", 0 },
	{ "size huge, pmsg", ZONE_PMSG, false, 0, SIZE_HUGE, OM_OK, QUALITY_SALVAGED, NOTE_ZONE_BAD,
	  "Panic#1 Part1\n", 0 },
	{ "size huge, ECC", ZONE_CONSOLE, false, 16, SIZE_HUGE, OM_OK, QUALITY_CORRECTED, 0,
	  "Panic#1 Part1\n", 0 },
	/* size 0 with text after it */
	{ "size 0, packed", ZONE_DMESG, true, 0, SIZE_ZERO, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_EMPTY, "Panic#1 Part1\n", 0 },
	{ "size 0, plain", ZONE_DMESG, false, 0, SIZE_ZERO, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_EMPTY, "Panic#1 Part1\n", 0 },
	{ "size 0, console", ZONE_CONSOLE, false, 0, SIZE_ZERO, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_EMPTY, "Panic#1 Part1\n", 0 },
	{ "size 0, ECC brings it back", ZONE_DMESG, true, 16, SIZE_ZERO, OM_OK, QUALITY_CORRECTED,
	  0, "Panic#1 Part1\n", 0 },
	{ "erased by Linux, ECC", ZONE_DMESG, true, 16, ERASED, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_EMPTY, "Panic#1 Part1\n", 0 },
	{ "erased by Linux, console", ZONE_CONSOLE, false, 16, ERASED, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_EMPTY, "Panic#1 Part1\n", 0 },
	/* streams */
	{ "stream cut", ZONE_DMESG, true, 16, STREAM_SHORT, OM_OK, QUALITY_SALVAGED,
	  NOTE_STREAM_CUT, "Panic#1 Part1\n", -1 },
	{ "stream broken", ZONE_DMESG, true, 0, STREAM_BROKEN, OM_OK, QUALITY_SALVAGED,
	  NOTE_STREAM_BAD, "Panic#1 Part1\n", -1 },
	{ "stream garbled", ZONE_DMESG, true, 0, STREAM_GARBLED, OM_OK, QUALITY_SALVAGED,
	  NOTE_STREAM_BAD, "Panic#1 Part1\n", -1 },
	{ "stream broken, ECC", ZONE_DMESG, true, 16, STREAM_BROKEN, OM_OK, QUALITY_CORRECTED, 0,
	  "Panic#1 Part1\n", 0 },
	{ "stream unknown", ZONE_DMESG, true, 16, STREAM_UNKNOWN, OM_OK, QUALITY_UNREADABLE, 0,
	  "\x28\xb5\x2f\xfd", -1 },
	{ "stream unknown and erased: not worth a word", ZONE_DMESG, true, 16, UNKNOWN_ERASED,
	  OM_E_EMPTY, QUALITY_INTACT, 0, "", 0 },
	{ "stream unknown, size huge: start tells how much", ZONE_DMESG, true, 0, UNKNOWN_HUGE,
	  OM_OK, QUALITY_UNREADABLE, NOTE_ZONE_BAD, "\x28\xb5\x2f\xfd",
	  STREAM_TEXT_BYTES - sizeof(stream_deflate) },
	{ "bytes after the stream", ZONE_DMESG, true, 16, BYTES_BEHIND, OM_OK, QUALITY_SALVAGED,
	  NOTE_STREAM_BAD, "Panic#1 Part1\n", 0 },
	/* blocks and headers */
	{ "bad block, plain", ZONE_DMESG, false, 16, BLOCK_BAD, OM_OK, QUALITY_SALVAGED,
	  NOTE_BAD_BLOCKS, "Panic#1 Part1\n", 0 },
	{ "bad block, console", ZONE_CONSOLE, false, 16, BLOCK_BAD, OM_OK, QUALITY_SALVAGED,
	  NOTE_BAD_BLOCKS, "Panic#1 Part1\n", 0 },
	{ "header beyond repair", ZONE_CONSOLE, false, 16, HEADER_BAD, OM_OK, QUALITY_SALVAGED,
	  NOTE_HEADER_CORRUPT, "Panic#1 Part1\n", 0 },
	{ "head line damaged, plain", ZONE_DMESG, false, 0, HEAD_LINE_BAD, OM_OK, QUALITY_SALVAGED,
	  NOTE_HEAD_DAMAGED, "Panic#1 Part1\n", 0 },
	{ "head line damaged, packed", ZONE_DMESG, true, 0, HEAD_LINE_BAD, OM_OK, QUALITY_SALVAGED,
	  NOTE_HEAD_DAMAGED, "Panic#1 Part1\n", 0 },
	{ "head line damaged, packed, erased", ZONE_DMESG, true, 16, HEAD_LINE_BAD_ERASED, OM_OK,
	  QUALITY_SALVAGED, NOTE_ZONE_EMPTY, "Panic#1 Part1\n", 0 },
	{ "no head line, plain", ZONE_DMESG, false, 0, HEAD_LINE_GONE, OM_OK, QUALITY_SALVAGED,
	  NOTE_NO_HEADER, "??????????????\n", -1 },
	{ "no head line, packed", ZONE_DMESG, true, 0, HEAD_LINE_GONE, OM_OK, QUALITY_SALVAGED,
	  NOTE_NO_HEADER, "Panic#1 Part1\n", 0 },
	{ "half written", ZONE_CONSOLE, false, 0, HALF_WRITTEN, OM_OK, QUALITY_SALVAGED,
	  NOTE_ZONE_BAD, "", -1 },
};

static struct model_zone *zone_of(enum zone_kind kind)
{
	return kind == ZONE_DMESG ? &b.dmesg[0] : kind == ZONE_CONSOLE ? &b.console : &b.pmsg;
}

static void damage_zone(struct model_zone *z, enum damage damage)
{
	switch (damage) {
	case KEEP:
		break;
	case START_PAST_SIZE:
		le32_store(z->p + 4, z->size + 1);
		break;
	case SIZE_HUGE:
		le32_store(z->p + 8, 0x7ffffff0);
		break;
	case SIZE_ZERO:
		memset(z->p + 4, 0, 8);
		break;
	case ERASED:
		model_zap(z);
		break;
	case STREAM_SHORT:
		z->size -= 100;
		z->start = z->size;
		model_header(z);
		break;
	case STREAM_BROKEN:
		z->p[12 + 24 + 209] ^= 64;
		break;
	case STREAM_GARBLED:
		z->p[12 + 24 + 201] ^= 8;
		break;
	case BLOCK_BAD:
		for (uint32_t i = 0; i < 9; i++)
			z->p[12 + 512 + i * 10] ^= 0x02;
		break;
	case HEADER_BAD:
		for (uint32_t i = 0; i < 9; i++)
			z->p[z->shape.hdr_parity_off + i] ^= 0xff;
		break;
	case HEAD_LINE_BAD:
		z->p[12 + 1] = '?';
		break;
	case HEAD_LINE_BAD_ERASED:
		z->p[12 + 1] = '?';
		model_zap(z);
		break;
	case HEAD_LINE_GONE:
		memset(z->p + 12, '?', strchr((char *)z->p + 12, '\n') - (char *)z->p - 12);
		break;
	case UNKNOWN_ERASED:
	case UNKNOWN_HUGE:
	case STREAM_UNKNOWN:
		memcpy(z->p + 12 + 24, "\x28\xb5\x2f\xfd", 4);
		memset(z->p + 12 + 28, 0x33, 200);
		model_parity(z);
		if (damage == UNKNOWN_ERASED)
			model_zap(z);
		if (damage == UNKNOWN_HUGE) {
			memset(z->p + 12 + 500, 0, 500);
			le32_store(z->p + 8, 0x7ffffff0);
		}
		break;
	case BYTES_BEHIND:
		model_write(z, "0123456789", 10);
		break;
	case HALF_WRITTEN:
		z->size += 30;
		model_header(z);
		break;
	}
}

static void test_damage(void **state)
{
	static char text[STREAM_TEXT_CAP];
	const size_t text_len = stream_text(text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		const enum zone_kind kind = damages[i].kind;
		struct model_zone *z;
		struct record r;

		CASE(damages[i].name);
		fresh_region(damages[i].ecc, 1);
		z = zone_of(kind);
		if (damages[i].packed)
			write_packed(z, stream_deflate, sizeof(stream_deflate));
		else
			write_plain(z, kind == ZONE_DMESG ? "====5.000001-D\n" : "", text);
		damage_zone(z, damages[i].damage);
		open_region(1);
		assert_int_equal(read_kind(kind, 0, &r), damages[i].err);
		if (damages[i].err != OM_OK)
			continue;
		assert_int_equal(r.quality, damages[i].quality);
		/* what unpack.c finds after the damage is its own tests' business */
		assert_int_equal(r.notes & ~NOTE_STREAM_RESYNCED, damages[i].notes);
		assert_true(r.text.len >= strlen(damages[i].begins));
		assert_memory_equal(r.text.p, damages[i].begins, strlen(damages[i].begins));
		if (damages[i].missing < 0)
			continue;
		assert_int_equal(r.text.len, text_len - (size_t)damages[i].missing);
		if (!(r.notes & NOTE_BAD_BLOCKS) && r.quality != QUALITY_UNREADABLE)
			assert_memory_equal(r.text.p, text, r.text.len);
	}
}

/* Little effort for a damaged stream is noted; read again, a record is what it was. */
static void test_effort(void **state)
{
	static const uint32_t given[] = { 0, 1, 500, 1 << 30 };
	static char first[STREAM_TEXT_CAP];
	const struct workspace work = { b.work, sizeof(b.work) };
	struct effort effort;
	uint32_t n_cut = 0;

	(void)state;
	fresh_region(0, 1);
	write_packed(&b.dmesg[0], stream_deflate, sizeof(stream_deflate));
	damage_zone(&b.dmesg[0], STREAM_GARBLED);
	open_region(1);
	b.region.effort = &effort;
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		struct record r, again;

		effort = (struct effort){ .left = given[i] };
		assert_int_equal(read_kind(ZONE_DMESG, 0, &r), OM_OK);
		assert_int_equal(r.quality, QUALITY_SALVAGED);
		assert_int_equal(!!(r.notes & NOTE_SEARCH_CUT), effort.cut);
		assert_int_equal(r.effort, effort.cut ? effort.spent : EFFORT_ALL);
		assert_int_equal(effort.left, given[i] - effort.spent);
		n_cut += effort.cut;
		assert_true(r.text.len <= sizeof(first));
		memcpy(first, r.text.p, r.text.len);
		effort = (struct effort){ 12345, 99, true, { 0 } }; /* of another record */
		assert_int_equal(record_again(&b.region, 0, &r, work, &again), OM_OK);
		assert_int_equal(again.notes, r.notes);
		assert_int_equal(again.text.len, r.text.len);
		assert_memory_equal(again.text.p, first, r.text.len);
	}
	assert_in_range(n_cut, 2, ARRAY_LEN(given) - 1);
}

/* A record keeps its digest when Linux erases it: told once, it is never told again. */
static void test_digest_survives_erasing(void **state)
{
	static const struct {
		enum zone_kind kind;
		bool packed, wrapped;
	} rows[] = {
		{ ZONE_DMESG, true, false },	{ ZONE_DMESG, false, false },
		{ ZONE_CONSOLE, false, false }, { ZONE_CONSOLE, false, true },
		{ ZONE_PMSG, false, true },
	};
	static char text[STREAM_TEXT_CAP];

	(void)state;
	stream_text(text);
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		const size_t row = i / 2;
		struct record before;
		struct record after;

		fresh_region(i % 2 ? 16 : 0, 1);

		struct model_zone *z = zone_of(rows[row].kind);

		for (uint32_t k = 0; k < (rows[row].wrapped ? 7 : 1); k++) {
			if (rows[row].packed)
				write_packed(z, stream_deflate, sizeof(stream_deflate));
			else
				write_plain(z, rows[row].kind == ZONE_DMESG ? "====5.1-D\n" : "",
					    text);
		}
		open_region(1);
		assert_int_equal(read_kind(rows[row].kind, 0, &before), OM_OK);
		model_zap(z);
		open_region(1);
		assert_int_equal(read_kind(rows[row].kind, 0, &after), OM_OK);
		assert_int_equal(before.digest, after.digest);
		assert_int_equal(before.stored_bytes, after.stored_bytes);
	}
}

/* ---- what is no record --------------------------------------------------------------------------
 */

static void fill_region(uint32_t how, struct prng *rng)
{
	if (how < 2)
		memset(b.raw, how ? 0xff : 0, REGION);
	else
		prng_fill(rng, b.raw, REGION);
}

/* Zeros, ones, noise; then noise in which signatures stand by luck, then whole headers. */
static void test_cold_ram(void **state)
{
	struct prng rng = { 9 };

	(void)state;
	for (uint32_t round = 0; round < 60; round++) {
		struct layout l;
		struct place at;

		fresh_region(round % 2 ? 16 : 0, 1);
		fill_region(round / 2 % 3, &rng);
		open_region(1);
		assert_nothing_anywhere(OM_E_BAD_MAGIC);

		assert_int_equal(layout_make(&b.g, ERA_6_6, 1, &l), OM_OK);
		for (uint32_t i = 0; layout_place(&l, i, &at) == OM_OK; i++)
			le32_store(b.raw + at.off, ZONE_SIG ^ (at.kind == ZONE_FTRACE ? V_6_1 : 0));
		open_region(1);
		for (uint32_t i = 0; i < region_records(&b.region); i++) {
			struct record r;
			enum om_err err = record_read(&b.region, i, 0,
						      (struct workspace){ b.work, WORK }, &r);

			assert_true(err == OM_E_BAD_MAGIC || err == OM_E_EMPTY);
		}
	}
}

/* A header that holds by luck over noise: parity or the missing text gives it away. */
static void test_lucky_headers(void **state)
{
	struct prng rng = { 10 };

	(void)state;
	for (uint32_t round = 0; round < 200; round++) {
		struct layout l;
		struct place at;

		fresh_region(round % 2 ? 16 : 0, 1);
		fill_region(2, &rng);
		assert_int_equal(layout_make(&b.g, ERA_6_6, 1, &l), OM_OK);
		for (uint32_t i = 0; layout_place(&l, i, &at) == OM_OK; i++) {
			uint32_t size = 2 + prng_below(&rng, at.bytes / 2);

			if (at.kind == ZONE_FTRACE || i != round % 8)
				continue;
			le32_store(b.raw + at.off, ZONE_SIG);
			/* with ECC even sizes that agree are not believed: parity says no */
			le32_store(b.raw + at.off + 4,
				   round % 4 == 1 ? size : prng_below(&rng, size));
			le32_store(b.raw + at.off + 8, size);
		}
		open_region(1);
		assert_nothing_anywhere(OM_E_BAD_MAGIC);
	}
}

/*
 * Parity of another zone where this one's would be makes a header of a few bytes that are none.
 * Over a log it is a header; over zeros it is none, whatever room there is to read it into.
 */
static void test_headers_made_of_parity(void **state)
{
	uint32_t n = 0;

	(void)state;
	for (uint32_t wrong = 1; wrong <= 8; wrong++) {
		for (uint32_t text = 0; text <= 1; text++, n++) {
			const size_t room = n / 2 % 2 ? WORK : 0x1400; /* too little for the zone */
			struct record r;

			fresh_region(16, 1);
			b.console.size = 0x1000;
			b.console.start = 0x1000;
			memset(b.console.p + ZONE_HDR_BYTES, text ? 'x' : 0, 0x1000);
			model_parity(&b.console);
			model_header(&b.console);
			for (uint32_t k = 0; k < wrong; k++)
				b.console.p[k] ^= 0x5a;
			open_region(1);

			const uint32_t i = b.region.layout.n_dmesg;

			assert_int_equal(record_read(&b.region, i, 0,
						     (struct workspace){ b.work, room }, &r),
					 text ? OM_OK : OM_E_BAD_MAGIC);
		}
	}
	assert_int_equal(n, 16);
}

/* After a normal boot all zones are there and empty; old bytes that are no text stay quiet. */
static void test_empty_zones(void **state)
{
	struct prng rng = { 11 };
	struct layout l;
	struct place at;

	(void)state;
	for (uint32_t ecc = 0; ecc <= 16; ecc += 16) {
		fresh_region(ecc, 1);
		open_region(1);
		assert_nothing_anywhere(OM_E_EMPTY);
		assert_int_equal(layout_make(&b.g, ERA_6_1_LTS, 1, &l), OM_OK);
		for (uint32_t i = 0; layout_place(&l, i, &at) == OM_OK; i++)
			prng_fill(&rng, b.raw + at.off + 12, at.bytes - 12 - ecc);
		open_region(1);
		assert_nothing_anywhere(OM_E_EMPTY);
	}
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

/* ---- hostile contents ---------------------------------------------------------------------- */

/* A deflate stream, bit by bit. */
struct bits {
	uint8_t *p;
	uint32_t n;
};

static void put_bits(struct bits *to, uint32_t v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, to->n++)
		to->p[to->n / 8] |= (uint8_t)((v >> i & 1) << to->n % 8);
}

/* Huffman codes begin with their highest bit. */
static void put_code(struct bits *to, uint32_t v, uint32_t n)
{
	while (n-- > 0)
		put_bits(to, v >> n & 1, 1);
}

/* A zone full of "repeat 258 bytes": more text than any kernel packs. It is cut, quickly. */
static void test_deflate_bomb(void **state)
{
	static const char title[] = "Panic#1 Part1\n<6>[    0.000000] a\n";
	static uint8_t stream[4000];
	struct bits to = { stream, 0 };
	struct model_zone z;
	struct record r;

	(void)state;
	memset(b.raw, 0, sizeof(b.raw));
	memset(stream, 0, sizeof(stream));
	b.g = (struct geometry){ .region_bytes = REGION, .record_bytes = 0x1000, .ecc_bytes = 0 };
	put_bits(&to, 1 | 1 << 1, 3); /* the last block, fixed codes: RFC 1951 3.2.6 */
	for (const char *c = title; *c; c++)
		put_code(&to, 0x30u + (uint8_t)*c, 8);
	while (to.n + 26 < sizeof(stream) * 8) {
		put_code(&to, 0xc0 + 285 - 280, 8); /* 258 bytes */
		put_code(&to, 9, 5);		    /* from 25 to 32 back: lines like the last */
		put_bits(&to, 18 - 1, 3);
	}
	z = model_open(b.raw, 0x1000, NULL, 0);
	write_packed(&z, stream, sizeof(stream));
	open_region(1);

	const size_t enough = region_work_bytes(&b.region);
	uint8_t *exact = malloc(enough);

	assert_int_equal(record_read(&b.region, 0, 0, (struct workspace){ exact, enough }, &r),
			 OM_OK);
	assert_int_equal(r.quality, QUALITY_SALVAGED);
	assert_true(r.notes & NOTE_OUTPUT_CUT);
	assert_true(r.text.len > 3 * 0x1000 && r.text.len < enough);
	assert_memory_equal(r.text.p, title, sizeof(title) - 1);
	free(exact);
}

/* A console and a plain dump that are larger than the memory: their newest part, and said so. */
static void test_larger_than_memory(void **state)
{
	enum { ZONES = 0x8000, ROOM = 0x2000, LINES = 600 };
	static const char head[] = "====1700000000.000007-D\n", title[] = "Panic#1 Part1\n";
	static char body[ZONES], got[ZONES];
	const struct workspace little = { b.work, ROOM };
	struct model_zone dump, console;
	struct record r;
	size_t n = 0;

	(void)state;
	memset(b.raw, 0, sizeof(b.raw));
	for (uint32_t i = 0; i < LINES; i++)
		n += (size_t)sprintf(body + n, "<4>[%5u.000000] line %u of a log\n", i, i);
	assert_true(n > 2 * ROOM);
	dump = model_open(b.raw, ZONES, NULL, 0);
	console = model_open(b.raw + ZONES, ZONES, NULL, 0);
	write_plain(&dump, head, title);
	model_write(&dump, body, n);
	model_write(&console, body, n);
	b.g = (struct geometry){ .region_bytes = 2 * ZONES,
				 .record_bytes = ZONES,
				 .console_bytes = ZONES };
	assert_int_equal(region_open((struct span){ b.raw, 2 * ZONES }, &b.g, 1, &b.region), OM_OK);

	assert_int_equal(record_read(&b.region, 1, 0, little, &r), OM_OK);
	assert_int_equal(r.kind, ZONE_CONSOLE);
	assert_int_equal(r.notes, NOTE_PART_LEFT);
	assert_int_equal(r.quality, QUALITY_SALVAGED);
	assert_int_equal(r.stored_bytes, n);
	assert_int_equal(r.text.len, ROOM);
	assert_memory_equal(r.text.p, body + n - ROOM, ROOM);

	assert_int_equal(record_read(&b.region, 0, 0, little, &r), OM_OK);
	assert_int_equal(r.reason, REASON_PANIC);
	assert_true(r.has_time);
	assert_int_equal(r.notes, NOTE_PART_LEFT);
	assert_int_equal(r.stored_bytes, strlen(head) + strlen(title) + n);
	assert_memory_equal(r.text.p, title, strlen(title));
	memcpy(got, r.text.p, r.text.len);
	assert_memory_equal(got + r.text.len - 0x1000, body + n - 0x1000, 0x1000);
	assert_int_equal(r.holes.n, 1); /* the two lines that the cut runs through */
	assert_true(r.holes.at[0].len < 100);

	/* a header that cannot be right takes all of the zone to be read */
	le32_store(console.p + 4, 5);
	assert_int_equal(record_read(&b.region, 1, 0, little, &r), OM_E_NO_SPACE);
	model_zap(&console);
	assert_int_equal(record_read(&b.region, 1, 0, little, &r), OM_E_EMPTY);
}

/* What text holds is nobody's business here: every byte is given as it is. */
static void test_any_text(void **state)
{
	static const struct {
		const char *name, *head, *text;
		size_t len;
		uint32_t notes;
	} rows[] = {
		{ "no newline after the header", "====5.000001-D", "Panic#1 Part1\n<6>x\n", 18,
		  NOTE_HEAD_DAMAGED },
		{ "nothing after the header", "====5.000001-D\n", "", 0, NOTE_NO_REASON },
		{ "blanks in the header", "====  5. 000001-D\n", "Panic#1 Part1\n", 14, 0 },
		{ "blanks after it", "====5.000001-D\n", " \t\nPanic#1 Part1\n", 17,
		  NOTE_NO_REASON },
		{ "NUL bytes", "====5.000001-D\n", "Panic#1 Part1\n\0\0\0<6>x\0\n", 22, 0 },
		{ "escapes", "====5.000001-D\n", "Panic#1 Part1\n<6>\x1b[2J\x1b]0;x\a\r\n", 29, 0 },
		{ "invalid UTF-8", "====5.000001-D\n", "Panic#1 Part1\n<6>\xff\xc0\xaf\xed\xa0\n",
		  23, 0 },
		{ "another type", "====5.000001-Z\n", "Panic#1 Part1\n", 14, 0 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		const size_t row = i / 2;
		struct record r;

		CASE(rows[row].name);
		fresh_region(i % 2 ? 16 : 0, 1);
		model_write(&b.dmesg[0], rows[row].head, strlen(rows[row].head));
		if (rows[row].len)
			model_write(&b.dmesg[0], rows[row].text, rows[row].len);
		if (rows[row].len)
			model_write(&b.pmsg, rows[row].text, rows[row].len);
		open_region(1);
		assert_int_equal(read_kind(ZONE_DMESG, 0, &r), OM_OK);
		assert_int_equal(r.notes, rows[row].notes);
		assert_int_equal(r.text.len, rows[row].len);
		assert_memory_equal(r.text.p, rows[row].text, rows[row].len);
		assert_int_equal(r.time_sec, 5);
		if (!rows[row].len)
			continue;
		assert_int_equal(read_kind(ZONE_PMSG, 0, &r), OM_OK);
		assert_int_equal(r.quality, i % 2 ? QUALITY_INTACT : QUALITY_UNCHECKED);
		assert_memory_equal(r.text.p, rows[row].text, rows[row].len);
	}
}

/*
 * Dumps appended in one zone, as kernels up to 5.4 leave them; a signature hit; text after an
 * impossible size: whole, each under its name.
 */
static void test_pieces_and_signatures(void **state)
{
	static char text[STREAM_TEXT_CAP];
	char name[RECORD_NAME_BYTES];
	struct record r;

	(void)state;
	stream_text(text);
	for (uint32_t ecc = 0; ecc <= 16; ecc += 16) {
		const struct workspace work = { b.work, WORK };

		fresh_region(ecc, 1);
		write_packed(&b.dmesg[0], stream_deflate, sizeof(stream_deflate));
		write_plain(&b.dmesg[0], "====1600000000.5-D\n", "Oops#2 Part1\n<4>b\n");
		open_region(1);
		assert_int_equal(record_read(&b.region, 0, 0, work, &r), OM_OK);
		assert_int_equal(r.n_pieces, 2);
		assert_int_equal(r.notes, 0);
		assert_text(&r, text);
		assert_int_equal(r.stored_bytes, 24 + sizeof(stream_deflate));

		const uint32_t first = r.digest;

		assert_int_equal(record_read(&b.region, 0, 1, work, &r), OM_OK);
		assert_text(&r, "Oops#2 Part1\n<4>b\n");
		assert_int_equal(r.time_sec, 1600000000);
		assert_int_not_equal(r.digest, first);
		record_name(&r, name);
		assert_string_equal(name, "dmesg-ramoops-0.1");
		assert_int_equal(record_read(&b.region, 0, 2, work, &r), OM_E_ARG);
		assert_int_equal(record_read(&b.region, b.region.layout.n_dmesg, 1, work, &r),
				 OM_E_EMPTY);

		/* signature, start and size gone; the region's other zones say what it was */
		memset(b.dmesg[0].p, 0xa5, 12);
		memset(b.dmesg[0].p + b.dmesg[0].shape.hdr_parity_off, 0x11, ecc);
		open_region(1);
		assert_int_equal(record_read(&b.region, 0, 0, work, &r), OM_OK);
		assert_text(&r, text);
		assert_int_equal(r.quality, QUALITY_SALVAGED);
		assert_int_equal(r.notes & ~NOTE_HEADER_CORRUPT, NOTE_SIG_DAMAGED | NOTE_ZONE_BAD);
		assert_int_equal(record_read(&b.region, 0, 1, work, &r), OM_OK);
		assert_text(&r, "Oops#2 Part1\n<4>b\n");
	}
}

/* ---- anything at all
 * ------------------------------------------------------------------------------- */

static void check_facts(const struct record *r)
{
	const uint32_t all = (NOTE_MENDED << 1) - 1;

	assert_true(r->quality <= QUALITY_UNREADABLE);
	assert_true((r->notes & ~all) == 0);
	assert_true(r->quality != QUALITY_INTACT ||
		    (!r->notes && !r->bad_blocks && !r->corrected_bytes));
	assert_true(r->quality != QUALITY_CORRECTED || (!r->notes && !r->bad_blocks));
	assert_true(r->text.len == 0 ||
		    (r->text.p >= b.work && r->text.p + r->text.len <= b.work + WORK));
	assert_true(r->stored_bytes <= REGION);
	assert_true(r->kind != ZONE_FTRACE || r->text.len % r->ftrace.bytes == 0);
	for (size_t i = 0; i < r->text.len; i += 511) /* touch it: ASan looks */
		assert_true(r->text.p[i] <= 0xff);
}

/* Thousands of regions with bytes, words and stretches changed: sane facts, no stray access. */
static void test_mutations(void **state)
{
	static uint8_t good[2][REGION];
	static char text[STREAM_TEXT_CAP];
	static const uint32_t words[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, ZONE_SIG };
	struct prng rng = { 12 };
	uint32_t qualities[QUALITY_UNREADABLE + 1] = { 0 };

	(void)state;
	stream_text(text);
	for (uint32_t i = 0; i < 2; i++) {
		fresh_region(i ? 16 : 0, 4);
		write_packed(&b.dmesg[0], stream_deflate, sizeof(stream_deflate));
		write_packed(&b.dmesg[1], stream_zlib, sizeof(stream_zlib));
		write_plain(&b.dmesg[2], "====7.000001-D\n", text);
		write_plain(&b.console, text, text);
		for (uint32_t k = 0; k < 5; k++)
			write_plain(&b.pmsg, text, text);
		for (uint32_t k = 0; k < 99; k++) {
			uint8_t p[FTRACE_BYTES_64];

			entry_64(p, k, k % 4);
			model_write(&b.ftrace[k % 4], p, sizeof(p));
		}
		memcpy(good[i], b.raw, REGION);
	}
	for (uint32_t round = 0; round < 3000; round++) {
		struct layout l;

		memcpy(b.raw, good[round % 2], REGION);
		b.g.ecc_bytes = round % 2 ? 16 : 0;
		assert_int_equal(layout_make(&b.g, ERA_6_1_LTS, 4, &l), OM_OK);
		for (uint32_t n = 1 + prng_below(&rng, 12); n > 0; n--) {
			struct place at;
			uint32_t zone = prng_below(&rng, 4) ? prng_below(&rng, 3)
							    : prng_below(&rng, layout_zones(&l));

			assert_int_equal(layout_place(&l, zone, &at), OM_OK);

			uint8_t *p = b.raw + at.off;
			uint32_t off = prng_below(&rng, at.bytes - 64);

			switch (prng_below(&rng, 5)) {
			case 0: /* a header field */
				le32_store(p + prng_below(&rng, 3) * 4,
					   words[prng_below(&rng, ARRAY_LEN(words))]);
				break;
			case 1:
				le32_store(p + 4 + prng_below(&rng, 2) * 4,
					   prng_below(&rng, at.bytes * 2));
				break;
			case 2:
				p[prng_below(&rng, 700)] ^= (uint8_t)(1 << prng_below(&rng, 8));
				break;
			case 3:
				p[off] = (uint8_t)prng_next(&rng);
				break;
			default:
				prng_fill(&rng, p + off, 1 + prng_below(&rng, 64));
				break;
			}
		}
		open_region(prng_below(&rng, 6));
		for (uint32_t i = 0; i < region_records(&b.region); i++) {
			struct record r = { .n_pieces = 1 };

			for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
				if (record_read(&b.region, i, piece,
						(struct workspace){ b.work, WORK }, &r) != OM_OK)
					break;
				check_facts(&r);
				qualities[r.quality]++;
			}
		}
		assert_memory_equal(b.raw, b.before, REGION);
	}
	for (uint32_t q = 0; q <= QUALITY_UNREADABLE; q++)
		assert_true(qualities[q] > 3); /* all of them come up */
}

/* One bit wrong anywhere in a region with ECC: no record is worse than repaired. */
static void test_any_single_bit(void **state)
{
	static char text[STREAM_TEXT_CAP];
	struct prng rng = { 13 };

	(void)state;
	stream_text(text);
	fresh_region(16, 1);
	write_packed(&b.dmesg[0], stream_deflate, sizeof(stream_deflate));
	write_plain(&b.console, text, text);
	for (uint32_t round = 0; round < 2000; round++) {
		struct model_zone *z = round % 2 ? &b.console : &b.dmesg[0];
		uint32_t at = prng_below(&rng, z->shape.zone_bytes);
		uint8_t bit = (uint8_t)(1 << prng_below(&rng, 8));
		struct record r;

		z->p[at] ^= bit;
		open_region(1);
		assert_int_equal(read_kind(round % 2 ? ZONE_CONSOLE : ZONE_DMESG, 0, &r), OM_OK);
		assert_true(r.quality <= QUALITY_CORRECTED);
		assert_memory_equal(r.text.p, text, strlen(text));
		z->p[at] ^= bit;
	}
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
		cmocka_unit_test(test_effort),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_digest_survives_erasing),
		cmocka_unit_test(test_cold_ram),
		cmocka_unit_test(test_lucky_headers),
		cmocka_unit_test(test_headers_made_of_parity),
		cmocka_unit_test(test_empty_zones),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_workspace),
		cmocka_unit_test(test_workspace_for_packed_text),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_deflate_bomb),
		cmocka_unit_test(test_larger_than_memory),
		cmocka_unit_test(test_any_text),
		cmocka_unit_test(test_pieces_and_signatures),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_any_single_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

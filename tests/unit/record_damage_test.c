/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged regions, as rows: what comes of each record, and how it is labelled.
 */
#include "record_bench.h"

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
	struct store store;
	uint32_t n_cut = 0;

	(void)state;
	fresh_region(0, 1);
	write_packed(&b.dmesg[0], stream_deflate, sizeof(stream_deflate));
	damage_zone(&b.dmesg[0], STREAM_GARBLED);
	open_region(1);
	b.region.effort = &effort;
	ramoops_store(&b.region, &store);
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
		assert_int_equal(store_again(&store, 0, &r, work, &again), OM_OK);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effort),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_digest_survives_erasing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

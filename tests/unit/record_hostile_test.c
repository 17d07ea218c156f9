/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must never be taken for a record, and what hostile or damaged bytes may not do: whole
 * regions through region_open() and record_read().
 */
#include "record_bench.h"

/* ---- what is not a record ----------------------------------------------------------------- */

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
		cmocka_unit_test(test_cold_ram),
		cmocka_unit_test(test_lucky_headers),
		cmocka_unit_test(test_headers_made_of_parity),
		cmocka_unit_test(test_empty_zones),
		cmocka_unit_test(test_deflate_bomb),
		cmocka_unit_test(test_larger_than_memory),
		cmocka_unit_test(test_any_text),
		cmocka_unit_test(test_pieces_and_signatures),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_any_single_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

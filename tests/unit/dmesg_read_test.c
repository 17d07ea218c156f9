/* SPDX-License-Identifier: BSD-2-Clause */
/* One dmesg zone, several dumps: where each begins and ends, and what belongs to it. */
#include "core/ramoops/dmesg_read.h"

#include "core/ramoops/zone.h"
#include "streams.h"

enum { LOG = 0x4000, WORK = 0x20000 };

static uint8_t log_bytes[LOG];
static uint8_t work[WORK];
static size_t log_len;

#define HEAD_D "====1500000000.000001-D\n"
#define HEAD_C "====1500000001.000002-C\n"

static void add(const void *p, size_t n)
{
	assert_true(n <= LOG - log_len);
	memcpy(log_bytes + log_len, p, n);
	log_len += n;
}

static void add_text(const char *s)
{
	add(s, strlen(s));
}

/* What a log is made of; each part is one letter. */
static void build(const char *parts)
{
	log_len = 0;
	for (; *parts; parts++) {
		switch (*parts) {
		case 'd':
			add_text(HEAD_D "Oops#1 Part1\n<4>[    1.000000] one\n");
			break;
		case 'c':
			add_text(HEAD_C);
			add(stream_deflate, sizeof(stream_deflate));
			break;
		case 'z':
			add_text("====1500000002.3-C\n");
			add(stream_zlib, sizeof(stream_zlib));
			break;
		case 'u': /* packed in a way nobody knows */
			add_text(HEAD_C "\x28\xb5\x2f\xfdxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
			break;
		case 't': /* the end of a plain one */
			add_text("t of a line\n<4>[    0.500000] tail\n");
			break;
		case 's': /* the end of a packed one */
			add(stream_deflate + 300, sizeof(stream_deflate) - 300);
			break;
		case 'h': /* a head line nobody but a user wrote: within a line, or without title */
			add_text("<4>[    2.000000] " HEAD_D "Panic#1 Part1\n" HEAD_D "no title\n");
			break;
		case 'j': /* bytes that are nothing */
			add("\x01\x02\xff\xfe\x80 junk", 10);
			break;
		default:
			fail();
		}
	}
}

static const struct {
	const char *parts;
	bool wrapped;
	uint32_t n_pieces;
	struct {
		enum packing packing;
		enum reason reason;
		uint32_t notes;
		uint32_t time; /* sec - 1500000000 */
		bool unreadable;
	} want[4];
} rows[] = {
	{ "d", false, 1, { { PACKING_NONE, REASON_OOPS, 0, 0 } } },
	{ "c", false, 1, { { PACKING_DEFLATE, REASON_PANIC, 0, 1 } } },
	{ "dd", false, 2, { { 0, REASON_OOPS, 0, 0 }, { 0, REASON_OOPS, 0, 0 } } },
	{ "ccz",
	  false,
	  3,
	  { { PACKING_DEFLATE, REASON_PANIC, 0, 1 },
	    { PACKING_DEFLATE, REASON_PANIC, 0, 1 },
	    { PACKING_ZLIB, REASON_PANIC, 0, 2 } } },
	{ "dcd",
	  false,
	  3,
	  { { 0, REASON_OOPS, 0, 0 },
	    { PACKING_DEFLATE, REASON_PANIC, 0, 1 },
	    { 0, REASON_OOPS, 0, 0 } } },
	{ "ud",
	  false,
	  2,
	  { { PACKING_UNKNOWN, REASON_NONE, 0, 1, true }, { 0, REASON_OOPS, 0, 0 } } },
	/* bytes after a stream, then another record */
	{ "cjd",
	  false,
	  2,
	  { { PACKING_DEFLATE, REASON_PANIC, NOTE_STREAM_BAD, 1 }, { 0, REASON_OOPS, 0, 0 } } },
	{ "cj", false, 1, { { PACKING_DEFLATE, REASON_PANIC, NOTE_STREAM_BAD, 1 } } },
	/* an old ring that went around */
	{ "td",
	  true,
	  2,
	  { { 0, REASON_NONE, NOTE_NO_HEADER | NOTE_HEAD_CUT, 0 }, { 0, REASON_OOPS, 0, 0 } } },
	{ "td", false, 2, { { 0, REASON_NONE, NOTE_NO_HEADER, 0 }, { 0, REASON_OOPS, 0, 0 } } },
	{ "t", true, 1, { { 0, REASON_NONE, NOTE_NO_HEADER, 0 } } },
	/* text that looks like a head line is text */
	{ "dh", false, 1, { { 0, REASON_OOPS, 0, 0 } } },
	{ "dhd", false, 2, { { 0, REASON_OOPS, 0, 0 }, { 0, REASON_OOPS, 0, 0 } } },
};

static enum om_err read_piece(uint32_t piece, bool wrapped, const struct holes *bad,
			      struct record *r, struct span *stored)
{
	const struct dmesg_log log = { .bytes = { log_bytes, log_len },
				       .bad = bad,
				       .checked = true,
				       .wrapped = wrapped,
				       .exact = true };

	*r = (struct record){ .kind = ZONE_DMESG, .piece = piece, .quality = QUALITY_INTACT };
	return dmesg_read(&log, NULL, (struct workspace){ work, WORK }, r, stored);
}

static void test_pieces(void **state)
{
	const struct holes none = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t sum = 0;
		struct span stored;
		struct record r;

		CASE(rows[i].parts);
		build(rows[i].parts);
		for (uint32_t p = 0; p < rows[i].n_pieces; p++) {
			assert_int_equal(read_piece(p, rows[i].wrapped, &none, &r, &stored), OM_OK);
			assert_int_equal(r.n_pieces, rows[i].n_pieces);
			assert_int_equal(r.packing, rows[i].want[p].packing);
			assert_int_equal(r.reason, rows[i].want[p].reason);
			assert_int_equal(r.notes, rows[i].want[p].notes);
			if (!(r.notes & NOTE_NO_HEADER))
				assert_int_equal(r.time_sec, 1500000000 + rows[i].want[p].time);
			assert_int_equal(r.quality, rows[i].want[p].unreadable ? QUALITY_UNREADABLE
									       : QUALITY_INTACT);
			assert_true(stored.p >= log_bytes + sum);
			sum = (size_t)(stored.p - log_bytes) + stored.len;
			assert_true(sum <= log_len);
		}
		if (!strchr(rows[i].parts, 'j'))
			assert_int_equal(sum, log_len);
		assert_int_equal(read_piece(rows[i].n_pieces, rows[i].wrapped, &none, &r, &stored),
				 OM_E_ARG);
	}
}

/* The end of a packed dump whose head is lost: whatever is made of it, the next is whole. */
static void test_packed_tail(void **state)
{
	const struct holes none = { 0 };
	static char text[STREAM_TEXT_CAP];
	struct span stored;
	struct record r;

	(void)state;
	stream_text(text);
	build("sc");
	assert_int_equal(read_piece(0, true, &none, &r, &stored), OM_OK);
	assert_int_equal(r.n_pieces, 2);
	assert_int_equal(r.notes & (NOTE_HEAD_CUT | NOTE_NO_HEADER),
			 NOTE_HEAD_CUT | NOTE_NO_HEADER);
	assert_int_equal(stored.len, sizeof(stream_deflate) - 300);
	assert_int_equal(read_piece(1, true, &none, &r, &stored), OM_OK);
	assert_int_equal(r.notes, 0);
	assert_int_equal(r.text.len, strlen(text));
	assert_memory_equal(r.text.p, text, r.text.len);
}

/* Holes belong to the piece they lie in, and count from its text. */
static void test_holes(void **state)
{
	struct holes bad = { 0 };
	struct span stored;
	struct record r;

	(void)state;
	build("ddd");

	const uint32_t each = (uint32_t)log_len / 3;

	holes_add(&bad, each + 30, 10);
	holes_add(&bad, 2 * each - 5, 10);
	assert_int_equal(read_piece(0, false, &bad, &r, &stored), OM_OK);
	assert_int_equal(r.holes.n, 0);
	assert_int_equal(read_piece(1, false, &bad, &r, &stored), OM_OK);
	assert_int_equal(r.holes.n, 2);
	assert_int_equal(r.holes.at[0].off, 30 - 24);
	assert_int_equal(r.holes.at[0].len, 10);
	assert_int_equal(r.holes.at[1].off, r.text.len - 5);
	assert_int_equal(r.holes.at[1].len, 5);
	assert_int_equal(read_piece(2, false, &bad, &r, &stored), OM_OK);
	assert_int_equal(r.holes.n, 0); /* its head line was hit, not its text */
}

/* A head line nobody finished: the stream begins where it seems to, or one byte before. */
static void test_newline_missing(void **state)
{
	const struct holes none = { 0 };
	struct span stored;
	struct record r;

	(void)state;
	for (uint32_t way = 0; way < 2; way++) {
		log_len = 0;
		add(HEAD_C, strlen(HEAD_C) - 1);
		if (way)
			add_text("J");
		add(stream_deflate, sizeof(stream_deflate));
		assert_int_equal(read_piece(0, false, &none, &r, &stored), OM_OK);
		assert_int_equal(r.notes, NOTE_HEAD_DAMAGED);
		assert_int_equal(r.text.len, STREAM_TEXT_BYTES);
		assert_int_equal(r.reason, REASON_PANIC);
		assert_int_equal(stored.len, log_len);
	}
}

/* More dumps than are told apart: the rest stays part of the last, and ends are bounded. */
static void test_many(void **state)
{
	const struct holes none = { 0 };
	struct span stored;
	struct record r;

	(void)state;
	log_len = 0;
	for (uint32_t i = 0; i < DMESG_PIECES_MAX + 5; i++)
		add_text(HEAD_D "Oops#1 Part1\n");
	assert_int_equal(read_piece(DMESG_PIECES_MAX - 1, false, &none, &r, &stored), OM_OK);
	assert_int_equal(r.n_pieces, DMESG_PIECES_MAX);
	assert_int_equal(stored.len, 6 * strlen(HEAD_D "Oops#1 Part1\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces), cmocka_unit_test(test_packed_tail),
		cmocka_unit_test(test_holes),  cmocka_unit_test(test_newline_missing),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

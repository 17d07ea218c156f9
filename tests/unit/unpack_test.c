/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed records: both containers, cut and flipped at every place, any room. */
#include "core/log/unpack.h"

#include "core/log/dmesg.h"
#include "streams.h"

enum { ROOM = UNPACK_STATE_BYTES + STREAM_TEXT_CAP };

static uint8_t room[ROOM];
static char text[STREAM_TEXT_CAP];

static struct workspace all_room(void)
{
	return (struct workspace){ room, sizeof(room) };
}

static const struct {
	const char *name;
	const uint8_t *p;
	size_t len;
	enum packing packing;
} streams[] = {
	{ "raw deflate", stream_deflate, sizeof(stream_deflate), PACKING_DEFLATE },
	{ "zlib", stream_zlib, sizeof(stream_zlib), PACKING_ZLIB },
};

static void test_whole(void **state)
{
	const size_t text_len = stream_text(text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		struct unpacked u;

		CASE(streams[i].name);
		assert_int_equal(unpack_text((struct span){ streams[i].p, streams[i].len }, NULL,
					     NULL, all_room(), &u),
				 OM_OK);
		assert_int_equal(u.packing, streams[i].packing);
		assert_int_equal(u.end, UNPACK_COMPLETE);
		assert_int_equal(u.used, streams[i].len);
		assert_int_equal(u.text.len, text_len);
		assert_memory_equal(u.text.p, text, text_len);
	}
}

/* Cut anywhere: all text that the bytes up to the cut can give, and never called complete. */
static void test_cut_everywhere(void **state)
{
	(void)state;
	stream_text(text);
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		size_t before = 0;

		for (size_t len = 0; len < streams[i].len; len++) {
			uint8_t *exact = malloc(len ? len : 1);
			struct unpacked u;

			memcpy(exact, streams[i].p, len);

			enum om_err err = unpack_text((struct span){ exact, len }, NULL, NULL,
						      all_room(), &u);

			free(exact);
			if (err != OM_OK) {
				assert_int_equal(err, OM_E_VARIANT);
				assert_int_equal(before, 0);
				continue;
			}
			assert_int_equal(u.end, UNPACK_CUT);
			assert_true(u.text.len >= before);
			assert_memory_equal(u.text.p, text, u.text.len);
			before = u.text.len;
		}
		/* only the end marker or the checksum is missing in the last step */
		assert_int_equal(before, strlen(text));
	}
}

static void test_bytes_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		uint8_t more[1024];
		struct unpacked u;

		memcpy(more, streams[i].p, streams[i].len);
		memset(more + streams[i].len, 0xa5, 100);
		assert_int_equal(unpack_text((struct span){ more, streams[i].len + 100 }, NULL,
					     NULL, all_room(), &u),
				 OM_OK);
		assert_int_equal(u.end, UNPACK_COMPLETE);
		assert_int_equal(u.used, streams[i].len);
	}
}

/* Every third bit flipped, so bits of every place in a byte: text up to the flip is kept if any is
 * given; zlib's checksum tells. */
static void test_flips_everywhere(void **state)
{
	const size_t text_len = stream_text(text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		for (size_t bit = 0; bit < streams[i].len * 8; bit += 3) {
			uint8_t bad[1024];
			struct unpacked u;

			memcpy(bad, streams[i].p, streams[i].len);
			bad[bit / 8] ^= (uint8_t)(1 << bit % 8);

			enum om_err err = unpack_text((struct span){ bad, streams[i].len }, NULL,
						      NULL, all_room(), &u);

			if (err != OM_OK) {
				assert_int_equal(err, OM_E_VARIANT);
				continue;
			}
			assert_true(u.text.p >= room && u.text.len <= STREAM_TEXT_CAP);
			if (u.packing == PACKING_ZLIB && u.end == UNPACK_COMPLETE) {
				assert_int_equal(u.text.len, text_len);
				assert_memory_equal(u.text.p, text, text_len);
			}
		}
	}
}

/* Less room than text: filled to the last byte, and said. */
static void test_any_room(void **state)
{
	const size_t text_len = stream_text(text);

	(void)state;
	for (size_t cap = 0; cap < text_len + 40; cap += 13) {
		struct unpacked u;
		enum om_err err =
			unpack_text((struct span){ stream_deflate, sizeof(stream_deflate) }, NULL,
				    NULL, (struct workspace){ room, UNPACK_STATE_BYTES + cap }, &u);

		if (cap < UNPACK_TEXT_MIN) {
			assert_int_equal(err, OM_E_NO_SPACE);
			continue;
		}
		assert_int_equal(err, OM_OK);
		assert_int_equal(u.end, cap < text_len ? UNPACK_FULL : UNPACK_COMPLETE);
		assert_int_equal(u.text.len, cap < text_len ? cap : text_len);
		assert_memory_equal(u.text.p, text, u.text.len);
	}
	for (size_t cap = 0; cap < UNPACK_STATE_BYTES; cap += 1000) {
		struct unpacked u;

		assert_int_equal(unpack_text((struct span){ stream_deflate, 100 }, NULL, NULL,
					     (struct workspace){ room, cap }, &u),
				 OM_E_NO_SPACE);
	}
}

/* zlib's state is laid out by hand: an odd start must not matter. */
static void test_unaligned_room(void **state)
{
	(void)state;
	for (size_t skew = 0; skew < 16; skew++) {
		struct unpacked u;

		assert_int_equal(unpack_text((struct span){ stream_zlib, sizeof(stream_zlib) },
					     NULL, NULL,
					     (struct workspace){ room + skew, ROOM - skew }, &u),
				 OM_OK);
		assert_int_equal(u.end, UNPACK_COMPLETE);
	}
}

/* ---- zlib streams: any window, damaged headers, checksum ----------------------------------- */

enum { LOG_ROOM = UNPACK_STATE_BYTES + 2 * LOG_CAP };

static uint8_t big_room[LOG_ROOM];
static char log_chars[LOG_CAP];

static struct workspace big(void)
{
	return (struct workspace){ big_room, sizeof(big_room) };
}

static const struct {
	const char *name;
	int window_bits;
	int mem_level;
	uint8_t flip[2]; /* of the first two bytes */
	uint32_t cut;	 /* bytes off the end */
	enum packing packing;
	enum unpack_end end;
	bool verified;
} containers[] = {
	{ "zlib, 512 bytes", 9, 4, { 0, 0 }, 0, PACKING_ZLIB, UNPACK_COMPLETE, true },
	{ "zlib, 4 KiB: 3.12 to 4.16", 12, 4, { 0, 0 }, 0, PACKING_ZLIB, UNPACK_COMPLETE, true },
	{ "zlib, 32 KiB", 15, 8, { 0, 0 }, 0, PACKING_ZLIB, UNPACK_COMPLETE, true },
	{ "zlib, method damaged", 12, 4, { 1, 0 }, 0, PACKING_ZLIB, UNPACK_COMPLETE, true },
	{ "zlib, check damaged", 12, 4, { 0, 3 }, 0, PACKING_ZLIB, UNPACK_COMPLETE, true },
	{ "zlib, both damaged", 12, 4, { 0xff, 0xff }, 0, PACKING_ZLIB, UNPACK_COMPLETE, true },
	{ "zlib, no trailer", 12, 4, { 0, 0 }, 4, PACKING_ZLIB, UNPACK_CUT, false },
	{ "zlib, half a trailer", 12, 4, { 0, 0 }, 2, PACKING_ZLIB, UNPACK_CUT, false },
	{ "zlib, header damaged, no trailer",
	  12,
	  4,
	  { 2, 0 },
	  4,
	  PACKING_ZLIB,
	  UNPACK_COMPLETE,
	  false },
	{ "raw, 2 KiB: 4.17 to 6.5", -11, 8, { 0, 0 }, 0, PACKING_DEFLATE, UNPACK_COMPLETE, false },
	{ "raw, 32 KiB: 6.6 and later",
	  -15,
	  8,
	  { 0, 0 },
	  0,
	  PACKING_DEFLATE,
	  UNPACK_COMPLETE,
	  false },
};

static void test_containers(void **state)
{
	const size_t text_len = log_text(log_chars, 12000, 2);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(containers); i++) {
		uint8_t in[LOG_STREAM_CAP];
		const size_t len = log_stream(log_chars, text_len, containers[i].window_bits,
					      containers[i].mem_level, in) -
				   containers[i].cut;
		struct unpacked u;

		CASE(containers[i].name);
		in[0] ^= containers[i].flip[0];
		in[1] ^= containers[i].flip[1];
		assert_int_equal(unpack_text((struct span){ in, len }, NULL, NULL, big(), &u),
				 OM_OK);
		assert_int_equal(u.packing, containers[i].packing);
		assert_int_equal(u.end, containers[i].end);
		assert_int_equal(u.verified, containers[i].verified);
		assert_int_equal(u.used, len);
		assert_int_equal(u.text.len, text_len);
		assert_memory_equal(u.text.p, log_chars, text_len);
		assert_int_equal(u.holes.n, 0);
		assert_false(u.resynced);
	}
}

/* ---- damage that leaves the stream whole ----------------------------------------------------- */

static const struct {
	const char *name;
	const char *log;
	enum unpack_end end;
} signs[] = {
	{ "as it should be", "Panic#1 Part1\n<6>[    1.000000] a\n<6>[    1.000001] b\n",
	  UNPACK_COMPLETE },
	{ "no time stamps", "Panic#1 Part1\n<6>a\n<12>b [x]\n", UNPACK_COMPLETE },
	{ "two processors, out of order",
	  "Panic#1 Part1\n<6>[    2.000000] a\n<6>[    1.999999] b\n", UNPACK_COMPLETE },
	{ "a user's bytes", "Panic#1 Part1\n<12>[    1.000000] \xc3\xa4\\x1b \t[<\n",
	  UNPACK_COMPLETE },
	{ "callers named", "Panic#1 Part1\n<6>[    1.000000][    T1] a\n", UNPACK_COMPLETE },
	{ "more than a day", "Panic#1 Part1\n<6>[99999.000000] a\n<6>[100000.000000] b\n",
	  UNPACK_COMPLETE },
	{ "a level lost", "Panic#1 Part1\n<6>[    1.000000] a\n6>[    1.000001] b\n",
	  UNPACK_BROKEN },
	{ "a stamp lost", "Panic#1 Part1\n<6>[    1.000000] a\n<6>    1.000001] b\n",
	  UNPACK_BROKEN },
	{ "a letter in a stamp", "Panic#1 Part1\n<6>[    1.000000] a\n<6>[    1.0c0001] b\n",
	  UNPACK_BROKEN },
	{ "time runs back", "Panic#1 Part1\n<6>[   12.000000] a\n<6>[    2.000001] b\n",
	  UNPACK_BROKEN },
	{ "no last newline", "Panic#1 Part1\n<6>[   12.000000] a\n<6>[   12.000001] b",
	  UNPACK_BROKEN },
};

static void test_signs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		uint8_t in[LOG_STREAM_CAP];
		const size_t text_len = strlen(signs[i].log);
		const size_t len = log_stream(signs[i].log, text_len, -15, 8, in);
		struct unpacked u;

		CASE(signs[i].name);
		assert_int_equal(unpack_text((struct span){ in, len }, NULL, NULL, big(), &u),
				 OM_OK);
		assert_int_equal(u.end, signs[i].end);
		assert_int_equal(u.text.len, text_len);
		assert_memory_equal(u.text.p, signs[i].log, text_len);
	}
}

/* ---- blocks that ECC gave up ------------------------------------------------------------------
 */

/* Bytes that are right although ECC gave them up: the text stays, as a guess. */
static void test_bad_but_right(void **state)
{
	const size_t text_len = log_text(log_chars, 12000, 2);
	uint8_t in[LOG_STREAM_CAP];
	const size_t len = log_stream(log_chars, text_len, -15, 8, in);
	const struct holes bad = { 1, { { 1024, 128 } } };
	struct unpacked u;

	(void)state;
	assert_int_equal(unpack_text((struct span){ in, len }, &bad, NULL, big(), &u), OM_OK);
	assert_int_equal(u.end, UNPACK_BROKEN);
	assert_int_equal(u.text.len, text_len);
	assert_memory_equal(u.text.p, log_chars, text_len);
	assert_int_equal(u.holes.n, 1);
	assert_true(u.holes.at[0].off > 1024);
	assert_int_equal(u.holes.at[0].off + u.holes.at[0].len, text_len);
}

/* A checksum that is right vouches for bytes that ECC did not. */
static void test_bad_but_verified(void **state)
{
	const size_t text_len = log_text(log_chars, 12000, 2);
	uint8_t in[LOG_STREAM_CAP];
	const size_t len = log_stream(log_chars, text_len, 12, 4, in);
	const struct holes bad = { 1, { { 1024, 128 } } };
	struct unpacked u;

	(void)state;
	assert_int_equal(unpack_text((struct span){ in, len }, &bad, NULL, big(), &u), OM_OK);
	assert_int_equal(u.end, UNPACK_COMPLETE);
	assert_true(u.verified);
	assert_int_equal(u.holes.n, 0);
}

/* Characters that stand as far from the end as in the log. */
static size_t equal_at_end(struct span got, size_t text_len)
{
	size_t n = 0;

	for (size_t i = 1; i <= got.len && i <= text_len; i++)
		n += got.p[got.len - i] == (uint8_t)log_chars[text_len - i];
	return n;
}

/* A lost block: text from after it comes out as well. */
static void test_bad_blocks(void **state)
{
	static const struct {
		int window_bits;
		int mem_level;
	} ways[] = { { -11, 8 }, { -12, 8 }, { -15, 8 } };
	const size_t text_len = log_text(log_chars, 12000, 2);
	struct prng rng = { 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		uint8_t in[LOG_STREAM_CAP];
		const size_t len =
			log_stream(log_chars, text_len, ways[i].window_bits, ways[i].mem_level, in);
		const struct holes bad = { 1, { { 1024, 128 } } };
		struct unpacked u;

		prng_fill(&rng, in + 1024, 128);
		assert_int_equal(unpack_text((struct span){ in, len }, &bad, NULL, big(), &u),
				 OM_OK);
		assert_int_equal(u.end, UNPACK_BROKEN);
		assert_true(u.resynced);
		assert_true(u.holes.n > 0);
		assert_true(u.holes.at[0].off > 1024);
		assert_memory_equal(u.text.p, log_chars, u.holes.at[0].off);
		assert_true(u.text.len > text_len / 2);
		assert_true(equal_at_end(u.text, text_len) > text_len / 2);
	}
}

/* 4 KiB that claim to be megabytes: not more is unpacked than a few times the room, and soon. */
static void test_bomb(void **state)
{
	static char bomb[4 << 20];
	uint8_t in[LOG_STREAM_CAP];
	struct unpacked u;

	(void)state;
	memset(bomb, 'a', sizeof(bomb));
	memcpy(bomb, "Panic#1 Part1\n", 14);

	const size_t len = log_stream(bomb, sizeof(bomb), -15, 8, in);

	assert_true(len < 8192);
	assert_int_equal(unpack_text((struct span){ in, len }, NULL, NULL, big(), &u), OM_OK);
	assert_int_equal(u.end, UNPACK_FULL);
	assert_int_equal(u.text.len, LOG_ROOM - UNPACK_END_STATE_BYTES);
	assert_int_equal(u.cut, 14); /* what is there has no line, and is a hole */
	assert_int_equal(u.holes.n, 1);
	assert_int_equal(u.holes.at[0].off + u.holes.at[0].len, u.text.len);
}

/* ---- more text than memory ------------------------------------------------------------------ */

enum { END_LINES = 1400, END_CAP = 400000, LAST = 240 /* more than a line */ };

static const struct {
	const char *name;
	int window_bits;
	bool bad_header; /* zlib's */
	bool stored_cut; /* the stream has lost its last bytes */
	bool bad_byte;	 /* ECC says so of one */
	enum unpack_end end;
} ends[] = {
	{ "deflate", -15, false, false, false, UNPACK_COMPLETE },
	{ "zlib", 15, false, false, false, UNPACK_COMPLETE },
	{ "deflate, a small window", -12, false, false, false, UNPACK_COMPLETE },
	{ "zlib, its header damaged", 15, true, false, false, UNPACK_COMPLETE },
	{ "deflate, cut", -15, false, true, false, UNPACK_CUT },
	{ "zlib, cut", 15, false, true, false, UNPACK_CUT },
	{ "deflate, bad", -15, false, false, true, UNPACK_BROKEN },
};

static size_t offset_in(const char *log, size_t n, const uint8_t last[LAST])
{
	size_t at = 0;

	while (at + LAST < n && memcmp(log + at, last, LAST) != 0)
		at++;
	return at;
}

/* The title and the newest lines, whatever the room is; the line that the cut runs through is a
   hole, and of a damaged stream all. */
static void test_end_of_a_long_text(void **state)
{
	static char log[END_CAP];
	static uint8_t in[LOG_STREAM_CAP], work[END_CAP];
	const size_t title = (size_t)sprintf(log, "Panic#1 Part1\n");
	size_t n = title;
	uint32_t n_cut = 0, n_whole = 0;

	(void)state;
	for (uint32_t i = 0; i < END_LINES; i++)
		n += (size_t)sprintf(log + n, "<4>[%5u.000000] %0200u\n", i, i * 7);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const size_t whole = log_stream(log, n, ends[i].window_bits, 8, in);
		const struct span stream = { in, whole - (ends[i].stored_cut ? 900 : 0) };
		struct holes bad = { 0 };

		CASE(ends[i].name);
		in[0] ^= ends[i].bad_header ? 0x20 : 0;
		if (ends[i].bad_byte)
			holes_add(&bad, (uint32_t)whole - 2, 1);
		for (size_t cap = 2 * UNPACK_END_STATE_BYTES; cap < sizeof(work); cap += 19001) {
			const size_t most = cap - UNPACK_END_STATE_BYTES;
			const struct holes *told = ends[i].bad_byte ? &bad : NULL;
			struct unpacked u;

			assert_int_equal(unpack_text(stream, told, NULL,
						     (struct workspace){ work, cap }, &u),
					 OM_OK);
			if (!u.cut) {
				n_whole++;
				continue;
			}
			assert_int_equal(u.end, ends[i].end);
			assert_int_equal(u.verified, ends[i].window_bits == 15 &&
							     !ends[i].bad_header &&
							     !ends[i].stored_cut);
			assert_int_equal(u.cut, title);
			assert_in_range(u.text.len, most - most / 4, most);
			assert_memory_equal(u.text.p, log, title);

			/* where the text goes on, and to where: all of it if the stream is whole */
			const size_t rest = u.text.len - title;
			const uint8_t *last = u.text.p + u.text.len - LAST;
			const size_t until = ends[i].stored_cut ? offset_in(log, n, last) + LAST
								: n;

			assert_memory_equal(u.text.p + title, log + until - rest, rest);
			assert_int_equal(u.holes.n, 1);
			if (ends[i].bad_byte) {
				assert_int_equal(u.holes.at[0].len, u.text.len);
			} else {
				assert_int_equal(u.holes.at[0].off, title);
				assert_true(u.holes.at[0].len < 230);
			}
			n_cut++;
		}
	}
	assert_true(n_cut > 70);
	assert_true(n_whole >= 7);
}

/* With less memory there is no room for zlib's window: the beginning, as ever. */
static void test_no_room_for_the_end(void **state)
{
	static char log[END_CAP];
	static uint8_t in[LOG_STREAM_CAP], work[2 * UNPACK_END_STATE_BYTES];
	size_t n = (size_t)sprintf(log, "Panic#1 Part1\n");
	struct unpacked u;

	(void)state;
	for (uint32_t i = 0; i < END_LINES; i++)
		n += (size_t)sprintf(log + n, "<4>[%5u.000000] %0200u\n", i, i * 7);

	const struct span stream = { in, log_stream(log, n, -15, 8, in) };

	assert_int_equal(
		unpack_text(stream, NULL, NULL, (struct workspace){ work, sizeof(work) - 1 }, &u),
		OM_OK);
	assert_int_equal(u.end, UNPACK_FULL);
	assert_int_equal(u.cut, 0);
	assert_int_equal(u.text.len, sizeof(work) - 1 - UNPACK_STATE_BYTES);
	assert_memory_equal(u.text.p, log, u.text.len);
}

static const struct {
	const char *name;
	const char *hex;
} strangers[] = {
	{ "nothing", "" },
	{ "zstd frame", "28b52ffd04584d0100" },
	{ "LZ4 block", "f00550616e69632331205061727431" },
	{ "LZO1X", "1f50616e696323312050617274310a3c363e" },
	{ "zeros", "0000000000000000" },
	{ "stored block of nothing", "010000ffff" },
	{ "stored block, no text", "010400fbff00010203" },
	{ "zlib, preset dictionary", "78bb0000000001" },
};

static void test_strangers(void **state)
{
	struct prng rng = { 5 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		uint8_t in[64];
		size_t len = from_hex(strangers[i].hex, in, sizeof(in));
		struct unpacked u;

		CASE(strangers[i].name);
		assert_int_equal(unpack_text((struct span){ in, len }, NULL, NULL, all_room(), &u),
				 OM_E_VARIANT);
	}
	for (uint32_t i = 0; i < 500; i++) {
		uint8_t in[300];
		struct unpacked u;

		prng_fill(&rng, in, sizeof(in));
		assert_int_equal(
			unpack_text((struct span){ in, sizeof(in) }, NULL, NULL, all_room(), &u),
			OM_E_VARIANT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_bytes_behind),
		cmocka_unit_test(test_flips_everywhere),
		cmocka_unit_test(test_any_room),
		cmocka_unit_test(test_unaligned_room),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_bad_but_right),
		cmocka_unit_test(test_bad_but_verified),
		cmocka_unit_test(test_bad_blocks),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_end_of_a_long_text),
		cmocka_unit_test(test_no_room_for_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

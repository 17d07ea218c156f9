/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed records: both containers, cut and flipped at every place, any room. */
#include "core/unpack.h"

#include "core/dmesg.h"
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

/* Every bit flipped: text up to the flip is kept if any is given; zlib's checksum tells. */
static void test_flip_every_bit(void **state)
{
	const size_t text_len = stream_text(text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		for (size_t bit = 0; bit < streams[i].len * 8; bit++) {
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
	for (uint32_t i = 0; i < 3000; i++) {
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
		cmocka_unit_test(test_whole),	     cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_bytes_behind), cmocka_unit_test(test_flip_every_bit),
		cmocka_unit_test(test_any_room),     cmocka_unit_test(test_unaligned_room),
		cmocka_unit_test(test_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

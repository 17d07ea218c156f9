/* SPDX-License-Identifier: BSD-2-Clause */
/* Text to a stream with the preset dictionary and back; streams that are cut, damaged or foreign.
 */
#include "core/report/pack.h"

#include "support.h"

#define Z_SOLO
#include <zlib.h>

enum { STREAM_CAP = PACK_STREAM_MAX, TEXT_CAP = PACK_TEXT_MAX + 1 };

static uint8_t state_bytes[PACK_STATE_BYTES], stream[STREAM_CAP], back[TEXT_CAP];
static uint8_t text[PACK_TEXT_MAX];
static const struct workspace state = { state_bytes, sizeof(state_bytes) };

static void log_text(struct prng *r, uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		char line[64];
		const int len = snprintf(line, sizeof(line), "<6>[%5u.%06u] usb %u-1: new device\n",
					 prng_below(r, 99), prng_below(r, 1000000),
					 prng_below(r, 9));
		const size_t part = (size_t)len < n - at ? (size_t)len : n - at;

		memcpy(p + at, line, part);
		at += part;
	}
}

static void noise(struct prng *r, uint8_t *p, size_t n)
{
	prng_fill(r, p, n);
}

static void zeros(struct prng *r, uint8_t *p, size_t n)
{
	(void)r;
	memset(p, 0, n);
}

static const struct {
	const char *name;
	void (*fill)(struct prng *r, uint8_t *p, size_t n);
	size_t len, most; /* bytes of the stream, at most */
} texts[] = {
	{ "empty", zeros, 0, 16 },
	{ "a byte", noise, 1, 20 },
	{ "a log", log_text, 4000, 1300 },
	{ "the longest log", log_text, PACK_TEXT_MAX, 36000 },
	{ "zeros", zeros, PACK_TEXT_MAX, 200 },
	{ "what gets no smaller", noise, PACK_PLAIN_MAX, PACK_STREAM_MAX },
};

static void test_there_and_back(void **s)
{
	uint32_t n = 0;

	(void)s;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct prng r = { 7 + i };
		const struct workspace reading = { state_bytes, PACK_READ_STATE_BYTES };
		struct pack_reading got;
		size_t len;

		CASE(texts[i].name);
		texts[i].fill(&r, text, texts[i].len);
		memset(state_bytes, 0x5a, sizeof(state_bytes));
		pack_open(state);
		len = pack_text((struct span){ text, texts[i].len }, state, stream, STREAM_CAP);
		assert_in_range(len, 1, texts[i].most);
		assert_true(pack_is_zlib((struct span){ stream, len }));
		assert_false(pack_is_model((struct span){ stream, len }));
		/* RFC 1950: the dictionary is named by its Adler-32 after the first two bytes */
		assert_int_equal(be32_load(stream + 2),
				 adler32(adler32(0, NULL, 0), state_bytes, PACK_KEPT_BYTES));
		memset(state_bytes, 0xa5, sizeof(state_bytes));
		pack_open(reading);
		/* what is between two calls in the rest of it does not matter */
		memset(state_bytes + PACK_KEPT_BYTES, 0xa5, sizeof(state_bytes) - PACK_KEPT_BYTES);
		assert_int_equal(
			pack_read((struct span){ stream, len }, reading, back, sizeof(back), &got),
			OM_OK);
		assert_int_equal(got.end, UNPACK_COMPLETE);
		assert_int_equal(got.used, len);
		assert_int_equal(got.text_bytes, texts[i].len);
		assert_memory_equal(back, text, texts[i].len + (texts[i].len == 0));
		/* one byte less has no room for it */
		assert_int_equal(
			pack_text((struct span){ text, texts[i].len }, state, stream, len - 1), 0);
		n++;
	}
	assert_int_equal(n, ARRAY_LEN(texts));
}

/* Of a stream that is cut anywhere the beginning is read, and it is right. */
static void test_cuts(void **s)
{
	struct prng r = { 11 };
	size_t before = 0;
	size_t len;

	(void)s;
	pack_open(state);
	log_text(&r, text, 3000);
	len = pack_text((struct span){ text, 3000 }, state, stream, STREAM_CAP);
	for (size_t cut = 0; cut < len; cut++) {
		struct pack_reading got;
		uint8_t *part = malloc(cut + 1); /* of its own: reads past it are seen */
		const enum om_err want = cut < 6 ? OM_E_TRUNCATED : OM_OK;

		memcpy(part, stream, cut);
		assert_int_equal(
			pack_read((struct span){ part, cut }, state, back, sizeof(back), &got),
			want);
		free(part);
		assert_int_equal(got.end, UNPACK_CUT);
		assert_true(got.text_bytes >= before && got.text_bytes <= 3000);
		assert_memory_equal(back, text, got.text_bytes);
		before = got.text_bytes;
	}
	assert_in_range(before, 2900, 3000);
}

static void test_little_room(void **s)
{
	struct prng r = { 13 };
	struct pack_reading got;
	size_t len;

	(void)s;
	pack_open(state);
	log_text(&r, text, 3000);
	len = pack_text((struct span){ text, 3000 }, state, stream, STREAM_CAP);
	assert_int_equal(pack_read((struct span){ stream, len }, state, back, 1000, &got), OM_OK);
	assert_int_equal(got.end, UNPACK_FULL);
	assert_int_equal(got.text_bytes, 1000);
	assert_memory_equal(back, text, 1000);
	assert_int_equal(pack_read((struct span){ stream, len },
				   (struct workspace){ state_bytes, 100 }, back, sizeof(back),
				   &got),
			 OM_E_NO_SPACE);
	assert_int_equal(pack_text((struct span){ text, 3000 },
				   (struct workspace){ state_bytes, 1000 }, stream, STREAM_CAP),
			 0);
	assert_int_equal(
		pack_text((struct span){ text, PACK_TEXT_MAX + 1 }, state, stream, STREAM_CAP), 0);
}

static const struct {
	const char *name, *hex;
	enum om_err want;
	bool is_model;
} foreign[] = {
	{ "empty", "", OM_E_TRUNCATED, false },
	{ "a stream of 0.1", "106c874bbbfb68a70858f6f6", OM_E_VARIANT, true },
	{ "zlib without a dictionary", "789c4b4c4a06000001", OM_E_VARIANT, false },
	{ "wrong check bits", "78bc7d21cc120000", OM_E_VARIANT, false },
	{ "another dictionary", "78bb0000000103000000", OM_E_NOT_FOUND, false },
};

static void test_foreign(void **s)
{
	(void)s;
	pack_open(state);
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		uint8_t bytes[32];
		const struct span in = { bytes, from_hex(foreign[i].hex, bytes, sizeof(bytes)) };
		struct pack_reading got;

		CASE(foreign[i].name);
		assert_int_equal(pack_read(in, state, back, sizeof(back), &got), foreign[i].want);
		assert_int_equal(pack_is_model(in), foreign[i].is_model);
		assert_int_equal(got.text_bytes, 0);
		if (foreign[i].want == OM_E_NOT_FOUND)
			assert_int_equal(got.dictionary, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_little_room),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

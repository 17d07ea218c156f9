/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of an armored report: written as the document says, read back, spoiled in all ways. */
#include "core/base/crc32.h"
#include "core/report/armor.h"
#include "support.h"

static const char digits[] =
	"!#$%()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|~";

enum { NONE = 0x100 };

/* The body of a line, by the document alone: 64-bit numbers, digits from the last up. */
static void plain_line(uint32_t key, uint32_t number, const uint8_t *payload, char *out)
{
	uint8_t body[ARMOR_BODY_BYTES] = { (uint8_t)number, (uint8_t)(number >> 8) };
	uint32_t check;

	memcpy(body + 2, payload, 54);
	check = crc32_update(0, body, 56) ^ key;
	for (size_t i = 0; i < 4; i++)
		body[56 + i] = (uint8_t)(check >> 8 * i);
	out[0] = '{';
	out[76] = '}';
	for (size_t g = 0; g < 15; g++) {
		uint64_t v = 0;
		uint64_t unit = 85u * 85 * 85 * 85;

		for (size_t i = 0; i < 4; i++)
			v = v * 256 + body[4 * g + i];
		for (size_t i = 0; i < 5; i++, unit /= 85)
			out[1 + 5 * g + i] = digits[v / unit % 85];
	}
}

static void test_alphabet(void **state)
{
	static const char not_in[] = " \"&'<>\\`{}";
	uint32_t n = 0;

	(void)state;
	for (uint32_t c = 0; c < 256; c++) {
		const bool want = c >= 0x20 && c < 0x7f && !strchr(not_in, (char)c);

		assert_int_equal(armor_is_char((uint8_t)c), want);
		n += want;
	}
	assert_int_equal(n, 85);
}

static const struct {
	const char *name;
	struct armor_group group;
	uint32_t key;
	enum om_err err;
} keys[] = {
	{ "smallest", { 1, 0, 0 }, 0, OM_OK },
	{ "tag", { 1, 0, 2047 }, 0x7ff, OM_OK },
	{ "parity", { 1, 1, 0 }, 0x800, OM_OK },
	{ "most parity", { 1, 1024, 0 }, 0x200000, OM_OK },
	{ "data", { 2, 0, 0 }, 0x400000, OM_OK },
	{ "largest", { 1024, 1024, 2047 }, 0xffe007ff, OM_OK },
	{ "too much parity", { 1, 1025, 0 }, 0x200800, OM_E_CORRUPT },
	{ "far too much", { 1, 2047, 0 }, 0x3ff800, OM_E_CORRUPT },
};

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct armor_group untouched = { 77, 77, 77 };
		struct armor_group g = untouched;
		const struct armor_group *want = &keys[i].group;

		CASE(keys[i].name);
		assert_int_equal(armor_key(want), keys[i].key);
		assert_int_equal(armor_group_of(keys[i].key, &g), keys[i].err);
		if (keys[i].err != OM_OK)
			want = &untouched;
		assert_memory_equal(&g, want, sizeof(g));
	}
}

static const struct {
	const char *name;
	uint32_t key, number;
	int fill; /* of the payload; NONE: random */
	const char *line;
	const char *text; /* the payload */
} lines[] = {
	{ "zeros", 0, 0, 0,
	  "{!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!;_zR]}" },
	{ "ones", 0xffffffff, 0xffff, 0xff, NULL },
	{ "highest group", 0xffe007ff, 2047, 0xff, NULL },
	{ "random", 0x12345678, 0x0102, NONE, NULL },
	{ "random, another", 0x00400800, 1, NONE, NULL },
	{ "blanks", 0, 5, ' ', NULL },
	{ "the document's example", 0x0080684d, 2, 0,
	  "{!]_R2Hobj~.J+q:E@b5yJj$g;FWsw+FY5W1KAL:-K!-Bz.Hd[AFYO~7Fm~)%M$1I0F4l~6rK%uB}",
	  "A line of an armored report has 54 bytes of payload. \n" },
};

static void make_payload(uint8_t *payload, int fill, uint64_t seed)
{
	struct prng rng = { seed };

	memset(payload, fill, ARMOR_PAYLOAD_BYTES);
	if (fill == NONE)
		prng_fill(&rng, payload, ARMOR_PAYLOAD_BYTES);
}

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		uint8_t payload[ARMOR_PAYLOAD_BYTES];
		char want[ARMOR_LINE_CHARS + 1] = { 0 };
		char got[ARMOR_LINE_CHARS + 1] = { 0 };
		struct armor_body body;

		CASE(lines[i].name);
		make_payload(payload, lines[i].fill, i + 1);
		if (lines[i].text)
			memcpy(payload, lines[i].text, sizeof(payload));
		plain_line(lines[i].key, lines[i].number, payload, want);
		armor_line(lines[i].key, lines[i].number, payload, got);
		assert_string_equal(got, want);
		if (lines[i].line)
			assert_string_equal(got, lines[i].line);

		memset(&body, 0xa5, sizeof(body));
		armor_read(got + 1, &body);
		assert_int_equal(body.bad, 0);
		assert_int_equal(body.key, lines[i].key);
		assert_int_equal(body.number, lines[i].number);
		assert_memory_equal(body.payload, payload, sizeof(payload));
	}
}

/* Every character of a line replaced by every byte: never the same key with other contents. */
static void test_one_wrong_character(void **state)
{
	uint8_t payload[ARMOR_PAYLOAD_BYTES];
	char line[ARMOR_LINE_CHARS];
	struct armor_body body;

	(void)state;
	make_payload(payload, NONE, 9);
	armor_line(0x00c00fff, 3, payload, line);
	for (uint32_t at = 0; at < ARMOR_BODY_CHARS; at++) {
		const char right = line[1 + at];

		for (uint32_t c = 0; c < 256; c++) {
			line[1 + at] = (char)c;
			armor_read(line + 1, &body);
			assert_int_equal(body.key == 0x00c00fff, (char)c == right);
			if (!armor_is_char((uint8_t)c))
				assert_int_equal(body.bad, 1u << at / 5);
			assert_int_equal(body.bad & ~(1u << at / 5), 0);
		}
		line[1 + at] = right;
	}
}

/* One group of five at a time, read from the payload's second word. */
static const struct {
	const char *name, *chars;
	uint32_t bad;
	uint8_t bytes[4];
} groups[] = {
	{ "0", "!!!!!", 0, { 0, 0, 0, 0 } },
	{ "1", "!!!!#", 0, { 0, 0, 0, 1 } },
	{ "85", "!!!#!", 0, { 0, 0, 0, 85 } },
	{ "84", "!!!!~", 0, { 0, 0, 0, 84 } },
	{ "2^32 - 1", "z;]0!", 0, { 255, 255, 255, 255 } },
	{ "2^32", "z;]0#", 2, { 0, 0, 0, 0 } },
	{ "85^5 - 1", "~~~~~", 2, { 0, 0, 0, 0 } },
	{ "a blank", "!! !!", 2, { 0, 0, 0, 0 } },
	{ "a NUL", "!\0!!!", 2, { 0, 0, 0, 0 } },
	{ "a brace", "!!!!}", 2, { 0, 0, 0, 0 } },
	{ "high bit", "\xa1!!!!", 2, { 0, 0, 0, 0 } },
};

static void test_groups(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		char chars[ARMOR_BODY_CHARS];
		struct armor_body body;

		CASE(groups[i].name);
		memset(chars, '!', sizeof(chars));
		memcpy(chars + 5, groups[i].chars, 5);
		armor_read(chars, &body);
		assert_int_equal(body.bad, groups[i].bad);
		assert_memory_equal(body.payload + 2, groups[i].bytes, 4);
	}
}

static const struct {
	uint32_t n_data, percent, want;
} parities[] = {
	{ 1, 0, 0 },	   { 1024, 0, 0 },	{ 1, 1, 13 },	     { 1024, 1, 19 },
	{ 1, 15, 13 },	   { 10, 15, 13 },	{ 11, 15, 14 },	     { 60, 15, 18 },
	{ 100, 15, 22 },   { 239, 15, 36 },	{ 240, 15, 36 },     { 241, 15, 37 },
	{ 250, 15, 37 },   { 1000, 15, 150 },	{ 1024, 15, 153 },   { 1, 100, 13 },
	{ 20, 100, 20 },   { 1024, 100, 1024 }, { 1024, 101, 1024 }, { 1024, 0xffffffff, 1024 },
	{ 1024, 50, 512 }, { 1024, 10, 102 },	{ 1024, 5, 51 },     { 300, 5, 22 },
};

static void test_parity_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parities); i++) {
		print_message("  row: %u lines, %u %%\n", parities[i].n_data, parities[i].percent);
		assert_int_equal(armor_parity_lines(parities[i].n_data, parities[i].percent),
				 parities[i].want);
	}
	/* as many as asked for, a burst's at least, more lines for more per cent, never too many */
	for (uint32_t n = 1; n <= ARMOR_DATA_MAX; n++) {
		uint32_t before = 12;

		for (uint32_t percent = 1; percent <= 100; percent++) {
			const uint32_t m = armor_parity_lines(n, percent);

			assert_true(m >= before && m >= n * percent / 100);
			assert_true(m <= ARMOR_PARITY_MAX);
			before = m;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alphabet), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_lines),	 cmocka_unit_test(test_one_wrong_character),
		cmocka_unit_test(test_groups),	 cmocka_unit_test(test_parity_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

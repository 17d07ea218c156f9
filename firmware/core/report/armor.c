/* SPDX-License-Identifier: BSD-2-Clause */
#include "armor.h"

#include "core/base/crc32.h"

#include <string.h>

enum {
	BASE = 85,
	GROUP_CHARS = 5, /* for GROUP_BYTES: 85^5 is a little more than 2^32 */
	GROUP_BYTES = 4,
	N_GROUPS = ARMOR_BODY_BYTES / GROUP_BYTES,
	/* the body */
	NUMBER_AT = 0,
	PAYLOAD_AT = 2,
	CHECK_AT = 56,
	/* the key */
	DATA_SHIFT = 22,
	PARITY_SHIFT = 11,
	FIELD_MASK = 0x7ff,
	/* armor_parity_lines() */
	BURST_LINES = 12,
	DEFAULT_PERCENT = 15,
	PERCENT_MAX = 100,
	SMALL_DIVISOR = 150
};

/* What 0 to 84 are written as: 0x20 to 0x7e without space " & ' < > \ ` { }. */
static const char alphabet[BASE] __attribute__((nonstring)) =
	"!#$%()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|~";

uint32_t armor_key(const struct armor_group *g)
{
	return (g->n_data - 1) << DATA_SHIFT | g->n_parity << PARITY_SHIFT | g->tag;
}

enum om_err armor_group_of(uint32_t key, struct armor_group *out)
{
	const uint32_t n_parity = key >> PARITY_SHIFT & FIELD_MASK;

	if (n_parity > ARMOR_PARITY_MAX)
		return OM_E_CORRUPT;

	*out = (struct armor_group){ (key >> DATA_SHIFT) + 1, n_parity, key & FIELD_MASK };
	return OM_OK;
}

uint32_t armor_parity_lines(uint32_t n_data, uint32_t percent)
{
	if (percent == 0)
		return 0;
	if (percent > PERCENT_MAX)
		percent = PERCENT_MAX;

	const uint32_t some = percent < DEFAULT_PERCENT ? percent : DEFAULT_PERCENT;
	const uint32_t share = percent * n_data / 100;
	const uint32_t small = BURST_LINES + (some * n_data + SMALL_DIVISOR - 1) / SMALL_DIVISOR;

	return share > small ? share : small;
}

/* @v / BASE for all of 32 bits, by the reciprocal: every character takes one, and few of the CPUs
   that this is for can divide. */
static uint32_t base_part(uint32_t v)
{
	return (uint32_t)((uint64_t)v * 0xc0c0c0c1 >> 38);
}

void armor_line(uint32_t key, uint32_t number, const uint8_t *payload, char *out)
{
	uint8_t body[ARMOR_BODY_BYTES];

	body[NUMBER_AT] = (uint8_t)number;
	body[NUMBER_AT + 1] = (uint8_t)(number >> 8);
	memcpy(body + PAYLOAD_AT, payload, ARMOR_PAYLOAD_BYTES);
	le32_store(body + CHECK_AT, crc32_update(0, body, CHECK_AT) ^ key);

	*out++ = '{';
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		uint32_t v = be32_load(body + (size_t)g * GROUP_BYTES);

		for (uint32_t i = GROUP_CHARS; i-- > 0;) {
			const uint32_t part = base_part(v);

			out[i] = alphabet[v - part * BASE];
			v = part;
		}
		out += GROUP_CHARS;
	}
	*out = '}';
}

/* 0 to 84; BASE: no character of a body. */
static uint32_t digit_of(char c)
{
	const char *at = memchr(alphabet, c, BASE);

	return at ? (uint32_t)(at - alphabet) : BASE;
}

bool armor_is_char(uint8_t c)
{
	return digit_of((char)c) < BASE;
}

/* False if no number of 32 bits is written so. */
static bool read_group(const char *chars, uint32_t *out)
{
	uint32_t v = 0;

	for (uint32_t i = 0; i < GROUP_CHARS; i++) {
		const uint32_t digit = digit_of(chars[i]);

		if (digit == BASE || v > (UINT32_MAX - digit) / BASE)
			return false;
		v = v * BASE + digit;
	}
	*out = v;
	return true;
}

void armor_read(const char *chars, struct armor_body *out)
{
	uint8_t body[ARMOR_BODY_BYTES];

	out->bad = 0;
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		uint32_t v = 0;

		if (!read_group(chars + (size_t)g * GROUP_CHARS, &v))
			out->bad |= 1u << g;
		be32_store(body + (size_t)g * GROUP_BYTES, v);
	}
	out->number = (uint32_t)body[NUMBER_AT] | (uint32_t)body[NUMBER_AT + 1] << 8;
	out->key = crc32_update(0, body, CHECK_AT) ^ le32_load(body + CHECK_AT);
	memcpy(out->payload, body + PAYLOAD_AT, ARMOR_PAYLOAD_BYTES);
}

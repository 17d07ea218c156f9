/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of a report: what is read without a bad group is written again as it stood, and what
 * is written reads back. Input: number, key, percentage, 32 bits each; then the characters.
 */
#include "core/report/armor.h"
#include "fuzz.h"

static void check_characters(const char *chars)
{
	struct armor_body body;
	char again[ARMOR_LINE_CHARS];
	uint32_t bad = 0;

	memset(&body, 0xa5, sizeof(body));
	armor_read(chars, &body);
	require(body.bad >> ARMOR_BODY_BYTES / 4 == 0, "no more groups than there are");
	require(body.number <= UINT16_MAX, "a number of 16 bits");
	armor_line(body.key, body.number, body.payload, again);
	for (uint32_t i = 0; i < ARMOR_BODY_CHARS; i++) {
		require(armor_is_char((uint8_t)again[1 + i]), "characters of the alphabet");
		if (again[1 + i] != chars[i])
			bad |= 1u << i / 5;
	}
	require(again[0] == '{' && again[ARMOR_LINE_CHARS - 1] == '}', "braces");
	require((bad & ~body.bad) == 0, "what was read is written again");
	for (uint32_t i = 0; i < ARMOR_PAYLOAD_BYTES; i++)
		require(!(body.bad >> (2 + i) / 4 & 1) || body.payload[i] == 0, "unknown is zero");
}

static void check_line(uint32_t number, uint32_t key, const uint8_t *payload)
{
	char line[ARMOR_LINE_CHARS];
	struct armor_body body;

	armor_line(key, number, payload, line);
	armor_read(line + 1, &body);
	require(body.bad == 0 && body.key == key && body.number == (number & 0xffff) &&
			memcmp(body.payload, payload, ARMOR_PAYLOAD_BYTES) == 0,
		"written reads back");
}

static void check_key(uint32_t key, uint32_t percent)
{
	struct armor_group g;

	if (armor_group_of(key, &g) != OM_OK) {
		require((key >> 11 & 0x7ff) > ARMOR_PARITY_MAX, "only too much parity is refused");
		return;
	}
	require(g.n_data >= 1 && g.n_data <= ARMOR_DATA_MAX && g.n_parity <= ARMOR_PARITY_MAX &&
			g.tag <= ARMOR_TAG_MAX,
		"a group there can be");
	require(armor_key(&g) == key, "the key of the group");

	const uint32_t n = armor_parity_lines(g.n_data, percent);

	require(n <= ARMOR_PARITY_MAX && (percent == 0 ? n == 0 : n >= 12), "parity lines");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t number = take(&in, 4);
	const uint32_t key = take(&in, 4);
	const uint32_t percent = take(&in, 4);
	char *chars = (char *)make_bytes(ARMOR_BODY_CHARS, '!');
	uint8_t *payload = make_bytes(ARMOR_PAYLOAD_BYTES, 0);

	if (in.len > 0) {
		memcpy(chars, in.p, in.len < ARMOR_BODY_CHARS ? in.len : ARMOR_BODY_CHARS);
		memcpy(payload, in.p, in.len < ARMOR_PAYLOAD_BYTES ? in.len : ARMOR_PAYLOAD_BYTES);
	}
	check_characters(chars);
	check_line(number, key, payload);
	check_key(key, percent);
	free(chars);
	free(payload);
	return 0;
}

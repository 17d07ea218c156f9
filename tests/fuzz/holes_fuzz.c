/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of holes against a map with one flag per byte: it may say too much, never too
 * little. Input: offset and length, 12 and 10 bits in 16 each, over and over.
 */
#include "fuzz.h"

enum { OFF_MAX = 0xfff, LEN_MAX = 0x3ff, MAP_BYTES = OFF_MAX + LEN_MAX + 1, STEPS_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	struct holes holes = { 0 };
	uint8_t *map = make_bytes(MAP_BYTES, 0);
	uint32_t marked = 0;

	for (uint32_t step = 0; step < STEPS_MAX && in.len > 0; step++) {
		const uint32_t off = take(&in, 2) & OFF_MAX;
		const uint32_t len = take(&in, 2) & LEN_MAX;

		holes_add(&holes, off, len);
		memset(map + off, 1, len);
		check_holes(&holes, MAP_BYTES);
		require(len == 0 || holes_touch(&holes, off + len / 2, 1), "a new hole shows");
	}
	for (uint32_t i = 0; i < MAP_BYTES; i++) {
		marked += map[i];
		if (map[i])
			require(holes_touch(&holes, i, 1), "a marked byte is in a hole");
	}
	require(holes_bytes(&holes) >= marked, "no byte is lost");
	require(!holes_touch(&holes, 0, 0), "nothing touches no hole");

	struct holes edge = holes;

	holes_add(&edge, UINT32_MAX - 5, 100);
	require(holes_touch(&edge, UINT32_MAX - 5, 1), "a hole at the end of all");
	free(map);
	return 0;
}

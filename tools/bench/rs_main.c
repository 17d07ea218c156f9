/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rs_main ROOTS ERRORS BLOCKS: repair random blocks with one decoder. callgrind counts what
 * happens inside coder_correct(). Exit code 1 if a block comes out wrong.
 */
#include "coder.h"

#include "core/ecc/rs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void spoil(uint32_t *state, uint8_t *block, uint32_t total, uint32_t errors)
{
	bool hit[RS_SYMBOLS_MAX] = { false };

	while (errors > 0) {
		const uint32_t at = next(state) % total;

		if (hit[at])
			continue;
		hit[at] = true;
		block[at] ^= (uint8_t)(1 + next(state) % 255);
		errors--;
	}
}

int main(int argc, char **argv)
{
	static struct rs rs;
	uint32_t state = 1;

	if (argc != 4)
		return 2;

	const uint32_t n_roots = (uint32_t)atoi(argv[1]);
	const uint32_t errors = (uint32_t)atoi(argv[2]);
	const uint32_t n_blocks = (uint32_t)atoi(argv[3]);

	if (rs_init(&rs, n_roots) != OM_OK || errors > n_roots / 2 || !coder_open(n_roots))
		return 2;
	for (uint32_t b = 0; b < n_blocks; b++) {
		uint8_t good[RS_SYMBOLS_MAX];
		uint8_t block[RS_SYMBOLS_MAX];

		for (uint32_t i = 0; i < DATA_BYTES; i++)
			good[i] = (uint8_t)next(&state);
		rs_encode(&rs, good, DATA_BYTES, good + DATA_BYTES);
		memcpy(block, good, DATA_BYTES + n_roots);
		spoil(&state, block, DATA_BYTES + n_roots, errors);
		if (coder_correct(block) != (int)errors || memcmp(block, good, DATA_BYTES) != 0)
			return 1;
	}
	return 0;
}

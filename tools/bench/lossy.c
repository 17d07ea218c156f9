/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Groups of an armored report that lose lines at random:
 *
 *     lossy lines PERCENT                           parity lines of 1 to 1024 data lines
 *     lossy count PERCENT LINES LOST TRIALS SEED    complete groups, by counting lines
 *     lossy real PERCENT LINES LOST TRIALS SEED     the same by encoding and repairing them
 *     lossy encode PERCENT LINES                    one group; callgrind counts
 *     lossy repair PERCENT LINES LOST               one group, LOST lines of it lost
 *
 * PERCENT: of parity; LINES: of data; LOST: per cent of all lines, each by itself (repair:
 * lines). Exit status 1: a group came out that was not sent, or not when it had to; 2: usage.
 */
#include "core/ecc/rs16.h"
#include "core/report/armor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct group {
	uint32_t n_data, n_parity, n;
	uint8_t lines[ARMOR_LINES_MAX * ARMOR_PAYLOAD_BYTES];
	uint8_t states[ARMOR_LINES_MAX];
	uint8_t work[512 << 10];
};

static uint32_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dULL) >> 32);
}

static bool encode(struct group *g, uint64_t *state)
{
	uint8_t *parity = g->lines + (size_t)g->n_data * ARMOR_PAYLOAD_BYTES;

	for (uint8_t *p = g->lines; p < parity; p++)
		*p = (uint8_t)next(state);
	return rs16_parity(g->lines, g->n_data, g->n_parity,
			   (struct workspace){ g->work, sizeof(g->work) }, parity) == OM_OK;
}

/* The number of lines lost. */
static uint32_t lose(struct group *g, uint32_t percent, uint64_t *state)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		const bool gone = ((uint64_t)next(state) * 100) >> 32 < percent;

		g->states[i] = gone ? RS16_LOST : RS16_KNOWN;
		lost += gone;
	}
	return lost;
}

/* All columns: 1 complete, 0 incomplete, -1 wrong. */
static int repair(struct group *g)
{
	for (uint32_t c = 0; c < RS16_COLUMNS; c++) {
		uint16_t sent[ARMOR_LINES_MAX];
		uint16_t got[ARMOR_LINES_MAX];
		uint32_t repaired;

		for (uint32_t i = 0; i < g->n; i++) {
			const uint8_t *p = g->lines + (size_t)i * ARMOR_PAYLOAD_BYTES + 2 * c;

			sent[i] = (uint16_t)(p[0] | p[1] << 8);
			got[i] = g->states[i] == RS16_LOST ? 0xdead : sent[i];
		}
		if (rs16_repair(got, g->states, g->n_data, g->n_parity,
				(struct workspace){ g->work, sizeof(g->work) }, &repaired) != OM_OK)
			return 0;
		if (memcmp(got, sent, g->n * sizeof(got[0])) != 0)
			return -1;
	}
	return 1;
}

/* The number of complete groups, -1: one was wrong. */
static int trials(struct group *g, bool real, uint32_t percent, int n, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
	int complete = 0;

	for (int t = 0; t < n; t++) {
		if (real && !encode(g, &state))
			return -1;

		const int within = lose(g, percent, &state) <= g->n_parity;

		if (real && repair(g) != within)
			return -1;
		complete += within;
	}
	return complete;
}

/* One group, its last @lost data lines gone. */
static int one_repair(struct group *g, uint32_t lost)
{
	uint64_t state = 1;

	if (lost > g->n_parity || lost > g->n_data || !encode(g, &state))
		return 2;
	memset(g->states + g->n_data - lost, RS16_LOST, lost);
	return repair(g) == 1 ? 0 : 1;
}

static int one_encode(struct group *g)
{
	uint64_t state = 1;

	return encode(g, &state) ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct group g;
	const char *what = argc > 1 ? argv[1] : "";
	uint32_t number[5] = { 0 };

	for (int i = 0; i < 5 && i + 2 < argc; i++)
		number[i] = (uint32_t)strtoul(argv[i + 2], NULL, 10);
	if (strcmp(what, "lines") == 0) {
		for (uint32_t k = 1; k <= ARMOR_DATA_MAX; k++)
			printf("%u\n", armor_parity_lines(k, number[0]));
		return 0;
	}
	g.n_data = number[1];
	if (g.n_data < 1 || g.n_data > ARMOR_DATA_MAX)
		return 2;
	g.n_parity = armor_parity_lines(g.n_data, number[0]);
	g.n = g.n_data + g.n_parity;
	if (strcmp(what, "encode") == 0)
		return one_encode(&g);
	if (strcmp(what, "repair") == 0)
		return one_repair(&g, number[2]);
	if (strcmp(what, "count") != 0 && strcmp(what, "real") != 0)
		return 2;

	const int complete = trials(&g, what[0] == 'r', number[2], (int)number[3], number[4]);

	printf("%d\n", complete);
	return complete < 0;
}

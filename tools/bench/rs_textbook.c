/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The check as Linux's lib/reed_solomon does it, in our own words and in its plainest form:
 * all syndromes side by side by Horner's rule, with tables of logarithms. Clean blocks
 * only: a block with errors is said to be beyond repair.
 */
#include "coder.h"

enum { ORDER = 255, ROOTS_MAX = 127 };

static uint8_t power_of[ORDER];
static uint8_t log_of[ORDER + 1];
static uint32_t roots;

static uint32_t modulo(uint32_t x)
{
	while (x >= ORDER)
		x = x - ORDER;
	return x;
}

_Bool coder_open(uint32_t n_roots)
{
	uint32_t v = 1;

	for (uint32_t i = 0; i < ORDER; i++) {
		power_of[i] = (uint8_t)v;
		log_of[v] = (uint8_t)i;
		v <<= 1;
		if (v > ORDER)
			v ^= 0x11d;
	}
	roots = n_roots;
	return n_roots <= ROOTS_MAX;
}

int coder_correct(uint8_t *block)
{
	uint8_t syndrome[ROOTS_MAX];
	uint8_t any = 0;

	for (uint32_t i = 0; i < roots; i++)
		syndrome[i] = block[0];
	for (uint32_t j = 1; j < DATA_BYTES + roots; j++)
		for (uint32_t i = 0; i < roots; i++) {
			if (syndrome[i] == 0)
				syndrome[i] = block[j];
			else
				syndrome[i] = block[j] ^ power_of[modulo(log_of[syndrome[i]] + i)];
		}
	for (uint32_t i = 0; i < roots; i++)
		any |= syndrome[i];
	return any ? -1 : 0;
}

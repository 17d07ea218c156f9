/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A column of a group, damaged: within reach it comes back, and whatever comes back is a code
 * word with all that was known in it. Input: data and parity lines, 16 bits each; a seed of the
 * lines, 32 bits; then damage: place, 16 bits, state, 8 bits, and what is XORed there, 16 bits.
 */
#include "core/ecc/rs16.h"
#include "core/report/armor.h"
#include "fuzz.h"

enum { DATA_MAX = 64, PARITY_MAX = 40, LINES_MAX = DATA_MAX + PARITY_MAX };

struct word {
	uint32_t n_data, n_parity, n, column;
	uint8_t *lines; /* data, then parity */
	uint16_t sent[LINES_MAX];
	uint16_t got[LINES_MAX];
	uint8_t states[LINES_MAX];
	uint32_t lost, suspect, wrong;
	bool known_wrong;
};

static uint8_t *symbol_at(const struct word *w, uint32_t line)
{
	return w->lines + (size_t)line * ARMOR_PAYLOAD_BYTES + 2 * (size_t)w->column;
}

static void make_parity(const struct word *w)
{
	const size_t cap = rs16_encode_bytes(w->n_parity);
	struct workspace work = { make_bytes(cap, 0xaa), cap };

	require(rs16_parity(w->lines, w->n_data, w->n_parity, work,
			    w->lines + (size_t)w->n_data * ARMOR_PAYLOAD_BYTES) == OM_OK,
		"parity for every legal size");
	free(work.p);
}

static void make_word(struct word *w, uint32_t seed)
{
	w->n = w->n_data + w->n_parity;
	w->column = seed % RS16_COLUMNS;
	w->lines = make_bytes((size_t)w->n * ARMOR_PAYLOAD_BYTES, 0x5a);
	for (size_t i = 0; i < (size_t)w->n_data * ARMOR_PAYLOAD_BYTES; i++) {
		seed = seed * 1664525 + 1013904223;
		w->lines[i] = (uint8_t)(seed >> 24);
	}
	make_parity(w);
	for (uint32_t i = 0; i < w->n; i++)
		w->sent[i] = (uint16_t)(symbol_at(w, i)[0] | symbol_at(w, i)[1] << 8);
	memcpy(w->got, w->sent, sizeof(w->got));
}

static void damage(struct word *w, struct span in)
{
	while (in.len > 0) {
		const uint32_t i = take(&in, 2) % w->n;

		w->states[i] = (uint8_t)(take(&in, 1) % 3);
		w->got[i] ^= (uint16_t)take(&in, 2);
	}
	for (uint32_t i = 0; i < w->n; i++) {
		const bool differs = w->got[i] != w->sent[i];

		w->lost += w->states[i] == RS16_LOST;
		w->suspect += w->states[i] == RS16_SUSPECT;
		w->wrong += w->states[i] == RS16_SUSPECT && differs;
		w->known_wrong = w->known_wrong || (w->states[i] == RS16_KNOWN && differs);
	}
}

/* What came back: nothing known has changed, and parity made of it is the parity in it. */
static void check_code_word(struct word *w, const uint16_t *symbols, uint32_t repaired)
{
	uint32_t changed = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		require(w->states[i] != RS16_KNOWN || symbols[i] == w->got[i], "known stays");
		changed += w->states[i] == RS16_LOST || symbols[i] != w->got[i];
		symbol_at(w, i)[0] = (uint8_t)symbols[i];
		symbol_at(w, i)[1] = (uint8_t)(symbols[i] >> 8);
	}
	require(repaired == changed, "repairs counted");
	make_parity(w);
	for (uint32_t i = w->n_data; i < w->n; i++)
		require((symbol_at(w, i)[0] | symbol_at(w, i)[1] << 8) == symbols[i],
			"a code word");
}

static void check_repair(struct word *w)
{
	const size_t cap = rs16_repair_bytes(w->n_parity);
	struct workspace work = { make_bytes(cap, 0x55), cap };
	const size_t bytes = (size_t)w->n * sizeof(uint16_t);
	uint16_t *symbols = (uint16_t *)(void *)make_bytes(bytes, 0);
	uint32_t repaired = UINT32_MAX;

	memcpy(symbols, w->got, bytes);

	const enum om_err err =
		rs16_repair(symbols, w->states, w->n_data, w->n_parity, work, &repaired);
	const bool within = w->lost + w->suspect <= w->n_parity ||
			    w->lost + 2 * w->wrong + 2 <= w->n_parity;

	require(err == OM_OK || err == OM_E_CORRUPT, "a documented answer");
	require(w->known_wrong || !within || err == OM_OK, "within reach");
	if (err == OM_OK)
		check_code_word(w, symbols, repaired);
	else
		require(memcmp(symbols, w->got, bytes) == 0, "untouched");
	if (err == OM_OK && within && !w->known_wrong)
		require(memcmp(symbols, w->sent, bytes) == 0, "as it was sent");
	free(symbols);
	free(work.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	struct word w = { 0 };

	w.n_data = 1 + take(&in, 2) % DATA_MAX;
	w.n_parity = take(&in, 2) % (PARITY_MAX + 1);
	make_word(&w, take(&in, 4));
	damage(&w, in);
	check_repair(&w);
	free(w.lines);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a region from standard input, damages copies of it and decodes each: under ASan and
 * UBSan, whatever the bytes, nothing but sane facts may come out. test_mutations.py builds
 * and runs it.
 * Arguments: rounds, then record, console, ftrace, pmsg and ecc size, CPUs (0: one zone).
 */
#include "core/log/ending.h"
#include "core/log/ftrace.h"
#include "core/log/headline.h"
#include "core/log/record.h"
#include "core/ramoops/record_read.h"
#include "core/ramoops/zone.h"
#include "unit/support.h"

enum { REGION_MAX = 4 << 20 };

static uint8_t good[REGION_MAX];
static struct region region;

static void require(bool claim, const char *what, uint32_t round)
{
	if (claim)
		return;
	printf("round %u: %s\n", round, what);
	exit(1);
}

/* Damage of one sort somewhere: mostly where it matters, in headers and at zone starts. */
static void damage(struct prng *rng, uint8_t *raw, size_t len)
{
	static const uint32_t words[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, ZONE_SIG };
	struct place at = { .off = 0, .bytes = (uint32_t)len };
	const uint32_t zones = layout_zones(&region.layout);
	const uint32_t near_end = zones > 6 ? zones - 6 : 0;
	uint32_t zone = prng_below(rng, 2) ? near_end + prng_below(rng, zones - near_end)
					   : prng_below(rng, zones < 4 ? zones : 4);

	if (layout_place(&region.layout, zone, &at) != OM_OK || at.bytes < 128)
		return;

	uint8_t *p = raw + at.off;
	uint32_t off = prng_below(rng, at.bytes - 64);
	uint32_t early = prng_below(rng, at.bytes < 4096 ? at.bytes : 4096);

	switch (prng_below(rng, 7)) {
	case 0:
		le32_store(p + prng_below(rng, 3) * 4, words[prng_below(rng, ARRAY_LEN(words))]);
		break;
	case 1:
		le32_store(p + 4 + prng_below(rng, 2) * 4, prng_below(rng, at.bytes * 2));
		break;
	case 2:
		p[early] ^= (uint8_t)(1 << prng_below(rng, 8));
		break;
	case 3:
		p[off] = (uint8_t)prng_next(rng);
		break;
	case 4:
		prng_fill(rng, p + off, 1 + prng_below(rng, 64));
		break;
	case 5:
		memset(p + early, 0, at.bytes - early);
		break;
	default:
		memmove(p, raw + prng_below(rng, (uint32_t)len - at.bytes + 1), at.bytes);
		break;
	}
}

static void check_record(const struct record *r, struct workspace work, uint32_t round)
{
	struct headline h;
	char name[RECORD_NAME_BYTES];

	require(r->quality <= QUALITY_UNREADABLE, "no such quality", round);
	require(r->quality != QUALITY_INTACT || !(r->notes || r->bad_blocks || r->corrected_bytes),
		"intact in spite of findings", round);
	require(r->quality != QUALITY_CORRECTED || !(r->notes || r->bad_blocks),
		"corrected in spite of findings", round);
	require(r->n_pieces > r->piece, "no such piece", round);
	require(r->holes.n == 0 || r->quality >= QUALITY_SALVAGED, "holes in whole text", round);
	for (uint32_t i = 0; i < r->holes.n; i++)
		require(r->holes.at[i].off <= r->text.len &&
				r->holes.at[i].len <= r->text.len - r->holes.at[i].off,
			"a hole outside of the text", round);
	require(r->text.len <= work.cap, "more text than room", round);
	require(r->text.len == 0 || (r->text.p >= work.p && r->text.p < work.p + work.cap),
		"text elsewhere", round);
	require(r->kind != ZONE_FTRACE || r->text.len % r->ftrace.bytes == 0, "part of an entry",
		round);
	record_name(r, name);
	require(strlen(name) < sizeof(name), "name too long", round);
	headline_find(r->text, &h);
	require(ending_of(r->text) <= ENDING_PANIC, "no such ending", round);
	if (r->kind == ZONE_FTRACE) {
		struct ftrace_entry e;
		char line[FTRACE_LINE_BYTES];

		for (uint32_t i = 0; ftrace_entry_at(r->text, &r->ftrace, i, &e) == OM_OK; i++)
			require(ftrace_line(&e, &r->ftrace, NULL, line) < sizeof(line),
				"line too long", round);
	}
}

int main(int argc, char **argv)
{
	uint32_t number[7];
	uint32_t count[QUALITY_UNREADABLE + 1] = { 0 };

	if (argc != 1 + (int)ARRAY_LEN(number))
		return 2;
	for (size_t i = 0; i < ARRAY_LEN(number); i++)
		number[i] = (uint32_t)strtoul(argv[1 + i], NULL, 0);

	const size_t len = fread(good, 1, sizeof(good), stdin);
	const struct geometry g = { .region_bytes = (uint32_t)len,
				    .record_bytes = number[1],
				    .console_bytes = number[2],
				    .ftrace_bytes = number[3],
				    .pmsg_bytes = number[4],
				    .ecc_bytes = number[5],
				    .flags = number[6] ? GEOMETRY_FTRACE_PER_CPU : 0 };
	struct prng rng = { 20 };
	uint8_t *raw = malloc(len); /* exact sizes: ASan guards their ends */

	for (uint32_t round = 0; round < number[0]; round++) {
		memcpy(raw, good, len);
		require(region_open((struct span){ raw, len }, &g, number[6], &region) == OM_OK,
			"cannot open", round);

		struct workspace work = { .cap = region_work_bytes(&region) };

		for (uint32_t n = round ? 1 + prng_below(&rng, 10) : 0; n > 0; n--)
			damage(&rng, raw, len);
		require(region_open((struct span){ raw, len }, &g, number[6], &region) == OM_OK,
			"cannot open the damaged one", round);
		work.cap = region_work_bytes(&region);
		work.p = malloc(work.cap);
		for (uint32_t i = 0; i < region_records(&region); i++) {
			struct record r = { .n_pieces = 1 };

			for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
				enum om_err err = record_read(&region, i, piece, work, &r);

				require(err == OM_OK || (piece == 0 && (err == OM_E_EMPTY ||
									err == OM_E_BAD_MAGIC)),
					om_err_name(err), round);
				if (err != OM_OK)
					break;
				check_record(&r, work, round);
				count[r.quality]++;
			}
		}
		free(work.p);
	}
	free(raw);
	for (uint32_t q = 0; q <= QUALITY_UNREADABLE; q++)
		printf("%s: %u\n", quality_name((enum quality)q), count[q]);
	return 0;
}

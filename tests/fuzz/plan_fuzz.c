/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device tree from somebody else, all the way: check, walk, plan, edits carried out as
 * the image and the host program do. Input: flags; claims and bytes of the command line,
 * 8 and 16 bits; the claims (kind 8, base and size 32 bits each), the command line, the
 * tree. Without FLAG_OWN_LINE the command line is the tree's own; with FLAG_MODPROBE the
 * given line is that of modprobe.d.
 */
#include "core/place/plan.h"
#include "core/place/plan_notes.h"
#include "core/tree/cmdline.h"
#include "trees.h"

enum { FLAG_OWN_LINE = 1, FLAG_FIXED = 2, FLAG_SMALL = 4, FLAG_MODPROBE = 8 };

/* ---- planning ----------------------------------------------------------------------------- */

static void check_set(const struct ranges *set)
{
	require(set->n <= RANGES_MAX, "no more ranges than fit");
	for (uint32_t i = 0; i < set->n; i++) {
		require(set->r[i].bytes > 0, "no empty range");
		require(range_end(set->r[i]) > set->r[i].base_pa, "no range wraps");
		require(i == 0 || set->r[i].base_pa > range_end(set->r[i - 1]), "sorted and apart");
	}
}

static void check_plan(const struct plan_input *in, const struct plan *p)
{
	const struct range region = { p->geom.base_pa, p->geom.region_bytes };
	const struct range page = { p->retained_pa, p->retained_pa ? PLAN_RETAINED_BYTES : 0 };

	check_set(&p->banks);
	check_set(&p->reserved);
	require(p->edits.n <= EDITS_MAX && p->edits.pool_used <= EDITS_POOL_BYTES, "edits fit");
	require(!range_overlaps(region, page), "region and page apart");
	if (p->source == PLAN_NONE)
		return;
	require(region.bytes > 0 && region.base_pa + region.bytes > region.base_pa, "a region");
	if (!(p->notices & PLAN_N_SIZES_REPLACED) && p->source != PLAN_EXISTING)
		require(geometry_check(&p->geom) == OM_OK, "sizes Linux takes");
	if (p->source != PLAN_COMPUTED)
		return;
	/* without a memory node the RAM is what mem= says */
	require(p->banks.n == 0 || ranges_contain(&p->banks, region), "a computed region is RAM");
	require(range_end(region) <= ROOM_LIMIT, "below 4 GiB");
	for (uint32_t i = 0; i < in->n_claims; i++)
		require(in->claims[i].kind == CLAIM_PAYLOAD ||
				(!range_overlaps(region, in->claims[i].range) &&
				 !range_overlaps(page, in->claims[i].range)),
			"nobody else's memory");
}

/* Every fact has a line, of characters that no terminal takes for a command. */
static void check_notes(const void *fdt, const struct plan *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < PLAN_NOTES; i++) {
		char text[PLAN_NOTE_BYTES];

		if (!plan_note(p, fdt, i, text))
			continue;
		n++;
		require(strlen(text) > 0 && strlen(text) < PLAN_NOTE_BYTES - 1, "a line, not cut");
		for (const char *c = text; *c; c++)
			require(*c >= ' ' && *c <= '~', "printable");
	}
	require(n == (uint32_t)__builtin_popcount(p->notices), "a line for every fact");
}

static bool same_plan(const struct plan *a, const struct plan *b)
{
	return a->source == b->source && a->geom.base_pa == b->geom.base_pa &&
	       a->geom.region_bytes == b->geom.region_bytes && a->retained_pa == b->retained_pa &&
	       a->notices == b->notices && a->edits.n == b->edits.n;
}

/* What Linux gets must tell the next boot of the monitor where the records are. */
static void check_next_boot(const struct plan_input *in, size_t bytes, const struct plan *p,
			    struct plan *next)
{
	struct plan_input again = *in;
	void *tree = edit_tree(in->fdt, bytes, &p->edits);

	if (tree && p->source == PLAN_COMPUTED && p->notices == 0) {
		again.fdt = tree;
		require(carveout_plan(&again, next) == OM_OK, "a plan for the edited tree");
		require(next->geom.base_pa == p->geom.base_pa &&
				next->geom.region_bytes == p->geom.region_bytes,
			"the region stays where it is");
	}
	free(tree);
}

/* The tree's own command line, or nothing. */
static struct span tree_line(const void *fdt)
{
	int len = 0;
	const char *line = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", &len);

	if (!line || len <= 0)
		return (struct span){ NULL, 0 };
	return (struct span){ (const uint8_t *)line, strnlen(line, (size_t)len) };
}

/* A copy with a NUL at its end, CMDLINE_BYTES_MAX at most; to be freed. */
static char *make_text(struct span line)
{
	char *text;

	if (line.len >= CMDLINE_BYTES_MAX)
		line.len = CMDLINE_BYTES_MAX - 1;
	text = (char *)make_bytes(line.len + 1, 0);
	if (line.len > 0)
		memcpy(text, line.p, line.len);
	return text;
}

static void plan_tree(struct plan_input *in, size_t bytes, struct span line)
{
	static struct plan plan;
	static struct plan again;
	static struct ranges banks;
	uint32_t cpus;
	char *bootargs;
	enum om_err err;

	bootargs = make_text(line);
	in->bootargs = bootargs;
	memset(&plan, 0x5a, sizeof(plan));
	memset(&again, 0xa5, sizeof(again));
	err = carveout_plan(in, &plan);
	require(err == OM_OK || err == OM_E_NO_SPACE, "a documented answer");
	require(carveout_plan(in, &again) == err && same_plan(&plan, &again),
		"the same plan again");
	require(err == OM_OK || plan.source == PLAN_NONE, "no plan without its edits");
	check_plan(in, &plan);
	check_notes(in->fdt, &plan);
	if (dt_banks(in->fdt, &banks, &cpus) == OM_OK)
		require(banks.n > 0, "banks there are");
	if (err == OM_OK)
		check_next_boot(in, bytes, &plan, &again);
	free(bootargs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t flags = take(&in, 1);
	const uint32_t n_claims = take(&in, 1) % PLAN_CLAIMS_MAX;
	const size_t n_line = take(&in, 2);
	struct plan_input input = { .board = GEOMETRY_DEFAULT, .n_claims = n_claims };
	char *options;
	size_t used;

	for (uint32_t i = 0; i < n_claims; i++) {
		const enum claim_kind kind = take(&in, 1) % (CLAIM_LATER_STAGE + 1);
		const uint64_t base = take(&in, 4);

		input.claims[i] = (struct claim){ kind, range_make(base, take(&in, 4)) };
	}
	if (flags & FLAG_SMALL)
		input.board.region_bytes = 256 << 10;
	if (flags & FLAG_FIXED)
		input.board.base_pa = 0x48000000;

	const struct span line = take_span(&in, n_line);
	const struct span tree = make_copy(in);

	if (dt_check(tree.p, tree.len, &used) == OM_OK) {
		require(used <= tree.len && used <= DT_BYTES_MAX, "used bytes there are");
		input.fdt = tree.p;
		check_walk(tree.p, tree.len);
		options = make_text(line);
		input.modprobe = flags & FLAG_MODPROBE ? options : NULL;
		plan_tree(&input, used, flags & FLAG_OWN_LINE ? line : tree_line(tree.p));
		free(options);
	}
	drop_copy(tree, in);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the archive goes in a device tree from somebody else, and what Linux is shown of it.
 * Input: flags; bytes of the command line, 8 bits; the command line; the tree. The flash is the
 * first node compatible with cfi-flash, else the root.
 */
#include "core/place/partition.h"
#include "trees.h"

enum { FLAG_DEFAULT = 1, FLAG_TWO_BANKS = 2, FLAG_TAKEN = 4, BANK_BYTES = 64 << 20 };

static int flash_node(const void *fdt)
{
	const int node = fdt_node_offset_by_compatible(fdt, -1, "cfi-flash");

	return node < 0 ? 0 : node;
}

static void check_place(const struct partition_input *in, const struct partition *p)
{
	const uint64_t at = in->banks[p->bank < in->n_banks ? p->bank : 0].base_pa + p->bank_off;

	if (p->source == PARTITION_NONE) {
		require(p->bytes == 0, "no place without a source");
		return;
	}
	require(p->bank < in->n_banks, "a bank that there is");
	require(p->bytes > 0 && p->bank_off < BANK_BYTES && p->bytes <= BANK_BYTES - p->bank_off,
		"within its bank");
	require(p->device_off == p->bank * (uint64_t)BANK_BYTES + p->bank_off, "as Linux counts");
	for (uint32_t i = 0; i < in->n_taken; i++)
		require(!range_overlaps((struct range){ at, p->bytes }, in->taken[i]),
			"not over the monitor");
}

static void check_fit(const struct partition_input *in, const struct partition *p)
{
	const uint64_t sizes[] = { BANK_BYTES, BANK_BYTES };

	for (uint32_t block = 1; block < 1 << 20; block = block * 2 + (block & 1))
		if (partition_fits(p, in, sizes, block) == PARTITION_FITS)
			require(p->bank_off % block == 0 && p->bytes % block == 0, "whole blocks");
}

/* Edits go by paths: they reach another node where two have the same name. */
static bool is_reached(const void *fdt, int node)
{
	char path[256];

	return fdt_get_path(fdt, node, path, sizeof(path)) == 0 &&
	       fdt_path_offset(fdt, path) == node;
}

/* The monitor that gets the edited tree finds the place there, and has nothing to edit. */
static void check_again(const struct partition_input *in, const struct partition *p,
			const struct edits *list, size_t bytes)
{
	static struct edits none;
	struct partition_input again = *in;
	struct partition q;
	void *tree = edit_tree(in->fdt, bytes, list);

	if (tree && !(p->notices & PARTITION_N_NOT_FOR_LINUX) && is_reached(in->fdt, in->node)) {
		again.fdt = tree;
		again.node = flash_node(tree);
		partition_find(&again, &q);
		require(q.source ==
				(p->source == PARTITION_OPTION ? PARTITION_OPTION : PARTITION_NODE),
			"it is found again");
		require(q.device_off == p->device_off && q.bytes == p->bytes, "at its place");
		none = (struct edits){ 0 };
		require(partition_edits(&again, &q, &none) == OM_OK && none.n == 0,
			"nothing more to edit");
	}
	free(tree);
}

static void find(const struct partition_input *in, size_t bytes)
{
	static struct edits list;
	struct partition p, q;
	enum om_err err;

	memset(&p, 0x5a, sizeof(p));
	memset(&q, 0xa5, sizeof(q));
	partition_find(in, &p);
	partition_find(in, &q);
	require(p.source == q.source && p.device_off == q.device_off && p.bytes == q.bytes &&
			p.notices == q.notices,
		"the same place again");
	check_place(in, &p);
	if (p.source == PARTITION_NONE)
		return;
	check_fit(in, &p);
	list = (struct edits){ 0 };
	err = partition_edits(in, &p, &list);
	require(err == OM_OK || (err == OM_E_NO_SPACE && list.n == 0), "a documented answer");
	require(list.n <= 7 && list.pool_used <= EDITS_POOL_BYTES, "edits fit");
	if (err == OM_OK)
		check_again(in, &p, &list, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct range banks[] = { { 0, BANK_BYTES }, { BANK_BYTES, BANK_BYTES } };
	static const struct range taken = { 0, 128 << 10 };
	struct span in = { data, size };
	const uint32_t flags = take(&in, 1);
	const struct span line = take_span(&in, take(&in, 1));
	char *bootargs = (char *)make_bytes(line.len + 1, 0);
	const struct span tree = make_copy(in);
	struct partition_input input = {
		.fdt = tree.p,
		.banks = banks,
		.n_banks = flags & FLAG_TWO_BANKS ? 2 : 1,
		.bootargs = bootargs,
		.taken = &taken,
		.n_taken = flags & FLAG_TAKEN ? 1 : 0,
	};
	size_t used;

	if (line.len > 0)
		memcpy(bootargs, line.p, line.len);
	if (flags & FLAG_DEFAULT)
		input.board = (struct partition_default){ 1 << 20, 1 << 20, input.n_banks - 1 };
	if (dt_check(tree.p, tree.len, &used) == OM_OK) {
		input.node = flash_node(tree.p);
		find(&input, used);
	}
	drop_copy(tree, in);
	free(bootargs);
	return 0;
}

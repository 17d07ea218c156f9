/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retained page: any bytes at all, and pages of ours with damage that ECC can repair.
 * Input: mode; the page, or a copy's facts (a struct retained's bytes) and the damage.
 */
#include "core/crash/once.h"
#include "fuzz.h"

enum { DAMAGE_MAX = 8 /* bytes that 16 roots repair in one block */ };

static bool same_facts(const struct retained *a, const struct retained *b)
{
	static struct retained_scratch rs;
	uint8_t left[RETAINED_COPY_BYTES];
	uint8_t right[RETAINED_COPY_BYTES];

	retained_encode(a, &rs, left);
	retained_encode(b, &rs, right);
	return memcmp(left, right, sizeof(left)) == 0;
}

static void check_facts(const struct retained *r)
{
	static struct once here;
	struct retained more = *r;

	require(r->n_reported <= RETAINED_REPORTED_MAX, "no more digests than fit");
	once_start(&here, 1);
	once_add(&here, 0, 0x12345678, once_state_of(&more, 0x12345678));
	once_store(&here, ONCE_REPORTED, &more);
	require(more.n_reported <= RETAINED_REPORTED_MAX, "still no more than fit");
	require(once_state_of(&more, 0x12345678) == ONCE_REPORTED, "the digest is known");
}

static void check_page(struct span in)
{
	static struct retained_scratch rs;
	struct retained r;
	uint32_t copy = UINT32_MAX;
	uint32_t corrected = UINT32_MAX;
	const struct span page = make_copy(in);
	const bool similar = retained_resembles(page);
	const enum om_err err = retained_decode(page, &rs, &r, &copy, &corrected);

	require((err == OM_E_TRUNCATED) == (page.len < RETAINED_PAGE_BYTES), "a page or none");
	require(err == OM_OK || err == OM_E_BAD_MAGIC || err == OM_E_CORRUPT ||
			err == OM_E_VARIANT || err == OM_E_TRUNCATED,
		"an answer that is documented");
	if (err == OM_OK) {
		require(similar, "what decodes is found by a search");
		require(copy < 2, "a copy there is");
		require(corrected <= 2 * DAMAGE_MAX, "no more repaired than can be");
		check_facts(&r);
	}
	drop_copy(page, in);
}

static void check_repair(struct span in)
{
	static struct retained_scratch rs;
	struct retained r = { .sequence = take(&in, 4) };
	struct retained back;
	const uint32_t which = r.sequence % 2;
	uint8_t *page = make_bytes(RETAINED_PAGE_BYTES, 0);
	uint8_t *at = page + which * RETAINED_COPY_BYTES;
	uint32_t copy;
	uint32_t corrected;

	r.boot_count = take(&in, 4);
	r.geom.base_pa = take(&in, 4);
	r.geom.region_bytes = take(&in, 4);
	r.geom.ecc_bytes = take(&in, 1);
	r.n_reported = take(&in, 2) % (RETAINED_REPORTED_MAX + 1);
	r.group_zones = take(&in, 1);
	for (uint32_t i = 0; i < r.n_reported; i++)
		r.reported[i] = i < 40 ? take(&in, 4) : i * 0x9e3779b9;
	retained_encode(&r, &rs, at);
	/* at most as much damage in all as one block stands, and not in the magic alone */
	for (uint32_t i = 0; i < DAMAGE_MAX && in.len > 0; i++) {
		const uint32_t off = take(&in, 2) % RETAINED_COPY_BYTES;

		at[off < 8 ? 8 : off] ^= (uint8_t)take(&in, 1);
	}
	require(retained_decode((struct span){ page, RETAINED_PAGE_BYTES }, &rs, &back, &copy,
				&corrected) == OM_OK,
		"damage within reach");
	require(copy == which && corrected <= DAMAGE_MAX, "the copy that was written");
	require(same_facts(&r, &back), "the facts that were written");
	free(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };

	if (take(&in, 1) % 2)
		check_repair(in);
	else
		check_page(in);
	return 0;
}

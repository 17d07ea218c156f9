/* SPDX-License-Identifier: BSD-2-Clause */
/* Reed-Solomon: vectors taken from Linux's own coder, and what a code must be able to do. */
#include "core/ecc/rs.h"

#include "support.h"

struct vector {
	const char *name;
	uint32_t n_roots;
	const char *data;   /* hex */
	uint32_t fill_from; /* zero bytes follow up to this length; 0: none */
	const char *parity; /* hex */
};

#define HEADER_0 "444247430000000000000000"
#define LINE	 "3d3d3d3d313537333131333335372e3930333636302d440a" /* ====1573113357.903660-D */

static const struct vector vectors[] = {
	{ "header", 16, HEADER_0, 0, "aa25d52132e2353a385519c02bcbad5f" },
	{ "big-endian header", 16, "434742440000000000000000", 0,
	  "98b9793d0eb6f5b03ee63bb797467e61" },
	{ "header in use", 16, "44424743ee0e0000ee0e0000", 0, "c89c9f775808ba13727a356a23ac6df2" },
	{ "short block", 16, LINE, 0, "1af4b9021df0f53839228ba9199e1698" },
	{ "zeros after", 16, LINE, 128, "1385ce439b6a175a7810a77336cb8625" },
	{ "zeros", 16, "00", 128, "00000000000000000000000000000000" },
	{ "1 root", 1, HEADER_0, 0, "02" },
	{ "2 roots", 2, HEADER_0, 0, "e1e3" },
	{ "4 roots", 4, HEADER_0, 0, "69aa4485" },
	{ "8 roots", 8, HEADER_0, 0, "8e5fcb3a2dc94680" },
	{ "32 roots", 32, HEADER_0, 0,
	  "4a3dcfec70ddc3976092aee601ca92308955f4e2d4217d7349c2cd1b0a61fc87" },
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		uint8_t data[128] = { 0 };
		uint8_t want[128];
		uint8_t parity[128];
		size_t len = from_hex(v->data, data, sizeof(data));
		size_t n = from_hex(v->parity, want, sizeof(want));
		struct rs rs;
		uint32_t corrected = 99;

		if (v->fill_from)
			len = v->fill_from;
		CASE(v->name);
		assert_int_equal(n, v->n_roots);
		assert_int_equal(rs_init(&rs, v->n_roots), OM_OK);
		rs_encode(&rs, data, len, parity);
		assert_memory_equal(parity, want, n);
		assert_int_equal(rs_correct(&rs, data, len, parity, &corrected), OM_OK);
		assert_int_equal(corrected, 0);
	}
}

static void test_long_vectors(void **state)
{
	uint8_t data[128];
	uint8_t parity[16];
	uint8_t want[16];
	struct rs rs;

	(void)state;
	assert_int_equal(rs_init(&rs, 16), OM_OK);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	rs_encode(&rs, data, sizeof(data), parity);
	from_hex("1c426d22fb8ad3fa2eeeae521c329ac1", want, sizeof(want));
	assert_memory_equal(parity, want, sizeof(want));

	memset(data, 0xff, sizeof(data));
	rs_encode(&rs, data, sizeof(data), parity);
	from_hex("eb3845325b5f1a937a7caf4ba4262d64", want, sizeof(want));
	assert_memory_equal(parity, want, sizeof(want));
}

static void test_arguments(void **state)
{
	struct rs rs;

	(void)state;
	assert_int_equal(rs_init(&rs, 0), OM_E_ARG);
	assert_int_equal(rs_init(&rs, RS_ROOTS_MAX + 1), OM_E_ARG);
	assert_int_equal(rs_init(&rs, RS_ROOTS_MAX), OM_OK);
}

/* Product in the field, bit by bit, from its definition alone. */
static uint8_t plain_mul(uint8_t a, uint8_t b)
{
	uint32_t v = 0;

	for (uint32_t bit = 0; bit < 8; bit++)
		if (b >> bit & 1)
			v ^= (uint32_t)a << bit;
	for (uint32_t bit = 15; bit > 7; bit--)
		if (v >> bit & 1)
			v ^= 0x11du << (bit - 8);
	return (uint8_t)v;
}

/* The generator as the product of its factors, highest power first, without the leading 1. */
static void plain_generator(uint32_t n, uint8_t *g)
{
	uint8_t root = 1;

	memset(g, 0, n);
	for (uint32_t i = 0; i < n; i++, root = plain_mul(root, 2)) {
		for (uint32_t j = i; j > 0; j--)
			g[j] ^= plain_mul(g[j - 1], root);
		g[0] ^= root;
	}
}

/* Long division, a byte at a time. */
static void plain_encode(const uint8_t *g, uint32_t n, const uint8_t *data, size_t len,
			 uint8_t *parity)
{
	memset(parity, 0, n);
	for (size_t i = 0; i < len; i++) {
		const uint8_t f = parity[0] ^ data[i];

		memmove(parity, parity + 1, n - 1);
		parity[n - 1] = 0;
		for (uint32_t j = 0; f && j < n; j++)
			parity[j] ^= plain_mul(f, g[j]);
	}
}

/*
 * Every code, every block length up to Linux's 128 and the longest the code has. A single
 * one at each place of the block tells every table entry's row; random bytes mix them.
 */
static void test_all_codes_and_lengths(void **state)
{
	struct prng rng = { 3 };
	uint8_t data[RS_SYMBOLS_MAX];
	uint8_t g[RS_ROOTS_MAX];
	static struct rs rs;

	(void)state;
	for (uint32_t n = 1; n <= RS_ROOTS_MAX; n++) {
		assert_int_equal(rs_init(&rs, n), OM_OK);
		plain_generator(n, g);
		for (size_t len = 1; len <= 129; len++) {
			const size_t bytes = len <= 128 ? len : RS_SYMBOLS_MAX - n;
			uint8_t parity[RS_ROOTS_MAX];
			uint8_t want[RS_ROOTS_MAX];
			uint32_t corrected = 99;

			/* the reference is slow: few codes see random bytes at all lengths */
			memset(data, 0, sizeof(data));
			data[0] = (uint8_t)(1 + (len + n) % 255);
			if (n % 16 < 2 || len > 120)
				prng_fill(&rng, data, bytes);
			plain_encode(g, n, data, bytes, want);
			rs_encode(&rs, data, bytes, parity);
			assert_memory_equal(parity, want, n);
			assert_int_equal(rs_correct(&rs, data, bytes, want, &corrected), OM_OK);
			assert_int_equal(corrected, 0);
		}
	}
}

/* All values of every byte of a step. */
static void test_all_values(void **state)
{
	static const uint32_t codes[] = { 1, 8, 15, 16, 17, 32, 33, 64, 127 };
	static struct rs rs;

	(void)state;
	for (size_t c = 0; c < ARRAY_LEN(codes); c++) {
		const uint32_t n = codes[c];
		uint8_t g[RS_ROOTS_MAX];

		assert_int_equal(rs_init(&rs, n), OM_OK);
		plain_generator(n, g);
		for (uint32_t at = 0; at < 8; at++)
			for (uint32_t v = 0; v < 256; v++) {
				uint8_t data[8] = { 0 };
				uint8_t parity[RS_ROOTS_MAX];
				uint8_t want[RS_ROOTS_MAX];

				data[at] = (uint8_t)v;
				plain_encode(g, n, data, sizeof(data), want);
				rs_encode(&rs, data, sizeof(data), parity);
				assert_memory_equal(parity, want, n);
			}
	}
}

/* Spoil @n different symbols of a block of @len data bytes and its parity. */
static void spoil(struct prng *rng, uint8_t *block, size_t total, uint32_t n)
{
	bool hit[RS_SYMBOLS_MAX] = { false };

	while (n > 0) {
		uint32_t at = prng_below(rng, (uint32_t)total);

		if (hit[at])
			continue;
		hit[at] = true;
		block[at] ^= (uint8_t)(1 + prng_below(rng, 255));
		n--;
	}
}

/* All numbers of errors within reach, in codes of every kind and in blocks of any length. */
static void test_repairs_within_reach(void **state)
{
	static const uint32_t codes[] = { 1, 2, 3, 4, 7, 8, 15, 16, 17, 20, 31, 32, 33, 64, 127 };
	struct prng rng = { 1 };

	(void)state;
	for (size_t c = 0; c < ARRAY_LEN(codes); c++) {
		const uint32_t n = codes[c];
		struct rs rs;

		assert_int_equal(rs_init(&rs, n), OM_OK);
		for (uint32_t round = 0; round < 200; round++) {
			size_t len = 1 + prng_below(&rng, 128);
			uint32_t errors = round % (n / 2 + 1);
			uint8_t good[RS_SYMBOLS_MAX];
			uint8_t bad[RS_SYMBOLS_MAX];
			uint32_t corrected = 99;

			prng_fill(&rng, good, len);
			rs_encode(&rs, good, len, good + len);
			memcpy(bad, good, len + n);
			if (errors > len + n)
				continue;
			spoil(&rng, bad, len + n, errors);
			assert_int_equal(rs_correct(&rs, bad, len, bad + len, &corrected), OM_OK);
			assert_int_equal(corrected, errors);
			assert_memory_equal(bad, good, len);
		}
	}
}

/*
 * Beyond reach a code may land on another code word, but it must then really be one, that
 * far away; usually it says no and leaves the data alone.
 */
static void test_refuses_beyond_reach(void **state)
{
	struct prng rng = { 2 };
	struct rs rs;
	uint32_t refused = 0;

	(void)state;
	assert_int_equal(rs_init(&rs, 16), OM_OK);
	for (uint32_t round = 0; round < 2000; round++) {
		uint8_t block[144];
		uint8_t before[144];
		uint8_t parity[16];
		uint32_t corrected = 99;
		uint32_t changed = 0;

		prng_fill(&rng, block, 128);
		rs_encode(&rs, block, 128, block + 128);
		spoil(&rng, block, sizeof(block), 9 + round % 40);
		memcpy(before, block, sizeof(block));
		if (rs_correct(&rs, block, 128, block + 128, &corrected) != OM_OK) {
			assert_memory_equal(block, before, sizeof(block));
			assert_int_equal(corrected, 99);
			refused++;
			continue;
		}
		rs_encode(&rs, block, 128, parity);
		for (size_t i = 0; i < 128; i++)
			changed += block[i] != before[i];
		for (size_t i = 0; i < 16; i++)
			changed += parity[i] != before[128 + i];
		assert_int_equal(changed, corrected);
		assert_in_range(corrected, 1, 8);
	}
	assert_in_range(refused, 1990, 2000);
}

/* One parity byte sees one error and repairs none (Linux up to 5.2 claimed it did). */
static void test_one_root_repairs_nothing(void **state)
{
	uint8_t block[13] = "some bytes";
	struct rs rs;

	(void)state;
	assert_int_equal(rs_init(&rs, 1), OM_OK);
	rs_encode(&rs, block, 12, block + 12);
	for (uint32_t bit = 0; bit < sizeof(block) * 8; bit++) {
		uint32_t corrected = 99;

		block[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(rs_correct(&rs, block, 12, block + 12, &corrected), OM_E_CORRUPT);
		block[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* A header zeroed on purpose beside its old parity comes back to life: 4 corrections. */
static void test_cleared_header_resurrects(void **state)
{
	uint8_t hdr[12];
	uint8_t want[12];
	uint8_t parity[16];
	uint32_t corrected = 0;
	struct rs rs;

	(void)state;
	assert_int_equal(rs_init(&rs, 16), OM_OK);
	from_hex("444247430000000000000000", hdr, sizeof(hdr));
	from_hex("44424743ee0e0000ee0e0000", want, sizeof(want));
	from_hex("c89c9f775808ba13727a356a23ac6df2", parity, sizeof(parity));
	assert_int_equal(rs_correct(&rs, hdr, sizeof(hdr), parity, &corrected), OM_OK);
	assert_int_equal(corrected, 4);
	assert_memory_equal(hdr, want, sizeof(hdr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_long_vectors),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_all_codes_and_lengths),
		cmocka_unit_test(test_all_values),
		cmocka_unit_test(test_repairs_within_reach),
		cmocka_unit_test(test_refuses_beyond_reach),
		cmocka_unit_test(test_one_root_repairs_nothing),
		cmocka_unit_test(test_cleared_header_resurrects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zones whose header lies in all sorts of ways: what parity, text and time stamps give back,
 * and noise, which they must not make a log of.
 */
#include "core/ramoops/salvage.h"

#include "model.h"

enum { ZONE = 0x1000, TEXT_ROOM = 0x8000 };

static struct {
	uint8_t raw[ZONE];
	uint8_t work[ZONE];
	struct rs rs;
	struct model_zone model;
	char text[TEXT_ROOM]; /* all that was ever written */
	size_t len;
} b;

enum start_as { RAM_ZERO, RAM_NOISE, RAM_OLD_TEXT };

/* A console zone with @lines lines; the RAM held something else before. */
static void fill_zone(uint32_t ecc, uint32_t lines, enum start_as ram)
{
	struct prng rng = { 8 };

	if (ram == RAM_NOISE)
		prng_fill(&rng, b.raw, ZONE);
	else
		memset(b.raw, ram == RAM_ZERO ? 0 : 'o', ZONE);
	if (ecc)
		assert_int_equal(rs_init(&b.rs, ecc), OM_OK);
	b.model = model_open(b.raw, ZONE, ecc ? &b.rs : NULL, 0);
	b.len = 0;
	for (uint32_t i = 0; i < lines; i++) {
		int n = sprintf(b.text + b.len, "[%5u.%06u] unit %u: state %x\n", i / 7,
				i * 7919 % 1000000 / 7 + i % 7 * 142857, i, i * 2654435761u);

		model_write(&b.model, b.text + b.len, (size_t)n);
		b.len += (size_t)n;
	}
}

/* What the zone held when it was left. */
static const char *want_text(size_t *len)
{
	*len = b.model.size;
	return b.text + b.len - b.model.size;
}

static enum om_err salvage(enum zone_kind kind, enum salvage_trust trust, struct salvage *s,
			   struct zone *z)
{
	static uint8_t before[ZONE];
	const struct zone_raw zone = { { b.raw, ZONE }, b.model.rs, b.model.shape };
	const struct workspace work = { b.work, ZONE };
	enum om_err err = zone_read(zone.bytes, zone.rs, 0, work, z);

	memcpy(before, b.raw, ZONE);
	*s = (struct salvage){ .kind = kind, .trust = trust };
	s->empty = err == OM_E_EMPTY;
	err = salvage_log(&zone, work, s, z);
	assert_memory_equal(b.raw, before, ZONE);
	return err;
}

enum how { EXACT, ALL_IN_ORDER, ALL_THERE };
enum { LITTLE = 60, MUCH = 400, GONE = 0xdeadbeef };

/* Header fields as the damage leaves them; ^: XORed into what stood there. */
static const struct {
	const char *name;
	uint32_t lines, sig_xor, start_xor, size_xor;
	enum how how;
	bool by_header;
} headers[] = {
	{ "signature: one bit", LITTLE, 1 << 9, 0, 0, EXACT, true },
	{ "signature: four bits", MUCH, 0x11000101, 0, 0, EXACT, true },
	{ "signature gone", LITTLE, GONE, 0, 0, EXACT, true },
	{ "signature gone, wrapped", MUCH, GONE, 0, 0, EXACT, true },
	{ "start: a bit less", LITTLE, 0, 1 << 10, 0, EXACT, false },
	{ "start: a bit more", LITTLE, 0, 1 << 11, 0, EXACT, false },
	{ "start: far out", LITTLE, 0, 1u << 31, 0, EXACT, false },
	{ "size: a bit less", LITTLE, 0, 0, 1 << 10, EXACT, false },
	{ "size: a bit more", LITTLE, 0, 0, 1 << 11, EXACT, false },
	{ "size: far out", LITTLE, 0, 0, 1u << 31, EXACT, false },
	{ "wrapped, start far out", MUCH, 0, 1u << 31, 0, ALL_IN_ORDER, false },
	{ "wrapped, size far out", MUCH, 0, 0, 1u << 31, EXACT, false },
	{ "wrapped, size: a bit less", MUCH, 0, 0, 1 << 9, EXACT, false },
	{ "all three gone", LITTLE, GONE, GONE, GONE, EXACT, false },
	{ "all three gone, wrapped", MUCH, GONE, GONE, GONE, ALL_IN_ORDER, false },
};

static void spoil_header(size_t row)
{
	le32_store(b.raw, le32_load(b.raw) ^ headers[row].sig_xor);
	le32_store(b.raw + 4, le32_load(b.raw + 4) ^ headers[row].start_xor);
	le32_store(b.raw + 8, le32_load(b.raw + 8) ^ headers[row].size_xor);
	if (b.model.rs) /* beyond repair */
		memset(b.raw + b.model.shape.hdr_parity_off, 0x77, b.model.rs->n_roots);
}

static void test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(headers); i++) {
		const size_t row = i / 2;
		struct salvage s;
		struct zone z;
		size_t len;

		CASE(headers[row].name);
		fill_zone(i % 2 ? 16 : 0, headers[row].lines, RAM_ZERO);
		spoil_header(row);
		assert_int_equal(salvage(ZONE_CONSOLE, SALVAGE_KNOWN, &s, &z), OM_OK);
		assert_true(s.has_proof);
		assert_int_equal(s.by_header, headers[row].by_header);
		assert_int_equal(s.by_stamps, headers[row].how == ALL_IN_ORDER);

		const char *want = want_text(&len);

		if (headers[row].how == EXACT) {
			assert_int_equal(z.text.len, len);
			assert_memory_equal(z.text.p, want, len);
			continue;
		}
		/* the seam is put at a line's end: the cut line may be in the wrong place */
		assert_int_equal(z.text.len, len);

		const char *line = memchr(want, '\n', len);
		const size_t cut = (size_t)(line - want) + 1;

		assert_memory_equal(z.text.p + cut, want + cut, len - cut);
		assert_memory_equal(z.text.p, want, cut);
	}
}

/* RAM that held something else: at least all that was written is there. */
static void test_other_bytes_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4 * ARRAY_LEN(headers); i++) {
		const size_t row = i / 4;
		struct salvage s;
		struct zone z;
		size_t len;

		CASE(headers[row].name);
		fill_zone(i % 2 ? 16 : 0, headers[row].lines, i % 4 < 2 ? RAM_NOISE : RAM_OLD_TEXT);
		spoil_header(row);
		assert_int_equal(salvage(ZONE_CONSOLE, SALVAGE_KNOWN, &s, &z), OM_OK);

		const char *want = want_text(&len);

		assert_true(z.text.len >= len);
		if (headers[row].lines == LITTLE)
			assert_non_null(memmem(z.text.p, z.text.len, want, len));
	}
}

/* The zone's beginning is lost with its header: the text after it is not. */
static void test_beginning_lost(void **state)
{
	struct prng rng = { 9 };

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		const uint32_t lost = i < 2 ? 64 : 700;
		struct salvage s;
		struct zone z;
		size_t len;

		fill_zone(i % 2 ? 16 : 0, LITTLE, RAM_ZERO);
		prng_fill(&rng, b.raw, lost);
		memset(b.raw + b.model.shape.hdr_parity_off, 0x77, i % 2 ? 16 : 0);
		assert_int_equal(salvage(ZONE_CONSOLE, SALVAGE_KNOWN, &s, &z), OM_OK);
		assert_false(s.by_header);

		const char *want = want_text(&len);

		assert_int_equal(z.text.len, len);
		assert_memory_equal(z.text.p + lost, want + lost, len - lost);
		assert_true(z.holes.n == 1 || lost < 100);
		for (uint32_t at = 0; z.holes.n && at + ZONE_BLOCK_BYTES < lost; at++)
			assert_true(holes_touch(&z.holes, at, 1));
		assert_false(holes_touch(&z.holes, lost + 128, (uint32_t)len - lost - 128));
	}
}

/* Noise of all sorts, headers that hold by luck over it: never a log. */
static void test_noise(void **state)
{
	static const enum zone_kind kinds[] = { ZONE_DMESG, ZONE_CONSOLE, ZONE_PMSG };
	struct prng rng = { 10 };

	(void)state;
	for (uint32_t round = 0; round < 600; round++) {
		const uint32_t ecc = round % 2 ? 16 : 0;
		struct salvage s;
		struct zone z;

		fill_zone(ecc, 0, RAM_ZERO);
		if (round % 5 == 0)
			memset(b.raw, round % 10 ? 0xff : 0, ZONE);
		else
			prng_fill(&rng, b.raw, ZONE);
		if (round % 3 == 1) {
			le32_store(b.raw, ZONE_SIG ^ (round % 4 ? 0 : 0x100));
			le32_store(b.raw + 4, prng_next(&rng));
		}
		if (round % 7 == 1)
			le32_store(b.raw + 8, prng_below(&rng, ZONE));
		assert_int_equal(
			salvage(kinds[round % 3], (enum salvage_trust)(round / 3 % 2), &s, &z),
			OM_E_NOT_FOUND);
	}
}

/* Text where nothing says that there is a zone is somebody else's; a head line is not. */
static void test_doubtful(void **state)
{
	struct salvage s;
	struct zone z;

	(void)state;
	for (uint32_t ecc = 0; ecc <= 16; ecc += 16) {
		fill_zone(ecc, LITTLE, RAM_ZERO);
		memset(b.raw, 0x77, 12);
		memset(b.raw + b.model.shape.hdr_parity_off, 0x66, ecc);
		assert_int_equal(salvage(ZONE_CONSOLE, SALVAGE_DOUBTFUL, &s, &z),
				 ecc ? OM_OK : OM_E_NOT_FOUND); /* parity is proof */
		memcpy(b.raw + 12, "====1700000000.000007-D\nPanic#1 Part1\n", 38);
		assert_int_equal(salvage(ZONE_DMESG, SALVAGE_DOUBTFUL, &s, &z), OM_OK);
	}
}

/* Numbers at their extremes, zones of all sizes down to a byte: bounded, no stray access. */
static void test_extremes(void **state)
{
	static const uint32_t words[] = {
		0, 1, 11, 12, 63, 64, 127, 128, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff
	};
	static const uint32_t codes[] = { 0, 1, 15, 16, 127 };
	struct prng rng = { 11 };

	(void)state;
	for (uint32_t round = 0; round < 20000; round++) {
		const uint32_t bytes = 12 + prng_below(&rng, round % 2 ? 53 : 600);
		const uint32_t ecc = codes[round % ARRAY_LEN(codes)];
		uint8_t *raw = malloc(bytes);
		uint8_t *work = malloc(bytes);
		struct zone z;
		struct zone_shape shape;

		if (zone_shape(bytes, ecc, &shape) == OM_OK) {
			const struct rs *rs = ecc ? &b.rs : NULL;
			struct salvage s = { .kind = (enum zone_kind)prng_below(&rng, 3),
					     .trust = (enum salvage_trust)prng_below(&rng, 3) };

			if (ecc)
				assert_int_equal(rs_init(&b.rs, ecc), OM_OK);
			memset(raw, "\0a=\n"[prng_below(&rng, 4)], bytes);
			if (round % 3 == 0)
				prng_fill(&rng, raw, bytes);
			le32_store(raw, ZONE_SIG);
			le32_store(raw + 4, words[prng_below(&rng, ARRAY_LEN(words))]);
			le32_store(raw + 8, words[prng_below(&rng, ARRAY_LEN(words))]);

			const struct zone_raw zone = { { raw, bytes }, rs, shape };
			const struct workspace room = { work, shape.cap_bytes };
			enum om_err err = zone_read(zone.bytes, rs, 0, room, &z);

			s.empty = err == OM_E_EMPTY;
			if (salvage_log(&zone, room, &s, &z) == OM_OK) {
				assert_in_range(z.text.len, 1, shape.cap_bytes);
				assert_int_equal(z.text.len, z.size);
				assert_true(holes_bytes(&z.holes) <= z.size);
			}
		}
		free(raw);
		free(work);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),	       cmocka_unit_test(test_other_bytes_behind),
		cmocka_unit_test(test_beginning_lost), cmocka_unit_test(test_noise),
		cmocka_unit_test(test_doubtful),       cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

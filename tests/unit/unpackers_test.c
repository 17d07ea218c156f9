/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's packings: packed by the libraries themselves, cut, flipped, and in any room. */
#include "../../tools/oopsmon/unpackers.h"

#include "core/base/crc32.h"
#include "core/ramoops/dmesg_read.h"
#include "core/ramoops/record_read.h"
#include "streams.h"

#include <lz4.h>
#include <lz4hc.h>
#include <lzo/lzo1x.h>
#include <zstd.h>

enum { TEXT_BYTES = 8000 };

static char text[LOG_CAP];
static size_t text_len;
static uint8_t room[UNPACK_STATE_BYTES + LOG_CAP];

static struct workspace all_room(void)
{
	return (struct workspace){ room, sizeof(room) };
}

static size_t pack_lz4(uint8_t *out)
{
	return (size_t)LZ4_compress_default(text, (char *)out, (int)text_len, LOG_STREAM_CAP);
}

static size_t pack_lz4hc(uint8_t *out)
{
	return (size_t)LZ4_compress_HC(text, (char *)out, (int)text_len, LOG_STREAM_CAP, 9);
}

static size_t pack_lzo(uint8_t *out)
{
	static lzo_align_t work[LZO1X_1_MEM_COMPRESS / sizeof(lzo_align_t) + 1];
	lzo_uint n = LOG_STREAM_CAP;

	assert_int_equal(lzo_init(), LZO_E_OK);
	assert_int_equal(lzo1x_1_compress((uint8_t *)text, text_len, out, &n, work), LZO_E_OK);
	return n;
}

static size_t pack_zstd(uint8_t *out)
{
	return ZSTD_compress(out, LOG_STREAM_CAP, text, text_len, 3);
}

static const struct {
	const char *name;
	size_t (*pack)(uint8_t *out);
	enum packing packing;
	bool sees_cuts; /* the format shows where a stream should end */
} rows[] = {
	{ "lz4", pack_lz4, PACKING_LZ4, false },
	{ "lz4hc", pack_lz4hc, PACKING_LZ4, false },
	{ "lzo", pack_lzo, PACKING_LZO, true },
	{ "zstd", pack_zstd, PACKING_ZSTD, true },
};

static enum om_err unpack(const uint8_t *p, size_t len, struct workspace work, struct unpacked *out)
{
	return unpack_text((struct span){ p, len }, NULL, host_unpackers, work, out);
}

static void test_whole(void **state)
{
	(void)state;
	text_len = log_text(text, TEXT_BYTES, 3);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t in[LOG_STREAM_CAP];
		const size_t len = rows[i].pack(in);
		struct unpacked u;

		CASE(rows[i].name);
		assert_int_equal(unpack(in, len, all_room(), &u), OM_OK);
		assert_int_equal(u.packing, rows[i].packing);
		assert_int_equal(u.end, UNPACK_COMPLETE);
		assert_int_equal(u.used, len);
		assert_int_equal(u.text.len, text_len);
		assert_memory_equal(u.text.p, text, text_len);
		assert_false(u.verified);
	}
}

/* The text before a cut comes out, a good part of what the bytes before it hold. */
static void test_cut(void **state)
{
	(void)state;
	text_len = log_text(text, TEXT_BYTES, 4);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t in[LOG_STREAM_CAP];
		const size_t len = rows[i].pack(in);
		size_t longest = 0;

		CASE(rows[i].name);
		for (size_t cut = 0; cut < len; cut += 97) {
			uint8_t *exact = malloc(cut + 1);
			struct unpacked u;

			memcpy(exact, in, cut);
			if (unpack(exact, cut, all_room(), &u) == OM_OK) {
				assert_true(u.text.len <= text_len);
				assert_memory_equal(u.text.p, text, u.text.len);
				assert_true(!rows[i].sees_cuts || u.end != UNPACK_COMPLETE);
				assert_true(u.text.len >= longest);
				longest = u.text.len;
			}
			free(exact);
		}
		/* zstd packs all of a record as one block and gives whole blocks only */
		assert_true(rows[i].packing == PACKING_ZSTD || longest > text_len * 9 / 10);
	}
}

/* Any bit wrong: bounded, and the text in front of the damage is kept. */
static void test_flips(void **state)
{
	struct prng rng = { 8 };

	(void)state;
	text_len = log_text(text, TEXT_BYTES, 5);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t in[LOG_STREAM_CAP];
		const size_t len = rows[i].pack(in);

		CASE(rows[i].name);
		for (uint32_t run = 0; run < 200; run++) {
			const uint32_t bit = prng_below(&rng, (uint32_t)len * 8);
			struct unpacked u;

			in[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (unpack(in, len, all_room(), &u) == OM_OK)
				assert_true(u.text.p >= room && u.text.len <= sizeof(room));
			in[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void test_any_room(void **state)
{
	(void)state;
	text_len = log_text(text, TEXT_BYTES, 6);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t in[LOG_STREAM_CAP];
		const size_t len = rows[i].pack(in);

		CASE(rows[i].name);
		for (size_t cap = UNPACK_TEXT_MIN; cap < text_len + 600; cap += 511) {
			uint8_t *exact = malloc(UNPACK_STATE_BYTES + cap);
			struct unpacked u;

			if (unpack(in, len, (struct workspace){ exact, UNPACK_STATE_BYTES + cap },
				   &u) == OM_OK) {
				assert_int_equal(u.end == UNPACK_COMPLETE, u.text.len == text_len);
				assert_memory_equal(u.text.p, text, u.text.len);
			}
			free(exact);
		}
	}
}

static const struct {
	const char *name;
	const char *hex;
	enum packing packing;
} strangers[] = {
	{ "nothing", "", PACKING_UNKNOWN },
	/* 5 bits 0, then "Panic#1 " and the next group */
	{ "842, a panic", "02830b734b1919890014185c9d0c428f0d80", PACKING_842 },
	{ "842, an oops", "027b7b83991989910014185c9d0c428f0d80", PACKING_842 },
	{ "842, a shutdown", "029b43aba3237bbb7008cc4814185c9d0c40", PACKING_842 },
	{ "842, another text", "02830b734b1b5bc900", PACKING_UNKNOWN },
	{ "842, other opcode", "0a830b734b1919890014185c9d0c428f0d80", PACKING_UNKNOWN },
	{ "lz4 block of something else", "f00548656c6c6f2c20776f726c64212048656c6c6f",
	  PACKING_UNKNOWN },
	{ "zstd magic and nothing", "28b52ffd", PACKING_UNKNOWN },
	{ "zstd skippable frame", "502a4d1804000000deadbeef", PACKING_UNKNOWN },
	{ "zeros", "0000000000000000", PACKING_UNKNOWN },
};

static void test_strangers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		uint8_t in[64];
		const size_t len = from_hex(strangers[i].hex, in, sizeof(in));
		struct unpacked u;

		CASE(strangers[i].name);
		assert_int_equal(unpack(in, len, all_room(), &u), OM_E_VARIANT);
		assert_int_equal(u.packing, strangers[i].packing);
	}
}

/*
 * Read without unpackers, then unpacked: as if they had been there at once, with bytes after
 * the stream, too.
 */
static void test_later(void **state)
{
	static const char head[] = "====1500000001.000002-C\n";
	enum { HEAD = sizeof(head) - 1, AFTER = 3 };

	(void)state;
	text_len = log_text(text, TEXT_BYTES, 7);
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		static uint8_t in[HEAD + LOG_STREAM_CAP + AFTER];
		const size_t after = i < ARRAY_LEN(rows) ? 0 : AFTER;
		struct geometry geom = { .ecc_bytes = 16 };
		struct dmesg_log log = { .checked = true, .clean = true, .exact = true };
		const struct holes none = { 0 };
		struct record now = { .kind = ZONE_DMESG };
		struct record later = { .kind = ZONE_DMESG };
		struct span stored;

		CASE(rows[i % ARRAY_LEN(rows)].name);
		memcpy(in, head, HEAD);
		log.bytes.p = in;
		log.bytes.len = HEAD + rows[i % ARRAY_LEN(rows)].pack(in + HEAD) + after;
		memset(in + log.bytes.len - after, 0, after);
		log.bad = &none;
		assert_int_equal(dmesg_read(&log, host_unpackers, all_room(), &now, &stored),
				 OM_OK);

		const uint32_t crc = crc32_update(0, now.text.p, now.text.len);

		now.stored_bytes = (uint32_t)stored.len;
		now.quality = now.notes ? QUALITY_SALVAGED : now.quality;
		assert_int_equal(dmesg_read(&log, NULL, all_room(), &later, &stored), OM_OK);
		assert_int_equal(later.quality, QUALITY_UNREADABLE);
		later.stored_bytes = (uint32_t)stored.len;
		assert_int_equal(record_unpack(&geom, host_unpackers, all_room(), &later), OM_OK);
		assert_int_equal(later.quality, now.quality);
		assert_int_equal(later.packing, now.packing);
		assert_int_equal(later.notes, now.notes);
		assert_int_equal(later.reason, now.reason);
		assert_int_equal(later.stored_bytes, now.stored_bytes);
		assert_int_equal(later.text.len, now.text.len);
		assert_int_equal(crc32_update(0, later.text.p, later.text.len), crc);
		if (!after)
			assert_int_equal(now.quality, QUALITY_INTACT);
		/* it is readable now */
		assert_int_equal(record_unpack(&geom, host_unpackers, all_room(), &later),
				 OM_E_ARG);
	}
}

static const struct {
	const char *name;
	uint32_t ecc_bytes, corrected_bytes, notes;
	enum quality want;
} labels[] = {
	{ "parity", 16, 0, 0, QUALITY_INTACT },
	{ "repaired", 16, 3, 0, QUALITY_CORRECTED },
	{ "no parity", 0, 0, 0, QUALITY_UNCHECKED },
	{ "bad blocks", 16, 0, NOTE_BAD_BLOCKS, QUALITY_SALVAGED },
	{ "lost on the way", 16, 0, NOTE_TEXT_LOST, QUALITY_SALVAGED },
};

static void test_labels(void **state)
{
	uint8_t in[LOG_STREAM_CAP];

	(void)state;
	text_len = log_text(text, TEXT_BYTES, 8);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		const struct geometry geom = { .ecc_bytes = labels[i].ecc_bytes };
		struct record r = { .kind = ZONE_DMESG,
				    .n_pieces = 1,
				    .quality = QUALITY_UNREADABLE,
				    .packing = PACKING_UNKNOWN,
				    .notes = labels[i].notes,
				    .corrected_bytes = labels[i].corrected_bytes,
				    .text = { in, pack_lz4(in) } };

		CASE(labels[i].name);
		assert_int_equal(record_unpack(&geom, host_unpackers, all_room(), &r), OM_OK);
		assert_int_equal(r.quality, labels[i].want);
		assert_int_equal(r.text.len, text_len);
		assert_int_equal(r.stored_bytes, 0);
	}
}

static void test_still_packed(void **state)
{
	const struct geometry geom = { .ecc_bytes = 16 };

	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(strangers); i++) {
		uint8_t in[64];
		struct record r = { .kind = ZONE_DMESG,
				    .n_pieces = 1,
				    .quality = QUALITY_UNREADABLE,
				    .packing = PACKING_UNKNOWN,
				    .text = { in, from_hex(strangers[i].hex, in, sizeof(in)) } };

		CASE(strangers[i].name);
		assert_int_equal(record_unpack(&geom, host_unpackers, all_room(), &r), OM_OK);
		assert_int_equal(r.quality, QUALITY_UNREADABLE);
		assert_int_equal(r.packing, strangers[i].packing);
		assert_ptr_equal(r.text.p, in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	  cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flips),	  cmocka_unit_test(test_any_room),
		cmocka_unit_test(test_strangers), cmocka_unit_test(test_later),
		cmocka_unit_test(test_labels),	  cmocka_unit_test(test_still_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

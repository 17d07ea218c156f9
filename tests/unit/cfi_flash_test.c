/* SPDX-License-Identifier: BSD-2-Clause */
/* The CFI flash driver against chips that are played cycle by cycle. */
#define OM_MMIO_MODEL
#include "cfi_chip.h"

static const struct chip_kind kinds[] = {
	{ "Intel x8", 1, 1, 1, 1, 0 },
	{ "Intel x8, buffer", 1, 1, 1, 1, 5 },
	{ "Intel x16 on 8 bits", 1, 1, 2, 1, 5 },
	{ "Intel x16", 2, 1, 1, 1, 6, 0x20 },
	{ "Sharp two x8", 2, 2, 1, 3, 4 },
	{ "Intel two x16", 4, 2, 1, 1, 0 },
	{ "Intel two x16, buffer", 4, 2, 1, 1, 11 },
	{ "Intel four x8", 4, 4, 1, 1, 5, 0x08 },
	{ "Intel x32", 4, 1, 1, 1, 5 },
	{ "Intel two x16 on 8 bits each", 2, 2, 2, 1, 5 },
	{ "AMD x8", 1, 1, 1, 2, 0 },
	{ "AMD x8, buffer", 1, 1, 1, 2, 10 },
	{ "AMD x16 on 8 bits", 1, 1, 2, 2, 5 },
	{ "AMD x16, top", 2, 1, 1, 2, 5, 0, true },
	{ "AMD two x8", 2, 2, 1, 2, 5 },
	{ "AMD two x16", 4, 2, 1, 2, 0 },
	{ "AMD two x16, buffer", 4, 2, 1, 2, 5 },
	{ "AMD four x8", 4, 4, 1, 2, 5 },
	{ "AMD x32", 4, 1, 1, 2, 6 },
	{ "AMD four x16 on 8 bits each", 4, 4, 2, 2, 5 },
};

static const struct chip_kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	fail_msg("no kind %s", name);
	return NULL;
}

static const struct flash_ops *ops_of(const struct device *dev)
{
	return dev->driver->ops.flash;
}

/* All of the bank as the chips hold it. */
static void contents(uint8_t *to)
{
	const uint32_t lane = lane_bytes();

	for (uint32_t off = 0; off < CHIP_BYTES * bus.chips; off++)
		to[off] = chips[off % bus.width / lane].cells[off / bus.width * lane + off % lane];
}

/* ---- what a sound bank is ------------------------------------------------------------------ */

static void test_probe(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct chip_kind *k = &kinds[i];
		const uint32_t n = k->chips;
		struct device dev = plug(k, SOUND);
		uint32_t start, bytes;
		struct flash f;

		CASE(k->name);
		assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
		assert_true(all_readable());
		assert_int_equal(f.bytes, CHIP_BYTES * n);
		assert_int_equal(f.chips, n);
		assert_int_equal(f.stride, k->width * k->narrow);
		assert_int_equal(f.commands, k->commands == 2 ? FLASH_AMD : FLASH_INTEL);
		assert_int_equal(f.program_us, 2048);
		assert_int_equal(f.erase_us, 16384000);
		for (uint32_t b = 0; b < CHIP_BLOCKS; b++) {
			assert_true(flash_block_at(&f, block_end(b) * n - 1, &start, &bytes));
			assert_int_equal(start, block_start(b) * n);
			assert_int_equal(start + bytes, block_end(b) * n);
		}
		assert_false(flash_block_at(&f, CHIP_BYTES * n, &start, &bytes));
	}
}

/* Stretches in the last 16 KiB blocks: whole buffers, parts of words, over a block's end. */
static const struct {
	uint32_t off, len;
} stretches[] = { { 16384, 32 },    { 16384 + 100, 700 }, { 16384 + 1001, 1 },
		  { 20000, 2 },	    { 36864 - 6, 13 },	  { 32768 - 512, 1024 },
		  { 49152 - 4, 4 }, { 20480, 0 },	  { 24576 + 3, 1030 } };

/* Every kind: erased, written and read back; every other byte of the bank stays. */
static void test_write(void **state)
{
	static uint8_t want[CHIP_BYTES * CHIPS_MAX], got[CHIP_BYTES * CHIPS_MAX], text[1100];
	struct prng rng = { 42 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds) * 2; i++) {
		const struct chip_kind *k = &kinds[i / 2];
		struct device dev = plug(k, i % 2 ? FULL : SOUND);
		const struct flash_ops *ops = ops_of(&dev);
		struct flash f;

		CASE(k->name);
		assert_int_equal(ops->probe(&dev, 0, &f), OM_OK);
		contents(want);
		for (uint32_t at = 16384; at < 49152;) {
			uint32_t start, bytes;

			assert_true(flash_block_at(&f, at, &start, &bytes));
			assert_int_equal(ops->erase(&f, start), OM_OK);
			memset(want + start, 0xff, bytes);
			at = start + bytes;
		}
		assert_true(ops->blank(&f, 16384, 32768) && ops->blank(&f, 16384 + 3, 77));
		for (size_t s = 0; s < ARRAY_LEN(stretches); s++) {
			prng_fill(&rng, text, sizeof(text));
			memset(text + 64, 0xff, 128); /* nothing to clear */
			assert_int_equal(ops->program(&f, stretches[s].off, text, stretches[s].len),
					 OM_OK);
			assert_int_equal(f.failure, FLASH_FINE);
			memcpy(want + stretches[s].off, text, stretches[s].len);
			assert_true(all_readable());
		}
		contents(got);
		assert_memory_equal(got, want, f.bytes);
		assert_int_equal(ops->read(&f, 16384 + 99, got, 703), OM_OK);
		assert_memory_equal(got, want + 16384 + 99, 703);
		for (uint32_t at = 0; at < 120; at++) { /* one byte that is not, anywhere in it */
			const uint32_t off = 16384 + at;
			uint32_t n_ones = 0;

			while (want[off + n_ones] == 0xff)
				n_ones++;
			assert_true(ops->blank(&f, off, n_ones));
			assert_false(ops->blank(&f, off, n_ones + 1));
		}
		assert_int_equal(done.unlocks, 0);
		assert_int_equal(done.buffers > 0, k->buffer_log2 > 0);
	}
}

/* Fewer cycles where there is a buffer: 1 KiB in as many writes as there are buffers in it. */
static void test_buffers(void **state)
{
	static const struct {
		const char *kind;
		uint32_t bytes, buffers; /* each is counted once for every chip */
	} rows[] = { { "Intel two x16, buffer", 512, 4 },
		     { "AMD two x16, buffer", 64, 32 },
		     { "AMD x8, buffer", 256, 4 }, /* a count of one byte */
		     { "Intel two x16", 4, 0 } };
	static const uint8_t zeros[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device dev = plug(kind_of(rows[i].kind), SOUND);
		struct flash f;

		CASE(rows[i].kind);
		assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
		assert_int_equal(f.buffer_bytes, rows[i].bytes);
		assert_int_equal(ops_of(&dev)->program(&f, 8192, zeros, 1024), OM_OK);
		assert_int_equal(done.buffers, rows[i].buffers);
	}
}

/* ---- what goes wrong ----------------------------------------------------------------------- */

#define INTEL	   "Intel two x16, buffer"
#define INTEL_WORD "Intel two x16"
#define EACH	   "Intel x16"	   /* locks of single blocks */
#define ALL	   "Intel four x8" /* locks that only go together */
#define AMD	   "AMD two x16, buffer"
#define AMD_WORD   "AMD two x16"

static void test_faults(void **state)
{
	static const struct {
		const char *name, *kind;
		enum chip_fault fault;
		enum om_err err;
		enum flash_failure program, erase;
	} rows[] = {
		{ "sound", INTEL, SOUND, OM_OK, FLASH_FINE, FLASH_FINE },
		{ "never ready", INTEL, STUCK, OM_E_TIMEOUT, FLASH_LATE, FLASH_LATE },
		{ "never ready, a word", INTEL_WORD, STUCK, OM_E_TIMEOUT, FLASH_LATE, FLASH_LATE },
		{ "fails", INTEL, FAILS, OM_E_CORRUPT, FLASH_PROGRAM, FLASH_ERASE },
		{ "fails, a word", INTEL_WORD, FAILS, OM_E_CORRUPT, FLASH_PROGRAM, FLASH_ERASE },
		{ "no voltage", INTEL, NO_VOLTAGE, OM_E_CORRUPT, FLASH_VOLTAGE, FLASH_VOLTAGE },
		{ "locked, does not say where", INTEL, LOCKED_AT_START, OM_E_CORRUPT,
		  FLASH_PROTECTED, FLASH_PROTECTED },
		{ "locked with all others", ALL, LOCKED_AT_START, OM_E_CORRUPT, FLASH_PROTECTED,
		  FLASH_PROTECTED },
		{ "locked by itself", EACH, LOCKED_AT_START, OM_OK, FLASH_FINE, FLASH_FINE },
		{ "locked down", EACH, LOCKED_DOWN_AT_START, OM_E_CORRUPT, FLASH_PROTECTED,
		  FLASH_PROTECTED },
		{ "AMD sound", AMD, SOUND, OM_OK, FLASH_FINE, FLASH_FINE },
		{ "AMD never ready", AMD, STUCK, OM_E_TIMEOUT, FLASH_LATE, FLASH_LATE },
		{ "AMD exceeds its time", AMD, FAILS, OM_E_CORRUPT, FLASH_PROGRAM, FLASH_ERASE },
		{ "AMD exceeds, a word", AMD_WORD, FAILS, OM_E_CORRUPT, FLASH_PROGRAM,
		  FLASH_ERASE },
		{ "AMD protected", AMD, LOCKED_AT_START, OM_E_CORRUPT, FLASH_PROTECTED,
		  FLASH_PROTECTED },
		{ "AMD protected, a word", AMD_WORD, LOCKED_AT_START, OM_E_CORRUPT, FLASH_PROTECTED,
		  FLASH_PROTECTED },
	};
	static const uint8_t text[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static uint8_t before[CHIP_BYTES * CHIPS_MAX], after[CHIP_BYTES * CHIPS_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
		const bool erases = i % 2;
		struct device dev = plug(kind_of(rows[i / 2].kind), rows[i / 2].fault);
		const enum flash_failure why = erases ? rows[i / 2].erase : rows[i / 2].program;
		const uint32_t block = 16384 * bus.chips;
		uint8_t target[8];
		enum om_err err;
		struct flash f;

		CASE(rows[i / 2].name);
		for (uint32_t c = 0; c < CHIPS_MAX; c++)
			memset(chips[c].cells, erases ? 0x5a : 0xff, CHIP_BYTES);
		assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
		contents(before);
		err = erases ? ops_of(&dev)->erase(&f, block)
			     : ops_of(&dev)->program(&f, block, text, sizeof(text));
		assert_int_equal(err, rows[i / 2].err);
		assert_int_equal(f.failure, why);
		assert_int_equal(flash_failure_text(why)[0] == '\0', why == FLASH_FINE);
		assert_true(all_readable());
		contents(after);
		assert_int_equal(memcmp(before, after, f.bytes) == 0, err != OM_OK);
		assert_int_equal(ops_of(&dev)->read(&f, block, target, 8), OM_OK);
		assert_memory_equal(target, after + block, 8);
	}
}

/* A block that is locked by itself is freed by itself; a lock never costs another one. */
static void test_locks(void **state)
{
	static const uint8_t zeros[4];
	struct device dev = plug(kind_of(EACH), LOCKED_AT_START);
	struct flash f;

	(void)state;
	assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
	assert_int_equal(ops_of(&dev)->program(&f, 16384 - 2, zeros, 4), OM_OK);
	for (uint32_t b = 0; b < CHIP_BLOCKS; b++)
		assert_int_equal(chips[0].locks[b], b != 3 && b != 4);
	dev = plug(kind_of(ALL), LOCKED_AT_START);
	assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
	chips[0].locks[5] = chips[1].locks[5] = chips[2].locks[5] = chips[3].locks[5] = 0;
	assert_int_equal(ops_of(&dev)->erase(&f, 0), OM_E_CORRUPT);
	assert_int_equal(done.unlocks, 0);
	assert_int_equal(ops_of(&dev)->erase(&f, 4 * 32768), OM_OK);
	/* one chip of several is locked */
	chips[2].locks[5] = 1;
	assert_int_equal(ops_of(&dev)->erase(&f, 4 * 32768), OM_E_CORRUPT);
	assert_int_equal(f.failure, FLASH_PROTECTED);
	assert_int_equal(done.unlocks, 0);
}

/* Bits that stay, and bits that would have to be set, are seen though the chip says nothing. */
static void test_silent_failures(void **state)
{
	static const char *const names[] = { INTEL, INTEL_WORD, AMD, AMD_WORD };
	static const uint8_t fives[16] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 };
	static const uint8_t evens[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct device dev = plug(kind_of(names[i]), WEAK);
		struct flash f;

		CASE(names[i]);
		for (uint32_t c = 0; c < CHIPS_MAX; c++)
			memset(chips[c].cells, 0xff, CHIP_BYTES);
		assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
		assert_int_equal(ops_of(&dev)->program(&f, 8192, evens, 16), OM_E_CORRUPT);
		assert_int_equal(f.failure, FLASH_PROGRAM);
		fault = SOUND;
		assert_int_equal(ops_of(&dev)->program(&f, 8192, evens, 16), OM_OK);
		assert_int_equal(ops_of(&dev)->program(&f, 8192, fives, 16), OM_E_CORRUPT);
		assert_int_equal(f.failure, FLASH_PROGRAM);
	}
}

/* A buffer that the chip gives up needs its own way out. */
static void test_abort(void **state)
{
	static const uint8_t zeros[16];
	struct device dev = plug(kind_of(AMD), ABORTS);
	struct flash f;

	(void)state;
	assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
	assert_int_equal(ops_of(&dev)->program(&f, 8192, zeros, 16), OM_E_CORRUPT);
	assert_int_equal(f.failure, FLASH_PROGRAM);
	assert_true(all_readable());
	fault = SOUND;
	assert_int_equal(ops_of(&dev)->program(&f, 8192, zeros, 16), OM_OK);
}

/* What was paused when the time was up is in the way of what comes next, and said so. */
static void test_suspended(void **state)
{
	struct device dev = plug(kind_of(INTEL), SOUND);
	struct flash f;

	(void)state;
	assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
	fault = STUCK;
	assert_int_equal(ops_of(&dev)->erase(&f, 0), OM_E_TIMEOUT);
	assert_true(chips[0].suspended && chips[1].suspended);
}

/* Time-outs by the query, within bounds; by the clock, or by counting where there is none. */
static void test_times(void **state)
{
	static const struct {
		const char *name;
		uint8_t typical, factor; /* of a block */
		uint32_t hz, us;
	} rows[] = {
		{ "as told", 10, 2, 1000000, 4096000 },
		{ "not told", 0, 0, 1000000, 1000000 },
		{ "for ever", 255, 255, 1000000, 30000000 },
		{ "without a clock", 0, 0, 0, 1000000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device dev = plug(kind_of("Intel x8"), STUCK);
		struct flash f;
		uint64_t begin;

		CASE(rows[i].name);
		query[0x21] = rows[i].typical;
		query[0x25] = rows[i].factor;
		tick_hz = rows[i].hz;
		assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), OM_OK);
		assert_int_equal(f.erase_us, rows[i].us);
		begin = ticks;
		assert_int_equal(ops_of(&dev)->erase(&f, 0), OM_E_TIMEOUT);
		if (tick_hz)
			assert_in_range(ticks - begin, rows[i].us, rows[i].us + 1100);
	}
}

/* ---- hostile ------------------------------------------------------------------------------- */

static void test_hostile_queries(void **state)
{
	static const struct {
		const char *name;
		struct {
			uint8_t at, value;
		} byte[3];
		enum om_err err;
	} rows[] = {
		{ "another command set", { { 0x13, 4 } }, OM_E_VARIANT },
		{ "its high byte", { { 0x14, 1 } }, OM_E_VARIANT },
		{ "no size", { { 0x27, 0 } }, OM_E_CORRUPT },
		{ "a size over all bounds", { { 0x27, 255 } }, OM_E_VARIANT },
		{ "larger than the bank", { { 0x27, 17 }, { 0x32, 1 } }, OM_E_CORRUPT },
		{ "no regions", { { 0x2c, 0 } }, OM_E_VARIANT },
		{ "five regions", { { 0x2c, 5 } }, OM_E_VARIANT },
		{ "too many blocks", { { 0x2d, 200 } }, OM_E_CORRUPT },
		{ "blocks of no power of two", { { 0x2f, 17 } }, OM_E_CORRUPT },
		{ "more of all blocks, twice the bank",
		  { { 0x2d, 7 }, { 0x31, 6 - 1 }, { 0x27, 17 } },
		  OM_E_VARIANT },
		{ "one region, twice the bank",
		  { { 0x2c, 1 }, { 0x2d, 31 }, { 0x27, 17 } },
		  OM_E_VARIANT },
		{ "extended table below the query", { { 0x15, 3 } }, OM_OK },
		{ "extended table at the end", { { 0x15, 0x7f } }, OM_OK },
		{ "extended table far away", { { 0x16, 0xff } }, OM_OK },
		{ "a buffer over all bounds", { { 0x2a, 255 }, { 0x2b, 255 } }, OM_OK },
		{ "a query of one chip only", { { 0x11, 'X' } }, OM_E_NOT_FOUND },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device dev = plug(kind_of(INTEL), SOUND);
		struct flash f;

		CASE(rows[i].name);
		for (size_t b = 0; b < ARRAY_LEN(rows[i].byte); b++)
			if (rows[i].byte[b].at)
				query[rows[i].byte[b].at] = rows[i].byte[b].value;
		assert_int_equal(ops_of(&dev)->probe(&dev, 0, &f), rows[i].err);
		assert_true(all_readable());
	}
}

/* Whatever the query says: what is taken is blocks that fill the chips, in the bank. */
static void test_any_query(void **state)
{
	struct prng rng = { 7 };
	uint32_t n_taken = 0;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct device dev = plug(&kinds[i % ARRAY_LEN(kinds)], SOUND);
		uint32_t start, bytes, at = 0;
		struct flash f;

		for (uint32_t n = prng_below(&rng, 4) + 1; n; n--)
			query[0x13 + prng_below(&rng, 0x35)] = (uint8_t)prng_next(&rng);
		if (ops_of(&dev)->probe(&dev, 0, &f) != OM_OK)
			continue;
		n_taken++;
		assert_true(f.bytes <= dev.bank[0].bytes);
		assert_true(f.buffer_bytes >= f.width && f.buffer_bytes <= 512);
		assert_true(f.program_us <= 1000000 && f.erase_us <= 30000000);
		while (flash_block_at(&f, at, &start, &bytes)) {
			assert_int_equal(start, at);
			assert_true(bytes >= f.buffer_bytes && bytes <= f.bytes - at);
			at += bytes;
		}
		assert_int_equal(at, f.bytes);
	}
	assert_in_range(n_taken, 2000, 19000);
}

static void test_hostile_calls(void **state)
{
	static const uint8_t text[8];
	struct device dev = plug(kind_of(INTEL), SOUND);
	const struct flash_ops *ops = ops_of(&dev);
	struct flash f;

	(void)state;
	assert_int_equal(ops->probe(&dev, 1, &f), OM_E_VARIANT);
	dev.bank[0].bytes = 256; /* less than the query needs */
	assert_int_equal(ops->probe(&dev, 0, &f), OM_E_NOT_FOUND);
	dev.bank[0].bytes = CHIP_BYTES; /* less than the chips have */
	assert_int_equal(ops->probe(&dev, 0, &f), OM_E_VARIANT);
	dev = plug(kind_of(INTEL), SOUND);
	assert_int_equal(ops->probe(&dev, 0, &f), OM_OK);
	assert_int_equal(ops->program(&f, f.bytes - 4, text, 8), OM_E_ARG);
	assert_int_equal(ops->program(&f, UINT32_MAX, text, 8), OM_E_ARG);
	assert_int_equal(ops->erase(&f, 4), OM_E_ARG);
	assert_int_equal(ops->erase(&f, f.bytes), OM_E_ARG);
	assert_int_equal(done.programs + done.buffers + done.erases, 0);
	for (uint32_t width = 0; width < 9; width++) {
		dev.bank_width = width;
		if (width != 4)
			assert_int_equal(width == 1 || width == 2 || ops->probe(&dev, 0, &f), 1);
	}
	dev = plug(kind_of(INTEL), SILENT);
	assert_int_equal(ops->probe(&dev, 0, &f), OM_E_NOT_FOUND);
	assert_string_equal(flash_failure_text((enum flash_failure)99), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),	  cmocka_unit_test(test_write),
		cmocka_unit_test(test_buffers),	  cmocka_unit_test(test_faults),
		cmocka_unit_test(test_locks),	  cmocka_unit_test(test_silent_failures),
		cmocka_unit_test(test_abort),	  cmocka_unit_test(test_suspended),
		cmocka_unit_test(test_times),	  cmocka_unit_test(test_hostile_queries),
		cmocka_unit_test(test_any_query), cmocka_unit_test(test_hostile_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

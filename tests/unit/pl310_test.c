/* SPDX-License-Identifier: BSD-2-Clause */
/* The PL310 driver against a model of its registers: what is written, in which order, how long. */
#define OM_MMIO_MODEL
#include "drivers/match.h"
#include "drivers/mmio.h"

#include "support.h"

#define BASE	     0xa02000u
#define CONTROL	     (BASE + 0x100)
#define CACHE_SYNC   (BASE + 0x730)
#define CLEAN_INV_PA (BASE + 0x7f0)

static struct {
	uint64_t reg;
	uint32_t value;
} written[64];
static size_t n_written;
static uint32_t control;
static uint32_t busy, busy_after_write; /* reads that say so; UINT32_MAX: for ever */
static uint32_t n_polls;

uint32_t mmio_read32(uint64_t pa)
{
	if (pa == CONTROL)
		return control;
	/* only the operation that was begun is asked for */
	assert_true(n_written > 0 && pa == written[n_written - 1].reg);
	n_polls++;
	if (!busy)
		return 0xfffffffe;
	busy -= busy != UINT32_MAX;
	return 1;
}

void mmio_write32(uint64_t pa, uint32_t value)
{
	assert_true(busy == 0 || busy == UINT32_MAX); /* the last one is over */
	assert_true(n_written < ARRAY_LEN(written));
	written[n_written].reg = pa;
	written[n_written++].value = value;
	busy = busy_after_write;
}

static struct outer_cache found(bool on)
{
	const struct device d = { .driver = &driver_pl310, .reg = { BASE, 0x1000 } };
	struct outer_cache out;

	control = on ? 0xffffffff : 0xfffffffe;
	n_written = 0;
	n_polls = 0;
	busy = 0;
	busy_after_write = 0;
	assert_int_equal(d.driver->ops.cache->find(&d, &out), on);
	assert_int_equal(n_written, 0);
	return out;
}

static void test_find(void **state)
{
	static const struct driver *const list[] = { &driver_pl310, NULL };
	static struct match_index index;
	struct outer_cache out = found(true);

	(void)state;
	assert_int_equal(out.line_pa, CLEAN_INV_PA);
	assert_int_equal(out.sync_pa, CACHE_SYNC);
	(void)found(false);
	(void)match_index_make(list, &index);
	assert_ptr_equal(match_find(&index, "acme,l2\0arm,pl310-cache", 24), &driver_pl310);
	assert_int_equal(driver_pl310.class, DRIVER_CACHE);
}

static void test_clean(void **state)
{
	static const struct {
		const char *name;
		uint32_t from, to;
		uint32_t first, lines;
	} rows[] = {
		{ "one line", 0x58000000, 0x5800001f, 0x58000000, 1 },
		{ "one byte", 0x5800001f, 0x5800001f, 0x58000000, 1 },
		{ "two bytes in two lines", 0x5800001f, 0x58000020, 0x58000000, 2 },
		{ "to the end of a line", 0x58000010, 0x5800003f, 0x58000000, 2 },
		{ "into the next", 0x58000010, 0x58000040, 0x58000000, 3 },
		{ "the last of 32 bits", 0xffffffc0, 0xffffffff, 0xffffffc0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outer_cache out = found(true);

		CASE(rows[i].name);
		busy_after_write = 3;
		out.clean(&out, rows[i].from, rows[i].to);
		assert_int_equal(n_written, rows[i].lines + 1);
		for (uint32_t k = 0; k < rows[i].lines; k++) {
			assert_int_equal(written[k].reg, CLEAN_INV_PA);
			assert_int_equal(written[k].value, rows[i].first + 32 * k);
		}
		assert_int_equal(written[rows[i].lines].reg, CACHE_SYNC);
		assert_int_equal(written[rows[i].lines].value, 0);
		assert_int_equal(busy, 0); /* all is in memory */
	}
}

/* A cache that never gets ready costs time, not the boot. */
static void test_stuck(void **state)
{
	struct outer_cache out = found(true);

	(void)state;
	busy_after_write = UINT32_MAX;
	out.clean(&out, 0x58000000, 0x5800003f);
	assert_int_equal(n_written, 1);
	assert_in_range(n_polls, 1000, 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_find),
					    cmocka_unit_test(test_clean),
					    cmocka_unit_test(test_stuck) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

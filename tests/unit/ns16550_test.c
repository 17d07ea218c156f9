/* SPDX-License-Identifier: BSD-2-Clause */
/* 8250s: the divisor behind its latch, the layouts, and the mini UART of the BCM2835. */
#include "uart_regs.h"

enum { LCR = 3, LSR = 5 };

/* What the latch hides, and for how many more writes LCR does not change. */
static uint32_t dll, dlm, at, shift, lcr_busy, lcr_before; /* at: where the UART is in the page */

static void latch(uint32_t reg, uint32_t value)
{
	const uint32_t number = (reg - at) >> shift;

	if (reg < at)
		return;

	if (number == LCR && lcr_busy > 0) {
		lcr_busy -= lcr_busy != NEVER;
		model_set(reg, lcr_before);
		return;
	}
	if (number == LCR && (value & 0x80)) {
		lcr_before = value;
		model_set(at, dll);
		model_set(at + (1 << shift), dlm);
	} else if (number == LCR) {
		lcr_before = value;
		model_set(at, 0);
		model_set(at + (1 << shift), 0);
	} else if (lcr_before & 0x80 && number <= 1) {
		*(number ? &dlm : &dll) = value;
	}
}

static struct device start(const struct driver *driver, uint32_t lcr)
{
	struct device d = model_device(driver);

	model_reset();
	at = driver == &driver_bcm2835_aux ? 0x40 : 0; /* its switch comes before it */
	d.reg.base_pa += at;
	shift = d.reg_shift;
	dll = dlm = lcr_busy = 0;
	lcr_before = lcr;
	model_set(at + ((uint32_t)LCR << shift), lcr);
	model_set(at + ((uint32_t)LSR << shift), 0x60);
	after_write = latch;
	return d;
}

static void test_divisor(void **state)
{
	static const struct {
		const char *name;
		const struct driver *driver;
		uint32_t hz, baud, dll, dlm;
	} rows[] = {
		{ "known clock", &driver_ns16550, 1843200, 115200, 1, 0 },
		{ "rounded", &driver_ns16550_words, 24000000, 115200, 13, 0 },
		{ "two bytes", &driver_omap_uart, 48000000, 9600, 0x38, 0x01 }, /* 312.5 */
		{ "clock unknown", &driver_ns16550, 0, 115200, 0, 0 },
		{ "clock too slow", &driver_ns16550, 32768, 115200, 0, 0 },
		{ "rate unknown", &driver_ns16550, 24000000, 0, 0, 0 },
		{ "beyond 16 bits", &driver_ns16550, 4000000000u, 300, 0, 0 },
		{ "half the clock", &driver_bcm2835_aux, 250000000, 115200, 0x0f, 0x01 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start(rows[i].driver, 0);

		CASE(rows[i].name);
		d.clock_hz = rows[i].hz;
		d.baud = rows[i].baud;
		d.driver->ops.uart->init(&d);
		/* 312.5 rounds up */
		assert_in_range(dlm << 8 | dll, rows[i].dlm << 8 | rows[i].dll,
				(rows[i].dlm << 8 | rows[i].dll) + (rows[i].baud == 9600));
		assert_int_equal(lcr_before, 3);
	}
}

static void test_rate(void **state)
{
	static const struct {
		const char *name;
		uint32_t hz, dll, dlm, rate;
	} rows[] = {
		{ "115200", 1843200, 1, 0, 115200 },
		{ "two bytes", 48000000, 0x38, 1, 9615 },
		{ "clock unknown", 0, 1, 0, 0 },
		{ "never set", 1843200, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start(&driver_ns16550_words, 0x1b);

		CASE(rows[i].name);
		dll = rows[i].dll;
		dlm = rows[i].dlm;
		d.clock_hz = rows[i].hz;
		assert_int_equal(d.driver->ops.uart->rate(&d), rows[i].rate);
		assert_int_equal(lcr_before, 0x1b); /* as it was */
		assert_int_equal(dlm << 8 | dll, rows[i].dlm << 8 | rows[i].dll);
		if (!rows[i].hz)
			assert_int_equal(n_writes, 0);
	}
}

/* DW_apb_uart ignores what is written to LCR as long as a byte comes or goes. */
static void test_busy_lcr(void **state)
{
	struct device d = start(&driver_ns16550, 3);

	(void)state;
	dll = 13;
	d.clock_hz = 24000000;
	lcr_busy = 40;
	assert_int_equal(d.driver->ops.uart->rate(&d), 115384);
	assert_int_equal(lcr_before, 3);
	lcr_busy = NEVER; /* bounded, and nothing is made of what is not the divisor */
	assert_int_equal(d.driver->ops.uart->rate(&d), 0);
	assert_int_equal(lcr_before, 3);
}

static void test_layouts(void **state)
{
	static const struct {
		uint8_t shift, width;
		uint32_t lsr;
	} rows[] = { { 0, 1, 5 }, { 1, 2, 10 }, { 2, 1, 20 }, { 2, 4, 20 }, { 3, 4, 40 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = model_device(&driver_ns16550);

		model_reset();
		d.reg_shift = rows[i].shift;
		d.reg_width = rows[i].width;
		d.driver->ops.uart->put(&d, 'x'); /* not ready: gives up */
		assert_int_equal(n_writes, 0);
		if (rows[i].width == 1)
			bytes[rows[i].lsr] = 0x21;
		else
			regs[rows[i].lsr / 4] = 0x21 << (rows[i].lsr % 4 * 8) | 0x21;
		d.driver->ops.uart->put(&d, 'x');
		assert_int_equal(n_writes, 1);
		assert_int_equal(writes[0].width, rows[i].width);
		model_set(0, 'r');
		assert_int_equal(d.driver->ops.uart->get(&d), 'r');
	}
}

/* The mini UART is on if its bit of a shared register is, and if it sends. */
static void test_aux(void **state)
{
	enum { ENABLES = 4, MINI = 0x40 };
	static const struct {
		const char *name;
		uint32_t enables, lcr, cntl, want_enables, want_lcr, want_cntl;
		bool written;
	} rows[] = {
		{ "running", 1, 3, 3, 1, 3, 3, false },
		{ "off", 6, 0, 0, 7, 3, 3, true },
		{ "switched off alone", 6, 3, 3, 7, 3, 3, true },
		{ "does not send", 1, 3, 1, 1, 3, 3, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = model_device(&driver_bcm2835_aux);

		CASE(rows[i].name);
		model_reset();
		d.reg.base_pa += MINI;
		model_set(ENABLES, rows[i].enables);
		model_set(MINI + 0xc, rows[i].lcr);
		model_set(MINI + 0x20, rows[i].cntl);
		model_set(MINI + 0x14, 0x60);
		d.driver->ops.uart->init(&d);
		assert_int_equal(regs[ENABLES / 4], rows[i].want_enables);
		assert_int_equal(regs[(MINI + 0xc) / 4], rows[i].want_lcr);
		assert_int_equal(regs[(MINI + 0x20) / 4], rows[i].want_cntl);
		assert_int_equal(n_writes > 0, rows[i].written);
		n_writes = 0;
		d.driver->ops.uart->put(&d, 'x');
		assert_int_equal(n_writes, 1);
		assert_int_equal(writes[0].reg, MINI);
		d.driver->ops.uart->drain(&d);
		assert_int_equal(d.line.polls_max, 0);
		assert_int_equal(d.driver->ops.uart->get(&d), -1);
		model_set(MINI + 0x14, 0x61);
		model_set(MINI, 'r');
		assert_int_equal(d.driver->ops.uart->get(&d), 'r');
	}
}

/* A known clock is the crystal's: a third of it is counted. */
static void test_meson_rate(void **state)
{
	static const struct {
		uint32_t hz, baud, set, rate;
	} rows[] = {
		{ 24000000, 115200, 0x1800044, 115942 },
		{ 24000000, 9600, 0x1800340, 9603 },
		{ 0, 115200, 0, 0 },
		{ 24000000, 10000000, 0, 0 },
	};
	static const struct {
		uint32_t reg5, rate;
	} as_found[] = {
		{ 0x1800044, 115942 }, { 0x9800067, 115384 }, /* half of it */
		{ 0x0800044, 0 },			      /* another clock */
		{ 0x1000044, 0 },			      /* by other registers */
		{ 0x1ffffff, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = model_device(&driver_meson_uart);

		model_reset();
		d.clock_hz = rows[i].hz;
		d.baud = rows[i].baud;
		d.driver->ops.uart->init(&d);
		assert_int_equal(regs[0x14 / 4], rows[i].set);
		assert_int_equal(d.driver->ops.uart->rate(&d), rows[i].rate);
	}
	for (size_t i = 0; i < ARRAY_LEN(as_found); i++) {
		struct device d = model_device(&driver_meson_uart);

		model_reset();
		d.clock_hz = 24000000;
		model_set(0x14, as_found[i].reg5);
		assert_int_equal(d.driver->ops.uart->rate(&d), as_found[i].rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_divisor),	 cmocka_unit_test(test_rate),
		cmocka_unit_test(test_busy_lcr), cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_aux),	 cmocka_unit_test(test_meson_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

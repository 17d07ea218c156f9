/* SPDX-License-Identifier: BSD-2-Clause */
/* The PL011 driver against a register model. */
#include "uart_regs.h"

static struct device uart(uint32_t hz, uint32_t baud)
{
	return (struct device){
		.driver = &driver_pl011, .reg = { BASE, 0x1000 }, .clock_hz = hz, .baud = baud
	};
}

static void test_divisor(void **state)
{
	static const struct {
		uint32_t hz, baud, ibrd, fbrd;
	} rows[] = {
		{ 24000000, 115200, 13, 1 }, /* 13.0208 */
		{ 24000000, 9600, 156, 16 }, { 48000000, 115200, 26, 3 },
		{ 0, 115200, 13, 1 },	/* clock unknown */
		{ 24000000, 0, 13, 1 }, /* rate unknown */
		{ 1000, 115200, 1, 0 }, /* never zero */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = uart(rows[i].hz, rows[i].baud);

		memset(regs, 0, sizeof(regs));
		d.driver->ops.uart->init(&d);
		assert_int_equal(regs[0x24 / 4], rows[i].ibrd);
		assert_int_equal(regs[0x28 / 4], rows[i].fbrd);
		assert_int_equal(regs[0x2c / 4], 0x70);
		assert_int_equal(regs[0x30 / 4], 0x301);
	}
}

static void test_keeps_a_running_one(void **state)
{
	struct device d = uart(24000000, 115200);

	(void)state;
	memset(regs, 0, sizeof(regs));
	regs[0x30 / 4] = 0x301;
	regs[0x24 / 4] = 156;
	d.driver->ops.uart->init(&d);
	assert_int_equal(regs[0x24 / 4], 156);
	regs[0x24 / 4] = 0; /* enabled, but with the divisor Linux would choke on */
	d.driver->ops.uart->init(&d);
	assert_int_equal(regs[0x24 / 4], 13);
}

static void test_rate(void **state)
{
	static const struct {
		uint32_t hz, ibrd, fbrd, rate;
	} rows[] = {
		{ 24000000, 13, 1, 115246 },
		{ 24000000, 156, 16, 9600 },
		{ 48000000, 1, 40, 1846153 },	     /* 1.625 */
		{ 0, 13, 1, 0 },		     /* clock unknown */
		{ 24000000, 0, 0, 0 },		     /* never set */
		{ 24000000, 0x50001, 0xff, 755905 }, /* bits that are none of it: 1.984 */
		{ 2000000000, 13, 1, 0 },	     /* beyond 32 bits */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = uart(rows[i].hz, 0);

		regs[0x24 / 4] = rows[i].ibrd;
		regs[0x28 / 4] = rows[i].fbrd;
		assert_int_equal(d.driver->ops.uart->rate(&d), rows[i].rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_divisor),
					    cmocka_unit_test(test_keeps_a_running_one),
					    cmocka_unit_test(test_rate) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

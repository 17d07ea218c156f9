/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed before there is a console is said when there is one. */
#include "app/console.h"

#include "no_clock.h"
#include "support.h"

static char sent[8192];
static size_t n_sent;

static void init(struct device *dev)
{
	(void)dev;
	n_sent = 0;
}

static void put(struct device *dev, uint8_t byte)
{
	(void)dev;
	assert_true(n_sent < sizeof(sent) - 1);
	sent[n_sent++] = (char)byte;
	sent[n_sent] = '\0';
}

static int get(struct device *dev)
{
	(void)dev;
	return 'k';
}

static uint32_t n_drained;

static void drain(struct device *dev)
{
	(void)dev;
	n_drained++;
}

static uint32_t rate(struct device *dev)
{
	return dev->clock_hz;
}

static const struct uart_ops ops = { init, put, get, drain, rate };
static const struct driver driver = { .name = "fake", .class = DRIVER_UART, .ops.uart = &ops };
static const struct driver other = { .name = "flash", .class = DRIVER_FLASH };

/* There is one console in a program: in this order. */
static void test_before_there_is_one(void **state)
{
	const struct device none = { 0 }, flash = { .driver = &other };

	(void)state;
	con_printf("first %u\n", 1u);
	con_drain();
	assert_int_equal(con_get(), -1);
	assert_int_equal(con_rate(), 115200);
	assert_int_equal(con_sent(), 0); /* nobody has waited for it */
	console_use(&none);
	console_use(&flash);
	con_fold("  ");
	con_printf("a folded line\n");
	assert_int_equal(n_sent, 0);
}

static void test_kept_lines_come_first(void **state)
{
	const struct device uart = { .driver = &driver, .baud = 9600 };

	(void)state;
	console_use(&uart);
	assert_string_equal(sent, "first 1\r\na folded line\r\n");
	assert_int_equal(con_sent(), n_sent);
	n_fed = 0;
	con_printf("second\n");
	assert_string_equal(sent, "first 1\r\na folded line\r\nsecond\r\n");
	assert_int_equal(n_fed, 7); /* a watchdog, with each character */
	con_drain();
	assert_int_equal(n_drained, 1);
	assert_int_equal(con_get(), 'k');
	assert_int_equal(con_rate(), 9600);
}

/* Another UART: what the first one has sent is not repeated. */
static void test_another_one(void **state)
{
	const struct device uart = { .driver = &driver, .baud = 9600, .clock_hz = 57600 };

	(void)state;
	console_use(&uart);
	assert_int_equal(n_sent, 0);
	con_printf("third\n");
	assert_string_equal(sent, "third\r\n");
	assert_int_equal(con_rate(), 57600);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_before_there_is_one),
					    cmocka_unit_test(test_kept_lines_come_first),
					    cmocka_unit_test(test_another_one) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

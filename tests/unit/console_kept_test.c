/* SPDX-License-Identifier: BSD-2-Clause */
/* More is printed before there is a console than is kept: the last lines are, and it is said. */
#include "app/console.h"

#include "no_clock.h"
#include "support.h"

static char sent[8192];
static size_t n_sent;

static void nothing(struct device *dev)
{
	(void)dev;
}

static void put(struct device *dev, uint8_t byte)
{
	(void)dev;
	assert_true(n_sent < sizeof(sent) - 1);
	sent[n_sent++] = (char)byte;
}

static const struct uart_ops ops = { .init = nothing, .put = put };
static const struct driver driver = { .class = DRIVER_UART, .ops.uart = &ops };

static void test_oldest_is_lost(void **state)
{
	enum { LINES = 300, LINE_BYTES = 9, KEPT_BYTES = 2048 };
	const struct device uart = { .driver = &driver };
	unsigned lost, first, n = 0;
	int used = 0;

	(void)state;
	for (uint32_t i = 0; i < LINES; i++)
		con_printf("line %03u\n", i);
	console_use(&uart);
	assert_int_equal(sscanf(sent,
				"oopsmon: %u characters from before there was a console are "
				"lost\r\nline %u%n",
				&lost, &first, &used),
			 2);
	/* whole lines, as many as fit, in order, up to the last one */
	assert_int_equal(lost, first * LINE_BYTES);
	assert_int_equal(LINES - first, KEPT_BYTES / LINE_BYTES);
	for (const char *p = strstr(sent, "line "); p; p = strstr(p + 1, "line "), n++) {
		char want[16];

		snprintf(want, sizeof(want), "line %03u\r\n", first + n);
		assert_memory_equal(p, want, strlen(want));
	}
	assert_int_equal(first + n, LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_oldest_is_lost) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

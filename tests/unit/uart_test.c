/* SPDX-License-Identifier: BSD-2-Clause */
/* What every UART driver does, one row each: as found, off, sending, receiving, given up. */
#include "uart_regs.h"

/* A register and what is in it. */
struct state {
	uint32_t reg, value;
};

enum { STATES = 4 };

struct row {
	const struct driver *driver;
	uint32_t width; /* bytes of an access to the data register */
	uint32_t tx, rx;
	struct state full, room;	/* sending has to wait; may send */
	struct state none, some;	/* a byte waits */
	struct state sending, sent;	/* the wire is busy; idle */
	struct state on[STATES];	/* an earlier stage has it running: nothing is written */
	struct state off[STATES];	/* else these are found ... */
	struct state turned_on[STATES]; /* ... and become these */
};

#define NS16550(shift)                                                                             \
	.tx = 0, .rx = 0, .full = { 5 << (shift), 0x40 }, .room = { 5 << (shift), 0x20 },          \
	.none = { 5 << (shift), 0x60 }, .some = { 5 << (shift), 0x01 },                            \
	.sending = { 5 << (shift), 0x20 }, .sent = { 5 << (shift), 0x60 }

static const struct row rows[] = {
	{ &driver_pl011,
	  4,
	  0x00,
	  0x00,
	  { 0x18, 0x20 },
	  { 0x18, 0x08 },
	  { 0x18, 0x10 },
	  { 0x18, 0 },
	  { 0x18, 0x08 },
	  { 0x18, 0x10 },
	  { { 0x30, 0x301 }, { 0x24, 13 } },
	  { { 0x24, 0 } },
	  { { 0x24, 13 }, { 0x28, 1 }, { 0x2c, 0x70 }, { 0x30, 0x301 } } },
	{ &driver_sbsa_uart,
	  4,
	  0x00,
	  0x00,
	  { 0x18, 0x20 },
	  { 0x18, 0x08 },
	  { 0x18, 0x10 },
	  { 0x18, 0 },
	  { 0x18, 0x08 },
	  { 0x18, 0x10 },
	  { { 0x30, 0 } } },
	{ &driver_ns16550, 1, NS16550(0), .on = { { 3, 0x03 } }, .off = { { 3, 0x00 } },
	  .turned_on = { { 3, 0x03 }, { 2, 0x07 }, { 4, 0x03 } } },
	{ &driver_ns16550_words, 4, NS16550(2), .on = { { 12, 0x1a } }, /* 7E1 */
	  .off = { { 12, 0x83 } }, .turned_on = { { 12, 0x03 }, { 8, 0x07 }, { 16, 0x03 } } },
	{ &driver_xscale_uart, 4, NS16550(2), .on = { { 12, 0x03 }, { 4, 0x40 } },
	  .off = { { 12, 0x03 }, { 4, 0x05 } },
	  .turned_on = { { 12, 0x03 }, { 8, 7 }, { 4, 0x45 } } },
	{ &driver_omap_uart, 1, NS16550(2),
	  .on = { { 12, 0x03 }, { 32, 3 } }, /* 13 times the rate */
	  .off = { { 12, 0x03 }, { 32, 7 } }, .turned_on = { { 12, 0x03 }, { 8, 7 }, { 32, 0 } } },
	{ &driver_imx_uart,
	  4,
	  0x40,
	  0x00,
	  { 0xb4, 0x10 },
	  { 0xb4, 0 },
	  { 0x98, 0 },
	  { 0x98, 1 },
	  { 0x98, 0 },
	  { 0x98, 8 },
	  { { 0x80, 1 }, { 0x84, 0x4027 } },
	  { { 0x80, 0 }, { 0x84, 0x0141 }, { 0x88, 0x700 } },
	  { { 0x80, 1 }, { 0x84, 0x4027 }, { 0x88, 0x784 } } },
	{ &driver_s5pv210_uart,
	  4,
	  0x20,
	  0x24,
	  { 0x18, 0x1000000 },
	  { 0x18, 0xff0000 },
	  { 0x18, 0xff0000 },
	  { 0x18, 0x100 },
	  { 0x10, 0x2 },
	  { 0x10, 0x6 },
	  { { 0x04, 0x245 }, { 0x08, 0x1 } },
	  { { 0x04, 0x3000 }, { 0x00, 0x20 } },
	  { { 0x00, 0x03 }, { 0x04, 0x3005 }, { 0x08, 0x1 } } },
	{ &driver_stm32_usart,
	  4,
	  0x04,
	  0x04,
	  { 0, 0x40 },
	  { 0, 0x80 },
	  { 0, 0xc0 },
	  { 0, 0x20 },
	  { 0, 0x80 },
	  { 0, 0x40 },
	  { { 0x0c, 0x200c } },
	  { { 0x0c, 0x2000 } },
	  { { 0x0c, 0x200c } } },
	{ &driver_stm32f7_usart,
	  4,
	  0x28,
	  0x24,
	  { 0x1c, 0x40 },
	  { 0x1c, 0x80 },
	  { 0x1c, 0xc0 },
	  { 0x1c, 0x20 },
	  { 0x1c, 0x80 },
	  { 0x1c, 0x40 },
	  { { 0, 0x20000009 } },
	  { { 0, 0 } },
	  { { 0, 0x0d } } },
	{ &driver_meson_uart,
	  4,
	  0x00,
	  0x04,
	  { 0x0c, 1 << 21 },
	  { 0x0c, 0 },
	  { 0x0c, 1 << 20 },
	  { 0x0c, 0 },
	  { 0x0c, 3 << 21 | 1 << 25 },
	  { 0x0c, 1 << 22 },
	  { { 0x08, 0x1000 } },
	  { { 0x08, 0x5ff0000 } },
	  { { 0x08, 0x400b000 }, { 0x14, 0 } } },
	{ &driver_cadence_uart,
	  4,
	  0x30,
	  0x30,
	  { 0x2c, 0x10 },
	  { 0x2c, 0 },
	  { 0x2c, 0x02 },
	  { 0x2c, 0 },
	  { 0x2c, 0x808 },
	  { 0x2c, 0x08 },
	  { { 0x00, 0x114 } },
	  { { 0x00, 0x128 }, { 0x04, 0x301 } },
	  { { 0x00, 0x114 }, { 0x04, 0x21 } } },
	{ &driver_armada_3700_uart,
	  4,
	  0x04,
	  0x00,
	  { 0x0c, 0x800 },
	  { 0x0c, 0 },
	  { 0x0c, 0x4000 },
	  { 0x0c, 0x10 },
	  { 0x0c, 0x20 },
	  { 0x0c, 0x40 },
	  { { 0x08, 0 } } },
	{ &driver_armada_3700_uart_ext,
	  4,
	  0x1c,
	  0x18,
	  { 0x0c, 0x800 },
	  { 0x0c, 0 },
	  { 0x0c, 0x10 },
	  { 0x0c, 0x4000 },
	  { 0x0c, 0x20 },
	  { 0x0c, 0x40 },
	  { { 0x08, 0 } } },
	{ &driver_lpuart,
	  4,
	  0x1c,
	  0x1c,
	  { 0x14, 1 << 22 },
	  { 0x14, 1 << 23 },
	  { 0x14, 3 << 22 },
	  { 0x14, 1 << 21 },
	  { 0x14, 1 << 23 },
	  { 0x14, 1 << 22 },
	  { { 0x18, 1 << 19 } },
	  { { 0x18, 0x112 } },
	  { { 0x18, 3 << 18 | 0x100 } } },
};

static struct device start(const struct row *r)
{
	CASE(r->driver->name);
	model_reset();
	return model_device(r->driver);
}

/* Each UART has a row, or a test of its own: msm_uartdm_test.c, geni_uart_test.c, ns16550_test.c.
 */
static void test_all_have_a_row(void **state)
{
	static const struct driver *const uarts[] = { UART_DRIVERS, NULL };
	uint32_t n_others = 0;

	(void)state;
	for (uint32_t i = 0; uarts[i]; i++) {
		const struct uart_ops *ops = uarts[i]->ops.uart;
		bool has_row = false;

		for (size_t k = 0; k < ARRAY_LEN(rows); k++)
			has_row |= rows[k].driver == uarts[i];
		n_others += !has_row;
		CASE(uarts[i]->name);
		assert_int_equal(uarts[i]->class, DRIVER_UART);
		assert_true(ops->init && ops->put && ops->get && ops->drain && ops->rate);
		assert_non_null(uarts[i]->linux_names);
	}
	assert_int_equal(n_others, 3);
}

static void test_on_is_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start(&rows[i]);

		for (int k = 0; k < STATES; k++)
			if (rows[i].on[k].value)
				model_set(rows[i].on[k].reg, rows[i].on[k].value);
		d.clock_hz = 24000000;
		d.driver->ops.uart->init(&d);
		assert_int_equal(n_writes, 0);
	}
}

static void test_off_is_turned_on(void **state)
{
	uint32_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start(&rows[i]);

		for (int k = 0; k < STATES; k++)
			if (rows[i].off[k].value)
				model_set(rows[i].off[k].reg, rows[i].off[k].value);
		d.driver->ops.uart->init(&d);
		for (int k = 0; k < STATES; k++) {
			const struct state *want = &rows[i].turned_on[k];

			if (want->value)
				assert_int_equal(rows[i].width == 1 ? bytes[want->reg]
								    : regs[want->reg / 4],
						 want->value);
			n += want->value != 0;
		}
		/* now it is on: nothing more to do */
		n_writes = 0;
		d.driver->ops.uart->init(&d);
		assert_int_equal(n_writes, 0);
	}
	assert_int_equal(n, 27);
}

static void test_put(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct device d = start(r);

		model_set(r->room.reg, r->room.value);
		later.reg = r->full.reg;
		later.until = r->full.value;
		later.n = 1000;
		d.driver->ops.uart->put(&d, 'x');
		assert_int_equal(later.n, 0);
		assert_int_equal(n_writes, 1);
		assert_int_equal(writes[0].reg, r->tx);
		assert_int_equal(writes[0].value, 'x');
		assert_int_equal(writes[0].width, r->width);
	}
}

/* A dead UART costs the bytes, not the boot: two waits in all, however many bytes there are. */
static void test_put_gives_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct device d = start(r);

		later.reg = r->full.reg;
		later.until = r->full.value;
		later.n = NEVER;
		for (int k = 0; k < 1000; k++)
			d.driver->ops.uart->put(&d, 'x');
		assert_int_equal(n_writes, 0);
		assert_in_range(n_reads, UART_POLLS_MAX, 2 * UART_POLLS_MAX + 2000);

		/* and one that comes back has all the time again */
		later.n = 4;
		model_set(r->room.reg, r->room.value);
		for (int k = 0; k < 5; k++)
			d.driver->ops.uart->put(&d, (uint8_t)('a' + k));
		assert_in_range(n_writes, 1, 3);
		assert_int_equal(writes[n_writes - 1].value, 'e');
		assert_int_equal(d.line.polls_max, 0);
	}
}

static void test_get(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct device d = start(r);

		model_set(r->none.reg, r->none.value);
		assert_int_equal(d.driver->ops.uart->get(&d), -1);
		assert_int_equal(n_reads, 1); /* the data register was left alone */
		if (r->rx != r->some.reg)
			model_set(r->rx, 0xfffff0e9); /* bits above are flags */
		model_set(r->some.reg, r->some.value);
		assert_int_equal(d.driver->ops.uart->get(&d), 0xe9);
		assert_int_equal(n_writes, 0);
	}
}

static void test_drain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct device d = start(r);

		model_set(r->sent.reg, r->sent.value);
		later.reg = r->sending.reg;
		later.until = r->sending.value;
		later.n = 777;
		d.driver->ops.uart->drain(&d);
		assert_int_equal(later.n, 0);
		assert_int_equal(n_reads, 778);
		later.n = NEVER;
		d.driver->ops.uart->drain(&d);
		assert_int_equal(n_reads, 778 + UART_POLLS_MAX);
		assert_int_equal(n_writes, 0);
	}
}

/* Nothing is known of the clock: no rate, and none is guessed. */
static void test_rate_unknown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start(&rows[i]);

		memset(regs, 0x15, sizeof(regs));
		memset(bytes, 0x15, sizeof(bytes));
		assert_int_equal(d.driver->ops.uart->rate(&d), 0);
		assert_int_equal(n_writes, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_have_a_row),
		cmocka_unit_test(test_on_is_left_alone),
		cmocka_unit_test(test_off_is_turned_on),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_gives_up),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_rate_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

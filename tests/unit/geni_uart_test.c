/* SPDX-License-Identifier: BSD-2-Clause */
/* Qualcomm GENI: a byte is a command, and received bytes come as words. */
#include "uart_regs.h"

enum {
	STATUS = 0x40,
	TX_TRANS_LEN = 0x270,
	M_CMD0 = 0x600,
	M_CMD_CTRL = 0x604,
	M_IRQ_STATUS = 0x610,
	M_IRQ_CLEAR = 0x618,
	S_CMD0 = 0x630,
	TX_FIFO = 0x700,
	RX_FIFO = 0x780,
	RX_FIFO_STATUS = 0x804,
	DONE = 1 << 0,
	ABORTED = 1 << 5,
	WATERMARK = 1 << 30,
};

static char sent[64];
static uint32_t n_sent, n_aborts;
static bool stuck, never_done; /* the sequencer takes no byte; does not send it */

/* What the sequencer does with each write. */
static void sequencer(uint32_t reg, uint32_t value)
{
	uint32_t *irq = &regs[M_IRQ_STATUS / 4];

	if (reg == M_IRQ_CLEAR)
		*irq &= ~value;
	if (reg == M_CMD0) {
		assert_int_equal(value, 1 << 27);
		assert_int_equal(regs[TX_TRANS_LEN / 4], 1);
		assert_int_equal(*irq & (DONE | WATERMARK), 0); /* of the last one */
		if (!stuck)
			*irq |= WATERMARK;
	}
	if (reg == TX_FIFO) {
		assert_true(*irq & WATERMARK);
		sent[n_sent++ % sizeof(sent)] = (char)value;
		*irq |= never_done ? 0 : DONE;
	}
	if (reg == M_CMD_CTRL) {
		assert_int_equal(value, 2);
		*irq |= ABORTED;
		n_aborts++;
	}
}

static struct device start(void)
{
	model_reset();
	after_write = sequencer;
	n_sent = n_aborts = 0;
	stuck = never_done = false;
	return model_device(&driver_geni_uart);
}

static void test_put(void **state)
{
	struct device d = start();

	(void)state;
	for (const char *c = "hello"; *c; c++)
		d.driver->ops.uart->put(&d, (uint8_t)*c);
	assert_memory_equal(sent, "hello", 5);
	assert_int_equal(n_sent, 5);
	assert_int_equal(n_aborts, 0);
}

static void test_put_gives_up(void **state)
{
	struct device d = start();

	(void)state;
	for (int end = 0; end < 2; end++) {
		d = start();
		stuck = end == 0;
		never_done = end == 1;
		for (int i = 0; i < 1000; i++)
			d.driver->ops.uart->put(&d, 'x');
		assert_int_equal(n_aborts, 1000);
		assert_in_range(n_reads, UART_POLLS_MAX, 2 * UART_POLLS_MAX + 4000);
		n_sent = 0;
		stuck = never_done = false;
		d.driver->ops.uart->put(&d, 'y');
		assert_int_equal(n_sent, 1);
		assert_int_equal(d.line.polls_max, 0);
	}
}

static void test_get(void **state)
{
	static const struct {
		const char *name;
		uint32_t status, word;
		int want[5];
	} rows[] = {
		{ "none", 0, 0, { -1 } },
		{ "a whole word", 2, 0x64636261, { 'a', 'b', 'c', 'd' } },
		{ "the last word, one byte", 1u << 31 | 1 << 28 | 1, 0x61, { 'a', -2 } },
		{ "the last word, three bytes",
		  1u << 31 | 3 << 28 | 1,
		  0x636261,
		  { 'a', 'b', 'c', -2 } },
		{ "the last word, four bytes", 1u << 31 | 1, 0x64636261, { 'a', 'b', 'c', 'd' } },
		{ "a count that cannot be",
		  1u << 31 | 7 << 28 | 1,
		  0x64636261,
		  { 'a', 'b', 'c', 'd' } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start();

		CASE(rows[i].name);
		model_set(RX_FIFO_STATUS, rows[i].status);
		model_set(RX_FIFO, rows[i].word);
		for (int k = 0; k < 4 && rows[i].want[k] != -2; k++) {
			assert_int_equal(d.driver->ops.uart->get(&d), rows[i].want[k]);
			model_set(RX_FIFO_STATUS, 0);
			if (rows[i].want[k] < 0)
				break;
		}
		assert_int_equal(d.driver->ops.uart->get(&d), -1);
		assert_int_equal(n_writes, 0);
	}
}

/* Receiving is started once; a second command would be an error. */
static void test_init(void **state)
{
	struct device d = start();

	(void)state;
	d.driver->ops.uart->init(&d);
	assert_int_equal(n_writes, 1);
	assert_int_equal(writes[0].reg, S_CMD0);
	assert_int_equal(writes[0].value, 1 << 27);
	model_set(STATUS, 1 << 12);
	d.driver->ops.uart->init(&d);
	assert_int_equal(n_writes, 1);
	assert_int_equal(d.driver->ops.uart->rate(&d), 0);
}

static void test_drain(void **state)
{
	struct device d = start();

	(void)state;
	later.reg = STATUS;
	later.until = 1;
	later.n = 99;
	d.driver->ops.uart->drain(&d);
	assert_int_equal(n_reads, 100);
	later.n = NEVER;
	d.driver->ops.uart->drain(&d);
	assert_int_equal(n_reads, 100 + UART_POLLS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),   cmocka_unit_test(test_put_gives_up),
		cmocka_unit_test(test_get),   cmocka_unit_test(test_init),
		cmocka_unit_test(test_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

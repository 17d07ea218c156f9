/* SPDX-License-Identifier: BSD-2-Clause */
/* Qualcomm UARTDM: each byte is announced, and received bytes come as words. */
#include "uart_regs.h"

enum {
	SR = 0x08,
	CR = 0x10,
	DMRX = 0x34,
	DMEN = 0x3c,
	NCF_TX = 0x40,
	RXFS = 0x50,
	FIFO = 0x70,
	RX_READY = 1 << 0,
	TX_READY = 1 << 2,
	TX_EMPTY = 1 << 3,
};

static struct device start(uint32_t sr)
{
	model_reset();
	model_set(SR, sr);
	return model_device(&driver_msm_uartdm);
}

static void test_put(void **state)
{
	static const struct written want[] = { { CR, 0x300, 4 },
					       { NCF_TX, 1, 4 },
					       { FIFO, 'x', 4 } };
	struct device d = start(TX_EMPTY | TX_READY);

	(void)state;
	later.reg = SR;
	later.n = 50;
	d.driver->ops.uart->put(&d, 'x');
	assert_int_equal(later.n, 0);
	assert_int_equal(n_writes, ARRAY_LEN(want));
	assert_memory_equal(writes, want, sizeof(want));
}

static void test_put_gives_up(void **state)
{
	static const struct {
		uint32_t sr, n_writes;
	} rows[] = { { 0, 0 }, { TX_READY, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start(rows[i].sr);

		for (int k = 0; k < 1000; k++)
			d.driver->ops.uart->put(&d, 'x');
		assert_int_equal(n_writes, rows[i].n_writes);
		assert_in_range(n_reads, UART_POLLS_MAX, 2 * UART_POLLS_MAX + 1000);
	}
}

/* Announced, but never ready: the byte is not written, the wait has an end. */
static void test_never_ready(void **state)
{
	struct device d = start(TX_EMPTY);

	(void)state;
	d.driver->ops.uart->put(&d, 'x');
	assert_int_equal(n_writes, 2);
	assert_true(n_reads <= UART_POLLS_MAX + 2);
}

static void test_get(void **state)
{
	static const struct {
		const char *name;
		uint32_t sr, dmen, rxfs, word;
		int n;
		uint32_t n_writes;
	} rows[] = {
		{ "none", 0, 0, 0, 0, 0, 0 },
		{ "a word", RX_READY, 0, 0, 0x64636261, 4, 0 },
		{ "one byte in a word", RX_READY, 1 << 5, 0, 0x61, 1, 0 },
		{ "two bytes that do not fill a word", 0, 0, 2 << 7, 0x6261, 2, 4 },
		{ "a count that cannot be", 0, 0, 7 << 7, 0x64636261, 4, 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct device d = start(rows[i].sr);

		CASE(rows[i].name);
		model_set(DMEN, rows[i].dmen);
		model_set(RXFS, rows[i].rxfs);
		model_set(FIFO, rows[i].word);
		for (int k = 0; k < rows[i].n; k++) {
			assert_int_equal(d.driver->ops.uart->get(&d), 'a' + k);
			model_set(SR, 0);
			model_set(RXFS, 0);
		}
		assert_int_equal(d.driver->ops.uart->get(&d), -1);
		assert_int_equal(n_writes, rows[i].n_writes);
	}
}

static void test_rest(void **state)
{
	struct device d = start(TX_EMPTY);

	(void)state;
	d.driver->ops.uart->init(&d);
	assert_int_equal(n_writes, 1);
	assert_int_equal(writes[0].reg, CR);
	assert_int_equal(writes[0].value, 5); /* both ways enabled, nothing reset */
	assert_int_equal(d.driver->ops.uart->rate(&d), 0);
	later.reg = SR;
	later.until = TX_READY;
	later.n = 9;
	n_reads = 0;
	d.driver->ops.uart->drain(&d);
	assert_int_equal(n_reads, 10);
	later.n = NEVER;
	d.driver->ops.uart->drain(&d);
	assert_int_equal(n_reads, 10 + UART_POLLS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),	    cmocka_unit_test(test_put_gives_up),
		cmocka_unit_test(test_never_ready), cmocka_unit_test(test_get),
		cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

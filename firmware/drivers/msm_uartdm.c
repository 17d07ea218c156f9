/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Qualcomm UARTDM, 1.1 to 1.4.
 * Source: Linux drivers/tty/serial/msm_serial.c (6.1). It wants to be told how many bytes come:
 * one at a time here.
 */
#include "uart.h"

enum {
	SR = 0x08,
	CR = 0x10,
	ISR = 0x14,
	DMRX = 0x34,
	DMEN = 0x3c,
	NCF_TX = 0x40,
	RXFS = 0x50,
	FIFO = 0x70,

	SR_RX_READY = 1 << 0,
	SR_TX_READY = 1 << 2,
	SR_TX_EMPTY = 1 << 3,
	CR_RX_ENABLE = 1 << 0,
	CR_TX_ENABLE = 1 << 2,
	CR_RESET_TX_READY = 3 << 8,
	CR_FORCE_STALE = 4 << 8,
	CR_RESET_STALE = 8 << 4,
	CR_STALE_ENABLE = 80 << 4,
	DMEN_RX_SINGLE = 1 << 5, /* a byte in a word, else four */
	RXFS_PACKED_SHIFT = 7,	 /* bytes that do not fill a word yet */
	RXFS_PACKED = 7,
	DMRX_MAX = 0xffffff,
};

static const struct uart_bits empty = { SR, UART_IS, SR_TX_EMPTY, SR_TX_EMPTY };
static const struct uart_bits ready = { SR, UART_IS, SR_TX_READY, SR_TX_READY };

/* Does not say whether it is on, but enabling twice changes nothing. */
static void uartdm_init(struct device *dev)
{
	uart_write(dev, CR, CR_TX_ENABLE | CR_RX_ENABLE);
}

static void uartdm_put(struct device *dev, uint8_t byte)
{
	if (!uart_wait(dev, &empty))
		return;
	uart_write(dev, CR, CR_RESET_TX_READY);
	uart_write(dev, NCF_TX, 1);
	(void)uart_read(dev, NCF_TX); /* it has arrived */
	if (uart_wait(dev, &ready))
		uart_send(dev, FIFO, byte);
}

static int uartdm_get(struct device *dev)
{
	uint32_t packed;

	if (dev->line.n_rx > 0)
		return uart_next_of_word(dev);
	if (uart_read(dev, SR) & SR_RX_READY) {
		dev->line.n_rx = uart_read(dev, DMEN) & DMEN_RX_SINGLE ? 1 : 4;
		dev->line.rx_word = uart_read(dev, FIFO);
		return uart_next_of_word(dev);
	}
	packed = uart_read(dev, RXFS) >> RXFS_PACKED_SHIFT & RXFS_PACKED;
	if (packed == 0)
		return -1;
	uart_write(dev, CR, CR_FORCE_STALE); /* pushes them out */
	dev->line.n_rx = packed > 4 ? 4 : packed;
	dev->line.rx_word = uart_read(dev, FIFO);
	uart_write(dev, CR, CR_RESET_STALE);
	uart_write(dev, DMRX, DMRX_MAX);
	uart_write(dev, CR, CR_STALE_ENABLE);
	return uart_next_of_word(dev);
}

static void uartdm_drain(struct device *dev)
{
	(void)uart_wait(dev, &empty);
}

static const struct uart_ops ops = { uartdm_init, uartdm_put, uartdm_get, uartdm_drain,
				     uart_rate_unknown };

const struct driver driver_msm_uartdm = {
	.name = "msm-uartdm",
	.class = DRIVER_UART,
	.compatible = "qcom,msm-uartdm\0"
		      "qcom,msm-uartdm-v1.1\0"
		      "qcom,msm-uartdm-v1.2\0"
		      "qcom,msm-uartdm-v1.3\0"
		      "qcom,msm-uartdm-v1.4\0",
	.linux_names = "ttyMSM\0"
		       "msm_serial_dm\0",
	.ops.uart = &ops,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Qualcomm GENI serial engine with the firmware of a UART.
 * Source: Linux drivers/tty/serial/qcom_geni_serial.c, include/linux/qcom-geni-se.h (6.1). Bytes
 * are sent as commands of one byte; the stage before must have loaded firmware and set the rate.
 */
#include "uart.h"

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
	TX_WATERMARK = 0x80c,

	STATUS_M_ACTIVE = 1 << 0,  /* sending */
	STATUS_S_ACTIVE = 1 << 12, /* receiving */
	CMD_START = 1 << 27,	   /* of both engines */
	CMD_ABORT = 1 << 1,
	IRQ_DONE = 1 << 0,
	IRQ_ABORTED = 1 << 5,
	IRQ_TX_WATERMARK = 1 << 30,
	RX_WORDS = 0x1ffffff,
	RX_LAST_BYTES_SHIFT = 28, /* valid bytes of the last word, 0: all four */
};
#define RX_LAST 0x80000000u

static const struct uart_bits idle = { STATUS, UART_IS, STATUS_M_ACTIVE, 0 };
static const struct uart_bits room = { M_IRQ_STATUS, UART_IS, IRQ_TX_WATERMARK, IRQ_TX_WATERMARK };
static const struct uart_bits done = { M_IRQ_STATUS, UART_IS, IRQ_DONE, IRQ_DONE };
static const struct uart_bits aborted = { M_IRQ_STATUS, UART_IS, IRQ_ABORTED, IRQ_ABORTED };

static void geni_init(struct device *dev)
{
	if (!(uart_read(dev, STATUS) & STATUS_S_ACTIVE))
		uart_write(dev, S_CMD0, CMD_START);
}

static void geni_put(struct device *dev, uint8_t byte)
{
	uart_write(dev, TX_WATERMARK, 2);
	uart_write(dev, M_IRQ_CLEAR, IRQ_DONE | IRQ_TX_WATERMARK);
	uart_write(dev, TX_TRANS_LEN, 1);
	uart_write(dev, M_CMD0, CMD_START);
	if (uart_wait(dev, &room)) {
		uart_write(dev, TX_FIFO, byte);
		if (uart_wait(dev, &done)) {
			dev->line.polls_max = 0;
			return;
		}
	}
	/* a command that is not done is in the way of the next one */
	uart_write(dev, M_CMD_CTRL, CMD_ABORT);
	(void)uart_wait(dev, &aborted);
	uart_write(dev, M_IRQ_CLEAR, IRQ_DONE | IRQ_ABORTED | IRQ_TX_WATERMARK);
}

static int geni_get(struct device *dev)
{
	uint32_t status;

	if (dev->line.n_rx == 0) {
		status = uart_read(dev, RX_FIFO_STATUS);
		if ((status & RX_WORDS) == 0)
			return -1;
		if ((status & RX_WORDS) == 1 && (status & RX_LAST))
			dev->line.n_rx = status >> RX_LAST_BYTES_SHIFT & 7;
		if (dev->line.n_rx == 0 || dev->line.n_rx > 4)
			dev->line.n_rx = 4;
		dev->line.rx_word = uart_read(dev, RX_FIFO);
	}
	return uart_next_of_word(dev);
}

static void geni_drain(struct device *dev)
{
	(void)uart_wait(dev, &idle);
}

static const struct uart_ops ops = { geni_init, geni_put, geni_get, geni_drain, uart_rate_unknown };

const struct driver driver_geni_uart = {
	.name = "geni-uart",
	.class = DRIVER_UART,
	.compatible = "qcom,geni-debug-uart\0"
		      "qcom,geni-uart\0",
	.linux_names = "ttyMSM\0"
		       "ttyHS\0"
		       "qcom_geni\0",
	.ops.uart = &ops,
};

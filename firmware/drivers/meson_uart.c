/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Amlogic Meson UART.
 * Source: Amlogic S905 public datasheet, chapter 27; Linux drivers/tty/serial/meson_uart.c (6.1).
 */
#include "uart.h"

enum {
	WFIFO = 0x00,
	RFIFO = 0x04,
	CONTROL = 0x08,
	STATUS = 0x0c,
	REG5 = 0x14, /* the rate */

	CONTROL_TX_EN = 1 << 12,
	CONTROL_RX_EN = 1 << 13,
	CONTROL_TWO_WIRE = 1 << 15,
	CONTROL_FRAME = 0x3f << 16 | CONTROL_TWO_WIRE | CONTROL_RX_EN, /* 8N1 is 0 */
	CONTROL_RESETS = 7 << 22,
	STATUS_RX_EMPTY = 1 << 20,
	STATUS_TX_FULL = 1 << 21,
	STATUS_TX_EMPTY = 1 << 22,
	STATUS_TX_BUSY = 1 << 25,
	REG5_DIVISOR = 0x7fffff,
	REG5_USE = 1 << 23,
	REG5_XTAL = 1 << 24, /* counts a third of the crystal's clock */
	REG5_XTAL_HALF = 1 << 27,
};

static const struct uart_model model = {
	.can_send = { STATUS, UART_IS, STATUS_TX_FULL, 0 },
	.has_byte = { STATUS, UART_IS, STATUS_RX_EMPTY, 0 },
	.is_idle = { STATUS, UART_IS, STATUS_TX_EMPTY | STATUS_TX_BUSY, STATUS_TX_EMPTY },
	.tx = WFIFO,
	.rx = RFIFO,
	.turn_on = { { CONTROL, UART_SET, CONTROL_FRAME | CONTROL_RESETS,
		       CONTROL_TWO_WIRE | CONTROL_RX_EN },
		     { CONTROL, UART_SET_IF_OFF, CONTROL_TX_EN, CONTROL_TX_EN } },
};

/* dev->clock_hz is the crystal's: the tree names it first. */
static void meson_init(struct device *dev)
{
	const uint32_t third = dev->clock_hz / 3;

	if (uart_is_on(dev, &model))
		return;
	if (dev->baud && third / dev->baud > 0 && third / dev->baud <= REG5_DIVISOR)
		uart_write(dev, REG5,
			   ((third + dev->baud / 2) / dev->baud - 1) | REG5_USE | REG5_XTAL);
	uart_turn_on(dev, &model);
}

/* Without the crystal it counts a clock that the tree does not tell. */
static uint32_t meson_rate(struct device *dev)
{
	const uint32_t reg5 = uart_read(dev, REG5);

	if (!(reg5 & REG5_USE) || !(reg5 & REG5_XTAL))
		return 0;
	return dev->clock_hz / (reg5 & REG5_XTAL_HALF ? 2 : 3) / ((reg5 & REG5_DIVISOR) + 1);
}

static const struct uart_ops ops = { meson_init, uart_put, uart_get, uart_drain, meson_rate };

const struct driver driver_meson_uart = {
	.name = "meson-uart",
	.class = DRIVER_UART,
	.compatible = "amlogic,meson-ao-uart\0"
		      "amlogic,meson-uart\0"
		      "amlogic,meson6-uart\0"
		      "amlogic,meson8-uart\0"
		      "amlogic,meson8b-uart\0"
		      "amlogic,meson-gx-uart\0"
		      "amlogic,meson-s4-uart\0",
	.linux_names = "ttyAML\0"
		       "meson\0",
	.uart_model = &model,
	.ops.uart = &ops,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marvell Armada 3700: its first UART, and the second, extended one.
 * Source: Linux drivers/tty/serial/mvebu-uart.c (6.1). Neither can be switched off.
 */
#include "uart.h"

enum {
	RBR = 0x00,
	TSH = 0x04,
	STAT = 0x0c,
	EXT_RBR = 0x18,
	EXT_TSH = 0x1c,

	STAT_RX_READY = 1 << 4,
	STAT_TX_EMPTY = 1 << 6,
	STAT_TX_FULL = 1 << 11,
	STAT_EXT_RX_READY = 1 << 14,
};

static const struct uart_model model = {
	.can_send = { STAT, UART_IS, STAT_TX_FULL, 0 },
	.has_byte = { STAT, UART_IS, STAT_RX_READY, STAT_RX_READY },
	.is_idle = { STAT, UART_IS, STAT_TX_EMPTY, STAT_TX_EMPTY },
	.tx = TSH,
	.rx = RBR,
};

static const struct uart_model extended = {
	.can_send = { STAT, UART_IS, STAT_TX_FULL, 0 },
	.has_byte = { STAT, UART_IS, STAT_EXT_RX_READY, STAT_EXT_RX_READY },
	.is_idle = { STAT, UART_IS, STAT_TX_EMPTY, STAT_TX_EMPTY },
	.tx = EXT_TSH,
	.rx = EXT_RBR,
};

const struct driver driver_armada_3700_uart = {
	.name = "armada-3700-uart",
	.class = DRIVER_UART,
	.compatible = "marvell,armada-3700-uart\0",
	.linux_names = "ttyMV\0"
		       "ar3700_uart\0",
	.uart_model = &model,
	.ops.uart = &uart_model_ops,
};

const struct driver driver_armada_3700_uart_ext = {
	.name = "armada-3700-uart-ext",
	.class = DRIVER_UART,
	.compatible = "marvell,armada-3700-uart-ext\0",
	.linux_names = "ttyMV\0",
	.uart_model = &extended,
	.ops.uart = &uart_model_ops,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NXP LPUART with 32-bit registers, as from i.MX7ULP on.
 * Source: IMX7ULPRM, chapter 52 (LPUART); Linux drivers/tty/serial/fsl_lpuart.c (6.1).
 */
#include "uart.h"

enum {
	STAT = 0x14,
	CTRL = 0x18,
	DATA = 0x1c,

	STAT_RDRF = 1 << 21,
	STAT_TC = 1 << 22,
	STAT_TDRE = 1 << 23,
	CTRL_PE = 1 << 1,
	CTRL_M = 1 << 4, /* 9 bits */
	CTRL_RE = 1 << 18,
	CTRL_TE = 1 << 19,
};

static const struct uart_model model = {
	.can_send = { STAT, UART_IS, STAT_TDRE, STAT_TDRE },
	.has_byte = { STAT, UART_IS, STAT_RDRF, STAT_RDRF },
	.is_idle = { STAT, UART_IS, STAT_TC, STAT_TC },
	.tx = DATA,
	.rx = DATA,
	.turn_on = { { CTRL, UART_SET, CTRL_PE | CTRL_M | CTRL_RE, CTRL_RE },
		     { CTRL, UART_SET_IF_OFF, CTRL_TE, CTRL_TE } },
};

const struct driver driver_lpuart = {
	.name = "lpuart",
	.class = DRIVER_UART,
	.compatible = "fsl,imx7ulp-lpuart\0"
		      "fsl,imx8qxp-lpuart\0",
	.linux_names = "ttyLP\0",
	.uart_model = &model,
	.ops.uart = &uart_model_ops,
};

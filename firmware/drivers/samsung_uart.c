/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Samsung UART, as of S5PV210; the Exynos ones among them.
 * Source: Exynos 4412 user's manual, chapter 28; Linux include/linux/serial_s3c.h,
 * drivers/tty/serial/samsung_tty.c (6.1). The states used here are those of the FIFO mode.
 */
#include "uart.h"

enum {
	ULCON = 0x00,
	UCON = 0x04,
	UFCON = 0x08,
	UTRSTAT = 0x10,
	UFSTAT = 0x18,
	UTXH = 0x20,
	URXH = 0x24,

	ULCON_FRAME = 0x7f,
	ULCON_8N1 = 0x03,
	UCON_RX_POLL = 1 << 0, /* interrupt or polling, not DMA */
	UCON_RX_MODE = 3 << 0,
	UCON_TX_POLL = 1 << 2,
	UCON_TX_MODE = 3 << 2,
	UFCON_FIFO = 1 << 0,
	UTRSTAT_TX_IDLE = 1 << 2, /* the shift register, too */
	UFSTAT_RX_ANY = 0x1ff,	  /* the count, and full */
	UFSTAT_TX_FULL = 1 << 24,
};

static const struct uart_model model = {
	.can_send = { UFSTAT, UART_IS, UFSTAT_TX_FULL, 0 },
	.has_byte = { UFSTAT, UART_IS_NOT, UFSTAT_RX_ANY, 0 },
	.is_idle = { UTRSTAT, UART_IS, UTRSTAT_TX_IDLE, UTRSTAT_TX_IDLE },
	.tx = UTXH,
	.rx = URXH,
	.turn_on = { { ULCON, UART_SET, ULCON_FRAME, ULCON_8N1 },
		     { UCON, UART_SET, UCON_RX_MODE, UCON_RX_POLL },
		     { UFCON, UART_SET_IF_OFF, UFCON_FIFO, UFCON_FIFO },
		     { UCON, UART_SET_IF_OFF, UCON_TX_MODE, UCON_TX_POLL } },
};

const struct driver driver_s5pv210_uart = {
	.name = "samsung-uart",
	.class = DRIVER_UART,
	.compatible = "samsung,exynos4210-uart\0"
		      "samsung,s5pv210-uart\0"
		      "samsung,exynos5433-uart\0"
		      "samsung,exynos850-uart\0",
	.linux_names = "ttySAC\0"
		       "exynos4210\0"
		       "s5pv210\0",
	.uart_model = &model,
	.ops.uart = &uart_model_ops,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * i.MX UART, as of i.MX21.
 * Source: IMX6DQRM (i.MX 6Dual/6Quad reference manual), chapter 64; Linux drivers/tty/serial/imx.c
 * (6.1). Its input clock comes from the CCM, which no tree tells: the rate stays as it is.
 */
#include "uart.h"

enum {
	URXD = 0x00,
	UTXD = 0x40,
	UCR1 = 0x80,
	UCR2 = 0x84,
	UCR3 = 0x88,
	USR2 = 0x98,
	UTS = 0xb4,

	UCR1_UARTEN = 1 << 0,
	UCR2_SRST = 1 << 0, /* 0 resets it */
	UCR2_RXEN = 1 << 1,
	UCR2_TXEN = 1 << 2,
	UCR2_WS = 1 << 5, /* 8 bits */
	UCR2_STPB = 1 << 6,
	UCR2_PREN = 1 << 8,
	UCR2_IRTS = 1 << 14, /* sends whatever RTS says */
	UCR2_FRAME = UCR2_IRTS | UCR2_PREN | UCR2_STPB | UCR2_WS | UCR2_RXEN | UCR2_SRST,
	UCR2_8N1 = UCR2_IRTS | UCR2_WS | UCR2_RXEN | UCR2_SRST,
	UCR3_RXDMUXSEL = 1 << 2, /* has to be set */
	UCR3_ADNIMP = 1 << 7,	 /* no rate detection */
	USR2_RDR = 1 << 0,
	USR2_TXDC = 1 << 3,
	UTS_TXFULL = 1 << 4,
};

static const struct uart_model model = {
	.can_send = { UTS, UART_IS, UTS_TXFULL, 0 },
	.has_byte = { USR2, UART_IS, USR2_RDR, USR2_RDR },
	.is_idle = { USR2, UART_IS, USR2_TXDC, USR2_TXDC },
	.tx = UTXD,
	.rx = URXD,
	.turn_on = { { UCR2, UART_SET, UCR2_FRAME, UCR2_8N1 },
		     { UCR3, UART_SET, UCR3_RXDMUXSEL | UCR3_ADNIMP, UCR3_RXDMUXSEL | UCR3_ADNIMP },
		     { UCR2, UART_SET_IF_OFF, UCR2_TXEN, UCR2_TXEN },
		     { UCR1, UART_SET_IF_OFF, UCR1_UARTEN, UCR1_UARTEN } },
};

const struct driver driver_imx_uart = {
	.name = "imx-uart",
	.class = DRIVER_UART,
	.compatible = "fsl,imx21-uart\0"
		      "fsl,imx53-uart\0"
		      "fsl,imx6q-uart\0",
	.linux_names = "ttymxc\0"
		       "ec_imx21\0"
		       "ec_imx6q\0",
	.uart_model = &model,
	.ops.uart = &uart_model_ops,
};

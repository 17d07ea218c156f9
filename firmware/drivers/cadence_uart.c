/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cadence UART of Zynq and ZynqMP.
 * Source: AMD UG585 (Zynq-7000 technical reference manual), appendix B.33; Linux
 * drivers/tty/serial/xilinx_uartps.c (6.1).
 */
#include "uart.h"

enum {
	CR = 0x00,
	MR = 0x04,
	SR = 0x2c,
	FIFO = 0x30,

	CR_RX_EN = 1 << 2,
	CR_RX_DIS = 1 << 3,
	CR_TX_EN = 1 << 4,
	CR_TX_DIS = 1 << 5,
	MR_FRAME = 0x3fe, /* all but the prescaler */
	MR_8N1 = 0x20,
	SR_RX_EMPTY = 1 << 1,
	SR_TX_EMPTY = 1 << 3,
	SR_TX_FULL = 1 << 4,
	SR_TX_ACTIVE = 1 << 11,
};

static const struct uart_model model = {
	.can_send = { SR, UART_IS, SR_TX_FULL, 0 },
	.has_byte = { SR, UART_IS, SR_RX_EMPTY, 0 },
	.is_idle = { SR, UART_IS, SR_TX_EMPTY | SR_TX_ACTIVE, SR_TX_EMPTY },
	.tx = FIFO,
	.rx = FIFO,
	.turn_on = { { MR, UART_SET, MR_FRAME, MR_8N1 },
		     { CR, UART_SET, CR_RX_EN | CR_RX_DIS, CR_RX_EN },
		     { CR, UART_SET_IF_OFF, CR_TX_EN | CR_TX_DIS, CR_TX_EN } },
};

const struct driver driver_cadence_uart = {
	.name = "cadence-uart",
	.class = DRIVER_UART,
	.compatible = "xlnx,xuartps\0"
		      "cdns,uart-r1p8\0"
		      "cdns,uart-r1p12\0"
		      "xlnx,zynqmp-uart\0",
	.linux_names = "ttyPS\0"
		       "cdns\0",
	.uart_model = &model,
	.ops.uart = &uart_model_ops,
};

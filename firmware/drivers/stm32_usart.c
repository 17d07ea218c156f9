/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STM32 USART: one layout up to STM32F4, another one from STM32F7 on (STM32MP1 among them).
 * Source: ST RM0090, 30.6 and RM0436, 46.7; Linux drivers/tty/serial/stm32-usart.h (6.1).
 * Out of reset the frame is 8N1.
 */
#include "uart.h"

enum {
	F4_SR = 0x00,
	F4_DR = 0x04,
	F4_CR1 = 0x0c,
	F7_CR1 = 0x00,
	F7_ISR = 0x1c,
	F7_RDR = 0x24,
	F7_TDR = 0x28,

	SR_RXNE = 1 << 5,
	SR_TC = 1 << 6,
	SR_TXE = 1 << 7,
	CR1_RE = 1 << 2,
	CR1_TE = 1 << 3,
	F4_CR1_UE = 1 << 13,
	F7_CR1_UE = 1 << 0,
};

static const struct uart_model f4 = {
	.can_send = { F4_SR, UART_IS, SR_TXE, SR_TXE },
	.has_byte = { F4_SR, UART_IS, SR_RXNE, SR_RXNE },
	.is_idle = { F4_SR, UART_IS, SR_TC, SR_TC },
	.tx = F4_DR,
	.rx = F4_DR,
	.turn_on = { { F4_CR1, UART_SET, CR1_RE, CR1_RE },
		     { F4_CR1, UART_SET_IF_OFF, F4_CR1_UE | CR1_TE, F4_CR1_UE | CR1_TE } },
};

static const struct uart_model f7 = {
	.can_send = { F7_ISR, UART_IS, SR_TXE, SR_TXE },
	.has_byte = { F7_ISR, UART_IS, SR_RXNE, SR_RXNE },
	.is_idle = { F7_ISR, UART_IS, SR_TC, SR_TC },
	.tx = F7_TDR,
	.rx = F7_RDR,
	.turn_on = { { F7_CR1, UART_SET, CR1_RE, CR1_RE },
		     { F7_CR1, UART_SET_IF_OFF, F7_CR1_UE | CR1_TE, F7_CR1_UE | CR1_TE } },
};

const struct driver driver_stm32_usart = {
	.name = "stm32-usart",
	.class = DRIVER_UART,
	.compatible = "st,stm32-uart\0"
		      "st,stm32-usart\0",
	.linux_names = "ttySTM\0",
	.uart_model = &f4,
	.ops.uart = &uart_model_ops,
};

const struct driver driver_stm32f7_usart = {
	.name = "stm32f7-usart",
	.class = DRIVER_UART,
	.compatible = "st,stm32h7-uart\0"
		      "st,stm32f7-uart\0"
		      "st,stm32h7-usart\0"
		      "st,stm32f7-usart\0",
	.linux_names = "ttySTM\0",
	.uart_model = &f7,
	.ops.uart = &uart_model_ops,
};

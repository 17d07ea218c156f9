/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm PrimeCell UART PL011, and the SBSA generic UART, which has no registers to set it up.
 * Source: Arm DDI 0183G, chapter 3 (registers), 3.3.6 (baud rate divisor); Arm DEN 0029 (SBSA),
 * appendix B.
 */
#include "mmio.h"
#include "uart.h"

enum {
	DR = 0x00,
	FR = 0x18,
	IBRD = 0x24,
	FBRD = 0x28,
	LCR_H = 0x2c,
	CR = 0x30,
	IMSC = 0x38,
	ICR = 0x44,

	FR_BUSY = 1 << 3,
	FR_RXFE = 1 << 4,
	FR_TXFF = 1 << 5,
	LCR_H_FIFO = 1 << 4,
	LCR_H_8BIT = 3 << 5,
	CR_UARTEN = 1 << 0,
	CR_TXE = 1 << 8,
	CR_RXE = 1 << 9,

	CLOCK_DEFAULT_HZ = 24000000,
};

static const struct uart_model model = {
	.can_send = { FR, UART_IS, FR_TXFF, 0 },
	.has_byte = { FR, UART_IS, FR_RXFE, 0 },
	.is_idle = { FR, UART_IS, FR_BUSY, 0 },
	.tx = DR,
	.rx = DR,
};

static void pl011_init(struct device *dev)
{
	uint64_t base = dev->reg.base_pa;
	uint32_t clock_hz = dev->clock_hz ? dev->clock_hz : CLOCK_DEFAULT_HZ;
	uint32_t baud = dev->baud ? dev->baud : 115200;
	uint32_t divisor; /* in 1/64: clock / (16 * baud) */

	if ((mmio_read32(base + CR) & (CR_UARTEN | CR_TXE)) == (CR_UARTEN | CR_TXE) &&
	    mmio_read32(base + IBRD) != 0)
		return; /* an earlier stage has it running: keep its rate */

	divisor = clock_hz > UINT32_MAX / 4 - baud ? 64 : (clock_hz * 4 + baud / 2) / baud;
	if (divisor < 64)
		divisor = 64; /* a zero divisor makes Linux divide by zero */
	mmio_write32(base + CR, 0);
	mmio_write32(base + IMSC, 0);
	mmio_write32(base + ICR, 0x7ff);
	mmio_write32(base + IBRD, divisor >> 6 & 0xffff);
	mmio_write32(base + FBRD, divisor & 63);
	mmio_write32(base + LCR_H, LCR_H_8BIT | LCR_H_FIFO); /* latches the divisor */
	mmio_write32(base + CR, CR_UARTEN | CR_TXE | CR_RXE);
}

/* As uart_put(), in a fifth of the instructions: QEMU's UARTs wait for nothing. */
static void pl011_put(struct device *dev, uint8_t byte)
{
	const uint64_t base = dev->reg.base_pa;

	if ((mmio_read32(base + FR) & FR_TXFF) && !uart_wait(dev, &model.can_send))
		return;
	mmio_write32(base + DR, byte);
	dev->line.polls_max = 0;
}

static uint32_t pl011_rate(struct device *dev)
{
	const uint64_t base = dev->reg.base_pa;
	const uint32_t divisor = (mmio_read32(base + IBRD) & 0xffff) << 6 |
				 (mmio_read32(base + FBRD) & 63);

	return divisor && dev->clock_hz <= UINT32_MAX / 4 ? dev->clock_hz * 4 / divisor : 0;
}

static const struct uart_ops ops = { pl011_init, pl011_put, uart_get, uart_drain, pl011_rate };

const struct driver driver_pl011 = {
	.name = "pl011",
	.class = DRIVER_UART,
	.compatible = "arm,pl011\0",
	.linux_names = "ttyAMA\0"
		       "pl011\0",
	.uart_model = &model,
	.ops.uart = &ops,
};

const struct driver driver_sbsa_uart = {
	.name = "sbsa-uart",
	.class = DRIVER_UART,
	.compatible = "arm,sbsa-uart\0",
	.linux_names = "ttyAMA\0",
	.uart_model = &model,
	.ops.uart = &uart_model_ops,
};

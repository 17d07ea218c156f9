/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UARTs of the 8250 and 16550 kind, and what some makers added.
 * Source: TI PC16550D, 8.0 (registers); Synopsys DW_apb_uart databook; TI SPRUH73 (AM335x), 19.5
 * (MDR1); Intel PXA27x developer's manual, 10.5 (unit enable); Broadcom BCM2835 ARM peripherals,
 * chapter 2 (mini UART). Which compatible string means what: Linux drivers/tty/serial/8250 (6.1).
 */
#include "mmio.h"
#include "uart.h"

/* By number: the tree says how far apart they are, or the compatible string does. */
enum {
	DATA = 0,
	DLL = 0, /* these two with LCR_DLAB: the divisor */
	DLM = 1,
	IER = 1,
	FCR = 2, /* only written */
	LCR = 3,
	MCR = 4,
	LSR = 5,
	MDR1 = 8,	/* TI */
	AUX_CNTL = 8,	/* BCM2835 */
	AUX_ENB = 0x3c, /* BCM2835: bytes before this UART, enables it */

	IER_UNIT = 1 << 6, /* Intel: on */
	FCR_ON = 7,	   /* FIFOs on, and empty */
	LCR_8N1 = 3,
	LCR_7_OR_8 = 1 << 1, /* 7 or 8 bits: somebody has set it up; reset leaves 5 */
	LCR_DLAB = 1 << 7,
	MCR_DTR_RTS = 3,
	LSR_READY = 1 << 0,
	LSR_THR_EMPTY = 1 << 5,
	LSR_IDLE = 1 << 6,
	MDR1_MODE = 7,
	MDR1_NOT_UART = 4, /* of the mode: infrared, or off */
	AUX_CNTL_ON = 3,   /* sends and receives */

	LCR_TRIES = 100000, /* DW_apb_uart ignores LCR while a byte comes or goes */
};

#define STATES                                                                                     \
	.can_send = { LSR, UART_IS, LSR_THR_EMPTY, LSR_THR_EMPTY },                                \
	.has_byte = { LSR, UART_IS, LSR_READY, LSR_READY },                                        \
	.is_idle = { LSR, UART_IS, LSR_IDLE, LSR_IDLE }, .tx = DATA, .rx = DATA,                   \
	.layout_by_tree = true

static const struct uart_model bytes = {
	STATES,
	.width = 1,
	.turn_on = { { LCR, UART_SET, 0xff, LCR_8N1 },
		     { LCR, UART_SET_IF_OFF, LCR_DLAB | LCR_7_OR_8, LCR_7_OR_8 },
		     { FCR, UART_SET, UINT32_MAX, FCR_ON },
		     { MCR, UART_SET, MCR_DTR_RTS, MCR_DTR_RTS } },
};

static const struct uart_model words = {
	STATES,
	.reg_shift = 2,
	.turn_on = { { LCR, UART_SET, 0xff, LCR_8N1 },
		     { LCR, UART_SET_IF_OFF, LCR_DLAB | LCR_7_OR_8, LCR_7_OR_8 },
		     { FCR, UART_SET, UINT32_MAX, FCR_ON },
		     { MCR, UART_SET, MCR_DTR_RTS, MCR_DTR_RTS } },
};

static const struct uart_model xscale = {
	STATES,
	.reg_shift = 2,
	.turn_on = { { LCR, UART_SET, 0xff, LCR_8N1 },
		     { LCR, UART_SET_IF_OFF, LCR_DLAB | LCR_7_OR_8, LCR_7_OR_8 },
		     { FCR, UART_SET, UINT32_MAX, FCR_ON },
		     { MCR, UART_SET, MCR_DTR_RTS, MCR_DTR_RTS },
		     { IER, UART_SET_IF_OFF, IER_UNIT, IER_UNIT } },
};

static const struct uart_model omap = {
	STATES,
	.reg_shift = 2,
	.width = 1,
	.turn_on = { { LCR, UART_SET, 0xff, LCR_8N1 },
		     { LCR, UART_SET_IF_OFF, LCR_DLAB | LCR_7_OR_8, LCR_7_OR_8 },
		     { FCR, UART_SET, UINT32_MAX, FCR_ON },
		     { MDR1, UART_SET, MDR1_MODE, 0 },
		     { MDR1, UART_SET_IF_OFF, MDR1_NOT_UART, 0 } },
};

static const struct uart_model aux = {
	STATES,
	.reg_shift = 2,
	.turn_on = { { LCR, UART_SET, 0xff, LCR_8N1 },
		     { LCR, UART_SET_IF_OFF, LCR_DLAB | LCR_7_OR_8, LCR_7_OR_8 },
		     { FCR, UART_SET, UINT32_MAX, FCR_ON },
		     { AUX_CNTL, UART_SET_IF_OFF, AUX_CNTL_ON, AUX_CNTL_ON } },
};

static bool set_lcr(const struct device *dev, uint32_t lcr)
{
	for (uint32_t i = 0; i < LCR_TRIES; i++) {
		uart_write(dev, LCR, lcr);
		if ((uart_read(dev, LCR) & 0xff) == lcr)
			return true;
	}
	return false;
}

/* The divisor; @set: changed to this before, 0: not. 0 if it could not be reached. */
static uint32_t divisor(struct device *dev, uint32_t set)
{
	const uint32_t lcr = uart_read(dev, LCR) & 0x7f;
	uint32_t is = 0;

	uart_drain(dev);
	if (set_lcr(dev, lcr | LCR_DLAB)) {
		if (set) {
			uart_write(dev, DLL, set & 0xff);
			uart_write(dev, DLM, set >> 8 & 0xff);
		}
		is = (uart_read(dev, DLM) & 0xff) << 8 | (uart_read(dev, DLL) & 0xff);
	}
	(void)set_lcr(dev, lcr);
	return is;
}

static void ns16550_init(struct device *dev)
{
	const struct uart_model *m = dev->driver->uart_model;
	const uint32_t rate = 16 * dev->baud; /* at most 160 MHz */
	const uint32_t set = rate ? dev->clock_hz / rate + (dev->clock_hz % rate >= rate / 2) : 0;

	if (uart_is_on(dev, m))
		return;
	if (set > 0 && set <= 0xffff)
		(void)divisor(dev, set);
	uart_turn_on(dev, m);
}

static uint32_t ns16550_rate(struct device *dev)
{
	const uint32_t is = dev->clock_hz ? divisor(dev, 0) : 0;

	return is ? dev->clock_hz / 16 / is : 0;
}

/* Half the clock for a bit, and a switch that it shares with two SPI masters. */
static void aux_init(struct device *dev)
{
	const uint64_t enables = dev->reg.base_pa - AUX_ENB;

	dev->clock_hz *= dev->clock_hz <= UINT32_MAX / 2 ? 2 : 0;
	if (!(mmio_read32(enables) & 1))
		mmio_write32(enables, mmio_read32(enables) | 1);
	ns16550_init(dev);
}

static const struct uart_ops ops = { ns16550_init, uart_put, uart_get, uart_drain, ns16550_rate };
static const struct uart_ops aux_ops = { aux_init, uart_put, uart_get, uart_drain, ns16550_rate };

const struct driver driver_ns16550 = {
	.name = "ns16550",
	.class = DRIVER_UART,
	.compatible = "ns16550a\0"
		      "ns16550\0"
		      "snps,dw-apb-uart\0"
		      "marvell,armada-38x-uart\0"
		      "fsl,ns16550\0"
		      "fsl,16550-FIFO64\0"
		      "ns16450\0"
		      "ns8250\0"
		      "ns16750\0"
		      "ns16850\0"
		      "altr,16550-FIFO32\0"
		      "altr,16550-FIFO64\0"
		      "altr,16550-FIFO128\0"
		      "nuvoton,npcm750-uart\0"
		      "ti,da830-uart\0",
	.linux_names = "ttyS\0"
		       "uart8250\0"
		       "uart\0"
		       "ns16550\0"
		       "ns16550a\0",
	.uart_model = &bytes,
	.ops.uart = &ops,
};

const struct driver driver_ns16550_words = {
	.name = "ns16550-words",
	.class = DRIVER_UART,
	.compatible = "nvidia,tegra20-uart\0"
		      "mediatek,mt6577-uart\0",
	.linux_names = "ttyS\0",
	.uart_model = &words,
	.ops.uart = &ops,
};

const struct driver driver_xscale_uart = {
	.name = "xscale-uart",
	.class = DRIVER_UART,
	.compatible = "mrvl,mmp-uart\0"
		      "mrvl,pxa-uart\0"
		      "intel,xscale-uart\0",
	.linux_names = "ttyS\0",
	.uart_model = &xscale,
	.ops.uart = &ops,
};

const struct driver driver_omap_uart = {
	.name = "omap-uart",
	.class = DRIVER_UART,
	.compatible = "ti,omap2-uart\0"
		      "ti,omap3-uart\0"
		      "ti,omap4-uart\0"
		      "ti,am3352-uart\0"
		      "ti,am4372-uart\0"
		      "ti,dra742-uart\0"
		      "ti,am654-uart\0",
	.linux_names = "ttyS\0"
		       "ttyO\0"
		       "omap8250\0",
	.uart_model = &omap,
	.ops.uart = &ops,
};

const struct driver driver_bcm2835_aux = {
	.name = "bcm2835-aux",
	.class = DRIVER_UART,
	.compatible = "brcm,bcm2835-aux-uart\0",
	.linux_names = "ttyS\0"
		       "bcm2835aux\0",
	.uart_model = &aux,
	.ops.uart = &aux_ops,
};

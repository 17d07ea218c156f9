/* SPDX-License-Identifier: BSD-2-Clause */
#include "uart.h"

#include "mmio.h"

uint32_t uart_read(const struct device *dev, uint32_t reg)
{
	const uint64_t pa = dev->reg.base_pa + (reg << dev->reg_shift);

	if (dev->reg_width == 1)
		return mmio_read8(pa);
	if (dev->reg_width == 2)
		return mmio_read16(pa);
	return mmio_read32(pa);
}

void uart_write(const struct device *dev, uint32_t reg, uint32_t value)
{
	const uint64_t pa = dev->reg.base_pa + (reg << dev->reg_shift);

	if (dev->reg_width == 1)
		mmio_write8(pa, (uint8_t)value);
	else if (dev->reg_width == 2)
		mmio_write16(pa, (uint16_t)value);
	else
		mmio_write32(pa, value);
}

bool uart_is(const struct device *dev, const struct uart_bits *bits)
{
	return ((uart_read(dev, bits->reg) & bits->mask) == bits->value) ==
	       (bits->kind != UART_IS_NOT);
}

bool uart_wait(struct device *dev, const struct uart_bits *bits)
{
	const uint32_t polls = dev->line.polls_max ? dev->line.polls_max : UART_POLLS_MAX;

	for (uint32_t i = 0; i < polls; i++)
		if (uart_is(dev, bits))
			return true;
	dev->line.polls_max = polls > 1 ? polls / 2 : 1;
	return false;
}

void uart_send(struct device *dev, uint32_t reg, uint8_t byte)
{
	uart_write(dev, reg, byte);
	dev->line.polls_max = 0;
}

bool uart_is_on(const struct device *dev, const struct uart_model *m)
{
	for (uint32_t i = 0; i < UART_STEPS_MAX && m->turn_on[i].mask; i++)
		if (m->turn_on[i].kind == UART_SET_IF_OFF && !uart_is(dev, &m->turn_on[i]))
			return false;
	return true;
}

void uart_turn_on(const struct device *dev, const struct uart_model *m)
{
	for (uint32_t i = 0; i < UART_STEPS_MAX && m->turn_on[i].mask; i++) {
		const struct uart_bits *s = &m->turn_on[i];
		const uint32_t old = s->mask == UINT32_MAX ? 0 : uart_read(dev, s->reg) & ~s->mask;

		uart_write(dev, s->reg, old | s->value);
	}
}

void uart_init(struct device *dev)
{
	const struct uart_model *m = dev->driver->uart_model;

	if (!uart_is_on(dev, m))
		uart_turn_on(dev, m);
}

void uart_put(struct device *dev, uint8_t byte)
{
	const struct uart_model *m = dev->driver->uart_model;

	if (uart_wait(dev, &m->can_send))
		uart_send(dev, m->tx, byte);
}

int uart_get(struct device *dev)
{
	const struct uart_model *m = dev->driver->uart_model;

	return uart_is(dev, &m->has_byte) ? (int)(uart_read(dev, m->rx) & 0xff) : -1;
}

void uart_drain(struct device *dev)
{
	(void)uart_wait(dev, &dev->driver->uart_model->is_idle);
}

uint32_t uart_rate_unknown(struct device *dev)
{
	(void)dev;
	return 0;
}

int uart_next_of_word(struct device *dev)
{
	const int byte = (int)(dev->line.rx_word & 0xff);

	if (dev->line.n_rx == 0)
		return -1;
	dev->line.n_rx--;
	dev->line.rx_word >>= 8;
	return byte;
}

const struct uart_ops uart_model_ops = { uart_init, uart_put, uart_get, uart_drain,
					 uart_rate_unknown };

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What UARTs have in common: most of them wait until a bit of a status register says so, then
 * write a byte to a data register. Such a UART is a struct uart_model and no code of its own;
 * docs/porting.md shows how to write one.
 */
#ifndef OM_DRIVERS_UART_H
#define OM_DRIVERS_UART_H

#include "drivers.h"

enum {
	/* of one wait, by far more than a character at 300 baud takes */
	UART_POLLS_MAX = 2000000,
	UART_STEPS_MAX = 5
};

/* How a struct uart_bits is meant. */
enum uart_bits_kind {
	UART_IS,	 /* true if the bits of mask are as in value */
	UART_IS_NOT,	 /* true if one of them is not */
	UART_SET,	 /* a step: gives the bits of mask their value */
	UART_SET_IF_OFF, /* and the UART is off, as long as they have another one */
};

/* Some bits of a register; a mask of all of them writes without reading. */
struct uart_bits {
	uint16_t reg; /* offset; of an 8250 its number */
	uint16_t kind;
	uint32_t mask, value;
};

/* A UART as data. Registers of 32 bits, unless shift and width say otherwise. */
struct uart_model {
	struct uart_bits can_send, has_byte, is_idle; /* UART_IS, UART_IS_NOT */
	uint16_t tx, rx;			      /* registers */
	bool layout_by_tree;	  /* reg-shift and reg-io-width of the tree count, if there */
	uint8_t reg_shift, width; /* where they do not */
	struct uart_bits turn_on[UART_STEPS_MAX]; /* in order; a mask of 0 ends them */
};

/* A register by its offset, as far apart and as wide as the device says. */
uint32_t uart_read(const struct device *dev, uint32_t reg);
void uart_write(const struct device *dev, uint32_t reg, uint32_t value);

/* @bits of kind UART_IS or UART_IS_NOT: does it hold now? */
bool uart_is(const struct device *dev, const struct uart_bits *bits);

/**
 * uart_wait - until uart_is(), for UART_POLLS_MAX looks at most
 *
 * Each wait that was in vain halves what the next one may take, until a byte could be sent again:
 * a UART that is dead costs a boot two such waits and not two for each byte. Returns false if it
 * was in vain.
 */
bool uart_wait(struct device *dev, const struct uart_bits *bits);

/* A byte to a data register that has room for it. */
void uart_send(struct device *dev, uint32_t reg, uint8_t byte);

/* Is it on, as turn_on says? */
bool uart_is_on(const struct device *dev, const struct uart_model *m);

/* All steps of turn_on. */
void uart_turn_on(const struct device *dev, const struct uart_model *m);

/* A struct uart_ops for a driver with a uart_model: turns it on if it is off; rate unknown. */
extern const struct uart_ops uart_model_ops;
void uart_init(struct device *dev);
void uart_put(struct device *dev, uint8_t byte);
int uart_get(struct device *dev);
void uart_drain(struct device *dev);
uint32_t uart_rate_unknown(struct device *dev);

/* The next byte of those that were read together, -1: none. Those are in line.rx_word. */
int uart_next_of_word(struct device *dev);

#endif

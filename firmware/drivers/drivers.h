/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drivers and how they are bound: each names the compatible strings it serves and
 * the one table in drivers.c lists them all. A driver knows its registers and
 * nothing else; it is handed a struct device, never a device tree.
 */
#ifndef OM_DRIVERS_DRIVERS_H
#define OM_DRIVERS_DRIVERS_H

#include "arch/arch.h"
#include "core/base/err.h"
#include "core/base/ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEVICE_BANKS_MAX = 4, SOC_UNITS_MAX = 12 };

enum driver_class {
	DRIVER_UART,
	DRIVER_RESET,
	DRIVER_LOADER,
	DRIVER_FLASH,
	DRIVER_CACHE,
	DRIVER_CLASSES,
	DRIVER_SOC = DRIVER_CLASSES /* any number of them: struct soc_unit */
};

struct driver;
struct flash_ops;  /* flash.h */
struct uart_model; /* uart.h */

/* What a UART's driver keeps from one call to the next; all zero at first. */
struct uart_line {
	uint32_t polls_max; /* of the next wait; 0: as many as it takes */
	uint32_t rx_word;   /* received bytes that were read together, the next one lowest */
	uint32_t n_rx;
};

/* One bound device. */
struct device {
	const struct driver *driver;	     /* NULL: not bound */
	struct range reg;		     /* first reg entry; empty where the binding has none */
	uint32_t clock_hz;		     /* input clock, 0: unknown */
	uint32_t baud;			     /* UART: wanted rate */
	uint8_t reg_shift;		     /* UART: registers are 1 << reg_shift bytes apart */
	uint8_t reg_width;		     /* UART: bytes of an access: 1, 2, else 4 */
	struct uart_line line;		     /* UART: what its driver keeps */
	bool use_smc;			     /* PSCI: SMC instead of HVC */
	struct range bank[DEVICE_BANKS_MAX]; /* flash: its reg entries; ones beyond are left out */
	uint32_t n_banks;
	uint32_t bank_width; /* flash: bytes of the bus */
	int node;	     /* where it was found, for messages; -1: board file */
};

struct uart_ops {
	/* Make it usable; keeps what an earlier stage has set up and running. */
	void (*init)(struct device *dev);
	/* Send one byte. Gives up after a bounded wait: the byte is lost, not the boot. */
	void (*put)(struct device *dev, uint8_t byte);
	/* A received byte, -1: none waiting. */
	int (*get)(struct device *dev);
	/* Wait (bounded) until everything has left the wire. */
	void (*drain)(struct device *dev);
	/* Bits per second by its registers, 0: unknown. */
	uint32_t (*rate)(struct device *dev);
};

struct reset_ops {
	/* Both come back only if the firmware below refuses. */
	void (*reset)(const struct device *dev);
	void (*poweroff)(const struct device *dev);
};

/* Items a loader can deliver. */
enum loader_item { LOADER_KERNEL, LOADER_INITRD, LOADER_CMDLINE, LOADER_ITEMS };

struct loader_ops {
	/* Bytes of the item, 0: there is none. */
	uint32_t (*size)(const struct device *dev, enum loader_item item);
	/**
	 * read - bytes [offset, offset + bytes) of the item to @dest_pa
	 *
	 * @dest_pa need not be mapped. Returns OM_OK, OM_E_CORRUPT (the device reports an
	 * error), OM_E_TIMEOUT.
	 */
	enum om_err (*read)(const struct device *dev, enum loader_item item, uint32_t offset,
			    uint32_t bytes, uint64_t dest_pa);
};

struct cache_ops {
	/* Is it on? What arch_outer_cache() wants to know of it goes to @out. */
	bool (*find)(const struct device *dev, struct outer_cache *out);
};

struct driver {
	const char *name;
	enum driver_class class;
	/*
	 * The strings it serves, each with its NUL, and one more NUL: "a,b\0" "c,d\0". In one
	 * piece, as a list of pointers takes 12 bytes of the image for each.
	 */
	const char *compatible;
	/* UART: like that, what Linux calls it in console= ("ttyS") and earlycon= ("uart8250") */
	const char *linux_names;
	const struct uart_model *uart_model; /* NULL: its code knows */
	union {
		const struct uart_ops *uart;
		const struct reset_ops *reset;
		const struct loader_ops *loader;
		const struct flash_ops *flash;
		const struct cache_ops *cache;
	} ops;
};

extern const struct driver driver_psci, driver_fw_cfg, driver_cfi_flash, driver_pl310, driver_soc;

/* Every UART there is. */
extern const struct driver driver_pl011, driver_sbsa_uart, driver_ns16550, driver_ns16550_words,
	driver_xscale_uart, driver_omap_uart, driver_bcm2835_aux, driver_imx_uart,
	driver_s5pv210_uart, driver_stm32_usart, driver_stm32f7_usart, driver_meson_uart,
	driver_geni_uart, driver_msm_uartdm, driver_cadence_uart, driver_armada_3700_uart,
	driver_armada_3700_uart_ext, driver_lpuart;

#define UART_DRIVERS                                                                               \
	&driver_pl011, &driver_sbsa_uart, &driver_ns16550, &driver_ns16550_words,                  \
		&driver_xscale_uart, &driver_omap_uart, &driver_bcm2835_aux, &driver_imx_uart,     \
		&driver_s5pv210_uart, &driver_stm32_usart, &driver_stm32f7_usart,                  \
		&driver_meson_uart, &driver_geni_uart, &driver_msm_uartdm, &driver_cadence_uart,   \
		&driver_armada_3700_uart, &driver_armada_3700_uart_ext, &driver_lpuart

/* Every driver there is, ended by NULL (drivers.c). */
extern const struct driver *const drivers[];

/* Why the console is not the one that the tree names. */
enum console_doubt {
	CONSOLE_AS_NAMED, /* or the tree names none */
	CONSOLE_NO_NODE,
	CONSOLE_NO_DRIVER, /* a display, or a UART that nothing here knows */
	CONSOLE_DISABLED,
	CONSOLE_OUT_OF_REACH /* its registers: none, or beyond what the CPU can address here */
};

/**
 * struct soc_unit - a unit of the SoC with a counter, a watchdog, a reset or its cause (soc.h)
 * @base_pa:  of its first reg entry
 * @bytes:    of that, at most SOC_UNIT_BYTES_MAX; 0: it has none
 * @kind:     number of its compatible string in that driver's list
 * @clock_hz: clock-frequency, else the rate of its first clock if that is fixed; 0: unknown
 */
struct soc_unit {
	uint64_t base_pa;
	uint32_t bytes, kind, clock_hz;
};

enum { SOC_UNIT_BYTES_MAX = 0x8000 };

/* What was found in a tree; one device of each class, and the SoC's own units in its order. */
struct devices {
	struct device dev[DRIVER_CLASSES];
	struct soc_unit soc[SOC_UNITS_MAX]; /* ones beyond are left out */
	uint32_t n_soc;
	enum console_doubt console_doubt;
	const char *console_named; /* in the tree, of any bytes: stdout-path */
};

/**
 * devices_bind - one walk over the tree: the first enabled match of each class, and all SoC units
 * @fdt:     passed dt_check()
 * @list:    drivers, ended by NULL
 * @last_pa: the last address that a driver can reach: UINTPTR_MAX
 * @out:     written completely; unbound classes have driver NULL
 *
 * Which UART is the console: console_choice.h. No register is touched.
 */
void devices_bind(const void *fdt, const struct driver *const *list, uint64_t last_pa,
		  struct devices *out);

#endif

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

enum { DEVICE_BANKS_MAX = 4 };

enum driver_class {
	DRIVER_UART,
	DRIVER_RESET,
	DRIVER_LOADER,
	DRIVER_FLASH,
	DRIVER_CACHE,
	DRIVER_CLASSES
};

struct driver;
struct flash_ops; /* flash.h */

/* One bound device. */
struct device {
	const struct driver *driver;	     /* NULL: not bound */
	struct range reg;		     /* first reg entry; empty where the binding has none */
	uint32_t clock_hz;		     /* input clock, 0: unknown */
	uint32_t baud;			     /* UART: wanted rate */
	bool use_smc;			     /* PSCI: SMC instead of HVC */
	struct range bank[DEVICE_BANKS_MAX]; /* flash: its reg entries; ones beyond are left out */
	uint32_t n_banks;
	uint32_t bank_width; /* flash: bytes of the bus */
	int node;	     /* where it was found, for messages; -1: board file */
};

struct uart_ops {
	/* Make it usable; keeps what an earlier stage has set up and running. */
	void (*init)(const struct device *dev);
	/* Send one byte. Gives up after a bounded wait: the byte is lost, not the boot. */
	void (*put)(const struct device *dev, uint8_t byte);
	/* A received byte, -1: none waiting. */
	int (*get)(const struct device *dev);
	/* Wait (bounded) until everything has left the wire. */
	void (*drain)(const struct device *dev);
	/* Bits per second by its registers, 0: unknown. */
	uint32_t (*rate)(const struct device *dev);
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
	const char *const *compatible; /* ended by NULL */
	union {
		const struct uart_ops *uart;
		const struct reset_ops *reset;
		const struct loader_ops *loader;
		const struct flash_ops *flash;
		const struct cache_ops *cache;
	} ops;
};

extern const struct driver driver_pl011, driver_psci, driver_fw_cfg, driver_cfi_flash, driver_pl310;

/* Every driver there is, ended by NULL (drivers.c). */
extern const struct driver *const drivers[];

/**
 * driver_find - the driver for a node
 * @compatible: the property's bytes, a list of NUL-terminated strings
 * @len:        its length
 * @list:       candidates, ended by NULL
 *
 * The most specific (first) string wins. Returns NULL if none matches or the
 * list is not terminated.
 */
const struct driver *driver_find(const char *compatible, size_t len,
				 const struct driver *const *list);

/* What was found in a tree; one device of each class. */
struct devices {
	struct device dev[DRIVER_CLASSES];
};

/**
 * devices_bind - one walk over the tree: the first enabled match of each class
 * @fdt:  passed dt_check()
 * @list: drivers
 * @out:  written completely; unbound classes have driver NULL
 *
 * A UART named by /chosen/stdout-path goes before one that merely comes first.
 * No register is touched.
 */
void devices_bind(const void *fdt, const struct driver *const *list, struct devices *out);

#endif

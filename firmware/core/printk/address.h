/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in RAM the addresses of a dead kernel are. Its image is in one piece; what it took at boot
 * (`log_buf_len=`) is in its map of all RAM, or found through its page tables.
 */
#ifndef OM_CORE_ADDRESS_H
#define OM_CORE_ADDRESS_H

#include "ram.h"

enum address_way {
	WAY_IMAGE,  /* the image's distance: a static buffer; all RAM of 32-bit kernels */
	WAY_TABLES, /* the page tables */
	WAY_LINEAR, /* the map of all RAM, as numbers in VMCOREINFO say */
	ADDRESS_WAYS
};

enum address_tables { TABLES_NONE, TABLES_ARM64, TABLES_X86 };

struct address_map {
	struct ram_form form;
	uint64_t image_off;  /* an address of the image less its physical one, modulo 2^64 */
	uint64_t linear_off; /* the same of the map of all RAM; 0: not known */
	enum address_tables tables;
	uint64_t root_pa; /* of the tables */
	uint32_t page_bits, va_bits;
};

/**
 * address_guess - guess @i at where the kernel's image and memory are
 * @text: of its VMCOREINFO (vmcoreinfo.h)
 * @form: word_bytes counts
 *
 * The first ones are the likelier ones. False: there is no guess @i.
 * Source: Linux arch/arm/kernel/setup.c, arch/arm64/kernel/crash_core.c, arch/x86/kernel/
 * crash_core_64.c, arch/riscv/kernel/crash_core.c; docs/kernel-log.md.
 */
bool address_guess(struct span text, const struct ram_form *form, const struct ram *ram, uint32_t i,
		   struct address_map *out);

/* The kernel's own word for where its image is; false: @text has none. */
bool address_known(struct span text, uint64_t *image_off);

/* A map with the image at @image_off, and what @text says beside. */
void address_at(struct span text, const struct ram_form *form, uint64_t image_off,
		struct address_map *out);

/* False: @way leads nowhere. What is there may not be RAM. */
bool address_translate(const struct ram *ram, const struct address_map *map, enum address_way way,
		       uint64_t va, uint64_t *pa);

#endif

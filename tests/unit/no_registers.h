/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of MMIO, for what must not touch a register: to do so ends the program. */
#ifndef OM_TESTS_NO_REGISTERS_H
#define OM_TESTS_NO_REGISTERS_H

#define OM_MMIO_MODEL
#include "drivers/mmio.h"

#include <stdlib.h>

#define NO_REGISTER_READ(bits)                                                                     \
	uint##bits##_t mmio_read##bits(uint64_t pa)                                                \
	{                                                                                          \
		(void)pa;                                                                          \
		abort();                                                                           \
	}
#define NO_REGISTER_WRITE(bits)                                                                    \
	void mmio_write##bits(uint64_t pa, uint##bits##_t value)                                   \
	{                                                                                          \
		(void)pa;                                                                          \
		(void)value;                                                                       \
		abort();                                                                           \
	}

NO_REGISTER_READ(8)
NO_REGISTER_READ(16)
NO_REGISTER_READ(32)
NO_REGISTER_WRITE(8)
NO_REGISTER_WRITE(16)
NO_REGISTER_WRITE(32)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clearing a record means: zeros in all of its zone. A header with start and size set
 * to zero is not enough, as Linux's own clearing shows: beside the old parity it is
 * "repaired" by the next kernel, and the record is back; and the text stays after it.
 * Zeros are a code word of every code and carry no signature.
 * Source: Linux fs/pstore/ram_core.c persistent_ram_zap(), persistent_ram_init_ecc().
 */
#ifndef OM_CORE_ERASE_H
#define OM_CORE_ERASE_H

#include "core/ramoops/geometry.h"

/**
 * erase_place - the bytes to zero so that record @i is gone for good
 * @i:   as record_read()
 * @out: written on OM_OK; ftrace: all CPUs' zones, which lie side by side
 *
 * Returns OM_OK, OM_E_ARG.
 */
enum om_err erase_place(const struct layout *l, uint32_t i, struct place *out) OM_MUST_CHECK;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* U-Boot's own forms of a kernel, made by its mkimage. */
#ifndef OM_TOOLS_WRAP_PACK_H
#define OM_TOOLS_WRAP_PACK_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A uImage has a kernel only. */
enum pack_form { PACK_UIMAGE, PACK_FIT };

struct pack_parts {
	bool is_arm64;			   /* else 32-bit ARM */
	struct span kernel, tree, ramdisk; /* no bytes: none */
};

/*
 * Has mkimage make @form of @parts, and reads what it made: *@out, from malloc(), of *@len bytes.
 * False after a message: mkimage is not there, or did not do it.
 */
bool pack(const char *program, enum pack_form form, const struct pack_parts *parts, uint8_t **out,
	  size_t *len);

#endif

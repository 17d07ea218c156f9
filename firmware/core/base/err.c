/* SPDX-License-Identifier: BSD-2-Clause */
#include "err.h"

#include <stddef.h>

const char *om_err_name(enum om_err err)
{
	static const char *const names[] = {
		[-OM_OK] = "OK",
		[-OM_E_EMPTY] = "EMPTY",
		[-OM_E_BAD_MAGIC] = "BAD_MAGIC",
		[-OM_E_TRUNCATED] = "TRUNCATED",
		[-OM_E_CORRUPT] = "CORRUPT",
		[-OM_E_NO_SPACE] = "NO_SPACE",
		[-OM_E_VARIANT] = "VARIANT",
		[-OM_E_ARG] = "ARG",
		[-OM_E_NOT_FOUND] = "NOT_FOUND",
		[-OM_E_NO_ROOM] = "NO_ROOM",
		[-OM_E_TIMEOUT] = "TIMEOUT",
	};
	size_t i = (size_t) - (long)err;

	if (i >= sizeof(names) / sizeof(names[0]) || !names[i])
		return "UNKNOWN";
	return names[i];
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of all drivers. A new one is a file and a line here; a UART's line is in drivers.h. */
#include "match.h"

const struct driver *const drivers[] = {
	UART_DRIVERS,  &driver_psci, &driver_fw_cfg, &driver_cfi_flash,
	&driver_pl310, &driver_soc,  NULL,
};

_Static_assert(sizeof(drivers) / sizeof(drivers[0]) - 1 <= MATCH_DRIVERS_MAX, "as match.h says");

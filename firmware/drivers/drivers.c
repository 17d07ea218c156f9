/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of all drivers. A new driver is one file and one line here; a UART's is in drivers.h.
 */
#include "drivers.h"

const struct driver *const drivers[] = {
	UART_DRIVERS,  &driver_psci, &driver_fw_cfg, &driver_cfi_flash,
	&driver_pl310, &driver_soc,  NULL,
};

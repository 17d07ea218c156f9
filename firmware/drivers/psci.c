/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset and power-off by PSCI.
 * Source: Arm DEN 0022D, 5.1 (function identifiers); Linux
 * Documentation/devicetree/bindings/arm/psci.yaml (method).
 */
#include "arch/arch.h"
#include "drivers.h"

#define PSCI_SYSTEM_OFF	  0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

static void call(const struct device *dev, uint32_t fn)
{
	if (dev->use_smc)
		(void)arch_smc(fn, 0, 0, 0);
	else
		(void)arch_hvc(fn, 0, 0, 0);
}

static void psci_reset(const struct device *dev)
{
	call(dev, PSCI_SYSTEM_RESET);
}

static void psci_poweroff(const struct device *dev)
{
	call(dev, PSCI_SYSTEM_OFF);
}

static const struct reset_ops ops = { psci_reset, psci_poweroff };

const struct driver driver_psci = {
	.name = "psci",
	.class = DRIVER_RESET,
	.compatible = "arm,psci-1.0\0"
		      "arm,psci-0.2\0",
	.ops.reset = &ops,
};

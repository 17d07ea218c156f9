# One file per driver; drivers.c is the table.
drivers-y := drivers.o bind.o pl011.o psci.o fw_cfg.o pl310.o flash.o cfi_cycles.o cfi_probe.o cfi_flash.o

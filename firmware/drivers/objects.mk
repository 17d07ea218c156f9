# One file per driver; drivers.c is the table.
# Which UART of a tree is the console, and the UARTs: the host program has these as well.
console-y := match.o bind.o console_choice.o uart.o pl011.o ns16550.o imx_uart.o samsung_uart.o stm32_usart.o \
	meson_uart.o geni_uart.o msm_uartdm.o cadence_uart.o armada_3700_uart.o lpuart.o
drivers-y := drivers.o $(console-y) psci.o fw_cfg.o pl310.o soc.o soc_counter.o clock.o flash.o cfi_cycles.o cfi_probe.o cfi_flash.o

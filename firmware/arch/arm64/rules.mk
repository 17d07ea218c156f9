# SPDX-License-Identifier: BSD-2-Clause
# How AArch64 is compiled for, and the file of each entry: entry-rules-arm64-ENTRY, $1 is the
# board, $2 the file. Included by firmware/image.mk.

arm64-cross := aarch64-linux-gnu-
arm64-cpu := -march=armv8-a -mgeneral-regs-only -mstrict-align

# No C library: the compiler's headers and those beside this file. What it knows of memcpy and
# its like it may use. uint64_t is "unsigned long long" as on 32-bit ARM, so that printf formats
# can be checked.
arm64-cflags := -ffreestanding -fbuiltin -isystem firmware/arch/arm64/include \
	-U__UINT64_TYPE__ -D__UINT64_TYPE__='unsigned long long' -U__INT64_TYPE__ -D__INT64_TYPE__='long long'
# The stack protector's word is where SP_EL0 points (start.S), which is at hand at every level.
arm64-cflags += -fstack-protector -mstack-protector-guard=sysreg -mstack-protector-guard-reg=sp_el0 \
	-mstack-protector-guard-offset=0
# nothing unwinds: no tables for it
arm64-cflags += -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables -fno-unwind-tables

# the C library that the compiler brings is for programs of Linux
arm64-libs := -nostdlib -lgcc

# what the CPU starts at reset: the shim, with the image after it
define entry-rules-arm64-reset
$$(O)/$1/reset.o: firmware/arch/arm64/reset.S $$(O)/$1/image.bin board/$1/memory.h $$($1-deps)
	$$(say) AS $$<
	$$(Q)$$(arm64-cc) -Iboard/$1 -Ifirmware/arch/arm64 -DIMAGE='"$$(O)/$1/image.bin"' \
		-DOM_VERSION_NUMBER=$$(VERSION_NUMBER) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/reset.elf: $$(O)/$1/reset.o
	$$(Q)$$(arm64-tool)ld --build-id=none --defsym=OM_ROM_PA=0 -Ttext=0 -e reset $$< -o $$@
$2: $$(O)/$1/reset.elf
	$$(Q)$$(arm64-tool)objcopy -O binary $$< $$@
endef

# what a loader takes for a Linux kernel: the image with all the memory that it needs
define entry-rules-arm64-linux
$2: $$(O)/$1/image.full
	$$(Q)cp $$< $$@
endef

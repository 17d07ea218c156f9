# SPDX-License-Identifier: BSD-2-Clause
# How 32-bit ARM is compiled for, and the file of each entry: entry-rules-arm-ENTRY, $1 is the
# board, $2 the file. Included by firmware/image.mk.

arm-cross := arm-none-eabi-
arm-cpu := -march=armv7-a -mthumb -mfloat-abi=soft

# newlib's uint32_t is "unsigned long" on arm; the same "unsigned int" as everywhere else
# lets printf formats be checked.
arm-cflags := -U__UINT32_TYPE__ -D__UINT32_TYPE__='unsigned int' -U__INT32_TYPE__ -D__INT32_TYPE__=int
# The stack protector's word is where the CPU's thread register points (start.S): no table of
# addresses, and a third of the code.
arm-cflags += -fstack-protector -mtp=cp15 -mstack-protector-guard=tls -mstack-protector-guard-offset=0
# passes of gcc 12 without which this image is smaller
arm-cflags += -fno-if-conversion -fno-tree-dominator-opts -fno-reorder-blocks -fno-schedule-insns2 \
	-fno-caller-saves -fno-move-loop-invariants -fno-thread-jumps

# more where loops go over every byte
arm-cflags-bytes := -fmove-loop-invariants

# what the CPU starts at reset: the shim, with the image after it
define entry-rules-arm-reset
$$(O)/$1/reset.o: firmware/arch/arm/reset.S $$(O)/$1/image.bin board/$1/memory.h $$($1-deps)
	$$(say) AS $$<
	$$(Q)$$(arm-cc) -Iboard/$1 -Ifirmware/arch/arm -DIMAGE='"$$(O)/$1/image.bin"' \
		-DOM_VERSION_NUMBER=$$(VERSION_NUMBER) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/reset.elf: $$(O)/$1/reset.o
	$$(Q)$$(arm-tool)ld --build-id=none --defsym=OM_ROM_PA=0 -Ttext=0 -e reset $$< -o $$@
$2: $$(O)/$1/reset.elf
	$$(Q)$$(arm-tool)objcopy -O binary $$< $$@
endef

# what a loader takes for a Linux kernel: the image with all the memory that it needs
define entry-rules-arm-linux
$2: $$(O)/$1/image.full
	$$(Q)cp $$< $$@
endef

# what U-Boot's `go` calls: the shim, with the image and room for the copy that runs after it
define entry-rules-arm-called
$$(O)/$1/called.o: firmware/arch/arm/called.S $$(O)/$1/image.bin $$(O)/$1/image.full $$($1-deps)
	$$(say) AS $$<
	$$(Q)$$(arm-cc) -Iboard/$1 -Ifirmware/arch/arm -DIMAGE='"$$(O)/$1/image.bin"' \
		-DCOPY_BYTES=$$$$(stat -c %s $$(O)/$1/image.full) $$(DEPFLAGS) -c $$< -o $$@
$2: $$(O)/$1/called.o
	$$(Q)$$(arm-tool)objcopy -O binary -j .text $$< $$@
endef

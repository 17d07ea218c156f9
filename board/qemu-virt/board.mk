# Compiler flags and budgets of this board; numbers of its memory are in memory.ld.h.
qemu-virt-cpu := -mcpu=cortex-a15 -mthumb -mfloat-abi=soft
qemu-virt-image-max := 196608

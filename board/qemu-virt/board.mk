# Compiler flags and budgets of this board; numbers of its memory are in memory.h.
qemu-virt-cpu := -march=armv7-a -mthumb -mfloat-abi=soft
# Code, constants and data. Relocations and padding come on top of that in the flash; stack,
# tables and cleared data take room in RAM only.
qemu-virt-image-max := 196608

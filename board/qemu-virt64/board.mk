# What the build needs to know of this board; numbers of its memory are in memory.h.
qemu-virt64-arch := arm64
# How the monitor is started here (docs/boot-contract.md, 1): entry=ending of its file.
qemu-virt64-entries := reset=bin linux=image
# Code, constants and data. A third more than a 32-bit image: AArch64 has no short instructions, and
# addresses in tables take 8 bytes.
qemu-virt64-image-max := 331776

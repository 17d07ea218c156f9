# What the build needs to know of this board; numbers of its memory are in memory.h.
qemu-virt-arch := arm
# How the monitor is started here (docs/boot-contract.md, 1): entry=ending of its file.
qemu-virt-entries := reset=bin linux=zimage called=go
# Code, constants and data. Relocations and padding come on top of that in the flash; stack,
# tables and cleared data take room in RAM only.
qemu-virt-image-max := 245760

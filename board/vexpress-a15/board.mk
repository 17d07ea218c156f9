# What the build needs to know of this board; numbers of its memory are in memory.h.
vexpress-a15-arch := arm
# How the monitor is started here (docs/boot-contract.md, 1): entry=ending of its file. For the
# other ways the generic image will do.
vexpress-a15-entries := reset=bin
# Code, constants and data, as for every board.
vexpress-a15-image-max := 245760

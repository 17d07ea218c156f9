# What the build needs to know of this board; numbers of its memory are in memory.h.
vexpress-a9-arch := arm
# How the monitor is started here (docs/boot-contract.md, 1): entry=ending of its file. For the
# other ways the generic image will do.
vexpress-a9-entries := reset=bin
# Code, constants and data, as for every board.
vexpress-a9-image-max := 245760

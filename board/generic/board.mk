# What the build needs to know of this board.
generic-arch := arm
# How the monitor is started here (docs/boot-contract.md, 1): entry=ending of its file.
generic-entries := linux=zimage called=go
# Code, constants and data, as for every board.
generic-image-max := 245760

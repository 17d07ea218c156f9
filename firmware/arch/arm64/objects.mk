# AArch64: start and vectors (assembly), MMU, faults, hand-over, what a C library would have.
arch-arm64-y := start.o vectors.o leave.o mmu.o tables.o fault.o calls.o string.o time.o

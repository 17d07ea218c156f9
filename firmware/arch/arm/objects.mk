# ARMv7-A: reset code and vectors (assembly), MMU, faults, hand-over.
arch-arm-y := start.o vectors.o leave.o mmu.o fault.o calls.o string.o divide.o xor4.o time.o

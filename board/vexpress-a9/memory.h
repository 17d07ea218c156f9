/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of this board at reset, read by the reset shim and by board.c. The source of
 * each number is in README.md beside this file.
 */
#define OM_ROM_PA    0x40000000 /* first NOR bank, which the CPU also sees at 0 at reset */
#define OM_ROM_BYTES 0x00040000 /* shim and image: the first erase block */
#define OM_DTB_PA    0x60000000 /* QEMU puts its device tree at the start of RAM */
#define OM_WINDOW_PA 0x60100000 /* the image runs here; old kernels have no log there */

/* Linux starts the other CPUs with the flags register and an interrupt (reset.S). */
#define OM_PEN_FLAGS_PA 0x10000030
#define OM_PEN_GICC_PA	0x1e000100

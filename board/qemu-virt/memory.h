/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of this board at reset, read by the reset shim and by board.c. The source of
 * each number is in README.md beside this file.
 */
#define OM_ROM_PA	 0x00000000 /* first NOR bank: the CPU's reset vector */
#define OM_ROM_BYTES	 0x00040000 /* shim and image: the first erase block */
#define OM_DTB_PA	 0x40000000 /* QEMU puts its device tree at the start of RAM */
#define OM_WINDOW_PA	 0x40100000 /* the image runs here; old kernels have no log there */
#define OM_ARCHIVE_BYTES 0x00100000 /* at the end of the second NOR bank: 4 erase blocks */

/* No OM_PEN_FLAGS_PA and OM_PEN_GICC_PA (reset.S): Linux starts the other CPUs by PSCI. */

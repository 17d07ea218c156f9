/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of this board at reset, read by the reset shim and by board.c. The source of
 * each number is in README.md beside this file.
 */
#define OM_ROM_PA	 0x00000000 /* first NOR bank: the CPU's reset vector */
#define OM_ROM_BYTES	 0x00080000 /* shim and image: the first two erase blocks */
#define OM_DTB_PA	 0x40000000 /* QEMU puts its device tree at the start of RAM */
#define OM_WINDOW_PA	 0x40100000 /* the image runs here; old kernels have no log there */
#define OM_ARCHIVE_BYTES 0x00100000 /* at the end of the second NOR bank: 4 erase blocks */

/* For the shim where it is entered at EL3 (-M virt,secure=on). */
#define OM_GICD_PA  0x08000000
#define OM_GICC_PA  0x08010000 /* GICv2 */
#define OM_GICR_PA  0x080a0000 /* GICv3: CPU 0's redistributor */
#define OM_TIMER_HZ 62500000   /* what QEMU's counter runs at, if nobody has said */

/* No OM_PEN_FLAGS_PA and OM_PEN_GICC_PA (reset.S): Linux starts the other CPUs by PSCI. */

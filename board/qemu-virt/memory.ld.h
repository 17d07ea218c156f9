/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of this board, read by the linker script and by board.c. The source of
 * each number is in README.md beside this file.
 */
#define OM_ROM_PA	 0x00000000 /* first NOR bank: the CPU's reset vector */
#define OM_ROM_BYTES	 0x00030000 /* the image's budget, 192 KiB */
#define OM_DTB_PA	 0x40000000 /* QEMU puts its device tree at the start of RAM */
#define OM_RAM_PA	 0x40400000 /* behind the largest device tree taken, DT_BYTES_MAX */
#define OM_RAM_BYTES	 0x00400000 /* data, stack, page tables, then scratch for decoding */
#define OM_FACTS_BYTES	 0x00024000 /* of these before the last: facts of all records */
#define OM_REPORT_BYTES	 0x00090000 /* of these the last: packing and armoring a report */
#define OM_ARCHIVE_BYTES 0x00100000 /* at the end of the second NOR bank: 4 erase blocks */
#define OM_STACK_BYTES	 0x00004000

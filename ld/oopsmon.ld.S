/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One linker script for every board: a position-independent image, linked at 0, that runs from RAM
 * at any multiple of 16 KiB. All the memory that it needs before it knows the board is in it.
 *
 *   loaded  .text     entry, vectors, code: read-only, executable
 *           .rodata   constants, those with addresses in them too; relocations: read-only
 *           .data     empty so far: a first variable with an initial value costs 4 KiB of flash
 *   cleared .mmu      MMU tables
 *           .bss
 *           guard     one page, never mapped: catches a stack overflow
 *           .stack    grows down towards the guard; exception stack after it
 *   kept    a word that outlives a warm reset, neither loaded nor cleared
 *   lent    ours as well, but not mapped until somebody does: room for a tree
 *   slack   so that an image at any multiple of 4 can move up to the next 16 KiB
 *
 * Scratch memory and such is found at run time (core/memory_plan.c): no symbol here names it.
 */
#include "arch/arm/entry.h"

#define PAGE	    4096
#define STACK_BYTES 0x4000

ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = 0;
	__image_start = .;
	__text_start = .;
	.text : {
		KEEP(*(.first))
		/* zImage header: magic, start, end, byte order, no table (Linux, arch/arm/boot/compressed/head.S) */
		LONG(0x016f2818) LONG(0) LONG(__file_end) LONG(0x04030201) LONG(0) LONG(0)
		/* what this file is, for who puts a payload after it (core/boot/wrap.h) */
		LONG(IMAGE_MAGIC) LONG(__file_end) LONG(OM_VERSION_NUMBER) LONG(0)
		KEEP(*(.head))
		KEEP(*(.vectors))
		*(.text .text.* .glue_7 .glue_7t .vfp11_veneer .v4_bx)
		*(.fini .init)
		__text_end = ALIGN(PAGE);
	} :text

	.rodata : ALIGN(PAGE) {
		__rodata_start = .;
		*(.data.rel.ro .data.rel.ro.*)
		*(.got.plt) /* three words that the linker makes whether they are used or not */
		*(.rodata .rodata.*)
		*(.ARM.exidx* .ARM.extab*)
	} :rodata
	.rel.dyn : ALIGN(4) {
		__rel_start = .;
		*(.rel.*)
		__rel_end = .;
	} :rodata

	__rodata_end = ALIGN(PAGE);
	.data : ALIGN(PAGE) { *(.data .data.*) } :data
	__load_end = ALIGN(16);

	.mmu (NOLOAD) : ALIGN(TABLE_ALIGN) { __mmu_start = .; *(.bss.mmu) . = ALIGN(PAGE); __mmu_end = .; } :data
	.bss (NOLOAD) : {
		__bss_start = .;
		*(.bss .bss.* COMMON .dynbss)
		. = ALIGN(PAGE);
		__bss_end = .;
	} :data
	.guard (NOLOAD) : { __guard_start = .; . += PAGE; __guard_end = .; } :data
	.stack (NOLOAD) : {
		__stack_start = .; . += STACK_BYTES; __stack_end = .;
		. += 2048; __exception_stack_end = .;
		KEEP(*(.kept))
		. = ALIGN(PAGE);
	} :data
	__image_end = .;
	.lent (NOLOAD) : ALIGN(PAGE) { *(.lent) . = ALIGN(PAGE); } :data
	__file_end = ALIGN(. + TABLE_ALIGN + MOVER_BYTES, 16);

	.unwanted : { *(.plt .iplt .got .igot.plt .rela.*) } :data
	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_str 0 : { *(.debug_str) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_frame 0 : { *(.debug_frame) }
	.ARM.attributes 0 : { KEEP(*(.ARM.attributes)) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }
	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame) *(.interp .dynamic .dynsym .dynstr .hash .gnu.hash .gnu.version*) }
}

ASSERT(SIZEOF(.unwanted) == 0, "the image needs a loader: something is not built position-independent")
ASSERT(__stack_end - __stack_start == STACK_BYTES, "stack size")
ASSERT(from_shim == IMAGE_ENTRY, "the shims go on elsewhere")
ASSERT(moved <= MOVER_BYTES, "the code that moves the image is too long")
ASSERT(__guard_end == __stack_start, "the guard page is not right below the stack")

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One linker script for every board: a position-independent image, linked at 0, that runs from RAM
 * at any multiple of IMAGE_ALIGN. All the memory that it needs before it knows the board is in it.
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
 *   slack   so that an image that is not there can move up to it, where it may be elsewhere
 *
 * What differs with the architecture is in its layout.inc.
 * Scratch memory and such is found at run time (core/memory_plan.c): no symbol here names it.
 */
#include "layout.inc"

#define PAGE	    4096

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
		KERNEL_HEADER
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
		__got_start = .; /* words that the linker makes whether they are used or not */
		*(LINKER_WORDS)
		__got_end = .;
		*(.rodata .rodata.*)
		*(.ARM.exidx* .ARM.extab*)
	} :rodata
	RELOCATION_SECTION : ALIGN(8) {
		__rel_start = .;
		*(RELOCATIONS)
		__rel_end = .;
	} :rodata

	__rodata_end = ALIGN(PAGE);
	.data : ALIGN(PAGE) { *(.data .data.*) } :data
	__load_end = ALIGN(16);

	.mmu (NOLOAD) : ALIGN(IMAGE_ALIGN) { __mmu_start = .; *(.bss.mmu) . = ALIGN(PAGE); __mmu_end = .; } :data
	.bss (NOLOAD) : {
		__bss_start = .;
		*(.bss .bss.* COMMON .dynbss)
		. = ALIGN(PAGE);
		__bss_end = .;
	} :data
	.guard (NOLOAD) : { __guard_start = .; . += PAGE; __guard_end = .; } :data
	.stack (NOLOAD) : {
		__stack_start = .; . += STACK_BYTES; __stack_end = .;
		. += EXCEPTION_STACK_BYTES; __exception_stack_end = .;
		KEEP(*(.kept))
		. = ALIGN(PAGE);
	} :data
	__image_end = .;
	.lent (NOLOAD) : ALIGN(PAGE) { *(.lent) . = ALIGN(PAGE); } :data
	__own_end = .;
	__file_end = FILE_END;

	.unwanted : { *(.plt .iplt .igot.plt MORE_UNWANTED) } :data
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
ASSERT(__got_end - __got_start <= LINKER_WORDS_BYTES, "a table of addresses")
ASSERT(__stack_end - __stack_start == STACK_BYTES, "stack size")
ASSERT(from_shim == IMAGE_ENTRY, "the shims go on elsewhere")
LAYOUT_ASSERTS
ASSERT(__guard_end == __stack_start, "the guard page is not right below the stack")

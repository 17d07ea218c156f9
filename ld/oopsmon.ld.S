/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One linker script for every board that runs from NOR flash with its data in RAM.
 *
 *   ROM  page 0   .start    reset code, runs before the MMU; the null page afterwards
 *                           the rest of it holds the load image of .consts
 *        page 1.. .text     read-only, executable
 *                 .rodata   read-only, never executed; load image of .data behind it
 *   RAM           .mmu      MMU tables
 *                 .consts   tables copied from page 0, read-only
 *                 .bss .data
 *                 .ramtext  code that runs while the flash cannot be read; read-only, executable
 *                 guard     one page, never mapped: catches a stack overflow
 *                 .stack    grows down towards the guard; exception stack behind it
 *                 scratch   rest of the window: decoded records, not initialised
 *                 facts     what is known of each record, not initialised
 *                 report    its end: packing and armoring a report, not initialised
 */
#include "memory.ld.h"

ENTRY(_start)

MEMORY
{
	START (rx) : ORIGIN = OM_ROM_PA, LENGTH = 4096
	ROM (rx)  : ORIGIN = OM_ROM_PA + 4096, LENGTH = OM_ROM_BYTES - 4096
	RAM (rw)  : ORIGIN = OM_RAM_PA, LENGTH = OM_RAM_BYTES
}

PHDRS
{
	start PT_LOAD FLAGS(5);
	tables PT_LOAD FLAGS(4);
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	ramtext PT_LOAD FLAGS(5);
	ram PT_LOAD FLAGS(6);
}

SECTIONS
{
	.start : { __image_start = .; KEEP(*(.start)) } > START :start
	.mmu (NOLOAD) : ALIGN(16384) { __mmu_start = .; *(.bss.mmu) . = ALIGN(4096); } > RAM AT > RAM :ram
	.consts : { /* no ALIGN: it would move the load image out of page 0 as well */
		__consts_start = .;
		*zlib.a:inf*.o(.rodata .rodata.*)
		*/rs.o(.rodata .rodata.*)
		*zlib.a:trees.o(.rodata._dist_code)
		. = ALIGN(16);
		__consts_end = .;
	} > RAM AT > START :tables
	__consts_load = LOADADDR(.consts);
	.text : ALIGN(4096) {
		__text_start = .;
		KEEP(*(.vectors))
		*(.text .text.* .glue_7 .glue_7t .vfp11_veneer .v4_bx)
		*(.fini .init)
		. = ALIGN(4096);
		__text_end = .;
	} > ROM :text
	.rodata : ALIGN(4096) {
		__rodata_start = .;
		*(.rodata .rodata.*)
		*(.ARM.exidx* .ARM.extab*)
		. = ALIGN(16);
	} > ROM :rodata

	.bss (NOLOAD) : ALIGN(4096) {
		__bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(16);
		__bss_end = .;
	} > RAM AT > RAM :ram

	.data : {
		__data_start = .;
		*(.data .data.*)
		. = ALIGN(16);
		__data_end = .;
	} > RAM AT > ROM :data
	__data_load = LOADADDR(.data);
	__ramtext_load = __data_load + SIZEOF(.data);
	.ramtext : AT(__ramtext_load) ALIGN(4096) {
		__ramtext_start = .;
		*(.ramtext)
		. = ALIGN(16);
		__ramtext_end = .;
	} > RAM :ramtext
	__image_end = __ramtext_load + SIZEOF(.ramtext);
	__rodata_end = ALIGN(__image_end, 4096);

	.guard (NOLOAD) : ALIGN(4096) { __guard_start = .; . += 4096; __guard_end = .; } > RAM AT > RAM :ram
	.stack (NOLOAD) : ALIGN(16) {
		__stack_start = .; . += OM_STACK_BYTES; __stack_end = .;
		. += 2048; __exception_stack_end = .;
		KEEP(*(.kept)) /* outlives a warm reset */
	} > RAM AT > RAM :ram
	__own_end = ALIGN(4096);
	__scratch_start = __own_end;
	__scratch_end = ORIGIN(RAM) + LENGTH(RAM) - OM_REPORT_BYTES - OM_FACTS_BYTES;
	__facts_start = __scratch_end;
	__facts_end = __facts_start + OM_FACTS_BYTES;
	__report_start = __facts_end;
	__report_end = ORIGIN(RAM) + LENGTH(RAM);

	.unwanted : { *(.plt .iplt .got .got.plt .igot.plt .rel.* .rela.*) } > RAM AT > RAM :ram
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
	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame) }
}

ASSERT(SIZEOF(.unwanted) == 0, "relocations are left over: the link is not static")
ASSERT(__image_start == ORIGIN(START), "the reset vector is not first in the image")
ASSERT(__stack_end - __stack_start == OM_STACK_BYTES, "stack size")
ASSERT(__consts_start % 4096 == 0 && __bss_start % 4096 == 0, "read-only pages are whole")
ASSERT(__ramtext_end - __ramtext_start <= 4096, "code in RAM takes more than a page")
ASSERT(__image_end <= ORIGIN(ROM) + LENGTH(ROM), "the image's budget is used up")
ASSERT(__scratch_start < __scratch_end, "the RAM window is full")
ASSERT(__guard_end == __stack_start, "the guard page is not right below the stack")

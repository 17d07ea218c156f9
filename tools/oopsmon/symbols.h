/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for the addresses in ftrace entries and call traces, from the dead kernel's
 * System.map or the symbol table of its vmlinux (ELF, 32- and 64-bit, either byte order).
 * Whether it is the dead kernel's is for symbols_check.h to find out.
 */
#ifndef OM_TOOLS_SYMBOLS_H
#define OM_TOOLS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/**
 * symbols_load - read a System.map or an ELF file, distinguished by content
 * @why: what is wrong with the file, for a message; written on failure
 *
 * Memory and time are bounded whatever the file is, one without an end included.
 * Returns NULL on failure. Free with symbols_free().
 */
struct symbols *symbols_load(const char *path, const char **why);
void symbols_free(struct symbols *s);

/* "Linux version 6.1.192 (...) #1 SMP ..." as the ELF file has it, NULL: not known. */
const char *symbols_banner(const struct symbols *s);

/* What a kernel that moved itself at boot (KASLR) added to every address. */
void symbols_move(struct symbols *s, uint64_t offset);

/* An address in a log: of an instruction, or one that a function returns to. */
enum address_kind { ADDRESS_EXACT, ADDRESS_RETURN };

/**
 * symbols_name - "function+0x1c/0x40" of an address
 * @address: without what a kernel hides in its low bits (ftrace.h, cpu_in_ip)
 * @kind:    of one that is returned to the function is that of the byte before it: a call may
 *           be the last instruction of the function that makes it
 * @out:     NUL-terminated
 *
 * Returns the length without NUL, 0 if no symbol is near.
 */
size_t symbols_name(const struct symbols *s, uint64_t address, enum address_kind kind, char *out,
		    size_t cap);

/* How far into its function an instruction is; UINT64_MAX: none is near. */
uint64_t symbols_into(const struct symbols *s, uint64_t address);

/**
 * symbols_places - where functions of this name are
 * @i: the i-th of them, from 0; static functions often share a name
 * @address, @bytes: its place without symbols_move(), and up to the next symbol
 *
 * Returns false if there are not so many.
 */
bool symbols_places(const struct symbols *s, const char *name, size_t i, uint64_t *address,
		    uint64_t *bytes);

#endif

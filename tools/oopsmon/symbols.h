/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for the addresses in ftrace entries and call traces, from the dead kernel's
 * System.map or the symbol table of its vmlinux (ELF, 32- and 64-bit, either byte order).
 */
#ifndef OM_TOOLS_SYMBOLS_H
#define OM_TOOLS_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbols;

/**
 * symbols_load - read a System.map or an ELF file, told apart by content
 * @why: what is wrong with the file, for a message; written on failure
 *
 * Returns NULL on failure. Free with symbols_free().
 */
struct symbols *symbols_load(const char *path, const char **why);
void symbols_free(struct symbols *s);

/**
 * symbols_name - "function+0x1c" of an address
 * @address: without what a kernel hides in its low bits (ftrace.h, cpu_in_ip)
 * @out: NUL-terminated
 *
 * Returns the length without NUL, 0 if no symbol is near.
 */
size_t symbols_name(const struct symbols *s, uint64_t address, char *out, size_t cap);

#endif
